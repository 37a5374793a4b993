"""The angles as romcheck defines them, for orientations from anywhere: motion capture, sensors, other software.

Axes of the head: X to the subject's left, Y up along the neck, Z forward (out of the face). ``relative`` gives the turn
R0ᵀR of an orientation since a starting position; ``anatomical`` reads rotation (+ to the subject's left), flexion (+
chin down) and lateral flexion (+ to the subject's right) from it, in degrees; ``compose`` is its inverse. A matrix with
a NaN gives NaN.

>>> from romcheck import angles
>>> import numpy as np
>>> turn = angles.compose(30.0, 45.0, 0.0)
>>> float(np.round(angles.anatomical(turn).rotation, 6))
30.0
"""

from romcheck.motion.rotations import Angles, anatomical, compose, relative

__all__ = ["Angles", "anatomical", "compose", "relative"]

"""Jumps between frames that no neck can make: before or after one, the tracker followed something else.

There are two criteria. Smoothing uses the acceleration, which detects jumps in any track, also in that of the head
relative to the trunk, and divides it into segments. The uncertainty of a head uses the velocity, which gives the size
of a jump also at low frame rates.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from romcheck.arrays import Floats, Ints
from romcheck.motion.rotations import distance_deg
from romcheck.motion.rules import RULES


def segments(time: Floats, q: Floats) -> Ints:
    """(m,) number of the segment that each frame belongs to; a new one begins after each impossible acceleration.

    Parameters
    ----------
    time : (m,) seconds, strictly increasing
    q : (m, 4) unit quaternions
    """
    m = len(time)
    if m < 6:
        return np.zeros(m, np.int64)
    dt = np.diff(time)
    step = np.degrees((Rotation.from_quat(q[:-1]).inv() * Rotation.from_quat(q[1:])).as_rotvec())
    around = np.clip(np.arange(m - 1)[:, None] + np.arange(-2, 3), 0, m - 2)
    usual = np.median((step / dt[:, None])[around], axis=1) * dt[:, None]
    jump = np.linalg.norm(step - usual, axis=1) > np.maximum(RULES.jump_deg, RULES.jump_deg_per_s2 * dt**2)
    return np.concatenate([[0], np.cumsum(jump)])


def jumps(time: Floats, R: Floats, least_deg: float) -> Ints:
    """Frames k with a jump between k and k + 1: farther than `least_deg`, and faster than a head turns.

    Parameters
    ----------
    time : (m,) seconds, strictly increasing
    R : (m, 3, 3) known orientations
    """
    step = distance_deg(R[1:], R[:-1])
    return np.flatnonzero((step > least_deg) & (step > RULES.fastest_deg_per_s * np.diff(time)))

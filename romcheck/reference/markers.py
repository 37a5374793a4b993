"""The markers worn on head and chest: one printed ArUco square each.

They are from the dictionary of the calibration boards, with numbers not used by any board.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from romcheck.arrays import Floats
from romcheck.calibrate.boards import DICTIONARY

MODULES = 6
"""Modules across the black square, its black rim included."""


@dataclass(frozen=True)
class Marker:
    """One marker.

    Attributes
    ----------
    name : where it is worn
    number : in the dictionary
    side_mm : side of the black square printed at 100 %
    """

    name: str
    number: int
    side_mm: float

    def bitmap(self) -> NDArray[np.uint8]:
        """(6, 6), one pixel per module: 0 black, 255 white."""
        words = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, DICTIONARY))
        return np.asarray(cv2.aruco.generateImageMarker(words, self.number, MODULES, borderBits=1), np.uint8)


# Of the unused numbers, some with many edges inside and few modules in common, in any orientation. The chest's is
# larger: it hardly tilts, and without tilt a square's orientation is least certain.
HEAD = Marker("head", 73, 60.0)
HEAD_LEFT = Marker("head, left side", 60, 60.0)
HEAD_RIGHT = Marker("head, right side", 79, 60.0)
CHEST = Marker("chest", 94, 80.0)
ON_HEAD = (HEAD, HEAD_LEFT, HEAD_RIGHT)
"""One is enough for turns to 60°; each is seen for about 65° to either side of facing the camera."""
MARKERS = (*ON_HEAD, CHEST)


def corners_of_square() -> Floats:
    """(4, 3) corners of a square of side 1, with the marker upright: X right, Y up, Z out of the paper.

    Order: upper left, upper right, lower right, lower left; that of the pose solver and of the detector.
    """
    return np.array([[-0.5, 0.5, 0], [0.5, 0.5, 0], [0.5, -0.5, 0], [-0.5, -0.5, 0]])

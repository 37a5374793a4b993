"""How far what a part of the picture shows has moved since an earlier picture, at hardly any cost.

All pixels of a thumbnail together give a shift, a roll and a change of size by one linear least-squares step (Lucas &
Kanade 1981): exact for small motions, and clearly not zero for larger ones.
"""

from __future__ import annotations

from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from romcheck.arrays import Floats, Grey, Rgb
from romcheck.tracking.settings import TRACKING

MOTION = TRACKING.small_motion
ABOUT_THE_MIDDLE = (np.mgrid[0 : MOTION.cells, 0 : MOTION.cells] - (MOTION.cells - 1) / 2)[::-1].reshape(2, -1)
"""(2, n) x and y of the thumbnail's cells, row by row."""


class Thumbnail:
    """A square part of a picture, remembered.

    Parameters
    ----------
    rgb : (height, width, 3)
    middle, half : (2,) middle of the square and half its side, pixels
    """

    def __init__(self, rgb: Rgb, middle: Floats, half: float) -> None:
        height, width = rgb.shape[:2]
        (left, top), (right, bottom) = (middle - half).astype(int), (middle + half).astype(int)
        self._box = slice(max(0, top), min(height, bottom)), slice(max(0, left), min(width, right))
        self._side = 2 * half
        self._grey = self._cut(rgb)

    def moved(self, rgb: Rgb) -> tuple[float, float] | None:
        """Shift, pixels, and roll, degrees, of what is seen in a later picture of the same size.

        None where no small motion explains the change: something else is seen, or it moved far.
        """
        (A, normal, most_left), change = self._changes, (self._cut(rgb) - self._grey).ravel()
        step = np.linalg.solve(normal, A @ change)
        if np.std(change - step @ A) > most_left:
            return None
        return float(np.hypot(*step[:2])) * self._side / MOTION.cells, abs(float(np.degrees(step[2])))

    @cached_property
    def _changes(self) -> tuple[Floats, Floats, float]:
        """What a motion along x, along y, about the middle and away from it, and more light, would change (5, n); the
        matrix (5, 5) of its normal equations; the most that may be left.
        """
        u, v = ABOUT_THE_MIDDLE
        along_y, along_x = (g.ravel() for g in np.gradient(self._grey))
        A = -np.stack([along_x, along_y, along_y * u - along_x * v, along_x * u + along_y * v, -np.ones(u.size)])
        return A, A @ A.T + 1e-3 * np.eye(len(A)), float(MOTION.most_left * np.std(self._grey))

    def _cut(self, rgb: Rgb) -> Grey:
        part: NDArray[np.uint8] = np.ascontiguousarray(rgb[self._box][::2, ::2, 1])
        if part.size < MOTION.cells:
            return np.zeros((MOTION.cells, MOTION.cells), np.float32)
        return np.asarray(cv2.resize(part, (MOTION.cells, MOTION.cells), interpolation=cv2.INTER_AREA), np.float32)

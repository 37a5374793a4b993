"""Telling a picture from the one before: cameras, converters and calls repeat pictures to keep up a stated rate.

Of a head that keeps still nobody can say whether its pictures are new, and it does not matter. While something moves,
a picture that shows no change is the last one once more.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.float32]

LONGEST_PX, CELLS = 320, 80
"""A picture is thinned out to the one and averaged to the other across: noise of sensor and codec falls to a level."""
MOST_CHANGED = 20
"""One cell of so many, those that change most, are looked at: a head may be small in its picture."""
MOVING = 2.0
"""Change, in grey levels of those cells, that only movement makes; noise and compression reach 1.2, a slow turn 4."""
SHARE = 0.25
"""A picture that changes by less than this share of what was to be expected is a repeat. A head that slows down to a
stop does so over several pictures."""
MOST_NOISE = 1.2
"""And by no more than this: what a codec makes of the same picture."""
REMEMBERED_S = 5.0
"""After so long the last movement says nothing any more."""


class FreshPictures:
    """The pictures of one video, in time order."""

    def __init__(self) -> None:
        self._last: Grey | None = None
        self._last_s = 0.0
        self._changes = (0.0, 0.0)

    def look(self, time_s: float, rgb: NDArray[np.uint8]) -> tuple[bool, bool]:
        """Whether a picture (height, width, 3) repeats the one before, and whether it clearly differs from it."""
        grid = _grid(rgb)
        if self._last is None or self._last.shape != grid.shape:
            self._last, self._last_s = grid, time_s
            return False, False
        change = _change(grid, self._last)
        if time_s - self._last_s < REMEMBERED_S and change < MOST_NOISE and change < SHARE * self._expected():
            return True, False
        self._changes = self._changes[1], change
        self._last, self._last_s = grid, time_s
        return False, change > MOVING

    def _expected(self) -> float:
        """Change to be expected of the next picture: as much as lately, or, of what slows down, less again."""
        before, last = self._changes
        slowed = last * min(1.0, last / before) if before > 0 else last
        return slowed if slowed > MOVING else 0.0


def _grid(rgb: NDArray[np.uint8]) -> Grey:
    longest = max(rgb.shape[:2])
    step = max(1, longest // LONGEST_PX)
    thin = np.ascontiguousarray(rgb[::step, ::step, 1])
    factor = CELLS / max(thin.shape)
    size = max(1, round(thin.shape[1] * factor)), max(1, round(thin.shape[0] * factor))
    return np.asarray(cv2.resize(thin, size, interpolation=cv2.INTER_AREA), np.float32)


def _change(a: Grey, b: Grey) -> float:
    difference = np.abs(a - b).ravel()
    most = max(1, len(difference) // MOST_CHANGED)
    return float(np.partition(difference, -most)[-most:].mean())

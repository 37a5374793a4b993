"""Telling a picture from the one before: cameras, converters and calls repeat pictures to keep up a stated rate.

Of a head that keeps still nobody can say whether its pictures are new, and it does not matter. While something moves,
a picture that shows no change is the last one once more.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from romcheck.arrays import Grey

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
MOST_REFRESHED = 3.0
"""But once in a while a codec draws the same picture anew (key frames), and it changes by up to this."""
REMEMBERED_S = 5.0
"""After so long the last movement says nothing any more."""
FAST = 5.0
BLEND, KINK = 0.15, 0.2
"""A converter mixes pictures out of two: where things move this fast, such a picture is a mixture of its neighbours but
for the one share of its change, and the picture at which it goes on to the next two is none, by more than the other."""
SUDDEN = 3.0
"""And from the one to the other it goes at once; of a smooth picture that moves evenly all are near mixtures."""


@dataclass(frozen=True)
class Freshness:
    """What a picture is.

    Attributes
    ----------
    repeated : the one before once more, while something moves
    changed : clearly differs from the one before
    follows_blend : one or two before it was mixed out of its neighbours
    """

    repeated: bool = False
    changed: bool = False
    follows_blend: bool = False


class FreshPictures:
    """The pictures of one video, in time order."""

    def __init__(self) -> None:
        self._last: Grey | None = None
        self._before: Grey | None = None
        self._last_s = 0.0
        self._changes = (0.0, 0.0)
        self._repeating = self._refreshed = False
        self._left: tuple[float | None, float | None] = (None, None)

    def look(self, time_s: float, rgb: NDArray[np.uint8]) -> Freshness:
        """Say what a picture (height, width, 3) is."""
        grid = _grid(rgb)
        if self._last is None or self._last.shape != grid.shape:
            self._last, self._last_s, self._before = grid, time_s, None
            return Freshness()
        change = _change(grid, self._last)
        if time_s - self._last_s < REMEMBERED_S and change < SHARE * self._expected():
            refreshed = change >= MOST_NOISE
            if not refreshed or (change < MOST_REFRESHED and self._repeating and not self._refreshed):
                if refreshed:
                    self._last = grid
                self._repeating, self._refreshed = True, refreshed
                return Freshness(repeated=True)
        slower = min(change, self._changes[1])
        left = _left(self._before, self._last, grid) / slower if self._before is not None and slower > FAST else None
        least = min((x for x in self._left if x is not None), default=np.inf)
        blend = left is not None and least < BLEND and left > max(KINK, SUDDEN * least)
        self._left = self._left[1], left
        self._changes = self._changes[1], change
        self._before, self._last, self._last_s = self._last, grid, time_s
        self._repeating = self._refreshed = False
        return Freshness(False, change > MOVING, blend)

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


def _left(a: Grey, b: Grey, c: Grey) -> float:
    """What is left of the picture between two others when the best mixture of these is taken from it."""
    across, there = (c - a).ravel(), (b - a).ravel()
    most = max(1, len(across) // MOST_CHANGED)
    cells = np.argpartition(np.abs(across), -most)[-most:]
    across, there = across[cells], there[cells]
    share = float(np.clip(across @ there / (across @ across + 1e-6), 0, 1))
    return float(np.abs(there - share * across).mean())

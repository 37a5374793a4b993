"""Detection of repeated pictures: cameras, converters and video calls repeat pictures to keep up a nominal rate.

While a head keeps still, new pictures cannot be told from repeated ones, and need not be. While something moves, a
picture that shows no change is a repeat of the last one.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from romcheck.arrays import Grey
from romcheck.tracking.settings import TRACKING

FRESHNESS = TRACKING.freshness


@dataclass(frozen=True)
class Freshness:
    """Whether a picture is new.

    Attributes
    ----------
    repeated : a repeat of the one before, while something moves
    changed : clearly differs from the one before
    follows_blend : one of the two before it is a blend of its neighbours
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
        """Classify a picture (height, width, 3)."""
        grid = _grid(rgb)
        if self._last is None or self._last.shape != grid.shape:
            self._last, self._last_s, self._before = grid, time_s, None
            return Freshness()
        change = _change(grid, self._last)
        if time_s - self._last_s < FRESHNESS.remembered_s and change < FRESHNESS.repeat_share * self._expected():
            refreshed = change >= FRESHNESS.most_noise
            if not refreshed or (change < FRESHNESS.most_refreshed and self._repeating and not self._refreshed):
                if refreshed:
                    self._last = grid
                self._repeating, self._refreshed = True, refreshed
                return Freshness(repeated=True)
        slower = min(change, self._changes[1])
        left = (
            _left(self._before, self._last, grid) / slower
            if self._before is not None and slower > FRESHNESS.fast
            else None
        )
        least = min((x for x in self._left if x is not None), default=np.inf)
        blend = (
            left is not None
            and least < FRESHNESS.blend_left
            and left > max(FRESHNESS.kink_left, FRESHNESS.sudden * least)
        )
        self._left = self._left[1], left
        self._changes = self._changes[1], change
        self._before, self._last, self._last_s = self._last, grid, time_s
        self._repeating = self._refreshed = False
        return Freshness(False, change > FRESHNESS.moving, blend)

    def _expected(self) -> float:
        """Expected change of the next picture: as large as recently, or smaller for a movement that is slowing down."""
        before, last = self._changes
        slowed = last * min(1.0, last / before) if before > 0 else last
        return slowed if slowed > FRESHNESS.moving else 0.0


def _grid(rgb: NDArray[np.uint8]) -> Grey:
    longest = max(rgb.shape[:2])
    step = max(1, longest // FRESHNESS.longest_px)
    thin = np.ascontiguousarray(rgb[::step, ::step, 1])
    factor = FRESHNESS.cells / max(thin.shape)
    size = max(1, round(thin.shape[1] * factor)), max(1, round(thin.shape[0] * factor))
    return np.asarray(cv2.resize(thin, size, interpolation=cv2.INTER_AREA), np.float32)


def _change(a: Grey, b: Grey) -> float:
    difference = np.abs(a - b).ravel()
    most = max(1, len(difference) // FRESHNESS.one_in)
    return float(np.partition(difference, -most)[-most:].mean())


def _left(a: Grey, b: Grey, c: Grey) -> float:
    """Residual of a picture after its best fit by a blend of its two neighbours."""
    across, there = (c - a).ravel(), (b - a).ravel()
    most = max(1, len(across) // FRESHNESS.one_in)
    cells = np.argpartition(np.abs(across), -most)[-most:]
    across, there = across[cells], there[cells]
    share = float(np.clip(across @ there / (across @ across + 1e-6), 0, 1))
    return float(np.abs(there - share * across).mean())

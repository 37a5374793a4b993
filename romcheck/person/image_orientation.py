"""Which way up the pictures of a video are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from romcheck.arrays import Rgb
from romcheck.person.landmarks import FaceFinder, PersonOutline

VOTES = 5
"""Pictures with a face that are asked which way up they are before one is settled on."""
MOST_VOTES = 30
"""Pictures asked in all while it stays unclear."""
LOOK_AGAIN_S = (0.5, 1.0, 2.0)
"""It is asked again so long after it was settled on: the first pictures of a video are all alike."""
MISSING_S = 0.7
"""A face missing for longer has it asked again, so often: the picture may have been taken the wrong way up."""
LEAST_SURE = 0.5
BODY_WEIGHT = 0.6
"""What a whole body below the chin counts, in units of a detector's sureness: twice the doubt it leaves."""
AS_PLAYED = 0.15
"""Head start of the picture as it is played: most videos are upright."""
STRONG = 0.3
"""A vote's mean lead from which another way up than as played is believed: heads of any make, bearded, capped, seen
from 40 degrees below to 30 above, led by more than twice that the right way up, and by less than half the wrong way."""
CLEAR = 0.15
"""A mean lead below this leaves it unsure."""


def turned(rgb: Rgb, quarters: int) -> Rgb:
    """The picture after so many anticlockwise quarter turns, contiguous."""
    return np.ascontiguousarray(np.rot90(rgb, quarters)) if quarters else rgb


@dataclass(frozen=True)
class ImageOrientation:
    """Which way up a picture is: anticlockwise quarter turns to make, and whether that is sure."""

    quarters: int
    sure: bool = True


class OrientationFinder:
    """Which quarter turn sets the faces of a video upright, found from its pictures with a face.

    A patient who lies on the back and is filmed from the head end is upside down in the picture. The networks find
    faces in any position, even a false upright one in an upside-down face, so several things are weighed: how sure two
    detectors are (the one for far faces hardly ever takes a face that is not upright), whether a body goes on below
    the chin rather than above the forehead, and that most videos are upright as they are. It is settled on after
    ``VOTES`` pictures, and looked at again over the next seconds and whenever the face is missing.

    Parameters
    ----------
    stated : quarter turns that were stated: nothing is asked
    """

    def __init__(self, stated: int | None = None) -> None:
        self.found: ImageOrientation | None = None if stated is None else ImageOrientation(stated % 4)
        self._stated = stated is not None
        self._near: FaceFinder | None = None
        self._scores = np.zeros(4)
        self._asked = 0
        self._again_s: list[float] = []
        self._missing_s: float | None = None

    def ask(self, rgb: Rgb, time_s: float = 0.0) -> ImageOrientation | None:
        """Look at one picture (height, width, 3), as played; None as long as too few showed a face."""
        if self._stated:
            return self.found
        if self._near is None:
            self._near, self._far = FaceFinder(far=False, least_score=LEAST_SURE), FaceFinder(least_score=LEAST_SURE)
            self._outline = PersonOutline()
        scores = np.array([self._score(turned(rgb, q)) for q in range(4)])
        if not scores.any():
            return self.found
        self._asked += 1
        self._scores += scores
        if self._asked >= VOTES:
            if self.found is None:
                self._again_s = [time_s + later for later in LOOK_AGAIN_S]
            self.found = self._settled()
        return self.found

    def look_again(self, rgb: Rgb, time_s: float, seen: bool) -> ImageOrientation:
        """Ask again where that is due: over the first seconds, while it is unsure, and while the face is missing.

        Parameters
        ----------
        rgb : (height, width, 3) the picture as played
        seen : whether a face was found in it the way up it was taken
        """
        assert self.found is not None
        if self._stated:
            return self.found
        if seen:
            self._missing_s = None
        elif self._missing_s is None:
            self._missing_s = time_s
        due = bool(self._again_s) and time_s >= self._again_s[0]
        if due:
            del self._again_s[0]
            if not self._again_s and not self.found.sure and self._asked < MOST_VOTES:
                self._again_s = [time_s + LOOK_AGAIN_S[0]]
        elif self._missing_s is not None and time_s - self._missing_s >= MISSING_S:
            self._missing_s, due = time_s, self._asked < 2 * MOST_VOTES
        if due:
            self.ask(rgb, time_s)
        return self.found

    def _settled(self) -> ImageOrientation:
        mean = self._scores / self._asked
        mean[0] += AS_PLAYED
        best = int(mean.argmax())
        taken = best if mean[best] - mean[0] >= STRONG else 0
        return ImageOrientation(taken, bool(mean[taken] - np.delete(mean, taken).max() >= CLEAR))

    def _score(self, rgb: Rgb) -> float:
        assert self._near is not None
        near, far = self._near.likeliest(rgb), self._far.likeliest(rgb)
        if near is None and far is None:
            return 0.0
        score = sum(found[0] for found in (near, far) if found)
        left, top, right, bottom = (far or near or (0, np.zeros(4)))[1]
        person = self._outline.find(rgb)
        size = bottom - top
        below = _mean(person, left, right, bottom + 0.25 * size, bottom + 0.75 * size)
        above = _mean(person, left, right, top - 0.95 * size, top - 0.45 * size)
        return score + BODY_WEIGHT * float(np.nan_to_num(below - above))

    def close(self) -> None:
        """Free the engines."""
        if self._near is not None:
            self._near.close()
            self._far.close()
            self._outline.close()


def _mean(mask: NDArray[np.float32], left: float, right: float, top: float, bottom: float) -> float:
    """Mean of a mask over a box cut to the picture; NaN where less than a sliver of it is in the picture."""
    rows = slice(max(0, int(top)), max(0, int(bottom)))
    part = mask[rows, max(0, int(left)) : max(0, int(right))]
    return float(part.mean()) if len(part) > 3 and part.size else float("nan")

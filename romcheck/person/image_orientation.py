"""Image orientation: which way up the pictures of a video are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from romcheck.arrays import Floats, Rgb
from romcheck.person.landmarks import FaceFinder, PersonOutline
from romcheck.person.settings import PERSON

ORIENTATION = PERSON.orientation


def turned(rgb: Rgb, quarters: int) -> Rgb:
    """The picture after so many anticlockwise quarter turns, contiguous."""
    return np.ascontiguousarray(np.rot90(rgb, quarters)) if quarters else rgb


@dataclass(frozen=True)
class ImageOrientation:
    """Which way up a picture is: anticlockwise quarter turns to set it upright, and whether that is certain."""

    quarters: int
    sure: bool = True


class OrientationFinder:
    """Finds the quarter turn that sets the faces of a video upright, from its pictures with a face.

    A patient who lies supine and is filmed from the head end is upside down in the picture. The networks find faces in
    any orientation, even a false upright one in an upside-down face, so several cues are combined: the scores of two
    detectors (the one for far faces seldom accepts a face that is not upright), whether a body continues below the
    chin rather than above the forehead, and a prior for videos as played. An orientation other than that is taken only
    if the detector for far faces accepts most of its faces. The choice is made after a few pictures, and checked again
    over the next seconds and whenever the face is missing.

    Parameters
    ----------
    stated : quarter turns, where the user stated them: then the pictures are not examined
    """

    def __init__(self, stated: int | None = None) -> None:
        self.found: ImageOrientation | None = None if stated is None else ImageOrientation(stated % 4)
        self._stated = stated is not None
        self._near: FaceFinder | None = None
        self._scores = np.zeros(4)
        self._confirmed = np.zeros(4)  # pictures whose face the far detector accepted, less those whose face it did not
        self._asked = 0
        self._again_s: list[float] = []
        self._missing_s: float | None = None

    def ask(self, rgb: Rgb, time_s: float = 0.0) -> ImageOrientation | None:
        """Examine one picture (height, width, 3), as played; None as long as too few showed a face."""
        if self._stated:
            return self.found
        if self._near is None:
            self._near, self._far = (
                FaceFinder(far=False, least_score=ORIENTATION.least_sure),
                FaceFinder(least_score=ORIENTATION.least_sure),
            )
            self._outline = PersonOutline()
        scores, confirmed = np.array([self._score(turned(rgb, q)) for q in range(4)]).T
        if not scores.any():
            return self.found
        self._asked += 1
        self._scores += scores
        self._confirmed += np.where(confirmed, 1, -(scores > 0).astype(int))
        # Once decided, every further picture may change the decision.
        if self.found is not None or self._asked >= ORIENTATION.votes or self._obvious():
            if self.found is None:
                self._again_s = [time_s + later for later in ORIENTATION.look_again_s]
            self.found = self._settled()
        return self.found

    def look_again(self, rgb: Rgb, time_s: float, seen: bool) -> ImageOrientation:
        """Check again where due: over the first seconds, while uncertain, and while the face is missing.

        Parameters
        ----------
        rgb : (height, width, 3) the picture as played
        seen : whether a face was found in it in the present orientation
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
            if not self._again_s and not self.found.sure and self._asked < ORIENTATION.most_votes:
                self._again_s = [time_s + ORIENTATION.look_again_s[0]]
        elif self._missing_s is not None and time_s - self._missing_s >= ORIENTATION.missing_s:
            self._missing_s, due = time_s, self._asked < 2 * ORIENTATION.most_votes
        if due:
            self.ask(rgb, time_s)
        return self.found

    def _obvious(self) -> bool:
        """Whether the picture as played is so far ahead that fewer pictures decide."""
        mean = self._mean_scores()
        return self._asked >= ORIENTATION.few_votes and bool(mean[0] - mean[1:].max() >= ORIENTATION.obvious)

    def _mean_scores(self) -> Floats:
        mean = self._scores / self._asked
        mean[0] += ORIENTATION.as_played
        return mean

    def _settled(self) -> ImageOrientation:
        mean = self._mean_scores()
        best = int(mean.argmax())
        # A false face can be the only one in a view from far below, where no upright one is found.
        taken = best if mean[best] - mean[0] >= ORIENTATION.strong and self._confirmed[best] > 0 else 0
        return ImageOrientation(taken, bool(mean[taken] - np.delete(mean, taken).max() >= ORIENTATION.clear))

    def _score(self, rgb: Rgb) -> tuple[float, bool]:
        """How much speaks for a picture being upright, and whether the detector for far faces accepts its face."""
        assert self._near is not None
        near, far = self._near.likeliest(rgb), self._far.likeliest(rgb)
        if near is None and far is None:
            return 0.0, False
        score = sum(found[0] for found in (near, far) if found)
        left, top, right, bottom = (far or near or (0, np.zeros(4)))[1]
        person = self._outline.find(rgb)
        size = bottom - top
        below = _mean(person, left, right, bottom + ORIENTATION.body_from * size, bottom + ORIENTATION.body_to * size)
        hair = ORIENTATION.hair
        above = _mean(
            person, left, right, top - (hair + ORIENTATION.body_to) * size, top - (hair + ORIENTATION.body_from) * size
        )
        return score + ORIENTATION.body_weight * float(np.nan_to_num(below - above)), far is not None

    def close(self) -> None:
        """Free the engines."""
        if self._near is not None:
            self._near.close()
            self._far.close()
            self._outline.close()


def _mean(mask: NDArray[np.float32], left: float, right: float, top: float, bottom: float) -> float:
    """Mean of a mask over a box clipped to the picture; NaN where hardly any of it is in the picture."""
    rows = slice(max(0, int(top)), max(0, int(bottom)))
    part = mask[rows, max(0, int(left)) : max(0, int(right))]
    return float(part.mean()) if len(part) > 3 and part.size else float("nan")

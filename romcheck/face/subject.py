"""Who is measured: the subject's face among those found, and which way up the picture is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from romcheck.face.landmarks import FaceFinder, PersonOutline

Floats = NDArray[np.float64]
Rgb = NDArray[np.uint8]

VOTES = 5
"""Pictures with a face that are asked which way up they are."""
BODY_WEIGHT = 0.6
"""What a whole body below the chin counts, in units of the detector's sureness: twice the doubt it leaves."""
AS_PLAYED = np.array([0.15, -0.1, 0.0, -0.1])
"""Head start of each quarter turn: most videos are upright, and people lie along the picture or across it."""
NEAR = 0.6
"""Between two pictures a face moves less than this share of its width, or it is another face."""
CONFUSABLE = 1.3
"""Another face whose middle is nearer than so many face widths could be taken for the subject's."""
SAME = 0.4
"""Two faces nearer than this share of their width are one."""
FORGET_FRAMES = 45
"""After so many pictures without the subject, the next face may be somebody else's."""


def width_of(face: Floats) -> float:
    """Size of a face in pixels that a turn of the head does not shrink: the diagonal of breadth and height."""
    span = np.ptp(face[:468, :2], axis=0)
    return float(np.hypot(*span) / np.sqrt(2))


def turned(rgb: Rgb, quarters: int) -> Rgb:
    """The picture after so many anticlockwise quarter turns, contiguous."""
    return np.ascontiguousarray(np.rot90(rgb, quarters)) if quarters else rgb


class WayUp:
    """Which quarter turn sets the faces of a video upright, found from its first pictures with a face.

    A patient who lies on the back and is filmed from the head end is upside down in the picture. The networks find
    faces in any position, even a false upright one in an upside-down face, so three things are weighed: how sure the
    detector is, whether a body goes on below the chin rather than above the forehead, and that most videos are
    upright as they are.
    """

    def __init__(self) -> None:
        self._finder = FaceFinder(far=False, least_score=0.5)
        self._outline = PersonOutline()
        self._scores = np.zeros(4)
        self._asked = 0

    def ask(self, rgb: Rgb) -> int | None:
        """Quarter turns to make, once known; None while there is no face or still doubt."""
        scores = np.array([self._score(turned(rgb, q)) for q in range(4)])
        if not scores.any():
            return None
        self._asked += 1
        self._scores += scores + np.where(scores > 0, AS_PLAYED, 0)
        return int(self._scores.argmax()) if self._asked >= VOTES else None

    def _score(self, rgb: Rgb) -> float:
        found = self._finder.likeliest(rgb)
        if found is None:
            return 0.0
        sure, (left, top, right, bottom) = found
        person = self._outline.find(rgb)
        size = bottom - top
        below = _mean(person, left, right, bottom + 0.25 * size, bottom + 0.75 * size)
        above = _mean(person, left, right, top - 0.95 * size, top - 0.45 * size)
        return sure + BODY_WEIGHT * float(np.nan_to_num(below - above))

    def close(self) -> None:
        """Free the engines."""
        self._finder.close()
        self._outline.close()


def _mean(mask: NDArray[np.float32], left: float, right: float, top: float, bottom: float) -> float:
    """Mean of a mask over a box cut to the picture; NaN where less than a sliver of it is in the picture."""
    rows = slice(max(0, int(top)), max(0, int(bottom)))
    part = mask[rows, max(0, int(left)) : max(0, int(right))]
    return float(part.mean()) if len(part) > 3 and part.size else float("nan")


@dataclass(frozen=True)
class Sighting:
    """The subject in one picture: ``face`` (478, 3) landmarks or None, faces in all, and whether it is surely them."""

    face: Floats | None
    faces: int
    sure: bool


class Subject:
    """Follows one person: the largest face at first, then the one that goes on where it was."""

    def __init__(self) -> None:
        self._last: Floats | None = None
        self._missing = 0
        self._others_seen = False

    def pick(self, faces: Sequence[Floats]) -> Sighting:
        """Choose the subject's face among those of one picture."""
        faces = _each_once(faces)
        if len(faces) > 1:
            self._others_seen = True
        if self._last is None:
            if not faces:
                return Sighting(None, 0, True)
            chosen = max(faces, key=width_of)
            sizes = sorted((width_of(f) for f in faces), reverse=True)
            sure = len(sizes) < 2 or sizes[1] < 0.8 * sizes[0] or not _close(faces[0], faces[1])
            return self._take(chosen, len(faces), sure)
        near = [
            f for f in faces if _apart(f, self._last) < NEAR * width_of(self._last) * min(3, 1 + self._missing / 10)
        ]
        if not near:
            self._missing += 1
            if self._missing > FORGET_FRAMES and len(faces) == 1 and not self._others_seen:
                return self._take(faces[0], 1, True)
            # Somebody is there, but not where the subject was.
            return Sighting(None, len(faces), not faces)
        last = self._last
        chosen = min(near, key=lambda f: _apart(f, last))
        confusable = any(f is not chosen and _close(f, chosen) for f in faces)
        returned = self._missing > FORGET_FRAMES and self._others_seen
        return self._take(chosen, len(faces), not confusable and not returned)

    def _take(self, face: Floats, faces: int, sure: bool) -> Sighting:
        self._last, self._missing = face, 0
        return Sighting(face, faces, sure)


def _each_once(faces: Sequence[Floats]) -> list[Floats]:
    """Faces without repetitions: the engine now and then reports one face twice, a pixel or two apart."""
    kept: list[Floats] = []
    for face in sorted(faces, key=width_of, reverse=True):
        if all(_apart(face, other) > SAME * width_of(other) for other in kept):
            kept.append(face)
    return kept


def _apart(a: Floats, b: Floats) -> float:
    return float(np.linalg.norm(a[:468, :2].mean(0) - b[:468, :2].mean(0)))


def _close(a: Floats, b: Floats) -> bool:
    return _apart(a, b) < CONFUSABLE * (width_of(a) + width_of(b)) / 2

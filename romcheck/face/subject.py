"""Who is measured: the subject's face among those found, and which way up the picture is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from romcheck.face.landmarks import FaceMesh

Floats = NDArray[np.float64]
Rgb = NDArray[np.uint8]

UPRIGHT_DEG = 50.0
"""A face that leans less than this in the picture stands upright in it."""
VOTES = 5
"""Pictures with a face that are asked which way up they are, unless the first leaves no doubt."""
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


def lean_deg(face: Floats) -> float:
    """How far a face leans in the picture, degrees: 0 upright, 180 upside down."""
    down = face[152, :2] - face[10, :2]
    return float(np.degrees(np.arctan2(down[0], down[1])))


def turned(rgb: Rgb, quarters: int) -> Rgb:
    """The picture after so many anticlockwise quarter turns, contiguous."""
    return np.ascontiguousarray(np.rot90(rgb, quarters)) if quarters else rgb


class WayUp:
    """Which quarter turn sets the faces of a video upright, found from its first pictures with a face.

    A patient who lies on the back and is filmed from the head end is upside down in the picture; the face detector
    looks for upright faces.
    """

    def __init__(self) -> None:
        self._mesh = FaceMesh(tracking=False)
        self._votes: Counter[int] = Counter()
        self._asked = 0

    def ask(self, rgb: Rgb) -> int | None:
        """Quarter turns to make, once known; None while there is no face or still doubt."""
        found = {}
        for quarters in range(4):
            faces = [f for f in self._mesh.find(turned(rgb, quarters)) if abs(lean_deg(f)) < UPRIGHT_DEG]
            if faces:
                found[quarters] = max(width_of(f) for f in faces)
        if not found:
            return None
        self._asked += 1
        self._votes.update(found)
        if self._asked == 1 and list(found) == [0]:
            return 0
        if self._asked >= VOTES:
            most = max(self._votes.values())
            # As the file stands, if that is as good as any.
            return min(q for q, n in self._votes.items() if n == most)
        return None

    def close(self) -> None:
        """Free the engine."""
        self._mesh.close()


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
        near = [f for f in faces if _apart(f, self._last) < NEAR * width_of(self._last) * (1 + self._missing / 10)]
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

"""Who is measured: the subject's face among those found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from romcheck.arrays import Floats
from romcheck.person.settings import PERSON

SUBJECT = PERSON.subject


def width_of(face: Floats) -> float:
    """Size of a face in pixels, nearly invariant under rotation of the head: the diagonal of breadth and height."""
    span = np.ptp(face[:468, :2], axis=0)
    return float(np.hypot(*span) / np.sqrt(2))


@dataclass(frozen=True)
class Expected:
    """Where the subject's face should be, from the head's own features: its centre (2,) and width in pixels."""

    middle: Floats
    width: float


@dataclass(frozen=True)
class Sighting:
    """The subject in one picture.

    Attributes
    ----------
    face : (478, 3) landmarks, None where the subject is not seen
    faces : number of people in the picture; a face that never moves is not counted
    sure : whether it is certain that the face is the subject's
    others : landmarks of the other faces, one of which may be the lost subject
    anew : True where another face is the subject from this picture on
    """

    face: Floats | None
    faces: int
    sure: bool
    others: tuple[Floats, ...] = ()
    anew: bool = False


class _FaceTrack:
    """One face through the pictures: its first and last position, and whether it ever moved."""

    def __init__(self, face: Floats) -> None:
        self.first = self.last = face
        self.moved, self.pictures = False, 0

    def take(self, face: Floats) -> None:
        self.moved = self.moved or _apart(face, self.first) > SUBJECT.stirs * width_of(self.first)
        self.last = face
        self.pictures += 1


class Subject:
    """Follows one person among the faces of a video.

    The largest face is chosen at first. From then on the head's own features identify the subject: while they are
    tracked, the subject's face is the one at their position. While they are lost, the subject is searched where it was
    last, with the same size; all other faces are passed on, and one with the head's own features is the subject again,
    wherever it is. A face chosen by its position alone is never certain while somebody else is near.
    """

    def __init__(self) -> None:
        self._last: Floats | None = None
        self._missing = 0
        self._others_seen = False
        self._alone = 0  # pictures since somebody else was seen
        self._own: _FaceTrack | None = None
        self._others: list[_FaceTrack] = []

    def pick(self, faces: Sequence[Floats], expected: Expected | None = None, lost: bool = False) -> Sighting:
        """Choose the subject's face among those of one picture.

        Parameters
        ----------
        faces : landmarks (478, 3) of each
        expected : where the head's features were tracked to; None where they are not
        lost : True where they are known but currently lost
        """
        faces = _each_once(faces)
        self._alone += 1
        if len(faces) > 1:
            self._others_seen = True
            self._alone = 0
        if self._last is None:
            if not faces:
                return Sighting(None, 0, True)
            sizes = sorted((width_of(f) for f in faces), reverse=True)
            sure = len(sizes) < 2 or sizes[1] < SUBJECT.clearly_smaller * sizes[0] or not _close(faces[0], faces[1])
            return self._take(faces[0], faces, sure)
        if expected is not None and self._others_seen:
            own = [f for f in faces if _is_at(f, expected)]
            if not own:
                return self._without(faces, True)
            chosen = min(own, key=lambda f: float(np.linalg.norm(_middle(f) - expected.middle)))
            return self._take(chosen, faces, True)
        last = self._last
        reach = SUBJECT.near * width_of(last) * min(3, 1 + self._missing / 10)
        size = min(SUBJECT.most_grown, SUBJECT.same_size * (1 + self._missing / 60))
        near = [f for f in faces if _apart(f, last) < reach and _ratio(width_of(f), width_of(last)) < size]
        if not near:
            if self._missing > SUBJECT.forget_frames and len(faces) == 1 and not self._others_seen:
                return self._take(faces[0], faces, True)
            # A face is there, but not where the subject was.
            if faces:
                self._others_seen, self._alone = True, 0
            return self._without(faces, not faces)
        chosen = min(near, key=lambda f: _apart(f, last))
        confusable = any(f is not chosen and _close(f, chosen) for f in faces)
        returned = self._missing > SUBJECT.forget_frames and self._others_seen
        if lost and self._others_seen:
            # Not updated from picture to picture, or it would drift to whoever passes by.
            self._missing += 1
            return self._told(chosen, faces, self._alone > SUBJECT.forget_frames)
        return self._take(chosen, faces, not confusable and not returned)

    def _take(self, face: Floats, faces: Sequence[Floats], sure: bool) -> Sighting:
        self._last, self._missing = face, 0
        if self._own is None:
            self._own = _FaceTrack(face)
        self._own.take(face)
        sighting = self._told(face, faces, sure)
        # A picture on the wall does not move; a person in front of it does.
        alive = [other for other in self._others if other.moved and other.pictures >= SUBJECT.still_for]
        if self._own.moved or self._own.pictures < SUBJECT.still_for or not alive or not sighting.others:
            return sighting
        other = max(alive, key=lambda seen: width_of(seen.last))
        if not any(f is other.last for f in faces):
            return sighting
        self._others = [o for o in self._others if o is not other] + [self._own]
        self._own, self._last = other, other.last
        sighting = self._told(other.last, faces, True)
        return Sighting(sighting.face, sighting.faces, True, sighting.others, anew=True)

    def _without(self, faces: Sequence[Floats], sure: bool) -> Sighting:
        self._missing += 1
        return self._told(None, faces, sure)

    def _told(self, face: Floats | None, faces: Sequence[Floats], sure: bool) -> Sighting:
        others = tuple(f for f in faces if f is not face)
        people = 0 if face is None else 1
        for other in others:
            known = min(self._others, key=lambda seen: _apart(seen.last, other), default=None)
            if known is None or _apart(known.last, other) > SUBJECT.near * width_of(other):
                known = _FaceTrack(other)
                self._others.append(known)
            known.take(other)
            people += known.moved
        return Sighting(face, people, sure, others)


def _each_once(faces: Sequence[Floats]) -> list[Floats]:
    """Faces without duplicates, largest first: the engine sometimes reports one face twice, a pixel or two
    apart.
    """
    kept: list[Floats] = []
    for face in sorted(faces, key=width_of, reverse=True):
        if all(_apart(face, other) > SUBJECT.same * width_of(other) for other in kept):
            kept.append(face)
    return kept


def _middle(face: Floats) -> Floats:
    return np.asarray(face[:468, :2].mean(0))


def _apart(a: Floats, b: Floats) -> float:
    return float(np.linalg.norm(_middle(a) - _middle(b)))


def _ratio(a: float, b: float) -> float:
    return max(a, b) / max(min(a, b), 1e-6)


def _is_at(face: Floats, expected: Expected) -> bool:
    near = float(np.linalg.norm(_middle(face) - expected.middle)) < SUBJECT.near * expected.width
    return near and _ratio(width_of(face), expected.width) < SUBJECT.most_grown


def _close(a: Floats, b: Floats) -> bool:
    return _apart(a, b) < SUBJECT.confusable * (width_of(a) + width_of(b)) / 2

"""Who is measured: the subject's face among those found, and which way up the picture is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from romcheck.arrays import Floats, Rgb
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
NEAR = 0.6
"""Between two pictures a face moves less than this share of its width, or it is another face."""
CONFUSABLE = 1.3
"""Another face whose middle is nearer than so many face widths could be taken for the subject's."""
SAME = 0.4
"""Two faces nearer than this share of their width are one."""
SAME_SIZE = 1.25
"""From picture to picture a face grows or shrinks by less than this factor, or it is another face."""
MOST_GROWN = 1.6
"""A subject that was away for a while may have come nearer or gone farther by this factor."""
STIRS = 0.02
"""A face whose middle never moved by this share of its width, 3 mm, is a picture on a wall or a screen: nobody is so
still for long."""
STILL_FOR = 75
"""A face taken for the subject that has been so still in so many pictures gives way to one that moves."""
FORGET_FRAMES = 45
"""After so many pictures without the subject, the next face may be somebody else's."""


def width_of(face: Floats) -> float:
    """Size of a face in pixels that a turn of the head does not shrink: the diagonal of breadth and height."""
    span = np.ptp(face[:468, :2], axis=0)
    return float(np.hypot(*span) / np.sqrt(2))


def turned(rgb: Rgb, quarters: int) -> Rgb:
    """The picture after so many anticlockwise quarter turns, contiguous."""
    return np.ascontiguousarray(np.rot90(rgb, quarters)) if quarters else rgb


@dataclass(frozen=True)
class Up:
    """Which way up a picture is: anticlockwise quarter turns to make, and whether that is sure."""

    quarters: int
    sure: bool = True


class WayUp:
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
        self.up: Up | None = None if stated is None else Up(stated % 4)
        self._stated = stated is not None
        self._near: FaceFinder | None = None
        self._scores = np.zeros(4)
        self._asked = 0
        self._again_s: list[float] = []
        self._missing_s: float | None = None

    def ask(self, rgb: Rgb, time_s: float = 0.0) -> Up | None:
        """Look at one picture (height, width, 3), as played; None as long as too few showed a face."""
        if self._stated:
            return self.up
        if self._near is None:
            self._near, self._far = FaceFinder(far=False, least_score=LEAST_SURE), FaceFinder(least_score=LEAST_SURE)
            self._outline = PersonOutline()
        scores = np.array([self._score(turned(rgb, q)) for q in range(4)])
        if not scores.any():
            return self.up
        self._asked += 1
        self._scores += scores
        if self._asked >= VOTES:
            if self.up is None:
                self._again_s = [time_s + later for later in LOOK_AGAIN_S]
            self.up = self._settled()
        return self.up

    def look_again(self, rgb: Rgb, time_s: float, seen: bool) -> Up:
        """Ask again where that is due: over the first seconds, while it is unsure, and while the face is missing.

        Parameters
        ----------
        rgb : (height, width, 3) the picture as played
        seen : whether a face was found in it the way up it was taken
        """
        assert self.up is not None
        if self._stated:
            return self.up
        if seen:
            self._missing_s = None
        elif self._missing_s is None:
            self._missing_s = time_s
        due = bool(self._again_s) and time_s >= self._again_s[0]
        if due:
            del self._again_s[0]
            if not self._again_s and not self.up.sure and self._asked < MOST_VOTES:
                self._again_s = [time_s + LOOK_AGAIN_S[0]]
        elif self._missing_s is not None and time_s - self._missing_s >= MISSING_S:
            self._missing_s, due = time_s, self._asked < 2 * MOST_VOTES
        if due:
            self.ask(rgb, time_s)
        return self.up

    def _settled(self) -> Up:
        mean = self._scores / self._asked
        mean[0] += AS_PLAYED
        best = int(mean.argmax())
        taken = best if mean[best] - mean[0] >= STRONG else 0
        return Up(taken, bool(mean[taken] - np.delete(mean, taken).max() >= CLEAR))

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


@dataclass(frozen=True)
class Expected:
    """Where the subject's face should be, from the head's own features: its middle (2,) and width in pixels."""

    middle: Floats
    width: float


@dataclass(frozen=True)
class Sighting:
    """The subject in one picture.

    Attributes
    ----------
    face : (478, 3) landmarks, None where the subject is not seen
    faces : people in the picture; a face that never moves is none
    sure : whether it is surely the subject's
    others : landmarks of the other faces, among which a subject that was lost may be
    anew : True where another face than before is the subject from here on
    """

    face: Floats | None
    faces: int
    sure: bool
    others: tuple[Floats, ...] = ()
    anew: bool = False


class _Seen:
    """One face through the pictures: where it was first, where it was last, whether it ever moved."""

    def __init__(self, face: Floats) -> None:
        self.first = self.last = face
        self.moved, self.pictures = False, 0

    def take(self, face: Floats) -> None:
        self.moved = self.moved or _apart(face, self.first) > STIRS * width_of(self.first)
        self.last = face
        self.pictures += 1


class Subject:
    """Follows one person among the faces of a video.

    The largest face is taken at first. From then on the head's own features are the recogniser: where they are
    followed, the subject's face is the one that lies where they say. Where they are lost the subject is looked for
    where it was last, and of the same size; all other faces are handed on, and one whose features are the head's own
    is the subject again, wherever it is. A face that is taken by its place alone is never believed while somebody
    else is near.
    """

    def __init__(self) -> None:
        self._last: Floats | None = None
        self._missing = 0
        self._others_seen = False
        self._alone = 0  # pictures since somebody else was seen
        self._own: _Seen | None = None
        self._others: list[_Seen] = []

    def pick(self, faces: Sequence[Floats], expected: Expected | None = None, lost: bool = False) -> Sighting:
        """Choose the subject's face among those of one picture.

        Parameters
        ----------
        faces : landmarks (478, 3) of each
        expected : where the head's features were followed to; None where they are not
        lost : True where they are known, but lost just now
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
            sure = len(sizes) < 2 or sizes[1] < 0.8 * sizes[0] or not _close(faces[0], faces[1])
            return self._take(faces[0], faces, sure)
        if expected is not None and self._others_seen:
            own = [f for f in faces if _is_at(f, expected)]
            if not own:
                return self._without(faces, True)
            chosen = min(own, key=lambda f: float(np.linalg.norm(_middle(f) - expected.middle)))
            return self._take(chosen, faces, True)
        last = self._last
        reach = NEAR * width_of(last) * min(3, 1 + self._missing / 10)
        size = min(MOST_GROWN, SAME_SIZE * (1 + self._missing / 60))
        near = [f for f in faces if _apart(f, last) < reach and _ratio(width_of(f), width_of(last)) < size]
        if not near:
            if self._missing > FORGET_FRAMES and len(faces) == 1 and not self._others_seen:
                return self._take(faces[0], faces, True)
            # Somebody is there, but not where the subject was.
            if faces:
                self._others_seen, self._alone = True, 0
            return self._without(faces, not faces)
        chosen = min(near, key=lambda f: _apart(f, last))
        confusable = any(f is not chosen and _close(f, chosen) for f in faces)
        returned = self._missing > FORGET_FRAMES and self._others_seen
        if lost and self._others_seen:
            # Not followed from place to place: it would be led away by whoever passes.
            self._missing += 1
            return self._told(chosen, faces, self._alone > FORGET_FRAMES)
        return self._take(chosen, faces, not confusable and not returned)

    def _take(self, face: Floats, faces: Sequence[Floats], sure: bool) -> Sighting:
        self._last, self._missing = face, 0
        if self._own is None:
            self._own = _Seen(face)
        self._own.take(face)
        sighting = self._told(face, faces, sure)
        # A picture on the wall does not move; the person before it does.
        alive = [other for other in self._others if other.moved and other.pictures >= STILL_FOR]
        if self._own.moved or self._own.pictures < STILL_FOR or not alive or not sighting.others:
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
            if known is None or _apart(known.last, other) > NEAR * width_of(other):
                known = _Seen(other)
                self._others.append(known)
            known.take(other)
            people += known.moved
        return Sighting(face, people, sure, others)


def _each_once(faces: Sequence[Floats]) -> list[Floats]:
    """Faces without repetitions, largest first: the engine now and then reports one face twice, a pixel or two
    apart.
    """
    kept: list[Floats] = []
    for face in sorted(faces, key=width_of, reverse=True):
        if all(_apart(face, other) > SAME * width_of(other) for other in kept):
            kept.append(face)
    return kept


def _middle(face: Floats) -> Floats:
    return np.asarray(face[:468, :2].mean(0))


def _apart(a: Floats, b: Floats) -> float:
    return float(np.linalg.norm(_middle(a) - _middle(b)))


def _ratio(a: float, b: float) -> float:
    return max(a, b) / max(min(a, b), 1e-6)


def _is_at(face: Floats, expected: Expected) -> bool:
    near = float(np.linalg.norm(_middle(face) - expected.middle)) < NEAR * expected.width
    return near and _ratio(width_of(face), expected.width) < MOST_GROWN


def _close(a: Floats, b: Floats) -> bool:
    return _apart(a, b) < CONFUSABLE * (width_of(a) + width_of(b)) / 2

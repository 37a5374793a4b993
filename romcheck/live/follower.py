"""What the person in front of the camera does: postures held, and the current turn."""

from __future__ import annotations

from collections import deque

from romcheck.live.readings import LiveReading, Reader
from romcheck.live.stillness import Rest, rest_now
from romcheck.live.trial import TurnStart
from romcheck.live.turn import Turn
from romcheck.motion.rotations import Angles, anatomical, distance_deg, relative
from romcheck.motion.rules import RULES
from romcheck.person.poses import CurrentPose
from romcheck.protocols import Protocol

RETURNED_S = 0.5
"""How long the head must be still to count as back in the middle."""
REMEMBER_S = 2.0
SLOW_RATE_S = 2.0
"""The frame rate is computed over this time."""


class Follower:
    """Tracks one person through the postures and turns of one test.

    Parameters
    ----------
    protocol : the test

    Attributes
    ----------
    upright : the posture taken for upright; None before there is one
    doubted : the posture taken for upright until it was doubted
    start : the starting position of the turns; None before it is held
    began : the rest from which the present turn began, or will begin
    turn : the turn under way; None between turns
    readings : from that rest on, lost frames included
    angle_deg : the angle the test measures, when it was last known
    """

    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol
        self._reader = Reader()
        self._recent: deque[LiveReading] = deque()
        self._seen_s: float | None = None
        self._known: tuple[LiveReading, TurnStart, Angles] | None = None
        self.upright: Rest | None = None
        self.doubted: Rest | None = None
        self.start: TurnStart | None = None
        self.began: Rest | None = None
        self.turn: Turn | None = None
        self.readings: list[LiveReading] = []
        self.angle_deg = 0.0

    def take(self, now: CurrentPose) -> LiveReading:
        """Process the newest frame."""
        r = self._reader.read(now)
        self._recent.append(r)
        while r.time_s - self._recent[0].time_s > REMEMBER_S:
            self._recent.popleft()
        if self._seen_s is None or r.seen:
            self._seen_s = r.time_s
        return r

    def forget(self) -> None:
        """A new recording begins, with its own times and references."""
        self._reader = Reader()
        self._recent.clear()
        self.upright = self.doubted = self.start = self.began = None
        self._seen_s, self.angle_deg = None, 0.0

    @property
    def newest(self) -> LiveReading | None:
        """The newest reading."""
        return self._recent[-1] if self._recent else None

    @property
    def gone_s(self) -> float:
        """Time since the head was last seen."""
        return 0.0 if self._seen_s is None or not self._recent else self._recent[-1].time_s - self._seen_s

    @property
    def rate(self) -> float:
        """Recent frame rate; infinite until it is known."""
        seconds = self._recent[-1].time_s - self._recent[0].time_s
        return (len(self._recent) - 1) / seconds if seconds >= SLOW_RATE_S * 0.9 else float("inf")

    def rest(self, seconds: float) -> Rest | None:
        """The posture held over the last seconds; None while moving."""
        return rest_now(self._recent, seconds)

    def angles(self, r: LiveReading) -> Angles:
        """Angles of the newest reading from the starting position; computed once."""
        assert self.start is not None
        if self._known is None or self._known[0] is not r or self._known[1] is not self.start:
            self._known = r, self.start, r.angles(self.start.rest.neck)
        return self._known[2]

    def measured_deg(self, r: LiveReading) -> float:
        """The angle the test measures, from the starting position."""
        return float(self.angles(r).of(self._protocol.axis))

    def away_from_upright_deg(self, rest: Rest) -> float:
        """Rotation angle between a posture and upright."""
        assert self.upright is not None
        return float(distance_deg(rest.neck, self.upright.neck))

    def bent(self, rest: Rest) -> Angles:
        """Angles of a posture from upright."""
        assert self.upright is not None
        return anatomical(relative(self.upright.neck, rest.neck))

    def came_up(self, r: LiveReading) -> bool:
        """Whether flexion was given up: as in ``motion.postures``, nearer to upright than half of what was held."""
        assert self.start is not None
        return float(distance_deg(r.neck, self.start.upright)) < self.start.flexion_held_deg / 2

    def doubt_upright(self) -> None:
        """The upright posture may have been an end range: it will be taken again."""
        self.doubted, self.upright, self.turn = self.upright, None, None

    def begin_at(self, rest: Rest) -> None:
        """A turn may begin from this rest."""
        self.began = rest
        self.readings = [r for r in self._recent if r.time_s >= rest.start_s]

    def wait_for_turn(self, y: float) -> bool:
        """Update the rest before a turn; return whether a turn begins now."""
        rest = self.rest(RETURNED_S)
        if rest is not None and abs(y) < RULES.smallest_deg:
            self.begin_at(rest)
        elif abs(y) >= RULES.smallest_deg:
            self.turn = Turn(1 if y > 0 else -1)
            return True
        return False

    def returned(self, y: float) -> Rest | None:
        """The rest near the middle with which the turn is over; None while it is not."""
        assert self.turn is not None
        rest = self.rest(RETURNED_S)
        return None if rest is None or y >= max(RULES.smallest_deg, RULES.valley * self.turn.top_deg) else rest

    def since_middle(self) -> list[LiveReading]:
        """Readings since the head came through the middle on its way to the other side of the present turn."""
        assert self.start is not None
        assert self.turn is not None
        axis, rest = self._protocol.axis, self.start.rest.neck
        tail = []
        for q in reversed(self.readings):
            if q.seen and -self.turn.sign * float(q.angles(rest).of(axis)) < 0:
                break
            tail.append(q)
        return tail[::-1]

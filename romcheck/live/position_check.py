"""The guided joint position test: eyes closed, so that everything is said, and nothing tells how well it went.

The head looks ahead and remembers where; turns away, comes back to where it feels ahead to be, and keeps still there
for a second; so many times to each side. At the end the eyes open and look ahead again, which shows a drift.
"""

from __future__ import annotations

import math
from dataclasses import replace

from romcheck.live.check import AHEAD_DEG, SETTLED_S, Check
from romcheck.live.readings import LiveReading
from romcheck.live.state import CheckPlan, CheckState, Line, Tone
from romcheck.live.stillness import Rest
from romcheck.motion import gates
from romcheck.motion.rotations import anatomical, relative
from romcheck.motion.rules import RULES
from romcheck.motion.trunk import trunk_angles
from romcheck.results import MovementName

BACK_S = 1.0
"""How long the head keeps still when it feels back, as asked for; the measurement wants `RULES.returned_s` of it."""
OPEN_S = 1.5
"""The eyes open, and find the mark, within this after being asked to."""


class PositionCheck(Check):
    """A guided check whose turns are told by where they end.

    Parameters
    ----------
    plan : what is to be done
    """

    _settle_key = "settle_remember"

    def __init__(self, plan: CheckPlan) -> None:
        super().__init__(plan)
        self._sign = 0
        self._top_deg = 0.0
        self._lost_s = 0.0
        self._sure = True

    @property
    def state(self) -> CheckState:
        """The current state, without the angles: whoever sees or hears an error corrects the next return."""
        shown = super().state
        return replace(
            shown, angle_deg=math.nan, made=tuple(replace(trial, angle_deg=math.nan) for trial in shown.made)
        )

    def _ask(self, began: Rest, *before: Line, tone: Tone = "") -> None:
        """Request the next turn; after the last, the eyes open again."""
        self._sign, self._top_deg, self._lost_s, self._sure = 0, 0.0, 0.0, True
        self._asked = self._judge.next()
        if self._asked is None:
            self._enter("look")
            self._say(*before, Line("look"), tone=tone or "held")
            return
        self._ask_for(self._asked, began, *before, tone=tone)

    def _turn_line(self, movement: MovementName) -> Line:
        """The instruction: in full for the first turn, then the side and how many are left."""
        if not self._judge.tried():
            return Line(f"turn.{movement}")
        left = sum(max(0, self._judge.wanted - self._judge.counted(m)) for m in self.plan.order)
        return Line(f"next.{movement}", (("left", float(left)),))

    def _follow(self, r: LiveReading) -> None:
        """Follow a turn out, and back until the head rests."""
        follower = self._follower
        if not r.seen:
            self._lost_s = max(self._lost_s, follower.gone_s)
            return
        self._sure &= r.subject_sure
        y = follower.angle_deg = follower.measured_deg(r)
        if abs(y) >= RULES.away_deg and self._sign * y <= 0:
            if self._sign:  # straight over to the other side: the first turn had no return
                self._enter_return(None)
                self._asked = self._judge.next() or self._asked
            self._sign, self._top_deg = (1 if y > 0 else -1), 0.0
            self._speaker.asked_s = self._time_s
            self._enter("back")
        if not self._sign:
            return
        self._top_deg = max(self._top_deg, self._sign * y)
        rest = follower.rest(BACK_S)
        if rest is not None and self._sign * y < RULES.valley * self._top_deg:
            said = self._enter_return(rest)
            self._ask(rest, *said, tone="again" if said else "held")

    def _enter_return(self, rest: Rest | None) -> tuple[Line, ...]:
        """Enter a return, or that there was none; give the lines to say about it."""
        start = self._follower.start
        assert start is not None
        movement = self._protocol.name(self._sign)
        reasons, off = [], math.nan
        if not self._sure:
            reasons.append(gates.TWO_FACES.code)
        if rest is None:
            reasons.append(gates.NOT_RETURNED.code)
        else:
            if self._lost_s > RULES.gap_s:
                reasons.append(gates.FACE_LOST.code)
            back = anatomical(relative(start.rest.neck, rest.neck))
            off, bent = abs(float(back.rotation)), max(abs(float(back.flexion)), abs(float(back.lateral_flexion)))
            if bent > (gates.RETURN_BENT.threshold or 0.0):
                reasons.append(gates.RETURN_BENT.code)
            turned = trunk_angles(rest.trunk[None], start.rest.trunk, start.upright).rotation
            if abs(float(turned[0])) > (gates.TRUNK_SHIFTED.threshold or 0.0):
                reasons.append(gates.TRUNK_SHIFTED.code)
            if gates.too_few_frames(self._follower.rate):
                reasons.append(gates.FRAME_RATE_LOW.code)
        verdict = gates.quality(tuple(reasons))
        self._judge.enter_as(movement, off, verdict, tuple(reasons))
        if movement != self._asked and not reasons:
            return (Line(f"was.{movement}"),)
        return self._speaker.remark(reasons[0] if reasons else None, cost=verdict == "rejected")

    def _come_up(self) -> None:
        """Wait until the open eyes look ahead again."""
        heard_s = (self._speaker.asked_s or 0.0) + OPEN_S
        rest = self._follower.rest(SETTLED_S)
        if rest is not None and rest.start_s >= heard_s and rest.aside_deg <= AHEAD_DEG:
            self._finish()

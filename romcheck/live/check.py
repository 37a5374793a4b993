"""The guided check: the next instruction, from what the person does.

The phases follow the person: a posture is taken once the head is still in it, a turn begins when the head leaves it,
a hold when it comes to rest at the far end. No phase ends because time has passed; a person who does nothing is only
asked again. A movement is recorded as what it was, not as what was asked for.
"""

from __future__ import annotations

from romcheck.live.follower import RETURNED_S, Follower
from romcheck.live.judge import Judge
from romcheck.live.readings import LiveReading
from romcheck.live.speaker import Speaker
from romcheck.live.state import HOLD_FOR_S, CheckPlan, CheckState, Line, Phase, StopReason, Tone
from romcheck.live.stillness import Rest
from romcheck.live.trial import TurnStart, judge, told_rate
from romcheck.live.turn import Turn, TurnStage
from romcheck.motion import gates
from romcheck.motion.rules import RULES
from romcheck.person.poses import CurrentPose
from romcheck.protocols import PROTOCOLS
from romcheck.results import MovementName

SETTLED_S = 1.0
POSTURE_S = 0.7
"""How long the head must be still to count as looking ahead, and as fully flexed."""
HEARD_S = 0.5
"""Stillness does not count before the first instruction can have been heard."""
DOUBTED_S = 2.5
"""The same where upright is taken again: the posture held just now may be an end range."""
AHEAD_DEG = 25.0
"""Looking ahead: turned or bent aside from the camera by less than this. People who look ahead face the camera to
within about 10°, and a camera may stand a little to the side."""
ASK_AGAIN_S = 10.0
"""After this time without a movement the instruction is repeated."""
SETTLE_FOR_LESS = 2
"""After this number of repetitions an incomplete posture is accepted, and its trials are doubted."""
TOO_FAST_DEG_PER_S = 90.0
"""Faster than this a turn is not slow: a full turn in under a second. The person is told; it is no reason for doubt."""
LOST_SAY_S, LOST_STOP_S = 2.5, 10.0
"""A face lost while turned or bent is reported after the first, and ends the check after the second."""
PAIR = 2
"""Turns in one flexion: held through a whole check it tires a painful neck."""
LEFT_SAY_S, LEFT_STOP_S = 1.5, 5.0
"""The same where the head was near the middle: then it has not turned out of sight, the person has left."""
NEAR_MIDDLE_DEG = 20.0
EMPTY_STOP_S = 60.0
"""Before the upright posture is taken nothing is lost by waiting; but a camera without a person is closed."""


class Check:
    """One guided check of one person: which phase follows which.

    A :class:`Follower` tracks what the person does, a :class:`Judge` counts the trials, and a :class:`Speaker` gives
    the instructions. It is fed ``Observer.now`` after every frame and has no clock of its own, so that the same
    readings always give the same course.

    Parameters
    ----------
    plan : what is to be done
    """

    _settle_key = "settle"

    def __init__(self, plan: CheckPlan) -> None:
        self.plan = plan
        self._protocol = PROTOCOLS[plan.test]
        self._flexed = plan.test == "flexion-rotation"
        self._follower = Follower(self._protocol)
        self._judge = Judge(plan)
        self._speaker = Speaker()
        self._phase: Phase = "settle"
        self._asked: MovementName | None = None
        self._turned = 0
        """Turns since the neck was flexed."""
        self._lost_told = False
        self._measured_from_s: float | None = None
        self._stopped: StopReason | None = None
        self._time_s = 0.0

    # --- from outside

    def take(self, now: CurrentPose) -> CheckState:
        """Process the newest frame; after the end, nothing changes any more."""
        if self._phase in ("done", "stopped"):
            return self.state
        r = self._follower.take(now)
        self._time_s = r.time_s
        if self._speaker.asked_s is None:
            self._say(Line(self._settle_key))
        if r.seen:
            self._lost_told = False
        else:
            self._lost()
        if self._phase == "settle":
            self._settle()
        elif self._phase == "flex":
            self._flex()
        elif self._phase in ("turn", "hold", "back"):
            self._follower.readings.append(r)
            self._follow(r)
        elif self._phase in ("up", "look"):
            self._come_up()
        if self._speaker.asked_s is not None and r.time_s - self._speaker.asked_s > ASK_AGAIN_S:
            self._ask_again()
        return self.state

    def stop(self, reason: StopReason = "pressed") -> CheckState:
        """End at once; what was measured before stays."""
        if self._phase not in ("done", "stopped"):
            self._phase, self._stopped = "stopped", reason
            self._say(Line(f"stopped.{reason}"), tone="stopped")
        return self.state

    def new_recording(self) -> None:
        """The frames that follow are of a new recording: its times and its references begin again.

        Called when the practice is over (``CheckState.practice`` has become False), so that what is kept and measured
        holds only what counts.
        """
        self._follower.forget()
        self._speaker.asked_s = -HEARD_S

    @property
    def state(self) -> CheckState:
        """The current state."""
        follower, judge = self._follower, self._judge
        r = follower.newest
        angle = flexion = float("nan")
        if r is not None and r.seen:
            if follower.start is not None:
                angle = follower.measured_deg(r)
            if follower.upright is not None:
                flexion = float(r.angles(follower.upright.neck).flexion)
        return CheckState(
            time_s=self._time_s,
            phase=self._phase,
            asked=self._asked,
            trial=min(judge.counted(self._asked) + 1, judge.wanted) if self._asked else 0,
            trials=judge.wanted,
            practice=judge.practice,
            held_s=min(follower.turn.held_s, HOLD_FOR_S) if follower.turn else 0.0,
            angle_deg=angle,
            flexion_deg=flexion,
            made=tuple(judge.made),
            coaching=self._advice(r),
            cue=self._speaker.cue,
            measured_from_s=self._measured_from_s,
            stopped=self._stopped,
        )

    # --- postures

    def _settle(self) -> None:
        """Wait until the person sits still and looks ahead."""
        follower = self._follower
        rest = follower.rest(SETTLED_S)
        heard_s = (self._speaker.asked_s or 0.0) + (HEARD_S if follower.doubted is None else DOUBTED_S)
        if rest is None or rest.start_s < heard_s or rest.aside_deg > AHEAD_DEG:
            return
        if follower.upright is not None and self._speaker.asks < SETTLE_FOR_LESS and not self._near_upright(rest):
            return
        self._take_upright(rest)
        if self._flexed:
            self._enter("flex")
            self._say(Line("flex"))
        else:
            self._begin(TurnStart(rest, rest.neck))

    def _near_upright(self, rest: Rest) -> bool:
        return self._follower.away_from_upright_deg(rest) <= 2 * RULES.same_rest_deg

    def _take_upright(self, rest: Rest) -> None:
        """Take the upright posture again. Trials measured from a very different posture do not count."""
        follower = self._follower
        follower.upright, follower.doubted = follower.upright or follower.doubted, None
        if follower.upright is not None and not self._near_upright(rest):
            self._judge.void()
        follower.upright = rest
        if not self._judge.practice and not self._judge.counts:
            self._measured_from_s = rest.start_s

    def _doubt_upright(self, turn: Turn) -> None:
        """A movement opposite to the one requested may mean that upright was wrong: take it again.

        Of the upright tests only flexion and extension need this: that a head is turned or bent aside is seen from its
        orientation to the camera, that it is bent forward is not.
        """
        self._follower.doubt_upright()
        self._enter("settle")
        self._say(Line(f"was.{self._protocol.name(turn.sign)}"), Line(self._settle_key), tone="again")

    def _flex(self) -> None:
        """Wait until the neck is flexed and still."""
        follower = self._follower
        rest = follower.rest(POSTURE_S)
        assert follower.upright is not None
        if rest is None:
            return
        at = follower.bent(rest)
        flexion = float(at.flexion)
        if flexion < -RULES.flexed_named_deg and not self._judge.in_earnest and rest.aside_deg <= AHEAD_DEG:
            # The posture taken for upright was already flexed.
            self._take_upright(rest)
            return
        least = RULES.flexed_deg if self._speaker.asks < SETTLE_FOR_LESS else RULES.flexed_named_deg
        if flexion < least or max(abs(float(at.rotation)), abs(float(at.lateral_flexion))) > RULES.flexed_aside_deg:
            return
        self._begin(TurnStart(rest, follower.upright.neck))

    def _begin(self, start: TurnStart) -> None:
        """The starting position is taken: ask for the first movement from it."""
        self._follower.start = start
        self._turned = 0
        self._ask(start.rest)

    def _come_up(self) -> None:
        """Wait until the neck is out of flexion again, long enough to be measured there."""
        rest = self._follower.rest(SETTLED_S)
        if rest is None or not (self._near_upright(rest) or self._speaker.asks >= SETTLE_FOR_LESS):
            return
        if self._asked is None:
            self._finish()
        else:
            self._enter("flex")
            self._say(Line("flex_again"))

    def _finish(self) -> None:
        """The practice or the check is over."""
        if self._judge.practice:
            self._judge.practice = False
            self._enter("settle")
            self._say(Line("counts_now"), Line(self._settle_key))
        else:
            self._enter("done")
            self._say(Line("done"), tone="finished")

    # --- turns

    def _ask(self, began: Rest, *before: Line, tone: Tone = "") -> None:
        """Request the next movement, a rest from flexion before it, or end.

        `began` is the rest it starts from, `before` the lines said first.
        """
        self._follower.turn = None
        self._speaker.new_turn()
        self._asked = self._judge.next()
        if self._asked is None:
            if self._flexed:
                self._enter("up")
                self._say(*before, Line("up"), tone=tone)
            else:
                self._finish()
            return
        if self._flexed and self.plan.rest and self._turned >= PAIR:
            self._enter("up")
            self._say(*before, Line("rest"), tone=tone)
            return
        self._ask_for(self._asked, began, *before, tone=tone)

    def _ask_for(self, movement: MovementName, began: Rest, *before: Line, tone: Tone = "") -> None:
        """Ask for a movement that starts from a rest."""
        self._follower.begin_at(began)
        self._enter("turn")
        practise = (Line("practise"),) if self._judge.practice and not self._judge.tried() else ()
        self._say(*before, *practise, self._turn_line(movement), tone=tone)

    def _turn_line(self, movement: MovementName) -> Line:
        """The instruction for a movement: in full the first time, then briefly."""
        way = "next" if self._judge.tried(movement) else "turn_flexed" if self._flexed else "turn"
        return Line(f"{way}.{movement}")

    def _follow(self, r: LiveReading) -> None:
        """Follow a turn: out, hold, back."""
        follower = self._follower
        if not r.seen:
            return
        if not r.subject_sure:
            self._speaker.coaching = Line("two_faces")
        y = follower.angle_deg = follower.measured_deg(r)
        if self._flexed and follower.came_up(r):
            self._flexion_given_up()
            return
        turn = follower.turn
        if turn is None:
            if follower.wait_for_turn(y):
                self._speaker.asks = 0
                self._speaker.asked_s = self._time_s
            return
        y *= turn.sign
        if y <= -RULES.smallest_deg:
            self._crossed(turn)
            return
        before = turn.stage
        turn.take(r.time_s, y)
        if before == "back":
            self._back(y)
        else:
            self._out(r, turn, before)

    def _flexion_given_up(self) -> None:
        follower = self._follower
        assert follower.start is not None
        said = self._close() if follower.turn is not None else ()
        follower.turn = None
        if self._judge.next() is None:
            self._ask(follower.rest(RETURNED_S) or follower.start.rest, *said)
            return
        self._enter("flex")
        self._say(*(said or (Line("came_up"),)), Line("flex_again"), tone="again")

    def _out(self, r: LiveReading, turn: Turn, before: TurnStage) -> None:
        """On the way out, or at the far end: say what the person cannot see there."""
        if turn.top_speed_deg_per_s > TOO_FAST_DEG_PER_S:
            self._speaker.coaching = Line("too_fast")
        lost = -float(self._follower.angles(r).flexion)
        if self._flexed and lost > (gates.FLEXION_LOST.threshold or 0.0):  # while it can still be corrected
            self._speaker.warn_of_flexion(self._time_s, lost)
        if turn.stage != before:
            self._enter(turn.stage)
        if turn.stage == "hold" and before == "turn":
            self._say(Line("hold"), tone="reached")
        elif turn.stage == "back" and turn.held_s >= HOLD_FOR_S:
            self._say(Line("back"), tone="held")
        opposite = self._protocol.axis == 1 and self._protocol.name(turn.sign) != self._asked
        if turn.stage == "hold" and opposite and turn.held_s >= POSTURE_S:
            self._doubt_upright(turn)

    def _back(self, y: float) -> None:
        """Wait until the head rests near the middle again."""
        rest = self._follower.returned(y)
        if rest is not None:
            said = self._close()
            self._ask(rest, *said, tone="again" if said else "")

    def _crossed(self, turn: Turn) -> None:
        """The head went straight over to the other side: one trial ends and the next has begun."""
        follower = self._follower
        assert follower.began is not None
        tail = follower.since_middle()
        self._close()
        # No rest is asked for while the next turn is under way.
        turned, self._turned = self._turned, 0
        self._ask(follower.began)
        self._turned = turned
        if self._phase == "turn":
            follower.readings = tail
            follower.turn = Turn(-turn.sign)

    def _close(self) -> tuple[Line, ...]:
        """Judge and store a finished turn; return the lines to say about it."""
        self._turned += 1
        follower = self._follower
        assert follower.start is not None
        assert follower.began is not None
        assert follower.turn is not None
        judged = judge(follower.readings, follower.start, follower.began, self._protocol)
        if judged is None:
            self._judge.enter_none(self._protocol.name(follower.turn.sign), follower.turn.top_deg)
        else:
            self._judge.enter(judged)
        return self._speaker.comment(judged, other_asked=judged is not None and judged.movement != self._asked)

    # --- speaking

    def _enter(self, phase: Phase) -> None:
        self._phase = phase
        self._speaker.asks = 0

    def _say(self, *lines: Line, tone: Tone = "") -> None:
        self._speaker.say(self._time_s, *lines, tone=tone)

    def _ask_again(self) -> None:
        """Nothing has happened for a while."""
        self._speaker.asks += 1
        if self._phase == "turn" and self._asked is not None:
            self._say(self._turn_line(self._asked))
        else:
            again = {"hold": "back", "settle": self._settle_key}
            self._say(Line(again.get(self._phase, self._phase)))

    def _advice(self, r: LiveReading | None) -> Line | None:
        """The current advice: a present problem takes precedence over one in the last trial."""
        if r is None or self._phase in ("done", "stopped"):
            return None
        if self._follower.gone_s > RULES.gap_s * 2:
            return Line("face_gone")
        if not r.subject_sure:
            return Line("two_faces")
        rate = self._follower.rate
        if gates.too_few_frames(rate):
            return Line("frame_rate_low", (("rate", told_rate(rate)),))
        return self._speaker.coaching

    def _lost(self) -> None:
        """The face is not seen: say so after a while, and stop where it does not come back."""
        gone = self._follower.gone_s
        waiting = self._phase == "settle"
        near = waiting or (self._phase in ("turn", "up") and abs(self._follower.angle_deg) < NEAR_MIDDLE_DEG)
        say_s, stop_s = (LEFT_SAY_S, LEFT_STOP_S) if near else (LOST_SAY_S, LOST_STOP_S)
        if waiting:
            say_s, stop_s = LOST_SAY_S, EMPTY_STOP_S
        if gone > stop_s:
            self.stop("left" if near else "face_gone")
        elif gone > say_s and not self._lost_told:
            self._lost_told = True
            where = "left" if near else "flexed" if self._phase == "flex" else "turned"
            self._say(Line(f"lost.{where}"), tone="again")

"""The guided check: what to ask for next, from what the person is seen to do.

The phases follow the person: a posture is taken once the head is still in it, a turn begins when the head leaves it,
a hold when it comes to rest at the far end. No phase ends because time has passed; a person who does nothing is only
asked again. What was done is never taken for what was asked: a turn counts as what it was.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from romcheck.live.readings import Reader, Reading
from romcheck.live.state import (
    HOLD_FOR_S,
    CheckState,
    Cue,
    Line,
    LiveTrial,
    Phase,
    Plan,
    StopReason,
    Tone,
)
from romcheck.live.stillness import Rest, rest_now
from romcheck.live.trial import Start, advice_for, judge, told_rate
from romcheck.live.turn import Stage, Turn
from romcheck.motion import gates
from romcheck.motion.gates import RULES
from romcheck.motion.rotations import Angles, anatomical, distance_deg, relative
from romcheck.person.poses import Now
from romcheck.protocols import PROTOCOLS
from romcheck.results import MovementName

REPEATS = 2
"""How often a movement is asked for again because a trial was rejected; more would tire a painful neck."""
SETTLED_S = 1.0
POSTURE_S = 0.7
RETURNED_S = 0.5
"""How long the head is still before it is believed to look ahead, to be fully flexed, to be back in the middle."""
HEARD_S = 0.5
"""A head that is still before the first words can have been heard has not followed them yet."""
DOUBTED_S = 2.5
"""The same where upright is taken again: the posture held just now may be an end range."""
AHEAD_DEG = 25.0
"""Looking ahead: turned or bent aside from the camera by less than this. People who look ahead face the camera to
within about 10°, and a camera may stand a little to the side."""
ASK_AGAIN_S = 10.0
"""A person who does nothing is spoken to again after so long."""
SETTLE_FOR_LESS = 2
"""After being asked again so often, a posture that is less than what was asked for is taken, and its trials doubted."""
TOO_FAST_DEG_PER_S = 90.0
"""Faster than this a turn is not slow: a full turn in under a second. Told to the person, no reason to doubt."""
LOST_SAY_S, LOST_STOP_S = 2.5, 10.0
"""A face lost while turned or bent is told after the first, and ends the check after the second."""
LEFT_SAY_S, LEFT_STOP_S = 1.5, 5.0
"""The same where the head was near the middle: then it has not turned out of sight, the person has left."""
NEAR_MIDDLE_DEG = 20.0
EMPTY_STOP_S = 60.0
"""Before upright has been taken nothing is lost by waiting; a camera nobody sits before is closed all the same."""
REMEMBER_S = 2.0
SLOW_RATE_S = 2.0


class Check:
    """One guided check of one person.

    Feed it ``Observer.now`` after every frame; it keeps no clock of its own, so that the same readings always give
    the same course.

    Parameters
    ----------
    plan : what is to be done
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._protocol = PROTOCOLS[plan.test]
        self._flexed = plan.test == "flexion-rotation"
        self._reader = Reader()
        self._recent: deque[Reading] = deque()
        self._phase: Phase = "settle"
        self._practice = plan.practice
        self._upright: Rest | None = None
        self._doubted: Rest | None = None
        self._start: Start | None = None
        self._began: Rest | None = None
        self._asked: MovementName | None = None
        self._turn: Turn | None = None
        self._readings: list[Reading] = []
        self._known: tuple[Reading, Start, Angles] | None = None
        self._made: list[LiveTrial] = []
        self._repeats = dict.fromkeys(plan.order, 0)
        self._coaching: Line | None = None
        self._cue = Cue()
        self._asked_s: float | None = None
        self._asks = 0
        self._seen_s: float | None = None
        self._last_angle = 0.0
        self._lost_told = False
        self._told: set[str] = set()
        self._measured_from_s: float | None = None
        self._stopped: StopReason | None = None
        self._held_s = 0.0
        self._time_s = 0.0

    # --- from outside

    def take(self, now: Now) -> CheckState:
        """Take in the newest frame; after the end, nothing changes any more."""
        if self._phase in ("done", "stopped"):
            return self.state
        r = self._reader.read(now)
        self._time_s = r.time_s
        self._recent.append(r)
        while r.time_s - self._recent[0].time_s > REMEMBER_S:
            self._recent.popleft()
        if self._asked_s is None:
            self._say(Line("settle"))
        if self._seen_s is None or r.seen:
            self._seen_s = r.time_s
        if r.seen:
            self._lost_told = False
        else:
            self._lost(r)
        if self._phase == "settle":
            self._settle()
        elif self._phase == "flex":
            self._flex()
        elif self._phase in ("turn", "hold", "back"):
            self._readings.append(r)
            self._follow(r)
        elif self._phase == "up":
            self._come_up()
        if self._asked_s is not None and r.time_s - self._asked_s > ASK_AGAIN_S:
            self._ask_again()
        return self.state

    def stop(self, reason: StopReason = "pressed") -> CheckState:
        """End at once; what was measured before stays."""
        if self._phase not in ("done", "stopped"):
            self._phase, self._stopped = "stopped", reason
            self._say(Line(f"stopped.{reason}"), tone="stopped")
        return self.state

    def new_recording(self) -> None:
        """The frames that follow are of a new recording: its times and its references begin anew.

        Called when the practice is over (``CheckState.practice`` has become False), so that what is kept and measured
        holds only what counts.
        """
        self._reader = Reader()
        self._recent.clear()
        self._upright = self._doubted = self._start = self._began = None
        self._seen_s, self._asked_s, self._last_angle = None, -HEARD_S, 0.0

    @property
    def state(self) -> CheckState:
        """How things stand."""
        r = self._recent[-1] if self._recent else None
        angle = flexion = float("nan")
        if r is not None and r.seen:
            if self._start is not None:
                angle = float(self._angles(r).of(self._protocol.axis))
            if self._upright is not None:
                flexion = float(r.angles(self._upright.neck).flexion)
        trials = 1 if self._practice else self.plan.trials
        return CheckState(
            time_s=self._time_s,
            phase=self._phase,
            asked=self._asked,
            trial=min(self._counted(self._asked) + 1, trials) if self._asked else 0,
            trials=trials,
            practice=self._practice,
            held_s=min(self._held_s, HOLD_FOR_S),
            angle_deg=angle,
            flexion_deg=flexion,
            made=tuple(self._made),
            coaching=self._advice(r),
            cue=self._cue,
            measured_from_s=self._measured_from_s,
            stopped=self._stopped,
        )

    # --- postures

    def _settle(self) -> None:
        """Wait until the person sits still and looks ahead."""
        rest = rest_now(self._recent, SETTLED_S)
        heard_s = (self._asked_s or 0.0) + (HEARD_S if self._doubted is None else DOUBTED_S)
        if rest is None or rest.start_s < heard_s or rest.aside_deg > AHEAD_DEG:
            return
        if self._upright is not None and self._asks < SETTLE_FOR_LESS:
            away = float(distance_deg(rest.neck, self._upright.neck))
            if away > 2 * RULES.same_rest_deg:
                return
        self._take_upright(rest)
        if self._flexed:
            self._enter("flex")
            self._say(Line("flex"))
        else:
            self._begin(Start(rest, rest.neck))

    def _take_upright(self, rest: Rest) -> None:
        """Take upright anew. Trials that counted from quite another posture were none."""
        before, self._doubted = self._upright or self._doubted, None
        if before is not None and float(distance_deg(rest.neck, before.neck)) > 2 * RULES.same_rest_deg:
            self._made = [t if t.practice else replace(t, counted=False) for t in self._made]
        self._upright = rest
        if not self._practice and not any(t.counted and not t.practice for t in self._made):
            self._measured_from_s = rest.start_s

    def _doubt_upright(self) -> None:
        """Looking up where chin down was asked for, or the other way about, may be a wrong upright: take it again.

        Of the upright tests only flexion and extension need this: that a head is turned or bent aside is seen from its
        orientation to the camera, that it is bent forward is not.
        """
        assert self._turn is not None
        line = Line(f"was.{self._protocol.name(self._turn.sign)}")
        self._doubted, self._upright, self._turn, self._held_s = self._upright, None, None, 0.0
        self._enter("settle")
        self._say(line, Line("settle"), tone="again")

    def _flex(self) -> None:
        """Wait until the neck is flexed and still."""
        rest = rest_now(self._recent, POSTURE_S)
        assert self._upright is not None
        if rest is None:
            return
        at = anatomical(relative(self._upright.neck, rest.neck))
        flexion = float(at.flexion)
        if flexion < -RULES.flexed_named_deg and not self._made_counting() and rest.aside_deg <= AHEAD_DEG:
            # What was taken for upright was already bent forward.
            self._take_upright(rest)
            return
        least = RULES.flexed_deg if self._asks < SETTLE_FOR_LESS else RULES.flexed_named_deg
        if flexion < least or max(abs(float(at.rotation)), abs(float(at.lateral_flexion))) > RULES.flexed_aside_deg:
            return
        self._begin(Start(rest, self._upright.neck))

    def _begin(self, start: Start) -> None:
        """The start posture is taken: ask for the first movement from it."""
        self._start = start
        self._ask(start.rest)

    def _come_up(self) -> None:
        """Wait until the neck is out of flexion again, long enough to be measured there."""
        rest = rest_now(self._recent, SETTLED_S)
        assert self._upright is not None
        near = rest is not None and float(distance_deg(rest.neck, self._upright.neck)) <= 2 * RULES.same_rest_deg
        if near or (rest is not None and self._asks >= SETTLE_FOR_LESS):
            self._finish()

    def _finish(self) -> None:
        """The practice or the check is over."""
        if self._practice:
            self._practice = False
            self._enter("settle")
            self._say(Line("counts_now"), Line("settle"))
        else:
            self._enter("done")
            self._say(Line("done"), tone="finished")

    # --- turns

    def _ask(self, began: Rest, *before: Line, tone: Tone = "") -> None:
        """Ask for the next movement, or end; `began` is the rest it starts from, `before` what is said first."""
        self._turn, self._held_s = None, 0.0
        self._told.discard("keep_flexed")
        asked = self._next()
        if asked is None:
            self._asked = None
            if self._flexed:
                self._enter("up")
                self._say(*before, Line("up"), tone=tone)
            else:
                self._finish()
            return
        self._asked, self._began = asked, began
        self._readings = [r for r in self._recent if r.time_s >= began.start_s]
        self._enter("turn")
        first = not any(t.practice == self._practice for t in self._made)
        practise = (Line("practise"),) if self._practice and first else ()
        self._say(*before, *practise, self._turn_line(asked), tone=tone)

    def _turn_line(self, movement: MovementName) -> Line:
        """How a movement is asked for: in full the first time, briefly after that."""
        again = any(t.movement == movement and t.practice == self._practice for t in self._made)
        return Line(f"{'next' if again else 'turn_flexed' if self._flexed else 'turn'}.{movement}")

    def _next(self) -> MovementName | None:
        """The movement with fewer trials, the first one where they are equal; None when all is done."""
        wanted = 1 if self._practice else self.plan.trials
        open_ = [m for m in self.plan.order if self._counted(m) < wanted and self._repeats[m] <= REPEATS]
        return min(open_, key=self._counted) if open_ else None

    def _counted(self, movement: MovementName | None) -> int:
        return sum(t.movement == movement and t.practice == self._practice and t.counted for t in self._made)

    def _made_counting(self) -> bool:
        return any(not t.practice for t in self._made)

    def _follow(self, r: Reading) -> None:
        """Follow a turn: out, hold, back."""
        assert self._start is not None
        if not r.seen:
            return
        if not r.subject_sure:
            self._coaching = Line("two_faces")
        y = float(self._angles(r).of(self._protocol.axis))
        self._last_angle = y
        if self._flexed and self._came_up(r):
            self._flexion_given_up()
            return
        if self._turn is None:
            self._wait_for_turn(y)
            return
        turn = self._turn
        y *= turn.sign
        if y <= -RULES.smallest_deg:
            self._crossed()
            return
        before = turn.stage
        turn.take(r.time_s, y)
        self._held_s = turn.held_s
        if before == "back":
            self._back(y)
        else:
            self._out(r, turn, before)

    def _angles(self, r: Reading) -> Angles:
        """Angles of the newest reading from the start posture; worked out once."""
        assert self._start is not None
        if self._known is None or self._known[0] is not r or self._known[1] is not self._start:
            self._known = r, self._start, r.angles(self._start.rest.neck)
        return self._known[2]

    def _came_up(self, r: Reading) -> bool:
        """Whether flexion was given up: as in ``motion.postures``, nearer to upright than half of what was held."""
        assert self._start is not None
        return float(distance_deg(r.neck, self._start.upright)) < self._start.flexion_held_deg / 2

    def _flexion_given_up(self) -> None:
        said = self._close() if self._turn is not None else ()
        self._turn, self._held_s = None, 0.0
        if self._next() is None:
            rest = rest_now(self._recent, RETURNED_S)
            self._ask(rest or self._start.rest, *said)  # type: ignore[union-attr]
            return
        self._enter("flex")
        self._say(*(said or (Line("came_up"),)), Line("flex_again"), tone="again")

    def _wait_for_turn(self, y: float) -> None:
        """Nothing has begun: keep the rest it will begin from up to date."""
        rest = rest_now(self._recent, RETURNED_S)
        if rest is not None and abs(y) < RULES.smallest_deg:
            self._began = rest
            self._readings = [r for r in self._recent if r.time_s >= rest.start_s]
        elif abs(y) >= RULES.smallest_deg:
            self._turn = Turn(1 if y > 0 else -1)
            self._asks = 0
            self._asked_s = self._time_s

    def _out(self, r: Reading, turn: Turn, before: Stage) -> None:
        """On the way out, or at the far end: say what the person cannot see there."""
        if turn.top_speed_deg_per_s > TOO_FAST_DEG_PER_S:
            self._coaching = Line("too_fast")
        self._watch_flexion(r)
        if turn.stage != before:
            self._enter(turn.stage)
        if turn.stage == "hold" and before == "turn":
            self._say(Line("hold"), tone="reached")
        elif turn.stage == "back" and turn.held_s >= HOLD_FOR_S:
            self._say(Line("back"), tone="held")
        opposite = self._protocol.axis == 1 and self._protocol.name(turn.sign) != self._asked
        if turn.stage == "hold" and opposite and turn.held_s >= POSTURE_S:
            self._doubt_upright()

    def _watch_flexion(self, r: Reading) -> None:
        """Say it while it can still be mended: the flexion held is being lost."""
        if not self._flexed or self._start is None:
            return
        lost = -float(self._angles(r).flexion)
        if lost > (gates.FLEXION_LOST.threshold or 0.0) and "keep_flexed" not in self._told:
            self._told.add("keep_flexed")
            self._coaching = Line("flexion_lost", (("degrees", lost),))
            self._say(Line("keep_flexed"))

    def _back(self, y: float) -> None:
        """Wait until the head rests near the middle again."""
        turn = self._turn
        assert turn is not None
        rest = rest_now(self._recent, RETURNED_S)
        if rest is None or y >= max(RULES.smallest_deg, RULES.valley * turn.top_deg):
            return
        said = self._close()
        self._ask(rest, *said, tone="again" if said else "")

    def _crossed(self) -> None:
        """The head went straight over to the other side: one trial ends and the next has begun."""
        assert self._start is not None
        assert self._turn is not None
        assert self._began is not None
        sign, began = -self._turn.sign, self._began
        axis, rest = self._protocol.axis, self._start.rest.neck
        # The next trial begins where the head came through the middle.
        tail = []
        for q in reversed(self._readings):
            if q.seen and sign * float(q.angles(rest).of(axis)) < 0:
                break
            tail.append(q)
        self._close()
        self._ask(began)
        if self._phase == "turn":
            self._readings = tail[::-1]
            self._turn = Turn(sign)

    def _close(self) -> tuple[Line, ...]:
        """A turn is over: judge it, remember it; gives what is to be said about it."""
        assert self._start is not None
        assert self._began is not None
        assert self._turn is not None
        judged = judge(self._readings, self._start, self._began, self._protocol)
        asked, self._held_s = self._asked, 0.0
        self._coaching = None
        if judged is None:
            movement = self._protocol.name(self._turn.sign)
            self._made.append(
                LiveTrial(movement, self._turn.top_deg, "rejected", ("no_hold",), self._practice, self._practice)
            )
            self._repeats[movement] += not self._practice
            self._coaching = Line("no_hold")
            return (self._coaching,)
        wanted = 1 if self._practice else self.plan.trials
        full = self._counted(judged.movement) >= wanted
        counted = (judged.verdict != "rejected" or self._practice) and not full
        self._made.append(
            LiveTrial(judged.movement, judged.angle_deg, judged.verdict, judged.reasons, self._practice, counted)
        )
        if judged.verdict == "rejected" and not self._practice and not full:
            self._repeats[judged.movement] += 1
        if judged.reasons:
            self._coaching = advice_for(judged)
            # What did not cost the trial is shown each time, but said once: it may not be in the person's hands.
            told = judged.verdict == "usable" and self._coaching.key in self._told
            self._told.add(self._coaching.key)
            return () if told else (self._coaching,)
        if judged.movement != asked:
            self._coaching = Line(f"was.{judged.movement}")
            return (self._coaching,)
        return ()

    # --- speaking

    def _enter(self, phase: Phase) -> None:
        self._phase = phase
        self._asks = 0

    def _say(self, *lines: Line, tone: Tone = "") -> None:
        self._cue = Cue(self._cue.id + 1, tone, lines)
        self._asked_s = self._time_s

    def _ask_again(self) -> None:
        """Nothing has happened for a while."""
        self._asks += 1
        if self._phase == "turn" and self._asked is not None:
            self._say(self._turn_line(self._asked))
        else:
            self._say(Line("back" if self._phase == "hold" else self._phase))

    def _advice(self, r: Reading | None) -> Line | None:
        """The one thing to be told now: what is wrong at this moment before what was wrong in the last trial."""
        if r is None or self._phase in ("done", "stopped"):
            return None
        if self._seen_s is not None and r.time_s - self._seen_s > RULES.gap_s * 2:
            return Line("face_gone")
        if not r.subject_sure:
            return Line("two_faces")
        rate = self._rate()
        if rate * 1.02 < (gates.FRAME_RATE_LOW.threshold or 0.0):
            return Line("frame_rate_low", (("rate", told_rate(rate)),))
        return self._coaching

    def _rate(self) -> float:
        """Frames a second of late; infinite until it can be told."""
        seconds = self._recent[-1].time_s - self._recent[0].time_s
        return (len(self._recent) - 1) / seconds if seconds >= SLOW_RATE_S * 0.9 else float("inf")

    def _lost(self, r: Reading) -> None:
        """The face is not seen: say so after a while, and stop where it does not come back."""
        assert self._seen_s is not None
        gone = r.time_s - self._seen_s
        waiting = self._phase == "settle"
        near = waiting or (self._phase in ("turn", "up") and abs(self._last_angle) < NEAR_MIDDLE_DEG)
        say_s, stop_s = (LEFT_SAY_S, LEFT_STOP_S) if near else (LOST_SAY_S, LOST_STOP_S)
        if waiting:
            say_s, stop_s = LOST_SAY_S, EMPTY_STOP_S
        if gone > stop_s:
            self.stop("left" if near else "face_gone")
        elif gone > say_s and not self._lost_told:
            self._lost_told = True
            where = "left" if near else "flexed" if self._phase == "flex" else "turned"
            self._say(Line(f"lost.{where}"), tone="again")

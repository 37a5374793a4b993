"""The steps from the welcome page to the result, and which may follow which, regardless of address or button."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from romcheck.clinical import Conditions, Mode, MovedBy, Posture, TimingOrNone
from romcheck.live.safety import Answers, Route, too_painful
from romcheck.live.state import CheckPlan
from romcheck.results import MovementName, Test

Who = Literal["self", "therapist"]
Step = Literal["welcome", "choose", "safety", "referred", "ready", "camera", "after", "result"]


@dataclass(frozen=True)
class Journey:
    """State of one session; every step returns a new one.

    Attributes
    ----------
    step : the page to show
    who : who measures; None before it was stated
    plan : what will be measured; None before it was chosen
    moved_by : who moves the head
    referred : why nothing more is measured in this visit; None while measuring is allowed
    screened : whether the safety questions were passed, or a therapist screened the person
    recorded : whether what the therapist found is recorded
    pain_before, pain_after : 0 to 10; None where not stated
    headache_now : whether there is a headache at the time of the test; None where not stated
    keep_video : whether the video of the coming check is to be kept; asked each time
    checks : checks done so far
    other_first : whether this visit begins with the other side: visits alternate, checks within one do not
    """

    step: Step = "welcome"
    who: Who | None = None
    plan: CheckPlan | None = None
    moved_by: MovedBy = "self"
    referred: Route | None = None
    screened: bool = False
    recorded: bool = False
    pain_before: int | None = None
    headache_now: bool | None = None
    keep_video: bool = False
    pain_after: int | None = None
    checks: int = 0
    other_first: bool = False

    def begin(self, who: Who, held_back: Route | None = None) -> Journey:
        """Set who measures. A person alone may be refused because of checks earlier that day."""
        if self.referred:
            return replace(self, step="referred")
        if who == "self" and held_back is not None:
            return replace(self, step="referred", who=who, referred=held_back, screened=False)
        way = self if who == self.who else replace(self, plan=None, moved_by="self")
        return replace(way, step="choose", who=who, screened=False)

    def choose(self, plan: CheckPlan, moved_by: MovedBy, first: MovementName | None = None) -> Journey:
        """Set what is measured and how; for a person alone, the safety questions always come next.

        `first` is the side to begin with, where earlier measurements say it.
        """
        if self.referred:
            return replace(self, step="referred")
        step: Step = "safety" if self.who == "self" else "ready"
        return replace(self, step=step, plan=self._begun(plan, first), moved_by=moved_by, screened=False)

    def answer(self, answers: Answers) -> Journey:
        """Take the answers to the safety questions; incomplete ones lead nowhere."""
        if self.referred or answers.route is not None:
            return replace(self, step="referred", referred=self.referred or answers.route, screened=False)
        return replace(self, step="ready", screened=True) if answers.passed else self

    def ready(
        self,
        pain: int | None,
        headache: bool | None,
        keep_video: bool,
        screened: bool = False,
        recorded: bool = False,
    ) -> Journey:
        """Everything is set for the camera. A therapist has screened the person; alone, the questions were passed.

        Someone who measures alone must state the pain now: the stopping rule counts from there, and pain already
        above it is a reason not to begin.
        """
        if self.who == "self" and too_painful(pain):
            return replace(self, step="referred", referred=self.referred or "rest", screened=False, pain_before=pain)
        screened = self.screened if self.who == "self" else screened
        step: Step = "camera"
        if self.referred or not screened or self.plan is None or (self.who == "self" and pain is None):
            step = self.step
        return replace(
            self, step=step, screened=screened, recorded=recorded and self.who != "self", pain_before=pain,
            headache_now=headache, keep_video=keep_video, pain_after=None,
        )  # fmt: skip

    def measured(self) -> Journey:
        """The check is over: someone alone is asked how they feel; a therapist is asked beside the result."""
        return replace(self, step="after" if self.who == "self" else "result", checks=self.checks + 1)

    def afterwards(self, pain: int | None, held_back: Route | None = None) -> Journey:
        """Record the pain after the test; the result is shown, and further measuring may be refused."""
        return replace(self, step="result", pain_after=pain, referred=self.referred or held_back)

    def again(self) -> Journey:
        """Another check, of the same kind unless something else is chosen; the safety questions are asked again."""
        return Journey(
            step="referred" if self.referred else "choose" if self.who else "welcome",
            who=self.who,
            plan=self.plan,
            moved_by=self.moved_by,
            checks=self.checks,
            referred=self.referred,
            other_first=self.other_first,
        )

    def back(self) -> Journey:
        """One step back; from a referral there is none."""
        before: dict[Step, Step] = {
            "choose": "welcome",
            "safety": "choose",
            "ready": "choose",
            "camera": "ready",
        }
        return replace(self, step=before.get(self.step, self.step))

    def conditions(self, camera: str, timing: TimingOrNone = "none", minutes: float | None = None) -> Conditions:
        """Conditions of the measurement of this check.

        Parameters
        ----------
        camera : its name; empty where the browser gives none
        timing : before or after the treatment of its visit, or neither
        minutes : from the end of the treatment to the check, for ``after`` only
        """
        assert self.plan is not None
        return Conditions(
            self.plan.mode,
            self.plan.posture,
            self.moved_by,
            timing,
            minutes,
            self.pain_before,
            self.headache_now,
            self.pain_after,
            camera or None,
            int(self.plan.practice),
            self.plan.rest if self.plan.test == "flexion-rotation" else None,
        )

    @property
    def may_measure(self) -> bool:
        """Whether the camera may be opened; checked by the page itself, however it was reached."""
        return self.step == "camera" and self.screened and self.referred is None and self.plan is not None

    def _begun(self, plan: CheckPlan, first: MovementName | None) -> CheckPlan:
        usual = replace(plan, first=None).order
        return replace(plan, first=first if first in usual else usual[self.other_first])


TESTS: tuple[Test, ...] = ("flexion-rotation", "rotation", "flexion-extension", "lateral-flexion", "joint-position")
"""In the order in which they are offered."""


def mode_of(moved_by: MovedBy) -> Mode:
    """Active where the person moves the head, passive where somebody else does."""
    return "active" if moved_by == "self" else "passive"


def postures_for(moved_by: MovedBy) -> tuple[Posture, ...]:
    """Postures in which a test can be done: lying down, it is a passive one."""
    return ("seated",) if mode_of(moved_by) == "active" else ("seated", "supine")

"""Treatment plans with their progress, and the person's goals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Literal

from romcheck.clinical import PERIOD_DAYS, DiaryDay, Treatment

PlanPhase = Literal["start", "course", "maintenance", "over"]
"""The first weeks, the remaining weeks of treatment, maintenance, and afterwards."""


HOURS = (time(8), time(18), time(12), time(15))
"""Times of day for the exercise, the first ones where it is done less often."""


@dataclass(frozen=True)
class TreatmentPlan:
    """A treatment plan, counted from its first day.

    Attributes
    ----------
    on : first day
    start_weeks, course_weeks : length of the first two phases
    sessions : treatments planned in both of them together
    months : to the end of maintenance, from the first day
    exercise_times : how often a day the exercise at home is to be done; None without one
    """

    person_id: int
    on: date
    start_weeks: int = 2
    course_weeks: int = 6
    sessions: int = 10
    months: int = 12
    exercise_times: int | None = 2
    notes: str = ""
    id: int | None = None
    version: int = 0

    @property
    def course_ends(self) -> date:
        """Last day of the first two phases."""
        return self.on + timedelta(weeks=self.start_weeks + self.course_weeks, days=-1)

    @property
    def ends(self) -> date:
        """Last day of maintenance."""
        years, month = divmod(self.on.month - 1 + self.months, 12)
        first = date(self.on.year + years, month + 1, 1)
        return max(self.course_ends, first + timedelta(min(self.on.day, 28) - 2))

    @property
    def exercise_hours(self) -> list[time]:
        """Times of day proposed for reminders of the exercise, spread over the day; empty without one."""
        return sorted(HOURS[: self.exercise_times or 0])

    def phase(self, day: date) -> PlanPhase:
        """The phase of a day; days before the first belong to the start."""
        if day < self.on + timedelta(weeks=self.start_weeks):
            return "start"
        if day <= self.course_ends:
            return "course"
        return "maintenance" if day <= self.ends else "over"


@dataclass(frozen=True)
class GoalScore:
    """How well the person can do something of their own choosing, 0 (not at all) to 10 (as before).

    Scores with the same words belong together: the first is the start, the last is now.
    """

    person_id: int
    on: date
    activity: str
    score: int
    visit_id: int | None = None
    id: int | None = None
    version: int = 0


MOST_GOALS = 5
"""Limit: each goal is scored again at every review."""


@dataclass(frozen=True)
class PlanProgress:
    """Progress of a plan on one day.

    Attributes
    ----------
    week : of the plan, from 1
    sessions : days with a treatment at a visit in the first two phases, up to this day
    later : such days after them
    told : days of the last 28, none before the plan, for which the diary says how often the exercise was done
    as_often : those of them on which it was done as often as planned
    times : mean times a day over them; None where nothing was recorded
    """

    plan: TreatmentPlan
    phase: PlanPhase
    week: int
    sessions: int
    later: int
    told: int
    as_often: int
    times: float | None


def new_plan(person_id: int, treatments: Sequence[Treatment], today: date) -> TreatmentPlan:
    """The usual plan, from the first treatment on; from today where there is none."""
    return TreatmentPlan(person_id, min((treatment.on for treatment in treatments), default=today))


def plan_on(plans: Sequence[TreatmentPlan], day: date) -> TreatmentPlan | None:
    """The newest plan that has begun by this day; before all of them the first."""
    ordered = sorted(plans, key=lambda one: (one.on, one.id or 0))
    begun = [one for one in ordered if one.on <= day]
    return begun[-1] if begun else next(iter(ordered), None)


def progress(
    plan: TreatmentPlan, treatments: Sequence[Treatment], diary: Sequence[DiaryDay], day: date
) -> PlanProgress:
    """How far the plan is; what came after this day does not count."""
    treated = {one.on for one in treatments if one.visit_id is not None and plan.on <= one.on <= day}
    within = sum(on <= plan.course_ends for on in treated)
    since = max(plan.on, day - timedelta(PERIOD_DAYS - 1))
    times = [line.exercise_times for line in diary if line.exercise_times is not None and since <= line.on <= day]
    wanted = plan.exercise_times or 0
    return PlanProgress(
        plan=plan,
        phase=plan.phase(day),
        week=max(0, (day - plan.on).days) // 7 + 1,
        sessions=within,
        later=len(treated) - within,
        told=len(times),
        as_often=sum(one >= wanted for one in times),
        times=sum(times) / len(times) if times else None,
    )


@dataclass(frozen=True)
class Goal:
    """One activity with its scores, oldest first."""

    activity: str
    scores: tuple[GoalScore, ...]


def goals_of(scores: Sequence[GoalScore]) -> tuple[Goal, ...]:
    """Scores by activity, in the order in which the activities were first named."""
    found: dict[str, list[GoalScore]] = {}
    for one in sorted(scores, key=lambda one: (one.on, one.id or 0)):
        found.setdefault(one.activity, []).append(one)
    return tuple(Goal(activity, tuple(of)) for activity, of in found.items())

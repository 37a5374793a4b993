"""The follow-up plan: when a person should be seen again, counted from the first treatment."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from romcheck.records.entries import PlanStep
from romcheck.records.models import FollowUpRow, MeasurementRow, SettingRow, TreatmentRow, VisitRow
from romcheck.records.problems import EntryError

COURSE_DAYS = 42
"""Length of the trials' courses, from whose end all later steps count: Jull 2002 counts 3, 6 and 12 months from it,
Dunning 2016 weeks from the start.
"""

PLAN = (
    PlanStep("1 week", 7),
    PlanStep("4 weeks", 28),
    PlanStep("end of treatment", COURSE_DAYS),
    PlanStep("3 months after treatment", COURSE_DAYS + 91),
    PlanStep("6 months after treatment", COURSE_DAYS + 182),
    PlanStep("12 months after treatment", COURSE_DAYS + 365),
)
"""Follow-up times of trials of manual therapy for cervicogenic headache (Jull 2002, Dunning 2016)."""

SETTING = "follow_up_plan"
MOST_STEPS, MOST_DAYS = 24, 3660


def window(days: int) -> tuple[timedelta, timedelta]:
    """The window of a follow-up: tolerated days before and after its date.

    A tenth of the time before, at least 3 days; three twentieths after, at least 5 days.
    """
    return timedelta(days=max(3, round(0.1 * days))), timedelta(days=max(5, round(0.15 * days)))


def plan(session: Session) -> tuple[PlanStep, ...]:
    """The clinic's plan; :data:`PLAN` unless it was changed."""
    row = session.scalar(select(SettingRow).where(SettingRow.name == SETTING))
    return tuple(PlanStep(label, days) for label, days in json.loads(row.value)) if row else PLAN


def read_plan(text: str, usual: Mapping[str, str]) -> tuple[PlanStep, ...]:
    """A plan as typed: one step per line, ``label = days``.

    Parameters
    ----------
    usual : labels of the usual plan by their names in the language of the text

    Raises
    ------
    EntryError
        When a line has no label, or no number of days.
    """
    steps = []
    for line in filter(None, map(str.strip, text.splitlines())):
        label, _, days = (part.strip() for part in line.rpartition("="))
        if not label or not days.isdecimal():
            raise EntryError("plan", "plan_line", line=line[:40])
        steps.append(PlanStep(usual.get(label, label), int(days)))
    return tuple(steps)


def checked_plan(steps: Sequence[PlanStep]) -> tuple[PlanStep, ...]:
    """A valid plan in the order of its days, each day once."""
    if len(steps) > MOST_STEPS or any(not step.label.strip() or not 1 <= step.days <= MOST_DAYS for step in steps):
        raise EntryError("plan", "plan", steps=MOST_STEPS, days=MOST_DAYS)
    if len({step.days for step in steps}) != len(steps):
        raise EntryError("plan", "plan_twice")
    return tuple(sorted(steps, key=lambda step: step.days))


def began_on(session: Session, person_id: int) -> date | None:
    """Day of the first treatment."""
    return session.scalar(select(func.min(TreatmentRow.on)).where(TreatmentRow.person_id == person_id))


def replan(
    session: Session, person_id: int, *, began_before: date | None = None, steps: Sequence[PlanStep] | None = None
) -> None:
    """Update a person's follow-ups to the first treatment and the visits.

    A visit with a measurement is the follow-up for the step in whose :func:`window` it lies, the nearest where there
    are two. A step was missed when somebody was measured after its window and not within it. What was dropped stays
    dropped, and a day set by hand moves only with the first treatment.

    Parameters
    ----------
    began_before : day of the first treatment when the follow-ups were last planned
    steps : plan this person again by these
    """
    session.flush()
    rows = list(session.scalars(select(FollowUpRow).where(FollowUpRow.person_id == person_id)))
    began = began_on(session, person_id)
    if began is None or steps is not None or not rows:
        dropped = {row.label for row in rows if row.state == "dropped"}
        session.execute(delete(FollowUpRow).where(FollowUpRow.person_id == person_id))
        if began is None:
            return
        rows = [
            FollowUpRow(
                person_id=person_id,
                label=step.label,
                due_on=began + timedelta(days=step.days),
                state="dropped" if step.label in dropped else "open",
                version=1,
            )
            for step in (plan(session) if steps is None else steps)
        ]
        session.add_all(rows)
    elif began_before is not None and began != began_before:
        for row in rows:
            row.due_on += began - began_before
    _settle(session, person_id, rows, began)


def _settle(session: Session, person_id: int, rows: Sequence[FollowUpRow], began: date) -> None:
    """For each step, whether a measured visit completed it."""
    visits = session.execute(
        select(VisitRow.on, VisitRow.id)
        .where(
            VisitRow.person_id == person_id,
            VisitRow.on > began,
            VisitRow.id.in_(select(MeasurementRow.visit_id).where(MeasurementRow.person_id == person_id)),
        )
        .order_by(VisitRow.on, VisitRow.id)
    ).all()
    wanted = [row for row in rows if row.state != "dropped"]
    for row in wanted:
        row.state, row.visit_id = "open", None
    for on, visit_id in visits:
        within = [row for row in wanted if _within(row, began, on)]
        nearest = min(within, key=lambda row: (abs(row.due_on - on), row.due_on), default=None)
        if nearest is not None and nearest.state == "open":
            nearest.state, nearest.visit_id = "done", visit_id
    last = max((on for on, _ in visits), default=began)
    for row in wanted:
        if row.state == "open" and last > row.due_on + window((row.due_on - began).days)[1]:
            row.state = "missed"


def _within(row: FollowUpRow, began: date, on: date) -> bool:
    before, after = window((row.due_on - began).days)
    return row.due_on - before <= on <= row.due_on + after

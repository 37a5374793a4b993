"""The follow-up plan: when a person should be seen again, counted from the first treatment."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from romcheck.records.entries import PlanStep
from romcheck.records.models import FollowUpRow, SettingRow, TreatmentRow, VisitRow
from romcheck.records.problems import EntryError

PLAN = (
    PlanStep("1 week", 7),
    PlanStep("4 weeks", 28),
    PlanStep("3 months", 91),
    PlanStep("6 months", 182),
    PlanStep("12 months", 365),
)
"""The times at which trials of manual therapy for cervicogenic headache looked again (Jull 2002, Dunning 2016)."""

SETTING = "follow_up_plan"
MOST_STEPS, MOST_DAYS = 24, 3660


def early(days: int) -> timedelta:
    """How much before its day a visit still counts as the follow-up: a tenth of the time, at least 3 days."""
    return timedelta(days=max(3, round(0.1 * days)))


def plan(session: Session) -> tuple[PlanStep, ...]:
    """The clinic's plan; :data:`PLAN` unless it was changed."""
    row = session.scalar(select(SettingRow).where(SettingRow.name == SETTING))
    return tuple(PlanStep(label, days) for label, days in json.loads(row.value)) if row else PLAN


def checked_plan(steps: Sequence[PlanStep]) -> tuple[PlanStep, ...]:
    """A plan in the order of its days, each day once."""
    if len(steps) > MOST_STEPS or any(not step.label.strip() or not 1 <= step.days <= MOST_DAYS for step in steps):
        raise EntryError(
            "plan", f"A plan has at most {MOST_STEPS} steps, each with a label and 1 to {MOST_DAYS} days. Correct it."
        )
    if len({step.days for step in steps}) != len(steps):
        raise EntryError("plan", "Two steps of the plan are on the same day. Leave one out.")
    return tuple(sorted(steps, key=lambda step: step.days))


def began_on(session: Session, person_id: int) -> date | None:
    """Day of the first treatment."""
    return session.scalar(select(func.min(TreatmentRow.on)).where(TreatmentRow.person_id == person_id))


def replan(
    session: Session, person_id: int, *, began_before: date | None = None, steps: Sequence[PlanStep] | None = None
) -> None:
    """Bring a person's follow-ups in line with the first treatment and the visits.

    A visit is the follow-up for the latest step it reaches; open steps before it were missed. What was dropped stays
    dropped, and a day set by hand moves only with the first treatment.

    Parameters
    ----------
    began_before : day of the first treatment when the follow-ups were last planned
    steps : plan this person anew by these
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
    """Say of each step whether a visit was its follow-up."""
    visits = session.execute(
        select(VisitRow.on, VisitRow.id)
        .where(VisitRow.person_id == person_id, VisitRow.on > began)
        .order_by(VisitRow.on, VisitRow.id)
    ).all()
    wanted = sorted((row for row in rows if row.state != "dropped"), key=lambda row: row.due_on)
    for row in wanted:
        row.state, row.visit_id = "open", None
    for on, visit_id in visits:
        reached = [row for row in wanted if row.due_on - early((row.due_on - began).days) <= on]
        for row in reached:
            if row.state == "open":
                row.state, row.visit_id = ("done", visit_id) if row is reached[-1] else ("missed", None)

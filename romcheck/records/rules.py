"""Invariants between entries, checked within the transaction that changes them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from romcheck.clinical import Outcome, Treatment
from romcheck.i18n.message import message
from romcheck.names import folded
from romcheck.records import follow_up
from romcheck.records.clinic import Findings, Reaction, Screening
from romcheck.records.entries import Person
from romcheck.records.models import MeasurementRow, PersonRow, VisitRow
from romcheck.records.problems import EntryError
from romcheck.records.rows import get
from romcheck.records.treatment_plan import GoalScore


def free_code(session: Session, person: Person) -> None:
    """No two people share a code, nor have codes that a reader takes for one; codes that are there already may stay."""
    codes = dict(session.execute(select(PersonRow.id, PersonRow.code)).tuples().all())
    if person.id is not None and codes.pop(person.id, None) == person.code:
        return
    wanted = folded(person.code)
    alike = [code for code in codes.values() if folded(code) == wanted]
    if person.code in alike:
        raise EntryError("code", "code_taken", code=person.code)
    if alike:
        raise EntryError("code", "code_alike", code=person.code, there=alike[0])


def needs_before(session: Session, visit_id: int, test: str, other_than: int | None = None) -> None:
    """An "after" needs a "before" to be compared with."""
    if not any(row.id != other_than for row in _with_timing(session, visit_id, test, "before")):
        raise EntryError("timing", "no_before", test=message(f"test.{test}"))


def leaves_no_after(session: Session, row: MeasurementRow) -> None:
    """Deleting a "before" must not leave an "after" alone."""
    others = [r for r in _with_timing(session, row.visit_id, row.test, "before") if r.id != row.id]
    if not others and _with_timing(session, row.visit_id, row.test, "after"):
        raise EntryError("timing", "has_after")


def fits_visit(
    session: Session,
    entry: Treatment | Outcome | Screening | Reaction | Findings | GoalScore,
    *,
    same_day: bool = True,
) -> None:
    """An entry of a visit belongs to the same person, a treatment to the same day."""
    if entry.visit_id is None:
        return
    visit = get(session, VisitRow, entry.visit_id)
    if visit.person_id != entry.person_id:
        raise EntryError("visit_id", "visit_of_another")
    if same_day and visit.on != entry.on:
        raise EntryError("on", "treatment_day", day=str(entry.on), visit=str(visit.on))


def treatments_follow_visits(session: Session, person_id: int) -> None:
    """No treatment may precede the first visit: there would be no measurement before it."""
    session.flush()
    first_visit = session.scalar(select(func.min(VisitRow.on)).where(VisitRow.person_id == person_id))
    first = follow_up.began_on(session, person_id)
    if first is not None and (first_visit is None or first < first_visit):
        raise EntryError("on", "treatment_first", day=str(first))


def _with_timing(session: Session, visit_id: int, test: str, timing: str) -> Sequence[MeasurementRow]:
    query = select(MeasurementRow).where(
        MeasurementRow.visit_id == visit_id, MeasurementRow.test == test, MeasurementRow.timing == timing
    )
    return session.scalars(query).all()

"""Mapping between table rows and the plain values used outside the store."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from romcheck.clinical import Conditions, DiaryDay, FollowUp, Outcome, Treatment
from romcheck.records import checks
from romcheck.records.clinic import Findings, Reaction, Screening
from romcheck.records.entries import MeasurementRecord, Person, Visit
from romcheck.records.field_checks import search_words
from romcheck.records.models import (
    DiaryRow,
    FindingsRow,
    FollowUpRow,
    GoalScoreRow,
    MeasurementRow,
    OutcomeRow,
    PersonRow,
    ReactionRow,
    ScreeningRow,
    SettingRow,
    TreatmentPlanRow,
    TreatmentRow,
    TrialRow,
    VisitRow,
)
from romcheck.records.problems import NotFoundError
from romcheck.records.results_text import result_of, result_text
from romcheck.records.treatment_plan import GoalScore, TreatmentPlan
from romcheck.results import Movement, Result

T = TypeVar("T")
Entry = TypeVar(
    "Entry", Person, Visit, Treatment, Outcome, DiaryDay, FollowUp, Screening, Reaction, Findings, TreatmentPlan,
    GoalScore,
)  # fmt: skip

ROWS: dict[type, Any] = {
    Person: PersonRow,
    Visit: VisitRow,
    Treatment: TreatmentRow,
    Outcome: OutcomeRow,
    DiaryDay: DiaryRow,
    FollowUp: FollowUpRow,
    Screening: ScreeningRow,
    Reaction: ReactionRow,
    Findings: FindingsRow,
    TreatmentPlan: TreatmentPlanRow,
    GoalScore: GoalScoreRow,
}
NAMES = {
    PersonRow: "person",
    VisitRow: "visit",
    MeasurementRow: "measurement",
    TreatmentRow: "treatment",
    OutcomeRow: "outcome",
    DiaryRow: "diary day",
    FollowUpRow: "follow-up",
    ScreeningRow: "screening",
    ReactionRow: "reaction",
    FindingsRow: "findings",
    TreatmentPlanRow: "treatment plan",
    GoalScoreRow: "goal",
}
BATCH = 500
"""Rows written to or read from the database at once."""
_SHA256 = re.compile("[0-9a-f]{64}")
CONDITIONS = tuple(f.name for f in fields(Conditions))
_TRIAL = tuple(f.name for f in fields(Movement) if f.name in TrialRow.__table__.columns and f.name != "reasons")


def batches(entries: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """Entries in lists of this size; the last may be shorter."""
    rest = iter(entries)
    while batch := list(islice(rest, size)):
        yield batch


def measurement_values(
    person_id: int, visit_id: int, result: Result, conditions: Conditions, measured_at: datetime
) -> dict[str, Any]:
    """The columns of a measurement; those of its frames are not known yet."""
    checks.result(result)
    return {
        "person_id": person_id,
        "visit_id": visit_id,
        "measured_at": measured_at,
        "test": result.test,
        "result": result_text(result),
        "frames_sha256": None,
        "source_sha256": result.source.sha256 if _SHA256.fullmatch(result.source.sha256) else "",
        "version": 1,
        **asdict(conditions),
    }


def trial_values(measurement_id: int, result: Result) -> Iterator[dict[str, Any]]:
    """Its tidy rows, one a trial."""
    for movement in result.movements:
        values = {name: getattr(movement, name) for name in _TRIAL}
        yield {"measurement_id": measurement_id, "reasons": " ".join(movement.reasons), **values}


def columns_of(kind: type[Entry]) -> list[Any]:
    """The columns of an entry in the order of its fields: ``kind(*row)`` creates it, faster than from a row object."""
    return [getattr(ROWS[kind], f.name) for f in fields(kind)]


def entries_of(session: Session, kind: type[Entry], person_id: int) -> tuple[Entry, ...]:
    """All entries of one kind that belong to a person, oldest first."""
    row = ROWS[kind]
    day = row.due_on if kind is FollowUp else row.on
    query = select(*columns_of(kind)).where(row.person_id == person_id).order_by(day, row.id)
    return tuple(kind(*found) for found in session.execute(query))


def measurements_of(session: Session, person_id: int) -> tuple[MeasurementRecord, ...]:
    """All measurements of a person, oldest first."""
    query = select(MeasurementRow).where(MeasurementRow.person_id == person_id)
    return tuple(map(measurement_of, session.scalars(query.order_by(MeasurementRow.measured_at, MeasurementRow.id))))


def setting(session: Session, name: str) -> Any:
    """A setting's value, None where it was never set."""
    row = session.scalar(select(SettingRow).where(SettingRow.name == name))
    return None if row is None else json.loads(row.value)


def save_setting(session: Session, name: str, value: Any) -> None:
    """Save a setting within a transaction."""
    row = session.scalar(select(SettingRow).where(SettingRow.name == name).with_for_update())
    if row is None:
        session.add(SettingRow(name=name, value=json.dumps(value, ensure_ascii=False)))
    else:
        row.value = json.dumps(value, ensure_ascii=False)


def sought(query: Any, search: str) -> Any:
    """Restrict a query for people to those whose code or name contains every word."""
    for word in search_words(search).split()[:8]:
        query = query.where(PersonRow.sought.contains(word, autoescape=True))
    return query


def get(session: Session, kind: Any, number: int | None, *, for_update: bool = False) -> Any:
    """Get a row by its number; ``for_update`` locks it until the transaction ends."""
    row = session.get(kind, number, with_for_update=for_update or None)
    if row is None:
        raise NotFoundError("not_there", entry=NAMES[kind])
    return row


def values_of(entry: Any) -> dict[str, Any]:
    """The fields of an entry, which are the columns of its row."""
    return {f.name: getattr(entry, f.name) for f in fields(entry)}


def entry_of(kind: type[Entry], row: Any) -> Entry:
    """The entry of a row."""
    return kind(**{f.name: getattr(row, f.name) for f in fields(kind)})


def measurement_of(row: MeasurementRow) -> MeasurementRecord:
    """The measurement of a row."""
    return MeasurementRecord(
        id=row.id,
        version=row.version,
        person_id=row.person_id,
        visit_id=row.visit_id,
        measured_at=row.measured_at,
        conditions=Conditions(**{name: getattr(row, name) for name in CONDITIONS}),
        result=result_of(row.result),
        frames_sha256=row.frames_sha256,
    )

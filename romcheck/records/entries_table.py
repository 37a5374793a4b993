"""All entries but the measurements as one long table: a row for each value, by person, entry, day and field.

Free text is left out; the archive contains it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any

from romcheck.clinical import TREATED_LEVELS
from romcheck.exchange.atomic import written_whole
from romcheck.exchange.spreadsheet import write_csv
from romcheck.records.clinic import SCREENED
from romcheck.records.entries import PersonPage
from romcheck.records.overview import page_within
from romcheck.records.store import Records
from romcheck.records.treatment_plan import goals_of

COLUMNS = ("person_code", "entry", "number", "on", "field", "value")
KINDS = {
    "treatment": "treatments",
    "outcome": "outcomes",
    "diary": "diary",
    "follow_up": "follow_ups",
    "screening": "screenings",
    "reaction": "reactions",
    "findings": "findings",
    "treatment_plan": "treatment_plans",
    "goal_score": "goal_scores",
}
"""Names of the entries in the table, and their field of a person's page."""

INTERNAL = ("id", "version", "person_id", "on", "due_on")
FREE = (
    "notes", "by", "reason", "dose", "medicine", "activity", "posture_note", *(f"{name}_note" for name in SCREENED),
)  # fmt: skip
"""Fields with free text."""


def write_entries(records: Records, path: str | Path, person_id: int | None = None) -> int:
    """Write the entries of one person, or of everybody; return the number of rows. It is noted in the audit trail.

    Parameters
    ----------
    path : the CSV file; only the owner may read it
    person_id : everybody if None
    """
    numbers = [person_id] if person_id is not None else [line.person.id for line in records.people(limit=1_000_000)]

    def rows() -> Iterator[tuple[Any, ...]]:
        for number in numbers:
            assert number is not None
            yield from _rows(records.database.read(lambda session, number=number: page_within(session, number)))  # type: ignore[misc]

    with written_whole(path, private=True) as unfinished, unfinished.open("w", newline="", encoding="utf-8") as file:
        count = write_csv(file, COLUMNS, rows())
    records.note("exported", person_id, "entries csv")
    return count


def _rows(found: PersonPage) -> Iterator[tuple[Any, ...]]:
    goals = {goal.activity: number for number, goal in enumerate(goals_of(found.goal_scores), 1)}
    for kind, where in KINDS.items():
        for number, entry in enumerate(getattr(found, where), 1):
            if kind == "treatment" and entry.level not in TREATED_LEVELS:
                entry = replace(entry, level="")
            day: date = entry.due_on if kind == "follow_up" else entry.on
            values = {f.name: getattr(entry, f.name) for f in fields(entry) if f.name not in (*INTERNAL, *FREE)}
            if kind == "goal_score":
                values = {"goal": goals[entry.activity], **values}
            for name, value in values.items():
                if value not in (None, ""):
                    yield (found.person.code, kind, number, day, name, value)

"""Opening the records, and operations shared by all entries."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from sqlalchemy import delete
from sqlalchemy.orm import Session

from romcheck import places
from romcheck.clinical import DiaryDay, FollowUp, Outcome, Treatment
from romcheck.records import audit, files, follow_up, rules, video_files
from romcheck.records.clinic import Findings, Reaction, Screening
from romcheck.records.database import Database
from romcheck.records.entries import AuditLine, MeasurementRecord, Visit
from romcheck.records.models import (
    MeasurementRow,
    PersonRow,
    TreatmentRow,
    VisitRow,
)
from romcheck.records.problems import ConflictError, NotFoundError, RecordsError
from romcheck.records.rows import (
    NAMES,
    ROWS,
    entries_of,
    entry_of,
    get,
    measurement_of,
    save_setting,
    setting,
    values_of,
)
from romcheck.records.treatment_plan import GoalScore, TreatmentPlan

Dated = TypeVar(
    "Dated", Visit, Treatment, Outcome, DiaryDay, FollowUp, Screening, Reaction, Findings, TreatmentPlan, GoalScore
)

Opened = TypeVar("Opened", bound="Transactions")

URL_VARIABLE = "ROMCHECK_DATABASE_URL"


def data_folder(folder: str | Path | None = None) -> Path:
    """The given folder, else ROMCHECK_DATA, else the platform's usual place."""
    return Path(folder) if folder else places.data_folder()


class Transactions:
    """The records without their entries: opened, audited, changed under a version."""

    def __init__(self, folder: str | Path | None = None, *, url: str | None = None, by: str | None = None) -> None:
        self.by = by or audit.user_name()
        self.database = Database(data_folder(folder), (os.environ.get(URL_VARIABLE) if url is None else url) or None)
        self.notes: tuple[str, ...] = tuple(self.database.notes)
        self._saw: dict[tuple[int, str], float] = {}
        self._lock = threading.Lock()
        with suppress(RecordsError):  # somebody else is writing: next time
            files.remove_unnamed(self.database)

    @property
    def folder(self) -> Path:
        """The data folder."""
        return self.database.folder

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    def __enter__(self: Opened) -> Opened:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    # Settings and audit trail

    def setting(self, name: str) -> Any:
        """A setting's value (JSON); None where it was never set."""
        return self.database.read(lambda session: setting(session, name))

    def save_setting(self, name: str, value: Any) -> None:
        """Save a setting."""

        def work(session: Session) -> None:
            save_setting(session, name, value)
            audit.note(session, self.by, "settings", None, name)

        self.database.write(work)

    def audit(self, person_id: int | None = None, limit: int = 1000) -> tuple[AuditLine, ...]:
        """The audit trail, newest first."""
        return self.database.read(lambda session: audit.lines(session, person_id, limit))

    def note(self, action: str, person_id: int | None, detail: str = "") -> None:
        """Add a line to the audit trail; ``detail`` must contain no name: "report", "csv"."""
        self.database.write(lambda session: audit.note(session, self.by, action, person_id, detail))

    def note_seen(self, person_id: int, detail: str = "") -> None:
        """Record that this person, or a `detail` of theirs, was viewed, at most once in a quarter of an hour."""
        now, what = time.monotonic(), (person_id, detail)
        with self._lock:
            if now - self._saw.get(what, -audit.SAW_AGAIN_S) < audit.SAW_AGAIN_S:
                return
        self.note("saw", person_id, detail)
        with self._lock:
            self._saw[what] = now

    # Shared operations

    def one(self, kind: type[Dated], number: int) -> Dated:
        """One entry by its number; the view is recorded."""
        found = self.database.read(lambda session: entry_of(kind, get(session, ROWS[kind], number)))
        self.note_seen(found.person_id)
        return found

    def all_of(self, kind: type[Dated], person_id: int) -> tuple[Dated, ...]:
        """All entries of one kind of a person, oldest first; the view is recorded."""

        def work(session: Session) -> tuple[Dated, ...]:
            get(session, PersonRow, person_id)
            return entries_of(session, kind, person_id)

        found = self.database.read(work)
        self.note_seen(person_id)
        return found

    def _measurements(self, query: Any, person_id: int | None = None) -> tuple[MeasurementRecord, ...]:
        ordered = query.order_by(MeasurementRow.measured_at, MeasurementRow.id)
        found = self.database.read(lambda session: tuple(map(measurement_of, session.scalars(ordered))))
        for person in {record.person_id for record in found} | ({person_id} if person_id is not None else set()):
            self.note_seen(person)
        return found

    def add_row(self, session: Session, entry: Any) -> Any:
        """Insert a new entry, with a line in the audit trail."""
        get(session, PersonRow, entry.person_id, for_update=True)
        row = ROWS[type(entry)](**values_of(replace(entry, id=None, version=1)))
        session.add(row)
        session.flush()
        audit.note(session, self.by, "added", entry.person_id, f"{NAMES[type(row)]} {row.id}")
        return row

    def change_row(self, session: Session, entry: Any, keep: tuple[str, ...]) -> Any:
        """Change an entry if its version is current, with a line in the audit trail; fields in `keep` stay."""
        kind = ROWS[type(entry)]
        if entry.id is None:
            raise NotFoundError("never_saved", names=NAMES[kind])
        row = get(session, kind, entry.id, for_update=True)
        if row.version != entry.version:
            raise ConflictError("conflict", entry, entry_of(type(entry), row))
        for name, value in values_of(entry).items():
            if name not in (*keep, "id", "version"):
                setattr(row, name, value)
        row.version += 1
        session.flush()
        person = row.id if kind is PersonRow else row.person_id
        audit.note(session, self.by, "changed", person, f"{NAMES[kind]} {row.id}")
        return row

    def remove_row(self, kind: Any, number: int) -> None:
        """Delete an entry with everything that depends on it, with a line in the audit trail."""
        if kind in (VisitRow, MeasurementRow):
            video_files.settle(self.database)

        def work(session: Session) -> None:
            row = get(session, kind, number, for_update=True)
            person_id = row.person_id
            if kind is MeasurementRow and row.timing == "before":
                rules.leaves_no_after(session, row)
            began = follow_up.began_on(session, person_id)
            if kind in (VisitRow, MeasurementRow):
                measured = MeasurementRow.id if kind is MeasurementRow else MeasurementRow.visit_id
                files.doubt(self.database, session, measured == number)
            session.execute(delete(kind).where(kind.id == number))
            session.expunge(row)
            if kind in (VisitRow, TreatmentRow):
                rules.treatments_follow_visits(session, person_id)
            if kind in (VisitRow, TreatmentRow, MeasurementRow):
                follow_up.replan(session, person_id, began_before=began)
            audit.note(session, self.by, "deleted", person_id, f"{NAMES[kind]} {number}")

        self.database.write(work)
        if kind in (VisitRow, MeasurementRow):
            files.remove_unnamed(self.database)

"""The store: people, visits, measurements, treatments, outcomes and diary, added, changed and taken out."""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import platformdirs
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from romcheck.exchange.files import frames_parquet
from romcheck.records import audit, checks, files, follow_up, rules
from romcheck.records.database import Database
from romcheck.records.entries import (
    AuditLine,
    Conditions,
    DiaryDay,
    FollowUp,
    MeasurementRecord,
    Outcome,
    Person,
    PersonLine,
    PlanStep,
    TreatmentRecord,
    Visit,
)
from romcheck.records.models import (
    DiaryRow,
    FollowUpRow,
    MeasurementRow,
    OutcomeRow,
    PersonRow,
    TreatmentRow,
    VisitRow,
)
from romcheck.records.problems import NotFoundError, RecordsError
from romcheck.records.results_text import frames_of
from romcheck.records.rows import (
    CONDITIONS,
    NAMES,
    ROWS,
    conflict,
    entries_of,
    entry_of,
    get,
    measurement_of,
    measurement_row,
    save_setting,
    setting,
    sought,
    trial_rows,
    values_of,
)
from romcheck.results import Frames, Result, Test

Dated = TypeVar("Dated", Visit, TreatmentRecord, Outcome, DiaryDay, FollowUp)

DATA_VARIABLE, URL_VARIABLE = "ROMCHECK_DATA", "ROMCHECK_DATABASE_URL"


def data_folder(folder: str | Path | None = None) -> Path:
    """The folder asked for, else ROMCHECK_DATA, else the platform's own place for data."""
    return Path(folder or os.environ.get(DATA_VARIABLE) or platformdirs.user_data_dir("romcheck", appauthor=False))


class Records:
    """The records of one clinic or person. May be shared by threads; close it at the end, or use ``with``.

    Parameters
    ----------
    folder : the data folder; see :func:`data_folder`
    url : of a PostgreSQL database; ROMCHECK_DATABASE_URL if None; SQLite in the data folder if empty
    by : who uses it, for the audit trail; the computer's user if None

    Raises
    ------
    DatabaseError
        When the database cannot be opened; its subclass NewerDatabaseError when a newer romcheck wrote it.

    Attributes
    ----------
    notes : what a person should know about opening it, such as a copy made before a migration
    """

    def __init__(self, folder: str | Path | None = None, *, url: str | None = None, by: str | None = None) -> None:
        self.by = by or audit.user_name()
        self.database = Database(data_folder(folder), (os.environ.get(URL_VARIABLE) if url is None else url) or None)
        self.notes: tuple[str, ...] = tuple(self.database.notes)
        self._saw: dict[int, float] = {}
        self._lock = threading.Lock()
        with suppress(RecordsError):  # somebody else is writing: next time
            files.remove_unnamed(self.database)

    @property
    def folder(self) -> Path:
        """The data folder."""
        return self.database.folder

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()

    def __enter__(self) -> Records:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    # People

    def add_person(self, person: Person) -> Person:
        """Keep a new person.

        Raises
        ------
        EntryError
            When a value cannot be true, or the code is taken.
        """
        person = checks.person(person)

        def work(session: Session) -> Person:
            rules.free_code(session, person)
            row = PersonRow(
                **values_of(
                    replace(
                        person, uid=person.uid or uuid.uuid4().hex, created_at=person.created_at or _now(), version=1
                    )
                ),
                sought=checks.search_words(f"{person.code} {person.name or ''}"),
            )
            session.add(row)
            session.flush()
            audit.note(session, self.by, "added", row.id, "person")
            return entry_of(Person, row)

        return self.database.write(work)

    def person(self, person_id: int) -> Person:
        """One person."""
        found = self.database.read(lambda session: entry_of(Person, get(session, PersonRow, person_id)))
        self.note_seen(person_id)
        return found

    def person_by_code(self, code: str) -> Person:
        """One person by the code, as typed."""
        wanted = " ".join(checks._text("code", "code", code, checks.CODE_LENGTH, lines=False).split())

        def work(session: Session) -> Person:
            row = session.scalar(select(PersonRow).where(PersonRow.code == wanted))
            if row is None:
                raise NotFoundError(f"There is no person with the code {wanted}. 'romcheck people' lists the codes.")
            return entry_of(Person, row)

        found = self.database.read(work)
        self.note_seen(_id(found))
        return found

    def people(self, search: str = "", *, limit: int = 100, offset: int = 0) -> tuple[PersonLine, ...]:
        """People by code, those whose code or name holds every word of ``search``."""

        def work(session: Session) -> tuple[PersonLine, ...]:
            page = sought(select(PersonRow), search).order_by(PersonRow.code).limit(limit).offset(offset)
            rows = session.scalars(page).all()
            ids = [row.id for row in rows]
            visits = {
                person: (count, last)
                for person, count, last in session.execute(
                    select(VisitRow.person_id, func.count(), func.max(VisitRow.on))
                    .where(VisitRow.person_id.in_(ids))
                    .group_by(VisitRow.person_id)
                )
            }
            due = dict(
                session.execute(
                    select(FollowUpRow.person_id, func.min(FollowUpRow.due_on))
                    .where(FollowUpRow.person_id.in_(ids), FollowUpRow.state == "open")
                    .group_by(FollowUpRow.person_id)
                )
                .tuples()
                .all()
            )
            return tuple(
                PersonLine(entry_of(Person, row), *visits.get(row.id, (0, None)), next_due=due.get(row.id))
                for row in rows
            )

        return self.database.read(work)

    def count_people(self, search: str = "") -> int:
        """How many people :meth:`people` finds without a limit."""
        query = sought(select(func.count()).select_from(PersonRow), search)
        return self.database.read(lambda session: session.scalar(query) or 0)

    def save_person(self, person: Person) -> Person:
        """Keep the changes to a person. Raises ConflictError when somebody else saved first."""
        person = checks.person(person)

        def work(session: Session) -> Person:
            row = self._change(session, person, keep=("uid", "created_at"))
            rules.free_code(session, person)
            row.sought = checks.search_words(f"{person.code} {person.name or ''}")
            return entry_of(Person, row)

        return self.database.write(work)

    # Visits

    def add_visit(self, visit: Visit) -> Visit:
        """Keep a new visit; it may be the follow-up that was due."""
        visit = checks.visit(visit)

        def work(session: Session) -> Visit:
            row = self._add(session, visit)
            follow_up.replan(session, visit.person_id)
            return entry_of(Visit, row)

        return self.database.write(work)

    def visit_on(self, person_id: int, day: date | None = None) -> Visit:
        """The person's (last) visit of this day, today if None; a new one if there is none."""
        day = day or date.today()
        last = select(VisitRow).where(VisitRow.person_id == person_id, VisitRow.on == day).order_by(VisitRow.id.desc())

        def find(session: Session) -> Visit | None:
            row = session.scalar(last.limit(1))
            return None if row is None else entry_of(Visit, row)

        return self.database.read(find) or self.add_visit(Visit(person_id, day))

    def visit(self, visit_id: int) -> Visit:
        """One visit."""
        return self._one(Visit, visit_id)

    def visits(self, person_id: int) -> tuple[Visit, ...]:
        """All visits of a person, oldest first."""
        return self._all(Visit, person_id)

    def save_visit(self, visit: Visit) -> Visit:
        """Keep the changes to a visit; its treatments move with its date."""
        visit = checks.visit(visit)

        def work(session: Session) -> Visit:
            began = follow_up.began_on(session, visit.person_id)
            row = self._change(session, visit, keep=("person_id",))
            for treatment in session.scalars(select(TreatmentRow).where(TreatmentRow.visit_id == row.id)):
                treatment.on = row.on
            rules.treatments_follow_visits(session, row.person_id)
            follow_up.replan(session, row.person_id, began_before=began)
            return entry_of(Visit, row)

        return self.database.write(work)

    def delete_visit(self, visit_id: int) -> None:
        """Delete a visit with its measurements and treatments."""
        self._remove(VisitRow, visit_id)

    # Measurements

    def add_measurement(
        self,
        visit_id: int,
        result: Result,
        frames: Frames | None = None,
        conditions: Conditions = Conditions(),  # noqa: B008 (immutable)
        *,
        measured_at: datetime | None = None,
    ) -> MeasurementRecord:
        """Keep a measurement whole, in one transaction.

        Parameters
        ----------
        visit_id : the visit it belongs to
        result, frames : as measured; ``Measurement.result`` and ``Measurement.frames``
        conditions : how it was done
        measured_at : with its time zone; now if None

        Raises
        ------
        EntryError
            When a value cannot be true, or it is "after" without a "before" of the same test in the visit.
        """
        parquet = None if frames is None else frames_parquet(frames)
        return self.add_kept_measurement(visit_id, result, parquet, conditions, measured_at or _now())

    def add_kept_measurement(
        self, visit_id: int, result: Result, parquet: bytes | None, conditions: Conditions, measured_at: datetime
    ) -> MeasurementRecord:
        """The same with frames as the bytes of their Parquet file."""
        conditions, measured_at = checks.conditions(conditions), checks.moment(measured_at)

        def work(session: Session) -> MeasurementRecord:
            visit = get(session, VisitRow, visit_id)
            if conditions.timing == "after":
                rules.needs_before(session, visit_id, result.test)
            row = measurement_row(visit.person_id, visit_id, result, conditions, measured_at)
            row.frames_sha256 = None if parquet is None else files.keep(self.database, session, parquet)
            session.add(row)
            session.flush()
            session.add_all(trial_rows(row.id, result))
            audit.note(session, self.by, "added", visit.person_id, f"measurement {row.id}")
            return measurement_of(row)

        return self.database.write(work)

    def measurement(self, measurement_id: int) -> MeasurementRecord:
        """One measurement."""
        found = self.database.read(lambda session: measurement_of(get(session, MeasurementRow, measurement_id)))
        self.note_seen(found.person_id)
        return found

    def measurements(self, person_id: int, test: Test | None = None) -> tuple[MeasurementRecord, ...]:
        """All measurements of a person, oldest first; of one test, or of all."""
        query = select(MeasurementRow).where(MeasurementRow.person_id == person_id)
        if test is not None:
            query = query.where(MeasurementRow.test == test)
        return self._measurements(query, person_id)

    def measurements_of_visit(self, visit_id: int) -> tuple[MeasurementRecord, ...]:
        """All measurements of a visit, oldest first."""
        return self._measurements(select(MeasurementRow).where(MeasurementRow.visit_id == visit_id))

    def frames(self, measurement_id: int) -> Frames | None:
        """Angles frame by frame of a measurement; None where they were not given."""
        sha256 = self.measurement(measurement_id).frames_sha256
        return None if sha256 is None else frames_of(files.content(self.database, sha256))

    def save_conditions(self, measurement: MeasurementRecord) -> MeasurementRecord:
        """Keep changes to how a measurement was done. What was measured cannot be changed."""
        conditions = checks.conditions(measurement.conditions)

        def work(session: Session) -> MeasurementRecord:
            row = get(session, MeasurementRow, measurement.id, for_update=True)
            if row.version != measurement.version:
                raise conflict(measurement, measurement_of(row), MeasurementRow)
            if conditions.timing == "after":
                rules.needs_before(session, row.visit_id, row.test, other_than=row.id)
            if row.timing == "before" and conditions.timing != "before":
                rules.leaves_no_after(session, row)
            for name in CONDITIONS:
                setattr(row, name, getattr(conditions, name))
            row.version += 1
            audit.note(session, self.by, "changed", row.person_id, f"measurement {row.id}")
            return measurement_of(row)

        return self.database.write(work)

    def delete_measurement(self, measurement_id: int) -> None:
        """Delete a measurement. A "before" goes only after its "after"."""
        self._remove(MeasurementRow, measurement_id)

    # Treatments

    def add_treatment(self, treatment: TreatmentRecord) -> TreatmentRecord:
        """Keep a treatment; the first one starts the follow-up plan.

        Raises
        ------
        EntryError
            When it lies before the person's first visit, or on another day than its visit.
        """
        treatment = checks.treatment(treatment)

        def work(session: Session) -> TreatmentRecord:
            began = follow_up.began_on(session, treatment.person_id)
            row = self._add(session, treatment)
            rules.fits_visit(session, treatment)
            rules.treatments_follow_visits(session, treatment.person_id)
            follow_up.replan(session, treatment.person_id, began_before=began)
            return entry_of(TreatmentRecord, row)

        return self.database.write(work)

    def treatment(self, treatment_id: int) -> TreatmentRecord:
        """One treatment."""
        return self._one(TreatmentRecord, treatment_id)

    def treatments(self, person_id: int) -> tuple[TreatmentRecord, ...]:
        """All treatments of a person, oldest first."""
        return self._all(TreatmentRecord, person_id)

    def save_treatment(self, treatment: TreatmentRecord) -> TreatmentRecord:
        """Keep the changes to a treatment."""
        treatment = checks.treatment(treatment)

        def work(session: Session) -> TreatmentRecord:
            began = follow_up.began_on(session, treatment.person_id)
            row = self._change(session, treatment, keep=("person_id",))
            rules.fits_visit(session, treatment)
            rules.treatments_follow_visits(session, row.person_id)
            follow_up.replan(session, row.person_id, began_before=began)
            return entry_of(TreatmentRecord, row)

        return self.database.write(work)

    def delete_treatment(self, treatment_id: int) -> None:
        """Delete a treatment."""
        self._remove(TreatmentRow, treatment_id)

    # Outcomes and diary

    def add_outcome(self, outcome: Outcome) -> Outcome:
        """Keep outcomes of a period."""
        outcome = checks.outcome(outcome)

        def work(session: Session) -> Outcome:
            row = self._add(session, outcome)
            rules.fits_visit(session, outcome, same_day=False)
            return entry_of(Outcome, row)

        return self.database.write(work)

    def outcomes(self, person_id: int) -> tuple[Outcome, ...]:
        """All outcomes of a person, oldest first."""
        return self._all(Outcome, person_id)

    def save_outcome(self, outcome: Outcome) -> Outcome:
        """Keep the changes to outcomes."""
        outcome = checks.outcome(outcome)

        def work(session: Session) -> Outcome:
            row = self._change(session, outcome, keep=("person_id",))
            rules.fits_visit(session, outcome, same_day=False)
            return entry_of(Outcome, row)

        return self.database.write(work)

    def delete_outcome(self, outcome_id: int) -> None:
        """Delete outcomes."""
        self._remove(OutcomeRow, outcome_id)

    def write_diary(self, day: DiaryDay) -> DiaryDay:
        """Keep one day of the diary: a new day, or changes to one. A day there already is not overwritten unseen."""
        return self.write_diary_days([day])[0]

    def write_diary_days(self, days: Sequence[DiaryDay]) -> tuple[DiaryDay, ...]:
        """Keep several days: all of them or none."""
        days = [checks.diary_day(day) for day in days]

        def write(session: Session, day: DiaryDay) -> DiaryDay:
            there = session.scalar(
                select(DiaryRow).where(DiaryRow.person_id == day.person_id, DiaryRow.on == day.on).with_for_update()
            )
            if there is not None and there.id != day.id:
                raise conflict(day, entry_of(DiaryDay, there), DiaryRow)
            row = self._add(session, day) if day.id is None else self._change(session, day, keep=("person_id",))
            return entry_of(DiaryDay, row)

        return self.database.write(lambda session: tuple([write(session, day) for day in days]))

    def diary(self, person_id: int, since: date | None = None, until: date | None = None) -> tuple[DiaryDay, ...]:
        """The days written down, oldest first."""
        days = self._all(DiaryDay, person_id)
        return tuple(day for day in days if (since is None or day.on >= since) and (until is None or day.on <= until))

    def delete_diary_day(self, diary_id: int) -> None:
        """Delete one day of the diary."""
        self._remove(DiaryRow, diary_id)

    # Follow-ups

    def plan(self) -> tuple[PlanStep, ...]:
        """The follow-up plan for whoever begins treatment."""
        return self.database.read(follow_up.plan)

    def save_plan(self, steps: Sequence[PlanStep]) -> tuple[PlanStep, ...]:
        """Change the plan for whoever begins treatment from now on."""
        steps = follow_up.checked_plan(steps)
        self.save_setting(follow_up.SETTING, [[step.label, step.days] for step in steps])
        return steps

    def replan(self, person_id: int, steps: Sequence[PlanStep] | None = None) -> tuple[FollowUp, ...]:
        """Plan one person's follow-ups anew; by the clinic's plan if None."""

        def work(session: Session) -> None:
            get(session, PersonRow, person_id, for_update=True)
            follow_up.replan(
                session, person_id, steps=follow_up.plan(session) if steps is None else follow_up.checked_plan(steps)
            )
            audit.note(session, self.by, "changed", person_id, "follow-ups")

        self.database.write(work)
        return self.follow_ups(person_id)

    def follow_ups(self, person_id: int) -> tuple[FollowUp, ...]:
        """A person's follow-ups, in order."""
        return self._all(FollowUp, person_id)

    def save_follow_up(self, entry: FollowUp) -> FollowUp:
        """Keep changes to one follow-up: another day, or dropped."""
        entry = checks.follow_up(entry)

        def work(session: Session) -> FollowUp:
            row = self._change(session, entry, keep=("person_id",))
            follow_up.replan(session, row.person_id)
            return entry_of(FollowUp, row)

        return self.database.write(work)

    # Settings and audit trail

    def setting(self, name: str) -> Any:
        """A setting's value (JSON); None where it was never set."""
        return self.database.read(lambda session: setting(session, name))

    def save_setting(self, name: str, value: Any) -> None:
        """Keep a setting."""

        def work(session: Session) -> None:
            save_setting(session, name, value)
            audit.note(session, self.by, "settings", None, name)

        self.database.write(work)

    def audit(self, person_id: int | None = None, limit: int = 1000) -> tuple[AuditLine, ...]:
        """The audit trail, newest first."""
        return self.database.read(lambda session: audit.lines(session, person_id, limit))

    def note(self, action: str, person_id: int | None, detail: str = "") -> None:
        """Add a line to the audit trail; ``detail`` must hold no name: "report", "csv"."""
        self.database.write(lambda session: audit.note(session, self.by, action, person_id, detail))

    def note_seen(self, person_id: int) -> None:
        """Note that this person's records were looked at, once in a quarter of an hour."""
        now = time.monotonic()
        with self._lock:
            if now - self._saw.get(person_id, -audit.SAW_AGAIN_S) < audit.SAW_AGAIN_S:
                return
            self._saw[person_id] = now
        self.note("saw", person_id)

    # What these have in common

    def _one(self, kind: type[Dated], number: int) -> Dated:
        found = self.database.read(lambda session: entry_of(kind, get(session, ROWS[kind], number)))
        self.note_seen(found.person_id)
        return found

    def _all(self, kind: type[Dated], person_id: int) -> tuple[Dated, ...]:
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

    def _add(self, session: Session, entry: Any) -> Any:
        get(session, PersonRow, entry.person_id, for_update=True)
        row = ROWS[type(entry)](**values_of(replace(entry, id=None, version=1)))
        session.add(row)
        session.flush()
        audit.note(session, self.by, "added", entry.person_id, f"{NAMES[type(row)]} {row.id}")
        return row

    def _change(self, session: Session, entry: Any, keep: tuple[str, ...]) -> Any:
        kind = ROWS[type(entry)]
        if entry.id is None:
            raise NotFoundError(f"This {NAMES[kind]} was never saved.")
        row = get(session, kind, entry.id, for_update=True)
        if row.version != entry.version:
            raise conflict(entry, entry_of(type(entry), row), kind)
        for name, value in values_of(entry).items():
            if name not in (*keep, "id", "version"):
                setattr(row, name, value)
        row.version += 1
        session.flush()
        person = row.id if kind is PersonRow else row.person_id
        audit.note(session, self.by, "changed", person, f"{NAMES[kind]} {row.id}")
        return row

    def _remove(self, kind: Any, number: int) -> None:
        def work(session: Session) -> None:
            row = get(session, kind, number, for_update=True)
            person_id = row.person_id
            if kind is MeasurementRow and row.timing == "before":
                rules.leaves_no_after(session, row)
            began = follow_up.began_on(session, person_id)
            session.execute(delete(kind).where(kind.id == number))
            session.expunge(row)
            if kind in (VisitRow, TreatmentRow):
                rules.treatments_follow_visits(session, person_id)
                follow_up.replan(session, person_id, began_before=began)
            audit.note(session, self.by, "deleted", person_id, f"{NAMES[kind]} {number}")

        self.database.write(work)
        if kind in (VisitRow, MeasurementRow):
            files.remove_unnamed(self.database)


def _id(entry: Person) -> int:
    assert entry.id is not None
    return entry.id


def _now() -> datetime:
    return datetime.now(timezone.utc)

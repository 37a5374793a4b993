"""The store: people, visits and measurements, with the services for clinic and course."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timezone
from pathlib import Path

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from romcheck.clinical import Conditions
from romcheck.exchange.files import frames_parquet
from romcheck.names import folded
from romcheck.records import audit, checks, files, follow_up, rules, video_files
from romcheck.records.clinic_store import Clinic
from romcheck.records.course import CourseEntries
from romcheck.records.entries import MeasurementRecord, Person, PersonLine, Visit
from romcheck.records.field_checks import CODE_LENGTH, check_moment, check_text, search_words
from romcheck.records.models import (
    FindingsRow,
    FollowUpRow,
    MeasurementRow,
    PersonRow,
    ReactionRow,
    ScreeningRow,
    TreatmentRow,
    TrialRow,
    VisitRow,
)
from romcheck.records.problems import ConflictError, NotFoundError, RecordsError
from romcheck.records.results_text import frames_of
from romcheck.records.rows import (
    CONDITIONS,
    entry_of,
    get,
    measurement_of,
    measurement_values,
    sought,
    trial_values,
    values_of,
)
from romcheck.records.transactions import URL_VARIABLE, Transactions, data_folder
from romcheck.results import Frames, Result, Test

__all__ = ["URL_VARIABLE", "Records", "data_folder"]


class Records(Transactions):
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
    clinic : screenings, reactions and findings
    course : treatments, outcomes, diary and follow-ups
    """

    def __init__(self, folder: str | Path | None = None, *, url: str | None = None, by: str | None = None) -> None:
        super().__init__(folder, url=url, by=by)
        self.clinic = Clinic(self)
        self.course = CourseEntries(self)

    # People

    def add_person(self, person: Person) -> Person:
        """Save a new person.

        Raises
        ------
        EntryError
            When a value is impossible, or the code is in use.
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
                sought=search_words(f"{person.code} {person.name or ''}"),
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
        wanted = " ".join(check_text("code", code, CODE_LENGTH, lines=False).split())

        def work(session: Session) -> Person:
            row = session.scalar(select(PersonRow).where(PersonRow.code == wanted))
            if row is None:
                near = [code for code in session.scalars(select(PersonRow.code)) if folded(code) == folded(wanted)]
                if near:
                    raise NotFoundError("no_person_near", wanted=wanted, near=near[0])
                raise NotFoundError("no_person", wanted=wanted)
            return entry_of(Person, row)

        found = self.database.read(work)
        self.note_seen(_id(found))
        return found

    def people(self, search: str = "", *, limit: int = 100, offset: int = 0) -> tuple[PersonLine, ...]:
        """People by code, those whose code or name contains every word of ``search``."""

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
        """Number of people :meth:`people` finds without a limit."""
        query = sought(select(func.count()).select_from(PersonRow), search)
        return self.database.read(lambda session: session.scalar(query) or 0)

    def save_person(self, person: Person) -> Person:
        """Save the changes to a person. Raises ConflictError when somebody else saved first."""
        person = checks.person(person)

        def work(session: Session) -> Person:
            rules.free_code(session, person)
            row = self.change_row(session, person, keep=("uid", "created_at"))
            row.sought = search_words(f"{person.code} {person.name or ''}")
            return entry_of(Person, row)

        return self.database.write(work)

    # Visits

    def add_visit(self, visit: Visit) -> Visit:
        """Save a new visit; it may be the follow-up that was due."""
        visit = checks.visit(visit)
        return self.database.write(lambda session: entry_of(Visit, self._new_visit(session, visit)))

    def visit_on(self, person_id: int, day: date | None = None) -> Visit:
        """The person's (last) visit of this day, today if None; a new one if there is none."""
        wanted = Visit(person_id, day or date.today())

        def find(session: Session) -> Visit | None:
            row = _same_day(session, wanted)
            return None if row is None else entry_of(Visit, row)

        return self.database.read(find) or self.add_visit(wanted)

    def _new_visit(self, session: Session, visit: Visit) -> VisitRow:
        row: VisitRow = self.add_row(session, visit)
        follow_up.replan(session, visit.person_id)
        return row

    def visit(self, visit_id: int) -> Visit:
        """One visit."""
        return self.one(Visit, visit_id)

    def visits(self, person_id: int) -> tuple[Visit, ...]:
        """All visits of a person, oldest first."""
        return self.all_of(Visit, person_id)

    def save_visit(self, visit: Visit) -> Visit:
        """Save a visit; its treatments, screening and reactions move with its date."""
        visit = checks.visit(visit)

        def work(session: Session) -> Visit:
            began = follow_up.began_on(session, visit.person_id)
            row = self.change_row(session, visit, keep=("person_id",))
            for treatment in session.scalars(select(TreatmentRow).where(TreatmentRow.visit_id == row.id)):
                treatment.on = row.on
            for asked in (ScreeningRow, ReactionRow, FindingsRow):
                session.execute(update(asked).where(asked.visit_id == row.id).values(on=row.on))
            rules.treatments_follow_visits(session, row.person_id)
            follow_up.replan(session, row.person_id, began_before=began)
            return entry_of(Visit, row)

        return self.database.write(work)

    def delete_visit(self, visit_id: int) -> None:
        """Delete a visit with its measurements and treatments."""
        self.remove_row(VisitRow, visit_id)

    # Measurements

    def add_measurement(
        self,
        visit: int | Visit,
        result: Result,
        frames: Frames | None = None,
        conditions: Conditions = Conditions(),  # noqa: B008 (immutable)
        *,
        measured_at: datetime | None = None,
    ) -> MeasurementRecord:
        """Save a measurement, in one transaction.

        Parameters
        ----------
        visit : the visit it belongs to: its number, or one without: the person's last visit of that day, created
            with the measurement where there is none
        result, frames : as measured; ``Measurement.result`` and ``Measurement.frames``
        conditions : how it was done
        measured_at : with its time zone; now if None

        Raises
        ------
        EntryError
            When a value is impossible, or it is "after" without a "before" of the same test in the visit.
        """
        parquet = None if frames is None else frames_parquet(frames)
        return self.add_kept_measurement(visit, result, parquet, conditions, measured_at or _now())

    def measurement_of_recording(self, person: int, result: Result) -> int | None:
        """Number of the person's measurement of the same test from the same recording, if there is one."""
        source = result.source.sha256
        wanted = select(MeasurementRow.id).where(
            MeasurementRow.person_id == person,
            MeasurementRow.source_sha256 == source,
            MeasurementRow.test == result.test,
        )
        return self.database.read(lambda session: session.scalar(wanted.limit(1))) if source else None

    def add_kept_measurement(
        self, visit: int | Visit, result: Result, parquet: bytes | None, conditions: Conditions, measured_at: datetime
    ) -> MeasurementRecord:
        """The same with frames as the bytes of their Parquet file."""
        conditions, measured_at = checks.conditions(conditions), check_moment(measured_at)
        number = visit if isinstance(visit, int) else visit.id
        new = None if isinstance(visit, int) else checks.visit(visit)

        def work(session: Session) -> MeasurementRecord:
            if number is None and new is not None:
                belongs = _same_day(session, new) or self._new_visit(session, new)
            else:
                belongs = get(session, VisitRow, number)
            if conditions.timing == "after":
                rules.needs_before(session, belongs.id, result.test)
            row = MeasurementRow(**measurement_values(belongs.person_id, belongs.id, result, conditions, measured_at))
            row.frames_sha256 = None if parquet is None else files.keep(self.database, session, parquet)
            session.add(row)
            session.flush()
            session.add_all(TrialRow(**values) for values in trial_values(row.id, result))
            follow_up.replan(session, row.person_id)
            audit.note(session, self.by, "added", row.person_id, f"measurement {row.id}")
            return measurement_of(row)

        kept = self.database.write(work)
        with suppress(RecordsError):  # it stays among the unlinked ones, and is moved later
            video_files.bring_home(self.database, result.source)
        return kept

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
        """Save changes to the conditions of a measurement. Its result cannot be changed."""
        conditions = checks.conditions(measurement.conditions)

        def work(session: Session) -> MeasurementRecord:
            row = get(session, MeasurementRow, measurement.id, for_update=True)
            if row.version != measurement.version:
                raise ConflictError("conflict", measurement, measurement_of(row))
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
        """Delete a measurement. A "before" can be deleted only after its "after"."""
        self.remove_row(MeasurementRow, measurement_id)


def _same_day(session: Session, visit: Visit) -> VisitRow | None:
    """The person's last visit of the same day."""
    same = select(VisitRow).where(VisitRow.person_id == visit.person_id, VisitRow.on == visit.on)
    return session.scalar(same.order_by(VisitRow.id.desc()).limit(1))


def _id(entry: Person) -> int:
    assert entry.id is not None
    return entry.id


def _now() -> datetime:
    return datetime.now(timezone.utc)

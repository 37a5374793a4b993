"""Queries for the pages: the day's list, one person, before and after, and series over months."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from romcheck import change
from romcheck.change import HeadacheCourse
from romcheck.clinical import Conditions, DiaryDay, FollowUp, Occasion, Outcome, TimingOrNone, Treatment
from romcheck.protocols import PROTOCOLS
from romcheck.records.clinic import Findings, Reaction, Screening
from romcheck.records.entries import (
    DayVisit,
    Due,
    MeasurementRecord,
    Pair,
    Person,
    PersonPage,
    SeriesPoint,
    TidyTrial,
    Today,
    Visit,
    known_moment,
)
from romcheck.records.models import FollowUpRow, MeasurementRow, PersonRow, TrialRow, VisitRow
from romcheck.records.rows import columns_of, entries_of, entry_of, get, measurements_of
from romcheck.records.store import Records
from romcheck.records.treatment_plan import GoalScore, TreatmentPlan
from romcheck.results import Frames, MovementName, Test

AHEAD_DAYS, BEHIND_DAYS = 7, 90
LATELY, MOST_LINES = 60, 200


def today(
    records: Records, day: date | None = None, *, ahead_days: int = AHEAD_DAYS, behind_days: int = BEHIND_DAYS
) -> Today:
    """The therapist's day.

    Parameters
    ----------
    day : today if None
    ahead_days, behind_days : follow-ups up to this many days ahead are coming, those overdue up to this many are due,
        soonest first; those overdue by more are long due, latest first
    """
    day = day or date.today()

    def work(session: Session) -> Today:
        visit, due_step, person = columns_of(Visit), columns_of(FollowUp), columns_of(Person)
        here = select(*visit, *person).join(PersonRow, PersonRow.id == VisitRow.person_id)
        visits = session.execute(here.where(VisitRow.on == day).order_by(VisitRow.id)).all()
        lately = session.execute(
            here.where(VisitRow.on < day).order_by(VisitRow.on.desc(), VisitRow.id.desc()).limit(LATELY)
        ).all()
        open_steps = (
            select(*due_step, *person)
            .join(PersonRow, PersonRow.id == FollowUpRow.person_id)
            .where(FollowUpRow.state == "open", FollowUpRow.due_on <= day + timedelta(days=ahead_days))
            .limit(MOST_LINES)
        )
        since, soonest = day - timedelta(days=behind_days), (FollowUpRow.due_on, FollowUpRow.id)
        due = session.execute(open_steps.where(FollowUpRow.due_on >= since).order_by(*soonest)).all()
        latest = (column.desc() for column in soonest)
        long_due = session.execute(open_steps.where(FollowUpRow.due_on < since).order_by(*latest)).all()

        def seen(row: Any) -> DayVisit:
            return DayVisit(Person(*row[len(visit) :]), Visit(*row[: len(visit)]))

        recent: dict[int | None, DayVisit] = {}
        for one in map(seen, lately):
            recent.setdefault(one.person.id, one)

        def steps(rows: Iterable[Any]) -> tuple[Due, ...]:
            found = [(Person(*row[len(due_step) :]), FollowUp(*row[: len(due_step)])) for row in rows]
            return tuple(Due(whose, step, (day - step.due_on).days) for whose, step in found)

        return Today(
            day=day,
            visits=tuple(map(seen, visits)),
            due=steps(row for row in due if row.due_on <= day),
            coming=steps(row for row in due if row.due_on > day),
            long_due=steps(long_due),
            recent=tuple(recent.values())[:20],
        )

    return records.database.read(work)


def page(records: Records, person_id: int) -> PersonPage:
    """Everything of one person, in one consistent state."""
    found = records.database.read(lambda session: page_within(session, person_id))
    records.note_seen(person_id)
    return found


def page_within(session: Session, person_id: int) -> PersonPage:
    """The same within a transaction."""
    return PersonPage(
        person=entry_of(Person, get(session, PersonRow, person_id)),
        visits=entries_of(session, Visit, person_id),
        measurements=measurements_of(session, person_id),
        treatments=entries_of(session, Treatment, person_id),
        outcomes=entries_of(session, Outcome, person_id),
        diary=entries_of(session, DiaryDay, person_id),
        follow_ups=entries_of(session, FollowUp, person_id),
        screenings=entries_of(session, Screening, person_id),
        reactions=entries_of(session, Reaction, person_id),
        findings=entries_of(session, Findings, person_id),
        treatment_plans=entries_of(session, TreatmentPlan, person_id),
        goal_scores=entries_of(session, GoalScore, person_id),
    )


def pairs(records: Records, visit_id: int) -> tuple[Pair, ...]:
    """Before and after of one visit, for every "after" the last "before" of the same test."""
    measurements = records.measurements_of_visit(visit_id)
    person_id = records.visit(visit_id).person_id
    treatments = tuple(t for t in records.course.treatments(person_id) if t.visit_id == visit_id)
    return pairs_of(measurements, treatments)


def pairs_of(measurements: Sequence[MeasurementRecord], treatments: Sequence[Treatment]) -> tuple[Pair, ...]:
    """Pair the measurements of any number of visits, visit by visit."""
    found = []
    for after in measurements:
        if after.conditions.timing != "after":
            continue
        before = [
            m
            for m in measurements
            if m.visit_id == after.visit_id and m.test == after.test and m.conditions.timing == "before"
        ]
        if before:
            given = tuple(t for t in treatments if t.visit_id == after.visit_id)
            found.append(Pair(before[-1], after, given))
    return tuple(found)


def occasion_of(record: MeasurementRecord, on: date, frames: Frames | None = None) -> Occasion:
    """The measurement as input of :mod:`romcheck.change` and the reports; ``on`` is the day of its visit."""
    return Occasion(record.result, record.conditions, on, record.at, frames)


def series(records: Records, person_id: int, test: Test | None = None) -> tuple[SeriesPoint, ...]:
    """Range by movement and date, oldest first: one point per movement of every measurement."""
    found = page(records, person_id)
    return tuple(point for point in series_of(found.measurements, found.visits) if test is None or point.test == test)


def series_of(measurements: Sequence[MeasurementRecord], visits: Sequence[Visit]) -> tuple[SeriesPoint, ...]:
    """The same from a person's page."""
    days = {visit.id: visit.on for visit in visits}
    points = [
        SeriesPoint(
            measurement_id=record.id,
            visit_id=record.visit_id,
            measured_at=record.measured_at,
            on=days[record.visit_id],
            test=record.test,
            movement=summary.movement,
            trials=len(summary.trials),
            mean_deg=summary.mean_deg,
            sd_deg=summary.sd_deg,
            max_deg=summary.max_deg,
            uncertainty_deg=summary.uncertainty_deg,
            conditions=record.conditions,
            lens_known=record.result.camera.known,
        )
        for record in measurements
        for summary in record.result.summary
    ]
    return tuple(sorted(points, key=lambda point: (point.on, point.measured_at, point.measurement_id)))


def side_to_begin(found: PersonPage, test: Test, day: date) -> MovementName | None:
    """The side a test of this day begins with: that of an earlier one of the day, else the opposite of last time.

    None where nothing was measured yet.
    """
    days = {visit.id: visit.on for visit in found.visits}
    earlier = [(days[m.visit_id], change.first_side(m.result)) for m in found.measurements if m.test == test]
    known = [(on, side) for on, side in earlier if side is not None and on <= day]
    if not known:
        return None
    on, side = known[-1]
    return side if on == day else next((m for m in PROTOCOLS[test].movements if m != side), None)


def treatment_to_ask_about(found: PersonPage, day: date) -> date | None:
    """Date of the last treatment before this day whose reactions have not been asked about yet; else None."""
    treated = [treatment.on for treatment in found.treatments if treatment.visit_id is not None and treatment.on < day]
    asked = {reaction.treated_on for reaction in found.reactions}
    return treated[-1] if treated and treated[-1] not in asked else None


def timing_to_measure(measurements: Sequence[MeasurementRecord], treatments: Sequence[Treatment]) -> TimingOrNone:
    """Most likely timing of the next measurement of a visit: after the treatment, if one was made before it."""
    if not treatments:
        return "before"
    return "after" if any(m.conditions.timing == "before" for m in measurements) else "none"


def to_repeat(found: PersonPage, day: date, visit_id: int | None, timing: TimingOrNone) -> MeasurementRecord | None:
    """The earlier measurement to be taken again next: the tests of a visit follow each other as they did before.

    After a treatment it is the first test of the visit that was measured before it and not since; else the first of
    the last visit that this one lacks. Where nothing is missing it is the latest; None where nothing was measured.
    """
    if visit_id is None:
        today = found.visit_on(day)
        visit_id = None if today is None else today.id
    here = [m for m in found.measurements if m.visit_id == visit_id]
    if timing == "none":
        timing = timing_to_measure(here, [x for x in found.treatments if x.visit_id == visit_id])
    done = {m.test for m in here if (m.conditions.timing == "after") == (timing == "after")}
    others = [m for m in found.measurements if m.visit_id != visit_id]
    if timing == "after" and any(m.conditions.timing != "after" for m in here):
        earlier = [m for m in here if m.conditions.timing != "after"]
    else:
        earlier = [m for m in others if m.visit_id == others[-1].visit_id]
    latest = found.measurements[-1] if found.measurements else None
    return next((m for m in earlier if m.test not in done), latest)


def conditions_to_expect(measurements: Sequence[MeasurementRecord], treatments: Sequence[Treatment]) -> Conditions:
    """Most likely conditions of the next measurement of a visit: those of the last one, without pain and headache."""
    last = measurements[-1].conditions if measurements else Conditions()
    timing = timing_to_measure(measurements, treatments)
    return Conditions(last.mode, last.posture, last.moved_by, timing, camera=last.camera)


def treatments_between(found: PersonPage, one: MeasurementRecord, other: MeasurementRecord) -> tuple[Treatment, ...]:
    """Treatments from the day of the earlier of two measurements to that of the later.

    Without those noted before the earlier was made. One noted after the later may have been made before it
    (:func:`noted_after`): it is noted at its end, or in the evening.
    """
    first, _ = _in_order(one, other)
    start, end = sorted((found.day_of(one), found.day_of(other)))
    return tuple(
        treatment
        for treatment in found.treatments
        if start <= treatment.on <= end and not (treatment.started_at and treatment.started_at < first.measured_at)
    )


def noted_after(treatment: Treatment, one: MeasurementRecord, other: MeasurementRecord) -> bool:
    """Whether a treatment was noted after the later of two measurements only: it may have been made after it."""
    return treatment.started_at is not None and treatment.started_at > _in_order(one, other)[1].measured_at


def _in_order(one: MeasurementRecord, other: MeasurementRecord) -> tuple[MeasurementRecord, MeasurementRecord]:
    return (one, other) if one.measured_at <= other.measured_at else (other, one)


def minutes_since_treatment(treatments: Sequence[Treatment], now: datetime) -> float | None:
    """Whole minutes since the last treatment; None if its time is unknown or on another day."""
    noted = [x.started_at for x in treatments if x.started_at is not None]
    if not noted:
        return None
    minutes = (now - max(noted)).total_seconds() / 60
    return float(round(minutes)) if 0 <= minutes <= 24 * 60 else None


def trials(records: Records, person_id: int | None = None) -> Iterator[TidyTrial]:
    """One tidy row per trial, of one person or of everybody, in the order of person, measurement and movement."""
    columns = {
        "person_code": PersonRow.code,
        "visit_on": VisitRow.on,
        "measurement_id": MeasurementRow.id,
        **{name: getattr(MeasurementRow, name) for name in ("person_id", "visit_id", "measured_at", "test")},
        **{f.name: getattr(MeasurementRow, f.name) for f in fields(Conditions)},
        "source_sha256": MeasurementRow.source_sha256,
        **{f.name: getattr(TrialRow, f.name) for f in fields(TidyTrial) if hasattr(TrialRow, f.name)},
    }
    columns["measurement_id"] = MeasurementRow.id
    for name in ("stopped_by", "end_feel", "familiar", "familiar_pain"):
        sides = [
            (TrialRow.movement.endswith(f"_{side}", autoescape=True), getattr(MeasurementRow, f"{name}_{side}"))
            for side in ("left", "right")
        ]
        columns[name] = case(*sides)
    names = [f.name for f in fields(TidyTrial) if f.name in columns]

    def work(session: Session, after: int) -> list[TidyTrial]:
        query = (
            select(*(columns[name] for name in names))
            .join(MeasurementRow, MeasurementRow.id == TrialRow.measurement_id)
            .join(VisitRow, VisitRow.id == MeasurementRow.visit_id)
            .join(PersonRow, PersonRow.id == MeasurementRow.person_id)
            .where(MeasurementRow.person_id == after)
            .order_by(MeasurementRow.measured_at, MeasurementRow.id, TrialRow.id)
        )
        results = select(MeasurementRow.id, MeasurementRow.result).where(MeasurementRow.person_id == after)
        how = {number: _how_measured(json.loads(text)) for number, text in session.execute(results)}
        rows = [dict(zip(names, row, strict=True)) for row in session.execute(query)]
        found = [TidyTrial(**row, **how[row["measurement_id"]]) for row in rows]
        return [replace(one, measured_at=one.measured_at and known_moment(one.measured_at)) for one in found]

    if person_id is not None:
        everybody: Sequence[int] = [person_id]
    else:
        everybody = records.database.read(lambda session: session.scalars(select(PersonRow.id).order_by("id")).all())
    for number in everybody:
        yield from records.database.read(lambda session, number=number: work(session, number))  # type: ignore[misc]


def _how_measured(result: dict[str, Any]) -> dict[str, Any]:
    """What a stored result says of the way it was measured."""
    software = result["software"]
    return {
        "romcheck": software["romcheck"],
        "lens": result["camera"]["known"],
        "mirrored": software["settings"].get("mirrored"),
    }


def headache(records: Records, person_id: int) -> HeadacheCourse:
    """Headache days per 28 days against those before treatment began."""
    return headache_of(page(records, person_id))


def headache_of(found: PersonPage) -> HeadacheCourse:
    """The same from a person's page."""
    return change.headache_course(found.diary, found.outcomes, [treatment.on for treatment in found.treatments])

"""What the pages show: the day's list, one person, before beside after, and lines over months."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from romcheck.records.entries import (
    Circumstances,
    DiaryDay,
    Due,
    FollowUp,
    Headache,
    HeadachePeriod,
    MeasurementRecord,
    Outcome,
    Pair,
    Person,
    PersonPage,
    Seen,
    SeriesPoint,
    TidyTrial,
    Today,
    TreatmentRecord,
    Visit,
)
from romcheck.records.models import FollowUpRow, MeasurementRow, PersonRow, TrialRow, VisitRow
from romcheck.records.rows import entries_of, entry_of, get, measurements_of
from romcheck.records.store import Records
from romcheck.results import Test

PERIOD_DAYS = 28
LEAST_DAYS = 14
"""A period with fewer days written down says too little about the rest."""
REVIEW_VISITS = 8
"""After 8 to 12 visits without half the headache days gone, the plan should be reviewed."""
RESPONDER_FALL = 0.5
"""Half the headache days gone: the usual line for a responder in headache trials."""

AHEAD_DAYS, BEHIND_DAYS = 7, 90
MOST_LINES = 200


def today(
    records: Records, day: date | None = None, *, ahead_days: int = AHEAD_DAYS, behind_days: int = BEHIND_DAYS
) -> Today:
    """The therapist's day.

    Parameters
    ----------
    day : today if None
    ahead_days, behind_days : follow-ups due from so many days before to so many days after are listed, soonest first
    """
    day = day or date.today()

    def work(session: Session) -> Today:
        here = select(VisitRow, PersonRow).join(PersonRow, PersonRow.id == VisitRow.person_id)
        visits = session.execute(here.where(VisitRow.on == day).order_by(VisitRow.id)).all()
        lately = session.execute(
            here.where(VisitRow.on < day).order_by(VisitRow.on.desc(), VisitRow.id.desc()).limit(MOST_LINES)
        ).all()
        due = session.execute(
            select(FollowUpRow, PersonRow)
            .join(PersonRow, PersonRow.id == FollowUpRow.person_id)
            .where(
                FollowUpRow.state == "open",
                FollowUpRow.due_on >= day - timedelta(days=behind_days),
                FollowUpRow.due_on <= day + timedelta(days=ahead_days),
            )
            .order_by(FollowUpRow.due_on, FollowUpRow.id)
            .limit(MOST_LINES)
        ).all()
        recent: dict[int, Seen] = {}
        for visit, person in lately:
            recent.setdefault(person.id, Seen(entry_of(Person, person), entry_of(Visit, visit)))
        return Today(
            day=day,
            visits=tuple(Seen(entry_of(Person, person), entry_of(Visit, visit)) for visit, person in visits),
            due=tuple(
                Due(entry_of(Person, person), entry_of(FollowUp, row), (day - row.due_on).days) for row, person in due
            ),
            recent=tuple(recent.values())[:20],
        )

    return records.database.read(work)


def page(records: Records, person_id: int) -> PersonPage:
    """Everything of one person, as of one moment."""
    found = records.database.read(lambda session: page_within(session, person_id))
    records.note_seen(person_id)
    return found


def page_within(session: Session, person_id: int) -> PersonPage:
    """The same within a transaction."""
    return PersonPage(
        person=entry_of(Person, get(session, PersonRow, person_id)),
        visits=entries_of(session, Visit, person_id),
        measurements=measurements_of(session, person_id),
        treatments=entries_of(session, TreatmentRecord, person_id),
        outcomes=entries_of(session, Outcome, person_id),
        diary=entries_of(session, DiaryDay, person_id),
        follow_ups=entries_of(session, FollowUp, person_id),
    )


def pairs(records: Records, visit_id: int) -> tuple[Pair, ...]:
    """Before and after of one visit, for every "after" the last "before" of the same test."""
    measurements = records.measurements_of_visit(visit_id)
    person_id = records.visit(visit_id).person_id
    treatments = tuple(t for t in records.treatments(person_id) if t.visit_id == visit_id)
    return pairs_of(measurements, treatments)


def pairs_of(measurements: Sequence[MeasurementRecord], treatments: Sequence[TreatmentRecord]) -> tuple[Pair, ...]:
    """Pair the measurements of any number of visits, visit by visit."""
    found = []
    for after in measurements:
        if after.circumstances.timing != "after":
            continue
        before = [
            m
            for m in measurements
            if m.visit_id == after.visit_id and m.test == after.test and m.circumstances.timing == "before"
        ]
        if before:
            given = tuple(t for t in treatments if t.visit_id == after.visit_id)
            found.append(Pair(before[-1], after, given, differing(before[-1], after)))
    return tuple(found)


def differing(one: MeasurementRecord, other: MeasurementRecord) -> tuple[str, ...]:
    """What was not the same in how two measurements were done; then they cannot be compared."""
    a, b = one.circumstances, other.circumstances
    names = [name for name in ("mode", "posture", "moved_by", "camera") if getattr(a, name) != getattr(b, name)]
    return (*names, *(("lens",) if one.result.camera != other.result.camera else ()))


def series(records: Records, person_id: int, test: Test | None = None) -> tuple[SeriesPoint, ...]:
    """Range by movement and date, oldest first: one point a movement of every measurement."""
    found = page(records, person_id)
    return tuple(point for point in series_of(found.measurements, found.visits) if test is None or point.test == test)


def series_of(measurements: Sequence[MeasurementRecord], visits: Sequence[Visit]) -> tuple[SeriesPoint, ...]:
    """The same from what a person's page holds."""
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
            circumstances=record.circumstances,
            lens_known=record.result.camera.known,
        )
        for record in measurements
        for summary in record.result.summary
    ]
    return tuple(sorted(points, key=lambda point: (point.on, point.measured_at, point.measurement_id)))


def trials(records: Records, person_id: int | None = None) -> Iterator[TidyTrial]:
    """One tidy row a trial, of one person or of everybody, in the order of person, measurement and movement."""
    columns = {
        "person_code": PersonRow.code,
        "visit_on": VisitRow.on,
        "measurement_id": MeasurementRow.id,
        **{name: getattr(MeasurementRow, name) for name in ("person_id", "visit_id", "measured_at", "test")},
        **{f.name: getattr(MeasurementRow, f.name) for f in fields(Circumstances)},
        **{f.name: getattr(TrialRow, f.name) for f in fields(TidyTrial) if hasattr(TrialRow, f.name)},
    }
    columns["measurement_id"] = MeasurementRow.id
    names = [f.name for f in fields(TidyTrial)]

    def work(session: Session, after: int) -> list[TidyTrial]:
        query = (
            select(*(columns[name] for name in names))
            .join(MeasurementRow, MeasurementRow.id == TrialRow.measurement_id)
            .join(VisitRow, VisitRow.id == MeasurementRow.visit_id)
            .join(PersonRow, PersonRow.id == MeasurementRow.person_id)
            .where(MeasurementRow.person_id == after)
            .order_by(MeasurementRow.measured_at, MeasurementRow.id, TrialRow.id)
        )
        return [TidyTrial(*row) for row in session.execute(query)]

    if person_id is not None:
        everybody: Sequence[int] = [person_id]
    else:
        everybody = records.database.read(lambda session: session.scalars(select(PersonRow.id).order_by("id")).all())
    for number in everybody:
        yield from records.database.read(lambda session, number=number: work(session, number))  # type: ignore[misc]


def headache(records: Records, person_id: int) -> Headache:
    """Headache days per 28 days against the baseline."""
    return headache_of(page(records, person_id))


def headache_of(found: PersonPage) -> Headache:
    """The same from what a person's page holds.

    Notes
    -----
    Periods of the diary are 28 days long, counted from the day treatment began (from the first day written down where
    there is no treatment); the 28 days before it are the baseline. Without a diary then, the baseline is the last
    outcome up to that day. Only periods that lie after the beginning count for the fall.
    """
    began = min((treatment.on for treatment in found.treatments), default=None)
    periods = sorted(
        (*_diary_periods(found.diary, began), *_outcome_periods(found.outcomes)),
        key=lambda period: (period.end, period.source),
    )
    if began is None:
        return Headache(None, None, tuple(periods), None, 0, False)
    earlier = [period for period in periods if period.end <= began and period.per_28 is not None]
    written = [p for p in earlier if p.source == "diary" and p.end == began - timedelta(days=1)]
    known = written or earlier
    baseline = known[-1] if known else None
    # An outcome asked for on the first visit reaches to that very day; later ones may overlap by a few days.
    since = [p for p in periods if p.start >= began - timedelta(days=3) and p.end > began and p.per_28 is not None]
    fall = None
    if baseline is not None and baseline.per_28 and since:
        latest = since[-1].per_28
        assert latest is not None
        fall = (baseline.per_28 - latest) / baseline.per_28
    visits_since = sum(visit.on >= began for visit in found.visits)
    review = visits_since >= REVIEW_VISITS and fall is not None and fall < RESPONDER_FALL
    return Headache(began, baseline, tuple(periods), fall, visits_since, review)


def _diary_periods(diary: Sequence[DiaryDay], began: date | None) -> Iterator[HeadachePeriod]:
    if not diary:
        return
    anchor = began or diary[0].on
    by_period: dict[int, list[DiaryDay]] = {}
    for day in diary:
        by_period.setdefault((day.on - anchor).days // PERIOD_DAYS, []).append(day)
    for number, days in by_period.items():
        start = anchor + timedelta(days=PERIOD_DAYS * number)
        told = [day.headache for day in days if day.headache is not None]
        exercise = [day.exercise_times for day in days if day.exercise_times is not None]
        yield HeadachePeriod(
            start=start,
            end=start + timedelta(days=PERIOD_DAYS - 1),
            days_recorded=len(told),
            headache_days=sum(told),
            per_28=sum(told) * PERIOD_DAYS / len(told) if len(told) >= LEAST_DAYS else None,
            source="diary",
            exercise_days=sum(times > 0 for times in exercise),
            exercise_times=sum(exercise),
        )


def _outcome_periods(outcomes: Sequence[Outcome]) -> Iterator[HeadachePeriod]:
    for outcome in outcomes:
        if outcome.headache_days is not None:
            days = outcome.period_days
            yield HeadachePeriod(
                start=outcome.on - timedelta(days=days - 1),
                end=outcome.on,
                days_recorded=days,
                headache_days=outcome.headache_days,
                per_28=outcome.headache_days * PERIOD_DAYS / days if days >= LEAST_DAYS else None,
                source="outcome",
            )

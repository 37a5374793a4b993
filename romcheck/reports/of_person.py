"""A person's records as input for charts and reports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from romcheck.change import Comparability, comparability, medicine_days
from romcheck.clinical import Occasion
from romcheck.i18n.languages import Language
from romcheck.i18n.wording import Wording
from romcheck.records.clinic import screened_on
from romcheck.records.entries import MeasurementRecord, Person, PersonPage
from romcheck.records.overview import headache_of, occasion_of, pairs_of
from romcheck.records.problems import RecordsError
from romcheck.records.store import Records
from romcheck.records.treatment_plan import plan_on, progress
from romcheck.reports.asked import reaction_sentence, screening_sentences
from romcheck.reports.data import ReportData
from romcheck.reports.of_course import goal_sentences, progress_sentences
from romcheck.reports.typst import Paper, ReportKind, report_pdf
from romcheck.results import Frames, Test

FramesOf = Callable[[int], Frames | None]
"""Frames of a measurement by its number."""


def occasion(found: PersonPage, record: MeasurementRecord, frames: Frames | None = None) -> Occasion:
    """One measurement, dated by its visit."""
    return occasion_of(record, found.day_of(record), frames)


def series(found: PersonPage, test: Test) -> tuple[Occasion, ...]:
    """All measurements of one test, oldest first, without frames."""
    records = sorted((m for m in found.measurements if m.test == test), key=lambda m: m.measured_at)
    return tuple(occasion(found, record) for record in records)


def last_time(found: PersonPage, now: Occasion, but: int | None = None) -> tuple[Occasion, Comparability] | None:
    """The newest earlier measurement of the same test that can be compared with this one; else the newest, with what
    differs; None without any.

    Parameters
    ----------
    now : with its moment
    but : number of this measurement itself, once it is saved
    """
    records = [m for m in found.measurements if m.test == now.result.test and m.id != but]
    earlier = sorted((m for m in records if now.at is None or m.measured_at < now.at), key=lambda m: m.measured_at)
    told = [(then, comparability(then, now)) for then in (occasion(found, m) for m in reversed(earlier))]
    return next((one for one in told if one[1].comparable), told[0] if told else None)


def tests_of(found: PersonPage) -> tuple[Test, ...]:
    """Tests that were measured, the one measured last first."""
    newest = sorted(found.measurements, key=lambda m: m.measured_at, reverse=True)
    return tuple(dict.fromkeys(m.test for m in newest))


def report_data(
    found: PersonPage,
    before: MeasurementRecord,
    after: MeasurementRecord | None,
    frames: FramesOf,
    words: Wording,
    *,
    made_on: date,
    name: bool = False,
    notes: bool = False,
) -> ReportData:
    """Everything a report on one or two measurements may say.

    Parameters
    ----------
    found : the person's records
    before, after : the measurements compared; `after` is None for a report on one
    frames : gives the curves of these two; where they cannot be read, the report says so
    words : of the report's language
    made_on : date of the report
    name, notes : whether these may be printed, if recorded
    """
    curves, lost = curves_of((before, after), frames)
    return ReportData(
        code=found.person.code,
        made_on=made_on,
        before=occasion(found, before, curves[0]),
        after=None if after is None else occasion(found, after, curves[1]),
        series=series(found, before.test),
        treatments=found.treatments,
        outcomes=found.outcomes,
        headaches=headache_of(found),
        name=found.person.name if name else None,
        birth_year=found.person.birth_year,
        headache_side=found.person.headache_side,
        notes=found.person.notes if notes else "",
        asked=asked(found, (after or before).visit_id, words),
        course=course(found, made_on, words),
        medicine=medicine_days(found.diary, made_on),
        curves_lost=lost,
    )


def curves_of(records: Sequence[MeasurementRecord | None], frames: FramesOf) -> tuple[list[Frames | None], bool]:
    """Frames of measurements, None where there are none, and whether any stored ones cannot be read."""
    curves: list[Frames | None] = []
    lost = False
    for record in records:
        try:
            curves.append(None if record is None else frames(record.id))
        except RecordsError:  # the angles of the holds are still in the result
            curves.append(None)
            lost = True
    return curves, lost


def asked(found: PersonPage, visit_id: int, words: Wording) -> tuple[str, ...]:
    """The screening of a visit's day, or that there was none, and reactions to the previous treatment."""
    day = next(visit.on for visit in found.visits if visit.id == visit_id)
    screened, _ = screened_on(found.screenings, day)
    said = [words("first.not_screened", day=words.short_day(day))]
    if screened is not None:
        told = " ".join(screening_sentences(screened, words, notes=False))
        said = [words("first.screened", day=words.short_day(day), list=told)]
    return (*said, *(reaction_sentence(one, words) for one in found.reactions if one.on == day))


def course(found: PersonPage, day: date, words: Wording, *, goals: bool = True) -> tuple[str, ...]:
    """Progress of the plan, and the person's goals if requested."""
    plan = plan_on(found.treatment_plans, day)
    told = [] if plan is None else progress_sentences(progress(plan, found.treatments, found.diary, day), words)
    if goals:
        told += goal_sentences([score for score in found.goal_scores if score.on <= day], words)
    return tuple(told)


def exported_report(
    records: Records, person: Person, data: ReportData, kind: ReportKind, paper: Paper, language: Language
) -> bytes:
    """The report as PDF; recorded in the audit trail."""
    content = report_pdf(data, kind, paper, language)
    records.note("exported", person.id, "report")
    return content


def to_report(
    found: PersonPage, visit_id: int | None = None
) -> tuple[MeasurementRecord, MeasurementRecord | None] | None:
    """Default measurements of a report: of a visit, or of all, :func:`pair_to_show`, else the newest
    alone. None where nothing was measured.
    """
    among = [m for m in found.measurements if visit_id in (None, m.visit_id)]
    return pair_to_show(found, among) or ((among[-1], None) if among else None)


def pair_to_show(
    found: PersonPage, measurements: Sequence[MeasurementRecord]
) -> tuple[MeasurementRecord, MeasurementRecord] | None:
    """Of the test measured last: its newest "before" and "after", or, where it was measured on a later day again, the
    first and the latest that were not taken right after a treatment. A test that has no two is passed over; None where
    none has.
    """
    newest = sorted(measurements, key=lambda m: m.measured_at, reverse=True)
    for test in dict.fromkeys(m.test for m in newest):
        of_test = [m for m in newest if m.test == test]
        paired = pairs_of(of_test[::-1], found.treatments)
        if paired and found.day_of(paired[-1].after) == max(map(found.day_of, of_test)):
            return paired[-1].before, paired[-1].after
        at_rest = [m for m in of_test if not m.conditions.right_after]
        if len(at_rest) > 1:
            return at_rest[-1], at_rest[0]
    return None

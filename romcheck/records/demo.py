"""Invented people, so that every page has something to show: ``romcheck demo``.

The courses are invented. They are not a study, and no figure may be taken from them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

import numpy as np
from sqlalchemy import func, select

from romcheck.clinical import Conditions, DiaryDay, HeadacheSide, Outcome, TimingOrNone, Treatment, TreatmentKind
from romcheck.i18n.languages import Language
from romcheck.i18n.texts import Texts
from romcheck.progress import Progress, silent
from romcheck.records.clinic import Reaction, Screening
from romcheck.records.demo_motion import made_up
from romcheck.records.entries import Person, Visit
from romcheck.records.models import PersonRow
from romcheck.records.problems import RecordsError
from romcheck.records.store import Records
from romcheck.records.treatment_plan import GoalScore, TreatmentPlan
from romcheck.results import Test

TRIALS = 2


@dataclass(frozen=True)
class _Course:
    """The course of one invented person.

    Treatment began ``began`` days ago; ``side`` is the stiff one; ``gain`` degrees are gained there by the end, of
    which ``lost`` are lost again; ``fall`` is the share by which headache days fall; ``seen`` are the days of later
    visits.
    """

    began: int
    side: HeadacheSide
    stiff_deg: float
    gain: float
    lost: float
    fall: float
    headache_days: int
    seen: tuple[int, ...]
    kind: TreatmentKind = "snag"


_WEEKLY = (2, 4, 7, 9, 11, 14, 18, 21, 28)
COURSES = (
    _Course(365, "right", 24, 17, 0, 0.7, 14, (*_WEEKLY, 92, 183)),
    _Course(330, "left", 27, 14, 9, 0.6, 12, (*_WEEKLY, 91, 180, 260)),
    _Course(120, "right", 26, 4, 0, 0.15, 16, (*_WEEKLY, 35, 42, 90), "mobilisation"),
    _Course(185, "left", 30, 12, 0, 0.5, 9, (7, 14, 21, 28, 91), "manipulation"),
    _Course(90, "both", 28, 10, 0, 0.4, 18, (3, 7, 10, 14, 28), "muscle-energy"),
    _Course(60, "right", 22, 15, 0, 0.6, 10, (3, 7, 14, 28)),
    _Course(28, "left", 25, 11, 0, 0.5, 13, (3, 7, 14)),
    _Course(8, "right", 29, 8, 0, 0.3, 11, (2,)),
    _Course(0, "left", 26, 7, 0, 0.0, 15, ()),
    _Course(-1, "changing", 40, 0, 0, 0.0, 6, ()),
)
"""A ``began`` of -1: seen today for the first time, not treated yet."""


def fill(
    records: Records,
    *,
    day: date | None = None,
    mix: bool = False,
    language: Language = "en",
    progress: Progress = silent,
) -> int:
    """Fill the records with invented people; return their number.

    Parameters
    ----------
    day : used as today
    mix : also where there are real people already
    language : of what somebody would have typed
    progress : called with people done and people in all

    Raises
    ------
    RecordsError
        When there are people already: real ones without ``mix``, or the invented ones.
    """
    real, made = records.database.read(
        lambda session: [
            session.scalar(select(func.count()).select_from(PersonRow).where(PersonRow.demo.is_(demo))) or 0
            for demo in (False, True)
        ]
    )
    if made:
        raise RecordsError("demo_there", made=made)
    if real and not mix:
        raise RecordsError("demo_real", real=real)
    for number, course in enumerate(COURSES, 1):
        progress(number - 1, len(COURSES))
        _person(records, number, course, day or date.today(), Texts(language))
    return len(COURSES)


def _person(records: Records, number: int, course: _Course, today: date, t: Texts) -> None:
    rng = np.random.default_rng(number)
    person_id = records.add_person(
        Person(
            f"Demo {number:02d}",
            birth_year=today.year - int(rng.integers(24, 66)),
            sex=("female", "male")[number % 2],
            headache_side=course.side,
            demo=True,
        )
    ).id
    assert person_id is not None
    if course.began < 0:
        visit = records.add_visit(Visit(person_id, today))
        _measure(records, visit, course, 0.0, "none", rng, t)
        return
    began = today - timedelta(days=course.began)
    length = max(course.seen, default=1)
    for days in (0, *course.seen):
        on = began + timedelta(days=days)
        if on > today:
            break
        visit = records.add_visit(Visit(person_id, on, notes=t("demo.visit")))
        _visit(records, visit, course, days, length, rng, t)
    _planned(records, person_id, began, today, course, t)
    _diary(records, person_id, course, began, today, rng, t)


def _visit(
    records: Records, visit: Visit, course: _Course, days: int, length: int, rng: np.random.Generator, t: Texts
) -> None:
    gained = course.gain * min(1.0, days / 28) - course.lost * max(0.0, (days - 90) / max(length - 90, 1))
    treated = days <= 45
    _asked(records, visit, days, t)
    _measure(records, visit, course, gained, "before" if treated else "none", rng, t)
    if treated:
        started = datetime.combine(visit.on, time(10, 20), timezone.utc)
        assert visit.id is not None
        side = course.side if course.side in ("left", "right", "both") else None
        records.course.add_treatment(
            Treatment(
                visit.person_id,
                visit.on,
                course.kind,
                visit.id,
                started,
                "C1-2",
                side,
                10,
                by=t("demo.therapist"),
            )
        )
        if days == 0:
            records.course.add_treatment(
                Treatment(
                    visit.person_id,
                    visit.on,
                    "self-snag",
                    visit.id,
                    None,
                    "C1-2",
                    side,
                    2,
                    t("demo.twice_daily"),
                )
            )
        _measure(records, visit, course, gained + 0.35 * course.gain * (1 - min(1, days / 40)), "after", rng, t)
    if days in (0, 7, 28) or days > 60:
        left = 1 - course.fall * min(1.0, days / 56)
        records.course.add_outcome(
            Outcome(
                visit.person_id,
                visit.on,
                visit.id,
                headache_days=round(course.headache_days * left),
                intensity=round(4 + 3 * left, 1),
                hours=round(3 + 5 * left, 1),
                medication_days=round(0.6 * course.headache_days * left),
                ndi=round(8 + 14 * left),
                hit6=round(46 + 16 * left),
                global_change=None if days == 0 else round(6 * (1 - left)),
            )
        )


def _planned(records: Records, person_id: int, began: date, today: date, course: _Course, t: Texts) -> None:
    """A plan, and two goals scored at its beginning and after eight weeks."""
    records.course.add_treatment_plan(TreatmentPlan(person_id, began, sessions=8))
    for days, gained in ((0, 0), (56, round(5 * course.fall))):
        on = began + timedelta(days=days)
        if on <= today:
            records.course.score_goals(
                [
                    GoalScore(person_id, on, t("demo.goal.shoulder"), 3 + gained),
                    GoalScore(person_id, on, t("demo.goal.screen"), 4 + gained),
                ]
            )


def _asked(records: Records, visit: Visit, days: int, t: Texts) -> None:
    """A full screening at the first visit, then unchanged; reactions to the previous treatment."""
    new = Screening(visit.person_id, visit.on, visit.id, planned="snag", by=t("demo.therapist"))
    known = records.clinic.screenings(visit.person_id)
    first = replace(new, systolic=122, diastolic=78).all_clear()
    entry = known[0].repeated(visit.on, visit.id) if known else first
    records.clinic.add_screening(entry)
    treated = [
        treatment.on for treatment in records.course.treatments(visit.person_id) if treatment.visit_id is not None
    ]
    if not treated or treated[-1] in {told.treated_on for told in records.clinic.reactions(visit.person_id)}:
        return
    told = Reaction(visit.person_id, visit.on, treated[-1], visit_id=visit.id)
    if days in (7, 14):
        told = replace(told, happened=True, symptoms="soreness", severity="mild", lasted_hours=12.0, resolved=True)
    records.clinic.add_reaction(told)


def _measure(
    records: Records,
    visit: Visit,
    course: _Course,
    gained: float,
    timing: TimingOrNone,
    rng: np.random.Generator,
    t: Texts,
) -> None:
    """One flexion-rotation test; on days that are not treatment, rotation too."""
    assert visit.id is not None
    stiff, free = course.stiff_deg + gained + rng.normal(0, 1.2), 42 + rng.normal(0, 1.5)
    left, right = (stiff, free) if course.side == "left" else (free, stiff)
    if course.side in ("both", "changing"):
        left = stiff + 2
    late = timing == "after"
    tests: tuple[Test, ...] = ("flexion-rotation", "rotation") if timing == "none" else ("flexion-rotation",)
    for test in tests:
        wider = 26.0 if test == "rotation" else 0.0  # the whole neck turns further than its upper part
        result, frames = made_up(test, left + wider, right + wider, seed=int(rng.integers(1 << 31)), trials=TRIALS)
        records.add_measurement(
            visit.id,
            result,
            frames,
            Conditions(
                mode="active",
                posture="seated",
                timing=timing,
                minutes_since_treatment=5.0 if late else None,
                pain_now=int(np.clip(rng.normal(4 - gained / 5 - late, 1), 0, 10)),
                headache_now=bool(rng.random() < 0.25),
                pain_after=int(np.clip(rng.normal(4 - gained / 5 - late, 1), 0, 10)),
                camera=t("demo.camera"),
            ),
            measured_at=datetime.combine(visit.on, time(10, 30 if late else 5), timezone.utc),
        )


def _diary(
    records: Records, person_id: int, course: _Course, began: date, today: date, rng: np.random.Generator, t: Texts
) -> None:
    days = min(course.began, 140)
    entries = []
    for number in range(-28, days + 1):
        if rng.random() < 0.06:
            continue  # nobody writes every day
        left = 1 - course.fall * float(np.clip(number / 56, 0, 1))
        headache = bool(rng.random() < course.headache_days / 28 * left)
        entries.append(
            DiaryDay(
                person_id,
                began + timedelta(days=number),
                headache,
                round(float(np.clip(rng.normal(3 + 3 * left, 1), 1, 10)), 1) if headache else None,
                round(float(np.clip(rng.normal(5 * left, 1.5), 0.5, 24)), 1) if headache else None,
                headache and bool(rng.random() < 0.6),
                int(rng.choice([0, 1, 2], p=[0.2, 0.3, 0.5])) if number >= 0 else None,
                **_attack(course, headache, number),
            )
        )
    entries = [
        replace(entry, medicine=t("demo.medicine"), medicine_classes="nsaid") if entry.medication else entry
        for entry in entries
    ]
    records.course.write_diary_days([entry for entry in entries if entry.on <= today])


def _attack(course: _Course, headache: bool, number: int) -> dict[str, Any]:
    """Details of a headache in the diary; none on a day without."""
    if not headache or course.side == "none":
        return {}
    return {"side": course.side, "spread": "from_neck", "triggers": ("posture", "turning")[number % 2]}

"""Validation of entries: every value is normalised, and impossible ones are refused with the reason."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar, get_args

from romcheck.clinical import (
    NDI_ITEMS,
    OLDEST_BIRTH_YEAR,
    AttackSide,
    Conditions,
    DiaryDay,
    EndFeel,
    FollowUp,
    FollowUpState,
    HeadacheSide,
    Level,
    MedicineClass,
    Mode,
    MovedBy,
    Outcome,
    Posture,
    Sex,
    Side,
    Spread,
    Stop,
    Thrust,
    TimingOrNone,
    Treatment,
    TreatmentKind,
    Trigger,
    ndi_total,
)
from romcheck.exchange.files import impossible
from romcheck.records.entries import Person, Visit
from romcheck.records.field_checks import (
    CODE_LENGTH,
    EARLIEST,
    FARTHEST,
    WORD_LENGTH,
    check_choice,
    check_day,
    check_moment,
    check_note,
    check_range,
    check_text,
)
from romcheck.records.problems import EntryError
from romcheck.records.treatment_plan import GoalScore, TreatmentPlan
from romcheck.results import Result

E = TypeVar("E")


def person(entry: Person) -> Person:
    """A person with a code, and a birth year in the past."""
    code = " ".join(check_text("code", entry.code, CODE_LENGTH, lines=False).split())
    if not code:
        raise EntryError("code", "code_missing")
    year = date.today().year
    if entry.birth_year is not None and not OLDEST_BIRTH_YEAR <= entry.birth_year <= year:
        if entry.birth_year > year:
            raise EntryError("birth_year", "birth_year_future", year=str(entry.birth_year))
        raise EntryError("birth_year", "birth_year_early", year=str(entry.birth_year), oldest=str(OLDEST_BIRTH_YEAR))
    name = " ".join(check_text("name", entry.name or "", WORD_LENGTH, lines=False).split())
    if entry.created_at is not None:
        check_moment(entry.created_at, "created_at")
    check_choice("sex", entry.sex, Sex, optional=True)
    check_choice("headache_side", entry.headache_side, HeadacheSide, optional=True)
    return replace(entry, code=code, name=name or None, notes=check_note(entry.notes))


def visit(entry: Visit) -> Visit:
    """A visit that is not in the future."""
    return replace(entry, on=check_day("on", entry.on), notes=check_note(entry.notes))


def conditions(entry: Conditions, *, complete: bool = True) -> Conditions:
    """Conditions of a measurement; ``complete``: mode, posture and who moved the head must be known."""
    check_choice("mode", entry.mode, Mode, optional=not complete)
    check_choice("posture", entry.posture, Posture, optional=not complete)
    check_choice("timing", entry.timing, TimingOrNone)
    minutes = entry.minutes_since_treatment
    if minutes is not None:
        if entry.timing != "after":
            raise EntryError("minutes_since_treatment", "minutes_after")
        check_range("minutes_since_treatment", minutes, 0, 24 * 60)
    check_range("pain_now", entry.pain_now, 0, 10)
    check_range("pain_after", entry.pain_after, 0, 10)
    check_choice("moved_by", entry.moved_by, MovedBy, optional=not complete)
    if entry.mode == "active" and entry.moved_by not in ("self", None):
        raise EntryError("moved_by", "active_alone")
    check_range("practice", entry.practice, 0, 20)
    for side in ("left", "right"):
        check_choice(f"stopped_by_{side}", getattr(entry, f"stopped_by_{side}"), Stop, optional=True)
        check_choice(f"end_feel_{side}", getattr(entry, f"end_feel_{side}"), EndFeel, optional=True)
        _pain_of_headache(entry, side)
    check_choice("level", entry.level, Level, optional=True)
    where: dict[str, Any] = {
        name: check_text(name, getattr(entry, name) or "", WORD_LENGTH, lines=False).strip() or None
        for name in ("familiar_where_left", "familiar_where_right")
    }
    camera = check_text("camera", entry.camera or "", WORD_LENGTH, lines=False).strip()
    return replace(entry, camera=camera or None, **where)


def _pain_of_headache(entry: Conditions, side: str) -> None:
    """Intensity and location need a headache that was provoked."""
    strength, place = f"familiar_pain_{side}", f"familiar_where_{side}"
    check_range(strength, getattr(entry, strength), 0, 10)
    if not getattr(entry, f"familiar_{side}") and (getattr(entry, strength) is not None or getattr(entry, place)):
        raise EntryError(f"familiar_{side}", "familiar_missing")


def treatment(entry: Treatment) -> Treatment:
    """Treatment."""
    check_choice("kind", entry.kind, TreatmentKind)
    check_choice("side", entry.side, Side, optional=True)
    check_range("repetitions", entry.repetitions, 0, 10_000)
    check_choice("thrust", entry.thrust, Thrust, optional=True)
    if entry.thrust is not None and entry.kind != "manipulation":
        raise EntryError("thrust", "thrust_of_another")
    if entry.strap is not None and entry.kind not in ("snag", "self-snag"):
        raise EntryError("strap", "strap_of_another")
    if entry.started_at is not None:
        check_moment(entry.started_at, "started_at")
    return replace(
        entry,
        on=check_day("on", entry.on),
        level=check_text("level", entry.level, WORD_LENGTH, lines=False).strip(),
        dose=check_text("dose", entry.dose, WORD_LENGTH, lines=False).strip(),
        by=check_text("by", entry.by, WORD_LENGTH, lines=False).strip(),
        notes=check_note(entry.notes),
        combined=_words("combined", entry.combined, TreatmentKind),
    )


def _words(field: str, value: str, choices: Any) -> str:
    """Choices separated by spaces, in the order of the list."""
    words = value.split()
    for word in words:
        check_choice(field, word, choices)
    return " ".join(word for word in get_args(choices) if word in words)


def treatment_plan(entry: TreatmentPlan) -> TreatmentPlan:
    """A plan; its first day is not in the future."""
    check_range("start_weeks", entry.start_weeks, 0, 26)
    check_range("course_weeks", entry.course_weeks, 1, 52)
    check_range("sessions", entry.sessions, 1, 200)
    check_range("months", entry.months, 1, 120)
    check_range("exercise_times", entry.exercise_times, 1, 24)
    return replace(entry, on=check_day("on", entry.on), notes=check_note(entry.notes))


def goal_score(entry: GoalScore) -> GoalScore:
    """A score of a goal."""
    check_range("score", entry.score, 0, 10)
    activity = " ".join(check_text("activity", entry.activity, WORD_LENGTH, lines=False).split())
    if not activity:
        raise EntryError("activity", "activity_missing")
    return replace(entry, on=check_day("on", entry.on), activity=activity)


def outcome(entry: Outcome) -> Outcome:
    """Outcomes within the range of their scales, at least one of them."""
    check_range("period_days", entry.period_days, 1, 366)
    check_range("headache_days", entry.headache_days, 0, entry.period_days)
    check_range("medication_days", entry.medication_days, 0, entry.period_days)
    check_range("intensity", entry.intensity, 0, 10)
    check_range("hours", entry.hours, 0, 24 * 7)
    check_range("ndi", entry.ndi, 0, 50)
    check_range("hit6", entry.hit6, 36, 78)
    check_range("global_change", entry.global_change, -7, 7)
    ndi = entry.ndi
    if entry.ndi_items:
        if not re.fullmatch(f"[0-5-]{{{len(NDI_ITEMS)}}}", entry.ndi_items):
            raise EntryError("ndi_items", "ndi_items", count=len(NDI_ITEMS))
        total = ndi_total(entry.ndi_items)
        if ndi is not None and ndi != total:
            raise EntryError("ndi", "ndi_total", items=0 if total is None else total, total=ndi)
        ndi = total
    return replace(entry, ndi=ndi, on=check_day("on", entry.on), notes=check_note(entry.notes))


def diary_day(entry: DiaryDay) -> DiaryDay:
    """One day; intensity and hours only with a headache."""
    check_range("intensity", entry.intensity, 0, 10)
    check_range("hours", entry.hours, 0, 24)
    check_range("exercise_times", entry.exercise_times, 0, 100)
    check_choice("attack_side", entry.side, AttackSide, optional=True)
    check_choice("spread", entry.spread, Spread, optional=True)
    triggers = _words("triggers", entry.triggers, Trigger)
    classes = _words("medicine_classes", entry.medicine_classes, MedicineClass)
    medicine = check_text("medicine", entry.medicine, WORD_LENGTH, lines=False).strip()
    felt = (entry.side, entry.spread, triggers, entry.nausea, entry.light)
    if entry.headache is False and ((entry.intensity or 0) > 0 or (entry.hours or 0) > 0 or any(felt)):
        raise EntryError("headache", "no_headache")
    medication = entry.medication
    if medicine or classes:
        if medication is False:
            raise EntryError("medication", "no_medication")
        medication = True
    return replace(
        entry,
        on=check_day("on", entry.on),
        notes=check_note(entry.notes),
        medication=medication,
        triggers=triggers,
        medicine=medicine,
        medicine_classes=classes,
    )


def follow_up(entry: FollowUp) -> FollowUp:
    """A planned day, which may be in the future."""
    check_choice("state", entry.state, FollowUpState)
    if not EARLIEST <= entry.due_on <= date.today() + FARTHEST:
        raise EntryError("due_on", "follow_up_far", day=str(entry.due_on))
    label = check_text("label", entry.label, WORD_LENGTH, lines=False).strip()
    if not label:
        raise EntryError("label", "label_missing")
    return replace(entry, label=label)


def result(entry: Result) -> Result:
    """A result without impossible numbers; see :func:`romcheck.exchange.files.impossible`."""
    if found := impossible(entry):
        raise EntryError("result", "result_cannot_be", name=found[0], value=found[1])
    return entry


def setting(name: str, value: Any) -> Any:
    """A setting from a backup: known to this program, and in the form it writes."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    fits = {
        "installation": isinstance(value, str) and re.fullmatch("[0-9a-f]{32}", value),
        "retention_months": value is None or (whole and 1 <= value <= 1200),
        "own_person": isinstance(value, dict)
        and set(value) == {"id", "uid"}
        and isinstance(value["id"], int)
        and isinstance(value["uid"], str),
        "backups_elsewhere": isinstance(value, list)
        and len(value) <= 10_000
        and all(isinstance(path, str) and 0 < len(path) <= 4096 and "\0" not in path for path in value),
        "follow_up_plan": isinstance(value, list)
        and len(value) <= 100
        and all(
            isinstance(step, list)
            and len(step) == 2
            and isinstance(step[0], str)
            and isinstance(step[1], int)
            and 0 <= step[1] <= 36_500
            for step in value
        ),
    }
    if not fits.get(name, True):
        raise EntryError(name[:64], "setting_form", name=name[:64])
    return value

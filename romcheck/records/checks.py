"""What may be entered: every value is put into one form, and one that cannot be true is refused with the reason."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar, get_args

from romcheck.circumstances import EndFeel, Level, Mode, MovedBy, Posture, Stop
from romcheck.records.entries import (
    Conditions,
    DiaryDay,
    FollowUp,
    FollowUpState,
    HeadacheSide,
    Outcome,
    Person,
    Sex,
    Side,
    Timing,
    TreatmentKind,
    TreatmentRecord,
    Visit,
)
from romcheck.records.problems import EntryError, label
from romcheck.results import Result

E = TypeVar("E")

CODE_LENGTH, WORD_LENGTH, NOTE_LENGTH = 40, 200, 20_000
OLDEST_BIRTH_YEAR = 1890
EARLIEST = date(1990, 1, 1)
A_DAY_AHEAD = timedelta(days=1)
"""Clocks and time zones of two computers may differ by a day."""
FARTHEST = timedelta(days=36_525)
"""How far ahead somebody may be asked to come again."""


def person(entry: Person) -> Person:
    """A person with a code, and a birth year that has been."""
    code = " ".join(_text("code", entry.code, CODE_LENGTH, lines=False).split())
    if not code:
        raise EntryError("code", "code_missing")
    year = date.today().year
    if entry.birth_year is not None and not OLDEST_BIRTH_YEAR <= entry.birth_year <= year:
        if entry.birth_year > year:
            raise EntryError("birth_year", "birth_year_future", year=str(entry.birth_year))
        raise EntryError("birth_year", "birth_year_early", year=str(entry.birth_year), oldest=str(OLDEST_BIRTH_YEAR))
    name = " ".join(_text("name", entry.name or "", WORD_LENGTH, lines=False).split())
    if entry.created_at is not None:
        moment(entry.created_at, "created_at")
    _one_of("sex", entry.sex, Sex, optional=True)
    _one_of("headache_side", entry.headache_side, HeadacheSide, optional=True)
    return replace(entry, code=code, name=name or None, notes=_note(entry.notes))


def visit(entry: Visit) -> Visit:
    """A visit that is not in the future."""
    return replace(entry, on=_day("on", entry.on), notes=_note(entry.notes))


def conditions(entry: Conditions) -> Conditions:
    """How a measurement was done."""
    _one_of("mode", entry.mode, Mode)
    _one_of("posture", entry.posture, Posture)
    _one_of("timing", entry.timing, Timing)
    minutes = entry.minutes_since_treatment
    if minutes is not None:
        if entry.timing != "after":
            raise EntryError("minutes_since_treatment", "minutes_after")
        _between("minutes_since_treatment", minutes, 0, 24 * 60)
    _between("pain_now", entry.pain_now, 0, 10)
    _between("pain_after", entry.pain_after, 0, 10)
    _one_of("moved_by", entry.moved_by, MovedBy)
    if entry.mode == "active" and entry.moved_by != "self":
        raise EntryError("moved_by", "active_alone")
    _between("practice", entry.practice, 0, 20)
    for side in ("left", "right"):
        _one_of(f"stopped_by_{side}", getattr(entry, f"stopped_by_{side}"), Stop, optional=True)
        _one_of(f"end_feel_{side}", getattr(entry, f"end_feel_{side}"), EndFeel, optional=True)
        _pain_of_headache(entry, side)
    _one_of("level", entry.level, Level, optional=True)
    where: dict[str, Any] = {
        name: _text(name, getattr(entry, name) or "", WORD_LENGTH, lines=False).strip() or None
        for name in ("familiar_where_left", "familiar_where_right")
    }
    camera = _text("camera", entry.camera or "", WORD_LENGTH, lines=False).strip()
    return replace(entry, camera=camera or None, **where)


def _pain_of_headache(entry: Conditions, side: str) -> None:
    """Strength and place belong to a headache that came on."""
    strength, place = f"familiar_pain_{side}", f"familiar_where_{side}"
    _between(strength, getattr(entry, strength), 0, 10)
    if not getattr(entry, f"familiar_{side}") and (getattr(entry, strength) is not None or getattr(entry, place)):
        raise EntryError(f"familiar_{side}", "familiar_missing")


def moment(value: datetime, field: str = "measured_at") -> datetime:
    """A time with its zone, not in the future."""
    if value.tzinfo is None:
        raise EntryError(field, "no_time_zone")
    _day(field, value.date())
    return value


def treatment(entry: TreatmentRecord) -> TreatmentRecord:
    """What was done."""
    _one_of("kind", entry.kind, TreatmentKind)
    _one_of("side", entry.side, Side, optional=True)
    _between("repetitions", entry.repetitions, 0, 10_000)
    if entry.started_at is not None:
        moment(entry.started_at, "started_at")
    return replace(
        entry,
        on=_day("on", entry.on),
        level=_text("level", entry.level, WORD_LENGTH, lines=False).strip(),
        dose=_text("dose", entry.dose, WORD_LENGTH, lines=False).strip(),
        by=_text("by", entry.by, WORD_LENGTH, lines=False).strip(),
        notes=_note(entry.notes),
    )


def outcome(entry: Outcome) -> Outcome:
    """Outcomes within the range of their scales, at least one of them."""
    _between("period_days", entry.period_days, 1, 366)
    _between("headache_days", entry.headache_days, 0, entry.period_days)
    _between("medication_days", entry.medication_days, 0, entry.period_days)
    _between("intensity", entry.intensity, 0, 10)
    _between("hours", entry.hours, 0, 24 * 7)
    _between("ndi", entry.ndi, 0, 50)
    _between("hit6", entry.hit6, 36, 78)
    _between("global_change", entry.global_change, -7, 7)
    return replace(entry, on=_day("on", entry.on), notes=_note(entry.notes))


def diary_day(entry: DiaryDay) -> DiaryDay:
    """One day; intensity and hours only with a headache."""
    _between("intensity", entry.intensity, 0, 10)
    _between("hours", entry.hours, 0, 24)
    _between("exercise_times", entry.exercise_times, 0, 100)
    if entry.headache is False and ((entry.intensity or 0) > 0 or (entry.hours or 0) > 0):
        raise EntryError("headache", "no_headache")
    return replace(entry, on=_day("on", entry.on), notes=_note(entry.notes))


def follow_up(entry: FollowUp) -> FollowUp:
    """A planned day, which may lie ahead."""
    _one_of("state", entry.state, FollowUpState)
    if not EARLIEST <= entry.due_on <= date.today() + FARTHEST:
        raise EntryError("due_on", "follow_up_far", day=str(entry.due_on))
    label = _text("label", entry.label, WORD_LENGTH, lines=False).strip()
    if not label:
        raise EntryError("label", "label_missing")
    return replace(entry, label=label)


MOST_DEG = 360.0
_MOST_WHOLE = 2**53


def result(entry: Result) -> Result:
    """A result whose numbers are numbers: finite, and no angle beyond a full turn."""
    _numbers("", entry)
    return entry


def _numbers(name: str, value: Any) -> None:
    if is_dataclass(value):
        for part in fields(value):
            _numbers(part.name, getattr(value, part.name))
    elif isinstance(value, dict | list | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            _numbers(name, part)
    elif isinstance(value, float | int) and not isinstance(value, bool):
        most = MOST_DEG if name.endswith("_deg") else _MOST_WHOLE
        if not -most <= value <= most:  # NaN is refused too
            raise EntryError("result", "result_cannot_be", name=name, value=str(value)[:20])


def setting(name: str, value: Any) -> Any:
    """A setting that is brought by a backup: one this program knows, of the form it writes."""
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


_FORMULA = frozenset("=+@")


def search_words(text: str) -> str:
    """A text as it is searched: without case and accents, so that "muller" finds "Müller"."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", text).casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()


def _text(field: str, value: str, longest: int, *, lines: bool) -> str:
    if not isinstance(value, str):
        raise EntryError(field, "no_text", what=label(field))
    if len(value) > longest:
        raise EntryError(field, "too_long", what=label(field), count=len(value), most=longest)
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))
    allowed = "\n\t" if lines else ""
    if text[:1] in _FORMULA and not lines:
        raise EntryError(field, "formula", what=label(field), letter=text[0])
    if any(unicodedata.category(letter) in ("Cc", "Cs") and letter not in allowed for letter in text):
        raise EntryError(field, "control", what=label(field))
    if len(text) > longest:  # a few letters grow when composed
        raise EntryError(field, "too_long", what=label(field), count=len(text), most=longest)
    return text


def without_controls(text: str) -> str:
    """A text without the characters that are none."""
    return "".join(letter for letter in text if letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cs"))


def _note(value: str) -> str:
    return _text("notes", value, NOTE_LENGTH, lines=True).strip()


def _one_of(field: str, value: Any, choices: Any, *, optional: bool = False) -> None:
    known = get_args(choices)
    if (value is None and optional) or value in known:
        return
    raise EntryError(field, "one_of", what=label(field), known=known, value=str(value)[:40])


def _between(field: str, value: float | None, least: float, most: float) -> None:
    # Written so that NaN is refused too.
    if value is not None and (isinstance(value, bool) or not least <= value <= most):
        raise EntryError(field, "range", what=label(field), least=_number(least), most=_number(most))


def _number(value: float) -> str:
    return f"{value:g}".replace("-", "−")


def _day(field: str, value: date) -> date:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise EntryError(field, "no_date")
    if value > date.today() + A_DAY_AHEAD:
        raise EntryError(field, "day_future", day=str(value))
    if value < EARLIEST:
        raise EntryError(field, "day_early", day=str(value), earliest=str(EARLIEST))
    return value

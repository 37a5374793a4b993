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
from romcheck.records.problems import EntryError
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
    code = " ".join(_text("code", "code", entry.code, CODE_LENGTH, lines=False).split())
    if not code:
        raise EntryError("code", "A person needs a code: any short name or number that tells them apart.")
    year = date.today().year
    if entry.birth_year is not None and not OLDEST_BIRTH_YEAR <= entry.birth_year <= year:
        why = "lies in the future" if entry.birth_year > year else f"is before {OLDEST_BIRTH_YEAR}"
        raise EntryError("birth_year", f"The birth year {entry.birth_year} {why}. Correct it, or leave it empty.")
    name = " ".join(_text("name", "name", entry.name or "", WORD_LENGTH, lines=False).split())
    if entry.created_at is not None:
        moment(entry.created_at, "created_at", "person")
    _one_of("sex", entry.sex, Sex, optional=True)
    _one_of("headache_side", entry.headache_side, HeadacheSide, optional=True)
    return replace(entry, code=code, name=name or None, notes=_note(entry.notes))


def visit(entry: Visit) -> Visit:
    """A visit that is not in the future."""
    return replace(entry, on=_day("on", "visit", entry.on), notes=_note(entry.notes))


def conditions(entry: Conditions) -> Conditions:
    """How a measurement was done."""
    _one_of("mode", entry.mode, Mode)
    _one_of("posture", entry.posture, Posture)
    _one_of("timing", entry.timing, Timing)
    minutes = entry.minutes_since_treatment
    if minutes is not None:
        if entry.timing != "after":
            raise EntryError(
                "minutes_since_treatment",
                "Minutes since the treatment belong to a measurement after it. Mark it as after, or leave them out.",
            )
        _between("minutes_since_treatment", "Minutes since the treatment", minutes, 0, 24 * 60)
    _between("pain_now", "Pain before the test", entry.pain_now, 0, 10)
    _between("pain_after", "Pain after the test", entry.pain_after, 0, 10)
    _one_of("moved_by", entry.moved_by, MovedBy)
    if entry.mode == "active" and entry.moved_by != "self":
        raise EntryError("moved_by", "In an active test the person moves the head alone. Choose passive, or self.")
    _between("practice", "Practice movements", entry.practice, 0, 20)
    for side in ("left", "right"):
        _one_of(f"stopped_by_{side}", getattr(entry, f"stopped_by_{side}"), Stop, optional=True)
        _one_of(f"end_feel_{side}", getattr(entry, f"end_feel_{side}"), EndFeel, optional=True)
        _pain_of_headache(entry, side)
    _one_of("level", entry.level, Level, optional=True)
    where: dict[str, Any] = {
        name: _text(name, "place", getattr(entry, name) or "", WORD_LENGTH, lines=False).strip() or None
        for name in ("familiar_where_left", "familiar_where_right")
    }
    camera = _text("camera", "name of the camera", entry.camera or "", WORD_LENGTH, lines=False).strip()
    return replace(entry, camera=camera or None, **where)


def _pain_of_headache(entry: Conditions, side: str) -> None:
    """Strength and place belong to a headache that came on."""
    strength, place = f"familiar_pain_{side}", f"familiar_where_{side}"
    _between(strength, "Strength of the headache", getattr(entry, strength), 0, 10)
    if not getattr(entry, f"familiar_{side}") and (getattr(entry, strength) is not None or getattr(entry, place)):
        raise EntryError(f"familiar_{side}", "familiar_missing")


def moment(value: datetime, field: str = "measured_at", what: str = "measurement") -> datetime:
    """A time with its zone, not in the future."""
    if value.tzinfo is None:
        raise EntryError(field, f"The time of the {what} needs its time zone.")
    _day(field, what, value.date())
    return value


def treatment(entry: TreatmentRecord) -> TreatmentRecord:
    """What was done."""
    _one_of("kind", entry.kind, TreatmentKind)
    _one_of("side", entry.side, Side, optional=True)
    _between("repetitions", "Repetitions", entry.repetitions, 0, 10_000)
    if entry.started_at is not None:
        moment(entry.started_at, "started_at", "treatment")
    return replace(
        entry,
        on=_day("on", "treatment", entry.on),
        level=_text("level", "level", entry.level, WORD_LENGTH, lines=False).strip(),
        dose=_text("dose", "dose", entry.dose, WORD_LENGTH, lines=False).strip(),
        by=_text("by", "name of who did it", entry.by, WORD_LENGTH, lines=False).strip(),
        notes=_note(entry.notes),
    )


def outcome(entry: Outcome) -> Outcome:
    """Outcomes within the range of their scales, at least one of them."""
    _between("period_days", "The period", entry.period_days, 1, 366)
    _between("headache_days", "Headache days", entry.headache_days, 0, entry.period_days)
    _between("medication_days", "Medication days", entry.medication_days, 0, entry.period_days)
    _between("intensity", "Intensity", entry.intensity, 0, 10)
    _between("hours", "Hours", entry.hours, 0, 24 * 7)
    _between("ndi", "The NDI total", entry.ndi, 0, 50)
    _between("hit6", "The HIT-6 total", entry.hit6, 36, 78)
    _between("global_change", "Global change", entry.global_change, -7, 7)
    return replace(entry, on=_day("on", "outcome", entry.on), notes=_note(entry.notes))


def diary_day(entry: DiaryDay) -> DiaryDay:
    """One day; intensity and hours only with a headache."""
    _between("intensity", "Intensity", entry.intensity, 0, 10)
    _between("hours", "Hours", entry.hours, 0, 24)
    _between("exercise_times", "Times the exercise was done", entry.exercise_times, 0, 100)
    if entry.headache is False and ((entry.intensity or 0) > 0 or (entry.hours or 0) > 0):
        raise EntryError("headache", "The day has no headache, yet an intensity or hours. Correct one of them.")
    return replace(entry, on=_day("on", "diary", entry.on), notes=_note(entry.notes))


def follow_up(entry: FollowUp) -> FollowUp:
    """A planned day, which may lie ahead."""
    _one_of("state", entry.state, FollowUpState)
    if not EARLIEST <= entry.due_on <= date.today() + FARTHEST:
        raise EntryError("due_on", f"The follow-up on {entry.due_on} is out of reach. Correct the year.")
    label = _text("label", "label", entry.label, WORD_LENGTH, lines=False).strip()
    if not label:
        raise EntryError("label", "A follow-up needs a label, such as '4 weeks'.")
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
            raise EntryError("result", f"The result holds {name} = {str(value)[:20]}, which cannot be. Measure again.")


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
        raise EntryError(name[:64], f"The setting {name[:64]!r} is not of the form this program writes.")
    return value


_FORMULA = frozenset("=+@")


def search_words(text: str) -> str:
    """A text as it is searched: without case and accents, so that "muller" finds "Müller"."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", text).casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()


def _text(field: str, what: str, value: str, longest: int, *, lines: bool) -> str:
    if not isinstance(value, str):
        raise EntryError(field, f"The {what} is not a text.")
    if len(value) > longest:
        raise EntryError(
            field, f"The {what} is {len(value):,} characters long; at most {longest:,} can be kept. Shorten it."
        )
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))
    allowed = "\n\t" if lines else ""
    if text[:1] in _FORMULA and not lines:
        raise EntryError(field, f"The {what} cannot begin with {text[0]}: a spreadsheet would take it for a formula.")
    if any(unicodedata.category(letter) in ("Cc", "Cs") and letter not in allowed for letter in text):
        raise EntryError(field, f"The {what} holds a character that is not text (a control character). Type it again.")
    if len(text) > longest:  # a few letters grow when composed
        raise EntryError(field, f"The {what} is too long; at most {longest:,} characters can be kept. Shorten it.")
    return text


def without_controls(text: str) -> str:
    """A text without the characters that are none."""
    return "".join(letter for letter in text if letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cs"))


def _note(value: str) -> str:
    return _text("notes", "note", value, NOTE_LENGTH, lines=True).strip()


def _one_of(field: str, value: Any, choices: Any, *, optional: bool = False) -> None:
    known = get_args(choices)
    if (value is None and optional) or value in known:
        return
    raise EntryError(
        field, f"{field.replace('_', ' ').capitalize()} can be {', '.join(known)}; not {str(value)[:40]!r}."
    )


def _between(field: str, what: str, value: float | None, least: float, most: float) -> None:
    # Written so that NaN is refused too.
    if value is not None and (isinstance(value, bool) or not least <= value <= most):
        raise EntryError(field, f"{what} can be {least:g} to {most:g}, not {str(value)[:20]}.".replace("-", "−"))


def _day(field: str, what: str, value: date) -> date:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise EntryError(field, f"The {what} needs a date.")
    if value > date.today() + A_DAY_AHEAD:
        raise EntryError(field, f"The date of the {what}, {value}, lies in the future. Correct it.")
    if value < EARLIEST:
        raise EntryError(field, f"The date of the {what}, {value}, is before {EARLIEST}. Correct the year.")
    return value

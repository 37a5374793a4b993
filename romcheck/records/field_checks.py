"""Validation of single fields: a value is normalised, or refused with the reason."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, timedelta
from typing import Any, get_args

from romcheck.records.problems import EntryError, label

CODE_LENGTH, WORD_LENGTH, NOTE_LENGTH = 40, 200, 20_000
EARLIEST = date(1990, 1, 1)
A_DAY_AHEAD = timedelta(days=1)
"""Tolerance: clocks and time zones of two computers may differ by a day."""
FARTHEST = timedelta(days=36_525)
"""Latest day of a follow-up, from today."""
FORMULA = frozenset("=+@")
"""First characters of a formula in a spreadsheet."""


def check_text(field: str, value: str, longest: int, *, lines: bool) -> str:
    """A normalised text: not too long, without control characters, and not a spreadsheet formula."""
    if not isinstance(value, str):
        raise EntryError(field, "no_text", what=label(field))
    if len(value) > longest:
        raise EntryError(field, "too_long", what=label(field), count=len(value), most=longest)
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))
    allowed = "\n\t" if lines else ""
    if text[:1] in FORMULA and not lines:
        raise EntryError(field, "formula", what=label(field), letter=text[0])
    if any(unicodedata.category(letter) in ("Cc", "Cs") and letter not in allowed for letter in text):
        raise EntryError(field, "control", what=label(field))
    if len(text) > longest:  # a few letters get longer when composed
        raise EntryError(field, "too_long", what=label(field), count=len(text), most=longest)
    return text


def check_note(value: str) -> str:
    """A note of several lines."""
    return check_text("notes", value, NOTE_LENGTH, lines=True).strip()


def check_choice(field: str, value: Any, choices: Any, *, optional: bool = False) -> None:
    """Refuse a value that is not among the choices of a ``Literal``."""
    known = get_args(choices)
    if (value is None and optional) or value in known:
        return
    raise EntryError(field, "one_of", what=label(field), known=known, value=str(value)[:40])


def check_range(field: str, value: float | None, least: float, most: float) -> None:
    """Refuse a number outside a range, both ends allowed."""
    # Written so that NaN is refused too.
    if value is not None and (isinstance(value, bool) or not least <= value <= most):
        raise EntryError(field, "range", what=label(field), least=_number(least), most=_number(most))


def _number(value: float) -> str:
    return f"{value:g}".replace("-", "−")


def check_day(field: str, value: date) -> date:
    """A day in the past, but not too long ago."""
    if isinstance(value, datetime) or not isinstance(value, date):
        raise EntryError(field, "no_date")
    if value > date.today() + A_DAY_AHEAD:
        raise EntryError(field, "day_future", day=str(value))
    if value < EARLIEST:
        raise EntryError(field, "day_early", day=str(value), earliest=str(EARLIEST))
    return value


def check_moment(value: datetime, field: str = "measured_at") -> datetime:
    """A time with its zone, not in the future."""
    if value.tzinfo is None:
        raise EntryError(field, "no_time_zone")
    check_day(field, value.date())
    return value


def search_words(text: str) -> str:
    """A text for searching, without case and accents, so that "muller" finds "Müller"."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", text).casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()


def without_controls(text: str) -> str:
    """A text without control characters."""
    return "".join(letter for letter in text if letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cs"))

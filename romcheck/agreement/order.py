"""The order of visits, from their labels; it determines the sign of every change."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from romcheck.agreement.files import TableError
from romcheck.i18n.message import Message, message

HALF_YEAR_DAYS = 183
"""Dates without a year that lie further apart than this may run over the end of a year."""

DAYS_OF = {
    1: ("d", "day", "days", "jour", "jours", "tag", "tage", "tagen"),
    7: ("w", "wk", "wks", "week", "weeks", "semaine", "semaines", "sem", "woche", "wochen"),
    30.4: ("m", "mo", "mos", "month", "months", "mois", "monat", "monate", "monaten"),
    365.25: ("y", "yr", "yrs", "year", "years", "an", "ans", "année", "années", "jahr", "jahre", "jahren"),
}
"""Units of time in English, French and German, by their days."""
_UNIT = {word: days for days, words in DAYS_OF.items() for word in words}

STAGES: tuple[tuple[str, ...], ...] = (
    ("baseline", "before", "pre", "initial", "intake", "entry", "avant", "début", "inclusion", "vorher", "vor"),
    ("during", "mid", "interim", "pendant", "mi-parcours", "während"),
    ("after", "post", "end", "discharge", "final", "après", "fin", "sortie", "nachher", "nach", "ende"),
    ("follow-up", "followup", "follow up", "fu", "suivi", "kontrolle", "nachkontrolle"),
)
"""Words for the stages of a study in their order."""
_STAGE = {word: number for number, words in enumerate(STAGES) for word in words}

DATES = {
    "year-month-day": ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d"),
    "day.month": ("%d.%m.%Y", "%d.%m.%y", "%d.%m.", "%d.%m", "%d/%m/%Y", "%d/%m/%y", "%d/%m", "%d-%m-%Y", "%d-%m-%y"),
    "month/day": ("%m/%d/%Y", "%m/%d/%y", "%m/%d", "%m.%d.%Y", "%m.%d.%y", "%m-%d-%Y", "%m-%d-%y"),
    "named month": ("%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y",
                    "%d %b", "%d %B"),
}  # fmt: skip
"""Ways of writing a date that are tried; a label may add a time of day."""


@dataclass(frozen=True)
class Order:
    """Labels in their order, and by what they were ordered, in words."""

    labels: tuple[str, ...]
    by: str


def order(labels: Sequence[str], table: str, what: str = "visit") -> Order:
    """Order labels by number, calendar, time since the start, or stage; else as they first appear.

    Parameters
    ----------
    labels : each once, as they first appear
    table, what : for the message: the table's name, and what the labels are

    Raises
    ------
    TableError
        If they are dates in which the order of day and month, or the year, is ambiguous.
    """
    ask = message("said.which_first", first=_quoted(labels[0]), last=_quoted(labels[-1]))
    numbered = _sorted_by(_number, labels)
    dated = _by_calendar(labels, table, what, ask)
    if numbered and dated and numbered != dated.labels and not all(re.fullmatch(r"\d\d\.\d\d", x) for x in labels):
        raise TableError("order_numbers_or_dates", table=table, what=what, labels=_few(labels), ask=ask)
    if dated:
        return dated
    if numbered:
        return Order(numbered, "ordered by number")
    for by, key in (("time", _duration), ("number", _counted(labels)), ("stage of the study", _stage)):
        found = _sorted_by(key, labels)
        if found:
            return Order(found, f"ordered by {by}")
    return Order(tuple(labels), "in the order in which they first appear")


Key = Callable[[str], "tuple[float, ...] | None"]


def _sorted_by(key: Key, labels: Sequence[str]) -> tuple[str, ...] | None:
    """Labels by a key; None where one has none, or two have the same."""
    keys = [key(label) for label in labels]
    known = [one for one in keys if one is not None]
    if len(known) < len(labels) or len(set(known)) < len(labels):
        return None
    return tuple(label for _, label in sorted(zip(known, labels, strict=True)))


def _number(label: str) -> tuple[float, ...] | None:
    text = label.strip().replace(",", ".").replace("−", "-")
    return (float(text),) if re.fullmatch(r"[+-]?\d+(\.\d+)?", text) else None


def _duration(label: str) -> tuple[float, ...] | None:
    """A time such as "6 weeks", "week 12", "after 3 months" or "W6"; a word for the beginning is before all."""
    text = label.strip().casefold()
    if _STAGE.get(text) == 0:
        return (-1.0,)
    found = re.fullmatch(r"(?:after|nach|après|à|at|in|post)?\s*(\d+(?:[.,]\d+)?)[\s-]*([^\W\d_]+)\.?(?:\s+\w+)?", text)
    number, unit = found.groups() if found else (None, None)
    if unit not in _UNIT:
        found = re.fullmatch(r"(?:after\s+)?([^\W\d_]+)\.?[\s-]*(\d+(?:[.,]\d+)?)", text)
        unit, number = found.groups() if found else (None, None)
    if number is None or unit not in _UNIT:
        return None
    return (float(number.replace(",", ".")) * _UNIT[unit],)


def _counted(labels: Sequence[str]) -> Key:
    """Labels that are alike but for one number: "T2", "T10", "visit 3", "1st session"."""
    found = {
        label: re.fullmatch(r"(\D*)(\d+)(?:st|nd|rd|th|\.|e|er|ère|ème)?(\D*)", label.strip().casefold())
        for label in labels
    }
    around = {(one.group(1), one.group(3)) for one in found.values() if one}

    def key(label: str) -> tuple[float, ...] | None:
        one = found[label]
        return (float(one.group(2)),) if one and len(around) == 1 else None

    return key


def _stage(label: str) -> tuple[float, ...] | None:
    """Stage of the study, and a number or time that goes with it: "baseline", "post 2", "follow-up 3 months"."""
    text = label.strip().casefold()
    word = next(
        (w for w in sorted(_STAGE, key=len, reverse=True) if re.match(rf"{re.escape(w)}(?![^\W\d_])", text)), None
    )
    if word is None:
        return None
    rest = text[len(word) :].strip(" -_:.()")
    after = 0.0
    if rest:
        within = _duration(rest) or _number(rest)
        if within is None and not re.search(r"\d", rest):
            within = (0.0,)  # "before treatment"
        if within is None:
            return None
        after = within[0]
    return (float(_STAGE[word]), after)


def _by_calendar(labels: Sequence[str], table: str, what: str, ask: Message) -> Order | None:
    readings = {way: days for way in DATES if (days := _dates(labels, DATES[way])) is not None}
    if not readings:
        return None
    orders = {
        way: tuple(label for _, label in sorted(zip(days, labels, strict=True))) for way, days in readings.items()
    }
    dotted = all("." in label for label in labels)
    if dotted and "day.month" in readings:  # the month is never first with full stops
        readings, orders = {"day.month": readings["day.month"]}, {"day.month": orders["day.month"]}
    if len(set(orders.values())) > 1:
        raise TableError("order_day_or_month", table=table, what=what, labels=_few(labels), ask=ask)
    way, days = next(iter(readings.items()))
    spread = (max(days) - min(days)).days
    if not any(re.search(r"\d{4}", label) or re.search(r"\D\d+\D+\d{2}$", label) for label in labels) and (
        spread > HALF_YEAR_DAYS
    ):
        raise TableError("order_no_year", table=table, what=what, labels=_few(labels), ask=ask)
    return Order(orders[way], f"ordered by the calendar, read as {way}")


def _dates(labels: Sequence[str], forms: Sequence[str]) -> list[datetime] | None:
    """All labels as dates by any of these forms, with the time of day if any; None if one is not a date."""
    found = []
    for label in labels:
        parts = re.fullmatch(r"(.*?)(?:[\sT]+(\d{1,2}):(\d{2})\S*)?", label.strip())
        assert parts is not None  # it fits anything
        text, hour, minute = parts.groups(default="0")
        for form in forms:
            try:
                # A year stands in where none is written: 2000 has a 29 February.
                with_year = (text, form) if "%Y" in form or "%y" in form else (f"{text} 2000", f"{form} %Y")
                found.append(datetime.strptime(*with_year).replace(hour=int(hour), minute=int(minute)))
                break
            except ValueError:
                continue
        else:
            return None
    return found if len(set(found)) == len(found) else None


def _few(labels: Sequence[str]) -> str:
    return ", ".join(labels[:3]) + (", …" if len(labels) > 3 else "")


def _quoted(label: str) -> str:
    return f'"{label}"' if re.search(r"\s", label) else label

"""How often somebody measured alone on this computer today, and whether they were told to stop for the day."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import date

from romcheck.errors import OutputError
from romcheck.exchange.atomic import writable_folder, written_whole
from romcheck.live.safety import CHECKS_A_DAY, Route
from romcheck.places import data_folder

FILE = "home-day.json"
"""In the data folder. It contains a date and two values, no personal data."""


@dataclass(frozen=True)
class HomeDay:
    """One day: checks done alone, and whether the last ended with the advice to stop for the day."""

    day: str
    checks: int = 0
    rest: bool = False

    @property
    def holds_back(self) -> Route | None:
        """Why nothing more is measured alone that day; None where something may be."""
        return "enough" if self.checks >= CHECKS_A_DAY or self.rest else None


def home_day(day: date) -> HomeDay:
    """Record of a day; empty if the file is missing, from another day, or damaged."""
    fresh = HomeDay(day.isoformat())
    with suppress(OSError, ValueError, TypeError):
        kept = HomeDay(**json.loads((data_folder() / FILE).read_text("utf-8")))
        if kept.day == fresh.day and type(kept.checks) is int and type(kept.rest) is bool:
            return kept
    return fresh


def note_check(day: date) -> HomeDay:
    """Count one check done alone."""
    now = home_day(day)
    return _keep(replace(now, checks=now.checks + 1))


def note_rest(day: date) -> HomeDay:
    """Record that somebody was told to stop for the day."""
    return _keep(replace(home_day(day), rest=True))


def held_back_after_check(day: date, *, rest: bool) -> Route | None:
    """Why somebody who measured alone is to measure no more that day; None where they may.

    Parameters
    ----------
    rest : pain or symptoms during the check call for rest; this is recorded
    """
    if rest:
        note_rest(day)
        return "rest"
    return home_day(day).holds_back


def _keep(now: HomeDay) -> HomeDay:
    # Where nothing can be written the visit itself still counts.
    with suppress(OSError, OutputError), written_whole(writable_folder(data_folder()) / FILE) as path:
        path.write_text(json.dumps(asdict(now)) + "\n", "utf-8")
    return now

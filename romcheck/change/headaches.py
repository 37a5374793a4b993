"""Headache days per 28 days, the line of half as many, and when the plan should be reviewed."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

PERIOD_DAYS = 28
LEAST_FILLED_DAYS = 21
"""A period with fewer diary days is not counted: the days left out are seldom like the others."""

RESPONDER_FALL = 0.5
"""At least half fewer headache days (Castien 2012 used it with "much improved" as anchor)."""

REVIEW_AFTER_VISITS = 8
"""Treatment visits after which a plan without a fall by half is to be reviewed."""


@dataclass(frozen=True)
class DiaryDay:
    """One line of the diary; None where nothing was said."""

    date: datetime.date
    headache: bool | None = None
    exercise: bool | None = None


@dataclass(frozen=True)
class HeadachePeriod:
    """28 days of the diary.

    Attributes
    ----------
    start : first day
    filled : days with an answer
    days : headache days per 28 days, counted up from the days filled; None with fewer than 21 of them
    exercise_days : days with the exercise done, of those filled; None where nothing was said of it
    """

    start: datetime.date
    filled: int
    days: float | None
    exercise_days: int | None


@dataclass(frozen=True)
class Outcome:
    """What a person reports at a visit about the last 28 days; None where not asked.

    Attributes
    ----------
    headache_days, medication_days : of 28
    intensity : usual intensity, 0 to 10
    hours : usual length
    ndi : Neck Disability Index, total 0 to 50
    hit6 : Headache Impact Test, total 36 to 78
    global_change : -7 (a very great deal worse) to +7 (a very great deal better)
    """

    date: datetime.date
    headache_days: float | None = None
    intensity: float | None = None
    hours: float | None = None
    medication_days: float | None = None
    ndi: float | None = None
    hit6: float | None = None
    global_change: int | None = None


def headache_periods(diary: Sequence[DiaryDay], start: datetime.date | None = None) -> tuple[HeadachePeriod, ...]:
    """Cut a diary into periods of 28 days.

    Parameters
    ----------
    diary : in any order; of two lines for one day the later in the sequence holds
    start : first day of some period, for instance the first day of treatment, so that no period mixes before and
        after; without it, the first day of the diary

    Returns
    -------
    By date, from the period with the first diary day to the one with the last, empty ones included.
    """
    by_date = {line.date: line for line in diary}
    if not by_date:
        return ()
    start = min(by_date) if start is None else start
    first, last = ((day - start).days // PERIOD_DAYS for day in (min(by_date), max(by_date)))
    periods = []
    for number in range(first, last + 1):
        begin = start + datetime.timedelta(PERIOD_DAYS * number)
        lines = [by_date[d] for i in range(PERIOD_DAYS) if (d := begin + datetime.timedelta(i)) in by_date]
        answers = [line.headache for line in lines if line.headache is not None]
        exercise = [line.exercise for line in lines if line.exercise is not None]
        days = sum(answers) * PERIOD_DAYS / len(answers) if len(answers) >= LEAST_FILLED_DAYS else None
        periods.append(HeadachePeriod(begin, len(answers), days, sum(exercise) if exercise else None))
    return tuple(periods)


def responder_line(baseline_days: float) -> float:
    """Headache days per 28 days that are half of those at the start."""
    return (1 - RESPONDER_FALL) * baseline_days


def fall_share(baseline_days: float, days: float) -> float | None:
    """Share by which the headache days fell, negative where they rose; None without any at the start."""
    return 1 - days / baseline_days if baseline_days > 0 else None


def review_the_plan(visits: int, baseline_days: float | None, days: float | None) -> bool:
    """Whether eight or more treatment visits have passed without half fewer headache days.

    False where headache days are not known at the start or now, or were none: then there is nothing to judge by.
    """
    if visits < REVIEW_AFTER_VISITS or baseline_days is None or days is None:
        return False
    share = fall_share(baseline_days, days)
    return share is not None and share < RESPONDER_FALL

"""Headache days per 28 days, the 50 % responder line, and when to review the plan."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from romcheck.clinical import PERIOD_DAYS, DiaryDay, Outcome

LEAST_KEPT_DAYS = 14
"""A count over fewer days, of the diary or reported at a visit, is not extrapolated to 28: missing days are seldom like
the others."""

RESPONDER_FALL = 0.5
"""At least half fewer headache days (Castien 2012 used it with "much improved" as anchor)."""

REVIEW_AFTER_VISITS = 8
"""Treatment visits after which a plan without a reduction by half should be reviewed."""


@dataclass(frozen=True)
class HeadachePeriod:
    """28 days of the diary.

    Attributes
    ----------
    start : first day
    filled : days with an answer
    days : headache days per 28 days, scaled from the days filled; None with too few of them
    exercise_days : days with the exercise done, of those filled; None where not recorded
    """

    start: datetime.date
    filled: int
    days: float | None
    exercise_days: int | None


def headache_periods(diary: Sequence[DiaryDay], start: datetime.date | None = None) -> tuple[HeadachePeriod, ...]:
    """Cut a diary into periods of 28 days.

    Parameters
    ----------
    diary : in any order; of two lines for one day the later in the sequence counts
    start : first day of some period, for instance the first day of treatment, so that no period mixes before and
        after; without it, the first day of the diary

    Returns
    -------
    By date, from the period with the first diary day to the one with the last, empty ones included.
    """
    by_date = {line.on: line for line in diary}
    if not by_date:
        return ()
    start = min(by_date) if start is None else start
    first, last = ((day - start).days // PERIOD_DAYS for day in (min(by_date), max(by_date)))
    periods = []
    for number in range(first, last + 1):
        begin = start + datetime.timedelta(PERIOD_DAYS * number)
        lines = [by_date[d] for i in range(PERIOD_DAYS) if (d := begin + datetime.timedelta(i)) in by_date]
        answers = [line.headache for line in lines if line.headache is not None]
        exercise = [line.exercise_times > 0 for line in lines if line.exercise_times is not None]
        days = sum(answers) * PERIOD_DAYS / len(answers) if len(answers) >= LEAST_KEPT_DAYS else None
        periods.append(HeadachePeriod(begin, len(answers), days, sum(exercise) if exercise else None))
    return tuple(periods)


From = Literal["diary", "outcome"]
"""Where a count of headache days comes from: the diary, or a report at a visit."""


@dataclass(frozen=True)
class HeadacheCourse:
    """Headache days over time against those before treatment began.

    Attributes
    ----------
    began_on : day of the first treatment; None without one
    periods : the diary in periods of 28 days, counted from that day
    baseline_days : headache days per 28 days in the 28 days before it
    latest_days : the same in the last 28 days of the diary, none of them before it
    latest_on : last of those days, or when they were reported
    baseline_from, latest_from : their source: an outcome reported at a visit where the diary has too few days
    told_baseline_days, told_latest_days : reported at a visit of the same time, where the count is the diary's
    fall_share : share by which they fell, negative for a rise; None where either is not known or the first is 0
    treatment_days : days with a treatment so far
    review_plan : see :func:`review_the_plan`
    """

    began_on: datetime.date | None = None
    periods: tuple[HeadachePeriod, ...] = ()
    baseline_days: float | None = None
    baseline_from: From | None = None
    told_baseline_days: float | None = None
    latest_days: float | None = None
    latest_from: From | None = None
    latest_on: datetime.date | None = None
    told_latest_days: float | None = None
    fall_share: float | None = None
    treatment_days: int = 0
    review_plan: bool = False


TOLD_OVERLAP_DAYS = 3
"""Days by which a reported period may overlap the first treatment: nobody counts them exactly."""


def headache_course(
    diary: Sequence[DiaryDay], told: Sequence[Outcome], treated: Sequence[datetime.date]
) -> HeadacheCourse:
    """Headache days before treatment and now, the same for every page, report and export.

    The baseline is the 28 days before the first treatment, now are the last 28 days of the diary, each with at least
    14 days filled in. Where the diary has fewer, numbers reported at a visit are used instead: the last up to the first
    treatment, and the newest whose period is after it.

    Parameters
    ----------
    diary : in any order
    told : outcomes reported at visits
    treated : days of the treatments
    """
    began = min(treated, default=None)
    periods = headache_periods(diary, began)
    if began is None:
        return HeadacheCourse(None, periods)
    before_began = began - datetime.timedelta(1)
    latest_day = max((line.on for line in diary if line.headache is not None), default=began)
    since_first = max(began, latest_day - datetime.timedelta(PERIOD_DAYS - 1))
    kept_before = _count(diary, began - datetime.timedelta(PERIOD_DAYS), before_began)
    kept_now = _count(diary, since_first, latest_day)
    counts = sorted(
        ((o.on, o.period_days, days) for o in told if (days := o.headache_days_per_28) is not None),
        key=lambda one: one[0],
    )
    counts = [one for one in counts if one[1] >= LEAST_KEPT_DAYS]
    overlap = datetime.timedelta(TOLD_OVERLAP_DAYS)
    told_before = [days for on, _, days in counts if on <= began]
    since = [(on, days) for on, length, days in counts if on - datetime.timedelta(length) >= began - overlap]
    baseline, baseline_from, told_baseline = _preferred(kept_before, told_before)
    latest, latest_from, told_latest = _preferred(kept_now, [days for _, days in since])
    visits = len(set(treated))
    return HeadacheCourse(
        began_on=began,
        periods=periods,
        baseline_days=baseline,
        baseline_from=baseline_from,
        told_baseline_days=told_baseline,
        latest_days=latest,
        latest_from=latest_from,
        latest_on=latest_day if latest_from == "diary" else since[-1][0] if since else None,
        told_latest_days=told_latest,
        fall_share=None if baseline is None or latest is None else fall_share(baseline, latest),
        treatment_days=visits,
        review_plan=review_the_plan(visits, baseline, latest),
    )


def _count(diary: Sequence[DiaryDay], first: datetime.date, last: datetime.date) -> float | None:
    """Headache days per 28 days between two dates, both included; None if too few days were filled in."""
    answers = {line.on: line.headache for line in diary if line.headache is not None and first <= line.on <= last}
    return sum(answers.values()) * PERIOD_DAYS / len(answers) if len(answers) >= LEAST_KEPT_DAYS else None


def _preferred(kept: float | None, told: Sequence[float]) -> tuple[float | None, From | None, float | None]:
    """The diary count together with the reported one; without a diary, the last reported one."""
    newest = told[-1] if told else None
    if kept is not None:
        return kept, "diary", newest
    return newest, None if newest is None else "outcome", None


def responder_line(baseline_days: float) -> float:
    """Headache days per 28 days that are half of those at the start."""
    return (1 - RESPONDER_FALL) * baseline_days


def fall_share(baseline_days: float, days: float) -> float | None:
    """Share by which the headache days fell, negative where they rose; None without any at the start."""
    return 1 - days / baseline_days if baseline_days > 0 else None


def review_the_plan(visits: int, baseline_days: float | None, days: float | None) -> bool:
    """Whether eight or more treatment visits have passed without half fewer headache days.

    False where headache days are not known at the start or now, or there were none at the start.
    """
    if visits < REVIEW_AFTER_VISITS or baseline_days is None or days is None:
        return False
    share = fall_share(baseline_days, days)
    return share is not None and share < RESPONDER_FALL

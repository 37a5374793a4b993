"""Headache days are counted from what was filled in, never from what was left out."""

from datetime import date, timedelta

import pytest

from romcheck.change import (
    fall_share,
    headache_course,
    headache_periods,
    responder_line,
    review_the_plan,
)
from romcheck.clinical import DiaryDay, Outcome

START = date(2026, 2, 1)


def diary(headaches, first=0):
    return [DiaryDay(1, START + timedelta(first + i), h) for i, h in enumerate(headaches)]


def test_two_full_periods():
    """12 of 28, then 5 of 28."""
    first, second = headache_periods(diary([True] * 12 + [False] * 16 + [True] * 5 + [False] * 23))

    assert (first.days, second.days) == (12, 5)
    assert second.start == START + timedelta(28)


def test_days_left_out_are_neither_good_nor_bad():
    """7 headaches in 14 days filled are 14 in 28; with 13 filled there is no figure."""
    (enough,) = headache_periods(diary([True] * 7 + [False] * 7))
    (too_few,) = headache_periods(diary([True] * 7 + [False] * 6))

    assert enough.days == 14
    assert too_few.days is None
    assert too_few.filled == 13


def test_periods_follow_the_first_treatment():
    """No period mixes days before the treatment with days after it."""
    before, after = headache_periods(diary([True] * 28, first=-28) + diary([False] * 28), start=START)

    assert (before.days, after.days) == (28, 0)
    assert after.start == START


def test_a_month_nobody_wrote():
    lines = diary([True] * 28) + diary([False] * 28, first=56)

    assert [p.days for p in headache_periods(lines)] == [28, None, 0]


def test_exercise_is_counted_apart():
    lines = [DiaryDay(1, START + timedelta(i), False, exercise_times=1 - i % 2) for i in range(28)]

    assert headache_periods(lines)[0].exercise_days == 14
    assert headache_periods(diary([True] * 28))[0].exercise_days is None
    assert headache_periods([]) == ()


@pytest.mark.parametrize(
    ("visits", "baseline", "now", "review"),
    [
        (8, 12, 7, True),
        (8, 12, 6, False),
        (12, 12, 12, True),
        (7, 12, 12, False),
        (9, 12, None, False),
        (9, None, 3, False),
        (9, 0, 3, False),
        (9, 10, 14, True),
    ],
)
def test_when_to_review(visits, baseline, now, review):
    """At least eight visits and less than half fewer; unknown or no headaches at the start give nothing to judge."""
    assert review_the_plan(visits, baseline, now) is review


def test_the_line_of_half():
    assert responder_line(13) == 6.5
    assert fall_share(12, 6) == 0.5
    assert fall_share(10, 12) == pytest.approx(-0.2)
    assert fall_share(0, 3) is None


def test_nothing_from_before_the_treatment_is_said_to_follow_it():
    """Fewer and fewer headaches, all before the first treatment: there is a baseline and no "now"."""
    falling = diary([True] * 28 + [True, False] * 14 + [False] * 28, first=-84)
    found = headache_course(falling, [], [START])

    assert (found.baseline_days, found.baseline_from) == (0, "diary")
    assert (found.latest_days, found.fall_share, found.review_plan) == (None, None, False)


def test_now_is_the_last_28_days_and_none_before_treatment():
    """20 days since: all counted. 56 days since: the last 28."""
    before = diary([True] * 28, first=-28)
    short = headache_course(before + diary([True] * 5 + [False] * 15), [], [START])
    long = headache_course(before + diary([True] * 28 + [False] * 21 + [True] * 7), [], [START])

    assert short.latest_days == pytest.approx(7)
    assert (long.latest_days, long.fall_share) == (7, 0.75)


@pytest.mark.parametrize("kept", [13, 14])
def test_too_few_days_kept_give_way_to_what_was_told(kept):
    told = [Outcome(1, START, headache_days=10)]
    found = headache_course(diary([True] * kept, first=-kept), told, [START])

    assert (found.baseline_days, found.baseline_from) == ((10, "outcome") if kept == 13 else (28, "diary"))
    assert found.told_baseline_days == (None if kept == 13 else 10)


def test_the_first_treatment_counts_whatever_the_order_and_days_are_counted_once():
    days = [START + timedelta(7), START, START + timedelta(7)]
    found = headache_course(diary([True] * 28, first=-28) + diary([True] * 28), [], days)

    assert (found.began_on, found.baseline_days, found.latest_days, found.treatment_days) == (START, 28, 28, 2)

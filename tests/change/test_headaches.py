"""Headache days are counted from what was filled in, never from what was left out."""

from datetime import date, timedelta

import pytest

from romcheck.change import DiaryDay, fall_share, headache_periods, responder_line, review_the_plan

START = date(2026, 2, 1)


def diary(headaches, first=0):
    return [DiaryDay(START + timedelta(first + i), h) for i, h in enumerate(headaches)]


def test_two_full_periods():
    """12 of 28, then 5 of 28."""
    first, second = headache_periods(diary([True] * 12 + [False] * 16 + [True] * 5 + [False] * 23))

    assert (first.days, second.days) == (12, 5)
    assert second.start == START + timedelta(28)


def test_days_left_out_are_neither_good_nor_bad():
    """7 headaches in 21 days filled are 9.33 in 28; with 20 filled there is no figure."""
    (enough,) = headache_periods(diary([True] * 7 + [False] * 14))
    (too_few,) = headache_periods(diary([True] * 7 + [False] * 13))

    assert enough.days == pytest.approx(28 / 3)
    assert too_few.days is None
    assert too_few.filled == 20


def test_periods_follow_the_first_treatment():
    """No period mixes days before the treatment with days after it."""
    before, after = headache_periods(diary([True] * 28, first=-28) + diary([False] * 28), start=START)

    assert (before.days, after.days) == (28, 0)
    assert after.start == START


def test_a_month_nobody_wrote():
    lines = diary([True] * 28) + diary([False] * 28, first=56)

    assert [p.days for p in headache_periods(lines)] == [28, None, 0]


def test_exercise_is_counted_apart():
    lines = [DiaryDay(START + timedelta(i), False, i % 2 == 0) for i in range(28)]

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

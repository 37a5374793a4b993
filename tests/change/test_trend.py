"""A lasting fall is found, a single bad day and mere noise are not."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from occasions import SEATED_ACTIVE, occasion

from romcheck.change import trend

LEFT, RIGHT = "rotation_left", "rotation_right"
START = date(2026, 1, 5)


def line(levels, rng=None, days=14, spread=1.0, systematic=0.7):
    """One measurement every `days`, three trials a side, at these true ranges to the left."""
    rng = rng or np.random.default_rng(3)
    out = []
    for number, level in enumerate(levels):
        left, right = level + rng.normal(0, systematic), 44 + rng.normal(0, systematic)
        trials = {LEFT: rng.normal(left, spread, 3), RIGHT: rng.normal(right, spread, 3)}
        out.append(occasion(trials, on=START + timedelta(days * number), systematic=systematic, sway=0.1))
    return out


def test_a_lasting_fall_is_found():
    found = trend(line([28, 38, 38, 38, 28, 28, 28]), LEFT).fall

    assert found is not None
    assert found.since == START + timedelta(14 * 4)
    assert found.level_deg == pytest.approx(38, abs=2)
    assert found.now_deg == pytest.approx(28, abs=2)


@pytest.mark.parametrize(
    "levels",
    [
        [38, 38, 38, 38, 28],
        [28, 30, 34, 38, 40],
        [38, 38, 28, 38, 38],
        [38, 28, 28],
        [38],
        [28, 28, 58, 28, 28, 28],
        [58, 28, 28, 28, 28],
        [38, 38, 38, 28, 38, 28],
    ],
    ids=[
        "one bad day",
        "a rise",
        "a dip that passed",
        "no level before",
        "one measurement",
        "one good day before",
        "a good first day",
        "up and down",
    ],
)
def test_what_is_no_lasting_fall(levels):
    assert trend(line(levels), LEFT).fall is None


def test_two_bad_days_in_one_week_do_not_last():
    assert trend(line([38, 38, 38, 28, 28], days=3), LEFT).fall is None


@pytest.mark.slow
def test_noise_alone_seldom_looks_like_a_fall():
    """Eight measurements of an unchanging neck, 300 times: flagged in less than one of twenty lines."""
    rng = np.random.default_rng(11)
    flagged = sum(trend(line([38] * 8, rng), LEFT).fall is not None for _ in range(300))

    assert flagged / 300 < 0.05


def test_the_gain_right_after_a_treatment_is_no_level():
    """Higher at once after each treatment, the same before each: nothing has fallen."""
    usual = line([32] * 6)
    after = [replace(o, conditions=replace(o.conditions, minutes_since_treatment=5.0)) for o in line([44] * 4, days=14)]
    found = trend([*usual, *after], LEFT)

    assert found.fall is None
    assert sum(p.after_treatment for p in found.points) == 4
    assert found.first_deg == pytest.approx(32, abs=3)


def test_another_way_of_testing_is_shown_but_not_held_against():
    """Two years lying and passive at 44, now seated and active at 30: no fall."""
    passive = replace(SEATED_ACTIVE, mode="passive", posture="supine", moved_by="therapist")
    lying = [replace(o, conditions=passive) for o in line([44] * 4)]
    seated = [replace(o, on=o.on + timedelta(100)) for o in line([30] * 4)]
    found = trend([*seated, *lying], LEFT)

    assert [p.comparable for p in found.points] == [False] * 4 + [True] * 4
    assert found.fall is None
    assert found.first_deg == pytest.approx(30, abs=3)


def test_two_good_days_in_one_week_are_no_level():
    levels = [28] * 10 + [58, 58] + [28] * 10
    assert trend(line(levels, days=3), LEFT).fall is None


@pytest.mark.parametrize("last", [[40, 28, 28], [28, 28, 40]], ids=["within", "at the end"])
def test_one_good_day_does_not_end_a_fall(last):
    found = trend(line([40, 40, 40, 28, *last]), LEFT).fall
    assert found is not None
    assert found.since == START + timedelta(14 * 3)
    assert found.now_deg == pytest.approx(28, abs=2)


def test_a_year_of_daily_checks():
    """A long fall in a long line is found, from the day it began; two good days within it end the run."""
    levels = [40] * 100 + [30] * 20
    found = trend(line(levels, days=1), LEFT).fall
    assert found is not None
    assert found.since == START + timedelta(100)

    assert trend(line([*levels[:-3], 40, 30, 30], days=1), LEFT).fall is not None
    assert trend(line([*levels[:-4], 40, 40, 30, 30], days=1), LEFT).fall is None


def test_no_measurement_no_line():
    empty = trend([], LEFT)

    assert (empty.points, empty.first_deg, empty.noise_deg, empty.fall) == ((), None, None, None)

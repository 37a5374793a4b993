"""Across days an unchanged neck is seldom called changed on either side, with the published spread and with its own."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from occasions import TODAY, occasion

from romcheck.change import compare, own_between_days, published_between_days, trend

LEFT, RIGHT = "rotation_left", "rotation_right"


def visits(rng, days, between_sd, every=1, spread=1.5, systematic=1.0):
    """One visit per day of a neck whose sides vary independently from day to day."""
    out = []
    for day in range(days):
        angles = {
            name: level + rng.normal(0, between_sd) + rng.normal(0, systematic) + rng.normal(0, spread, 3)
            for name, level in ((LEFT, 32.0), (RIGHT, 41.0))
        }
        out.append(occasion(angles, on=TODAY + timedelta(every * day), systematic=systematic, sway=0.0))
    return out


@pytest.mark.parametrize("between_sd", [pytest.param(1.44, marks=pytest.mark.slow), 2.5])
def test_an_unchanged_neck_on_two_days(between_sd):
    """Called changed on either side in at most 6 % of pairs; in 11 to 42 % without the spread between days."""
    rng, runs = np.random.default_rng(17), 1000
    called = sum(
        any(side.larger_than_noise for side in compare(*visits(rng, 2, between_sd, 28)).sides) for _ in range(runs)
    )

    assert called / runs <= 0.06


@pytest.mark.parametrize("between_sd", [1.44, *(pytest.param(sd, marks=pytest.mark.slow) for sd in (0.7, 2.5, 4.0))])
def test_an_unchanged_neck_against_its_own_days(between_sd):
    """Also where it differs from day to day more than others do."""
    rng, runs, called = np.random.default_rng(18), 150, 0
    for _ in range(runs):
        line = visits(rng, 16, between_sd)
        own = own_between_days(line)
        assert own is not None
        called += any(side.larger_than_noise for side in compare(line[0], line[-1], own).sides)

    # Of 150 runs at a true 5 %, 15 or fewer in 99.6 %.
    assert called <= 15


def test_within_one_day_nothing_is_added():
    first, second = (occasion({LEFT: (29, 30, 31), RIGHT: (39, 40, 41)}, sway=0.1) for _ in range(2))
    later = replace(second, on=TODAY + timedelta(1))

    same, across = compare(first, second), compare(first, later)
    assert same.between is None
    # √((2.2414·√2)² + (2.7515·√(2/3))² + 7²·(2.2414/1.96)²): the two measurements, and at most 7° over two weeks.
    assert across.sides[0].half_width_deg == pytest.approx(8.898, abs=2e-3)
    assert same.sides[0].half_width_deg == pytest.approx(3.351, abs=2e-3)


def test_the_published_spread_names_its_source():
    assert published_between_days("flexion-rotation").figure.source.key == "hall_thesis_2010"
    assert published_between_days("rotation").figure.source.key == "anwar_2022"
    assert published_between_days("flexion-rotation").sd_deg == pytest.approx(2.525, abs=1e-3)


def test_too_few_days_say_nothing():
    line = visits(np.random.default_rng(1), 12, 2.0)

    assert own_between_days(line) is None
    assert own_between_days([]) is None


def test_a_treatment_between_two_days_breaks_the_pair():
    """A step of 15° at the treatment is the treatment's; it does not widen what counts as day to day."""
    rng = np.random.default_rng(2)
    days = [TODAY + timedelta(n) for n in range(32)]
    line = [occasion({LEFT: 30 + 15 * (n >= 16) + rng.normal(0, 1, 3)}, on=day) for n, day in enumerate(days)]
    treated, untold = own_between_days(line, [days[15]]), own_between_days(line)

    assert (treated.pairs, untold.pairs) == (30, 31)
    assert treated.sd_deg < 1 < untold.sd_deg


def test_the_band_of_a_line_holds_the_days():
    """Two visits: the first ± at least the published 7°."""
    found = trend(visits(np.random.default_rng(4), 2, 1.0, 28), LEFT)

    assert found.noise_deg > 7

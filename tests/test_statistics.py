"""Statistics of repeated trials, against tables and hand calculation."""

import math

import pytest

from romcheck.statistics import half_width, pooled_sd, sample_sd, t_factor


def test_t_factors_are_those_of_the_table():
    assert [round(t_factor(n), 3) for n in (1, 2, 4, 10, math.inf)] == [12.706, 4.303, 2.776, 2.228, 1.960]


@pytest.mark.parametrize("freedom", [0, -1, math.nan])
def test_no_interval_without_freedom(freedom):
    with pytest.raises(ValueError, match="degrees of freedom"):
        t_factor(freedom)


def test_spread_is_pooled_within_groups():
    """(0.5 + 2 + 0) / (1 + 2) for 41 42 | 50 51 52 | 7: the single value does not contribute."""
    spread, freedom = pooled_sd([[41, 42], [50, 51, 52], [7], []])
    assert freedom == 3
    assert spread == pytest.approx(math.sqrt(2.5 / 3))


def test_spread_of_single_trials_is_unknown():
    spread, freedom = pooled_sd([[41], [50]])
    assert math.isnan(spread)
    assert freedom == 0
    assert sample_sd([3.0]) is None
    assert sample_sd([1.0, 3.0]) == pytest.approx(math.sqrt(2))


def test_the_two_parts_of_an_interval_add_in_quadrature():
    assert half_width(2, 1, 2) == pytest.approx(math.hypot(1.95996 * 2, 4.30265 * 1), abs=1e-3)

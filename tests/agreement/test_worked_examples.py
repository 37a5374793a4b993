"""Figures as printed in the papers the formulae come from."""

from __future__ import annotations

import math

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from published import JUDGES, PEFR, cardiac_output, systolic

from romcheck import statistics
from romcheck.statistics import Estimate, limits, reliability
from romcheck.statistics.limits import limits_of_agreement, limits_of_means, limits_of_pairs
from romcheck.statistics.reliability import mean_squares

STUDIES = 600


def ends(estimate: Estimate, digits: int = 1) -> tuple[float, float]:
    return round(estimate.low, digits), round(estimate.high, digits)


def test_shrout_and_fleiss_1979():
    ms = mean_squares(JUDGES)
    # Table 3: between targets 11.24, within 6.26, between judges 32.49, residual 1.02.
    assert [round(v, 2) for v in (ms.between, ms.within, ms.column, ms.error)] == [11.24, 6.26, 32.49, 1.02]
    found = [reliability.icc_one_way(ms), reliability.icc_agreement(ms), reliability.icc_consistency(ms)]
    # Table 4.
    assert [round(icc.value, 2) for icc in found] == [0.17, 0.29, 0.71]
    # The intervals that R's psych and irr print for this table.
    assert [ends(icc, 2) for icc in found] == [(-0.13, 0.72), (0.02, 0.76), (0.34, 0.95)]


def test_bland_and_altman_1986():
    d = PEFR[:, 0] - PEFR[:, 1]
    assert (round(d.mean(), 1), round(d.std(ddof=1), 1)) == (-2.1, 38.8)
    # The paper goes on with these rounded figures.
    found = limits_of_agreement(-2.1, 38.8, len(d), "1986")
    assert (round(found.lower.value, 1), round(found.upper.value, 1)) == (-79.7, 75.5)
    assert ends(found.lower) == (-114.3, -45.1)
    assert ends(found.upper) == (40.9, 110.1)
    assert ends(limits_of_agreement(float(d.mean()), float(d.std(ddof=1)), 17).bias) == (-22.0, 17.8)


def test_bland_and_altman_1999_single_readings():
    pressure = systolic()
    d = pressure["J"][:, 0] - pressure["S"][:, 0]
    found = limits_of_agreement(float(d.mean()), float(d.std(ddof=1)), len(d), "1999")
    assert (round(found.bias.value, 2), round(found.sd, 2)) == (-16.29, 19.61)
    assert (round(found.lower.value, 1), round(found.upper.value, 1)) == (-54.7, 22.1)
    assert ends(found.bias) == (-20.5, -12.1)
    # Printed: -61.9 to -47.5 and 14.9 to 29.3, each from the rounded limit and half-width 7.2.
    half = round((found.upper.high - found.upper.low) / 2, 1)
    assert half == 7.2
    assert [round(round(v, 1) + s * half, 1) for v in (found.lower.value, found.upper.value) for s in (-1, 1)] == [
        -61.9, -47.5, 14.9, 29.3,
    ]  # fmt: skip


def test_bland_and_altman_1999_three_readings_by_each_method():
    pressure = systolic()
    within = [statistics.pooled_sd(list(pressure[m]))[0] ** 2 for m in "JS"]
    assert [round(v, 3) for v in within] == [37.408, 83.141]
    persons = np.repeat(np.arange(85), 3).tolist()
    found = limits_of_means(pressure["J"].ravel(), persons, pressure["S"].ravel(), persons)
    assert (round(found.bias.value, 2), round(found.sd, 2)) == (-15.62, 20.95)
    # Printed: -56.68 and 25.44, from the rounded figures.
    assert (round(-15.62 - 1.96 * round(found.sd, 2), 2), round(-15.62 + 1.96 * round(found.sd, 2), 2)) == (
        -56.68, 25.44,
    )  # fmt: skip
    # Printed intervals, by large-sample formulae: -63.5 to -49.9 and 18.7 to 32.2. Ours lean outwards, as they should.
    for got, printed in ((found.lower, (-63.5, -49.9)), (found.upper, (18.7, 32.2))):
        assert (got.low, got.high) == pytest.approx(printed, abs=0.9)


def test_bland_and_altman_2007_the_true_value_varies():
    a, b, persons = cardiac_output()
    found = limits_of_pairs(a - b, persons)
    assert (found.persons, found.pairs) == (12, 60)
    assert found.bias.value == pytest.approx(0.6021667, abs=5e-8)
    assert found.sd == pytest.approx(0.99062408, abs=5e-8)
    # Printed with 1.96 itself.
    assert (found.lower.value, found.upper.value) == pytest.approx((-1.3394565, 2.5437899), abs=5e-5)


def test_bland_and_altman_2007_the_true_value_is_constant():
    a, b, persons = cardiac_output()
    found = limits_of_means(a, persons, b, persons)
    assert found.bias.value == pytest.approx(0.7092361, abs=5e-8)
    assert found.sd == pytest.approx(1.0518506, abs=5e-8)


def test_persons_more_alike_than_chance_make_no_negative_variance():
    """By hand: persons' means 0, 1, 2 of pairs 6 apart.

    Mean squares: within persons 3 · (3² + 3²) / 3 = 18, between them 2 · (1 + 0 + 1) / 2 = 2.
    The variance between persons would be (2 - 18) / 2 = -8, that of a difference 10. As zero, it leaves 18.
    """
    found = limits_of_pairs(np.array([-3.0, 3, -2, 4, -1, 5]), [0, 0, 1, 1, 2, 2])
    assert found.bias.value == pytest.approx(1)
    assert found.sd == pytest.approx(math.sqrt(18))
    assert (found.lower.value, found.upper.value) == pytest.approx((-7.3155, 9.3155), abs=2e-4)
    # Standard error √(18 / 6), Student's t with 2 degrees of freedom.
    assert found.bias.high - 1 == pytest.approx(4.302653 * math.sqrt(3))
    assert found.upper.low < found.upper.value < found.upper.high


def test_pairs_of_one_person_each_are_the_plain_method():
    d = PEFR[:, 0] - PEFR[:, 1]
    plain = limits_of_agreement(float(d.mean()), float(d.std(ddof=1)), len(d))
    for found in (
        limits_of_pairs(d, list(range(17))),
        limits_of_means(PEFR[:, 0], list(range(17)), PEFR[:, 1], list(range(17))),
    ):
        assert found.lower.low == pytest.approx(plain.lower.low)
        assert found.sd == pytest.approx(plain.sd)


def test_visits_apart_keep_the_change_between_them_out_of_separate_trials():
    """Both methods see the same change from visit to visit: it is no disagreement."""
    rng = np.random.default_rng(5)
    cells = [(person, visit) for person in range(60) for visit in (1, 2) for _ in range(3)]
    true = {cell: 60 + rng.normal(0, 20) for cell in dict.fromkeys(cells)}
    a, b = (np.array([true[cell] + rng.normal(0, 2) for cell in cells]) for _ in range(2))
    whose = {cell: cell[0] for cell in cells}
    apart = limits_of_means(a, cells, b, cells, whose)
    mixed = limits_of_means(a, [c[0] for c in cells], b, [c[0] for c in cells])
    assert apart.sd == pytest.approx(2 * math.sqrt(2), rel=0.1)
    assert mixed.sd > 10


@pytest.mark.parametrize(
    ("intervals", "least"),
    [("exact", 0.93), ("together", 0.93), pytest.param("separate", 0.93, marks=pytest.mark.slow)],
)
def test_intervals_hold_the_true_limit_in_95_of_100_studies(intervals, least):
    """Studies of ten persons with a known bias of 1, between-person SD 2 and within-person SD 1.5."""
    rng = np.random.default_rng(11)
    persons = np.repeat(np.arange(10), 4)
    sd = 2.0 if intervals == "exact" else math.hypot(2, 1.5) if intervals == "together" else math.hypot(2, 1.5, 1.0)
    held = 0
    for _ in range(STUDIES):
        own = 1 + rng.normal(0, 2, 10)
        if intervals == "exact":
            found = limits_of_agreement(float(own.mean()), float(own.std(ddof=1)), 10)
        elif intervals == "together":
            found = limits_of_pairs(own[persons] + rng.normal(0, 1.5, 40), persons.tolist())
        else:
            a, b = own[persons] + rng.normal(0, 1.5, 40), rng.normal(0, 1.0, 40)
            found = limits_of_means(a, persons.tolist(), b, persons.tolist())
        held += found.upper.low <= 1 + 1.959964 * sd <= found.upper.high
    assert least <= held / STUDIES <= 0.985


@examples(40)
@given(
    st.integers(2, 12).flatmap(
        lambda n: st.lists(st.lists(st.floats(-100, 100), min_size=3, max_size=3), min_size=n, max_size=n)
    )
)
def test_reliability_does_not_hang_on_unit_or_zero(rows):
    x = np.round(np.array(rows), 3)
    if np.ptp(x) < 1:
        return
    ms, moved = mean_squares(x), mean_squares(20 - 3 * x)
    for icc in (reliability.icc_one_way, reliability.icc_agreement, reliability.icc_consistency):
        found, again = icc(ms), icc(moved)
        assert (found.value, found.low, found.high) == pytest.approx(
            (again.value, again.low, again.high), abs=1e-6, nan_ok=True
        )
        if not math.isnan(found.low):
            assert found.low <= found.value + 1e-9
            assert found.value <= found.high + 1e-9
    assert reliability.sem_agreement(ms) >= reliability.sem_consistency(ms).value - 1e-9


@pytest.mark.slow
def test_pingouin_finds_the_same():
    pingouin = pytest.importorskip("pingouin", reason="pingouin, a cross-check, is not installed")
    import pandas as pd

    rng = np.random.default_rng(2)
    for n, k in ((5, 2), (12, 3), (30, 4)):
        x = rng.normal(0, 3, (n, 1)) + rng.normal(0, 1, (1, k)) + rng.normal(0, 2, (n, k))
        long = pd.DataFrame([(i, j, x[i, j]) for i in range(n) for j in range(k)], columns=["who", "by", "value"])
        table = pingouin.intraclass_corr(long, "who", "by", "value")
        interval = "CI95%" if "CI95%" in table else "CI95"
        ms = mean_squares(x)
        ours = (reliability.icc_one_way(ms), reliability.icc_agreement(ms), reliability.icc_consistency(ms))
        for estimate, theirs in zip(ours, table.to_dict("records")[:3], strict=True):
            assert estimate.value == pytest.approx(theirs["ICC"], abs=1e-9)
            assert (estimate.low, estimate.high) == pytest.approx(tuple(theirs[interval]), abs=0.0051)


def test_identical_and_flat_ratings():
    same = mean_squares(np.array([[1.0, 1.0], [2.0, 2.0], [4.0, 4.0]]))
    assert reliability.icc_agreement(same).value == reliability.icc_consistency(same).value == 1
    assert reliability.sem_consistency(same).value == 0
    flat = mean_squares(np.full((3, 2), 7.0))
    assert math.isnan(reliability.icc_agreement(flat).value)
    assert math.isnan(reliability.icc_consistency(flat).value)


def test_what_cannot_be_computed_is_refused_or_nan():
    with pytest.raises(ValueError, match="two persons"):
        mean_squares(np.ones((1, 2)))
    with pytest.raises(ValueError, match="every column"):
        mean_squares(np.array([[1.0, math.nan], [2.0, 3.0]]))
    one = limits_of_pairs(np.array([1.0, 2.0]), ["a", "a"])
    assert one.bias.value == 1.5
    assert math.isnan(one.sd)
    assert math.isnan(limits.trend(np.array([1.0, 2.0]), np.array([1.0, 2.0])).slope.value)


def test_a_bias_that_grows_and_a_spread_that_grows_are_seen():
    rng = np.random.default_rng(7)
    size = np.linspace(10, 90, 200)
    found = limits.trend(0.1 * size + rng.normal(0, 1, 200) * size / 20, size)
    assert found.slope.low < 0.1 < found.slope.high
    assert found.slope.low > 0
    # E|residual| = sqrt(2/pi)·sd, sd growing by 1/20 for each unit.
    assert found.spread_slope.low < math.sqrt(2 / math.pi) / 20 < found.spread_slope.high
    even = limits.trend(rng.normal(0, 1, 200), size)
    assert even.slope.low < 0 < even.slope.high


def test_mdc_of_a_known_error():
    assert reliability.mdc95(2.5) == pytest.approx(6.93, abs=0.005)

"""Variance components against the analysis of variance, another program, and simulated truth."""

import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from romcheck.statistics.components import two_facets, unbalanced
from romcheck.statistics.reliability import (
    icc_agreement,
    icc_consistency,
    icc_one_way,
    mean_squares,
    sem_agreement,
    sem_consistency,
)


def ratings(seed, persons=15, columns=3, person=8.0, column=1.5, error=3.0):
    rng = np.random.default_rng(seed)
    x = 60 + rng.normal(0, person, (persons, 1)) + rng.normal(0, column, (1, columns))
    return x + rng.normal(0, error, (persons, columns))


def with_gaps(seed, share=0.25, **how):
    x = ratings(seed, **how)
    x[np.random.default_rng(seed + 1).random(x.shape) < share] = np.nan
    return x


@pytest.mark.parametrize("seed", range(5))
def test_without_gaps_it_is_the_analysis_of_variance(seed):
    x = ratings(seed, column=4.0)
    found, ms = unbalanced(x), mean_squares(x)
    assert found.one_way.value == pytest.approx(icc_one_way(ms).value, abs=1e-6)
    assert found.consistency.value == pytest.approx(icc_consistency(ms).value, abs=1e-6)
    assert found.agreement.value == pytest.approx(icc_agreement(ms).value, abs=1e-6)
    expected = sem_consistency(ms)
    ends = (expected.value, expected.low, expected.high)
    assert (found.sem.value, found.sem.low, found.sem.high) == pytest.approx(ends, abs=1e-6)
    assert found.sem_agreement == pytest.approx(sem_agreement(ms), abs=1e-6)


def test_with_gaps_another_program_finds_the_same():
    x = with_gaps(3)
    x = x[np.isfinite(x).sum(axis=1) > 1]
    rows = pd.DataFrame([(i, j, v) for (i, j), v in np.ndenumerate(x) if math.isfinite(v)], columns=["p", "v", "y"])
    theirs = smf.mixedlm("y ~ C(v)", rows, groups=rows["p"]).fit(reml=True)
    found = unbalanced(x)
    assert found.values == len(rows)
    assert found.person == pytest.approx(float(theirs.cov_re.iloc[0, 0]), rel=1e-4)
    assert found.error == pytest.approx(float(theirs.scale), rel=1e-4)


@pytest.mark.slow
@examples(12)
@given(st.integers(0, 10_000))
def test_order_and_origin_do_not_matter(seed):
    x = with_gaps(seed, persons=8)
    found = unbalanced(x)
    rng = np.random.default_rng(seed)
    moved = unbalanced(x[rng.permutation(8)][:, rng.permutation(3)] + 17.0)
    assert (found is None) == (moved is None)
    if found is not None:
        assert moved.persons == found.persons
        assert moved.consistency.value == pytest.approx(found.consistency.value, abs=1e-4)
        assert moved.sem.value == pytest.approx(found.sem.value, rel=1e-4)


@pytest.mark.slow("sixty studies analysed, each with its interval")
def test_the_intervals_hold_the_truth():
    """ICC 64 / 73 for consistency; half of the persons lack one of three visits. 95 of 100, give or take chance."""
    held = []
    for seed in range(60):
        x = ratings(seed, persons=24, column=1.0)
        x[::2, seed % 3] = np.nan
        found = unbalanced(x)
        held.append((found.consistency.low <= 64 / 73 <= found.consistency.high, found.sem.low <= 3 <= found.sem.high))
    assert np.mean(held, axis=0) == pytest.approx([0.95, 0.95], abs=0.05)


@pytest.mark.parametrize("x", [np.full((5, 2), np.nan), np.array([[1.0, 2.0]]), np.array([[1.0, np.nan], [2.0, 3.0]])])
def test_too_little_gives_nothing(x):
    assert unbalanced(x) is None


def facets(seed, persons=200, raters=6, visits=6):
    """σ²p 64, σ²r 4, σ²v 1, σ²pr 2, σ²pv 5, σ²rv 0.5, rest 3."""
    rng = np.random.default_rng(seed)
    n, r, v = persons, raters, visits

    def part(variance, *shape):
        return rng.normal(0, math.sqrt(variance), shape)

    return (
        part(64, n, 1, 1) + part(4, 1, r, 1) + part(1, 1, 1, v) + part(2, n, r, 1) + part(5, n, 1, v)
        + part(0.5, 1, r, v) + part(3, n, r, v)
    )  # fmt: skip


def test_two_facets_are_told_apart():
    """By hand: between raters 69 / 74 and √5, between visits 66 / 74 and √8, both 64 / 74 and √10."""
    found = [two_facets(facets(seed)) for seed in range(4)]
    for k, (icc, sem) in enumerate(((69 / 74, 5), (66 / 74, 8), (64 / 74, 10))):
        assert np.mean([f[k].consistency.value for f in found]) == pytest.approx(icc, abs=0.01)
        assert np.mean([f[k].sem.value for f in found]) == pytest.approx(math.sqrt(sem), rel=0.03)
        assert all(f[k].agreement.value <= f[k].consistency.value for f in found)
        assert all(f[k].sem_agreement >= f[k].sem.value for f in found)


def test_the_intervals_of_two_facets_hold_the_truth():
    held = []
    for seed in range(100):
        raters, visits, both = two_facets(facets(seed, persons=15, raters=2, visits=2))
        truths = ((raters, 69 / 74, 5), (visits, 66 / 74, 8), (both, 64 / 74, 10))
        held.append([f.consistency.low <= icc <= f.consistency.high for f, icc, _ in truths]
                    + [f.sem.low <= math.sqrt(sem) <= f.sem.high for f, _, sem in truths])  # fmt: skip
    assert (np.mean(held, axis=0) >= 0.87).all()


def test_raters_and_visits_may_change_places():
    x = facets(1, persons=20, raters=2, visits=3)
    raters, visits, both = two_facets(x)
    swapped = two_facets(x.transpose(0, 2, 1))
    assert swapped[0].consistency.value == pytest.approx(visits.consistency.value)
    assert swapped[1].sem.value == pytest.approx(raters.sem.value)
    assert swapped[2].agreement.value == pytest.approx(both.agreement.value)


def test_two_facets_want_a_full_table():
    with pytest.raises(ValueError, match="full table"):
        two_facets(np.zeros((5, 1, 2)))

"""Statistics of repeated measurements: spread, reliability and agreement, with intervals for few values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]


def sample_sd(values: Sequence[float]) -> float | None:
    """Return the standard deviation with n - 1; None for fewer than two values."""
    return float(np.std(values, ddof=1)) if len(values) > 1 else None


def pooled_sd(groups: Sequence[Sequence[float] | Floats]) -> tuple[float, int]:
    """Spread within groups, taken as one: the root of the pooled variance, and its degrees of freedom.

    A group of one value says nothing about spread. Without any degree of freedom the spread is NaN.
    """
    squares = sum(float(np.sum((np.asarray(g) - np.mean(g)) ** 2)) for g in groups if len(g) > 1)
    freedom = sum(len(g) - 1 for g in groups if len(g) > 1)
    return (math.sqrt(squares / freedom), freedom) if freedom else (math.nan, 0)


def rmse(differences: Floats) -> float:
    """Root mean square of differences (n,); NaN for none."""
    return float(np.sqrt(np.mean(np.square(differences)))) if len(differences) else math.nan


def mae(differences: Floats) -> float:
    """Mean absolute difference (n,); NaN for none."""
    return float(np.mean(np.abs(differences))) if len(differences) else math.nan


@lru_cache(maxsize=256)
def t_factor(freedom: float) -> float:
    """Two-sided 95 % factor of Student's t; that of the normal distribution (1.96) for infinite freedom.

    Raises
    ------
    ValueError : if `freedom` is not positive
    """
    if not freedom > 0:
        raise ValueError(f"Student's t needs more than zero degrees of freedom, not {freedom}.")
    return float(stats.norm.ppf(0.975) if math.isinf(freedom) else stats.t.ppf(0.975, freedom))


def half_width(systematic: float, scatter: float, freedom: float) -> float:
    """Half-width of a 95 % interval from a known standard uncertainty and one estimated from few values.

    Parameters
    ----------
    systematic : standard uncertainty that repeating does not reduce
    scatter : standard uncertainty of the mean, estimated with `freedom` degrees of freedom

    Notes
    -----
    The two are independent: √((1.96·systematic)² + (t·scatter)²), each part with its own factor.
    """
    return math.hypot(t_factor(math.inf) * systematic, t_factor(freedom) * scatter)


@dataclass(frozen=True)
class Estimate:
    """An estimate with the ends of its 95 % interval; NaN where too few values tell."""

    value: float
    low: float
    high: float


UNKNOWN = Estimate(math.nan, math.nan, math.nan)


@dataclass(frozen=True)
class MeanSquares:
    """Two-way analysis of variance of persons by columns (visits, raters or methods), one value each.

    Attributes
    ----------
    persons, columns : numbers of persons n and of columns k
    between : mean square of the persons, n - 1 degrees of freedom
    column : mean square of the columns, k - 1
    error : mean square of what is left, (n - 1)(k - 1)
    within : mean square within persons, whatever the column, n(k - 1)
    """

    persons: int
    columns: int
    between: float
    column: float
    error: float
    within: float


def mean_squares(ratings: Floats) -> MeanSquares:
    """Mean squares of ratings (n, k): a row a person, a column a visit, rater or method; no NaN.

    Raises
    ------
    ValueError : for fewer than two rows or columns, or a value that is not finite
    """
    x = np.asarray(ratings, dtype=np.float64)
    if x.ndim != 2 or min(x.shape) < 2:
        raise ValueError(f"Reliability needs at least two persons and two columns, not a table of {x.shape}.")
    if not np.isfinite(x).all():
        raise ValueError("Every person needs a value in every column; leave out the others first.")
    n, k = x.shape
    rows, columns, mean = x.mean(axis=1, keepdims=True), x.mean(axis=0, keepdims=True), x.mean()

    def mean_square(deviations: Floats, times: int, freedom: int) -> float:
        square = times * float(np.sum(deviations**2)) / freedom
        return square if square > 1e-26 * float(np.sum(x**2)) else 0.0  # less is rounding

    return MeanSquares(
        n,
        k,
        between=mean_square(rows - mean, k, n - 1),
        column=mean_square(columns - mean, n, k - 1),
        error=mean_square(x - rows - columns + mean, 1, (n - 1) * (k - 1)),
        within=mean_square(x - rows, 1, n * (k - 1)),
    )


def icc_one_way(ms: MeanSquares) -> Estimate:
    """ICC(1) of McGraw & Wong, (1,1) of Shrout & Fleiss: who rated which person is not known or does not matter."""
    n, k = ms.persons, ms.columns
    return _icc_of_ratio(ms.between, ms.within, k, n - 1, n * (k - 1))


def icc_consistency(ms: MeanSquares) -> Estimate:
    """ICC(C,1), (3,1) of Shrout & Fleiss: one measurement, a constant difference between columns not counted.

    Source: McGraw & Wong 1996 (Psychol Methods 1:30), table 7. Without any spread it is NaN.
    """
    n, k = ms.persons, ms.columns
    return _icc_of_ratio(ms.between, ms.error, k, n - 1, (n - 1) * (k - 1))


def icc_agreement(ms: MeanSquares) -> Estimate:
    """ICC(A,1), (2,1) of Shrout & Fleiss: one measurement, a difference between columns counted as error.

    Source: McGraw & Wong 1996 (Psychol Methods 1:30), table 7, with Satterthwaite's degrees of freedom. Without any
    spread it is NaN.
    """
    n, k, msr, msc, mse = ms.persons, ms.columns, ms.between, ms.column, ms.error
    whole = msr + (k - 1) * mse + k * (msc - mse) / n
    if not whole > 0:
        return UNKNOWN
    icc = (msr - mse) / whole
    if mse + msc == 0 or icc == 1:
        return Estimate(icc, icc, icc)
    if mse == 0 and icc <= 0:
        return Estimate(icc, math.nan, math.nan)
    # Below zero the estimate counts as zero here: else the degrees of freedom lose their meaning.
    odds = max(0.0, icc) / (1 - icc)
    a, b = k * odds / n, 1 + k * odds * (n - 1) / n
    freedom = (a * msc + b * mse) ** 2 / ((a * msc) ** 2 / (k - 1) + (b * mse) ** 2 / ((n - 1) * (k - 1)))
    error = k * msc + (k * n - k - n) * mse
    lower, upper = stats.f.ppf(0.975, n - 1, freedom), stats.f.ppf(0.975, freedom, n - 1)
    return Estimate(
        icc,
        float(n * (msr - lower * mse) / (lower * error + n * msr)),
        float(n * (upper * msr - mse) / (error + n * upper * msr)),
    )


def _icc_of_ratio(between: float, error: float, k: int, between_freedom: int, error_freedom: int) -> Estimate:
    """ICC and interval that hang on the ratio of two mean squares alone."""
    if between == error == 0:
        return UNKNOWN
    if error == 0:
        return Estimate(1.0, 1.0, 1.0)
    f = between / error
    low = f / stats.f.ppf(0.975, between_freedom, error_freedom)
    high = f * stats.f.ppf(0.975, error_freedom, between_freedom)
    return Estimate(*(float((ratio - 1) / (ratio + k - 1)) for ratio in (f, low, high)))


def sem_consistency(ms: MeanSquares) -> Estimate:
    """Standard error of one measurement, √MSE, a constant difference between columns not counted.

    Source: Weir 2005 (J Strength Cond Res 19:231). The interval is that of a variance (chi-squared), exact for
    normal errors.
    """
    freedom = (ms.persons - 1) * (ms.columns - 1)
    low, high = (math.sqrt(ms.error * freedom / stats.chi2.ppf(p, freedom)) for p in (0.975, 0.025))
    return Estimate(math.sqrt(ms.error), low, high)


def sem_agreement(ms: MeanSquares) -> float:
    """Standard error of one measurement with the differences between columns: √(σ²_columns + σ²_error).

    Source: de Vet et al. 2006 (J Clin Epidemiol 59:1033). A negative estimate of σ²_columns counts as zero.
    """
    return math.sqrt(max(0.0, (ms.column - ms.error) / ms.persons) + ms.error)


def mdc95(sem: float) -> float:
    """Smallest change between two measurements of one person that error alone makes in 5 % of cases: 1.96·√2·SEM."""
    return t_factor(math.inf) * math.sqrt(2) * sem


Intervals = Literal["exact", "1999", "1986"]
"""How the intervals of limits of agreement are found; see `limits_of_agreement`."""


@dataclass(frozen=True)
class Limits:
    """Bias and 95 % limits of agreement of two methods, in their unit.

    Attributes
    ----------
    persons, pairs : how many of each took part
    bias : mean difference
    sd : standard deviation of a single difference, between and within persons
    lower, upper : bias ∓ 1.96 sd
    """

    persons: int
    pairs: int
    bias: Estimate
    sd: float
    lower: Estimate
    upper: Estimate


def limits_of_agreement(bias: float, sd: float, n: int, intervals: Intervals = "exact") -> Limits:
    """Limits of agreement from one difference a person.

    Parameters
    ----------
    bias, sd : mean and standard deviation (n - 1) of the differences
    n : number of persons
    intervals : of the limits. "exact": each limit is a percentile of a normal distribution, whose interval follows
        from noncentral t (Carkeet 2015, Optom Vis Sci 92:e71, limits taken one by one). "1999": standard error
        √(1/n + 1.96²/(2(n - 1)))·sd and 1.96 times it (Bland & Altman 1999, Stat Methods Med Res 8:135). "1986":
        limits at 2 sd, standard error √(3/n)·sd and t times it (Bland & Altman 1986, Lancet 327:307). The
        approximations are those of their papers, bias included; they are there to repeat published figures.

    Notes
    -----
    One person gives a bias alone; everything else is NaN.
    """
    if n < 2 or not math.isfinite(sd):
        return Limits(n, n, Estimate(bias, math.nan, math.nan), math.nan, UNKNOWN, UNKNOWN)
    z = 2.0 if intervals == "1986" else t_factor(math.inf)
    t = t_factor(math.inf) if intervals == "1999" else t_factor(n - 1)
    if intervals == "exact":
        near, far = (float(stats.nct.ppf(p, n - 1, z * math.sqrt(n))) / math.sqrt(n) for p in (0.025, 0.975))
    else:
        error = math.sqrt(3 / n) if intervals == "1986" else math.sqrt(1 / n + z**2 / (2 * (n - 1)))
        near, far = z - t * error, z + t * error
    reach = t * sd / math.sqrt(n)
    return Limits(
        n,
        n,
        Estimate(bias, bias - reach, bias + reach),
        sd,
        Estimate(bias - z * sd, bias - far * sd, bias - near * sd),
        Estimate(bias + z * sd, bias + near * sd, bias + far * sd),
    )


def limits_of_pairs(differences: Floats, persons: Sequence[object]) -> Limits:
    """Limits of agreement from several pairs a person, each pair measured at one time: the true value may change.

    The variance of a difference is that between persons and that within them, from a one-way analysis of variance
    with unequal numbers: MSB/m₀ + (1 - 1/m₀)·MSW. The bias is the mean of all pairs.

    Parameters
    ----------
    differences : (n,) one method minus the other; no NaN
    persons : (n,) whose pair it is

    Notes
    -----
    Source: Bland & Altman 2007 (J Biopharm Stat 17:571), section 3. With one pair a person these are the limits of
    `limits_of_agreement`, intervals exact; otherwise see `_limits_of_parts`.
    """
    base = _of_pairs(differences, persons)
    if base.pairs == base.persons or base.persons < 2:
        sd = math.sqrt(base.parts[0][0]) if base.persons > 1 else math.nan
        return replace(limits_of_agreement(base.bias, sd, base.persons), pairs=base.pairs)
    return _limits_of_parts(base)


def limits_of_means(
    a: Floats,
    a_cells: Sequence[object],
    b: Floats,
    b_cells: Sequence[object],
    person_of: Mapping[object, object] | None = None,
) -> Limits:
    """Limits of agreement from several values by each method, not in pairs, while the true value stays the same.

    The variance of a single difference is that of the differences of means, with what averaging took from it given
    back: s²(d̄) + (1 - 1/m_a)·s²_a + (1 - 1/m_b)·s²_b, m the harmonic mean of the numbers of values. The bias is the
    mean of the differences of means.

    Parameters
    ----------
    a, b : values of either method; no NaN
    a_cells, b_cells : for each value, the cell in which the true value stays the same: a person, or one visit of a
        person; cells that are not in both are left out
    person_of : whose each cell is, where persons have several; s²(d̄) is then that of `limits_of_pairs`

    Notes
    -----
    Source: Bland & Altman 1999 (Stat Methods Med Res 8:135), sections 5.1 and 5.2. Intervals: `_limits_of_parts`;
    with one value a person, `limits_of_agreement`, exact.
    """
    of_a, of_b = _by_person(a, a_cells), _by_person(b, b_cells)
    kept = [cell for cell in of_a if cell in of_b]
    sides = [[of[cell] for cell in kept] for of in (of_a, of_b)]
    d = np.array([x.mean() - y.mean() for x, y in zip(*sides, strict=True)])
    pairs = min(sum(map(len, side)) for side in sides)
    persons = [person_of[cell] if person_of else cell for cell in kept]
    corrections = []
    for side in sides:
        spread, freedom = pooled_sd(side)
        if freedom:
            corrections.append(((1 - float(np.mean([1 / len(g) for g in side]))) * spread**2, freedom))
    base = _of_pairs(d, persons)
    if not corrections or base.persons < 2:
        return replace(limits_of_pairs(d, persons), pairs=pairs)
    return _limits_of_parts(replace(base, pairs=pairs, parts=(*base.parts, *corrections)))


@dataclass(frozen=True)
class _Parts:
    """Mean difference, and the variance of a single one as parts, each with its degrees of freedom."""

    persons: int
    pairs: int
    bias: float
    bias_variance: float
    parts: tuple[tuple[float, int], ...]


def _of_pairs(differences: Floats, persons: Sequence[object]) -> _Parts:
    """Analysis of variance of differences by person."""
    groups = list(_by_person(differences, persons).values())
    sizes = np.array([len(g) for g in groups])
    n, total = len(groups), int(sizes.sum())
    bias = float(np.mean(differences)) if total else math.nan
    if n < 2:
        return _Parts(n, total, bias, math.nan, ())
    between = float(np.sum(sizes * (np.array([g.mean() for g in groups]) - bias) ** 2)) / (n - 1)
    if total == n:
        return _Parts(n, total, bias, between / n, ((between, n - 1),))
    spread, freedom = pooled_sd(groups)
    squares = float(np.sum(sizes**2))
    m0 = (total - squares / total) / (n - 1)
    persons_variance = max(0.0, (between - spread**2) / m0)
    bias_variance = persons_variance * squares / total**2 + spread**2 / total
    return _Parts(n, total, bias, bias_variance, ((between / m0, n - 1), ((1 - 1 / m0) * spread**2, freedom)))


def _limits_of_parts(base: _Parts) -> Limits:
    """Limits where the variance of a difference is a sum of parts, each known with its own degrees of freedom.

    The intervals are Zou's (2013, Stat Methods Med Res 22:630): the interval of the sum from those of its parts
    (chi-squared), and that of bias ± 1.96 sd from both. Student's t with persons - 1 degrees of freedom is taken for
    the bias where the paper takes the normal distribution, which matters for few persons.
    """
    z, t, bias = t_factor(math.inf), t_factor(base.persons - 1), base.bias
    variance = sum(part for part, _ in base.parts)
    down = math.sqrt(sum((part * (1 - f / stats.chi2.ppf(0.975, f))) ** 2 for part, f in base.parts))
    up = math.sqrt(sum((part * (f / stats.chi2.ppf(0.025, f) - 1)) ** 2 for part, f in base.parts))
    sd, least, most = math.sqrt(variance), math.sqrt(max(0.0, variance - down)), math.sqrt(variance + up)
    reach = t * math.sqrt(base.bias_variance)
    near, far = math.hypot(reach, z * (sd - least)), math.hypot(reach, z * (most - sd))
    low, high = bias - z * sd, bias + z * sd
    return Limits(
        base.persons,
        base.pairs,
        Estimate(bias, bias - reach, bias + reach),
        sd,
        Estimate(low, low - far, low + near),
        Estimate(high, high - near, high + far),
    )


@dataclass(frozen=True)
class Trend:
    """How differences, and their spread, hang on the size measured.

    Attributes
    ----------
    slope : change of the difference for one unit of the mean of both methods
    spread_slope : change of the absolute residual for one unit of the mean
    """

    slope: Estimate
    spread_slope: Estimate


def trend(difference: Floats, mean: Floats) -> Trend:
    """Proportional bias and changing spread: regressions on the mean of both methods (n,), one value a person.

    The slope of the difference on the mean tells a bias that grows; the slope of the absolute residuals on the mean
    tells a spread that grows. Both are NaN for fewer than three persons or where all means are the same.

    Source: Bland & Altman 1999 (Stat Methods Med Res 8:135), section 3.2.
    """
    d, m = np.asarray(difference, float), np.asarray(mean, float)
    if len(d) < 3 or np.ptp(m) == 0:
        return Trend(UNKNOWN, UNKNOWN)
    fit = stats.linregress(m, d)
    residuals = np.abs(d - fit.intercept - fit.slope * m)
    return Trend(*(_slope(f, len(d)) for f in (fit, stats.linregress(m, residuals))))


def _slope(fit: Any, n: int) -> Estimate:
    reach = t_factor(n - 2) * fit.stderr
    return Estimate(float(fit.slope), float(fit.slope - reach), float(fit.slope + reach))


def _by_person(values: Floats, persons: Sequence[object]) -> dict[object, Floats]:
    """Values of each person, in the order in which persons first appear."""
    groups: dict[object, list[float]] = {}
    for value, person in zip(values, persons, strict=True):
        groups.setdefault(person, []).append(float(value))
    return {person: np.array(group) for person, group in groups.items()}

"""Agreement between two methods: bias, limits of agreement, and how they depend on the size measured."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from scipy import stats

from romcheck.arrays import Floats
from romcheck.statistics import UNKNOWN, Estimate, pooled_sd, t_factor

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

    Examples
    --------
    >>> found = limits_of_agreement(bias=1.5, sd=2.0, n=20)
    >>> round(found.lower.value, 2), round(found.upper.value, 2)
    (-2.42, 5.42)
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
    """Limits of agreement from several pairs per person, each pair measured at one time: the true value may change.

    The variance of a difference is that between persons and that within them, from a one-way analysis of variance
    with unequal numbers: MSB/m₀ + (1 - 1/m₀)·MSW. The bias is the mean of all pairs.

    Parameters
    ----------
    differences : (n,) one method minus the other; no NaN
    persons : (n,) whose pair it is

    Notes
    -----
    Source: Bland & Altman 2007 (J Biopharm Stat 17:571), section 3. With one pair per person these are the limits of
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
    """Analysis of variance of differences by person.

    Where persons differ by less than chance alone would make them, the variance between persons comes out negative. It
    is taken as zero everywhere: the mean square between persons is then that within them.
    """
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
    between = max(between, spread**2)
    persons_variance = (between - spread**2) / m0
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
class SizeTrend:
    """How differences, and their spread, depend on the size measured.

    Attributes
    ----------
    slope : change of the difference for one unit of the mean of both methods
    spread_slope : change of the absolute residual for one unit of the mean
    """

    slope: Estimate
    spread_slope: Estimate


def trend(difference: Floats, mean: Floats) -> SizeTrend:
    """Proportional bias and changing spread: regressions on the mean of both methods (n,), one value a person.

    The slope of the difference on the mean shows a bias that grows; the slope of the absolute residuals on the mean
    shows a spread that grows. Both are NaN for fewer than three persons or where all means are the same.

    Source: Bland & Altman 1999 (Stat Methods Med Res 8:135), section 3.2.
    """
    d, m = np.asarray(difference, float), np.asarray(mean, float)
    if len(d) < 3 or np.ptp(m) == 0:
        return SizeTrend(UNKNOWN, UNKNOWN)
    fit = stats.linregress(m, d)
    residuals = np.abs(d - fit.intercept - fit.slope * m)
    return SizeTrend(*(_slope(f, len(d)) for f in (fit, stats.linregress(m, residuals))))


def _slope(fit: Any, n: int) -> Estimate:
    reach = t_factor(n - 2) * fit.stderr
    return Estimate(float(fit.slope), float(fit.slope - reach), float(fit.slope + reach))


def _by_person(values: Floats, persons: Sequence[object]) -> dict[object, Floats]:
    """Values of each person, in the order in which persons first appear."""
    groups: dict[object, list[float]] = {}
    for value, person in zip(values, persons, strict=True):
        groups.setdefault(person, []).append(float(value))
    return {person: np.array(group) for person, group in groups.items()}

"""Reliability of repeated measurements: ICC, standard error of measurement, minimal detectable change."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from romcheck.arrays import Floats
from romcheck.statistics import UNKNOWN, Estimate, t_factor


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
    """Mean squares of ratings (n, k): one row per person, one column per visit, rater or method; no NaN.

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
    """ICC(1) of McGraw & Wong, (1,1) of Shrout & Fleiss: who rated which person is not known or does not matter.

    Source: McGraw & Wong 1996 (Psychol Methods 1:30), table 7. Without any spread it is NaN.
    """
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
    """ICC and interval that depend on the ratio of two mean squares alone."""
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
    """Smallest change between two measurements of one person that error alone makes in 5 % of cases: 1.96·√2·SEM.

    Source: Weir 2005 (J Strength Cond Res 19:231). NaN for NaN.

    >>> round(mdc95(2.0), 2)
    5.54
    """
    return t_factor(math.inf) * math.sqrt(2) * sem

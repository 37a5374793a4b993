"""Statistics of repeated measurements: standard deviations and factors that every measurement needs.

For studies, :mod:`romcheck.statistics.reliability` and :mod:`romcheck.statistics.limits`. All gives intervals that hold
for few values.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import special

from romcheck.arrays import Floats


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


TRIALS_SD_DEG = 2.5
TRIALS_FREEDOM = 4
"""How far trials of one person differ: typical standard deviation, and what it is worth in degrees of freedom (95 % of
people between 1.5° and 7°). From the standard errors of measurement of repeated neck movements: 1.6-2.8° (Audette 2010,
JOSPT 40:318), 1.5-2.9° (Anwar 2022, doi 10.35975/apic.v26i4.1957)."""


def moderated(spread: float, freedom: int) -> tuple[float, int]:
    """Spread of trials, estimated with these degrees of freedom, combined with the known spread of other people.

    With a scaled inverse chi-squared prior the variance is the mean of both, weighted by their degrees of freedom, and
    Student's t has the sum of them (Smyth 2004, Stat Appl Genet Mol Biol 3(1):3). The prior has the scale
    `TRIALS_SD_DEG` and `TRIALS_FREEDOM` degrees of freedom.
    """
    together = freedom + TRIALS_FREEDOM
    return math.sqrt((freedom * spread**2 + TRIALS_FREEDOM * TRIALS_SD_DEG**2) / together), together


RANGE_99 = (math.nan, math.nan, 3.643, 4.120, 4.403, 4.603, 4.757, 4.882, 4.987, 5.078, 5.157)
"""Range, in standard deviations, that 99 % of sets of n normal values stay within, by n (the studentized range with a
known standard deviation)."""


def range_factor(n: int) -> float:
    """Standard deviations that the range of n normal values, at least two, stays within in 99 % of sets."""
    return RANGE_99[min(n, len(RANGE_99) - 1)]


@lru_cache(maxsize=256)
def t_factor(freedom: float, together: int = 1) -> float:
    """Two-sided 95 % factor of Student's t; that of the normal distribution (1.96) for infinite freedom.

    Parameters
    ----------
    together : intervals that hold simultaneously in 95 %; each is then wider (Bonferroni)

    Raises
    ------
    ValueError : if `freedom` is not positive
    """
    if not freedom > 0:
        raise ValueError(f"Student's t needs more than zero degrees of freedom, not {freedom}.")
    share = 1 - 0.025 / together
    return float(special.ndtri(share) if math.isinf(freedom) else special.stdtrit(freedom, share))


def half_width(systematic: float, scatter: float, freedom: float, together: int = 1) -> float:
    """Half-width of a 95 % interval from a known standard uncertainty and one estimated from few values.

    Parameters
    ----------
    systematic : standard uncertainty that repeating does not reduce
    scatter : standard uncertainty of the mean, estimated with `freedom` degrees of freedom
    together : intervals that hold simultaneously, see :func:`t_factor`

    Notes
    -----
    The two are independent: √((1.96·systematic)² + (t·scatter)²), each part with its own factor.
    """
    return math.hypot(t_factor(math.inf, together) * systematic, t_factor(freedom, together) * scatter)


@dataclass(frozen=True)
class Estimate:
    """An estimate with its 95 % interval; NaN if there are too few values."""

    value: float
    low: float
    high: float


UNKNOWN = Estimate(math.nan, math.nan, math.nan)

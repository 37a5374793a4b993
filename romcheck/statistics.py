"""Statistics of repeated trials: pooled spread and intervals with few degrees of freedom."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats


def sample_sd(values: Sequence[float]) -> float | None:
    """Return the standard deviation with n - 1; None for fewer than two values."""
    return float(np.std(values, ddof=1)) if len(values) > 1 else None


def pooled_sd(groups: Sequence[Sequence[float]]) -> tuple[float, int]:
    """Spread within groups, taken as one: the root of the pooled variance, and its degrees of freedom.

    A group of one value says nothing about spread. Without any degree of freedom the spread is NaN.
    """
    squares = sum(float(np.sum((np.asarray(g) - np.mean(g)) ** 2)) for g in groups if len(g) > 1)
    freedom = sum(len(g) - 1 for g in groups if len(g) > 1)
    return (math.sqrt(squares / freedom), freedom) if freedom else (math.nan, 0)


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

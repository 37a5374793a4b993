"""Variance components by restricted maximum likelihood where cells are missing, and of two crossed facets.

Where every person has a value in every column the analysis of variance of :mod:`romcheck.statistics.reliability` gives
the same figures in closed form.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from romcheck.arrays import Floats
from romcheck.statistics import UNKNOWN, Estimate

MOST_RATIO = 1e6
"""Largest ratio of two variances that is looked at: an ICC of 0.999999."""
DRAWS = 20_000
"""Draws of the generalised intervals: their ends are then known to about 1 % of their width."""


@dataclass(frozen=True)
class Components:
    """Variances of persons, columns and what is left, with what follows from them, of persons by columns with gaps.

    Attributes
    ----------
    persons : persons with at least two values
    values : their values
    person, error : variances with the columns as fixed: σ²p and σ²e of ICC(C,1)
    one_way, consistency, agreement : ICC(1), ICC(C,1) and ICC(A,1), with 95 % intervals from the profile likelihood
    sem : √σ²e, its interval that of a variance with the degrees of freedom left
    sem_agreement : √(σ²columns + σ²e) with the columns as random
    """

    persons: int
    values: int
    person: float
    error: float
    one_way: Estimate
    consistency: Estimate
    agreement: Estimate
    sem: Estimate
    sem_agreement: float


def unbalanced(ratings: Floats) -> Components | None:
    """Components of ratings (n, k), one row per person, NaN where a value is missing; rows with one value are left out.

    Restricted maximum likelihood (Patterson & Thompson 1971, Biometrika 58:545). Variances below zero count as zero,
    so that an ICC is never negative. None for fewer than two persons or columns, or where no degree of freedom is left.
    """
    x = np.asarray(ratings, dtype=np.float64)
    x = x[np.isfinite(x).sum(axis=1) >= 2]
    x = x[:, np.isfinite(x).any(axis=0)] if len(x) else x
    if len(x) < 2 or x.shape[1] < 2:
        return None
    model = _Crossed(x)
    freedom = model.values - model.persons - model.columns + 1
    if freedom < 1:
        return None
    fixed, error = model.fit_fixed()
    consistency = _profiled(lambda icc: model.fixed(icc / (1 - icc)), fixed / (1 + fixed))
    one, _ = model.fit_one_way()
    one_way = _profiled(lambda icc: model.random(icc / (1 - icc), 0.0)[0], one / (1 + one))
    persons, columns, rest = model.fit_random()
    whole = persons + columns + rest
    agreement = UNKNOWN if not whole > 0 else _profiled(model.random_at, persons / whole)
    ends = [math.sqrt(error * freedom / stats.chi2.ppf(p, freedom)) for p in (0.975, 0.025)]
    return Components(
        model.persons,
        model.values,
        fixed * error,
        error,
        one_way,
        consistency,
        agreement,
        Estimate(math.sqrt(error), *ends),
        math.sqrt(columns + rest),
    )


class _Crossed:
    """Restricted likelihood of persons by columns with gaps, scale profiled out.

    With σ²p = λσ²e, a person with m values weighs the mean of these by λ / (1 + λm) (Henderson); everything is sums
    over persons and matrices of the columns' size.
    """

    def __init__(self, x: Floats) -> None:
        self.there = np.isfinite(x)
        self.x = np.where(self.there, x - np.nanmean(x), 0.0)
        self.counts = self.there.sum(axis=1)
        self.persons, self.columns = x.shape
        self.values = int(self.counts.sum())

    def _weighed(self, ratio: float) -> tuple[Floats, Floats, float, float]:
        """X'V⁻¹X (k, k), X'V⁻¹y (k,), y'V⁻¹y and log|V| for V = I + λZZ', X the indicators of the columns."""
        there, share = self.there.astype(float), ratio / (1 + ratio * self.counts)
        sums = self.x.sum(axis=1)
        inner = np.diag(there.sum(axis=0)) - (there * share[:, None]).T @ there
        cross = self.x.sum(axis=0) - there.T @ (share * sums)
        square = float((self.x**2).sum() - (share * sums**2).sum())
        return inner, cross, square, float(np.log1p(ratio * self.counts).sum())

    def fixed(self, ratio: float) -> float:
        """−2 log restricted likelihood at λ, the columns fixed."""
        return self._fixed(ratio)[0]

    def _fixed(self, ratio: float) -> tuple[float, float]:
        inner, cross, square, log_v = self._weighed(ratio)
        left = max(square - float(cross @ np.linalg.solve(inner, cross)), 1e-12 * float((self.x**2).sum()) + 1e-300)
        freedom = self.values - self.columns
        return log_v + np.linalg.slogdet(inner)[1] + freedom * math.log(left / freedom), left / freedom

    def random(self, ratio: float, of_columns: float) -> tuple[float, float]:
        """The same and σ²e at λ, the columns random with σ²columns = ``of_columns``·σ²e and one mean."""
        inner, cross, square, log_v = self._weighed(ratio)
        middle = np.eye(self.columns) + of_columns * inner
        ones = np.ones(self.columns)
        woven = of_columns * np.linalg.solve(middle, inner)
        mean_weight = float(ones @ inner @ ones - ones @ inner @ woven @ ones)
        mean_cross = float(ones @ cross - of_columns * ones @ inner @ np.linalg.solve(middle, cross))
        square -= of_columns * float(cross @ np.linalg.solve(middle, cross))
        left = max(square - mean_cross**2 / mean_weight, 1e-12 * float((self.x**2).sum()) + 1e-300)
        freedom = self.values - 1
        log_v += np.linalg.slogdet(middle)[1]
        return log_v + math.log(mean_weight) + freedom * math.log(left / freedom), left / freedom

    def random_at(self, icc: float) -> float:
        """−2 log restricted likelihood at an ICC(A,1), at the share of the columns in the rest that fits best."""
        return self._best_share(icc)[1]

    def _best_share(self, icc: float) -> tuple[float, float]:
        """That share, and −2 log restricted likelihood there."""

        def at(share: float) -> float:
            error = (1 - icc) * (1 - share)
            return self.random(icc / error, (1 - icc) * share / error)[0]

        return _least(at, 0.0, 1 - 1e-6)

    def fit_fixed(self) -> tuple[float, float]:
        """λ and σ²e, the columns fixed."""
        ratio = _ratio(lambda icc: self.fixed(icc / (1 - icc)))
        return ratio, self._fixed(ratio)[1]

    def fit_one_way(self) -> tuple[float, float]:
        """λ and σ²e without columns."""
        ratio = _ratio(lambda icc: self.random(icc / (1 - icc), 0.0)[0])
        return ratio, self.random(ratio, 0.0)[1]

    def fit_random(self) -> tuple[float, float, float]:
        """σ²p, σ²columns and σ²e, the columns random."""
        icc, _ = _least(self.random_at, 0.0, 1 - 1 / MOST_RATIO)
        share, _ = self._best_share(icc)
        error = (1 - icc) * (1 - share)
        scale = self.random(icc / error, (1 - icc) * share / error)[1] / error
        return icc * scale, (1 - icc) * share * scale, error * scale


def _ratio(likelihood: Callable[[float], float]) -> float:
    icc, _ = _least(likelihood, 0.0, 1 - 1 / MOST_RATIO)
    return icc / (1 - icc)


def _least(f: Callable[[float], float], low: float, high: float) -> tuple[float, float]:
    """Where a function of one number is least between two ends, the ends included, and how small it is there."""
    found = optimize.minimize_scalar(f, bounds=(low, high), method="bounded", options={"xatol": 1e-9})
    return min(((float(x), float(f(x))) for x in (low, float(found.x), high)), key=lambda one: one[1])


def _profiled(likelihood: Callable[[float], float], best: float) -> Estimate:
    """The estimate with the values of the ICC whose likelihood ratio is not below that of a χ² with one degree."""
    bar = likelihood(best) + stats.chi2.ppf(0.95, 1)
    low, high = 0.0, 1 - 1 / MOST_RATIO

    def past(icc: float) -> float:
        return likelihood(icc) - bar

    lower = low if best <= low or past(low) <= 0 else float(optimize.brentq(past, low, best, xtol=1e-7))
    upper = high if best >= high or past(high) <= 0 else float(optimize.brentq(past, best, high, xtol=1e-7))
    return Estimate(best, lower, upper)


@dataclass(frozen=True)
class Facet:
    """One measurement against another that differs in one facet, or in both.

    Attributes
    ----------
    agreement, consistency : ICC with and without systematic differences as error
    sem : standard error without systematic differences; ``sem_agreement`` with them
    """

    agreement: Estimate
    consistency: Estimate
    sem: Estimate
    sem_agreement: float


def two_facets(ratings: Floats) -> tuple[Facet, Facet, Facet]:
    """Reliability of ratings (n, r, v): one row per person, then raters, then visits; complete, no NaN.

    Seven variance components of persons, raters, visits and their interactions, all random, from mean squares; below
    zero they count as zero. An error is what differs between two measurements: between two raters at one visit σ²r,
    σ²rv, σ²pr and what is left; between two visits by one rater σ²v, σ²rv, σ²pv and what is left; all of these where
    both differ (Shavelson & Webb 1991, Generalizability Theory; Eliasziw et al. 1994, Phys Ther 74:777). Intervals are
    generalised ones: every mean square is divided by a drawn χ² over its degrees of freedom (Weerahandi 1993, J Am Stat
    Assoc 88:899), the same draws each time.

    Returns
    -------
    Between raters at one visit, between visits by one rater, and another rater at another visit.

    Raises
    ------
    ValueError : for fewer than two persons, raters or visits, or a value that is not finite
    """
    x = np.asarray(ratings, dtype=np.float64)
    if x.ndim != 3 or min(x.shape) < 2 or not np.isfinite(x).all():
        raise ValueError(f"Two facets need a full table of at least two persons, raters and visits, not {x.shape}.")
    squares, freedom = _mean_squares(x)
    rng = np.random.default_rng(0)
    drawn = squares[:, None] * freedom[:, None] / rng.chisquare(freedom[:, None], (7, DRAWS))
    point, spread = _variances(squares, x.shape), _variances(drawn, x.shape)
    between_raters = _facet(point, spread, ("p", "pv"), ("r", "rv"), ("pr", "e"))
    between_visits = _facet(point, spread, ("p", "pr"), ("v", "rv"), ("pv", "e"))
    both = _facet(point, spread, ("p",), ("r", "v", "rv"), ("pr", "pv", "e"))
    return between_raters, between_visits, both


def _mean_squares(x: Floats) -> tuple[Floats, Floats]:
    """Mean squares (7,) of p, r, v, pr, pv, rv and the rest, and their degrees of freedom."""
    shape = x.shape
    mean = x.mean()

    def over(*kept: int) -> Floats:
        return x.mean(axis=tuple(a for a in range(3) if a not in kept), keepdims=True)

    p, r, v, pr, pv, rv = over(0), over(1), over(2), over(0, 1), over(0, 2), over(1, 2)
    effects = (
        p - mean, r - mean, v - mean, pr - p - r + mean, pv - p - v + mean, rv - r - v + mean,
        x - pr - pv - rv + p + r + v - mean,
    )  # fmt: skip
    less = [n - 1 for n in shape]
    freedom = np.array(
        [less[0], less[1], less[2], less[0] * less[1], less[0] * less[2], less[1] * less[2], math.prod(less)], float
    )
    sums = np.array([(np.broadcast_to(effect, shape) ** 2).sum() for effect in effects])
    return sums / freedom, freedom


def _variances(squares: Floats, shape: tuple[int, ...]) -> dict[str, Floats]:
    """Variance components (…) by their names, not below zero, from mean squares (7, …)."""
    n, a, b = shape
    p, r, v, pr, pv, rv, e = squares
    found = {
        "e": e,
        "pr": (pr - e) / b,
        "pv": (pv - e) / a,
        "rv": (rv - e) / n,
        "p": (p - pr - pv + e) / (a * b),
        "r": (r - pr - rv + e) / (n * b),
        "v": (v - pv - rv + e) / (n * a),
    }
    return {name: np.maximum(value, 0.0) for name, value in found.items()}


def _facet(
    point: dict[str, Floats],
    spread: dict[str, Floats],
    true: tuple[str, ...],
    systematic: tuple[str, ...],
    error: tuple[str, ...],
) -> Facet:
    def both(name: Callable[[dict[str, Floats]], Floats]) -> Estimate:
        with np.errstate(invalid="ignore"):
            value, drawn = float(name(point)), name(spread)
        if math.isnan(value):
            return UNKNOWN
        return Estimate(value, *(float(q) for q in np.nanquantile(drawn, (0.025, 0.975))))

    def total(of: dict[str, Floats], names: tuple[str, ...]) -> Floats:
        return sum((of[name] for name in names), start=np.zeros_like(of["e"]))

    return Facet(
        agreement=both(lambda of: total(of, true) / total(of, (*true, *systematic, *error))),
        consistency=both(lambda of: total(of, true) / total(of, (*true, *error))),
        sem=both(lambda of: np.sqrt(total(of, error))),
        sem_agreement=math.sqrt(float(total(point, (*systematic, *error)))),
    )

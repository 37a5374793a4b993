"""The figures of one movement, from its rows: limits of agreement, ICC and SEM."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from romcheck.agreement.matching import Matched
from romcheck.agreement.study import FACETS, Part, Reliability
from romcheck.arrays import Floats
from romcheck.statistics import UNKNOWN, Estimate, mae, pooled_sd, rmse
from romcheck.statistics.components import Facet, unbalanced
from romcheck.statistics.limits import (
    Intervals,
    Limits,
    SizeTrend,
    limits_of_agreement,
    limits_of_means,
    limits_of_pairs,
    trend,
)
from romcheck.statistics.reliability import (
    icc_agreement,
    icc_consistency,
    icc_one_way,
    mean_squares,
    sem_agreement,
    sem_consistency,
)

SAME = 1e-9
"""Values nearer than this, in their unit, are one: means of equal numbers may differ in their last bits."""


def groups(rows: pd.DataFrame, by: Sequence[str]) -> Iterator[tuple[tuple[str | None, str | None], pd.DataFrame]]:
    """Rows of each test and movement, in the order in which they first appear."""
    if not by:
        yield (None, None), rows
        return
    for values, group in rows.groupby(list(by), sort=False, dropna=False):
        label = dict(zip(by, values, strict=True))
        yield (_named(label.get("test")), _named(label.get("movement"))), group


def _named(value: object) -> str | None:
    return value if isinstance(value, str) else None


def same_group(rows: pd.DataFrame, by: Sequence[str], label: tuple[str | None, str | None]) -> pd.DataFrame:
    """Rows of one test and movement."""
    for key, value in zip(("test", "movement"), label, strict=True):
        if key in by:
            rows = rows[rows[key].isna() if value is None else rows[key] == value]
    return rows


NO_FACET = Facet(UNKNOWN, UNKNOWN, UNKNOWN, math.nan)


def alike_in(x: Floats) -> str:
    """Whether the error cannot be estimated from the persons (rows): see `Part`. Missing values of ``x`` are NaN."""
    if len(x) < 2:
        return ""
    if np.nanmax(x) - np.nanmin(x) < SAME:
        return "values"
    if np.isfinite(x).all() and np.ptp(x - x[:, :1], axis=0).max() < SAME:
        return "differences"
    return ""


def without_spread(limits: Limits | None) -> Limits | None:
    """Limits with a known bias only, because the spread of the differences is unknown."""
    if limits is None:
        return None
    bias = Estimate(limits.bias.value, math.nan, math.nan)
    return replace(limits, bias=bias, lower=UNKNOWN, upper=UNKNOWN)


def reliability_of_facet(found: Facet, persons: int, trials: tuple[int, int], spread: float) -> Reliability:
    """Reliability of one facet."""
    return Reliability(
        persons, FACETS, UNKNOWN, found.consistency, found.agreement, found.sem, found.sem_agreement, trials, spread
    )  # fmt: skip


def agreement_part(
    label: tuple[str | None, str | None], a: pd.DataFrame, b: pd.DataFrame, matched: Matched, intervals: Intervals
) -> Part:
    """Agreement in one movement of one test, from the rows of both methods."""
    together = matched.together
    means = pd.DataFrame(
        {side: rows.groupby("person", sort=False)["value"].mean() for side, rows in (("a", a), ("b", b))}
    )
    d, mean = (means["a"] - means["b"]).to_numpy(), means.mean(axis=1).to_numpy()
    once = len(a) == len(b) == len(means)
    if once:
        limits = _single(d, intervals)
    elif together:
        limits = limits_of_pairs((a["value"] - b["value"]).to_numpy(), list(a["person"]))
    else:
        # Between visits the true value may change; within one, a person's is taken as the same.
        cells = [[tuple(row) for row in rows[list(matched.keys)].to_numpy()] for rows in (a, b)]
        whose: dict[object, object] = dict(zip(cells[0], a["person"], strict=True))
        limits = limits_of_means(a["value"].to_numpy(), cells[0], b["value"].to_numpy(), cells[1], whose)
    paired = together and not once
    if paired:
        alike = alike_in(np.column_stack([a["value"], b["value"]])) if len(means) > 1 else ""
    elif _copied(a, b, matched.keys):
        alike = alike_in(means.to_numpy()) and "differences"
    else:
        alike = alike_in(means.to_numpy()) if once or max(_widest(rows) for rows in (a, b)) < SAME else ""
    shown_d = (a["value"] - b["value"]).to_numpy() if paired else d
    shown_mean = ((a["value"] + b["value"]) / 2).to_numpy() if paired else mean
    shown_persons = a["person"] if paired else means.index
    counts = [rows.groupby("person").size() for rows in (a, b)]
    trials = (int(min(c.min() for c in counts)), int(max(c.max() for c in counts)))
    return Part(
        *label,
        "one pair" if once else "together" if together else "separate",
        without_spread(limits) if alike else limits,
        SizeTrend(UNKNOWN, UNKNOWN) if alike else trend(d, mean),
        _reliability(means, trials, math.nan, alike),
        rmse(shown_d),
        mae(shown_d),
        tuple(map(str, shown_persons)),
        shown_mean,
        shown_d,
        alike=alike,
    )


def _copied(a: pd.DataFrame, b: pd.DataFrame, keys: Sequence[str]) -> bool:
    """Whether every value of one is also in the other, for the same keys, while values of a person differ."""
    if len(a) != len(b) or max(_widest(rows) for rows in (a, b)) < SAME:
        return False
    values = [rows.sort_values([*keys, "value"])["value"].to_numpy() for rows in (a, b)]
    return bool(np.abs(values[0] - values[1]).max() < SAME)


def _widest(rows: pd.DataFrame) -> float:
    """Largest difference between two values of one person."""
    values = rows.groupby("person")["value"]
    return float((values.max() - values.min()).max())


def _single(d: Floats, intervals: Intervals) -> Limits:
    bias = float(d.mean()) if len(d) else math.nan
    return limits_of_agreement(bias, float(d.std(ddof=1)) if len(d) > 1 else math.nan, len(d), intervals)


def repeated_part(
    label: tuple[str | None, str | None],
    whole: pd.DataFrame,
    rows: pd.DataFrame,
    over: str,
    intervals: Intervals,
    facet: str,
) -> Part:
    """Find the reliability of persons (rows of ``whole``) over visits (its columns), from the trials in ``rows``."""
    trials, spread = trials_within(rows, [over])
    x = whole.to_numpy()
    mean = np.nanmean(x, axis=1) if len(x) else np.empty(0)
    if x.shape[1] == 2:
        d = x[:, 1] - x[:, 0]
        limits = _single(d, intervals)
        shown_d, shown_mean, whose = d, mean, list(whole.index)
    else:
        there = np.isfinite(x).ravel()
        limits, d = None, (x - mean[:, None]).ravel()[there]
        shown_d, shown_mean = d, np.repeat(mean, x.shape[1])[there]
        whose = list(np.repeat(whole.index, x.shape[1])[there])
    alike = alike_in(x)
    found = trend(d, mean) if limits and not alike else SizeTrend(UNKNOWN, UNKNOWN)
    way = "one pair" if limits else "several"
    limits = without_spread(limits) if alike else limits
    reliable = _reliability(whole, trials, spread, alike)
    who = tuple(map(str, whose))
    return Part(*label, way, limits, found, reliable, rmse(d), mae(d), who, shown_mean, shown_d, facet, alike)


def trials_within(rows: pd.DataFrame, by: Sequence[str]) -> tuple[tuple[int, int], float]:
    """Fewest and most trials of a person at one of what repeats, and their pooled standard deviation."""
    groups_of = rows.groupby(["person", *by])["value"]
    sizes = groups_of.size()
    spread, _ = pooled_sd([group.to_numpy() for _, group in groups_of])
    return (int(sizes.min()), int(sizes.max())) if len(sizes) else (0, 0), spread


def _reliability(cells: pd.DataFrame, trials: tuple[int, int], trial_sd: float, alike: str) -> Reliability | None:
    if len(cells) < 2:
        return None
    columns = tuple(map(str, cells.columns))
    if alike:
        return Reliability(
            len(cells), columns, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, math.nan, trials, trial_sd,
            complete=not cells.isna().any(axis=None),
        )  # fmt: skip
    if cells.isna().any(axis=None):
        found = unbalanced(cells.to_numpy())
        return None if found is None else Reliability(
            found.persons, columns, found.one_way, found.consistency, found.agreement, found.sem, found.sem_agreement,
            trials, trial_sd, complete=False,
        )  # fmt: skip
    ms = mean_squares(cells.to_numpy())
    return Reliability(
        len(cells),
        columns,
        icc_one_way(ms),
        icc_consistency(ms),
        icc_agreement(ms),
        sem_consistency(ms),
        sem_agreement(ms),
        trials,
        trial_sd,
    )

"""Agreement of two methods and reliability of one, movement by movement."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from romcheck.agreement.matching import Matched, listed, match, without_duplicates
from romcheck.agreement.reading import KEYS, Table, TableError, read_table
from romcheck.statistics import UNKNOWN, Estimate, mae, pooled_sd, rmse
from romcheck.statistics.limits import (
    Intervals,
    Limits,
    Trend,
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

Source: TypeAlias = "str | Path | pd.DataFrame"
Floats = NDArray[np.float64]

FEW = 50
"""With fewer persons the exact 95 % interval of a limit of agreement is wider than one SD of the differences."""


@dataclass(frozen=True)
class Reliability:
    """How one measurement repeats: every person in every column (visit, rater or method), trials averaged.

    Attributes
    ----------
    persons : number of persons with a value in every column
    columns : names of the columns, in order
    one_way, consistency, agreement : ICC(1), ICC(C,1), ICC(A,1)
    sem : standard error of measurement √MSE, and its interval
    sem_agreement : the same with the differences between columns
    trials : fewest and most values that made a cell
    trial_sd : standard deviation of trials within a person and column; NaN where there was one trial each
    """

    persons: int
    columns: tuple[str, ...]
    one_way: Estimate
    consistency: Estimate
    agreement: Estimate
    sem: Estimate
    sem_agreement: float
    trials: tuple[int, int]
    trial_sd: float


@dataclass(frozen=True)
class Part:
    """What was found for one movement of one test.

    Attributes
    ----------
    test, movement : which; None where the tables do not tell
    way : "one pair" a person, "together" (several pairs a person, taken together), or "separate" trials
    limits : bias and limits of agreement of A - B, or of the later visit minus the earlier; None for more than two
    trend : proportional bias and changing spread, from persons' means
    reliability : of persons' means; None for fewer than two persons
    rmse, mae : of the persons' differences
    person : (n,) whose point it is in a plot
    mean, difference : (n,) means and differences of pairs, of persons where trials are separate; for more than two
        columns values minus their person's mean
    """

    test: str | None
    movement: str | None
    way: str
    limits: Limits | None
    trend: Trend
    reliability: Reliability | None
    rmse: float
    mae: float
    person: tuple[str, ...]
    mean: Floats
    difference: Floats

    @property
    def persons(self) -> int:
        """Number of persons."""
        return self.limits.persons if self.limits else self.reliability.persons if self.reliability else 0


@dataclass(frozen=True)
class Study:
    """All movements of a study.

    Attributes
    ----------
    a, b : names of the methods or visits compared: the difference is a - b; ``b`` is empty for more than two visits
    kind : "agreement" or "reliability"
    over : what reliability is over: visit, rater, trial; "method" for agreement
    parts : a part for each movement of each test
    said : what was guessed and how rows were brought together
    left_out : rows that took no part, with the reason
    intervals : how the intervals of the limits were found where each person has one pair
    """

    kind: str
    a: str
    b: str
    over: str
    parts: tuple[Part, ...]
    said: tuple[str, ...]
    left_out: pd.DataFrame
    intervals: Intervals = "exact"


def agree(
    a: Source,
    b: Source | None = None,
    *,
    columns: Mapping[str, str | None] | None = None,
    columns_b: Mapping[str, str | None] | None = None,
    methods: Sequence[str] | None = None,
    together: bool | None = None,
    match_by: Sequence[str] | None = None,
    with_rejected: bool = False,
    intervals: Intervals = "exact",
) -> Study:
    """Compare two methods or raters that measured the same movements.

    Parameters
    ----------
    a, b : tables, one row a trial: files (CSV, Parquet) or DataFrames. Without ``b``, ``a`` holds both, told apart by
        its column ``method``.
    columns : which column holds the person, value, movement, test, visit, rater, trial, video, method, quality;
        what is not named is guessed, and the guess is said
    columns_b : the same for ``b`` where its names differ
    methods : the two methods to compare, where a single table holds more; with two tables, what to call them
    together : see :func:`romcheck.agreement.matching.match`
    match_by : what rows are matched by
    with_rejected : use rejected movements too
    intervals : see :func:`romcheck.statistics.limits.limits_of_agreement`

    Raises
    ------
    TableError
        If the tables cannot be used or nothing in them matches.
    """
    named = dict(columns or {})
    if b is None:
        first, second = _by_method(read_table(a, named, with_rejected=with_rejected), methods)
    else:
        names = methods or _names(a, b, named, columns_b or {})
        first = read_table(a, named, name=names[0], with_rejected=with_rejected)
        second = read_table(b, {**named, **(columns_b or {})}, name=names[1], with_rejected=with_rejected)
    matched = match(first, second, together=together, keys=match_by)
    by = [k for k in ("test", "movement") if k in matched.keys]
    for table in (first, second):
        _refuse_mixed_tests(table, by)
    parts = []
    for label, ours in _groups(matched.a, by):
        theirs = _same(matched.b, by, label)
        parts.append(_agreement(label, ours, theirs, matched, intervals))
    said = [*first.guessed, *second.guessed[: 0 if b is None else None]]
    said.append(f"Rows were matched by {', '.join(matched.keys)}.")
    if any(part.way != "one pair" for part in parts):
        said.append(
            "Trials of one number in both were taken as one movement measured twice (say --repeats separate if not)."
            if matched.together
            else "Each method's trials were taken as its own; their number in both means nothing."
        )
    return Study("agreement", first.name, second.name, "method", tuple(parts), tuple(said), matched.left_out, intervals)


def reliability(
    data: Source,
    *,
    columns: Mapping[str, str | None] | None = None,
    over: str | None = None,
    with_rejected: bool = False,
    intervals: Intervals = "exact",
) -> Study:
    """Test-retest (or inter-rater, or trial to trial) reliability of one method.

    Parameters
    ----------
    data : table, one row a trial: a file (CSV, Parquet) or a DataFrame
    columns, with_rejected, intervals : as for :func:`agree`
    over : what repeats: "visit", "rater", "method" or "trial"; by default the first of them that differs within a
        person. Several trials of one visit are averaged.

    Raises
    ------
    TableError
        If the table cannot be used, or nobody was measured twice.
    """
    table = read_table(data, columns, with_rejected=with_rejected)
    chosen = over or next((k for k in ("visit", "rater", "method", "trial") if _repeats(table, k)), None)
    if chosen is None or not table.has(chosen):
        raise TableError(
            f"{table.name}: nobody was measured twice, as far as its columns tell. Name the column of the visits with "
            "--visit (or --rater, --trial)."
        )
    by = [k for k in ("test", "movement") if table.has(k)]
    rows, twice = without_duplicates(table.rows, [k for k in (*KEYS, "method") if table.has(k)], table.has("trial"))
    others = [k for k in ("rater", "method", "visit") if k != chosen and _repeats(table, k)]
    if others:
        raise TableError(
            f"{table.name}: reliability over the {chosen} would mix values of several {others[0]}s. Keep one "
            f"{others[0]} in the table, or say --over {others[0]}."
        )
    names = _in_order(list(rows[chosen].dropna().unique()))
    out = [table.left_out, twice, rows[rows[chosen].isna()].assign(why=f"no {chosen}")]
    parts = []
    for label, group in _groups(rows[rows[chosen].notna()], by):
        cells = group.groupby(["person", chosen], sort=False)["value"].mean().unstack(chosen).reindex(columns=names)
        whole = cells.dropna()
        for person, row in cells[cells.isna().any(axis=1)].iterrows():
            lacking = ", ".join(row.index[row.isna()])
            out.append(group[group["person"] == person].assign(why=f"unmatched: nothing at {chosen} {lacking}"))
        parts.append(_repeated(label, whole, group[group["person"].isin(whole.index)], chosen, intervals))
    if not any(part.persons for part in parts):
        raise TableError(f"{table.name}: nobody has a value at every {chosen} ({', '.join(names)}).")
    two = len(names) == 2
    said = [*table.guessed, f"Reliability over the {chosen}: {', '.join(names)}."]
    if any(part.reliability and part.reliability.trials[1] > 1 for part in parts):
        said.append(f"Several trials of one {chosen} were averaged: the figures hold for such a mean.")
    left_out = listed([o.assign(table=table.name) for o in out])
    a, b = (f"{chosen} {names[1]}", f"{chosen} {names[0]}") if two else (table.name, "")
    return Study("reliability", a, b, chosen, tuple(parts), tuple(said), left_out, intervals)


def _agreement(
    label: tuple[str | None, str | None], a: pd.DataFrame, b: pd.DataFrame, matched: Matched, intervals: Intervals
) -> Part:
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
    shown_d = (a["value"] - b["value"]).to_numpy() if paired else d
    shown_mean = ((a["value"] + b["value"]) / 2).to_numpy() if paired else mean
    shown_persons = a["person"] if paired else means.index
    counts = [rows.groupby("person").size() for rows in (a, b)]
    trials = (int(min(c.min() for c in counts)), int(max(c.max() for c in counts)))
    return Part(
        *label,
        "one pair" if once else "together" if together else "separate",
        limits,
        trend(d, mean),
        _reliability(means, trials, math.nan),
        rmse(d),
        mae(d),
        tuple(map(str, shown_persons)),
        shown_mean,
        shown_d,
    )


def _single(d: Floats, intervals: Intervals) -> Limits:
    bias = float(d.mean()) if len(d) else math.nan
    return limits_of_agreement(bias, float(d.std(ddof=1)) if len(d) > 1 else math.nan, len(d), intervals)


def _repeated(
    label: tuple[str | None, str | None], whole: pd.DataFrame, rows: pd.DataFrame, over: str, intervals: Intervals
) -> Part:
    """Find the reliability of persons (rows of ``whole``) over visits (its columns), from the trials in ``rows``."""
    sizes = rows.groupby(["person", over]).size()
    trials = (int(sizes.min()), int(sizes.max())) if len(sizes) else (0, 0)
    spread, _ = pooled_sd([group.to_numpy() for _, group in rows.groupby(["person", over])["value"]])
    x = whole.to_numpy()
    mean = x.mean(axis=1) if len(x) else np.empty(0)
    if x.shape[1] == 2:
        d = x[:, 1] - x[:, 0]
        limits = _single(d, intervals)
        shown_d, shown_mean, whose = d, mean, list(whole.index)
    else:
        limits, d = None, (x - mean[:, None]).ravel()
        shown_d, shown_mean, whose = d, np.repeat(mean, x.shape[1]), list(np.repeat(whole.index, x.shape[1]))
    found = trend(d, mean) if limits else Trend(UNKNOWN, UNKNOWN)
    way = "one pair" if limits else "several"
    reliable = _reliability(whole, trials, spread)
    return Part(*label, way, limits, found, reliable, rmse(d), mae(d), tuple(map(str, whose)), shown_mean, shown_d)


def _reliability(cells: pd.DataFrame, trials: tuple[int, int], trial_sd: float) -> Reliability | None:
    if len(cells) < 2:
        return None
    ms = mean_squares(cells.to_numpy())
    return Reliability(
        len(cells),
        tuple(map(str, cells.columns)),
        icc_one_way(ms),
        icc_consistency(ms),
        icc_agreement(ms),
        sem_consistency(ms),
        sem_agreement(ms),
        trials,
        trial_sd,
    )


def _groups(rows: pd.DataFrame, by: Sequence[str]) -> Iterator[tuple[tuple[str | None, str | None], pd.DataFrame]]:
    """Rows of each test and movement, in the order in which they first appear."""
    if not by:
        yield (None, None), rows
        return
    for values, group in rows.groupby(list(by), sort=False, dropna=False):
        label = dict(zip(by, values, strict=True))
        yield (_named(label.get("test")), _named(label.get("movement"))), group


def _named(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _same(rows: pd.DataFrame, by: Sequence[str], label: tuple[str | None, str | None]) -> pd.DataFrame:
    for key, value in zip(("test", "movement"), label, strict=True):
        if key in by:
            rows = rows[rows[key].isna() if value is None else rows[key] == value]
    return rows


def _by_method(table: Table, methods: Sequence[str] | None) -> tuple[Table, Table]:
    if not table.has("method"):
        raise TableError(
            f"{table.name} does not tell the methods apart. Give a second table, or name the column with --method."
        )
    found = list(dict.fromkeys(table.rows["method"].dropna()))
    names = list(methods or found)
    if len(names) != 2 or not set(names) <= set(found):
        raise TableError(
            f"{table.name} holds {len(found)} methods ({', '.join(found)}). Say which two to compare: "
            f"--methods {found[0] if found else 'A'},{found[1] if len(found) > 1 else 'B'}"
        )

    def only(name: str) -> Table:
        rows, out = table.rows, table.left_out
        return Table(name, rows[rows["method"] == name], out[out["method"] == name], table.guessed)

    return only(names[0]), only(names[1])


def _names(
    a: Source, b: Source, columns: Mapping[str, str | None], columns_b: Mapping[str, str | None]
) -> tuple[str, str]:
    """What to call two tables: their files' names, the columns of their values in one file, or A and B."""
    files = [Path(s).stem if not isinstance(s, pd.DataFrame) else None for s in (a, b)]
    values = [columns.get("value"), columns_b.get("value")]
    for first, second in (files, values):
        if first and second and first != second:
            return first, second
    return "A", "B"


def _refuse_mixed_tests(table: Table, by: Sequence[str]) -> None:
    """A turn in flexion is not a turn upright: without the test in both tables they would be pooled."""
    if "test" in by or not table.has("test") or not table.has("movement"):
        return
    mixed = table.rows.groupby("movement")["test"].nunique()
    if (mixed > 1).any():
        movement = str(mixed.index[mixed > 1][0])
        raise TableError(
            f"{table.name} holds {movement} of several tests, and the other table does not tell its test. Add a "
            "column test to it, or keep one test in the table: they must not be mixed."
        )


def _repeats(table: Table, key: str) -> bool:
    """Whether it differs within a person's values of one movement."""
    if not table.has(key):
        return False
    by = ["person", *(k for k in ("test", "movement") if table.has(k))]
    return bool((table.rows.groupby(by, dropna=False)[key].nunique() > 1).any())


def _in_order(names: Sequence[str]) -> tuple[str, ...]:
    """Numbers by size, dates by the calendar, words as they first appear."""
    try:
        return tuple(sorted(names, key=float))
    except ValueError:
        return tuple(sorted(names) if all(name[:1].isdigit() for name in names) else names)

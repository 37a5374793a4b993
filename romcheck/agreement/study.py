"""Agreement of two methods and reliability of one, movement by movement."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd

from romcheck.agreement.files import TableError
from romcheck.agreement.matching import Matched, listed, match, without_duplicates
from romcheck.agreement.order import Order, order
from romcheck.agreement.reading import KEYS, Table, read_table
from romcheck.arrays import Floats
from romcheck.statistics import UNKNOWN, Estimate, mae, pooled_sd, rmse
from romcheck.statistics.components import Facet, two_facets, unbalanced
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
FEW = 50
"""With fewer persons the exact 95 % interval of a limit of agreement is wider than one SD of the differences."""

SPARSE = 0.5
"""A visit that less than this share of the persons have is left out unless it is asked for: its mean, and with it the
difference between visits, would rest on a few persons."""

SAME = 1e-9
"""Values nearer than this, in their unit, are one: means of equal numbers may differ in their last bits."""

FACETS = ("rater", "visit")
"""Two ways in which a measurement may be repeated that are told apart when both are there."""


@dataclass(frozen=True)
class Reliability:
    """How one measurement repeats: every person in every column (visit, rater or method), trials averaged.

    Attributes
    ----------
    persons : number of persons with a value in two columns at least
    columns : names of the columns, in order
    complete : whether each of them has a value in every column: then from mean squares, else by restricted maximum
        likelihood
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
    complete: bool = True


@dataclass(frozen=True)
class Part:
    """What was found for one movement of one test.

    Attributes
    ----------
    test, movement : which; None where the tables do not tell
    facet : of several parts of one movement, which: "at visit 2", or what differs between two measurements
    way : "one pair" a person, "together" (several pairs a person, taken together), "separate" trials, "several"
        columns, or "two facets"
    limits : bias and limits of agreement of A - B, or of the later visit minus the earlier; None for more than two
    trend : proportional bias and changing spread, from persons' means
    reliability : of persons' means; None for fewer than two persons
    rmse, mae : of the persons' differences
    person : (n,) whose point it is in a plot
    mean, difference : (n,) means and differences of pairs, of persons where trials are separate; for more than two
        columns values minus their person's mean
    alike : "values" where all are the same number, "differences" where every person's difference is the same: then
        nothing tells of an error, and limits, ICC and SEM are NaN; else empty
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
    facet: str = ""
    alike: str = ""

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
    unit: str = "°",
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
    unit : of the values; angles that no neck makes are left out where it is degrees

    Raises
    ------
    TableError
        If the tables cannot be used or nothing in them matches.
    """
    named = dict(columns or {})
    if b is None:
        first, second = _by_method(read_table(a, named, with_rejected=with_rejected, unit=unit), methods)
    else:
        names = methods or _names(a, b, named, columns_b or {})
        first = read_table(a, named, name=names[0], with_rejected=with_rejected, unit=unit)
        second = read_table(b, {**named, **(columns_b or {})}, name=names[1], with_rejected=with_rejected, unit=unit)
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
    visits: Sequence[str] | None = None,
    every_visit: bool = False,
    with_rejected: bool = False,
    intervals: Intervals = "exact",
    unit: str = "°",
) -> Study:
    """Test-retest (or inter-rater, or trial to trial) reliability of one method.

    Parameters
    ----------
    data : table, one row a trial: a file (CSV, Parquet) or a DataFrame
    columns, with_rejected, intervals, unit : as for :func:`agree`
    over : what repeats: "visit", "rater", "method" or "trial"; by default the first of them that differs within a
        person. Several trials of one visit are averaged. Where several raters measured at several visits, both are
        told apart; with ``over`` each level of the other is a part of its own.
    visits : the visits to use, in their order; by default all, ordered as :func:`romcheck.agreement.order.order` does
    every_visit : use visits that few persons have, too

    Raises
    ------
    TableError
        If the table cannot be used, nobody was measured twice, or the order of the visits cannot be told.
    """
    table = read_table(data, columns, with_rejected=with_rejected, unit=unit)
    chosen = over or next((k for k in ("visit", "rater", "method", "trial") if _repeats(table, k)), None)
    if chosen is None or not table.has(chosen):
        raise TableError("nobody_twice", name=table.name)
    rows, twice = without_duplicates(table.rows, [k for k in (*KEYS, "method") if table.has(k)], table.has("trial"))
    said, out = list(table.guessed), [table.left_out, twice]
    if visits is not None:
        rows, chosen_out = _only_visits(rows, table, visits)
        out.append(chosen_out)
    others = [k for k in (*FACETS, "method") if k != chosen and _repeats_in(rows, k)]
    if over is None and chosen in FACETS and others == [k for k in FACETS if k != chosen]:
        return _two_facets(table, rows, said, out, visits)
    names = _ordered(rows, chosen, table, visits)
    out.append(rows[rows[chosen].isna()].assign(why=f"no {chosen}"))
    rows = rows[rows[chosen].notna()]
    if chosen == "visit" and visits is None and not every_visit:
        sparse = _sparse(rows, names.labels)
        if sparse:
            said.append(
                f"Left out, as less than half of the persons have them: visit {', '.join(sparse)} (--every-visit uses "
                "them, --visits chooses)."
            )
            out.append(rows[rows[chosen].isin(sparse)].assign(why="a visit that few persons have"))
            names = Order(tuple(n for n in names.labels if n not in sparse), names.by)
            rows = rows[~rows[chosen].isin(sparse)]
    parts = []
    for label, levels, group in _levels(rows, [k for k in ("test", "movement") if table.has(k)], others):
        cells = group.groupby(["person", chosen], sort=False)["value"].mean().unstack(chosen)
        cells = cells.reindex(columns=list(names.labels))
        twice_there = cells.notna().sum(axis=1) >= 2
        for person, row in cells[~twice_there].iterrows():
            lacking = ", ".join(row.index[row.isna()])
            out.append(group[group["person"] == person].assign(why=f"unmatched: nothing at {chosen} {lacking}"))
        whole = cells[twice_there]
        facet = ", ".join(f"{k} {v}" for k, v in zip(others, levels, strict=True))
        parts.append(_repeated(label, whole, group[group["person"].isin(whole.index)], chosen, intervals, facet))
    if not any(part.persons for part in parts):
        raise TableError("nobody_both", name=table.name, chosen=chosen, labels=", ".join(names.labels))
    two = len(names.labels) == 2
    said.append(f"Reliability over the {chosen}: {', '.join(names.labels)}, {names.by}.")
    if others:
        said.append(f"Each {' and '.join(others)} stands by itself.")
    if any(part.reliability and not part.reliability.complete for part in parts):
        said.append(
            f"Not everybody was measured at every {chosen}: the figures are by restricted maximum likelihood, which "
            "uses what is there."
        )
    if any(part.reliability and part.reliability.trials[1] > 1 for part in parts):
        said.append(f"Several trials of one {chosen} were averaged: the figures hold for such a mean.")
    left_out = listed([o.assign(table=table.name) for o in out])
    a, b = (f"{chosen} {names.labels[1]}", f"{chosen} {names.labels[0]}") if two else (table.name, "")
    return Study("reliability", a, b, chosen, tuple(parts), tuple(said), left_out, intervals)


def _only_visits(rows: pd.DataFrame, table: Table, visits: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of the visits named, and the others with the reason."""
    if not table.has("visit"):
        raise TableError("visits_untold", name=table.name)
    there = list(rows["visit"].dropna().unique())
    missing = [name for name in visits if name not in there]
    if missing or len(set(visits)) < 2:
        if missing:
            raise TableError("no_such_visit", name=table.name, visit=missing[0], there=there)
        raise TableError("two_visits")
    chosen = rows["visit"].isin(visits)
    return rows[chosen], rows[~chosen].assign(why="not one of the visits chosen")


def _ordered(rows: pd.DataFrame, chosen: str, table: Table, visits: Sequence[str] | None) -> Order:
    if chosen == "visit" and visits is not None:
        return Order(tuple(visits), "in the order given")
    return order(list(rows[chosen].dropna().unique()), table.name, chosen)


def _sparse(rows: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """Visits of less than half of the persons, as long as two others remain."""
    everybody = rows["person"].nunique()
    share = {name: rows.loc[rows["visit"] == name, "person"].nunique() / everybody for name in names}
    sparse = [name for name in names if share[name] < SPARSE]
    return sparse if len(names) - len(sparse) >= 2 else []


def _levels(
    rows: pd.DataFrame, by: Sequence[str], others: Sequence[str]
) -> Iterator[tuple[tuple[str | None, str | None], tuple[str, ...], pd.DataFrame]]:
    """Rows of each test and movement, and in these of each level of the other ways of repeating."""
    for label, group in _groups(rows, by):
        if not others:
            yield label, (), group
            continue
        for levels, part in group.groupby(list(others), sort=False):
            yield label, tuple(map(str, levels)), part


BETWEEN = ("between raters at one visit", "between visits by one rater", "another rater at another visit")


def _two_facets(
    table: Table, rows: pd.DataFrame, said: list[str], out: list[pd.DataFrame], visits: Sequence[str] | None
) -> Study:
    """Raters and visits told apart: three parts a movement, by what differs between two measurements."""
    names = {facet: _ordered(rows, facet, table, visits) for facet in FACETS}
    parts = []
    for label, group in _groups(rows, [k for k in ("test", "movement") if table.has(k)]):
        cells = group.groupby(["person", *FACETS], sort=False)["value"].mean().unstack(list(FACETS))
        cells = cells.reindex(columns=pd.MultiIndex.from_product([names[facet].labels for facet in FACETS]))
        whole = cells.dropna()
        out.append(group[~group["person"].isin(whole.index)].assign(why="not measured by every rater at every visit"))
        if len(whole) < 2:
            continue
        ours = group[group["person"].isin(whole.index)]
        sizes = ours.groupby(["person", *FACETS]).size()
        trials = (int(sizes.min()), int(sizes.max()))
        spread, _ = pooled_sd([one.to_numpy() for _, one in ours.groupby(["person", *FACETS])["value"]])
        x = whole.to_numpy()
        alike = _alike(x)
        found = (
            [_NO_FACET] * len(BETWEEN)
            if alike
            else two_facets(x.reshape(len(x), *(len(names[facet].labels) for facet in FACETS)))
        )
        mean = x.mean(axis=1)
        whose = tuple(map(str, np.repeat(whole.index, x.shape[1])))
        d = (x - mean[:, None]).ravel()
        parts += [
            Part(
                *label, "two facets", None, Trend(UNKNOWN, UNKNOWN), _of_facet(one, len(whole), trials, spread),
                rmse(d), mae(d), whose, np.repeat(mean, x.shape[1]), d, between, alike,
            )
            for one, between in zip(found, BETWEEN, strict=True)
        ]  # fmt: skip
    if not parts:
        raise TableError("raters_and_visits", name=table.name)
    said += [f"{facet.capitalize()}s: {', '.join(names[facet].labels)}, {names[facet].by}." for facet in FACETS]
    if any(part.reliability and part.reliability.trials[1] > 1 for part in parts):
        said.append("Several trials of one rater at one visit were averaged: the figures hold for such a mean.")
    left_out = listed([o.assign(table=table.name) for o in out])
    return Study("reliability", table.name, "", "rater and visit", tuple(parts), tuple(said), left_out)


_NO_FACET = Facet(UNKNOWN, UNKNOWN, UNKNOWN, math.nan)


def _alike(x: Floats) -> str:
    """Whether persons (rows) tell of an error at all: see `Part`. Missing values of ``x`` are NaN."""
    if len(x) < 2:
        return ""
    if np.nanmax(x) - np.nanmin(x) < SAME:
        return "values"
    if np.isfinite(x).all() and np.ptp(x - x[:, :1], axis=0).max() < SAME:
        return "differences"
    return ""


def _without_spread(limits: Limits | None) -> Limits | None:
    """Limits of which the bias alone is known, as nothing tells how far the next difference may be from it."""
    if limits is None:
        return None
    bias = Estimate(limits.bias.value, math.nan, math.nan)
    return replace(limits, bias=bias, lower=UNKNOWN, upper=UNKNOWN)


def _of_facet(found: Facet, persons: int, trials: tuple[int, int], spread: float) -> Reliability:
    return Reliability(
        persons, FACETS, UNKNOWN, found.consistency, found.agreement, found.sem, found.sem_agreement, trials, spread
    )  # fmt: skip


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
    if paired:
        alike = _alike(np.column_stack([a["value"], b["value"]])) if len(means) > 1 else ""
    else:
        alike = _alike(means.to_numpy()) if once or max(_widest(rows) for rows in (a, b)) < SAME else ""
    shown_d = (a["value"] - b["value"]).to_numpy() if paired else d
    shown_mean = ((a["value"] + b["value"]) / 2).to_numpy() if paired else mean
    shown_persons = a["person"] if paired else means.index
    counts = [rows.groupby("person").size() for rows in (a, b)]
    trials = (int(min(c.min() for c in counts)), int(max(c.max() for c in counts)))
    return Part(
        *label,
        "one pair" if once else "together" if together else "separate",
        _without_spread(limits) if alike else limits,
        Trend(UNKNOWN, UNKNOWN) if alike else trend(d, mean),
        _reliability(means, trials, math.nan, alike),
        rmse(d),
        mae(d),
        tuple(map(str, shown_persons)),
        shown_mean,
        shown_d,
        alike=alike,
    )


def _widest(rows: pd.DataFrame) -> float:
    """Largest difference between two values of one person."""
    values = rows.groupby("person")["value"]
    return float((values.max() - values.min()).max())


def _single(d: Floats, intervals: Intervals) -> Limits:
    bias = float(d.mean()) if len(d) else math.nan
    return limits_of_agreement(bias, float(d.std(ddof=1)) if len(d) > 1 else math.nan, len(d), intervals)


def _repeated(
    label: tuple[str | None, str | None],
    whole: pd.DataFrame,
    rows: pd.DataFrame,
    over: str,
    intervals: Intervals,
    facet: str,
) -> Part:
    """Find the reliability of persons (rows of ``whole``) over visits (its columns), from the trials in ``rows``."""
    sizes = rows.groupby(["person", over]).size()
    trials = (int(sizes.min()), int(sizes.max())) if len(sizes) else (0, 0)
    spread, _ = pooled_sd([group.to_numpy() for _, group in rows.groupby(["person", over])["value"]])
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
    alike = _alike(x)
    found = trend(d, mean) if limits and not alike else Trend(UNKNOWN, UNKNOWN)
    way = "one pair" if limits else "several"
    limits = _without_spread(limits) if alike else limits
    reliable = _reliability(whole, trials, spread, alike)
    who = tuple(map(str, whose))
    return Part(*label, way, limits, found, reliable, rmse(d), mae(d), who, shown_mean, shown_d, facet, alike)


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
        raise TableError("methods_untold", name=table.name)
    found = list(dict.fromkeys(table.rows["method"].dropna()))
    names = list(methods or found)
    if len(names) != 2 or not set(names) <= set(found):
        raise TableError(
            "methods_many",
            name=table.name,
            count=len(found),
            found=", ".join(found),
            found2=found[0] if found else "A",
            found3=found[1] if len(found) > 1 else "B",
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
        raise TableError("tests_mixed", name=table.name, movement=movement)


def _repeats(table: Table, key: str) -> bool:
    """Whether it differs within a person's values of one movement."""
    return _repeats_in(table.rows, key)


def _repeats_in(rows: pd.DataFrame, key: str) -> bool:
    if key not in rows:
        return False
    by = ["person", *(k for k in ("test", "movement") if k in rows)]
    return bool((rows.groupby(by, dropna=False)[key].nunique() > 1).any())

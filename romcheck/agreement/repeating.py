"""Reliability of one method over visits, raters or trials, or over raters and visits separately."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from romcheck.agreement.files import TableError
from romcheck.agreement.matching import listed, refuse_most_duplicates, without_duplicates
from romcheck.agreement.order import Order, order
from romcheck.agreement.parts import NO_FACET, alike_in, groups, reliability_of_facet, repeated_part, trials_within
from romcheck.agreement.reading import KEYS, SAME_AS, Table, read_table
from romcheck.agreement.study import BETWEEN, FACETS, Part, Study, TableSource
from romcheck.statistics import UNKNOWN, mae, rmse
from romcheck.statistics.components import two_facets
from romcheck.statistics.limits import Intervals, SizeTrend

SPARSE = 0.5
"""A visit that less than this share of the persons have is left out unless it is asked for: its mean, and with it the
difference between visits, would rest on a few persons."""


def reliability(
    data: TableSource,
    *,
    columns: Mapping[str, str | None] | None = None,
    over: str | None = None,
    visits: Sequence[str] | None = None,
    every_visit: bool = False,
    with_rejected: bool = False,
    intervals: Intervals = "exact",
    unit: str | None = None,
) -> Study:
    """Test-retest (or inter-rater, or trial to trial) reliability of one method.

    Parameters
    ----------
    data : table, one row per trial: a file (CSV, Parquet) or a DataFrame
    columns, with_rejected, intervals, unit : as for :func:`agree`
    over : what is repeated: "visit", "rater", "method" or "trial"; by default the first of them that differs within a
        person. Several trials of one visit are averaged. If several raters measured at several visits, both are
        distinguished; with ``over``, each level of the other becomes a separate part.
    visits : the visits to use, in their order; by default all, ordered as :func:`romcheck.agreement.order.order` does
    every_visit : also use visits that few persons attended

    Raises
    ------
    TableError
        If the table cannot be used, nobody was measured twice, or the order of the visits is unclear.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"person": list("ABC") * 2, "visit": [1, 1, 1, 2, 2, 2], "movement": "rotation_left"})
    >>> study = reliability(table.assign(angle=[58.0, 64.0, 70.0, 60.0, 63.0, 71.0]))
    >>> found = study.parts[0].reliability
    >>> round(found.agreement.value, 3), round(found.sem.value, 2)
    (0.971, 1.08)
    """
    table = _without_copies(read_table(data, columns, with_rejected=with_rejected, unit=unit))
    chosen = over or next((k for k in ("visit", "rater", "method", "trial") if _repeats(table, k)), None)
    if chosen is None or not table.has(chosen):
        raise TableError("nobody_twice", name=table.name)
    keys = [k for k in (*KEYS, "method") if table.has(k)]
    rows, twice = without_duplicates(table.rows, keys, table.has("trial"))
    refuse_most_duplicates(table, rows, twice, keys)
    said, out = list(table.guessed), [table.left_out, twice]
    if visits is not None:
        rows, chosen_out = _only_visits(rows, table, visits)
        out.append(chosen_out)
    elif "visit" in rows and _own_dates(rows, table):
        rows = _numbered(rows, table)
        said.append("Everybody was measured on days of their own: each person's visits were numbered by date.")
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
                f"Left out, because fewer than half of the persons have them: visit {', '.join(sparse)} "
                "(--every-visit uses them, --visits chooses)."
            )
            out.append(rows[rows[chosen].isin(sparse)].assign(why="a visit that few persons attended"))
            names = Order(tuple(n for n in names.labels if n not in sparse), names.by)
            rows = rows[~rows[chosen].isin(sparse)]
    parts, most_persons = [], 0
    for label, levels, group in _levels(rows, [k for k in ("test", "movement") if table.has(k)], others):
        cells = group.groupby(["person", chosen], sort=False)["value"].mean().unstack(chosen)
        cells = cells.reindex(columns=list(names.labels))
        twice_there = cells.notna().sum(axis=1) >= 2
        for person, row in cells[~twice_there].iterrows():
            lacking = ", ".join(row.index[row.isna()])
            out.append(group[group["person"] == person].assign(why=f"unmatched: nothing at {chosen} {lacking}"))
        whole = cells[twice_there]
        most_persons = max(most_persons, len(whole))
        facet = ", ".join(f"{k} {v}" for k, v in zip(others, levels, strict=True))
        parts.append(repeated_part(label, whole, group[group["person"].isin(whole.index)], chosen, intervals, facet))
    if not any(part.persons for part in parts):
        values = {"name": table.name, "chosen": chosen, "labels": ", ".join(names.labels)}
        raise TableError("one_person_both", **values) if most_persons else TableError("nobody_both", **values)
    two = len(names.labels) == 2
    said.append(f"Reliability over the {chosen}: {', '.join(names.labels)}, {names.by}.")
    if others:
        said.append(f"Each {' and '.join(others)} is analysed separately.")
    if any(part.reliability and not part.reliability.complete for part in parts):
        said.append(
            f"Not everyone was measured at every {chosen}: the figures are by restricted maximum likelihood, which "
            "uses all available values."
        )
    if any(part.reliability and part.reliability.trials[1] > 1 for part in parts):
        said.append(f"Several trials of one {chosen} were averaged: the figures apply to such a mean.")
    left_out = listed([o.assign(table=table.name) for o in out])
    a, b = (f"{chosen} {names.labels[1]}", f"{chosen} {names.labels[0]}") if two else (table.name, "")
    return Study("reliability", a, b, chosen, tuple(parts), tuple(said), left_out, intervals)


def _without_copies(table: Table) -> Table:
    """The table without what a recording gave again: one file named twice, or a copy, repeats no measurement."""
    if not (table.has(SAME_AS) and table.has("video")):
        return table
    of = [key for key in ("test", "movement") if table.has(key)]
    first = pd.MultiIndex.from_frame(table.rows[["video", *of]].fillna(""))
    copied = pd.MultiIndex.from_frame(table.rows[[SAME_AS, *of]].fillna("")).isin(first) & table.rows[SAME_AS].notna()
    if not copied.any():
        return table
    out = table.rows[copied]
    videos = out["video"].nunique()
    said = (
        f"{table.name}: {videos} video{'s' * (videos > 1)} with the content of another (column {SAME_AS}) "
        f"{'were' if videos > 1 else 'was'} left out: one recording says nothing about repeating."
    )
    left_out = [part for part in (table.left_out, out.assign(why="the same recording as " + out[SAME_AS])) if len(part)]
    return replace(
        table,
        rows=table.rows[~copied].reset_index(drop=True),
        left_out=pd.concat(left_out),
        guessed=(*table.guessed, said),
    )


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


def _own_dates(rows: pd.DataFrame, table: Table) -> bool:
    """Whether visits are dates, of which fewer than half of the persons share any."""
    labels = rows["visit"].dropna()
    if labels.empty or not order(list(labels.unique()), table.name).by.startswith("ordered by the calendar"):
        return False
    persons = rows.dropna(subset=["visit"]).groupby("visit")["person"].nunique()
    return bool(persons.max() < SPARSE * rows["person"].nunique())


def _numbered(rows: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Each person's visits numbered from 1 in the order of their dates."""
    labels = order(list(rows["visit"].dropna().unique()), table.name).labels
    place = rows["visit"].map({label: n for n, label in enumerate(labels)})
    number = place.groupby(rows["person"]).rank(method="dense")
    return rows.assign(visit=number.map(lambda n: f"{n:.0f}", na_action="ignore"))


def _sparse(rows: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """Visits of fewer than half of the persons, as long as two others remain."""
    everybody = rows["person"].nunique()
    share = {name: rows.loc[rows["visit"] == name, "person"].nunique() / everybody for name in names}
    sparse = [name for name in names if share[name] < SPARSE]
    return sparse if len(names) - len(sparse) >= 2 else []


def _levels(
    rows: pd.DataFrame, by: Sequence[str], others: Sequence[str]
) -> Iterator[tuple[tuple[str | None, str | None], tuple[str, ...], pd.DataFrame]]:
    """Rows of each test and movement, and in these of each level of the other ways of repeating."""
    for label, group in groups(rows, by):
        if not others:
            yield label, (), group
            continue
        for levels, part in group.groupby(list(others), sort=False):
            yield label, tuple(map(str, levels)), part


def _two_facets(
    table: Table, rows: pd.DataFrame, said: list[str], out: list[pd.DataFrame], visits: Sequence[str] | None
) -> Study:
    """Raters and visits distinguished: three parts a movement, by what differs between two measurements."""
    names = {facet: _ordered(rows, facet, table, visits) for facet in FACETS}
    parts = []
    for label, group in groups(rows, [k for k in ("test", "movement") if table.has(k)]):
        cells = group.groupby(["person", *FACETS], sort=False)["value"].mean().unstack(list(FACETS))
        cells = cells.reindex(columns=pd.MultiIndex.from_product([names[facet].labels for facet in FACETS]))
        whole = cells.dropna()
        out.append(group[~group["person"].isin(whole.index)].assign(why="not measured by every rater at every visit"))
        if len(whole) < 2:
            continue
        ours = group[group["person"].isin(whole.index)]
        trials, spread = trials_within(ours, FACETS)
        x = whole.to_numpy()
        alike = alike_in(x)
        found = (
            [NO_FACET] * len(BETWEEN)
            if alike
            else two_facets(x.reshape(len(x), *(len(names[facet].labels) for facet in FACETS)))
        )
        mean = x.mean(axis=1)
        whose = tuple(map(str, np.repeat(whole.index, x.shape[1])))
        d = (x - mean[:, None]).ravel()
        parts += [
            Part(
                *label, "two facets", None, SizeTrend(UNKNOWN, UNKNOWN),
                reliability_of_facet(one, len(whole), trials, spread), rmse(d), mae(d),
                whose, np.repeat(mean, x.shape[1]), d, between, alike,
            )
            for one, between in zip(found, BETWEEN, strict=True)
        ]  # fmt: skip
    if not parts:
        raise TableError("raters_and_visits", name=table.name)
    said += [f"{facet.capitalize()}s: {', '.join(names[facet].labels)}, {names[facet].by}." for facet in FACETS]
    if any(part.reliability and part.reliability.trials[1] > 1 for part in parts):
        said.append("Several trials of one rater at one visit were averaged: the figures apply to such a mean.")
    left_out = listed([o.assign(table=table.name) for o in out])
    return Study("reliability", table.name, "", "rater and visit", tuple(parts), tuple(said), left_out)


def _repeats(table: Table, key: str) -> bool:
    """Whether it differs within a person's values of one movement."""
    return _repeats_in(table.rows, key)


def _repeats_in(rows: pd.DataFrame, key: str) -> bool:
    if key not in rows:
        return False
    by = ["person", *(k for k in ("test", "movement") if k in rows)]
    return bool((rows.groupby(by, dropna=False)[key].nunique() > 1).any())

"""Agreement between two methods or raters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from romcheck.agreement.files import TableError
from romcheck.agreement.matching import Matched, match
from romcheck.agreement.parts import SAME, agreement_part, groups, same_group
from romcheck.agreement.reading import Table, read_table
from romcheck.agreement.study import Study, TableSource
from romcheck.agreement.units import RADIANS, are_opposite, in_degrees, seem_opposite, seems_radians
from romcheck.statistics.limits import Intervals

LEAST_BOTH_SIDES = 5
"""Fewer differences between the sides may be opposite by chance."""


def agree(
    a: TableSource,
    b: TableSource | None = None,
    *,
    columns: Mapping[str, str | None] | None = None,
    columns_b: Mapping[str, str | None] | None = None,
    methods: Sequence[str] | None = None,
    together: bool | None = None,
    match_by: Sequence[str] | None = None,
    with_rejected: bool = False,
    intervals: Intervals = "exact",
    unit: str | None = None,
) -> Study:
    """Compare two methods or raters that measured the same movements.

    Parameters
    ----------
    a, b : tables, one row per trial: files (CSV, Parquet) or DataFrames. Without ``b``, ``a`` holds both, distinguished
        by its column ``method``.
    columns : column names by meaning: person, value, movement, test, visit, rater, trial, video, method, quality; the
        others are guessed, and the guess is listed in ``said``
    columns_b : the same for ``b`` where its names differ
    methods : the two methods to compare if a single table contains more; with two tables, their names
    together : see :func:`romcheck.agreement.matching.match`
    match_by : columns to match rows by
    with_rejected : also use rejected movements
    intervals : see :func:`romcheck.statistics.limits.limits_of_agreement`
    unit : of the values; impossible angles are left out if it is degrees. By default degrees, and tables that seem to
        be in radians are refused

    Raises
    ------
    TableError
        If the tables cannot be used, nothing in them matches, or one seems to be in radians or to count the other way.

    Examples
    --------
    >>> import pandas as pd
    >>> video = pd.DataFrame({"person": ["A", "B", "C"], "movement": "rotation_left", "angle": [58.0, 64.0, 70.0]})
    >>> sensor = video.assign(angle=[59.0, 66.0, 71.0])
    >>> study = agree(video, sensor, methods=("video", "sensor"))
    >>> limits = study.parts[0].limits
    >>> round(limits.bias.value, 2), limits.persons
    (-1.33, 3)
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
    if in_degrees(unit) or (unit or "").lower() in RADIANS:
        _refuse_units(matched, first.name, second.name)
        _refuse_opposite(matched, first.name, second.name, by, 1.0 if in_degrees(unit) else math.degrees(1))
    parts = []
    for label, ours in groups(matched.a, by):
        theirs = same_group(matched.b, by, label)
        parts.append(agreement_part(label, ours, theirs, matched, intervals))
    said = [*first.guessed, *second.guessed[: 0 if b is None else None]]
    said.append(f"Rows were matched by {', '.join(matched.keys)}.")
    if any(part.way != "one pair" for part in parts):
        said.append(
            "Trials with the same number in both were taken as one movement measured twice (--repeats separate if not)."
            if matched.together
            else "Each method's trials were taken as separate; equal trial numbers are not matched."
        )
    said += _sides_swapped(matched, first.name, second.name)
    for table in (first, second):
        value = table.rows["value"]
        if len(value) > 1 and value.max() - value.min() < SAME and not all(part.alike for part in parts):
            said.append(
                f"{table.name}: every value is {value.iloc[0]:g}. Agreement with a constant can only be chance. Check "
                "that the right column was read."
            )
    return Study("agreement", first.name, second.name, "method", tuple(parts), tuple(said), matched.left_out, intervals)


def _by_method(table: Table, methods: Sequence[str] | None) -> tuple[Table, Table]:
    if not table.has("method"):
        raise TableError("methods_untold", name=table.name)
    found = list(dict.fromkeys(table.rows["method"].dropna()))
    if len(found) == 1:
        raise TableError("methods_one", name=table.name, found=found[0])
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
    a: TableSource, b: TableSource, columns: Mapping[str, str | None], columns_b: Mapping[str, str | None]
) -> tuple[str, str]:
    """Names for two tables: their file names, their value columns in one file, or A and B."""
    files = [Path(s).stem if not isinstance(s, pd.DataFrame) else None for s in (a, b)]
    values = [columns.get("value"), columns_b.get("value")]
    for first, second in (files, values):
        if first and second and first != second:
            return first, second
    return "A", "B"


def _means(a: pd.DataFrame, b: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Mean of both methods for what they were matched by."""
    sides = [rows.groupby(list(keys), dropna=False, sort=False)["value"].mean() for rows in (a, b)]
    return pd.concat(sides, axis=1, keys=["a", "b"])


def _refuse_units(matched: Matched, a: str, b: str) -> None:
    """One method in degrees and the other in radians have no bias but a unit."""
    means = _means(matched.a, matched.b, matched.keys).abs()
    for name, name2, one, other in ((a, b, "a", "b"), (b, a, "b", "a")):
        known = means[means[other] > 0]
        ratio = float((known[one] / known[other]).median()) if len(known) else 0.0
        if seems_radians(ratio, 1.0):
            raise TableError("tables_radians", name=name, name2=name2, ratio=ratio)


def _refuse_opposite(matched: Matched, a: str, b: str, by: Sequence[str], degrees: float) -> None:
    """Movements that one method counts as negative; ``degrees`` is the size of the values' unit."""
    found = {}
    for label, ours in groups(matched.a, by):
        means = _means(ours, same_group(matched.b, by, label), matched.keys) * degrees
        if seem_opposite(means["a"].to_numpy(), means["b"].to_numpy()):
            found[label[1]] = means.iloc[0] / degrees
    if found:
        value, value2 = (float(one) for one in next(iter(found.values())))
        told = {"name": a, "name2": b, "value": value, "value2": value2}
        if None in found:
            raise TableError("signs_opposite_all", **told)
        raise TableError("signs_opposite", movements=list(found), **told)


def _sides_swapped(matched: Matched, a: str, b: str) -> list[str]:
    """A remark where the difference between the sides is opposite in the two methods, person by person."""
    if "movement" not in matched.keys:
        return []
    means = _means(matched.a, matched.b, matched.keys).reset_index()
    side = means["movement"].str.extract(r"^(?P<of>.*)_(?P<side>left|right)$")
    others = [key for key in matched.keys if key != "movement"]
    by_side = (
        means.assign(**side).dropna(subset="side").pivot_table(index=["of", *others], columns="side", values=["a", "b"])
    )
    if not {("a", "left"), ("a", "right")} <= set(by_side.columns):
        return []
    apart = [(by_side[one, "left"] - by_side[one, "right"]).to_numpy() for one in ("a", "b")]
    apart = [difference[np.isfinite(apart[0]) & np.isfinite(apart[1])] for difference in apart]
    if len(apart[0]) < LEAST_BOTH_SIDES or not are_opposite(*apart):
        return []
    return [
        f"Where one side goes further in {a}, the other goes further in {b} ({len(apart[0])} pairs of sides): left and "
        "right may be swapped in one of the two, as in mirror images. Swap them there, and compare again."
    ]


def _refuse_mixed_tests(table: Table, by: Sequence[str]) -> None:
    """A turn in flexion is not a turn upright: without the test in both tables they would be pooled."""
    if "test" in by or not table.has("test") or not table.has("movement"):
        return
    mixed = table.rows.groupby("movement")["test"].nunique()
    if (mixed > 1).any():
        movement = str(mixed.index[mixed > 1][0])
        raise TableError("tests_mixed", name=table.name, movement=movement)

"""Matching rows of two tables; unmatched and duplicate rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from romcheck.agreement.files import TableError
from romcheck.agreement.reading import KEYS, Table, refuse_two_spellings
from romcheck.i18n.message import message

SAME = "duplicate: the same value is in row {row}"
DIFFERENT = "duplicate: {count} rows with different values for the same {keys}; none was used"
LISTED = ("table", "row", "person", "test", "movement", "visit", "rater", "video", "trial", "value", "why")
"""Columns of the list of rows that were not used."""

SHIFTED = 0.9
"""In this share of the persons and movements numbers must differ by the same amount to be taken as counted from another
beginning."""


@dataclass(frozen=True)
class Matched:
    """Two methods' rows that belong together.

    Attributes
    ----------
    a, b : rows of either method; with ``together``, row i of both is one pair
    together : both measured the same trials, so that each is a pair; else each method has trials of its own
    keys : what rows were matched by
    left_out : rows that took no part, with the reason; columns of `LISTED`
    """

    a: pd.DataFrame
    b: pd.DataFrame
    together: bool
    keys: tuple[str, ...]
    left_out: pd.DataFrame


def match(a: Table, b: Table, *, together: bool | None = None, keys: Sequence[str] | None = None) -> Matched:
    """Bring two tables together.

    Parameters
    ----------
    together : whether trial 1 of one is the very movement of trial 1 of the other; by default if both tell the trial
    keys : what rows are matched by, of `KEYS`; by default all that both tables tell, raters and videos only where
        some have the same name in both

    Raises
    ------
    TableError
        If nothing matches, or if visits or trials of one table seem to be those of the other counted from another
        number, unless ``keys`` are given.
    """
    refuse_two_spellings([(table.name, table.rows) for table in (a, b)])
    if together is None:
        together = a.has("trial") and b.has("trial")
    if keys is None:
        for one, other in ((a, b), (b, a)):
            _refuse_mixed_movements(one, other)
        keys = [k for k in KEYS if a.has(k) and b.has(k) and (k != "trial" or together)]
        keys = [k for k in keys if k not in ("rater", "video") or set(a.rows[k].dropna()) & set(b.rows[k].dropna())]
        for key in ("visit", "trial"):
            if key in keys:
                _refuse_shifted(a, b, key, keys)
    missing = [message("said.no_key", name=t.name, key=k) for t in (a, b) for k in keys if not t.has(k)]
    if missing:
        raise TableError("rows_unmatchable", keys=", ".join(keys), missing=missing)
    out = [table.left_out.assign(table=table.name) for table in (a, b)]
    sides = []
    for table in (a, b):
        # Trials of one's own are distinguished by all that is known of them.
        own = keys if together else [k for k in KEYS if table.has(k)]
        kept, twice = without_duplicates(table.rows, own, ask=together or table.has("trial"))
        if kept.empty and not twice.empty:
            raise _all_duplicates(table, own)
        sides.append(kept)
        out.append(twice.assign(table=table.name))
    indices = [pd.MultiIndex.from_frame(side[list(keys)].fillna("")) for side in sides]
    for side, own, other, table, against in zip(sides, indices, indices[::-1], (a, b), (b, a), strict=True):
        alone = side[~own.isin(other)]
        out.append(alone.assign(table=table.name, why=f"unmatched: not in {against.name}"))
    ours, theirs = (side[own.isin(other)] for side, own, other in zip(sides, indices, indices[::-1], strict=True))
    if ours.empty:
        raise TableError(
            "rows_unmatched",
            name=a.name,
            name2=b.name,
            keys=", ".join(keys),
            described=_described(sides[0], keys),
            described2=_described(sides[1], keys),
        )
    if together:
        order = indices[1].get_indexer(indices[0][indices[0].isin(indices[1])])
        ours, theirs = ours.reset_index(drop=True), sides[1].iloc[order].reset_index(drop=True)
    return Matched(ours, theirs, together, tuple(keys), listed(out))


def _refuse_mixed_movements(a: Table, b: Table) -> None:
    """Refuse several movements in one table where the other does not say which it has."""
    found = set(a.rows["movement"].dropna()) if a.has("movement") and not b.has("movement") else set()
    if len(found) > 1:
        raise TableError("movements_mixed", name=a.name, name2=b.name, found=sorted(found))


def _refuse_shifted(a: Table, b: Table, key: str, keys: Sequence[str]) -> None:
    """Refuse numbers that one table counts from 0 and the other from 1: rows that do not belong together would match.

    A group is what has numbers of its own: a person's trials of one movement. It fits a shift if it makes the smaller
    group's numbers a part of the larger's. Values that cannot be used have their numbers too.
    """
    within = [k for k in keys if k != key and (key, k) != ("visit", "trial")]
    ours, theirs = (_numbers_of(table, key, within) for table in (a, b))
    common = [group for group in ours if group in theirs]
    fit, same = Counter[int](), Counter[int]()
    for group in common:
        few, many = sorted((ours[group], theirs[group]), key=len)
        for shift in {n - m for n in ours[group] for m in theirs[group]} | {0}:
            moved = {n + (shift if few is theirs[group] else -shift) for n in few}
            fit[shift] += moved <= many
            same[shift] += moved == many
    shift, count = fit.most_common(1)[0] if fit else (0, 0)
    if not shift or count < SHIFTED * len(common) or same[shift] < max(fit[0], len(common) / 2):
        return
    if shift < 0:
        a, b, ours, theirs, shift = b, a, theirs, ours, -shift
    example = next(group for group in common if {n + shift for n in theirs[group]} == ours[group])
    raise TableError(
        "trials_shifted" if key == "trial" else "visits_shifted",
        name=a.name,
        name2=b.name,
        shift=shift,
        described=", ".join(f"{k} {v}" for k, v in zip(within, example, strict=True) if v),
        numbers=sorted(ours[example]),
        numbers2=sorted(theirs[example]),
        keys=",".join(keys),
    )


def _numbers_of(table: Table, key: str, within: Sequence[str]) -> dict[tuple[str, ...], set[int]]:
    """Whole numbers of each group in a column."""
    rows = pd.concat([table.rows, table.left_out])
    rows = rows[rows[key].str.fullmatch(r"\d{1,9}").fillna(False).astype(bool)]
    found: dict[tuple[str, ...], set[int]] = {}
    for group, number in zip(rows[list(within)].fillna("").itertuples(index=False), rows[key], strict=True):
        found.setdefault(tuple(map(str, group)), set()).add(int(number))
    return found


def without_duplicates(rows: pd.DataFrame, keys: Sequence[str], ask: bool = True) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of which there is one for each key, and the others with the reason.

    Of rows that agree in their value too, the first is kept; where values differ nobody knows which holds, and none
    is. Without ``ask`` rows of one key are repetitions, those of equal value too; only where no values differ, so that
    nothing was repeated, an equal row is a duplicate.
    """
    if not ask:
        twice = rows.duplicated([*keys, "value"])
        if (rows.duplicated(list(keys)) & ~twice).any():
            twice[:] = False
        first = rows[~twice]
        return first, rows[twice].assign(why="duplicate: an earlier row is the same")
    several = rows.duplicated(list(keys), keep=False)
    kept, out = [rows[~several]], [rows.iloc[:0].assign(why="")]
    for _, group in rows[several].groupby(list(keys), dropna=False, sort=False):
        if group["value"].nunique() == 1:
            kept.append(group.iloc[:1])
            out.append(group.iloc[1:].assign(why=SAME.format(row=group["row"].iloc[0])))
        else:
            out.append(group.assign(why=DIFFERENT.format(count=len(group), keys=", ".join(keys))))
    return pd.concat(kept).sort_index(), pd.concat(out)


def refuse_most_duplicates(table: Table, kept: pd.DataFrame, twice: pd.DataFrame, keys: Sequence[str]) -> None:
    """Refuse a table of which most rows differ by nothing but their value: a column that tells them apart is missing.

    ``kept`` and ``twice`` are as from `without_duplicates`.

    Raises
    ------
    TableError
        If more rows are left out for that than are kept.
    """
    apart = twice[~twice["why"].str.startswith(SAME.partition("{")[0])] if len(twice) else twice
    if len(apart) > len(kept):
        total = len(kept) + len(twice)
        raise TableError("duplicates_most", name=table.name, count=len(apart), total=total, keys=", ".join(keys))


def _all_duplicates(table: Table, keys: Sequence[str]) -> TableError:
    apart = [k for k in KEYS if table.has(k) and k not in keys]
    if not apart:
        return TableError("duplicates_alike", name=table.name, keys=list(keys))
    return TableError("duplicates_apart", name=table.name, keys=list(keys), apart=apart, first=apart[0])


def listed(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """List the rows that were not used, in the order of the tables and rows."""
    filled = [part for part in parts if not part.empty]
    if not filled:
        return pd.DataFrame(columns=list(LISTED))
    out = pd.concat(filled, ignore_index=True)
    return out[[c for c in LISTED if c in out]].sort_values(["table", "row"], kind="stable", ignore_index=True)


def _described(rows: pd.DataFrame, keys: Sequence[str]) -> str:
    return ", ".join(f"{key} {rows[key].iloc[0]}" for key in keys)

"""Reading tables of measured movements: finding their columns and the rows that cannot be used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from romcheck.agreement.files import Content, TableError, raw_table
from romcheck.agreement.units import DEGREES, are_ranges, in_degrees, seem_radians
from romcheck.arrays import Bools, Floats
from romcheck.exchange.spreadsheet import plain
from romcheck.names import folded

GUESSES: dict[str, tuple[str, ...]] = {
    "person": ("participant", "person", "subject", "patient", "participant_id", "person_id", "subject_id", "id"),
    "value": ("angle_deg", "value", "angle", "value_deg", "rom_deg", "rom", "degrees", "mean_deg"),
    "movement": ("movement", "direction"),
    "test": ("test",),
    "visit": ("visit", "session", "occasion", "timepoint", "time_point", "day", "visit_on", "visit_date", "date"),
    "rater": ("rater", "observer", "examiner", "assessor"),
    "trial": ("trial", "repetition", "repeat", "replicate", "rep"),
    "video": ("video",),
    "method": ("method", "device", "instrument"),
    "quality": ("quality",),
}
"""Names by which a column is recognised unless it is given, the likeliest first."""

KEYS = ("person", "test", "movement", "visit", "rater", "video", "trial")
"""What may tell one row from another."""


SAME_AS = "same_as"
"""Column in which a study names the video whose recording another video repeats."""

DEGREES_IN_HEADING = re.compile(rf"\s*[(\[]({'|'.join(sorted(DEGREES, key=len, reverse=True))})[)\]]$")

LARGEST = 180.0
"""No neck angle is beyond, degrees."""

LARGE = 120.0
"""Beyond what a neck does one way, degrees: worth a remark."""

CODES = tuple(float(digit * n) for digit in "789" for n in (3, 4, 5))
"""Numbers that programs write for a missing value, with either sign."""

MAYBE = (99.0, -99.0, -88.0, -77.0, -9.0, -8.0, -7.0)
"""Numbers that often stand for a missing value but may be angles too."""

APART = 30.0
"""A number that stands this far from all others, degrees, and several times, is a code and no extreme of theirs."""

ABSENT = ("-", "–", "—", "--", ".", "?")
"""What a hand writes where there is no value."""


@dataclass(frozen=True)
class Columns:
    """Columns of a table by meaning; None if there is none."""

    person: str
    value: str
    movement: str | None = None
    test: str | None = None
    visit: str | None = None
    rater: str | None = None
    trial: str | None = None
    video: str | None = None
    method: str | None = None
    quality: str | None = None


@dataclass(frozen=True)
class Table:
    """Rows that can be used, and those that cannot, with the reason.

    Attributes
    ----------
    name : what the table is called in words and lists
    rows : columns ``row`` (line of the file, the heading being line 1), those of `KEYS`, ``method`` and ``same_as`` as
        text where the table has them, and ``value``
    left_out : the same columns and ``why``
    guessed : sentences that say which columns were guessed, and what else the reader should know
    """

    name: str
    rows: pd.DataFrame
    left_out: pd.DataFrame
    guessed: tuple[str, ...]

    def has(self, key: str) -> bool:
        """Whether the table has such a column."""
        return key in self.rows


def read_table(
    source: str | Path | pd.DataFrame,
    named: Mapping[str, str | None] | None = None,
    *,
    name: str | None = None,
    with_rejected: bool = False,
    unit: str | None = None,
) -> Table:
    """Read a table of movements, one row per trial.

    Parameters
    ----------
    source : CSV (comma, semicolon or tab; decimal comma with the semicolon) or Parquet file, or a DataFrame
    named : column of each of `GUESSES` that is not to be guessed
    name : what to call it; the file's name by default
    with_rejected : use movements whose quality is "rejected" too
    unit : of the values, which may stand behind them in the cells; impossible neck angles are set aside if it
        is degrees. By default degrees, and ranges of motion that seem to be in radians are refused

    Raises
    ------
    TableError
        If it cannot be read, is empty, lacks a named column, does not tell persons or values, writes one name in two
        ways, seems to be in radians, or no row can be used.
    """
    chosen = {k: v for k, v in (named or {}).items() if v}
    usual = {n for names in GUESSES.values() for n in names}
    content = raw_table(source, usual | {v.strip().lower() for v in chosen.values()})
    raw = content.frame
    name = name or ("table" if isinstance(source, pd.DataFrame) else Path(source).name)
    if raw.empty:
        raise TableError("table_no_rows", name=name)
    columns, guessed = _columns(content, chosen, name)
    held = {f.name: getattr(columns, f.name) for f in fields(columns)}
    rows = pd.DataFrame({"row": list(content.lines)})
    for key in (*KEYS, "method"):
        column = held[key]
        if column is not None and _texts(raw[column]).notna().any():
            rows[key] = _texts(raw[column])
    if SAME_AS in raw:
        rows[SAME_AS] = _texts(raw[SAME_AS])
    if "person" not in rows:
        raise TableError("person_empty", name=name, person=columns.person)
    if "movement" in rows:
        rows["movement"] = rows["movement"].str.lower().str.replace(r"[\s-]+", "_", regex=True)
    rows["value"] = _numbers(raw[columns.value], unit or "°")
    _refuse_merged(name, rows, held)
    refuse_two_spellings([(name, rows)])
    table = _sorted_out(name, rows, raw, columns, (*content.said, *guessed), with_rejected, unit)
    if table.rows.empty:
        whys = list(dict.fromkeys(table.left_out["why"]))
        why = ", ".join(whys[:3]) + (f" and {len(whys) - 3} more" if len(whys) > 3 else "")
        raise TableError("no_row_usable", name=name, why=why)
    if unit is None:
        _refuse_radians(table, columns.value)
    return table


def _refuse_radians(table: Table, column: str) -> None:
    rows = table.rows
    kinds = [rows[key] if key in rows else pd.Series(None, rows.index, dtype=object) for key in ("test", "movement")]
    ranges = [are_ranges(*(None if pd.isna(one) else str(one) for one in kind)) for kind in zip(*kinds, strict=True)]
    values = rows["value"].to_numpy()[np.array(ranges, dtype=bool)]
    if seem_radians(values):
        raise TableError("table_radians", name=table.name, column=column, middle=float(np.median(np.abs(values))))


def _numbers(column: pd.Series, unit: str) -> Floats:
    """Values as numbers, with decimal point or comma and with or without the unit; NaN for anything else."""
    if column.dtype == object or isinstance(column.dtype, pd.StringDtype):
        written = DEGREES if unit.lower() in DEGREES else {unit}
        ending = "|".join(re.escape(one) for one in sorted(written, key=len, reverse=True) if one)
        column = column.astype("string").str.strip()
        if ending:
            column = column.str.replace(rf"(?i)\s*(?:{ending})\.?$", "", regex=True)
        column = column.str.replace(",", ".").str.replace("−", "-")
    return pd.to_numeric(column, errors="coerce").astype(float).to_numpy()


def _sorted_out(
    name: str,
    rows: pd.DataFrame,
    raw: pd.DataFrame,
    columns: Columns,
    said: tuple[str, ...],
    with_rejected: bool,
    unit: str | None,
) -> Table:
    """Set aside the rows that cannot be used, each with its reason."""
    why = pd.Series("", index=rows.index)
    cells = _texts(raw[columns.value])
    written = cells.notna().to_numpy(bool) & ~cells.isin(ABSENT).to_numpy(bool)
    finite = np.isfinite(rows["value"].to_numpy())
    why[~finite & written] = "the value is not a number: " + cells.str.slice(0, 40)
    why[~finite & ~written] = "no value"
    if "at_least" in raw:
        bound = raw["at_least"].astype(str).str.lower().isin(("true", "1", "yes")) & (why == "")
        why[bound] = "the movement went on beyond what was seen: its value is a lower bound"
    if columns.quality is not None and not with_rejected:
        rejected = _texts(raw[columns.quality]).str.lower().eq("rejected").fillna(False).to_numpy(bool) & (why == "")
        why[rejected] = "rejected"
        if "reasons" in raw:
            reasons = _texts(raw["reasons"])[rejected & _texts(raw["reasons"]).notna().to_numpy()]
            why[reasons.index] = "rejected: " + reasons
    why[rows["person"].isna()] = "no person"
    if "movement" in rows:
        why[rows["movement"].isna() & (why == "")] = "no movement"
    if in_degrees(unit):
        said += _beyond(name, rows, why, columns.value)
    used = why == ""
    return Table(name, rows[used].reset_index(drop=True), rows[~used].assign(why=why[~used]), said)


def _beyond(name: str, rows: pd.DataFrame, why: pd.Series, column: str) -> tuple[str, ...]:
    """Set aside, in ``why``, values that are no angles of a neck; what the reader should know of them and others."""
    value = rows["value"].where(why == "")
    size = value.abs()
    angles = size[value.notna() & ~size.isin(CODES)]
    if (angles > LARGEST).sum() > len(angles) / 2:
        raise TableError("no_angles", name=name, column=column, largest=LARGEST)
    counts = value.value_counts()
    large = [float(one) for one in counts.index if abs(one) > LARGE]
    there = np.sort(counts.index.to_numpy(float))
    codes = [one for one in large if _is_code(one, int(counts[one]), there)]
    coded = value.isin(codes)
    why[coded] = f"looks like a code for missing: beyond ±{LARGE:.0f}°"
    impossible = (size > LARGEST) & ~coded
    why[impossible] = f"beyond ±{LARGEST:.0f}°: not a neck angle"
    said = [
        f"{name}: {one:g} in {_lines(rows['row'][value == one])} (column {column}) looks like a code for missing and "
        "was not used."
        for one in codes
    ]
    if impossible.any():
        said.append(
            f"{name}: {_lines(rows['row'][impossible])} (column {column}): beyond ±{LARGEST:.0f}°, impossible for "
            "a neck; not used."
        )
    said += [
        f"{name}: {one:g} in {_lines(rows['row'][value == one])} (column {column}) was used as an angle. If it "
        "stands for a missing value, empty these cells."
        for one in MAYBE
        if counts.get(one, 0) > 1
    ]
    remarked = (size > LARGE) & ~coded & ~impossible
    if remarked.any():
        said.append(
            f"{name}: {_lines(rows['row'][remarked])} (column {column}): beyond ±{LARGE:.0f}°, more than a neck "
            "usually moves to one side; used anyway. Check these."
        )
    return tuple(said)


def _is_code(one: float, count: int, there: Bools) -> bool:
    """Whether a number that is too large stands for "missing", among all numbers there are, sorted."""
    if abs(one) > LARGEST:
        return count > 1 or abs(one) in CODES
    at = int(np.searchsorted(there, one))
    near = min((abs(one - other) for other in (*there[max(at - 1, 0) : at], *there[at + 1 : at + 2])), default=np.inf)
    return count > 1 and near > APART


def _lines(rows: pd.Series) -> str:
    """Lines of a file in words, the first few of many."""
    first = ", ".join(str(row) for row in rows[:5])
    more = f" and {len(rows) - 5} more" if len(rows) > 5 else ""
    return f"line{'s' * (len(rows) > 1)} {first}{more}"


def _refuse_merged(name: str, rows: pd.DataFrame, held: Mapping[str, str | None]) -> None:
    """Cells merged in a spreadsheet leave their name in the first row only: the others are that person's too."""
    for key in ("person", "movement"):
        if key not in rows:
            continue
        lacking = rows["row"][rows[key].isna() & rows["value"].notna()]
        written_again = (rows[key] == rows[key].shift()).fillna(False).any()
        if len(lacking) > 1 and len(lacking) >= len(rows) / 4 and not written_again:
            raise TableError("cells_merged", name=name, lacking=_lines(lacking), key=key, held=held[key])


def refuse_two_spellings(tables: list[tuple[str, pd.DataFrame]]) -> None:
    """Refuse tables that write one name in two ways: nobody but their author knows whether that is one person.

    Raises
    ------
    TableError
        If names of persons, tests, visits, raters, methods or trials differ in capitals, spaces or leading zeros only,
        or one date is written in two ways.
    """
    for key in ("person", "test", "visit", "rater", "method", "trial"):
        seen: dict[str, dict[str, str]] = {}
        for name, rows in tables:
            if key in rows:
                for text, line in rows.dropna(subset=[key]).groupby(key, sort=False)["row"].first().items():
                    same = _as_date(str(text)) if key == "visit" else ""
                    seen.setdefault(same or folded(str(text)), {}).setdefault(str(text), f"{name}, line {line}")
        several = [spellings for spellings in seen.values() if len(spellings) > 1]
        if several:
            shown = "; ".join(" and ".join(f"{t} ({where})" for t, where in one.items()) for one in several[:3])
            more = f"; and {len(several) - 3} more" if len(several) > 3 else ""
            raise TableError("two_spellings", key=key, shown=shown, more=more)


def _as_date(label: str) -> str:
    """A date that can be read in one way only, written year first; empty for anything else."""
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%d %b %Y", "%d %B %Y"):
        with suppress(ValueError):
            return f"{datetime.strptime(label.strip(), form):%Y-%m-%d}"
    return ""


def _columns(content: Content, named: dict[str, str], name: str) -> tuple[Columns, list[str]]:
    raw = content.frame
    for key, column in named.items():
        if column not in raw:
            have = ", ".join(map(str, raw.columns))
            raise TableError("no_column", name=name, column=column, key=key, have=have)
    # A unit in the heading is left aside when it is degrees: "Angle (°)" is the angle, "Angle (rad)" is not.
    by_lower = {
        re.sub(r"[\s-]+", "_", DEGREES_IN_HEADING.sub("", str(column).strip().lower())): str(column)
        for column in reversed(raw.columns)
    }
    found, guessed = dict(named), []
    for key, names in GUESSES.items():
        free = [by_lower[n] for n in names if n in by_lower and by_lower[n] not in found.values()]
        if key not in found and free:
            found[key] = free[0]
            others = f" (it might be {' or '.join(free[1:])})" if free[1:] else ""
            guessed.append(f"{key} = {free[0]}{others}")
    for key in ("person", "value"):
        if key not in found:
            have = ", ".join(map(str, raw.columns))
            if len(raw.columns) == 1:
                raise TableError("single_column", name=name, have=have)
            raise TableError("column_unclear", name=name, key=key, have=have)
    for key, column in found.items():
        if column.strip().lower() in content.twice:
            raise TableError("columns_same_name", name=name, lower=column.strip().lower(), key=key)
    return Columns(**found), [f"{name}: guessed " + ", ".join(guessed) + "."] if guessed else []


def _texts(column: pd.Series) -> pd.Series:
    """Values as text by which rows are matched: trimmed, 3.0 as "3"; missing and empty ones as NA."""
    if pd.api.types.is_float_dtype(column):
        column = column.map(lambda v: v if pd.isna(v) or not v.is_integer() else int(v)).astype(object)
    # Programs that know no missing whole number write 3 as 3.0.
    text = column.astype("string").str.strip().str.replace(r"^(\d+)\.0+$", r"\1", regex=True)
    text = text.map(plain, na_action="ignore").astype("string")
    return text.mask(text.eq("") | text.str.lower().isin(("nan", "none", "null")).fillna(False))

"""Tables of measured movements: reading them, finding their columns, and saying which rows cannot be used."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import pandas as pd

from romcheck.errors import RomcheckError
from romcheck.exchange.spreadsheet import plain

GUESSES: dict[str, tuple[str, ...]] = {
    "person": ("participant", "person", "subject", "patient", "participant_id", "person_id", "subject_id", "id"),
    "value": ("angle_deg", "value", "angle", "value_deg", "rom_deg", "rom", "degrees", "mean_deg"),
    "movement": ("movement", "direction"),
    "test": ("test",),
    "visit": ("visit", "session", "occasion", "day"),
    "rater": ("rater", "observer", "examiner", "assessor"),
    "trial": ("trial", "repetition", "repeat", "replicate", "rep"),
    "video": ("video",),
    "method": ("method", "device", "instrument"),
    "quality": ("quality",),
}
"""Names by which a column is known when nobody names it, the likeliest first."""

KEYS = ("person", "test", "movement", "visit", "rater", "video", "trial")
"""What may tell one row from another."""


class TableError(RomcheckError):
    """A table whose rows or columns cannot be used."""


@dataclass(frozen=True)
class Columns:
    """Which column of a table holds what; None where the table does not tell."""

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
    rows : columns ``row`` (line of the file, the heading being line 1), those of `KEYS` and ``method`` as text where
        the table has them, and ``value``
    left_out : the same columns and ``why``
    guessed : sentences that say which columns were guessed
    """

    name: str
    rows: pd.DataFrame
    left_out: pd.DataFrame
    guessed: tuple[str, ...]

    def has(self, key: str) -> bool:
        """Whether the table tells it."""
        return key in self.rows


def read_table(
    source: str | Path | pd.DataFrame,
    named: Mapping[str, str | None] | None = None,
    *,
    name: str | None = None,
    with_rejected: bool = False,
) -> Table:
    """Read a table of movements, one row a trial.

    Parameters
    ----------
    source : CSV (comma, semicolon or tab; decimal comma with the semicolon) or Parquet file, or a DataFrame
    named : column of each of `GUESSES` that is not to be guessed
    name : what to call it; the file's name by default
    with_rejected : use movements whose quality is "rejected" too

    Raises
    ------
    TableError
        If it cannot be read, is empty, lacks a named column, or does not tell persons or values.
    """
    raw = raw_table(source)
    name = name or ("table" if isinstance(source, pd.DataFrame) else Path(source).name)
    if raw.empty:
        raise TableError(f"{name} has no rows.")
    columns, guessed = _columns(raw, {k: v for k, v in (named or {}).items() if v}, name)
    held = {f.name: getattr(columns, f.name) for f in fields(columns)}
    rows = pd.DataFrame({"row": range(2, len(raw) + 2)})
    for key in (*KEYS, "method"):
        column = held[key]
        if column is not None and _texts(raw[column]).notna().any():
            rows[key] = _texts(raw[column])
    if "person" not in rows:
        raise TableError(
            f"{name}: the column {columns.person} that should tell the person is empty. Name another with --person; "
            "where every video shows another person, that is --person video."
        )
    if "movement" in rows:
        rows["movement"] = rows["movement"].str.lower().str.replace(r"[\s-]+", "_", regex=True)
    text = raw[columns.value]
    if text.dtype == object:
        text = text.astype("string").str.strip().str.removesuffix("°").str.replace(",", ".").str.replace("−", "-")
    rows["value"] = pd.to_numeric(text, errors="coerce").astype(float).to_numpy()
    return _sorted_out(name, rows, raw, columns, tuple(guessed), with_rejected)


def _sorted_out(
    name: str, rows: pd.DataFrame, raw: pd.DataFrame, columns: Columns, guessed: tuple[str, ...], with_rejected: bool
) -> Table:
    """Set aside the rows that cannot be used, each with its reason."""
    why = pd.Series("", index=rows.index)
    written = _texts(raw[columns.value]).notna()
    why[~rows["value"].map(_finite)] = "the value is not a number"
    why[~rows["value"].map(_finite) & ~written] = "no value"
    if "at_least" in raw:
        bound = raw["at_least"].astype(str).str.lower().isin(("true", "1", "yes")) & (why == "")
        why[bound] = "the movement went beyond what could be read: its value is a lower bound"
    if columns.quality is not None and not with_rejected:
        rejected = _texts(raw[columns.quality]).str.lower().eq("rejected").fillna(False).to_numpy(bool) & (why == "")
        why[rejected] = "rejected"
        if "reasons" in raw:
            reasons = _texts(raw["reasons"])[rejected & _texts(raw["reasons"]).notna().to_numpy()]
            why[reasons.index] = "rejected: " + reasons
    why[rows["person"].isna()] = "no person"
    if "movement" in rows:
        why[rows["movement"].isna() & (why == "")] = "no movement"
    used = why == ""
    return Table(name, rows[used].reset_index(drop=True), rows[~used].assign(why=why[~used]), guessed)


def _finite(value: float) -> bool:
    return value - value == 0


def raw_table(source: str | Path | pd.DataFrame) -> pd.DataFrame:
    """Content of a CSV (as text) or Parquet file.

    Raises
    ------
    TableError
        If it cannot be read.
    """
    if isinstance(source, pd.DataFrame):
        return source.reset_index(drop=True)
    path = Path(source)
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            return pd.read_parquet(path)
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
        separator = max((",", ";", "\t"), key=lambda mark: len(next(csv.reader([first], delimiter=mark), [])))
        # As text: participant 007 is not participant 7.
        return pd.read_csv(path, sep=separator, dtype=str, encoding="utf-8-sig", skipinitialspace=True)
    except FileNotFoundError as error:
        raise TableError(f"There is no file {path}. Check its name and folder.") from error
    except IsADirectoryError as error:
        raise TableError(f"{path} is a folder. Name the table in it.") from error
    except PermissionError as error:
        what = "is a folder. Name the table in it" if path.is_dir() else "may not be read by this user. Copy it first"
        raise TableError(f"{path} {what}.") from error
    except UnicodeDecodeError as error:
        raise TableError(f"{path} is no CSV in UTF-8. Save the table as 'CSV UTF-8' or Parquet.") from error
    except pd.errors.EmptyDataError as error:
        raise TableError(f"{path} is empty. Export the table again.") from error
    except (OSError, ValueError, csv.Error) as error:  # pandas' and pyarrow's own errors are ValueErrors
        why = str(error).strip(" .\n")
        raise TableError(f"{path} cannot be read as a table ({why}). Give a CSV or Parquet file.") from error


def _columns(raw: pd.DataFrame, named: dict[str, str], name: str) -> tuple[Columns, list[str]]:
    for key, column in named.items():
        if column not in raw:
            have = ", ".join(map(str, raw.columns))
            raise TableError(
                f"{name} has no column {column}, named as the {key}. Its columns are: {have}. Where two tables call it "
                f"differently, say --{key} IN_A=IN_B."
            )
    by_lower = {str(column).strip().lower(): str(column) for column in raw.columns}
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
            raise TableError(
                f"{name} does not tell which column is the {key}. It has: {have}. Name it with --{key}; where two "
                f"tables call it differently, --{key} IN_A=IN_B."
            )
    return Columns(**found), [f"{name}: guessed " + ", ".join(guessed) + "."] if guessed else []


def _texts(column: pd.Series) -> pd.Series:
    """Values as text by which rows are matched: trimmed, 3.0 as "3"; missing and empty ones as NA."""
    if pd.api.types.is_float_dtype(column):
        column = column.map(lambda v: v if pd.isna(v) or not v.is_integer() else int(v)).astype(object)
    # Programs that know no missing whole number write 3 as 3.0.
    text = column.astype("string").str.strip().str.replace(r"^(\d+)\.0+$", r"\1", regex=True)
    text = text.map(plain, na_action="ignore").astype("string")
    return text.mask(text.eq("") | text.str.lower().isin(("nan", "none", "null")).fillna(False))

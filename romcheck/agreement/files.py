"""Reading table files as programs save them: separator, encoding, title lines, header and line numbers."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pandas as pd

from romcheck.errors import RomcheckError
from romcheck.exchange.parquet import read_bounded
from romcheck.exchange.spreadsheet import stated_separator

SEPARATORS = (",", ";", "\t")
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods", ".numbers")
WORKBOOK_STARTS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""A zip archive (xlsx, ods, numbers) and Microsoft's older container (xls)."""

MISSING = frozenset(
    ("", "na", "n/a", "#n/a", "#na", "<na>", "nan", "-nan", "null", "none", "1.#ind", "1.#qnan", "-1.#ind", "-1.#qnan")
)
"""How programs write a missing cell, in small letters."""

HEAD = 30
"""Lines searched for the header."""

CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f]")


class TableError(RomcheckError):
    """A table whose rows or columns cannot be used."""


@dataclass(frozen=True)
class Content:
    """Content of a table.

    Attributes
    ----------
    frame : its cells, as text where they come from a CSV file; a second column of one name is called ``name.1``
    lines : line of the file in which each row begins, the heading of a Parquet file or DataFrame being line 1
    twice : names that several columns have, in small letters
    said : sentences on what was skipped or supposed
    """

    frame: pd.DataFrame
    lines: Sequence[int]
    twice: frozenset[str] = frozenset()
    said: tuple[str, ...] = ()


def raw_table(source: str | Path | pd.DataFrame, known: Collection[str] = ()) -> Content:
    """Content of a CSV (as text) or Parquet file, or of a DataFrame.

    Parameters
    ----------
    known : names of columns that tell the heading from title lines above it, in small letters

    Raises
    ------
    TableError
        If it cannot be read.
    """
    if isinstance(source, pd.DataFrame):
        return _of_frame(source.reset_index(drop=True))
    path = Path(source)
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            return _of_frame(_without_categories(read_bounded(path).to_pandas()))
        return _of_text(path, path.read_bytes(), frozenset(known))
    except FileNotFoundError as error:
        raise TableError("no_file", path=path) from error
    except IsADirectoryError as error:
        raise TableError("table_is_folder", path=path) from error
    except PermissionError as error:
        raise TableError("table_is_folder" if path.is_dir() else "table_no_right", path=path) from error
    except (OSError, ValueError, csv.Error) as error:  # pandas' and pyarrow's own errors are ValueErrors
        why = str(error).strip(" .\n")
        raise TableError("table_unreadable", path=path, why=why) from error


def _without_categories(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype({name: object for name in frame.columns if isinstance(frame[name].dtype, pd.CategoricalDtype)})


def _of_frame(frame: pd.DataFrame) -> Content:
    heads = [str(head) for head in frame.columns]
    return Content(frame.set_axis(_apart(heads), axis=1), range(2, len(frame) + 2), _twice(heads))


def _of_text(path: Path, data: bytes, known: frozenset[str]) -> Content:
    text, said = _decoded(path, data)
    if not text.strip():
        raise TableError("table_empty", path=path)
    stated, text = stated_separator(text)
    records, lines = _records(path, text, stated or _separator(text, known), 1 if stated else 0)
    if not records:
        raise TableError("table_empty", path=path)
    at = _heading(records[:HEAD], known)
    if at:
        where = f"line {lines[0]}" if at == 1 else f"lines {lines[0]} to {lines[at - 1]}"
        said.append(f"{path.name}: skipped {where} above the header in line {lines[at]}.")
    heads = [head.strip() for head in records[at]]
    while heads and not heads[-1]:
        heads.pop()
    below = zip(records[at + 1 :], lines[at + 1 :], strict=True)
    rows = [_fitted(path, record, len(heads), line) for record, line in below]
    names = _apart([head or f"column {n}" for n, head in enumerate(heads, 1)])
    return Content(pd.DataFrame(rows, columns=names, dtype=object), lines[at + 1 :], _twice(heads), tuple(said))


def _decoded(path: Path, data: bytes) -> tuple[str, list[str]]:
    """Text of a file, and what was supposed of its encoding."""
    if path.suffix.lower() in WORKBOOKS or data.startswith(WORKBOOK_STARTS):
        raise TableError("table_workbook", path=path)
    said: list[str] = []
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            text = data.decode("utf-16")
        except UnicodeDecodeError as error:
            raise TableError("table_not_utf16", path=path) from error
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            try:
                text = data.decode("cp1252")
            except UnicodeDecodeError:
                raise TableError("table_not_utf8", path=path) from error
            said = [
                f"{path.name} is not in UTF-8 and was read as Windows-1252; if names look wrong, save as 'CSV UTF-8'."
            ]
    if CONTROLS.search(text):
        raise TableError("table_no_text", path=path)
    return text, said


def _separator(text: str, known: frozenset[str]) -> str:
    """The mark that shows most known names, else the one that makes most of the first line it divides."""
    head = "".join(islice(io.StringIO(text, newline=""), HEAD))

    def worth(mark: str) -> tuple[int, int]:
        records = [r for r in csv.reader(io.StringIO(head, newline=""), delimiter=mark, skipinitialspace=True) if r]
        return max((_names(r, known) for r in records), default=0), next((len(r) for r in records if len(r) > 1), 1)

    return max(SEPARATORS, key=worth)


def _records(path: Path, text: str, separator: str, above: int) -> tuple[list[list[str]], list[int]]:
    """Rows that are not empty, and the line each begins in."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    records, lines, begins = [], [], 1
    for record in reader:
        if any(cell and not cell.isspace() for cell in record):
            records.append(record)
            lines.append(begins + above)
        last, begins = begins, reader.line_num + 1
    if records and begins - last > 1 and text.count('"') % 2:
        raise TableError("table_quotation", path=path, last=last + above)
    return records, lines


def _heading(records: Sequence[Sequence[str]], known: frozenset[str]) -> int:
    """Which row is the heading: the first with two known names, else with one, else with several cells."""
    found = [_names(record, known) for record in records]
    for enough in (2, 1):
        if max(found) >= enough:
            return next(at for at, count in enumerate(found) if count >= enough)
    filled = [sum(bool(cell.strip()) for cell in record) for record in records]
    return next((at for at, count in enumerate(filled) if count > 1), 0)


def _names(record: Sequence[str], known: frozenset[str]) -> int:
    return len({cell.strip().lower() for cell in record} & known)


def _fitted(path: Path, record: list[str], width: int, line: int) -> list[str | None]:
    """Cells of a row, as many as the heading has."""
    if any(cell.strip() for cell in record[width:]):
        raise TableError("table_cells", path=path, line=line, count=len(record), width=width)
    cells: list[str | None] = [None if cell.strip().lower() in MISSING else cell for cell in record[:width]]
    return cells + [None] * (width - len(cells))


def _apart(heads: Sequence[str]) -> list[str]:
    """Column names, made unique."""
    seen: Counter[str] = Counter()
    names = []
    for head in heads:
        names.append(f"{head}.{seen[head]}" if seen[head] else head)
        seen[head] += 1
    return names


def _twice(heads: Sequence[str]) -> frozenset[str]:
    return frozenset(head for head, count in Counter(h.strip().lower() for h in heads if h).items() if count > 1)

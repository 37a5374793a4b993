"""CSV tables that a spreadsheet displays but does not execute; every CSV file is written through this module."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    import pandas as pd

BEGINS_FORMULA = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
"""First characters of a formula in spreadsheets; the last four are the full-width forms of the first."""
NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")


STATED = re.compile(r'"?sep=(.)"?[ \t,;]*(?:\r\n|\r|\n)', re.IGNORECASE)


def stated_separator(text: str) -> tuple[str, str]:
    """The separator that a first line ``sep=;`` states for Excel, empty without one, and the text below that line."""
    stated = STATED.match(text)
    return (stated[1], text[stated.end() :]) if stated else ("", text)


def inert(text: str) -> str:
    """A text that no spreadsheet reads as a formula: prefixed with an apostrophe if needed. Numbers are unchanged."""
    begins = text.lstrip(" ")[:1] or text[:1]
    return f"'{text}" if begins and begins in BEGINS_FORMULA and not NUMBER.fullmatch(text) else text


def plain(text: str) -> str:
    """Inverse of :func:`inert`."""
    return text[1:] if text[:1] == "'" and inert(text[1:]) == text else text


def csv_cell(value: Any) -> str:
    """A value in CSV form: ``true`` and ``false``, times to the second, empty for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if not isinstance(value, str):
        return str(value)
    # The writer quotes a line feed but not a lone carriage return, after which a spreadsheet would start a new row.
    return inert(value).replace("\r\n", "\n").replace("\r", "\n")


def csv_begun(file: TextIO, columns: Iterable[str]) -> Callable[[Iterable[Any]], None]:
    """Write a header; return what adds a row."""
    writer = csv.writer(file, lineterminator="\n")

    def add(row: Iterable[Any]) -> None:
        writer.writerow(map(csv_cell, row))

    add(columns)
    return add


def write_csv(file: TextIO, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> int:
    """Write a header and rows; return the number of rows."""
    add, count = csv_begun(file, columns), 0
    for row in rows:
        add(row)
        count += 1
    return count


def csv_text(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """Header and rows as the text of a CSV file."""
    text = io.StringIO(newline="")
    write_csv(text, columns, rows)
    return text.getvalue()


def frame_csv(frame: pd.DataFrame, number: str = "%.6g") -> str:
    """A frame as the text of a CSV file, its numbers in the format given, integers unchanged."""
    import pandas as pd

    def rows() -> Iterator[list[Any]]:
        for row in frame.itertuples(index=False, name=None):
            yield [
                None if value is None or value is pd.NA or value != value
                else number % value if isinstance(value, float) else value
                for value in row
            ]  # fmt: skip

    return csv_text(map(str, frame.columns), rows())

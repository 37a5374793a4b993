"""Tables as CSV that a spreadsheet shows and does not execute: every table that is written goes through here."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    import pandas as pd

_FORMULA = tuple("=+-@\t\n＝＋－＠")
"""What a cell begins with that spreadsheets take for a formula; some read the wide letters likewise."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def csv_cell(value: Any) -> Any:
    """One value as it is written.

    Parameters
    ----------
    value : a text that a spreadsheet would take for a formula gets an apostrophe in front; a number, also as a text,
        stays; true and false as words; a moment as 2026-03-02T09:00:00+00:00; None is an empty cell
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if not isinstance(value, str):
        return value
    text = value.replace("\r\n", "\n").replace("\r", "\n")  # a bare CR would end the row, unquoted
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text


def write_csv(file: TextIO, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> int:
    """Write a table, heads first; give how many rows. Lines end in a line feed."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(map(csv_cell, columns))
    count = 0
    for row in rows:
        writer.writerow(map(csv_cell, row))
        count += 1
    return count


def frame_csv(frame: pd.DataFrame, float_format: str | None = None) -> str:
    """Text of a data frame without its index."""
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    safe = frame.rename(columns=csv_cell)
    for place, (_, column) in enumerate(frame.items()):
        if not is_numeric_dtype(column.dtype) and not is_bool_dtype(column.dtype):
            plain = column.astype(object)
            # Only texts are touched: pandas has its own words for the rest.
            safe.isetitem(place, plain.map(lambda value: csv_cell(value) if isinstance(value, str) else value))
    text: str = safe.to_csv(index=False, lineterminator="\n", float_format=float_format)
    return text

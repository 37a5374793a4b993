"""Measurements as a table with one row a trial, for statistics: CSV and Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from romcheck.circumstances import Occasion
from romcheck.exchange.files import ANGLE_DECIMALS, TIME_DECIMALS

TEXT, NUMBER, WHOLE, YES_NO, DAY = pa.string(), pa.float64(), pa.int64(), pa.bool_(), pa.date32()

SCHEMA = pa.schema(
    [
        ("person", TEXT),
        ("date", DAY),
        ("test", TEXT),
        ("mode", TEXT),
        ("posture", TEXT),
        ("moved_by", TEXT),
        ("pain", NUMBER),
        ("headache_now", YES_NO),
        ("minutes_since_treatment", NUMBER),
        ("camera", TEXT),
        ("lens", TEXT),
        ("movement", TEXT),
        ("trial", WHOLE),
        ("counted", YES_NO),
        ("angle_deg", NUMBER),
        ("uncertainty_deg", NUMBER),
        ("at_least", YES_NO),
        ("quality", TEXT),
        ("reasons", TEXT),
        ("flexion_held_deg", NUMBER),
        ("flexion_lost_deg", NUMBER),
        ("lateral_flexion_deg", NUMBER),
        ("trunk_rotation_deg", NUMBER),
        ("start_s", NUMBER),
        ("end_s", NUMBER),
        ("hold_start_s", NUMBER),
        ("hold_end_s", NUMBER),
        ("source_sha256", TEXT),
        ("romcheck", TEXT),
        ("engine", TEXT),
        ("engine_version", TEXT),
    ]
)
"""Columns in their order; empty where there is no value. ``counted``: whether the trial is among those of the mean;
``reasons``: codes with semicolons between them; angles in degrees, times in seconds from the first frame."""


def trials_table(people: Iterable[tuple[str, Iterable[Occasion]]]) -> pa.Table:
    """Table of every trial of people's measurements, in the order given.

    Parameters
    ----------
    people : pairs of a person's code and measurements
    """
    rows = [row for code, occasions in people for o in occasions for row in _rows(code, o)]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def trials_csv(people: Iterable[tuple[str, Iterable[Occasion]]]) -> str:
    """Text of the table as CSV; true and false as words, days as 2026-03-02.

    A text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    table = trials_table(people)
    writer.writerow(table.column_names)
    for row in table.to_pylist():
        writer.writerow([_cell(value) for value in row.values()])
    return out.getvalue()


def trials_parquet(people: Iterable[tuple[str, Iterable[Occasion]]]) -> bytes:
    """Content of the table as a Parquet file."""
    out = io.BytesIO()
    pq.write_table(trials_table(people), out)
    return out.getvalue()


def _rows(code: str, occasion: Occasion) -> Iterable[dict[str, Any]]:
    result, how = occasion.result, occasion.circumstances
    for of, m in ((each, m) for each in result.examinations for m in each.movements):
        counted = {s.movement: set(s.trials) for s in of.summary}
        row = {
            "person": code,
            "date": how.date,
            "test": of.test,
            "mode": how.mode,
            "posture": how.posture,
            "moved_by": how.moved_by,
            "pain": how.pain,
            "headache_now": how.headache_now,
            "minutes_since_treatment": how.minutes_since_treatment,
            "camera": how.camera,
            "lens": result.camera.known,
            "counted": m.trial in counted.get(m.movement, ()) and m.quality != "rejected",
            "reasons": ";".join(m.reasons),
            "source_sha256": result.source.sha256,
            "romcheck": result.software.romcheck,
            "engine": result.software.engine,
            "engine_version": result.software.engine_version,
        }
        taken = [name for name in SCHEMA.names if name not in row]
        yield row | {name: _rounded(name, getattr(m, name)) for name in taken}


def _rounded(name: str, value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return round(value, ANGLE_DECIMALS if name.endswith("_deg") else TIME_DECIMALS) + 0.0


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
    return str(value)

"""Trials as one tidy table, CSV or Parquet: one row per trial, with the column names of the result schema."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

from romcheck.exchange.atomic import written_whole
from romcheck.exchange.spreadsheet import write_csv
from romcheck.records.entries import TidyTrial
from romcheck.records.overview import trials
from romcheck.records.problems import RecordsError
from romcheck.records.rows import batches
from romcheck.records.store import Records

COLUMNS = tuple(f.name for f in fields(TidyTrial))
WHOLE = ("person_id", "visit_id", "measurement_id", "trial", "pain_now", "pain_after", "practice", "familiar_pain")
"""Columns of whole numbers."""
BATCH = 20_000
ENDINGS = (".csv", ".parquet")


def write_table(records: Records, path: str | Path, person_id: int | None = None) -> int:
    """Write the trials of one person, or of everybody; return the number of rows. It is noted in the audit trail.

    Parameters
    ----------
    path : ending in .csv or .parquet; only the owner may read it
    person_id : everybody if None

    Notes
    -----
    People are identified by their code; name and notes are left out. Times are UTC. Angles in CSV have the
    decimals of the stored result; a field is empty where there is no value.
    """
    path = Path(path)
    if path.suffix not in ENDINGS:
        raise RecordsError("table_ending", endings=" or ".join(ENDINGS), suffix=path.suffix or path.name)
    rows = trials(records, person_id)
    with written_whole(path, private=True) as unfinished:
        count = _csv(unfinished, rows) if path.suffix == ".csv" else _parquet(unfinished, rows)
    records.note("exported", person_id, f"table {path.suffix[1:]}")
    return count


def _csv(path: Path, rows: Iterator[TidyTrial]) -> int:
    with path.open("w", newline="", encoding="utf-8") as file:
        return write_csv(file, COLUMNS, map(astuple, rows))


def _parquet(path: Path, rows: Iterator[TidyTrial]) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(name, _arrow_type(pa, name)) for name in COLUMNS])
    count = 0
    with pq.ParquetWriter(path, schema) as writer:
        for batch in batches(rows, BATCH):
            writer.write_table(_arrow_table(pa, batch, schema))
            count += len(batch)
    return count


def _arrow_table(pa: Any, rows: Sequence[TidyTrial], schema: Any) -> Any:
    return pa.table({name: [getattr(row, name) for row in rows] for name in COLUMNS}, schema=schema)


def _arrow_type(pa: Any, name: str) -> Any:
    if name in WHOLE:
        return pa.int64()
    if name in ("headache_now", "rest", "at_least", "familiar", "mirrored"):
        return pa.bool_()
    if name.endswith("_deg") or name == "minutes_since_treatment":
        return pa.float64()
    return {"visit_on": pa.date32(), "measured_at": pa.timestamp("us", tz="UTC")}.get(name, pa.string())

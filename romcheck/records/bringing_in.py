"""Importing result files: ``STEM.result.json`` and the frames beside it, as written by ``romcheck measure``."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import numpy as np

from romcheck.clinical import Conditions
from romcheck.errors import system_says
from romcheck.exchange.files import COLUMNS, frames_path, read_result
from romcheck.records.entries import NOON, MeasurementRecord, Visit
from romcheck.records.problems import RecordsError
from romcheck.records.results_text import frames_of
from romcheck.records.store import Records
from romcheck.results import Frames

ENDING = ".result.json"


def import_result(
    records: Records, visit: Visit, path: str | Path, conditions: Conditions, *, measured_at: datetime | None = None
) -> MeasurementRecord:
    """Keep a result file, with the frames file beside it if there is one.

    Parameters
    ----------
    visit : the visit it belongs to; one without a number stands for the person's last visit of that day, created with
        the measurement where there is none
    path : STEM.result.json
    measured_at : noon of the visit's day if None

    Raises
    ------
    RomcheckError
        When a file cannot be read, the frames do not belong to this result, or the person has a measurement of the same
        test from the same recording.
    """
    path = Path(path)
    result = read_result(path)
    if (kept := records.measurement_of_recording(visit.person_id, result)) is not None:
        raise RecordsError("recording_kept", name=path.name, number=kept)
    frames = read_frames_beside(path)
    if frames is not None and len(frames.time_s) != result.source.frames:
        raise RecordsError("frames_count", name=path.name, count=len(frames.time_s), frames=result.source.frames)
    when = measured_at or datetime.combine(visit.on, NOON).astimezone()
    return records.add_measurement(visit, result, frames, conditions, measured_at=when)


def import_uploaded(records: Records, visit: Visit, files: Mapping[str, bytes], conditions: Conditions) -> int:
    """Import the results among files by their names, each with its frames; return the number of results.

    Raises
    ------
    RomcheckError
        When there is no result among them, or one cannot be read; then none is imported.
    """
    names = [name for name in files if name.endswith(ENDING)]
    if not names:
        raise RecordsError("not_results", ending=ENDING)
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            (Path(folder) / Path(name).name).write_bytes(content)
        paths = [Path(folder) / Path(name).name for name in names]
        for path in paths:  # all are read before the first is saved
            read_result(path)
        for path in paths:
            import_result(records, visit, path, conditions)
    return len(names)


def read_frames_beside(path: Path) -> Frames | None:
    """Frames of a result file: Parquet or CSV; None where neither exists."""
    stem = path.name.removesuffix(ENDING)
    parquet, text = frames_path(path.parent, stem, "parquet"), frames_path(path.parent, stem, "csv")
    try:
        if parquet.exists():
            return frames_of(parquet.read_bytes())
        return read_frames_csv(text) if text.exists() else None
    except OSError as error:
        raise RecordsError("frames_unreadable", path=path, why=system_says(error)) from error


def read_frames_csv(path: Path) -> Frames:
    """Frames from STEM.frames.csv.

    Raises
    ------
    RecordsError
        When a column is missing or a row is invalid.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        columns = {name: [row[name] for row in rows] for name in COLUMNS}
        if any(value not in ("true", "false") for value in columns["valid"]):
            raise ValueError("valid")
        numbers = {
            name: np.array([float(value) if value else np.nan for value in values])
            for name, values in columns.items()
            if name != "valid"
        }
    except (KeyError, ValueError, TypeError, csv.Error, UnicodeDecodeError) as error:
        raise RecordsError("frames_not_ours", path=path) from error
    return Frames(valid=np.array([value == "true" for value in columns["valid"]], bool), **numbers)

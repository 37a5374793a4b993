"""The files of one measurement: STEM.result.json and STEM.frames.csv or .parquet.

The same result gives the same bytes: no time of writing, a fixed order of keys, fixed rounding.
"""

from __future__ import annotations

import io
import json
import math
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
from pydantic import TypeAdapter, ValidationError

from romcheck.errors import RomcheckError, system_says
from romcheck.exchange.atomic import written_whole
from romcheck.exchange.parquet import refuse_swollen
from romcheck.results import ANGLE_DECIMALS, SCHEMA, Frames, Result

FrameFormat = Literal["csv", "parquet"]

FRAME_ANGLE_DECIMALS = 3
TIME_DECIMALS = 4
FRAME_TIME_DECIMALS = 6
"""Decimals of times in frames: at 240 frames/s a coarser step would affect speeds."""

PIXEL_DECIMALS = 4

COLUMNS = (
    "time_s",
    "valid",
    "rotation_deg",
    "flexion_deg",
    "lateral_flexion_deg",
    "trunk_rotation_deg",
    "sigma_deg",
)
"""Columns of STEM.frames.csv, in order."""

MOST_DEG = 360.0
"""Largest absolute angle in a result."""

MOST_WHOLE = 2**53
"""Largest absolute value of other numbers: exact in JSON."""

WIDTHS = ("uncertainty_deg", "sd_deg")
"""Fields of a result that are never negative."""

MOST_FRAMES = 5_000_000
"""Most frames of one measurement: more than a day and a half at 30 frames/s."""

_RESULT = TypeAdapter(Result)


def result_path(folder: str | Path, stem: str) -> Path:
    """Path of the result of a video with this stem."""
    return Path(folder) / f"{stem}.result.json"


def frames_path(folder: str | Path, stem: str, frame_format: FrameFormat = "csv") -> Path:
    """Path of the frames of a video with this stem."""
    return Path(folder) / f"{stem}.frames.{frame_format}"


def result_json(result: Result) -> str:
    """Text of STEM.result.json.

    ``schema`` comes first, the rest in the order of :class:`romcheck.results.Result`. Angles have 2 decimals, times
    4. A value that is not finite is written as null: JSON has no NaN.
    """
    return json.dumps(result_content(result), ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def result_content(result: Result) -> dict[str, Any]:
    """Content of STEM.result.json, ordered and rounded, as JSON types."""
    content = _tidy(_RESULT.dump_python(result), "")
    return {"schema": content.pop("schema"), **content}


def read_result(path: str | Path) -> Result:
    """Read a result file.

    Raises
    ------
    RomcheckError
        When the file cannot be read, or is not a result of this schema.

    Examples
    --------
    >>> result = read_result("turn.result.json")
    >>> result.test, [movement.movement for movement in result.movements]
    ('rotation', ['rotation_left'])
    """
    path = Path(path)
    try:
        result = _RESULT.validate_json(path.read_bytes())
    except OSError as error:
        raise RomcheckError("unreadable", path=path, why=system_says(error)) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RomcheckError(
            "not_a_result", path=path, where=where + ": " if where else "", first=first["msg"]
        ) from error
    if result.schema != SCHEMA:
        raise RomcheckError("result_version", path=path, schema=result.schema, schema2=SCHEMA)
    if found := impossible(result):
        raise RomcheckError("result_cannot_be", name=found[0], value=found[1])
    return result


def impossible(result: Result) -> tuple[str, str] | None:
    """Name and value of an impossible number in a result, or None.

    Impossible are non-finite numbers, angles beyond a full turn, and negative interval widths or standard deviations.
    """
    return _impossible("", result)


def _impossible(name: str, value: Any) -> tuple[str, str] | None:
    if is_dataclass(value):
        parts = [(part.name, getattr(value, part.name)) for part in fields(value)]
    elif isinstance(value, dict | list | tuple):
        parts = [(name, part) for part in (value.values() if isinstance(value, dict) else value)]
    elif isinstance(value, float | int) and not isinstance(value, bool):
        most = MOST_DEG if name.endswith("_deg") else MOST_WHOLE
        least = 0 if name in WIDTHS else -most
        return None if least <= value <= most else (name, str(value)[:20])  # NaN is refused too
    else:
        return None
    return next((found for one, part in parts if (found := _impossible(one, part))), None)


def read_frames(path: str | Path) -> Frames:
    """Read the frames of a measurement, CSV or Parquet by the file extension.

    Angles are NaN where a frame has none.

    Raises
    ------
    RomcheckError
        When the file cannot be read, or lacks a column.
    """
    import pyarrow as pa
    import pyarrow.csv

    path = Path(path)
    try:
        if path.suffix.lower() == ".parquet":
            return parquet_frames(path)
        types = {name: pa.bool_() if name == "valid" else pa.float64() for name in COLUMNS}
        return _frames(pa.csv.read_csv(path, convert_options=pa.csv.ConvertOptions(column_types=types)))
    except OSError as error:
        raise RomcheckError("unreadable", path=path, why=system_says(error)) from error
    except (pa.ArrowException, KeyError, ValueError, TypeError) as error:
        raise RomcheckError("not_frames", path=path) from error


def parquet_frames(source: Path | IO[bytes]) -> Frames:
    """Frames from a Parquet file with the columns :data:`COLUMNS`.

    A few bytes of Parquet can unpack to any number of rows, so the number of rows read is limited.

    Raises
    ------
    pyarrow.ArrowException, KeyError, ValueError, TypeError, OSError
        When it is not such a file, or has more than :data:`MOST_FRAMES` rows.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(source) as file:
        schema = file.schema_arrow
        _refuse_other_columns(schema)
        refuse_swollen(file, source, COLUMNS, MOST_FRAMES, MOST_FRAMES * len(COLUMNS) * 8)
        batches, count = [], 0
        for batch in file.iter_batches(columns=list(COLUMNS)):
            count += len(batch)
            if count > MOST_FRAMES:
                raise ValueError("more rows than it says")
            batches.append(batch)
        return _frames(pa.Table.from_batches(batches, pa.schema([schema.field(name) for name in COLUMNS])))


def parquet_rows(source: IO[bytes]) -> int | None:
    """Number of rows stated by a Parquet file of frames; None if it is not one."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(source) as file:
            _refuse_other_columns(file.schema_arrow)
            return int(file.metadata.num_rows)
    except (pa.ArrowException, KeyError, TypeError, OSError):
        return None


def _refuse_other_columns(schema: Any) -> None:
    """Raise KeyError or TypeError unless each of :data:`COLUMNS` exists once and contains numbers."""
    import pyarrow as pa

    for name in COLUMNS:
        kind = schema.field(name).type
        if not (pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind)):
            raise TypeError("a column does not hold numbers")


def _frames(table: Any) -> Frames:
    columns = {name: np.asarray(table.column(name).to_numpy(zero_copy_only=False)) for name in COLUMNS}
    return Frames(**{name: values.astype(bool if name == "valid" else float) for name, values in columns.items()})


def frames_csv(frames: Frames) -> str:
    """Text of STEM.frames.csv: one row per frame, fields empty where there is no value."""
    rows = [",".join(COLUMNS)]
    columns = _columns(frames)
    for row in zip(*columns.values(), strict=True):
        rows.append(",".join(_cell(name, value) for name, value in zip(columns, row, strict=True)))
    return "\n".join(rows) + "\n"


def frames_parquet(frames: Frames) -> bytes:
    """Content of STEM.frames.parquet: the columns of the CSV file, null where there is no value."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {
        name: pa.array(values, mask=None if values.dtype == bool else np.isnan(values))
        for name, values in _columns(frames).items()
    }
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def write_measurement(
    result: Result, frames: Frames, folder: str | Path, stem: str, frame_format: FrameFormat = "csv"
) -> tuple[Path, Path]:
    """Write both files of a measurement, or neither if one cannot be written completely.

    Returns
    -------
    The paths of the result and of the frames.

    Raises
    ------
    OutputError
        When the folder is not writable or the disk is full.
    """
    result_file, frames_file = result_path(folder, stem), frames_path(folder, stem, frame_format)
    rows = frames_parquet(frames) if frame_format == "parquet" else frames_csv(frames).encode()
    with written_whole(result_file) as unfinished_result, written_whole(frames_file) as unfinished_frames:
        unfinished_frames.write_bytes(rows)
        unfinished_result.write_text(result_json(result), "utf-8", newline="\n")
    return result_file, frames_file


def _columns(frames: Frames) -> dict[str, np.ndarray[Any, Any]]:
    """Columns in the order of the contract, rounded; angles NaN where the frame is not valid."""
    out: dict[str, np.ndarray[Any, Any]] = {}
    for name in COLUMNS:
        values = np.asarray(getattr(frames, name))
        if name == "time_s":
            values = np.round(values.astype(np.float64), FRAME_TIME_DECIMALS)
        elif name != "valid":
            values = np.where(frames.valid & np.isfinite(values), np.round(values, FRAME_ANGLE_DECIMALS), np.nan) + 0.0
        out[name] = values
    return out


def _cell(name: str, value: Any) -> str:
    if name == "valid":
        return "true" if value else "false"
    if math.isnan(value):
        return ""
    return f"{value:.{FRAME_TIME_DECIMALS if name == 'time_s' else FRAME_ANGLE_DECIMALS}f}"


def _tidy(value: Any, key: str) -> Any:
    """Round by the unit in a key's name; leave everything else as it is."""
    if isinstance(value, dict):
        return {name: _tidy(part, name) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_tidy(part, key) for part in value]
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, float | np.floating):
        if not math.isfinite(value):
            return None
        return round(float(value), _decimals(key)) + 0.0
    if isinstance(value, np.integer):
        return int(value)
    return value


def _decimals(key: str) -> int:
    if key.endswith(("_deg", "_cm")):
        return ANGLE_DECIMALS
    if key.endswith(("_s", "_fps")):
        return TIME_DECIMALS
    return PIXEL_DECIMALS if key in ("fx", "fy", "cx", "cy", "covariance_deg2") else 8

"""Reading angles over time: a sensor's or motion capture's table, and the frames of a measurement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from romcheck.agreement.files import raw_table
from romcheck.arrays import Floats
from romcheck.errors import RomcheckError
from romcheck.results import Frames

AXES = ("rotation", "flexion", "lateral_flexion")

TIME_NAMES = ("time_s", "time", "t", "seconds", "timestamp", "time_ms", "ms", "timestamp_ms")
AXIS_NAMES: dict[str, tuple[str, ...]] = {
    "rotation": ("rotation_deg", "rotation", "axial_rotation", "axial", "yaw_deg", "yaw"),
    "flexion": ("flexion_deg", "flexion", "flexion_extension", "pitch_deg", "pitch"),
    "lateral_flexion": ("lateral_flexion_deg", "lateral_flexion", "lateral", "side_bend", "roll_deg", "roll"),
}
"""Names by which a column is recognised unless it is given, the likeliest first."""


class SeriesError(RomcheckError):
    """Angles over time that cannot be read or compared."""


@dataclass(frozen=True)
class Series:
    """Angles over time.

    Attributes
    ----------
    name : for display
    time_s : (n,) seconds, strictly increasing
    angles : angle of each axis it contains, (n,) degrees, NaN where it is not known; + to the subject's left, chin
        down, to the subject's right
    guessed : sentences that say which columns were guessed and which lines skipped; empty if none
    """

    name: str
    time_s: Floats
    angles: dict[str, Floats]
    guessed: str = ""

    @property
    def interval_s(self) -> float:
        """Usual time between two samples."""
        return float(np.median(np.diff(self.time_s)))


def of_frames(frames: Frames, name: str) -> Series:
    """Frames of a measurement as a series."""
    angles = {
        "rotation": frames.rotation_deg,
        "flexion": frames.flexion_deg,
        "lateral_flexion": frames.lateral_flexion_deg,
    }
    return Series(name, frames.time_s, {k: np.where(frames.valid, v, np.nan) for k, v in angles.items()})


def read_series(
    path: str | Path,
    columns: Mapping[str, str | None] | None = None,
    *,
    rate_hz: float | None = None,
    flipped: tuple[str, ...] = (),
) -> Series:
    """Read a table with a column for the time and one for each angle, degrees.

    Parameters
    ----------
    path : CSV or Parquet file; ``STEM.frames.csv`` of a measurement too
    columns : column of ``time``, ``rotation``, ``flexion``, ``lateral_flexion``; others are guessed
    rate_hz : samples per second, for a table without times
    flipped : axes with the opposite sign

    Notes
    -----
    Times in a column named for milliseconds are divided by 1000; dates are counted from the first. Jumps of a full
    turn (179° to -179°) are taken out. Rows that go back in time or repeat it are left out.

    Raises
    ------
    SeriesError
        If times or angles cannot be found, or the angles seem to be radians.
    """
    name = Path(path).name
    named = {key: column for key, column in (columns or {}).items() if column}
    usual = {*TIME_NAMES, *(n for names in AXIS_NAMES.values() for n in names)}
    content = raw_table(path, usual | {column.strip().lower() for column in named.values()})
    raw = content.frame
    for key, column in named.items():
        if column not in raw:
            raise SeriesError(
                "sensor_no_column", name=name, column=column, key=key, columns=", ".join(map(str, raw.columns))
            )
    found, guessed = _found(raw, named, rate_hz is None)
    for key, column in found.items():
        if column.strip().lower() in content.twice:
            raise SeriesError("sensor_columns_same", name=name, column=column, key=key)
    if not set(found) & set(AXES):
        raise SeriesError("sensor_no_angle", name=name, columns=", ".join(map(str, raw.columns)))
    if rate_hz is not None:
        time = np.arange(len(raw)) / rate_hz
    elif "time" in found:
        time = _seconds(raw[found["time"]], found["time"], name)
    else:
        raise SeriesError("sensor_no_time", name=name)
    angles = {axis: _numbers(raw[found[axis]]) for axis in AXES if axis in found}
    if "valid" in raw:
        valid = raw["valid"].astype(str).str.lower().isin(("true", "1")).to_numpy()
        angles = {axis: np.where(valid, angle, np.nan) for axis, angle in angles.items()}
    kept = np.isfinite(time)
    kept[kept] = np.diff(np.maximum.accumulate(time[kept]), prepend=-np.inf) > 0
    time = time[kept]
    if len(time) < 2:
        raise SeriesError("sensor_few", name=name)
    angles = {axis: (-1 if axis in flipped else 1) * _unwrapped(angle[kept]) for axis, angle in angles.items()}
    said = [*content.said, *([f"{name}: guessed {', '.join(guessed)}."] if guessed else [])]
    return Series(name, time, angles, " ".join(said))


def _found(raw: pd.DataFrame, named: dict[str, str], with_time: bool) -> tuple[dict[str, str], list[str]]:
    by_lower = {str(column).strip().lower().replace(" ", "_"): str(column) for column in raw.columns}
    found, guessed = dict(named), []
    # If angles are named, only these are used.
    wanted = {} if set(named) & set(AXES) else dict(AXIS_NAMES)
    for key, names in {**({"time": TIME_NAMES} if with_time else {}), **wanted}.items():
        free = [by_lower[n] for n in names if n in by_lower and by_lower[n] not in found.values()]
        if key not in found and free:
            found[key] = free[0]
            guessed.append(f"{key.replace('_', ' ')} = {free[0]}")
    return found, guessed


def _numbers(column: pd.Series[Any]) -> Floats:
    if column.dtype == object:
        column = column.astype("string").str.strip().str.replace(",", ".")
    return np.asarray(pd.to_numeric(column, errors="coerce").astype(float).to_numpy(), dtype=np.float64)


def _seconds(column: pd.Series[Any], label: str, name: str) -> Floats:
    numbers = _numbers(column) if not pd.api.types.is_datetime64_any_dtype(column) else np.empty(0)
    if np.isfinite(numbers).any():
        return numbers / 1000 if label.lower().endswith("ms") else numbers
    dates = pd.to_datetime(column, errors="coerce", format="ISO8601", utc=True)
    if column.empty:
        raise SeriesError("sensor_no_rows", name=name)
    if dates.notna().sum() < 2:
        raise SeriesError("sensor_time_kind", name=name, label=label)
    since = (dates - dates[dates.notna()].iloc[0]).dt.total_seconds()
    return np.asarray(since.to_numpy(), dtype=np.float64)


def _unwrapped(angle: Floats) -> Floats:
    """Remove jumps of a full turn, across gaps too; the first value stays."""
    out = angle.copy()
    known = np.isfinite(angle)
    out[known] = np.unwrap(angle[known], period=360)
    return out

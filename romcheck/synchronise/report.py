"""A synchronised recording in words, as tables and as files."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from rich import box
from rich.console import Group
from rich.table import Table

from romcheck.exchange.atomic import written_whole
from romcheck.exchange.spreadsheet import frame_csv
from romcheck.reports.plot import BLUE, INK, MUTED, ORANGE
from romcheck.reports.saving import save_chart
from romcheck.synchronise.alignment import Synchronised

SCHEMA = "romcheck.synchronise/1"
DRIFT_S = 0.05
"""Change of the lag between both halves that is reported: more than a frame of most cameras."""


def sentence(found: Synchronised) -> str:
    """One sentence on the lag and the differences between the angles."""
    lag = found.lag
    order = "later" if lag.lag_s >= 0 else "earlier"
    text = (
        f"On its own clock {found.sensor} shows a moment {abs(lag.lag_s):.3f} s {order} than {found.video} "
        f"(correlation {lag.correlation:.3f}; the next best lag reaches {lag.second:.0%} of it)."
    )
    for e in found.errors:
        if e.n:
            text += (
                f" {_words(e.axis).capitalize()}: RMSE {e.rmse_without_offset_deg:.1f}°, "
                f"MAE {e.mae_without_offset_deg:.1f}° after removing the offset of {_signed(e.offset_deg)} "
                f"({e.rmse_deg:.1f}° and {e.mae_deg:.1f}° before)."
            )
    return text


def warnings(found: Synchronised) -> list[str]:
    """Warnings about the figures."""
    out = []
    for e in found.errors:
        if e.correlation < -0.5:
            out.append(
                f"{_words(e.axis).capitalize()} has the opposite sign in the sensor (correlation {e.correlation:.2f}), "
                f"so its differences are meaningless. Reverse it with --flip {e.axis}."
            )
    if not math.isnan(found.drift_s) and abs(found.drift_s) > DRIFT_S:
        out.append(
            f"The lag changes by {_seconds(found.drift_s)} from the first half to the second: the clocks run at "
            "different speeds, or frames were lost without a gap in their times. The differences include that too."
        )
    for e in found.errors:
        if abs(e.lag_apart_s) > DRIFT_S:
            out.append(
                f"{_words(e.axis).capitalize()} alone would fit with a lag {_seconds(e.lag_apart_s)} apart: the sensor "
                "may filter or time its axes differently."
            )
    known = min((int(np.isfinite(v).sum()) for v in found.video_deg.values()), default=0)
    lost = len(found.time_s) - known
    if lost:
        out.append(f"{lost} of {len(found.time_s)} frames of the video have no angle and were left out.")
    return out


def tables(found: Synchronised) -> Group:
    """Differences by axis, overall and over time."""
    whole = _table("Video minus sensor, degrees (* offset removed)")
    for name in ("", "frames", "offset", "RMSE", "MAE", "RMSE*", "MAE*", "r", "own lag"):
        whole.add_column(name, justify="right" if name else "left", no_wrap=True)
    for e in found.errors:
        figures = (e.rmse_deg, e.mae_deg, e.rmse_without_offset_deg, e.mae_without_offset_deg)
        own = "–" if math.isnan(e.lag_apart_s) else _seconds(e.lag_apart_s)
        numbers = [f"{v:.1f}" for v in figures]
        whole.add_row(_words(e.axis), str(e.n), _signed(e.offset_deg), *numbers, f"{e.correlation:.3f}", own)
    spans = _table("Over time: RMSE* / MAE*, degrees")
    spans.add_column("seconds", justify="right")
    for e in found.errors:
        spans.add_column(_words(e.axis), justify="right")
    for row in zip(*([w for w in found.windows if w.axis == e.axis] for e in found.errors), strict=True):
        cells = [f"{w.rmse_without_offset_deg:.1f} / {w.mae_without_offset_deg:.1f}" if w.n else "–" for w in row]
        spans.add_row(f"{row[0].from_s:.0f} to {row[0].to_s:.0f}", *cells)
    return Group(whole, spans)


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))


def write_synchronised(found: Synchronised, folder: Path, stem: str, came_from: dict[str, Any]) -> list[Path]:
    """Write STEM.synchronise.json, .csv (the angles on one clock), .windows.csv, .svg and .png.

    ``came_from`` : from `romcheck.exchange.origin.origin`
    """
    path = {kind: folder / f"{stem}.synchronise.{kind}" for kind in ("json", "csv", "windows.csv", "svg", "png")}
    held = asdict(found)
    held = {key: held[key] for key in ("video", "sensor", "lag", "drift_s", "errors", "windows")}
    content = {"schema": SCHEMA, "sentence": sentence(found), **_tidy(held), "warnings": warnings(found)} | came_from
    texts = {
        "json": json.dumps(content, ensure_ascii=False, allow_nan=False, indent=2) + "\n",
        "csv": frame_csv(series_frame(found), "%.4f"),
        "windows.csv": frame_csv(pd.DataFrame(_tidy(held)["windows"]), "%r"),
    }
    for kind, text in texts.items():
        with written_whole(path[kind]) as unfinished:
            unfinished.write_text(text, "utf-8", newline="\n")
    for kind in ("svg", "png"):
        save_chart(draw(found), path[kind], f"{found.video} and {found.sensor}")
    return list(path.values())


def series_frame(found: Synchronised) -> pd.DataFrame:
    """Angles of both at the video's frames, one row per frame; empty where not known."""
    columns: dict[str, Any] = {"time_s": found.time_s, "sensor_time_s": found.time_s + found.lag.lag_s}
    for axis, angle in found.video_deg.items():
        columns |= {f"video_{axis}_deg": angle, f"sensor_{axis}_deg": found.sensor_deg[axis]}
    return pd.DataFrame(columns)


def draw(found: Synchronised) -> Figure:
    """Both angles over time, and their difference without the offset, axis by axis."""
    axes_names = [e.axis for e in found.errors]
    figure = Figure(figsize=(8.5, 3.0 * len(axes_names)), facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(
        2 * len(axes_names), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": [2, 1] * len(axes_names)}
    ).ravel()
    for i, e in enumerate(found.errors):
        above, below = panels[2 * i], panels[2 * i + 1]
        video, sensor = found.video_deg[e.axis], found.sensor_deg[e.axis] + e.offset_deg
        above.plot(found.time_s, sensor, color=ORANGE, lw=2.4, ls="-", alpha=0.65, label="sensor, offset removed")
        above.plot(found.time_s, video, color=BLUE, lw=1.1, ls="-", label="video")
        above.set_title(
            f"{_words(e.axis).capitalize()}: RMSE {e.rmse_without_offset_deg:.1f}°, offset {_signed(e.offset_deg)}",
            size=10, loc="left", color=INK,
        )  # fmt: skip
        above.set_ylabel("degrees", size=9)
        below.axhline(0, color=MUTED, lw=0.7)
        below.plot(found.time_s, video - sensor, color=INK, lw=0.9)
        below.set_ylabel("difference", size=9)
        for panel in (above, below):
            panel.spines[["top", "right"]].set_visible(False)
            panel.tick_params(labelsize=8.5, colors=INK)
    if len(panels):
        panels[0].legend(fontsize=8.5, frameon=False, ncols=2, loc="upper right", bbox_to_anchor=(1, 1.22))
        panels[-1].set_xlabel("time of the video, seconds", size=9)
    return figure


def _words(axis: str) -> str:
    return axis.replace("_", " ")


def _signed(angle_deg: float) -> str:
    return f"{angle_deg:+.1f}°".replace("-", "−")


def _seconds(value: float) -> str:
    return f"{round(value, 3) + 0.0:+.3f} s".replace("-", "−")


def _tidy(value: Any) -> Any:
    """Round to four decimals; null for NaN, which JSON lacks."""
    if isinstance(value, dict):
        return {key: _tidy(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_tidy(item) for item in value]
    if isinstance(value, float):
        return round(value, 4) + 0.0 if math.isfinite(value) else None
    return value

"""A plot of one measurement: the angles over time, with the holds marked."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.typing import LineStyleType

from romcheck.arrays import Floats
from romcheck.i18n.words import (
    LENS_WORDS,
    MOVEMENT_WORDS,
    TEST_TITLES,
    mean_angle,
    movement_angle,
    movement_side,
    outward_deg,
    reason_words,
)
from romcheck.protocols import PROTOCOLS
from romcheck.reports.saving import save_chart
from romcheck.results import UNSURE_DEG, Frames, Movement, Result

# Colours of Okabe and Ito, distinguishable for colour-blind readers; line styles and labels do the same in grey.
BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#D55E00", "#008A64", "#8A4F7D"
INK, MUTED = "#1A1A1A", "#555555"

# Frames further apart than this many usual intervals are drawn as a gap.
GAP_INTERVALS = 3.5

ROTATION, FLEXION, LATERAL, TRUNK = "rotation", "flexion", "lateral flexion", "trunk rotation"
BY_AXIS = (ROTATION, FLEXION, LATERAL)
STYLES: dict[str, tuple[str, LineStyleType]] = {
    ROTATION: (BLUE, "-"),
    FLEXION: (ORANGE, (0, (6, 1.5))),
    LATERAL: (GREEN, (0, (1.5, 1))),
    TRUNK: (PURPLE, (0, (6, 1.5, 1.5, 1.5))),
}

WIDTH_IN, LEFT, RIGHT = 11.0, 0.075, 0.975
LABEL_PT, LINE_IN = 9.5, 0.165


@dataclass(frozen=True)
class Label:
    """Label of one movement and its place: the centre in seconds, and the lane counted from the curve."""

    movement: Movement
    text: str
    middle_s: float
    lane: int


def save_plot(result: Result, frames: Frames, path: str | Path) -> None:
    """Draw the angles of one measurement over time, with every movement's hold.

    The upper panel shows the main angle of the test, its 95 % band (1.96 standard uncertainties each way) and the
    movements; the lower one the other two angles, and the trunk's rotation where it was measured.
    Left of the subject is up. Frames without a valid angle are left open and shaded, never bridged. No reference
    values are drawn. The same input gives the same bytes.

    Parameters
    ----------
    result, frames : what was measured
    path : file to write; ``.png`` or ``.svg``

    Raises
    ------
    OutputError
        If the name ends otherwise or the file cannot be written; nothing half-written is left under the name.
    """
    title = f"Neck angles over time: {result.source.file}"
    told = f"{TEST_TITLES[result.test]}. {_summary_line(result)}"
    save_chart(draw(result, frames), path, title, told, dpi=150)


def draw(result: Result, frames: Frames) -> Figure:
    """Figure of one measurement, as :func:`save_plot` writes it."""
    end_s = max(result.source.duration_s, float(frames.time_s[-1]) if len(frames.time_s) else 0.0, 0.1)
    above = _placed([m for m in result.movements if movement_side(m) > 0], end_s)
    below = _placed([m for m in result.movements if movement_side(m) < 0], end_s)

    # From top to bottom, in inches: heading, words of one side, curve, words of the other side, the other angles.
    rows = [1.02, _height(above), 3.3, _height(below), 0.12, 1.35, 0.55]
    height = sum(rows)
    figure = Figure(figsize=(WIDTH_IN, height), facecolor="white")
    FigureCanvasAgg(figure)

    def panel(row: int) -> Axes:
        bottom = sum(rows[row + 1 :]) / height
        return figure.add_axes((LEFT, bottom, RIGHT - LEFT, rows[row] / height))

    for text, inches, size, colour, weight in (
        (TEST_TITLES[result.test], 0.38, 16, INK, "bold"),
        (_summary_line(result), 0.64, 11, INK, "normal"),
        (_provenance_line(result, frames), 0.86, 9, MUTED, "normal"),
    ):
        figure.text(LEFT, 1 - inches / height, text, size=size, color=colour, weight=weight)

    main, others = panel(2), panel(5)
    draw_main_angle(main, result, frames)
    draw_holds(main, result)
    up, down = map(side_words, ends(result))
    # Turned by a quarter, the first arrow points up and the second down.
    for text, y in ((f"{up} ▶", 0.75), (f"◀ {down}", 0.25)):
        main.text(-0.052, y, text, transform=main.transAxes, size=10, rotation=90, ha="center", va="center")
    _draw_others(others, result, frames)
    for labels, row in ((above, 1), (below, 3)):
        _draw_labels(panel(row), main, labels, rows[row], end_s, upwards=row == 1)
    for axes in (main, others):
        axes.set_xlim(0, end_s)
        _shade_gaps(axes, frames)
    main.tick_params(labelbottom=False)
    others.set_xlabel("time, seconds", size=10, color=INK)
    return figure


def draw_main_angle(axes: Axes, result: Result, frames: Frames, size: float = 10) -> None:
    """Draw the main angle of the test, with its 95 % band; the subject's left, or flexion, is up."""
    name = main_angle(result)
    colour, _ = STYLES[name]
    time, angle, half = with_gaps(frames.time_s, upwards(name, frames), 1.96 * frames.sigma_deg)
    axes.axhline(0, color=MUTED, lw=0.8, zorder=1)
    axes.fill_between(time, angle - half, angle + half, color=colour, alpha=0.25, lw=0, zorder=2)
    axes.plot(time, angle, color=colour, lw=1.8, zorder=3)
    # A wide band (an unknown lens, a large rotation) must not flatten the curve.
    reach = np.abs(angle) + np.fmin(half, 15)
    reached = [m.angle_deg for m in result.movements if m.angle_deg is not None]
    top = 1.12 * max([20.0, *reach[np.isfinite(reach)].tolist(), *reached])
    axes.set_ylim(-top, top)
    axes.yaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{abs(value):.0f}°"))
    _plain(axes, size)


def main_angle(result: Result) -> str:
    """Name of the main angle of the test."""
    return BY_AXIS[PROTOCOLS[result.test].axis]


def ends(result: Result) -> tuple[str, str]:
    """Labels above and below zero in a plot of the main angle."""
    return ("flexion", "extension") if main_angle(result) == FLEXION else ("left", "right")


def side_words(end: str) -> str:
    """A note on whose left and right are meant."""
    return f"subject's {end}" if end in ("left", "right") else end


def draw_holds(axes: Axes, result: Result) -> None:
    """Draw every movement's span, and its hold as a bar at its angle: filled, open if only usable, hatched if rejected.

    A movement without a hold has a bar as long as itself; one without an angle has it along zero.
    """
    low, high = axes.get_ylim()
    thick = 0.028 * (high - low)
    for movement in result.movements:
        axes.axvspan(movement.start_s, movement.end_s, color="black", alpha=0.05, lw=0, zorder=0)
        start, length, level = _hold(movement)
        hatch = "//////" if movement.quality == "rejected" else None
        face = INK if movement.quality == "good" else "white"
        bar = Rectangle((start, level - thick / 2), length, thick, fc=face, ec=INK, hatch=hatch, lw=1.1, zorder=5)
        axes.add_patch(bar)


def with_gaps(time: Floats, *values: Floats) -> tuple[Floats, ...]:
    """Insert a NaN between frames further apart than ``GAP_INTERVALS`` usual intervals, to interrupt the line."""
    if len(time) < 2:
        return time, *values
    steps = np.diff(time)
    after = np.flatnonzero(steps > GAP_INTERVALS * np.median(steps))
    middle = (time[after] + time[after + 1]) / 2
    return np.insert(time, after + 1, middle), *(np.insert(v, after + 1, np.nan) for v in values)


def gaps(frames: Frames) -> list[tuple[float, float]]:
    """Spans without a valid angle as (start, end) in seconds, from the last valid frame to the next one."""
    if len(frames.time_s) == 0:
        return []
    time, valid = with_gaps(frames.time_s, np.where(frames.valid, 1.0, np.nan))
    missing = np.concatenate(([False], np.isnan(valid), [False]))
    edges = np.flatnonzero(np.diff(missing.astype(int))).reshape(-1, 2)
    return [(float(time[max(a - 1, 0)]), float(time[min(b, len(time) - 1)])) for a, b in edges]


def upwards(name: str, frames: Frames) -> Floats:
    """(n,) angle with the subject's left, or flexion, positive: lateral flexion changes its sign."""
    if name == LATERAL:
        return -frames.lateral_flexion_deg
    return frames.rotation_deg if name == ROTATION else frames.flexion_deg


def _hold(movement: Movement) -> tuple[float, float, float]:
    """Start, length and signed level of a movement's bar: its hold, or all of it where nothing was held."""
    start, end = movement.hold_start_s, movement.hold_end_s
    if start is None or end is None:
        start, end = movement.start_s, movement.end_s
    return start, end - start, movement_side(movement) * (outward_deg(movement) or 0.0)


def _label(movement: Movement) -> str:
    lines = [f"{movement.trial}: {movement_angle(movement)}"]
    if movement.quality != "good":
        doubts = ", ".join(map(reason_words, movement.reasons))
        lines += textwrap.wrap(f"{movement.quality}: {doubts}" if doubts else movement.quality, 24)
    return "\n".join(lines)


def _placed(movements: list[Movement], end_s: float) -> list[Label]:
    """Place every label over its hold, in the nearest free lane to the curve."""
    seconds_per_character = 0.0081 * LABEL_PT * end_s / (WIDTH_IN * (RIGHT - LEFT))
    lanes: list[float] = []
    labels = []
    for movement in movements:
        text = _label(movement)
        half = seconds_per_character * (max(map(len, text.split("\n"))) + 1) / 2
        start, length, _ = _hold(movement)
        middle = max(half, min(start + length / 2, end_s - half))
        lane = next((i for i, taken in enumerate(lanes) if taken <= middle - half), len(lanes))
        lanes[lane : lane + 1] = [middle + half]
        labels.append(Label(movement, text, middle, lane))
    return labels


def _lane_heights(labels: list[Label]) -> list[float]:
    """Height of each lane in inches: as many lines as its longest label."""
    lanes = 1 + max((label.lane for label in labels), default=-1)
    lines = [max(label.text.count("\n") + 1 for label in labels if label.lane == lane) for lane in range(lanes)]
    return [LINE_IN * n + 0.08 for n in lines]


def _height(labels: list[Label]) -> float:
    return sum(_lane_heights(labels)) + 0.06


def _draw_labels(axes: Axes, main: Axes, labels: list[Label], inches: float, end_s: float, upwards: bool) -> None:
    """Write the labels of one side's movements beside the curve, each connected to its hold by a thin line."""
    axes.set_xlim(0, end_s)
    axes.set_ylim(0, inches)
    axes.set_axis_off()
    offsets = np.concatenate(([0.0], np.cumsum(_lane_heights(labels)))) + 0.05
    edge = main.get_ylim()[1 if upwards else 0]
    for label in labels:
        start, length, level = _hold(label.movement)
        away = float(offsets[label.lane])
        main.plot([start + length / 2] * 2, [level, edge], color=MUTED, lw=0.8, ls=":", zorder=2)
        axes.text(
            label.middle_s,
            away if upwards else inches - away,
            label.text,
            size=LABEL_PT,
            color=MUTED if label.movement.quality == "rejected" else INK,
            ha="center",
            va="bottom" if upwards else "top",
            linespacing=1.15,
        )


def _draw_others(axes: Axes, result: Result, frames: Frames) -> None:
    """Draw the accompanying angles: tilt or rotation of the head, rotation of the trunk."""
    signs = {ROTATION: "left +", FLEXION: "+", LATERAL: "right +", TRUNK: "left +"}
    series = {
        ROTATION: frames.rotation_deg,
        FLEXION: frames.flexion_deg,
        LATERAL: frames.lateral_flexion_deg,
        TRUNK: frames.trunk_rotation_deg,
    }
    del series[main_angle(result)]
    axes.axhline(0, color=MUTED, lw=0.8, zorder=1)
    for name, values in series.items():
        if not np.isfinite(values).any():
            continue
        colour, style = STYLES[name]
        time, angle = with_gaps(frames.time_s, values)
        axes.plot(time, angle, color=colour, ls=style, lw=1.3, alpha=0.9, label=f"{name} ({signs[name]})")
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}°".replace("-", "−")))
    _plain(axes, 9)
    if axes.get_legend_handles_labels()[0]:
        # A still head must look still; space above the curves for the legend.
        low, high = min(axes.get_ylim()[0], -10.0), max(axes.get_ylim()[1], 10.0)
        axes.set_ylim(low, high + 0.3 * (high - low))
        axes.legend(loc="upper left", ncols=3, fontsize=9, frameon=False, handlelength=3.4, borderaxespad=0.1)


def _shade_gaps(axes: Axes, frames: Frames) -> None:
    for start, end in gaps(frames):
        axes.axvspan(start, end, fc="none", ec="#9A9A9A", hatch="....", lw=0, zorder=0.5)


def _plain(axes: Axes, size: float) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#DDDDDD", lw=0.7, zorder=0)
    axes.tick_params(labelsize=size, colors=INK)
    axes.set_axisbelow(True)


def _summary_line(result: Result) -> str:
    """Mean of each movement, and the difference between the sides."""
    parts = []
    for summary in result.summary:
        words = MOVEMENT_WORDS[summary.movement].rpartition("to the")
        trials = f" ({len(summary.trials)} trial{'s' * (len(summary.trials) != 1)})" * (summary.mean_deg is not None)
        parts.append(f"{words[1]}{words[2]} {mean_angle(summary, result.movements)}{trials}")
    for difference in result.differences:
        signed = f"{difference.left_minus_right_deg:+.1f}°".replace("-", "−")
        said = f"{signed} ± {difference.uncertainty_deg:.1f}°"
        parts.append(f"left − right {said if difference.uncertainty_deg <= UNSURE_DEG else 'too uncertain to state'}")
    line = "   ·   ".join(parts) or "no movement could be measured"
    return line[0].upper() + line[1:]


def _provenance_line(result: Result, frames: Frames) -> str:
    trunk = np.isfinite(frames.trunk_rotation_deg).any()
    parts = [
        result.source.file,
        LENS_WORDS[result.camera.known],
        "head relative to the trunk" if trunk else "head relative to the room: the trunk was not measured",
        "± is half the 95 % interval",
    ]
    if gaps(frames):
        parts.append("dotted: no angle")
    others = [TEST_TITLES[of.test].lower() for of in result.examinations[1:]]
    if others:
        parts.append(f"not drawn: {', '.join(others)}")
    return "  ·  ".join(parts)

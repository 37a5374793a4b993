"""Bland–Altman plots of a study, one panel per movement, suitable for a paper."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from romcheck.agreement.report import PLAIN, Style, name
from romcheck.agreement.study import Part, Study
from romcheck.reports.plot import BLUE, INK, MUTED
from romcheck.reports.saving import save_chart

PANEL_IN = (4.6, 3.5)
MARKS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
"""Persons with several pairs get a mark each while these last; the plot does not rest on colour."""


def save_plot(study: Study, path: str | Path, style: Style = PLAIN) -> None:
    """Plot a study to a file; the same study gives identical bytes.

    Parameters
    ----------
    path : file to write; ``.svg`` or ``.png``

    Raises
    ------
    OutputError
        If the file extension is another or the file cannot be written.
    """
    title = f"{study.a} and {study.b}" if study.b else study.a
    save_chart(draw(study, style), path, title, dpi=300)


def draw(study: Study, style: Style = PLAIN) -> Figure:
    """Figure of a study: difference over mean, bias and limits with their intervals as shaded bands."""
    parts = [part for part in study.parts if part.persons]
    wide = min(2, max(1, len(parts)))
    high = -(-max(1, len(parts)) // wide)
    figure = Figure(figsize=(PANEL_IN[0] * wide, PANEL_IN[1] * high), facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(high, wide, squeeze=False).ravel()
    for axes, part in zip(panels, parts, strict=False):
        _panel(axes, study, part, style)
    for axes in panels[len(parts) :]:
        axes.set_axis_off()
    if parts:  # one scale, so that left and right can be compared
        ends = [axes.get_ylim() for axes in panels[: len(parts)]]
        for axes in panels[: len(parts)]:
            axes.set_ylim(min(low for low, _ in ends), max(high for _, high in ends))
    return figure


def _panel(axes: Axes, study: Study, part: Part, style: Style) -> None:
    axes.set_title(name(part) if part.movement else "", size=10, color=INK, loc="left", weight="bold")
    axes.axhline(0, color=MUTED, lw=0.7, zorder=1)
    persons = list(dict.fromkeys(part.person))
    several = len(persons) < len(part.person)
    for i, person in enumerate(persons):
        own = np.array([p == person for p in part.person])
        mark = MARKS[i % len(MARKS)] if several and len(persons) <= len(MARKS) else "o"
        axes.plot(part.mean[own], part.difference[own], mark, ms=4, mfc="none", mec=BLUE, mew=0.9, zorder=3)
    levels: list[tuple[float, str]] = []
    if part.limits:
        levels = [
            (part.limits.upper.value, "upper limit"),
            (part.limits.bias.value, "bias"),
            (part.limits.lower.value, "lower limit"),
        ]
        for e, hatch in ((part.limits.upper, "////"), (part.limits.bias, ""), (part.limits.lower, "\\\\\\\\")):
            if np.isfinite([e.low, e.high]).all():
                axes.axhspan(e.low, e.high, fc="#EDEDED", ec="#C8C8C8", hatch=hatch, lw=0, zorder=0)
    elif part.reliability:
        reach = 1.96 * part.reliability.sem.value
        levels = [(reach, "1.96 SEM"), (-reach, "−1.96 SEM")]
    for level, words in levels:
        if np.isfinite(level):
            axes.axhline(level, color=INK, lw=1.1, ls="-" if words == "bias" else (0, (5, 2)), zorder=2)
            axes.annotate(
                f"{words}\n{style.value(level)}",
                (1, level),
                xycoords=("axes fraction", "data"),
                xytext=(4, 0),
                textcoords="offset points",
                size=8,
                color=INK,
                va="center",
                annotation_clip=False,
            )
    _fit(axes, part, [level for level, _ in levels])
    unit = f" ({style.unit})" if style.unit and style.unit != "°" else ""
    mark = "°" if style.unit == "°" else ""
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}{mark}".replace("-", "−")))
    both = "mean of both" if study.b else f"person's mean over the {study.over}s"
    axes.set_xlabel(f"{both}{unit}", size=9, color=INK)
    label = f"{study.a} − {study.b}" if study.b else "value − person's mean"
    axes.set_ylabel(f"{label}{unit}", size=9 if len(label) < 42 else 7, color=INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8.5, colors=INK)


def _fit(axes: Axes, part: Part, levels: list[float]) -> None:
    """Show all points and the intervals of the limits, but never let a wide interval flatten the points."""
    reached = np.concatenate([part.difference, np.array([v for v in levels if np.isfinite(v)]), [0.0]])
    low, high = float(reached.min()), float(reached.max())
    size = max(high - low, 1e-9)
    ends = [] if part.limits is None else [part.limits.lower.low, part.limits.upper.high]
    low_end, high_end = (np.nanmin([low, *ends[:1]]), np.nanmax([high, *ends[1:]]))
    axes.set_ylim(
        max(low - 0.35 * size, low_end - 0.06 * size),
        min(high + 0.35 * size, high_end + 0.06 * size),
    )

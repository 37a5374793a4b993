"""What all charts share: marks that are told apart without colour, and files that are the same for the same data."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.typing import LineStyleType

from romcheck.errors import OutputError
from romcheck.exchange.atomic import written_whole
from romcheck.reports.plot import BLUE, INK, MUTED, ORANGE
from romcheck.reports.wording import Wording

ChartFormat = Literal["svg", "png"]


@dataclass(frozen=True)
class Look:
    """How one time of measuring looks: line style and filling say it without colour."""

    colour: str
    line: LineStyleType
    filled: bool
    marker: str

    @property
    def face(self) -> str:
        """Filling of its marks."""
        return self.colour if self.filled else "white"


BEFORE = Look(ORANGE, (0, (3.5, 1.8)), False, "o")
AFTER = Look(BLUE, "-", True, "s")

BAND = "#D9D9D9"
"""Noise: grey, so that hatching over it can stand for something else."""


def new_figure(width_in: float, height_in: float) -> Figure:
    """Empty white figure that needs no screen."""
    figure = Figure(figsize=(width_in, height_in), facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def plain(axes: Axes, size: float) -> None:
    """Take away what carries no meaning."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#E0E0E0", lw=0.6, zorder=0)
    axes.tick_params(labelsize=size, colors=INK, length=3)
    axes.set_axisbelow(True)


def degrees_axis(axes: Axes, words: Wording) -> None:
    """Mark the upright axis in whole degrees."""
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: words.angle(value, 0)))


def say_nothing(axes: Axes, words: Wording, size: float) -> None:
    """Write in an empty panel that nothing was measured."""
    text = words("chart.nothing")
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=MUTED, size=size)


def chart_bytes(figure: Figure, kind: ChartFormat, title: str, description: str, outlined: bool = False) -> bytes:
    """Content of a chart's file; the same figure gives the same bytes.

    Parameters
    ----------
    kind : ``svg`` or ``png``
    title, description : kept in the file, for those who cannot see it
    outlined : draw letters as shapes, for a place that lacks the font
    """
    metadata: dict[str, str | None] = {"Title": title, "Description": description}
    # A date would make every picture of one result differ.
    metadata |= {"Date": None, "Creator": "romcheck"} if kind == "svg" else {"Software": "romcheck"}
    out = io.BytesIO()
    with rc_context({"svg.hashsalt": "romcheck", "svg.fonttype": "path" if outlined else "none"}):
        figure.savefig(out, format=kind, dpi=200, metadata=metadata)
    return out.getvalue()


def save_chart(figure: Figure, path: str | Path, title: str, description: str) -> None:
    """Write a chart as ``.svg`` or ``.png``.

    Raises
    ------
    OutputError
        If the name ends otherwise or the file cannot be written.
    """
    path = Path(path)
    kind = path.suffix.lower().lstrip(".")
    if kind not in ("png", "svg"):
        raise OutputError(f"{path.name}: a chart is written as .png or .svg. Give it a name with one of these endings.")
    content = chart_bytes(figure, "png" if kind == "png" else "svg", title, description)
    with written_whole(path) as unfinished:
        unfinished.write_bytes(content)

"""Shared parts of all charts: marks that can be distinguished without colour."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.typing import LineStyleType

from romcheck.i18n.wording import Wording
from romcheck.reports.plot import BLUE, INK, MUTED, ORANGE


@dataclass(frozen=True)
class Look:
    """Appearance of one measurement: line style and fill distinguish it without colour."""

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
"""Grey of the noise band, over which hatching can show something else."""


PHONE_IN = (3.1, 2.1)
"""Width of a drawing for a phone, and height of a side in it: letters of 10 px on a screen of 320, 13 on one of 390."""
NARROW_BELOW_IN = 4.0
"""Narrower drawings have their panels one below the other."""


def is_narrow(width_in: float) -> bool:
    """Whether a drawing is too narrow for panels side by side."""
    return width_in < NARROW_BELOW_IN


def new_figure(width_in: float, height_in: float) -> Figure:
    """Empty white figure that needs no screen."""
    figure = Figure(figsize=(width_in, height_in), facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def plain(axes: Axes, size: float) -> None:
    """Remove lines without meaning."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#E0E0E0", lw=0.6, zorder=0)
    axes.tick_params(labelsize=size, colors=INK, length=3)
    axes.set_axisbelow(True)


def degrees_axis(axes: Axes, words: Wording) -> None:
    """Mark the upright axis in whole degrees."""
    height_in = axes.bbox.height / axes.figure.dpi
    # Tick labels need a sixth of an inch each.
    axes.yaxis.set_major_locator(MaxNLocator(max(2, min(6, int(6 * height_in) - 1)), steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: words.angle(value, 0)))


def say_nothing(axes: Axes, words: Wording, size: float) -> None:
    """Write in an empty panel that nothing was measured."""
    text = words("chart.nothing")
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=MUTED, size=size)

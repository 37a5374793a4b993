"""A Bland–Altman plot of the face-based measurement against the markers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from romcheck.i18n.words import LENS_WORDS, TEST_TITLES
from romcheck.reference.agreement import larger_by
from romcheck.reference.comparison import MarkerComparison, Pairs
from romcheck.reference.report import notes, sentence, signed
from romcheck.reports.plot import BLUE, INK, MUTED, ORANGE
from romcheck.reports.saving import save_chart


def save_agreement(comparison: MarkerComparison, pairs: Pairs, path: str | Path) -> None:
    """Draw the difference of both readings over their mean, with the bias and the limits of agreement.

    Every frame is a faint dot, frames at the holds are filled; the lines are those of the frames at the holds. The
    subject's left, or flexion, lies to the right of zero. The same input gives the same bytes.

    Parameters
    ----------
    path : file to write; ``.png`` or ``.svg``

    Raises
    ------
    OutputError
        If the name ends otherwise or the file cannot be written.
    """
    title = f"Face and markers: {comparison.source.file}"
    save_chart(draw(comparison, pairs), path, title, sentence(comparison), dpi=150)


def draw(comparison: MarkerComparison, pairs: Pairs) -> Figure:
    """Figure of one comparison, as :func:`save_agreement` writes it."""
    figure = Figure(figsize=(9, 5.6), facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.085, 0.11, 0.79, 0.66))
    title = f"{TEST_TITLES[comparison.test]}: face against markers"
    figure.text(0.085, 0.945, title, size=14, color=INK, weight="bold")
    figure.text(0.085, 0.855, sentence(comparison), size=9.5, color=INK, wrap=True, va="center")
    small = f"{comparison.source.file} · {LENS_WORDS[comparison.camera.known]} · {notes(comparison)}"
    figure.text(0.085, 0.795, small, size=7.5, color=MUTED, wrap=True, va="center")

    side = -1 if comparison.test == "lateral-flexion" else 1  # lateral flexion is + to the right
    mean = side * (pairs.face_deg + pairs.markers_deg) / 2
    difference = larger_by(pairs.face_deg, pairs.markers_deg)
    held = pairs.held
    axes.plot(mean[~held], difference[~held], ".", color=MUTED, alpha=0.35, ms=4, label="moving or at rest", zorder=2)
    axes.plot(mean[held], difference[held], "o", color=BLUE, alpha=0.7, ms=4, mew=0, label="held", zorder=3)
    axes.axhline(0, color=INK, lw=0.8, zorder=1)
    a = comparison.holds
    for value, words, style in (
        (a.bias_deg, "bias", "-"),
        (a.lower_deg, "95 % limit", "--"),
        (a.upper_deg, "95 % limit", "--"),
    ):
        if value is not None:
            axes.axhline(value, color=ORANGE, lw=1.4, ls=style, zorder=4)
            axes.annotate(
                f"{words} {signed(value)}",
                (1, value),
                xycoords=("axes fraction", "data"),
                xytext=(4, 0),
                textcoords="offset points",
                size=8.5,
                color=INK,
                va="center",
            )
    # A few frames in fast movement must not flatten what is held.
    known = np.abs(difference[np.isfinite(difference)])
    limits = [abs(v) for v in (a.lower_deg, a.upper_deg) if v is not None]
    top = 1.15 * max([2.0, *limits, float(np.percentile(known, 99)) if len(known) else 0.0])
    axes.set_ylim(-top, top)
    axes.yaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}°".replace("-", "−")))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{abs(value):.0f}°"))
    ends = ("extension", "flexion") if comparison.test == "flexion-extension" else ("subject's right", "subject's left")
    axes.set_xlabel(f"◀ {ends[0]}     mean of both     {ends[1]} ▶", size=9.5, color=INK)
    axes.set_ylabel("face larger by", size=9.5, color=INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#DDDDDD", lw=0.7, zorder=0)
    axes.tick_params(labelsize=9, colors=INK)
    axes.set_axisbelow(True)
    axes.legend(loc="lower left", fontsize=8.5, frameon=False, ncols=2, borderaxespad=0.1)
    return figure

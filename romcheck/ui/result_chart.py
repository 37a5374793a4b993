"""The curve of one measurement in the reader's language, with the holds marked."""

from __future__ import annotations

from io import BytesIO

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from romcheck.i18n.texts import Texts
from romcheck.reports.drawing import is_narrow
from romcheck.reports.plot import INK, draw_holds, draw_main_angle, ends
from romcheck.results import Frames, Result

WIDE_IN, NARROW_IN = (6.4, 4.0), (3.3, 3.0)
"""Sizes of the picture; words in the second are 12 px high on a screen of 320."""


def curve_png(result: Result, frames: Frames, texts: Texts, size_in: tuple[float, float] = WIDE_IN) -> bytes:
    """Picture (PNG) of the angle over time; the subject's left, or flexion, is up."""
    narrow = is_narrow(size_in[0])
    figure = Figure(figsize=size_in, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    draw_main_angle(axes, result, frames, size=11)
    draw_holds(axes, result)
    axes.set_xlim(0, max(result.source.duration_s, float(frames.time_s[-1]) if len(frames.time_s) else 0.1))
    axes.set_xlabel(texts("result.axis.time"), size=11, color=INK, loc="right")
    # Beside the axis a long name would not fit in its height.
    up, down = ends(result)
    axes.set_title(f"▲ {texts(f'result.axis.{up}')}", size=11, color=INK, loc="left")
    axes.annotate(
        f"▼ {texts(f'result.axis.{down}')}", (0, 0), (0, -24), "axes fraction", "offset points", size=11, color=INK,
        va="top",
    )  # fmt: skip
    looks = {
        "good": Patch(fc=INK, ec=INK, label=texts("result.legend.counted")),
        "usable": Patch(fc="white", ec=INK, label=texts("result.legend.doubted")),
        "rejected": Patch(fc="white", ec=INK, hatch="//////", label=texts("result.legend.rejected")),
    }
    there = {movement.quality for movement in result.movements}
    handles = [patch for quality, patch in looks.items() if quality in there]
    if handles:
        figure.legend(handles=handles, loc="outside upper left", ncols=1 if narrow else 2, frameon=False, fontsize=10)
    picture = BytesIO()
    figure.savefig(picture, format="png", dpi=240 if narrow else 160, metadata={"Software": "romcheck"})
    return picture.getvalue()

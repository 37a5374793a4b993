"""The markers as PDF, two pages for printing to scale."""

from __future__ import annotations

import io
import textwrap
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from romcheck.calibrate.printing import RULER_MM, black_rectangles
from romcheck.exchange.atomic import writable_folder, written_whole
from romcheck.reference.markers import CHEST, HEAD, HEAD_LEFT, HEAD_RIGHT, MODULES, Marker

PAPERS_MM = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
LEFT_MM, TOPS_MM = 36.0, (24.0, 112.0)
"""Left edge of the black squares on a page, and the upper edges of its two."""
COLUMN = 40
"""Characters in a line beside a marker."""
_MM_PER_INCH = 25.4

_SIDE = (
    "On the same cap, level with the front marker and turned away from it by about 45 degrees, to the wearer's {}. "
    "Needed for turns beyond 60 degrees to the other side, where it comes to face the camera. All "
    "markers of the head must be fixed to each other, and not only to hair."
)
ADVICE = {
    HEAD: (
        "On the front of a cap or headband, above the hairline, flat on stiff card and fixed to the head, not to "
        "loose hair. Tip its upper edge back by 20 to 30 degrees: a square seen straight from the front hardly "
        "changes as it turns."
    ),
    CHEST: (
        "Flat on stiff card, on the breastbone just below the throat, fixed to the body, not to a loose fold of cloth."
    ),
    HEAD_LEFT: _SIDE.format("left"),
    HEAD_RIGHT: _SIDE.format("right"),
}
PAGES = ((HEAD, CHEST), (HEAD_LEFT, HEAD_RIGHT))


def sheet_figures(paper: str) -> tuple[Figure, ...]:
    """Matplotlib figures of the pages, to scale: markers with a line to cut along, and a ruler two ways."""
    return tuple(_page(paper, markers) for markers in PAGES)


def _page(paper: str, markers: tuple[Marker, Marker]) -> Figure:
    width, height = PAPERS_MM[paper]
    figure = Figure(figsize=(width / _MM_PER_INCH, height / _MM_PER_INCH))
    axes = figure.add_axes((0, 0, 1, 1))
    # The upper left corner of the sheet is the origin, millimetres to the right and down.
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    for marker, top in zip(markers, TOPS_MM, strict=True):
        _draw(axes, marker, top)

    left, bottom = LEFT_MM, height - 34.0
    line: dict[str, Any] = {"color": "black", "linewidth": 0.5, "solid_capstyle": "butt"}
    for mm in range(RULER_MM + 1):
        tick = 5.0 if mm % 10 == 0 else 3.5 if mm % 5 == 0 else 2.0
        axes.plot([left + mm] * 2, [bottom, bottom + tick], **line)
        axes.plot([left - 18 - tick, left - 18], [bottom - RULER_MM + mm] * 2, **line)
        if mm % 50 == 0:
            axes.text(left + mm, bottom + 5.5, str(mm), fontsize=6, ha="center", va="top")
            axes.text(left - 23.5, bottom - RULER_MM + mm, str(mm), fontsize=6, ha="right", va="center")
    words = (
        f"romcheck markers “{paper}”. Print at 100 % (actual size); both rulers must then measure 100 mm.\n"
        "Cut along the grey lines: the white rim belongs to the marker."
    )
    axes.text(left, bottom + 11, words, fontsize=7, va="top", linespacing=1.4)
    return figure


def _draw(axes: Any, marker: Marker, top: float) -> None:
    """Draw one marker to scale, with a cutting line one white module away, and instructions."""
    module = marker.side_mm / MODULES
    bitmap = marker.bitmap()
    for y, start, stop in black_rectangles(bitmap):
        # Rows overlap slightly, so that no hairline shows between them.
        below = y + 1 < MODULES and not bitmap[y + 1, start:stop].any()
        corner, size = (LEFT_MM + start * module, top + y * module), ((stop - start) * module, module + 0.05 * below)
        axes.add_patch(Rectangle(corner, *size, facecolor="black", edgecolor="none", linewidth=0))
    side = marker.side_mm + 2 * module
    rim = Rectangle((LEFT_MM - module, top - module), side, side, fill=False, edgecolor="#AAAAAA", linewidth=0.4)
    axes.add_patch(rim)
    words = f"{marker.name.upper()}: number {marker.number}, black square {marker.side_mm:g} mm. {ADVICE[marker]}"
    axes.text(LEFT_MM + side, top, textwrap.fill(words, COLUMN), fontsize=7, va="top", linespacing=1.5)


def sheet_pdf(paper: str) -> bytes:
    """Two-page vector PDF, the same bytes every time."""
    out = io.BytesIO()
    with PdfPages(out, metadata={"Creator": "romcheck", "Producer": None, "CreationDate": None}) as pdf:
        for figure in sheet_figures(paper):
            pdf.savefig(figure)
    return out.getvalue()


def write_sheets(folder: Path) -> list[Path]:
    """Write the sheets, one per paper size, to a folder, created if missing; return the files written."""
    writable_folder(folder)
    paths = [folder / f"markers-{paper}.pdf" for paper in PAPERS_MM]
    for paper, path in zip(PAPERS_MM, paths, strict=True):
        with written_whole(path) as unfinished:
            unfinished.write_bytes(sheet_pdf(paper))
    return paths

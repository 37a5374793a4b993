"""The boards as files: PDF for printing to scale, PNG and SVG for showing on a screen."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from numpy.typing import NDArray

from romcheck.calibrate.boards import BOARDS, MODULES, Board, board_picture
from romcheck.errors import OutputError, system_says
from romcheck.exchange.atomic import written_whole

_MM_PER_INCH = 25.4
RULER_MM = 100


def black_rectangles(bitmap: NDArray[np.uint8]) -> Iterator[tuple[int, int, int]]:
    """Horizontal runs of black modules: (row, first column, one past the last column)."""
    for y, row in enumerate(bitmap):
        edges = np.flatnonzero(np.diff(np.r_[False, row == 0, False].astype(np.int8)))
        for start, stop in edges.reshape(-1, 2):
            yield y, int(start), int(stop)


def board_figure(board: Board) -> Figure:
    """Matplotlib figure of one sheet, to scale: the board, a ruler along two sides, and instructions.

    Two rulers, because a printer that stretches in one direction would look like a lens that does.
    """
    if board.page_mm is None:
        raise ValueError(f"the {board.name} board has no sheet")
    width, height = board.page_mm
    figure = Figure(figsize=(width / _MM_PER_INCH, height / _MM_PER_INCH))
    axes = figure.add_axes((0, 0, 1, 1))
    # The upper left corner of the sheet is the origin, millimetres to the right and down.
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()

    module = board.square_mm / MODULES
    left = (width - board.columns * board.square_mm) / 2 + 4
    top = 10.0
    vertices, codes = [], []
    for y, start, stop in black_rectangles(board.bitmap()):
        x0, x1, y0, y1 = left + start * module, left + stop * module, top + y * module, top + (y + 1) * module
        vertices += [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)]
        codes += [Outline.MOVETO, Outline.LINETO, Outline.LINETO, Outline.LINETO, Outline.CLOSEPOLY]
    # One path for the whole board: no hairlines between neighbouring modules.
    axes.add_patch(PathPatch(Outline(vertices, codes), facecolor="black", edgecolor="none", linewidth=0))

    bottom = top + board.rows * board.square_mm
    line: dict[str, Any] = {"color": "black", "linewidth": 0.5, "solid_capstyle": "butt"}
    for mm in range(RULER_MM + 1):
        tick = 5.0 if mm % 10 == 0 else 3.5 if mm % 5 == 0 else 2.0
        axes.plot([left + mm] * 2, [bottom + 5, bottom + 5 + tick], **line)
        axes.plot([left - 5 - tick, left - 5], [top + mm] * 2, **line)
        if mm % 50 == 0:
            axes.text(left + mm, bottom + 10.5, str(mm), fontsize=6, ha="center", va="top")
            axes.text(left - 10.5, top + mm, str(mm), fontsize=6, ha="right", va="center")
    words = (
        f"romcheck calibration board “{board.name}”\n"
        f"Squares of {board.square_mm:g} mm. Print at 100 % (actual size);\n"
        "both rulers must then measure 100 mm.\n"
        "Glue the sheet to something flat and stiff."
    )
    axes.text(left + RULER_MM + 6, bottom + 5, words, fontsize=6, va="top", linespacing=1.4)
    return figure


def board_pdf(board: Board) -> bytes:
    """One-page vector PDF of a printed board, the same bytes every time."""
    out = io.BytesIO()
    stamps = {"Creator": "romcheck", "Producer": None, "CreationDate": None}
    board_figure(board).savefig(out, format="pdf", metadata=stamps)
    return out.getvalue()


def board_svg(board: Board) -> str:
    """Return the board with a white margin of one square as SVG, one unit per module."""
    width, height = (board.columns + 2) * MODULES, (board.rows + 2) * MODULES
    runs = black_rectangles(board.bitmap())
    path = "".join(f"M{a + MODULES} {y + MODULES}H{b + MODULES}v1H{a + MODULES}z" for y, a, b in runs)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f'<rect width="100%" height="100%" fill="#fff"/><path shape-rendering="crispEdges" d="{path}"/></svg>\n'
    )


def write_boards(folder: Path) -> list[Path]:
    """Write every board to a folder, created if missing; printed ones as PDF, screen ones as PNG and SVG.

    Returns
    -------
    The files written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError("folder_not_made", folder=folder, why=system_says(error)) from error
    files: list[tuple[str, bytes]] = []
    for board in BOARDS.values():
        if board.page_mm is not None:
            files.append((f"board-{board.name}.pdf", board_pdf(board)))
        else:
            png = cv2.imencode(".png", board_picture(board, 28))[1].tobytes()
            files += [(f"board-{board.name}.png", png), (f"board-{board.name}.svg", board_svg(board).encode())]
    for name, data in files:
        with written_whole(folder / name) as unfinished:
            unfinished.write_bytes(data)
    return [folder / name for name, _ in files]

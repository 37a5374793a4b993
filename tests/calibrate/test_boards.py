"""The boards leave the printer at their stated size and can be read back."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from romcheck.calibrate.boards import BOARDS
from romcheck.calibrate.printing import RULER_MM, board_figure, board_pdf, board_svg, write_boards
from romcheck.calibrate.views import BoardFinder

PRINTED = [board for board in BOARDS.values() if board.page_mm]
COMMITTED = Path(__file__).parents[2] / "calibration"
DPI = 200


@pytest.fixture(params=PRINTED, ids=lambda board: board.name, scope="module")
def sheet(request):
    """Board, and its sheet as a printer of 200 dots an inch puts it on paper, grey."""
    figure = board_figure(request.param)
    figure.set_dpi(DPI)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return request.param, cv2.cvtColor(np.asarray(canvas.buffer_rgba()), cv2.COLOR_RGBA2GRAY)


def test_squares_have_their_stated_size_on_paper(sheet):
    board, picture = sheet
    view = BoardFinder(board).find(picture, "sheet")
    assert view is not None
    assert len(view.corners) == (board.columns - 1) * (board.rows - 1)
    for axis in (0, 1):
        mm, px = view.points[:, axis], view.corners[:, axis]
        printed = np.polyfit(mm, px, 1)[0] / DPI * 25.4
        assert printed == pytest.approx(1, abs=0.001)


def test_both_rulers_measure_what_they_say(sheet):
    board, picture = sheet
    mm = DPI / 25.4
    left = (board.page_mm[0] - board.columns * board.square_mm) / 2 + 4
    below, beside = 10 + board.rows * board.square_mm + 6, left - 6
    for line in (
        picture[round(below * mm), : round((left + 103) * mm)],
        picture[: round(113 * mm), round(beside * mm)],
    ):
        ticks = np.flatnonzero(np.diff((line < 160).astype(int)) == 1)
        assert len(ticks) == RULER_MM + 1
        assert (ticks[-1] - ticks[0]) / mm == pytest.approx(RULER_MM, abs=0.2)


def test_nothing_is_printed_within_6_mm_of_the_edge(sheet):
    _, picture = sheet
    rim = int(6 / 25.4 * DPI)
    inner = picture.copy()
    inner[rim:-rim, rim:-rim] = 255
    assert inner.min() == 255


@pytest.mark.parametrize("board", PRINTED, ids=lambda board: board.name)
def test_the_page_is_the_stated_paper_and_the_file_the_same_every_time(board):
    pdf = board_pdf(board)
    box = [float(x) for x in re.search(rb"/MediaBox \[([^\]]*)\]", pdf).group(1).split()]
    assert np.array(box[2:]) / 72 * 25.4 == pytest.approx(board.page_mm, abs=0.01)
    assert pdf == board_pdf(board)


def test_no_two_boards_share_a_marker():
    for a, b in combinations(BOARDS.values(), 2):
        assert not set(a.markers) & set(b.markers)


def test_the_committed_files_are_those_the_command_writes(tmp_path):
    for path in write_boards(tmp_path):
        committed = COMMITTED / path.name
        assert committed.exists()
        if path.suffix == ".svg":
            assert committed.read_bytes() == path.read_bytes()
        if path.suffix == ".png":
            assert np.array_equal(cv2.imread(str(committed)), cv2.imread(str(path)))


def test_the_svg_is_the_board():
    board = BOARDS["screen"]
    drawn = np.full(((board.rows + 2) * 8, (board.columns + 2) * 8), 255, np.uint8)
    for x0, y, x1 in re.findall(r"M(\d+) (\d+)H(\d+)v1H\1z", board_svg(board)):
        drawn[int(y), int(x0) : int(x1)] = 0
    view = BoardFinder(board).find(cv2.resize(drawn, None, fx=12, fy=12, interpolation=cv2.INTER_NEAREST), "svg")
    assert view is not None
    assert len(view.corners) == 24

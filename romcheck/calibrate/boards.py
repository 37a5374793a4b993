"""The ChArUco boards.

A ChArUco board is a chessboard with an ArUco marker in every white square: the markers identify the corners, so
that a partly visible board can be used, and the chessboard corners are found to a fraction of a pixel.

A square is eight modules wide and its marker six, so a board is a small bitmap, and print, screen and test pictures
are all drawn from it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

MODULES = 8
"""Modules across one square; the marker's six leave one module of white around it."""

DICTIONARY = "DICT_4X4_100"


@dataclass(frozen=True)
class Board:
    """One board.

    Attributes
    ----------
    name : on the command line
    columns, rows : squares across and down
    square_mm : side of a square printed at 100 %, or typical on a tablet
    first_marker : each board has its own markers, so that boards are not confused
    page_mm : width and height of the sheet, None for a board shown on a screen
    dictionary : ArUco dictionary
    """

    name: str
    columns: int
    rows: int
    square_mm: float
    first_marker: int
    page_mm: tuple[float, float] | None
    dictionary: str = DICTIONARY

    @property
    def marker_mm(self) -> float:
        """Side of a marker."""
        return self.square_mm * (MODULES - 2) / MODULES

    @property
    def markers(self) -> range:
        """Numbers of its markers."""
        return range(self.first_marker, self.first_marker + self.columns * self.rows // 2)

    def charuco(self) -> cv2.aruco.CharucoBoard:
        """Return the board as an OpenCV object; lengths in mm, origin at its upper left corner."""
        words = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, self.dictionary))
        size = (self.columns, self.rows)
        return cv2.aruco.CharucoBoard(size, self.square_mm, self.marker_mm, words, np.array(self.markers))

    def bitmap(self) -> NDArray[np.uint8]:
        """(rows * 8, columns * 8), one pixel per module: 0 black, 255 white."""
        size = (self.columns * MODULES, self.rows * MODULES)
        return np.asarray(self.charuco().generateImage(size, marginSize=0, borderBits=1), np.uint8)


# Few and large squares: at 640 pixels and half a metre the markers must still be readable through a soft lens.
# More and smaller squares (7 x 9 of 25 mm) gave a third fewer readable views there, and no better focal length.
BOARDS = {
    board.name: board
    for board in (
        Board("a4", 5, 7, 35.0, 0, (210.0, 297.0)),
        Board("letter", 5, 7, 33.0, 17, (215.9, 279.4)),
        Board("screen", 7, 5, 25.0, 34, None),
    )
}


def board_picture(board: Board, module_px: int, margin_modules: int = MODULES) -> NDArray[np.uint8]:
    """Grey picture of a board with a white margin, ``module_px`` pixels per module."""
    picture = np.kron(board.bitmap(), np.ones((module_px, module_px), np.uint8))
    return np.asarray(np.pad(picture, margin_modules * module_px, constant_values=255), np.uint8)

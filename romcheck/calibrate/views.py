"""Views of the board: detection, assessment, and choice of the best and most varied ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from romcheck.arrays import Floats
from romcheck.calibrate.boards import MODULES, Board
from romcheck.geometry.intrinsics import Lens
from romcheck.i18n.message import Message, message

MIN_CORNERS = 8
"""Least corners of a view: with fewer it determines little more than its own pose (six unknowns)."""

MAX_EDGE_WIDTH = 1 / 128
"""Widest usable black-to-white edge, as a part of the picture's longer side (5 pixels of 640): beyond it corners
shift by a fraction of a pixel and the markers next to them are misread."""

MAX_EDGE_RATIO = 1.6
"""A view this much softer than the sharp ones of the same set is out of focus or moving."""

MAX_SPEED = 0.10
"""Fastest usable movement of the board over the picture, longer sides per second. A rolling shutter takes about
1/30 s from the first row to the last, in which the board then moves 1/300 of the picture (2 pixels of 640)."""

MAX_VIEWS = 30
"""Most views used: more cost time and add nothing, since the remaining error is not random."""

MIN_DIFFERENCE = 0.12
"""Views nearer to each other than this are the same view. One unit is the picture's longer side, one radian of tilt,
or a doubling of the distance."""

TILTED_DEG = 15.0
"""Tilt from which a view separates focal length and distance."""

DIRECTIONS = ("left", "right", "upper", "lower")


@dataclass(frozen=True)
class View:
    """The board as found in one picture.

    Attributes
    ----------
    name : file name, with the time for a frame of a video
    width, height : of the picture, pixels
    corners : (n, 2) chessboard corners, pixels, the centre of the first pixel at (0, 0)
    points : (n, 3) the same corners on the board, mm, z = 0
    ids : (n,) their numbers on the board
    edge_width : pixels from black to white across an edge, of the softer of the two edge directions
    speed : movement over the picture, longer sides per second, 0 for a still picture
    """

    name: str
    width: int
    height: int
    corners: Floats = field(repr=False)
    points: Floats = field(repr=False)
    ids: NDArray[np.int_] = field(repr=False)
    edge_width: float
    speed: float = 0.0

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture."""
        return self.width, self.height


class BoardFinder:
    """Finds one board in pictures.

    A mirrored picture is read too: its view is that of a mirrored board, so that the lens found is the lens of the
    mirrored pictures.

    Parameters
    ----------
    board : which board
    square_mm : measured side of its squares; None for the side it has at 100 %
    """

    def __init__(self, board: Board, square_mm: float | None = None):
        self.board = board
        charuco = board.charuco()
        scale = (square_mm or board.square_mm) / board.square_mm
        self._points = np.asarray(charuco.getChessboardCorners(), np.float64) * scale
        self._mirrored_points = self._points * (-1, 1, 1)
        self._detector = cv2.aruco.CharucoDetector(charuco)
        words = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, board.dictionary))
        self._markers = cv2.aruco.ArucoDetector(words)
        self._mirrored: bool | None = None  # not known before the first board

    def find(self, picture: NDArray[np.uint8], name: str) -> View | None:
        """Board in a grey picture, (height, width) uint8; None where too little of it is visible."""
        for mirrored in (False, True) if self._mirrored is None else (self._mirrored,):
            seen = np.ascontiguousarray(picture[:, ::-1]) if mirrored else picture
            corners, ids, _, _ = self._detector.detectBoard(seen)
            if ids is None or len(ids) < MIN_CORNERS:
                continue
            ids = np.asarray(ids, np.int_).ravel()
            points = self._points[ids]
            corners, spacing = _refined(seen, np.asarray(corners, np.float32).reshape(-1, 2), points)
            edge = _edge_width(seen, corners, points, spacing)
            if mirrored:
                corners[:, 0] = picture.shape[1] - 1 - corners[:, 0]
                points = self._mirrored_points[ids]
            self._mirrored = mirrored
            return View(name, picture.shape[1], picture.shape[0], corners, points, ids, edge)
        return None

    def markers_seen(self, picture: NDArray[np.uint8]) -> set[int]:
        """Numbers of all markers in a grey picture, whichever board they belong to."""
        _, ids, _ = self._markers.detectMarkers(picture)
        return set() if ids is None else {int(i) for i in ids.ravel()}


def _neighbours(points: Floats) -> NDArray[np.intp]:
    """(m, 2) pairs of corners one square apart."""
    apart = np.linalg.norm(points[:, None] - points[None], axis=-1)
    side = np.min(apart[apart > 0])
    first, second = np.nonzero(np.triu(apart < 1.01 * side, 1))
    return np.column_stack([first, second])


def _refined(picture: NDArray[np.uint8], corners: NDArray[np.float32], points: Floats) -> tuple[Floats, Floats]:
    """Corners to a small part of a pixel, and (n,) the smallest side of a square next to each, pixels.

    The detector's own corners come from the markers and are half a pixel off. The window stays inside the white
    rim between square and marker (one module), or the marker pulls at the corner.
    """
    spacing = np.full(len(corners), np.inf)
    for a, b in _neighbours(points):
        side = np.linalg.norm(corners[a] - corners[b])
        spacing[a], spacing[b] = min(spacing[a], side), min(spacing[b], side)
    spacing[~np.isfinite(spacing)] = np.min(spacing)
    half = np.maximum(2, np.round(spacing / MODULES)).astype(int)
    out = np.empty((len(corners), 2))
    criteria = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 50, 1e-3)
    for size in np.unique(half):
        chosen = half == size
        start = corners[chosen].reshape(-1, 1, 2).copy()
        refined = cv2.cornerSubPix(picture, start, (int(size), int(size)), (-1, -1), criteria)
        out[chosen] = refined.reshape(-1, 2)
    return out, spacing


def _edge_width(picture: NDArray[np.uint8], corners: Floats, points: Floats, spacing: Floats) -> float:
    """Contrast over steepest slope across the middle of the squares' sides, pixels.

    The median over the sides of each direction, and of the two directions the softer, since movement blurs only one.
    """
    pairs = _neighbours(points)
    along = corners[pairs[:, 1]] - corners[pairs[:, 0]]
    across = np.column_stack([-along[:, 1], along[:, 0]]) / np.linalg.norm(along, axis=1)[:, None]
    middle = (corners[pairs[:, 0]] + corners[pairs[:, 1]]) / 2
    reach = np.min(spacing[pairs], axis=1) / MODULES
    steps = np.linspace(-1, 1, 17)
    where = middle[:, None] + across[:, None] * (reach[:, None] * steps)[..., None]
    grey = cv2.remap(
        picture.astype(np.float32), where[..., 0].astype(np.float32), where[..., 1].astype(np.float32), cv2.INTER_LINEAR
    )
    contrast = np.ptp(grey, axis=1)
    slope = np.max(np.abs(np.diff(grey, axis=1)), axis=1) / (reach * (steps[1] - steps[0]))
    width = contrast / np.maximum(slope, 1e-6)
    upright = np.abs(points[pairs[:, 1], 0] - points[pairs[:, 0], 0]) < 1e-6
    return float(max(np.median(width[side]) for side in (upright, ~upright) if side.any()))


def postures(views: Sequence[View], lens: Lens | None = None) -> Floats:
    """(n, 5) what makes views differ: place x, y, tilt x, y, and distance, in the units of MIN_DIFFERENCE.

    Place is that of the middle of the corners seen, in longer sides from the middle of the picture. Tilt is the
    leaning of the board's normal in radians, as seen through ``lens``, or the assumed one; its x is positive
    where the board's right edge is farther from the camera, its y where the lower edge is.
    """
    out = np.empty((len(views), 5))
    for row, view in zip(out, views, strict=True):
        rays = (lens or Lens.assumed(view.width, view.height)).rays(view.corners)
        _, turn, shift = cv2.solvePnP(view.points, rays, np.eye(3), np.zeros(5), flags=cv2.SOLVEPNP_IPPE)
        R = cv2.Rodrigues(turn)[0]
        middle = R @ view.points.mean(0) + shift[:, 0]
        # The normal seen from the line of sight, so that a board held square to it has no tilt wherever it is.
        sight = middle / np.linalg.norm(middle)
        normal = R[:, 2] * np.sign(R[:, 2] @ sight)
        tilt = np.arccos(np.clip(normal @ sight, -1, 1))
        leaning = (normal - sight * (normal @ sight))[:2]
        leaning *= -tilt / max(float(np.linalg.norm(leaning)), 1e-9)
        place = (view.corners.mean(0) - (view.width / 2, view.height / 2)) / max(view.size)
        row[:] = *place, *leaning, np.log2(np.linalg.norm(middle))
    return out


def usable_views(views: Sequence[View]) -> list[View]:
    """Return the views that are sharp and held still."""
    if not views:
        return []
    sharp = float(np.quantile([v.edge_width for v in views], 0.2))
    return [
        v
        for v in views
        if v.speed <= MAX_SPEED and v.edge_width <= min(MAX_EDGE_RATIO * sharp, MAX_EDGE_WIDTH * max(v.size))
    ]


def choose_views(views: Sequence[View]) -> list[View]:
    """Choose the most different of the usable views, at most MAX_VIEWS, in the order they came.

    Of views that are nearly the same the sharpest and stillest is kept. Then, from the view nearest the middle
    of all, each next one is the view farthest from those already chosen.
    """
    if not views:
        return []
    where = postures(views)
    doubt = np.array([v.edge_width / max(v.size) * 100 + v.speed / MAX_SPEED for v in views])
    kept: list[int] = []
    for i in np.argsort(doubt, kind="stable"):
        if all(np.linalg.norm(where[i] - where[j]) >= MIN_DIFFERENCE for j in kept):
            kept.append(int(i))
    if len(kept) > MAX_VIEWS:
        where = where[kept]
        chosen = [int(np.argmin(np.linalg.norm(where - where.mean(0), axis=1)))]
        while len(chosen) < MAX_VIEWS:
            gap = np.min(np.linalg.norm(where[:, None] - where[chosen][None], axis=-1), axis=1)
            chosen.append(int(np.argmax(gap)))
        kept = [kept[i] for i in chosen]
    return [views[i] for i in sorted(kept)]


@dataclass(frozen=True)
class Coverage:
    """Coverage of the picture by a set of views.

    Attributes
    ----------
    cells : (3, 3) corners seen in each ninth of the picture, rows from the top
    tilted : views tilted by TILTED_DEG or more
    tilts : how many of them have the left, right, upper, lower edge away from the camera
    distance_ratio : farthest to nearest view
    """

    cells: NDArray[np.int_]
    tilted: int
    tilts: tuple[int, int, int, int]
    distance_ratio: float

    MIN_CELL = 12
    """Corners that make a ninth of the picture count as seen: half a board."""

    @property
    def empty_cells(self) -> list[Message]:
        """Parts of the picture hardly seen."""
        rows, columns = ("upper", "middle", "lower"), ("left", "centre", "right")
        names = [[message(f"cell.{r}_{c}") for c in columns] for r in rows]
        return [names[i][j] for i in range(3) for j in range(3) if self.cells[i, j] < self.MIN_CELL]

    def missing(self) -> list[Message]:
        """What else to film."""
        out = []
        if self.empty_cells:
            out.append(message("board.cells", cells=self.empty_cells))
        edges = [message(f"edge.{edge}") for edge, n in zip(DIRECTIONS, self.tilts, strict=True) if n < 2]
        if edges:
            out.append(message("board.edges", edges=edges))
        if self.distance_ratio < 1.3:
            out.append(message("board.distances"))
        return out


def coverage(views: Sequence[View], lens: Lens | None = None) -> Coverage:
    """Coverage of the picture and of the tilts by a set of views, all of one size; tilts as in :func:`postures`."""
    cells = np.zeros((3, 3), np.int_)
    for view in views:
        column, row = np.clip((view.corners / view.size * 3).astype(int), 0, 2).T
        np.add.at(cells, (row, column), 1)
    if not views:
        return Coverage(cells, 0, (0, 0, 0, 0), 1.0)
    where = postures(views, lens)
    lean = np.degrees(where[:, 2:4])
    # A tilt counts for a direction where most of it goes there.
    strong = np.hypot(*lean.T) >= TILTED_DEG
    x, y = lean[strong].T
    most = np.hypot(x, y) * np.sin(np.radians(40))
    tilts = (int((x < -most).sum()), int((x > most).sum()), int((y < -most).sum()), int((y > most).sum()))
    return Coverage(cells, int(strong.sum()), tilts, float(2 ** np.ptp(where[:, 4])))

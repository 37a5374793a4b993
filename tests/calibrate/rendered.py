"""Pictures of a calibration board as a known lens would take them."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from romcheck.calibrate.boards import MODULES, Board, board_picture
from romcheck.calibrate.views import View
from romcheck.geometry.intrinsics import Lens

WIDTH, HEIGHT = 640, 480
_OVERSAMPLING = 2
_MODULE_PX = 12


def lens_of(fov_deg: float, shift=(0.0, 0.0), distortion=(0.0,) * 5, size=(WIDTH, HEIGHT)) -> Lens:
    lens = Lens.from_fov(*size, fov_deg)
    return replace(lens, cx=lens.cx + shift[0], cy=lens.cy + shift[1], distortion=distortion)


LENSES = {
    "60, straight": lens_of(60, (5, 4)),
    "78, mild": lens_of(78, (6, -5), (-0.08, 0.02, 0.0, 0.0, 0.0)),
    "84, strong": lens_of(84, (-7, 4), (-0.22, 0.06, 0.0005, -0.0005, -0.007)),
}


class Renderer:
    """Takes pictures of one board through one lens."""

    def __init__(self, lens: Lens, board: Board, blur: float = 0.5, noise: float = 2.0, seed: int = 0):
        self.lens, self.board, self.blur, self.noise = lens, board, blur, noise
        self.rng = np.random.default_rng(seed)
        v, u = np.mgrid[0 : lens.height, 0 : lens.width].astype(float)
        fine = (lens.width * _OVERSAMPLING, lens.height * _OVERSAMPLING)
        rays = cv2.resize(lens.rays(np.stack([u, v], -1)), fine, interpolation=cv2.INTER_LINEAR)
        self._rays = np.dstack([rays, np.ones(rays.shape[:2])]).astype(np.float32)
        self._texture = board_picture(board, _MODULE_PX)
        self._px_per_mm = MODULES * _MODULE_PX / board.square_mm
        self.size_mm = np.array([board.columns, board.rows]) * board.square_mm

    def take(self, R: np.ndarray, t: np.ndarray, blur: float | None = None) -> np.ndarray:
        """Grey picture of the board whose upper left corner is at t (mm, camera axes), turned by R."""
        plane = np.linalg.inv(np.column_stack([R[:, :2], t])).astype(np.float32)
        at = self._rays @ plane.T
        margin = MODULES * _MODULE_PX
        at[..., 2][at[..., 2] == 0] = 1e-9
        x, y = (at[..., i] / at[..., 2] * self._px_per_mm + (margin - 0.5) for i in (0, 1))
        fine = cv2.remap(self._texture, x, y, cv2.INTER_LINEAR, borderValue=120)
        picture = cv2.resize(fine, (self.lens.width, self.lens.height), interpolation=cv2.INTER_AREA)
        picture = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), self.blur if blur is None else blur)
        picture = 30 + 0.75 * picture + self.rng.normal(0, self.noise, picture.shape)
        return np.clip(picture, 0, 255).astype(np.uint8)

    def posed(self, place, tilt_deg, direction_deg, distance_mm, roll_deg=0.0) -> tuple[np.ndarray, np.ndarray]:
        """Pose with the board's middle at ``place`` (parts of width and height) and tilted off the line of sight."""
        ray = self.lens.rays(np.array([[place[0] * self.lens.width, place[1] * self.lens.height]]))[0]
        middle = np.r_[ray, 1.0] * distance_mm
        sight = middle / np.linalg.norm(middle)
        square = cv2.Rodrigues(np.cross([0, 0, 1.0], sight))[0]
        axis = np.radians(direction_deg)
        tilt = cv2.Rodrigues(np.array([np.cos(axis), np.sin(axis), 0]) * np.radians(tilt_deg))[0]
        roll = cv2.Rodrigues(np.array([0, 0, np.radians(roll_deg)]))[0]
        R = square @ tilt @ roll
        return R, middle - R @ np.r_[self.size_mm / 2, 0]

    def filling(self, part: float) -> float:
        """Distance at which the board's height takes this part of the picture's height, mm."""
        return self.lens.fy * self.size_mm[1] / (part * self.lens.height)

    def good_set(self, n: int = 40) -> list[np.ndarray]:
        """Take a set as a person would film it: all over the picture, tilted all ways, near and far."""
        pictures = []
        for i in range(n):
            place = np.array([0.2 + 0.3 * (i % 3), 0.2 + 0.3 * (i // 3 % 3)]) + self.rng.normal(0, 0.04, 2)
            tilt, direction = self.rng.uniform(10, 42), 90 * (i % 4) + self.rng.normal(0, 20)
            pose = self.posed(place, tilt, direction, self.filling(self.rng.uniform(0.45, 0.9)), self.rng.normal(0, 10))
            pictures.append(self.take(*pose))
        return pictures


def computed_views(lens: Lens, board: Board, n: int = 24, noise_px: float = 0.1, seed: int = 0, **limits) -> list[View]:
    """Compute views of the board as a perfect finder would give them, with noise; no pictures are drawn.

    ``limits`` may set ``tilts`` (lowest and highest, degrees), ``directions`` (degrees), ``fills`` (parts of the
    picture's height), ``xs``, ``ys`` (places, parts of the picture) and ``bow`` (how far the sheet bends up at 100 mm
    to the left and right of its middle, mm, which the finder does not know).
    """
    rng = np.random.default_rng(seed)
    renderer = Renderer.__new__(Renderer)
    renderer.lens, renderer.size_mm = lens, np.array([board.columns, board.rows]) * board.square_mm
    points = np.asarray(board.charuco().getChessboardCorners(), float)
    bowed = points.copy()
    bowed[:, 2] = limits.get("bow", 0.0) * ((points[:, 0] - renderer.size_mm[0] / 2) / 100) ** 2
    views: list[View] = []
    for i in range(100 * n):
        directions = limits.get("directions", (0, 90, 180, 270))
        pose = renderer.posed(
            (rng.uniform(*limits.get("xs", (0.15, 0.85))), rng.uniform(*limits.get("ys", (0.15, 0.85)))),
            rng.uniform(*limits.get("tilts", (10, 42))),
            directions[i % len(directions)] + rng.uniform(-20, 20),
            renderer.filling(rng.uniform(*limits.get("fills", (0.45, 0.9)))),
            rng.normal(0, 10),
        )
        inside = bowed @ pose[0].T + pose[1]
        pixels = lens.project(inside[:, :2] / inside[:, 2:]) + rng.normal(0, noise_px, (len(points), 2))
        seen = np.all((pixels > 4) & (pixels < (lens.width - 5, lens.height - 5)), axis=1)
        if seen.sum() >= 10:
            ids = np.flatnonzero(seen)
            views.append(View(f"view {len(views)}", lens.width, lens.height, pixels[seen], points[seen], ids, 2.5))
        if len(views) == n:
            return views
    raise AssertionError("no such views")

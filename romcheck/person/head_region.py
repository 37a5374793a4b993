"""The pixels of the head's rigid part, and their points on its prior surface."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from romcheck.arrays import Floats, Grey
from romcheck.geometry.pose import Pose
from romcheck.geometry.projection import project
from romcheck.person.mesh_points import BROWS, CHIN, LEFT_EYE, LIPS, RIGHT_EYE
from romcheck.person.settings import PERSON
from romcheck.tracking.prior_surface import InitialPoints, RayHits, Surface, head_surface

HEAD = PERSON.head

Place = Callable[[Floats], InitialPoints]


class HeadRegion:
    """The head without eyes and lips, which move by themselves, and without what lies below the jaw."""

    def __init__(self, shape: Floats, focal: float, centre: Floats) -> None:
        self.surface: Surface = head_surface(shape)
        self._shape, self._focal, self._centre = shape, focal, centre
        chin = shape[CHIN]
        self._lowest = chin[1] + HEAD.above_chin_m
        # Behind the ears the neck begins higher: a line from the chin back and up to the skull's base.
        self._chin_z = chin[2]
        self._brows = float(shape[BROWS, 1].mean())

    def __call__(self, picture: Grey, pose: Pose) -> tuple[NDArray[np.uint8], Place]:
        """Mask of where features may be taken, and their initial points; see ``feature_map.Region``."""
        height, width = picture.shape
        middle, x = project(self.surface.centre[None], pose, self._focal, self._centre)
        reach = self._focal * HEAD.radius_m / max(x[0, 2], HEAD.nearest_m)
        left, top = np.maximum(middle[0] - reach, 0).astype(int)
        right, bottom = np.minimum(middle[0] + reach, (width, height)).astype(int)
        mask = np.zeros(picture.shape, np.uint8)
        if right - left > 2 * HEAD.grid_px and bottom - top > 2 * HEAD.grid_px:
            u, v = np.meshgrid(np.arange(left, right, HEAD.grid_px), np.arange(top, bottom, HEAD.grid_px))
            usable, _ = self._intersect(np.stack([u, v], -1).reshape(-1, 2).astype(float), pose)
            small = cv2.erode(usable.reshape(u.shape).astype(np.uint8), np.ones((3, 3), np.uint8))
            big = cv2.resize(
                small, (u.shape[1] * HEAD.grid_px, u.shape[0] * HEAD.grid_px), interpolation=cv2.INTER_NEAREST
            )
            part = mask[top : top + big.shape[0], left : left + big.shape[1]]
            part[:] = 255 * big[: part.shape[0], : part.shape[1]]
        self._leave_out(mask, pose)
        return mask, lambda pixels: self._place(pixels, pose)

    def _place(self, pixels: Floats, pose: Pose) -> InitialPoints:
        usable, hits = self._intersect(pixels, pose)
        depth = (hits.points @ pose.R.T + pose.t)[:, 2]
        above = np.clip((hits.points[:, 1] - self._brows) / HEAD.fades_over_m + 0.5, 0, 1)
        return InitialPoints(usable, depth, hits.normals, self.surface.curvature(hits.points), HEAD.above_brows**above)

    def _intersect(self, pixels: Floats, pose: Pose) -> tuple[NDArray[np.bool_], RayHits]:
        rays = (pixels - self._centre) / self._focal
        hits = self.surface.intersect(rays, pose)
        x = hits.points @ pose.R.T + pose.t
        view = x / np.linalg.norm(x, axis=1, keepdims=True)
        facing = -(hits.normals @ pose.R.T * view).sum(1)
        above_jaw = hits.points[:, 1] > self._lowest + HEAD.jaw_rise * np.maximum(
            self._chin_z - hits.points[:, 2] - HEAD.jaw_length_m, 0
        )
        under_jaw = hits.normals[:, 1] < -HEAD.underside
        return hits.hit & (facing > HEAD.least_facing) & above_jaw & ~under_jaw, hits

    def _leave_out(self, mask: NDArray[np.uint8], pose: Pose) -> None:
        for ring in (RIGHT_EYE, LEFT_EYE, LIPS):
            pixels, x = project(self._shape[ring], pose, self._focal, self._centre)
            hull = cv2.convexHull(pixels.astype(np.float32)).round().astype(np.int32)
            grow = max(3, int(2 * HEAD.lid_m * self._focal / x[0, 2]))
            cv2.fillPoly(mask, [hull], 0)
            cv2.polylines(mask, [hull], True, 0, grow)

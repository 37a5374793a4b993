"""The pixels of the trunk, and their points on its prior surface."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from romcheck.arrays import Floats, Grey
from romcheck.geometry.pose import Pose
from romcheck.geometry.projection import project
from romcheck.person.head_region import Place
from romcheck.person.mesh_points import CHIN
from romcheck.person.settings import PERSON
from romcheck.tracking.prior_surface import InitialPoints, Surface, trunk_surface

TRUNK = PERSON.trunk


class TrunkRegion:
    """Shoulders and chest below the collar line, within the person's outline.

    The collar line is where the outline becomes as broad as shoulders. Above it are neck and hair, which partly move
    with the head; where the outline never becomes so broad, no trunk is in view.

    Parameters
    ----------
    head : pose of the head upright at the start
    shape : (478, 3) face in head axes
    person : (height, width) uint8 outline of the person in the working picture at that moment
    """

    def __init__(self, head: Pose, shape: Floats, person: NDArray[np.uint8], focal: float, centre: Floats) -> None:
        self.surface: Surface = trunk_surface(TRUNK.half_axes_m)
        self.start = Pose(head.R, head.t + head.R @ np.array([0, -TRUNK.below_ears_m, -TRUNK.behind_ears_m]))
        self._focal, self._centre = focal, centre
        # The outline is known at the start only; later keyframes use the prior surface of the chest.
        jaw = shape[CHIN] + (0, -TRUNK.below_chin_m, -TRUNK.behind_chin_m)
        pixels, _ = project(jaw[None], head, focal, centre)
        down = (head.R @ np.array([0.0, -1.0, 0.0]))[:2]
        self._seen: NDArray[np.uint8] | None = _below_collar(
            cv2.erode(person, np.ones((TRUNK.outline_margin_px, TRUNK.outline_margin_px), np.uint8)),
            pixels[0],
            down,
            focal / float(self.start.t[2]),
        )

    def __call__(self, picture: Grey, pose: Pose) -> tuple[NDArray[np.uint8], Place]:
        """Mask of where features may be taken, and their initial points; see ``feature_map.Region``."""
        mask = np.zeros(picture.shape, np.uint8)
        if self._seen is not None:
            mask[self._seen > 0] = 255
            self._seen = None
        return mask, lambda pixels: self._place(pixels, pose)

    def _place(self, pixels: Floats, pose: Pose) -> InitialPoints:
        rays = (pixels - self._centre) / self._focal
        hits = self.surface.intersect(rays, pose)
        x = hits.points @ pose.R.T + pose.t
        # What the ellipsoid does not cover (tips of the shoulders, suprasternal notch) is about as deep as its edge.
        depth = np.where(hits.hit, x[:, 2], pose.t[2])
        facing = -(hits.normals @ pose.R.T * x).sum(1) / np.linalg.norm(x, axis=1)
        towards = -pose.R.T @ np.array([0.0, 0.0, 1.0])
        known = hits.hit & (facing > TRUNK.least_facing)
        normals = np.where(known[:, None], hits.normals, towards)
        curvature = np.where(known[:, None, None], self.surface.curvature(hits.points), 0.0)
        return InitialPoints(np.ones(len(pixels), bool), depth, normals, curvature, np.ones(len(pixels)))


def _below_collar(person: NDArray[np.uint8], jaw: Floats, down: Floats, per_metre: float) -> NDArray[np.uint8]:
    """Mask of the part of an outline that is trunk.

    Parameters
    ----------
    person : (height, width) 1 within the outline
    jaw : (2,) pixel below the chin from which the shoulders are searched
    down : (2,) direction from head to trunk in the picture, of any length
    per_metre : pixels per metre at the trunk
    """
    down = down / np.linalg.norm(down)
    u, v = np.meshgrid(np.arange(person.shape[1]) - jaw[0], np.arange(person.shape[0]) - jaw[1])
    along, across = u * down[0] + v * down[1], u * down[1] - v * down[0]
    within = (person > 0) & (along > 0)
    if not within.any():
        return np.zeros_like(person)
    breadth = np.bincount(along[within].astype(int)) / per_metre
    broad = breadth >= TRUNK.shoulders_m
    rows = max(1, round(TRUNK.broad_for_m * per_metre))
    lasting = np.convolve(broad, np.ones(rows), "full")[rows - 1 :] >= rows
    if not lasting.any():
        return np.zeros_like(person)
    below = along - int(lasting.argmax())
    half, deep = TRUNK.neck_foot_m
    neck = (np.abs(across) < half * per_metre) & (below < deep * per_metre)
    return np.asarray(within & (below > 0) & ~neck, np.uint8)

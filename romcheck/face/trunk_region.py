"""Which pixels belong to the trunk, and where they lie on a rough chest."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from romcheck.face.head_region import Place
from romcheck.face.mesh_pose import CHIN, Pose
from romcheck.face.patches import Picture, project
from romcheck.face.surface import Places, Surface, trunk_surface

Floats = NDArray[np.float64]

CHEST_HALF_AXES_M = (0.24, 0.20, 0.12)
"""Half breadth over the shoulders, half height of what a webcam shows, half depth of an average adult's chest."""
BELOW_EARS_M = 0.30
BEHIND_EARS_M = 0.05
"""The chest's middle relative to the head's origin between the ears, upright."""
FACING = 0.15


class TrunkRegion:
    """Shoulders and chest below the neck, within the person's outline.

    Parameters
    ----------
    head : pose of the head upright at the start
    shape : (478, 3) face in head axes
    person : (height, width) uint8 outline of the person in the working picture at that moment
    """

    def __init__(self, head: Pose, shape: Floats, person: NDArray[np.uint8], focal: float, centre: Floats) -> None:
        self.surface: Surface = trunk_surface(CHEST_HALF_AXES_M)
        self.start = Pose(head.R, head.t + head.R @ np.array([0, -BELOW_EARS_M, -BEHIND_EARS_M]))
        self._focal, self._centre = focal, centre
        # The outline is known for the start only; later views use the chest's own shape.
        inner = cv2.erode(person, np.ones((9, 9), np.uint8))
        jaw = shape[CHIN] + (0, -0.05, -0.03)
        pixels, _ = project(jaw[None], head, focal, centre)
        self._person: NDArray[np.uint8] | None = inner
        self._down = head.R @ np.array([0.0, -1.0, 0.0])
        self._jaw = pixels[0]

    def __call__(self, picture: Picture, pose: Pose) -> tuple[NDArray[np.uint8], Place]:
        """Mask of where features may be taken, and their place in space; see ``rigid_tracker.Region``."""
        height, width = picture.shape
        mask = np.zeros(picture.shape, np.uint8)
        if self._person is not None:
            u, v = np.meshgrid(np.arange(width), np.arange(height))
            below = (u - self._jaw[0]) * self._down[0] + (v - self._jaw[1]) * self._down[1] > 0
            mask[below & (self._person > 0)] = 255
            self._person = None
        return mask, lambda pixels: self._place(pixels, pose)

    def _place(self, pixels: Floats, pose: Pose) -> Places:
        rays = (pixels - self._centre) / self._focal
        hits = self.surface.meet(rays, pose)
        x = hits.points @ pose.R.T + pose.t
        # What the ellipsoid does not cover (shoulder tips, the pit of the neck) lies about as deep as its edge.
        depth = np.where(hits.hit, x[:, 2], pose.t[2])
        facing = -(hits.normals @ pose.R.T * x).sum(1) / np.linalg.norm(x, axis=1)
        towards = -pose.R.T @ np.array([0.0, 0.0, 1.0])
        known = hits.hit & (facing > FACING)
        normals = np.where(known[:, None], hits.normals, towards)
        curvature = np.where(known[:, None, None], self.surface.curvature(hits.points), 0.0)
        return Places(np.ones(len(pixels), bool), depth, normals, curvature)

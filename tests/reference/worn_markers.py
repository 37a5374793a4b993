"""Markers put into pictures at known poses, as a known lens would see them."""

from __future__ import annotations

import cv2
import numpy as np

from romcheck.geometry.intrinsics import Lens
from romcheck.reference.markers import CHEST, HEAD, HEAD_LEFT, HEAD_RIGHT, MODULES, Marker

FACING = np.diag([1.0, -1.0, -1.0])
"""Marker axes (X right, Y up, Z out of the paper) to camera axes for a marker that faces the camera."""
_FINE = 3
_MODULE_PX = 16
LENS = Lens.from_fov(640, 480, 60, "calibrated")


def turn(x: float = 0.0, y: float = 0.0, z: float = 0.0) -> np.ndarray:
    """(3, 3) turns about x, then z, then y, degrees: rotation is about the y axis first of all."""
    return np.linalg.multi_dot(
        [cv2.Rodrigues(np.radians(v))[0] for v in (np.array([x, 0, 0.0]), np.array([0, 0, z]), np.array([0, y, 0.0]))]
    )


class Sticker:
    """A printed marker with its white rim, put into pictures."""

    def __init__(self, marker: Marker, lens: Lens = LENS, side_m: float = 0.06, blur: float = 0.6):
        paper = np.pad(marker.bitmap(), 1, constant_values=255)
        self.paper = np.kron(paper, np.ones((_MODULE_PX, _MODULE_PX), np.uint8)).astype(np.float32)
        self.lens, self.side, self.blur = lens, side_m, blur

    def put(self, picture: np.ndarray, R: np.ndarray, t: np.ndarray, light: float = 1.0) -> np.ndarray:
        """Picture, grey or in colours, with the marker at t (m, camera axes), turned by R; not seen from behind."""
        if R[:, 2] @ t >= 0:
            return picture
        reach = 0.75 * self.side * (MODULES + 2) / MODULES
        rim = np.array([[x, y, 0.0] for x in (-reach, reach) for y in (-reach, reach)]) @ R.T + t
        pixels = self.lens.project(rim[:, :2] / rim[:, 2:])
        left, top = np.maximum(np.floor(pixels.min(0)).astype(int) - 3, 0)
        right, bottom = np.minimum(np.ceil(pixels.max(0)).astype(int) + 4, (self.lens.width, self.lens.height))
        if right <= left or bottom <= top:
            return picture
        # Sub-pixels of pixel i lie evenly between i - 1/2 and i + 1/2.
        offset = (np.arange(_FINE) + 0.5) / _FINE - 0.5
        u = (np.arange(left, right)[:, None] + offset).ravel()
        v = (np.arange(top, bottom)[:, None] + offset).ravel()
        rays = self.lens.rays(np.stack(np.meshgrid(u, v), -1))
        at = np.dstack([rays, np.ones(rays.shape[:2])]) @ np.linalg.inv(np.column_stack([R[:, :2], t])).T
        module = self.side / MODULES
        x = (at[..., 0] / at[..., 2] / module + (MODULES + 2) / 2) * _MODULE_PX - 0.5
        y = (-at[..., 1] / at[..., 2] / module + (MODULES + 2) / 2) * _MODULE_PX - 0.5
        seen = cv2.remap(self.paper, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR, borderValue=-1)
        size = (right - left, bottom - top)
        share = cv2.resize((seen >= 0).astype(np.float32), size, interpolation=cv2.INTER_AREA)
        ink = cv2.resize(
            np.where(seen >= 0, 25 + light * 0.8 * seen, 0).astype(np.float32), size, interpolation=cv2.INTER_AREA
        )
        out = picture.astype(np.float32).copy()
        part = out[top:bottom, left:right]
        if out.ndim == 3:
            share, ink = share[..., None], ink[..., None]
        part[:] = (1 - share) * part + ink
        if self.blur:
            # The lens softens the marker and what is around it alike.
            part[:] = cv2.GaussianBlur(part, (0, 0), self.blur)
        return out


def noisy(picture: np.ndarray, rng: np.random.Generator, sd: float = 2.0) -> np.ndarray:
    return np.clip(np.round(picture + rng.normal(0, sd, picture.shape)), 0, 255).astype(np.uint8)


MOUNTS = {
    HEAD: (turn(x=-24, y=5, z=4), np.array([0.004, 0.072, 0.098])),
    HEAD_LEFT: (turn(y=48) @ turn(x=-15, z=-6), np.array([0.075, 0.075, 0.06])),
    HEAD_RIGHT: (turn(y=-44) @ turn(x=-18, z=5), np.array([-0.075, 0.07, 0.06])),
}
"""How and where the head's markers sit: on a cap above the forehead, tipped back and not quite straight."""
CHEST_MOUNT, CHEST_PLACE_M = FACING @ turn(x=-12, y=-3), np.array([0.0, 0.19, 0.62])


class Wearer:
    """Puts the markers of a head and a trunk at known poses into pictures."""

    def __init__(self, *on_head: Marker, chest: bool = True, lens: Lens = LENS):
        self.on_head = {marker: Sticker(marker, lens) for marker in on_head}
        self.chest = Sticker(CHEST, lens, side_m=0.08) if chest else None

    def put(self, picture: np.ndarray, head: np.ndarray, origin: np.ndarray, trunk: np.ndarray | None = None):
        """Picture with the markers.

        ``head`` (3, 3) takes head axes to camera axes, ``origin`` is the head's place in camera axes, m; ``trunk``
        is the trunk's turn since the start, in camera axes.
        """
        out = picture.astype(float)
        for marker, sticker in self.on_head.items():
            mount, place = MOUNTS[marker]
            out = sticker.put(out, head @ mount, origin + head @ place)
        if self.chest is not None:
            trunk = np.eye(3) if trunk is None else trunk
            out = self.chest.put(out, trunk @ CHEST_MOUNT, CHEST_PLACE_M)
        return out

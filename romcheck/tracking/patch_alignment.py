"""Image patches of a rigid body, and how well they match at the pixels that a pose predicts.

Each feature keeps its reference patch from its anchor. To compare it with a new picture the patch is warped as the
pose predicts (the skin around the feature taken as locally spherical), so that a turned cheek is compared with a
turned cheek and errors do not accumulate from frame to frame. The step towards a better match is inverse-compositional
(Baker & Matthews 2004): gradient and Hessian are the reference patch's, not the picture's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from romcheck.arrays import Floats, Grey, Ints
from romcheck.tracking import kernels
from romcheck.tracking.settings import TRACKING

PATCHES = TRACKING.patches


@dataclass(frozen=True)
class PyramidLevel:
    """One pyramid level at which patches are compared: a pixel here is ``scale`` pixels of the full one."""

    scale: int
    radius: int

    @cached_property
    def offsets(self) -> NDArray[np.float32]:
        """(n, 2) pixel positions of the patch about its centre."""
        r = np.arange(-self.radius, self.radius + 1, dtype=np.float32)
        return np.stack(np.meshgrid(r, r), -1).reshape(-1, 2)


FINE = PyramidLevel(1, PATCHES.radius_px)
COARSE = PyramidLevel(2, PATCHES.radius_px)
LEVELS = (FINE, COARSE)


def levels_of(picture: Grey) -> tuple[Grey, ...]:
    """The picture at each of :data:`LEVELS`."""
    half = cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return picture, half


def normalise_contrast(grey: Grey, noise: float = PATCHES.contrast_noise) -> Grey:
    """Local contrast normalisation, against light and shade: local mean removed, local standard deviation divided out.

    ``noise`` (grey levels) keeps the camera noise of blank skin from being amplified.
    """
    out = np.empty_like(grey)
    even_contrast(grey, noise, (np.empty_like(grey), np.empty_like(grey), np.empty_like(grey)), out, 0, 0)
    return out


def even_contrast(grey: Grey, noise: float, scratch: tuple[Grey, Grey, Grey], out: Grey, left: int, top: int) -> None:
    """The same, written into a picture from a pixel on; ``scratch`` is as large as ``grey``."""
    smooth, mean, square = scratch
    window = (PATCHES.contrast_window_px, PATCHES.contrast_window_px)
    cv2.GaussianBlur(grey, (0, 0), 1.0, dst=smooth)
    cv2.blur(smooth, window, dst=mean)
    cv2.sqrBoxFilter(smooth, cv2.CV_32F, window, dst=square)
    kernels.even_out(smooth, mean, square, noise**2, out, left, top)


@dataclass(frozen=True)
class Surfels:
    """Surfels, small curved pieces of skin, as projected into a picture.

    If they were taken as flat, their rim, which lies deeper than their centre, would seem to move too little in a
    rotation, more so towards the outline of the body; this looks like a larger rotation.

    Attributes
    ----------
    jacobian : (n, 2, 2) pixels per metre along two directions on the skin
    inward : (n, 2) pixels per metre into it
    curvature : (n, 2, 2) of the skin along the two directions, 1/metre, + where convex
    """

    jacobian: Floats
    inward: Floats
    curvature: Floats

    def part(self, use: NDArray[np.int64]) -> Surfels:
        """A subset."""
        return Surfels(self.jacobian[use], self.inward[use], self.curvature[use])


class Atlas:
    """The stored patches of all features, side by side in one picture per level, so that one call samples them all."""

    def __init__(self) -> None:
        self._side = 2 * PATCHES.kept_radius_px + 1
        self._sheets = [np.zeros((0, PATCHES.sheet_columns * self._side), np.float32) for _ in LEVELS]
        self.count = 0

    def add(self, picture: tuple[Grey, ...], pixels: Floats) -> None:
        """Store the surroundings of ``pixels`` (n, 2)."""
        rows = -(-(self.count + len(pixels)) // PATCHES.sheet_columns)
        r = np.arange(-PATCHES.kept_radius_px, PATCHES.kept_radius_px + 1, dtype=np.float32)
        dx, dy = np.meshgrid(r, r)
        for k, level in enumerate(LEVELS):
            grow = rows * self._side - len(self._sheets[k])
            if grow > 0:
                used = self._sheets[k]
                # Half as much again; memory that nothing was written to costs nothing.
                larger = len(used) + grow + max(8, rows // 2) * self._side
                self._sheets[k] = np.zeros((larger, used.shape[1]), np.float32)
                self._sheets[k][: len(used)] = used
            at = _at_level(pixels, level).astype(np.float32)
            xs = (at[:, 0, None, None] + dx).reshape(-1, self._side)
            ys = (at[:, 1, None, None] + dy).reshape(-1, self._side)
            got = _sample(picture[k], xs, ys).reshape(-1, self._side, self._side)
            y, x = np.divmod(np.arange(self.count, self.count + len(got)), PATCHES.sheet_columns)
            by_patch = self._sheets[k].reshape(-1, self._side, PATCHES.sheet_columns, self._side)
            by_patch[y, :, x] = got
        self.count += len(pixels)

    def forget_after(self, count: int) -> None:
        """Forget all patches but the first ``count``."""
        self.count = count

    def middles(self, features: Ints) -> Ints:
        """(n, 2) centres of the features' patches in the sheets, the same at every level."""
        y, x = np.divmod(features, PATCHES.sheet_columns)
        return np.stack([x, y], -1) * self._side + PATCHES.kept_radius_px

    def sheet(self, level: int) -> Grey:
        """All patches of a level."""
        return self._sheets[level]


def _at_level(pixels: Floats, level: PyramidLevel) -> Floats:
    return (pixels + 0.5) / level.scale - 0.5


def _sample(picture: Grey, x: NDArray[np.float32], y: NDArray[np.float32]) -> Grey:
    return np.asarray(cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)


@dataclass(frozen=True)
class WarpedPatches:
    """Warped reference patches ready to be compared, each of mean 0 and norm 1.

    Attributes
    ----------
    rows : (n, 3, p) the patch, and its gradient across and down
    self_product : (n, 2) the gradient's product with the patch itself
    gradient_sum : (n, 2) the gradient's sum
    H : (n, 2, 2) the patch's Hessian (structure tensor): how well it is located in each direction
    level : number of its level
    """

    rows: Grey
    self_product: Floats
    gradient_sum: Floats
    H: Floats
    level: int

    def part(self, use: NDArray[np.bool_]) -> WarpedPatches:
        """A subset."""
        return WarpedPatches(self.rows[use], self.self_product[use], self.gradient_sum[use], self.H[use], self.level)


def warped_patches(atlas: Atlas, features: Ints, anchor: Surfels, new: Surfels, level: int) -> WarpedPatches:
    """Warp the reference patches of features (n,) as a pose predicts them.

    ``anchor`` and ``new`` are their surfels in the picture they come from and in the new one; the two give the warp, to
    the second order.
    """
    of_level = LEVELS[level]
    warped = kernels.warp(
        atlas.sheet(level), atlas.middles(features), PATCHES.kept_radius_px, anchor.jacobian, anchor.inward,
        new.curvature, new.jacobian, new.inward, of_level.radius, of_level.scale,
    )  # fmt: skip
    return WarpedPatches(*warped, level)


def zncc_and_gradient(patches: WarpedPatches, picture: tuple[Grey, ...], pixels: Floats) -> tuple[Floats, Floats]:
    """How the patches match the picture at ``pixels`` (n, 2) of the full resolution.

    Returns
    -------
    zncc : (n,) zero-mean normalised cross-correlation, 1 = the same
    b : (n, 2) right-hand side of the normal equations: ``inv(H) @ b`` is the step, in pixels of this level, to
        where the patch fits better
    """
    level = LEVELS[patches.level]
    return kernels.match(
        picture[patches.level], _at_level(pixels, level), patches.rows, patches.self_product, patches.gradient_sum,
        level.radius,
    )  # fmt: skip

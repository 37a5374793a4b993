"""The picture used for tracking: grey, of a pinhole camera, with the face at a standard size."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from romcheck.arrays import Floats, Grey
from romcheck.geometry.intrinsics import Lens
from romcheck.tracking.patch_alignment import PATCHES, even_contrast
from romcheck.tracking.settings import TRACKING

PICTURE = TRACKING.picture


class WorkingPicture:
    """Makes working pictures from colour pictures, for one lens and one size of face.

    Attributes
    ----------
    focal : focal length in pixels of the working picture
    centre : (2,) its principal point
    scale : its size relative to the colour picture
    """

    def __init__(self, lens: Lens, face_width_px: float) -> None:
        larger = min(PICTURE.most_enlarged, PICTURE.least_face_width_px / face_width_px)
        self.scale = max(larger, min(1.0, PICTURE.face_width_px / face_width_px))
        self._between = cv2.INTER_CUBIC if self.scale > 1 else cv2.INTER_LINEAR
        self.focal = (lens.fx + lens.fy) / 2 * self.scale
        corners = lens.rays(_border(lens)) * self.focal
        size = np.array([lens.width, lens.height]) * self.scale
        low = np.maximum(corners.min(0), -PICTURE.margin * size / 2)
        high = np.minimum(corners.max(0), PICTURE.margin * size / 2)
        self.width, self.height = (int(n) for n in np.ceil(high - low))
        self.centre = -low
        self._map: tuple[NDArray[np.int16], NDArray[np.uint16]] | None = None
        plain = not any(lens.distortion) and abs(lens.fx - lens.fy) < 1e-6 * lens.fx
        if plain:
            self.width, self.height = (int(n) for n in np.round(size))
            # Pixel centres lie half a pixel inwards, at either size.
            self.centre = (np.array([lens.cx, lens.cy]) + 0.5) * self.scale - 0.5
        else:
            u, v = np.meshgrid(np.arange(self.width), np.arange(self.height))
            rays = (np.stack([u, v], -1) - self.centre) / self.focal
            at = lens.project(rays).astype(np.float32)
            self._map = cv2.convertMaps(at[..., 0], at[..., 1], cv2.CV_16SC2)
        self._lens = lens
        # Kept from picture to picture: fresh memory costs more than what is done with it.
        self._whole = np.zeros((self.height, self.width), np.float32)
        self._half = np.zeros((max(1, self.height // 2), max(1, self.width // 2)), np.float32)
        self._scratch = np.empty((4, self.height * self.width), np.float32)
        self._shown = slice(0, 0), slice(0, 0)

    def __call__(self, rgb: NDArray[np.uint8], around: tuple[Floats, float] | None = None) -> tuple[Grey, ...]:
        """The working picture at each level of the tracker, contrast normalised; valid until the next call.

        Parameters
        ----------
        rgb : (height, width, 3)
        around : pixel (2,) of the working picture and reach about it: the rest is left blank, to save time
        """
        if around is None:
            left, top, right, bottom = 0, 0, self.width, self.height
        else:
            (u, v), reach = around
            left, top = max(0, int(u - reach)) & ~1, max(0, int(v - reach)) & ~1  # where the half has a pixel too
            right, bottom = min(self.width, int(u + reach) + 1), min(self.height, int(v + reach) + 1)
        self._whole[self._shown] = 0
        self._half[tuple(slice(s.start // 2, s.stop // 2) for s in self._shown)] = 0
        self._shown = slice(top, max(top, bottom)), slice(left, max(left, right))
        width, height = right - left, bottom - top
        if width > 2 and height > 2:
            a, b, c, d = (line[: height * width].reshape(height, width) for line in self._scratch)
            a[:] = self._grey(rgb, left, top, right, bottom)
            even_contrast(a, PATCHES.contrast_noise, (b, c, d), self._whole, left, top)
            part = self._whole[top : top + height // 2 * 2, left : left + width // 2 * 2]
            to = self._half[top // 2 : (top + height) // 2, left // 2 : (left + width) // 2]
            cv2.resize(part, to.shape[::-1], dst=to, interpolation=cv2.INTER_AREA)
        return self._whole, self._half

    def _grey(self, rgb: NDArray[np.uint8], left: int, top: int, right: int, bottom: int) -> NDArray[np.uint8]:
        """A box of the grey working picture."""
        if self._map is not None:
            grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
            if self.scale < PICTURE.smooth_below:
                grey = cv2.GaussianBlur(grey, (0, 0), PICTURE.smoothing / self.scale)
            box = slice(top, bottom), slice(left, right)
            return np.asarray(cv2.remap(grey, self._map[0][box], self._map[1][box], self._between), np.uint8)
        if self.scale != 1:
            grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
            between = cv2.INTER_AREA if self.scale < 1 else self._between
            grey = cv2.resize(grey, (self.width, self.height), interpolation=between)
            return np.asarray(grey[top:bottom, left:right], np.uint8)
        return np.asarray(cv2.cvtColor(rgb[top:bottom, left:right], cv2.COLOR_RGB2GRAY), np.uint8)

    def same_view(self, mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A mask of the colour picture, as it lies over the working picture."""
        if self._map is not None:
            return np.asarray(cv2.remap(mask, *self._map, cv2.INTER_NEAREST), np.uint8)
        return np.asarray(cv2.resize(mask, (self.width, self.height), interpolation=cv2.INTER_NEAREST), np.uint8)

    def pixels(self, landmarks: Floats) -> Floats:
        """Colour-picture pixels (n, 2) as pixels of the working picture."""
        return self._lens.rays(landmarks) * self.focal + self.centre


def _border(lens: Lens) -> Floats:
    x, y = np.linspace(0, lens.width, 9), np.linspace(0, lens.height, 9)
    edge = [(a, b) for a in x for b in (0, lens.height)] + [(a, b) for a in (0, lens.width) for b in y]
    return np.array(edge, float)

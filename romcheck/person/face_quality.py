"""How well each picture shows the face: brightness, sharpness, width and distance."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from romcheck.arrays import Floats, Rgb
from romcheck.geometry.pose import Pose
from romcheck.person.settings import PERSON
from romcheck.person.subject import width_of


class FaceQuality:
    """Image quality of the face, picture by picture; NaN where there was none.

    Attributes
    ----------
    brightness, sharpness, face_width_px, distance_m : as in ``PictureQuality``
    """

    def __init__(self) -> None:
        self.brightness: list[float] = []
        self.sharpness: list[float] = []
        self.face_width_px: list[float] = []
        self.distance_m: list[float] = []

    def take(self, rgb: Rgb, face: Floats | None, mesh: Pose | None) -> None:
        """Record one picture (height, width, 3), the landmarks (478, 3) in it, and the pose they give."""
        nan = float("nan")
        brightness = sharp = width = distance = nan
        if face is not None:
            low = np.clip(face[:468, :2].min(0), 0, None).astype(int)
            high = face[:468, :2].max(0).astype(int) + 1
            cut = rgb[low[1] : high[1] : 2, low[0] : high[0] : 2, 1]
            width = width_of(face)
            if cut.size > 64:
                brightness = float(np.median(cut))
                sharp = sharpness(cut)
        if mesh is not None:
            distance = float(np.linalg.norm(mesh.t))
        self.brightness.append(brightness)
        self.sharpness.append(sharp)
        self.face_width_px.append(width)
        self.distance_m.append(distance)

    def repeat(self) -> None:
        """Record a repeated picture."""
        for kept in (self.brightness, self.sharpness, self.face_width_px, self.distance_m):
            kept.append(kept[-1])


def sharpness(grey: NDArray[np.uint8]) -> float:
    """Fine detail over all detail: standard deviation after and before low spatial frequencies are removed."""
    g = grey.astype(np.float32)
    detail = g - cv2.GaussianBlur(g, (0, 0), PERSON.head.detail_px)
    return _spread(detail) / (_spread(g) + 1.0)


def _spread(grey: NDArray[np.float32]) -> float:
    return float(cv2.meanStdDev(grey)[1][0, 0])

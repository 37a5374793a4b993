"""Camera intrinsics, here called the lens: from pixels to viewing rays and back."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from romcheck.arrays import Floats
from romcheck.results import LensKnowledge

# Webcams and laptop cameras sold today mostly lie between 55 and 80 degrees across; the middle is assumed, and
# the spread below widens every uncertainty until a calibration or a stated field of view replaces it. What a turning
# head tells of the focal length is too little to narrow it.
ASSUMED_FOV_DEG = 65.0
FOCAL_SD = {"calibrated": 0.004, "stated": 0.03, "assumed": 0.12}
"""Relative standard uncertainty of the focal length, by how the lens is known."""

SHAPES = (1.0, 5 / 4, 4 / 3, 3 / 2, 8 / 5, 5 / 3, 16 / 9, 17 / 9)
"""Longer over shorter side of pictures as cameras take them; phones and wide screens have longer ones."""
LONG_SHAPE, SHAPE_TOLERANCE = 1.95, 0.023
"""Encoders round a side to a multiple of 16: 640 x 360 becomes 640 x 368."""


@dataclass(frozen=True)
class Lens:
    """Camera intrinsics: a pinhole camera with the usual five-term distortion, in pixels of an upright picture.

    ``distortion`` is (k1, k2, p1, p2, k3) as in OpenCV. ``focal_sd`` is the relative standard uncertainty of
    the focal length. ``tiled`` says that the picture shows several, each through a lens of its own.
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    distortion: tuple[float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0)
    known: LensKnowledge = "assumed"
    focal_sd: float = FOCAL_SD["assumed"]
    tiled: bool = False

    @classmethod
    def from_fov(cls, width: int, height: int, fov_deg: float, known: LensKnowledge = "stated") -> Lens:
        """Lens of a stated field of view across the longer side of the picture, in degrees.

        The longer side, so that a phone has the same lens held upright or sideways.

        >>> lens = Lens.from_fov(1280, 720, 60.0)
        >>> round(lens.fx, 1), lens.cx, lens.known
        (1108.5, 640.0, 'stated')
        """
        f = max(width, height) / 2 / np.tan(np.radians(fov_deg) / 2)
        return cls(width, height, f, f, width / 2, height / 2, known=known, focal_sd=FOCAL_SD[known])

    @classmethod
    def assumed(cls, width: int, height: int) -> Lens:
        """Lens for a video without any information about its camera."""
        return cls.from_fov(width, height, ASSUMED_FOV_DEG, "assumed")

    @property
    def maybe_off_middle(self) -> bool:
        """Whether the picture is one of several in a frame, or has a shape that cameras do not take: its middle, taken
        for the lens's, may not be that.

        >>> Lens.assumed(1280, 720).maybe_off_middle, Lens.assumed(400, 480).maybe_off_middle
        (False, True)
        """
        shape = max(self.width, self.height) / min(self.width, self.height)
        return self.tiled or (
            self.known != "calibrated"
            and shape < LONG_SHAPE
            and min(abs(shape / usual - 1) for usual in SHAPES) > SHAPE_TOLERANCE
        )

    @property
    def K(self) -> Floats:
        """(3, 3) camera matrix."""
        return np.array([[self.fx, 0, self.cx], [0, self.fy, self.cy], [0, 0, 1.0]])

    def scaled(self, factor: float) -> Lens:
        """Same lens for a picture ``factor`` times as large."""
        return replace(
            self,
            width=round(self.width * factor),
            height=round(self.height * factor),
            fx=self.fx * factor,
            fy=self.fy * factor,
            cx=self.cx * factor,
            cy=self.cy * factor,
        )

    def quarter_turned(self, quarters: int) -> Lens:
        """Lens of the picture after ``quarters`` anticlockwise quarter turns (as ``numpy.rot90`` turns it)."""
        lens = self
        for _ in range(quarters % 4):
            k1, k2, p1, p2, k3 = lens.distortion
            # A point (u, v) goes to (v, width - u): the tangential terms turn with the axes.
            lens = replace(
                lens,
                width=lens.height,
                height=lens.width,
                fx=lens.fy,
                fy=lens.fx,
                cx=lens.cy,
                cy=lens.width - lens.cx,
                distortion=(k1, k2, -p2, p1, k3),
            )
        return lens

    @property
    def mirrored(self) -> Lens:
        """Lens of the picture with left and right swapped."""
        k1, k2, p1, p2, k3 = self.distortion
        return replace(self, cx=self.width - self.cx, distortion=(k1, k2, p1, -p2, k3))

    def rays(self, pixels: Floats) -> Floats:
        """Viewing directions of pixels.

        Parameters
        ----------
        pixels : (..., 2)

        Returns
        -------
        (..., 2) x/z and y/z in camera axes, distortion removed. NaN stays NaN.

        Examples
        --------
        >>> lens = Lens.from_fov(1280, 720, 60.0)
        >>> ray = lens.rays(np.array([1280.0, 360.0]))  # the right edge, 30° from the middle
        >>> float(np.degrees(np.arctan(ray[0])).round(6))
        30.0
        >>> lens.project(ray).round(6).tolist()
        [1280.0, 360.0]
        """
        shape = np.shape(pixels)
        flat = np.ascontiguousarray(pixels, np.float64).reshape(-1, 1, 2)
        if len(flat) == 0:
            return np.zeros(shape)
        if not any(self.distortion):
            out = (flat[:, 0] - (self.cx, self.cy)) / (self.fx, self.fy)
        else:
            criteria = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 50, 1e-9)
            out = cv2.undistortPointsIter(flat, self.K, np.array(self.distortion), None, None, criteria)[:, 0]
        return np.asarray(out, np.float64).reshape(shape)

    def project(self, rays: Floats) -> Floats:
        """Pixels of viewing directions, (..., 2) to (..., 2): the inverse of :meth:`rays`."""
        x, y = np.asarray(rays)[..., 0], np.asarray(rays)[..., 1]
        k1, k2, p1, p2, k3 = self.distortion
        r2 = x * x + y * y
        radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
        xd = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
        yd = y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
        return np.stack([xd * self.fx + self.cx, yd * self.fy + self.cy], -1)

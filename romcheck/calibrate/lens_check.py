"""Checking whether an older camera file still fits the camera."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from romcheck.calibrate.lens_fit import MAX_REPROJECTION
from romcheck.calibrate.views import View
from romcheck.errors import CameraError
from romcheck.geometry.intrinsics import Lens

MAX_FOCAL_CHANGE = 0.015
"""Relative change of the focal length that is accepted: the effect of autofocus, under a degree at the head."""
MAX_CHECK_SD = 0.0075
"""The focal length must be known to half of that for a verdict."""


@dataclass(frozen=True)
class LensCheck:
    """An older lens against new views.

    Attributes
    ----------
    views : number of views
    reprojection_px : root mean square distance of corner and projected point, the poses alone being fitted
    limit_px : its limit
    focal_ratio, focal_ratio_sd : focal length now over focal length in the file, and its standard deviation
    """

    views: int
    reprojection_px: float
    limit_px: float
    focal_ratio: float
    focal_ratio_sd: float

    @property
    def verdict(self) -> Literal["fits", "does not fit", "cannot tell"]:
        """The verdict; "cannot tell" if the board was too frontal to show the focal length."""
        change = abs(self.focal_ratio - 1)
        if self.reprojection_px > self.limit_px or change - 2 * self.focal_ratio_sd > MAX_FOCAL_CHANGE:
            return "does not fit"
        if self.focal_ratio_sd > MAX_CHECK_SD:
            return "cannot tell"
        return "fits" if change <= MAX_FOCAL_CHANGE else "does not fit"

    def sentence(self) -> str:
        """Return the verdict for a person."""
        corners = f"Corners lie {self.reprojection_px:.2f} px off (up to {self.limit_px:.2f} is good)"
        if self.verdict == "cannot tell":
            return (
                f"The camera file may fit. {corners}, but the board is too square to the camera, or too small, to show "
                "whether the focal length has changed. Add a picture with the board near and tilted by 30 to 45°."
            )
        sure_to = 2 * self.focal_ratio_sd
        found = f"{corners}; the focal length is now {self.focal_ratio:.3f} ± {sure_to:.3f} times the file's."
        if self.verdict == "fits":
            return f"The camera file still fits. {found}"
        return f"The camera file no longer fits. {found} Calibrate again, with zoom and cropping off."


def check_lens(lens: Lens, views: Sequence[View]) -> LensCheck:
    """Compare a lens with views of the board.

    Parameters
    ----------
    lens : for the views' picture size
    views : one or more

    Raises
    ------
    CameraError
        if a view's pose cannot be found.
    """
    # Undistorted corners belong to a camera of unit focal length; scaled, because the solver's steps are made
    # for pixels.
    unit = (lens.fx + lens.fy) / 2
    size = (max(lens.width, lens.height) * 4,) * 2
    centre = size[0] / 2
    K = np.array([[unit, 0, centre], [0, unit, centre], [0, 0, 1.0]])
    points = [v.points.astype(np.float32) for v in views]
    corners = [(lens.rays(v.corners) * unit + centre).astype(np.float32) for v in views]
    straight = np.zeros(5)
    squares, count = 0.0, 0
    for view, points_of, corners_of in zip(views, points, corners, strict=True):
        found, turn, shift = cv2.solvePnP(points_of, corners_of, K, straight, flags=cv2.SOLVEPNP_IPPE)
        if not found:
            raise CameraError("board_impossible", name=view.name)
        turn, shift = cv2.solvePnPRefineLM(points_of, corners_of, K, straight, turn, shift)
        inside = cv2.Rodrigues(turn)[0] @ view.points.T + shift
        squares += float(np.sum((lens.project((inside[:2] / inside[2]).T) - view.corners) ** 2))
        count += len(view.corners)
    fixed = (
        cv2.CALIB_USE_INTRINSIC_GUESS
        | cv2.CALIB_FIX_ASPECT_RATIO
        | cv2.CALIB_FIX_PRINCIPAL_POINT
        | cv2.CALIB_ZERO_TANGENT_DIST
        | cv2.CALIB_FIX_K1
        | cv2.CALIB_FIX_K2
        | cv2.CALIB_FIX_K3
    )
    fit = cv2.calibrateCameraExtended(points, corners, size, K.copy(), straight.copy(), flags=fixed)
    sd = float(np.max(np.ravel(fit[5])[:2]))
    return LensCheck(
        views=len(views),
        reprojection_px=float(np.sqrt(squares / count)),
        limit_px=MAX_REPROJECTION * max(lens.width, lens.height),
        focal_ratio=float(np.asarray(fit[1])[0, 0]) / unit,
        focal_ratio_sd=sd / unit,
    )

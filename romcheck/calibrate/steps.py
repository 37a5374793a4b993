"""From the recorded views to a lens, or a check of an older one, and the messages for the user."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from romcheck.calibrate.footage import Footage
from romcheck.calibrate.lens_check import LensCheck, check_lens
from romcheck.calibrate.lens_fit import MIN_VIEWS, Calibration, fit_lens, refusals, too_few
from romcheck.calibrate.scene import Contradiction, SceneCalibration
from romcheck.calibrate.views import choose_views, coverage, usable_views
from romcheck.errors import CameraError
from romcheck.geometry.camera_file import lens_at, read_camera
from romcheck.geometry.intrinsics import FOCAL_SD, Lens
from romcheck.i18n.message import message


def calibrated(footage: Footage) -> Calibration:
    """Lens from the recorded views.

    Raises
    ------
    CameraError
        listing everything that is not good enough.
    """
    usable = usable_views(footage.views)
    if not usable:
        raise CameraError("board_blurred", count=len(footage.views), looked_at=footage.looked_at)
    chosen = choose_views(usable)
    if len(chosen) < MIN_VIEWS:
        blurred, alike = len(footage.views) - len(usable), len(usable) - len(chosen)
        others = [message(f"board.{what}", count=n) for n, what in ((blurred, "blurred"), (alike, "alike")) if n]
        left_out = [message("board.left_out", views=len(footage.views), others=others)] if others else []
        raise CameraError("views_few", reasons=too_few(len(chosen), coverage(chosen), left_out))
    calibration = fit_lens(chosen)
    reasons = refusals(calibration)
    if reasons:
        raise CameraError("calibration_poor", reasons=reasons)
    return calibration


def checked(camera: Path, footage: Footage) -> LensCheck:
    """Compare a camera file with the recorded views.

    Raises
    ------
    CameraError
        if the file is not for pictures of this shape, or no view of the board is sharp.
    """
    calibrated_for = read_camera(camera)
    try:
        lens = lens_at(calibrated_for, footage.width, footage.height)
    except CameraError as error:
        raise CameraError(
            "camera_shape_pictures",
            width=calibrated_for.width,
            height=calibrated_for.height,
            width2=footage.width,
            height2=footage.height,
        ) from error
    usable = usable_views(footage.views)
    if not usable:
        raise CameraError("board_never_sharp")
    return check_lens(lens, choose_views(usable))


def _fov_deg(lens: Lens) -> float:
    """Field of view across the longer side, distortion included."""
    middle = (lens.width / 2, lens.height / 2)
    axis = 0 if lens.width >= lens.height else 1
    ends = np.array([middle, middle], float)
    ends[:, axis] = 0, (lens.width, lens.height)[axis]
    first, last = np.degrees(np.arctan(lens.rays(ends)[:, axis]))
    return float(last - first)


def report(calibration: Calibration, footage: Footage) -> str:
    """Report the values found, and how to improve them."""
    lens = calibration.lens
    lines = [
        f"Board found in {len(footage.views)} of {footage.looked_at} pictures; {len(calibration.views)} views used"
        + (f", {len(calibration.dropped)} that disagreed left out." if calibration.dropped else "."),
        f"Field of view {_fov_deg(lens):.1f}° across; corners lie {calibration.reprojection_px:.2f} px off "
        "(root mean square).",
        *_values(lens, calibration.sd),
    ]
    if calibration.bend_mm > 0.5:
        lines.append(f"The sheet is bent by {calibration.bend_mm:.1f} mm, which was allowed for; flatter is better.")
    lines.append(_known(lens, calibration.fit_focal_sd, "the views"))
    missing = calibration.coverage.missing()
    if missing:
        lines += ["Good enough. More views would improve it further:"] + [f"  {text}" for text in missing]
    return "\n".join(lines)


def _values(lens: Lens, sd: dict[str, float]) -> list[str]:
    lines = [
        "Value ± standard deviation:",
        f"  focal length  {lens.fx:.2f} ± {sd['fx']:.2f}, {lens.fy:.2f} ± {sd['fy']:.2f} px",
        f"  centre        {lens.cx:.2f} ± {sd['cx']:.2f}, {lens.cy:.2f} ± {sd['cy']:.2f} px",
    ]
    for name, value in zip(("k1", "k2", "p1", "p2", "k3"), lens.distortion, strict=True):
        if sd[name]:
            lines.append(f"  {name}            {value:+.5f} ± {sd[name]:.5f}")
    return lines


def _known(lens: Lens, fit_focal_sd: float, source: str) -> str:
    return (
        f"Focal length taken as known to {100 * lens.focal_sd:.1f} %: {100 * fit_focal_sd:.1f} % from {source} "
        f"and {100 * FOCAL_SD['calibrated']:.1f} % for what focusing may change."
    )


def scene_report(found: SceneCalibration) -> str:
    """Report the values found from a room."""
    lines = [
        f"The camera was turned by {found.sideways_deg:.0f}° sideways and {found.up_deg:.0f}° up and down, and carried "
        f"by {100 * found.carried:.1f} % of the room's distance, which was allowed for.",
        f"{found.features} features found again in {found.views} views; they scatter by {found.scatter_px:.2f} px.",
        f"Field of view {_fov_deg(found.lens):.1f}° across.",
        *_values(found.lens, found.sd),
        _known(found.lens, found.fit_focal_sd, "the room"),
    ]
    return "\n".join(lines)


def scene_comparison(contradiction: Contradiction) -> str:
    """Return the verdict on a camera file for a person."""
    found = f"things appear {contradiction.ratio:.3f} ± {2 * contradiction.sd:.3f} times as large through it"
    if contradiction.contradicts:
        return f"The camera file contradicts the room: {found}. Calibrate again, with zoom and cropping off."
    return f"The camera file fits the room: {found}."

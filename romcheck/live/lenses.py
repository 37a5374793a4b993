"""The lens of each camera on this computer: its calibration, or the stated field of view."""

from __future__ import annotations

import math
import re
from contextlib import suppress
from pathlib import Path

from romcheck.errors import CameraError
from romcheck.exchange.atomic import writable_folder, written_whole
from romcheck.geometry.camera_file import lens_at, read_camera
from romcheck.geometry.intrinsics import Lens
from romcheck.options import NARROWEST_FOV_DEG, WIDEST_FOV_DEG
from romcheck.places import cameras_folder
from romcheck.results import Camera, LensKnowledge

CALIBRATION, FOV = ".json", ".fov"
"""Endings of what is known of a camera: its camera file, or its stated field of view, a number."""


def camera_file_of(camera: str) -> Path:
    """Path of the camera file for a camera, by its name in the browser; it need not exist."""
    # Browsers append the device's number in brackets, which says nothing about its lens.
    plain = re.sub(r"\s*\([0-9a-f]{4}:[0-9a-f]{4}\)\s*$", "", camera, flags=re.IGNORECASE)
    return cameras_folder() / f"{re.sub(r'[^a-z0-9]+', '-', plain.casefold()).strip('-') or 'camera'}{CALIBRATION}"


def lens_of(camera: str, width: int, height: int) -> Lens:
    """Lens of a camera for pictures of this size: calibrated, else stated, else assumed.

    A calibration that cannot be used for pictures of this size counts as none.
    """
    path = camera_file_of(camera)
    if path.is_file():
        with suppress(CameraError):
            return lens_at(read_camera(path), width, height)
    fov_deg = stated_fov(camera)
    return Lens.assumed(width, height) if fov_deg is None else Lens.from_fov(width, height, fov_deg)


def fov_deg_of(lens: Lens | Camera) -> float:
    """Field of view across the longer side of the picture, degrees."""
    longer, focal = (lens.width, lens.fx) if lens.width >= lens.height else (lens.height, lens.fy)
    return math.degrees(2 * math.atan(longer / 2 / focal))


def stated_fov(camera: str) -> float | None:
    """Field of view stated for a camera, across the longer side, degrees; None where none was."""
    with suppress(OSError, ValueError):
        fov_deg = float(_fov_file_of(camera).read_text("utf-8"))
        if NARROWEST_FOV_DEG <= fov_deg <= WIDEST_FOV_DEG:
            return fov_deg
    return None


def state_fov(camera: str, fov_deg: float) -> None:
    """Remember the field of view of a camera across the longer side of its picture, degrees.

    Raises
    ------
    CameraError
        If it is out of the range that ``romcheck measure --fov`` takes.
    OutputError
        If it cannot be written.
    """
    if not NARROWEST_FOV_DEG <= fov_deg <= WIDEST_FOV_DEG:  # NaN is out of it too
        raise CameraError(
            "fov_range", fov_deg=fov_deg, narrowest_fov_deg=NARROWEST_FOV_DEG, widest_fov_deg=WIDEST_FOV_DEG
        )
    writable_folder(cameras_folder())
    with written_whole(_fov_file_of(camera)) as path:
        path.write_text(f"{fov_deg:g}\n", "utf-8")


def add_calibration(camera: str, content: bytes, width: int, height: int) -> None:
    """Remember a camera file as this camera's calibration.

    Raises
    ------
    CameraError
        If it is no camera file, or not for pictures of this shape; what was known before stays.
    OutputError
        If it cannot be written.
    """
    writable_folder(cameras_folder())
    with written_whole(camera_file_of(camera)) as path:
        path.write_bytes(content)
        lens_at(read_camera(path), width, height)


def forget_lens(camera: str, known: LensKnowledge) -> None:
    """Forget the calibration of a camera, or the field of view stated for it."""
    (camera_file_of(camera) if known == "calibrated" else _fov_file_of(camera)).unlink(missing_ok=True)


def _fov_file_of(camera: str) -> Path:
    return camera_file_of(camera).with_suffix(FOV)

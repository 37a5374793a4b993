"""Which lens a camera of this computer has: its calibration where there is one."""

from __future__ import annotations

import re
from pathlib import Path

from romcheck.errors import CameraError
from romcheck.face.camera_file import lens_at, read_camera
from romcheck.face.lens import Lens
from romcheck.places import cameras_folder


def camera_file_of(camera: str) -> Path:
    """Camera file of a camera by the name its browser gives it; it need not exist."""
    # Browsers append the device's number in brackets, which says nothing about its lens.
    plain = re.sub(r"\s*\([0-9a-f]{4}:[0-9a-f]{4}\)\s*$", "", camera, flags=re.IGNORECASE)
    return cameras_folder() / f"{re.sub(r'[^a-z0-9]+', '-', plain.casefold()).strip('-') or 'camera'}.json"


def lens_of(camera: str, width: int, height: int) -> Lens:
    """Lens of a camera for pictures of this size: calibrated, or assumed where no calibration fits."""
    path = camera_file_of(camera)
    if path.is_file():
        try:
            return lens_at(read_camera(path), width, height)
        except CameraError:
            pass
    return Lens.assumed(width, height)

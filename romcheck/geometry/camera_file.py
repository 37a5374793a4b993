"""The camera file: a lens in pixels at one picture size, as JSON."""

from __future__ import annotations

import codecs
import math
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from romcheck.errors import CameraError, system_says
from romcheck.geometry.intrinsics import FOCAL_SD, Lens
from romcheck.i18n.message import message

NARROWEST_FOV_DEG, WIDEST_FOV_DEG = 5.0, 170.0
"""Fields of view across the longer side. Outside this range the focal length was not given in pixels, or not for this
picture size."""
MOST_STRETCHED = 1.5
"""Larger over smaller of the focal lengths: 1.33 where 4:3 is squashed into 16:9; beyond it, one of them is a slip."""

Positive = Annotated[float, Field(gt=0)]
Pixels = Annotated[float, Field(gt=0, multiple_of=1)]


class CameraFile(BaseModel):
    """Content of a camera file; other keys are ignored."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False, extra="ignore")

    width: Pixels
    height: Pixels
    fx: Positive
    fy: Positive
    cx: float
    cy: float
    distortion: Annotated[list[float], Field(min_length=5, max_length=5)] = [0.0] * 5
    focal_sd_relative: Annotated[float, Field(ge=0, lt=1)] = FOCAL_SD["calibrated"]

    @model_validator(mode="after")
    def in_pixels(self) -> CameraFile:
        """Refuse a lens that no camera of this picture size has."""
        for name, focal in (("fx", self.fx), ("fy", self.fy)):
            fov = 2 * math.degrees(math.atan(max(self.width, self.height) / 2 / focal))
            if not NARROWEST_FOV_DEG <= fov <= WIDEST_FOV_DEG:
                raise ValueError(
                    f"{name} = {focal:g} would be a field of view of {fov:.0f}°; it must be in pixels, "
                    f"for a picture of {self.width:g}×{self.height:g}"
                )
        if max(self.fx, self.fy) > MOST_STRETCHED * min(self.fx, self.fy):
            raise ValueError(
                f"fx = {self.fx:g} and fy = {self.fy:g} differ by more than any camera stretches its picture"
            )
        if not (0 <= self.cx <= self.width and 0 <= self.cy <= self.height):
            raise ValueError("the centre (cx, cy) must lie inside the picture, in pixels")
        return self


def read_camera(path: str | Path) -> Lens:
    """The calibrated lens of a camera file, for pictures of the size it states.

    Files of other programs may lack ``focal_sd_relative``, the relative standard deviation of the focal length; that
    of a careful calibration is then assumed. Without ``distortion``, none is assumed.

    Raises
    ------
    CameraError
        When the file cannot be read, is not JSON, lacks a value or contains an impossible one (text, NaN).
    """
    path = Path(path)
    try:
        camera = CameraFile.model_validate_json(path.read_bytes().removeprefix(codecs.BOM_UTF8))
    except OSError as error:
        raise CameraError("camera_unreadable", path=path, why=system_says(error)) from error
    except ValidationError as error:
        raise CameraError("camera_unfit", path=path, problems="; ".join(_problems(error))) from error
    k1, k2, p1, p2, k3 = camera.distortion
    return Lens(
        int(camera.width),
        int(camera.height),
        camera.fx,
        camera.fy,
        camera.cx,
        camera.cy,
        (k1, k2, p1, p2, k3),
        "calibrated",
        camera.focal_sd_relative,
    )


def lens_at(lens: Lens, width: int, height: int) -> Lens:
    """Lens of the same camera for upright pictures of another size and the same aspect ratio.

    Raises
    ------
    CameraError
        For another aspect ratio (more than a pixel's rounding): the camera then crops differently, and in a picture
        held upright the axes are swapped.
    """
    across, down = width / lens.width, height / lens.height
    # Sizes of one camera mode differ by rounding (854×480 stands for 16:9): up to a pixel of the coarser picture.
    if abs(lens.height * across - height) > max(1.0, across):
        turned = (lens.width > lens.height) != (width > height)
        hint = message("said.camera_turned" if turned else "said.camera_mode")
        raise CameraError("camera_shape", width=lens.width, height=lens.height, width2=width, height2=height, hint=hint)
    return replace(
        lens,
        width=width,
        height=height,
        fx=lens.fx * across,
        fy=lens.fy * down,
        cx=lens.cx * across,
        cy=lens.cy * down,
    )


def _problems(error: ValidationError) -> list[str]:
    found = []
    for problem in error.errors():
        where = ".".join(str(part) for part in problem["loc"])
        said = problem["msg"].removeprefix("Value error, ")
        found.append(f"{where}: {said[0].lower()}{said[1:]}" if where else said)
    return found

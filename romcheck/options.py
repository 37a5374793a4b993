"""Command-line options that several commands share."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Literal

import typer

from romcheck.results import Test

NARROWEST_FOV_DEG, WIDEST_FOV_DEG = 10.0, 170.0
"""What a stated field of view may be."""

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")


def here(paths: Path | list[Path] | None) -> Path | list[Path] | None:
    """Refuse an address where files of this computer are read, without repeating it: it may contain a password.

    Raises
    ------
    typer.BadParameter
        Which ends the command with status 2.
    """
    for path in paths if isinstance(paths, list) else [paths]:
        if path is not None and _ADDRESS.match(path.as_posix()) and not os.path.exists(path):
            raise typer.BadParameter(
                "an address was given, and files of this computer are read. Fetch it first, or give videos behind "
                "addresses to 'romcheck batch'. Nothing was done."
            )
    return paths


TestOption = Annotated[
    Test | None,
    typer.Option("--test", help="The test; by default it is recognised from the movement."),
]
CameraOption = Annotated[
    Path | None,
    typer.Option(
        "--camera", metavar="CAMERA.json", help="The calibrated lens of the camera.", readable=False, callback=here
    ),
]
FovOption = Annotated[
    float | None,
    typer.Option(
        "--fov",
        min=NARROWEST_FOV_DEG,
        max=WIDEST_FOV_DEG,
        metavar="DEGREES",
        help="Field of view across the longer side, if known.",
    ),
]
Upright = Literal["0", "90", "180", "270"]
"""How far a picture is to be turned clockwise to set the person upright, degrees."""
UprightOption = Annotated[
    Upright | None,
    typer.Option(
        "--upright",
        help="Degrees clockwise that turn the person upright in the picture as played; by default it is detected.",
    ),
]
MirroredOption = Annotated[
    bool,
    typer.Option(
        "--mirrored",
        help="The video is a mirror image, as when many phones record a selfie: left and right are swapped.",
    ),
]
ProfileOption = Annotated[
    Path | None,
    typer.Option(
        "--profile",
        metavar="FILE",
        help="A person's correction, from 'romcheck reference'.",
        readable=False,
        callback=here,
    ),
]
MemoryOption = Annotated[int, typer.Option("--memory-limit", min=256, metavar="MB", help="Memory limit per video.")]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show where an unexpected error came from.")]

"""Command-line options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from romcheck.results import Test

TestOption = Annotated[
    Test | None,
    typer.Option("--test", help="The test that was done; without it, it is recognised from the movement."),
]
CameraOption = Annotated[
    Path | None,
    typer.Option("--camera", metavar="CAMERA.json", help="The calibrated lens of the camera.", readable=False),
]
FovOption = Annotated[
    float | None,
    typer.Option("--fov", min=10, max=170, metavar="DEGREES", help="Field of view across the longer side, if known."),
]

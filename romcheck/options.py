"""Command-line options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from romcheck.results import Test

NARROWEST_FOV_DEG, WIDEST_FOV_DEG = 10.0, 170.0
"""What a stated field of view may be."""

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
    typer.Option(
        "--fov",
        min=NARROWEST_FOV_DEG,
        max=WIDEST_FOV_DEG,
        metavar="DEGREES",
        help="Field of view across the longer side, if known.",
    ),
]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show where an unexpected error came from.")]

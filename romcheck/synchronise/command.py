"""``romcheck synchronise``: a worn sensor or motion capture and a video, on one clock."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer
from rich.console import Console

from romcheck.errors import RomcheckError, explain_import_error
from romcheck.names import shown, stem_for_results
from romcheck.options import (
    CameraOption,
    FovOption,
    MemoryOption,
    MirroredOption,
    ProfileOption,
    TestOption,
    UprightOption,
    here,
)
from romcheck.processes import MOST_MEMORY_MB
from romcheck.progress import Progress, bar
from romcheck.results import Test

if TYPE_CHECKING:
    from romcheck.synchronise.series import Series

# What the command needs is imported where it is used, so that "romcheck --help" answers at once.

AXIS_NAMES = ("rotation", "flexion", "lateral_flexion")


def synchronise(
    video: Annotated[
        Path,
        typer.Argument(
            metavar="VIDEO",
            help="A video, or the STEM.frames.csv (.parquet) of a video measured before.",
            callback=here,
        ),
    ],
    sensor: Annotated[
        Path, typer.Argument(metavar="SENSOR.csv", help="Angles over time, degrees (CSV or Parquet).", callback=here)
    ],
    time: Annotated[Optional[str], typer.Option(metavar="COLUMN", help="Sensor column with the time.")] = None,  # noqa: UP045
    rotation: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(metavar="COLUMN", help="Sensor column with rotation, + to the subject's left."),
    ] = None,
    flexion: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(metavar="COLUMN", help="Sensor column with flexion, + chin down."),
    ] = None,
    lateral_flexion: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(metavar="COLUMN", help="Sensor column with lateral flexion, + to the subject's right."),
    ] = None,
    flip: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(metavar="AXIS", help="Axis whose sign the sensor counts the other way; may be repeated."),
    ] = None,
    rate: Annotated[
        Optional[float],  # noqa: UP045
        typer.Option(
            min=1, max=100_000, metavar="HZ", help="Sensor's sampling rate (samples per second), if it gives no time."
        ),
    ] = None,
    max_lag: Annotated[
        Optional[float],  # noqa: UP045
        typer.Option(min=0, metavar="SECONDS", help="Largest lag between the clocks to consider."),
    ] = None,
    window: Annotated[
        float, typer.Option(min=0.5, metavar="SECONDS", help="Length of the windows over which differences are given.")
    ] = 5.0,
    test: TestOption = None,
    camera: CameraOption = None,
    fov: FovOption = None,
    upright: UprightOption = None,
    mirrored: MirroredOption = False,
    profile: ProfileOption = None,
    folder: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder for the files; created if missing.", show_default=False)
    ] = Path(),
    memory_limit: MemoryOption = MOST_MEMORY_MB,
) -> None:
    """Align a worn sensor or motion capture with a video by cross-correlation, and compare their angles.

    Writes STEM.synchronise.json, .csv (the angles on one clock), .windows.csv (over time), .svg and .png.

    Exit status: 0 if compared; 1 if not, for example because no lag is clear; 2 if the command line was wrong.
    """
    out, errors = Console(highlight=False), Console(stderr=True, highlight=False)
    flipped = tuple(axis.replace("-", "_") for axis in flip or ())
    unknown = [axis for axis in flipped if axis not in AXIS_NAMES]
    if unknown:
        raise typer.BadParameter(f"{unknown[0]} is none of {', '.join(AXIS_NAMES)}", param_hint="--flip")
    if camera is not None and fov is not None:
        raise typer.BadParameter("use --camera or --fov, not both: each states the lens.")
    if time is not None and rate is not None:
        raise typer.BadParameter("use --time or --rate, not both.")
    measured_before = video.suffix.lower() in (".csv", ".parquet")
    of_measuring = {
        "test": test, "camera": camera, "fov": fov, "upright": upright, "mirrored": mirrored, "profile": profile
    }  # fmt: skip
    if measured_before and (given := [f"--{name}" for name, value in of_measuring.items() if value]):
        raise typer.BadParameter(
            f"{', '.join(given)} would change how a video is measured, and {shown(video.name)} was measured before. "
            "Give the video, or leave these out."
        )
    try:
        from romcheck.apart import Apart
        from romcheck.exchange.atomic import writable_folder
        from romcheck.exchange.origin import origin
        from romcheck.synchronise import alignment, report
        from romcheck.synchronise.series import read_series

        writable_folder(folder)
        columns = {"time": time, "rotation": rotation, "flexion": flexion, "lateral_flexion": lateral_flexion}
        # The sensor first: a wrong column is reported before the long measurement.
        sensed = read_series(sensor, columns, rate_hz=rate, flipped=flipped)
        if measured_before:
            seen, stem = read_series(video), video.stem.removesuffix(".frames")
        else:
            with bar(f"Measuring {shown(video.name)}", "frames", errors) as progress, Apart(memory_limit) as apart:
                seen = apart.done(partial(_measured, video, test, camera, fov, upright, mirrored, profile), progress)
            stem = stem_for_results(video)
        found = alignment.synchronise(seen, sensed, window_s=window, max_lag_s=max_lag)
        settings = {
            "time": time, "rotation": rotation, "flexion": flexion, "lateral_flexion": lateral_flexion,
            "flip": flipped, "rate": rate, "max_lag": max_lag, "window": window, **of_measuring,
            "camera": camera and camera.name, "profile": profile and profile.name,
        }  # fmt: skip
        came_from = origin([path for path in (video, sensor, camera, profile) if path], settings)
        paths = report.write_synchronised(found, folder, stem, came_from)
        if sensed.guessed:
            out.print(sensed.guessed, markup=False, soft_wrap=True, style="dim")
        out.print(report.tables(found))
        out.print(report.sentence(found), markup=False, soft_wrap=True)
        for text in report.warnings(found):
            out.print(text, markup=False, soft_wrap=True, style="yellow")
        for path in paths:
            out.print(f"Wrote {path}", markup=False, soft_wrap=True)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except RomcheckError as error:
        errors.print(str(error), markup=False, soft_wrap=True)
        raise typer.Exit(1) from error
    except ImportError as error:
        errors.print(str(explain_import_error(error)), markup=False, soft_wrap=True)
        raise typer.Exit(1) from error


def _measured(
    video: Path,
    test: Test | None,
    camera: Path | None,
    fov: float | None,
    upright: str | None,
    mirrored: bool,
    profile: Path | None,
    progress: Progress,
) -> Series:
    from romcheck.measure import measure
    from romcheck.synchronise.series import of_frames

    measured = measure(
        video,
        test=test,
        camera=camera,
        fov_deg=fov,
        upright_deg=None if upright is None else int(upright),
        mirrored=mirrored,
        profile=profile,
        needs_movement=False,
        progress=progress,
    )
    return of_frames(measured.frames, shown(video.name))

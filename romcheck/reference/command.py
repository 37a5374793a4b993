"""``romcheck reference``: the face-based measurement against markers worn on head and chest."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer
from rich.console import Console

from romcheck.errors import RomcheckError, explain_unexpected
from romcheck.names import shown, stem_for_results
from romcheck.options import CameraOption, DebugOption, FovOption, MemoryOption, TestOption, here
from romcheck.processes import MOST_MEMORY_MB
from romcheck.progress import bar

if TYPE_CHECKING:
    from romcheck.reference.comparison import MarkerComparison

# What the command needs is imported where it is used, so that "romcheck --help" answers at once.


def reference(
    video: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Argument(
            metavar="VIDEO", help="A video with the markers worn.", show_default=False, readable=False, callback=here
        ),
    ] = None,
    camera: CameraOption = None,
    fov: FovOption = None,
    test: TestOption = None,
    marker_mm: Annotated[
        float,
        typer.Option(min=10, max=300, help="Printed side of the head's black square; it affects only the distance."),
    ] = 60.0,
    folder: Annotated[
        Path,
        typer.Option("--out", metavar="DIR", help="Folder for the report; created if missing.", show_default=False),
    ] = Path(),
    plot: Annotated[
        bool, typer.Option("--plot", help="Also plot the agreement (Bland–Altman): STEM.reference.png.")
    ] = False,
    save_profile: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(metavar="FILE", help="Save the person's correction, without a name, to this file."),
    ] = None,
    print_markers: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(metavar="DIR", help="Write the markers, for printing, to this folder."),
    ] = None,
    memory_limit: MemoryOption = MOST_MEMORY_MB,
    debug: DebugOption = False,
) -> None:
    """Check the face-based measurement in your own room against two printed markers, on head and chest.

    Writes STEM.reference.json.

    Exit status: 0 if the two were compared; 1 if not; 2 if the command line was wrong.
    """
    out, errors = Console(highlight=False), Console(stderr=True, highlight=False)

    def say(text: str, console: Console = out) -> None:
        console.print(text, markup=False, soft_wrap=True)

    if video is None and print_markers is None:
        raise typer.BadParameter("give a video with the markers, or use --print-markers DIR")
    if camera is not None and fov is not None:
        raise typer.BadParameter("use --camera or --fov, not both: each states the lens.")
    if save_profile is not None and camera is None:
        raise typer.BadParameter(
            "a correction can be saved only with a calibrated camera; use --camera. Without one it would hold the "
            "lens's error as the person's."
        )
    try:
        if print_markers is not None:
            from romcheck.reference.sheet import write_sheets

            for path in write_sheets(print_markers):
                say(f"Wrote {path}")
        if video is not None:
            from romcheck.apart import Apart
            from romcheck.exchange.atomic import writable_file, writable_folder
            from romcheck.reference.comparison import compare_video
            from romcheck.reference.report import write_comparison

            writable_folder(folder)
            if save_profile is not None:
                writable_file(save_profile)
            stem = stem_for_results(video)
            with (
                bar(f"Reading face and markers in {shown(video.name)}", "frames", errors) as progress,
                Apart(memory_limit, debug) as apart,
            ):
                work = partial(compare_video, video, camera=camera, fov_deg=fov, test=test, marker_mm=marker_mm)
                comparison, pairs = apart.done(work, progress)
            paths = [write_comparison(comparison, folder / f"{stem}.reference.json")]
            if plot:
                from romcheck.reference.plot import save_agreement

                paths.append(folder / f"{stem}.reference.png")
                save_agreement(comparison, pairs, paths[-1])
            _show(comparison, out)
            for path in paths:
                say(f"Wrote {path}")
            if save_profile is not None:
                from romcheck.reference.gains import profile_of
                from romcheck.reference.profile import write_profile

                write_profile(profile_of(comparison), save_profile)
                say(f"Wrote {save_profile}")
    except RomcheckError as error:
        say(str(error), errors)
        raise typer.Exit(1) from error
    except Exception as error:
        say(str(explain_unexpected(error, debug)), errors)
        raise typer.Exit(1) from error


def _show(comparison: MarkerComparison, out: Console) -> None:
    from romcheck.reference import report

    out.print(report.movements_table(comparison))
    out.print(report.agreement_table(comparison))
    for text in (report.sentence(comparison), report.notes(comparison), *comparison.warnings):
        out.print(text, markup=False, soft_wrap=True)

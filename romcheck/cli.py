"""The commands: each parses, calls and prints."""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from romcheck import __version__
from romcheck.agreement.command import agree, reliability
from romcheck.apart import Apart, MeasureRequest
from romcheck.batch.command import batch
from romcheck.calibrate.command import calibrate
from romcheck.errors import RomcheckError, explain_import_error, explain_unexpected
from romcheck.names import shown, stem_for_results
from romcheck.options import (
    CameraOption,
    DebugOption,
    FovOption,
    MemoryOption,
    MirroredOption,
    ProfileOption,
    TestOption,
    UprightOption,
    here,
)
from romcheck.processes import INTERRUPTED, MOST_MEMORY_MB
from romcheck.progress import bar
from romcheck.records import clinic_command, findings_command, keeping, plan_command, visit_command
from romcheck.records import command as records
from romcheck.reference.command import reference
from romcheck.reports.command import report
from romcheck.results import Result
from romcheck.synchronise.command import synchronise
from romcheck.ui.command import app as application

# What a command needs is imported where it is used, so that "romcheck --help" answers at once.

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def main() -> None:
    """Run the command line; what a console cannot show becomes '?' instead of an error."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        app()
    except KeyboardInterrupt:  # where no command waits for it
        sys.exit(INTERRUPTED)


def _version(asked: bool) -> None:
    if asked:
        out.print(f"romcheck {__version__}")
        raise typer.Exit


@app.callback()
def romcheck(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Measure how far a neck turns, with a webcam. romcheck measures; it does not diagnose."""


@app.command()
def measure(
    videos: Annotated[
        list[Path],
        # Whether a file can be read is found when its turn comes: it must not stop the others.
        typer.Argument(metavar="VIDEO", help="Videos to measure.", show_default=False, readable=False, callback=here),
    ],
    test: TestOption = None,
    camera: CameraOption = None,
    fov: FovOption = None,
    upright: UprightOption = None,
    mirrored: MirroredOption = False,
    profile: ProfileOption = None,
    folder: Annotated[
        Path,
        typer.Option("--out", metavar="DIR", help="Folder for the results; created if missing.", show_default=False),
    ] = Path(),
    frames: Annotated[Literal["csv", "parquet"], typer.Option(help="Format of the angles frame by frame.")] = "csv",
    plot: Annotated[bool, typer.Option("--plot", help="Also plot the angles over time: STEM.plot.png.")] = False,
    overlay: Annotated[
        bool, typer.Option("--overlay", help="Also write the video with the measurement drawn on it: STEM.overlay.mp4.")
    ] = False,
    blur: Annotated[bool, typer.Option("--blur", help="Blur the faces in the overlay.")] = False,
    one_visit: Annotated[
        bool,
        typer.Option(
            "--one-visit",
            help="The videos are of one person in one visit, by one camera, in this order: the later ones are measured "
            "in the first one's map of the head, so that changes between them are surer.",
        ),
    ] = False,
    memory_limit: MemoryOption = MOST_MEMORY_MB,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
    debug: DebugOption = False,
) -> None:
    """Measure neck movements in videos.

    Writes STEM.result.json and STEM.frames.csv for each VIDEO.

    Exit status: 0 if every video gave a result; 1 if at least one did not; 2 if the command line was wrong.
    """
    if camera is not None and fov is not None:
        raise typer.BadParameter("use --camera or --fov, not both: each states the lens.")
    if blur and not overlay:
        raise typer.BadParameter("--blur blurs the faces in the overlay; use it with --overlay.")
    if one_visit and len(videos) < 2:
        raise typer.BadParameter("--one-visit is for two videos or more, the earlier ones first.")
    _refuse_shared_names(videos)
    wish = MeasureRequest(
        test,
        camera,
        fov,
        None if upright is None else int(upright),
        mirrored,
        profile,
        folder,
        frames,
        plot,
        overlay,
        blur,
        one_visit,
    )
    from romcheck.installation import compiled_before

    if not quiet and not compiled_before():
        _say("The first time on this computer, measuring is prepared once: ten seconds or so.")
    with Apart(memory_limit, debug) as apart:
        _check_before_starting(folder, camera, profile)
        done = _measure_all(videos, wish, apart, quiet=quiet, debug=debug)
    if len(done) < len(videos):
        if len(videos) > 1:
            _say(f"{len(done)} of {len(videos)} videos were measured.")
        raise typer.Exit(1)


def _measure_all(videos: list[Path], wish: MeasureRequest, apart: Apart, *, quiet: bool, debug: bool) -> list[Path]:
    """Measure one after another, say what becomes of each, and give those that were measured."""
    done: list[Path] = []
    begun_s = time.time()
    for number, video in enumerate(videos):
        try:
            with bar(shown(video.name), "frames", err, quiet=quiet) as progress:
                measured = apart.measured(video, wish, progress)
        except KeyboardInterrupt:
            _say_stopped(done, videos[number:], wish, begun_s)
            raise typer.Exit(INTERRUPTED) from None
        except RomcheckError as error:
            _say(f"{shown(video)}: not measured. {error}")
        except Exception as error:  # one video never stops the others
            _say(f"{shown(video)}: not measured. {explain_unexpected(error, debug)}")
        else:
            done.append(video)
            wish = replace(wish, head_map=measured.head_map or wish.head_map)
            if not quiet:
                _show(measured.result)
    return done


app.command()(agree)
app.command()(reliability)
app.command()(synchronise)
app.command()(batch)
app.command()(calibrate)
app.command()(reference)
app.add_typer(records.people, name="people")
app.add_typer(visit_command.visits, name="visits")
app.add_typer(visit_command.treatments, name="treatments")
app.add_typer(visit_command.outcomes, name="outcomes")
app.add_typer(visit_command.diary, name="diary")
app.add_typer(clinic_command.screenings, name="screenings")
app.add_typer(clinic_command.reactions, name="reactions")
app.add_typer(findings_command.findings, name="findings")
app.add_typer(plan_command.plan, name="plan")
app.add_typer(plan_command.goals, name="goals")
app.command("import")(keeping.bring_in)
for _command in (keeping.export, keeping.backup, keeping.restore, keeping.demo):
    app.command()(_command)
app.command()(report)
app.command("app")(application)


@app.command()
def info() -> None:
    """Show versions, engine, models and paths, for bug reports."""
    from romcheck.installation import describe

    for name, value in describe().items():
        out.print(f"{name:<18}{value}", markup=False, soft_wrap=True)


@app.command()
def selftest(
    debug: DebugOption = False,
) -> None:
    """Measure a bundled clip with known angles and compare."""
    try:
        from romcheck.selftest import run_selftest

        with bar("self-test", "frames", err) as progress:
            report = run_selftest(progress)
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    except RomcheckError as error:
        _say(f"The self-test could not run. {error}")
        raise typer.Exit(1) from error
    except Exception as error:
        _say(f"The self-test could not run. {explain_unexpected(error, debug)}")
        raise typer.Exit(1) from error
    out.print(report.table())
    out.print(report.verdict())
    if not report.passed:
        raise typer.Exit(1)


def _refuse_shared_names(videos: list[Path]) -> None:
    """Stop before anything is measured when two videos would write to the same files."""
    by_name: dict[str, list[Path]] = defaultdict(list)
    for video in videos:
        # Windows and macOS take names that differ in case for the same.
        stem = stem_for_results(video)
        by_name[stem if sys.platform == "linux" else stem.casefold()].append(video)
    shared = [group for group in by_name.values() if len(group) > 1]
    if shared:
        groups = "; ".join(" and ".join(shown(video) for video in group) for group in shared)
        raise typer.BadParameter(
            f"these videos would write to the same files: {groups}. "
            "Measure them one after the other with different --out folders, or rename one. Nothing was measured."
        )


def _check_before_starting(folder: Path, camera: Path | None, profile: Path | None) -> None:
    """Find a useless camera file, profile or folder before the first video has taken its time."""
    try:
        if camera is not None:
            from romcheck.geometry.camera_file import read_camera

            read_camera(camera)
        if profile is not None:
            from romcheck.reference.profile import read_profile

            read_profile(profile)
        from romcheck.exchange.atomic import writable_folder

        writable_folder(folder)
    except RomcheckError as error:
        raise typer.BadParameter(str(error)) from error
    except ImportError as error:
        _say(str(explain_import_error(error)))
        raise typer.Exit(1) from error


def _show(result: Result) -> None:
    from romcheck.reports.table import result_table

    out.print(result_table(result))
    out.print()


def _say(sentence: str) -> None:
    """Print to the error stream, unbroken, brackets of file names as they are."""
    err.print(sentence, markup=False, soft_wrap=True)


def _say_stopped(done: list[Path], rest: list[Path], wish: MeasureRequest, begun_s: float) -> None:
    """Say what is there; of the video that was interrupted the numbers may be, and what is drawn from them not."""
    result = next(wish.files(rest[0]))
    drawn = []
    if result.exists() and result.stat().st_mtime >= begun_s:
        done, rest, drawn = [*done, rest[0]], rest[1:], rest[:1]
    said = [f"Stopped. Measured and written: {', '.join(shown(video.name) for video in done) or 'none'}."]
    if rest:
        said.append(f"Not measured: {', '.join(shown(video.name) for video in rest)}.")
    said += [f"Not all that --plot and --overlay draw of {shown(video.name)} was written." for video in drawn]
    _say(" ".join(said))

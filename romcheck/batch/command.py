"""``romcheck batch``: every video of a study, here or on a cluster."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from romcheck.errors import RomcheckError, explain_import_error
from romcheck.options import MemoryOption, MirroredOption, UprightOption
from romcheck.processes import MOST_MEMORY_MB
from romcheck.results import Test

if TYPE_CHECKING:
    from romcheck.batch.crew import Crew
    from romcheck.batch.run import Run
    from romcheck.batch.screen import Screen
    from romcheck.batch.worker import ResourceLimits

# What the command needs is imported where it is used, so that "romcheck --help" answers at once.

INTERRUPTED = 130
LOOK_S = 0.25


def batch(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="A folder, a pattern such as 'videos/*.mp4', videos, or a manifest (CSV or Parquet with a column "
            "'video', and where they apply participant, visit, rater, test, camera, profile, upright, mirrored). URLs "
            "too.",
            show_default=False,
        ),
    ],
    folder: Annotated[str, typer.Option("--out", metavar="DIR", help="Study folder; created if missing.")],
    test: Annotated[
        Optional[Test],  # noqa: UP045
        typer.Option(help="The test, where the manifest gives none; by default it is recognised."),
    ] = None,
    camera: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(metavar="CAMERA.json", help="The calibrated lens, where the manifest gives none."),
    ] = None,
    fov: Annotated[
        Optional[float],  # noqa: UP045
        typer.Option(min=10, max=170, metavar="DEGREES", help="Field of view for videos without a camera file."),
    ] = None,
    upright: UprightOption = None,
    mirrored: MirroredOption = False,
    workers: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(
            min=1,
            metavar="N",
            help="Videos measured at once; by default one per core (in a container, per core of its quota).",
            show_default=False,
        ),
    ] = None,
    scheduler: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(metavar="tcp://HOST:PORT", help="Measure on this Dask cluster.", show_default=False),
    ] = None,
    time_limit: Annotated[float, typer.Option(min=0.01, metavar="MINUTES", help="Time limit per video.")] = 60,
    memory_limit: MemoryOption = MOST_MEMORY_MB,
    retry: Annotated[bool, typer.Option("--retry", help="Retry what failed in earlier runs.")] = False,
    allow_scheme: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            metavar="SCHEME",
            help="Also open addresses of this type, such as 'http'; may be repeated. Always allowed: https, s3, gs, "
            "abfs, file.",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be done and exit; no connection is opened.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
    json_lines: Annotated[
        bool, typer.Option("--json-lines", help="Print one JSON object per line instead, for logs.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the workers' output.")] = False,
) -> None:
    """Measure all videos of a study; when started again, only what is missing.

    Writes movements, summary and videos as CSV and Parquet, failures.csv, frames/, report.html and provenance.json
    to DIR.

    Exit status: 0 if every video was measured; 1 if at least one was not; 2 if the command line was wrong; 130 if
    stopped.
    """
    from romcheck.batch.screen import Screen

    if quiet and json_lines:
        raise typer.BadParameter("give --quiet or --json-lines, not both.")
    if scheduler and workers:
        raise typer.BadParameter("the cluster has its own workers: leave --workers out.")
    screen = Screen("json" if json_lines else "quiet" if quiet else "lines")
    try:
        from romcheck.batch.places import SCHEMES, Reach
        from romcheck.batch.run import Run, prepare, study
        from romcheck.batch.sources import outside, videos_of
        from romcheck.batch.worker import ResourceLimits

        more = tuple(scheme.lower().split("://")[0] for scheme in allow_scheme or ())
        reach = Reach((*SCHEMES, *more), connects=not dry_run)
        upright_deg = None if upright is None else int(upright)
        found = videos_of(sources, test=test, camera=camera, upright_deg=upright_deg, mirrored=mirrored, reach=reach)
        videos = outside(found, folder)
        limits = ResourceLimits(time_limit * 60, memory_limit)
        with study(folder, look_only=dry_run, reach=reach) as place:
            with screen.counting("Reading videos") as hashed:
                plan = prepare(
                    videos, place, fov_deg=fov, limits=limits, retry=retry, hashed=hashed, connects=not dry_run
                )
            screen.plan(plan)
            if dry_run:
                raise typer.Exit
            run = Run(plan, place, _crew(scheduler, workers, len(plan.jobs), limits, debug), screen.changed)
            status = _watch(run, screen)
    except KeyboardInterrupt:
        screen.say("Stopped before anything was measured.")
        raise typer.Exit(INTERRUPTED) from None
    except RomcheckError as error:
        screen.error(str(error))
        raise typer.Exit(2) from error
    except ImportError as error:
        screen.error(str(explain_import_error(error)))
        raise typer.Exit(2) from error
    raise typer.Exit(status)


def _crew(scheduler: str | None, workers: int | None, jobs: int, limits: ResourceLimits, debug: bool) -> Crew:
    if scheduler:
        from romcheck.batch.cluster import DaskCrew

        return DaskCrew(scheduler, limits)
    from romcheck.batch.crew import LocalCrew, cores

    return LocalCrew(max(1, min(workers or cores(), jobs)), limits, debug)


def _watch(run: Run, screen: Screen) -> int:
    """Run with progress; return the exit status. A first Ctrl-C finishes the current videos, a second one stops."""
    asked = 0

    def stop(*_: object) -> None:
        # Not an exception: a second Ctrl-C could raise it anywhere, and leave processes behind.
        nonlocal asked
        asked += 1
        run.stop(now=asked > 1)

    before = signal.signal(signal.SIGINT, stop)
    try:
        run.start()
        said = False
        with screen.watching(run):
            while not run.wait(LOOK_S):
                progress = run.progress()
                screen.show(progress)
                if asked and not said:
                    said = True
                    if not progress.waits:
                        screen.say("Stopping after the current videos. Press Ctrl-C again to stop now.")
    finally:
        signal.signal(signal.SIGINT, before)
    progress = run.progress()
    screen.end(progress, run.folder.location, run.study.sharing if run.study else None)
    if progress.stage == "broken":
        return 1
    if progress.stage == "stopped":
        return INTERRUPTED
    return 1 if progress.failed else 0

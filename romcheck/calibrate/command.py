"""``romcheck calibrate``: the lens from a printed board, or from a room that the camera is turned in."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Optional

import typer
from rich.console import Console
from rich.status import Status

from romcheck.errors import RomcheckError, explain_unexpected
from romcheck.options import DebugOption, MemoryOption, here
from romcheck.processes import MOST_MEMORY_MB

# What the command needs is imported where it is used, so that "romcheck --help" answers at once.


def calibrate(
    files: Annotated[
        Optional[list[Path]],  # noqa: UP045
        typer.Argument(
            metavar="VIDEO|PICTURES", help="A video or pictures of the board.", show_default=False, callback=here
        ),
    ] = None,
    scene: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            metavar="VIDEO",
            help="Without a board: a video of a room, the camera turned slowly left, right, up, down, for ten seconds.",
            callback=here,
        ),
    ] = None,
    board: Annotated[Optional[str], typer.Option(help="The board that was filmed: a4, letter or screen.")] = None,  # noqa: UP045
    square_mm: Annotated[
        Optional[float],  # noqa: UP045
        typer.Option(min=1, max=500, help="Measured side of one square; it is recorded and does not affect the lens."),
    ] = None,
    out: Annotated[Path, typer.Option(metavar="CAMERA.json", help="Camera file to write.")] = Path("camera.json"),
    check: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(metavar="CAMERA.json", help="Test this camera file against the pictures; write nothing."),
    ] = None,
    print_board: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(metavar="DIR", help="Write the boards, for printing or showing on a screen, to this folder."),
    ] = None,
    memory_limit: MemoryOption = MOST_MEMORY_MB,
    debug: DebugOption = False,
) -> None:
    """Find the lens of a camera from a video or pictures of a printed board, or from a video of a room.

    Exit status: 0 if a camera file was written, or the one checked still fits; 1 if not; 2 if the command line was
    wrong.
    """
    terminal, errors = Console(highlight=False), Console(stderr=True, highlight=False)
    read = ""  # the file that is being read

    def say(text: str, console: Console = terminal) -> None:
        console.print(text, markup=False, soft_wrap=True)

    def telling(status: Status, doing: str) -> Callable[[str], None]:
        """Return what shows which file is being read, and keeps it for an error that names none."""

        def tell(name: str) -> None:
            nonlocal read
            read = name
            status.update(f"{doing} {name}")

        return tell

    if print_board is None and not files and scene is None:
        raise typer.BadParameter("give a video or pictures of the board, or use --scene VIDEO or --print-board DIR")
    if files and scene is not None:
        raise typer.BadParameter("give either --scene or the board, not both", param_hint="--scene")
    try:
        if print_board is not None:
            from romcheck.calibrate.printing import write_boards

            for path in write_boards(print_board):
                say(f"Wrote {path}")
        if scene is not None:
            from romcheck.apart import Apart
            from romcheck.calibrate.saving import write_scene_camera
            from romcheck.calibrate.scene import compared, watched
            from romcheck.calibrate.steps import scene_comparison, scene_report
            from romcheck.exchange.atomic import writable_file
            from romcheck.geometry.camera_file import lens_at, read_camera

            older = None if check is None else read_camera(check)
            if check is None:
                writable_file(out)
            with errors.status("") as status, Apart(memory_limit, debug, watched.__module__) as apart:
                found = apart.done(partial(watched, scene), telling(status, "Following the room in"))
                read = ""
            say(scene_report(found))
            if older is None:
                write_scene_camera(out, found)
                say(f"Wrote {out}")
            else:
                contradiction = compared(found, lens_at(older, found.lens.width, found.lens.height))
                say(scene_comparison(contradiction))
                if contradiction.contradicts:
                    raise typer.Exit(1)
        if files:
            from romcheck.apart import Apart
            from romcheck.calibrate.boards import BOARDS
            from romcheck.calibrate.footage import read_footage
            from romcheck.calibrate.saving import write_camera
            from romcheck.calibrate.steps import calibrated, checked, report
            from romcheck.exchange.atomic import writable_file

            if board not in BOARDS:
                raise typer.BadParameter(f"state which board was filmed: {', '.join(BOARDS)}", param_hint="--board")
            filmed = BOARDS[board]
            if check is None:
                writable_file(out)
            with errors.status("") as status, Apart(memory_limit, debug, read_footage.__module__) as apart:
                work = partial(read_footage, files, filmed, square_mm)
                footage = apart.done(work, telling(status, "Looking for the board in"))
                read = ""
                for why in footage.unreadable:
                    say(str(why), errors)
                status.update("Fitting the lens")
                if check is None:
                    calibration = calibrated(footage)
                    write_camera(out, calibration, filmed, square_mm or filmed.square_mm)
                    say(report(calibration, footage))
                    say(f"Wrote {out}")
                else:
                    comparison = checked(check, footage)
                    say(comparison.sentence())
                    if comparison.verdict != "fits":
                        raise typer.Exit(1)
    except RomcheckError as error:
        say(f"{read}: {error}" if error.code in ("crashed_apart", "memory_limit") else str(error), errors)
        raise typer.Exit(1) from error
    except (typer.Exit, typer.BadParameter):
        raise
    except Exception as error:
        say(str(explain_unexpected(error, debug)), errors)
        raise typer.Exit(1) from error

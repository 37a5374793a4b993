"""``romcheck report``: one page on one or two measurements, from their result files."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Optional

import typer
from rich.console import Console

from romcheck.circumstances import Circumstances, MovedBy, Occasion, Posture
from romcheck.circumstances import Mode as MovementMode
from romcheck.errors import RomcheckError

if TYPE_CHECKING:
    from romcheck.results import Frames

# What the command needs is imported where it is used, so that "romcheck --help" answers at once.


class YesNo(str, Enum):
    """An answer; typer takes no literals in lists."""

    YES = "yes"
    NO = "no"


DAY = ["%Y-%m-%d"]


def report(
    before: Annotated[
        Path,
        typer.Argument(metavar="BEFORE.result.json", help="The measurement, or the earlier of two.", readable=False),
    ],
    after: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Argument(metavar="AFTER.result.json", help="The later one.", show_default=False, readable=False),
    ] = None,
    out: Annotated[Path, typer.Option(metavar="FILE.pdf", help="File to write.")] = Path("report.pdf"),
    reader: Annotated[
        Literal["patient", "referrer"], typer.Option("--for", help="In plain words, or with numbers and method.")
    ] = "patient",
    paper: Annotated[Literal["a4", "letter"], typer.Option(help="Size of the page.")] = "a4",
    language: Annotated[Literal["en", "fr"], typer.Option(help="English or French.")] = "en",
    person: Annotated[str, typer.Option(help="Code of the person.")] = "–",
    name: Annotated[Optional[str], typer.Option(help="Name of the person, if it is to be printed.")] = None,  # noqa: UP045
    born: Annotated[Optional[int], typer.Option(min=1900, max=2100, help="Year of birth.")] = None,  # noqa: UP045
    mode: Annotated[
        Optional[MovementMode],  # noqa: UP045
        typer.Option(help="Whether the person moved the head, or another did."),
    ] = None,
    posture: Annotated[Optional[Posture], typer.Option(help="How the person was placed.")] = None,  # noqa: UP045
    moved_by: Annotated[Optional[MovedBy], typer.Option(help="Who moved the head, if passive.")] = None,  # noqa: UP045
    camera: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Name of the camera, if the same one was used for both."),
    ] = None,
    on: Annotated[
        Optional[list[datetime]],  # noqa: UP045
        typer.Option(formats=DAY, help="Day of the measurement; give it twice for two. Else, the files' own days."),
    ] = None,
    pain: Annotated[
        Optional[list[float]],  # noqa: UP045
        typer.Option(help="Pain during the test, 0 to 10; give it twice for two."),
    ] = None,
    headache: Annotated[
        Optional[list[YesNo]],  # noqa: UP045
        typer.Option(help="Headache during the test; give it twice for two."),
    ] = None,
    minutes: Annotated[
        Optional[float],  # noqa: UP045
        typer.Option(help="Minutes from the treatment to the later measurement."),
    ] = None,
    notes: Annotated[str, typer.Option(help="To be printed at the end.")] = "",
) -> None:
    """Write one page on a measurement, or on the change between two, as an accessible PDF.

    The angles frame by frame are drawn where they lie beside the result files.

    Exit status: 0 the report was written; 1 not; 2 the command line was wrong.
    """
    paths = [before] if after is None else [before, after]
    for what, given in (("--on", on), ("--pain", pain), ("--headache", headache)):
        if given and len(given) > len(paths):
            raise typer.BadParameter(f"{what} was given {len(given)} times for {len(paths)} measurement(s).")
    try:
        from romcheck.exchange.atomic import written_whole
        from romcheck.exchange.files import read_result
        from romcheck.reports.data import ReportData
        from romcheck.reports.typst import report_pdf

        occasions = []
        for i, path in enumerate(paths):
            result = read_result(path)
            how = Circumstances(
                date=on[i].date() if on and i < len(on) else _day_of(path),
                mode=mode,
                posture=posture,
                moved_by=moved_by,
                pain=pain[i] if pain and i < len(pain) else None,
                headache_now=headache[i] is YesNo.YES if headache and i < len(headache) else None,
                minutes_since_treatment=minutes if i == 1 else None,
                camera=camera,
            )
            occasions.append(Occasion(result, how, _frames_beside(path)))
        data = ReportData(
            code=person,
            made_on=max(o.circumstances.date for o in occasions),
            before=occasions[0],
            after=occasions[1] if after is not None else None,
            name=name,
            birth_year=born,
            notes=notes,
        )
        content = report_pdf(data, reader, paper, language)
        with written_whole(out) as unfinished:
            unfinished.write_bytes(content)
    except RomcheckError as error:
        Console(stderr=True, highlight=False).print(str(error), markup=False, soft_wrap=True)
        raise typer.Exit(1) from error
    Console(highlight=False).print(f"Wrote {out}", markup=False, soft_wrap=True)


def _day_of(path: Path) -> date:
    """Day on which a file was last changed."""
    return datetime.fromtimestamp(path.stat().st_mtime).astimezone().date()


def _frames_beside(path: Path) -> Frames | None:
    """Frames of the same measurement, where they were kept."""
    from romcheck.exchange.files import read_frames

    stem = path.name.removesuffix(".result.json")
    for ending in ("csv", "parquet"):
        beside = path.with_name(f"{stem}.frames.{ending}")
        if beside.exists():
            return read_frames(beside)
    return None

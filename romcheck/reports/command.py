"""``romcheck report``: a report on one or two measurements, from the records or from result files."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Optional

import typer
from rich.console import Console

from romcheck.clinical import OLDEST_BIRTH_YEAR, Conditions, MovedBy, Occasion, Posture
from romcheck.clinical import Mode as MovementMode
from romcheck.errors import RomcheckError
from romcheck.options import here

if TYPE_CHECKING:
    from romcheck.i18n.languages import Language
    from romcheck.reports.typst import Paper, ReportKind
    from romcheck.results import Frames

# What the command needs is imported where it is used, so that "romcheck --help" answers at once.


class YesNo(str, Enum):
    """An answer; typer does not accept literals in lists."""

    YES = "yes"
    NO = "no"


DAY = ["%Y-%m-%d"]
RECORDS, FILES = "From the records", "From result files"


def report(
    before: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Argument(
            metavar="BEFORE.result.json",
            help="The measurement, or the earlier of two. Without it, --person takes them from the records.",
            show_default=False,
            readable=False,
            callback=here,
        ),
    ] = None,
    after: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Argument(
            metavar="AFTER.result.json", help="The later one.", show_default=False, readable=False, callback=here
        ),
    ] = None,
    out: Annotated[Path, typer.Option(metavar="FILE.pdf", help="File to write.")] = Path("report.pdf"),
    reader: Annotated[
        Literal["patient", "referrer"],
        typer.Option("--for", help="For the patient in plain words, or for the referrer with numbers and method."),
    ] = "patient",
    paper: Annotated[Literal["a4", "letter"], typer.Option(help="Paper size.")] = "a4",
    language: Annotated[Literal["en", "fr"], typer.Option(help="English or French.")] = "en",
    person: Annotated[Optional[str], typer.Option(metavar="CODE", help="Code of the person.")] = None,  # noqa: UP045
    visit: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(
            metavar="ID", help="Number of the visit, as shown by 'romcheck visits list'.", rich_help_panel=RECORDS
        ),
    ] = None,
    measurement: Annotated[
        Optional[list[int]],  # noqa: UP045
        typer.Option(
            metavar="ID",
            help="The measurement; give it twice for before and after. By default, the newest pair, or the first and "
            "the latest where the test was measured on a later day.",
            rich_help_panel=RECORDS,
        ),
    ] = None,
    with_name: Annotated[
        bool, typer.Option("--with-name", help="Print the stored name.", rich_help_panel=RECORDS)
    ] = False,
    with_notes: Annotated[
        bool, typer.Option("--with-notes", help="Print the stored notes.", rich_help_panel=RECORDS)
    ] = False,
    data: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(metavar="DIR", help="Data folder.", show_default=False, rich_help_panel=RECORDS),
    ] = None,
    name: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Name of the person, if it should be printed.", rich_help_panel=FILES),
    ] = None,
    born: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(min=OLDEST_BIRTH_YEAR, max=2100, help="Year of birth.", rich_help_panel=FILES),
    ] = None,
    mode: Annotated[
        Optional[MovementMode],  # noqa: UP045
        typer.Option(help="Active (the person moved the head) or passive (someone else did).", rich_help_panel=FILES),
    ] = None,
    posture: Annotated[
        Optional[Posture],  # noqa: UP045
        typer.Option(help="Seated or supine.", rich_help_panel=FILES),
    ] = None,
    moved_by: Annotated[
        Optional[MovedBy],  # noqa: UP045
        typer.Option(help="Who moved the head, if passive.", rich_help_panel=FILES),
    ] = None,
    camera: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Name of the camera, if the same one was used for both.", rich_help_panel=FILES),
    ] = None,
    on: Annotated[
        Optional[list[datetime]],  # noqa: UP045
        typer.Option(
            formats=DAY,
            help="Date of the measurement; give it twice for two.",
            rich_help_panel=FILES,
        ),
    ] = None,
    pain: Annotated[
        Optional[list[int]],  # noqa: UP045
        typer.Option(help="Pain just before the test, 0 to 10; give it twice for two.", rich_help_panel=FILES),
    ] = None,
    headache: Annotated[
        Optional[list[YesNo]],  # noqa: UP045
        typer.Option(help="Headache during the test; give it twice for two.", rich_help_panel=FILES),
    ] = None,
    minutes: Annotated[
        Optional[float],  # noqa: UP045
        typer.Option(
            help="Minutes from the treatment to the later measurement of the same visit.", rich_help_panel=FILES
        ),
    ] = None,
    notes: Annotated[str, typer.Option(help="To be printed at the end.", rich_help_panel=FILES)] = "",
) -> None:
    """Write a report on a measurement, or on the change between two, as an accessible PDF.

    From the records: romcheck report --person K-17. From result files: romcheck report BEFORE AFTER; curves are
    drawn if the angles frame by frame are in the same folder.

    Exit status: 0 if the report was written; 1 if not; 2 if the command line was wrong.
    """
    try:
        from romcheck.exchange.atomic import same_kind, written_whole
        from romcheck.reports.typst import report_may_replace

        same_kind(out, ".pdf")
        if before is None:
            told = (name, born, mode, posture, moved_by, camera, on, pain, headache, minutes, notes or None)
            if person is None:
                raise typer.BadParameter("give a result file, or a person in the records with --person CODE.")
            if any(value is not None for value in told):
                raise typer.BadParameter("the report prints what the records contain: change it there.")
            content = _from_records(
                data, person, visit, measurement or [], with_name, with_notes, reader, paper, language
            )
        else:
            if visit is not None or measurement or with_name or with_notes or data is not None:
                raise typer.BadParameter(
                    "--visit, --measurement, --with-... and --data cannot be used with result files."
                )
            from romcheck.reports.data import ReportData
            from romcheck.reports.typst import report_pdf

            paths = [before] if after is None else [before, after]
            for what, given in (("--on", on), ("--pain", pain), ("--headache", headache)):
                if given and len(given) > len(paths):
                    raise typer.BadParameter(f"{what} was given {len(given)} times for {len(paths)} measurement(s).")
            occasions = _from_files(paths, mode, posture, moved_by, camera, on or [], pain, headache, minutes, born)
            made = ReportData(
                code=person or "–",
                made_on=max(o.on for o in occasions),
                before=occasions[0],
                after=occasions[1] if after is not None else None,
                name=name,
                birth_year=born,
                notes=notes,
            )
            content = report_pdf(made, reader, paper, language)
        report_may_replace(out, content)
        with written_whole(out) as unfinished:
            unfinished.write_bytes(content)
    except RomcheckError as error:
        Console(stderr=True, highlight=False).print(str(error), markup=False, soft_wrap=True)
        raise typer.Exit(1) from error
    Console(highlight=False).print(f"Wrote {out}", markup=False, soft_wrap=True)


def _from_records(
    data: Path | None,
    code: str,
    visit: int | None,
    chosen: list[int],
    name: bool,
    notes: bool,
    reader: ReportKind,
    paper: Paper,
    language: Language,
) -> bytes:
    from romcheck.i18n.wording import Wording
    from romcheck.records.overview import page
    from romcheck.records.problems import NotFoundError
    from romcheck.records.store import Records
    from romcheck.reports.of_person import exported_report, report_data, to_report

    if len(chosen) > 2:
        raise typer.BadParameter("--measurement takes one, or two: before and after.")
    with Records(data) as records:
        number = records.person_by_code(code).id
        assert number is not None
        found = page(records, number)
        there = {m.id: m for m in found.measurements}
        if missing := [one for one in chosen if one not in there]:
            raise NotFoundError("no_measurement", code=code, missing=missing[0])
        if visit is not None and visit not in [v.id for v in found.visits]:
            raise NotFoundError("no_visit", code=code, visit=visit)
        shown = (there[chosen[0]], there[chosen[1]] if len(chosen) > 1 else None) if chosen else to_report(found, visit)
        if shown is None:
            raise NotFoundError("nothing_in_visit" if visit else "nothing_measured", code=code)
        made = report_data(
            found, *shown, records.frames, Wording(language), made_on=date.today(), name=name, notes=notes
        )
        return exported_report(records, found.person, made, reader, paper, language)


def _from_files(
    paths: list[Path],
    mode: MovementMode | None,
    posture: Posture | None,
    moved_by: MovedBy | None,
    camera: str | None,
    on: list[datetime],
    pain: list[int] | None,
    headache: list[YesNo] | None,
    minutes: float | None,
    born: int | None,
) -> list[Occasion]:
    from romcheck.exchange.files import read_result
    from romcheck.records.checks import conditions

    if minutes is not None and len(paths) < 2:
        raise typer.BadParameter("it needs two measurements.", param_hint="--minutes")
    results = [read_result(path) for path in paths]
    if len(on) < len(paths):
        between = (
            "a change within one day and one between days have different intervals, and " if len(paths) > 1 else ""
        )
        raise typer.BadParameter(
            f"give the date of each measurement with --on: {between}a copied file no longer shows when it was made."
        )
    occasions = []
    for i, (path, result) in enumerate(zip(paths, results, strict=True)):
        since = minutes if i == 1 else None
        how = Conditions(
            mode=mode,
            posture=posture,
            moved_by=moved_by,
            timing="none" if since is None else "after",
            minutes_since_treatment=since,
            pain_now=pain[i] if pain and i < len(pain) else None,
            headache_now=headache[i] is YesNo.YES if headache and i < len(headache) else None,
            camera=camera,
        )
        occasions.append(Occasion(result, conditions(how, complete=False), on[i].date(), frames=_frames_beside(path)))
    today = date.today()
    if occasions[-1].on > today:
        raise typer.BadParameter(f"{occasions[-1].on} is in the future.", param_hint="--on")
    if born is not None and born > occasions[0].on.year:
        raise typer.BadParameter(f"{born} is after the measurement of {occasions[0].on}.", param_hint="--born")
    if occasions[0].on > occasions[-1].on:
        raise typer.BadParameter(f"the earlier measurement comes first: {occasions[0].on} is after {occasions[-1].on}.")
    apart = (occasions[-1].on - occasions[0].on).days
    if minutes is not None and apart > 1:  # past midnight is one visit
        raise typer.BadParameter(
            f"it is for two measurements of one visit; these are {apart} days apart. Correct --on, or leave it out.",
            param_hint="--minutes",
        )
    sources = [result.source.sha256 for result in results]
    if all(sources) and len(set(sources)) < len(sources):
        raise typer.BadParameter("both files are of the same recording: they show no change.")
    return occasions


def _frames_beside(path: Path) -> Frames | None:
    """Frames of the same measurement, if they are in the same folder."""
    from romcheck.exchange.files import read_frames

    stem = path.name.removesuffix(".result.json")
    for ending in ("csv", "parquet"):
        beside = path.with_name(f"{stem}.frames.{ending}")
        if beside.exists():
            return read_frames(beside)
    return None

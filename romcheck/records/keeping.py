"""``romcheck import``, ``export``, ``backup``, ``restore`` and ``demo``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal, Optional

import typer

from romcheck.clinical import Conditions, EndFeel, Level, Mode, MovedBy, Posture, Stop, TimingOrNone, pain_question
from romcheck.i18n.languages import Language
from romcheck.names import shown
from romcheck.options import here
from romcheck.processes import INTERRUPTED
from romcheck.progress import bar
from romcheck.records.entries import Visit
from romcheck.records.problems import RestoreStopped
from romcheck.records.terminal import Data, Day, day_of, err, number_of, opened, say, telling

# What a command needs is imported where it is used, so that "romcheck --help" answers at once.

HEALTH_DATA = "It contains health data: give it only to people who may see them."
STOPPED = "What ended the movement to this side."
FAMILIAR = "Whether the familiar headache was provoked."
WithVideos = Annotated[
    bool, typer.Option("--with-videos/--without-videos", help="Include kept videos; they show the face.")
]


def bring_in(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="STEM.result.json of 'romcheck measure', or a person's archive.",
            show_default=False,
            callback=here,
        ),
    ],
    person: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            metavar="CODE", help="The person the results belong to; for an archive, a code to use instead of its own."
        ),
    ] = None,
    day: Day = None,
    mode: Annotated[Mode, typer.Option(help="Active or passive.")] = "active",
    posture: Annotated[Posture, typer.Option()] = "seated",
    moved_by: Annotated[Optional[MovedBy], typer.Option(help="Who moved the head.")] = None,  # noqa: UP045
    timing: Annotated[TimingOrNone, typer.Option(help="Before or after the visit's treatment.")] = "none",
    minutes: Annotated[Optional[float], typer.Option(help="Minutes since the treatment.")] = None,  # noqa: UP045
    pain: Annotated[Optional[int], typer.Option(help="Pain just before the test, 0 to 10.")] = None,  # noqa: UP045
    headache: Annotated[
        Optional[bool],  # noqa: UP045
        typer.Option("--headache/--no-headache", help="Headache during the test."),
    ] = None,
    pain_after: Annotated[Optional[int], typer.Option(help="Strongest pain during the test, 0 to 10.")] = None,  # noqa: UP045
    camera: Annotated[Optional[str], typer.Option(help="Name of the camera set-up.")] = None,  # noqa: UP045
    stopped_by_left: Annotated[Optional[Stop], typer.Option(help=STOPPED)] = None,  # noqa: UP045
    stopped_by_right: Annotated[Optional[Stop], typer.Option(help=STOPPED)] = None,  # noqa: UP045
    end_feel_left: Annotated[Optional[EndFeel], typer.Option()] = None,  # noqa: UP045
    end_feel_right: Annotated[Optional[EndFeel], typer.Option()] = None,  # noqa: UP045
    familiar_left: Annotated[Optional[bool], typer.Option("--familiar-left/--not-familiar-left", help=FAMILIAR)] =  # noqa: UP045
    None,
    familiar_right: Annotated[Optional[bool], typer.Option("--familiar-right/--not-familiar-right", help=FAMILIAR)] =  # noqa: UP045
    None,
    familiar_pain_left: Annotated[Optional[int], typer.Option(help="Intensity, 0 to 10.")] = None,  # noqa: UP045
    familiar_pain_right: Annotated[Optional[int], typer.Option(help="Intensity, 0 to 10.")] = None,  # noqa: UP045
    level: Annotated[Optional[Level], typer.Option(help="Suspected segment.")] = None,  # noqa: UP045
    data: Data = None,
) -> None:
    """Import results of videos into a person's visit, or a person from an archive.

    Exit status: 0 if all were imported; 1 if at least one was not.
    """
    from romcheck.errors import RomcheckError
    from romcheck.records.archive import import_person
    from romcheck.records.bringing_in import import_result

    how = Conditions(
        mode=mode,
        posture=posture,
        moved_by=moved_by or ("self" if mode == "active" else "therapist"),
        timing=timing,
        minutes_since_treatment=minutes,
        pain_now=pain,
        headache_now=headache,
        pain_after=pain_after,
        camera=camera,
        stopped_by_left=stopped_by_left,
        stopped_by_right=stopped_by_right,
        end_feel_left=end_feel_left,
        end_feel_right=end_feel_right,
        familiar_left=familiar_left,
        familiar_right=familiar_right,
        familiar_pain_left=familiar_pain_left,
        familiar_pain_right=familiar_pain_right,
        level=level,
    )
    if asked := pain_question(pain, pain_after):
        say(str(asked), err)
    failed = False
    with opened(data) as records:
        for path in files:
            try:
                if path.suffix == ".zip":
                    with bar(shown(path.name), "steps", err) as progress:
                        taken = import_person(records, path, code=person, progress=progress)
                    say(f"Imported {taken.code} from {path}.")
                    continue
                if person is None:
                    raise typer.BadParameter("state the person with --person CODE")
                number = records.person_by_code(person).id
                assert number is not None
                kept = import_result(records, Visit(number, day_of(day)), path, how)
                say(f"Imported {path} as measurement {kept.id} ({kept.test}).")
            except RomcheckError as error:
                failed = True
                say(f"{path}: {error}", err)
    if failed:
        raise typer.Exit(1)


def export(
    code: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(metavar="CODE", help="The person; everyone by default.", show_default=False),
    ] = None,
    kind: Annotated[
        Literal["archive", "csv", "parquet", "entries", "fhir"],
        typer.Option(
            "--format",
            help="An archive of the person for another romcheck, a table with one row per trial, a table (CSV) of all "
            "other entries, or a FHIR R4 bundle.",
        ),
    ] = "archive",
    to: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            "--out",
            metavar="FILE",
            help="Output file; by default named after the code. For everyone, a folder "
            "with one archive or bundle per person.",
        ),
    ] = None,
    videos: WithVideos = True,
    data: Data = None,
) -> None:
    """Export a person, or everyone, as an archive, a table of trials or a FHIR bundle."""
    from romcheck.exchange.atomic import same_kind
    from romcheck.records.exports import ENDINGS, file_name, write_everybody, write_export

    with opened(data) as records:
        number = number_of(records.person_by_code(code).id) if code else None
        if number is None and kind in ("archive", "fhir"):
            folder = to or Path("everybody")
            with bar("Exporting", "people", err) as progress:
                written = write_everybody(records, kind, folder, videos=videos, progress=progress)
            say(f"Wrote {len(written)} files to {folder}. {HEALTH_DATA}")
            return
        path = same_kind(to or Path(file_name(kind, code)), Path(ENDINGS[kind]).suffix)
        write_export(records, kind, path, number, videos=videos)
        say(f"Wrote {path}. {HEALTH_DATA}")


def backup(
    to: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Argument(metavar="FILE", help="Output file; by default in the data folder.", show_default=False),
    ] = None,
    videos: WithVideos = True,
    data: Data = None,
) -> None:
    """Back up all records into one file; others can keep working.

    It contains every entry, the angles frame by frame and the kept videos of measurements, unencrypted. It does not
    contain videos not linked to a person ('romcheck people videos') or camera calibrations.
    """
    from romcheck.exchange.atomic import same_kind
    from romcheck.records.backup import write_backup

    with opened(data) as records:
        with bar("Backing up", "entries and files", err) as progress:
            path = write_backup(records, to and same_kind(to, ".zip"), videos=videos, progress=progress)
        say(f"Wrote {path}. A copy on the same disk is lost if the disk is: keep one elsewhere.")


def restore(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="A backup written by 'romcheck backup'.", show_default=False, callback=here
        ),
    ],
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the people who are there now; they are backed up first.")
    ] = False,
    data: Data = None,
) -> None:
    """Restore a backup into an empty data folder or PostgreSQL database, or replace what is there."""
    try:
        _restore(file, replace, data)
    except KeyboardInterrupt as error:
        stopped = error if isinstance(error, RestoreStopped) else RestoreStopped()
        done = "the backup had already been restored" if stopped.replaced else "nothing was replaced"
        say(f"Stopped; {done}.", err)
        if stopped.before:
            say(f"What was there was saved first, in {stopped.before}.", err)
        raise typer.Exit(INTERRUPTED) from None


def _restore(file: Path, replace: bool, data: Path | None) -> None:
    with telling():
        from romcheck.records.backup import restore as bring_back
        from romcheck.records.store import URL_VARIABLE, data_folder

        url = os.environ.get(URL_VARIABLE) or None
        with bar(shown(file.name), "entries", err) as progress:
            done = bring_back(data_folder(data), file, url=url, replace=replace, progress=progress)
        if done.before:
            say(f"The previous records are in {done.before}.")
        say("Restored.")
        if done.odd:
            say(f"Entries that break a current rule: {done.odd_count}. Nothing in them is lost; check:", err)
        for one in done.odd:
            say(f"  {one}", err)
        if done.odd_count > len(done.odd):
            say(f"  and {done.odd_count - len(done.odd)} more.", err)


def demo(
    mix: Annotated[bool, typer.Option("--mix", help="Allow real people in the same records.")] = False,
    language: Annotated[Language, typer.Option("--language", help="Language of what was typed.")] = "en",
    data: Data = None,
) -> None:
    """Fill the records with invented people, so that every page has something to show."""
    from romcheck.records.demo import fill

    with opened(data) as records:
        with bar("Inventing people", "people", err) as progress:
            count = fill(records, mix=mix, language=language, progress=progress)
        say(f"{count} invented people, 'Demo 01' to 'Demo {count:02d}', are in {records.folder}.")

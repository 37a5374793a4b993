"""All exports of the records, with the same names on the pages and the command line."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal, get_args

from romcheck.exchange.atomic import writable_folder, written_whole
from romcheck.exchange.fhir import fhir_bundle
from romcheck.i18n.wording import Wording
from romcheck.progress import Progress, silent
from romcheck.records.archive import export_person
from romcheck.records.entries import PersonPage
from romcheck.records.entries_table import write_entries
from romcheck.records.fhir_entries import Document, resources
from romcheck.records.overview import occasion_of, page
from romcheck.records.replacing import check_export_at
from romcheck.records.store import Records
from romcheck.records.table import write_table
from romcheck.reports.first_lines import first_lines
from romcheck.reports.of_person import course, report_data, to_report
from romcheck.reports.typst import report_pdf

ExportKind = Literal["archive", "csv", "parquet", "entries", "fhir"]
KINDS: tuple[ExportKind, ...] = get_args(ExportKind)
ENDINGS: dict[ExportKind, str] = {
    "archive": "person.zip",
    "csv": "trials.csv",
    "parquet": "trials.parquet",
    "entries": "entries.csv",
    "fhir": "fhir.json",
}
MOST_PEOPLE = 1_000_000


def file_stem(code: str) -> str:
    """A code in a form suitable for a file name."""
    return "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in code)


def file_name(kind: ExportKind, code: str | None = None) -> str:
    """File name of an export of a person or of everyone."""
    return f"{file_stem(code or 'everybody')}.{ENDINGS[kind]}"


def write_export(
    records: Records, kind: ExportKind, path: str | Path, person_id: int | None = None, *, videos: bool = True
) -> None:
    """Write a file that only the owner may read. It is noted in the audit trail.

    Parameters
    ----------
    kind : an archive or FHIR bundle of one person; trials as CSV or Parquet, or other entries as CSV, of one person or
        of everybody
    person_id : everybody if None, for tables only
    videos : whether an archive holds the kept videos

    Raises
    ------
    OutputError
        When it cannot be written, or would replace anything but an older export of the same.
    """
    if kind != "archive":  # which looks by itself
        code = None if person_id is None else records.person(person_id).code
        check_export_at(Path(path), kind, code)
    if kind in ("csv", "parquet"):
        write_table(records, path, person_id)
        return
    if kind == "entries":
        write_entries(records, path, person_id)
        return
    if person_id is None:
        raise ValueError(f"{kind} is of one person")
    if kind == "archive":
        export_person(records, person_id, path, videos=videos)
    else:
        _write_bundle(records, path, person_id)


def write_everybody(
    records: Records, kind: ExportKind, folder: str | Path, *, videos: bool = True, progress: Progress = silent
) -> list[Path]:
    """Write an archive or a FHIR bundle for each person into a folder, which is created; return the files.

    `progress` is called with the people written and how many there are.
    """
    folder = writable_folder(folder)
    written: list[Path] = []
    taken: set[str] = set()
    everybody = records.people(limit=MOST_PEOPLE)
    for number, line in enumerate(everybody):
        progress(number, len(everybody))
        assert line.person.id is not None
        name = file_name(kind, line.person.code)
        if name.casefold() in taken:  # "A/1" and "A 1" are one name
            name = file_name(kind, f"{line.person.code}_{line.person.id}")
        taken.add(name.casefold())
        write_export(records, kind, folder / name, line.person.id, videos=videos)
        written.append(folder / name)
    return written


def _write_bundle(records: Records, path: str | Path, person_id: int) -> None:
    """Everything recorded of one person, without name and free text."""
    found = page(records, person_id)
    days = {visit.id: visit.on for visit in found.visits}
    occasions = [occasion_of(record, days[record.visit_id]) for record in found.measurements]
    others = partial(resources, found, _document(records, found))
    text = fhir_bundle(occasions, found.person.code, birth_year=found.person.birth_year, others=others)
    with written_whole(path, private=True) as unfinished:
        unfinished.write_text(text, "utf-8")
    records.note("exported", person_id, "fhir")


def _document(records: Records, found: PersonPage) -> Document | None:
    """The page for the referrer on what a report is about, dated by the newest measurement; None without any."""
    shown = to_report(found)
    if shown is None:
        return None
    words = Wording("en")
    days = {visit.id: visit.on for visit in found.visits}
    on = max(days[m.visit_id] for m in shown if m is not None)
    data = report_data(found, *shown, records.frames, words, made_on=on)
    data = replace(data, course=course(found, on, words, goals=False))
    coded = first_lines(data, words, places=False)
    return Document(on, tuple(coded), report_pdf(data, "referrer"))

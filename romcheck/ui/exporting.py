"""Files to take away, made when they are asked for and noted in the audit trail."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from romcheck.exchange.fhir import fhir_bundle
from romcheck.records.archive import export_person
from romcheck.records.entries import PersonPage
from romcheck.records.store import Records
from romcheck.records.table import write_table
from romcheck.reports.of_person import occasion


def file_stem(code: str) -> str:
    """A code as it may stand in the name of a file."""
    return "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in code)


def table_bytes(records: Records, ending: str, person_id: int | None = None) -> bytes:
    """Trials of one person or of everybody, ``csv`` or ``parquet``."""
    return _written(lambda path: write_table(records, path, person_id), f"trials.{ending}")


def archive_bytes(records: Records, person_id: int, videos: bool) -> bytes:
    """Everything of one person, with or without kept videos."""
    return _written(lambda path: export_person(records, person_id, path, videos=videos), "person.zip")


def fhir_bytes(records: Records, found: PersonPage) -> bytes:
    """Measurements of one person as a FHIR bundle; the name is left out."""
    person = found.person
    occasions = [occasion(found, record) for record in found.measurements]
    text = fhir_bundle(occasions, person.code, birth_year=person.birth_year)
    records.note("exported", person.id, "fhir")
    return text.encode()


def _written(write: Callable[[Path], object], name: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(path)
        return path.read_bytes()

"""What a new backup or export may replace: nothing but an older one of the same, as there may be no other copy."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from romcheck.errors import OutputError
from romcheck.exchange.fhir import PEOPLE
from romcheck.names import shown
from romcheck.records import zips
from romcheck.records.archive_reading import Owner, person_of
from romcheck.records.backup_filling import INSTALLATION
from romcheck.records.backup_people import FAILS, packed_here, trail_of
from romcheck.records.backup_reading import head_of
from romcheck.records.entries import Person
from romcheck.records.store import Records

HOLDS = {"csv": "measurement_id", "parquet": "measurement_id", "entries": "entry"}
"""A column that only this table has."""
CODE = "person_code"


def check_backup_at(path: Path, records: Records) -> None:
    """Let a backup replace only one of the same installation.

    Raises
    ------
    OutputError
        Which says what the file there is.
    """
    if not _something_at(path):
        return
    with _opened(path) as (packed, owner):
        if owner is not None:
            raise OutputError("there_archive", path=shown(path), code=owner.code)
        if not packed_here(packed, head_of(packed), str(records.setting(INSTALLATION)), trail_of(records)):
            raise OutputError("there_backup_other", path=shown(path))


def check_archive_at(path: Path, person: Person) -> None:
    """Let an archive replace only one of the same person.

    Raises
    ------
    OutputError
        Which says what the file there is.
    """
    if not _something_at(path):
        return
    with _opened(path) as (_, owner):
        if owner is None:
            raise OutputError("there_backup", path=shown(path))
        if owner.uid != person.uid:
            raise OutputError("there_archive_other", path=shown(path), code=owner.code)


def check_export_at(path: Path, kind: str, code: str | None) -> None:
    """Let a table or bundle replace only one of the same kind and person; that of everybody, any of its kind.

    Raises
    ------
    OutputError
        Which says what the file there is.
    """
    if not _something_at(path):
        return
    try:
        codes = _bundle_codes(path) if kind == "fhir" else _table_codes(path, kind)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, csv.Error) as error:
        raise OutputError("there_other", path=shown(path)) from error
    if code is not None and (others := sorted(codes - {code})):
        raise OutputError("there_export_other", path=shown(path), code=others[0])


def _table_codes(path: Path, kind: str) -> set[str]:
    if kind == "parquet":
        import pyarrow.parquet as pq

        if HOLDS[kind] not in pq.read_schema(path).names:
            raise KeyError(HOLDS[kind])
        return set(pq.read_table(path, columns=[CODE])[CODE].to_pylist())
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file)
        if not {HOLDS[kind], CODE} <= set(rows.fieldnames or ()):
            raise KeyError(HOLDS[kind])
        return {row[CODE] for row in rows}


def _bundle_codes(path: Path) -> set[str]:
    """Codes of the patients of a bundle."""
    found = (entry["resource"] for entry in json.loads(path.read_bytes())["entry"])
    patients = [one for one in found if one["resourceType"] == "Patient"]
    codes = {one["value"] for patient in patients for one in patient["identifier"] if one["system"] == PEOPLE}
    if not codes:
        raise KeyError(PEOPLE)
    return codes


@contextmanager
def _opened(path: Path) -> Iterator[tuple[zipfile.ZipFile, Owner | None]]:
    """The zip there, and whose archive it is; None for a backup."""
    try:
        with zips.opened(path) as packed:
            yield packed, None if zips.HEAD in packed.namelist() else person_of(packed)
    except FAILS as error:
        raise OutputError("there_unknown", path=shown(path)) from error


def _something_at(path: Path) -> bool:
    try:
        return path.is_file() and path.stat().st_size > 0
    except OSError:  # writing tells why
        return False

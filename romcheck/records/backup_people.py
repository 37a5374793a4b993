"""The people in each backup, and removing one person; only from clearly identified backups of this installation."""

from __future__ import annotations

import json
import shutil
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from romcheck.exchange.atomic import remove_unfinished, written_whole
from romcheck.records import files, zips
from romcheck.records.backup_filling import ELSEWHERE, INSTALLATION
from romcheck.records.backup_reading import FILE_NAME, UNREADABLE, checked_head, lines_of
from romcheck.records.chain import Link, hashes_of
from romcheck.records.database import BACKUPS
from romcheck.records.models import AuditRow, Base
from romcheck.records.problems import RecordsError
from romcheck.records.store import Records
from romcheck.records.zips import HEAD

FAILS = (*UNREADABLE, RecordsError, OSError, sqlite3.Error)
"""Exceptions of reading or rewriting a file."""


@dataclass(frozen=True)
class Backups:
    """Backups ``holding`` the person, and ``unknown`` ones, which were not examined."""

    holding: tuple[Path, ...]
    unknown: tuple[Path, ...]


def find(records: Records, uid: str) -> Backups:
    """Search the data folder's backups, and those written elsewhere, for a person's identification.

    A file that is not a complete backup of this installation, is a link, or is missing is not examined. A backup
    belongs to this installation when it carries its number; an older one, when its audit trail is the beginning of
    the trail here.
    """
    inside = records.folder / BACKUPS
    elsewhere = {Path(name) for name in records.setting(ELSEWHERE) or []}
    known = {path for ending in ("zip", "db") for path in inside.glob(f"*.{ending}")} | elsewhere
    installation = str(records.setting(INSTALLATION))
    trail = trail_of(records)
    holding, unknown = [], []
    for path in sorted(known):
        try:
            if not path.is_absolute() or path.is_symlink() or not path.is_file():
                unknown.append(path)
            elif _ours(path, installation, trail):
                if _holds(path, uid):
                    holding.append(path)
            else:
                unknown.append(path)
        except FAILS:
            unknown.append(path)
    return Backups(tuple(holding), tuple(unknown))


def take_out(path: Path, uid: str) -> None:
    """Rewrite a backup without one person, completely or not at all; it can be restored as before.

    The audit trail in it stays: it contains only the person's number.
    """
    remove_unfinished(path)  # left by an earlier run that was killed
    with written_whole(path, private=True) as unfinished:
        if path.suffix == ".db":
            shutil.copyfile(path, unfinished)
            with closing(sqlite3.connect(unfinished, isolation_level=None)) as connection:
                # On failure the copy is discarded: no journal, which would contain the person.
                connection.executescript(
                    "PRAGMA journal_mode = DELETE; PRAGMA journal_mode = MEMORY; PRAGMA temp_store = MEMORY; "
                    "PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;"
                )
                connection.execute("DELETE FROM person WHERE uid = ?", (uid,))
                connection.execute("DELETE FROM setting WHERE instr(value, ?)", (uid,))
                connection.execute("VACUUM")
        else:
            with zips.opened(path) as old, zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as new:
                _repack(old, new, uid)
            with zips.opened(unfinished) as packed:
                checked_head(packed)
        if _holds(unfinished, uid):
            raise RecordsError("still_in_it")


def _repack(old: zipfile.ZipFile, new: zipfile.ZipFile, uid: str) -> None:
    head = checked_head(old)
    gone = {row["id"] for row in lines_of(old, "person") if row["uid"] == uid}
    names = [t.name for t in Base.metadata.sorted_tables if f"tables/{t.name}.jsonl" in old.namelist()]
    measured = {row["id"] for row in lines_of(old, "measurement") if row["person_id"] in gone}
    kept: set[str] = set()
    for name in names:
        count = 0
        with new.open(f"tables/{name}.jsonl", "w", force_zip64=True) as part:
            for row in lines_of(old, name):
                theirs = name != "audit" and (
                    row.get("person_id") in gone
                    or (name == "person" and row["id"] in gone)
                    or (name == "trial" and row["measurement_id"] in measured)
                    or (name == "setting" and uid in row["value"])
                )
                if theirs:
                    continue
                if name == "measurement":
                    source = row.get("source_sha256") or json.loads(row["result"])["source"]["sha256"]
                    kept |= {str(row["frames_sha256"]) + files.FRAMES, str(source) + files.VIDEO}
                part.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
                count += 1
        head["rows"][name] = count
    for info in old.infolist():
        if (match := FILE_NAME.fullmatch(info.filename)) and match[1] + match[2] in kept:
            with old.open(info) as source, new.open(zipfile.ZipInfo(info.filename), "w", force_zip64=True) as part:
                shutil.copyfileobj(source, part, files.CHUNK)
    new.writestr(HEAD, json.dumps(head, indent=1))


def _ours(path: Path, installation: str, trail: frozenset[str]) -> bool:
    if path.suffix == ".db":
        with _looked_into(path) as connection:
            named = connection.execute("SELECT value FROM setting WHERE name = ?", (INSTALLATION,)).fetchone()
            if named is not None:
                return bool(json.loads(named[0]) == installation)
            said = connection.execute('SELECT at, "by", action, person_id, detail FROM audit ORDER BY id')
            return _begins(trail, [Link(datetime.fromisoformat(at), *line) for at, *line in said])
    with zips.opened(path) as packed:
        return packed_here(packed, checked_head(packed), installation, trail)


def packed_here(packed: zipfile.ZipFile, head: dict[str, Any], installation: str, trail: frozenset[str]) -> bool:
    """Whether a backup is of this installation, by its number or its audit trail."""
    if "installation" in head:
        return bool(head["installation"] == installation)
    return _begins(trail, [_link(row) for row in lines_of(packed, "audit")])


def trail_of(records: Records) -> frozenset[str]:
    """The hashes of the audit trail here."""
    return frozenset(records.database.read(lambda session: session.scalars(select(AuditRow.hash)).all()))


def _link(row: dict[str, Any]) -> Link:
    return Link(datetime.fromisoformat(row["at"]), row["by"], row["action"], row["person_id"], row["detail"])


def _begins(trail: frozenset[str], links: list[Link]) -> bool:
    return bool(links) and hashes_of(links)[-1] in trail


def _holds(path: Path, uid: str) -> bool:
    if path.suffix == ".db":
        with _looked_into(path) as connection:
            return connection.execute("SELECT 1 FROM person WHERE uid = ?", (uid,)).fetchone() is not None
    with zips.opened(path) as packed:
        return any(row.get("uid") == uid for row in lines_of(packed, "person"))


@contextmanager
def _looked_into(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database file that is not in use, so that SQLite leaves no files beside it.

    Raises
    ------
    RecordsError
        When a write-ahead log exists: its content would be ignored.
    """
    if Path(f"{path}-wal").exists():
        raise RecordsError("db_not_whole", path=path)
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    with closing(connection):
        yield connection

"""All records in one file, which can be restored to SQLite or PostgreSQL, here or elsewhere.

A backup is a zip: ``backup.json`` says what it is, ``tables/NAME.jsonl`` holds one row per line, ``files/`` the frames
and the saved videos of measurements. It is a snapshot taken while others keep working. Videos not linked to a person
and the calibrations of cameras are not included.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import tempfile
import time
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import exc, func, inspect, select, text, true
from sqlalchemy.orm import Session

from romcheck import __version__
from romcheck.errors import system_says
from romcheck.exchange.atomic import STEM, left_unfinished, stem_of_unfinished, written_whole
from romcheck.exchange.origin import digest_of
from romcheck.names import shown
from romcheck.progress import Progress, silent
from romcheck.records import audit, files, zips
from romcheck.records.backup_filling import ELSEWHERE, INSTALLATION, Filling, Mine, Odd, mine_of
from romcheck.records.backup_reading import FILE_NAME, SCHEMA, UNREADABLE, checked_head
from romcheck.records.database import (
    BACKUPS,
    FILE,
    NEWEST,
    Database,
    explained,
    private_folder,
)
from romcheck.records.models import Base, MeasurementRow
from romcheck.records.problems import ArchiveError, DatabaseError, LostDatabaseError, RestoreStopped
from romcheck.records.replacing import check_backup_at
from romcheck.records.rows import BATCH, batches, save_setting, setting
from romcheck.records.store import Records
from romcheck.records.video_files import settle, video_with
from romcheck.records.zips import HEAD

RESTORING = ".restoring-"
FIRST = b"tables/"
"""Prefix of the name of a backup's first part."""
NAME = re.compile(r"\d{8}-\d{6}(-\d+)?")
"""Default name of a backup."""
SETTLED_S = 60.0
"""An older empty file is not a backup that was just started."""


@dataclass(frozen=True)
class Restored:
    """Result of restoring a backup.

    Attributes
    ----------
    before : backup of the previous records; None where there were none
    odd : the first entries that break a current rule; they were restored unchanged
    odd_count : number of all such entries
    """

    before: Path | None
    odd: tuple[Odd, ...]
    odd_count: int


@dataclass
class _Steps:
    """How far a restore is: where the previous records are saved, and whether the new ones are in their place."""

    before: Path | None = None
    replaced: bool = False


def backups_in(folder: Path) -> list[Path]:
    """Backups in a data folder, newest first."""
    return sorted((folder / BACKUPS).glob("*.zip"), key=lambda path: path.stat().st_mtime, reverse=True)


def write_backup(
    records: Records, path: str | Path | None = None, *, videos: bool = True, progress: Progress = silent
) -> Path:
    """Write a backup; into the data folder's ``backups`` if no path is given. Only the owner may read it.

    Parameters
    ----------
    path : the backup
    videos : whether the saved videos of measurements are included
    progress : called with the entries and files written, and how many there are

    Raises
    ------
    OutputError
        When it cannot be written, or would replace anything but an older backup of this installation.
    """
    settle(records.database)
    inside = private_folder(records.folder / BACKUPS)
    path = Path(path) if path else _new_name(inside)
    check_backup_at(path, records)
    remove_left(path.parent, [path, *map(Path, records.setting(ELSEWHERE) or [])])
    with (
        written_whole(path, private=True) as unfinished,
        zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        records.database.read(lambda session: _pack(records.database, session, packed, videos, progress))

    def work(session: Session) -> None:
        if path.parent.resolve() != inside.resolve():
            known = [*(setting(session, ELSEWHERE) or []), str(path.resolve())]
            save_setting(session, ELSEWHERE, sorted(set(known)))
        audit.note(session, records.by, "backed up", None)

    records.database.write(work)
    return path


def remove_left(folder: Path, backups: Iterable[Path]) -> None:
    """Remove the remains of killed backups from a folder: they contain personal data like a complete one.

    Parameters
    ----------
    backups : known ones; an empty leftover is recognised by its name only
    """
    stems = {known.stem[:STEM] for known in backups}
    for path in left_unfinished(folder, ".zip"):
        with suppress(OSError), path.open("rb") as file:
            head = file.read(30 + len(FIRST))
            if head.startswith(b"PK\3\4") and head.endswith(FIRST):
                path.unlink()
            elif not head and time.time() - path.stat().st_mtime > SETTLED_S:
                stem = stem_of_unfinished(path)
                if stem in stems or NAME.fullmatch(stem):
                    path.unlink()


def _new_name(folder: Path) -> Path:
    """A new name with the current time, in the form of :data:`NAME`."""
    moment = f"{datetime.now():%Y%m%d-%H%M%S}"
    names = (f"{moment}{'' if number == 1 else f'-{number}'}.zip" for number in count(1))
    return next(path for name in names if not (path := folder / name).exists())


def _pack(database: Database, session: Session, packed: zipfile.ZipFile, videos: bool, progress: Progress) -> None:
    tables = Base.metadata.sorted_tables
    counts = {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}
    sha256 = MeasurementRow.frames_sha256
    frames = session.scalars(select(sha256).where(sha256.is_not(None)).distinct().order_by(sha256)).all()
    filmed = list(_videos(database, session)) if videos else []
    done, steps = 0, sum(counts.values()) + len(frames) + len(filmed)
    for table in tables:
        rows = session.execute(select(table).order_by(table.c.id).execution_options(yield_per=BATCH)).mappings()
        with packed.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as part:
            for some in batches(rows):
                for row in some:
                    part.write(json.dumps(dict(row), ensure_ascii=False, default=_plain).encode() + b"\n")
                done += len(some)
                progress(done, steps)
    for name in frames:
        packed.writestr(f"files/{name}.parquet", files.content(database, str(name)), zipfile.ZIP_STORED)
        done += 1
        progress(done, steps)
    for video in filmed:
        packed.write(video, f"files/{video.name}", zipfile.ZIP_STORED)
        done += 1
        progress(done, steps)
    head = {
        "schema": SCHEMA,
        "romcheck": __version__,
        "revision": NEWEST,
        "installation": setting(session, INSTALLATION),
        "rows": counts,
    }
    packed.writestr(HEAD, json.dumps(head, indent=1))


def _videos(database: Database, session: Session) -> Iterator[Path]:
    for sha256 in session.scalars(select(MeasurementRow.source_sha256).distinct()):
        if (path := video_with(database.folder, str(sha256))) is not None:
            yield path


def restore(
    folder: str | Path,
    path: str | Path,
    *,
    url: str | None = None,
    replace: bool = False,
    progress: Progress = silent,
) -> Restored:
    """Restore a backup.

    Parameters
    ----------
    folder : the data folder
    path : the backup
    url : of an empty PostgreSQL database; SQLite in the data folder without
    replace : replace the people now in the folder, who are backed up first
    progress : called with the entries restored and their total

    Raises
    ------
    ArchiveError
        When it is not a backup, is damaged, or was written by a newer romcheck; nothing was changed.
    DatabaseError
        When there are people already and ``replace`` is False, or another window has the database open.
    RestoreStopped
        After Ctrl-C.
    """
    steps = _Steps()
    try:
        return _restore(Path(folder), Path(path), url, replace, progress, steps)
    except KeyboardInterrupt as stopped:
        saved = steps.before if steps.before and steps.before.exists() else None
        raise RestoreStopped(saved, steps.replaced) from stopped


def _restore(folder: Path, path: Path, url: str | None, replace: bool, progress: Progress, steps: _Steps) -> Restored:
    if path.suffix == ".db":
        raise ArchiveError("backup_is_db", name=path.name, file=FILE)
    try:
        path.open("rb").close()
    except OSError as error:
        raise ArchiveError("archive_unreadable", path=shown(path), why=system_says(error)) from error
    folder = private_folder(folder)
    try:
        with zips.opened(path) as packed:
            filling = Filling(packed, checked_head(packed), progress)
            if url:
                _restore_to_server(folder, filling, url, steps)
            else:
                _restore_to_file(folder, filling, replace, steps)
            return Restored(steps.before, tuple(filling.odd), filling.odd_count)
    except UNREADABLE as error:
        raise ArchiveError("backup_damaged", name=path.name) from error
    except exc.DBAPIError as error:
        if isinstance(error, exc.IntegrityError | exc.DataError):
            raise ArchiveError("backup_unfit", name=path.name) from error
        raise explained(error, writing=True) from error
    except OSError as error:
        raise DatabaseError("backup_disk", why=system_says(error)) from error


def _restore_to_file(folder: Path, filling: Filling, replace: bool, steps: _Steps) -> None:
    mine = _set_aside(folder, replace, steps) if (folder / FILE).exists() else None
    with tempfile.TemporaryDirectory(prefix=RESTORING, dir=folder) as scratch:
        database = Database.empty(Path(scratch))
        try:
            with database.engine.begin() as connection:
                filling.fill(connection, mine)
        finally:
            database.close()
        with closing(sqlite3.connect(database.path or "")) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")  # everything in one file, to be moved
        _unpack_files(folder, filling.packed)
        _take_apart(folder / FILE)
        try:
            (Path(scratch) / FILE).replace(folder / FILE)
        finally:  # Ctrl-C may arrive when it is done
            steps.replaced = not (Path(scratch) / FILE).exists()
    with Records(folder, url="") as restored:
        restored.note("restored", None)
        files.remove_unnamed(restored.database)


def _set_aside(folder: Path, replace: bool, steps: _Steps) -> Mine | None:
    """Back up the present records, if any; a database that cannot be read is moved unchanged."""
    try:
        with Records(folder, url="") as current:
            people = current.count_people()
            if not people and not current.audit(limit=1):
                return None
            if replace:
                steps.before = _new_name(private_folder(folder / BACKUPS))
                write_backup(current, steps.before)
                current.database.write(lambda session: files.doubt(current.database, session, true()))
                return current.database.read(mine_of)
    except LostDatabaseError:
        return None
    except DatabaseError as error:
        if not replace:
            raise DatabaseError("set_aside", error=error) from error
        kept = private_folder(folder / BACKUPS) / f"{datetime.now():%Y%m%d-%H%M%S}-unreadable.db"
        steps.before = kept
        for ending in ("", "-wal", "-shm"):
            if (folder / f"{FILE}{ending}").exists():
                (folder / f"{FILE}{ending}").replace(f"{kept}{ending}")
        return None
    raise DatabaseError("people_there", count=people, folder=folder)


def _take_apart(path: Path) -> None:
    """Make sure that the database is not open anywhere and its write-ahead log is gone, before it is replaced."""
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(path, timeout=2)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as error:
        raise DatabaseError("open_elsewhere") from error


def _restore_to_server(folder: Path, filling: Filling, url: str, steps: _Steps) -> None:
    database = Database.empty(folder, url)
    try:
        with database.engine.begin() as connection:
            there = set(inspect(connection).get_table_names())
            ours = {table.name for table in Base.metadata.sorted_tables} | {"alembic_version"}
            used = [
                name
                for name in ("person", "audit")
                if name in there and connection.execute(text(f"SELECT count(*) FROM {name}")).scalar()
            ]
            if used or there - ours:
                raise DatabaseError("server_not_empty")
            for name in there:
                connection.execute(text(f'DROP TABLE "{name}" CASCADE'))
            connection.execute(text("DROP FUNCTION IF EXISTS audit_only_grows"))
            _unpack_files(folder, filling.packed)
            filling.fill(connection)
        steps.replaced = True
    finally:
        database.close()
    with Records(folder, url=url) as restored:
        restored.note("restored", None)


def _plain(value: Any) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"a backup cannot hold a {type(value).__name__}")


def _unpack_files(folder: Path, packed: zipfile.ZipFile) -> None:
    for name in packed.namelist():
        match = FILE_NAME.fullmatch(name)
        if match is None:
            continue
        target = files.path_of(folder, match[1], match[2])
        if target.exists():
            continue
        private_folder(target.parent.parent)
        private_folder(target.parent)
        with written_whole(target, private=True) as unfinished:
            with packed.open(name) as source, unfinished.open("wb") as file:
                shutil.copyfileobj(source, file, files.CHUNK)
            with unfinished.open("rb") as file:
                if digest_of(file) != match[1]:
                    raise ArchiveError("backup_file_changed")

"""Files named by their content, in the data folder: ``files/ab/ab12….parquet`` and ``….mkv``.

Frames belong to the measurements that name them, a saved video to the measurements made from it. Files are added only
within a transaction that holds the lock on files, and marked until it is committed, as are those whose measurements are
deleted; under this lock, a marked file that no row names was left by a crash and can be removed.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import IO

from sqlalchemy import ColumnElement, event, select
from sqlalchemy.orm import Session

from romcheck.errors import system_says
from romcheck.records.database import PRIVATE_FILE, Database, private_folder
from romcheck.records.models import MeasurementRow
from romcheck.records.problems import ArchiveError, DatabaseError

FOLDER = "files"
FRAMES, VIDEO = ".parquet", ".mkv"
NAMED_BY = {FRAMES: MeasurementRow.frames_sha256, VIDEO: MeasurementRow.source_sha256}
"""The column that names the files with an ending."""
DOUBTED = ".doubted"
"""Folder of the marks."""
MARK = ".mark"
CHUNK = 1 << 20
_HASH = re.compile("[0-9a-f]{64}")


def path_of(folder: Path, sha256: str, ending: str = FRAMES) -> Path:
    """Path of the file with this content."""
    if not _HASH.fullmatch(sha256):
        raise ValueError("not a SHA-256")
    return folder / FOLDER / sha256[:2] / f"{sha256}{ending}"


def place_for(database: Database, session: Session, sha256: str, ending: str = FRAMES) -> Path:
    """Path for a new file within the transaction; its folder is created, and the file in doubt until the commit."""
    database.hold_files(session)
    path = path_of(database.folder, sha256, ending)
    private_folder(database.folder / FOLDER)
    private_folder(path.parent)
    mark = _mark(database, sha256, ending)
    event.listen(session, "after_commit", lambda _: mark.unlink(missing_ok=True), once=True)
    return path


def keep(database: Database, session: Session, content: bytes) -> str:
    """Write frames within the transaction that will name them; return their name, the SHA-256 of their content."""
    sha256 = hashlib.sha256(content).hexdigest()
    keep_from(database, session, sha256, FRAMES, io.BytesIO(content))
    return sha256


def keep_from(database: Database, session: Session, sha256: str, ending: str, source: IO[bytes]) -> None:
    """Write a file of this content within the transaction, piece by piece.

    Raises
    ------
    ArchiveError
        When the content differs.
    DatabaseError
        When it cannot be written.
    """
    path = place_for(database, session, sha256, ending)
    if path.exists():
        return
    unfinished = path.with_name(f".{sha256}.{os.getpid()}")
    try:
        handle = os.open(unfinished, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, PRIVATE_FILE)
        digest = hashlib.sha256()
        with os.fdopen(handle, "wb") as file:
            while piece := source.read(CHUNK):
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        if digest.hexdigest() != sha256:
            raise ArchiveError("file_changed")
        unfinished.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise DatabaseError(
            "video_unwritten" if ending == VIDEO else "frames_unwritten", why=system_says(error)
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)


def content(database: Database, sha256: str) -> bytes:
    """Read frames.

    Raises
    ------
    DatabaseError
        When they are missing or have changed.
    """
    path = path_of(database.folder, sha256)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DatabaseError("kept_frames_unreadable", path=path, why=system_says(error)) from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise DatabaseError("kept_frames_changed", path=path)
    return data


def doubt(database: Database, session: Session, of: ColumnElement[bool]) -> None:
    """Mark the files of measurements about to be deleted for :func:`remove_unnamed`, now or after a crash."""
    database.hold_files(session)
    for ending, column in NAMED_BY.items():
        for sha256 in {*session.scalars(select(column).where(of))} - {None, ""}:
            if path_of(database.folder, str(sha256), ending).exists():
                _mark(database, str(sha256), ending)


def _mark(database: Database, sha256: str, ending: str) -> Path:
    """Mark a file that this transaction adds, or whose rows it deletes: only then may no row name it afterwards.

    The mark says whose it is: two databases that share a folder do not know each other's rows.
    """
    folder = private_folder(private_folder(database.folder / FOLDER) / DOUBTED)
    mark = folder / f"{sha256}{ending}{MARK}"
    mark.touch(PRIVATE_FILE)
    mark.write_text(_name_of(database), "utf-8")
    return mark


def remove_unnamed(database: Database) -> int:
    """Remove marked files that no row names, left by a crash or a deletion; return their number.

    Others are not looked at: a database that is new, empty, older or another one names none of the files that belong to
    the one before it, and they must stay.
    """
    marks = [mark for mark in _marks(database) if _marked_by(mark) == _name_of(database)]

    def work(session: Session) -> int:
        database.hold_files(session)
        removed = 0
        for mark in marks:
            name = Path(mark.stem)
            path, column = path_of(database.folder, name.stem, name.suffix), NAMED_BY[name.suffix]
            if session.scalar(select(column).where(column == name.stem).limit(1)) is None:
                # Unfinished files are not in use: writing one needs the lock held by this transaction.
                unwanted = [one for one in (path, *path.parent.glob(f".{name.stem}.*")) if one.exists()]
                removed += len(unwanted)
                for one in unwanted:
                    one.unlink(missing_ok=True)
            mark.unlink(missing_ok=True)
        return removed

    return database.write(work) if marks else 0


def _marks(database: Database) -> list[Path]:
    found = sorted((database.folder / FOLDER / DOUBTED).glob(f"*{MARK}"))
    names = [Path(mark.stem) for mark in found]
    return [m for m, n in zip(found, names, strict=True) if _HASH.fullmatch(n.stem) and n.suffix in NAMED_BY]


def _name_of(database: Database) -> str:
    return database.engine.url.set(username=None, password=None).render_as_string()


def _marked_by(mark: Path) -> str:
    with suppress(OSError):
        return mark.read_text("utf-8")
    return ""  # another window has removed it


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to disk, to survive a power failure."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

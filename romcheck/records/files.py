"""Files named by their content, in the data folder: ``files/ab/ab12….parquet`` and ``….mkv``.

Frames belong to the measurements that name them, a saved video to the measurements made from it. Files are added only
within a transaction that holds the lock on files; under this lock, a file that no row names was left by a crash and can
be removed.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from romcheck.errors import system_says
from romcheck.records.database import PRIVATE_FILE, Database, private_folder
from romcheck.records.models import MeasurementRow
from romcheck.records.problems import ArchiveError, DatabaseError

FOLDER = "files"
FRAMES, VIDEO = ".parquet", ".mkv"
NAMED_BY = {FRAMES: MeasurementRow.frames_sha256, VIDEO: MeasurementRow.source_sha256}
"""The column that names the files with an ending."""
CLOCK_S = 2.0
"""Coarsest clock of a file system."""
CHUNK = 1 << 20
_HASH = re.compile("[0-9a-f]{64}")


def path_of(folder: Path, sha256: str, ending: str = FRAMES) -> Path:
    """Path of the file with this content."""
    if not _HASH.fullmatch(sha256):
        raise ValueError("not a SHA-256")
    return folder / FOLDER / sha256[:2] / f"{sha256}{ending}"


def place_for(database: Database, session: Session, sha256: str, ending: str = FRAMES) -> Path:
    """Path for a new file within the transaction; its folder is created."""
    database.hold_files(session)
    path = path_of(database.folder, sha256, ending)
    private_folder(database.folder / FOLDER)
    private_folder(path.parent)
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


def digest_of(source: IO[bytes]) -> str:
    """SHA-256 of what can be read from a file."""
    digest = hashlib.sha256()
    while piece := source.read(CHUNK):
        digest.update(piece)
    return digest.hexdigest()


def doubt(database: Database, session: Session, of: ColumnElement[bool]) -> None:
    """Mark the files of deleted measurements for :func:`remove_unnamed`, now or after a crash."""
    database.hold_files(session)
    hashes = {sha256 for column in NAMED_BY.values() for sha256 in session.scalars(select(column).where(of))}
    for sha256 in hashes - {None, ""}:
        folder = path_of(database.folder, str(sha256)).parent
        if folder.is_dir():
            os.utime(folder)


def remove_unnamed(database: Database, *, everywhere: bool = False) -> int:
    """Remove files that no row names, left by a crash or a deletion; return their number.

    Only folders changed since the last time are searched, unless ``everywhere``.
    """
    root = database.folder / FOLDER
    if not root.is_dir():
        return 0
    swept, sweeping = root / ".swept", root / ".sweeping"
    since = 0.0 if everywhere or not swept.exists() else swept.stat().st_mtime - CLOCK_S

    def work(session: Session) -> int:
        database.hold_files(session)
        # The mark has the time before the search and is written after it: a crash in between causes another search.
        sweeping.touch(PRIVATE_FILE)
        removed = 0
        for folder in sorted(root.iterdir()):
            if folder.is_dir() and folder.stat().st_mtime >= since:
                removed += sum(_remove(path) for path in _unnamed(session, folder))
        sweeping.replace(swept)
        return removed

    changed = any(folder.is_dir() and folder.stat().st_mtime >= since for folder in root.iterdir())
    return database.write(work) if changed else 0


def _unnamed(session: Session, folder: Path) -> Iterator[Path]:
    # Unfinished files are not in use: writing one needs the lock held by this transaction.
    begins, ends = folder.name, f"{folder.name}g"  # a range, not LIKE: it can use the index
    named = {
        f"{sha256}{ending}"
        for ending, column in NAMED_BY.items()
        for sha256 in session.scalars(select(column).where(column >= begins, column < ends))
    }
    for path in sorted(folder.iterdir()):
        if path.name not in named:
            yield path


def _remove(path: Path) -> int:
    path.unlink(missing_ok=True)
    return 1


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to disk, to survive a power failure."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

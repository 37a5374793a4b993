"""Files named by their content, under the data folder: ``files/ab/ab12….parquet``.

A file is written inside the transaction that names it, and only there; so, while a transaction holds the lock on
files, one that no row names is left over from a crash and may go.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from romcheck.records.database import PRIVATE_FILE, Database, private_folder
from romcheck.records.models import MeasurementRow
from romcheck.records.problems import DatabaseError

FOLDER = "files"
ENDING = ".parquet"
CLOCK_S = 2.0
"""Coarsest clock of a file system."""
_HASH = re.compile("[0-9a-f]{64}")


def path_of(folder: Path, sha256: str) -> Path:
    """Where the file with this content lies."""
    if not _HASH.fullmatch(sha256):
        raise ValueError("not a SHA-256")
    return folder / FOLDER / sha256[:2] / f"{sha256}{ENDING}"


def keep(database: Database, session: Session, content: bytes) -> str:
    """Write a file within the transaction that will name it; give its name, the SHA-256 of its content."""
    database.hold_files(session)
    sha256 = hashlib.sha256(content).hexdigest()
    path = path_of(database.folder, sha256)
    if path.exists():
        return sha256
    unfinished = path.with_name(f".{sha256}.{os.getpid()}")
    try:
        private_folder(database.folder / FOLDER)
        private_folder(path.parent)
        handle = os.open(unfinished, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, PRIVATE_FILE)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise DatabaseError(
            f"The angles frame by frame could not be written ({error.strerror}). Nothing was saved. "
            "Make room or choose another folder, and try again."
        ) from error
    return sha256


def content(database: Database, sha256: str) -> bytes:
    """Read a file.

    Raises
    ------
    DatabaseError
        When it is missing or is no longer what was written.
    """
    path = path_of(database.folder, sha256)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DatabaseError(
            f"The angles frame by frame cannot be read: {path} ({error.strerror}). Bring back a backup, or see that "
            "the data folder is the one they were saved in."
        ) from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise DatabaseError(f"{path} was changed or damaged after it was written. Bring back a backup.")
    return data


def doubt(database: Database, session: Session, hashes: Iterable[str | None]) -> None:
    """Have :func:`remove_unnamed` look at these, now or after a crash; called where their rows go."""
    database.hold_files(session)
    for sha256 in set(hashes) - {None}:
        folder = path_of(database.folder, str(sha256)).parent
        if folder.is_dir():
            os.utime(folder)


def remove_unnamed(database: Database, *, everywhere: bool = False) -> int:
    """Remove files that no row names, left by a crash or a deletion; give how many.

    Only folders that changed since the last time are looked through, unless ``everywhere``.
    """
    root = database.folder / FOLDER
    if not root.is_dir():
        return 0
    swept, sweeping = root / ".swept", root / ".sweeping"
    since = 0.0 if everywhere or not swept.exists() else swept.stat().st_mtime - CLOCK_S

    def work(session: Session) -> int:
        database.hold_files(session)
        # The mark takes its time before the look and its name after it: a crash in between looks again.
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
    # Other processes' unfinished files cannot be in work: writing one needs the lock this transaction holds.
    begins, ends = folder.name, f"{folder.name}g"  # a range, not LIKE: it can use the index
    sha256 = MeasurementRow.frames_sha256
    named = set(session.scalars(select(sha256).where(sha256 >= begins, sha256 < ends)))
    for path in sorted(folder.iterdir()):
        if path.stem not in named or path.suffix != ENDING:
            yield path


def _remove(path: Path) -> int:
    path.unlink(missing_ok=True)
    return 1


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

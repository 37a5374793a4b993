"""The files of kept videos: where they are stored, and how they are moved to their measurements."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from romcheck.errors import system_says
from romcheck.exchange.origin import content_sha256
from romcheck.places import VIDEOS
from romcheck.records import files
from romcheck.records.database import PRIVATE_FILE, Database
from romcheck.records.models import MeasurementRow
from romcheck.records.problems import DatabaseError
from romcheck.results import Source

UNFINISHED_S = 600.0
"""An unfinished file, by its name, that was not written to for this time was left by a crash."""


def bring_home(database: Database, source: Source) -> None:
    """Move the kept video of this result to the files of its measurement, if there is one.

    Raises
    ------
    DatabaseError
        When it cannot be moved. It then stays among the unlinked ones.
    """
    if not source.file or Path(source.file).name != source.file:
        return
    path = database.folder / VIDEOS / source.file
    if source.sha256 and _digest(path) == source.sha256:
        _bring(database, path, source.sha256)


def settle(database: Database) -> None:
    """Move every saved video to its measurements, also those of earlier versions and after a crash."""
    for path in kept(database):
        if not unfinished(path) and (sha256 := _digest(path)):
            _bring(database, path, sha256)


def video_with(folder: Path, sha256: str) -> Path | None:
    """The kept video with this content, if a measurement has it."""
    try:
        path = files.path_of(folder, sha256, files.VIDEO)
    except ValueError:
        return None
    return path if path.is_file() else None


def unchanged(path: Path, sha256: str) -> bool:
    """Whether a video still has this content."""
    return _digest(path) == sha256


def kept(database: Database) -> Iterator[Path]:
    """Files of ``videos/`` that are not being written."""
    folder = database.folder / VIDEOS
    if not folder.is_dir():
        return
    now = datetime.now().timestamp()
    for path in sorted(folder.iterdir()):
        if path.is_file() and not (unfinished(path) and now - path.stat().st_mtime < UNFINISHED_S):
            yield path


def unfinished(path: Path) -> bool:
    """Whether the name is that of an unfinished file."""
    return path.name.startswith(".")


def _bring(database: Database, path: Path, sha256: str) -> None:
    made_of_it = select(MeasurementRow.id).where(MeasurementRow.source_sha256 == sha256).limit(1)

    def work(session: Session) -> None:
        database.hold_files(session)
        if session.scalar(made_of_it) is None:
            return
        # The row exists already and is locked: a crash leaves the video in one place or the other.
        home = files.place_for(database, session, sha256, files.VIDEO)
        path.chmod(PRIVATE_FILE)
        path.replace(home)
        files.sync_folder(home.parent)

    if database.read(lambda session: session.scalar(made_of_it)) is None:
        return
    try:
        database.write(work)
    except FileNotFoundError:  # moved by another window
        return
    except OSError as error:
        raise DatabaseError("video_not_moved", path=path, why=system_says(error)) from error


def _digest(path: Path) -> str:
    """SHA-256 of a video, cached until it changes; empty where it is missing."""
    try:
        about = path.stat()
        return _digest_of(path, about.st_mtime_ns, about.st_size)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise DatabaseError("video_unreadable", path=path, why=system_says(error)) from error


@lru_cache(maxsize=256)
def _digest_of(path: Path, _changed: int, _size: int) -> str:
    return content_sha256(path)

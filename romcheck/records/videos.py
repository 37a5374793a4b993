"""Videos somebody asked to keep: each belongs to the measurements it gave, or still to nobody.

A check writes its video to ``videos/``, where it is nobody's. Once its measurement is kept, the video goes to the
files named by their content, and is deleted with the last measurement it gave.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from romcheck.errors import system_says
from romcheck.places import VIDEOS
from romcheck.records import audit, files
from romcheck.records.database import PRIVATE_FILE, Database
from romcheck.records.models import MeasurementRow
from romcheck.records.problems import DatabaseError, NotFoundError
from romcheck.records.rows import get
from romcheck.results import Source

if TYPE_CHECKING:
    from romcheck.records.transactions import Transactions

UNFINISHED_S = 600.0
"""A file that is still being written, as its name says, and was not for so long, was left by a crash."""


@dataclass(frozen=True)
class LooseVideo:
    """A kept video that is nobody's. ``unfinished``: left by a check that broke off."""

    name: str
    kept_at: datetime
    size_bytes: int
    unfinished: bool


def bring_home(database: Database, source: Source) -> None:
    """Put the video this result was measured in among the files of its measurement, if it was kept.

    Raises
    ------
    DatabaseError
        When it cannot be moved. It then stays among those that are nobody's.
    """
    if not source.file or Path(source.file).name != source.file:
        return
    path = database.folder / VIDEOS / source.file
    if source.sha256 and _digest(path) == source.sha256:
        _bring(database, path, source.sha256)


def settle(database: Database) -> None:
    """Bring every video home that a measurement was made of: those of earlier versions, and after a crash."""
    for path in _kept(database):
        if not _unfinished(path) and (sha256 := _digest(path)):
            _bring(database, path, sha256)


def loose(records: Transactions) -> tuple[LooseVideo, ...]:
    """Kept videos that are nobody's, oldest first."""
    settle(records.database)
    found = []
    for path in _kept(records.database):
        about = path.stat()
        at = datetime.fromtimestamp(about.st_mtime, timezone.utc)
        found.append(LooseVideo(path.name, at, about.st_size, _unfinished(path)))
    return tuple(sorted(found, key=lambda one: (one.kept_at, one.name)))


def delete_loose(records: Transactions, name: str) -> None:
    """Delete a kept video that is nobody's."""
    path = next((path for path in _kept(records.database) if path.name == name), None)
    if path is None:
        raise NotFoundError("not_there", entry="video")
    _unlink(path)
    records.note("deleted", None, "video")


def video_of(records: Transactions, measurement_id: int) -> Path | None:
    """The kept video a measurement was made of; None where none was kept."""
    sha256 = records.database.read(lambda session: get(session, MeasurementRow, measurement_id).source_sha256)
    return video_with(records.folder, sha256)


def video_with(folder: Path, sha256: str) -> Path | None:
    """The kept video with this content, if a measurement has it."""
    try:
        path = files.path_of(folder, sha256, files.VIDEO)
    except ValueError:
        return None
    return path if path.is_file() else None


def size_of_all(records: Transactions) -> int:
    """Bytes of the kept videos of all measurements."""
    found = (records.folder / files.FOLDER).glob(f"*/*{files.VIDEO}")
    return sum(path.stat().st_size for path in found)


def delete_video(records: Transactions, measurement_id: int) -> None:
    """Delete the kept video of a measurement, which stays itself. Others made of the same video lose it too."""

    def work(session: Session) -> None:
        records.database.hold_files(session)
        row = get(session, MeasurementRow, measurement_id)
        path = video_with(records.folder, row.source_sha256)
        if path is None:
            raise NotFoundError("not_there", entry="video")
        audit.note(session, records.by, "deleted", row.person_id, f"video of measurement {row.id}")
        _unlink(path)

    records.database.write(work)


def _bring(database: Database, path: Path, sha256: str) -> None:
    made_of_it = select(MeasurementRow.id).where(MeasurementRow.source_sha256 == sha256).limit(1)

    def work(session: Session) -> None:
        database.hold_files(session)
        if session.scalar(made_of_it) is None:
            return
        # The row is there already, and the lock keeps it: a crash leaves the video in one place or the other.
        home = files.place_for(database, session, sha256, files.VIDEO)
        path.chmod(PRIVATE_FILE)
        path.replace(home)
        files.sync_folder(home.parent)

    if database.read(lambda session: session.scalar(made_of_it)) is None:
        return
    try:
        database.write(work)
    except FileNotFoundError:  # another window was quicker
        return
    except OSError as error:
        raise DatabaseError("video_not_moved", path=path, why=system_says(error)) from error


def _kept(database: Database) -> Iterator[Path]:
    """Files of ``videos/`` that nobody is writing at the moment."""
    folder = database.folder / VIDEOS
    if not folder.is_dir():
        return
    now = datetime.now().timestamp()
    for path in sorted(folder.iterdir()):
        if path.is_file() and not (_unfinished(path) and now - path.stat().st_mtime < UNFINISHED_S):
            yield path


def _unfinished(path: Path) -> bool:
    return path.name.startswith(".")


def _digest(path: Path) -> str:
    """SHA-256 of a video, looked at again only when it changed; empty where it is gone."""
    try:
        about = path.stat()
        return _digest_of(path, about.st_mtime_ns, about.st_size)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise DatabaseError("video_unreadable", path=path, why=system_says(error)) from error


@lru_cache(maxsize=256)
def _digest_of(path: Path, _changed: int, _size: int) -> str:
    with path.open("rb") as file:
        return files.digest_of(file)


def _unlink(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise DatabaseError("video_not_deleted", path=path, why=system_says(error)) from error

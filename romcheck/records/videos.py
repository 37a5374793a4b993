"""Saved videos: each belongs to the measurements made from it, or is not linked to a person yet.

A check writes its video to ``videos/``, not linked to a person yet. Once its measurement is saved, the video is moved
to the files named by their content, and is deleted with its last measurement.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from sqlalchemy.orm import Session

from romcheck.errors import system_says
from romcheck.records import audit, files
from romcheck.records.models import MeasurementRow
from romcheck.records.problems import DatabaseError, NotFoundError
from romcheck.records.rows import get
from romcheck.records.transactions import Transactions
from romcheck.records.video_files import kept, settle, unchanged, unfinished, video_with


@dataclass(frozen=True)
class LooseVideo:
    """A saved video not linked to a person. ``unfinished``: left by a check that was interrupted."""

    name: str
    kept_at: datetime
    size_bytes: int
    unfinished: bool


def loose(records: Transactions) -> tuple[LooseVideo, ...]:
    """Saved videos not linked to a person, oldest first."""
    settle(records.database)
    found = []
    for path in kept(records.database):
        about = path.stat()
        at = datetime.fromtimestamp(about.st_mtime, timezone.utc)
        found.append(LooseVideo(path.name, at, about.st_size, unfinished(path)))
    return tuple(sorted(found, key=lambda one: (one.kept_at, one.name)))


def delete_loose(records: Transactions, name: str) -> None:
    """Delete a saved video not linked to a person."""
    path = next((path for path in kept(records.database) if path.name == name), None)
    if path is None:
        raise NotFoundError("not_there", entry="video")
    _unlink(path)
    records.note("deleted", None, "video")


def video_of(records: Transactions, measurement_id: int) -> Path | None:
    """The saved video of a measurement, or None."""
    sha256 = records.database.read(lambda session: get(session, MeasurementRow, measurement_id).source_sha256)
    return video_with(records.folder, sha256)


def seen_video(records: Transactions, measurement_id: int) -> Path:
    """The saved video of a measurement, to be looked at; the view is recorded.

    Raises
    ------
    NotFoundError
        Where there is none.
    DatabaseError
        Where its content is no longer what was measured.
    """
    row = records.database.read(lambda session: get(session, MeasurementRow, measurement_id))
    path = video_with(records.folder, row.source_sha256)
    if path is None:
        raise NotFoundError("not_there", entry="video")
    if not unchanged(path, row.source_sha256):
        raise DatabaseError("video_changed", path=path)
    records.note_seen(row.person_id, f"video of measurement {measurement_id}")
    return path


def size_of_all(records: Transactions) -> int:
    """Total size of the saved videos of all measurements, bytes."""
    found = (records.folder / files.FOLDER).glob(f"*/*{files.VIDEO}")
    return sum(path.stat().st_size for path in found)


def delete_video(records: Transactions, measurement_id: int) -> None:
    """Delete the saved video of a measurement, but not the measurement. Others made from the same video lose it too."""

    def work(session: Session) -> None:
        records.database.hold_files(session)
        row = get(session, MeasurementRow, measurement_id)
        path = video_with(records.folder, row.source_sha256)
        if path is None:
            raise NotFoundError("not_there", entry="video")
        audit.note(session, records.by, "deleted", row.person_id, f"video of measurement {row.id}")
        _unlink(path)

    records.database.write(work)


def _unlink(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise DatabaseError("video_not_deleted", path=path, why=system_says(error)) from error

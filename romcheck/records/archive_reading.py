"""Checking a person's archive: its parts, their sizes, and that nothing in it was changed."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
import zlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from romcheck.clinical import Conditions, DiaryDay, FollowUp, Outcome, Treatment
from romcheck.errors import system_says
from romcheck.exchange.origin import digest_of
from romcheck.progress import Progress, silent
from romcheck.records import zips
from romcheck.records.clinic import Findings, Reaction, Screening
from romcheck.records.entries import Person, Visit
from romcheck.records.problems import ArchiveError, RecordsError
from romcheck.records.results_text import frames_of
from romcheck.records.treatment_plan import GoalScore, TreatmentPlan
from romcheck.records.zips import CONTENT
from romcheck.results import SCHEMA as RESULT_SCHEMA
from romcheck.results import Result

SCHEMA = "romcheck.person/1"
FRAMES = "frames"
VIDEOS = "videos"
MOST_BYTES = 500_000_000
"""Most bytes of everything in an archive but its videos, unpacked: some thousand measurements."""
MOST_PARTS = 20_000
MOST_TEXT = 200_000_000
MOST_VALUES, MOST_NESTS = 10_000_000, 2_000_000
"""Limits of person.json: a person with 200,000 visits has about 40 MB, 1,200,000 values and 200,000 objects."""
FRAMES_NAME = re.compile(rf"{FRAMES}/([0-9a-f]{{64}})\.parquet")
VIDEO_NAME = re.compile(rf"{VIDEOS}/([0-9a-f]{{64}})\.mkv")


@dataclass(frozen=True)
class ArchivedMeasurement:
    """A measurement in an archive: ``visit`` counts the archive's visits from 0."""

    visit: int
    measured_at: datetime
    conditions: Conditions
    result: Result
    frames_sha256: str | None


@dataclass(frozen=True)
class Archive:
    """Content of ``person.json``. ``id``, ``person_id`` and ``version`` of its entries have no meaning elsewhere;
    ``visit_id`` of a treatment or outcome counts the archive's visits from 0. ``videos_left_out`` counts saved videos
    that were left out on request.
    """

    schema: str
    romcheck: str
    person: Person
    visits: tuple[Visit, ...]
    measurements: tuple[ArchivedMeasurement, ...]
    treatments: tuple[Treatment, ...]
    outcomes: tuple[Outcome, ...]
    diary: tuple[DiaryDay, ...]
    follow_ups: tuple[FollowUp, ...]
    videos_left_out: int = 0
    screenings: tuple[Screening, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    findings: tuple[Findings, ...] = ()
    treatment_plans: tuple[TreatmentPlan, ...] = ()
    goal_scores: tuple[GoalScore, ...] = ()


ARCHIVE = TypeAdapter(Archive)


@dataclass(frozen=True)
class Owner:
    """The person of an archive."""

    uid: str
    code: str


@dataclass(frozen=True)
class _Owned:
    person: Owner


_OWNED = TypeAdapter(_Owned)

FrameFiles = dict[str, bytes]
"""Parquet files by the SHA-256 of their content."""


def read_archive(path: str | Path, progress: Progress = silent) -> tuple[Archive, FrameFiles]:
    """An archive and its frames by hash; everything is checked, videos included, and nothing written.

    Parameters
    ----------
    path : the archive
    progress : called with the frames files checked and how many there are

    Raises
    ------
    ArchiveError
        With the reason.
    """
    path = Path(path)
    try:
        with zips.opened(path) as packed:
            parts = _checked_parts(packed)
            content = _content(packed.read(parts[CONTENT]))
            frames = {
                match[1]: packed.read(part)
                for name, part in parts.items()
                if (match := FRAMES_NAME.fullmatch(name)) is not None
            }
            _check_videos(packed, content)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise ArchiveError("archive_damaged", name=path.name) from error
    except OSError as error:
        raise ArchiveError("archive_unreadable", path=path, why=system_says(error)) from error
    wanted = {m.frames_sha256 for m in content.measurements if m.frames_sha256}
    if wanted != set(frames):
        raise ArchiveError("archive_frames")
    for done, (sha256, data) in enumerate(frames.items()):
        progress(done, len(frames))
        if hashlib.sha256(data).hexdigest() != sha256:
            raise ArchiveError("archive_frames_changed")
        try:
            count = len(frames_of(data).time_s)
        except RecordsError as error:
            raise ArchiveError("archive_not_taken", error=error) from error
        for measurement in content.measurements:
            if measurement.frames_sha256 == sha256 and measurement.result.source.frames != count:
                raise ArchiveError("frames_of_another", there=count, frames=measurement.result.source.frames)
    return content, frames


def _checked_parts(packed: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The parts by name, before anything is unpacked."""
    parts = packed.infolist()
    names = [part.filename for part in parts]
    videos = {part.filename for part in parts if VIDEO_NAME.fullmatch(part.filename)}
    strange = [name for name in names if name != CONTENT and name not in videos and not FRAMES_NAME.fullmatch(name)]
    if zips.HEAD in names:
        raise ArchiveError("archive_is_backup")
    if strange:
        raise ArchiveError("archive_strange", strange=strange[0][:60])
    if CONTENT not in names or len(set(names)) != len(names):
        raise ArchiveError("archive_no", content=CONTENT)
    size = sum(part.file_size for part in parts if part.filename not in videos)
    packed_away = any(part.compress_type != zipfile.ZIP_STORED for part in parts if part.filename in videos)
    if len(parts) > MOST_PARTS or size > MOST_BYTES or packed_away:  # a stored (uncompressed) video cannot expand
        raise ArchiveError("archive_big", bytes=MOST_BYTES // 1000000, parts=MOST_PARTS)
    return {part.filename: part for part in parts}


def _check_videos(packed: zipfile.ZipFile, content: Archive) -> None:
    measured = {measurement.result.source.sha256 for measurement in content.measurements}
    for name in packed.namelist():
        if (match := VIDEO_NAME.fullmatch(name)) is None:
            continue
        if match[1] not in measured:
            raise ArchiveError("archive_video_strange")
        with packed.open(name) as source:
            if digest_of(source) != match[1]:
                raise ArchiveError("archive_video_changed")


def _content(text: bytes) -> Archive:
    # Small values need far more memory once parsed than as text.
    if len(text) > MOST_TEXT or text.count(b",") > MOST_VALUES or text.count(b"[") + text.count(b"{") > MOST_NESTS:
        raise ArchiveError("archive_text_big", text=MOST_TEXT // 1000000)
    try:
        content = ARCHIVE.validate_json(text)
    except ValidationError as error:
        _same_schema(_schema_of(text))
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ArchiveError("archive_entry", where=where, first=first["msg"]) from error
    _same_schema(content.schema)
    if any(measurement.result.schema != RESULT_SCHEMA for measurement in content.measurements):
        raise ArchiveError("archive_result_version", result_schema=RESULT_SCHEMA)
    if not re.fullmatch("[0-9a-f]{32}", content.person.uid or ""):
        raise ArchiveError("archive_uid")
    return content


def person_of(packed: zipfile.ZipFile) -> Owner:
    """The person of an archive, of which nothing else is checked."""
    if packed.getinfo(CONTENT).file_size > MOST_TEXT:
        raise ArchiveError("archive_text_big", text=MOST_TEXT // 1000000)
    return _OWNED.validate_json(packed.read(CONTENT)).person


def _schema_of(text: bytes) -> str:
    """The schema stated by entries that this version cannot read."""
    try:
        return str(json.loads(text).get("schema", "none"))
    except (ValueError, AttributeError, RecursionError) as error:
        raise ArchiveError("archive_content", content=CONTENT) from error


def _same_schema(schema: str) -> None:
    if schema != SCHEMA:
        raise ArchiveError("archive_version", schema=schema[:60], schema2=SCHEMA)

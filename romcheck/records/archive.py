"""One person as a file, which another romcheck takes in whole: a zip with ``person.json``, frames and kept videos.

Nothing in an archive chooses a path: its files are named by the hash of their content, and anything else is refused.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import zipfile
import zlib
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from romcheck import __version__
from romcheck.exchange.atomic import written_whole
from romcheck.records import audit, checks, files, follow_up, rules
from romcheck.records.database import PRIVATE_FILE
from romcheck.records.entries import (
    Conditions,
    DiaryDay,
    FollowUp,
    Outcome,
    Person,
    PersonPage,
    TreatmentRecord,
    Visit,
)
from romcheck.records.models import FollowUpRow, PersonRow
from romcheck.records.overview import page_within
from romcheck.records.problems import ArchiveError, RecordsError
from romcheck.records.results_text import frames_of
from romcheck.records.rows import ROWS, entry_of, measurement_row, trial_rows, values_of
from romcheck.records.store import Records
from romcheck.records.videos import settle, video_with
from romcheck.results import SCHEMA as RESULT_SCHEMA
from romcheck.results import Result

SCHEMA = "romcheck.person/1"
CONTENT = "person.json"
FRAMES = "frames"
VIDEOS = "videos"
MOST_BYTES = 500_000_000
"""Of everything in an archive but its videos, unpacked: some thousand measurements."""
MOST_PARTS = 20_000
MOST_TEXT = 200_000_000
MOST_VALUES, MOST_NESTS = 10_000_000, 2_000_000
"""Of person.json: a person with 200,000 visits has about 40 MB, 1,200,000 values and 200,000 nests."""
_FRAMES_NAME = re.compile(rf"{FRAMES}/([0-9a-f]{{64}})\.parquet")
_VIDEO_NAME = re.compile(rf"{VIDEOS}/([0-9a-f]{{64}})\.mkv")
_LONG_AGO = (2000, 1, 1, 0, 0, 0)


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
    """Content of ``person.json``. ``id``, ``person_id`` and ``version`` of its entries mean nothing elsewhere;
    ``visit_id`` of a treatment or outcome counts the archive's visits from 0. ``videos_left_out`` counts kept videos
    that were left out of it on request.
    """

    schema: str
    romcheck: str
    person: Person
    visits: tuple[Visit, ...]
    measurements: tuple[ArchivedMeasurement, ...]
    treatments: tuple[TreatmentRecord, ...]
    outcomes: tuple[Outcome, ...]
    diary: tuple[DiaryDay, ...]
    follow_ups: tuple[FollowUp, ...]
    videos_left_out: int = 0


_ARCHIVE = TypeAdapter(Archive)


def export_person(records: Records, person_id: int, path: str | Path, *, videos: bool = True) -> Path:
    """Write everything of a person to an archive that only the owner may read. It is noted in the audit trail.

    The same records give the same bytes.

    Parameters
    ----------
    person_id : whose records
    path : the archive
    videos : whether kept videos are in it; they show the face, and are large
    """
    settle(records.database)
    found = records.database.read(lambda session: page_within(session, person_id))
    kept = videos_of(records, found)
    order = {visit.id: number for number, visit in enumerate(found.visits)}

    def plain(entry: Any) -> Any:
        known = {"id": None, "person_id": 0, "version": 0}
        if getattr(entry, "visit_id", None) is not None:
            known["visit_id"] = order[entry.visit_id]
        return replace(entry, **{name: value for name, value in known.items() if hasattr(entry, name)})

    archive = Archive(
        schema=SCHEMA,
        romcheck=__version__,
        person=plain(found.person),
        visits=tuple(map(plain, found.visits)),
        measurements=tuple(
            ArchivedMeasurement(order[m.visit_id], m.measured_at, m.conditions, m.result, m.frames_sha256)
            for m in found.measurements
        ),
        treatments=tuple(map(plain, found.treatments)),
        outcomes=tuple(map(plain, found.outcomes)),
        diary=tuple(map(plain, found.diary)),
        follow_ups=tuple(map(plain, found.follow_ups)),
        videos_left_out=0 if videos else len(kept),
    )
    hashes = sorted({m.frames_sha256 for m in found.measurements if m.frames_sha256})
    with (
        written_whole(path, private=True) as unfinished,
        zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        text = json.dumps(_ARCHIVE.dump_python(archive, mode="json"), ensure_ascii=False, indent=1)
        _put(packed, CONTENT, text.encode())
        for sha256 in hashes:
            _put(packed, f"{FRAMES}/{sha256}.parquet", files.content(records.database, sha256))
        for video in kept if videos else ():
            with (
                video.open("rb") as source,
                packed.open(_part(f"{VIDEOS}/{video.name}"), "w", force_zip64=True) as part,
            ):
                shutil.copyfileobj(source, part, files.CHUNK)
    records.note("exported", person_id, "archive")
    return Path(path)


def videos_of(records: Records, found: PersonPage) -> list[Path]:
    """The kept videos of a person."""
    hashes = sorted({m.result.source.sha256 for m in found.measurements})
    return [path for sha256 in hashes if (path := video_with(records.folder, sha256)) is not None]


def import_person(records: Records, path: str | Path, *, code: str | None = None) -> Person:
    """Take a person in from an archive: all of it or nothing.

    Parameters
    ----------
    path : the archive
    code : another code, where the archive's is taken here

    Raises
    ------
    ArchiveError
        When it is no archive, is damaged, too big or of another schema, or the person is already here.
    EntryError
        When it holds a value that cannot be true, or its code is taken.
    """
    archive, frames = read_archive(path)
    person = checks.person(replace(archive.person, code=code or archive.person.code))

    def work(session: Session) -> Person:
        if session.scalar(select(PersonRow.id).where(PersonRow.uid == person.uid)) is not None:
            raise ArchiveError("This person is already here. Delete them first if the archive is to take their place.")
        rules.free_code(session, person)
        row = PersonRow(
            **values_of(replace(person, id=None, version=1)),
            sought=checks.search_words(f"{person.code} {person.name or ''}"),
        )
        session.add(row)
        session.flush()
        _add_entries(records, session, archive, frames, row.id)
        _add_videos(records, session, path)
        audit.note(session, records.by, "imported", row.id, "archive")
        return entry_of(Person, row)

    return records.database.write(work)


def _add_entries(
    records: Records, session: Session, archive: Archive, frames: dict[str, bytes], person_id: int
) -> None:
    def kept(entry: Any) -> Any:
        row = ROWS[type(entry)](**values_of(replace(entry, id=None, person_id=person_id, version=1)))
        session.add(row)
        return row

    visits = [kept(checks.visit(visit)) for visit in archive.visits]
    session.flush()

    def visit_id(number: int | None) -> int | None:
        if number is None:
            return None
        if not 0 <= number < len(visits):
            raise ArchiveError("An entry of the archive names a visit that is not in it. Export it again.")
        return int(visits[number].id)

    for measurement in archive.measurements:
        visit = visit_id(measurement.visit)
        assert visit is not None
        row = measurement_row(
            person_id,
            visit,
            measurement.result,
            checks.conditions(measurement.conditions),
            checks.moment(measurement.measured_at),
        )
        if measurement.frames_sha256 is not None:
            row.frames_sha256 = files.keep(records.database, session, frames[measurement.frames_sha256])
        session.add(row)
        session.flush()
        session.add_all(trial_rows(row.id, measurement.result))
    for treatment in archive.treatments:
        entry = replace(checks.treatment(treatment), visit_id=visit_id(treatment.visit_id))
        kept(entry)
    for outcome in archive.outcomes:
        kept(replace(checks.outcome(outcome), visit_id=visit_id(outcome.visit_id)))
    for day in archive.diary:
        kept(checks.diary_day(day))
    for step in archive.follow_ups:
        kept(replace(checks.follow_up(step), visit_id=visit_id(step.visit_id)))
    rules.treatments_follow_visits(session, person_id)
    if session.scalar(select(FollowUpRow.id).where(FollowUpRow.person_id == person_id).limit(1)) is None:
        follow_up.replan(session, person_id)


def _add_videos(records: Records, session: Session, path: str | Path) -> None:
    with zipfile.ZipFile(path) as packed:
        for name in packed.namelist():
            if (match := _VIDEO_NAME.fullmatch(name)) is not None:
                with packed.open(name) as source:
                    files.keep_from(records.database, session, match[1], files.VIDEO, source)


def read_archive(path: str | Path) -> tuple[Archive, dict[str, bytes]]:
    """An archive and its frames by hash, everything checked, videos too, nothing written.

    Raises
    ------
    ArchiveError
        With the reason.
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as packed:
            parts = _checked_parts(packed)
            content = _content(packed.read(parts[CONTENT]))
            frames = {
                match[1]: packed.read(part)
                for name, part in parts.items()
                if (match := _FRAMES_NAME.fullmatch(name)) is not None
            }
            _check_videos(packed, content)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise ArchiveError(f"{path.name} is not a whole archive: it is damaged or cut off. Export it again.") from error
    except OSError as error:
        raise ArchiveError(f"{path} cannot be read ({error.strerror or error}).") from error
    wanted = {m.frames_sha256 for m in content.measurements if m.frames_sha256}
    if wanted != set(frames):
        raise ArchiveError("The archive does not hold exactly the frames its measurements name. Export it again.")
    for sha256, data in frames.items():
        if hashlib.sha256(data).hexdigest() != sha256:
            raise ArchiveError("Frames in the archive were changed after it was written. Export it again.")
        try:
            frames_of(data)
        except RecordsError as error:
            raise ArchiveError(f"The archive cannot be taken in. {error}") from error
    return content, frames


def _checked_parts(packed: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The parts by name, before anything is unpacked."""
    parts = packed.infolist()
    names = [part.filename for part in parts]
    videos = {part.filename for part in parts if _VIDEO_NAME.fullmatch(part.filename)}
    strange = [name for name in names if name != CONTENT and name not in videos and not _FRAMES_NAME.fullmatch(name)]
    if strange:
        raise ArchiveError(f"The archive holds {strange[0][:60]!r}, which is no part of a person's archive. Refused.")
    if CONTENT not in names or len(set(names)) != len(names):
        raise ArchiveError(f"It is no archive of a person: {CONTENT} is missing, or a part is there twice.")
    size = sum(part.file_size for part in parts if part.filename not in videos)
    packed_away = any(part.compress_type != zipfile.ZIP_STORED for part in parts if part.filename in videos)
    if len(parts) > MOST_PARTS or size > MOST_BYTES or packed_away:  # a video stored as it is cannot swell
        raise ArchiveError(f"The archive is too big: more than {MOST_BYTES // 1_000_000} MB or {MOST_PARTS:,} parts.")
    return {part.filename: part for part in parts}


def _check_videos(packed: zipfile.ZipFile, content: Archive) -> None:
    measured = {measurement.result.source.sha256 for measurement in content.measurements}
    for name in packed.namelist():
        if (match := _VIDEO_NAME.fullmatch(name)) is None:
            continue
        if match[1] not in measured:
            raise ArchiveError("The archive holds a video that no measurement in it was made of. Export it again.")
        with packed.open(name) as source:
            if files.digest_of(source) != match[1]:
                raise ArchiveError("A video in the archive was changed after it was written. Export it again.")


def _content(text: bytes) -> Archive:
    # Small values take far more room once read than as text.
    if len(text) > MOST_TEXT or text.count(b",") > MOST_VALUES or text.count(b"[") + text.count(b"{") > MOST_NESTS:
        raise ArchiveError(f"The archive is too big: more than {MOST_TEXT // 1_000_000} MB of entries.")
    try:
        schema = str(json.loads(text).get("schema", "none"))
    except (ValueError, AttributeError, RecursionError) as error:
        raise ArchiveError(f"The archive's {CONTENT} cannot be read. Export it again.") from error
    if schema != SCHEMA:
        raise ArchiveError(f"The archive follows schema {schema[:60]!r}, not {SCHEMA!r}: another version wrote it.")
    try:
        content = _ARCHIVE.validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ArchiveError(f"The archive cannot be taken in: {where}: {first['msg']}.") from error
    if any(measurement.result.schema != RESULT_SCHEMA for measurement in content.measurements):
        raise ArchiveError(f"A result in the archive does not follow {RESULT_SCHEMA}: another version wrote it.")
    if not re.fullmatch("[0-9a-f]{32}", content.person.uid or ""):
        raise ArchiveError("The person in the archive has no valid identification. Export it again.")
    return content


def _put(packed: zipfile.ZipFile, name: str, content: bytes) -> None:
    packed.writestr(_part(name), content, zipfile.ZIP_DEFLATED)


def _part(name: str) -> zipfile.ZipInfo:
    part = zipfile.ZipInfo(name, _LONG_AGO)
    part.external_attr = PRIVATE_FILE << 16
    return part

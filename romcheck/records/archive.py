"""One person as a file for another romcheck: a zip with ``person.json``, frames and kept videos.

Nothing in an archive chooses a path: its files are named by the hash of their content, and anything else is refused.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from romcheck import __version__
from romcheck.exchange.atomic import written_whole
from romcheck.progress import Progress, silent
from romcheck.records import audit, checks, clinic_checks, files, follow_up, rules, zips
from romcheck.records.archive_reading import (
    ARCHIVE,
    FRAMES,
    SCHEMA,
    VIDEO_NAME,
    VIDEOS,
    Archive,
    ArchivedMeasurement,
    FrameFiles,
    read_archive,
)
from romcheck.records.database import PRIVATE_FILE
from romcheck.records.entries import Person, PersonPage
from romcheck.records.field_checks import check_moment, search_words
from romcheck.records.models import (
    DiaryRow,
    FindingsRow,
    FollowUpRow,
    GoalScoreRow,
    MeasurementRow,
    OutcomeRow,
    PersonRow,
    ReactionRow,
    ScreeningRow,
    TreatmentPlanRow,
    TreatmentRow,
    TrialRow,
    VisitRow,
)
from romcheck.records.overview import page_within
from romcheck.records.problems import ArchiveError
from romcheck.records.replacing import check_archive_at
from romcheck.records.rows import batches, entry_of, measurement_values, trial_values, values_of
from romcheck.records.store import Records
from romcheck.records.video_files import settle, video_with
from romcheck.records.zips import CONTENT

_LONG_AGO = (2000, 1, 1, 0, 0, 0)


def export_person(records: Records, person_id: int, path: str | Path, *, videos: bool = True) -> Path:
    """Write everything of a person to an archive that only the owner may read. It is noted in the audit trail.

    The same records give the same bytes.

    Parameters
    ----------
    person_id : whose records
    path : the archive
    videos : whether saved videos are included; they show the face, and are large

    Raises
    ------
    OutputError
        When it cannot be written, or would replace anything but an older archive of the person.
    """
    settle(records.database)
    found = records.database.read(lambda session: page_within(session, person_id))
    check_archive_at(Path(path), found.person)
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
        screenings=tuple(map(plain, found.screenings)),
        reactions=tuple(map(plain, found.reactions)),
        findings=tuple(map(plain, found.findings)),
        treatment_plans=tuple(map(plain, found.treatment_plans)),
        goal_scores=tuple(map(plain, found.goal_scores)),
    )
    hashes = sorted({m.frames_sha256 for m in found.measurements if m.frames_sha256})
    with (
        written_whole(path, private=True) as unfinished,
        zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        text = json.dumps(ARCHIVE.dump_python(archive, mode="json"), ensure_ascii=False, indent=1)
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
    """The saved videos of a person."""
    hashes = sorted({m.result.source.sha256 for m in found.measurements})
    return [path for sha256 in hashes if (path := video_with(records.folder, sha256)) is not None]


def import_person(
    records: Records, path: str | Path, *, code: str | None = None, progress: Progress = silent
) -> Person:
    """Import a person from an archive, completely or not at all.

    Parameters
    ----------
    path : the archive
    code : another code, where that of the archive is in use here
    progress : called with how much is done and how much there is, first of frames files checked, then of entries kept

    Raises
    ------
    ArchiveError
        When it is not an archive, is damaged, too large or of another schema, or the person is already here.
    EntryError
        When it contains an impossible value, or its code is in use.
    """
    archive, frames = read_archive(path, progress)
    created = archive.person.created_at or datetime.now(timezone.utc)
    person = checks.person(replace(archive.person, code=code or archive.person.code, created_at=created))

    def work(session: Session) -> Person:
        if session.scalar(select(PersonRow.id).where(PersonRow.uid == person.uid)) is not None:
            raise ArchiveError("already_here")
        rules.free_code(session, person)
        row = PersonRow(
            **values_of(replace(person, id=None, version=1)),
            sought=search_words(f"{person.code} {person.name or ''}"),
        )
        session.add(row)
        session.flush()
        _Adding(records, session, archive, row.id, progress).all_of(frames)
        _add_videos(records, session, path)
        audit.note(session, records.by, "imported", row.id, "archive")
        return entry_of(Person, row)

    return records.database.write(work)


class _Adding:
    """Inserts the entries of one archive into the database, in batches."""

    def __init__(
        self, records: Records, session: Session, archive: Archive, person_id: int, progress: Progress
    ) -> None:
        self.records, self.session, self.archive, self.person_id = records, session, archive, person_id
        self.visits: list[int] = []
        kinds = (archive.visits, archive.measurements, archive.treatments, archive.outcomes, archive.diary)
        others = (archive.follow_ups, archive.screenings, archive.reactions, archive.findings)
        self.steps = sum(map(len, (*kinds, *others, archive.treatment_plans, archive.goal_scores)))
        self.done, self.progress = 0, progress

    def all_of(self, frames: FrameFiles) -> None:
        archive = self.archive
        self._insert(VisitRow, map(self._values, map(checks.visit, archive.visits)))
        self.visits = self._numbers(VisitRow)
        self._insert(MeasurementRow, (self._measurement(one, frames) for one in archive.measurements))
        numbers = self._numbers(MeasurementRow)
        for some in batches(zip(numbers, archive.measurements, strict=True)):
            trials = [values for number, one in some for values in trial_values(number, one.result)]
            self.session.execute(insert(TrialRow), trials)
        self._insert(TreatmentRow, map(self._values, map(checks.treatment, archive.treatments)))
        self._insert(OutcomeRow, map(self._values, map(checks.outcome, archive.outcomes)))
        self._insert(DiaryRow, map(self._values, map(checks.diary_day, archive.diary)))
        self._insert(FollowUpRow, map(self._values, map(checks.follow_up, archive.follow_ups)))
        self._insert(ScreeningRow, map(self._values, map(clinic_checks.screening, archive.screenings)))
        self._insert(ReactionRow, map(self._values, map(clinic_checks.reaction, archive.reactions)))
        self._insert(FindingsRow, map(self._values, map(clinic_checks.findings, archive.findings)))
        self._insert(TreatmentPlanRow, map(self._values, map(checks.treatment_plan, archive.treatment_plans)))
        self._insert(GoalScoreRow, map(self._values, map(checks.goal_score, archive.goal_scores)))
        rules.treatments_follow_visits(self.session, self.person_id)
        if not archive.follow_ups:
            follow_up.replan(self.session, self.person_id)

    def _insert(self, kind: Any, rows: Iterable[dict[str, Any]]) -> None:
        for some in batches(rows):
            self.session.execute(insert(kind), some)
            self.done += len(some)
            self.progress(self.done, self.steps)

    def _numbers(self, kind: Any) -> list[int]:
        """Numbers of the person's rows, in the order in which they were inserted."""
        return list(self.session.scalars(select(kind.id).where(kind.person_id == self.person_id).order_by(kind.id)))

    def _values(self, entry: Any) -> dict[str, Any]:
        values = values_of(entry) | {"person_id": self.person_id, "version": 1}
        del values["id"]
        if "visit_id" in values:
            values["visit_id"] = self._visit(values["visit_id"])
        return values

    def _visit(self, number: int | None) -> int | None:
        if number is None:
            return None
        if not 0 <= number < len(self.visits):
            raise ArchiveError("archive_visit")
        return self.visits[number]

    def _measurement(self, one: ArchivedMeasurement, frames: FrameFiles) -> dict[str, Any]:
        visit = self._visit(one.visit)
        assert visit is not None
        how, at = checks.conditions(one.conditions), check_moment(one.measured_at)
        values = measurement_values(self.person_id, visit, one.result, how, at)
        if one.frames_sha256 is not None:
            values["frames_sha256"] = files.keep(self.records.database, self.session, frames[one.frames_sha256])
        return values


def _add_videos(records: Records, session: Session, path: str | Path) -> None:
    with zips.opened(Path(path)) as packed:
        for name in packed.namelist():
            if (match := VIDEO_NAME.fullmatch(name)) is not None:
                with packed.open(name) as source:
                    files.keep_from(records.database, session, match[1], files.VIDEO, source)


def _put(packed: zipfile.ZipFile, name: str, content: bytes) -> None:
    packed.writestr(_part(name), content, zipfile.ZIP_DEFLATED)


def _part(name: str) -> zipfile.ZipInfo:
    part = zipfile.ZipInfo(name, _LONG_AGO)
    part.external_attr = PRIVATE_FILE << 16
    return part

"""Rights of a person: complete deletion, and the list of records whose retention period has ended."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date, datetime, time, timezone
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from romcheck.errors import RomcheckError
from romcheck.i18n.message import Message, message
from romcheck.progress import Progress, silent
from romcheck.records import audit, backup, backup_people, files, video_files, videos
from romcheck.records.database import BACKUPS
from romcheck.records.entries import Deletion, Person
from romcheck.records.models import (
    DiaryRow,
    FindingsRow,
    GoalScoreRow,
    MeasurementRow,
    OutcomeRow,
    PersonRow,
    ReactionRow,
    ScreeningRow,
    SettingRow,
    TreatmentPlanRow,
    TreatmentRow,
    TrialRow,
    VisitRow,
)
from romcheck.records.problems import EntryError
from romcheck.records.rows import entry_of, get
from romcheck.records.store import Records
from romcheck.records.videos import LooseVideo

RETENTION = "retention_months"
MOST_MONTHS = 1200
DATED: tuple[Any, ...] = (
    VisitRow, TreatmentRow, OutcomeRow, DiaryRow, ScreeningRow, ReactionRow, FindingsRow, TreatmentPlanRow,
    GoalScoreRow,
)  # fmt: skip
"""Entries of a person with a day in the past."""


@dataclass(frozen=True)
class Expired:
    """A person whose last entry is older than the retention rule allows."""

    person: Person
    last_entry: date


def delete_person(
    records: Records, person_id: int, *, from_backups: bool = False, progress: Progress = silent
) -> Deletion:
    """Delete a person with everything that belongs to them, files and kept videos included.

    Rows are overwritten with zeros, the write-ahead log is emptied and the database file rewritten. The audit trail
    keeps the number of the person, which has no meaning once the person is deleted.

    Parameters
    ----------
    person_id : whose records
    from_backups : also rewrite the older backups of this installation that contain the person, without them. No backup
        is removed, and no other file is changed.
    progress : called with the backups rewritten and their total
    """
    uid = str(records.database.read(lambda session: get(session, PersonRow, person_id).uid))
    found = backup_people.find(records, uid)
    rewritten: list[str] = []
    failed: list[Message] = []
    # First: a deletion that is killed can be repeated as long as the person exists.
    for number, path in enumerate(found.holding if from_backups else ()):
        progress(number, len(found.holding))
        try:
            backup_people.take_out(path, uid)
        except (RomcheckError, *backup_people.FAILS) as error:
            failed.append(message("error.not_rewritten", path=path, why=error))
        else:
            rewritten.append(str(path))

    def work(session: Session) -> int:
        row = get(session, PersonRow, person_id, for_update=True)
        kinds = (MeasurementRow, *DATED)
        rows = 1 + sum(
            session.scalar(select(func.count()).select_from(kind).where(kind.person_id == person_id)) or 0
            for kind in kinds
        )
        files.doubt(records.database, session, MeasurementRow.person_id == person_id)
        measured = select(MeasurementRow.id).where(MeasurementRow.person_id == person_id)
        session.execute(delete(TrialRow).where(TrialRow.measurement_id.in_(measured)))
        session.execute(delete(PersonRow).where(PersonRow.id == person_id))
        session.execute(delete(SettingRow).where(SettingRow.value.contains(uid)))
        session.expunge(row)
        audit.note(session, records.by, "deleted", person_id, "person")
        return rows

    video_files.settle(records.database)
    rows = records.database.write(work)
    removed = files.remove_unnamed(records.database)
    for left in records.folder.glob(f"{backup.RESTORING}*"):  # of a restore that was killed
        shutil.rmtree(left, ignore_errors=True)
    for folder in {path.parent for path in (*found.holding, *found.unknown)} | {records.folder / BACKUPS}:
        backup.remove_left(folder, found.holding)
    if rewritten:
        records.note("deleted", person_id, f"person from backups {len(rewritten)}")
    return Deletion(
        person_id,
        rows,
        removed,
        backups=tuple(str(path) for path in found.holding if str(path) not in rewritten),
        rewritten=tuple(rewritten),
        not_looked_into=tuple(map(str, found.unknown)),
        not_cleaned=(*records.database.wipe(), *failed),
    )


def retention_months(records: Records) -> int | None:
    """Retention period in months after a person's last entry; None without a rule."""
    months: int | None = records.setting(RETENTION)
    return months


def save_retention_months(records: Records, months: int | None) -> None:
    """Change the retention rule. It deletes nothing: records that are due are listed for a decision."""
    if months is not None and not 1 <= months <= MOST_MONTHS:
        raise EntryError("months", "retention", least=1, most=MOST_MONTHS)
    records.save_setting(RETENTION, months)


def expired(records: Records, day: date | None = None) -> tuple[Expired, ...]:
    """People whose last entry is older than the retention rule, oldest first; nobody without a rule."""
    months = retention_months(records)
    if months is None:
        return ()
    limit = _months_before(day or date.today(), months)

    def work(session: Session) -> tuple[Expired, ...]:
        last: dict[int, date] = {}
        for kind in DATED:
            for person_id, on in session.execute(select(kind.person_id, func.max(kind.on)).group_by(kind.person_id)):
                last[person_id] = max(on, last.get(person_id, on))
        created = datetime.combine(limit, time(), timezone.utc)
        found = []
        for row in session.scalars(select(PersonRow).where(PersonRow.created_at < created)):
            seen = last.get(row.id, row.created_at.date())
            if seen < limit:
                found.append(Expired(entry_of(Person, row), seen))
        return tuple(sorted(found, key=lambda one: (one.last_entry, one.person.code)))

    return records.database.read(work)


def expired_videos(records: Records, day: date | None = None) -> tuple[LooseVideo, ...]:
    """Kept videos not linked to a person and older than the retention rule, oldest first; none without a rule."""
    months = retention_months(records)
    if months is None:
        return ()
    limit = _months_before(day or date.today(), months)
    return tuple(one for one in videos.loose(records) if one.kept_at.astimezone().date() < limit)


def _months_before(day: date, months: int) -> date:
    years, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(years, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")

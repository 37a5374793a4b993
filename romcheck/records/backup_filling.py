"""Filling empty tables from a backup: every row is checked, and numbers and the audit trail continue from it."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import Connection, MetaData, Table, delete, func, select, text
from sqlalchemy.orm import Session

from romcheck.progress import Progress
from romcheck.records import audit
from romcheck.records.backup_matching import Matching
from romcheck.records.backup_reading import rows_of
from romcheck.records.chain import Link, common
from romcheck.records.database import NEWEST, migrate
from romcheck.records.files import FRAMES
from romcheck.records.models import AuditRow, MeasurementRow, PersonRow
from romcheck.records.problems import ArchiveError, EntryError
from romcheck.records.rows import NAMES, batches, save_setting, setting

INSTALLATION = "installation"
"""Setting: the number of this installation, which its backups carry; made with the database."""
ELSEWHERE = "backups_elsewhere"
"""Setting: backups written outside the data folder, so that a deletion can name them."""


KINDS = {row.__tablename__: name for row, name in NAMES.items()}
MOST_ODD = 1000
"""Most entries breaking a current rule that are listed; the rest are counted."""


@dataclass(frozen=True)
class Odd:
    """An entry of a backup that breaks a current rule.

    Attributes
    ----------
    kind, number : which entry
    code : of the person it belongs to
    why : the rule it breaks, and what was corrected
    """

    kind: str
    number: int
    code: str
    why: EntryError

    def __str__(self) -> str:
        return f"{self.kind} {self.number} of {self.code}: {self.why}"


@dataclass(frozen=True)
class Mine:
    """The parts of a database that are kept when it is replaced."""

    trail: list[tuple[int, Link, str]]
    installation: str
    elsewhere: list[str]


def mine_of(session: Session) -> Mine:
    """The parts of this database to keep."""
    rows = session.scalars(select(AuditRow).order_by(AuditRow.id))
    trail = [(row.id, Link(row.at, row.by, row.action, row.person_id, row.detail), row.hash) for row in rows]
    return Mine(trail, setting(session, INSTALLATION), setting(session, ELSEWHERE) or [])


class Filling:
    """Tables being filled from a backup."""

    def __init__(self, packed: zipfile.ZipFile, head: dict[str, Any], progress: Progress) -> None:
        self.packed, self.head = packed, head
        self.progress, self.done, self.steps = progress, 0, sum(head["rows"].values())
        self.odd: list[Odd] = []
        self.odd_count = 0
        self.matching = Matching()

    def fill(self, connection: Connection, mine: Mine | None = None) -> None:
        """Create the tables in the schema of the backup, fill them, and migrate them to the newest schema."""
        migrate(connection, self.head["revision"])
        metadata = MetaData()
        metadata.reflect(connection)
        sqlite = connection.dialect.name == "sqlite"
        tables = [table for table in metadata.sorted_tables if table.name != "alembic_version"]
        connection.execute(metadata.tables["setting"].delete())  # the installation's own number, made with the table
        for table in tables:
            self._fill(connection, table, metadata.tables["person"], sqlite)
        named = set(connection.scalars(select(metadata.tables["measurement"].c.frames_sha256).distinct())) - {None}
        if not {f"files/{sha256}{FRAMES}" for sha256 in named} <= set(self.packed.namelist()):
            raise ArchiveError("backup_no_frames")
        for table in tables:
            _number_on(connection, table, tables, sqlite)
        if self.head["revision"] != NEWEST:
            migrate(connection, NEWEST)
        if "trial" in metadata.tables:  # otherwise they are new
            self.matching.set_right(connection)
        self.matching.look_into_frames(self.packed)
        self.odd_count += len(self.matching.odd)
        owner = select(MeasurementRow.person_id)
        for number, why in self.matching.odd[: MOST_ODD - len(self.odd)]:
            self._name(
                connection, "measurement", number, connection.scalar(owner.where(MeasurementRow.id == number)), why
            )
        if mine:
            _go_on(connection, mine)
            for table in tables:
                _number_on(connection, table, tables, sqlite)

    def _fill(self, connection: Connection, table: Table, person: Table, sqlite: bool) -> None:
        count = 0
        odd: list[tuple[int, int, EntryError]] = []

        def note(values: dict[str, Any], why: EntryError) -> None:
            self.odd_count += 1
            if len(self.odd) + len(odd) < MOST_ODD:
                odd.append((values["id"], values["id" if table is person else "person_id"], why))

        for rows in batches(rows_of(self.packed, table, sqlite, note)):
            count += len(rows)
            if count > self.head["rows"].get(table.name, 0):
                raise ArchiveError("backup_more_rows")
            connection.execute(table.insert(), rows)
            self.matching.take(table.name, rows)
            self.done += len(rows)
            self.progress(self.done, self.steps)
        if count != self.head["rows"].get(table.name, 0):
            raise ArchiveError("backup_rows_missing")
        for number, belongs, why in odd:
            self._name(connection, table.name, number, belongs, why)

    def _name(self, connection: Connection, table: str, number: int, person: int | None, why: EntryError) -> None:
        code = connection.scalar(select(PersonRow.code).where(PersonRow.id == person))
        self.odd.append(Odd(KINDS[table], number, str(code), why))


def _go_on(connection: Connection, mine: Mine) -> None:
    """Continue the existing trail, and keep the number of the installation.

    A backup's trail that is the beginning of this one is not repeated; any other is appended completely.
    """
    with Session(connection, join_transaction_mode="rollback_only") as session:
        theirs = mine_of(session)
        save_setting(session, INSTALLATION, mine.installation)
        save_setting(session, ELSEWHERE, sorted({*mine.elsewhere, *theirs.elsewhere}))
        hashes = [[chained for _, _, chained in one.trail] for one in (mine, theirs)]
        shared = common(*hashes)
        if shared < len(mine.trail):
            guards = session.execute(
                text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'")
            ).all()
            for name, _ in guards:
                session.execute(text(f'DROP TRIGGER "{name}"'))
            session.expunge_all()
            session.execute(delete(AuditRow))
            for number, link, chained in mine.trail:
                row = audit.row_of(link, chained)
                row.id = number
                session.add(row)
            session.flush()
            if shared < len(theirs.trail):
                now = datetime.now(timezone.utc)
                mark = Link(now, audit.user_name(), "restored", None, audit.ELSEWHERE)
                audit.chain(session, [mark, *(link for _, link, _ in theirs.trail)])
            for _, sql in guards:
                session.connection().exec_driver_sql(sql)
        session.commit()


def _number_on(connection: Connection, table: Table, tables: Sequence[Table], sqlite: bool) -> None:
    """Continue numbering after the last number; for people also after those in the audit trail."""
    last = connection.execute(select(func.max(table.c.id))).scalar() or 0
    if table.name == "person":
        audited = next(t for t in tables if t.name == "audit")
        last = max(last, connection.execute(select(func.max(audited.c.person_id))).scalar() or 0)
    if not last:
        return
    if sqlite:
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
        connection.execute(
            text("INSERT INTO sqlite_sequence VALUES (:name, :last)"), {"name": table.name, "last": last}
        )
    else:
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)"), {"name": f'"{table.name}"', "last": last}
        )

"""Everything in one file, to be brought back on SQLite or PostgreSQL, here or elsewhere.

A backup is a zip: ``backup.json`` says what it is, ``tables/NAME.jsonl`` holds one row a line, ``files/`` the frames
and the kept videos of measurements. It is of one moment, while others go on working. Videos that are nobody's and the
calibrations of cameras are not in it.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timezone
from itertools import count, islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, Table, delete, exc, func, inspect, select, text
from sqlalchemy.orm import Session

from romcheck import __version__
from romcheck.exchange.atomic import written_whole
from romcheck.records import audit, files
from romcheck.records.backup_reading import FILE_NAME, HEAD, SCHEMA, UNREADABLE, checked_head, rows_of
from romcheck.records.chain import Link, common
from romcheck.records.database import (
    BACKUPS,
    FILE,
    NEWEST,
    Database,
    explained,
    migrate,
    private_folder,
)
from romcheck.records.models import AuditRow, Base, MeasurementRow
from romcheck.records.problems import ArchiveError, DatabaseError
from romcheck.records.rows import save_setting, setting
from romcheck.records.store import Records
from romcheck.records.videos import settle, video_with

INSTALLATION = "installation"
"""Setting: the number of this installation, which its backups carry; made with the database."""
ELSEWHERE = "backups_elsewhere"
"""Setting: backups written outside the data folder, so that a deletion can name them."""
BATCH = 500
RESTORING = ".restoring-"


def write_backup(records: Records, path: str | Path | None = None, *, videos: bool = True) -> Path:
    """Write a backup; into the data folder's ``backups`` if no path is given. Only the owner may read it.

    ``videos`` says whether the kept videos of measurements are in it.
    """
    settle(records.database)
    inside = private_folder(records.folder / BACKUPS)
    path = Path(path) if path else _new_name(inside)
    with (
        written_whole(path, private=True) as unfinished,
        zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        records.database.read(lambda session: _pack(records.database, session, packed, videos))

    def work(session: Session) -> None:
        if path.parent.resolve() != inside.resolve():
            known = [*(setting(session, ELSEWHERE) or []), str(path.resolve())]
            save_setting(session, ELSEWHERE, sorted(set(known)))
        audit.note(session, records.by, "backed up", None)

    records.database.write(work)
    return path


def _new_name(folder: Path) -> Path:
    """A name of this moment that no other backup has."""
    moment = f"{datetime.now():%Y%m%d-%H%M%S}"
    names = (f"{moment}{'' if number == 1 else f'-{number}'}.zip" for number in count(1))
    return next(path for name in names if not (path := folder / name).exists())


def _pack(database: Database, session: Session, packed: zipfile.ZipFile, videos: bool) -> None:
    counts = {}
    for table in Base.metadata.sorted_tables:
        counts[table.name] = 0
        rows = session.execute(select(table).order_by(table.c.id).execution_options(yield_per=BATCH)).mappings()
        with packed.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as part:
            for row in rows:
                part.write(json.dumps(dict(row), ensure_ascii=False, default=_plain).encode() + b"\n")
                counts[table.name] += 1
    sha256 = MeasurementRow.frames_sha256
    for name in session.scalars(select(sha256).where(sha256.is_not(None)).distinct().order_by(sha256)).all():
        packed.writestr(f"files/{name}.parquet", files.content(database, str(name)), zipfile.ZIP_STORED)
    for video in _videos(database, session) if videos else ():
        packed.write(video, f"files/{video.name}", zipfile.ZIP_STORED)
    head = {
        "schema": SCHEMA,
        "romcheck": __version__,
        "revision": NEWEST,
        "installation": setting(session, INSTALLATION),
        "rows": counts,
    }
    packed.writestr(HEAD, json.dumps(head, indent=1))


def _videos(database: Database, session: Session) -> Iterator[Path]:
    for sha256 in session.scalars(select(MeasurementRow.source_sha256).distinct()):
        if (path := video_with(database.folder, str(sha256))) is not None:
            yield path


def restore(folder: str | Path, path: str | Path, *, url: str | None = None, replace: bool = False) -> Path | None:
    """Bring a backup back.

    Parameters
    ----------
    folder : the data folder
    path : the backup
    url : of an empty PostgreSQL database; SQLite in the data folder without
    replace : put it in the place of the people that are in the folder now. They are backed up first.

    Returns
    -------
    The backup of what was there before; None where nothing was.

    Raises
    ------
    ArchiveError
        When it is no backup, is damaged, or a newer romcheck wrote it. Nothing was changed then.
    DatabaseError
        When there are people already and ``replace`` is False, or another window has the database open.
    """
    path = Path(path)
    if path.suffix == ".db":
        raise ArchiveError(
            f"{path.name} is a copy of the database file made before a change of schema. To go back to it, put it "
            f"in the place of {FILE} in the data folder, with the version of romcheck that wrote it."
        )
    folder = private_folder(folder)
    try:
        with zipfile.ZipFile(path) as packed:
            head = checked_head(packed)
            if url:
                _restore_to_server(folder, packed, head, url)
                return None
            return _restore_to_file(folder, packed, head, replace)
    except UNREADABLE as error:
        raise ArchiveError(f"{path.name} is not a whole backup: it is damaged or cut off. Use another one.") from error
    except exc.DBAPIError as error:
        if isinstance(error, exc.IntegrityError | exc.DataError):
            raise ArchiveError(f"{path.name} is not a whole backup: its entries do not fit together.") from error
        raise explained(error, writing=True) from error
    except OSError as error:
        raise DatabaseError(f"The backup could not be brought back ({error.strerror or error}).") from error


def _restore_to_file(folder: Path, packed: zipfile.ZipFile, head: dict[str, Any], replace: bool) -> Path | None:
    saved, mine = _set_aside(folder, replace) if (folder / FILE).exists() else (None, None)
    with tempfile.TemporaryDirectory(prefix=RESTORING, dir=folder) as scratch:
        database = Database.empty(Path(scratch))
        try:
            with database.engine.begin() as connection:
                _fill(connection, packed, head, mine)
        finally:
            database.close()
        with closing(sqlite3.connect(database.path or "")) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")  # all of it in one file, to be moved
        _unpack_files(folder, packed)
        _take_apart(folder / FILE)
        (Path(scratch) / FILE).replace(folder / FILE)
    with Records(folder, url="") as restored:
        restored.note("restored", None)
        files.remove_unnamed(restored.database, everywhere=True)
    return saved


@dataclass(frozen=True)
class _Mine:
    """What of a database outlives another that takes its place."""

    trail: list[tuple[int, Link, str]]
    installation: str
    elsewhere: list[str]


def _mine(session: Session) -> _Mine:
    rows = session.scalars(select(AuditRow).order_by(AuditRow.id))
    trail = [(row.id, Link(row.at, row.by, row.action, row.person_id, row.detail), row.hash) for row in rows]
    return _Mine(trail, setting(session, INSTALLATION), setting(session, ELSEWHERE) or [])


def _set_aside(folder: Path, replace: bool) -> tuple[Path | None, _Mine | None]:
    """Back up what is there now, if it is anything; a database that cannot be read is moved as it is."""
    try:
        with Records(folder, url="") as current:
            people = current.count_people()
            if not people and not current.audit(limit=1):
                return None, None
            if replace:
                saved = write_backup(current)
                return saved, current.database.read(_mine)
    except DatabaseError as error:
        if not replace:
            raise DatabaseError(f"{error} With --replace it is set aside, and the backup takes its place.") from error
        kept = private_folder(folder / BACKUPS) / f"{datetime.now():%Y%m%d-%H%M%S}-unreadable.db"
        for ending in ("", "-wal", "-shm"):
            if (folder / f"{FILE}{ending}").exists():
                (folder / f"{FILE}{ending}").replace(f"{kept}{ending}")
        return kept, None
    raise DatabaseError(
        f"There are {people} people in {folder} already. Bring the backup back into another folder with --data, or let "
        "it take their place with --replace: what is there now is backed up first."
    )


def _take_apart(path: Path) -> None:
    """See that nobody has the database open, and that its write-ahead log is gone before another takes its name."""
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(path, timeout=2)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as error:
        raise DatabaseError(
            "Another window has the database open. Close it and try again; nothing was changed."
        ) from error


def _restore_to_server(folder: Path, packed: zipfile.ZipFile, head: dict[str, Any], url: str) -> None:
    database = Database.empty(folder, url)
    try:
        with database.engine.begin() as connection:
            there = set(inspect(connection).get_table_names())
            ours = {table.name for table in Base.metadata.sorted_tables} | {"alembic_version"}
            used = [
                name
                for name in ("person", "audit")
                if name in there and connection.execute(text(f"SELECT count(*) FROM {name}")).scalar()
            ]
            if used or there - ours:
                raise DatabaseError("The PostgreSQL database is not empty. Make an empty one, and name it.")
            for name in there:
                connection.execute(text(f'DROP TABLE "{name}" CASCADE'))
            connection.execute(text("DROP FUNCTION IF EXISTS audit_only_grows"))
            _unpack_files(folder, packed)
            _fill(connection, packed, head)
    finally:
        database.close()
    with Records(folder, url=url) as restored:
        restored.note("restored", None)


def _fill(connection: Connection, packed: zipfile.ZipFile, head: dict[str, Any], mine: _Mine | None = None) -> None:
    """Make the tables as they were when the backup was written, fill them, and bring them to the newest schema."""
    migrate(connection, head["revision"])
    metadata = MetaData()
    metadata.reflect(connection)
    sqlite = connection.dialect.name == "sqlite"
    tables = [table for table in metadata.sorted_tables if table.name != "alembic_version"]
    connection.execute(metadata.tables["setting"].delete())  # the installation's own number, made with the table
    for table in tables:
        count = 0
        for rows in _batches(rows_of(packed, table, sqlite)):
            connection.execute(table.insert(), rows)
            count += len(rows)
        if count != head["rows"].get(table.name, 0):
            raise ArchiveError("The backup is not whole: rows are missing. Use another one.")
    for table in tables:
        _number_on(connection, table, tables, sqlite)
    if head["revision"] != NEWEST:
        migrate(connection, NEWEST)
    if mine:
        _go_on(connection, mine)
        for table in tables:
            _number_on(connection, table, tables, sqlite)


def _go_on(connection: Connection, mine: _Mine) -> None:
    """Let the trail that was there go on, and the installation stay what it was.

    A backup's trail that is the beginning of this one is in it already; any other follows it whole.
    """
    with Session(connection, join_transaction_mode="rollback_only") as session:
        theirs = _mine(session)
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
    """Go on counting after the last number; a person's after those the audit trail speaks of."""
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


def _plain(value: Any) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"a backup cannot hold a {type(value).__name__}")


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _unpack_files(folder: Path, packed: zipfile.ZipFile) -> None:
    for name in packed.namelist():
        match = FILE_NAME.fullmatch(name)
        if match is None:
            continue
        target = files.path_of(folder, match[1], match[2])
        if target.exists():
            continue
        private_folder(target.parent.parent)
        private_folder(target.parent)
        with written_whole(target, private=True) as unfinished:
            with packed.open(name) as source, unfinished.open("wb") as file:
                shutil.copyfileobj(source, file, files.CHUNK)
            with unfinished.open("rb") as file:
                if files.digest_of(file) != match[1]:
                    raise ArchiveError("The backup is damaged: a file is not what it was. Use another one.")

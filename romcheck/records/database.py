"""The database: SQLite in the data folder, or PostgreSQL by URL; its migrations and error messages."""

from __future__ import annotations

import logging
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, exc, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from romcheck.errors import system_says
from romcheck.i18n.message import Message, message
from romcheck.places import VIDEOS
from romcheck.records import audit
from romcheck.records.problems import DatabaseError, LostDatabaseError, NewerDatabaseError, NotFoundError

T = TypeVar("T")

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010")
"""All schema revisions, oldest first."""
NEWEST = REVISIONS[-1]

FILE = "romcheck.db"
BACKUPS = "backups"
BUSY_S = 5.0
"""How long a write waits for another program's write."""
_OURS = {FILE, BACKUPS, "files", "cameras", VIDEOS}
PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
_LOCK = 0x726F6D  # of PostgreSQL, for migrations, files and the trail: any number not used otherwise


def _no_stop(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], KeyboardInterrupt))


# Ctrl-C while a connection is being closed reaches the command; the pool would print its traceback first.
logging.getLogger("sqlalchemy.pool.impl.QueuePool").addFilter(_no_stop)


class Database:
    """Transactions on one database, each complete or not at all.

    Attributes
    ----------
    folder : the data folder; files lie here, and SQLite's database
    path : the SQLite file; None for PostgreSQL
    notes : what a person should know about opening it
    """

    def __init__(
        self, folder: str | Path, url: str | None = None, *, busy_s: float = BUSY_S, migrating: bool = True
    ) -> None:
        self.folder = private_folder(folder)
        self.path = None if url else self.folder / FILE
        self.notes: list[str] = []
        if self.path:
            _refuse_lost(self.path)
        self.engine = _postgresql(url) if url else _sqlite(self.folder / FILE, busy_s)
        self._reading = self.engine if self.path else self.engine.execution_options(isolation_level="REPEATABLE READ")
        self._writing = self.engine.execution_options(romcheck_begin="BEGIN IMMEDIATE")
        try:
            if migrating:
                self._migrate()
        except BaseException:
            self.close()
            raise

    @classmethod
    def empty(cls, folder: str | Path, url: str | None = None) -> Database:
        """A database as it is, without bringing its schema up: to restore into."""
        return cls(folder, url, migrating=False)

    def close(self) -> None:
        """Close the database."""
        self.engine.dispose()

    def read(self, work: Callable[[Session], T]) -> T:
        """Run ``work`` on one consistent state of the database; again if the connection was lost."""
        try:
            return self._read(work)
        except exc.DBAPIError as error:
            if not error.connection_invalidated:
                raise explained(error) from error
        try:
            return self._read(work)
        except exc.DBAPIError as error:
            raise explained(error) from error

    def _read(self, work: Callable[[Session], T]) -> T:
        with Session(self._reading) as session:
            return work(session)

    def write(self, work: Callable[[Session], T]) -> T:
        """Run ``work`` in one transaction: committed when this returns, rolled back when it raises."""
        committing = False
        try:
            with Session(self._writing, expire_on_commit=False) as session:
                done = work(session)
                session.flush()
                if links := audit.noted(session):
                    # Last, so that no other lock is awaited while this one is held.
                    if not self.path:
                        session.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK + 2})"))
                    audit.chain(session, links)
                committing = True
                session.commit()
        except exc.DBAPIError as error:
            raise explained(error, writing=True, committing=committing) from error
        if self.path and not self.path.exists():
            raise _gone(self.path)
        return done

    def hold_files(self, session: Session) -> None:
        """Lock the files until this transaction ends. SQLite's write lock does so already."""
        if not self.path:
            session.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK + 1})"))

    def wipe(self) -> list[Message]:
        """Erase deleted rows from the files of the database; return what could not be erased."""
        if not self.path:
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM"))
            return [message("error.server_keeps")]
        try:
            with closing(_connect(self.path, BUSY_S)) as connection:
                connection.execute("VACUUM")
                busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.OperationalError as error:
            return [message("error.not_wiped", why=str(error))]
        if busy:
            return [message("error.wipe_window")]
        return []

    def _migrate(self) -> None:
        try:
            with self.engine.connect() as connection:
                if self._revision(connection) == NEWEST:
                    return
            with self._writing.begin() as connection:
                if not self.path:
                    connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
                # Checked again under the lock: another program may have migrated meanwhile.
                revision = self._revision(connection)
                if revision == NEWEST:
                    return
                if revision is not None:
                    self._copy_before_migration(revision)
                try:
                    migrate(connection, NEWEST)
                except (LookupError, ValueError, TypeError) as error:
                    raise DatabaseError(
                        "not_migrated", revision=revision or "none", newest=NEWEST, error=type(error).__name__
                    ) from error
        except exc.DBAPIError as error:
            raise explained(error, writing=True) from error

    def _revision(self, connection: Connection) -> str | None:
        """Which schema the database has; None for an empty one."""
        tables = set(inspect(connection).get_table_names())
        if not tables:
            return None
        where = self.path or message("database.postgresql")
        if "alembic_version" not in tables or "person" not in tables:
            if self.path is None:
                raise DatabaseError("server_foreign", where=where)
            raise DatabaseError("database_foreign", where=where)
        revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        if revision not in REVISIONS:
            raise NewerDatabaseError("database_newer", where=where, revision=str(revision), newest=NEWEST)
        return str(revision)

    def _copy_before_migration(self, revision: str) -> None:
        if self.path is None:
            self.notes.append(
                "The PostgreSQL database was migrated to the newest schema without a copy, which this program cannot "
                "make. Let the server make backups (pg_dump)."
            )
            return
        folder = private_folder(self.folder / BACKUPS)
        copy = folder / f"{datetime.now():%Y%m%d-%H%M%S}-before-schema-{NEWEST}.db"
        copy_sqlite(self.path, copy)
        self.notes.append(f"Before the change from schema {revision} to {NEWEST} a copy was made: {copy}")


def migrate(connection: Connection, revision: str) -> None:
    """Bring the schema up to ``revision`` inside the connection's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _refuse_lost(path: Path) -> None:
    """Refuse to begin a new database where there was one: what it held would seem never to have been.

    Raises
    ------
    LostDatabaseError
        When the file is missing or empty, and the folder has measurements' files or backups.
    """
    with suppress(FileNotFoundError):
        if path.stat().st_size:
            return
    files = next(path.parent.glob("files/[0-9a-f][0-9a-f]/*.*"), None)
    if files or next(path.parent.glob(f"{BACKUPS}/*"), None):
        raise LostDatabaseError("database_lost", path=path, folder=path.parent)


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a consistent state of a SQLite database that may be in use; only the owner may read the copy."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_FILE))
    with closing(_connect(source, BUSY_S)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


def private_folder(folder: str | Path) -> Path:
    """Make a folder that only its owner may look into; one that is there already is closed to others too, unless
    it holds more than romcheck's.
    """
    folder = Path(folder)
    try:
        if not folder.exists():
            folder.mkdir(mode=PRIVATE_FOLDER, parents=True)
        elif folder.is_dir() and all(part.name.split("-")[0] in _OURS for part in folder.iterdir()):
            folder.chmod(PRIVATE_FOLDER)
    except OSError as error:
        raise DatabaseError("data_folder", folder=folder, why=system_says(error)) from error
    if not folder.is_dir():
        raise DatabaseError("data_is_file", folder=folder)
    return folder


def _connect(path: Path, busy_s: float) -> sqlite3.Connection:
    # mode=rw: a database that was removed meanwhile must not come back empty.
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=busy_s, isolation_level=None, check_same_thread=False
    )
    for pragma in ("foreign_keys = ON", "secure_delete = ON", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _sqlite(path: Path, busy_s: float) -> Engine:
    def connect() -> sqlite3.Connection:
        if not path.exists():
            raise _gone(path)
        connection = _connect(path, busy_s)
        connection.execute("PRAGMA journal_mode = WAL")
        return connection

    try:
        # SQLite gives its side files (-wal, -shm) the rights of the database file.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, PRIVATE_FILE))
        if path.stat().st_mode & 0o077:
            path.chmod(PRIVATE_FILE)
    except OSError as error:
        raise DatabaseError("database_unwritable", path=path, why=system_says(error)) from error
    engine = create_engine("sqlite://", creator=connect, poolclass=_pool(), echo=False, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _note_file(_: Any, record: Any) -> None:
        record.info["file"] = _file_number(path)

    @event.listens_for(engine, "checkout")
    def _same_file(_: Any, record: Any, __: Any) -> None:
        now = _file_number(path)
        if now is None:
            raise _gone(path)
        if now != record.info["file"]:
            raise exc.DisconnectionError("the database file was replaced")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("romcheck_begin", "BEGIN"))

    return engine


def _pool() -> Any:
    from sqlalchemy.pool import QueuePool

    return QueuePool


def _file_number(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _gone(path: Path) -> DatabaseError:
    return DatabaseError("gone", path=path)


def _postgresql(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except (exc.ArgumentError, ValueError) as error:
        raise DatabaseError("url_no_database") from error
    if parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise DatabaseError("url_backend", backend=parsed.get_backend_name())
    if parsed.port is not None and not 0 < parsed.port < 65536:
        raise DatabaseError("url_port", port=str(parsed.port)[:20])
    try:
        engine = create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, hide_parameters=True)
    except ImportError as error:
        raise DatabaseError("no_psycopg") from error

    @event.listens_for(engine, "handle_error")
    def _without_values(context: ExceptionContext) -> None:
        """Remove PostgreSQL's error details, which repeat the row with name and notes."""
        said = getattr(getattr(context.original_exception, "diag", None), "message_primary", None)
        if said is None:
            return
        context.original_exception.args = (said,)
        if context.sqlalchemy_exception is not None:
            context.sqlalchemy_exception.args = (said,)

    return engine


SQLITE_SAYS = {
    "locked": "locked",
    "readonly": "read_only",
    "full": "disk_full",
    "disk I/O": "disk_failing",
    "unable to open": "not_opened",
    "malformed": "damaged",
    "not a database": "no_database",
    "no such table": "replaced",
}
"""Names of the catalogue's sentences ``database.NAME``, by what SQLite says."""

POSTGRESQL_SAYS = {
    "53100": "server_full",
    "42501": "no_right",
    "25006": "standby",
    "3D000": "missing",
    "28P01": "password",
    "57014": "stopped",
    "55P03": "entry_held",
    "40P01": "deadlock",
    "40001": "at_once",
}
"""The same by PostgreSQL's states."""


def explained(
    error: exc.DBAPIError, *, writing: bool = False, committing: bool = False
) -> DatabaseError | NotFoundError:
    """An error for what a database refused, without values of the row, which could be a name."""
    said = str(error.orig)
    kept: Message | str = message("database.nothing_saved") if writing else ""
    if isinstance(error, exc.IntegrityError) and re.search("foreign key", said, re.IGNORECASE):
        return NotFoundError("deleted_meanwhile", kept=kept)
    if isinstance(error, exc.IntegrityError) and re.search("unique", said, re.IGNORECASE):
        return DatabaseError("same_moment", kept=kept)
    kind = type(error.orig).__name__
    if isinstance(error.orig, sqlite3.Error):
        name = next((name for words, name in SQLITE_SAYS.items() if words in said), None)
        if name is not None:
            return DatabaseError("database", advice=message(f"database.{name}"), kept=kept)
        return DatabaseError("database_refused", kind=kind, said=said, kept=kept)
    state = str(getattr(error.orig, "sqlstate", None))
    if state in POSTGRESQL_SAYS:
        return DatabaseError("database", advice=message(f"database.{POSTGRESQL_SAYS[state]}"), kept=kept)
    if error.connection_invalidated or isinstance(error, exc.OperationalError):
        if committing:
            kept = message("database.broke_off")
        return DatabaseError("database", advice=message("database.no_server"), kept=kept)
    return DatabaseError("database_refused", kind=kind, said=state, kept=kept)


@contextmanager
def explaining() -> Iterator[None]:
    """Convert errors of the database."""
    try:
        yield
    except exc.DBAPIError as error:
        raise explained(error) from error

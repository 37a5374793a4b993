"""The database itself: SQLite in the data folder, or PostgreSQL by URL; its migrations and its faults in words."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, exc, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from romcheck.places import VIDEOS
from romcheck.records import audit
from romcheck.records.problems import DatabaseError, NewerDatabaseError, NotFoundError

T = TypeVar("T")

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008")
"""Every schema there has been, oldest first."""
NEWEST = REVISIONS[-1]

FILE = "romcheck.db"
BACKUPS = "backups"
BUSY_S = 5.0
"""How long a write waits for another program's write."""
_OURS = {FILE, BACKUPS, "files", "cameras", VIDEOS}
PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
_LOCK = 0x726F6D  # of PostgreSQL, for migrations, files and the trail: any number not used otherwise


class Database:
    """Transactions on one database, each whole or not at all.

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
        """Let go of the database."""
        self.engine.dispose()

    def read(self, work: Callable[[Session], T]) -> T:
        """Run ``work`` on one consistent state of the database; once more if the server had gone away."""
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
        """Run ``work`` in one transaction: all of it is kept when this returns, nothing when it raises."""
        committing = False
        try:
            with Session(self._writing, expire_on_commit=False) as session:
                done = work(session)
                session.flush()
                if links := audit.noted(session):
                    # Last of all, so that nobody waits for another lock while holding this one.
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
        """Let nobody else add or remove files until this transaction ends. SQLite's write lock does so already."""
        if not self.path:
            session.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK + 1})"))

    def wipe(self) -> list[str]:
        """Leave no trace of deleted rows in the files of the database; say what could not be wiped."""
        if not self.path:
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM"))
            return [
                "PostgreSQL was told to free the rows (VACUUM). Its write-ahead log, replicas and dumps keep them "
                "until they are recycled: ask whoever runs the server."
            ]
        try:
            with closing(_connect(self.path, BUSY_S)) as connection:
                connection.execute("VACUUM")
                busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.OperationalError as error:
            return [f"The database file could not be rewritten ({error}). Run 'romcheck people wipe' to try again."]
        if busy:
            return ["Another window is reading the database. Close it and run 'romcheck people wipe'."]
        return []

    def _migrate(self) -> None:
        try:
            with self.engine.connect() as connection:
                if self._revision(connection) == NEWEST:
                    return
            with self._writing.begin() as connection:
                if not self.path:
                    connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
                # Asked again under the lock: another program may have migrated meanwhile.
                revision = self._revision(connection)
                if revision == NEWEST:
                    return
                if revision is not None:
                    self._copy_before_migration(revision)
                try:
                    migrate(connection, NEWEST)
                except (LookupError, ValueError, TypeError) as error:
                    raise DatabaseError(
                        f"The database could not be brought from schema {revision or 'none'} to {NEWEST} "
                        f"({type(error).__name__}): something in it is not as it should be. Nothing was changed. "
                        "Bring back a backup, or report it."
                    ) from error
        except exc.DBAPIError as error:
            raise explained(error, writing=True) from error

    def _revision(self, connection: Connection) -> str | None:
        """Which schema the database has; None for an empty one."""
        tables = set(inspect(connection).get_table_names())
        if not tables:
            return None
        where = self.path or "The PostgreSQL database"
        if "alembic_version" not in tables or "person" not in tables:
            if self.path is None:
                raise DatabaseError(f"{where} holds tables of another program. Make an empty one for romcheck.")
            raise DatabaseError(f"{where} is the database of another program. Choose another folder with --data.")
        revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        if revision not in REVISIONS:
            raise NewerDatabaseError(
                f"{where} was written by a newer romcheck (schema {revision}; this one knows up to {NEWEST}). "
                "Nothing was changed. Use the newer version, or install it here."
            )
        return str(revision)

    def _copy_before_migration(self, revision: str) -> None:
        if self.path is None:
            self.notes.append(
                "The PostgreSQL database was brought to the newest schema without a copy: this program cannot copy it. "
                "Let the server make backups (pg_dump)."
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


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a SQLite database that may be in use, as of one moment; only the owner may read the copy."""
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
        raise DatabaseError(
            f"The data folder {folder} cannot be used ({error.strerror}). Choose another with --data or ROMCHECK_DATA."
        ) from error
    if not folder.is_dir():
        raise DatabaseError(f"{folder} is a file, not a folder. Choose another with --data or ROMCHECK_DATA.")
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
        raise DatabaseError(
            f"{path} cannot be opened for writing ({error.strerror}). "
            "See that the disk is not full or write-protected and that the file is yours, or choose another folder "
            "with --data."
        ) from error
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
    return DatabaseError(
        f"The database {path} was removed or moved while the program was running; what was just entered is not kept. "
        "Put it back, or bring back a backup with 'romcheck restore', and start again."
    )


def _postgresql(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except (exc.ArgumentError, ValueError) as error:
        raise DatabaseError(
            "ROMCHECK_DATABASE_URL is not a database address. It looks like postgresql://user:password@host/database."
        ) from error
    if parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise DatabaseError(
            f"ROMCHECK_DATABASE_URL names {parsed.get_backend_name()}; only postgresql://... can be used. "
            "Without it SQLite in the data folder is used."
        )
    if parsed.port is not None and not 0 < parsed.port < 65536:
        raise DatabaseError(f"ROMCHECK_DATABASE_URL names port {str(parsed.port)[:20]}; a port is 1 to 65535.")
    try:
        engine = create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, hide_parameters=True)
    except ImportError as error:
        raise DatabaseError(
            "PostgreSQL needs one more package. Install it with: pip install 'romcheck[postgresql]'"
        ) from error

    @event.listens_for(engine, "handle_error")
    def _without_values(context: ExceptionContext) -> None:
        """PostgreSQL's details of an error repeat the row, with the name and notes in it."""
        said = getattr(getattr(context.original_exception, "diag", None), "message_primary", None)
        if said is None:
            return
        context.original_exception.args = (said,)
        if context.sqlalchemy_exception is not None:
            context.sqlalchemy_exception.args = (said,)

    return engine


_SQLITE_SAYS = (
    ("locked", "Another program is writing to the database and did not finish in time. Try again in a moment."),
    ("readonly", "The database can only be read: the file or its folder is write-protected. Change that, or choose "
     "another folder with --data."),
    ("full", "The disk is full. Make room and try again."),
    ("disk I/O", "The disk did not take what was written: it is full, over quota or failing. Make room or use another "
     "disk, and try again."),
    ("unable to open", "The database cannot be opened: see that its folder is there and is yours."),
    ("malformed", "The database is damaged. Bring back a backup with 'romcheck restore'."),
    ("not a database", "The file is not a database. Bring back a backup with 'romcheck restore', or choose another "
     "folder with --data."),
    ("no such table", "The database was replaced by one that is not romcheck's. Start the program again."),
)  # fmt: skip

_POSTGRESQL_SAYS = {
    "53100": "The PostgreSQL server's disk is full. Ask whoever runs it to make room.",
    "42501": "The PostgreSQL user may not do this. Ask whoever runs the server for the right to write.",
    "25006": "The PostgreSQL database can only be read at the moment (a standby?). Ask whoever runs the server.",
    "3D000": "The PostgreSQL database does not exist. Create it first, or correct ROMCHECK_DATABASE_URL.",
    "28P01": "The PostgreSQL server refused the password in ROMCHECK_DATABASE_URL.",
    "57014": "The PostgreSQL server stopped the query. Try again.",
    "55P03": "Another program holds the entry. Try again in a moment.",
    "40P01": "Two programs wanted the same entries at once. Try again.",
    "40001": "Two programs changed the same entries at once. Try again.",
}


def explained(
    error: exc.DBAPIError, *, writing: bool = False, committing: bool = False
) -> DatabaseError | NotFoundError:
    """Say in words what a database refused. No value of a row is repeated: it could be a name."""
    said = str(error.orig)
    kept = " Nothing was saved." if writing else ""
    if isinstance(error, exc.IntegrityError) and re.search("foreign key", said, re.IGNORECASE):
        return NotFoundError("What this belongs to was deleted meanwhile." + kept)
    if isinstance(error, exc.IntegrityError) and re.search("unique", said, re.IGNORECASE):
        return DatabaseError("Somebody else entered the same (code or day) at this moment. Look at theirs." + kept)
    if isinstance(error.orig, sqlite3.Error):
        for words, advice in _SQLITE_SAYS:
            if words in said:
                return DatabaseError(advice + kept)
        return DatabaseError(f"The database refused ({type(error.orig).__name__}: {said})." + kept)
    state = getattr(error.orig, "sqlstate", None)
    if state in _POSTGRESQL_SAYS:
        return DatabaseError(_POSTGRESQL_SAYS[state] + kept)
    if error.connection_invalidated or isinstance(error, exc.OperationalError):
        if committing:
            kept = " It broke off at the last moment: look whether the entry is there before you enter it again."
        return DatabaseError(
            "The PostgreSQL server cannot be reached. See that it runs and that ROMCHECK_DATABASE_URL is right, "
            "then try again." + kept
        )
    return DatabaseError(f"PostgreSQL refused ({type(error.orig).__name__}, {state})." + kept)


@contextmanager
def explaining() -> Iterator[None]:
    """Turn what a database refuses into words."""
    try:
        yield
    except exc.DBAPIError as error:
        raise explained(error) from error

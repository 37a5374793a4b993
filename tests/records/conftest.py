"""Stores on SQLite and on a PostgreSQL server that the test run starts and stops itself."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from romcheck.places import DATA_VARIABLE
from romcheck.records.demo_motion import made_up
from romcheck.records.store import URL_VARIABLE, Records

BEGUN = "begun"
"""The database of a store that is empty: stores of tests are copies of it, instead of running every migration."""


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL; ``control`` starts and stops it."""

    folder: Path
    control: Callable[[str], None]

    def url(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def sql(self, text: str, name: str = "postgres") -> None:
        import psycopg

        with psycopg.connect(self.url(name), autocommit=True) as connection:
            connection.execute(text)


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A server of this test run: unix socket in a folder of its own, nothing written durably."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    # It refuses to run as root; then it runs as the user its package made.
    user = None
    if os.geteuid() == 0:
        try:
            user = pwd.getpwnam("postgres")
        except KeyError:
            pytest.skip("PostgreSQL refuses to run as root, and there is no user 'postgres'")
    folder = Path(tempfile.mkdtemp(prefix="romcheck-pg-"))
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)

    def run(*command: object) -> None:
        who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
        subprocess.run(
            [str(part) for part in command], check=True, cwd=folder, stdout=subprocess.DEVNULL, timeout=120, **who
        )

    data = folder / "data"
    run(programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
    options = f"-k {folder} -c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off"

    def control(what: str) -> None:
        extra = ("-o", options, "-l", folder / "log") if what == "start" else ("-m", "fast")
        run(programs / "pg_ctl", "-D", data, "-w", *extra, what)

    control("start")
    server = Server(folder, control)
    try:
        server.sql(f"CREATE DATABASE {BEGUN}")
        Records(folder / "begun", url=server.url(BEGUN)).close()
        yield server
    finally:
        control("stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def _no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch, stores_begun_at_once: None) -> None:
    """The user's own records are never touched by a test."""
    monkeypatch.delenv(DATA_VARIABLE, raising=False)
    monkeypatch.delenv(URL_VARIABLE, raising=False)


ON_A_SERVER = pytest.param("postgresql", marks=pytest.mark.slow)
"""The quick run takes SQLite alone: the statements are the same, and the server doubled the time of these tests."""


@pytest.fixture(params=["sqlite", ON_A_SERVER])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, str | None]]:
    """Where a store may be: a data folder, and the URL of a PostgreSQL database or None.

    The database is empty; for a test that wants the store itself it is one in which an empty store was begun.
    """
    folder = tmp_path / "data"
    if request.param == "sqlite":
        yield folder, None
        return
    server: Server = request.getfixturevalue("postgresql")
    name = f"t{os.urandom(6).hex()}"
    server.sql(f"CREATE DATABASE {name}" + (f" TEMPLATE {BEGUN}" if "records" in request.fixturenames else ""))
    yield folder, server.url(name)
    server.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def records(place: tuple[Path, str | None], begin_store: Callable[[Path], None]) -> Iterator[Records]:
    """An empty store, once on SQLite and once on PostgreSQL."""
    folder, url = place
    if url is None:
        begin_store(folder)
    with Records(folder, url=url, by="tester") as store:
        yield store


@pytest.fixture(scope="session")
def before():
    """A flexion-rotation measurement: 40 degrees left, 25 right."""
    return made_up("flexion-rotation", 40, 25, seed=1)


@pytest.fixture(scope="session")
def after():
    """The same person later: 41 degrees left, 38 right."""
    return made_up("flexion-rotation", 41, 38, seed=2)

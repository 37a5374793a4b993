"""When the database is locked, read-only, full, gone or away: said in words, nothing half saved, and on it goes."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import textwrap
import threading
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from romcheck.records import database as module
from romcheck.records.backup import restore, write_backup
from romcheck.records.database import FILE
from romcheck.records.entries import Person, Visit
from romcheck.records.problems import DatabaseError, LostDatabaseError
from romcheck.records.store import Records

DAY = date(2025, 3, 3)


@pytest.fixture
def sqlite(tmp_path):
    with Records(tmp_path / "data", url="") as store:
        yield store


def test_only_the_owner_may_read(sqlite, before):
    """Folder 0700; every file 0600, the write-ahead log too."""
    person = sqlite.add_person(Person("A"))
    sqlite.add_measurement(sqlite.add_visit(Visit(person.id, DAY)).id, *before)
    modes = {path: path.stat().st_mode & 0o777 for path in (sqlite.folder, *sqlite.folder.rglob("*"))}
    assert any(path.name.endswith("-wal") for path in modes)
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}


def test_a_folder_with_other_things_keeps_its_rights(tmp_path):
    tmp_path.chmod(0o755)
    (tmp_path / "letters.txt").write_text("mine")
    with Records(tmp_path, url=""):
        assert tmp_path.stat().st_mode & 0o777 == 0o755
        assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_locked(tmp_path, monkeypatch):
    """Another program writes and does not end: said after a while; reading goes on meanwhile."""
    monkeypatch.setattr(module, "BUSY_S", 0.2)
    store = Records(tmp_path / "data", url="")
    store.database.close()
    store.database = module.Database(tmp_path / "data", busy_s=0.2)
    person = store.add_person(Person("A"))
    with closing(sqlite3.connect(store.folder / FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseError, match=r"Another program is writing.*Nothing was saved"):
            store.add_person(Person("B"))
        assert [line.person.code for line in store.people()] == ["A"]
        other.execute("ROLLBACK")
    assert store.add_person(Person("B")).id > person.id
    store.close()


def test_many_write_at_once(tmp_path):
    """They wait for each other: ten threads, each with a store of its own, lose nothing."""
    with Records(tmp_path / "data", url=""):
        pass

    def add(number):
        with Records(tmp_path / "data", url="") as store:
            for one in range(5):
                store.add_person(Person(f"{number}-{one}"))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Records(tmp_path / "data", url="") as store:
        assert store.count_people() == 50


def test_removed_while_running(sqlite):
    """On Linux a removed file can still be written to, into nothing: it is noticed before and after."""
    sqlite.add_person(Person("A"))
    for path in sqlite.folder.glob(f"{FILE}*"):
        path.unlink()
    for _ in range(2):
        with pytest.raises(DatabaseError, match="removed or moved"):
            sqlite.add_person(Person("B"))
    with pytest.raises(DatabaseError, match="removed or moved"):
        sqlite.people()
    assert not (sqlite.folder / FILE).exists()


def test_removed_and_put_back(sqlite, tmp_path):
    """A database put in its place by 'restore' is read at once: no window goes on showing the old one."""
    sqlite.add_person(Person("A"))
    with Records(tmp_path / "other", url="") as other:
        other.add_person(Person("other"))
    for path in sqlite.folder.glob(f"{FILE}*"):
        path.unlink()
    shutil.copy2(tmp_path / "other" / FILE, sqlite.folder / FILE)
    assert [line.person.code for line in sqlite.people()] == ["other"]


def test_frames_lost(sqlite, before):
    person = sqlite.add_person(Person("A"))
    kept = sqlite.add_measurement(sqlite.add_visit(Visit(person.id, DAY)).id, *before)
    next((sqlite.folder / "files").glob("*/*.parquet")).unlink()
    with pytest.raises(DatabaseError, match="Restore a backup"):
        sqlite.frames(kept.id)
    assert sqlite.measurement(kept.id).result == sqlite.measurements(person.id)[0].result


def with_frames(folder, before, *codes):
    """Records of these people, each with a measurement; what lies under ``files``."""
    with Records(folder, url="") as store:
        for code in codes:
            person = store.add_person(Person(code))
            store.add_measurement(store.add_visit(Visit(person.id, DAY)).id, *before)
    return {path.name for path in (folder / "files").glob("??/*")}


@pytest.mark.parametrize("how", ["missing", "empty"])
def test_a_database_that_was_lost_is_not_begun_anew(tmp_path, before, how):
    """The files of its measurements stay, and so a backup can be brought back with all of them."""
    kept = with_frames(tmp_path / "data", before, "A")
    with Records(tmp_path / "data", url="") as store:
        write_backup(store, tmp_path / "b.zip")
    for path in (tmp_path / "data").glob(f"{FILE}*"):
        path.unlink()
    if how == "empty":
        (tmp_path / "data" / FILE).touch()
    for _ in range(2):
        with pytest.raises(LostDatabaseError, match="missing or empty"):
            Records(tmp_path / "data", url="")
    assert {path.name for path in (tmp_path / "data" / "files").glob("??/*")} == kept != set()
    restore(tmp_path / "data", tmp_path / "b.zip")
    with Records(tmp_path / "data", url="") as store:
        (person,) = store.people()
        (record,) = store.measurements(person.person.id)
        assert store.frames(record.id) is not None


@pytest.mark.parametrize("other", ["older", "another"])
def test_a_database_in_anothers_place_removes_none_of_its_files(tmp_path, before, after, other):
    data = tmp_path / "data"
    with_frames(data, before, "A")
    if other == "older":
        shutil.copy2(data / FILE, tmp_path / FILE)
    else:
        with_frames(tmp_path, after)
    kept = with_frames(data, after, "B")
    assert len(kept) == 2
    for path in data.glob(f"{FILE}*"):
        path.replace(tmp_path / f"now-{path.name}")
    shutil.copy2(tmp_path / FILE, data / FILE)
    for folder in (data / "files").iterdir():
        folder.touch()
    with Records(data, url="") as store:
        store.people()
    assert {path.name for path in (data / "files").glob("??/*")} == kept


def run(tmp_path: Path, code: str, **how: object) -> str:
    """Run a piece of a program in a process of its own; return its output."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, **how,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


FULL = """
    import os
    import resource
    import sys
    from datetime import date
    from romcheck.records.demo_motion import made_up
    from romcheck.records.entries import Person, Visit
    from romcheck.records.problems import RecordsError
    from romcheck.records.store import Records

    measured = made_up("rotation", 50, 50, seed=1, trials=1)
    with Records({folder!r}, url="") as records:
        person = records.add_person(Person("A"))
        visit = records.add_visit(Visit(person.id, date(2025, 1, 1)))
        {limit}
        kept, said = [], None
        for number in range(2000):
            measured[1].sigma_deg[0] = number * 0.001
            try:
                kept.append(records.add_measurement(visit.id, *measured).id)
            except RecordsError as error:
                said = str(error)
                break
        print(said)
        {unlimit}
        print([record.id for record in records.measurements(person.id)] == kept)
        print(all(records.frames(number) is not None for number in kept))
        print(records.add_measurement(visit.id, *measured).id > 0)
    # What is tested is done; threads of the Parquet library now and then abort a process that ends.
    sys.stdout.flush()
    os._exit(0)
"""


@pytest.mark.slow
def test_the_disk_is_full(tmp_path):
    """No file may grow any further: said in words, what was kept is whole, and with room again it goes on."""
    limit = """hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        log = records.folder / "romcheck.db-wal"
        resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size + 150_000, hard))"""
    unlimit = "resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))"
    said, *rest = run(tmp_path, FULL.format(folder=str(tmp_path / "data"), limit=limit, unlimit=unlimit)).split("\n")
    assert "full" in said
    assert "Nothing was saved" in said
    assert rest == ["True", "True", "True", ""]


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 2 MB of its own, where the one who tests may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("only root may mount a small disk")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


@pytest.mark.slow
def test_a_small_disk_is_full(small_disk, tmp_path):
    limit = f"""ballast = open({str(small_disk / "ballast")!r}, "wb", buffering=0)
        try:
            while True:
                ballast.write(bytes(4096))
        except OSError:
            ballast.truncate(ballast.tell() - 150_000)"""
    unlimit = "ballast.truncate(0); ballast.close()"
    said, *rest = run(tmp_path, FULL.format(folder=str(small_disk / "data"), limit=limit, unlimit=unlimit)).split("\n")
    assert "full" in said or "No space" in said
    assert "Nothing was saved" in said
    assert rest == ["True", "True", "True", ""]


def test_write_protected(small_disk):
    """A database that may be read but not written is refused at once, in words."""
    with Records(small_disk / "data", url="") as store:
        store.add_person(Person("A"))
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(DatabaseError, match="Read-only file system"):
        Records(small_disk / "data", url="")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://x/y", "only postgresql"),
        ("not an address", "not a database address"),
        ("postgresql://nobody@127.0.0.1:1/none", "cannot be reached"),
    ],
)
def test_an_address_that_leads_nowhere(tmp_path, url, said):
    with pytest.raises(DatabaseError, match=said):
        Records(tmp_path, url=url)


def test_a_password_is_not_repeated(tmp_path):
    with pytest.raises(DatabaseError) as caught:
        Records(tmp_path, url="postgresql://me:sesame@127.0.0.1:1/none")
    assert "sesame" not in str(caught.value)


def test_without_the_driver(tmp_path, monkeypatch):
    """The message names the extra that holds it."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(DatabaseError, match=r"romcheck\[postgresql\]"):
        Records(tmp_path, url="postgresql://x/y")


@pytest.mark.slow
def test_postgresql_goes_away_and_comes_back(postgresql, tmp_path):
    """Reading resumes by itself; a write during the interruption is refused with a message and can be repeated."""
    name = "away"
    postgresql.sql(f"CREATE DATABASE {name}")
    with Records(tmp_path / "data", url=postgresql.url(name)) as store:
        store.add_person(Person("A"))
        postgresql.control("stop")
        with pytest.raises(DatabaseError, match="cannot be reached"):
            store.people()
        with pytest.raises(DatabaseError, match="Nothing was saved"):
            store.add_person(Person("B"))
        postgresql.control("start")
        assert [line.person.code for line in store.people()] == ["A"]
        store.add_person(Person("B"))
        postgresql.control("stop")
        postgresql.control("start")
        store.add_person(Person("C"))
        assert store.count_people() == 3


@pytest.mark.slow
def test_a_connection_cut_in_the_midst_of_reading(postgresql, tmp_path):
    """One retry is enough; the page does not notice."""
    name = "cut"
    postgresql.sql(f"CREATE DATABASE {name}")
    with Records(tmp_path / "data", url=postgresql.url(name)) as store:
        store.add_person(Person("A"))
        cuts = []

        def work(session):
            from sqlalchemy import text

            session.execute(text("SELECT 1"))
            if not cuts:
                cuts.append(1)
                postgresql.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
            return session.execute(text("SELECT count(*) FROM person")).scalar()

        assert store.database.read(work) == 1
        cuts.clear()
        with pytest.raises(DatabaseError, match="Nothing was saved"):
            store.database.write(work)

"""The audit trail is chained, goes on across restoring, and says when it is not whole."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from romcheck.records.audit import verify
from romcheck.records.backup import restore, write_backup
from romcheck.records.database import FILE
from romcheck.records.entries import Person
from romcheck.records.store import Records


def trail(records, known=None):
    return records.database.read(lambda session: verify(session, known))


def test_many_writers_make_one_chain(records):
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda n: records.add_person(Person(f"P-{n}")), range(24)))
    found = trail(records)
    assert (found.lines, found.broken) == (24, None)


def test_restoring_leaves_the_older_lines(tmp_path):
    """Also those written after the backup; the chain is whole, and a hash noted before is still in it."""
    with Records(tmp_path / "a", url="") as store:
        store.add_person(Person("one"))
        path = write_backup(store, tmp_path / "b.zip")
        store.add_person(Person("two"))
        was, noted = store.audit(), trail(store).last
    restore(tmp_path / "a", path, replace=True)
    with Records(tmp_path / "a", url="") as store:
        now = store.audit()
        assert now[-len(was) :] == was
        assert [line.action for line in now[: len(now) - len(was)]] == ["restored", "backed up"]
        assert trail(store, noted).broken is None
        assert trail(store, noted).known
        assert store.add_person(Person("three")).id == 3


def test_the_trail_of_another_installation_follows_its_own_mark(tmp_path):
    with Records(tmp_path / "b", url="") as other:
        other.add_person(Person("theirs"))
        path = write_backup(other, tmp_path / "b.zip")
    with Records(tmp_path / "a", url="") as store:
        mine = store.add_person(Person("mine"))
        store.save_person(mine)
        installation, was = store.setting("installation"), store.audit()
    restore(tmp_path / "a", path, replace=True)
    with Records(tmp_path / "a", url="") as store:
        assert trail(store).broken is None
        assert store.audit()[-len(was) :] == was
        assert [line.action for line in store.audit(mine.id)] == ["added"]
        assert store.setting("installation") == installation


@pytest.mark.parametrize("change", ["UPDATE audit SET by = 'x' WHERE id = 2", "DELETE FROM audit WHERE id = 2"])
def test_a_changed_trail_is_seen(tmp_path, change):
    with Records(tmp_path, url="") as store:
        for code in "abc":
            store.add_person(Person(code))
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        connection.executescript(f"DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; {change};")
    with Records(tmp_path, url="") as store:
        assert trail(store).broken is not None

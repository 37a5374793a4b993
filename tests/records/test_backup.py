"""A backup brings everything back, on either database; a damaged one changes nothing."""

from __future__ import annotations

import json
import zipfile
from datetime import date, datetime, timezone

import pytest
from sqlalchemy import text

from romcheck.records.backup import restore, write_backup
from romcheck.records.database import FILE
from romcheck.records.entries import Conditions, DiaryDay, Outcome, Person, TreatmentRecord, Visit
from romcheck.records.models import Base
from romcheck.records.problems import ArchiveError, DatabaseError
from romcheck.records.store import Records

DAY = date(2025, 3, 3)
NINE = datetime(2025, 3, 3, 9, tzinfo=timezone.utc)


@pytest.fixture
def filled(records, before, after):
    person = records.add_person(Person("K-17", name="Åsa"))
    visit = records.add_visit(Visit(person.id, DAY))
    records.add_measurement(visit.id, *before, Conditions(timing="before", headache_now=True))
    records.add_treatment(TreatmentRecord(person.id, DAY, "snag", visit.id, NINE))
    records.add_measurement(visit.id, *after, Conditions(timing="after", minutes_since_treatment=2.5))
    records.add_outcome(Outcome(person.id, DAY, headache_days=3))
    records.write_diary(DiaryDay(person.id, DAY, False))
    records.save_setting("retention_months", 120)
    return records


def rows(store, but=()):
    """Every row of every table, as the database gives them."""
    found = {}
    with store.database.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            if table.name not in but:
                found[table.name] = [tuple(row) for row in connection.execute(table.select().order_by(table.c.id))]
    return found


@pytest.fixture
def target(tmp_path):
    return tmp_path / "target"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_everything_comes_back_on_either_database(filled, target, kind, request, tmp_path):
    path = write_backup(filled, tmp_path / "b.zip")
    assert path.stat().st_mode & 0o077 == 0
    url = ""
    if kind == "postgresql":
        server = request.getfixturevalue("postgresql")
        name = f"r{abs(hash(str(tmp_path)))}"
        server.sql(f"CREATE DATABASE {name}")
        url = server.url(name)

    assert restore(target, path, url=url or None) is None

    with Records(target, url=url) as back:
        was, now = rows(filled, but=("audit", "setting")), rows(back, but=("audit", "setting"))
        assert now == was
        assert len(rows(back)["audit"]) == len(rows(filled)["audit"])
        assert back.setting("retention_months") == 120
        for measurement in back.measurements(1):
            assert back.frames(measurement.id) is not None
        assert back.add_person(Person("next")).id == 2
    if url:
        server.sql(f"DROP DATABASE {name} WITH (FORCE)")


def test_one_backup_does_not_take_the_place_of_another(tmp_path):
    """Nor does what is set aside when one is brought back in the second it was made."""
    with Records(tmp_path / "a", url="") as store:
        store.add_person(Person("one"))
        made = {write_backup(store) for _ in range(3)}
        store.add_person(Person("two"))
    saved = restore(tmp_path / "a", min(made), replace=True)
    assert len(made) == 3
    assert saved not in made


def test_people_are_not_replaced_unasked(tmp_path, before):
    with Records(tmp_path / "a", url="") as store:
        store.add_person(Person("one"))
        path = write_backup(store, tmp_path / "b.zip")
        person = store.add_person(Person("two"))
        store.add_measurement(store.add_visit(Visit(person.id, DAY)).id, *before)
    with pytest.raises(DatabaseError, match="2 people"):
        restore(tmp_path / "a", path)

    saved = restore(tmp_path / "a", path, replace=True)

    with Records(tmp_path / "a", url="") as store:
        assert [line.person.code for line in store.people()] == ["one"]
        assert not list((store.folder / "files").glob("*/*.parquet"))
    restore(tmp_path / "c", saved)
    with Records(tmp_path / "c", url="") as store:
        assert store.count_people() == 2
        assert store.frames(store.measurements(2)[0].id) is not None
    assert not [path for path in (tmp_path / "a").iterdir() if path.name.startswith(".restoring")]


def test_a_window_that_is_open_is_in_the_way(tmp_path):
    with Records(tmp_path / "a", url="") as store:
        store.add_person(Person("one"))
        path = write_backup(store, tmp_path / "b.zip")
        with pytest.raises(DatabaseError, match="Another window"):
            restore(tmp_path / "a", path, replace=True)
        assert store.add_person(Person("two")).id == 2


def test_a_damaged_database_is_set_aside(tmp_path):
    with Records(tmp_path / "a", url="") as store:
        store.add_person(Person("one"))
        path = write_backup(store, tmp_path / "b.zip")
    (tmp_path / "a" / FILE).write_bytes(b"not a database at all" * 1000)
    with pytest.raises(DatabaseError, match="not a database"):
        Records(tmp_path / "a", url="")
    with pytest.raises(DatabaseError, match="--replace"):
        restore(tmp_path / "a", path)

    saved = restore(tmp_path / "a", path, replace=True)

    assert saved.read_bytes().startswith(b"not a database")
    with Records(tmp_path / "a", url="") as store:
        assert store.count_people() == 1


def changed(path, tmp_path, **parts):
    target = tmp_path / "changed.zip"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = parts.pop(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
        for name, content in parts.items():
            new.writestr(name, content)
    return target


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"tables/person.jsonl": b""}, "rows are missing"),
        ({"tables/person.jsonl": b'{"id": 1'}, "damaged or cut off"),
        ({"tables/person.jsonl": None}, "damaged or cut off"),
        ({"../../evil": b"x"}, "no backup of romcheck"),
        ({"files/../../evil.parquet": b"x"}, "no backup of romcheck"),
        ({f"files/{'a' * 64}.parquet": b"x"}, "not what it was"),
        ({"backup.json": json.dumps({"schema": "romcheck.backup/1", "revision": "9999"})}, "newer romcheck"),
    ],
)
def test_what_is_no_backup(parts, said, tmp_path, before):
    """Refused, and what is there stays as it is."""
    with Records(tmp_path / "a", url="") as store:
        person = store.add_person(Person("one"))
        store.add_measurement(store.add_visit(Visit(person.id, DAY)).id, *before)
        path = changed(write_backup(store, tmp_path / "b.zip"), tmp_path, **parts)
    with pytest.raises(ArchiveError, match=said):
        restore(tmp_path / "a", path, replace=True)
    with Records(tmp_path / "a", url="") as store:
        assert store.frames(store.measurements(1)[0].id) is not None
    assert not list(tmp_path.rglob("evil*"))
    whole = (tmp_path / "b.zip").read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ArchiveError, match="damaged or cut off"):
        restore(tmp_path / "a", tmp_path / "cut.zip", replace=True)


def test_a_backup_of_an_earlier_schema(tmp_path, before):
    """Comes back and is brought to the newest, trials included."""
    from romcheck.records.overview import trials

    with Records(tmp_path / "a", url="") as store:
        person = store.add_person(Person("one"))
        store.add_measurement(store.add_visit(Visit(person.id, DAY)).id, *before)
        path = write_backup(store, tmp_path / "b.zip")
    with zipfile.ZipFile(path) as packed:
        head = json.loads(packed.read("backup.json")) | {"revision": "0001"}
    gone = dict.fromkeys(("tables/trial.jsonl", "tables/diary.jsonl", "tables/follow_up.jsonl"))
    older = changed(path, tmp_path, **{"backup.json": json.dumps(head), **gone})

    restore(tmp_path / "c", older)

    with Records(tmp_path / "c", url="") as store:
        assert len(list(trials(store))) == len(before[0].movements)


def test_a_server_with_people_is_not_filled(records, place, tmp_path):
    _, url = place
    if url is None:
        pytest.skip("of PostgreSQL alone")
    records.add_person(Person("one"))
    path = write_backup(records, tmp_path / "b.zip")
    with pytest.raises(DatabaseError, match="not empty"):
        restore(tmp_path / "x", path, url=url)
    with records.database.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM person")).scalar() == 1

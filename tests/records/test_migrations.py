"""Every earlier schema comes to the newest with its data, after a copy; a newer one is left alone."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timezone

import pytest
from sqlalchemy import MetaData, text

from romcheck.places import VIDEOS
from romcheck.records.database import FILE, NEWEST, REVISIONS, Database, migrate
from romcheck.records.models import Base
from romcheck.records.problems import DatabaseError, NewerDatabaseError
from romcheck.records.results_text import result_of, result_text
from romcheck.records.store import Records
from romcheck.records.videos import loose, video_of

BEGAN = date(2024, 5, 6)


def old_database(folder, url, revision, result):
    """A database as the program of that revision left it: two people, one under treatment."""
    database = Database.empty(folder, url)
    with database.engine.begin() as connection:
        migrate(connection, revision)
        metadata = MetaData()
        metadata.reflect(connection)
        now = datetime(2024, 5, 6, 8, 30, tzinfo=timezone.utc)
        now = now.replace(tzinfo=None) if url is None else now

        def put(table, **values):
            known = metadata.tables[table]
            if table == "person":
                values = {"notes": "", "demo": False, "sought": values["code"], "created_at": now, **values}
            if "version" in known.c:
                values = {"version": 1, **values}
            connection.execute(known.insert(), values)

        put("person", uid="a" * 32, code="old 1", name="Ñandú", birth_year=1970)
        put("person", uid="b" * 32, code="old 2")
        put("visit", person_id=1, on=BEGAN, notes="first")
        put("visit", person_id=1, on=date(2024, 6, 3), notes="four weeks")
        put("treatment", person_id=1, visit_id=1, on=BEGAN, kind="snag", level="C1-2", dose="", by="", notes="")
        known = {"source_sha256": result.source.sha256} if revision >= "0004" else {}
        put(
            "measurement", id=1, person_id=1, visit_id=1, measured_at=now, test=result.test, mode="active",
            posture="seated", moved_by="self", timing="none", result=result_text(result), **known,
        )  # fmt: skip
        put("outcome", person_id=1, visit_id=1, on=BEGAN, period_days=28, headache_days=9, notes="")
        put("setting", name="retention_months", value="120")
        put("audit", at=now, by="me", action="added", person_id=1, detail="person")
        if revision >= "0002":
            put("diary", person_id=1, on=BEGAN, headache=True, notes="")
            put("follow_up", person_id=1, label="1 week", due_on=date(2024, 5, 13), state="open")
        if revision >= "0003":
            for m in result_of(result_text(result)).movements:
                put(
                    "trial", measurement_id=1, movement=m.movement, trial=m.trial, angle_deg=m.angle_deg,
                    at_least=m.at_least, quality=m.quality, reasons=" ".join(m.reasons),
                )  # fmt: skip
    database.close()


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_every_earlier_schema(place, before, revision):
    folder, url = place
    video = folder / VIDEOS / "2024-05-06-083000-flexion-rotation.mkv"
    video.parent.mkdir(parents=True)
    video.write_bytes(b"pictures of old 1")
    source = replace(before[0].source, file=video.name, sha256=hashlib.sha256(video.read_bytes()).hexdigest())
    old_database(folder, url, revision, replace(before[0], source=source))

    with Records(folder, url=url) as records:
        (note,) = records.notes
        assert loose(records) == ()
        assert video_of(records, 1).read_bytes() == b"pictures of old 1"
        person = records.person_by_code("old 1")
        assert (person.name, person.birth_year, person.id) == ("Ñandú", 1970, 1)
        assert [visit.notes for visit in records.visits(1)] == ["first", "four weeks"]
        assert records.measurements(1)[0].measured_at == datetime(2024, 5, 6, 8, 30, tzinfo=timezone.utc)
        assert records.course.outcomes(1)[0].headache_days == 9
        assert records.setting("retention_months") == 120
        assert records.audit()[-1].by == "me"
        if revision == "0001":
            due = {step.label: (step.due_on, step.state, step.visit_id) for step in records.course.follow_ups(1)}
            assert due["1 week"] == (date(2024, 5, 13), "done", 2)
            assert due["4 weeks"] == (date(2024, 6, 3), "done", 2)
            assert due["6 months"] == (date(2024, 11, 4), "open", None)
            assert records.course.follow_ups(2) == ()
        else:
            assert records.course.diary(1)[0].headache is True
            assert len(records.course.follow_ups(1)) == 1

        from romcheck.records.overview import trials

        measured = [(m.movement, m.trial, m.angle_deg) for m in records.measurements(1)[0].result.movements]
        tidy = [(row.movement, row.trial, row.angle_deg) for row in trials(records)]
        assert [row[:2] for row in tidy] == [row[:2] for row in measured]
        assert [row[2] for row in tidy] == pytest.approx([row[2] for row in measured])
    if url is None:
        (copy,) = (folder / "backups").glob("*.db")
        assert str(copy) in note
        assert copy.stat().st_mode & 0o077 == 0
        with closing(sqlite3.connect(copy)) as connection:
            assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (revision,)
            assert connection.execute("SELECT count(*) FROM person").fetchone() == (2,)
    else:
        assert "pg_dump" in note


def test_the_tables_are_those_of_the_models(records):
    """What the migrations made is what the program reads and writes."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with records.database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_the_list_of_revisions_is_alembics():
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    import romcheck.records.database as module

    config = Config()
    config.set_main_option("script_location", str(module.Path(module.__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    assert tuple(script.revision for script in reversed(list(scripts.walk_revisions()))) == REVISIONS
    assert scripts.get_current_head() == NEWEST


def test_a_newer_database_is_left_alone(place):
    folder, url = place
    with Records(folder, url=url) as records, records.database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(NewerDatabaseError, match="newer romcheck"):
        Records(folder, url=url)

    database = Database.empty(folder, url)
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"
    database.close()


def test_a_migration_that_breaks_off_leaves_the_old_schema(tmp_path, before, monkeypatch):
    """The change is one transaction: a fault in its midst changes nothing."""
    folder = tmp_path / "data"
    old_database(folder, None, "0001", before[0])
    with closing(sqlite3.connect(folder / FILE)) as connection:
        connection.execute("UPDATE measurement SET result = '{\"movements\": [{}]}'")
        connection.commit()

    with pytest.raises(DatabaseError, match="Nothing was changed"):
        Records(folder)

    with closing(sqlite3.connect(folder / FILE)) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
    assert not {"diary", "trial"} & tables


def test_two_programs_start_at_once_on_an_old_database(tmp_path, before):
    from concurrent.futures import ThreadPoolExecutor

    folder = tmp_path / "data"
    old_database(folder, None, "0001", before[0])

    def start(_):
        with Records(folder) as records:
            return records.count_people()

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(start, range(4))) == [2] * 4


def test_the_database_of_another_program(tmp_path):
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")
        connection.commit()
    with pytest.raises(DatabaseError, match="another program"):
        Records(tmp_path)


def test_old_results_are_read_by_their_schema(records):
    """A kept result of a schema this program does not know is an error in words, not a wrong number."""
    from romcheck.records.problems import RecordsError
    from romcheck.records.results_text import result_of

    for text_ in ("{}", "[", json.dumps({"schema": "romcheck.result/9"})):
        with pytest.raises(RecordsError):
            result_of(text_)

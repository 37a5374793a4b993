"""Deleting leaves nothing; the audit trail only grows; the retention rule lists and does not act."""

from __future__ import annotations

import sqlite3
import zipfile
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import exc, text

from romcheck.clinical import Conditions, DiaryDay, Outcome, Treatment
from romcheck.exchange.files import frames_parquet
from romcheck.records import backup_people, files, rights
from romcheck.records.archive import export_person, import_person
from romcheck.records.backup import restore, write_backup
from romcheck.records.database import copy_sqlite, private_folder
from romcheck.records.entries import Person, Visit
from romcheck.records.own import make_own_person
from romcheck.records.problems import NotFoundError
from romcheck.records.store import Records

DAY = date(2025, 3, 3)
SECRETS = ("Wilhelmina Quux", "KX-7719", "limps a little", "zither player", "hums at night", "C1-2 klaxon")


@pytest.fixture
def somebody(records, before, after):
    """A person with one of everything, whose texts occur nowhere else, and whose name was changed once."""
    person = records.add_person(Person(SECRETS[1], name="Wilhelmina Foobar", notes=SECRETS[2]))
    person = records.save_person(replace(person, name=SECRETS[0]))
    visit = records.add_visit(Visit(person.id, DAY, SECRETS[3]))
    records.add_measurement(visit.id, *before, Conditions(timing="before"))
    records.course.add_treatment(Treatment(person.id, DAY, "snag", visit.id, level=SECRETS[5]))
    records.add_measurement(visit.id, *after, Conditions(timing="after"))
    records.course.add_outcome(Outcome(person.id, DAY, visit.id, headache_days=3))
    records.course.write_diary(DiaryDay(person.id, DAY, True, notes=SECRETS[4]))
    return person


def traces(folder, secrets):
    """Every file under a folder that holds one of these, as text or bytes, or in its name."""
    wanted = [secret.encode() if isinstance(secret, str) else secret for secret in secrets]
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and any(secret in path.read_bytes() or secret in path.name.encode() for secret in wanted)
    ]


def test_nothing_of_a_deleted_person_remains(records, somebody, before, after):
    """Grep over the data folder for names, texts, the parts of the result and the bytes of the files."""
    other = records.add_person(Person("stays"))
    records.add_measurement(records.add_visit(Visit(other.id, DAY)).id, *before)
    frames = frames_parquet(after[1])
    secrets = [
        *SECRETS, "Foobar", "wilhelmina", str(somebody.uid), after[0].source.file, after[0].source.sha256,
        frames[len(frames) // 2 :][:64], records.measurements(somebody.id)[1].frames_sha256,
    ]  # fmt: skip
    on_disk = records.database.path is not None
    if on_disk:
        assert traces(records.folder, secrets[:1])

    done = rights.delete_person(records, somebody.id)

    assert traces(records.folder, secrets) == []
    assert (done.files, done.backups) == (1, ())
    assert done.not_cleaned == () if on_disk else "VACUUM" in str(done.not_cleaned[0])
    assert [line.person.code for line in records.people()] == ["stays"]
    assert records.frames(records.measurements(other.id)[0].id) is not None
    with pytest.raises(NotFoundError):
        records.person(somebody.id)
    with records.database.engine.connect() as connection:
        for table in ("visit", "treatment", "outcome", "diary", "follow_up"):
            assert (
                connection.execute(text(f"SELECT count(*) FROM {table} WHERE person_id = {somebody.id}")).scalar() == 0
            )
        trials = "SELECT count(*) FROM trial WHERE measurement_id NOT IN (SELECT id FROM measurement)"
        assert connection.execute(text(trials)).scalar() == 0


@pytest.mark.parametrize("killed", [False, True])
def test_files_saved_long_ago_go_too(records, somebody, monkeypatch, killed):
    """Also when the program was killed between the deletion and the removal of its files: the next start does it."""
    root = records.folder / "files"
    files.remove_unnamed(records.database)
    if killed:
        monkeypatch.setattr(files, "remove_unnamed", lambda _: 0)

    rights.delete_person(records, somebody.id)

    monkeypatch.undo()
    if killed:
        assert list(root.glob("*/*.parquet"))
        files.remove_unnamed(records.database)
    assert not list(root.glob("*/*.parquet"))


def test_backups_that_hold_the_person_are_named(records, somebody, tmp_path):
    """Inside the data folder and elsewhere; those without the person are not; on request they go."""
    inside, elsewhere = write_backup(records), write_backup(records, tmp_path / "stick.zip")
    done = rights.delete_person(records, somebody.id)
    later = write_backup(records, records.folder / "backups" / "later.zip")
    assert set(done.backups) == {str(inside), str(elsewhere)}

    again = records.add_person(Person("second"))
    done = rights.delete_person(records, again.id, from_backups=True)
    assert done.backups == ()
    assert inside.exists()
    assert later.exists()


def test_a_backup_is_written_again_without_the_person(records, somebody, before, tmp_path):
    """It can be restored, with everybody else and their frames."""
    other = records.add_person(Person("stays"))
    records.add_measurement(records.add_visit(Visit(other.id, DAY)).id, *before)
    held = write_backup(records)

    done = rights.delete_person(records, somebody.id, from_backups=True)

    assert (done.backups, done.rewritten) == ((), (str(held),))
    with zipfile.ZipFile(held) as packed:
        content = b"".join(packed.read(name) for name in packed.namelist())
    assert not [secret for secret in (*SECRETS, str(somebody.uid)) if secret.encode() in content]
    restore(tmp_path / "back", held)
    with Records(tmp_path / "back", url="") as back:
        assert [line.person.code for line in back.people()] == ["stays"]
        assert back.frames(back.measurements(other.id)[0].id) is not None
        assert back.add_person(Person("new")).id > other.id


def test_the_copy_made_before_a_migration_is_written_again_too(tmp_path, before):
    """Also what a setting in it says of the person; and SQLite leaves nothing beside it."""
    with Records(tmp_path / "a", url="", by="tester") as records:
        own = make_own_person(records, SECRETS[1])
        records.add_measurement(records.add_visit(Visit(own.id, DAY)).id, *before)
        records.add_person(Person("stays"))
        copy = private_folder(records.folder / "backups") / "20250303-before-schema-0005.db"
        copy_sqlite(records.database.path, copy)
        assert str(own.uid).encode() in copy.read_bytes()
        there = set(copy.parent.iterdir())

        done = rights.delete_person(records, own.id, from_backups=True)

        assert done.rewritten == (str(copy),)
        assert traces(tmp_path, [str(own.uid), SECRETS[1]]) == []
        assert set(copy.parent.iterdir()) == there
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT code FROM person").fetchall() == [("stays",)]
        assert connection.execute("SELECT count(*) FROM trial").fetchone() == (0,)


def test_a_foreign_database_is_looked_into_without_a_copy_of_it(records, somebody, tmp_path, monkeypatch):
    """Whatever kills the program meanwhile: nothing of another's database lies about afterwards."""
    with Records(tmp_path / "other", url="") as other:
        other.add_person(Person("theirs"))
        foreign = tmp_path / "elsewhere" / "theirs.db"
        foreign.parent.mkdir()
        copy_sqlite(other.database.path, foreign)
    records.save_setting("backups_elsewhere", [str(foreign)])
    seen = []
    looked = backup_people._looked_into

    @contextmanager
    def watched(path):
        with looked(path) as connection:
            seen.append([one.name for one in path.parent.iterdir()])
            yield connection

    monkeypatch.setattr(backup_people, "_looked_into", watched)

    done = rights.delete_person(records, somebody.id, from_backups=True)

    assert done.not_looked_into == (str(foreign),)
    assert seen == [["theirs.db"]]


def test_a_deletion_killed_among_the_backups_can_be_done_again(records, somebody, monkeypatch):
    """The person is here until the backups are done; what was left unfinished goes."""
    held = write_backup(records)
    unfinished = held.with_name(f".{held.stem}.abcdefgh.zip")
    unfinished.write_bytes(held.read_bytes())

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(backup_people, "take_out", killed)
    with pytest.raises(KeyboardInterrupt):
        rights.delete_person(records, somebody.id, from_backups=True)
    assert records.person(somebody.id)
    monkeypatch.undo()

    done = rights.delete_person(records, somebody.id, from_backups=True)

    assert str(held) in done.rewritten
    assert list(held.parent.iterdir()) == [held]


def test_no_file_of_others_is_touched(records, somebody, tmp_path):
    """Not what took a backup's name later, nor another installation's backup, nor what a setting names."""
    reused = write_backup(records, tmp_path / "photos.zip")
    with zipfile.ZipFile(reused, "w") as photos:
        photos.writestr("beach.jpg", b"pixels")
    thesis = tmp_path / "thesis.docx"
    thesis.write_bytes(b"PK not a zip")
    with Records(tmp_path / "other", url="") as other:
        export = tmp_path / "person.zip"
        export_person(records, somebody.id, export)
        import_person(other, export)
        foreign = write_backup(other, tmp_path / "foreign.zip")
    link = tmp_path / "link.zip"
    link.symlink_to(write_backup(records))
    named = [str(path) for path in (reused, thesis, foreign, link)]
    records.save_setting("backups_elsewhere", named)
    was = [Path(name).read_bytes() for name in named[:3]]

    done = rights.delete_person(records, somebody.id, from_backups=True)

    assert [Path(name).read_bytes() for name in named[:3]] == was
    assert link.is_symlink()
    assert set(done.not_looked_into) == set(named)
    assert len(done.rewritten) == 1


def test_the_number_of_a_deleted_person_is_not_used_again(records, somebody):
    rights.delete_person(records, somebody.id)
    assert records.add_person(Person("new")).id > somebody.id


@pytest.mark.parametrize("statement", ["UPDATE audit SET by = 'x'", "DELETE FROM audit"])
def test_the_audit_trail_only_grows(records, somebody, statement):
    with (
        pytest.raises(exc.DBAPIError, match="only grows"),
        records.database.engine.begin() as connection,
    ):
        connection.execute(text(statement))
    assert records.audit()


def test_the_audit_trail_says_who_did_what_and_names_nobody(records, somebody, tmp_path):
    records.person(somebody.id)
    records.person(somebody.id)
    export_person(records, somebody.id, tmp_path / "x.zip")
    rights.delete_person(records, somebody.id)

    lines = records.audit(somebody.id)

    assert [line.action for line in reversed(lines)] == [
        "added", "changed", "added", "added", "added", "added", "added", "added", "saw", "exported", "deleted"
    ]  # fmt: skip
    assert {line.by for line in lines} == {"tester"}
    said = repr(lines)
    assert not [secret for secret in SECRETS if secret in said]


def test_the_retention_rule_lists_and_leaves(records):
    """Kept 12 months: 13 months ago is due, 11 is not, and a diary goes on counting."""
    today = date(2026, 3, 31)
    for code, days in (("old", 400), ("new", 300)):
        person = records.add_person(Person(code))
        records.add_visit(Visit(person.id, today - timedelta(days=days)))
        _made_long_ago(records)
    writes = records.add_person(Person("writes"))
    records.add_visit(Visit(writes.id, today - timedelta(days=700)))
    records.course.write_diary(DiaryDay(writes.id, today - timedelta(days=30)))
    _made_long_ago(records)

    assert rights.expired(records, today) == ()
    rights.save_retention_months(records, 12)
    (one,) = rights.expired(records, today)
    assert (one.person.code, one.last_entry) == ("old", today - timedelta(days=400))
    assert records.count_people() == 3


def _made_long_ago(records):
    with records.database.engine.begin() as connection:
        connection.execute(text("UPDATE person SET created_at = '2020-01-01 00:00:00+00:00'"))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2024, 3, 31), 1, date(2024, 2, 29)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
        (date(2026, 1, 15), 25, date(2023, 12, 15)),
        (date(2026, 5, 31), 120, date(2016, 5, 31)),
    ],
)
def test_months_back(day, months, expected):
    assert rights._months_before(day, months) == expected

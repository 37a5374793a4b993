"""Crafted archives, backups and addresses get a sentence; nothing that was entered reaches a log."""

from __future__ import annotations

import importlib.util
import json
import zipfile
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import exc, text

from romcheck.clinical import Outcome
from romcheck.records.backup import restore, write_backup
from romcheck.records.entries import Person
from romcheck.records.problems import DatabaseError, RecordsError
from romcheck.records.store import Records


@pytest.fixture
def written(tmp_path):
    with Records(tmp_path / "a", url="") as store:
        person = store.add_person(Person("one", birth_year=1970))
        store.course.add_outcome(Outcome(person.id, date(2025, 3, 3), headache_days=3))
        return write_backup(store, tmp_path / "b.zip")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("backup.json", "[]"),
        ("backup.json", "[" * 10_000),
        ("backup.json", " " * 2_000_000),
        ("tables/person.jsonl", {"birth_year": 10**30}),
        ("tables/person.jsonl", {"created_at": "9999-12-31T23:59:59+00:00"}),
        ("tables/person.jsonl", {"code": "x" * 41}),
        ("tables/person.jsonl", {"code": " "}),
        ("tables/person.jsonl", {"birth_year": 19700}),
        ("tables/outcome.jsonl", {"period_days": 0}),
        ("tables/person.jsonl", {"uid": "../../x"}),
        ("tables/person.jsonl", {"birth_year": float("nan")}),
        ("tables/person.jsonl", "[" * 10_000),
        ("tables/person.jsonl", "0" * 60_000_000),
        ("tables/setting.jsonl", {"name": "backups_elsewhere", "value": '["/thesis.zip", 1]'}),
    ],
)
def test_a_crafted_backup_is_refused_in_words(written, tmp_path, name, content):
    target = tmp_path / "changed.zip"
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            said = old.read(part)
            if part == name:
                row = json.dumps(json.loads(said.splitlines()[0]) | content) if isinstance(content, dict) else content
                said = row.encode() + b"\n"
            new.writestr(part, said)
    with pytest.raises(RecordsError):
        restore(tmp_path / "c", target)


@pytest.mark.parametrize("port", ["99999", "0", "x", "9" * 50])
def test_a_wrong_port_is_told(tmp_path, port):
    with pytest.raises(DatabaseError, match="ROMCHECK_DATABASE_URL"):
        Records(tmp_path, url=f"postgresql://somebody@localhost:{port}/romcheck")


def test_a_database_error_repeats_no_name_and_no_note(records, caplog):
    said = {"name": "Wilhelmina Quux", "notes": "hums at night"}
    insert = text("INSERT INTO person (name, notes) VALUES (:name, :notes)")
    with records.database.engine.begin() as connection, pytest.raises(exc.DBAPIError) as raised:
        connection.execute(insert, said)
    assert "parameters hidden" in str(raised.value)
    assert "Quux" not in str(raised.value).split("DETAIL")[0] + caplog.text


@pytest.mark.slow
def test_a_few_mutated_files(tmp_path):
    path = Path(__file__).parents[2] / "benchmarks" / "records_fuzz.py"
    spec = importlib.util.spec_from_file_location("records_fuzz", path)
    fuzz = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fuzz)
    _, faults = fuzz.run(24, 7, tmp_path)
    assert faults == []

"""A person carried to another store arrives whole; what is not an archive is refused and leaves nothing."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import event

from romcheck.clinical import Conditions, DiaryDay, Outcome, Treatment
from romcheck.exchange import files
from romcheck.records import archive_reading, zips
from romcheck.records.archive import export_person, import_person
from romcheck.records.entries import Person, Visit
from romcheck.records.overview import page, trials
from romcheck.records.problems import ArchiveError, EntryError, RecordsError
from romcheck.records.results_text import frames_of
from romcheck.records.store import Records

DAY = date(2025, 3, 3)


def bare(entry):
    """An entry without what a store gives it."""
    gone = {"id": None, "person_id": 0, "visit_id": None, "version": 0}
    return replace(entry, **{name: value for name, value in gone.items() if hasattr(entry, name)})


@pytest.fixture
def person(records, before, after):
    person = records.add_person(Person("K-17", name="Åsa", birth_year=1980))
    empty = records.add_visit(Visit(person.id, DAY, "first"))
    visit = records.add_visit(Visit(person.id, date(2025, 3, 9), "second"))
    records.add_measurement(visit.id, *before, Conditions(timing="before", pain_now=3))
    records.course.add_treatment(Treatment(person.id, DAY, "exercise", empty.id))
    records.add_measurement(visit.id, *after, Conditions(timing="after", minutes_since_treatment=4))
    records.add_measurement(visit.id, before[0])
    records.course.add_outcome(Outcome(person.id, DAY, visit.id, headache_days=3))
    records.course.write_diary(DiaryDay(person.id, DAY, True, 4.5))
    step = records.course.follow_ups(person.id)[2]
    records.course.save_follow_up(replace(step, state="dropped"))
    return person


@pytest.fixture
def packed(records, person, tmp_path):
    return export_person(records, person.id, tmp_path / "person.zip")


@pytest.fixture
def elsewhere(tmp_path):
    """Another romcheck, on SQLite, with people of its own so that numbers differ."""
    with Records(tmp_path / "elsewhere", url="", by="other") as store:
        for number in range(3):
            store.add_visit(Visit(store.add_person(Person(f"there {number}")).id, DAY))
        yield store


def test_a_person_arrives_whole(records, person, packed, elsewhere, tmp_path):
    arrived = import_person(elsewhere, packed)

    one, other = page(records, person.id), page(elsewhere, arrived.id)
    assert replace(bare(arrived), created_at=None) == replace(bare(one.person), created_at=None)
    for kind in ("visits", "treatments", "outcomes", "diary", "follow_ups"):
        assert list(map(bare, getattr(one, kind))) == list(map(bare, getattr(other, kind)))
    for a, b in zip(one.measurements, other.measurements, strict=True):
        assert (a.result, a.conditions, a.measured_at) == (b.result, b.conditions, b.measured_at)
        assert a.frames_sha256 == b.frames_sha256
        assert (elsewhere.frames(b.id) is None) == (a.frames_sha256 is None)
    days = {visit.id: visit.on for visit in other.visits}
    assert [days[m.visit_id] for m in other.measurements] == [date(2025, 3, 9)] * 3
    assert days[other.outcomes[0].visit_id] == date(2025, 3, 9)
    assert len(list(trials(records, person.id))) == len(list(trials(elsewhere, arrived.id))) > 0

    again = export_person(elsewhere, arrived.id, tmp_path / "again.zip")
    assert again.read_bytes() == packed.read_bytes()
    assert again.stat().st_mode & 0o077 == 0


def test_the_same_person_does_not_arrive_twice(records, packed, elsewhere):
    import_person(elsewhere, packed)
    with pytest.raises(ArchiveError, match="already here"):
        import_person(elsewhere, packed, code="another")


def test_a_code_that_is_taken_can_be_changed(packed, elsewhere):
    elsewhere.add_person(Person("K-17"))
    with pytest.raises(EntryError, match="taken"):
        import_person(elsewhere, packed)
    assert import_person(elsewhere, packed, code="K-17 b").code == "K-17 b"


def rewritten(path, tmp_path, *, content=None, extra=None, without=None):
    """The archive with its person.json changed by ``content``, with parts added or left out."""
    target = tmp_path / "changed.zip"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            if without and name.startswith(without):
                continue
            data = old.read(name)
            if name == zips.CONTENT and content:
                told = json.loads(data)
                content(told)
                data = json.dumps(told).encode()
            new.writestr(name, data)
        for name, data in (extra or {}).items():
            new.writestr(name, data)
    return target


def set_in(*keys, value):
    def change(told):
        for key in keys[:-1]:
            told = told[key]
        told[keys[-1]] = value

    return change


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"content": set_in("schema", value="romcheck.person/7")}, "romcheck.person/7.*Update romcheck"),
        ({"content": set_in("measurements", 0, "result", "schema", value="romcheck.result/9")}, "Update romcheck"),
        ({"extra": {"../../../tmp/evil": b"x"}}, "not part of a patient archive"),
        ({"extra": {"frames/../../evil.parquet": b"x"}}, "not part of a patient archive"),
        ({"extra": {"/etc/evil": b"x"}}, "not part of a patient archive"),
        ({"extra": {f"frames/{'a' * 64}.parquet": b"x"}}, "exactly the frame files"),
        ({"without": "frames/"}, "exactly the frame files"),
        ({"without": "person.json"}, "person.json is missing"),
        ({"content": set_in("person", "birth_year", value=2999)}, "future"),
        ({"content": set_in("person", "uid", value="../../x")}, "identifier"),
        ({"content": set_in("person", "sex", value="maybe")}, "person.sex"),
        ({"content": set_in("visits", value=[])}, "refers to a visit that is not in it"),
        ({"content": set_in("measurements", 0, "visit", value=-1)}, "refers to a visit that is not in it"),
        ({"content": set_in("treatments", 0, "on", value="2020-01-01")}, "before the first visit"),
        ({"content": set_in("person", "notes", value="x" * 10_000_000)}, "at most 20,000"),
        (
            {"content": set_in("measurements", 0, "frames_sha256", value="../../../etc/passwd")},
            "exactly the frame files",
        ),
    ],
)
@pytest.mark.parametrize("records", [None], indirect=False, ids=["sqlite"])
def test_what_is_no_archive(how, said, before, tmp_path, records):
    """Refused with the reason; nothing of it is in the store or in the folder, nor beside it."""
    with Records(tmp_path / "from", url="") as source:
        made = source.add_person(Person("K-17"))
        visit = source.add_visit(Visit(made.id, DAY))
        source.add_measurement(visit.id, *before)
        source.course.add_treatment(Treatment(made.id, DAY, "snag", visit.id))
        path = rewritten(export_person(source, made.id, tmp_path / "p.zip"), tmp_path, **how)
    with Records(tmp_path / "to", url="") as store:
        with pytest.raises((ArchiveError, EntryError), match=said):
            import_person(store, path)
        assert store.count_people() == 0
    with Records(tmp_path / "to", url="") as store:
        assert not list(store.folder.rglob("*.parquet"))
        with store.database.engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM visit").scalar() == 0
    assert not list(tmp_path.rglob("evil*"))


def test_an_archive_that_is_cut_off_or_changed(packed, elsewhere, tmp_path):
    whole = packed.read_bytes()
    for number, data in enumerate((b"", whole[:100], whole[: len(whole) // 2], whole[:-10], b"PK\x03\x04" + b"x" * 99)):
        path = tmp_path / f"{number}.zip"
        path.write_bytes(data)
        with pytest.raises(ArchiveError, match="damaged or cut off"):
            import_person(elsewhere, path)
    with pytest.raises(ArchiveError, match="cannot be read"):
        import_person(elsewhere, tmp_path / "missing.zip")
    assert elsewhere.count_people() == 3


def test_an_archive_that_is_too_big(packed, elsewhere, tmp_path, monkeypatch):
    """Its size is read before it is unpacked."""
    bomb = rewritten(packed, tmp_path)
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr(f"frames/{'0' * 64}.parquet", b"0" * 2_000_000)
    monkeypatch.setattr(archive_reading, "MOST_BYTES", 1_000_000)
    with pytest.raises(ArchiveError, match="too big"):
        import_person(elsewhere, bomb)


def test_many_entries_go_in_together(records, tmp_path, before):
    """The number of statements grows with the batches, not with the entries; progress is reported."""
    with Records(tmp_path / "from", url="") as source:
        made = source.add_person(Person("many"))
        source.add_measurement(source.add_visit(Visit(made.id, DAY)).id, before[0])
        small = export_person(source, made.id, tmp_path / "small.zip")

    def many(told):
        told["visits"] *= 2000
        told["measurements"] *= 300
        told["diary"] = [
            {"person_id": 0, "on": str(DAY - timedelta(number)), "headache": False, "notes": ""}
            for number in range(900)
        ]

    path = rewritten(small, tmp_path, content=many)
    said, told = [], []
    event.listen(records.database.engine, "before_cursor_execute", lambda *asked: said.append(asked[2]))

    arrived = import_person(records, path, progress=lambda *done: told.append(done))

    assert len(said) < 100
    assert told[-1] == (3200, 3200)
    assert told == sorted(told)
    found = page(records, arrived.id)
    assert (len(found.visits), len(found.measurements), len(found.diary)) == (2000, 300, 900)
    assert len(list(trials(records, arrived.id))) == 300 * len(before[0].movements)


@pytest.mark.parametrize(
    ("bound", "most"),
    [("MOST_PARTS", 1), ("MOST_BYTES", 5000), ("MOST_TEXT", 5000), ("MOST_VALUES", 100), ("MOST_NESTS", 20)],
)
@pytest.mark.parametrize("records", [None], indirect=False, ids=["sqlite"])
def test_every_bound_on_the_size_of_an_archive(bound, most, before, tmp_path, records, monkeypatch):
    with Records(tmp_path / "from", url="") as source:
        made = source.add_person(Person("K-17"))
        source.add_measurement(source.add_visit(Visit(made.id, DAY)).id, *before)
        path = export_person(source, made.id, tmp_path / "p.zip")
    archive_reading.read_archive(path)
    monkeypatch.setattr(archive_reading, bound, most)
    with pytest.raises(ArchiveError, match="too big"):
        archive_reading.read_archive(path)


def test_frames_of_another_video_are_refused(elsewhere, packed, tmp_path):
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(tmp_path / "other.zip", "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "person.json":
                entries = json.loads(content)
                entries["measurements"][0]["result"]["source"]["frames"] += 1
                content = json.dumps(entries).encode()
            new.writestr(name, content)
    with pytest.raises(ArchiveError, match="belong to another measurement"):
        import_person(elsewhere, tmp_path / "other.zip")


def test_a_few_bytes_of_frames_are_not_unpacked_to_millions():
    """A column of one value takes no room in Parquet, however long it is."""
    length = files.MOST_FRAMES + 1
    table = pa.table({name: np.zeros(length) for name in files.COLUMNS})
    swollen = io.BytesIO()
    pq.write_table(table, swollen)
    assert len(swollen.getvalue()) < 1_000_000
    with pytest.raises(RecordsError, match="not a romcheck Parquet file"):
        frames_of(swollen.getvalue())


def test_frames_changed_on_disk_are_not_exported(records, person, tmp_path):
    from romcheck.records.problems import DatabaseError

    file = next((records.folder / "files").glob("*/*.parquet"))
    shutil.copy(file, tmp_path / "kept")
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(DatabaseError, match="damaged"):
        export_person(records, person.id, tmp_path / "x.zip")
    assert not (tmp_path / "x.zip").exists()

"""A backup restores everything, on either database; a damaged one changes nothing."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from datetime import date, datetime, timezone
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pypdf import PdfReader
from sqlalchemy import text

from romcheck.clinical import Conditions, DiaryDay, Outcome, Treatment
from romcheck.records import backup_filling, backup_reading
from romcheck.records.backup import Restored, restore, write_backup
from romcheck.records.database import FILE
from romcheck.records.entries import Person, Visit
from romcheck.records.exports import write_export
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
    records.course.add_treatment(Treatment(person.id, DAY, "snag", visit.id, NINE))
    records.add_measurement(visit.id, *after, Conditions(timing="after", minutes_since_treatment=2.5))
    records.course.add_outcome(Outcome(person.id, DAY, headache_days=3))
    records.course.write_diary(DiaryDay(person.id, DAY, False))
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


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def test_everything_comes_back_on_either_database(filled, target, kind, request, tmp_path):
    path = write_backup(filled, tmp_path / "b.zip")
    assert path.stat().st_mode & 0o077 == 0
    url = ""
    if kind == "postgresql":
        server = request.getfixturevalue("postgresql")
        name = f"r{abs(hash(str(tmp_path)))}"
        server.sql(f"CREATE DATABASE {name}")
        url = server.url(name)

    assert restore(target, path, url=url or None) == Restored(None, (), 0)

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
    """Nor does the backup made before restoring one within the same second."""
    with Records(tmp_path / "a", url="") as store:
        store.add_person(Person("one"))
        made = {write_backup(store) for _ in range(3)}
        store.add_person(Person("two"))
    saved = restore(tmp_path / "a", min(made), replace=True).before
    assert len(made) == 3
    assert saved not in made


def test_people_are_not_replaced_unasked(tmp_path, before):
    with Records(tmp_path / "a", url="") as store:
        store.add_person(Person("one"))
        path = write_backup(store, tmp_path / "b.zip")
        person = store.add_person(Person("two"))
        store.add_measurement(store.add_visit(Visit(person.id, DAY)).id, *before)
    with pytest.raises(DatabaseError, match="are already 2 people"):
        restore(tmp_path / "a", path)

    saved = restore(tmp_path / "a", path, replace=True).before

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

    saved = restore(tmp_path / "a", path, replace=True).before

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
        ({"../../evil": b"x"}, "not a romcheck backup"),
        ({"files/../../evil.parquet": b"x"}, "not a romcheck backup"),
        ({f"files/{'a' * 64}.parquet": b"x"}, "changed after it was written"),
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


def test_a_backup_that_lacks_frames_is_not_whole(tmp_path, before):
    with Records(tmp_path / "a", url="") as store:
        person = store.add_person(Person("one"))
        store.add_measurement(store.add_visit(Visit(person.id, DAY)).id, *before)
        path = write_backup(store, tmp_path / "b.zip")
    with zipfile.ZipFile(path) as packed:
        (frames,) = [name for name in packed.namelist() if name.endswith(".parquet")]
    with pytest.raises(ArchiveError, match="frame by frame are missing"):
        restore(tmp_path / "c", changed(path, tmp_path, **{frames: None}))


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


def odd(path, tmp_path, **tables):
    """The backup with values put into the first row of tables."""
    parts = {}
    with zipfile.ZipFile(path) as packed:
        for table, values in tables.items():
            first, *rest = packed.read(f"tables/{table}.jsonl").splitlines(keepends=True)
            row = json.dumps(json.loads(first) | values).encode() + b"\n"
            parts[f"tables/{table}.jsonl"] = b"".join([row, *rest])
    return changed(path, tmp_path, **parts)


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def test_an_old_row_that_breaks_a_rule_of_today_comes_back_and_is_named(filled, target, kind, request, tmp_path):
    """All others too. Values are kept, except for choices no longer in use and control characters."""
    path = odd(
        write_backup(filled, tmp_path / "b.zip"), tmp_path,
        person={"birth_year": 1870, "code": "=K-17", "notes": "old\u0007 note", "sex": "unsaid"},
        visit={"on": "2099-01-01"},
        measurement={"moved_by": "therapist", "pain_now": 11},
        treatment={"kind": "cupping", "repetitions": 20_000, "notes": "warm"},
        outcome={"ndi": 51},
        diary={"hours": 25.5},
    )  # fmt: skip
    url = ""
    if kind == "postgresql":
        server = request.getfixturevalue("postgresql")
        name = f"o{abs(hash(str(tmp_path)))}"
        server.sql(f"CREATE DATABASE {name}")
        url = server.url(name)

    done = restore(target, path, url=url or None)

    with Records(target, url=url) as back:
        (line,) = back.people()
        assert (line.person.birth_year, line.person.code, line.person.sex) == (1870, "=K-17", None)
        assert line.person.notes == "old note\nsex: unsaid"
        assert back.visits(1)[0].on == date(2099, 1, 1)
        how = back.measurements(1)[0].conditions
        assert (how.moved_by, how.pain_now) == ("therapist", 11)
        (treatment,) = back.course.treatments(1)
        assert (treatment.kind, treatment.repetitions, treatment.notes) == ("other", 20_000, "warm\nkind: cupping")
        assert back.course.outcomes(1)[0].ndi == 51
        assert back.course.diary(1)[0].hours == 25.5
    if url:
        server.sql(f"DROP DATABASE {name} WITH (FORCE)")
    kinds = {"person": 2, "visit": 1, "measurement": 1, "treatment": 2, "outcome": 1, "diary day": 1}
    assert {one.kind: sum(other.kind == one.kind for other in done.odd) for one in done.odd} == kinds
    assert done.odd_count == 8
    assert {one.code for one in done.odd} == {"=K-17"}


def test_trials_and_frames_that_are_not_of_their_result(filled, target, tmp_path):
    """Trials come from the result again; frames of another video stay, and both are named."""
    from romcheck.records.overview import trials

    path = write_backup(filled, tmp_path / "b.zip")
    with zipfile.ZipFile(path) as packed:
        rows = [json.loads(line) for line in packed.read("tables/measurement.jsonl").splitlines()]
    text = json.loads(rows[0]["result"])
    text["source"]["frames"] += 1
    measured = text["movements"][0]["angle_deg"]
    doctored = odd(path, tmp_path, trial={"angle_deg": measured + 20}, measurement={"result": json.dumps(text)})

    done = restore(target, doctored)

    with Records(target, url="") as back:
        kept = [trial.angle_deg for trial in trials(back) if trial.movement == text["movements"][0]["movement"]]
        assert kept[0] == pytest.approx(measured)
    assert [(one.kind, one.number, one.why.code) for one in done.odd] == [
        ("measurement", 1, "trials_of_another"), ("measurement", 1, "frames_of_another"),
    ]  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="of how it is held there")
def test_what_a_killed_backup_left_goes_with_the_next(filled, tmp_path):
    """Files of others that are named alike stay, and so does one that is being written."""
    folder = tmp_path / "stick"
    folder.mkdir()
    write = (
        "import os, sys, zipfile\n"
        "from romcheck.exchange.atomic import written_whole\n"
        "with written_whole(sys.argv[1]) as path, zipfile.ZipFile(path, 'w') as packed:\n"
        "    packed.writestr(sys.argv[2], 'x' * 1000)\n"
        "    print(path, flush=True)\n"
        "    sys.stdin.read() if sys.argv[3] == 'waits' else os.kill(os.getpid(), 9)\n"
    )

    def begun(name, part, then):
        command = [sys.executable, "-c", write, str(folder / name), part, then]
        running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return running, Path(running.stdout.readline().strip())

    waiting, in_work = begun("now.zip", "tables/person.jsonl", "waits")
    killed, left = begun("earlier.zip", "tables/person.jsonl", "dies")
    other, photos = begun("photos.zip", "me.jpg", "dies")
    killed.wait()
    other.wait()
    assert all(path.exists() for path in (in_work, left, photos))
    write_backup(filled, folder / "b.zip")
    assert [path.exists() for path in (in_work, left, photos)] == [True, False, True]
    waiting.communicate()
    assert sorted(path.name for path in folder.iterdir()) == sorted([photos.name, "b.zip", "now.zip"])


def test_an_empty_leftover_goes_where_its_name_is_that_of_a_backup(filled, tmp_path):
    """Killed before its first byte. A new file may just be starting; one with another name is not ours."""
    folder = tmp_path / "stick"
    folder.mkdir()
    ours = [folder / f".{stem}.a1b2c3d4.zip" for stem in ("monday", "20250303-090000", "20250303-090000-2")]
    others = [folder / name for name in (".photos.a1b2c3d4.zip", "monday.zip", ".monday.zip", ".monday.x.zip")]
    new = folder / ".monday.e5f6g7h8.zip"
    for path in (*ours, *others, new):
        path.touch()
        if path != new:
            os.utime(path, (0, 0))
    write_backup(filled, folder / "monday-whole.zip")
    assert ours[0].exists()
    write_backup(filled, folder / "monday.zip")
    assert not [path for path in ours if path.exists()]
    assert all(path.exists() for path in (*others, new))


@pytest.mark.parametrize("kind", ["double", "missing", "text"])
def test_frames_that_cannot_be_read_are_named_and_cost_the_curve_alone(filled, target, tmp_path, kind):
    """The measurement, its report and its FHIR bundle stay."""
    path = write_backup(filled, tmp_path / "b.zip")
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    for name in [name for name in parts if name.endswith(".parquet")]:
        table = pq.read_table(io.BytesIO(parts.pop(name)))
        if kind == "double":
            table = table.append_column("valid", table.column("valid"))
        elif kind == "missing":
            table = table.drop_columns(["flexion_deg"])
        else:
            at = table.column_names.index("sigma_deg")
            table = table.set_column(at, "sigma_deg", pa.array(["text"] * len(table)))
        content = io.BytesIO()
        pq.write_table(table, content)
        was, now = Path(name).stem, hashlib.sha256(content.getvalue()).hexdigest()
        parts = {other: said.replace(was.encode(), now.encode()) for other, said in parts.items()}
        parts[name.replace(was, now)] = content.getvalue()
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as packed:
        for name, said in parts.items():
            packed.writestr(name, said)

    done = restore(target, tmp_path / "c.zip")

    assert [(one.number, one.why.code) for one in done.odd] == [(1, "holds_no_frames"), (2, "holds_no_frames")]
    with Records(target, url="") as back:
        write_export(back, "fhir", tmp_path / "p.json", 1)
    page = next(
        attached["data"]
        for entry in json.loads((tmp_path / "p.json").read_text("utf-8"))["entry"]
        if entry["resource"]["resourceType"] == "DocumentReference"
        for attached in [entry["resource"]["content"][0]["attachment"]]
    )
    said = PdfReader(io.BytesIO(base64.b64decode(page))).pages[0].extract_text()
    assert "curve is not drawn" in " ".join(said.split())


def test_odd_rows_are_counted_when_they_are_too_many_to_be_named(filled, target, tmp_path, monkeypatch):
    monkeypatch.setattr(backup_filling, "MOST_ODD", 1)
    path = odd(write_backup(filled, tmp_path / "b.zip"), tmp_path, visit={"on": "2099-01-01"}, outcome={"ndi": 51})
    done = restore(target, path)
    assert (len(done.odd), done.odd_count) == (1, 2)


@pytest.mark.parametrize(
    ("bound", "most", "said"),
    [
        ("MOST_PARTS", 3, "more than 3 parts"),
        ("MOST_ROWS", 2, "more than 2 rows"),
        ("MOST_HEAD", 100, "backup.json would unpack"),
        ("MOST_LINE", 100, "more than 100 bytes"),
    ],
)
def test_every_bound_on_the_size_of_a_backup(bound, most, said, tmp_path, monkeypatch):
    with Records(tmp_path / "a", url="") as store:
        store.add_person(Person("one"))
        path = write_backup(store, tmp_path / "b.zip")
    restore(tmp_path / "c", path)
    monkeypatch.setattr(backup_reading, bound, most)
    with pytest.raises(ArchiveError, match=said):
        restore(tmp_path / "d", path)


@pytest.mark.parametrize("kind", ["many parts", "one part", "packed file", "more rows", "listing"])
def test_a_small_file_that_unpacks_to_a_big_one(tmp_path, kind):
    """Each of many parts may be small enough: what they hold together is not."""
    with Records(tmp_path / "a", url="") as store:
        store.add_person(Person("one"))
        path = write_backup(store, tmp_path / "b.zip")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as packed:
        if kind in ("many parts", "packed file"):
            for number in range(1 if kind == "packed file" else 30):
                content = bytes([number]) * 2_000_000
                packed.writestr(f"files/{hashlib.sha256(content).hexdigest()}.parquet", content)
    if kind == "one part":
        path = changed(path, tmp_path, **{"tables/visit.jsonl": b"0" * 60_000_000})
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as new:
            for name in old.namelist():
                new.writestr(name, old.read(name))
        path = tmp_path / "x.zip"
    if kind == "more rows":
        with zipfile.ZipFile(path) as packed:
            rows = packed.read("tables/audit.jsonl").splitlines(keepends=True)
        path = changed(path, tmp_path, **{"tables/audit.jsonl": b"".join(rows * 3)})
    if kind == "listing":
        content = path.read_bytes()
        at = content.rfind(b"PK\x05\x06")
        path.write_bytes(content[: at + 12] + (90_000_000).to_bytes(4, "little") + content[at + 16 :])
    said = {"more rows": "other rows than it states", "listing": "too many parts"}.get(kind, "would unpack to")
    with pytest.raises(ArchiveError, match=said):
        restore(tmp_path / "c", path)
    assert not list((tmp_path / "c").rglob("*.parquet"))


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

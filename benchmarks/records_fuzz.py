"""Mutated archives and backups are imported and restored: an error message or a result, never a traceback.

``python benchmarks/records_fuzz.py --count 2000 --seed 1`` prints how many were refused and imported, the memory, and
every fault. Status 1 if there was one: a traceback, a file outside the data folder, or over 1.5 GB.

A third of the files are broken as zips, parts or JSON. The others are well-formed: one value in them has the right type
but is wrong, and every hash, count and checksum matches it, so that they pass the first checks. What was imported is
then read, exported and backed up again.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import random
import re
import resource
import shutil
import tempfile
import traceback
import zipfile
from collections import Counter
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from romcheck.clinical import Conditions, DiaryDay, Outcome, Treatment
from romcheck.errors import RomcheckError
from romcheck.records import audit, overview, rights
from romcheck.records.archive import export_person, import_person
from romcheck.records.backup import restore, write_backup
from romcheck.records.chain import START, Link, link_hash
from romcheck.records.demo_motion import made_up
from romcheck.records.entries import Person, Visit
from romcheck.records.exports import KINDS, file_name, write_export
from romcheck.records.own import own_person
from romcheck.records.problems import RecordsError
from romcheck.records.store import Records

SOURCES = {"in", "first", "a.zip", "b.zip"}
MOST_BYTES = 1_500_000_000
NUMBERS = ("1e308", "-1e999", "NaN", "Infinity", str(10**30), "-1", "null", "true", '"x"', "[]", "{}", "9" * 5000)
TEXTS = ('"../../evil"', '"=1+1"', '"\\u0000"', '"\\ud800"', '"' + "x" * 100_000 + '"', "0", "[" * 10_000)


WORDS = (
    "", " ", "left", "other", "active", "=1+1", "x" * 300, "\x1b[2J", "\u202eabc", "<img src=x>", "romcheck.result/1",
    "5", "flexion", "good", "0", "\ufeff", "a\nb",
)  # fmt: skip
DATES = ("0001-01-01", "9999-12-31", "1899-12-31", "1990-01-01", "2025-03-02", "2026-02-28", "2199-12-31", "1969-12-31")
ZONES = ("T00:00:00+14:00", "T23:59:59.999999-12:00", "T00:00:00Z")


def sources(folder: Path) -> tuple[Path, Path]:
    """An archive and a backup with one of everything."""
    day = date(2025, 3, 3)
    with Records(folder / "first", url="", by="fuzz") as records:
        person = records.add_person(Person("K-17", name="Nobody", birth_year=1970, notes="a note"))
        assert person.id is not None
        visit = records.add_visit(Visit(person.id, day))
        assert visit.id is not None
        result, frames = made_up("flexion-rotation", 40, 25, seed=1)
        records.add_measurement(visit.id, result, frames, Conditions(pain_now=3))
        records.course.add_treatment(Treatment(person.id, day, "snag", visit.id))
        records.course.add_outcome(Outcome(person.id, day, headache_days=3))
        records.course.write_diary(DiaryDay(person.id, day, True, 4))
        records.save_setting("retention_months", 12)
        return export_person(records, person.id, folder / "a.zip"), write_backup(records, folder / "b.zip")


def plausible(value: Any, dice: random.Random) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return dice.choice([0, 1, -1, value + 1, -value, value * 10, 11, 366, 2**31 - 1, -(2**31), 10**9, 2**53])
    if isinstance(value, float):
        return dice.choice([0.0, -value, value * 10, value + 0.01, 5e-324, 359.9, -359.9, 1e6, 1e15])
    if value is None:
        return dice.choice([0, 7, "left", "2025-03-03", True])
    if isinstance(value, list):
        return dice.choice([[], value * 2, value[::-1], value[:1]])
    if isinstance(value, dict):
        return {name: value[name] for name in list(value)[1:]}
    try:
        datetime.fromisoformat(value)
    except ValueError:
        other = "".join(dice.choices("0123456789abcdef", k=len(value)))
        return other if re.fullmatch("[0-9a-f]{32,64}", value) else dice.choice([*WORDS, value * 50, value[::-1]])
    return dice.choice(DATES) + (value[10:] if dice.random() < 0.7 else dice.choice(["", "T23:59:59", *ZONES]))


def with_one_wrong(content: Any, dice: random.Random) -> None:
    """Replace one value somewhere in parsed JSON, or leave it out."""
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        for key in node if isinstance(node, dict) else range(len(node)):
            places.append((node, key))
            if isinstance(node[key], dict | list):
                walk(node[key])

    walk(content)
    node, key = dice.choice(places)
    if isinstance(node, dict) and dice.random() < 0.05:
        del node[key]
    else:
        node[key] = plausible(node[key], dice)


def other_frames(content: bytes, dice: random.Random) -> bytes:
    """A Parquet file of other columns, lengths or values."""
    table = pq.read_table(io.BytesIO(content))
    name = dice.choice(table.column_names)
    at = table.column_names.index(name)
    values = dice.choice([[None], [float("nan")], [True], ["text"], [10**12], [-1e308]]) * len(table)
    changed = dice.choice(
        [
            table.slice(0, dice.choice([0, 1, len(table) // 2])),
            pa.concat_tables([table, table]),
            table.drop_columns([name]),
            table.append_column(name, table.column(at)),
            table.set_column(at, name, pa.array(values)),
        ]
    )
    packed = io.BytesIO()
    pq.write_table(changed, packed)
    return packed.getvalue()


def resealed(source: Path, target: Path, dice: random.Random) -> None:
    """Change one value and update all hashes and counts."""
    with zipfile.ZipFile(source) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    if dice.random() < 0.15:
        name = next(name for name in parts if name.endswith(".parquet"))
        changed = other_frames(parts.pop(name), dice)
        was, now = Path(name).stem, hashlib.sha256(changed).hexdigest()
        parts = {other: content.replace(was.encode(), now.encode()) for other, content in parts.items()}
        parts[name.replace(was, now)] = changed
    else:
        name = dice.choice([name for name, content in parts.items() if name.endswith(("json", "jsonl")) and content])
        if name.endswith(".jsonl"):
            rows = [json.loads(line) for line in parts[name].splitlines()]
            row = dice.choice(rows)
            inner = next((key for key in ("result", "value") if key in row and dice.random() < 0.7), None)
            parsed = json.loads(row[inner]) if inner else row
            with_one_wrong(parsed if isinstance(parsed, dict | list) else row, dice)
            if inner and isinstance(parsed, dict | list):
                row[inner] = json.dumps(parsed)
            if dice.random() < 0.1:
                rows.append(dict(dice.choice(rows), id=len(rows) + 1))
            if name == "tables/audit.jsonl":
                _chain(rows)
            parts[name] = "".join(json.dumps(one) + "\n" for one in rows).encode()
        else:
            parsed = json.loads(parts[name])
            with_one_wrong(parsed, dice)
            parts[name] = json.dumps(parsed).encode()
    if "backup.json" in parts and dice.random() < 0.95:
        head = json.loads(parts["backup.json"])
        counts = {Path(name).stem: content.count(b"\n") for name, content in parts.items() if name.endswith(".jsonl")}
        parts["backup.json"] = json.dumps(head | {"rows": counts}).encode()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            new.writestr(name, content, zipfile.ZIP_STORED if name.startswith("files/") else zipfile.ZIP_DEFLATED)


def _chain(rows: list[dict[str, Any]]) -> None:
    before = START
    for row in rows:
        try:
            fields = [row[name] for name in ("by", "action", "person_id", "detail")]
            before = link_hash(before, Link(datetime.fromisoformat(row["at"]), *fields))
        except (KeyError, ValueError, TypeError, OverflowError):
            return
        row["hash"] = before


def looked_at(records: Records, folder: Path) -> None:
    """Read, export and back up again what was imported."""
    for line in records.people():
        number = line.person.id or 0
        found = overview.page(records, number)
        overview.series(records, number)
        overview.headache(records, number)
        for visit in found.visits:
            overview.pairs(records, visit.id or 0)
        for one in found.measurements:
            with suppress(RecordsError):  # reported when they are opened; a backup is not refused for them
                records.frames(one.id)
        for kind in KINDS:
            write_export(records, kind, folder / file_name(kind, "x"), number)
    overview.today(records, date(2026, 1, 1))
    rights.expired(records)
    records.audit()
    records.database.read(audit.verify)
    own_person(records)
    records.course.plan()
    write_backup(records, folder / "again.zip")


def mutated(source: Path, target: Path, dice: random.Random) -> None:
    """Change bytes of the zip, of a part, a value of its JSON, or its list of parts."""
    if dice.random() < 0.2:
        content = bytearray(source.read_bytes())
        for _ in range(dice.randint(1, 20)):
            content[dice.randrange(len(content))] = dice.randrange(256)
        target.write_bytes(content[: dice.randrange(len(content))] if dice.random() < 0.2 else content)
        return
    with zipfile.ZipFile(source) as old:
        parts = [(name, old.read(name)) for name in old.namelist()]
    for _ in range(dice.randint(1, 3)):
        place = dice.randrange(len(parts))
        name, content = parts[place]
        kind = dice.random()
        if kind < 0.08:
            parts.pop(place)
        elif kind < 0.16:
            parts.append(
                (dice.choice(["../../evil", str(target.parents[1] / "evil"), "files/../../evil", name]), content)
            )
        elif kind < 0.2:
            parts[place] = (name, dice.choice([b"[]", b"[" * 10_000, b"", b"null", b"0" * 60_000_000]))
        elif kind < 0.3 and content:
            at = dice.randrange(len(content))
            parts[place] = (
                name,
                content[:at] + dice.randbytes(dice.randint(1, 8)) + content[at + dice.randint(0, 8) :],
            )
        elif name.endswith((".json", ".jsonl")):
            parts[place] = (name, _value(content, dice))
        if not parts:
            break
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts:
            stored = name.startswith("files/") or name.endswith(".mkv")
            new.writestr(name, content, zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED)


def _value(content: bytes, dice: random.Random) -> bytes:
    """Put another value after one of the colons."""
    text = content.decode("utf-8", "surrogateescape")  # bytes of it may have been changed before
    colons = [i for i, letter in enumerate(text) if letter == ":" and text[i - 1] == '"']
    if not colons:
        return content
    begin = dice.choice(colons) + 1
    try:
        _, length = json.JSONDecoder().raw_decode(text[begin:].lstrip())
    except ValueError:
        return content
    end = begin + len(text[begin:]) - len(text[begin:].lstrip()) + length
    return (text[:begin] + dice.choice(NUMBERS + TEXTS) + text[end:]).encode("utf-8", "surrogateescape")


def run(count: int, seed: int, folder: Path) -> tuple[Counter[str], list[str]]:
    """Try a number of files; return the outcomes, and the faults."""
    dice, ended, faults = random.Random(seed), Counter[str](), []
    archive, backup = sources(folder)
    inside = folder / "in"
    for number in range(count):
        kind = ("archive", "backup")[number % 2]
        path, data = inside / "m.zip", inside / "data"
        inside.mkdir()
        taken = False
        mutate = mutated if dice.random() < 1 / 3 else resealed
        mutate(archive if kind == "archive" else backup, path, dice)
        try:
            if kind == "archive":
                with Records(data, url="", by="fuzz") as records:
                    import_person(records, path)
                    taken = True
                    looked_at(records, inside)
            else:
                done = restore(data, path, url="")
                taken = True
                with Records(data, url="", by="fuzz") as records:
                    looked_at(records, inside)
        except RomcheckError as error:
            # What cannot be read should not have been imported, unless it was listed.
            if taken and not (kind == "backup" and done.odd):
                faults.append(f"{number} {kind}: {error}")
                shutil.copy(path, folder / f"fault-{seed}-{number}.zip")
        except Exception:
            faults.append(f"{number} {kind}: {traceback.format_exc(limit=-6)}")
            shutil.copy(path, folder / f"fault-{seed}-{number}.zip")
        ended[f"{kind} {'imported' if taken else 'refused'}"] += 1
        known = {"m.zip", "data", "again.zip"} | {file_name(kind, "x") for kind in KINDS}
        outside = {p.name for p in inside.iterdir()} - known
        outside |= {p.name for p in folder.iterdir() if not p.name.startswith("fault-")} - SOURCES
        if outside:
            faults.append(f"{number} {kind}: a file outside the folder: {outside}")
        shutil.rmtree(inside)
        if (number + 1) % 100 == 0:
            print(f"{number + 1} of {count}, {len(faults)} faults", flush=True)
    return ended, faults


def main() -> int:
    """Run, print, and return the status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="an empty folder in which files that showed a fault are kept")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ended, faults = run(args.count, args.seed, args.keep or Path(folder))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(dict(ended), f"{memory / 1e6:.0f} MB", *faults, sep="\n")
    return int(bool(faults) or memory > MOST_BYTES)


if __name__ == "__main__":
    raise SystemExit(main())

"""Mutated archives and backups are taken in and brought back: a sentence or a result, never a traceback.

``python benchmarks/records_fuzz.py --count 2000 --seed 1`` prints how many were refused and taken in, the memory, and
every fault. Status 1 where there was one: a traceback, a file outside the data folder, or over 1.5 GB.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import shutil
import tempfile
import traceback
import zipfile
from collections import Counter
from datetime import date
from pathlib import Path

from romcheck.errors import RomcheckError
from romcheck.records.archive import export_person, import_person
from romcheck.records.backup import restore, write_backup
from romcheck.records.demo_motion import made_up
from romcheck.records.entries import Conditions, DiaryDay, Outcome, Person, TreatmentRecord, Visit
from romcheck.records.store import Records

MOST_BYTES = 1_500_000_000
NUMBERS = ("1e308", "-1e999", "NaN", "Infinity", str(10**30), "-1", "null", "true", '"x"', "[]", "{}", "9" * 5000)
TEXTS = ('"../../evil"', '"=1+1"', '"\\u0000"', '"\\ud800"', '"' + "x" * 100_000 + '"', "0", "[" * 10_000)


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
        records.add_treatment(TreatmentRecord(person.id, day, "snag", visit.id))
        records.add_outcome(Outcome(person.id, day, headache_days=3))
        records.write_diary(DiaryDay(person.id, day, True, 4))
        records.save_setting("retention_months", 12)
        return export_person(records, person.id, folder / "a.zip"), write_backup(records, folder / "b.zip")


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
            parts.append((dice.choice(["../../evil", "/tmp/romcheck-evil", "files/../../evil", name]), content))
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
    text = content.decode()
    colons = [i for i, letter in enumerate(text) if letter == ":" and text[i - 1] == '"']
    if not colons:
        return content
    begin = dice.choice(colons) + 1
    try:
        _, length = json.JSONDecoder().raw_decode(text[begin:].lstrip())
    except ValueError:
        return content
    end = begin + len(text[begin:]) - len(text[begin:].lstrip()) + length
    return (text[:begin] + dice.choice(NUMBERS + TEXTS) + text[end:]).encode()


def run(count: int, seed: int, folder: Path) -> tuple[Counter[str], list[str]]:
    """Try so many; give how they ended, and the faults."""
    dice, ended, faults = random.Random(seed), Counter[str](), []
    archive, backup = sources(folder)
    inside = folder / "in"
    for number in range(count):
        kind = ("archive", "backup")[number % 2]
        path, data = inside / "m.zip", inside / "data"
        inside.mkdir()
        try:
            mutated(archive if kind == "archive" else backup, path, dice)
            if kind == "archive":
                with Records(data, url="", by="fuzz") as records:
                    import_person(records, path)
            else:
                restore(data, path, url="")
                with Records(data, url="", by="fuzz") as records:
                    for line in records.people():
                        records.measurements(line.person.id or 0)
            ended[f"{kind} taken in"] += 1
        except RomcheckError:
            ended[f"{kind} refused"] += 1
        except Exception:
            faults.append(f"{number} {kind}: {traceback.format_exc(limit=-3)}")
        outside = {p.name for p in inside.iterdir()} - {"m.zip", "data"}
        outside |= {p.name for p in folder.iterdir()} - {"in", "first", "a.zip", "b.zip"}
        if outside or Path("/tmp/romcheck-evil").exists():
            faults.append(f"{number} {kind}: a file outside the folder: {outside}")
        shutil.rmtree(inside)
        if (number + 1) % 100 == 0:
            print(f"{number + 1} of {count}, {len(faults)} faults", flush=True)
    return ended, faults


def main() -> int:
    """Run, say, and give the status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ended, faults = run(asked.count, asked.seed, Path(folder))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(dict(ended), f"{memory / 1e6:.0f} MB", *faults, sep="\n")
    return int(bool(faults) or memory > MOST_BYTES)


if __name__ == "__main__":
    raise SystemExit(main())

"""kill -9 while measurements are saved: none is torn, none that was committed is lost."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from romcheck.exchange.files import result_json
from romcheck.records import files
from romcheck.records.entries import Person, Visit
from romcheck.records.overview import trials
from romcheck.records.store import Records

PROGRAM = Path(__file__).with_name("killing.py")


def kill_while_saving(folder: Path, url: str, times: int, seed: int = 0) -> tuple[int, int]:
    """Kill a saving program at random moments; look through everything at the end.

    Returns
    -------
    Measurements said to be committed, and measurements found: none less, at most one more a kill.
    """
    chance = random.Random(seed)
    with Records(folder, url=url) as records:
        person = records.add_person(Person("killed"))
        visit = records.add_visit(Visit(person.id, date(2025, 1, 1)))
    committed: set[int] = set()
    command = [sys.executable, PROGRAM, folder, url, visit.id]
    for _ in range(times):
        program = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True)
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0, 0.15))
        program.kill()
        said = program.stdout.read().split("\n")
        program.wait()
        # The last line may be cut off; whoever reads a part of a number has been told nothing.
        committed |= {int(line) for line in said[:-1]}
    with Records(folder, url=url) as records:
        found = {record.id: record for record in records.measurements(person.id)}
        assert committed <= set(found)
        assert len(found) <= len(committed) + times
        tidy: dict[int, int] = {}
        for row in trials(records):
            tidy[row.measurement_id] = tidy.get(row.measurement_id, 0) + 1
        for number, record in found.items():
            assert result_json(record.result)
            assert tidy[number] == len(record.result.movements)
            frames = records.frames(number)
            assert frames is not None
            assert len(frames.time_s) == record.result.source.frames
        files.remove_unnamed(records.database, everywhere=True)
        left = list((folder / "files").glob("*/*"))
        assert {path.stem for path in left} == {record.frames_sha256 for record in found.values()}
        added = [line for line in records.audit(limit=100_000) if line.detail.startswith("measurement")]
        assert {int(line.detail.split()[1]) for line in added} == set(found)
    return len(committed), len(found)


@pytest.mark.slow
def test_killed_while_saving(place):
    folder, url = place
    committed, _ = kill_while_saving(folder, url or "", 12)
    assert committed > 0

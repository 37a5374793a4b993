"""A program that saves one measurement after another is killed at random moments; then everything is looked through.

It is a fork of this one, with everything imported, so that a kill takes a moment and not a program's start.
"""

from __future__ import annotations

import os
import random
import signal
import time
from datetime import date
from pathlib import Path

import pyarrow.parquet  # noqa: F401 (imported before the fork, or every fork would import it)

from romcheck.clinical import Conditions
from romcheck.exchange.files import result_json
from romcheck.records import files
from romcheck.records.demo_motion import made_up
from romcheck.records.entries import Person, Visit
from romcheck.records.overview import trials
from romcheck.records.store import Records
from romcheck.results import Frames, Result

LONGEST_S = 0.4
"""A kill comes at most so long after the first saving: some savings later."""


def save_on(told: int, folder: Path, url: str, visit_id: int, first: int, measured: tuple[Result, Frames]) -> None:
    """Save measurements and tell the number of each once it is committed."""
    result, frames = measured
    with Records(folder, url=url) as records:
        number = first
        while True:
            frames.sigma_deg[0] = number * 0.001  # other bytes, another file, every time
            kept = records.add_measurement(visit_id, result, frames, Conditions(camera=f"{number}"))
            os.write(told, b"%d\n" % kept.id)
            number += 1


def kill_while_saving(folder: Path, url: str, times: int, seed: int = 0) -> tuple[int, int]:
    """Kill the saving program a number of times.

    Returns
    -------
    Measurements reported as committed, and those found: none less, at most one more per kill.
    """
    chance = random.Random(seed)
    measured = made_up("rotation", 50, 50, seed=1, trials=1)
    with Records(folder, url=url) as records:
        person = records.add_person(Person("killed"))
        visit = records.add_visit(Visit(person.id, date(2025, 1, 1)))
    committed: set[int] = set()
    for number in range(times):
        here, there = os.pipe()
        program = os.fork()
        if program == 0:
            try:
                save_on(there, folder, url, visit.id, 100_000 * number, measured)
            finally:
                os._exit(1)
        os.close(there)
        with os.fdopen(here, "rb", buffering=0) as told:
            said = told.read(1)  # it has begun
            time.sleep(chance.uniform(0, LONGEST_S))
            os.kill(program, signal.SIGKILL)
            os.waitpid(program, 0)
            said += told.read()
        # The last line may be cut off: part of a number reports nothing.
        committed |= {int(line) for line in said.split(b"\n")[:-1]}
    return len(committed), look_through(folder, url, person.id, committed, times)


def look_through(folder: Path, url: str, person_id: int, committed: set[int], times: int) -> int:
    """See that every measurement is whole and every committed one is there; give how many there are."""
    with Records(folder, url=url) as records:
        found = {record.id: record for record in records.measurements(person_id)}
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
        files.remove_unnamed(records.database)
        left = {path.stem for path in (folder / files.FOLDER).glob("*/*")}
        assert left == {record.frames_sha256 for record in found.values()}
        added = [line for line in records.audit(limit=1_000_000) if line.detail.startswith("measurement")]
        assert {int(line.detail.split()[1]) for line in added} == set(found)
    return len(found)

"""The pages' queries on 10,000 people and 200,000 measurements, with SQLite and PostgreSQL.

    python benchmarks/records.py [--people 10000] [--measurements 20] [--url postgresql://...] [--json FILE]

Without ``--url`` only SQLite is timed; the database of a URL must be empty. Frames are not written: no page reads more
than one file of them.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime, timedelta, timezone
from datetime import time as clock
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import insert, text

from romcheck.clinical import Conditions
from romcheck.records import overview
from romcheck.records.demo_motion import made_up
from romcheck.records.field_checks import search_words
from romcheck.records.follow_up import PLAN
from romcheck.records.models import (
    DiaryRow,
    FollowUpRow,
    MeasurementRow,
    OutcomeRow,
    PersonRow,
    TreatmentRow,
    TrialRow,
    VisitRow,
)
from romcheck.records.results_text import result_text
from romcheck.records.rows import trial_values
from romcheck.records.store import Records

TODAY = date(2026, 11, 1)
BATCH_PEOPLE = 200
REPEATS = 100
WARM = 5
SYLLABLES = ["ka", "lo", "mi", "ren", "tu", "sa", "vel", "dor", "ny", "pa", "si", "bra", "ul", "fen", "go", "hal"]


def fill(records: Records, people: int, measurements: int) -> None:
    """Insert made-up people in bulk: half the measurements are pairs before and after, on visits over two years."""
    chance = random.Random(1)
    results = [made_up("flexion-rotation", 42 + number, 25 + number, seed=number, trials=3)[0] for number in range(6)]
    texts = [result_text(result) for result in results]
    tidy = [list(trial_values(0, result)) for result in results]
    visits_each = max(1, measurements // 2)
    with records.database.engine.begin() as connection:
        for first in range(1, people + 1, BATCH_PEOPLE):
            numbers = range(first, min(first + BATCH_PEOPLE, people + 1))
            rows: dict[Any, list[dict[str, Any]]] = {
                kind: []
                for kind in (
                    PersonRow, VisitRow, MeasurementRow, TrialRow, TreatmentRow, OutcomeRow, FollowUpRow, DiaryRow
                )
            }  # fmt: skip
            for person in numbers:
                _person(rows, chance, person, visits_each, texts, tidy)
            for kind, values in rows.items():
                connection.execute(insert(kind.__table__), values)
        if records.database.path is None:
            for table in ("person", "visit", "measurement"):
                connection.execute(
                    text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
                )
    with records.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _person(
    rows: dict[Any, list[dict[str, Any]]],
    chance: random.Random,
    person: int,
    visits: int,
    texts: list[str],
    tidy: list[list[dict[str, Any]]],
) -> None:
    name = "".join(chance.choices(SYLLABLES, k=3)).title()
    rows[PersonRow].append(
        {
            "id": person, "uid": f"{person:032x}", "code": f"P{person:05d}", "name": name, "birth_year": 1970,
            "notes": "", "demo": True, "sought": search_words(f"P{person:05d} {name}"), "version": 1,
            "created_at": datetime(2024, 1, 1, tzinfo=timezone.utc),
        }
    )  # fmt: skip
    began = TODAY - timedelta(days=chance.randrange(730))
    span = (TODAY - began).days
    for number in range(visits):
        visit = (person - 1) * visits + number + 1
        on = began + timedelta(days=int(span * (number / visits) ** 2))
        rows[VisitRow].append({"id": visit, "person_id": person, "on": on, "notes": "", "version": 1})
        for late, timing in enumerate(("before", "after")):
            which = chance.randrange(len(texts))
            measurement = (visit - 1) * 2 + late + 1
            rows[MeasurementRow].append(
                {
                    "id": measurement, "person_id": person, "visit_id": visit, "test": "flexion-rotation",
                    "measured_at": datetime.combine(on, clock(9 + late), timezone.utc), "result": texts[which],
                    "frames_sha256": None, "source_sha256": f"{measurement:064x}", "version": 1,
                    **asdict(Conditions(timing=timing)),  # type: ignore[arg-type]
                }
            )  # fmt: skip
            rows[TrialRow].extend({**row, "measurement_id": measurement} for row in tidy[which])
        rows[TreatmentRow].append(
            {
                "person_id": person, "visit_id": visit, "on": on, "kind": "snag", "level": "C1-2", "dose": "",
                "by": "", "notes": "", "version": 1,
            }
        )  # fmt: skip
    for days in (0, 28, 90):
        rows[OutcomeRow].append(
            {
                "person_id": person, "on": began + timedelta(days=days), "period_days": 28, "notes": "",
                "headache_days": chance.randrange(20), "version": 1,
            }
        )  # fmt: skip
    for step in PLAN:
        due = began + timedelta(days=step.days)
        state = "open" if due > TODAY - timedelta(days=10) else "done"
        rows[FollowUpRow].append(
            {"person_id": person, "label": step.label, "due_on": due, "state": state, "version": 1}
        )
    for day in range(28):
        rows[DiaryRow].append(
            {
                "person_id": person, "on": began - timedelta(days=day), "headache": chance.random() < 0.4,
                "exercise_times": 2, "notes": "", "version": 1,
            }
        )  # fmt: skip


def queries(people: int, visits: int) -> dict[str, Callable[[Records, random.Random], Any]]:
    """The pages' queries, each for a random person."""

    def someone(chance: random.Random) -> int:
        return chance.randint(1, people)

    return {
        "today": lambda records, _: overview.today(records, TODAY),
        "people, first page": lambda records, _: records.people(limit=50),
        "search": lambda records, chance: records.people("".join(chance.choices(SYLLABLES, k=2)), limit=50),
        "choice of a patient": lambda records, _: (records.count_people(), records.people(limit=25)),
        "a person's page": lambda records, chance: overview.page(records, someone(chance)),
        "before and after": lambda records, chance: overview.pairs(records, chance.randint(1, people * visits)),
        "range over months": lambda records, chance: overview.series(records, someone(chance)),
        "headache days": lambda records, chance: overview.headache(records, someone(chance)),
    }


def timed(records: Records, people: int, visits: int) -> dict[str, dict[str, float]]:
    """Milliseconds of each query: median and 95th percentile; views are recorded in the audit trail as usual.

    ``cpu_p95_ms`` is the processor time of this process alone, which does not depend on other load.
    """
    found = {}
    for name, ask in queries(people, visits).items():
        chance = random.Random(2)
        times, work = [], []
        for number in range(REPEATS + WARM):
            started, worked = time.perf_counter(), time.process_time()
            ask(records, chance)
            if number >= WARM:
                times.append(1000 * (time.perf_counter() - started))
                work.append(1000 * (time.process_time() - worked))
        p50, p95 = np.percentile(times, (50, 95))
        found[name] = {"p50_ms": p50, "p95_ms": p95, "cpu_p95_ms": float(np.percentile(work, 95))}
    return found


def main() -> None:
    """Fill, time, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--measurements", type=int, default=20, help="of each person")
    parser.add_argument("--url", default=None)
    parser.add_argument("--json", type=Path, default=None)
    args = parser.parse_args()
    visits = max(1, args.measurements // 2)
    results: dict[str, Any] = {"people": args.people, "measurements": args.people * visits * 2}
    with tempfile.TemporaryDirectory() as folder:
        for name, url in (("SQLite", ""), ("PostgreSQL", args.url)):
            if url is None:
                continue
            with Records(Path(folder) / name, url=url, by="benchmark") as records:
                started = time.perf_counter()
                fill(records, args.people, args.measurements)
                results[name] = {"fill_s": time.perf_counter() - started, **timed(records, args.people, visits)}
                results[name]["size_mb"] = size_mb(records)
    print(table(results))
    if args.json:
        args.json.write_text(json.dumps(results, indent=1) + "\n")


def size_mb(records: Records) -> float:
    """Size of the database without its write-ahead log."""
    if records.database.path:
        return records.database.path.stat().st_size / 1e6
    with records.database.engine.connect() as connection:
        return float(connection.execute(text("SELECT pg_database_size(current_database())")).scalar() or 0) / 1e6


def table(results: dict[str, Any]) -> str:
    """Markdown: one row per query, median and 95th percentile."""
    kinds = [kind for kind in ("SQLite", "PostgreSQL") if kind in results]
    lines = [
        f"{results['people']:,} people, {results['measurements']:,} measurements",
        "",
        "| query | " + " | ".join(f"{kind} p50 | p95 | p95 of processor time" for kind in kinds) + " |",
        "|---|" + "---:|---:|---:|" * len(kinds),
    ]
    for name in queries(1, 1):
        times = (f"{results[kind][name][part]:.1f} ms" for kind in kinds for part in ("p50_ms", "p95_ms", "cpu_p95_ms"))
        lines.append(f"| {name} | " + " | ".join(times) + " |")
    lines += [
        "",
        *(f"{kind}: {results[kind]['size_mb']:.0f} MB, filled in {results[kind]['fill_s']:.0f} s" for kind in kinds),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()

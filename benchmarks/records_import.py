"""Time to import a person as a function of the size of the archive.

``python benchmarks/records_import.py`` prints a Markdown table: visits and measurements without frames, the seconds of
processor time for each, in total and per 1,000. No real person's data is used.
"""

from __future__ import annotations

import json
import tempfile
import time
import zipfile
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from romcheck.clinical import Conditions
from romcheck.records.archive import import_person
from romcheck.records.archive_reading import ARCHIVE, SCHEMA, Archive, ArchivedMeasurement
from romcheck.records.demo_motion import made_up
from romcheck.records.entries import Person, Visit
from romcheck.records.store import Records
from romcheck.records.zips import CONTENT

BEGAN = date(2010, 1, 1)
DAYS = 5000
SIZES = {"visits": (1000, 2000, 4000, 50_000, 200_000), "measurements": (1000, 2000, 4000, 16_000)}


def archive(path: Path, kind: str, count: int) -> Path:
    """A person with this many visits, or this many measurements at a quarter as many visits."""
    visits = [Visit(0, BEGAN + timedelta(number % DAYS)) for number in range(count if kind == "visits" else count // 4)]
    measurements = []
    if kind == "measurements":
        result, _ = made_up("flexion-rotation", 40, 25, seed=1)
        for number in range(count):
            source = replace(result.source, sha256=f"{number:064x}")
            at = datetime(2015, 1, 1, tzinfo=timezone.utc) + timedelta(hours=number)
            one = ArchivedMeasurement(number % len(visits), at, Conditions(), replace(result, source=source), None)
            measurements.append(one)
    person = Person("made up", uid="a" * 32)
    whole = Archive(SCHEMA, "0", person, tuple(visits), tuple(measurements), (), (), (), ())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(CONTENT, json.dumps(ARCHIVE.dump_python(whole, mode="json"), indent=1))
    return path


def main() -> None:
    """Time each and print the table."""
    print("| entries | seconds | per 1,000 |\n|---|---:|---:|")
    for kind, sizes in SIZES.items():
        for count in sizes:
            with tempfile.TemporaryDirectory() as folder:
                path = archive(Path(folder) / "a.zip", kind, count)
                with Records(Path(folder) / "data", url="", by="benchmark") as records:
                    began = time.process_time()
                    import_person(records, path)
                    taken = time.process_time() - began
            print(f"| {count:,} {kind} | {taken:.2f} | {1000 * taken / count:.3f} |", flush=True)


if __name__ == "__main__":
    main()

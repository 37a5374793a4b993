"""300 files, 60 of them broken in twelve ways; a run killed five times at random compared with one that was not.

    python benchmarks/batch_faults.py [--measurable 240] [--broken-each 5] [--kills 5] [--seed 1]

Prints how many were measured, whether each broken one was named with its reason, and whether the two studies are the
same to the byte, times left out.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from study_videos import BROKEN, make_study

LIMITS = ("--time-limit", "0.5", "--memory-limit", "900")


def start(videos: Path, out: Path) -> subprocess.Popen[str]:
    """Begin a run."""
    command = [sys.executable, "-m", "romcheck", "batch", str(videos), "--out", str(out), "--json-lines", *LIMITS]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def ended(running: subprocess.Popen[str], until: int | None = None) -> int:
    """Follow a run to its end, or kill it without warning after so many outcomes; returns how many there were."""
    count = 0
    for line in running.stdout or ():
        count += json.loads(line)["event"] in ("measured", "failed")
        if until is not None and count >= until:
            running.kill()
            break
    running.wait()
    return count


def content(folder: Path) -> dict[str, bytes]:
    """Content of every file of a study by name, without times and cost."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            continue
        held = path.read_bytes()
        if path.name == "provenance.json" or (path.parent.name == "outcomes" and path.suffix == ".json"):
            facts = json.loads(held)
            facts.pop("run", None)
            facts.pop("cost", None)
            held = json.dumps(facts).encode()
        found[path.relative_to(folder).as_posix()] = held
    return found


def rightly_named(out: Path, made: dict[str, str]) -> tuple[int, list[str]]:
    """How many broken files have the right code and reason, and a line about each that does not."""
    with (out / "failures.csv").open(encoding="utf-8", newline="") as file:
        failures = {row["video"]: row for row in csv.DictReader(file)}
    wrong = []
    for name, way in made.items():
        row = failures.pop(name, None)
        if not way:
            if row:
                wrong.append(f"{name} was not measured: {row['reason']}")
            continue
        _, code, words = BROKEN[way]
        if row is None or row["code"] != code or words not in row["reason"]:
            wrong.append(f"{name}: {row['reason'] if row else 'not named'}")
    broken = sum(bool(way) for way in made.values())
    return broken - sum(made[line.split(":")[0]] != "" for line in wrong if line.split(":")[0] in made), wrong


def main() -> None:
    """Make the files, run, kill, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measurable", type=int, default=240)
    parser.add_argument("--broken-each", type=int, default=5, help="of each of the twelve ways")
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    chance = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = make_study(folder / "videos", args.measurable, args.broken_each)
        broken = sum(bool(way) for way in made.values())
        print(f"{len(made)} files, {broken} of them broken in {len(BROKEN)} ways", flush=True)
        began = time.monotonic()
        ended(start(folder / "videos", folder / "whole"))
        named, wrong = rightly_named(folder / "whole", made)
        measured = len(list((folder / "whole" / "frames").iterdir()))
        took = time.monotonic() - began
        print(f"{measured} measured, {named} of {broken} named with the right reason, in {took:.0f} s", flush=True)
        print("\n".join(wrong), end="\n" if wrong else "", flush=True)
        counts = []
        for _ in range(args.kills):
            until = chance.randint(1, max(1, len(made) // (args.kills + 1)))
            counts.append(ended(start(folder / "videos", folder / "killed"), until))
        counts.append(ended(start(folder / "videos", folder / "killed")))
        print(f"killed {args.kills} times; outcomes before each kill and in the last run: {counts}", flush=True)
        whole, killed = content(folder / "whole"), content(folder / "killed")
        different = sorted(key for key in whole.keys() | killed.keys() if whole.get(key) != killed.get(key))
        print(f"{len(whole)} files in each study, {len(different)} different {different[:10]}")
        sys.exit(1 if different or wrong else 0)


if __name__ == "__main__":
    main()

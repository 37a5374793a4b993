"""How time and memory of a study grow with its videos: made-up outcomes, real files, from the manifest to the report.

    python benchmarks/study_size.py [--videos 2000 20000] [--scheduled 1000] [--folder DIR] [--markdown]

For each size a study is made in DIR: a manifest, video files of a few bytes, and for each an outcome with six trials,
or a failure, stored as a run stores it. A process of its own then reads the manifest, plans the run, which finds every
outcome kept, and writes tables, frames and report; its time and its peak memory are told step by step. What measuring
costs is left out (batch.py).

Then a real run over files that are no videos, which cost next to nothing to measure, with two processes and with two
Dask workers: how many tasks per second the run itself can give out, store and follow.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
from tables import table, titled

from romcheck.batch import products
from romcheck.batch.crew import Crew, LocalCrew
from romcheck.batch.identity import Settings, recorded, this_program
from romcheck.batch.outcome import Cost, Failure, VideoOutcome
from romcheck.batch.places import Folder
from romcheck.batch.run import Run, VideoState, prepare, study
from romcheck.batch.sources import videos_of
from romcheck.batch.store import Store
from romcheck.batch.worker import ResourceLimits
from romcheck.exchange.files import frames_parquet
from romcheck.exchange.origin import content_sha256
from romcheck.i18n.message import message
from romcheck.results import (
    Camera,
    Difference,
    Frames,
    Movement,
    MovementName,
    Performance,
    Quality,
    Result,
    Software,
    Source,
    Summary,
)

A_FOLDER = 1000
"""Video files in one folder."""
VISITS = 4
"""Videos of a participant."""
FAILED, DOUBTED, REJECTED = 0.02, 0.15, 0.05
"""Share of the videos without a result, and of the trials that are doubted, and rejected."""
PROGRESS_CALLS = 20
FRAMES = 30
STEPS = ("begin", "manifest", "plan", "run", "products")
KIBIBYTE, MEBIBYTE = 2**10, 2**20
SIDES: tuple[MovementName, MovementName] = ("rotation_left", "rotation_right")


def outcome(chance: random.Random, sha256: str) -> VideoOutcome:
    """A made-up outcome of a video with this content: six turns, some of them doubted, or a failure."""
    way = recorded(Settings(), this_program())
    cost = Cost(round(chance.uniform(5, 50), 3), chance.randint(400, 600), f"node-{chance.randint(0, 99)}")
    if chance.random() < FAILED:
        failure = Failure("not_measured", message("error.file_empty", name="{video}"))
        return VideoOutcome(sha256, way, None, None, failure, cost)
    movements = tuple(_movement(chance, SIDES[n % 2], n // 2 + 1, 4.0 * n) for n in range(6))
    summary = tuple(
        Summary(side, (1, 2, 3), round(chance.uniform(40, 80), 2), 2.5, round(chance.uniform(60, 90), 2), 3.0)
        for side in SIDES
    )
    result = Result(
        "rotation", True, Source("video.mp4", sha256, 640, 480, 24.0, 600, 25.0),
        Software("0.1.0", "mediapipe", "0.10", {"face": "0" * 64}, {}),
        Camera(640, 480, 560.0, 560.0, 320.0, 240.0, (0.0,) * 5, "assumed", 1.02), movements, summary,
        (Difference("rotation", round(chance.gauss(0, 4), 2), 3.5),),
        ("The lens was assumed.",) if chance.random() < 0.5 else (),
    )  # fmt: skip
    return VideoOutcome(sha256, way, result, _frames(chance.randint(40, 80)), None, cost)


@cache
def _frames(most_deg: int) -> bytes:
    time_s = np.linspace(0, 24, FRAMES)
    angle = most_deg * np.sin(time_s)
    frames = Frames(time_s, np.abs(angle) < 70, angle, angle / 9, angle / 7, np.zeros(FRAMES), np.full(FRAMES, 0.5))
    return frames_parquet(frames)


def _movement(chance: random.Random, side: MovementName, trial: int, start_s: float) -> Movement:
    drawn = chance.random()
    quality: Quality = "rejected" if drawn < REJECTED else "usable" if drawn < DOUBTED else "good"
    reasons = {"good": (), "usable": ("trunk_unknown",), "rejected": ("beyond_reach", "unsure")}[quality]
    made = Performance(round(chance.uniform(0.5, 2), 4), 0.4, -3.1, 2.2)
    return Movement(
        side, trial, start_s, start_s + 3.5, start_s + 1.5, start_s + 2.2, round(chance.uniform(30, 90), 2),
        round(chance.uniform(2, 6), 2), False, quality, reasons, lateral_flexion_deg=1.5, performance=made,
    )  # fmt: skip


def make_study(folder: Path, count: int) -> float:
    """Write manifest, videos and outcomes; returns the seconds the store took for its part."""
    store, chance, stored_s = Store(Folder(str(folder / "study"))), random.Random(1), 0.0
    with (folder / "manifest.csv").open("w", encoding="utf-8") as manifest:
        manifest.write("video,participant,visit\n")
        for number in range(count):
            path = folder / "videos" / f"{number // A_FOLDER:04}" / f"{number:07}.mp4"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(number.to_bytes(8, "big"))
            manifest.write(f"{path.relative_to(folder)},P{number // VISITS:06},{number % VISITS + 1}\n")
            made = outcome(chance, content_sha256(path))
            began = time.monotonic()
            store.put(made)
            stored_s += time.monotonic() - began
    return stored_s


def steps(folder: Path) -> Iterator[tuple[str, float, float]]:
    """From the manifest to the report: each step with its seconds and the peak memory so far, MiB."""
    assert products  # loaded before memory is read
    this_program()
    began = time.monotonic()

    def step(name: str) -> tuple[str, float, float]:
        nonlocal began
        seconds, began = time.monotonic() - began, time.monotonic()
        return name, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIBIBYTE

    yield step("begin")
    with study(str(folder / "study")) as place:
        videos = videos_of([str(folder / "manifest.csv")])
        yield step("manifest")
        plan = prepare(videos, place)
        yield step("plan")
        run = Run(plan, place, LocalCrew(1, ResourceLimits()))
        yield step("run")
        for _ in range(PROGRESS_CALLS):
            run.progress()
        yield "progress", step("run")[1] / PROGRESS_CALLS, 0.0
        run.videos()
        yield step("videos")
        run.start()
        run.wait()
        yield step("products")
        if run.progress().stage != "finished":
            sys.exit(f"{run.progress()}")


def measured(folder: Path, count: int) -> tuple[str, ...]:
    """A row of the table: a study of this size, its steps in a process of its own."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        stored_s = make_study(Path(name), count)
        command = [sys.executable, __file__, "--steps", name]
        printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        found = {step: (seconds, mib) for step, seconds, mib in map(json.loads, printed.splitlines())}
        files = [path for path in Path(name, "study").iterdir() if path.is_file()]
        tables_mib = sum(path.stat().st_size for path in files) / MEBIBYTE
    return (
        f"{count:,}".replace(",", " "), f"{1000 * stored_s / count:.1f} ms",
        *(f"{found[step][0]:.1f} s" for step in ("manifest", "plan", "run")), f"{1000 * found['progress'][0]:.2f} ms",
        f"{1000 * found['videos'][0]:.0f} ms", f"{found['products'][0]:.1f} s", f"{tables_mib:.0f} MiB",
        *(f"{found[step][1]:.0f}" for step in STEPS),
    )  # fmt: skip


HEADS = (
    "videos", "store, each", "manifest", "plan", "run", "one look", "list", "products", "their size",
    *(f"MiB: {step}" for step in STEPS),
)  # fmt: skip


def scheduled(folder: Path, count: int) -> list[tuple[str, str]]:
    """Files that are no videos, measured by two processes and by two Dask workers: tasks per second."""
    from batch import cluster

    from romcheck.batch.cluster import DaskCrew

    limits = ResourceLimits()
    with tempfile.TemporaryDirectory(dir=folder) as name, cluster() as scheduler:
        videos = Path(name, "videos")
        videos.mkdir()
        for number in range(count):
            (videos / f"{number:06}.mp4").write_bytes(b"no video" + number.to_bytes(8, "big"))
        return [
            ("two processes", f"{_tasks_per_second(videos, Path(name, 'local'), LocalCrew(2, limits)):.0f}"),
            ("two Dask workers", f"{_tasks_per_second(videos, Path(name, 'dask'), DaskCrew(scheduler, limits)):.0f}"),
        ]


def _tasks_per_second(videos: Path, out: Path, crew: Crew) -> float:
    """Without the first tenth of the tasks, in which the processes start."""
    ends: list[float] = []

    def changed(video: VideoState) -> None:
        if video.state == "failed":
            ends.append(time.monotonic())

    with study(str(out)) as place:
        run = Run(prepare(videos_of([str(videos)]), place), place, crew, changed)
        run.start()
        run.wait()
    begin = len(ends) // 10
    return (len(ends) - 1 - begin) / (ends[-1] - ends[begin])


def main() -> None:
    """Make, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--videos", type=int, nargs="*", default=[2000, 20_000], help="sizes (default: %(default)s)")
    parser.add_argument("--scheduled", type=int, default=1000, help="tasks given out (default: %(default)s; 0: none)")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()), help="where the studies are made")
    parser.add_argument("--markdown", action="store_true", help="print the tables as Markdown")
    parser.add_argument("--steps", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.steps:
        for step in steps(args.steps):
            print(json.dumps(step), flush=True)
        return
    rows = []
    for count in args.videos:
        rows.append(measured(args.folder, count))
        print(*rows[-1], file=sys.stderr, flush=True)
    if rows:
        print(titled("Studies by size", table(HEADS, rows, args.markdown), args.markdown))
    if args.scheduled:
        print(
            titled(
                "Tasks",
                table(("", "tasks per second"), scheduled(args.folder, args.scheduled), args.markdown),
                args.markdown,
            )
        )


if __name__ == "__main__":
    main()

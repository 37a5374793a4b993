"""Throughput of ``romcheck batch``: one process, two, and two Dask workers, beside a bare loop of the landmark engine.

    python benchmarks/batch.py [--videos 8] [--repeats 2] [--memory-videos 200] [--no-memory] [--markdown]

The same files are measured by each in turn, in one run, so that what else the machine does falls on all; what counts is
the median of the ratios turn by turn. Processes are started and warm before the clock runs, as in a long run they are.
Memory: what the processes of a run over many short videos hold, at its beginning and at its end.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median

import psutil
from accuracy import save
from clips import OUT, SAMPLES
from speed import bare_loop
from study_videos import good, turn
from tables import table, titled

from romcheck.batch.cluster import DaskCrew
from romcheck.batch.crew import Crew, LocalCrew
from romcheck.batch.run import Run, prepare, study
from romcheck.batch.sources import videos_of
from romcheck.batch.worker import Limits

SAMPLE_S = 8.0
"""Length of the videos: the beginning of a sample video, its packets copied."""
MEBIBYTE = 2**20
WANTED_TWO, WANTED_DASK = 1.8, 0.9


@dataclass(frozen=True)
class Throughput:
    """Videos per hour of each way, medians, and the ratios turn by turn."""

    videos: int
    video_s: float
    bare: float
    one: float
    two: float
    dask: float
    two_to_one: float
    dask_to_two: float
    one_to_bare: float
    seconds_per_video_hour: float


@dataclass(frozen=True)
class Memory:
    """MiB held by a run's processes together, over its first and its last fifth, and the most."""

    videos: int
    first: float
    last: float
    most: float


@dataclass(frozen=True)
class BatchRun:
    """One run of the benchmark, as it is written to a file."""

    throughput: Throughput | None
    memory: Memory | None


def beginnings(folder: Path, count: int) -> list[Path]:
    """Make copies of the beginning of a sample video, each with a content of its own."""
    source, made = SAMPLES / "rotation.mp4", []
    for number in range(count):
        path = folder / f"{number:02}.mp4"
        _copy(source, path)
        # What follows the last box of an MP4 is left alone by every reader.
        path.write_bytes(path.read_bytes() + b"\0\0\0\x10free" + number.to_bytes(8, "big"))
        made.append(path)
    return made


def _copy(source: Path, to: Path) -> None:
    import av

    with av.open(str(source)) as file, av.open(str(to), "w") as copy:
        stream = copy.add_stream_from_template(file.streams.video[0])
        for packet in file.demux(video=0):
            if packet.dts is None or packet.dts * packet.time_base > SAMPLE_S:
                break
            packet.stream = stream
            copy.mux(packet)


def clocked(videos: Path, make_crew: Callable[[], Crew], warm: Path) -> float:
    """Seconds a crew takes for a folder of videos, once it has measured something else."""
    crew = make_crew()
    closing, crew.close = crew.close, lambda: None  # type: ignore[method-assign]
    seconds = 0.0
    try:
        for folder in (warm, videos):
            with tempfile.TemporaryDirectory() as out, study(out) as place:
                run = Run(prepare(videos_of([str(folder)]), place), place, crew)
                began = time.perf_counter()
                run.start()
                run.wait()
                seconds = time.perf_counter() - began
                if run.progress().measured != run.progress().total:
                    sys.exit(f"{run.progress()}")
    finally:
        closing()
    return seconds


def throughput(count: int, repeats: int) -> Throughput:
    """Time every way in turn."""
    with tempfile.TemporaryDirectory() as name, cluster() as scheduler:
        videos, warm = Path(name) / "videos", Path(name) / "warm"
        videos.mkdir()
        warm.mkdir()
        files = beginnings(videos, count)
        pictures = turn()
        for number in range(2):
            good(warm / f"{number}.mp4", pictures, number)
        bare_loop(files[0])
        ways: dict[str, Callable[[], float]] = {
            "bare": lambda: _bare(files),
            "one": lambda: clocked(videos, lambda: LocalCrew(1, Limits()), warm),
            "two": lambda: clocked(videos, lambda: LocalCrew(2, Limits()), warm),
            "dask": lambda: clocked(videos, lambda: DaskCrew(scheduler, Limits()), warm),
        }
        taken: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(repeats):
            for way, clock in ways.items():
                taken[way].append(clock())
                print(f"{way}: {count} videos in {taken[way][-1]:.1f} s", file=sys.stderr)
    per_hour = {way: 3600 * count / median(seconds) for way, seconds in taken.items()}

    def ratio(faster: str, slower: str) -> float:
        return median(s / f for f, s in zip(taken[faster], taken[slower], strict=True))

    return Throughput(
        count, SAMPLE_S, per_hour["bare"], per_hour["one"], per_hour["two"], per_hour["dask"],
        ratio("two", "one"), ratio("dask", "two"), ratio("one", "bare"),
        3600 * median(taken["one"]) / (count * SAMPLE_S),
    )  # fmt: skip


def _bare(files: list[Path]) -> float:
    began = time.perf_counter()
    for file in files:
        bare_loop(file)
    return time.perf_counter() - began


@contextlib.contextmanager
def cluster() -> Iterator[str]:
    """A scheduler and two workers with one thread each, on this machine; gives the scheduler's address."""
    here = ("--host", "127.0.0.1", "--no-dashboard")
    started = [_dask("scheduler", "--port", "0", *here)]
    try:
        address = _said(started[0], r"Scheduler at:\s+(tcp://\S+)")
        for _ in range(2):
            started.append(_dask("worker", address, "--nthreads", "1", *here))
            _said(started[-1], r"(Registered) to")
        yield address
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait()


def _dask(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", f"distributed.cli.dask_{arguments[0]}", *arguments[1:]]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def _said(process: subprocess.Popen[str], pattern: str) -> str:
    for line in process.stderr or ():
        if found := re.search(pattern, line):
            threading.Thread(target=lambda: [None for _ in process.stderr or ()], daemon=True).start()
            return found[1]
    sys.exit("dask did not start")


def memory(count: int) -> Memory:
    """What a run with two processes holds while it goes through many short videos."""
    with tempfile.TemporaryDirectory() as name:
        videos, pictures = Path(name) / "videos", turn(5.0)
        videos.mkdir()
        for number in range(count):
            good(videos / f"{number:03}.mp4", pictures, number)
        command = [sys.executable, "-m", "romcheck", "batch", str(videos), "--out", f"{name}/out", "--json-lines"]
        run = subprocess.Popen([*command, "--workers", "2"], stdout=subprocess.PIPE, text=True)
        held = []
        for line in run.stdout or ():
            if json.loads(line)["event"] == "measured":
                held.append(_held_mb(run.pid))
        run.wait()
    fifth = max(1, len(held) // 5)
    # The very first videos still load libraries.
    return Memory(len(held), fmean(held[fifth // 2 : fifth]), fmean(held[-fifth // 2 :]), max(held))


def _held_mb(pid: int) -> float:
    """Memory of a process and all it started, MiB."""
    whole = 0
    with contextlib.suppress(psutil.Error):
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        whole = sum(member.memory_info().rss for member in family)
    return whole / MEBIBYTE


def tables(run: BatchRun, markdown: bool) -> str:
    """What was found, as text."""
    parts = []
    if t := run.throughput:
        rows = [
            ("bare loop of the engine, one process", f"{t.bare:.0f}", ""),
            ("one process", f"{t.one:.0f}", f"{t.one_to_bare:.2f} × the bare loop"),
            ("two processes", f"{t.two:.0f}", f"{t.two_to_one:.2f} × one (wanted {WANTED_TWO})"),
            ("two Dask workers", f"{t.dask:.0f}", f"{t.dask_to_two:.2f} × two processes (wanted {WANTED_DASK})"),
        ]
        body = table((f"{t.videos} videos of {t.video_s:.0f} s", "videos per hour", "ratio"), rows, markdown)
        body += (
            f"\n\nOne process measures an hour of video in {t.seconds_per_video_hour / 3600:.2f} h: so many core hours."
        )
        parts.append(titled("Throughput", body, markdown))
    if m := run.memory:
        rows = [(f"{m.videos} videos, two processes", f"{m.first:.0f} MiB", f"{m.last:.0f} MiB", f"{m.most:.0f} MiB")]
        body = table(("run", "first fifth", "last fifth", "most"), rows, markdown)
        parts.append(titled("Memory of all processes together", body, markdown))
    return "\n".join(parts)


def main() -> None:
    """Time, weigh, write and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--videos", type=int, default=8, help="for the throughput (default: %(default)s)")
    parser.add_argument("--repeats", type=int, default=2, help="turns of each (default: %(default)s)")
    parser.add_argument("--memory-videos", type=int, default=200, help="for the memory (default: %(default)s)")
    parser.add_argument("--no-throughput", action="store_true")
    parser.add_argument("--no-memory", action="store_true")
    parser.add_argument("--markdown", action="store_true", help="print the tables as Markdown")
    asked = parser.parse_args()
    run = BatchRun(
        None if asked.no_throughput else throughput(asked.videos, asked.repeats),
        None if asked.no_memory else memory(asked.memory_videos),
    )
    save(run, OUT / "batch.json")
    print(tables(run, asked.markdown))


if __name__ == "__main__":
    main()

"""Throughput of ``romcheck batch``: one process, two, and two Dask workers, beside bare loops of the landmark engine.

    python benchmarks/batch.py [--videos 16] [--repeats 3] [--memory-videos 200] [--no-memory] [--markdown]

The same files are measured by each way in turn, so that other load on the machine affects all; what counts is the
median of the ratios run by run. The rate is that of a long run: the videos have the same length, several for each
process, and the processes are started and warm before timing begins. Nothing of one way is still running while another
is timed.

One process is what ``--workers 1`` starts: it finds and tracks faces in one thread, and decodes in a second one that
has little to do. The column of cores shows what it really used; two bare loops beside one show what the machine can
give to two processes at all.

Memory: used by the processes of a run over many short videos, at its beginning and at its end.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
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
from romcheck.batch.worker import ResourceLimits

SAMPLE_S = 8.0
"""Length of the videos: the beginning of a sample video, its packets copied."""
MEBIBYTE, GIBIBYTE = 2**20, 2**30
WANTED_TWO, WANTED_DASK = 1.8, 0.9
PRICE = 0.05
"""Price of a core hour, as an example."""


@dataclass(frozen=True)
class Timing:
    """All videos once, in one way: elapsed seconds, and processor time of all processes.

    ``frames_bytes`` is the size of the study's frames, ``peak_mb`` the peak memory of one process, ``beside_mb`` the
    memory of all other processes at the end: Dask's own. 0 for bare loops.
    """

    seconds: float
    busy_s: float
    frames_bytes: int = 0
    peak_mb: float = 0.0
    beside_mb: float = 0.0


@dataclass(frozen=True)
class Throughput:
    """Every timing of each way."""

    videos: int
    video_s: float
    timings: dict[str, list[Timing]]

    def per_hour(self, way: str) -> float:
        """Videos per hour, median."""
        return 3600 * self.videos / median(timing.seconds for timing in self.timings[way])

    def cores(self, way: str) -> float:
        """Cores kept busy, median."""
        return median(timing.busy_s / timing.seconds for timing in self.timings[way])

    def ratio(self, faster: str, slower: str) -> float:
        """How many times as fast, run by run, median."""
        return median(s.seconds / f.seconds for f, s in zip(self.timings[faster], self.timings[slower], strict=True))


@dataclass(frozen=True)
class Memory:
    """MiB used by a run's processes together, over its first and its last fifth, and the peak."""

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
    """Make copies of the beginning of a sample video, each with different content."""
    source, made = SAMPLES / "rotation.mp4", []
    for number in range(count):
        path = folder / f"{number:02}.mp4"
        _copy(source, path)
        # Readers ignore what follows the last box of an MP4.
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


def clocked(videos: Path, crew: Crew, warm: Path) -> Timing:
    """Time a crew over a folder of videos, once it has measured something else."""
    closing, crew.close = crew.close, lambda: None  # type: ignore[method-assign]
    try:
        for folder in (warm, videos):
            with tempfile.TemporaryDirectory() as out, study(out) as place:
                run = Run(prepare(videos_of([str(folder)]), place), place, crew)
                began, busy = time.perf_counter(), _busy_s()
                run.start()
                run.wait()
                seconds, busy = time.perf_counter() - began, _busy_s() - busy
                if run.progress().measured != run.progress().total:
                    sys.exit(f"{run.progress()}")
                frames = sum(path.stat().st_size for path in Path(out, "frames").rglob("*.parquet"))
                peak = json.loads(Path(out, "provenance.json").read_text())["run"]["most_memory_mb"]
        return Timing(seconds, busy, frames, peak, _beside_mb())
    finally:
        closing()


def throughput(count: int, repeats: int) -> Throughput:
    """Time every way in turn."""
    with tempfile.TemporaryDirectory() as name:
        videos, warm = Path(name) / "videos", Path(name) / "warm"
        videos.mkdir()
        warm.mkdir()
        files = beginnings(videos, count)
        pictures = turn()
        for number in range(2):
            good(warm / f"{number}.mp4", pictures, number)

        def dask() -> Timing:
            with cluster() as scheduler:
                return clocked(videos, DaskCrew(scheduler, ResourceLimits()), warm)

        ways: dict[str, Callable[[], Timing]] = {
            "bare": lambda: _bare(files, 1, warm / "0.mp4"),
            "one": lambda: clocked(videos, LocalCrew(1, ResourceLimits()), warm),
            "two bare": lambda: _bare(files, 2, warm / "0.mp4"),
            "two": lambda: clocked(videos, LocalCrew(2, ResourceLimits()), warm),
            "dask": dask,
        }
        timings: dict[str, list[Timing]] = {way: [] for way in ways}
        for _ in range(repeats):
            for way, clock in ways.items():
                timings[way].append(clock())
                print(f"{way}: {count} videos in {timings[way][-1].seconds:.1f} s", file=sys.stderr)
    return Throughput(count, SAMPLE_S, timings)


def _bare(files: list[Path], processes: int, warm: Path) -> Timing:
    """Bare loops in so many processes, each warm before timing begins."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes, _warmed, (warm, context.Barrier(processes))) as pool:
        pool.apply(int)  # answered once all are warm
        began, busy = time.perf_counter(), _busy_s()
        pool.map(bare_loop, files, chunksize=1)
        return Timing(time.perf_counter() - began, _busy_s() - busy)


def _warmed(warm: Path, all_warm: Barrier) -> None:
    bare_loop(warm)
    all_warm.wait()


def _family() -> list[psutil.Process]:
    """Every process of this run: the benchmark itself and all it started."""
    return [psutil.Process(), *psutil.Process().children(recursive=True)]


def _busy_s() -> float:
    """Processor time of this process and all it started, seconds."""
    seconds = 0.0
    for member in _family():
        with contextlib.suppress(psutil.Error):
            seconds += sum(member.cpu_times()[:2])
    return seconds


def _beside_mb() -> float:
    """Memory of processes this one started that do not measure, MiB."""
    held = 0
    for member in _family()[1:]:
        with contextlib.suppress(psutil.Error):
            held += 0 if "romcheck.batch.worker" in member.cmdline() else member.memory_info().rss
    return held / MEBIBYTE


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
    """Memory of a run with two processes over many short videos."""
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
    """Both tables as text."""
    parts = []
    if t := run.throughput:
        labels = {
            "bare": ("bare loop of the engine, one process", ""),
            "one": ("one process", f"{t.ratio('one', 'bare'):.2f} × the bare loop"),
            "two bare": ("two bare loops", f"{t.ratio('two bare', 'bare'):.2f} × one bare loop"),
            "two": ("two processes", f"{t.ratio('two', 'one'):.2f} × one process (wanted {WANTED_TWO})"),
            "dask": ("two Dask workers", f"{t.ratio('dask', 'two'):.2f} × two processes (wanted {WANTED_DASK})"),
        }
        rows = [
            (words, f"{t.per_hour(way):.0f}", f"{t.cores(way):.2f}", ratio) for way, (words, ratio) in labels.items()
        ]
        heads = (
            f"{t.videos} videos of {t.video_s:.0f} s, runs: {len(t.timings['one'])}",
            "videos per hour",
            "cores busy",
        )
        parts.append(titled("Throughput", table((*heads, "ratio"), rows, markdown), markdown))
        parts.append(titled("What a run costs", table(*_cost(t), markdown), markdown))
    if m := run.memory:
        held = (f"{m.first:.0f} MiB", f"{m.last:.0f} MiB", f"{m.last - m.first:+.0f} MiB", f"{m.most:.0f} MiB")
        heads = ("run", "first fifth", "last fifth", "grown by", "most")
        body = table(heads, [(f"{m.videos} videos, two processes", *held)], markdown)
        parts.append(titled("Memory of all processes together", body, markdown))
    return "\n".join(parts)


def _cost(t: Throughput) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Heads and rows of the table in docs/cluster.md: an hour of video, and ten thousand."""
    two, video_h = t.timings["two"], t.videos * t.video_s / 3600
    core_h = 2 * median(timing.seconds for timing in two) / 3600 / video_h
    frames = median(timing.frames_bytes for timing in two) / video_h
    held = max(timing.peak_mb for timing in two) / 1024
    beside = max(timing.beside_mb for timing in t.timings["dask"]) / 1024
    many = 10_000
    return ("", "an hour of video", "ten thousand hours"), [
        (
            "measuring",
            f"{core_h:.2f} core hours",
            f"{many * core_h:.0f} core hours, {many * core_h / 100:.0f} h on 100 cores",
        ),
        ("memory", f"{held:.1f} GiB per process", "the same for each"),
        ("Dask's own memory", f"{beside:.1f} GiB, scheduler and two workers", "a share of it for each worker"),
        ("frames kept (Parquet)", f"{frames / MEBIBYTE:.1f} MiB", f"{many * frames / GIBIBYTE:.0f} GiB"),
        (f"price, at {PRICE} per core hour", f"{PRICE * core_h:.3f}", f"{PRICE * many * core_h:.0f}"),
    ]


def main() -> None:
    """Time, measure memory, write and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--videos", type=int, default=16, help="for the throughput (default: %(default)s)")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each (default: %(default)s)")
    parser.add_argument("--memory-videos", type=int, default=200, help="for the memory (default: %(default)s)")
    parser.add_argument("--no-throughput", action="store_true")
    parser.add_argument("--no-memory", action="store_true")
    parser.add_argument("--markdown", action="store_true", help="print the tables as Markdown")
    args = parser.parse_args()
    run = BatchRun(
        None if args.no_throughput else throughput(args.videos, args.repeats),
        None if args.no_memory else memory(args.memory_videos),
    )
    save(run, OUT / "batch.json")
    print(tables(run, args.markdown))


if __name__ == "__main__":
    main()

"""Speed and memory: `measure` beside the bare landmark engine, and a ten-minute video beside a ten-second one.

    python benchmarks/speed.py [--clips DIR] [--only NAME ...] [--repeats 3] [--no-memory | --no-speed] [--markdown]

Speed: frames per second of `romcheck.measure.measure` and of a bare loop that decodes the same clip and runs the same
MediaPipe model with the same options on every frame. Both start a new engine and alternate; what counts is the median
of the ratios run by run. Stages: processor time of `measure` by what it was spent on. Memory: the peak of a separate
process.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import av
from accuracy import save
from clips import OUT, SAMPLES, read_clip
from mediapipe.python.solutions.face_mesh import FaceMesh
from stages import StageClock
from tables import table, titled

from romcheck.measure import measure
from romcheck.person.settings import PERSON

SHORT_S, LONG_S = 10.0, 600.0
MEMORY_LIMIT_MB = 100
MEBIBYTE = 2**20


@dataclass(frozen=True)
class Speed:
    """Frames per second of a clip, medians, and the median of the ratios run by run; processor time of a frame in the
    bare loop, and by stage in a run of measure of its own.
    """

    clip: str
    size: tuple[int, int]
    frames: int
    video_s: float
    bare_fps: float
    measure_fps: float
    ratio: float
    cpu_ratio: float
    bare_ms: float
    stages_ms: dict[str, float]


@dataclass(frozen=True)
class Memory:
    """Peak memory of a process that measured a video of this length, in MiB."""

    video_s: float
    peak_mb: float


@dataclass(frozen=True)
class SpeedRun:
    """One run of the benchmark, as it is written to a file."""

    speed: tuple[Speed, ...]
    memory: tuple[Memory, ...]


def bare_loop(video: Path) -> int:
    """Decode a video, run the engine on every frame, discard the result; returns the number of frames."""
    frames = 0
    with (
        av.open(str(video)) as container,
        FaceMesh(static_image_mode=False, max_num_faces=PERSON.search.most_faces, refine_landmarks=True) as mesh,
    ):
        for frame in container.decode(video=0):
            mesh.process(frame.to_ndarray(format="rgb24"))
            frames += 1
    return frames


def clocked(work: Callable[[], object]) -> tuple[float, float]:
    """Elapsed seconds, and processor time of all threads."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def speed_of(video: Path, repeats: int) -> Speed:
    """Alternate measure and the bare loop, so that other load on the machine affects both."""
    clip = read_clip(video)
    bare, ours = [], []
    frames = 0
    for turn in range(repeats):
        frames = bare_loop(video) if turn == 0 else frames  # loads libraries and models; not counted
        bare.append(clocked(lambda: bare_loop(video)))
        ours.append(clocked(lambda: measure(video, camera=clip.lens)))
        print(
            f"{clip.name}: bare {frames / bare[-1][0]:.0f}, measure {frames / ours[-1][0]:.0f} frames/s",
            file=sys.stderr,
        )
    with StageClock().running() as stages:
        measure(video, camera=clip.lens)
    return Speed(
        clip.name,
        (clip.lens.width, clip.lens.height),
        frames,
        frames / clip.fps,
        frames / median(wall for wall, _ in bare),
        frames / median(wall for wall, _ in ours),
        median(b / o for (b, _), (o, _) in zip(bare, ours, strict=True)),
        median(b / o for (_, b), (_, o) in zip(bare, ours, strict=True)),
        1000 * median(cpu for _, cpu in bare) / frames,
        {stage: 1000 * seconds / frames for stage, seconds in stages.items()},
    )


def looped(video: Path, seconds: float, to: Path) -> Path:
    """Copy a video's packets over and over until it is this long; nothing is encoded again.

    In a clip that ends as it began, the frames continue without a jump.
    """
    with av.open(str(to), "w") as copy:
        stream, shift, done = None, 0, False
        while not done:
            with av.open(str(video)) as source:
                template = source.streams.video[0]
                stream = stream or copy.add_stream_from_template(template)
                length = 0
                for packet in source.demux(template):
                    if packet.dts is None or packet.pts is None:
                        continue
                    length = max(length, packet.pts + (packet.duration or 0))
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    done = float(packet.dts * packet.time_base) >= seconds
                    if done:
                        break
                    packet.stream = stream
                    copy.mux(packet)
                shift += length
    return to


def peak_mb() -> float:
    """Peak memory of this process, MiB."""
    status = Path("/proc/self/status")
    if status.exists():  # the process's own: getrusage may report its parent's
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / MEBIBYTE
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / MEBIBYTE if sys.platform == "darwin" else peak * 1024 / MEBIBYTE


def memory_of(video: Path, seconds: float, folder: Path) -> Memory:
    """Peak memory of a process that measures a video of this length."""
    long = looped(video, seconds, folder / f"{seconds:.0f}s.mp4")
    command = [sys.executable, __file__, "--peak-of", str(long)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"Measuring {seconds:.0f} s of {video.name} failed:\n{done.stderr}")
    print(f"{seconds:.0f} s of {video.name}: {float(done.stdout):.0f} MiB", file=sys.stderr)
    return Memory(seconds, float(done.stdout))


def tables(run: SpeedRun, markdown: bool) -> str:
    """The tables as text."""
    parts = []
    if run.speed:
        heads = ("clip", "pixels", "video", "bare loop", "measure", "ratio", "processor time", "measuring 60 s takes")
        rows = [
            (
                s.clip, f"{s.size[0]}×{s.size[1]}", f"{s.video_s:.0f} s", f"{s.bare_fps:.0f} frames/s",
                f"{s.measure_fps:.0f} frames/s", f"{s.ratio:.2f}", f"{1 / s.cpu_ratio:.1f}×",
                f"{60 * s.frames / s.video_s / s.measure_fps:.0f} s",
            )
            for s in run.speed
        ]  # fmt: skip
        body = table(heads, rows, markdown) + f"\n\nMedian ratio {median(s.ratio for s in run.speed):.2f}."
        parts.append(titled("Speed of measure beside the bare loop", body, markdown))
        names = list(run.speed[0].stages_ms)
        costs = [
            (s.clip, f"{s.bare_ms:.1f}", f"{sum(s.stages_ms.values()):.1f}", *(f"{s.stages_ms[n]:.1f}" for n in names))
            for s in run.speed
        ]
        body = table(("clip", "bare loop", "measure", *names), costs, markdown)
        parts.append(titled("Processor time a frame by stage, ms", body, markdown))
    if run.memory:
        weights = [(f"{m.video_s:.0f} s", f"{m.peak_mb:.0f} MiB") for m in run.memory]
        more = run.memory[-1].peak_mb - run.memory[0].peak_mb
        body = (
            table(("video", "peak memory"), weights, markdown)
            + f"\n\n{more:+.0f} MiB, at most {MEMORY_LIMIT_MB} wanted."
        )
        parts.append(titled("Memory", body, markdown))
    return "\n".join(parts)


def main() -> None:
    """Time, measure memory, write and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, default=SAMPLES, metavar="DIR", help="clips with their truth")
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="NAME", help="only clips with one of these in their name"
    )
    parser.add_argument("--repeats", type=int, default=3, help="runs of each (default: %(default)s)")
    parser.add_argument("--long", type=float, default=LONG_S, metavar="SECONDS", help="the long video (default: 600)")
    parser.add_argument("--no-speed", action="store_true")
    parser.add_argument("--no-memory", action="store_true")
    parser.add_argument("--markdown", action="store_true", help="print the tables as Markdown")
    parser.add_argument("--peak-of", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.peak_of:
        measure(asked.peak_of)
        print(peak_mb())
        return
    videos = [v for v in sorted(asked.clips.glob("*.mp4")) if v.with_suffix(".json").exists()]
    videos = [v for v in videos if not asked.only or any(name in v.stem for name in asked.only)]
    if not videos:
        sys.exit(f"There are no clips with truth in {asked.clips}.")
    speed = () if asked.no_speed else tuple(speed_of(video, asked.repeats) for video in videos)
    memory: tuple[Memory, ...] = ()
    if not asked.no_memory:
        with tempfile.TemporaryDirectory() as folder:
            memory = tuple(memory_of(videos[-1], seconds, Path(folder)) for seconds in (SHORT_S, asked.long))
    run = SpeedRun(speed, memory)
    save(run, OUT / "speed.json")
    print(tables(run, asked.markdown))


if __name__ == "__main__":
    main()

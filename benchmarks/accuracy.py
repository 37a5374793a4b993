"""Accuracy: romcheck's angles compared with clips of known truth, beside a plain MediaPipe baseline.

    python benchmarks/accuracy.py [FOLDER ...] [--lens true|assumed|fov+15%|fov-15%] [--jobs 2] [--markdown]

A folder holds NAME.mp4 and NAME.json (the truth). Without one: the sample videos, and ../shared/bench/clips if present.
The test is recognised from the movement. Everything counted goes to benchmarks/out/accuracy-LENS.json; `--from FILE`
prints the tables of such a file again, `--against FILE` adds what has changed since.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import clips
import numpy as np
import plain_reading
from clips import OUT
from live_reading import LiveAngles
from pydantic import TypeAdapter
from scoring import ClipScore, Count, Reading, band_of, bands, count, nothing_measured, score
from tables import degrees, percent, table, times, titled

from romcheck import __version__
from romcheck.errors import RomcheckError
from romcheck.geometry.camera_file import lens_at
from romcheck.measure import measure_recording
from romcheck.sources.video import VideoFile

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Run:
    """One run of the benchmark, as it is written to a file."""

    romcheck: str
    lens: str
    clips: tuple[ClipScore, ...]


def measure_clip(video: Path, lens: str, plain: bool) -> ClipScore:
    """Measure one clip, optionally with the baseline too, and compare both with the truth."""
    clip = clips.read_clip(video)
    live = LiveAngles()
    began = time.perf_counter()
    try:
        with VideoFile(video) as opened:
            given = lens_at(clips.lens_given(clip, lens), opened.width, opened.height)
            measured = measure_recording(opened, given, seen=live.take)
    except RomcheckError as error:
        return nothing_measured(clip, str(error))
    seconds = time.perf_counter() - began
    apart = live.apart_deg(clip, measured.frames)
    return score(clip, measured.result, measured.frames, plain_reading.read(clip) if plain else None, seconds, apart)


def in_processes(work: Callable[[T], R], items: Sequence[T], jobs: int, name: Callable[[T], str]) -> list[R]:
    """Results of the work on every item, in order, from separate processes; reports each item when it is done."""
    results: dict[int, R] = {}
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        waiting = {pool.submit(work, item): i for i, item in enumerate(items)}
        for done in as_completed(waiting):
            results[waiting[done]] = done.result()
            print(f"{len(results)}/{len(items)} {name(items[waiting[done]])}", file=sys.stderr, flush=True)
    return [results[i] for i in range(len(items))]


# --- tables

HEADS = (
    "", "holds", "mean error", "worst", "bias", "frames valid", "in 95 % interval", "half-width", "at least",
    "not measured", "plain: mean error", "lost", "ratio",
)  # fmt: skip


def tables(run: Run, markdown: bool) -> str:
    """All tables of a run as text."""
    readings = [r for clip in run.clips for r in clip.readings]
    parts = [titled(f"End range at the holds, lens: {run.lens}", _by_band(readings, markdown), markdown)]
    other = _other_errors(run, readings)
    if other:
        heads = ("", "n", "mean error", "worst", "bias", "in 95 % interval", "plain: mean error")
        parts.append(titled("Other quantities", table(heads, other, markdown), markdown))
    if run.lens.startswith("fov"):
        parts.append("\nThe stated field of view was wrong, which no interval can account for.")
    return "\n".join(parts)


def _by_band(readings: Sequence[Reading], markdown: bool) -> str:
    groups = {band: [r for r in readings if band_of(r) == band] for band in bands()}
    rows = [_row(band, count(group)) for band, group in groups.items() if group]
    return table(HEADS, [*rows, _row("all", count(readings))], markdown)


def _row(label: str, c: Count) -> tuple[str, ...]:
    bound = f"{c.at_least} ({percent(c.bounds_hold)} hold)" if c.at_least else "0"
    return (
        label, str(c.holds), degrees(c.mean_error), degrees(c.worst), degrees(c.bias, sign=True), percent(c.valid),
        percent(c.coverage), degrees(c.half_width), bound, str(c.not_measured), degrees(c.plain_mean_error),
        str(c.plain_lost), times(c.ratio),
    )  # fmt: skip


def _other_errors(run: Run, readings: Sequence[Reading]) -> list[tuple[str, ...]]:
    """Flexion lost, trunk turn, left-right difference, and how close the live angles are to the final ones."""
    rows = []
    for label, kind in (("flexion lost, where it is", "frt_loss"), ("flexion lost, where it is kept", "frt")):
        rows.append(_errors(label, (r.flexion_lost_error_deg for r in readings if r.kind == kind)))
    rows.append(_errors("trunk turn, where it turns", (r.trunk_error_deg for r in readings if r.kind == "frt_trunk")))
    rows.append(
        _errors("trunk turn, where it keeps still", (r.trunk_error_deg for r in readings if r.kind != "frt_trunk"))
    )
    sides = [d for clip in run.clips for d in clip.differences]
    covered = [abs(d.found_deg - d.truth_deg) <= d.half_width_deg for d in sides]
    plain = [abs(d.plain_deg - d.truth_deg) for d in sides if d.plain_deg is not None]
    row = _errors("left–right difference", (d.found_deg - d.truth_deg for d in sides))
    if row:
        inside = percent(float(np.mean(covered)))
        rows.append((*row[:5], inside, degrees(float(np.mean(plain)) if plain else float("nan"))))
    rows.append(_errors("live angle, held against the final one", (r.live_apart_deg for r in readings)))
    return [row for row in rows if row]


def _errors(label: str, errors: Iterable[float | None]) -> tuple[str, ...]:
    e = np.array([x for x in errors if x is not None])
    if not len(e):
        return ()
    size = np.abs(e)
    return (label, str(len(e)), degrees(size.mean()), degrees(size.max()), degrees(e.mean(), sign=True), "–", "–")


def hold_by_hold(run: Run) -> str:
    """Every hold with its error, then invented movements and what could not be measured."""
    rows = [
        (
            f"{r.clip} {r.movement} {r.at_s:.1f} s", degrees(r.truth_deg), degrees(r.error_deg, sign=True),
            "–" if r.half_width_deg is None else f"±{r.half_width_deg:.1f}°", percent(r.seen),
            "–" if r.plain_deg is None else degrees(r.plain_deg - r.truth_deg, sign=True), r.outcome,
            ",".join(r.reasons),
        )
        for clip in run.clips
        for r in clip.readings
    ]  # fmt: skip
    heads = ("hold", "truth", "error", "interval", "valid", "plain", "outcome", "reasons")
    lines = [titled("Hold by hold", table(heads, rows, markdown=False), markdown=False)]
    lines += [f"invented: {what}" for clip in run.clips for what in clip.invented]
    lines += [
        f"{clip.clip}: taken for {clip.test_found}, was {clip.test}"
        for clip in run.clips
        if clip.test_found not in (None, clip.test)
    ]
    lines += [f"{clip.clip}: {clip.failure}" for clip in run.clips if clip.failure]
    return "\n".join(lines)


def summary_line(run: Run) -> str:
    """Counts other than angles."""
    readings = [r for clip in run.clips for r in clip.readings]
    outcomes = {what: sum(r.outcome == what for r in readings) for what in ("missed", "rejected")}
    invented = sum(len(clip.invented) for clip in run.clips)
    wrong = sum(clip.test_found not in (None, clip.test) for clip in run.clips)
    return (
        f"\n{len(run.clips)} clips, {len(readings)} holds: {outcomes['missed']} missed, "
        f"{outcomes['rejected']} rejected, {invented} movements invented, {wrong} tests taken for another."
    )


def changes(run: Run, before: Run) -> str:
    """Holds whose error or outcome changed since another run, largest change first."""
    earlier = {(r.clip, r.at_s): r for clip in before.clips for r in clip.readings}
    rows: list[tuple[float, tuple[str, ...]]] = []
    for r in (r for clip in run.clips for r in clip.readings):
        old = earlier.get((r.clip, r.at_s))
        if old is None:
            continue
        growth = abs(r.error_deg) - abs(old.error_deg)
        if r.outcome != old.outcome or abs(growth) >= 0.1:
            errors = [degrees(x.error_deg, sign=True) if x.outcome == "measured" else x.outcome for x in (old, r)]
            rows.append(
                (abs(growth) if np.isfinite(growth) else 99.0, (f"{r.clip} {r.movement} {r.at_s:.1f} s", *errors))
            )
    rows.sort(key=lambda row: -row[0])
    body = table(("hold", "error before", "error now"), [row for _, row in rows], markdown=False)
    return titled("Changed since", body if rows else "nothing", markdown=False)


# --- files and command line


def save(value: Any, path: Path) -> None:
    """Write a run (or any dataclass) as JSON; NaN becomes null."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(TypeAdapter(type(value)).dump_json(value, indent=1))


def read_run(path: Path) -> Run:
    """An earlier run."""
    return TypeAdapter(Run).validate_json(path.read_bytes())


def main() -> None:
    """Measure, count, write and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="NAME", help="only clips with one of these in their name"
    )
    parser.add_argument("--lens", choices=clips.LENSES, default="true", help="the lens given to the measurement")
    parser.add_argument(
        "--jobs", type=int, default=min(2, os.cpu_count() or 1), help="processes (default: %(default)s)"
    )
    parser.add_argument("--no-plain", action="store_true", help="skip the baseline: faster")
    parser.add_argument("--out", type=Path, help="where to write the run (default: benchmarks/out/accuracy-LENS.json)")
    parser.add_argument("--from", dest="earlier", type=Path, metavar="FILE", help="measure nothing, print this run")
    parser.add_argument("--against", type=Path, metavar="FILE", help="a run to compare with")
    parser.add_argument("--markdown", action="store_true", help="print only the tables, as Markdown")
    args = parser.parse_args()
    before = read_run(args.against) if args.against else None

    if args.earlier:
        run = read_run(args.earlier)
    else:
        folders, missing = clips.clip_folders(args.folders)
        print(*missing, sep="\n", end="\n" * bool(missing), file=sys.stderr)
        videos = [v for v in clips.find_clips(folders) if not args.only or any(name in str(v) for name in args.only)]
        if not videos:
            sys.exit("There are no clips with truth to measure.")
        work = partial(measure_clip, lens=args.lens, plain=not args.no_plain)
        scores = in_processes(work, videos, args.jobs, lambda v: f"{v.parent.name}/{v.stem}")
        run = Run(__version__, args.lens, tuple(scores))
        path = args.out or OUT / f"accuracy-{args.lens.replace('%', '')}.json"
        save(run, path)
        print(f"written: {path}", file=sys.stderr)
    print(tables(run, args.markdown))
    print(summary_line(run))
    if not args.markdown:
        print(hold_by_hold(run))
        if before:
            print(changes(run, before))


if __name__ == "__main__":
    main()

"""The same movement filmed otherwise: how far a hold's angle depends on the footage around it and on its pictures.

    python benchmarks/invariance.py [CLIP.mp4 ...] [--lens true] [--jobs 2] [--markdown]

Each clip, with its truth beside it, is measured as it is and with

    begun late       half of the first rest is cut off
    ended early      what follows the last hold is cut off after a second
    one trial        everything after the first hold to each side is cut off
    reversed         played backwards
    mirrored         left is right
    half the rate    every second picture
    encoded again    H.264 at quality 28
    smaller          0.8 of the size

What changes is counted against the clip as it is: a hold's angle, left and right swapped where the picture was
mirrored. `inside` is the share of changes smaller than the hold's own half-width; `spread` is the range of a hold's
angles over all variants.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from accuracy import in_processes, save
from assumption_rows import CRF, Picture, pictures
from clips import OUT, SAMPLES, Clip, Hold, find_clips, lens_given, read_clip
from mannequin_clips import write
from tables import degrees, percent, table, titled

from romcheck import __version__
from romcheck.errors import RomcheckError
from romcheck.geometry.intrinsics import Lens
from romcheck.measure import measure
from romcheck.results import MovementName

VARIANTS = OUT / "invariance"
AFTER_S = 1.0
"""Kept after the last hold where the end is cut off."""
OTHER_SIDE = {"left": "right", "right": "left"}


@dataclass(frozen=True)
class Cut:
    """Which pictures of a clip a variant keeps, in which order, and what is done to each."""

    frames: Callable[[Clip, int], range]
    touch: Callable[[Picture], Picture] = lambda picture: picture
    crf: int = CRF
    scale: float = 1.0
    swaps: bool = False


def _last(clip: Clip, of: Sequence[Hold], frames: int) -> int:
    return min(frames, round((max(h.end_s for h in of) + AFTER_S) * clip.fps))


def _first_of_each(clip: Clip) -> list[Hold]:
    return [next(h for h in clip.holds if h.movement == name) for name in dict.fromkeys(h.movement for h in clip.holds)]


def _smaller(picture: Picture) -> Picture:
    height, width = (2 * round(0.4 * n) for n in picture.shape[:2])
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


CUTS = {
    "begun late": Cut(lambda clip, n: range(round((clip.start_s + clip.end_s) / 2 * clip.fps), n)),
    "ended early": Cut(lambda clip, n: range(_last(clip, clip.holds, n))),
    "one trial": Cut(lambda clip, n: range(_last(clip, _first_of_each(clip), n))),
    "reversed": Cut(lambda _, n: range(n - 1, -1, -1)),
    "mirrored": Cut(lambda _, n: range(n), lambda picture: np.ascontiguousarray(picture[:, ::-1]), swaps=True),
    "half the rate": Cut(lambda _, n: range(0, n, 2)),
    "encoded again": Cut(lambda _, n: range(n), crf=28),
    "smaller": Cut(lambda _, n: range(n), _smaller, scale=0.8),
}


@dataclass(frozen=True)
class Angle:
    """Angle of one hold under one variant, NaN where it was not measured; half-width and quality as stated."""

    clip: str
    hold: str
    variant: str
    angle_deg: float
    half_width_deg: float
    quality: str


@dataclass(frozen=True)
class InvarianceRun:
    """One run, as it is written to a file."""

    romcheck: str
    lens: str
    angles: tuple[Angle, ...]


@dataclass(frozen=True)
class Job:
    """A clip and a variant; none: as it is."""

    path: Path
    lens: str
    variant: str | None


def run(job: Job) -> list[Angle]:
    """Angles of a clip's holds under one variant."""
    clip = read_clip(job.path)
    video, lens, holds = job.path, lens_given(clip, job.lens), [(h, h.movement, h.start_s, h.end_s) for h in clip.holds]
    if job.variant is not None:
        cut = CUTS[job.variant]
        video, lens, holds = _made(job, clip, cut, lens)
    try:
        movements = list(measure(video, camera=lens, test=clip.test).result.movements)
    except RomcheckError:
        movements = []
    angles = []
    for hold, movement, start_s, end_s in holds:
        found = next((m for m in movements if m.movement == movement and m.start_s < end_s and m.end_s > start_s), None)
        angle = found and found.angle_deg
        angles.append(
            Angle(
                clip.name,
                f"{hold.movement} at {hold.start_s:.1f} s",
                job.variant or "as it is",
                float("nan") if angle is None else angle,
                float("nan") if found is None or found.uncertainty_deg is None else found.uncertainty_deg,
                "missed" if found is None else found.quality,
            )
        )
    return angles


Placed = tuple[Hold, MovementName, float, float]
"""A hold of the clip, and its movement, start and end in a variant."""


def _made(job: Job, clip: Clip, cut: Cut, lens: Lens) -> tuple[Path, Lens, list[Placed]]:
    """The variant's video, made unless it is there, its lens, and the holds that it shows."""
    shown = list(pictures(job.path))
    kept = cut.frames(clip, len(shown))
    fps = clip.fps / abs(kept.step)
    VARIANTS.mkdir(parents=True, exist_ok=True)
    to = VARIANTS / f"{clip.name.replace('/', '_')}_{str(job.variant).replace(' ', '_')}.mp4"
    write(to, (cut.touch(shown[i]) for i in kept), fps, cut.crf)
    placed: list[Placed] = []
    for hold in clip.holds:
        ends = sorted((t * clip.fps - kept.start) / kept.step / fps for t in (hold.start_s, hold.end_s))
        if ends[0] < 0 or ends[1] > len(kept) / fps:
            continue
        movement: Any = hold.movement
        side = movement.rsplit("_", 1)[-1]
        if cut.swaps and side in OTHER_SIDE:
            movement = movement.replace(side, OTHER_SIDE[side])
        placed.append((hold, movement, *ends))
    if cut.swaps:
        lens = replace(lens, cx=lens.width - 1 - lens.cx)
    return to, lens.scaled(cut.scale), placed


# --- telling


def tables(done: InvarianceRun, markdown: bool) -> str:
    """A line a variant, and the spread of holds over all variants."""
    base = {(a.clip, a.hold): a for a in done.angles if a.variant == "as it is"}
    lines = []
    for variant in CUTS:
        pairs = [(base[a.clip, a.hold], a) for a in done.angles if a.variant == variant]
        both = [
            (b, a)
            for b, a in pairs
            if not np.isnan(b.angle_deg + a.angle_deg) and "rejected" not in (b.quality, a.quality)
        ]
        change = np.array([a.angle_deg - b.angle_deg for b, a in both] or [np.nan])
        inside = float(np.mean([abs(a.angle_deg - b.angle_deg) <= b.half_width_deg for b, a in both] or [np.nan]))
        lost = sum(a.quality in ("missed", "rejected") and b.quality not in ("missed", "rejected") for b, a in pairs)
        lines.append((
            variant, str(len(both)), degrees(float(np.abs(change).mean())), degrees(float(np.abs(change).max())),
            degrees(float(change.mean()), sign=True), percent(inside), str(lost),
        ))  # fmt: skip
    heads = ("", "holds", "mean change", "worst", "bias", "inside", "lost")
    spreads = list(_spreads(done))
    said = (
        f"spread of a hold over all variants: median {degrees(float(np.median(spreads)))}, "
        f"worst {degrees(max(spreads))}, {len(spreads)} holds"
        if spreads
        else "no hold was measured"
    )
    return (
        titled(f"The same movement filmed otherwise, lens: {done.lens}", table(heads, lines, markdown), markdown)
        + f"\n\n{said}"
    )


def _spreads(done: InvarianceRun) -> Iterator[float]:
    for key in dict.fromkeys((a.clip, a.hold) for a in done.angles):
        of = [a.angle_deg for a in done.angles if (a.clip, a.hold) == key and a.quality in ("good", "usable")]
        of = [angle for angle in of if not np.isnan(angle)]
        if len(of) > 1:
            yield max(of) - min(of)


def main() -> int:
    """Make the variants, measure them and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="*", type=Path, metavar="CLIP.mp4", help="default: the sample videos")
    parser.add_argument("--lens", choices=("true", "assumed"), default="true")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="processes")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    args = parser.parse_args()
    paths = args.clips or find_clips([SAMPLES])
    jobs = [Job(path, args.lens, variant) for path in paths for variant in (None, *CUTS)]
    found = in_processes(run, jobs, args.jobs, lambda job: f"{job.path.stem}: {job.variant or 'as it is'}")
    done = InvarianceRun(__version__, args.lens, tuple(angle for angles in found for angle in angles))
    save(done, OUT / "invariance.json")
    print(tables(done, args.markdown))
    return 0


if __name__ == "__main__":
    sys.exit(main())

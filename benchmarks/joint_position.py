"""Joint position error of recordings whose truth is known: error, interval and coverage, return by return.

Recordings come from `repositionings.py`; the kind of head is the first word of their name. Results are kept in
benchmarks/out.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from clips import OUT, find_clips, lens_of
from tables import degrees, percent, table, titled

from romcheck.geometry.intrinsics import Lens
from romcheck.measure import measure
from romcheck.motion.rotations import anatomical, mean_rotation, relative


@dataclass(frozen=True)
class Read:
    """One return: its true error, the measured one (None: not found), its half-width and quality."""

    clip: str
    kind: str
    truth_deg: float
    error_deg: float | None
    half_width_deg: float | None
    quality: str


def read_clip(video: Path, which: str) -> list[Read]:
    """Every return of one recording; the truth is the median over each rest, relative to the mean of the first one.

    It is of the head in the room, as a laser on the head shows it: that is what the test measures.
    """
    truth = json.loads(video.with_suffix(".json").read_text("utf-8"))
    head, fps = np.array(truth["head_to_camera"]), truth["fps"]
    spans = [(h["name"], round(h["start_s"] * fps), round(h["end_s"] * fps)) for h in truth["holds"]]
    start = mean_rotation(head[spans[0][1] : spans[0][2]])
    lens = lens_of(truth) if which == "true" else Lens.assumed(*truth["size"])
    movements = measure(video, test="joint-position", camera=lens).result.movements
    found = []
    for name, first, last in spans[1:]:
        side = 1 if name.endswith("left") else -1
        true = -side * float(np.median(anatomical(relative(start, head[first:last])).rotation))
        middle = (first + last) / 2 / fps
        near = [
            m
            for m in movements
            if m.hold_start_s is not None
            and m.hold_end_s is not None
            and m.hold_start_s <= middle <= m.hold_end_s + 0.5
        ]
        one = near[0] if near else None
        found.append(
            Read(
                video.stem,
                video.stem.split("_")[0],
                true,
                one.error_deg if one else None,
                one.uncertainty_deg if one else None,
                one.quality if one else "none",
            )
        )
    return found


def row(kind: str, found: list[Read]) -> list[str]:
    """One line of the table."""
    read = [r for r in found if r.error_deg is not None and r.half_width_deg is not None]
    off = np.array([(r.error_deg or 0.0) - r.truth_deg for r in read])
    half = np.array([r.half_width_deg or 0.0 for r in read])
    return [
        kind,
        str(len(found)),
        str(len(found) - len(read)),
        str(sum(r.quality == "rejected" for r in found)),
        degrees(float(np.mean(np.abs(off)))),
        degrees(float(np.max(np.abs(off)))),
        degrees(float(np.mean(off)), sign=True),
        percent(float(np.mean(np.abs(off) <= half))),
        degrees(float(np.mean(half))),
        str(len({r.clip for r in found})),
    ]


def main() -> None:
    """Measure all recordings in the folders and print the table."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("folder", type=Path, nargs="+")
    ask.add_argument("--lens", choices=("true", "assumed"), default="true")
    ask.add_argument("--markdown", action="store_true")
    given = ask.parse_args()
    kept = OUT / f"joint_position_{given.lens}.json"
    kept.parent.mkdir(exist_ok=True)
    before = [Read(**r) for r in json.loads(kept.read_text("utf-8"))] if kept.exists() else []
    found: list[Read] = []
    for video in find_clips(given.folder):
        of = [r for r in before if r.clip == video.stem] or read_clip(video, given.lens)
        found += of
        kept.write_text(json.dumps([asdict(r) for r in found], indent=1), "utf-8")
        print(video.stem, *(f"{r.truth_deg:+.1f}:{'-' if r.error_deg is None else f'{r.error_deg:+.1f}'}" for r in of))
    heads = [
        "heads",
        "returns",
        "not found",
        "rejected",
        "mean error",
        "worst",
        "bias",
        "inside",
        "half-width",
        "clips",
    ]
    rows = [row(kind, of) for kind in ("plaster", "living") if (of := [r for r in found if r.kind == kind])]
    print(titled(f"Joint position error, lens {given.lens}", table(heads, rows, given.markdown), given.markdown))


if __name__ == "__main__":
    main()

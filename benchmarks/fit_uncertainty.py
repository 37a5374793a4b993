"""Fit the factors of the uncertainty of head and trunk on clips whose truth is known.

    python benchmarks/fit_uncertainty.py FOLDER [FOLDER ...] [--jobs 2] [--markdown]

A folder holds clips of one head: NAME.mp4 and NAME.json (the truth). The error of a hold is the angle by which the head
has turned since the starting position, minus the true one; the trunk is left out of both. The trunk's error is that of
its own turn about the axis of the head's, where it goes into the angle. The factors are the maximum likelihood
estimates, with errors normally distributed with the stated uncertainty. The tables show the factors without each folder
in turn, and how well its held-out holds agree with them. `--from FILE` fits an earlier run.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import clips
import numpy as np
from accuracy import in_processes
from clips import OUT
from scipy.optimize import minimize
from scipy.spatial.transform import Rotation
from scipy.stats import norm
from tables import degrees, percent, table, titled

from romcheck.arrays import Bools, Floats
from romcheck.errors import RomcheckError
from romcheck.geometry.camera_file import lens_at
from romcheck.measure import measure_recording
from romcheck.motion.track import MotionTrack
from romcheck.person.observer import Observer
from romcheck.person.settings import PERSON
from romcheck.results import UNSURE_DEG
from romcheck.sources.video import VideoFile

UNCERTAINTY = PERSON.uncertainty
Z_95 = float(norm.ppf(0.975))
FOCAL_SD = clips.FOCAL_SD["calibrated"]

Body = Literal["head", "trunk"]
FACTORS: dict[Body, dict[str, float]] = {
    "head": {
        "fit": UNCERTAINTY.fit_factor,
        "clusters": UNCERTAINTY.cluster_factor,
        "turn": UNCERTAINTY.turn_scale,
    },
    "trunk": {
        "fit": UNCERTAINTY.trunk_fit_factor,
        "floor": UNCERTAINTY.trunk_floor_deg,
        "turn": UNCERTAINTY.trunk_scale,
    },
}
"""What is fitted, and its value in use: factors on components of the uncertainty; the floor is one on 1 degree."""


@dataclass(frozen=True)
class Hold:
    """One hold of one body, all degrees.

    Attributes
    ----------
    error_deg : of its turn
    parts_deg : components of its uncertainty, one for each factor; the head's about the axis of its turn
    fixed_deg : the component that has no factor here: the head's from the lens, the trunk's from its halves
    stated_deg : its stated uncertainty about all axes, which also includes components left out here
    """

    body: Body
    folder: str
    clip: str
    name: str
    error_deg: float
    parts_deg: tuple[float, ...]
    fixed_deg: float
    stated_deg: float


def holds_of(video: Path) -> list[Hold]:
    """Holds of a clip in which the head was tracked by its features."""
    clip = clips.read_clip(video)
    truth: dict[str, Any] = json.loads(video.with_suffix(".json").read_text("utf-8"))
    seen: dict[str, Any] = {}
    try:
        with VideoFile(video) as opened:
            lens = lens_at(clip.lens, opened.width, opened.height)
            track = measure_recording(opened, lens, seen=lambda _, observer: seen.update(by=observer)).track
    except RomcheckError as error:
        print(f"{clip.name}: {error}", file=sys.stderr)
        return []
    observer: Observer = seen["by"]
    true = np.array(truth["head_to_camera"])
    true_trunk = true @ np.array(truth["head_to_trunk"]).swapaxes(1, 2)
    frame = np.round(track.time_s * clip.fps).astype(int).clip(0, len(true) - 1)
    rest = track.valid & (track.time_s >= clip.start_s) & (track.time_s < clip.end_s)
    found = []
    for hold in clip.holds:
        held = track.valid & (track.time_s >= hold.start_s) & (track.time_s < hold.end_s)
        if not rest.any() or not held.any():
            continue
        axis = _turn(track.head[rest], track.head[held])
        axis /= np.linalg.norm(axis)
        about = video.parent.name, clip.name, hold.movement
        error = _turn_deg(track.head[rest], track.head[held]) - _turn_deg(true[frame[rest]], true[frame[held]])
        found.append(Hold("head", *about, error, *_head_parts(observer, track, rest, held, axis)))
        trunk_rest, trunk_held = rest & track.trunk_valid, held & track.trunk_valid
        if trunk_rest.any() and trunk_held.any():
            read = _turn(track.trunk[trunk_rest], track.trunk[trunk_held])
            turned = _turn(true_trunk[frame[trunk_rest]], true_trunk[frame[trunk_held]])
            error = float(np.degrees(read - turned) @ axis)
            found.append(Hold("trunk", *about, error, *_trunk_parts(observer, track, trunk_held)))
    return found


def _head_parts(
    observer: Observer, track: MotionTrack, rest: Bools, held: Bools, axis: Floats
) -> tuple[tuple[float, ...], float, float]:
    parts = observer.uncertainty
    assert parts is not None
    cluster, turn = (
        float(np.linalg.norm((of[held].mean(0) - of[rest].mean(0)) @ axis))
        for of in (parts.clusters_deg, parts.turn_deg[:, None])
    )
    fit = float(np.median(np.linalg.norm(parts.fit_deg[held] @ axis, axis=1)))
    return (fit, cluster, turn), UNCERTAINTY.lens_scale * FOCAL_SD * turn, float(np.median(track.head_sigma_deg[held]))


def _trunk_parts(observer: Observer, track: MotionTrack, held: Bools) -> tuple[tuple[float, ...], float, float]:
    parts = observer.trunk_uncertainty
    assert parts is not None
    fit, turn, doubt, stated = (
        float(np.median(of[held])) for of in (parts.fit_deg, parts.turn_deg, parts.doubt_deg, track.trunk_sigma_deg)
    )
    return (fit, 1.0, turn), doubt, stated


def _turn_deg(before: Floats, after: Floats) -> float:
    return float(np.degrees(np.linalg.norm(_turn(before, after))))


def _turn(before: Floats, after: Floats) -> Floats:
    """(3,) rotation vector in camera axes between the means of two sets of orientations."""
    mean = [Rotation.from_matrix(R).mean() for R in (before, after)]
    return np.asarray((mean[1] * mean[0].inv()).as_rotvec(), np.float64)


def sigma_deg(holds: Sequence[Hold], factors: Sequence[float] | Floats) -> Floats:
    """(n,) standard uncertainty of each hold, given the factor on each of its components."""
    parts, fixed = np.array([h.parts_deg for h in holds]), np.array([h.fixed_deg for h in holds])
    return np.asarray(np.sqrt(((parts * factors) ** 2).sum(1) + fixed**2), np.float64)


def fit(holds: Sequence[Hold]) -> Floats:
    """(k,) maximum likelihood factors."""
    error = np.array([h.error_deg for h in holds])

    def unlikely(factors: Floats) -> float:
        sigma = sigma_deg(holds, factors)
        return float(np.sum(np.log(sigma) + (error / sigma) ** 2 / 2))

    return np.abs(minimize(unlikely, [*FACTORS[holds[0].body].values()], method="Nelder-Mead").x)


def rows(holds: Sequence[Hold]) -> list[tuple[str, ...]]:
    """A row for all holds with the factors in use, one for all with those found, and one for each folder left out."""
    folders = sorted({h.folder for h in holds})
    split = [("all", holds, holds)]
    if len(folders) > 1:
        split += [
            (f"without {f}: its holds", [h for h in holds if h.folder != f], [h for h in holds if h.folder == f])
            for f in folders
        ]
    used = np.array([*FACTORS[holds[0].body].values()])
    return [_row("in use", holds, used), *(_row(name, judged, fit(seen)) for name, seen, judged in split)]


def _row(name: str, judged: Sequence[Hold], factors: Floats) -> tuple[str, ...]:
    error, sigma = np.array([h.error_deg for h in judged]), sigma_deg(judged, factors)
    *first, turn_scale = factors
    return (
        name,
        str(len(judged)),
        *(f"{factor:.2f}" for factor in first),
        f"{100 * turn_scale:.1f} %",
        degrees(float(np.abs(error).mean())),
        degrees(float(np.abs(error).max())),
        percent(float(np.mean(np.abs(error) <= Z_95 * sigma))),
        degrees(float(np.median(Z_95 * sigma))),
    )


def main() -> None:
    """Measure, fit and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="processes")
    parser.add_argument("--from", dest="earlier", type=Path, metavar="FILE", help="measure nothing, fit this run")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    args = parser.parse_args()
    if args.earlier:
        holds = [Hold(**h | {"parts_deg": tuple(h["parts_deg"])}) for h in json.loads(args.earlier.read_text("utf-8"))]
    else:
        folders, missing = clips.clip_folders(args.folders)
        print(*missing, sep="\n", end="\n" * bool(missing), file=sys.stderr)
        videos = clips.find_clips(folders)
        if not videos:
            sys.exit("There are no clips with truth to measure.")
        found = in_processes(holds_of, videos, args.jobs, lambda v: f"{v.parent.name}/{v.stem}")
        holds = [h for clip in found for h in clip]
        OUT.mkdir(parents=True, exist_ok=True)
        (OUT / "fit_uncertainty.json").write_text(json.dumps([asdict(h) for h in holds], indent=1), "utf-8")
    # In holds too uncertain to be shown the body was lost; their errors say nothing about the factors.
    sure = [h for h in holds if Z_95 * h.stated_deg <= UNSURE_DEG]
    for body, factors in FACTORS.items():
        of_body = [h for h in sure if h.body == body]
        if of_body:
            heads = ("", "holds", *factors, "mean error", "worst", "in 95 % interval", "half-width")
            title = f"Factors of the {body}'s uncertainty"
            print(titled(title, table(heads, rows(of_body), args.markdown), args.markdown))
    print(f"\nLeft out as too uncertain: {len(holds) - len(sure)} holds.")


if __name__ == "__main__":
    main()

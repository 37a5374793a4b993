"""Fit the factors of the head's uncertainty on clips whose truth is known.

    python benchmarks/fit_uncertainty.py FOLDER [FOLDER ...] [--jobs 2] [--markdown]

A folder holds clips of one head: NAME.mp4 and NAME.json (the truth). The error of a hold is the angle by which the head
has turned since the starting position, minus the true one; the trunk is left out of both. The factors are the maximum
likelihood estimates, with errors normally distributed with the stated uncertainty. The table shows the factors without
each folder in turn, and how well its held-out holds agree with them. `--from FILE` fits an earlier run.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import clips
import numpy as np
from accuracy import in_processes
from clips import OUT
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.spatial.transform import Rotation
from scipy.stats import norm
from tables import degrees, percent, table, titled

from romcheck.errors import RomcheckError
from romcheck.geometry.camera_file import lens_at
from romcheck.measure import measure_recording
from romcheck.person.settings import PERSON
from romcheck.results import UNSURE_DEG
from romcheck.sources.video import VideoFile

START = (PERSON.uncertainty.fit_factor, PERSON.uncertainty.cluster_factor, PERSON.uncertainty.turn_scale)
Z_95 = float(norm.ppf(0.975))
FOCAL_SD = clips.FOCAL_SD["calibrated"]


@dataclass(frozen=True)
class Hold:
    """One hold: its error, the components of its uncertainty about the axis of the turn, and the stated uncertainty
    about all axes, which also includes components without a fitted factor; all degrees.
    """

    folder: str
    clip: str
    name: str
    error_deg: float
    fit_deg: float
    cluster_deg: float
    turn_deg: float
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
    parts = seen["by"].uncertainty
    true = np.array(truth["head_to_camera"])
    frame = np.round(track.time_s * clip.fps).astype(int).clip(0, len(true) - 1)
    rest = track.valid & (track.time_s >= clip.start_s) & (track.time_s < clip.end_s)
    found = []
    for hold in clip.holds:
        held = track.valid & (track.time_s >= hold.start_s) & (track.time_s < hold.end_s)
        if not rest.any() or not held.any():
            continue
        error = _turn_deg(track.head[rest], track.head[held]) - _turn_deg(true[frame[rest]], true[frame[held]])
        axis = _turn(track.head[rest], track.head[held])
        axis /= np.linalg.norm(axis)
        cluster, turn = (
            float(np.linalg.norm((of[held].mean(0) - of[rest].mean(0)) @ axis))
            for of in (parts.clusters_deg, parts.turn_deg[:, None])
        )
        fit = float(np.median(np.linalg.norm(parts.fit_deg[held] @ axis, axis=1)))
        stated = float(np.median(track.head_sigma_deg[held]))
        found.append(Hold(video.parent.name, clip.name, hold.movement, error, fit, cluster, turn, stated))
    return found


def _turn_deg(before: NDArray[np.float64], after: NDArray[np.float64]) -> float:
    return float(np.degrees(np.linalg.norm(_turn(before, after))))


def _turn(before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3,) rotation vector in camera axes between the means of two sets of orientations."""
    mean = [Rotation.from_matrix(R).mean() for R in (before, after)]
    return np.asarray((mean[1] * mean[0].inv()).as_rotvec(), np.float64)


def sigma_deg(holds: Sequence[Hold], factors: Sequence[float]) -> NDArray[np.float64]:
    """(n,) standard uncertainty of each hold, given the factors of clusters and of rotation."""
    fit, cluster, turn = np.array([[h.fit_deg, h.cluster_deg, h.turn_deg] for h in holds]).T
    lens = PERSON.uncertainty.lens_scale * FOCAL_SD
    return np.asarray(
        np.sqrt((factors[0] * fit) ** 2 + (factors[1] * cluster) ** 2 + (factors[2] ** 2 + lens**2) * turn**2),
        np.float64,
    )


def fit(holds: Sequence[Hold]) -> NDArray[np.float64]:
    """(3,) maximum likelihood factors of the fit, of clusters and of rotation."""
    error = np.array([h.error_deg for h in holds])

    def unlikely(factors: NDArray[np.float64]) -> float:
        sigma = sigma_deg(holds, factors)
        return float(np.sum(np.log(sigma) + (error / sigma) ** 2 / 2))

    return np.abs(minimize(unlikely, START, method="Nelder-Mead").x)


def rows(holds: Sequence[Hold]) -> list[tuple[str, ...]]:
    """A row for all holds and one for each folder left out."""
    folders = sorted({h.folder for h in holds})
    split = [("all", holds, holds)]
    if len(folders) > 1:
        split += [(f, [h for h in holds if h.folder != f], [h for h in holds if h.folder == f]) for f in folders]
    out = []
    for name, seen, judged in split:
        factors = fit(seen)
        error, sigma = np.array([h.error_deg for h in judged]), sigma_deg(judged, factors)
        fit_factor, cluster_factor, turn_scale = (*factors,)
        out.append((
            name if name == "all" else f"without {name}: its holds", str(len(judged)), f"{fit_factor:.2f}",
            f"{cluster_factor:.2f}", f"{100 * turn_scale:.1f} %", degrees(float(np.abs(error).mean())),
            degrees(float(np.abs(error).max())), percent(float(np.mean(np.abs(error) <= Z_95 * sigma))),
            degrees(float(np.median(Z_95 * sigma))),
        ))  # fmt: skip
    return out


def main() -> None:
    """Measure, fit and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="processes")
    parser.add_argument("--from", dest="earlier", type=Path, metavar="FILE", help="measure nothing, fit this run")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    args = parser.parse_args()
    if args.earlier:
        holds = [Hold(**h) for h in json.loads(args.earlier.read_text("utf-8"))]
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
    # In holds too uncertain to be shown the head was lost; their errors say nothing about the factors.
    sure = [h for h in holds if Z_95 * h.stated_deg <= UNSURE_DEG]
    heads = ("", "holds", "fit", "clusters", "turn", "mean error", "worst", "in 95 % interval", "half-width")
    print(titled("Factors of the head's uncertainty", table(heads, rows(sure), args.markdown), args.markdown))
    in_use = f"{START[0]:g}, {START[1]:g} and {100 * START[2]:g} %"
    print(f"\nIn use: {in_use}. Left out as too uncertain: {len(holds) - len(sure)} holds.")


if __name__ == "__main__":
    main()

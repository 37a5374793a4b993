"""Sensitivity: how the error at the holds depends on distance, lens, frame rate, pixels, picture quality, what is worn.

    python benchmarks/sensitivity.py [CLIP.mp4 ...] [--factors noise lens ...] [--persons 0 1] [--kinds rotation frt]

Each condition changes one thing of a short clip, a turn to each side: of the mannequin of the sample videos, rendered
for the purpose (kept in benchmarks/out/drawn), or of the clips named, cut after one hold to each side and degraded.
Conditions that need rendering (distance, 60 frames/s, more pixels, light, glasses, hands, mask) are skipped for those.
The factor `still` renders heads that keep still while their face moves: no movement must be found.
All scores go to benchmarks/out/sensitivity.json.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import clips
import numpy as np
from accuracy import in_processes, save
from clips import OUT, Clip, read_clip
from degrading import Degradation, after_one_a_side, applicable, degrade
from mannequin_clips import GRIMACES, Scene, draw, draw_still
from scipy.ndimage import median_filter
from scipy.spatial.transform import Rotation
from scoring import ClipScore, count, nothing_measured, score
from tables import degrees, percent, table, titled

from romcheck import __version__
from romcheck.errors import RomcheckError
from romcheck.geometry.intrinsics import Lens
from romcheck.measure import measure, measure_recording
from romcheck.motion.rotations import anatomical, relative
from romcheck.motion.track import MotionTrack
from romcheck.person.observer import Observer
from romcheck.sources.video import VideoFile

USUAL_NOISE = 1.6
"""Sensor noise of a rendered clip unless noise is the factor, grey levels; recorded clips have their own."""


@dataclass(frozen=True)
class Condition:
    """One level of one factor: the scene rendered for it (None: the usual one), the degradation, the lens given."""

    factor: str
    level: str
    scene: dict[str, Any] | None = None
    degradation: Degradation = field(default_factory=Degradation)
    lens: str = "true"


LARGE = {"size": (1920, 1440)}
CONDITIONS = (
    Condition("usual", "0.6 m, 60°, 30 frames/s, 640 px"),
    *(Condition("distance", f"{d:.1f} m", {"distance_m": d}) for d in (0.4, 0.8, 1.0, 1.2)),
    Condition("lens", "assumed", lens="assumed"),
    Condition("lens", "field of view stated 15 % too wide", lens="fov+15%"),
    Condition("lens", "field of view stated 15 % too narrow", lens="fov-15%"),
    *(
        Condition("unknown lens", f"{fov}° at {d:.2f} m", {"fov_deg": float(fov), "distance_m": d}, lens="assumed")
        for fov, d in ((60, 0.60), (75, 0.55), (84, 0.50), (95, 0.45))
    ),
    Condition("frame rate", "15 frames/s", degradation=Degradation(fps=15)),
    Condition("frame rate", "60 frames/s", {"fps": 60}),
    Condition("pixels", "320 across", degradation=Degradation(width_px=320)),
    Condition("pixels", "1280 across", LARGE, Degradation(width_px=1280)),
    Condition("pixels", "1920 across", LARGE),
    *(Condition("noise", f"{n} grey levels", degradation=Degradation(noise=n)) for n in (4, 8, 15)),
    *(Condition("blur", f"{b} px", degradation=Degradation(blur_px=b)) for b in (1, 2, 3)),
    *(Condition("JPEG", f"quality {q}", degradation=Degradation(jpeg=q)) for q in (70, 40, 20)),
    Condition("light", "from one side", {"side_light": True}),
    Condition("worn", "glasses", {"glasses": True}),
    Condition("worn", "hands at the cheeks", {"hands": True}),
    Condition("worn", "mask over mouth and nose", {"mask": True}),
)
STILL = "still"
FACTORS = (*dict.fromkeys(c.factor for c in CONDITIONS), STILL)


@dataclass(frozen=True)
class Trial:
    """One condition applied to one clip."""

    condition: Condition
    source: Path
    drawn: bool


@dataclass(frozen=True)
class StillHead:
    """What was found for a head that kept still. ``drift_deg`` is None if the face was not tracked."""

    expression: str
    person: int
    movements: int
    drift_deg: float | None


@dataclass(frozen=True)
class SensitivityRun:
    """One run of the benchmark, as it is written to a file."""

    romcheck: str
    conditions: tuple[tuple[str, str, ClipScore], ...]
    still: tuple[StillHead, ...]


def measure_trial(trial: Trial) -> ClipScore:
    """Make the clip of a trial, measure it, and compare it with the truth."""
    how = trial.condition.degradation
    if trial.drawn and not how.noise:
        how = replace(how, noise=USUAL_NOISE)
    with tempfile.TemporaryDirectory() as folder:
        until = float("inf") if trial.drawn else after_one_a_side(read_clip(trial.source))
        video = degrade(trial.source, how, Path(folder) / trial.source.name, until)
        clip = replace(read_clip(video), name=trial.source.stem)
        try:
            found = measure(video, camera=clips.lens_given(clip, trial.condition.lens))
        except RomcheckError as error:
            return nothing_measured(clip, str(error))
        return score(clip, found.result, found.frames, None, 0.0)


def measure_still(head: tuple[str, int]) -> StillHead:
    """Render a still head with a moving face and measure it."""
    expression, person = head
    watching: set[Observer] = set()
    with tempfile.TemporaryDirectory() as folder:
        video = draw_still(expression, person, Path(folder) / "still.mp4")
        with VideoFile(video) as opened:
            lens = Lens.from_fov(opened.width, opened.height, 60)
            try:
                movements = len(measure_recording(opened, lens, seen=lambda _, o: watching.add(o)).result.movements)
            except RomcheckError:  # where nothing moves there is no result
                movements = 0
    return StillHead(expression, person, movements, drift_deg(watching.pop().finish().track) if watching else None)


def drift_deg(track: MotionTrack, first_s: float = 1.0, over_s: float = 0.3) -> float | None:
    """Largest departure of any of the three angles, as a running median, from the mean of the first second; degrees."""
    known = track.valid
    early = known & (track.time_s <= first_s)
    if not early.any():
        return None
    start = Rotation.from_matrix(track.head[early]).mean().as_matrix()
    angles = anatomical(relative(start, track.head[known])).stacked()
    window = max(1, round(over_s / float(np.median(np.diff(track.time_s)))))
    return float(np.abs(median_filter(angles, (window, 1), mode="nearest")).max())


def scenes_and_trials(
    conditions: Sequence[Condition], kinds: Sequence[str], persons: Sequence[int]
) -> tuple[list[Scene], list[Trial]]:
    """Scenes to render, and the trials that use them."""
    trials = []
    scenes: dict[Scene, None] = {}
    for condition in conditions:
        for kind in kinds:
            for person in persons:
                scene = replace(Scene(kind, person), **(condition.scene or {}))
                scenes[scene] = None
                trials.append(Trial(condition, scene.path, True))
    return list(scenes), trials


def trials_of(conditions: Sequence[Condition], videos: Sequence[Path]) -> list[Trial]:
    """Trials of clips that exist already: for the conditions that need neither rendering nor a better clip."""
    read: dict[Path, Clip] = {video: read_clip(video) for video in videos}
    return [
        Trial(condition, video, False)
        for condition in conditions
        for video in videos
        if condition.scene is None and applicable(condition.degradation, read[video])
    ]


def tables(run: SensitivityRun, markdown: bool) -> str:
    """Both tables as text."""
    parts = []
    if run.conditions:
        heads = (
            "factor", "level", "holds", "mean error", "worst", "bias", "in 95 % interval", "half-width", "frames valid",
            "at least", "not measured", "invented",
        )  # fmt: skip
        rows = []
        for factor, level in dict.fromkeys((f, level) for f, level, _ in run.conditions):
            scores = [s for f, named, s in run.conditions if (f, named) == (factor, level)]
            c = count([r for s in scores for r in s.readings])
            invented = sum(len(s.invented) for s in scores)
            rows.append((
                factor, level, str(c.holds), degrees(c.mean_error), degrees(c.worst), degrees(c.bias, sign=True),
                percent(c.coverage), degrees(c.half_width), percent(c.valid), str(c.at_least), str(c.not_measured),
                str(invented),
            ))  # fmt: skip
        parts.append(titled("Sensitivity", table(heads, rows, markdown), markdown))
    if run.still:
        still = [
            (s.expression, str(s.person), str(s.movements), "–" if s.drift_deg is None else degrees(s.drift_deg))
            for s in run.still
        ]
        body = table(("expression", "person", "movements found", "drift"), still, markdown)
        parts.append(titled("Still heads whose face moves", body, markdown))
    return "\n".join(parts)


def main() -> None:
    """Render, degrade, measure, score, write and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="*", type=Path, metavar="CLIP.mp4", help="degrade these, render nothing")
    parser.add_argument("--factors", nargs="+", choices=FACTORS, default=FACTORS)
    parser.add_argument("--kinds", nargs="+", choices=("rotation", "frt"), default=("rotation", "frt"))
    parser.add_argument("--persons", nargs="+", type=int, default=(0,), metavar="SEED", help="0: the sample videos'")
    parser.add_argument(
        "--jobs", type=int, default=min(2, os.cpu_count() or 1), help="processes (default: %(default)s)"
    )
    parser.add_argument("--draw-only", action="store_true", help="render what is needed and stop")
    parser.add_argument("--out", type=Path, default=OUT / "sensitivity.json", help="where to write the run")
    parser.add_argument("--markdown", action="store_true", help="print the tables as Markdown, to paste")
    args = parser.parse_args()
    for video in args.clips:
        if not video.with_suffix(".json").exists():
            parser.error(f"{video} has no truth ({video.stem}.json) beside it")

    conditions = [condition for condition in CONDITIONS if condition.factor in args.factors]
    if args.clips:
        trials = trials_of(conditions, args.clips)
    else:
        scenes, trials = scenes_and_trials(conditions, args.kinds, args.persons)
        in_processes(draw, scenes, args.jobs, lambda scene: f"rendered: {scene}")
    if args.draw_only:
        return
    name = lambda trial: f"{trial.condition.factor}, {trial.condition.level}: {trial.source.stem}"  # noqa: E731
    scores = in_processes(measure_trial, trials, args.jobs, name)
    heads = [(e, person) for e in GRIMACES for person in args.persons] if STILL in args.factors else []
    still = in_processes(measure_still, heads if not args.clips else [], args.jobs, partial(str.format, "still: {}"))
    found = tuple((t.condition.factor, t.condition.level, s) for t, s in zip(trials, scores, strict=True))
    run = SensitivityRun(__version__, found, tuple(still))
    save(run, args.out)
    print(f"written: {args.out}", file=sys.stderr)
    print(tables(run, args.markdown))
    if not args.markdown:
        print(*(f"{factor}, {level}: {s.failure}" for factor, level, s in found if s.failure), sep="\n")


if __name__ == "__main__":
    main()

"""Two checks of one head in one visit: how alike their errors are, and whether the change's interval holds.

    python benchmarks/two_checks.py FOLDER [--lens true|assumed] [--jobs 2] [--markdown]

A folder holds pairs, NAME_1.mp4 and NAME_2.mp4 with their truths: the same head, skin, hair, clothes, light and camera,
another course of the movement. The truth of a change is the difference of the true means. `--render` makes pairs with
the renderer of living heads that lies outside this repository; it needs that renderer's packages, in a separate
environment:

    uv run --no-project --with moderngl --with trimesh --with av --with scipy --with opencv-contrib-python \
        python benchmarks/two_checks.py FOLDER --render live_frt_cap:41 live_rotation_cap:42

*Share* is what of the variance of a mean's error the two checks have in common: the mean product of both errors over
their mean square.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from repositionings import RENDERERS


@dataclass(frozen=True)
class Side:
    """One side of one pair, degrees: errors of both means; the change's error and half-width, None where not stated."""

    pair: str
    movement: str
    first_deg: float
    second_deg: float
    half_width_deg: float | None

    @property
    def error_deg(self) -> float:
        """Of the change."""
        return self.second_deg - self.first_deg


def render(clip: str, person: int, folder: Path, renderers: Path) -> None:
    """Render a pair: what the head looks like is drawn from the person's number, its course from the check's too."""
    sys.path.insert(0, str(renderers))
    living = importlib.import_module("render_living")
    script, enliven = living.script, living.enliven
    for check in (1, 2):
        course = np.random.default_rng([person, check])
        living.script = lambda kind, _, fps, reps, rng=course: script(kind, rng, fps, reps)
        living.enliven = lambda timeline, life, _, rng=course: enliven(timeline, life, rng)
        name = f"{clip}_{person}_{check}"
        living.render(renderers / "heads" / "LeePerrySmith", folder / name, clip, person, person, [])
        for kind in (".json", ".mp4"):
            (folder / name / f"{clip}{kind}").rename(folder / f"{name}{kind}")
        (folder / name).rmdir()
        print(folder / f"{name}.mp4", flush=True)


def measured(job: tuple[Path, Path, str]) -> list[Side]:
    """Every side of a pair that both checks measured."""
    import clips

    from romcheck.change.difference import compare
    from romcheck.clinical import Conditions, Occasion
    from romcheck.measure import measure

    first, second, which = job
    results, truths = [], []
    for video in (first, second):
        clip = clips.read_clip(video)
        results.append(measure(video, test=clip.test, camera=clips.lens_given(clip, which)).result)
        held: dict[str, list[float]] = {}
        for hold in clip.holds:
            held.setdefault(hold.movement, []).append(hold.angle_deg)
        truths.append({name: float(np.mean(angles)) for name, angles in held.items()})
    before, after = (Occasion(result, Conditions(camera="one"), date(2026, 1, 1)) for result in results)
    found = []
    for side in compare(before, after).sides:
        if side.before.mean_deg is not None and side.after.mean_deg is not None and side.movement in truths[0]:
            errors = side.before.mean_deg - truths[0][side.movement], side.after.mean_deg - truths[1][side.movement]
            found.append(Side(first.stem[:-2], side.movement, *errors, side.half_width_deg))
    return found


def tables(sides: list[Side], markdown: bool) -> str:
    """A row for each side, and what they say together."""
    from tables import degrees, percent, table, titled

    heads = ("pair", "movement", "first", "second", "change", "half-width")
    rows: list[tuple[str, ...]] = [
        (
            s.pair,
            s.movement,
            *(degrees(e, sign=True) for e in (s.first_deg, s.second_deg, s.error_deg)),
            "–" if s.half_width_deg is None else degrees(s.half_width_deg),
        )
        for s in sides
    ]
    errors = np.array([[s.first_deg, s.second_deg] for s in sides])
    stated = [s for s in sides if s.half_width_deg is not None]
    share = float(2 * errors.prod(1).sum() / (errors**2).sum())
    inside = float(np.mean([abs(s.error_deg) <= (s.half_width_deg or 0) for s in stated])) if stated else float("nan")
    told = [
        titled("Errors of the means, and of the change", table(heads, rows, markdown), markdown),
        f"share {share:.2f}; mean error of a mean {degrees(float(np.abs(errors).mean()))}, of a change "
        f"{degrees(float(np.abs(errors[:, 1] - errors[:, 0]).mean()))}; {percent(inside)} of {len(stated)} inside",
    ]
    return "\n".join(told)


def main() -> None:
    """Render pairs, or measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--render", nargs="+", metavar="CLIP:PERSON", help="render these pairs, measure nothing")
    parser.add_argument("--renderers", type=Path, default=RENDERERS)
    parser.add_argument("--lens", choices=("true", "assumed"), default="true")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="processes")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    args = parser.parse_args()
    if args.render:
        for pair in args.render:
            clip, person = pair.rsplit(":", 1)
            render(clip, int(person), args.folder, args.renderers)
        return
    from accuracy import in_processes

    pairs: list[Any] = [
        (video, video.with_name(f"{video.stem[:-1]}2.mp4"), args.lens)
        for video in sorted(args.folder.glob("*_1.mp4"))
        if video.with_name(f"{video.stem[:-1]}2.json").exists()
    ]
    if not pairs:
        sys.exit(f"There are no pairs NAME_1.mp4, NAME_2.mp4 with their truths in {args.folder}.")
    found = in_processes(measured, pairs, args.jobs, lambda job: job[0].stem[:-2])
    print(tables([side for pair in found for side in pair], args.markdown))


if __name__ == "__main__":
    main()

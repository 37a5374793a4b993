"""Two checks of one head in one visit, each in its own map of the head or both in one: the error of the change.

    python benchmarks/two_checks.py [PAIRS] [--cut CLIP.mp4 ...] [--lens true|assumed] [--jobs 2] [--markdown]

A folder of pairs holds NAME_1.mp4 and NAME_2.mp4 with their truths: the same head, skin, hair, clothes, light and
camera, another course of the movement. A clip of two trials a side is cut into two checks of one trial each.

The error of a check is that of the head's turn against the camera to the hold, from the starting position, or from the
first half second of a clip that was cut; the error of a change is the difference of both. *Interval* is the 95 %
half-width of all that more trials would not reduce.

`--render` makes pairs with the renderer of living heads that lies outside this repository; it needs that renderer's
packages, in a separate environment:

    uv run --no-project --with moderngl --with trimesh --with av --with scipy --with opencv-contrib-python \
        python benchmarks/two_checks.py FOLDER --render live_frt_cap:41 live_rotation_cap:42
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from repositionings import RENDERERS


@dataclass(frozen=True)
class Side:
    """One side of one pair, degrees: errors of the first check, and of the second in a map of its own and in the first
    one's; the half-widths of both changes, NaN where none can be stated.
    """

    pair: str
    movement: str
    first_deg: float
    own_map_deg: float
    one_map_deg: float
    own_map_half_deg: float
    one_map_half_deg: float


class Part:
    """A stretch of a video as a recording of its own."""

    def __init__(self, path: Path, start_s: float, end_s: float) -> None:
        from romcheck.sources.video import VideoFile

        self._file = VideoFile(path)
        self._span = start_s, end_s
        self.scale, self.notices = self._file.scale, self._file.notices

    def __iter__(self) -> Iterator[Any]:
        from romcheck.sources.video import Frame

        start_s, end_s = self._span
        with self._file:
            inside = (frame for frame in self._file if start_s <= frame.time_s < end_s)
            for number, frame in enumerate(inside):
                yield Frame(number, frame.time_s - start_s, frame.rgb)

    @property
    def source(self) -> Any:
        """Of the stretch: what tells it from the others of its video is where it begins."""
        whole = self._file.source
        return replace(whole, sha256=f"{whole.sha256}@{self._span[0]:.3f}")


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


def errors_of(measured: Any, truth: dict[str, Any], clip: Any, start_s: float, end_s: float) -> dict[str, float]:
    """Error of the head's turn against the camera, from the start of a check to each hold in it, by movement."""
    from romcheck.motion.rotations import distance_deg, mean_rotation

    track = measured.track
    time_s = track.time_s + start_s
    true = np.array(truth["head_to_camera"]).reshape(-1, 3, 3)
    at = np.clip(np.round(time_s * truth["fps"]).astype(int), 0, len(true) - 1)
    whole = start_s <= clip.start_s < end_s
    from_s, to_s = (clip.start_s, clip.end_s) if whole else (start_s, time_s[track.valid][0] + 0.5)
    begun = track.valid & (time_s >= from_s) & (time_s < to_s)
    found: dict[str, list[float]] = {}
    for hold in clip.holds:
        held = track.valid & (time_s > hold.start_s) & (time_s < hold.end_s) & (start_s <= hold.start_s < end_s)
        if held.any():
            read, was = (distance_deg(mean_rotation(R[held]), mean_rotation(R[begun])) for R in (track.head, true[at]))
            found.setdefault(hold.movement, []).append(float(read - was))
    return {name: float(np.mean(errors)) for name, errors in found.items()}


def systematic_deg(first: Any, second: Any, movement: str) -> float:
    """95 % half-width of a change from all that more trials would not reduce; NaN where a side has no mean."""
    from romcheck import statistics
    from romcheck.change.difference import _of_one_map, _systematic
    from romcheck.change.ranges import side_range

    sides = [side_range(check.result, movement) for check in (first, second)]
    if any(side.mean_deg is None or side.half_width_deg is None for side in sides):
        return float("nan")
    s1, s2 = (_systematic(check.result, side) for check, side in zip((first, second), sides, strict=True))
    covariance = _of_one_map(first.result, second.result, movement) or 0.0
    return statistics.t_factor(float("inf")) * float(np.sqrt(max(0.0, s1**2 + s2**2 - 2 * covariance)))


def measured(job: tuple[Path, Path | None, str]) -> list[Side]:
    """Every side of a pair, or of a clip cut in two, that both checks show."""
    import clips

    from romcheck.measure import measure_recording

    first, second, which = job
    clip = clips.read_clip(first)
    if second is None:
        before, after = clip.holds[len(clip.holds) // 2 - 1 : len(clip.holds) // 2 + 1]
        cut_s = (before.end_s + after.start_s) / 2
        spans = [(first, clip, 0.0, cut_s), (first, clip, cut_s, float("inf"))]
    else:
        spans = [(first, clip, 0.0, float("inf")), (second, clips.read_clip(second), 0.0, float("inf"))]
    lens = clips.lens_given(clip, which)
    checks, errors = [], []
    for number in (0, 1, 1):
        video, of, start_s, end_s = spans[number]
        head_map = checks[0].head_map if len(checks) == 2 else None
        checks.append(measure_recording(Part(video, start_s, end_s), lens, test=of.test, head_map=head_map))
        truth = json.loads(video.with_suffix(".json").read_text("utf-8"))
        errors.append(errors_of(checks[-1], truth, of, start_s, end_s))
    name = f"{first.parent.name}/{first.stem}" if second is None else first.stem[:-2]
    return [
        Side(
            name,
            movement,
            *(found[movement] for found in errors),
            *(systematic_deg(checks[0], one, movement) for one in checks[1:]),
        )
        for movement in errors[0]
        if all(movement in found for found in errors)
    ]


def tables(sides: list[Side], markdown: bool) -> str:
    """A row for each side, and what they say together."""
    from tables import degrees, percent, table, titled

    heads = ("pair", "movement", "first", "second", "in one map", "change", "interval", "in one map", "interval")
    rows: list[tuple[str, ...]] = []
    for s in sides:
        checks = (degrees(e, sign=True) for e in (s.first_deg, s.own_map_deg, s.one_map_deg))
        changes = ((s.own_map_deg, s.own_map_half_deg), (s.one_map_deg, s.one_map_half_deg))
        told = (
            text
            for error, half in changes
            for text in (degrees(error - s.first_deg, sign=True), "–" if np.isnan(half) else degrees(half))
        )
        rows.append((s.pair, s.movement, *checks, *told))
    told = [titled("Errors of both checks, and of the change, degrees", table(heads, rows, markdown), markdown)]
    stated = [s for s in sides if np.isfinite([s.own_map_half_deg, s.one_map_half_deg]).all()]
    for name in ("own_map", "one_map"):
        error = np.abs([getattr(s, f"{name}_deg") - s.first_deg for s in stated])
        half = np.array([getattr(s, f"{name}_half_deg") for s in stated])
        told.append(
            f"{name.replace('_', ' ')}, of the {len(stated)} changes stated either way: mean error "
            f"{degrees(float(error.mean()))}, worst {degrees(float(error.max()))}, "
            f"{percent(float((error <= half).mean()))} within the interval, in the median "
            f"{degrees(float(np.median(half)))}"
        )
    return "\n".join(told)


def main() -> None:
    """Render pairs, or measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", help="with pairs")
    parser.add_argument("--cut", type=Path, nargs="+", default=[], metavar="CLIP", help="clips to be cut in two")
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
        for video in (sorted(args.folder.glob("*_1.mp4")) if args.folder else ())
        if video.with_name(f"{video.stem[:-1]}2.json").exists()
    ]
    pairs += [(clip, None, args.lens) for clip in args.cut]
    if not pairs:
        sys.exit("There are neither pairs NAME_1.mp4, NAME_2.mp4 with their truths nor clips to be cut.")
    found = in_processes(measured, pairs, args.jobs, lambda job: f"{job[0].parent.name}/{job[0].stem}")
    print(tables([side for pair in found for side in pair], args.markdown))


if __name__ == "__main__":
    main()

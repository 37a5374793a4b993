"""One test a recording, from a rest and seen from the front: rows in which something else is done, or seen."""

from __future__ import annotations

import json
import math
from itertools import chain, islice
from pathlib import Path

import numpy as np
from degrading import Degradation, degrade
from mannequin_clips import Scene, Step, draw

from assumption_rows import FRAME_BY_FRAME, USUAL_NOISE, Row, Source, Truth, pictures, write_like

REST: Step = (1.0, None, None)
CIRCLE_S, EASED = 4.0, 0.08
"""One time around; share of the whole in which the head gathers speed, and loses it again."""
NOT_COUNTED = {"left_out_circle", "left_out_wandering", "left_out_alone", "left_out_cut_off"}
DIFFER = {"trials_differ"}
START = {"start_short_rest", "start_facing", "start_middle", "start_aside", "side_unknown", "start_unsure", "cut_off"}


def _drawn(scene: Scene, to: Path) -> Truth:
    degrade(draw(scene), Degradation(noise=USUAL_NOISE), to)
    truth: Truth = json.loads(to.with_suffix(".json").read_text("utf-8"))
    return truth


def _with(source: Source, more: tuple[Step, ...], to: Path, *, first: bool = False) -> Truth:
    """The source's pictures, and after them, or before, the same person with more steps."""
    truth = dict(source.truth)
    fps, kind = truth["fps"], truth["kind"]
    scene = Scene(kind, source.person or 0, fps=round(fps), instead=((0.2, None, "neutral"), *more))
    drawn = _drawn(scene, to.with_suffix(".more.mp4"))
    added = to.with_suffix(".more.mp4")
    parts, truths = (source.video, added), (truth, drawn)
    if first:
        parts, truths = parts[::-1], truths[::-1]
    write_like(source, to, chain(*map(pictures, parts)))
    second_s = len(truths[0]["head_to_camera"]) / fps
    moved = [{**h, "start_s": h["start_s"] + second_s, "end_s": h["end_s"] + second_s} for h in truths[1]["holds"]]
    truth["holds"] = [*truths[0]["holds"], *(h for h in moved if h["name"] != "neutral")]
    for key in FRAME_BY_FRAME:
        truth[key] = [*truths[0][key], *truths[1][key]]
    added.unlink()
    added.with_suffix(".json").unlink()
    return truth


def _circling(radius_deg: float) -> tuple[Step, ...]:
    """Two circles, as far to each side as up and down, between rests."""
    passed = np.linspace(0, 1, 121)
    speed = np.minimum(1, np.minimum(passed, 1 - passed) / EASED)  # no head stops at once
    around = 4 * math.pi * np.cumsum(speed) / speed.sum()
    way = tuple((radius_deg * math.sin(a), radius_deg * (1 - math.cos(a)), 0.0, 0.0) for a in around)
    return REST, (2 * CIRCLE_S, way, None), REST


def circles(source: Source, radius_deg: float, to: Path) -> Truth:
    """The head circles twice after the turns."""
    return _with(source, _circling(radius_deg), to)


def circles_first(source: Source, radius_deg: float, to: Path) -> Truth:
    """The head circles twice before the turns."""
    return _with(source, _circling(radius_deg), to, first=True)


def other_tests(source: Source, tests: int, to: Path) -> Truth:
    """Further movements follow the turns: flexion and extension, side-bends, both, both and flexion again."""

    def held(name: str, *place: float) -> tuple[Step, ...]:
        return (1.3, (*place, 0.0), None), (1.2, None, name), (1.3, (0.0, 0.0, 0.0, 0.0), None), REST

    bend = (*held("flexion", 0, 38, 0), *held("extension", 0, -32, 0))
    lean = (*held("lateral_flexion_right", 0, 0, 30), *held("lateral_flexion_left", 0, 0, -28))
    return _with(source, (bend, lean, (*bend, *lean), (*bend, *lean, *bend))[tests], to)


def differing(source: Source, apart_deg: float, to: Path) -> Truth:
    """Two turns to each side; the second to the left goes so many degrees less far."""

    def held(side: str, deg: float) -> tuple[Step, ...]:
        return (
            (1.5, (deg, 0.0, 0.0, 0.0), None),
            (1.3, None, f"rotation_{side}"),
            (1.5, (0.0, 0.0, 0.0, 0.0), None),
            REST,
        )

    first, second = ((*held("left", far), *held("right", -54.0)) for far in (62.0, 62.0 - apart_deg))
    return _drawn(Scene("rotation", source.person or 0, instead=((1.2, None, "neutral"), *first, *second)), to)


def side_on(source: Source, yaw_deg: float, to: Path) -> Truth:
    """The camera stands to one side, by so many degrees."""
    return _drawn(Scene("rotation", source.person or 0, camera_yaw_deg=yaw_deg), to)


def late(source: Source, share: float, to: Path) -> Truth:
    """The recording begins so late: at a share of the way from the first rest's end to the first hold, or in that."""
    truth = dict(source.truth)
    fps = truth["fps"]
    rest, first = [h for h in truth["holds"] if h["name"] == "neutral" or "neutral" not in h["name"]][:2]
    begin_s = rest["end_s"] + share * (first["start_s"] - rest["end_s"])
    skipped = round(begin_s * fps)

    write_like(source, to, islice(pictures(source.video), skipped, None))
    shift = skipped / fps
    truth["holds"] = [
        {**h, "start_s": max(0.0, h["start_s"] - shift), "end_s": h["end_s"] - shift}
        for h in truth["holds"]
        if h["end_s"] > shift or "neutral" in h["name"]
    ]
    for key in FRAME_BY_FRAME:
        truth[key] = truth[key][skipped:]
    return truth


ROWS = (
    Row("circles after the test", {"10°": 10.0, "15°": 15.0, "22°": 22.0, "30°": 30.0}, circles, NOT_COUNTED),
    Row("circles before the test", {"10°": 10.0, "15°": 15.0, "22°": 22.0, "30°": 30.0}, circles_first, NOT_COUNTED),
    Row("other tests in the take", {"bends": 0, "side-bends": 1, "both": 2, "eight": 3}, other_tests, {"others"}),
    Row("trials that differ", {"5°": 5.0, "12°": 12.0, "20°": 20.0, "30°": 30.0}, differing, DIFFER, must=DIFFER),
    Row("camera to the side", {"15°": 15.0, "25°": 25.0, "35°": 35.0, "45°": 45.0}, side_on, START),
    Row("no rest at the start", {"0.3 s": -0.2, "none": 0.0, "half way": 0.5, "turned": 1.1}, late, START, must=START),
)

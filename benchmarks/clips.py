"""Clips whose truth is known: NAME.mp4 and, beside it, NAME.json with the lens and every held posture.

True angles follow the result's conventions: positive, head relative to trunk, from the starting position, which is
upright or, in the flexion-rotation test, the held flexion.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from romcheck.geometry.intrinsics import FOCAL_SD, Lens
from romcheck.results import MovementName, Test

HERE = Path(__file__).resolve().parent
SAMPLES = HERE.parent / "sample_videos"
BENCH_CLIPS = HERE.parents[1] / "shared" / "bench" / "clips"
OUT = HERE / "out"

ROTATION, FLEXION, TRUNK = 0, 1, 3
"""Columns of a hold's ``row_deg``: rotation, flexion, lateral flexion, trunk rotation."""
AXIS = {"rotation": ROTATION, "flexion": FLEXION, "extension": FLEXION, "lateral": 2}
FAULTS = ("frt_loss", "frt_trunk")
"""Kinds of clip that stage a fault: rejecting their turns for it is right, and the angle still counts."""


@dataclass(frozen=True)
class Hold:
    """One held end position. ``angle_deg`` is positive; signed fields are as in a result's movement."""

    movement: MovementName
    start_s: float
    end_s: float
    angle_deg: float
    flexion_lost_deg: float | None
    trunk_rotation_deg: float


@dataclass(frozen=True)
class Clip:
    """A video and its truth. ``start_s`` and ``end_s`` are those of the starting position."""

    name: str
    path: Path
    kind: str
    fps: float
    lens: Lens
    start_s: float
    end_s: float
    holds: tuple[Hold, ...]

    @property
    def test(self) -> Test:
        """The test in it: the first one, in a clip of several."""
        if self.kind.startswith("frt"):
            return "flexion-rotation"
        tests: dict[str, Test] = {
            "rotation": "rotation",
            "flexion_extension": "flexion-extension",
            "lateral_flexion": "lateral-flexion",
            "circle": "rotation",
            "six": "rotation",
        }
        return tests[self.kind]


def find_clips(folders: Iterable[Path]) -> list[Path]:
    """Videos in these folders that have a truth file beside them, by folder and name."""
    return [
        video for folder in folders for video in sorted(folder.glob("*.mp4")) if video.with_suffix(".json").exists()
    ]


def clip_folders(given: Sequence[Path]) -> tuple[list[Path], list[str]]:
    """Folders to look for clips in, and a sentence about each one that is missing.

    Without any given: the sample videos, and the rendered clips if present.
    """
    wanted = list(given) or [SAMPLES, BENCH_CLIPS]
    missing = [f"skipped: there are no clips with truth in {folder}" for folder in wanted if not find_clips([folder])]
    return [folder for folder in wanted if find_clips([folder])], missing


def read_clip(video: Path) -> Clip:
    """Clip of a video that has its truth beside it."""
    truth = json.loads(video.with_suffix(".json").read_text("utf-8"))
    return Clip(
        f"{video.parent.name}/{video.stem}", video, truth["kind"], truth["fps"], lens_of(truth), *_course(truth)
    )


def lens_of(truth: dict[str, Any]) -> Lens:
    """The lens that rendered the clip, with the uncertainty of a calibration."""
    width, height = truth["size"]
    (fx, _, cx), (_, fy, cy), _ = truth["camera_matrix"]
    k1, k2, p1, p2, k3 = truth["distortion"]
    return Lens(width, height, fx, fy, cx, cy, (k1, k2, p1, p2, k3), "calibrated", FOCAL_SD["calibrated"])


def _course(truth: dict[str, Any]) -> tuple[float, float, tuple[Hold, ...]]:
    """Start and end of the starting position, and the holds."""
    named = {hold["name"]: hold for hold in truth["holds"]}
    flexed = named.get("flexed_neutral")
    start = flexed or named["neutral"]
    holds = []
    for hold in truth["holds"]:
        if "neutral" in hold["name"]:
            continue
        movement = hold["name"].replace("frt_", "rotation_")
        axis, row = AXIS[movement.split("_")[0]], hold["row_deg"]
        # Where flexion was lost or the neck laterally flexed, the twist is not the row's rotation.
        angle = hold["rotation_deg"] if axis == ROTATION else row[axis]
        lost = flexed["row_deg"][FLEXION] - row[FLEXION] if flexed else None
        holds.append(Hold(movement, hold["start_s"], hold["end_s"], abs(angle), lost, row[TRUNK]))
    return start["start_s"], start["end_s"], tuple(holds)


def with_wrong_fov(lens: Lens, factor: float) -> Lens:
    """A stated lens with a wrong field of view, by this factor, and without distortion."""
    longer = max(lens.width, lens.height)
    fov = 2 * np.degrees(np.arctan(longer / 2 / (lens.fx if lens.width == longer else lens.fy)))
    return Lens.from_fov(lens.width, lens.height, float(fov * factor))


LENSES = ("true", "assumed", "fov+15%", "fov-15%")


def lens_given(clip: Clip, which: str) -> Lens:
    """The lens given to the measurement: the true one, the assumed one, or a stated field of view 15 % off."""
    if which == "true":
        return clip.lens
    if which == "assumed":
        return Lens.assumed(clip.lens.width, clip.lens.height)
    return with_wrong_fov(clip.lens, {"fov+15%": 1.15, "fov-15%": 0.85}[which])

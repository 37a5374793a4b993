"""Makes the sample videos and their truth: a mannequin, modelled in code, does the four neck tests.

No person is shown: shape and colours come from formulas and seeded noise (head_model.py). For each clip this writes

    NAME.mp4          H.264, constant frame rate
    NAME.json         the truth, frame by frame
    NAME.camera.json  the lens, as `romcheck measure --camera` reads it

and, when all are made, still.jpg, a picture of them.

In the truth, ``head_to_camera[i]`` is the 3x3 rotation taking head axes (X to the subject's left, Y up, Z forward) to
camera axes (x right, y down, z away) in frame i, ``head_to_trunk[i]`` the head relative to the trunk (identity in the
neutral posture) and ``head_origin_m[i]`` the place of the head's origin, between the ears, in camera axes. A hold's
``row_deg`` is (rotation, flexion, lateral flexion, trunk rotation) and its ``rotation_deg`` the twist about the head's
own long axis since the starting position: upright neutral, or the held flexion in the flexion-rotation test.
Rotation is + to the subject's left, flexion + chin down, lateral flexion + to the subject's right.

Usage: python sample_videos/make_sample_videos.py [NAME ...] [--out DIR]     (about two minutes a clip)
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from head_model import FACING, Mannequin, Person, axis_turn, camera_matrix, turned
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

CAPTION = "synthetic - no person is shown"
SIZE, FPS, FOV_DEG = (640, 480), 25, 60.0
NOISE_GREY_LEVELS = 1.6


@dataclass(frozen=True)
class Clip:
    """One sample video: its movement, and where the camera stands (pitch negative: low, looking up)."""

    kind: str
    pitch_deg: float
    origin_m: tuple[float, float, float]
    person: Person
    seed: int


CLIPS = {
    "flexion_rotation": Clip("frt", -35.0, (0.01, -0.015, 0.62), Person(), 1),
    "rotation": Clip("rotation", -4.0, (-0.01, 0.0, 0.60), Person(), 2),
    "flexion_extension": Clip("flexion_extension", -8.0, (0.0, 0.0, 0.62), Person(), 3),
    "lateral_flexion": Clip("lateral_flexion", -4.0, (0.0, 0.01, 0.64), Person(), 4),
}
AXES = ("rotation", "flexion", "lateral", "trunk")


@dataclass
class Script:
    """Rows of (rotation, flexion, lateral flexion, trunk rotation) in degrees, one a frame, and the named holds."""

    rows: list[NDArray[Any]] = field(default_factory=list)
    holds: list[dict[str, Any]] = field(default_factory=list)
    now: NDArray[Any] = field(default_factory=lambda: np.zeros(len(AXES)))

    def move(self, seconds: float, **to: float) -> Script:
        """Go to new angles with minimum jerk (Flash & Hogan 1985, J Neurosci 5:1688)."""
        end = np.array([to.get(axis, now) for axis, now in zip(AXES, self.now, strict=True)])
        s = np.arange(round(seconds * FPS))[:, None] / round(seconds * FPS)
        self.rows += list(self.now + (10 * s**3 - 15 * s**4 + 6 * s**5) * (end - self.now))
        self.now = end
        return self

    def hold(self, seconds: float, name: str | None = None) -> Script:
        """Stay; a name makes it a hold of the truth."""
        start = len(self.rows)
        self.rows += [self.now.copy()] * round(seconds * FPS)
        if name:
            self.holds.append({"name": name, "start_s": start / FPS, "end_s": len(self.rows) / FPS})
        return self


def script(kind: str, rng: np.random.Generator) -> Script:
    """Two trials a side, each a little different from the last, with the small other motions a neck makes beside."""
    near = lambda angle: float(angle + rng.normal(0, 1.3))  # noqa: E731
    s = Script().hold(1.6, "neutral")
    if kind == "frt":
        s.move(2.0, flexion=45).hold(1.5, "flexed_neutral")
        for _ in range(2):
            for name, angle, tilt in (("frt_left", 44, 2), ("frt_right", -40, -2)):
                s.move(1.5, rotation=near(angle), flexion=near(43.5), lateral=near(tilt)).hold(1.5, name)
                s.move(1.5, rotation=0, flexion=45, lateral=0).hold(0.8)
        s.move(2.0, flexion=0).hold(0.6)
    elif kind == "rotation":
        for _ in range(2):
            for name, angle, tilt in (("rotation_left", 62, -3), ("rotation_right", -57, 3)):
                s.move(1.8, rotation=near(angle), flexion=near(0), lateral=near(tilt)).hold(1.5, name)
                s.move(1.8, rotation=0, flexion=0, lateral=0).hold(0.8)
    elif kind == "flexion_extension":
        for _ in range(2):
            for name, angle in (("flexion", 36), ("extension", -38)):
                s.move(1.8, flexion=near(angle)).hold(1.5, name)
                s.move(1.8, flexion=0).hold(0.8)
    elif kind == "lateral_flexion":
        for _ in range(2):
            for name, angle, turn in (("lateral_flexion_left", -32, 3), ("lateral_flexion_right", 29, -3)):
                s.move(1.7, lateral=near(angle), rotation=near(turn)).hold(1.5, name)
                s.move(1.7, lateral=0, rotation=0).hold(0.8)
    return s.hold(0.4)


def twist_deg(R: NDArray[Any]) -> float:
    """Turn of a rotation about its own Y axis (swing-twist), degrees."""
    _, y, _, w = Rotation.from_matrix(R).as_quat()
    return float(np.degrees(2 * np.arctan2(y * np.sign(w), abs(w))))


def posture(row: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Head relative to the trunk, and trunk relative to its first posture, of one row of a script."""
    rotation, flexion, lateral, trunk = row
    return turned(rotation, flexion, lateral), axis_turn("y", trunk)


def picture(clip: Clip, mannequin: Mannequin, row: NDArray[Any], frame: int) -> NDArray[Any]:
    """(height, width, 3) RGB of one frame with its sensor noise and caption."""
    camera = axis_turn("x", clip.pitch_deg)
    relative, trunk = posture(row)
    image = mannequin.render(
        camera @ trunk @ relative, camera @ trunk, clip.origin_m, camera_matrix(SIZE, FOV_DEG), SIZE
    )
    rng = np.random.default_rng([clip.seed, frame])
    image = np.clip(image + rng.normal(0, NOISE_GREY_LEVELS, image.shape), 0, 255).astype(np.uint8)
    # In the upper corner: the head never gets there, and the trunk's own motion is not disturbed.
    cv2.putText(image, CAPTION, (8, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (96, 96, 92), 1, cv2.LINE_AA)
    return image


def truth_of(name: str, clip: Clip, s: Script, mannequin: Mannequin) -> dict[str, Any]:
    """Give the truth file of a clip."""
    camera = axis_turn("x", clip.pitch_deg)
    relative = [posture(row)[0] for row in s.rows]
    whole = [camera @ posture(row)[1] @ posture(row)[0] for row in s.rows]
    middle = [round((h["start_s"] + h["end_s"]) / 2 * FPS) for h in s.holds]
    start_hold = next((i for i, h in enumerate(s.holds) if h["name"] == "flexed_neutral"), 0)
    start = relative[middle[start_hold]]
    return {
        "clip": name,
        "kind": clip.kind,
        "fps": FPS,
        "size": list(SIZE),
        "camera_matrix": camera_matrix(SIZE, FOV_DEG).round(6).tolist(),
        "distortion": [0.0] * 5,
        "camera_pitch_deg": clip.pitch_deg,
        "distance_m": clip.origin_m[2],
        "holds": [
            {**h, "rotation_deg": round(twist_deg(start.T @ relative[m]), 2), "row_deg": s.rows[m].round(2).tolist()}
            for h, m in zip(s.holds, middle, strict=True)
        ],
        "head_to_camera": [(FACING @ R).round(6).tolist() for R in whole],
        "head_to_trunk": [R.round(6).tolist() for R in relative],
        "head_origin_m": [mannequin.origin_in_camera(R, clip.origin_m).round(5).tolist() for R in whole],
    }


def make(name: str, out: Path) -> None:
    """Write one clip, its truth and its lens."""
    clip = CLIPS[name]
    mannequin = Mannequin(clip.person)
    s = script(clip.kind, np.random.default_rng(clip.seed))
    K = camera_matrix(SIZE, FOV_DEG)
    lens = {"width": SIZE[0], "height": SIZE[1], "fx": K[0, 0], "fy": K[1, 1], "cx": K[0, 2], "cy": K[1, 2]}
    (out / f"{name}.camera.json").write_text(json.dumps({**lens, "distortion": [0.0] * 5}, indent=2) + "\n")
    (out / f"{name}.json").write_text(json.dumps(truth_of(name, clip, s, mannequin)) + "\n")
    with av.open(str(out / f"{name}.mp4"), "w") as container:
        container.metadata["comment"] = f"romcheck sample video: {CAPTION}"
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.options = {"crf": "21", "preset": "slow"}
        for frame, row in enumerate(s.rows):
            image = picture(clip, mannequin, row, frame)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, "rgb24")))
        container.mux(stream.encode())


def make_still(out: Path) -> None:
    """Write still.jpg: the first turn or bend of each clip, side by side."""
    pictures = []
    for clip in CLIPS.values():
        s = script(clip.kind, np.random.default_rng(clip.seed))
        first = next(h for h in s.holds if "neutral" not in h["name"])
        frame = round(first["start_s"] * FPS)
        image = picture(clip, Mannequin(clip.person), s.rows[frame], frame)
        pictures.append(cv2.resize(image, (400, 300), interpolation=cv2.INTER_AREA))
    cv2.imwrite(str(out / "still.jpg"), np.hstack(pictures)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(CLIPS))
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    arguments = parser.parse_args()
    for wanted in arguments.names or CLIPS:
        if wanted not in CLIPS:
            parser.error(f"no clip {wanted!r}; there are {', '.join(CLIPS)}")
        make(wanted, arguments.out)
        print(wanted, flush=True)
    if not arguments.names:
        make_still(arguments.out)

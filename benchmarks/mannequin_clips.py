"""Short clips of the mannequin of the sample videos, drawn for one condition each, with their truth.

They are kept in benchmarks/out/drawn under a name derived from everything that determines the pictures, including the
rendering code, so that each clip is rendered once. They have no sensor noise and hardly any compression: both are added
by the condition (degrading.py).
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from clips import OUT, SAMPLES
from numpy.typing import NDArray

sys.path.insert(0, str(SAMPLES))

from head_model import AMBIENT, FACING, LIGHT, Expression, Mannequin, Person, axis_turn, camera_matrix
from make_sample_videos import posture, twist_deg

Picture = NDArray[np.uint8]
Row = NDArray[np.float64]

DRAWN = OUT / "drawn"
SIDE_LIGHT, SIDE_AMBIENT = np.array([1.0, 0.15, 0.15]), 0.30
PITCH_DEG = {"rotation": -4.0, "frt": -35.0}
STILL_FPS, STILL_NOISE = 25, 1.6


Step = tuple[float, tuple[float, ...] | tuple[tuple[float, ...], ...] | None, str | None]
"""Seconds, target, and the name of a hold. A target is rotation, flexion, lateral flexion and trunk rotation; several
are passed at a constant rate; None stays."""


@dataclass(frozen=True)
class Scene:
    """What is drawn: a turn to each side, upright ("rotation") or in flexion ("frt"), of one generated person.

    Other steps may be done ``instead``; the camera stands ``camera_yaw_deg`` to one side.
    """

    kind: str = "rotation"
    person: int = 0
    distance_m: float = 0.60
    size: tuple[int, int] = (640, 480)
    fps: int = 30
    fov_deg: float = 60.0
    side_light: bool = False
    glasses: bool = False
    mask: bool = False
    hands: bool = False
    instead: tuple[Step, ...] = ()
    camera_yaw_deg: float = 0.0

    @property
    def path(self) -> Path:
        """Where its video is kept."""
        sources = [Path(__file__), *sorted(SAMPLES.glob("*.py"))]
        content = repr(self).encode() + b"".join(source.read_bytes() for source in sources)
        return DRAWN / f"{self.kind}_person{self.person}_{hashlib.sha256(content).hexdigest()[:12]}.mp4"


def made_up(seed: int) -> Person:
    """The mannequin of the sample videos for 0, otherwise another person."""
    return Person.random(seed) if seed else Person()


# --- the movement


def steps(kind: str, person: int) -> list[Step]:
    """One turn to each side; the angles differ between persons."""
    rng = np.random.default_rng([person, 5])

    def row(rotation: float = 0, flexion: float = 0, lateral: float = 0) -> tuple[float, ...]:
        return rotation, flexion, lateral, 0.0

    if kind == "frt":
        flexed = 45 + rng.uniform(-2, 2)
        left, right = 42 + rng.uniform(-6, 6), 38 + rng.uniform(-6, 6)
        return [
            (1.2, None, "neutral"), (1.8, row(0, flexed), None), (1.4, None, "flexed_neutral"),
            (1.4, row(left, flexed - 1, 2), None), (1.3, None, "frt_left"),
            (1.4, row(0, flexed), None), (0.8, None, None),
            (1.4, row(-right, flexed - 1, -2), None), (1.3, None, "frt_right"),
            (1.4, row(0, flexed), None), (0.8, None, None), (1.8, row(), None), (0.8, None, None),
        ]  # fmt: skip
    left, right = 58 + rng.uniform(-8, 8), 52 + rng.uniform(-8, 8)
    return [
        (1.2, None, "neutral"), (1.5, row(left, 0, -3), None), (1.3, None, "rotation_left"),
        (1.5, row(), None), (0.8, None, None), (1.5, row(-right, 0, 3), None), (1.3, None, "rotation_right"),
        (1.5, row(), None), (0.8, None, None),
    ]  # fmt: skip


def course(scene: Scene) -> tuple[list[Row], list[dict[str, Any]]]:
    """Rows of angles, one per frame, moving with minimum jerk (Flash & Hogan 1985), and the named holds."""
    rows: list[Row] = []
    holds = []
    now, fps = np.zeros(4), scene.fps
    for seconds, to, name in scene.instead or steps(scene.kind, scene.person):
        frames = round(seconds * fps)
        s = np.arange(frames) / frames
        first = len(rows)
        way = np.vstack([now, now if to is None else np.array(to)])
        at = (len(way) - 1) * (s if len(way) > 2 else 10 * s**3 - 15 * s**4 + 6 * s**5)
        rows += list(np.column_stack([np.interp(at, np.arange(len(way)), angle) for angle in way.T]))
        now = way[-1]
        if name:
            holds.append({"name": name, "start_s": first / fps, "end_s": len(rows) / fps, "row_deg": now.tolist()})
    return rows, holds


def truth_of(scene: Scene, mannequin: Mannequin) -> dict[str, Any]:
    """The truth file of a scene."""
    rows, holds = course(scene)
    camera, origin = _camera(scene), (0.0, 0.0, scene.distance_m)
    relative = [posture(row)[0] for row in rows]
    held = [posture(np.array(hold["row_deg"]))[0] for hold in holds]
    named = dict(zip((hold["name"] for hold in holds), held, strict=True))
    start = named.get("flexed_neutral", named["neutral"])
    return {
        "clip": scene.path.stem,
        "kind": scene.kind,
        "fps": scene.fps,
        "size": list(scene.size),
        "camera_matrix": camera_matrix(scene.size, scene.fov_deg).tolist(),
        "distortion": [0.0] * 5,
        "camera_pitch_deg": PITCH_DEG[scene.kind],
        "distance_m": scene.distance_m,
        "holds": [{**hold, "rotation_deg": twist_deg(start.T @ R)} for hold, R in zip(holds, held, strict=True)],
        "head_to_camera": [(FACING @ camera @ R).round(6).tolist() for R in relative],
        "head_to_trunk": [R.round(6).tolist() for R in relative],
        "head_origin_m": [mannequin.origin_in_camera(camera @ R, origin).round(5).tolist() for R in relative],
    }


def _camera(scene: Scene) -> NDArray[np.float64]:
    return axis_turn("x", PITCH_DEG[scene.kind]) @ axis_turn("y", scene.camera_yaw_deg)


# --- the pictures


def draw(scene: Scene) -> Path:
    """Render a scene unless it exists; returns its video, which has its truth beside it."""
    if scene.path.exists() and scene.path.with_suffix(".json").exists():
        return scene.path
    DRAWN.mkdir(parents=True, exist_ok=True)
    mannequin = Mannequin(made_up(scene.person), glasses=scene.glasses, mask=scene.mask, hands=scene.hands)
    unfinished = scene.path.with_suffix(".unfinished.mp4")
    write(unfinished, _pictures(scene, mannequin), scene.fps, crf=8)
    scene.path.with_suffix(".json").write_text(json.dumps(truth_of(scene, mannequin)), "utf-8")
    unfinished.replace(scene.path)
    return scene.path


def _pictures(scene: Scene, mannequin: Mannequin) -> Iterator[Picture]:
    camera, K = _camera(scene), camera_matrix(scene.size, scene.fov_deg)
    light = SIDE_LIGHT / np.linalg.norm(SIDE_LIGHT) if scene.side_light else LIGHT
    ambient = SIDE_AMBIENT if scene.side_light else AMBIENT
    supersample = 2 if scene.size[0] <= 640 else 1
    last: tuple[bytes, Picture] | None = None
    for row in course(scene)[0]:
        if last is None or last[0] != row.tobytes():  # a held posture is one picture
            head = camera @ posture(row)[0]
            image = mannequin.render(
                head, camera, (0.0, 0.0, scene.distance_m), K, scene.size, supersample, light, ambient
            )
            last = row.tobytes(), np.clip(image, 0, 255).astype(np.uint8)
        yield last[1]


def write(path: Path, pictures: Iterator[Picture], fps: float, crf: int) -> None:
    """Write pictures as H.264 at a constant frame rate."""
    with av.open(str(path), "w") as container:
        stream = None
        for picture in pictures:
            if stream is None:
                stream = container.add_stream("libx264", rate=round(fps), options={"crf": str(crf), "preset": "medium"})
                stream.height, stream.width = picture.shape[:2]
                stream.pix_fmt = "yuv420p"
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        if stream is not None:
            container.mux(stream.encode())


# --- a still head whose face moves

RELAXED = Expression()
GRIMACES = {
    "smiling": [Expression(smile=s) for s in (0.33, 0.67, 1.0)],
    "blinking": [Expression(blink=b) for b in (0.5, 1.0)],
    "talking": [Expression(mouth_open=m) for m in (0.007, 0.013, 0.020)],
    "laughing": [Expression(smile=k, mouth_open=0.018 * k, blink=0.4 * k) for k in (0.33, 0.67, 1.0)],
}


def draw_still(expression: str, person: int, to: Path) -> Path:
    """Write nine seconds of a still head whose face changes to an expression and back, four times."""
    size = (640, 480)
    faces = [RELAXED, *GRIMACES[expression]]
    pictures = [
        Mannequin(made_up(person), face).render(
            axis_turn("x", -4.0), axis_turn("x", -4.0), (0, 0, 0.6), camera_matrix(size, 60), size
        )
        for face in faces
    ]
    write(to, _grimacing(pictures, person), STILL_FPS, crf=20)
    return to


def _grimacing(pictures: Sequence[NDArray[Any]], seed: int) -> Iterator[Picture]:
    there = [i for i in range(len(pictures)) for _ in range(3)]
    once = [*there, *[len(pictures) - 1] * 12, *there[::-1], *[0] * 8]
    rng = np.random.default_rng(seed)
    for i in [0] * 2 * STILL_FPS + once * 4 + [0] * STILL_FPS:
        yield np.clip(pictures[i] + rng.normal(0, STILL_NOISE, pictures[i].shape), 0, 255).astype(np.uint8)

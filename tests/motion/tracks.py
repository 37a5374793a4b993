"""Motion tracks whose every angle is known: the material of these tests."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from romcheck.motion.rotations import compose
from romcheck.motion.track import MotionTrack, PictureQuality

CLIPS = pathlib.Path(__file__).parents[3] / "shared" / "bench" / "clips"
FACING = np.diag([1.0, -1.0, -1.0])  # head axes to camera axes, facing the camera


def noise(n: int, sigma_deg: float, rng: np.random.Generator) -> np.ndarray:
    """Small random turns (n, 3, 3), sigma about each axis."""
    return compose(*(rng.normal(0, sigma_deg, (3, n)) if sigma_deg else np.zeros((3, n))))


def make_track(
    time: ArrayLike,
    head: ArrayLike,
    valid: ArrayLike | None = None,
    trunk: ArrayLike | None = None,
    sigma_deg: float = 1.0,
    **quality: ArrayLike,
) -> MotionTrack:
    """Make a track with a good picture; `trunk` in camera axes, without one it is seen to keep still."""
    time = np.asarray(time, float)
    n = len(time)
    valid = np.ones(n, bool) if valid is None else np.asarray(valid, bool)
    seen = {
        "brightness": np.full(n, 130.0),
        "sharpness": np.full(n, 10.0),
        "face_width_px": np.full(n, 150.0),
        "distance_m": np.full(n, 0.6),
        "faces": np.ones(n, int),
        "subject_sure": np.ones(n, bool),
    }
    return MotionTrack(
        time_s=time,
        valid=valid,
        head=np.where(valid[:, None, None], np.asarray(head, float), np.nan),
        head_sigma_deg=np.where(valid, sigma_deg, np.nan),
        trunk=np.tile(np.eye(3), (n, 1, 1)) if trunk is None else np.asarray(trunk, float),
        trunk_sigma_deg=np.full(n, 0.0 if trunk is None else 1.0),
        quality=PictureQuality(**{**seen, **{k: np.asarray(v) for k, v in quality.items()}}),  # type: ignore[arg-type]
    )


@dataclass
class Script:
    """A continuous course of (rotation, flexion, lateral flexion) through key postures, with minimum-jerk moves."""

    keys: list[tuple[float, tuple[float, float, float]]] = field(default_factory=lambda: [(0.0, (0.0, 0.0, 0.0))])

    @property
    def now(self) -> float:
        return self.keys[-1][0]

    def hold(self, seconds: float) -> Script:
        self.keys.append((self.now + seconds, self.keys[-1][1]))
        return self

    def move(self, seconds: float, rotation: float = 0.0, flexion: float = 0.0, lateral: float = 0.0) -> Script:
        self.keys.append((self.now + seconds, (rotation, flexion, lateral)))
        return self

    def at(self, time: ArrayLike) -> np.ndarray:
        """(n, 3) angles at the given times."""
        time = np.asarray(time, float)
        start = np.array([k[0] for k in self.keys])
        value = np.array([k[1] for k in self.keys])
        i = np.clip(np.searchsorted(start, time, "right") - 1, 0, len(start) - 2)
        s = np.clip((time - start[i]) / np.maximum(start[i + 1] - start[i], 1e-9), 0, 1)
        return value[i] + (10 * s**3 - 15 * s**4 + 6 * s**5)[:, None] * (value[i + 1] - value[i])

    def track(
        self,
        fps: float = 30.0,
        noise_deg: float = 0.0,
        jitter: float = 0.0,
        seed: int = 0,
        camera: ArrayLike = FACING,
        sway: float = 0.0,
        drop: Sequence[tuple[float, float]] = (),
    ) -> MotionTrack:
        """Film it: frame times with jitter (share of the frame time), noise, and stretches where the face is lost."""
        rng = np.random.default_rng(seed)
        time = np.arange(0, self.now, 1 / fps)
        time = time + rng.uniform(-jitter / 2, jitter / 2, len(time)) / fps
        time -= time[0]
        angles = self.at(time)
        if sway:  # a living head is never still
            for axis in range(3):
                f, p = rng.uniform(0.1, 0.5), rng.uniform(0, 6.3)
                angles[:, axis] += sway * np.sin(2 * np.pi * f * time + p)
        head = np.asarray(camera) @ compose(*angles.T) @ noise(len(time), noise_deg, rng)
        valid = np.ones(len(time), bool)
        for a, b in drop:
            valid &= (time < a) | (time > b)
        return make_track(time, head, valid)


def clip_track(name: str, noise_deg: float = 0.0, seed: int = 0) -> tuple[MotionTrack, dict]:
    """Load the true motion of a rendered clip, with noise; the trunk is reconstructed from head and head-to-trunk."""
    truth = json.loads((CLIPS / f"{name}.json").read_text())
    head = np.array(truth["head_to_camera"])
    relative = np.array(truth["head_to_trunk"])
    rng = np.random.default_rng(seed)
    # head = C·T·relative with T the identity in the first frame, so C·T·Cᵀ = head·relativeᵀ·Cᵀ.
    trunk = head @ np.swapaxes(relative, 1, 2) @ head[0].T
    time = np.arange(len(head)) / truth["fps"]
    return make_track(
        time, head @ noise(len(head), noise_deg, rng), trunk=trunk @ noise(len(head), noise_deg, rng)
    ), truth

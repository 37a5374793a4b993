"""Invented measurements: a scripted head movement, measured by the same analysis as a real one."""

from __future__ import annotations

import hashlib

import numpy as np

from romcheck import __version__
from romcheck.arrays import Floats
from romcheck.motion.analysis import analyse
from romcheck.motion.rotations import compose
from romcheck.motion.track import MotionTrack, PictureQuality
from romcheck.notices import notice
from romcheck.protocols import PROTOCOLS
from romcheck.results import Camera, Frames, Result, Software, Source, Test

FPS = 15.0
WIDTH, HEIGHT, FOCAL_PX = 640, 480, 610.0
HELD_FLEXION_DEG = 48.0
SWAY_DEG, NOISE_DEG, SIGMA_DEG = 0.3, 0.3, 0.9
MOVE_S, HOLD_S, PAUSE_S = 1.2, 1.3, 0.8


def made_up(
    test: Test, positive_deg: float, negative_deg: float, *, seed: int, trials: int = 3
) -> tuple[Result, Frames]:
    """Measure a scripted head.

    Parameters
    ----------
    test : which test
    positive_deg, negative_deg : size of the true angle of the protocol's positive and negative movement
    seed : the same seed gives the same measurement
    trials : of each movement

    Returns
    -------
    The result, whose warnings say that it is invented, and its frames.
    """
    rng = np.random.default_rng(seed)
    time_s, angles = _script(test, positive_deg, negative_deg, trials, rng)
    n = len(time_s)
    head = np.diag([1.0, -1.0, -1.0]) @ compose(*angles.T) @ compose(*rng.normal(0, NOISE_DEG, (3, n)))
    track = MotionTrack(
        time_s=time_s,
        valid=np.ones(n, bool),
        head=head,
        head_sigma_deg=np.full(n, SIGMA_DEG),
        trunk=np.tile(np.eye(3), (n, 1, 1)),
        trunk_sigma_deg=np.zeros(n),
        quality=PictureQuality(
            brightness=np.full(n, 130.0),
            sharpness=np.full(n, 10.0),
            face_width_px=np.full(n, 150.0),
            distance_m=np.full(n, 0.6),
            faces=np.ones(n, np.int64),
            subject_sure=np.ones(n, bool),
        ),
    )
    analysis = analyse(track, test, "calibrated")
    notices = (notice("made_up"), *analysis.notices)
    name = f"demo-{test}-{seed}"
    result = Result(
        test=test,
        test_recognised=False,
        source=Source(
            f"{name}.mp4", hashlib.sha256(name.encode()).hexdigest(), WIDTH, HEIGHT, float(time_s[-1] + 1 / FPS), n, FPS
        ),
        software=Software(__version__, "made up", "1", {}, {"test": test, "seed": seed}),
        camera=Camera(
            WIDTH, HEIGHT, FOCAL_PX, FOCAL_PX, WIDTH / 2, HEIGHT / 2, (0.0, 0.0, 0.0, 0.0, 0.0), "calibrated"
        ),
        movements=analysis.movements,
        summary=analysis.summary,
        differences=analysis.differences,
        warnings=tuple(told.text for told in notices),
        notices=notices,
        tests=analysis.tests,
    )
    return result, analysis.frames


def _script(
    test: Test, positive_deg: float, negative_deg: float, trials: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Times (n,) and angles (n, 3): rotation, flexion, lateral flexion, with minimum-jerk moves between holds."""
    axis = PROTOCOLS[test].axis
    start = np.array([0.0, HELD_FLEXION_DEG if test == "flexion-rotation" else 0.0, 0.0])
    keys: list[tuple[float, Floats]] = [(0.0, np.zeros(3)), (2.0, np.zeros(3))]

    def go(posture: Floats, hold_s: float) -> None:
        arrived = keys[-1][0] + MOVE_S
        keys.append((arrived, posture))
        keys.append((arrived + hold_s, posture))

    if start.any():
        go(start, PAUSE_S)
    for _ in range(trials):
        for sign, size in ((1, positive_deg), (-1, negative_deg)):
            end = start.copy()
            end[axis] += sign * max(8.0, size + rng.normal(0, 1.2))
            go(end, HOLD_S)
            go(start, PAUSE_S)
    go(np.zeros(3), 1.0)

    time_s = np.arange(0, keys[-1][0], 1 / FPS)
    at, posture = np.array([key[0] for key in keys]), np.array([key[1] for key in keys])
    i = np.clip(np.searchsorted(at, time_s, "right") - 1, 0, len(at) - 2)
    s = np.clip((time_s - at[i]) / (at[i + 1] - at[i]), 0, 1)
    angles = posture[i] + (10 * s**3 - 15 * s**4 + 6 * s**5)[:, None] * (posture[i + 1] - posture[i])
    for column in range(3):  # a living head is never still
        frequency, phase = rng.uniform(0.1, 0.4), rng.uniform(0, 2 * np.pi)
        angles[:, column] += SWAY_DEG * np.sin(2 * np.pi * frequency * time_s + phase)
    return time_s, angles

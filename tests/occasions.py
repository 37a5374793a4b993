"""Measurements made of chosen trial angles, with the uncertainty the measurement itself would state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from romcheck import statistics
from romcheck.clinical import Conditions, Occasion
from romcheck.motion.uncertainty import AngleUncertainty, of_difference, of_mean
from romcheck.protocols import PROTOCOLS
from romcheck.results import (
    Camera,
    Difference,
    Frames,
    LensKnowledge,
    Movement,
    MovementName,
    Result,
    Software,
    Source,
    Summary,
    Test,
)

TODAY = date(2026, 3, 2)
SEATED_ACTIVE = Conditions(moved_by=None, camera="desk")


def camera(known: LensKnowledge = "calibrated", width: int = 1280) -> Camera:
    return Camera(width, 720, 1000.0, 1000.0, width / 2, 360.0, (0.0,) * 5, known)


def occasion(
    angles: Mapping[MovementName, Sequence[float]],
    conditions: Conditions = SEATED_ACTIVE,
    *,
    on: date = TODAY,
    test: Test = "flexion-rotation",
    systematic: float = 1.0,
    sway: float = 0.2,
    lens: Camera | None = None,
    version: str = "0.1.0",
    at_least: bool = False,
    start: float = 0.0,
    frames: bool = False,
    covariance: Mapping[MovementName, float] | None = None,
    recording: str = "ab" * 32,
    mapped_with: tuple[str, ...] = (),
) -> Occasion:
    """One measurement whose trials have these angles; `systematic` and `sway` are standard uncertainties.

    ``covariance`` is that of each mean's error with the same movement's in the one recording of ``mapped_with``.
    """
    lens = camera() if lens is None else lens
    part = AngleUncertainty(systematic, start, sway)
    movements: list[Movement] = []
    for trial in range(max((len(a) for a in angles.values()), default=0)):
        for name, values in angles.items():
            if trial < len(values):
                now = 6.0 * len(movements) + 1
                movements.append(
                    Movement(
                        name,
                        trial + 1,
                        now,
                        now + 4.5,
                        now + 1.5,
                        now + 3,
                        float(values[trial]),
                        part.half_width,
                        at_least,
                        "good",
                        (),
                        flexion_held_deg=48.0 if test == "flexion-rotation" else None,
                    )
                )
    spread, freedom = statistics.pooled_sd(list(angles.values()))
    means = {name: of_mean([part] * len(values), spread, freedom) for name, values in angles.items() if len(values)}
    summary = tuple(
        Summary(
            name,
            tuple(range(1, len(values) + 1)),
            float(np.mean(values)) if len(values) else None,
            statistics.sample_sd(values),
            max(values, default=None),
            means[name].half_width if len(values) else None,
            covariance_deg2=((covariance or {}).get(name, 0.0),) if mapped_with else (),
        )
        for name, values in angles.items()
    )
    left, right = PROTOCOLS[test].movements
    differences: tuple[Difference, ...] = ()
    if test != "flexion-extension" and left in means and right in means:
        kind = "lateral_flexion" if test == "lateral-flexion" else "rotation"
        gap = float(np.mean(angles[left]) - np.mean(angles[right]))
        differences = (Difference(kind, gap, of_difference(means[left], means[right])),)
    end = movements[-1].end_s + 1 if movements else 1.0
    result = Result(
        test=test,
        test_recognised=True,
        source=Source("visit.mp4", recording, lens.width, lens.height, end, int(end * 30), 30.0),
        software=Software(version, "mediapipe", "0.10.21", {"mesh": "cd" * 32}, {}),
        camera=lens,
        movements=tuple(movements),
        summary=summary,
        differences=differences,
        warnings=(),
        mapped_with=mapped_with,
    )
    return Occasion(result, conditions, on, frames=curves(result) if frames else None)


def curves(result: Result, fps: float = 30.0) -> Frames:
    """Frames in which every movement goes there, holds and comes back, with a little sway."""
    protocol = PROTOCOLS[result.test]
    time = np.arange(result.source.frames) / fps
    main = np.zeros(len(time))
    for m in result.movements:
        sign = 1 if m.movement == protocol.positive else -1
        hold = (m.hold_start_s, m.hold_end_s)
        main += sign * np.interp(time, [m.start_s, *hold, m.end_s], [0, m.angle_deg, m.angle_deg, 0])
    main += 0.4 * np.sin(2.1 * time)
    still = 0.3 * np.sin(0.7 * time)
    three = [still.copy(), still.copy(), still.copy()]
    three[protocol.axis] = main
    return Frames(time, np.ones(len(time), bool), *three, trunk_rotation_deg=still, sigma_deg=np.full(len(time), 1.2))

"""A result with every kind of value in it."""

import sys
from pathlib import Path

import numpy as np
import pytest

from romcheck.results import Camera, Difference, Frames, Movement, Result, Software, Source, Summary

sys.path.append(str(Path(__file__).resolve().parents[1] / "motion"))  # the scripted motion tracks are used here too


@pytest.fixture
def result() -> Result:
    """Two turns in flexion, one of them beyond what could be seen."""
    return Result(
        test="flexion-rotation",
        test_recognised=True,
        source=Source("clip é.mp4", "ab" * 32, 640, 480, 1 / 3, 10, 30.0),
        software=Software("0.1.0", "engine", "1", {"mesh": "cd" * 32}, {"longest_side_px": 1920}),
        camera=Camera(640, 480, 554.25625842, 554.25626, 320.0, 240.0, (-0.22, 0.06, 0.0005, -0.0005, 0.0), "stated"),
        movements=(
            Movement(
                "rotation_left", 1, 0.1, 0.30001, 0.15, 0.25, 41.23456, 2.0049, False, "good", (),
                flexion_held_deg=45.0, flexion_lost_deg=-0.001, lateral_flexion_deg=np.float64(3.14159),
            ),
            Movement("rotation_right", 1, 0.3, 1 / 3, None, None, None, None, True, "rejected", ("beyond_reach",)),
        ),
        summary=(
            Summary("rotation_left", (1,), 41.23456, None, 41.23456, 2.0049),
            Summary("rotation_right", (), None, None, None, None),
        ),
        differences=(Difference("rotation", -1.005, 3.0),),
        warnings=("The lens is not known.",),
    )  # fmt: skip


@pytest.fixture
def frames() -> Frames:
    """Ten frames, the third without a face, the trunk measured in the first five."""
    n = 10
    angle = np.linspace(0, 45, n)
    valid = np.arange(n) != 2
    return Frames(
        time_s=np.arange(n) / 30,
        valid=valid,
        rotation_deg=np.where(valid, angle, np.nan),
        flexion_deg=-angle,
        lateral_flexion_deg=np.full(n, -1e-9),
        trunk_rotation_deg=np.where(np.arange(n) < 5, 1.23456, np.nan),
        sigma_deg=np.full(n, 0.5),
    )

"""A few dozen wrong messages to the camera's route; thousands are sent by ``benchmarks/fuzz_camera.py``."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from fuzz_camera import fuzz


@pytest.mark.slow
def test_wrong_messages_leave_the_server_whole():
    """It starts real measuring processes, which load their networks."""
    done = fuzz(60, seed=3)
    assert done.messages == 60
    assert done.complaints == []
    assert done.alive
    assert done.measured
    assert done.peak_mb < 1500

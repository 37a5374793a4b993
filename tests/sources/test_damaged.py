"""A few dozen damaged videos; benchmarks/damaged_videos.py reads thousands."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[2] / "benchmarks"))

from damaged_videos import MOST_MB, run


@pytest.mark.slow
def test_damaged_videos_end_in_a_result_or_a_sentence(capsys):
    """Each read to its end in a process that may die, the same ones every time."""
    found = run(40, seed=7)
    assert found["result"] + found["sentence"] == 40, capsys.readouterr().out
    assert found["result"] >= 5
    assert found["sentence"] >= 5
    assert found["files made"] == 0
    assert found["most MB"] < MOST_MB

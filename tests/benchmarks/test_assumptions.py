"""The stress benchmark calls wrong what is wrong, and nothing else."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from romcheck.geometry.intrinsics import Lens
from romcheck.motion.gates import GATES
from romcheck.notices import CODES
from romcheck.results import Movement, Notice, Summary

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))
assumptions, clips = (importlib.import_module(name) for name in ("assumptions", "clips"))

LEFT = clips.Hold("rotation_left", 4.0, 5.5, 60.0, None, 0.0)
RIGHT = clips.Hold("rotation_right", 10.0, 11.5, 50.0, None, 0.0)
CLIP = clips.Clip("clip", Path("clip.mp4"), "rotation", 30, Lens.from_fov(640, 480, 60), 0.0, 2.0, (LEFT, RIGHT))


def said(movement: str, at_s: float, angle: float, quality: str = "good", **more: Any) -> Movement:
    values = {"uncertainty_deg": 3.0, "at_least": False, "reasons": (), **more}
    return Movement(movement, 1, at_s - 2, at_s + 3.5, at_s, at_s + 1.5, angle_deg=angle, quality=quality, **values)


def judged(*movements: Movement, notices: tuple[str, ...] = (), summary: tuple[Summary, ...] = ()) -> Any:
    result = SimpleNamespace(
        tests=(SimpleNamespace(movements=movements, summary=summary),), notices=tuple(Notice(code) for code in notices)
    )
    return assumptions.judge(CLIP, result, frozenset({"lens_assumed"}))[0]


GOOD = said("rotation_right", 10, 51)


@pytest.mark.parametrize(
    ("movements", "notices", "verdict"),
    [
        ([said("rotation_left", 4, 62.9), GOOD], (), "right"),
        ([said("rotation_left", 4, 63.1), GOOD], (), "wrong"),  # outside its interval
        ([said("rotation_left", 4, 63.1, "usable"), GOOD], ("zoomed",), "wrong"),  # a warning makes no angle right
        ([said("rotation_left", 4, 80, "rejected"), GOOD], (), "caught"),
        ([said("rotation_right", 4, 60), GOOD], (), "wrong"),  # the other side
        ([said("rotation_right", 4, 60, "rejected"), GOOD], (), "caught"),
        ([GOOD], (), "wrong"),  # missing without a word
        ([GOOD], ("lens_assumed",), "wrong"),  # which the untouched clip said too
        ([GOOD], ("picture_froze",), "caught"),
        ([said("rotation_left", 4, 60), GOOD, said("rotation_left", 17, 40)], (), "wrong"),  # never was
        ([said("rotation_left", 4, 60), GOOD, said("rotation_left", 17, 40, "rejected")], (), "right"),
    ],
)
def test_a_result_is_judged_by_what_it_claims(movements, notices, verdict):
    assert judged(*movements, notices=notices) == verdict


@pytest.mark.parametrize(
    ("mean", "reason", "verdict"), [(62, None, "right"), (64, None, "wrong"), (64, "unsure", "right")]
)
def test_a_mean_is_judged_too(mean, reason, verdict):
    summary = Summary("rotation_left", (1,), mean, None, mean, 3.0, reason)
    assert judged(said("rotation_left", 4, 61), GOOD, summary=(summary,)) == verdict


def test_every_row_has_four_strengths_and_words_that_exist():
    rows = assumptions.all_rows()
    assert len({row.name for row in rows}) == len(rows)
    for row in rows:
        assert len(row.strengths) == 4, row.name
        assert row.words <= set(GATES) | set(CODES), row.name
        assert row.must <= row.words, row.name

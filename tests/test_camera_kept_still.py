"""Zoomed, panned, repeated and frozen recordings of one turn: correct nevertheless, or marked as doubtful."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from recordings import Picture, write_video

from romcheck.errors import VideoError
from romcheck.measure import measure
from romcheck.results import Result

pytestmark = pytest.mark.slow

TRUE_DEG = 62.22
FPS = 25
OUT_S = 2.2, 3.4
"""Most of the way out to the left."""
CENTER = 320, 240

Touch = Callable[[list[Picture], float, int], Picture]
"""The picture shown, from all of them, a time and a number."""


def zoom(most: float) -> Touch:
    def touch(pictures: list[Picture], t: float, i: int) -> Picture:
        scale = 1 + (most - 1) * np.clip((t - OUT_S[0]) / (OUT_S[1] - OUT_S[0]), 0, 1)
        return np.asarray(cv2.warpAffine(pictures[i], cv2.getRotationMatrix2D(CENTER, 0, scale), (640, 480)), np.uint8)

    return touch


def pan(most_px: float) -> Touch:
    def touch(pictures: list[Picture], t: float, i: int) -> Picture:
        right = most_px * np.clip((t - OUT_S[0]) / (OUT_S[1] - OUT_S[0]), 0, 1)
        by = np.array([[1, 0, right], [0, 1, 0.0]])
        return np.asarray(cv2.warpAffine(pictures[i], by, (640, 480), borderMode=cv2.BORDER_REPLICATE), np.uint8)

    return touch


def repeat(every: int) -> Touch:
    return lambda pictures, _, i: pictures[i - i % every]


def freeze(pictures: list[Picture], t: float, i: int) -> Picture:
    return pictures[round(2.4 * FPS)] if 2.4 <= t < 3.3 else pictures[i]


@pytest.fixture(scope="module")
def touched(one_turn: Path, sample_videos: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Touch], Result]:
    with av.open(str(one_turn)) as file:
        pictures = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
    path = tmp_path_factory.mktemp("touched") / "touched.mp4"

    def run(touch: Touch) -> Result:
        write_video(path, (touch(pictures, i / FPS, i) for i in range(len(pictures))), fps=FPS)
        return measure(path, test="rotation", camera=sample_videos / "rotation.camera.json").result

    return run


@pytest.mark.parametrize(
    ("touch", "reason"),
    [(zoom(1.2), "zoomed"), (pan(-60), "camera_moved"), (repeat(3), "frame_rate_low")],
    ids=["zoom", "pan", "repeats"],
)
def test_it_is_right_all_the_same_and_said(touched, touch, reason):
    result = touched(touch)

    (turn,) = result.movements
    assert turn.angle_deg == pytest.approx(TRUE_DEG, abs=2.5)
    assert reason in turn.reasons
    assert turn.quality == "usable"
    assert {"zoomed": "zoomed", "camera_moved": "camera_moved", "frame_rate_low": "repeated_pictures"}[reason] in {
        n.code for n in result.notices
    }


def test_a_zoom_past_all_that_lies_behind_is_rejected(touched):
    """Picture and door on the wall leave the picture: what was zoomed afterwards cannot be known."""
    result = touched(zoom(1.6))

    assert {m.quality for m in result.movements} == {"rejected"}
    assert all("camera_unsteady" in m.reasons for m in result.movements)


def test_a_freeze_on_the_way_out_is_no_hold(touched):
    try:
        result = touched(freeze)
    except VideoError:
        return
    for m in result.movements:
        assert m.quality == "rejected" or m.angle_deg == pytest.approx(TRUE_DEG, abs=2.5)
    assert "picture_froze" in {n.code for n in result.notices}

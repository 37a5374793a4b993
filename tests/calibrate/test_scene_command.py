"""``romcheck calibrate --scene`` from a video to a camera file, and what it says when it cannot."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from test_calibrate_command import run, write_video

from romcheck.calibrate.scene import calibrated_scene
from romcheck.calibrate.scene_views import SceneWatch
from romcheck.errors import CameraError
from romcheck.geometry.camera_file import read_camera
from romcheck.geometry.intrinsics import Lens

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
from rooms import Turn, filmed, room

LENS = replace(Lens.from_fov(480, 270, 72.0), cx=239.5, cy=134.5, distortion=(-0.08, 0.02, 0.0, 0.0, 0.0))
TURN = Turn(arm_m=(0.0, 0.0, 0.1), rate=6.0, readout_s=0.01)


def watched(pictures) -> SceneWatch:
    watch = SceneWatch()
    for i, picture in enumerate(pictures):
        watch.see(i / 10, picture)
    return watch


def textured(seed: int) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(0, 256, (18, 32)).astype(np.uint8)
    return cv2.resize(coarse, (320, 180), interpolation=cv2.INTER_CUBIC)


def refused(pictures) -> str:
    with pytest.raises(CameraError) as error:
        calibrated_scene(watched(pictures))
    return error.value.code


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    """A phone turned in a room."""
    path = tmp_path_factory.mktemp("room") / "room.mp4"
    write_video(path, [picture for _, picture in filmed(room(7), LENS, TURN)], fps=6)
    return path


@pytest.mark.slow("three turns are followed and fitted")
def test_the_lens_is_found_and_another_contradicts(video, tmp_path):
    camera = tmp_path / "camera.json"
    said = run("--scene", video, "--out", camera)
    assert said.exit_code == 0, said.output
    found = read_camera(camera)
    assert found.fx == pytest.approx(LENS.fx, rel=0.015)
    assert found.distortion[0] == pytest.approx(LENS.distortion[0], abs=0.02)
    assert 0.004 <= found.focal_sd < 0.015
    assert json.loads(camera.read_text())["scene"]["turned_sideways_deg"] > 30
    assert f"Wrote {camera}" in said.output

    assert run("--scene", video, "--check", camera).exit_code == 0
    wrong = json.loads(camera.read_text())
    wrong["fx"] = wrong["fy"] = 1.08 * wrong["fx"]
    camera.write_text(json.dumps(wrong))
    said = run("--scene", video, "--check", camera)
    assert said.exit_code == 1
    assert "contradicts the room" in said.output


def test_a_blank_wall_is_refused():
    rng = np.random.default_rng(0)
    assert refused(rng.normal(128, 3, (180, 320)).astype(np.uint8) for _ in range(20)) == "scene_blank"


def test_a_camera_that_stands_still_is_refused():
    assert refused([textured(0)] * 30) == "scene_short"


def test_pictures_without_connection_are_refused():
    assert refused(textured(seed) for seed in range(20)) == "scene_lost"


@pytest.mark.slow
def test_a_video_of_a_turning_head_is_told():
    said = run("--scene", Path(__file__).parents[2] / "sample_videos" / "rotation.mp4", "--out", "none.json")
    assert said.exit_code == 1
    assert "show a person’s face" in said.output
    assert "Turn it farther" in said.output


def test_no_picture_is_refused():
    assert refused([]) == "scene_short"


@pytest.mark.parametrize("also", ["board.mp4", None])
def test_what_is_to_be_filmed_must_be_clear(also, tmp_path):
    said = run(*([also, "--scene", "room.mp4"] if also else []))
    assert said.exit_code == 2


def test_a_video_that_is_not_there_is_named(tmp_path):
    said = run("--scene", tmp_path / "room.mp4", "--out", tmp_path / "camera.json")
    assert said.exit_code == 1
    assert "room.mp4" in said.output
    assert not (tmp_path / "camera.json").exists()

"""The sample videos show what their truth files say, and the model behind them draws a face."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from romcheck.geometry.camera_file import read_camera
from romcheck.person.landmarks import FaceMesh

NAMES = ("flexion_rotation", "rotation", "flexion_extension", "lateral_flexion")
LARGEST_BYTES = 1_000_000
FACING = np.diag([1.0, -1.0, -1.0])
LANDMARKS = {  # the face mesh's own numbers of the mannequin's named points
    "nose_tip": 4,
    "upper_lip": 0,
    "lower_lip": 17,
    "left_eye_outer": 263,
    "left_eye_inner": 362,
    "right_eye_outer": 33,
    "right_eye_inner": 133,
    "left_mouth_corner": 291,
    "right_mouth_corner": 61,
}
TOWARDS = {  # where a movement takes an axis of the head, in the axes of the trunk: axis, direction, sign
    "rotation_left": (2, 0, +1),
    "rotation_right": (2, 0, -1),
    "frt_left": (2, 0, +1),
    "frt_right": (2, 0, -1),
    "flexion": (2, 1, -1),
    "flexed_neutral": (2, 1, -1),
    "extension": (2, 1, +1),
    "lateral_flexion_left": (1, 0, +1),
    "lateral_flexion_right": (1, 0, -1),
}


@pytest.fixture(scope="module")
def maker(sample_videos: Path) -> ModuleType:
    """Give the script that makes the videos; its neighbours are plain modules, found by its own folder."""
    sys.path.insert(0, str(sample_videos))
    return importlib.import_module("make_sample_videos")


@pytest.fixture(scope="module")
def mannequin(maker: ModuleType) -> Any:
    return maker.Mannequin(maker.Person())


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def truth(sample_videos: Path, name: str) -> dict[str, Any]:
    return dict(json.loads((sample_videos / f"{name}.json").read_text()))


def frames_of(path: Path, every: int) -> list[tuple[int, NDArray[np.uint8]]]:
    with av.open(str(path)) as file:
        return [
            (i, f.to_ndarray(format="rgb24"))
            for i, f in enumerate(file.decode(video=0))
            if every == 1 or i % every == 0
        ]


def angle_deg(R: NDArray[np.float64]) -> float:
    return float(np.degrees(np.arccos(np.clip((np.trace(R) - 1) / 2, -1, 1))))


@pytest.mark.slow
def test_picture_and_truth_agree(
    sample_videos: Path, maker: ModuleType, mannequin: Any, name: str, truth: dict[str, Any]
) -> None:
    """The face is found up to 45°, and where pose, lens and shape of the truth put it."""
    points = importlib.import_module("head_model").landmarks(mannequin)
    X = np.array([points[key] for key in LANDMARKS])
    K = np.array(truth["camera_matrix"])
    found, distances = [], []
    with FaceMesh() as mesh:
        for i, picture in frames_of(sample_videos / f"{name}.mp4", every=4):
            R, origin = np.array(truth["head_to_camera"][i]), np.array(truth["head_origin_m"][i])
            faces = mesh.find(picture)
            if angle_deg(FACING @ R) > 45:
                continue
            # A leaning head is now and then found twice at the same place.
            found.append(len(faces) > 0)
            if faces:
                camera = X @ R.T + origin
                pixels = camera[:, :2] / camera[:, 2:] * np.diag(K)[:2] + K[:2, 2]
                distances.append(np.linalg.norm(faces[0][list(LANDMARKS.values()), :2] - pixels, axis=1).mean())
    assert np.mean(found) >= 0.95
    assert np.median(distances) < 4
    assert np.percentile(distances, 95) < 7


def test_truth_is_told_in_the_stated_axes(truth: dict[str, Any]) -> None:
    """Rotations are proper; a still trunk leaves the camera's pitch between the two ways to tell the head's turn."""
    camera, trunk = np.array(truth["head_to_camera"]), np.array(truth["head_to_trunk"])
    for R in (camera, trunk):
        assert np.allclose(R @ R.transpose(0, 2, 1), np.eye(3), atol=1e-5)
        assert np.allclose(np.linalg.det(R), 1, atol=1e-5)
    assert np.allclose(trunk[0], np.eye(3), atol=1e-6)
    between = camera @ trunk.transpose(0, 2, 1)
    assert np.allclose(between, between[0], atol=1e-5)
    assert angle_deg(FACING @ between[0]) == pytest.approx(abs(truth["camera_pitch_deg"]), abs=0.01)
    # A low camera that looks up sees the nose point above itself.
    assert (FACING @ between[0])[1, 2] > 0


def test_holds_are_still_and_named_for_their_side(truth: dict[str, Any]) -> None:
    """Every hold lasts its 1.5 s without motion, and its name says where the head went."""
    trunk = np.array(truth["head_to_trunk"])
    for hold in truth["holds"]:
        first, last = round(hold["start_s"] * truth["fps"]), round(hold["end_s"] * truth["fps"])
        assert last - first >= 1.5 * truth["fps"] - 1
        assert np.ptp(trunk[first:last], axis=0).max() < 1e-6
        if hold["name"] != "neutral":
            axis, direction, sign = TOWARDS[hold["name"]]
            assert sign * trunk[first][direction, axis] > 0.4


def test_clip_is_whole_small_and_says_that_no_person_is_shown(
    sample_videos: Path, name: str, truth: dict[str, Any]
) -> None:
    path = sample_videos / f"{name}.mp4"
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        assert stream.frames == len(truth["head_to_camera"]) == len(truth["head_to_trunk"])
        assert stream.average_rate == truth["fps"]
        assert [stream.width, stream.height] == truth["size"]
        assert "no person" in file.metadata["comment"]
    assert path.stat().st_size < LARGEST_BYTES


def test_camera_file_is_the_lens_of_the_truth(sample_videos: Path, name: str, truth: dict[str, Any]) -> None:
    lens = read_camera(sample_videos / f"{name}.camera.json")
    assert [lens.width, lens.height] == truth["size"]
    assert np.allclose(lens.K, truth["camera_matrix"], atol=1e-3)


@pytest.mark.parametrize(
    "name",
    ["rotation", *(pytest.param(name, marks=pytest.mark.slow) for name in NAMES if name != "rotation")],
    indirect=True,
)
def test_script_still_draws_the_clips(
    sample_videos: Path, maker: ModuleType, mannequin: Any, name: str, truth: dict[str, Any]
) -> None:
    """A frame drawn now is the one in the video, but for its compression, and the truth is the script's."""
    clip = maker.CLIPS[name]
    script = maker.script(clip.kind, np.random.default_rng(clip.seed))
    made = maker.truth_of(name, clip, script, mannequin)
    assert [hold["name"] for hold in made["holds"]] == [hold["name"] for hold in truth["holds"]]
    for key in ("head_to_camera", "head_to_trunk", "head_origin_m"):
        assert np.allclose(made[key], truth[key], atol=2e-5)
    wanted = round(truth["holds"][2]["start_s"] * truth["fps"]) + 5
    shown = next(picture for i, picture in frames_of(sample_videos / f"{name}.mp4", every=wanted) if i == wanted)
    drawn = maker.picture(clip, mannequin, script.rows[wanted], wanted)
    assert np.abs(drawn.astype(float) - shown).mean() < 3


@pytest.mark.slow
def test_drawing_repeats_to_the_bit(maker: ModuleType) -> None:
    clip = maker.CLIPS["rotation"]
    row = np.array([20.0, 0, 0, 0])
    first, second = (maker.picture(clip, maker.Mannequin(clip.person), row, 7) for _ in range(2))
    assert np.array_equal(first, second)


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "worn"), [(1, {}), (5, {"expression": 0.012}), (7, {"glasses": True})])
def test_other_people_have_faces_too(maker: ModuleType, seed: int, worn: dict[str, Any]) -> None:
    """Made-up people, one with an open mouth and one with glasses, are found, and at their place."""
    model = importlib.import_module("head_model")
    if "expression" in worn:
        worn = {"expression": model.Expression(mouth_open=worn["expression"])}
    person = model.Mannequin(model.Person.random(seed), **worn)
    size, origin = (480, 360), np.array([0.05, 0.0, 0.6])
    K = model.camera_matrix(size, 60)
    picture = person.render(np.eye(3), np.eye(3), origin, K, size)
    with FaceMesh(tracking=False) as mesh:
        faces = mesh.find(picture.astype(np.uint8))
    assert len(faces) == 1
    points = model.landmarks(person)
    still = {key: number for key, number in LANDMARKS.items() if "eye" in key or "nose" in key}
    for key, number in still.items():
        seen = FACING @ points[key] + origin
        assert faces[0][number, :2] == pytest.approx(seen[:2] / seen[2] * K[0, 0] + K[:2, 2], abs=7)

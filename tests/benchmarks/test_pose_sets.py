"""Sets of recordings with known poses are read as they are published: tiny ones in the same layouts."""

from __future__ import annotations

import importlib
import json
import shutil
import sys
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from romcheck.motion.postures import angles_from
from romcheck.motion.rotations import compose

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))
pose_sets = importlib.import_module("pose_sets")

SAMPLE = ROOT / "sample_videos" / "rotation.mp4"
TRUTH = json.loads(SAMPLE.with_suffix(".json").read_text("utf-8"))
HEAD = np.array(TRUTH["head_to_camera"])
SECONDS, EVERY = 6.0, 2
BETWEEN = compose(3.0, -2.0, 1.0)
"""From the depth camera to the colour camera."""


def pictures(seconds: float) -> list[np.ndarray]:
    with av.open(str(SAMPLE)) as video:
        frames = (frame.to_ndarray(format="bgr24") for frame in video.decode(video=0))
        return [frame for frame, _ in zip(frames, range(int(seconds * TRUTH["fps"])), strict=False)]


def write_biwi(folder: Path, transposed: bool) -> None:
    folder.mkdir()
    K = np.array(TRUTH["camera_matrix"])
    rows = [*K, [], [0, 0, 0, 0], [], *BETWEEN, [], [25.0, 0.1, 0.2], [], TRUTH["size"]]
    (folder / "rgb.cal").write_text("\n".join(" ".join(map(str, row)) for row in rows))
    for i, picture in enumerate(pictures(SECONDS)[::EVERY]):
        pose = BETWEEN.T @ HEAD[EVERY * i]
        lines = [*(pose.T if transposed else pose), [], [10.0, 20.0, 900.0]]
        (folder / f"frame_{i + 3:05d}_pose.txt").write_text("\n".join(" ".join(map(str, row)) for row in lines))
        cv2.imwrite(str(folder / f"frame_{i + 3:05d}_rgb.png"), picture)


@pytest.mark.slow("six seconds of pictures are measured twice")
@pytest.mark.parametrize("transposed", [False, True])
def test_a_biwi_recording_is_read_with_its_lens_whichever_way_its_poses_go(tmp_path: Path, transposed: bool) -> None:
    write_biwi(tmp_path / "01", transposed)
    ((layout, path),) = pose_sets.find(tmp_path)
    pictures = pose_sets.BiwiFrames(path, TRUTH["fps"] / EVERY)
    assert layout == "biwi"
    assert (pictures.lens.fx, pictures.lens.cx) == (TRUTH["camera_matrix"][0][0], TRUTH["camera_matrix"][0][2])
    found = pose_sets.run(pose_sets.Job(layout, path, TRUTH["fps"] / EVERY))
    assert found.refused == ""
    assert len(found.error_deg) > 0.9 * len(pictures.paths)
    assert max(found.true_deg) > 40  # the clip's first turn
    assert np.percentile(found.error_deg, 95) < 3


@pytest.mark.slow("a video is measured twice")
def test_cameras_and_worn_sensors_are_found_and_compared(tmp_path: Path) -> None:
    cameras, worn = tmp_path / "cameras", tmp_path / "worn"
    cameras.mkdir()
    worn.mkdir()
    for folder in (cameras, worn):
        shutil.copy(SAMPLE, folder / "turns.mp4")
    shutil.copy(SAMPLE.with_name("rotation.camera.json"), cameras / "turns.camera.json")
    turns = [None if i % 10 == 3 else (R @ HEAD[0].T).tolist() for i, R in enumerate(HEAD)]
    (cameras / "truth.json").write_text(json.dumps({"turn": {"turns": turns}}))
    angles = angles_from(HEAD[0], HEAD).stacked()
    lines = [",".join(map(str, (i / TRUTH["fps"] + 0.7, *a))) for i, a in enumerate(angles)]
    (worn / "turns.csv").write_text("\n".join(["time_s,rotation,flexion,lateral_flexion", *lines]))
    jobs = [pose_sets.Job(layout, path, 30) for layout, path in pose_sets.find(tmp_path)]
    seen, sensed = (pose_sets.run(job) for job in jobs)
    assert seen.known == sum(turn is not None for turn in turns)
    assert np.percentile(seen.error_deg, 95) < 3
    assert sensed.refused == ""
    assert sensed.rmse_deg["rotation"] < 4  # the lens is only assumed
    told = pose_sets.tables(pose_sets.PoseSetsRun("1", (seen,), (sensed,)), markdown=False)
    assert "cameras/turns" in told
    assert "turned 45-90°" in told

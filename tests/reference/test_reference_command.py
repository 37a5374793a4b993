"""``romcheck reference`` from a video to its report, with the face really measured."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from recordings import write_video
from typer.testing import CliRunner
from worn_markers import Wearer

from romcheck.cli import app
from romcheck.reference.markers import HEAD, HEAD_RIGHT
from romcheck.reference.profile import Gain, Profile, write_profile
from romcheck.sources.video import VideoFile


@pytest.fixture(scope="module")
def marked(sample_videos, tmp_path_factory):
    """One turn to the left of the rotation sample, with two markers on the head and one on the chest."""
    truth = json.loads((sample_videos / "rotation.json").read_text())
    wearer = Wearer(HEAD, HEAD_RIGHT)
    pictures = []
    with VideoFile(sample_videos / "rotation.mp4") as video:
        for frame in video:
            if frame.time_s > 7.0:
                break
            head, origin = (np.array(truth[key][frame.index]) for key in ("head_to_camera", "head_origin_m"))
            pictures.append(np.clip(wearer.put(frame.rgb, head, origin), 0, 255).astype(np.uint8))
    path = tmp_path_factory.mktemp("marked") / "turn.mp4"
    return write_video(path, pictures, fps=truth["fps"], options={"crf": "18"})


@pytest.mark.slow("markers are drawn on a turn, and it is measured twice: by them and by the face")
def test_the_markers_tell_the_truth_and_the_face_is_compared_with_them(marked, sample_videos, tmp_path):
    camera = sample_videos / "rotation.camera.json"
    got = CliRunner().invoke(app, ["reference", str(marked), "--camera", str(camera), "--out", str(tmp_path), "--plot"])
    assert got.exit_code == 0, got.output
    assert "In this room, with this camera, the face reading was on average" in " ".join(got.output.split())
    report = json.loads((tmp_path / "turn.reference.json").read_text())
    truth = next(
        h for h in json.loads((sample_videos / "rotation.json").read_text())["holds"] if h["rotation_deg"] > 50
    )
    (movement,) = report["each_movement"]
    assert movement["movement"] == "rotation_left"
    assert movement["markers_deg"] == pytest.approx(truth["rotation_deg"], abs=0.7)
    assert report["trunk_measured"]
    assert report["holds"]["n"] > 20
    assert report["distance_m"] == pytest.approx(0.53, abs=0.05)
    assert (tmp_path / "turn.reference.png").stat().st_size > 10_000


def test_a_file_that_is_no_profile_is_found_before_anything_is_measured(tmp_path):
    broken = tmp_path / "me.json"
    broken.write_text("{}")
    got = CliRunner().invoke(app, ["measure", "missing.mp4", "--profile", str(broken), "--out", str(tmp_path)])
    assert got.exit_code == 2
    assert "romcheck profile" in " ".join(re.sub("[│╭╮╰╯─]", " ", got.output).split())


def test_a_place_no_profile_can_be_written_to_is_found_before_anything_is_measured(sample_videos, tmp_path):
    camera = str(sample_videos / "rotation.camera.json")
    arguments = ["reference", "missing.mp4", "--camera", camera, "--out", str(tmp_path)]
    got = CliRunner().invoke(app, [*arguments, "--save-profile", str(tmp_path)])
    assert got.exit_code == 1
    assert "is a folder, not a file" in got.output
    assert "missing.mp4" not in got.output


@pytest.mark.slow
def test_measure_applies_a_profile_and_says_so(small_turn, sample_videos, tmp_path):
    camera = sample_videos / "rotation.camera.json"
    gains = {
        f"rotation_{side}": Gain(gain=gain, sd=0.01, movements=3) for side, gain in (("left", 1.1), ("right", 1.0))
    }
    write_profile(
        Profile(schema="romcheck.profile/1", test="rotation", gains=gains, trunk_measured=True, romcheck="0"),
        tmp_path / "me.json",
    )
    results = []
    for options in ([], ["--profile", str(tmp_path / "me.json")]):
        arguments = ["measure", str(small_turn), "--camera", str(camera), "--out", str(tmp_path), "--quiet", *options]
        got = CliRunner().invoke(app, arguments)
        assert got.exit_code == 0, got.output
        results.append(json.loads((tmp_path / f"{small_turn.stem}.result.json").read_text()))
    plain, corrected = results
    assert corrected["movements"][0]["angle_deg"] == pytest.approx(1.1 * plain["movements"][0]["angle_deg"], abs=0.02)
    assert corrected["software"]["settings"]["profile"]["rotation_left"]["gain"] == 1.1
    assert any("A person's correction" in warning for warning in corrected["warnings"])
    assert not any("A person's correction" in warning for warning in plain["warnings"])

"""The guided check on pictures: a sample video played through the measurement, as a camera would be."""

import json
from dataclasses import replace

import numpy as np
import pytest
from recordings import copy_beginning

from romcheck.geometry.camera_file import lens_at, read_camera
from romcheck.live.check import Check
from romcheck.live.framing import Framing, FramingState
from romcheck.live.state import CheckPlan, CheckState
from romcheck.measure import measure_recording
from romcheck.sources.video import VideoFile


@pytest.mark.slow("half a minute of video, picture by picture")
def test_the_sample_flexion_rotation_test_is_followed_from_its_pictures(sample_videos):
    """All trials found, on their sides, near the truth; the framing was good before."""
    check = Check(CheckPlan("flexion-rotation", trials=2, practice=False, rest=False))
    states: list[CheckState] = []
    framed: list[FramingState] = []
    with VideoFile(sample_videos / "flexion_rotation.mp4") as video:
        lens = lens_at(read_camera(sample_videos / "flexion_rotation.camera.json"), video.width, video.height)
        framing = Framing(lens, "flexion-rotation", "seated")

        def seen(frame, observer):
            now = observer.now()
            states.append(check.take(now))
            if now.time_s < 1.6:
                framed.append(framing.take(now))

        measurement = measure_recording(video, lens, test="flexion-rotation", seen=seen)
    assert any(f.ready for f in framed), framed[-1]
    truth = [
        h for h in json.loads((sample_videos / "flexion_rotation.json").read_text())["holds"] if "frt_" in h["name"]
    ]
    made = states[-1].made
    assert [t.movement for t in made] == [h["name"].replace("frt", "rotation") for h in truth]
    assert [t.verdict for t in made] == ["good"] * 4
    # Live angles are a causal reading, which knows only the views up to then and reads far turns several degrees
    # small; what is stored is measured from all frames together.
    assert [t.angle_deg for t in made] == pytest.approx([abs(h["rotation_deg"]) for h in truth], abs=8.0)
    final = [m.angle_deg for m in measurement.result.movements]
    assert [t.angle_deg for t in made] == pytest.approx(final, abs=8.0)
    assert states[-1].phase == "done"


class TurnedOver(VideoFile):
    """A video upside down, as a camera above someone lying may give it."""

    def __iter__(self):
        for frame in super().__iter__():
            yield replace(frame, rgb=np.ascontiguousarray(frame.rgb[::-1, ::-1]))


@pytest.mark.slow("whole sample videos, picture by picture")
@pytest.mark.parametrize(
    ("plan", "axis", "source"),
    [
        (CheckPlan("rotation", "passive", "supine", trials=1, practice=False), 0, TurnedOver),
        (CheckPlan("flexion-extension", trials=1, practice=False), 1, VideoFile),
        (CheckPlan("lateral-flexion", trials=1, practice=False), 2, VideoFile),
    ],
    ids=["rotation of someone lying", "flexion-extension", "lateral-flexion"],
)
def test_the_other_tests_are_followed_too(sample_videos, tmp_path, plan, axis, source):
    """Each movement counted on its side, near the truth; of the clip as much as holds the first of each."""
    check = Check(plan)
    sample = sample_videos / plan.test.replace("-", "_")
    holds = [h for h in json.loads(sample.with_suffix(".json").read_text())["holds"] if h["name"] != "neutral"]
    truth = holds[:2]
    with source(copy_beginning(sample.with_suffix(".mp4"), tmp_path / "one_each.mp4", holds[2]["start_s"])) as video:
        lens = lens_at(read_camera(sample.with_suffix(".camera.json")), video.width, video.height)
        measure_recording(video, lens, test=plan.test, seen=lambda _, observer: check.take(observer.now()))
    made = check.state.made
    assert [t.movement for t in made] == [h["name"] for h in truth]
    assert all(t.counted for t in made)
    assert [t.angle_deg for t in made] == pytest.approx([abs(h["row_deg"][axis]) for h in truth], abs=8.0)
    assert check.state.phase == "done"

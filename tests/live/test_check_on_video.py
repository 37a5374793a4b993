"""The guided check on pictures: a sample video played through the measurement, as a camera would be."""

import json

import pytest

from romcheck.face.camera_file import lens_at, read_camera
from romcheck.live.check import Check
from romcheck.live.framing import Framing, FramingState
from romcheck.live.state import CheckState, Plan
from romcheck.measure import measure_recording
from romcheck.sources.video import VideoFile


@pytest.mark.slow
def test_the_sample_flexion_rotation_test_is_followed_from_its_pictures(sample_videos):
    """All trials found, on their sides, near the truth; the framing was good before."""
    check = Check(Plan("flexion-rotation", trials=2, practice=False))
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

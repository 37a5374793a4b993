"""Pictures from a camera give the frames that their kept video gives: the same pixels at the same times."""

import threading

import numpy as np
import pytest
from shots import jpeg, shots

from romcheck.live.recording import Abandoned, CameraRecording, Shot
from romcheck.sources.video import VideoFile

HEIGHT, WIDTH = 120, 160


def picture(level: int) -> bytes:
    """A picture with structure in light and colour, different for each level."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    rgb = np.stack([rows * 2, columns + level, (rows + 3 * columns + 7 * level) % 256], -1)
    return jpeg(rgb.clip(0, 255).astype(np.uint8))


def recorded(times_ms, keep=None, **odd):
    recording = CameraRecording("camera", WIDTH, HEIGHT, keep=keep)
    for number, time_ms in enumerate(times_ms):
        recording.put(Shot(number, time_ms, odd.get(f"shot{number}", picture(number))))
    recording.end()
    return recording, list(recording)


def test_live_and_kept_frames_are_the_same(tmp_path):
    """To the last bit, with the camera's own irregular times."""
    recording, live = recorded([7000, 7033, 7070, 7100, 7233], tmp_path / "kept.mkv")
    with VideoFile(tmp_path / "kept.mkv") as video:
        kept = list(video)
    assert [f.time_s for f in kept] == [f.time_s for f in live]
    assert all(np.array_equal(a.rgb, b.rgb) for a, b in zip(kept, live, strict=True))
    assert (video.source.frames, video.source.sha256) == (recording.source.frames, recording.source.sha256)
    assert not video.notices


def test_times_are_those_of_the_camera():
    _, live = recorded([100, 133, 200])
    assert [f.time_s for f in live] == pytest.approx([0.0, 0.033, 0.1])


@pytest.mark.parametrize("bad", [b"\xff\xd8 no picture \xff\xd9", b"", jpeg(np.zeros((60, 80, 3), np.uint8))])
def test_pictures_that_cannot_be_used_are_dropped_and_counted(bad, tmp_path):
    recording, live = recorded([0, 33, 66], tmp_path / "kept.mkv", shot1=bad)
    assert (recording.dropped, recording.numbers) == (1, [0, 2])
    assert [f.index for f in live] == [0, 1]
    with VideoFile(tmp_path / "kept.mkv") as video:
        assert len(list(video)) == 2


def test_a_clock_that_stands_or_runs_back_drops_pictures():
    recording, live = recorded([0, 33, 33, 10, 66])
    assert [f.time_s for f in live] == pytest.approx([0, 0.033, 0.066])
    assert recording.dropped == 2


def test_given_up_nothing_is_kept(tmp_path):
    recording = CameraRecording("camera", WIDTH, HEIGHT, keep=tmp_path / "kept.mkv")
    recording.put(Shot(0, 0, picture(0)))
    recording.put(Shot(1, 33, picture(1)))
    recording.abandon()
    with pytest.raises(Abandoned):
        list(recording)
    assert list(tmp_path.iterdir()) == []


def test_a_video_that_cannot_be_kept_does_not_cost_the_measurement(tmp_path):
    recording, live = recorded([0, 33, 66], tmp_path / "missing" / "kept.mkv")
    assert len(live) == 3
    assert "could not be kept" in recording.notices[0].text


def test_pictures_may_come_while_they_are_measured():
    """It waits for the next one instead of ending."""
    recording = CameraRecording("camera", WIDTH, HEIGHT)
    got = []
    reader = threading.Thread(target=lambda: got.extend(recording))
    reader.start()
    for number in range(4):
        recording.put(Shot(number, 33 * number, picture(number)))
    recording.end()
    reader.join(timeout=120)
    assert len(got) == 4


def test_a_sample_video_survives(sample_videos, tmp_path):
    recording = CameraRecording("camera", 640, 480, keep=tmp_path / "kept.mkv")
    for shot in shots(sample_videos / "rotation.mp4", 1.0):
        recording.put(shot)
    recording.end()
    live = [(f.time_s, f.rgb) for f in recording]
    with VideoFile(tmp_path / "kept.mkv") as video:
        for (time_s, rgb), frame in zip(live, video, strict=True):
            assert time_s == frame.time_s
            assert np.array_equal(rgb, frame.rgb)

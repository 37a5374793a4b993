"""A picture without shoulders: the neck is no trunk, and the angle is said to be the head's in the room."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import av
import pytest
from recordings import Picture, write_video

from romcheck.measure import Measurement, measure

DESK_ROW, ONE_TURN_S, FPS = 318, 6.6, 25
"""Something flat hides all below this row: neck and face are seen, shoulders are not."""
TRUE_DEG = 62.22


def behind_a_desk(path: Path) -> list[Picture]:
    with av.open(str(path)) as file:
        frames = islice(file.decode(video=0), 0, int(ONE_TURN_S * FPS), 2)
        pictures = [frame.to_ndarray(format="rgb24") for frame in frames]
    for picture in pictures:
        picture[DESK_ROW:] = (104, 92, 80)
    return pictures


@pytest.fixture(scope="module")
def measured(sample_videos: Path, tmp_path_factory: pytest.TempPathFactory) -> Measurement:
    path = tmp_path_factory.mktemp("desk") / "desk.mp4"
    write_video(path, behind_a_desk(sample_videos / "rotation.mp4"), fps=FPS / 2, options={"preset": "veryfast"})
    return measure(path, camera=sample_videos / "rotation.camera.json")


@pytest.mark.slow  # it follows a face through 80 pictures
def test_a_neck_alone_is_not_followed_as_a_trunk(measured: Measurement) -> None:
    (turn,) = measured.result.movements
    assert turn.trunk_rotation_deg is None
    assert turn.relative_to == "room"
    assert "trunk_unknown" in turn.reasons
    assert "trunk_unknown" in [notice.code for notice in measured.result.notices]


@pytest.mark.slow
def test_nothing_is_subtracted_and_the_interval_is_wide(measured: Measurement) -> None:
    (turn,) = measured.result.movements
    assert turn.angle_deg == pytest.approx(TRUE_DEG, abs=3)
    assert turn.uncertainty_deg is not None
    assert turn.uncertainty_deg > 10
    assert turn.quality == "usable"

"""Which way up the pictures of a video are."""

from __future__ import annotations

import importlib
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from romcheck.person.image_orientation import ImageOrientation, OrientationFinder, turned


def first_pictures(path: Path, count: int) -> list[np.ndarray]:
    with av.open(str(path)) as file:
        frames = zip(range(count), file.decode(video=0), strict=False)
        return [frame.to_ndarray(format="rgb24") for _, frame in frames]


QUARTERS = pytest.mark.parametrize(
    "quarters", [0, 3, *(pytest.param(quarters, marks=pytest.mark.slow) for quarters in (1, 2))]
)


@QUARTERS
@pytest.mark.parametrize(
    "clip", ["rotation", *(pytest.param(c, marks=pytest.mark.slow) for c in ("flexion_rotation", "lateral_flexion"))]
)
def test_picture_is_set_upright(sample_videos: Path, clip: str, quarters: int) -> None:
    """A patient may lie any way in the picture; what is to be made is the turn back."""
    pictures = first_pictures(sample_videos / f"{clip}.mp4", 8)
    with closing(OrientationFinder()) as finder:
        answers = [finder.ask(turned(picture, quarters)) for picture in pictures]
    assert answers[-1] == ImageOrientation(-quarters % 4)


@pytest.mark.parametrize(("quarters", "pictures"), [(0, 2), (2, 5)])
def test_two_pictures_decide_only_for_the_picture_as_it_is_played(
    sample_videos: Path, quarters: int, pictures: int
) -> None:
    (picture,) = first_pictures(sample_videos / "rotation.mp4", 1)
    with closing(OrientationFinder()) as finder:
        answers = [finder.ask(turned(picture, quarters)) for _ in range(pictures)]
    assert answers == [None] * (pictures - 1) + [ImageOrientation(quarters)]


def test_a_decision_of_two_pictures_is_doubted_as_soon_as_others_contradict(sample_videos: Path) -> None:
    (one,), (other,) = (first_pictures(sample_videos / f"{clip}.mp4", 1) for clip in ("rotation", "flexion_rotation"))
    with closing(OrientationFinder()) as finder:
        assert [finder.ask(one) for _ in range(2)][-1] == ImageOrientation(0)
        answers = [finder.ask(turned(other, 2)) for _ in range(2)]
    assert answers[-1] is not None
    assert not answers[-1].sure


@QUARTERS
def test_face_without_a_body_is_set_upright(sample_videos: Path, quarters: int) -> None:
    (picture,) = first_pictures(sample_videos / "rotation.mp4", 1)
    tight = np.ascontiguousarray(picture[60:360, 200:440])
    with closing(OrientationFinder()) as finder:
        answers = [finder.ask(turned(tight, quarters)) for _ in range(8)]
    assert answers[-1] == ImageOrientation(-quarters % 4)


@pytest.mark.parametrize(
    ("seed", "pitch", "beard"),
    [
        (8, -45.0, 0.0),
        *(
            pytest.param(*which, marks=pytest.mark.slow)
            for which in ((3, -50.0, 0.9), (1, -55.0, 0.0), (2, -40.0, 0.9), (4, -30.0, 0.9), (5, 20.0, 0.9))
        ),
    ],
)
def test_heads_seen_from_below_and_above_stay_upright(
    sample_videos: Path, monkeypatch: pytest.MonkeyPatch, seed: int, pitch: float, beard: float
) -> None:
    """From far below no face may be found in the picture as it is, but false ones in the others."""
    monkeypatch.syspath_prepend(str(sample_videos))
    model = importlib.import_module("head_model")
    person = replace(model.Person.random(seed), beard=beard)
    camera = model.axis_turn("x", pitch)
    lens = model.camera_matrix((640, 480), 60.0)
    drawn = model.Mannequin(person).render(camera, camera, (0.0, 0.0, 0.7), lens, (640, 480))
    picture = np.clip(drawn, 0, 255).astype(np.uint8)
    with closing(OrientationFinder()) as finder:
        answers = [finder.ask(picture) for _ in range(5)]
    assert answers[-1] is None or answers[-1].quarters == 0
    if beard == 0.0:
        assert answers[-1] == ImageOrientation(0, sure=False)


def test_what_was_stated_is_not_asked() -> None:
    with closing(OrientationFinder(2)) as finder:
        assert finder.found == ImageOrientation(2)
        assert finder.look_again(np.zeros((240, 320, 3), np.uint8), 9.0, seen=False) == ImageOrientation(2)


def test_empty_picture_has_no_way_up() -> None:
    with closing(OrientationFinder()) as finder:
        assert all(finder.ask(np.full((240, 320, 3), 128, np.uint8)) is None for _ in range(6))

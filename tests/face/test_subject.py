"""Whose face is measured, and which way up."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import av
import numpy as np
import pytest
from heads import FACING, face_points, landmarks_of

from romcheck.face.lens import Lens
from romcheck.face.subject import Subject, WayUp, turned

LENS = Lens.from_fov(1280, 720, 70.0)


def face(x: float, y: float = 360.0, width: float = 150.0) -> np.ndarray:
    """Landmarks of a face of a width, its middle at a pixel."""
    seen = landmarks_of(face_points(), FACING, np.array([0, 0, 1.0]), LENS)
    seen[:, :2] -= seen[:468, :2].mean(0)
    seen *= width / np.ptp(seen[:468, 0])
    seen[:, :2] += (x, y)
    return seen


def is_face(found: np.ndarray | None, wanted: np.ndarray) -> bool:
    return found is not None and np.array_equal(found, wanted)


def test_largest_face_is_the_subject() -> None:
    near, far = face(300, width=160), face(900, width=90)
    for faces in ([near, far], [far, near]):
        sighting = Subject().pick(faces)
        assert is_face(sighting.face, near)
        assert (sighting.faces, sighting.sure) == (2, True)


def test_subject_stays_when_somebody_larger_walks_in() -> None:
    subject = Subject()
    for step in range(60):
        own = face(400 + step)
        other = face(1250 - 6 * step, width=220)
        faces = [own] if step < 10 else [other, own]
        sighting = subject.pick(faces)
        assert is_face(sighting.face, own)
        assert sighting.faces == len(faces)


def test_other_face_is_not_taken_when_the_subject_leaves() -> None:
    subject = Subject()
    for _ in range(10):
        subject.pick([face(300, width=170), face(1000)])
    for _ in range(100):
        sighting = subject.pick([face(1000)])
        assert sighting.face is None or not sighting.sure


def test_one_face_reported_twice_counts_once() -> None:
    subject = Subject()
    for step in range(20):
        sighting = subject.pick([face(400), face(400 + step % 6, 362)])
        assert (sighting.faces, sighting.sure) == (1, True)
        assert sighting.face is not None


def test_crossing_faces_leave_it_unsure_whose_is_whose() -> None:
    """While they near and part; where they lie on each other they cannot be told from one."""
    subject = Subject()
    sure = []
    for step in range(100):
        sighting = subject.pick([face(300 + 6 * step), face(900 - 6 * step, 380)])
        sure.append(sighting.sure)
    assert all(sure[:20])
    assert not any(sure[36:43])
    assert not any(sure[58:65])


def test_subject_is_found_again_after_a_blink_of_the_detector() -> None:
    subject = Subject()
    subject.pick([face(500)])
    assert subject.pick([]).face is None
    back = face(510)
    sighting = subject.pick([back])
    assert is_face(sighting.face, back)
    assert sighting.sure


def test_no_face_is_nobody() -> None:
    sighting = Subject().pick([])
    assert (sighting.face, sighting.faces) == (None, 0)


def first_pictures(path: Path, count: int) -> list[np.ndarray]:
    with av.open(str(path)) as file:
        frames = zip(range(count), file.decode(video=0), strict=False)
        return [frame.to_ndarray(format="rgb24") for _, frame in frames]


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
@pytest.mark.parametrize("clip", ["rotation", "flexion_rotation", "lateral_flexion"])
def test_picture_is_set_upright(sample_videos: Path, clip: str, quarters: int) -> None:
    """A patient may lie any way in the picture; what is to be made is the turn back."""
    pictures = first_pictures(sample_videos / f"{clip}.mp4", 8)
    with closing(WayUp()) as way_up:
        answers = [way_up.ask(turned(picture, quarters)) for picture in pictures]
    assert answers[-1] == -quarters % 4


def test_empty_picture_has_no_way_up() -> None:
    with closing(WayUp()) as way_up:
        assert all(way_up.ask(np.full((240, 320, 3), 128, np.uint8)) is None for _ in range(6))

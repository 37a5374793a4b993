"""Whose face is measured."""

from __future__ import annotations

import numpy as np
from heads import FACING, face_points, landmarks_of

from romcheck.geometry.intrinsics import Lens
from romcheck.person.subject import Expected, Subject

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
        assert (len(sighting.others), sighting.sure) == (1, True)


def test_subject_stays_when_somebody_larger_walks_in() -> None:
    subject = Subject()
    for step in range(60):
        own = face(400 + step)
        other = face(1250 - 6 * step, width=220)
        faces = [own] if step < 10 else [other, own]
        sighting = subject.pick(faces)
        assert is_face(sighting.face, own)
        # A new person counts once they have moved.
        assert step == 10 or sighting.faces == len(faces)


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
    """While they near and part; where they overlap they look like one."""
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


def expected(face: np.ndarray) -> Expected:
    """What the head's own features say where they are followed."""
    span = np.ptp(face[:468, :2], axis=0)
    return Expected(face[:468, :2].mean(0), float(np.hypot(*span) / np.sqrt(2)))


def test_passer_of_the_same_size_in_front_of_the_subject_is_not_followed() -> None:
    """Both faces are one to the landmarks as he passes; whom they go on with does not matter."""
    subject = Subject()
    own, last = face(640), None
    subject.pick([own])
    for step in range(120):
        passer = face(100 + 10 * step)
        covered = abs(passer[:468, 0].mean() - 640) < 200
        faces = ([] if covered else [own]) + [passer]
        sighting = subject.pick(faces, None if covered else expected(own), lost=covered)
        if not covered:
            last = sighting.face
            assert is_face(last, own)
            assert sighting.sure
        else:
            assert sighting.face is None or not sighting.sure
    assert is_face(last, own)


def test_lost_subject_is_offered_every_face_there_is() -> None:
    subject = Subject()
    subject.pick([face(300, width=170), face(1000)], None)
    away = face(800, 200)
    sighting = subject.pick([face(1000), away], None, lost=True)
    assert sighting.face is None
    assert any(is_face(other, away) for other in sighting.others)
    # The features said which it is: from here on it is followed there.
    assert is_face(subject.pick([face(1000), away], expected(away)).face, away)


def test_picture_on_the_wall_is_nobody() -> None:
    subject = Subject()
    for step in range(60):
        sighting = subject.pick([face(400 + step), face(1000, width=80)])
        assert sighting.faces == 1


def test_larger_picture_on_the_wall_gives_way_to_whoever_moves() -> None:
    subject = Subject()
    wall = face(1000, width=220)
    sightings = [subject.pick([wall, face(400 + step)]) for step in range(100)]
    assert is_face(sightings[0].face, wall)
    assert sum(sighting.anew for sighting in sightings) == 1
    assert is_face(sightings[-1].face, face(499))
    assert sightings[-1].faces == 1


def test_no_face_is_nobody() -> None:
    sighting = Subject().pick([])
    assert (sighting.face, sighting.faces) == (None, 0)

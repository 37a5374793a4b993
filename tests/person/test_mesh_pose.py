"""The pose of a face whose pose is known."""

from __future__ import annotations

import numpy as np
import pytest
from examples import examples
from heads import FACING, angle_deg, face_points, landmarks_of
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from romcheck.geometry.intrinsics import Lens
from romcheck.person.mesh_pose import face_shape, fit, lift

LENS = Lens.from_fov(1280, 720, 75.0)


def place(off_axis_deg: float, distance_m: float, round_deg: float = 20.0) -> np.ndarray:
    """Position of the head, at an angle from the centre of the picture."""
    a, b = np.radians(off_axis_deg), np.radians(round_deg)
    return distance_m * np.array([np.sin(a) * np.cos(b), np.sin(a) * np.sin(b), np.cos(a)])


@pytest.mark.parametrize("off_axis_deg", [0, 10, 25])
@pytest.mark.parametrize("distance_m", [0.6, 3.0])
def test_shape_and_pose_of_a_face_that_looks_ahead(off_axis_deg: float, distance_m: float) -> None:
    points, t = face_points(), place(off_axis_deg, distance_m)
    shape, pose = face_shape(lift(landmarks_of(points, FACING, t, LENS), LENS))
    assert angle_deg(pose.R, FACING) < 0.5
    assert pose.t == pytest.approx(t, rel=0.02, abs=0.005)
    assert shape == pytest.approx(points, abs=0.001)


@examples(60)
@given(
    st.floats(-70, 70), st.floats(-40, 40), st.floats(-35, 35), st.floats(0, 25), st.floats(0, 360), st.floats(0.4, 4)
)
def test_known_turn_is_found_wherever_the_face_stands(
    rotation: float, flexion: float, lateral: float, off_axis_deg: float, round_deg: float, distance_m: float
) -> None:
    points = face_points()
    shape, _ = face_shape(lift(landmarks_of(points, FACING, place(0, 0.6), LENS), LENS))
    turn = Rotation.from_euler("YXZ", [rotation, flexion, lateral], degrees=True).as_matrix()
    t = place(off_axis_deg, distance_m, round_deg)
    pose = fit(shape, lift(landmarks_of(points, FACING @ turn, t, LENS), LENS))
    assert angle_deg(pose.R, FACING @ turn) < 0.5
    assert pose.t == pytest.approx(t, rel=0.03, abs=0.01)


def test_jitter_of_the_landmarks_hardly_turns_the_pose() -> None:
    """A pixel of noise on each of fifty points, on a face 200 pixels wide."""
    rng = np.random.default_rng(3)
    points, t = face_points(), place(5, 0.6)
    seen = landmarks_of(points, FACING, t, LENS)
    shape, _ = face_shape(lift(seen, LENS))
    errors = [angle_deg(fit(shape, lift(seen + rng.normal(0, 1, seen.shape), LENS)).R, FACING) for _ in range(50)]
    assert np.median(errors) < 0.5
    assert max(errors) < 1.5


def test_rotation_found_is_never_a_mirror_image() -> None:
    shape = face_points()
    pose = fit(shape, shape * (-1, 1, 1))
    assert np.linalg.det(pose.R) == pytest.approx(1)

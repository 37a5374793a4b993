"""Angles of the head: signs, the definition, and its behaviour over the whole sphere."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from romcheck.motion.rotations import (
    anatomical,
    compose,
    distance_deg,
    mean_rotation,
    relative,
    robust_mean_rotation,
)

NOSE, CROWN = np.array([0, 0, 1.0]), np.array([0, 1.0, 0])
any_turn = st.builds(
    lambda v: Rotation.from_quat(v).as_matrix(),
    st.tuples(*[st.floats(-1, 1)] * 4).filter(lambda v: np.linalg.norm(v) > 0.05),
)


def euler(sequence, degrees):
    return Rotation.from_euler(sequence, degrees, degrees=True).as_matrix()


def test_signs_follow_the_body():
    """Turning left takes the nose to the left, flexion takes it down, right side-bend takes the crown right."""
    assert (compose(20, 0, 0) @ NOSE)[0] > 0.3
    assert (compose(0, 20, 0) @ NOSE)[1] < -0.3
    assert (compose(0, 0, 20) @ CROWN)[0] < -0.3


@given(
    rotation=st.floats(-180, 180, exclude_min=True),
    tilt=st.floats(0, 179),
    towards=st.floats(-180, 180),
)
def test_angles_come_back_over_the_whole_sphere(rotation, tilt, towards):
    """Every turn but an upside-down tilt has one set of angles, also at 90° of anything: no gimbal lock."""
    flexion, lateral = tilt * np.cos(np.radians(towards)), tilt * np.sin(np.radians(towards))
    a = anatomical(compose(rotation, flexion, lateral))
    assert a.rotation - rotation == pytest.approx(360 * np.round((a.rotation - rotation) / 360), abs=1e-4)
    assert a.flexion == pytest.approx(flexion, abs=1e-5)
    assert a.lateral_flexion == pytest.approx(lateral, abs=1e-5)


@given(any_turn)
def test_tilt_has_no_twist_left_and_both_make_the_turn(R):
    """S·T gives R back, and S turns about an axis in the XZ plane."""
    a = anatomical(R)
    if not np.isfinite(a.rotation):
        assert CROWN @ R @ CROWN < -0.999
        return
    np.testing.assert_allclose(compose(a.rotation, a.flexion, a.lateral_flexion), R, atol=1e-6)
    tilt = Rotation.from_matrix(R @ compose(-a.rotation, 0, 0)).as_rotvec()
    assert tilt[1] == pytest.approx(0, abs=1e-6)


@given(any_turn)
def test_a_mirrored_head_swaps_left_and_right_only(R):
    mirror = np.diag([-1.0, 1, 1])
    a, b = anatomical(R), anatomical(mirror @ R @ mirror)
    if np.isfinite(a.rotation) and abs(a.rotation) < 179.99:
        assert b.rotation == pytest.approx(-a.rotation, abs=1e-6)
        assert b.flexion == pytest.approx(a.flexion, abs=1e-6)
        assert b.lateral_flexion == pytest.approx(-a.lateral_flexion, abs=1e-6)


@pytest.mark.parametrize(("turn", "flexion", "yaw"), [(20, 30, 22.8), (30, 45, 39.2), (32, 60, 51.3), (45, 45, 54.7)])
def test_rotation_in_flexion_is_not_a_camera_yaw(turn, flexion, yaw):
    """Figures of the published comparison: the yaw over-reads by up to 19°, the twist from flexed neutral is exact."""
    start = euler("x", flexion)
    head = start @ euler("y", turn)
    nose = head @ NOSE
    assert np.degrees(np.arctan2(nose[0], nose[2])) == pytest.approx(yaw, abs=0.06)
    assert anatomical(relative(start, head)).rotation == pytest.approx(turn, abs=1e-9)


def test_start_posture_matters():
    """A 30° turn with 10° of side-bend at 45° of flexion: 30.0° from flexed neutral, 26.3° from upright."""
    start = euler("x", 45)
    head = start @ euler("z", 10) @ euler("y", 30)
    assert anatomical(relative(start, head)).rotation == pytest.approx(30.0, abs=0.05)
    assert abs(float(anatomical(head).rotation) - 30) > 1.5


def test_upside_down_is_not_given_a_rotation():
    a = anatomical(np.stack([euler("x", 180), euler("z", 180), euler("x", 179)]))
    assert np.isnan(a.rotation[:2]).all()
    assert np.isnan(a.flexion[:2]).all()
    assert a.flexion[2] == pytest.approx(179)


def test_unknown_orientations_stay_unknown():
    R = np.stack([np.eye(3), np.full((3, 3), np.nan)])
    assert np.isnan(anatomical(R).stacked()).any(axis=1).tolist() == [False, True]
    assert np.isnan(distance_deg(R, np.eye(3))).tolist() == [False, True]
    np.testing.assert_allclose(mean_rotation(R), np.eye(3))
    assert np.isnan(mean_rotation(R[1:])).all()


@given(any_turn, any_turn)
def test_distance_is_the_single_turn_between(A, B):
    expected = np.degrees(Rotation.from_matrix(A.T @ B).magnitude())
    assert distance_deg(A, B) == pytest.approx(expected, abs=1e-4)


def test_mean_lies_in_the_middle_and_a_slow_departure_does_not_pull():
    pair = compose([40.0, -40], [10.0, 10], [0.0, 0])
    assert anatomical(mean_rotation(pair)).rotation == pytest.approx(0, abs=1e-9)
    held = compose(np.concatenate([np.zeros(60), np.linspace(0, 8, 30)]), np.zeros(90), np.zeros(90))
    assert float(distance_deg(robust_mean_rotation(held), np.eye(3))) < 0.1

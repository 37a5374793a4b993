"""Causal readings: the trunk taken out, and from where the camera looks."""

from dataclasses import replace

import numpy as np
import pytest
from guided import nows
from tracks import FACING, Script, make_track

from romcheck.live.readings import Reader, camera_below_deg
from romcheck.motion.rotations import compose
from romcheck.motion.trunk import trunk_angles


def now_of(head, trunk=None):
    track = make_track([0.0], np.array([head]), trunk=None if trunk is None else np.array([trunk]))
    return next(nows(track))


def test_angles_are_those_made():
    head = FACING @ compose(31, 40, -5)
    angles = Reader().read(now_of(head)).angles(FACING @ compose(0, 0, 0))
    assert (angles.rotation, angles.flexion, angles.lateral_flexion) == pytest.approx((31, 40, -5))


def test_rotation_in_flexion_is_about_the_heads_own_axis():
    """A camera's yaw would read 39 degrees for this turn of 30."""
    flexed = FACING @ compose(0, 45, 0)
    turned = flexed @ compose(30, 0, 0)
    assert float(Reader().read(now_of(turned)).angles(flexed).rotation) == pytest.approx(30)


def test_a_trunk_that_turns_with_the_head_is_no_movement_of_the_neck():
    turn = FACING @ compose(20, 0, 0) @ FACING.T
    reading = Reader().read(now_of(turn @ FACING @ compose(50, 0, 0), turn))
    assert float(reading.angles(FACING).rotation) == pytest.approx(50)
    assert float(trunk_angles(reading.trunk, np.eye(3), FACING).rotation) == pytest.approx(20)


def test_a_trunk_not_looked_at_stays_where_it_was():
    turn = FACING @ compose(20, 0, 0) @ FACING.T
    reader = Reader()
    reader.read(now_of(turn @ FACING, turn))
    later = reader.read(replace(now_of(turn @ FACING), trunk=None))
    assert float(later.angles(FACING).rotation) == pytest.approx(0, abs=1e-6)


def test_a_lost_head_has_no_angles():
    reading = Reader().read(replace(now_of(FACING), head=None, position_m=None))
    assert not reading.seen
    assert np.isnan(reading.angles(FACING).rotation)
    assert np.isnan(reading.below_deg)


@pytest.mark.parametrize("quarters", range(4))
@pytest.mark.parametrize("below", [-20, 0, 35])
def test_the_camera_below_is_told_however_the_picture_is_turned(quarters, below):
    # Seen from below, the head is tipped back relative to the camera.
    c, s = np.cos(np.pi / 2 * quarters), np.sin(np.pi / 2 * quarters)
    roll = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    head = roll @ FACING @ compose(0, -below, 0)
    assert camera_below_deg(head, np.array([0, 0, 0.6])) == pytest.approx(below, abs=1e-6)


def test_an_upright_head_low_in_a_level_picture_is_seen_from_above():
    assert camera_below_deg(FACING, np.array([0.0, 0.2, 0.6])) == pytest.approx(-np.degrees(np.arctan2(0.2, 0.6)))


def test_a_script_reads_back_frame_by_frame():
    script = Script().hold(1.0).move(1.0, rotation=30, flexion=10).hold(1.0)
    reader = Reader()
    read = [float(reader.read(now).angles(FACING).rotation) for now in nows(script.track())]
    track = script.track()
    assert read == pytest.approx(list(script.at(track.time_s)[:, 0]), abs=1e-6)

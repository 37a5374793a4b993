"""One movement cut out of a measurement: its curve, its hold and the head in every frame."""

from dataclasses import replace

import numpy as np
import pytest
from drawn import measured

from romcheck.motion.rotations import anatomical
from romcheck.reports.replay import LEAD_S, LONGEST_S, take, usual_trial
from romcheck.results import Summary


def test_the_curve_grows_outwards_on_either_side_and_is_highest_at_the_hold():
    result, frames = measured(angles=(47.7, -41.2))
    for movement, angle in zip(result.movements, (47.7, 41.2), strict=True):
        one = take(result, frames, movement)
        held = (one.time_s >= movement.hold_start_s) & (one.time_s <= movement.hold_end_s)
        assert one.angle_deg[held] == pytest.approx(angle, abs=1e-6)
        assert np.nanmax(one.angle_deg) == pytest.approx(angle, abs=1e-6)
        assert one.moment_s == pytest.approx((movement.hold_start_s + movement.hold_end_s) / 2)
        assert (one.start_s, one.end_s) == (movement.start_s - LEAD_S, movement.end_s + LEAD_S)
        assert one.start_s <= one.time_s[0] < one.time_s[-1] <= one.end_s


def test_the_heads_have_the_angles_of_the_frames_and_the_turn_of_the_trunk():
    result, frames = measured(angles=(40.0,))
    n = len(frames.time_s)
    frames = replace(frames, flexion_deg=np.full(n, 30.0), trunk_rotation_deg=np.full(n, 10.0))
    one = take(result, frames, result.movements[0])
    at = int(np.argmin(np.abs(one.head_times_s - one.moment_s)))
    turned = np.radians(10.0)
    trunk = np.array([[np.cos(turned), 0, np.sin(turned)], [0, 1, 0], [-np.sin(turned), 0, np.cos(turned)]])
    neck = anatomical(trunk.T @ one.heads[at])
    assert (float(neck.rotation), float(neck.flexion)) == pytest.approx((40.0, 30.0), abs=1e-6)
    assert one.trunks_deg == pytest.approx(10.0)


def test_a_head_held_in_flexion_is_drawn_bent():
    """The angles of that test count from the flexed position."""
    result, frames = measured("flexion-rotation", angles=(40.0,))
    held = replace(result.movements[0], flexion_held_deg=45.0)
    one = take(result, frames, held)
    resting, turned = (anatomical(one.heads[np.argmin(np.abs(one.head_times_s - at))]) for at in (0.5, one.moment_s))
    assert (float(resting.rotation), float(resting.flexion)) == pytest.approx((0.0, 45.0), abs=1e-6)
    assert (float(turned.rotation), float(turned.flexion)) == pytest.approx((40.0, 45.0), abs=1e-6)


def test_frames_without_an_angle_leave_a_gap_and_no_head():
    result, frames = measured(angles=(40.0,))
    lost = (frames.time_s > 3.0) & (frames.time_s < 3.5)
    frames = replace(frames, valid=~lost, rotation_deg=np.where(lost, np.nan, frames.rotation_deg))
    one = take(result, frames, result.movements[0])
    assert np.isnan(one.angle_deg[(one.time_s > 3.0) & (one.time_s < 3.5)]).all()
    assert not ((one.head_times_s > 3.0) & (one.head_times_s < 3.5)).any()
    assert np.isfinite(one.heads).all()


def test_without_a_hold_the_moment_is_the_furthest_out_and_without_frames_the_middle():
    result, frames = measured(angles=(40.0,))
    loose = replace(result.movements[0], hold_start_s=None, hold_end_s=None)
    peaked = replace(frames, rotation_deg=np.where(np.abs(frames.time_s - 2.9) < 0.02, 55.0, frames.rotation_deg))
    assert take(result, peaked, loose).moment_s == pytest.approx(2.9, abs=0.02)
    bare = take(result, None, loose)
    assert bare.moment_s == (loose.start_s + loose.end_s) / 2
    assert len(bare.time_s) == len(bare.heads) == 0


def test_a_rest_on_the_way_is_not_played_for_ever():
    result, frames = measured(angles=(40.0,))
    slow = replace(result.movements[0], end_s=500.0)
    result = replace(result, source=replace(result.source, duration_s=600.0))
    one = take(result, frames, slow)
    assert one.end_s - one.start_s == LONGEST_S


def test_the_trial_nearest_to_the_mean_is_shown_first():
    result, _ = measured(angles=(40.0, 47.0, 44.0))
    summary = Summary("rotation_left", (1, 2, 3), 43.7, 3.5, 47.0, 3.0)
    assert usual_trial(replace(result, summary=(summary,)), "rotation_left").trial == 3
    assert usual_trial(replace(result, summary=()), "rotation_left").trial == 1
    assert usual_trial(result, "rotation_right") is None

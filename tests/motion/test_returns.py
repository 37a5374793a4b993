"""Joint position error from made courses of the head: every error known, every doubt provoked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tracks import FACING, Script, make_track

from romcheck.motion.analysis import analyse
from romcheck.motion.repositioning import on_wall_cm, position_errors
from romcheck.motion.rotations import compose
from romcheck.motion.track import MotionTrack
from romcheck.motion.uncertainty import AngleUncertainty

ERRORS = (3.0, -5.5, 0.5, 11.5, -12.0, 2.0, 6.0, -1.0, 4.5, -8.0, 1.5, -3.5)
"""Of twelve returns, from the left and from the right in turn: + past the middle, - short of it."""


def returns(*errors: float, far: float = 60.0, pause: float = 1.3, look: float | None = 0.0) -> Script:
    """Turn to the left and to the right in turn and come back with these errors; look ahead again at the end."""
    script = Script().hold(2.0)
    for k, error in enumerate(errors):
        side = 1 if k % 2 == 0 else -1
        script.move(1.4, rotation=side * far, lateral=-side * 4).hold(0.5)
        script.move(1.4, rotation=-side * error, flexion=1.5).hold(pause)
    return script if look is None else script.move(0.8, rotation=look).hold(1.5)


def read(track: MotionTrack):
    return analyse(track, "joint-position", "calibrated")


def test_every_return_is_found_with_its_side_sign_and_error():
    found = read(returns(*ERRORS).track(noise_deg=0.3, sway=0.3))
    assert [m.movement for m in found.movements] == ["return_from_left", "return_from_right"] * 6
    assert [m.trial for m in found.movements] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]
    assert [m.error_deg for m in found.movements] == pytest.approx(ERRORS, abs=0.8)
    assert [m.angle_deg for m in found.movements] == pytest.approx(np.abs(ERRORS), abs=0.8)
    assert all(m.error_flexion_deg == pytest.approx(1.5, abs=0.8) for m in found.movements)
    assert {m.quality for m in found.movements} == {"good"}
    assert [n.code for n in found.notices] == ["eyes_unknown"]


def test_errors_of_each_side_and_of_both_follow_their_definitions():
    found = read(returns(*ERRORS).track())
    left, right = np.array(ERRORS[0::2]), np.array(ERRORS[1::2])
    by_side = {e.side: e for e in found.tests[0].position_errors}
    for side, errors in (("left", left), ("right", right), ("both", np.array(ERRORS))):
        got = by_side[side]
        within = np.sqrt((left.var(ddof=1) + right.var(ddof=1)) / 2) if side == "both" else errors.std(ddof=1)
        assert got.trials == len(errors)
        assert got.constant.value_deg == pytest.approx(errors.mean(), abs=0.1)
        assert got.absolute.value_deg == pytest.approx(np.abs(errors).mean(), abs=0.1)
        assert got.variable.value_deg == pytest.approx(within, abs=0.1)
        assert got.absolute.value_cm == pytest.approx(90 * np.tan(np.radians(got.absolute.value_deg)))
        for of in (got.constant, got.absolute, got.variable):
            assert of.low_deg < of.value_deg < of.high_deg
    assert found.summary[0].mean_deg == by_side["left"].absolute.value_deg
    assert found.differences == ()


def test_on_the_wall_four_and_a_half_degrees_are_seven_centimetres():
    assert on_wall_cm(4.5) == pytest.approx(7.08, abs=0.005)


def test_a_return_followed_by_a_look_at_the_mark_is_read_where_it_first_rested():
    script = Script().hold(2.0)
    for side, error in ((1, -7.0), (-1, 6.0), (1, -5.0)):
        script.move(1.4, rotation=side * 55).hold(0.5).move(1.4, rotation=-side * error).hold(1.2)
        script.move(0.7, rotation=0).hold(1.5)
    found = read(script.track(noise_deg=0.2))
    assert [m.error_deg for m in found.movements] == pytest.approx([-7.0, 6.0, -5.0], abs=0.6)


def test_a_brief_return_before_a_long_look_at_the_mark_is_not_read_as_no_error():
    """Six degrees short for a moment, then ahead with open eyes: which of them was the return is not known."""
    script = returns(-5.0, 4.0, look=None).move(1.4, rotation=55).hold(0.5)
    script.move(1.4, rotation=6).hold(0.6).move(0.7, rotation=0).hold(2.0)
    *clear, hurried = read(script.track(noise_deg=0.2)).movements
    assert [m.error_deg for m in clear] == pytest.approx([-5.0, 4.0], abs=0.6)
    assert (hurried.quality, hurried.reasons, hurried.angle_deg) == ("rejected", ("not_returned",), None)


def test_a_pause_on_the_way_is_not_taken_for_the_return():
    script = Script().hold(2.0).move(1.4, rotation=55).hold(0.5)
    script.move(1.2, rotation=14).hold(0.5).move(0.6, rotation=3).hold(1.3).move(0.8).hold(1.0)
    found = read(script.track(noise_deg=0.2))
    assert [m.error_deg for m in found.movements] == pytest.approx([-3.0], abs=0.6)


def test_who_does_not_come_back_has_no_error_and_is_told():
    script = Script().hold(2.0).move(1.4, rotation=60).hold(1.0).move(2.0, rotation=-60).hold(0.5)
    script.move(1.4, rotation=2).hold(1.3)
    found = read(script.track(noise_deg=0.2))
    first, second = found.movements
    assert (first.angle_deg, first.error_deg, first.quality) == (None, None, "rejected")
    assert "not_returned" in first.reasons
    assert second.error_deg == pytest.approx(2.0, abs=0.6)
    assert [e.side for e in found.tests[0].position_errors] == ["right"]


@pytest.mark.parametrize(("chin_deg", "expected"), [(0.0, ()), (8.0, ()), (25.0, ("return_bent",))])
def test_a_head_that_comes_back_with_the_chin_down_is_no_return(chin_deg, expected):
    """As when turns in held flexion are read as a joint position test: straight ahead to a degree, and far from it."""
    script = Script().hold(2.0)
    for side in (1, -1):
        script.move(1.4, rotation=side * 55, flexion=chin_deg).hold(0.5)
        script.move(1.4, rotation=side * 2, flexion=chin_deg).hold(1.5)
    found = read(script.track(noise_deg=0.2))
    assert [m.error_deg for m in found.movements] == pytest.approx([-2.0, -2.0], abs=0.8)
    assert [m.reasons for m in found.movements] == [expected] * 2


def test_a_short_pause_is_doubted():
    found = read(returns(3.0, -9.0, pause=0.5).track(noise_deg=0.2))
    assert (found.movements[0].reasons, found.movements[0].quality) == (("return_brief",), "usable")


def test_a_trunk_that_turned_under_the_head_is_told_and_its_turn_is_within_the_interval():
    """The head comes back in the room, but the trunk has turned by 6° under it."""
    script = returns(0.0, 0.0, 0.0, 0.0)
    time = np.arange(0, script.now, 1 / 30)
    turned = np.where(time > 5.0, 6.0, 0.0) * np.clip((time - 5.0) / 0.5, 0, 1)
    head, trunk = compose(*script.at(time).T), compose(turned, 0 * turned, 0 * turned)
    found = read(make_track(time, FACING @ head, trunk=FACING @ trunk @ FACING.T))
    shifted = found.movements[1:]
    assert all("trunk_shifted" in m.reasons for m in shifted)
    assert [m.error_deg for m in shifted] == pytest.approx([0.0, 0.0, 0.0], abs=0.5)
    assert all(m.uncertainty_deg > 6.0 for m in shifted)


def test_cloth_that_seems_to_turn_does_not_move_the_error():
    """From the third return on the trunk is read 4.5° off; the head, which is read right, decides."""
    script = returns(*ERRORS[:6])
    time = np.arange(0, script.now, 1 / 30)
    turned = -4.5 * np.clip((time - 11.0) / 0.5, 0, 1)
    trunk = compose(turned, 0 * turned, 0 * turned)
    found = read(make_track(time, FACING @ compose(*script.at(time).T), trunk=FACING @ trunk @ FACING.T))
    assert [m.error_deg for m in found.movements] == pytest.approx(ERRORS[:6], abs=0.5)
    assert all("trunk_shifted" in m.reasons for m in found.movements[2:])


def test_a_neutral_that_drifted_is_told_and_widens_every_interval():
    steady = read(returns(*ERRORS[:4]).track(noise_deg=0.2))
    drifted = read(returns(*ERRORS[:4], look=5.0).track(noise_deg=0.2))
    assert [n.code for n in drifted.notices if n.code == "neutral_drifted"] == ["neutral_drifted"]
    for before, after in zip(steady.movements, drifted.movements, strict=True):
        assert "neutral_drifted" in after.reasons
        assert after.uncertainty_deg > before.uncertainty_deg + 2


def test_without_a_look_ahead_at_the_end_a_drift_is_said_to_be_unknown():
    found = read(returns(*ERRORS[:4], look=None).track(noise_deg=0.2))
    assert "neutral_end_unseen" in [n.code for n in found.notices]


def test_without_a_rest_before_the_first_turn_there_is_nothing_to_come_back_to():
    script = Script([(0.0, (60.0, 0.0, 0.0))]).hold(0.6).move(1.4, rotation=2).hold(1.5)
    script.move(1.4, rotation=-60).hold(0.5).move(1.4, rotation=1).hold(1.5)
    found = read(script.track(noise_deg=0.2))
    assert not found.movements
    assert "seen_no_neutral" in [n.code for n in found.notices]


def test_a_face_lost_on_the_way_is_told():
    found = read(returns(3.0, -2.0).track(noise_deg=0.2, drop=[(3.0, 4.2)]))
    assert "face_lost" in found.movements[0].reasons
    assert found.movements[0].error_deg == pytest.approx(3.0, abs=0.6)
    assert found.movements[1].reasons == ()


def test_the_readers_own_error_near_the_middle_is_in_every_interval():
    track = returns(*ERRORS[:4]).track()
    wide = replace(track, head_sigma_deg=np.full(len(track), 2.0))
    assert all(m.uncertainty_deg >= 1.959 * 2.0 for m in read(wide).movements)


def test_a_mirror_changes_sides_and_keeps_errors():
    track = returns(*ERRORS).track(noise_deg=0.2)
    plain, mirrored = read(track), read(track.mirrored())
    assert [m.movement for m in mirrored.movements] == ["return_from_right", "return_from_left"] * 6
    assert [m.error_deg for m in mirrored.movements] == pytest.approx([m.error_deg for m in plain.movements], abs=1e-6)


def test_intervals_hold_the_truth_of_people_who_err_alike():
    """Two thousand people with their own constant and variable error, read with an error of reading and of neutral."""
    rng = np.random.default_rng(3)
    inside = {"constant": [], "absolute": [], "variable": []}
    for _ in range(2000):
        bias, spread = rng.normal(0, 3.0), rng.uniform(1.5, 4.5)
        reading, neutral = rng.normal(0, 0.4), rng.normal(0, 0.3)
        errors = rng.normal(bias, spread, 6) + reading + neutral
        part = AngleUncertainty(own=0.4, start=0.3, scatter=0.1)
        (got,) = position_errors({1: errors.tolist(), -1: []}, {1: [part] * 6, -1: []})
        ratio = bias / spread
        folded = spread * np.sqrt(2 / np.pi) * np.exp(-(ratio**2) / 2)
        folded += bias * (2 * _normal_cdf(ratio) - 1)
        for name, truth in (("constant", bias), ("absolute", folded), ("variable", spread)):
            of = getattr(got, name)
            inside[name].append(of.low_deg <= truth <= of.high_deg)
    shares = {name: float(np.mean(of)) for name, of in inside.items()}
    assert all(0.93 <= share <= 0.98 for share in shares.values()), shares


def _normal_cdf(x: float) -> float:
    from scipy.special import ndtr

    return float(ndtr(x))

"""How a movement was made, against its definition on made curves, and left out where it cannot be told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from tracks import FACING, Script, make_track

from romcheck.motion.analysis import analyse
from romcheck.motion.performance import (
    STANDING_DEG,
    axis_wander_deg,
    moving_noise_deg,
    smoothness,
    spectral_arc_length,
    steadiness_deg,
)
from romcheck.motion.track import MotionTrack


def minimum_jerk(s):
    s = np.clip(s, 0, 1)
    return 10 * s**3 - 15 * s**4 + 6 * s**5


def crossing(share: float) -> float:
    s = np.linspace(0, 1, 200001)
    return float(np.interp(share, minimum_jerk(s), s))


def turn(seconds: float = 1.5, hold: float = 2.0, far: float = 60.0) -> Script:
    return Script().hold(2.0).move(seconds, rotation=far).hold(hold).move(1.5).hold(1.5)


def first(track: MotionTrack):
    return analyse(track, "rotation", "calibrated").movements[0].performance


@pytest.mark.parametrize("seconds", [0.8, 1.5, 3.0])
def test_movement_time_is_from_five_to_ninety_five_per_cent(seconds):
    made = first(turn(seconds).track())
    assert made.movement_time_s == pytest.approx(seconds * (crossing(0.95) - crossing(0.05)), rel=0.01)


def test_the_scatter_of_a_known_sway():
    """Two whole periods: over √2; of noise of a known size, nothing is left of it."""
    time = np.arange(0, 4.0, 1 / 30)
    sway = 1.2 * np.sin(2 * np.pi * 0.5 * time)
    assert steadiness_deg(time, 60 + sway, 0.0) == pytest.approx(1.2 / np.sqrt(2), rel=0.01)
    rng = np.random.default_rng(2)
    noisy = [steadiness_deg(time, sway + rng.normal(0, 0.5, len(time)), 0.5) for _ in range(1000)]
    assert np.mean(noisy) == pytest.approx(np.std(sway, ddof=1), rel=0.01)


def test_steadiness_is_the_scatter_of_the_hold_without_the_noise():
    """A sway of whole periods: its standard deviation is its size over √2, whatever the reading scatters on top."""
    script = turn(hold=4.6)
    time = np.arange(0, script.now, 1 / 30)
    angles = script.at(time)
    swaying = (time >= 3.5) & (time <= 8.1)
    angles[:, 0] += np.where(swaying, 1.2 * np.sin(2 * np.pi * 0.5 * (time - 3.8)), 0)
    from romcheck.motion.rotations import compose

    head = FACING @ compose(*angles.T)
    quiet = first(make_track(time, head))
    assert quiet.steadiness_deg == pytest.approx(np.sqrt(1.2**2 / 2 - STANDING_DEG**2), rel=0.04)
    rng = np.random.default_rng(1)
    noisy = first(make_track(time, head @ compose(*rng.normal(0, 0.5, (3, len(time))))))
    assert noisy.steadiness_deg == pytest.approx(quiet.steadiness_deg, rel=0.08)


def test_smoothness_is_the_published_arc_length_of_the_true_speed():
    for seconds in (0.8, 1.5, 3.0):
        time = np.arange(0, seconds + 0.6, 1 / 30)
        s = np.clip((time - 0.3) / seconds, 0, 1)
        speed = 60 / seconds * 30 * s**2 * (1 - s) ** 2
        got = smoothness(time, 60 * minimum_jerk(s), 0.0)
        assert got == pytest.approx(spectral_arc_length(speed, 30.0), rel=0.01)


def test_a_turn_in_pieces_is_less_smooth_than_one_of_a_piece():
    pieces = (
        Script().hold(2.0).move(0.6, rotation=20).hold(0.15).move(0.6, rotation=40).hold(0.15).move(0.6, rotation=60)
    )
    made = first(pieces.hold(2.0).move(1.5).hold(1.5).track())
    assert made.smoothness < first(turn(2.1).track()).smoothness - 0.3


def test_the_arc_length_of_a_known_spectrum():
    """A Gaussian speed has a Gaussian spectrum, whose arc can be summed by hand."""
    rate, width = 100.0, 0.15
    time = np.arange(-3, 3, 1 / rate)
    frequency = np.linspace(0, np.sqrt(-2 * np.log(0.05)) / (2 * np.pi * width), 20001)
    spectrum = np.exp(-((2 * np.pi * frequency * width) ** 2) / 2)
    arc = np.hypot(np.diff(frequency) / frequency[-1], np.diff(spectrum)).sum()
    assert spectral_arc_length(np.exp(-((time / width) ** 2) / 2), rate) == pytest.approx(-arc, rel=0.01)


def test_axis_wander_is_the_spread_of_the_true_axis():
    """The axis swings by known angles while the head turns: orientations are the turns about it, one after another."""
    time = np.arange(0, 1.6, 1 / 30)
    fine = np.arange(0, 1.6, 1 / 3000)
    speed = 30 / 1.6 * 30 * (fine / 1.6) ** 2 * (1 - fine / 1.6) ** 2
    tilt = 8.0 * np.cos(np.pi * fine / 1.6)
    axis = np.stack([np.sin(np.radians(tilt)), np.cos(np.radians(tilt)), np.zeros(len(fine))], 1)
    steps = Rotation.from_rotvec(axis * speed[:, None] / 3000, degrees=True)
    R = [np.eye(3)]
    for step in steps[:-1].as_matrix():
        R.append(R[-1] @ step)
    got = axis_wander_deg(time, np.array(R)[::100][: len(time)], 0.0)

    spans = [slice(100 * k, 100 * k + 600) for k in range(len(time) - 6)]
    weight = np.array([speed[span].mean() for span in spans])
    off = np.array([np.average(tilt[span], weights=speed[span]) for span in spans])
    weight, off = weight[fast := weight >= 0.3 * weight.max()], off[fast]
    truth = np.sqrt(np.average((off - np.average(off, weights=weight)) ** 2, weights=weight))
    assert got == pytest.approx(truth, rel=0.01)


def test_the_noise_of_a_moving_head_is_told_from_its_movement():
    rng = np.random.default_rng(4)
    time = np.sort(np.arange(0, 1.5, 1 / 30) + rng.uniform(-0.005, 0.005, 45))
    still = moving_noise_deg(time, 60 * minimum_jerk(time / 1.5))
    noisy = [moving_noise_deg(time, 60 * minimum_jerk(time / 1.5) + rng.normal(0, 0.3, 45)) for _ in range(200)]
    assert still < 0.03
    assert np.sqrt(np.mean(np.square(noisy))) == pytest.approx(0.3, rel=0.05)


def test_noise_alone_makes_no_wander():
    """A turn about one axis, read with noise: left out, or next to nothing."""
    found = [first(turn().track(noise_deg=0.3, seed=seed)).axis_wander_deg for seed in range(8)]
    assert all(wander is None or wander < 1.0 for wander in found)


def test_what_cannot_be_told_is_left_out_with_its_reason():
    quick = first(turn(hold=0.5).track())
    assert (quick.steadiness_deg, quick.left_out["steadiness_deg"]) == (None, "hold_short")
    slow = first(turn().track(fps=15))
    assert (slow.smoothness, slow.left_out["smoothness"]) == (None, "frame_rate")
    assert slow.movement_time_s is not None
    noisy = first(turn(far=20.0).track(noise_deg=2.0))
    assert {"movement_time_s", "smoothness", "steadiness_deg"} <= set(noisy.left_out)
    assert set(noisy.left_out.values()) == {"noise"}
    lost = first(turn().track(drop=[(2.5, 2.9)]))
    assert {lost.left_out[name] for name in ("movement_time_s", "smoothness", "axis_wander_deg")} == {"gap"}


def test_the_joint_position_test_has_none():
    script = turn()
    assert analyse(script.track(), "joint-position", "calibrated").movements[0].performance is None
    assert replace(first(script.track())) is not None

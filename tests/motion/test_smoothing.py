"""Smoothing: no lag, no clipped peak, nothing bridged, nothing false kept."""

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from tracks import FACING, Script

from romcheck.motion.rotations import anatomical, compose, distance_deg, relative
from romcheck.motion.smoothing import local_fit, smooth


def seen(rotation, time, valid=None):
    R = FACING @ compose(rotation, np.zeros(len(time)), np.zeros(len(time)))
    valid = np.ones(len(time), bool) if valid is None else valid
    out = smooth(time, valid, R)
    return out, anatomical(relative(FACING, out.R)).rotation


@given(st.lists(st.floats(0.004, 0.1), min_size=12, max_size=60), st.floats(-50, 50), st.floats(-99, 99))
def test_a_parabola_on_uneven_times_is_kept_exactly(steps, speed, bend):
    time = np.cumsum(steps)
    fit = local_fit(time, (3 + speed * time + bend * time**2)[:, None])
    inner = slice(3, -3)  # at both ends too few samples may be in reach
    np.testing.assert_allclose(fit.value[inner, 0], (3 + speed * time + bend * time**2)[inner], atol=1e-4)
    np.testing.assert_allclose(fit.slope[inner, 0], (speed + 2 * bend * time)[inner], atol=1e-2)


@pytest.mark.parametrize("fps", [15, 24, 30, 60, 120, 240])
def test_the_peak_of_a_quick_turn_is_not_clipped(fps):
    """60° and back within one second, as a sine, without any hold."""
    time = np.arange(0, 3, 1 / fps)
    turn = np.where(abs(time - 1.5) < 0.5, 30 * (1 + np.cos(2 * np.pi * (time - 1.5))), 0)
    _, rotation = seen(turn, time)
    assert rotation.max() == pytest.approx(turn.max(), abs=0.4)


def test_there_is_no_lag():
    """A ramp stays where it is, also where frames are missing to one side."""
    time = np.arange(0, 4, 1 / 30)
    valid = (time < 1.5) | (time > 2.2)
    out, rotation = seen(20 * time, time, valid)
    np.testing.assert_allclose(rotation[valid], 20 * time[valid], atol=0.05)
    assert not out.valid[~valid].any()
    assert np.isnan(rotation[~valid]).all()


def test_noise_is_reduced_and_told():
    script = Script().hold(20)
    track = script.track(30, noise_deg=1.0, seed=4)
    out = smooth(track.time_s, track.valid, track.head)
    left = np.sqrt(np.mean(distance_deg(out.R, FACING) ** 2))
    assert left < 0.6 * np.sqrt(3)
    assert out.noise_deg == pytest.approx(1.0, rel=0.15)
    assert out.wobble_deg * 0.7 < left < out.wobble_deg * 1.4


@examples(30)
@given(st.integers(0, 10**6), st.floats(8, 40), st.integers(1, 4))
def test_false_frames_do_not_survive(seed, size, burst):
    """A few frames that jump elsewhere and back are left out, in a hold and on the way."""
    track = Script().hold(2).move(2, rotation=60).hold(2).track(30, noise_deg=0.2, seed=seed)
    rng = np.random.default_rng(seed)
    first = int(rng.choice([20, 100, 140]))
    if 60 < first < 120:  # during a movement only impossible steps are detected
        size = max(size, 25)
    elif burst > 2:
        size = max(size, 15)
    bad = track.head.copy()
    axis = rng.normal(size=3)
    bad[first : first + burst] = bad[first : first + burst] @ compose(*(size * axis / np.linalg.norm(axis)))
    out = smooth(track.time_s, track.valid, bad)
    truth = smooth(track.time_s, track.valid, track.head)
    assert np.nanmax(distance_deg(out.R, truth.R)) < 2.0
    assert out.valid.sum() >= len(track) - burst - 2


def test_nothing_to_smooth():
    empty = smooth(np.arange(5.0), np.zeros(5, bool), np.full((5, 3, 3), np.nan))
    assert not empty.valid.any()
    one = smooth(np.array([0.0]), np.ones(1, bool), np.eye(3)[None])
    np.testing.assert_allclose(one.R[0], np.eye(3), atol=1e-9)

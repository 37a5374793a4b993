"""Repair of timestamps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from romcheck.sources.times import LONGEST_GAP_S, PresentationTimes

ANY_STAMP = st.one_of(st.none(), st.floats(-1e5, 1e9))


def repaired(stamps, interval=1 / 30):
    times = PresentationTimes(interval)
    return np.array([times.next(stamp) for stamp in stamps]), times


@given(st.lists(ANY_STAMP, min_size=1, max_size=60))
def test_times_always_increase_from_zero(stamps):
    """Whatever a file says, times start at zero, increase, and never leave a hole that swallows a session."""
    times, _ = repaired(stamps)
    assert times[0] == 0
    assert (np.diff(times) > 0).all()
    assert np.diff(times).max(initial=0) <= LONGEST_GAP_S * (1 + 1e-9)


@given(st.lists(st.floats(0.004, 0.5), min_size=1, max_size=60), st.floats(-100, 1000))
def test_sound_times_pass_unchanged(steps, start):
    """Uneven but increasing timestamps are the truth."""
    stamps = start + np.cumsum([0, *steps])
    times, report = repaired(stamps)
    np.testing.assert_allclose(times, stamps - start, atol=1e-9)
    assert report.notices() == []


@pytest.mark.parametrize("glitch", [0.0, 0.5, 1.0])
def test_one_glitch_moves_only_its_own_frame(glitch):
    """A single frame that repeats a time or jumps back is put between its neighbours; the others keep theirs."""
    stamps = np.arange(60) / 30
    broken = stamps.copy()
    broken[40] = glitch
    times, report = repaired(broken)
    np.testing.assert_allclose(np.delete(times, 40), np.delete(stamps, 40), atol=1e-9)
    assert times[39] < times[40] < times[41]
    assert "go backwards: 1;" in report.notices()[0].text


def test_joined_recordings_keep_their_own_steps():
    """After a lasting jump back the second recording goes on with its own, here slower, frame rate."""
    first, second = np.arange(30) / 30, np.arange(30) / 15
    times, _ = repaired([*first, *second])
    np.testing.assert_allclose(np.diff(times[30:]), 1 / 15)


def test_missing_times_follow_the_stated_rate():
    times, report = repaired([None] * 10, interval=1 / 25)
    np.testing.assert_allclose(times, np.arange(10) / 25)
    assert "without a timestamp: 10;" in report.notices()[0].text


def test_a_leap_of_hours_is_shortened_and_said():
    """Thirteen hours in the middle of a five-minute recording are a broken clock, but still a gap."""
    stamps = np.arange(60) / 30
    stamps[30:] += 13 * 3600
    times, report = repaired(stamps)
    assert times[30] - times[29] == pytest.approx(LONGEST_GAP_S)
    np.testing.assert_allclose(np.diff(times[30:]), 1 / 30, atol=1e-6)
    assert len(report.notices()) == 1

"""Poses of frames that were not followed, against the motion they are taken from."""

from __future__ import annotations

import numpy as np
import pytest
from heads import FACING, angle_deg
from scipy.spatial.transform import Rotation

from romcheck.geometry.pose import Pose
from romcheck.person.interpolation import bridge_by_landmarks, interpolate, interpolate_repeats, take_landmarks_alone

RATE = 30.0


def turning(turns_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Times and true R, t, C of a head at these rotations; it moves to the side as it turns."""
    n = len(turns_deg)
    R = FACING @ Rotation.from_euler("y", turns_deg[:, None], degrees=True).as_matrix()
    t = np.column_stack([0.001 * turns_deg, np.zeros(n), np.full(n, 0.6)])
    return np.arange(n) / RATE, R, t, np.arange(1.0, n + 1)[:, None, None] * np.eye(6)


def without(frames: list[int], *of: np.ndarray) -> list[np.ndarray]:
    out = [values.copy() for values in of]
    for values in out:
        values[frames] = np.nan
    return out


def test_between_neighbours_an_even_turn_is_hit() -> None:
    time, R, t, C = turning(np.linspace(0, 27, 10))
    r, s, c = without([3, 4, 7], R, t, C)
    interpolate(np.array([3, 4, 7]), time, 0.2, r, s, c)
    assert max(angle_deg(a, b) for a, b in zip(r, R, strict=True)) < 1e-5
    assert s == pytest.approx(t)
    # No more certain than either neighbour: frame 5 has six times the covariance of frame 0, frame 8 nine times.
    assert [c[k, 0, 0] for k in (3, 4, 7)] == [6, 6, 9]


def test_long_gaps_and_ends_stay_open() -> None:
    time, R, t, C = turning(np.linspace(0, 27, 10))
    gone = [0, 3, 4, 5, 6, 9]
    r, s, c = without(gone, R, t, C)
    interpolate(np.array(gone), time, 0.15, r, s, c)  # neighbours of the gap lie 5/30 s apart
    assert np.isnan(r[gone]).all()
    assert np.isnan(s[gone]).all()
    one = without([*range(9)], R, t, C)
    interpolate(np.arange(9), time, 1.0, *one)
    assert np.isnan(one[0][:9]).all()


@pytest.mark.parametrize(("step_deg", "hidden"), [(1.5, False), (2.5, True)])
def test_a_frozen_picture_hides_a_turn_but_no_rest(step_deg: float, hidden: bool) -> None:
    """For a whole second the picture stands still; the head was found ``step_deg`` farther after it."""
    turns = np.concatenate([np.zeros(5), np.zeros(30), np.full(5, step_deg)])
    time, R, t, C = turning(turns)
    frozen = np.arange(5, 35)
    r, s, c = without(list(frozen), R, t, C)
    interpolate_repeats(frozen, time, r, s, c)
    assert np.isnan(r[frozen]).all() == hidden
    assert np.isfinite(r[frozen]).all() != hidden


@pytest.mark.parametrize(("deg_per_s", "held"), [(9.0, True), (21.0, False)])
def test_a_video_that_ends_frozen_keeps_the_last_pose_of_a_slow_head(deg_per_s: float, held: bool) -> None:
    time, R, t, C = turning(np.arange(20) * deg_per_s / RATE)
    ending = np.arange(10, 20)
    r, s, c = without(list(ending), R, t, C)
    interpolate_repeats(ending, time, r, s, c)
    assert np.isfinite(r[ending]).all() == held
    assert not held or (r[ending] == R[9]).all()


def test_repeats_of_a_picture_in_which_the_head_was_lost_show_no_head() -> None:
    """The picture goes dark, and stays so: once to the end, once until the head is seen again."""
    for seen_again in (0, 5):
        time, R, t, C = turning(np.zeros(30))
        dark = np.arange(10, 30 - seen_again)
        r, s, c = without(list(dark), R, t, C)
        interpolate_repeats(dark[1:], time, r, s, c)
        assert np.isnan(r[dark]).all()


def test_landmarks_carry_a_lost_head_on_without_their_own_error() -> None:
    """They stand 12 degrees askew and read turns as they are; three of five lost frames lie near enough in time."""
    time, R, t, C = turning(np.linspace(0, 20, 21))
    time = time * 3  # ten frames a second
    askew = Rotation.from_euler("x", 12, degrees=True).as_matrix()
    mesh: list[Pose | None] = [Pose(turn @ askew, place) for turn, place in zip(R, t, strict=True)]
    lost = list(range(8, 21))
    mesh[10] = None
    r, s, c = without(lost, R, t, C)
    extra = bridge_by_landmarks(mesh, time, r, s, c)
    carried = [8, 9, 11]
    assert max(angle_deg(r[k], R[k]) for k in carried) < 1e-5
    assert np.isnan(r[[10, *range(12, 21)]]).all()
    assert (s[carried] == t[7]).all()
    # 1.5 degrees and a quarter of the turn since frame 7, a degree a frame.
    assert extra[carried] == pytest.approx([1.75, 2.0, 2.5])
    assert not extra[:8].any()


def test_landmarks_that_stand_still_while_the_head_turned_are_not_believed() -> None:
    """Lost at 60 degrees a second: a tenth of a second on it may have turned by 6 more."""
    time, R, t, C = turning(np.minimum(2.0 * np.arange(12), 16.0))
    mesh: list[Pose | None] = [Pose(turn, place) for turn, place in zip(R, t, strict=True)]
    r, s, c = without([9, 10, 11], R, t, C)
    extra = bridge_by_landmarks(mesh, time, r, s, c)
    assert extra[[9, 10, 11]] == pytest.approx([3.5, 5.5, 7.5], abs=0.01)


def test_landmarks_that_jump_back_against_the_turn_are_not_believed() -> None:
    """A hand before a face that goes out by 45 degrees a second, and is seen again as it comes back."""
    out = np.arange(0, 36, 1.5)
    time, R, t, C = turning(np.concatenate([out, np.full(12, 15.0), out[::-1]]))
    mesh: list[Pose | None] = [Pose(turn, place) for turn, place in zip(R, t, strict=True)]
    lost = list(range(24, 36))
    r, s, c = without(lost, R, t, C)
    bridge_by_landmarks(mesh, time, r, s, c)
    assert np.isnan(r[lost, 0, 0]).all()


def test_landmarks_show_where_the_head_was_before_it_was_tracked() -> None:
    """For two seconds 45 degrees aside, then it comes round; what is lost later for as long stays unknown."""
    deg = np.concatenate([np.full(60, 45.0), np.linspace(45, 0, 30), np.zeros(90)])
    time, R, t, C = turning(deg)
    mesh: list[Pose | None] = [Pose(turn, place) for turn, place in zip(R, t, strict=True)]
    lost = range(120, 180)
    r, s, c = without([*range(80), *lost], R, t, C)
    extra = bridge_by_landmarks(mesh, time, r, s, c)
    assert max(angle_deg(r[k], R[k]) for k in range(80)) < 1e-3
    assert (s[:80] == t[80]).all()
    # As far from where tracking began, it may have turned by a quarter more than they show; moving there, by a little.
    assert extra[:60] == pytest.approx(np.full(60, 1.5 + 0.25 * (deg[0] - deg[80])), abs=2.0)
    assert np.isnan(r[lost[13:]]).all()


def test_a_gap_closed_by_landmarks_weighs_both_ends_by_time() -> None:
    """Landmarks that drift by 4 degrees over the gap: a quarter of the way, a quarter of it is left in."""
    time, R, t, C = turning(np.zeros(9))
    drift = Rotation.from_euler("y", np.linspace(0, 4, 9)[:, None], degrees=True).as_matrix()
    mesh: list[Pose | None] = [Pose(turn, place) for turn, place in zip(R @ drift, t, strict=True)]
    r, s, c = without([*range(1, 8)], R, t, C)
    bridge_by_landmarks(mesh, time, r, s, c)
    # From the start the landmarks have gone 1 degree on at frame 2, from the end 3 back: 1 · 6/8 - 3 · 2/8 = 0.
    assert max(angle_deg(r[k], R[k]) for k in range(9)) < 1e-3


def test_landmarks_alone_are_taken_as_they_are_and_less_sure_the_farther() -> None:
    _, R, t, C = turning(np.array([0.0, 10.0, 50.0]))
    mesh: list[Pose | None] = [Pose(R[0], t[0]), None, Pose(R[2], t[2])]
    r, s, c = C[:, :3, :3] * np.nan, np.full_like(t, 7.0), C.copy()
    extra = take_landmarks_alone(mesh, r, s, c)
    assert np.isnan(r[1]).all()
    assert np.isnan(c[1]).all()
    assert (r[[0, 2]] == R[[0, 2]]).all()
    assert extra[[0, 2]] == pytest.approx([3.0, 13.0])  # 3 degrees and a fifth of the turn

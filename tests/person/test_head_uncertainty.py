"""What the stated uncertainty must do, whatever its size."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from heads import FACING
from scipy.spatial.transform import Rotation

from romcheck.person.uncertainty import (
    HeadUncertainty,
    TrunkUncertainty,
    jump_sigma_deg,
    roughness_sigma_deg,
    stride_sigma_deg,
)

TURNS = Rotation.from_rotvec(np.outer(np.arange(0, 90, 10.0), (0, 1, 0)), degrees=True).as_matrix()
FIT = np.tile(np.eye(6) * np.radians(0.1) ** 2, (len(TURNS), 1, 1))


def head_sigma_deg(
    R: np.ndarray, C: np.ndarray, focal_sd: float, cluster_deg: float = 0.2, face_px: float = 200.0
) -> np.ndarray:
    clusters = np.where(np.isfinite(R[:, :1, :1]), np.array([0.6, 0.0, 0.8]) * cluster_deg, np.nan)
    return HeadUncertainty.of(R, C, clusters, face_px).sigma_deg(focal_sd)


def trunk_sigma_deg(T: np.ndarray, C: np.ndarray, doubt_deg: float = 0.0) -> np.ndarray:
    return TrunkUncertainty.of(T, C, np.full(len(T), doubt_deg)).sigma_deg


def test_head_is_less_sure_the_farther_it_turns_and_the_less_the_lens_is_known() -> None:
    known, assumed = (head_sigma_deg(FACING @ TURNS, FIT, focal_sd) for focal_sd in (0.004, 0.12))
    assert (np.diff(known) > 0).all()
    assert (assumed[1:] > known[1:]).all()
    assert 0.2 < known[0] < 1.5
    # Within what the angle itself is: an interval as wide as the turn would say nothing.
    assert assumed[-1] < 10


def test_worse_fit_is_less_sure() -> None:
    good, bad = head_sigma_deg(FACING @ TURNS, FIT, 0.03), head_sigma_deg(FACING @ TURNS, FIT * 100, 0.03)
    assert (bad > good).all()
    assert (head_sigma_deg(FACING @ TURNS, FIT, 0.03, cluster_deg=0.5) > good).all()
    assert (trunk_sigma_deg(TURNS, FIT * 100) > trunk_sigma_deg(TURNS, FIT)).all()


def test_a_face_of_few_pixels_is_less_sure_and_a_larger_one_no_surer() -> None:
    """At 78 pixels turns of 42 to 52 degrees of living heads were read up to 6 wrong."""
    small, usual, large = (head_sigma_deg(FACING @ TURNS, FIT, 0.004, face_px=px) for px in (78, 120, 300))
    assert np.array_equal(usual, large)
    assert usual[5] < 1.5
    assert 3 < small[5] < 7
    assert small[0] == usual[0]


def test_a_face_first_seen_from_the_side_is_less_sure_where_it_turned() -> None:
    """Turns of 45 to 58 degrees filmed from 35 and 45 degrees beside: 1.9 wrong in root mean square."""
    clusters = np.full((len(TURNS), 2, 3), 0.1)
    front, side = (
        HeadUncertainty.of(FACING @ TURNS, FIT, clusters, aside=aside).sigma_deg(0.004) for aside in (False, True)
    )
    assert side[6] > 1.9 > front[6]
    assert side[0] == front[0]


def test_unknown_frames_have_no_uncertainty() -> None:
    R, C = FACING @ TURNS, FIT.copy()
    R[[0, 4]], C[[0, 4]] = np.nan, np.nan
    for sigma in (head_sigma_deg(R, C, 0.03), trunk_sigma_deg(R, C)):
        assert np.array_equal(np.isnan(sigma), np.isnan(R[:, 0, 0]))
    assert np.isnan(head_sigma_deg(np.full_like(R, np.nan), C, 0.03)).all()


def test_a_pose_that_its_features_do_not_fix_has_no_uncertainty() -> None:
    """Shoulders cut off at the sides left features along a line: the covariance was not positive."""
    C = FIT.copy()
    C[2, :3, :3] = np.diag([1e-4, 1e-4, -1e-9])
    for sigma in (head_sigma_deg(FACING @ TURNS, C, 0.03), trunk_sigma_deg(TURNS, C)):
        assert list(np.flatnonzero(np.isnan(sigma))) == [2]


def test_turning_about_the_line_of_sight_is_surer_than_turning_in_depth() -> None:
    """A side bend is seen undistorted; a rotation must be inferred from foreshortening."""
    bend = Rotation.from_rotvec(np.outer(np.arange(0, 50, 10.0), (0, 0, 1)), degrees=True).as_matrix()
    fit = FIT[: len(bend)]
    beside = head_sigma_deg(bend @ FACING, fit, 0.004)
    deep = head_sigma_deg(FACING @ TURNS[: len(bend)], fit, 0.004)
    assert (beside[1:] < deep[1:]).all()
    assert beside == pytest.approx(np.sqrt(0.27 + 0.36), abs=1e-3)  # does not grow with the bend


def test_steps_beyond_what_two_views_share_make_unsure_until_the_head_is_back() -> None:
    turns = [0, 5, 10, 30, 35, 40, 35, 30, 25, 20, 15, 9, 4, 10]
    R = Rotation.from_euler("y", np.array(turns)[:, None], degrees=True).as_matrix()
    R[5] = np.nan
    sigma = stride_sigma_deg(R)

    assert not sigma[:3].any()
    assert sigma[3:11] == pytest.approx(0.3 * (20 - 8))
    assert not sigma[11:].any()


def turned(*angles: float) -> np.ndarray:
    return FACING @ Rotation.from_euler("y", np.array(angles)[:, None], degrees=True).as_matrix()


STUCK = [0, 8, 16, 24, 32, 40, 48, 56, 64, 70, 70, 70, 70, 70, 28, 22, 14, 6, 0, -8, -16, -24, -32, -24, -16, -8, 0]
TAKEN_WRONGLY = [0, 8, 16, 24, 32, 60, 62, 62, 62, 62, 54, 46, 38, 30, 22, 14, 6, 0]


@pytest.mark.parametrize("shown", [True, False])
def test_following_that_jumps_off_what_it_stuck_to_is_unsure_where_it_stuck(shown: bool) -> None:
    """The head turns away and comes back; the reading stays at 70 until it leaps to where the head is by then.

    The landmarks may show that the pose before the leap was false.
    """
    R, time_s = turned(*STUCK), np.arange(len(STUCK)) / 10
    landmarks = turned(*STUCK[:9], 70, 76, 76, 60, 40, *STUCK[14:]) if shown else np.full_like(R, np.nan)
    R[10] = np.nan
    sigma = jump_sigma_deg(R, time_s, landmarks)
    assert sigma[5:14] == pytest.approx(42, abs=0.5)
    assert not sigma[:5].any()
    assert not sigma[17:].any()
    assert bool(sigma[14]) == (not shown)


def test_a_jump_to_a_false_place_is_unsure_until_the_head_comes_by_again() -> None:
    R = turned(*TAKEN_WRONGLY)
    landmarks = turned(0, 8, 16, 24, 32, 38, 42, 44, 46, 46, 44, 40, 36, 30, 22, 14, 6, 0)
    sigma = jump_sigma_deg(R, np.arange(len(R)) / 10, landmarks)
    assert sigma[5:12] == pytest.approx(28, abs=0.5)
    assert not sigma[:5].any()
    assert not sigma[12:].any()


def test_fast_movements_and_gaps_are_no_jumps() -> None:
    """A turn of 88 degrees in a second, at 15 pictures a second, and one that was out of sight in the middle."""
    share = np.linspace(0, 1, 16)
    R, time_s = turned(*(88 * (10 * share**3 - 15 * share**4 + 6 * share**5))), share
    assert not jump_sigma_deg(R, time_s, np.full_like(R, np.nan)).any()
    R[5:11] = np.nan
    assert not jump_sigma_deg(R, time_s, np.full_like(R, np.nan)).any()
    assert not jump_sigma_deg(np.full_like(R, np.nan), time_s, R).any()


def test_standard_uncertainties_of_a_turn_of_60_degrees() -> None:
    """By hand: 3 √3 0.1 of the fit, 3 · 0.2 of the clusters, 1 % of the turn, 0.45 of the lens's; a trunk 1.5 √3 0.1,
    0.5 and 15 %.
    """
    sixty = 6
    for focal_sd, stretch in ((0.004, 0.60964), (0.12, 3.29509)):
        sigma = head_sigma_deg(FACING @ TURNS, FIT, focal_sd)
        assert sigma[0] == pytest.approx(np.sqrt(0.27 + 0.36), abs=1e-3)
        assert sigma[sixty] == pytest.approx(np.sqrt(0.27 + 0.36 + stretch**2), abs=1e-3)
    trunk = trunk_sigma_deg(TURNS, FIT)
    assert trunk[0] == pytest.approx(np.sqrt(0.25 + 0.0675), abs=1e-3)
    assert trunk[sixty] == pytest.approx(np.sqrt(0.25 + 0.0675 + 9.0**2), abs=1e-3)
    assert trunk_sigma_deg(TURNS, FIT, 2.0)[0] == pytest.approx(np.sqrt(0.25 + 0.0675 + 2.0**2), abs=1e-3)


def course(*turns: float) -> tuple[np.ndarray, np.ndarray]:
    """Turns held for a second each, 30 frames a second, with minimum-jerk moves of a second between."""
    s = np.linspace(0, 1, 30, endpoint=False)
    move = 10 * s**3 - 15 * s**4 + 6 * s**5
    angle = np.concatenate([x for a, b in itertools.pairwise(turns) for x in (np.full(30, a), a + (b - a) * move)])
    return angle, np.arange(len(angle)) / 30


def test_a_pose_that_slips_off_makes_unsure_until_the_head_is_back_and_whenever_it_is_there_again() -> None:
    """To the left, to the right with a struggle on the way, back and to the right again: only the right is unsure."""
    angle, time_s = course(0, 60, 0, -60, 0, -58, 0, 60, 0)
    rng = np.random.default_rng(3)
    angle = angle + rng.normal(0, 0.2, len(angle))
    struggle = (angle < -35) & (time_s < 6.0)
    slipped = np.where(struggle, np.maximum(angle, -45) + rng.normal(0, 4, len(angle)) * (time_s < 5.6), angle)
    sigma = roughness_sigma_deg(turned(*slipped), time_s)
    held = lambda a, b: np.median(sigma[(time_s > a) & (time_s < b)])  # noqa: E731
    assert held(2.1, 2.9) == 0.0
    assert held(6.1, 6.9) > 5
    assert held(8.1, 8.9) == 0.0
    assert held(10.1, 10.9) > 5
    assert held(14.1, 14.9) == 0.0


@pytest.mark.parametrize("every", [1, 2, 3])
def test_smooth_and_quick_turns_are_not_rough_at_any_frame_rate(every: int) -> None:
    angle, time_s = course(0, 80, 0, -80, 0)
    angle = angle + np.random.default_rng(1).normal(0, 0.3, len(angle))
    R, time_s = turned(*angle)[::every], time_s[::every]
    assert not roughness_sigma_deg(R, time_s).any()
    R[20:30] = np.nan
    assert not roughness_sigma_deg(R, time_s).any()
    assert not roughness_sigma_deg(np.full_like(R, np.nan), time_s).any()

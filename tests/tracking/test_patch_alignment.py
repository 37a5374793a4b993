"""Patches on a picture made of waves, which can be moved by any part of a pixel without resampling."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from romcheck.geometry.pose import Pose
from romcheck.geometry.projection import project
from romcheck.tracking import kernels
from romcheck.tracking.patch_alignment import (
    Atlas,
    Surfels,
    levels_of,
    normalise_contrast,
    warped_patches,
    zncc_and_gradient,
)

WIDTH, HEIGHT = 200, 160
PIXELS = np.array([[60.0, 50.0], [100.0, 80.0], [140.0, 70.0], [90.0, 110.0]])
ALL = np.arange(len(PIXELS))


def flat(slope: np.ndarray, n: int = 1) -> Surfels:
    """Flat skin, its unit a pixel."""
    return Surfels(np.broadcast_to(slope, (n, 2, 2)), np.zeros((n, 2)), np.zeros((n, 2, 2)))


SAME = flat(np.eye(2), len(PIXELS))


def waves(shift: tuple[float, float] = (0, 0), turn: np.ndarray | None = None, about: np.ndarray | None = None):
    """Sum of 40 waves of 7 to 30 pixels, moved by ``shift`` and turned about a pixel."""
    rng = np.random.default_rng(5)
    v, u = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    at = np.stack([u - shift[0], v - shift[1]], -1)
    if turn is not None:
        at = (at - about) @ turn + about  # where each pixel of the new picture was: turned back
    length, direction = rng.uniform(7, 30, 40), rng.uniform(0, np.pi, 40)
    phase, height = rng.uniform(0, 2 * np.pi, 40), rng.uniform(3, 8, 40)
    k = 2 * np.pi / length * np.stack([np.cos(direction), np.sin(direction)])
    return (np.sin(at @ k + phase) @ height + 128).astype(np.float32)


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    atlas = Atlas()
    atlas.add(levels_of(waves()), PIXELS)
    return atlas


@pytest.mark.parametrize("shift", [(0.4, 0.0), (-0.3, 0.25), (0.1, -0.6), (0.0, 0.0)])
@pytest.mark.parametrize(("level", "scale", "tolerance"), [(0, 1, 0.06), (1, 2, 0.12)])
def test_step_leads_to_where_the_patch_went(
    atlas: Atlas, shift: tuple[float, float], level: int, scale: int, tolerance: float
) -> None:
    """One step; in the smaller picture the shortest waves are three pixels, where gradients are taken too small."""
    warped = warped_patches(atlas, ALL, SAME, SAME, level)
    zncc, b = zncc_and_gradient(warped, levels_of(waves(shift)), PIXELS)
    step = np.linalg.solve(warped.H, b[..., None])[..., 0] * scale
    assert step == pytest.approx(np.tile(shift, (len(PIXELS), 1)), abs=tolerance)
    assert (zncc > 0.9).all()


def test_zncc_sees_neither_brightness_nor_contrast(atlas: Atlas) -> None:
    warped = warped_patches(atlas, ALL, SAME, SAME, 0)
    plain, _ = zncc_and_gradient(warped, levels_of(waves()), PIXELS)
    lit, b = zncc_and_gradient(warped, levels_of(0.4 * waves() + 60), PIXELS)
    assert plain == pytest.approx(np.ones(len(PIXELS)), abs=0.01)
    assert lit == pytest.approx(plain, abs=0.01)
    assert np.linalg.solve(warped.H, b[..., None]) == pytest.approx(0, abs=0.02)
    other, _ = zncc_and_gradient(warped, levels_of(waves()), PIXELS[::-1])
    assert (other < 0.6).all()


def test_patch_is_warped_as_it_lies_in_the_new_picture(atlas: Atlas) -> None:
    a = np.radians(25)
    turn = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    picture = levels_of(waves(turn=turn, about=PIXELS[1]))
    one = np.array([1])
    warped_right, _ = zncc_and_gradient(
        warped_patches(atlas, one, flat(np.eye(2)), flat(turn), 0), picture, PIXELS[1:2]
    )
    warped_wrong, _ = zncc_and_gradient(
        warped_patches(atlas, one, flat(np.eye(2)), flat(turn.T), 0), picture, PIXELS[1:2]
    )
    not_turned, _ = zncc_and_gradient(
        warped_patches(atlas, one, flat(np.eye(2)), flat(np.eye(2)), 0), picture, PIXELS[1:2]
    )
    assert warped_right[0] > 0.97
    assert warped_right[0] > not_turned[0] + 0.1 > warped_wrong[0]


def test_patches_added_later_leave_the_earlier_ones_alone() -> None:
    """Past the end of a row of the sheet, and from a second picture."""
    atlas = Atlas()
    rng = np.random.default_rng(0)
    first, second = rng.uniform(25, 130, (70, 2)), rng.uniform(25, 130, (60, 2))
    atlas.add(levels_of(waves()), first)
    atlas.add(levels_of(waves((31.0, 17.0))), second)
    for chosen, pixels, picture in (
        (np.arange(70), first, waves()),
        (np.arange(70, 130), second, waves((31.0, 17.0))),
    ):
        same = flat(np.eye(2), len(chosen))
        warped = warped_patches(atlas, chosen, same, same, 0)
        zncc, _ = zncc_and_gradient(warped, levels_of(picture), pixels)
        assert zncc.min() > 0.99


@pytest.mark.parametrize("away_deg", [0, 35, 60])
@pytest.mark.parametrize("about", ["y", "x"])
def test_skin_of_an_egg_is_met_where_the_egg_is(away_deg: float, about: str) -> None:
    """Ten pixels from the middle, against an egg that is rounder across than along, seen before and after a turn."""
    across, along, f = 0.07, 0.12, 800.0
    far = np.array([0, 0, 0.6])

    def seen(away: float) -> tuple[np.ndarray, Surfels]:
        turn = Rotation.from_euler(about, away, degrees=True).as_matrix()
        a = 0.008 * np.array([[1, 0], [-1, 0], [0, 1], [0.7, -0.7]])
        depth = along * (1 - np.sqrt(1 - (a[:, 0] / across) ** 2 * across / along - (a[:, 1] / along) ** 2))
        x = far + np.column_stack([a, depth]) @ turn.T
        tangents, inward = turn[:, :2], turn[:, 2]
        curvature = np.diag([1 / across, 1 / along])
        skin = Surfels(f / far[2] * tangents[None, :2], f / far[2] * inward[None, :2], curvature[None])
        return f * x[:, :2] / x[:, 2:], skin

    before, anchor = seen(5)
    after, new = seen(away_deg)
    near = 0.03 * np.abs(before).max()  # perspective within the patch is left out
    l00, l01, l10, l11, xx, xy, yy, *shift = kernels.warp_terms(
        anchor.jacobian[0], anchor.inward[0], anchor.curvature[0], new.jacobian[0], new.inward[0]
    )
    x, y = after.T
    falls = xx * x * x + xy * x * y + yy * y * y
    met = after @ np.array([[l00, l01], [l10, l11]]).T + falls[:, None] * shift
    assert met == pytest.approx(before, abs=near)


def test_pose_jacobian_is_the_difference_it_makes() -> None:
    rng = np.random.default_rng(2)
    points = rng.uniform(-0.1, 0.1, (20, 3))
    pose = Pose(Rotation.from_rotvec([0.2, -0.4, 0.1]).as_matrix(), np.array([0.05, -0.03, 0.6]))
    f, c = 500.0, np.array([310.0, 250.0])
    b, H = np.zeros((20, 2)), np.zeros((20, 2, 2))
    jacobian = kernels.normal_equations(points, np.ones(20), np.arange(20), pose.R, pose.t, f, b[:, 0], b, H, 1.0, 1)[2]
    h = 1e-6
    for k in range(6):
        step = np.zeros(6)
        step[k] = h
        ends = []
        for sign in (1, -1):
            turn = Rotation.from_rotvec(sign * step[:3]).as_matrix()
            ends.append(project(points, Pose(turn @ pose.R, pose.t + sign * step[3:]), f, c)[0])
        assert jacobian[..., k] == pytest.approx((ends[0] - ends[1]) / (2 * h), rel=1e-4, abs=1e-3)


def test_contrast_normalisation_takes_a_ramp_of_brightness_out() -> None:
    ramp = np.linspace(-70, 70, WIDTH, dtype=np.float32)
    inner = slice(20, -20), slice(20, -20)
    plain, lit = normalise_contrast(waves())[inner], normalise_contrast(waves() + ramp)[inner]
    assert np.corrcoef(plain.ravel(), lit.ravel())[0, 1] > 0.99
    assert np.abs(plain - lit).mean() < 0.1 * plain.std()
    assert abs(lit[:, :60].mean() - lit[:, -60:].mean()) < 0.1 * lit.std()


def test_contrast_normalisation_makes_contrast_even_but_leaves_blank_skin_blank() -> None:
    dim = np.linspace(0.3, 1.0, WIDTH, dtype=np.float32)
    inner = normalise_contrast((waves() - 128) * dim + 128)[20:-20, 20:-20]
    assert inner[:, :50].std() == pytest.approx(inner[:, -50:].std(), rel=0.25)
    noise = np.random.default_rng(1).normal(128, 1.0, (HEIGHT, WIDTH)).astype(np.float32)
    assert normalise_contrast(noise).std() < 0.2 * inner.std()

"""Patches on a picture made of waves, which can be moved by any part of a pixel without resampling."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from romcheck.face.mesh_pose import Pose
from romcheck.face.patches import Atlas, Skin, compare, even_light, levels_of, pose_slope, project, templates

WIDTH, HEIGHT = 200, 160
PIXELS = np.array([[60.0, 50.0], [100.0, 80.0], [140.0, 70.0], [90.0, 110.0]])
ALL = np.arange(len(PIXELS))


def flat(slope: np.ndarray, n: int = 1) -> Skin:
    """Flat skin, its unit a pixel."""
    return Skin(np.broadcast_to(slope, (n, 2, 2)), np.zeros((n, 2)))


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
    drawn = templates(atlas, ALL, SAME, SAME, level)
    likeness, b = compare(drawn, levels_of(waves(shift)), PIXELS)
    step = np.linalg.solve(drawn.H, b[..., None])[..., 0] * scale
    assert step == pytest.approx(np.tile(shift, (len(PIXELS), 1)), abs=tolerance)
    assert (likeness > 0.9).all()


def test_likeness_sees_neither_brightness_nor_contrast(atlas: Atlas) -> None:
    drawn = templates(atlas, ALL, SAME, SAME, 0)
    plain, _ = compare(drawn, levels_of(waves()), PIXELS)
    lit, b = compare(drawn, levels_of(0.4 * waves() + 60), PIXELS)
    assert plain == pytest.approx(np.ones(len(PIXELS)), abs=0.01)
    assert lit == pytest.approx(plain, abs=0.01)
    assert np.linalg.solve(drawn.H, b[..., None]) == pytest.approx(0, abs=0.02)
    other, _ = compare(drawn, levels_of(waves()), PIXELS[::-1])
    assert (other < 0.6).all()


def test_patch_is_drawn_as_it_lies_in_the_new_picture(atlas: Atlas) -> None:
    a = np.radians(25)
    turn = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    picture = levels_of(waves(turn=turn, about=PIXELS[1]))
    one = np.array([1])
    drawn_right, _ = compare(templates(atlas, one, flat(np.eye(2)), flat(turn), 0), picture, PIXELS[1:2])
    drawn_wrong, _ = compare(templates(atlas, one, flat(np.eye(2)), flat(turn.T), 0), picture, PIXELS[1:2])
    not_turned, _ = compare(templates(atlas, one, flat(np.eye(2)), flat(np.eye(2)), 0), picture, PIXELS[1:2])
    assert drawn_right[0] > 0.97
    assert drawn_right[0] > not_turned[0] + 0.1 > drawn_wrong[0]


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
        drawn = templates(atlas, chosen, same, same, 0)
        likeness, _ = compare(drawn, levels_of(picture), pixels)
        assert likeness.min() > 0.99


@pytest.mark.parametrize("away_deg", [0, 35, 60])
def test_skin_of_a_ball_is_found_where_the_ball_is(away_deg: float) -> None:
    """Ten pixels from the middle, against the ball itself."""
    radius, far, f = 0.09, 0.6, 800.0
    turn = Rotation.from_euler("y", away_deg, degrees=True).as_matrix()
    normal, tangents = turn @ [0, 0, -1.0], turn[:, :2]
    middle = np.array([0, 0, far])
    slope, sag = f / far * tangents[:2], -f / far * normal[:2] / (2 * radius)
    skin = Skin(slope[None], sag[None])

    a = 0.008 * np.array([[1, 0], [-1, 0], [0, 1], [0.7, -0.7]])
    sunk = radius - np.sqrt(radius**2 - (a**2).sum(1))
    on_ball = middle + a @ tangents.T - sunk[:, None] * normal
    true = f * (on_ball[:, :2] / on_ball[:, 2:])
    near = 0.02 * np.abs(true).max()  # perspective within the patch is left out
    assert skin.picture(a[None])[0] == pytest.approx(true, abs=near)
    back = skin.skin(skin.picture(a[None])[0])[0]
    assert back == pytest.approx(a, abs=3e-4)


def test_slope_of_the_pose_is_the_difference_it_makes() -> None:
    rng = np.random.default_rng(2)
    points = rng.uniform(-0.1, 0.1, (20, 3))
    pose = Pose(Rotation.from_rotvec([0.2, -0.4, 0.1]).as_matrix(), np.array([0.05, -0.03, 0.6]))
    f, c = 500.0, np.array([310.0, 250.0])
    _, x = project(points, pose, f, c)
    slope = pose_slope(x, pose, f)
    h = 1e-6
    for k in range(6):
        step = np.zeros(6)
        step[k] = h
        ends = []
        for sign in (1, -1):
            turn = Rotation.from_rotvec(sign * step[:3]).as_matrix()
            ends.append(project(points, Pose(turn @ pose.R, pose.t + sign * step[3:]), f, c)[0])
        assert slope[..., k] == pytest.approx((ends[0] - ends[1]) / (2 * h), rel=1e-4, abs=1e-3)


def test_even_light_takes_a_ramp_of_brightness_out() -> None:
    ramp = np.linspace(-70, 70, WIDTH, dtype=np.float32)
    inner = slice(20, -20), slice(20, -20)
    plain, lit = even_light(waves())[inner], even_light(waves() + ramp)[inner]
    assert np.corrcoef(plain.ravel(), lit.ravel())[0, 1] > 0.99
    assert np.abs(plain - lit).mean() < 0.1 * plain.std()
    assert abs(lit[:, :60].mean() - lit[:, -60:].mean()) < 0.1 * lit.std()


def test_even_light_makes_contrast_even_but_leaves_blank_skin_blank() -> None:
    dim = np.linspace(0.3, 1.0, WIDTH, dtype=np.float32)
    inner = even_light((waves() - 128) * dim + 128)[20:-20, 20:-20]
    assert inner[:, :50].std() == pytest.approx(inner[:, -50:].std(), rel=0.25)
    noise = np.random.default_rng(1).normal(128, 1.0, (HEIGHT, WIDTH)).astype(np.float32)
    assert even_light(noise).std() < 0.2 * inner.std()

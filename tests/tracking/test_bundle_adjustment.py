"""Bundle adjustment and resection on made-up scenes: how near they come to what the pictures were made from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from heads import FACING, angle_deg
from scipy.spatial.transform import Rotation

from romcheck.tracking.bundle_adjustment import Observations, Prior, Reconstruction, adjust, resect

FOCAL, CENTRE = 480.0, np.array([320.0, 240.0])
NOISE_PX = 0.3


def turns(keyframes: int, rng: np.random.Generator, reach_deg: float = 45) -> tuple[np.ndarray, np.ndarray]:
    """Poses of a head that turns from one side to the other; the first looks ahead."""
    rotation = np.linspace(-reach_deg, reach_deg, keyframes)
    rotation = rotation[np.argsort(np.abs(rotation), kind="stable")]
    angles = np.column_stack([rotation, rng.uniform(-12, 12, (keyframes, 2))])
    R = FACING @ Rotation.from_euler("YXZ", angles, degrees=True).as_matrix()
    return R, np.array([0.02, -0.01, 0.55]) + rng.uniform(-0.03, 0.03, (keyframes, 3))


def pixels_of(X: np.ndarray, R: np.ndarray, t: np.ndarray) -> np.ndarray:
    x = X @ np.swapaxes(R, -1, -2) + np.expand_dims(t, -2)
    return x[..., :2] / x[..., 2:] * FOCAL + CENTRE


def head_reconstruction(seed: int, outliers: float = 0.0, keyframes: int = 11) -> tuple[Reconstruction, Observations]:
    """Made-up head seen from all sides of its front: the truth, and noisy observations outside the anchor."""
    rng = np.random.default_rng(seed)
    n = 120
    X = rng.normal(size=(n, 3)) * (1, 1, 0.7) + (0, 0, 0.8)
    X = X / np.linalg.norm(X, axis=1, keepdims=True) * (0.075, 0.10, 0.095)
    R, t = turns(keyframes, rng)
    anchor = rng.integers(0, keyframes, n)
    at_anchor = np.einsum("nij,nj->ni", R[anchor], X) + t[anchor]
    rec = Reconstruction(R, t, anchor, at_anchor[:, :2] / at_anchor[:, 2:], at_anchor[:, 2], FOCAL, CENTRE)
    keyframe, feature = (k.ravel() for k in np.meshgrid(np.arange(keyframes), np.arange(n)))
    use = (keyframe != anchor[feature]) & (rng.random(len(keyframe)) < 0.6)
    keyframe, feature = keyframe[use], feature[use]
    pixel = pixels_of(X, R, t)[keyframe, feature] + rng.normal(0, NOISE_PX, (len(keyframe), 2))
    wrong = rng.random(len(keyframe)) < outliers
    pixel[wrong] += rng.uniform(-30, 30, (wrong.sum(), 2))
    return rec, Observations(keyframe, feature, pixel, np.tile(np.eye(2) / NOISE_PX**2, (len(keyframe), 1, 1)))


def unsettled(true: Reconstruction, seed: int, turn_deg: float = 2.0) -> tuple[Reconstruction, np.ndarray]:
    """Reconstruction as one would start from: keyframes some degrees wrong, depths 4 % wrong; the first is kept."""
    rng = np.random.default_rng(seed)
    off = rng.normal(0, np.radians(turn_deg) / np.sqrt(3), (len(true.R), 3))
    shift = rng.normal(0, 0.004, true.t.shape)
    off[0], shift[0] = 0, 0
    depth = true.depth * np.exp(rng.normal(0, 0.04, len(true.depth)))
    start = replace(true, R=Rotation.from_rotvec(off).as_matrix() @ true.R, t=true.t + shift, depth=depth)
    free = np.ones(len(true.R), bool)
    free[0] = False
    return start, free


def worst_turn_deg(a: Reconstruction, b: Reconstruction) -> float:
    return max(angle_deg(x, y) for x, y in zip(a.R, b.R, strict=True))


def depth_error(a: Reconstruction, b: Reconstruction) -> np.ndarray:
    """Relative, the size of the whole left out: pictures alone do not tell it."""
    off = np.log(a.depth / b.depth)
    return np.asarray(off - np.median(off))


@pytest.mark.parametrize(("seed", "outliers"), [(0, 0.0), (1, 0.0), (2, 0.08), (3, 0.15)])
def test_keyframes_and_depths_come_out_of_noisy_pictures(seed: int, outliers: float) -> None:
    true, seen = head_reconstruction(seed, outliers)
    start, free = unsettled(true, seed + 100)
    prior = Prior(start.depth, np.full(len(start.depth), 0.05), FOCAL, 0.0)
    out = adjust(start, seen, prior, free, 25)
    assert worst_turn_deg(start, true) > 2
    assert worst_turn_deg(out, true) < 0.4
    assert np.sqrt(np.mean(depth_error(out, true) ** 2)) < 0.008
    assert np.array_equal(out.R[0], true.R[0])
    assert np.array_equal(out.t[0], true.t[0])
    assert out.focal == FOCAL


def test_keyframes_that_are_not_free_stay() -> None:
    true, seen = head_reconstruction(4)
    start, free = unsettled(true, 5)
    free[2:6] = False
    prior = Prior(start.depth, np.full(len(start.depth), 0.05), FOCAL, 0.0)
    out = adjust(start, seen, prior, free, 10)
    assert np.array_equal(out.R[~free], start.R[~free])
    assert np.array_equal(out.t[~free], start.t[~free])
    assert not np.allclose(out.R[free], start.R[free])


@pytest.mark.parametrize("wrong", [0.88, 1.12])
def test_focal_length_moves_towards_the_truth(wrong: float) -> None:
    true, seen = head_reconstruction(6)
    start, free = unsettled(true, 7)
    focal = FOCAL * wrong
    # Seen through the wrong lens: rays through the same pixels, everything as far as the size of the face then says.
    shift = start.t * (1, 1, wrong)
    start = replace(start, focal=focal, ray=true.ray / wrong, depth=start.depth * wrong, t=shift)
    prior = Prior(start.depth, np.full(len(start.depth), 0.05), focal, 0.12)
    out = adjust(start, seen, prior, free, 40)
    assert abs(np.log(out.focal / FOCAL)) < 0.4 * abs(np.log(wrong))
    kept = adjust(start, seen, replace(prior, focal_sd=0.0), free, 5)
    assert kept.focal == focal


def test_points_of_a_reconstruction_lie_on_the_rays_they_were_seen_along() -> None:
    true, _ = head_reconstruction(8)
    X = true.points()
    for keyframe in range(len(true.R)):
        own = true.anchor == keyframe
        rays = (pixels_of(X[own], true.R[keyframe], true.t[keyframe]) - CENTRE) / FOCAL
        assert rays == pytest.approx(true.ray[own], abs=1e-9)


@pytest.mark.parametrize("outliers", [0.0, 0.15])
def test_resection_finds_poses_on_known_points(outliers: float) -> None:
    true, seen = head_reconstruction(9, outliers, keyframes=40)
    start, _ = unsettled(true, 10, turn_deg=4)
    R, t, _ = resect(true.points(), seen, start.R, start.t, FOCAL, CENTRE)
    off = [angle_deg(a, b) for a, b in zip(R, true.R, strict=True)]
    assert max(off) < 0.4
    assert np.abs(t - true.t).max() < 0.003


def test_covariance_of_a_resection_is_the_scatter_it_has() -> None:
    """Squared errors in units of the covariance average six, one for each freedom of a pose."""
    true, seen = head_reconstruction(11, keyframes=120)
    R, t, C = resect(true.points(), seen, true.R, true.t, FOCAL, CENTRE)
    turn = Rotation.from_matrix(R @ true.R.transpose(0, 2, 1)).as_rotvec()
    error = np.column_stack([turn, t - true.t])
    square = np.einsum("vi,vij,vj->v", error, np.linalg.inv(C), error)
    # Cauchy weights count residuals a little less, so that the covariance is a little wide.
    assert 3.5 < square.mean() < 8

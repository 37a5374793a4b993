"""The bundle adjustment finds the same minimum as SciPy's least squares, which knows nothing of its shortcuts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from heads import FACING, angle_deg
from scipy.optimize import OptimizeResult, least_squares
from scipy.spatial.transform import Rotation

from romcheck.tracking.bundle_adjustment import Observations, Prior, Reconstruction, adjust

FOCAL, CENTRE = 480.0, np.array([320.0, 240.0])
KEYFRAMES, FEATURES = 4, 14


def problem(seed: int, focal_sd: float) -> tuple[Reconstruction, Observations, Prior]:
    """Few features in few keyframes, some observations far off, information that is no multiple of a circle.

    Outliers can make several minima; the seeds used have one near the start.
    """
    rng = np.random.default_rng(seed)
    X = rng.uniform(-0.08, 0.08, (FEATURES, 3)) + np.array([0, 0, 0.06])
    R = FACING @ Rotation.from_euler("YX", [[0, 0], [14, 4], [-12, 6], [28, -5]], degrees=True).as_matrix()
    t = np.array([0.0, 0.0, 0.55]) + rng.normal(0, 0.01, (KEYFRAMES, 3))
    anchor = np.arange(FEATURES) % 2
    x = np.einsum("nij,nj->ni", R[anchor], X) + t[anchor]
    keyframe, feature = (k.ravel() for k in np.meshgrid(np.arange(KEYFRAMES), np.arange(FEATURES)))
    use = keyframe != anchor[feature]
    keyframe, feature = keyframe[use], feature[use]
    at = np.einsum("mij,mj->mi", R[keyframe], X[feature]) + t[keyframe]
    pixel = at[:, :2] / at[:, 2:] * FOCAL + CENTRE + rng.normal(0, 0.4, (len(at), 2))
    pixel[::9] += rng.uniform(-6, 6, (len(pixel[::9]), 2))
    root = rng.normal(0, 1, (len(at), 2, 2)) + 1.5 * np.eye(2)
    seen = Observations(keyframe, feature, pixel, root @ root.transpose(0, 2, 1) + 0.5 * np.eye(2))
    off = Rotation.from_rotvec(np.vstack([[0, 0, 0], rng.normal(0, 0.02, (KEYFRAMES - 1, 3))])).as_matrix()
    depth = x[:, 2] * np.exp(rng.normal(0, 0.03, FEATURES))
    focal = FOCAL * (1.05 if focal_sd else 1.0)
    start = Reconstruction(off @ R, t, anchor, (x[:, :2] / x[:, 2:]) * FOCAL / focal, depth, focal, CENTRE)
    return start, seen, Prior(depth, np.full(FEATURES, 0.03), focal, focal_sd)


def moved(start: Reconstruction, step: np.ndarray, focal_free: bool) -> Reconstruction:
    """The reconstruction a step of (rotations, translations, log depths, log focal length) away."""
    poses, rest = step[: 6 * (KEYFRAMES - 1)].reshape(-1, 6), step[6 * (KEYFRAMES - 1) :]
    R, t = start.R.copy(), start.t.copy()
    R[1:] = Rotation.from_rotvec(poses[:, :3]).as_matrix() @ R[1:]
    t[1:] += poses[:, 3:]
    focal = start.focal * np.exp(rest[-1]) if focal_free else start.focal
    depth = start.depth * np.exp(rest[:FEATURES])
    return replace(start, R=R, t=t, depth=depth, focal=focal, ray=start.ray * start.focal / focal)


def residuals(rec: Reconstruction, seen: Observations, prior: Prior) -> np.ndarray:
    """Numbers whose squares add up to the cost as `docs/tracker.md` gives it, with the Cauchy scale of 1."""
    at_anchor = np.column_stack([rec.ray, np.ones(FEATURES)]) * rec.depth[:, None]
    X = np.einsum("nji,nj->ni", rec.R[rec.anchor], at_anchor - rec.t[rec.anchor])
    x = np.einsum("mij,mj->mi", rec.R[seen.keyframe], X[seen.feature]) + rec.t[seen.keyframe]
    r = seen.pixel - (x[:, :2] / x[:, 2:] * rec.focal + rec.centre)
    s = np.einsum("mi,mij,mj->m", r, seen.information, r)
    scaled = (np.linalg.cholesky(seen.information).transpose(0, 2, 1) @ r[..., None])[..., 0]
    robust = scaled * np.sqrt(np.log1p(s) / np.maximum(s, 1e-12))[:, None]
    parts = [robust.ravel(), np.log(prior.depth / rec.depth) / prior.depth_sd]
    if prior.focal_sd:
        parts.append(np.array([np.log(prior.focal / rec.focal) / prior.focal_sd]))
    return np.concatenate(parts)


@pytest.mark.parametrize(("seed", "focal_sd"), [(0, 0.0), (1, 0.0), (4, 0.12)])
def test_the_minimum_is_that_of_least_squares(seed: int, focal_sd: float) -> None:
    start, seen, prior = problem(seed, focal_sd)
    free = np.arange(KEYFRAMES) > 0
    out = start
    for _ in range(8):  # each ends at its tolerance; together they end at the minimum
        out = adjust(out, seen, prior, free, 50)
    size = 6 * (KEYFRAMES - 1) + FEATURES + (1 if focal_sd else 0)
    best: OptimizeResult = least_squares(
        lambda step: residuals(moved(start, step, focal_sd > 0), seen, prior), np.zeros(size), x_scale="jac",
        xtol=1e-9, ftol=1e-9, gtol=1e-9,
    )  # fmt: skip
    theirs = moved(start, best.x, focal_sd > 0)
    cost = float((residuals(out, seen, prior) ** 2).sum())
    assert float((residuals(start, seen, prior) ** 2).sum()) > 2 * cost
    assert cost == pytest.approx(2 * best.cost, rel=1e-4)
    assert max(angle_deg(a, b) for a, b in zip(out.R, theirs.R, strict=True)) < 0.02
    assert out.t == pytest.approx(theirs.t, abs=1e-4)
    assert out.depth == pytest.approx(theirs.depth, rel=5e-4)
    assert out.focal == pytest.approx(theirs.focal, rel=5e-4)

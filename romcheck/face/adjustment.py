"""Bundle adjustment: views, feature depths and, if wished, the focal length that explain all observations best.

A feature lies on the viewing ray through the pixel where it was first seen; only its depth along that ray is unknown.
The normal equations are reduced to the views by eliminating the depths (Schur complement; Triggs et al. 2000,
"Bundle adjustment: a modern synthesis").
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve
from scipy.spatial.transform import Rotation

from romcheck.face.mesh_pose import Pose
from romcheck.face.patches import pixel_slope, turn_and_shift

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SETTLED = 1e-4
"""Adjustment ends when a step lowers the cost by less than this share."""
OUTLIER = 3.0
"""Residuals beyond this many standard deviations count ever less (Cauchy weights)."""


@dataclass(frozen=True)
class Observations:
    """Features seen in views: ``view`` and ``feature`` (m,) numbers, ``pixel`` (m, 2), ``information`` (m, 2, 2),
    the inverse covariance of the pixel.
    """

    view: Ints
    feature: Ints
    pixel: Floats
    information: Floats


@dataclass(frozen=True)
class Scene:
    """What is known of one rigid body.

    Attributes
    ----------
    R : (v, 3, 3), t : (v, 3) body to camera in each view
    home : (n,) view in which each feature was first seen
    ray : (n, 2) its viewing ray there
    depth : (n,) its depth there, metres
    focal : pixels;  centre : (2,) principal point, pixels
    """

    R: Floats
    t: Floats
    home: Ints
    ray: Floats
    depth: Floats
    focal: float
    centre: Floats

    def points(self) -> Floats:
        """(n, 3) features in body axes."""
        x = np.column_stack([self.ray, np.ones(len(self.ray))]) * self.depth[:, None]
        return np.einsum("nji,nj->ni", self.R[self.home], x - self.t[self.home])


@dataclass(frozen=True)
class Prior:
    """What is believed before looking: depths (n,) with relative standard deviation, and of the focal length."""

    depth: Floats
    depth_sd: Floats
    focal: float
    focal_sd: float


def adjust(scene: Scene, seen: Observations, prior: Prior, free: NDArray[np.bool_], iterations: int) -> Scene:
    """Adjust free views and all depths, and the focal length if ``prior.focal_sd`` is above 0.

    Levenberg-Marquardt with Cauchy weights. ``free`` (v,) says which views may move; at least one must not, or body
    and camera drift together.
    """
    damping = 1e-3
    root = np.linalg.cholesky(seen.information + 1e-9 * np.eye(2)).transpose(0, 2, 1)
    cost, parts = _linearise(scene, seen, root, prior, free)
    for _ in range(iterations):
        trial = _step(scene, parts, prior, free, damping)
        new_cost, new_parts = _linearise(trial, seen, root, prior, free)
        if new_cost < cost:
            gain, scene, cost, parts = cost - new_cost, trial, new_cost, new_parts
            damping = max(damping / 5, 1e-6)
            if gain < SETTLED * cost:
                break
        else:
            damping *= 10
            if damping > 1e4:
                break
    return scene


@dataclass(frozen=True)
class _Normal:
    """Reduced normal equations: views and focal (A, g), depths (D, e), and what joins them (W)."""

    A: Floats
    g: Floats
    D: Floats
    e: Floats
    W: sparse.csr_matrix


def _linearise(
    scene: Scene, seen: Observations, root: Floats, prior: Prior, free: NDArray[np.bool_]
) -> tuple[float, _Normal]:
    """Cost and normal equations; ``root`` (m, 2, 2) is the root of the observations' information."""
    i, k = seen.feature, seen.view
    h = scene.home[i]
    ray = np.column_stack([scene.ray[i], np.ones(len(i))])
    at_home = ray * scene.depth[i, None]
    arm_home = at_home - scene.t[h]
    between = scene.R[k] @ scene.R[h].transpose(0, 2, 1)
    arm = np.einsum("mij,mj->mi", between, arm_home)
    x = arm + scene.t[k]
    J = pixel_slope(x, scene.focal)
    r = seen.pixel - (x[:, :2] / x[:, 2:] * scene.focal + scene.centre)

    scaled = (root @ r[..., None])[..., 0]
    mahalanobis = (scaled**2).sum(1)
    weight = 1 / (1 + mahalanobis / OUTLIER**2)
    L = root * np.sqrt(weight)[:, None, None]
    r = scaled * np.sqrt(weight)[:, None]
    J = L @ J
    B = J @ between
    J_k = turn_and_shift(arm, J)
    J_h = -turn_and_shift(arm_home, B)
    J_d = np.einsum("mij,mj->mi", B, at_home)

    number = np.cumsum(free) - 1
    size = 6 * int(free.sum())
    m = len(i)
    row = np.arange(2 * m).reshape(m, 2, 1)
    cells = []
    for J_v, v in ((J_k, k), (J_h, h)):
        use = free[v]
        column = (6 * number[v[use]])[:, None, None] + np.arange(6)
        cells.append((J_v[use].ravel(), np.broadcast_to(row[use], J_v[use].shape).ravel(),
                      np.broadcast_to(column, J_v[use].shape).ravel()))  # fmt: skip
    if prior.focal_sd > 0:
        J_f = L @ (x[:, :2] / x[:, 2:] * scene.focal)[..., None]
        J_f = J_f[..., 0] + np.einsum("mij,mj->mi", B, at_home * (-1, -1, 0))
        cells.append((J_f.ravel(), row.ravel(), np.full(2 * m, size)))
        size += 1
    values, rows, columns = (np.concatenate(z) for z in zip(*cells, strict=True))
    Jv = sparse.csr_matrix((values, (rows, columns)), (2 * m, size))
    n = len(scene.depth)
    Jd = sparse.csr_matrix((J_d.ravel(), (row.ravel(), np.repeat(i, 2))), (2 * m, n))
    flat = r.ravel()
    A = (Jv.T @ Jv).toarray()
    g = Jv.T @ flat
    off = np.log(prior.depth / scene.depth)
    D = np.bincount(i, (J_d**2).sum(1), n) + 1 / prior.depth_sd**2
    e = Jd.T @ flat + off / prior.depth_sd**2
    cost = float((OUTLIER**2 * np.log1p(mahalanobis / OUTLIER**2)).sum() + ((off / prior.depth_sd) ** 2).sum())
    if prior.focal_sd > 0:
        off_f = np.log(prior.focal / scene.focal)
        A[-1, -1] += 1 / prior.focal_sd**2
        g[-1] += off_f / prior.focal_sd**2
        cost += float(off_f / prior.focal_sd) ** 2
    if not np.all(x[:, 2] > 0.05):
        cost = np.inf
    return cost, _Normal(A, g, D, e, (Jv.T @ Jd).tocsr())


def _step(scene: Scene, n: _Normal, prior: Prior, free: NDArray[np.bool_], damping: float) -> Scene:
    D = n.D * (1 + damping)
    A = n.A + damping * np.diag(np.diag(n.A)) + 1e-9 * np.eye(len(n.A))
    WD = n.W.multiply(1 / D).tocsr()
    S = A - (WD @ n.W.T).toarray()
    step = cho_solve(cho_factor(S + 1e-9 * np.eye(len(S)) * np.trace(S) / len(S)), n.g - WD @ n.e)
    depth_step = (n.e - n.W.T @ step) / D
    R, t = scene.R.copy(), scene.t.copy()
    count = int(free.sum())
    moves = step[: 6 * count].reshape(count, 6)
    R[free] = orthonormal(Rotation.from_rotvec(np.clip(moves[:, :3], -0.5, 0.5)).as_matrix() @ R[free])
    t[free] += moves[:, 3:]
    focal = scene.focal * float(np.exp(np.clip(step[-1], -0.1, 0.1))) if prior.focal_sd > 0 else scene.focal
    # The home pixel is what was seen: when the focal length changes, its ray changes.
    ray = scene.ray * (scene.focal / focal)
    return replace(scene, R=R, t=t, depth=scene.depth * np.exp(np.clip(depth_step, -0.3, 0.3)), focal=focal, ray=ray)


def orthonormal(R: Floats) -> Floats:
    """Rotations (..., 3, 3) with the rounding taken out that products of rotations gather (one Newton step)."""
    return np.asarray(R @ (1.5 * np.eye(3) - 0.5 * np.swapaxes(R, -1, -2) @ R))


def resect(
    points: Floats, seen: Observations, R: Floats, t: Floats, focal: float, centre: Floats
) -> tuple[Floats, Floats, Floats]:
    """Pose of every view on fixed points (n, 3), all views at once.

    Gauss-Newton with Cauchy weights from the poses ``R`` (v, 3, 3), ``t`` (v, 3).

    Returns
    -------
    R, t, and the covariance (v, 6, 6) of (turn about the body's origin in radians, shift in metres)
    """
    views = len(R)
    X = points[seen.feature]
    k = seen.view
    H = np.broadcast_to(np.eye(6), (views, 6, 6))
    for _ in range(8):
        x = np.einsum("mij,mj->mi", R[k], X) + t[k]
        J = pixel_slope(x, focal)
        J = turn_and_shift(x - t[k], J)
        r = seen.pixel - (x[:, :2] / x[:, 2:] * focal + centre)
        weight = 1 / (1 + np.einsum("mi,mij,mj->m", r, seen.information, r) / OUTLIER**2)
        JW = J.transpose(0, 2, 1) @ (seen.information * weight[:, None, None])
        H = _sum(JW @ J, k, views) + 1e-6 * np.eye(6)
        g = _sum(np.einsum("mij,mj->mi", JW, r), k, views)
        step = np.linalg.solve(H, g[..., None])[..., 0]
        R = Rotation.from_rotvec(np.clip(step[:, :3], -0.2, 0.2)).as_matrix() @ R
        t = t + step[:, 3:]
        if np.abs(step).max() < 1e-5:
            break
    return orthonormal(R), t, np.linalg.inv(H)


def _sum(values: Floats, group: Ints, groups: int) -> Floats:
    out = np.zeros((groups, *values.shape[1:]))
    np.add.at(out, group, values)
    return out


def as_pose(scene: Scene, view: int) -> Pose:
    """One view's pose."""
    return Pose(scene.R[view], scene.t[view])

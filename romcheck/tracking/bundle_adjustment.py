"""Bundle adjustment: the keyframes, feature depths and optionally the focal length that best fit all observations.

A feature lies on the viewing ray through the pixel where it was first seen; only its depth along that ray is unknown.
The normal equations are reduced to the keyframes by eliminating the depths (Schur complement; Triggs et al. 2000,
"Bundle adjustment: a modern synthesis").
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.spatial.transform import Rotation

from romcheck.arrays import Floats, Ints
from romcheck.motion.rotations import orthonormal
from romcheck.tracking import kernels
from romcheck.tracking.settings import TRACKING

ADJUSTMENT = TRACKING.adjustment


@dataclass(frozen=True)
class Observations:
    """Features seen in keyframes: ``keyframe`` and ``feature`` (m,) numbers, ``pixel`` (m, 2), and ``information``
    (m, 2, 2), the information matrix (inverse covariance) of the pixel.
    """

    keyframe: Ints
    feature: Ints
    pixel: Floats
    information: Floats

    def part(self, use: NDArray[np.bool_] | Ints) -> Observations:
        """A subset, or all in another order."""
        return Observations(self.keyframe[use], self.feature[use], self.pixel[use], self.information[use])


@dataclass(frozen=True)
class Reconstruction:
    """Reconstruction of one rigid body: poses of its keyframes, and features anchored in them.

    Attributes
    ----------
    R : (v, 3, 3), t : (v, 3) body to camera in each keyframe
    anchor : (n,) keyframe in which each feature was first seen
    ray : (n, 2) its viewing ray in the anchor, x/z and y/z
    depth : (n,) its depth along that, metres
    focal : pixels;  centre : (2,) principal point, pixels
    """

    R: Floats
    t: Floats
    anchor: Ints
    ray: Floats
    depth: Floats
    focal: float
    centre: Floats

    def points(self) -> Floats:
        """(n, 3) features in body axes."""
        x = np.column_stack([self.ray, np.ones(len(self.ray))]) * self.depth[:, None]
        return np.einsum("nji,nj->ni", self.R[self.anchor], x - self.t[self.anchor])


@dataclass(frozen=True)
class Prior:
    """The prior: depths (n,) and the focal length, each with its relative standard deviation."""

    depth: Floats
    depth_sd: Floats
    focal: float
    focal_sd: float


def of_features(
    rec: Reconstruction, seen: Observations, prior: Prior, features: Ints
) -> tuple[Reconstruction, Observations, Prior]:
    """The part that concerns some of the features, renumbered; all keyframes are kept."""
    number = np.full(len(rec.depth), -1)
    number[features] = np.arange(len(features))
    seen = seen.part(number[seen.feature] >= 0)
    return (
        replace(rec, anchor=rec.anchor[features], ray=rec.ray[features], depth=rec.depth[features]),
        replace(seen, feature=number[seen.feature]),
        replace(prior, depth=prior.depth[features], depth_sd=prior.depth_sd[features]),
    )


def adjust(
    rec: Reconstruction, seen: Observations, prior: Prior, free: NDArray[np.bool_], iterations: int
) -> Reconstruction:
    """Adjust free keyframes and all depths, and the focal length if ``prior.focal_sd`` is above 0.

    Levenberg-Marquardt with the Cauchy loss. ``free`` (v,) says which keyframes may move; at least one must be fixed,
    which fixes the gauge: otherwise body and camera drift together.
    """
    damping = ADJUSTMENT.first_damping
    cost, parts = _linearise(rec, seen, prior, free)
    for left in range(iterations, 0, -1):
        trial = _step(rec, parts, prior, free, damping)
        new_cost, new_parts = _linearise(trial, seen, prior, free, cost_alone=left == 1)
        if new_cost < cost:
            gain, rec, cost, parts = cost - new_cost, trial, new_cost, new_parts
            damping = max(damping / ADJUSTMENT.damping_down, ADJUSTMENT.least_damping)
            if (
                gain
                < (ADJUSTMENT.function_tolerance_focal if prior.focal_sd > 0 else ADJUSTMENT.function_tolerance) * cost
            ):
                break
        else:
            damping *= ADJUSTMENT.damping_up
            if damping > ADJUSTMENT.most_damping:
                break
    return rec


@dataclass(frozen=True)
class _Normal:
    """Normal equations: keyframes and focal (A, g), depths (D, e), and the block that couples them (W)."""

    A: Floats
    g: Floats
    D: Floats
    e: Floats
    W: Floats


def _linearise(
    rec: Reconstruction,
    seen: Observations,
    prior: Prior,
    free: NDArray[np.bool_],
    cost_alone: bool = False,
) -> tuple[float, _Normal]:
    """Cost and normal equations, or the cost alone."""
    finds_focal = prior.focal_sd > 0
    place = np.where(free, 6 * (np.cumsum(free) - 1), -1)
    cost, A, g, D, e, W = kernels.linearise(
        seen.pixel, seen.information, seen.keyframe, seen.feature, rec.anchor, rec.ray, rec.depth, rec.R, rec.t,
        rec.focal, rec.centre, place, finds_focal, cost_alone, ADJUSTMENT.cauchy_scale,
        TRACKING.alignment.nearest_depth_m,
    )  # fmt: skip
    off = np.log(prior.depth / rec.depth)
    D += 1 / prior.depth_sd**2
    e += off / prior.depth_sd**2
    cost += float(((off / prior.depth_sd) ** 2).sum())
    if finds_focal:
        off_f = np.log(prior.focal / rec.focal)
        cost += float(off_f / prior.focal_sd) ** 2
        if not cost_alone:
            A[-1, -1] += 1 / prior.focal_sd**2
            g[-1] += off_f / prior.focal_sd**2
    return cost, _Normal(A, g, D, e, W)


def reduced_equations(
    rec: Reconstruction, seen: Observations, prior: Prior, free: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """Normal equations of the free keyframes' poses alone, once depths are eliminated: matrix (6f, 6f), of which the
    lower triangle counts, and right side (6f,). Those of disjoint sets of features add up.
    """
    _, n = _linearise(rec, seen, prior, free)
    return _schur_complement(n, n.D, rec.anchor), n.g - (n.e / n.D) @ n.W


def _schur_complement(n: _Normal, D: Floats, anchor: Ints) -> Floats:
    """Eliminate the depths: A - Wᵀ D⁻¹ W, its lower triangle alone, from the features of one anchor after the other.

    They are seen in the same few keyframes: most columns of their rows of W are zero.
    """
    S = n.A.copy()
    order = np.argsort(anchor, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(anchor[order])) + 1):
        columns = np.flatnonzero(n.W[rows].any(0))
        W = n.W[np.ix_(rows, columns)] / np.sqrt(D[rows])[:, None]
        kernels.subtract_at(S, columns, W.T @ W)
    return S


def reduced_right_side(rec: Reconstruction, seen: Observations, prior: Prior, free: NDArray[np.bool_]) -> Floats:
    """The right side of `reduced_equations` alone, for a small part of their cost."""
    _, n = _linearise(rec, seen, prior, free)
    right: Floats = n.g - (n.e / n.D) @ n.W
    return right


def _step(rec: Reconstruction, n: _Normal, prior: Prior, free: NDArray[np.bool_], damping: float) -> Reconstruction:
    D = n.D * (1 + damping)
    S = _schur_complement(n, D, rec.anchor)
    S[np.diag_indices_from(S)] += damping * n.A.diagonal() + 1e-9 * (1 + np.trace(S) / len(S))
    step = cho_solve(cho_factor(S, lower=True, check_finite=False), n.g - (n.e / D) @ n.W, check_finite=False)
    depth_step = (n.e - n.W @ step) / D
    R, t = rec.R.copy(), rec.t.copy()
    count = int(free.sum())
    moves = step[: 6 * count].reshape(count, 6)
    R[free] = orthonormal(Rotation.from_rotvec(_within(moves[:, :3], ADJUSTMENT.most_turn_rad)).as_matrix() @ R[free])
    t[free] += moves[:, 3:]
    focal = rec.focal * float(np.exp(_within(step[-1], ADJUSTMENT.most_log_focal))) if prior.focal_sd > 0 else rec.focal
    # The anchor pixel is the observation: when the focal length changes, its ray changes.
    ray = rec.ray * (rec.focal / focal)
    return replace(
        rec, R=R, t=t, depth=rec.depth * np.exp(_within(depth_step, ADJUSTMENT.most_log_depth)), focal=focal, ray=ray
    )


def resect(
    points: Floats, seen: Observations, R: Floats, t: Floats, focal: float, centre: Floats
) -> tuple[Floats, Floats, Floats]:
    """Pose of every frame on fixed points (n, 3), all frames at once; each counts as a keyframe of its own.

    Gauss-Newton with Cauchy weights from the poses ``R`` (v, 3, 3), ``t`` (v, 3).

    Returns
    -------
    R, t, and the covariance (v, 6, 6) of (rotation about the body's origin in radians, translation in metres)
    """
    H = np.broadcast_to(np.eye(6), (len(R), 6, 6))
    for _ in range(ADJUSTMENT.resection_iterations):
        H, g = kernels.resection(
            points, seen.pixel, seen.information, seen.keyframe, seen.feature, R, t, focal, centre,
            ADJUSTMENT.cauchy_scale,
        )  # fmt: skip
        H = H + 1e-6 * np.eye(6)
        step = np.linalg.solve(H, g[..., None])[..., 0]
        R = Rotation.from_rotvec(_within(step[:, :3], ADJUSTMENT.most_resection_turn_rad)).as_matrix() @ R
        t = t + step[:, 3:]
        if np.abs(step).max() < ADJUSTMENT.resection_tolerance:
            break
    return orthonormal(R), t, np.linalg.inv(H)


def _within(steps: Floats, most: float) -> Floats:
    return np.clip(steps, -most, most)

"""The compiled kernels in plain numpy: the reference in tests, and for a tracker without a compiler.

Written for reading, from the equations in `docs/tracker.md`; see :mod:`romcheck.tracking.kernels` for the shapes.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import map_coordinates
from scipy.sparse import coo_array
from scipy.spatial.transform import Rotation

from romcheck.geometry.pose import Pose
from romcheck.motion.rotations import distance_deg


def sample(picture, x, y):
    """A picture between its pixels, its border going on for ever."""
    return map_coordinates(picture.astype(float), [y, x], order=1, mode="nearest")


def surfels(points, normals, tangents, features, R, t, keyframe, focal):
    R, t = R[keyframe], t[keyframe]
    x = np.einsum("nij,nj->ni", R, points[features]) + t
    ray, per_metre = x[:, :2] / x[:, 2:], (focal / x[:, 2])[:, None]
    along, out = R @ tangents[features], np.einsum("nij,nj->ni", R, normals[features])
    jacobian = per_metre[..., None] * (along[:, :2] - ray[..., None] * along[:, 2:])
    return jacobian, -per_metre * (out[:, :2] - ray * out[:, 2:])


def warp(sheet, middle, kept, anchor_jacobian, anchor_inward, curvature, jacobian, inward, radius, scale):
    r = np.arange(-radius - 1, radius + 2, dtype=float)
    x, y = (v.ravel() for v in np.meshgrid(r * scale, r * scale))
    back = np.linalg.inv(jacobian)
    linear = anchor_jacobian @ back
    shift = anchor_inward - np.einsum("nij,nj->ni", linear, inward)
    bent = np.swapaxes(back, 1, 2) @ curvature @ back
    falls = np.stack([bent[:, 0, 0] / 2, bent[:, 0, 1], bent[:, 1, 1] / 2], 1) @ [x * x, x * y, y * y]
    step = np.einsum("nij,jp->npi", linear, [x, y]) + falls[..., None] * shift[:, None]
    at = np.clip(step / scale, -kept, kept - 1e-3) + middle[:, None]
    patch = sample(sheet, at[..., 0], at[..., 1]).reshape(-1, len(r), len(r))
    n = len(patch)
    rows = np.empty((n, 3, (2 * radius + 1) ** 2))
    rows[:, 0] = patch[:, 1:-1, 1:-1].reshape(n, -1)
    rows[:, 1] = (patch[:, 1:-1, 2:] - patch[:, 1:-1, :-2]).reshape(n, -1) / 2
    rows[:, 2] = (patch[:, 2:, 1:-1] - patch[:, :-2, 1:-1]).reshape(n, -1) / 2
    rows[:, 0] -= rows[:, 0].mean(1, keepdims=True)
    rows /= (np.linalg.norm(rows[:, 0], axis=1) + 1e-3)[:, None, None]
    gradient = rows[:, 1:]
    H = gradient @ np.swapaxes(gradient, 1, 2)
    return rows.astype(np.float32), np.einsum("nip,np->ni", gradient, rows[:, 0]), gradient.sum(-1), H


def match(picture, pixels, rows, self_product, gradient_sum, radius):
    r = np.arange(-radius, radius + 1, dtype=float)
    x, y = (v.ravel() for v in np.meshgrid(r, r))
    seen = sample(picture, pixels[:, :1] + x, pixels[:, 1:] + y)
    mean = seen.mean(1)
    norm = np.sqrt(np.maximum((seen**2).sum(1) - len(x) * mean**2, 0)) + 1e-3
    products = np.einsum("nip,np->ni", rows.astype(float), seen)
    b = self_product - (products[:, 1:] - mean[:, None] * gradient_sum) / norm[:, None]
    return products[:, 0] / norm, b


def refine(
    picture, start, b, rows, self_product, gradient_sum, H, away_deg, radius, steps, most_step_px, shading, floor_px,
    floor_px_per_deg,
):  # fmt: skip
    patch_covariance, pixels = np.linalg.inv(H + 1e-3 * np.eye(2)), start
    for _ in range(steps):
        pixels = pixels + np.clip(np.einsum("nij,nj->ni", patch_covariance, b), -most_step_px, most_step_px)
        zncc, b = match(picture, pixels, rows, self_product, gradient_sum, radius)
    noise = 2 * (1 - zncc) / (2 * radius + 1) ** 2 + 1e-5
    floor = floor_px**2 + (floor_px_per_deg * away_deg) ** 2
    covariance = patch_covariance * (noise + shading)[:, None, None] + floor[:, None, None] * np.eye(2)
    return pixels, np.linalg.inv(covariance)


def turned_deg(R, one):
    return distance_deg(R, one)


def project(points, features, R, t, focal, centre):
    x = points[features] @ R.T + t
    return x[:, :2] / x[:, 2:] * focal + centre


def normal_equations(points, information_weight, features, R, t, focal, zncc, b, H, zncc_scale, scale):
    robust = 1 + ((1 - zncc) / zncc_scale) ** 2
    weight = information_weight[features] * np.clip(zncc, 0, 1) ** 2 / robust
    J = pose_jacobian(points[features] @ R.T + t, Pose(R, t), focal) / scale
    JH = np.swapaxes(J, 1, 2) @ (H * weight[:, None, None])
    return (JH @ J).sum(0), np.einsum("nij,ni->j", J, b * weight[:, None]), J


def continued(before, last, share):
    step = Rotation.from_matrix(last @ before.T).as_rotvec()
    return Rotation.from_rotvec(share * step).as_matrix() @ last


def damped_step(A, g, J, damping):
    step = np.linalg.solve(A + np.diag(damping * A.diagonal() + 1e-9), g)
    return step, np.abs(J @ step).mean()


def rotation(vector):
    return Rotation.from_rotvec(vector).as_matrix()


def even_out(grey, mean, square, variance, out, left, top):
    height, width = grey.shape
    spread = np.maximum(square - mean * mean, 0) + np.float32(variance)
    out[top : top + height, left : left + width] = (grey - mean) / np.sqrt(spread)


def linearise(
    pixel, information, keyframe, feature, anchor, ray, depth, R, t, focal, centre, place, finds_focal, cost_alone,
    cauchy_scale, nearest_m,
):  # fmt: skip
    last, n, m = 6 * len(R), len(depth), len(pixel)
    root = np.swapaxes(np.linalg.cholesky(information + 1e-9 * np.eye(2)), 1, 2)
    at = (np.column_stack([ray, np.ones(n)]) * depth[:, None])[feature]
    a = anchor[feature]
    arm_anchor = at - t[a]
    between = R[keyframe] @ np.swapaxes(R[a], 1, 2)
    arm = np.einsum("mij,mj->mi", between, arm_anchor)
    x = arm + t[keyframe]
    seen = x[:, 2] > nearest_m
    shown = x[:, :2] / x[:, 2:] * focal
    r = np.einsum("mij,mj->mi", root, pixel - shown - centre)
    far = (r**2).sum(1) / cauchy_scale**2
    weight = np.sqrt(1 / (1 + far))
    cost = cauchy_scale**2 * np.log1p(far).sum() if seen.all() else np.inf
    if cost_alone:
        return float(cost), np.zeros((0, 0)), np.zeros(0), np.zeros(n), np.zeros(n), np.zeros((n, 0))
    L = root * (weight * seen)[:, None, None]
    J_x = L @ projection_jacobian(x, focal)
    B = J_x @ between
    J_focal = np.einsum("mij,mj->mi", L, shown) - np.einsum("mij,mj->mi", B[..., :2], at[:, :2])
    own, others = point_to_pose_jacobian(arm, J_x), -point_to_pose_jacobian(arm_anchor, B)
    rows = np.arange(2 * m).reshape(m, 2)
    J = coo_array((2 * m, last + 1))
    for part, k in ((own, keyframe), (others, a)):
        columns = 6 * k[:, None] + np.arange(6)
        at_row, at_column = np.broadcast_arrays(rows[..., None], columns[:, None])
        J = J + coo_array((part.ravel(), (at_row.ravel(), at_column.ravel())), (2 * m, last + 1))
    J = J.tocsr() + coo_array((J_focal.ravel(), (rows.ravel(), np.full(2 * m, last))), (2 * m, last + 1)).tocsr()
    J_d = coo_array((np.einsum("mij,mj->mi", B, at).ravel(), (rows.ravel(), np.repeat(feature, 2))), (2 * m, n))
    r = (weight * seen)[:, None] * r
    D, e = (J_d.multiply(J_d)).sum(0), J_d.T @ r.ravel()
    free = np.flatnonzero(place >= 0)
    free = free[np.argsort(place[free])]
    use = np.append(6 * free[:, None] + np.arange(6), [last] if finds_focal else np.zeros(0, int))
    J = J[:, use]
    return float(cost), (J.T @ J).toarray(), J.T @ r.ravel(), D, e, (J_d.T @ J).toarray()


def subtract_at(S, columns, P):
    S[np.ix_(columns, columns)] -= np.tril(P)


def resection(points, pixel, information, frame, feature, R, t, focal, centre, cauchy_scale):
    arm = np.einsum("mij,mj->mi", R[frame], points[feature])
    x = arm + t[frame]
    J = point_to_pose_jacobian(arm, projection_jacobian(x, focal))
    r = pixel - (x[:, :2] / x[:, 2:] * focal + centre)
    weight = 1 / (1 + np.einsum("mi,mij,mj->m", r, information, r) / cauchy_scale**2)
    JW = np.swapaxes(J, 1, 2) @ (information * weight[:, None, None])
    H, g = np.zeros((len(R), 6, 6)), np.zeros((len(R), 6))
    np.add.at(H, frame, JW @ J)
    np.add.at(g, frame, np.einsum("mij,mj->mi", JW, r))
    return H, g


def usable(
    points, normals, away_deg, poor, R, t, focal, centre, reach_deg, least_facing, margin, width, height, nearest_m
):  # fmt: skip
    x = points @ R.T + t
    pixels = x[:, :2] / x[:, 2:] * focal + centre
    facing = -((normals @ R.T) * x).sum(1) / np.linalg.norm(x, axis=1)
    inside = ((pixels > margin) & (pixels < np.array([width, height]) - margin - 1)).all(1)
    return (away_deg < reach_deg) & ~poor & (facing > least_facing) & inside & (x[:, 2] > nearest_m)


def moved_px(points, pixels, R, t, focal, centre, nearest_m):
    x = np.einsum("vij,nj->vni", R, points) + t[:, None]
    seen = x[..., :2] / np.maximum(x[..., 2:], nearest_m) * focal + centre
    return np.linalg.norm(seen - pixels, axis=-1).mean(1)


def off_surface(points, radius, cells_per_rad):
    r = np.linalg.norm(points, axis=-1) + 1e-9
    elevation = np.arcsin(np.clip(points[..., 1] / r, -1, 1))
    azimuth = np.arctan2(points[..., 0], points[..., 2])
    return r - sample(radius, (azimuth + np.pi) * cells_per_rad, (elevation + np.pi / 2) * cells_per_rad)


def first_inside(origin, direction, steps, radius, cells_per_rad):
    outside = off_surface(origin + direction[:, None] * steps[:, None], radius, cells_per_rad)
    inside = outside < 0
    hit = inside.any(1) & ~inside[:, 0]
    k = np.where(hit, inside.argmax(1), 1)
    rows = np.arange(len(direction))
    a, b = outside[rows, k - 1], outside[rows, k]
    share = np.where(hit, a / np.where(hit, a - b, 1), 0)
    return hit, np.where(hit, steps[k - 1] + (steps[1] - steps[0]) * share, steps[0])


def projection_jacobian(x, f):
    """(n, 2, 3) change of the pixel with the camera-axes point ``x`` (n, 3)."""
    z = 1 / x[:, 2]
    J = np.zeros((len(x), 2, 3))
    J[:, 0, 0] = J[:, 1, 1] = f * z
    J[:, 0, 2] = -f * x[:, 0] * z * z
    J[:, 1, 2] = -f * x[:, 1] * z * z
    return J


def pose_jacobian(x, pose, f):
    """(n, 2, 6) change of the pixel with a small turn about the body's origin (camera axes) and a shift."""
    J = projection_jacobian(x, f)
    arm = x - pose.t
    return point_to_pose_jacobian(arm, J)


def point_to_pose_jacobian(arm, J):
    """(n, 2, 6) change by a turn about the point ``arm`` (n, 3) reaches from and a shift, from that by a shift alone.

    J @ (w x arm) = (arm x J) . w, row by row; written out, as ``numpy.cross`` takes three times as long.
    """
    x, y, z = arm.T[:, :, None]
    out = np.empty((len(J), 2, 6))
    out[..., 0] = y * J[..., 2] - z * J[..., 1]
    out[..., 1] = z * J[..., 0] - x * J[..., 2]
    out[..., 2] = x * J[..., 1] - y * J[..., 0]
    out[..., 3:] = J
    return out

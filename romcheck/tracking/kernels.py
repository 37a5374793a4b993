"""The inner loops of tracking, compiled: sampling and comparing patches, normal equations, resection.

Numba compiles them at their first use on a machine and keeps them on disk; no compiler is needed. Sums run in a fixed
order without fast-math, so that the same pictures give the same bytes. Every kernel is tested against
its counterpart in plain numpy. Shapes are those of the callers; pictures and patches are float32, everything else
float64. Coordinates that are not finite, or far outside a picture, are clamped to its border.
"""

from __future__ import annotations

import numpy as np

from romcheck.arrays import Bools, Floats, Grey, Ints
from romcheck.tracking.compilation import compiled
from romcheck.tracking.settings import TRACKING, TrackerSettings

PATCHES = TRACKING.patches
FARTHEST_PX, EDGE_PX = PATCHES.farthest_px, PATCHES.edge_px  # the compiler takes plain numbers only


@compiled
def _within(value: float, low: float, high: float) -> float:
    if not value > low:  # NaN too
        return low
    return min(value, high)


@compiled
def _bilinear(picture: Grey, x: float, y: float) -> float:
    """Bilinear interpolation in a picture; beyond the border its last pixels are repeated."""
    height, width = picture.shape
    x, y = _within(x, 0.0, width - 1.0), _within(y, 0.0, height - 1.0)
    i, j = int(x), int(y)
    u, v = x - i, y - j
    i2, j2 = min(i + 1, width - 1), min(j + 1, height - 1)
    above = (1 - u) * picture[j, i] + u * picture[j, i2]
    below = (1 - u) * picture[j2, i] + u * picture[j2, i2]
    return (1 - v) * above + v * below


@compiled
def warp_terms(
    anchor_jacobian: Floats, anchor_inward: Floats, curvature: Floats, jacobian: Floats, inward: Floats
) -> tuple[float, float, float, float, float, float, float, float, float]:
    """Warp of a step (x, y) in a picture to the anchor, to the second order: L00, L01, L10, L11, xx, xy, yy, s_x, s_y
    of ``L @ (x, y) + (xx * x * x + xy * x * y + yy * y * y) * s``.

    A surfel's Jacobian (2, 2) and inward direction (2,) are in pixels per metre, its curvature (2, 2) in 1/metre.
    """
    det = jacobian[0, 0] * jacobian[1, 1] - jacobian[0, 1] * jacobian[1, 0]
    b00, b01 = jacobian[1, 1] / det, -jacobian[0, 1] / det
    b10, b11 = -jacobian[1, 0] / det, jacobian[0, 0] / det
    A, C = anchor_jacobian, curvature
    l00, l01 = A[0, 0] * b00 + A[0, 1] * b10, A[0, 0] * b01 + A[0, 1] * b11
    l10, l11 = A[1, 0] * b00 + A[1, 1] * b10, A[1, 0] * b01 + A[1, 1] * b11
    shift_x = anchor_inward[0] - (l00 * inward[0] + l01 * inward[1])
    shift_y = anchor_inward[1] - (l10 * inward[0] + l11 * inward[1])
    c00, c01 = C[0, 0] * b00 + C[0, 1] * b10, C[0, 0] * b01 + C[0, 1] * b11
    c10, c11 = C[1, 0] * b00 + C[1, 1] * b10, C[1, 0] * b01 + C[1, 1] * b11
    xx, xy, yy = (b00 * c00 + b10 * c10) / 2, b00 * c01 + b10 * c11, (b01 * c01 + b11 * c11) / 2
    return l00, l01, l10, l11, xx, xy, yy, shift_x, shift_y


@compiled
def warp(
    sheet: Grey,
    middle: Ints,
    kept: int,
    anchor_jacobian: Floats,
    anchor_inward: Floats,
    curvature: Floats,
    jacobian: Floats,
    inward: Floats,
    radius: int,
    scale: int,
) -> tuple[Grey, Floats, Floats, Floats]:
    """Patches warped to another picture, normalised, with their gradients; see ``patch_alignment.WarpedPatches``.

    ``middle`` (n, 2) is the centre in the sheet of the stored patch of half-width ``kept``; the surfels' Jacobian,
    inward direction and curvature are those in the anchor and in the new picture.
    """
    n, side = len(middle), 2 * radius + 3
    rows = np.empty((n, 3, (2 * radius + 1) ** 2), np.float32)
    self_product, gradient_sum, H = np.empty((n, 2)), np.empty((n, 2)), np.empty((n, 2, 2))
    patch = np.empty((side, side))
    for k in range(n):
        l00, l01, l10, l11, xx, xy, yy, shift_x, shift_y = warp_terms(
            anchor_jacobian[k], anchor_inward[k], curvature[k], jacobian[k], inward[k]
        )
        most = 2 * kept - EDGE_PX
        finite = np.isfinite(l00 + l01 + l10 + l11 + (xx + xy + yy) * (shift_x + shift_y))
        shift_x, shift_y = shift_x * scale, shift_y * scale
        at_x, at_y = middle[k, 0] - kept, middle[k, 1] - kept
        kept_patch = sheet[at_y : at_y + 2 * kept + 1, at_x : at_x + 2 * kept + 1]
        for j in range(side if finite else 0):
            y = float(j - radius - 1)
            for i in range(side):
                x = float(i - radius - 1)
                falls = xx * x * x + xy * x * y + yy * y * y
                u = min(max(l00 * x + l01 * y + falls * shift_x + kept, 0.0), most)
                v = min(max(l10 * x + l11 * y + falls * shift_y + kept, 0.0), most)
                left, top = np.uint32(u), np.uint32(v)
                right, down = left + np.uint32(1), top + np.uint32(1)
                p, q = u - left, v - top
                above = (1 - p) * kept_patch[top, left] + p * kept_patch[top, right]
                below = (1 - p) * kept_patch[down, left] + p * kept_patch[down, right]
                patch[j, i] = (1 - q) * above + q * below
        if not finite:
            patch[:] = 0.0
        total = 0.0
        for j in range(1, side - 1):
            for i in range(1, side - 1):
                total += patch[j, i]
        mean = total / (2 * radius + 1) ** 2
        square = 0.0
        for j in range(1, side - 1):
            for i in range(1, side - 1):
                square += (patch[j, i] - mean) ** 2
        norm = np.sqrt(square) + 1e-3
        px = py = sx = sy = hxx = hxy = hyy = 0.0
        at = 0
        for j in range(1, side - 1):
            for i in range(1, side - 1):
                value = (patch[j, i] - mean) / norm
                gx = (patch[j, i + 1] - patch[j, i - 1]) / (2 * norm)
                gy = (patch[j + 1, i] - patch[j - 1, i]) / (2 * norm)
                rows[k, 0, at], rows[k, 1, at], rows[k, 2, at] = value, gx, gy
                px += gx * value
                py += gy * value
                sx += gx
                sy += gy
                hxx += gx * gx
                hxy += gx * gy
                hyy += gy * gy
                at += 1
        self_product[k, 0], self_product[k, 1] = px, py
        gradient_sum[k, 0], gradient_sum[k, 1] = sx, sy
        H[k, 0, 0], H[k, 0, 1], H[k, 1, 0], H[k, 1, 1] = hxx, hxy, hxy, hyy
    return rows, self_product, gradient_sum, H


@compiled
def match(
    picture: Grey, pixels: Floats, rows: Grey, self_product: Floats, gradient_sum: Floats, radius: int
) -> tuple[Floats, Floats]:
    """ZNCC (n,) and right-hand side (n, 2) of patches at ``pixels`` (n, 2) of this picture."""
    n, side = len(pixels), 2 * radius + 1
    height, width = picture.shape
    zncc, b = np.zeros(n), np.zeros((n, 2))
    seen = np.empty(side * side)
    for k in range(n):
        x, y = pixels[k, 0], pixels[k, 1]
        if not (abs(x) < FARTHEST_PX and abs(y) < FARTHEST_PX):
            continue
        left, top = int(np.floor(x)) - radius, int(np.floor(y)) - radius
        u, v = x - np.floor(x), y - np.floor(y)
        at = 0
        if left >= 0 and top >= 0 and left + side < width and top + side < height:
            # All pixels of the patch have the same subpixel position.
            w00, w01, w10, w11 = (1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v
            for j in range(top, top + side):
                for i in range(left, left + side):
                    seen[at] = (
                        w00 * picture[j, i]
                        + w01 * picture[j, i + 1]
                        + w10 * picture[j + 1, i]
                        + w11 * picture[j + 1, i + 1]
                    )
                    at += 1
        else:
            for j in range(side):
                for i in range(side):
                    seen[at] = _bilinear(picture, left + i + u, top + j + v)
                    at += 1
        total = square = p = px = py = 0.0
        for m in range(side * side):
            value = seen[m]
            total += value
            square += value * value
            p += value * rows[k, 0, m]
            px += value * rows[k, 1, m]
            py += value * rows[k, 2, m]
        mean = total / (side * side)
        norm = np.sqrt(max(square - total * mean, 0.0)) + 1e-3
        zncc[k] = p / norm
        b[k, 0] = self_product[k, 0] - (px - mean * gradient_sum[k, 0]) / norm
        b[k, 1] = self_product[k, 1] - (py - mean * gradient_sum[k, 1]) / norm
    return zncc, b


@compiled
def normal_equations(
    points: Floats, R: Floats, t: Floats, focal: float, b: Floats, H: Floats, weight: Floats, scale: float
) -> tuple[Floats, Floats, Floats]:
    """Normal equations of one pose from patches: matrix (6, 6), right side (6,), and the patches' Jacobians (n, 2, 6),
    pixels of the patches' level by a rotation about the body's origin and a translation.

    ``points`` (n, 3) in body axes; ``b`` (n, 2) and ``H`` (n, 2, 2) are the patches' own normal equations.
    """
    n = len(points)
    A, g, J = np.zeros((6, 6)), np.zeros(6), np.empty((n, 2, 6))
    for k in range(n):
        arm = _rotated(R, points[k])
        _pose_jacobian(arm, arm + t, focal / scale, J[k])
        for p in range(6):
            h0 = (J[k, 0, p] * H[k, 0, 0] + J[k, 1, p] * H[k, 1, 0]) * weight[k]
            h1 = (J[k, 0, p] * H[k, 0, 1] + J[k, 1, p] * H[k, 1, 1]) * weight[k]
            for q in range(6):
                A[p, q] += h0 * J[k, 0, q] + h1 * J[k, 1, q]
            g[p] += (J[k, 0, p] * b[k, 0] + J[k, 1, p] * b[k, 1]) * weight[k]
    return A, g, J


@compiled
def _rotated(R: Floats, x: Floats) -> Floats:
    out = np.empty(3)
    for i in range(3):
        out[i] = R[i, 0] * x[0] + R[i, 1] * x[1] + R[i, 2] * x[2]
    return out


@compiled
def _pose_jacobian(arm: Floats, x: Floats, focal: float, J: Floats) -> None:
    """Fill J (2, 6): change of the pixel of ``x`` by a rotation about the start of the lever ``arm`` and by a shift."""
    z = 1 / x[2]
    for i in range(2):
        s0 = focal * z if i == 0 else 0.0
        s1 = focal * z if i == 1 else 0.0
        s2 = -focal * x[i] * z * z
        _point_to_pose(arm, s0, s1, s2, J[i])


@compiled
def _point_to_pose(arm: Floats, s0: float, s1: float, s2: float, row: Floats) -> None:
    """Fill a row (6,) of a pose's Jacobian from its derivative ``s`` by translation: (arm x s, s)."""
    row[0] = arm[1] * s2 - arm[2] * s1
    row[1] = arm[2] * s0 - arm[0] * s2
    row[2] = arm[0] * s1 - arm[1] * s0
    row[3], row[4], row[5] = s0, s1, s2


@compiled
def linearise(
    pixel: Floats,
    root: Floats,
    keyframe: Ints,
    feature: Ints,
    anchor: Ints,
    ray: Floats,
    depth: Floats,
    R: Floats,
    t: Floats,
    focal: float,
    centre: Floats,
    cauchy_scale: float,
    nearest_m: float,
) -> tuple[float, Floats, Floats, Floats, Floats, Floats]:
    """Cost, and the normal equations A, g of keyframes and focal length, D, e of depths, W of their coupling.

    The unknowns are six per keyframe and, last, the logarithm of the focal length; depths enter as logarithms too.
    ``root`` (m, 2, 2) is the root of each observation's information.
    """
    keyframes, n = len(R), len(depth)
    last = 6 * keyframes
    A, g = np.zeros((last + 1, last + 1)), np.zeros(last + 1)
    D, e, W = np.zeros(n), np.zeros(n), np.zeros((n, last + 1))
    cost = 0.0
    J = np.zeros((2, 13))  # the keyframe, the anchor, the focal length
    column = np.empty(13, np.int64)
    shift, B, r, Jd = np.empty((2, 3)), np.empty((2, 3)), np.empty(2), np.empty(2)
    at, arm_anchor = np.empty(3), np.empty(3)
    for m in range(len(pixel)):
        k, i = keyframe[m], feature[m]
        a = anchor[i]
        at[0], at[1], at[2] = ray[i, 0] * depth[i], ray[i, 1] * depth[i], depth[i]
        for c in range(3):
            arm_anchor[c] = at[c] - t[a, c]
        arm = _rotated(R[k], _rotated(R[a].T, arm_anchor))
        x, y, z = arm[0] + t[k, 0], arm[1] + t[k, 1], arm[2] + t[k, 2]
        if not z > nearest_m:
            cost = np.inf
            continue
        u, v = focal * x / z, focal * y / z
        r0, r1 = pixel[m, 0] - u - centre[0], pixel[m, 1] - v - centre[1]
        s0 = root[m, 0, 0] * r0 + root[m, 0, 1] * r1
        s1 = root[m, 1, 0] * r0 + root[m, 1, 1] * r1
        far = (s0 * s0 + s1 * s1) / cauchy_scale**2
        cost += cauchy_scale**2 * np.log1p(far)
        weight = np.sqrt(1 / (1 + far))
        r[0], r[1] = s0 * weight, s1 * weight
        for c in range(2):
            l0, l1 = root[m, c, 0] * weight, root[m, c, 1] * weight
            shift[c, 0], shift[c, 1] = l0 * focal / z, l1 * focal / z
            shift[c, 2] = -(l0 * u + l1 * v) / z
            for d in range(3):  # in the anchor's camera axes
                B[c, d] = 0.0
                for f in range(3):
                    B[c, d] += shift[c, f] * (
                        R[k, f, 0] * R[a, d, 0] + R[k, f, 1] * R[a, d, 1] + R[k, f, 2] * R[a, d, 2]
                    )
            _point_to_pose(arm, shift[c, 0], shift[c, 1], shift[c, 2], J[c, :6])
            _point_to_pose(arm_anchor, -B[c, 0], -B[c, 1], -B[c, 2], J[c, 6:12])
            # The ray through the anchor's pixel depends on the focal length too.
            J[c, 12] = l0 * u + l1 * v - B[c, 0] * at[0] - B[c, 1] * at[1]
            Jd[c] = B[c, 0] * at[0] + B[c, 1] * at[1] + B[c, 2] * at[2]
        for p in range(6):
            column[p], column[6 + p] = 6 * k + p, 6 * a + p
        column[12] = last
        for p in range(13):
            to = column[p]
            g[to] += J[0, p] * r[0] + J[1, p] * r[1]
            W[i, to] += J[0, p] * Jd[0] + J[1, p] * Jd[1]
            for q in range(13):
                A[to, column[q]] += J[0, p] * J[0, q] + J[1, p] * J[1, q]
        D[i] += Jd[0] * Jd[0] + Jd[1] * Jd[1]
        e[i] += Jd[0] * r[0] + Jd[1] * r[1]
    return cost, A, g, D, e, W


@compiled
def resection(
    points: Floats,
    pixel: Floats,
    information: Floats,
    frame: Ints,
    feature: Ints,
    R: Floats,
    t: Floats,
    focal: float,
    centre: Floats,
    cauchy_scale: float,
) -> tuple[Floats, Floats]:
    """Normal equations (v, 6, 6), (v, 6) of the poses R (v, 3, 3), t (v, 3) of frames on fixed points (n, 3)."""
    H, g = np.zeros((len(R), 6, 6)), np.zeros((len(R), 6))
    J = np.empty((2, 6))
    for m in range(len(pixel)):
        k = frame[m]
        arm = _rotated(R[k], points[feature[m]])
        x = arm + t[k]
        _pose_jacobian(arm, x, focal, J)
        r0 = pixel[m, 0] - (x[0] / x[2] * focal + centre[0])
        r1 = pixel[m, 1] - (x[1] / x[2] * focal + centre[1])
        i00, i01, i10, i11 = information[m, 0, 0], information[m, 0, 1], information[m, 1, 0], information[m, 1, 1]
        weight = 1 / (1 + (r0 * (i00 * r0 + i01 * r1) + r1 * (i10 * r0 + i11 * r1)) / cauchy_scale**2)
        for p in range(6):
            w0 = (J[0, p] * i00 + J[1, p] * i10) * weight
            w1 = (J[0, p] * i01 + J[1, p] * i11) * weight
            g[k, p] += w0 * r0 + w1 * r1
            for q in range(6):
                H[k, p, q] += w0 * J[0, q] + w1 * J[1, q]
    return H, g


@compiled
def usable(
    points: Floats,
    normals: Floats,
    away_deg: Floats,
    poor: Bools,
    R: Floats,
    t: Floats,
    focal: float,
    centre: Floats,
    reach_deg: float,
    least_facing: float,
    margin: int,
    width: int,
    height: int,
    nearest_m: float,
) -> Bools:
    """(n,) whether each point should be visible at a pose: near its anchor, facing the camera, in the picture."""
    out = np.zeros(len(points), np.bool_)
    for i in range(len(points)):
        if poor[i] or not away_deg[i] < reach_deg:
            continue
        x = _rotated(R, points[i]) + t
        if not x[2] > nearest_m:
            continue
        u, v = focal * x[0] / x[2] + centre[0], focal * x[1] / x[2] + centre[1]
        if not (margin < u < width - margin - 1 and margin < v < height - margin - 1):
            continue
        out_of_skin = _rotated(R, normals[i])
        facing = -(out_of_skin[0] * x[0] + out_of_skin[1] * x[1] + out_of_skin[2] * x[2])
        out[i] = facing > least_facing * np.sqrt(x[0] ** 2 + x[1] ** 2 + x[2] ** 2)
    return out


def load() -> None:
    """Compile every kernel, or read it from disk, before the first picture."""
    one, two, pose, none = np.zeros((1, 2)), np.ones((1, 2, 2)), np.eye(3), np.zeros(1, np.int64)
    grey, points = np.zeros((9, 9), np.float32), np.ones((1, 3))
    flat = np.eye(2)[None]
    warped = warp(grey, np.full((1, 2), 4), 4, flat, one, two, flat, one, 1, 1)
    match(grey, one, *warped[:3], 1)
    normal_equations(points, pose, points[0], 1.0, one, two, points[0], 1)
    nearest_m = TRACKING.alignment.nearest_depth_m
    linearise(one, two, none, none, none, one, points[0, :1], pose[None], points, 1.0, one[0], 1.0, nearest_m)
    resection(points, one, two, none, none, pose[None], points, 1.0, one[0], 1.0)
    facing = TrackerSettings().least_facing
    usable(points, points, points[0, :1], none > 0, pose, points[0], 1.0, one[0], 1.0, facing, 1, 9, 9, nearest_m)

"""The inner loops of tracking, compiled: sampling and comparing patches, normal equations, resection.

Numba compiles them at their first use on a machine and keeps them on disk; no compiler is needed. Sums run in the order
that the code fixes, in ``summed`` kernels in one that the compiler chose: the same pictures give the same bytes on one
machine. Every kernel is tested against its counterpart in plain numpy. Shapes are those of the callers; pictures and
patches are float32, everything else float64. Coordinates that are not finite, or far outside a picture, are clamped to
its border.
"""

from __future__ import annotations

import numpy as np

from romcheck.arrays import Bools, Floats, Grey, Ints
from romcheck.tracking.compilation import compiled, summed
from romcheck.tracking.settings import TRACKING, TrackerSettings

PATCHES = TRACKING.patches
FARTHEST_PX, EDGE_PX = PATCHES.farthest_px, PATCHES.edge_px  # the compiler takes plain numbers only


@compiled
def _within(value: float, low: float, high: float) -> float:
    if not value > low:  # NaN too
        return low
    return min(value, high)


@compiled
def _bilinear(picture: Grey | Floats, x: float, y: float) -> float:
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
def _rotated(R: Floats, x: float, y: float, z: float) -> tuple[float, float, float]:
    return (
        R[0, 0] * x + R[0, 1] * y + R[0, 2] * z,
        R[1, 0] * x + R[1, 1] * y + R[1, 2] * z,
        R[2, 0] * x + R[2, 1] * y + R[2, 2] * z,
    )


@compiled
def surfels(
    points: Floats,
    normals: Floats,
    tangents: Floats,
    features: Ints,
    R: Floats,
    t: Floats,
    keyframe: Ints,
    focal: float,
) -> tuple[Floats, Floats]:
    """Jacobian (n, 2, 2) and inward direction (n, 2) of surfels, each at one of the poses R (v, 3, 3), t (v, 3).

    ``tangents`` (m, 3, 2) and ``normals`` (m, 3) in body axes; ``features`` and ``keyframe`` (n,) are rows of these.
    """
    jacobian, inward = np.empty((len(features), 2, 2)), np.empty((len(features), 2))
    for n in range(len(features)):
        i, k = features[n], keyframe[n]
        x, y, z = _rotated(R[k], points[i, 0], points[i, 1], points[i, 2])
        per_metre = focal / (z + t[k, 2])
        u, v = (x + t[k, 0]) / (z + t[k, 2]), (y + t[k, 1]) / (z + t[k, 2])
        for d in range(2):
            x, y, z = _rotated(R[k], tangents[i, 0, d], tangents[i, 1, d], tangents[i, 2, d])
            jacobian[n, 0, d], jacobian[n, 1, d] = per_metre * (x - u * z), per_metre * (y - v * z)
        x, y, z = _rotated(R[k], normals[i, 0], normals[i, 1], normals[i, 2])
        inward[n, 0], inward[n, 1] = -per_metre * (x - u * z), -per_metre * (y - v * z)
    return jacobian, inward


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
    most = 2 * kept - EDGE_PX
    columns, pixels, one = np.int32(sheet.shape[1]), sheet.reshape(-1), np.uint64(1)
    share, at, four = np.empty((2, side)), np.empty(side, np.int32), np.empty((4, side), np.float32)
    for k in range(n):
        l00, l01, l10, l11, xx, xy, yy, shift_x, shift_y = warp_terms(
            anchor_jacobian[k], anchor_inward[k], curvature[k], jacobian[k], inward[k]
        )
        if np.isfinite(l00 + l01 + l10 + l11 + (xx + xy + yy) * (shift_x + shift_y)):
            shift_x, shift_y = shift_x * scale, shift_y * scale
            first = np.uint64((middle[k, 1] - kept) * columns + middle[k, 0] - kept)
            for j in range(side):
                y = float(j - radius - 1)
                # Along a row of the picture, the place in the stored patch is a polynomial in x.
                u0, u1, u2 = l01 * y + yy * y * y * shift_x + kept, l00 + xy * y * shift_x, xx * shift_x
                v0, v1, v2 = l11 * y + yy * y * y * shift_y + kept, l10 + xy * y * shift_y, xx * shift_y
                # In three steps, so that the compiler does several pixels at once.
                for i in range(side):
                    x = float(i - radius - 1)
                    u, v = u0 + x * (u1 + x * u2), v0 + x * (v1 + x * v2)
                    u = u if u > 0.0 else 0.0
                    v = v if v > 0.0 else 0.0
                    u = most if u > most else u
                    v = most if v > most else v
                    left, top = np.int32(u), np.int32(v)
                    share[0, i], share[1, i] = u - left, v - top
                    at[i] = top * columns + left
                for i in range(side):
                    a = first + np.uint64(at[i])  # unsigned: none counts from the end
                    b = a + np.uint64(columns)
                    four[0, i], four[1, i] = pixels[a], pixels[a + one]
                    four[2, i], four[3, i] = pixels[b], pixels[b + one]
                for i in range(side):
                    p, q = share[0, i], share[1, i]
                    above = (1 - p) * four[0, i] + p * four[1, i]
                    below = (1 - p) * four[2, i] + p * four[3, i]
                    patch[j, i] = (1 - q) * above + q * below
        else:
            patch[:] = 0.0
        _normalise(patch, rows[k], self_product[k], gradient_sum[k], H[k])
    return rows, self_product, gradient_sum, H


@summed
def _normalise(patch: Floats, rows: Grey, self_product: Floats, gradient_sum: Floats, H: Floats) -> None:
    """Fill in what belongs to one patch, sampled with a margin of a pixel; see ``patch_alignment.WarpedPatches``."""
    side = len(patch) - 2
    total = 0.0
    for j in range(1, side + 1):
        for i in range(1, side + 1):
            total += patch[j, i]
    mean = total / (side * side)
    square = 0.0
    for j in range(1, side + 1):
        for i in range(1, side + 1):
            square += (patch[j, i] - mean) ** 2
    norm = np.sqrt(square) + 1e-3
    share, half = 1 / norm, 0.5 / norm
    px = py = sx = sy = hxx = hxy = hyy = 0.0
    for j in range(side):
        for i in range(side):
            value = (patch[j + 1, i + 1] - mean) * share
            gx = (patch[j + 1, i + 2] - patch[j + 1, i]) * half
            gy = (patch[j + 2, i + 1] - patch[j, i + 1]) * half
            at = j * side + i
            rows[0, at], rows[1, at], rows[2, at] = value, gx, gy
            px += gx * value
            py += gy * value
            sx += gx
            sy += gy
            hxx += gx * gx
            hxy += gx * gy
            hyy += gy * gy
    self_product[0], self_product[1] = px, py
    gradient_sum[0], gradient_sum[1] = sx, sy
    H[0, 0], H[0, 1], H[1, 0], H[1, 1] = hxx, hxy, hxy, hyy


@summed
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
        if left >= 0 and top >= 0 and left + side < width and top + side < height:
            # All pixels of the patch have the same subpixel position.
            w00, w01, w10, w11 = (1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v
            window = picture[top : top + side + 1, left : left + side + 1]
            for j in range(side):
                above, below, line = window[j], window[j + 1], seen[j * side : (j + 1) * side]
                for i in range(side):
                    line[i] = w00 * above[i] + w01 * above[i + 1] + w10 * below[i] + w11 * below[i + 1]
        else:
            for j in range(side):
                for i in range(side):
                    seen[j * side + i] = _bilinear(picture, left + i + u, top + j + v)
        patch, along_x, along_y = rows[k, 0], rows[k, 1], rows[k, 2]
        total = square = p = px = py = 0.0
        for m in range(side * side):
            value = seen[m]
            total += value
            square += value * value
            p += value * patch[m]
            px += value * along_x[m]
            py += value * along_y[m]
        mean = total / (side * side)
        norm = np.sqrt(max(square - total * mean, 0.0)) + 1e-3
        zncc[k] = p / norm
        b[k, 0] = self_product[k, 0] - (px - mean * gradient_sum[k, 0]) / norm
        b[k, 1] = self_product[k, 1] - (py - mean * gradient_sum[k, 1]) / norm
    return zncc, b


@compiled
def project(points: Floats, features: Ints, R: Floats, t: Floats, focal: float, centre: Floats) -> Floats:
    """Pixels (n, 2) of some of the points in body axes, seen from a pose."""
    pixels = np.empty((len(features), 2))
    for n in range(len(features)):
        i = features[n]
        x, y, z = _rotated(R, points[i, 0], points[i, 1], points[i, 2])
        pixels[n, 0] = (x + t[0]) / (z + t[2]) * focal + centre[0]
        pixels[n, 1] = (y + t[1]) / (z + t[2]) * focal + centre[1]
    return pixels


@summed
def refine(
    picture: Grey,
    start: Floats,
    b: Floats,
    rows: Grey,
    self_product: Floats,
    gradient_sum: Floats,
    H: Floats,
    away_deg: Floats,
    radius: int,
    steps: int,
    most_step_px: float,
    shading: float,
    floor_px: float,
    floor_px_per_deg: float,
) -> tuple[Floats, Floats]:
    """Pixels (n, 2) of patches, each moved on its own from ``start`` to its best match, and their information
    (n, 2, 2); ``b`` (n, 2) are the right-hand sides at the start, ``away_deg`` (n,) the rotations since the anchors.
    """
    n = len(start)
    pixels, zncc, information = start.copy(), np.zeros(n), np.empty((n, 2, 2))
    for _ in range(steps):
        for k in range(n):
            h00, h01, h11 = H[k, 0, 0] + 1e-3, H[k, 0, 1], H[k, 1, 1] + 1e-3
            det = h00 * h11 - h01 * h01
            pixels[k, 0] += _within((h11 * b[k, 0] - h01 * b[k, 1]) / det, -most_step_px, most_step_px)
            pixels[k, 1] += _within((h00 * b[k, 1] - h01 * b[k, 0]) / det, -most_step_px, most_step_px)
        zncc, b = match(picture, pixels, rows, self_product, gradient_sum, radius)
    for k in range(n):
        h00, h01, h11 = H[k, 0, 0] + 1e-3, H[k, 0, 1], H[k, 1, 1] + 1e-3
        noise = (2 * (1 - zncc[k]) / (2 * radius + 1) ** 2 + 1e-5 + shading) / (h00 * h11 - h01 * h01)
        floor = floor_px**2 + (floor_px_per_deg * away_deg[k]) ** 2
        c00, c01, c11 = h11 * noise + floor, -h01 * noise, h00 * noise + floor
        det = c00 * c11 - c01 * c01
        information[k, 0, 0], information[k, 1, 1] = c11 / det, c00 / det
        information[k, 0, 1] = information[k, 1, 0] = -c01 / det
    return pixels, information


@compiled
def normal_equations(
    points: Floats,
    information_weight: Floats,
    features: Ints,
    R: Floats,
    t: Floats,
    focal: float,
    zncc: Floats,
    b: Floats,
    H: Floats,
    zncc_scale: float,
    scale: float,
) -> tuple[Floats, Floats, Floats]:
    """Normal equations of one pose from patches: matrix (6, 6), right side (6,), and the patches' Jacobians (n, 2, 6),
    pixels of the patches' level by a rotation about the body's origin and a translation.

    ``features`` (n,) are those of the points in body axes, and of their weights, to which the patches belong; ``b``
    (n, 2) and ``H`` (n, 2, 2) are the patches' own normal equations. The worse a patch matches, the less it counts.
    """
    n = len(features)
    A, g, J = np.zeros((6, 6)), np.zeros(6), np.empty((n, 2, 6))
    for k in range(n):
        i = features[k]
        arm = _rotated(R, points[i, 0], points[i, 1], points[i, 2])
        _pose_jacobian(arm, arm[0] + t[0], arm[1] + t[1], arm[2] + t[2], focal / scale, J[k])
        weight = information_weight[i] * _within(zncc[k], 0.0, 1.0) ** 2 / (1 + ((1 - zncc[k]) / zncc_scale) ** 2)
        for p in range(6):
            h0 = (J[k, 0, p] * H[k, 0, 0] + J[k, 1, p] * H[k, 1, 0]) * weight
            h1 = (J[k, 0, p] * H[k, 0, 1] + J[k, 1, p] * H[k, 1, 1]) * weight
            for q in range(6):
                A[p, q] += h0 * J[k, 0, q] + h1 * J[k, 1, q]
            g[p] += (J[k, 0, p] * b[k, 0] + J[k, 1, p] * b[k, 1]) * weight
    return A, g, J


@compiled
def rotation(vector: Floats) -> Floats:
    """Matrix (3, 3) of a rotation vector (3,) (Rodrigues)."""
    x, y, z = vector[0], vector[1], vector[2]
    angle = np.sqrt(x * x + y * y + z * z)
    s, c = (np.sin(angle) / angle, 2 * (np.sin(angle / 2) / angle) ** 2) if angle > 1e-12 else (1.0, 0.5)
    out = np.empty((3, 3))
    out[0, 0], out[0, 1], out[0, 2] = 1 - c * (y * y + z * z), c * x * y - s * z, c * x * z + s * y
    out[1, 0], out[1, 1], out[1, 2] = c * x * y + s * z, 1 - c * (x * x + z * z), c * y * z - s * x
    out[2, 0], out[2, 1], out[2, 2] = c * x * z - s * y, c * y * z + s * x, 1 - c * (x * x + y * y)
    return out


@compiled
def continued(before: Floats, last: Floats, share: float) -> Floats:
    """Rotation (3, 3) that goes on from ``last`` at a uniform rate, ``share`` times as far as from ``before`` to it.

    Not defined for half a turn, which nothing makes from one picture to the next.
    """
    step = last @ before.T
    x, y, z = (step[2, 1] - step[1, 2]) / 2, (step[0, 2] - step[2, 0]) / 2, (step[1, 0] - step[0, 1]) / 2
    sine = np.sqrt(x * x + y * y + z * z)
    angle = np.arctan2(sine, (step[0, 0] + step[1, 1] + step[2, 2] - 1) / 2)
    by = share * (angle / sine if sine > 1e-12 else 1.0)
    return rotation(np.array([by * x, by * y, by * z])) @ last


@compiled
def damped_step(A: Floats, g: Floats, J: Floats, damping: float) -> tuple[Floats, float]:
    """Step (6,) that solves normal equations (6, 6), (6,), and how far it moves the patches, pixels, on average.

    Levenberg's and Marquardt's damping is added to the diagonal; elimination needs no pivots, the matrix being positive
    definite then. ``J`` (n, 2, 6) are the patches' Jacobians.
    """
    n = len(g)
    A, step = A.copy(), g.copy()
    for p in range(n):
        A[p, p] = A[p, p] * (1 + damping) + 1e-9
    for p in range(n):
        for q in range(p + 1, n):
            factor = A[q, p] / A[p, p]
            for r in range(p, n):
                A[q, r] -= factor * A[p, r]
            step[q] -= factor * step[p]
    for p in range(n - 1, -1, -1):
        for r in range(p + 1, n):
            step[p] -= A[p, r] * step[r]
        step[p] /= A[p, p]
    moved = 0.0
    for k in range(len(J)):
        for c in range(2):
            along = 0.0
            for p in range(n):
                along += J[k, c, p] * step[p]
            moved += abs(along)
    return step, moved / max(1, 2 * len(J))


@compiled
def _pose_jacobian(arm: tuple[float, float, float], x: float, y: float, z: float, focal: float, J: Floats) -> None:
    """Fill J (2, 6): change of the pixel of x, y, z by a rotation about the start of ``arm`` and by a shift."""
    s = focal / z
    _point_to_pose(arm, s, 0.0, -s * x / z, J[0])
    _point_to_pose(arm, 0.0, s, -s * y / z, J[1])


@compiled
def _point_to_pose(arm: tuple[float, float, float], s0: float, s1: float, s2: float, row: Floats) -> None:
    """Fill a row (6,) of a pose's Jacobian from its derivative ``s`` by translation: (arm x s, s)."""
    row[0] = arm[1] * s2 - arm[2] * s1
    row[1] = arm[2] * s0 - arm[0] * s2
    row[2] = arm[0] * s1 - arm[1] * s0
    row[3], row[4], row[5] = s0, s1, s2


@compiled
def linearise(
    pixel: Floats,
    information: Floats,
    keyframe: Ints,
    feature: Ints,
    anchor: Ints,
    ray: Floats,
    depth: Floats,
    R: Floats,
    t: Floats,
    focal: float,
    centre: Floats,
    place: Ints,
    finds_focal: bool,
    cost_alone: bool,
    cauchy_scale: float,
    nearest_m: float,
) -> tuple[float, Floats, Floats, Floats, Floats, Floats]:
    """Cost, and the normal equations A, g of keyframes and focal length, D, e of depths, W of their coupling.

    A is symmetric; blocks above its diagonal are left empty.
    The unknowns are six for each keyframe that is free, from the column ``place`` (v,) says, -1 where it is fixed, and
    last, if it is to be found, the logarithm of the focal length; depths enter as logarithms too. With ``cost_alone``
    the equations are left empty.
    """
    n, last = len(depth), 0
    for k in range(len(R)):
        last = max(last, place[k] + 6 if place[k] >= 0 else 0)
    size = 0 if cost_alone else (last + 1 if finds_focal else last)
    A, g = np.zeros((size, size)), np.zeros(size)
    D, e, W = np.zeros(n), np.zeros(n), np.zeros((n, size))
    cost = 0.0
    J = np.zeros((3, 2, 6))  # of the keyframe, the anchor, the focal length
    start, width = np.empty(3, np.int64), (6, 6, 1)
    start[2] = last if finds_focal else -1
    for m in range(len(pixel)):
        k, i = keyframe[m], feature[m]
        a = anchor[i]
        at_x, at_y, at_z = ray[i, 0] * depth[i], ray[i, 1] * depth[i], depth[i]
        arm_anchor = (at_x - t[a, 0], at_y - t[a, 1], at_z - t[a, 2])
        in_body = _rotated(R[a].T, arm_anchor[0], arm_anchor[1], arm_anchor[2])
        arm = _rotated(R[k], in_body[0], in_body[1], in_body[2])
        x, y, z = arm[0] + t[k, 0], arm[1] + t[k, 1], arm[2] + t[k, 2]
        if not z > nearest_m:
            cost = np.inf
            continue
        u, v = focal * x / z, focal * y / z
        r0, r1 = pixel[m, 0] - u - centre[0], pixel[m, 1] - v - centre[1]
        root_00 = np.sqrt(information[m, 0, 0] + 1e-9)  # upper root of the information matrix
        root_01 = information[m, 0, 1] / root_00
        root_11 = np.sqrt(information[m, 1, 1] + 1e-9 - root_01 * root_01)
        s0, s1 = root_00 * r0 + root_01 * r1, root_11 * r1
        far = (s0 * s0 + s1 * s1) / cauchy_scale**2
        cost += cauchy_scale**2 * np.log1p(far)
        if cost_alone:
            continue
        weight = np.sqrt(1 / (1 + far))
        r0, r1 = s0 * weight, s1 * weight
        d0 = d1 = 0.0
        for c in range(2):
            l0, l1 = (root_00 * weight, root_01 * weight) if c == 0 else (0.0, root_11 * weight)
            shift_x, shift_y, shift_z = l0 * focal / z, l1 * focal / z, -(l0 * u + l1 * v) / z
            in_body = _rotated(R[k].T, shift_x, shift_y, shift_z)
            B = _rotated(R[a], in_body[0], in_body[1], in_body[2])  # in the anchor's camera axes
            _point_to_pose(arm, shift_x, shift_y, shift_z, J[0, c])
            _point_to_pose(arm_anchor, -B[0], -B[1], -B[2], J[1, c])
            # The ray through the anchor's pixel depends on the focal length too.
            J[2, c, 0] = l0 * u + l1 * v - B[0] * at_x - B[1] * at_y
            by_depth = B[0] * at_x + B[1] * at_y + B[2] * at_z
            d0, d1 = (by_depth, d1) if c == 0 else (d0, by_depth)
        D[i] += d0 * d0 + d1 * d1
        e[i] += d0 * r0 + d1 * r1
        start[0], start[1] = place[k], place[a]
        for b in range(3):
            if start[b] < 0:
                continue
            for p in range(width[b]):
                row, j0, j1 = start[b] + p, J[b, 0, p], J[b, 1, p]
                g[row] += j0 * r0 + j1 * r1
                W[i, row] += j0 * d0 + j1 * d1
                for other in range(3):
                    if 0 <= start[other] <= start[b]:
                        for q in range(width[other]):
                            A[row, start[other] + q] += j0 * J[other, 0, q] + j1 * J[other, 1, q]
    return cost, A, g, D, e, W


@compiled
def subtract_at(S: Floats, columns: Ints, P: Floats) -> None:
    """Subtract P (k, k) from the rows and columns (k,), in ascending order, of S: from its lower triangle alone."""
    for p in range(len(columns)):
        line, row = S[columns[p]], P[p]
        for q in range(p + 1):
            line[columns[q]] -= row[q]


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
        i = feature[m]
        arm = _rotated(R[k], points[i, 0], points[i, 1], points[i, 2])
        x, y, z = arm[0] + t[k, 0], arm[1] + t[k, 1], arm[2] + t[k, 2]
        _pose_jacobian(arm, x, y, z, focal, J)
        r0 = pixel[m, 0] - (x / z * focal + centre[0])
        r1 = pixel[m, 1] - (y / z * focal + centre[1])
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
        x, y, z = _rotated(R, points[i, 0], points[i, 1], points[i, 2])
        x, y, z = x + t[0], y + t[1], z + t[2]
        if not z > nearest_m:
            continue
        u, v = focal * x / z + centre[0], focal * y / z + centre[1]
        if not (margin < u < width - margin - 1 and margin < v < height - margin - 1):
            continue
        out_x, out_y, out_z = _rotated(R, normals[i, 0], normals[i, 1], normals[i, 2])
        out[i] = -(out_x * x + out_y * y + out_z * z) > least_facing * np.sqrt(x * x + y * y + z * z)
    return out


@compiled
def turned_deg(R: Floats, one: Floats) -> Floats:
    """(v,) angle between each of R (v, 3, 3) and one rotation; see ``motion.rotations.distance_deg``."""
    out = np.empty(len(R))
    for k in range(len(R)):
        square = 0.0
        for i in range(3):
            for j in range(3):
                square += (R[k, i, j] - one[i, j]) ** 2
        out[k] = np.degrees(2 * np.arcsin(min(np.sqrt(square / 8), 1.0)))
    return out


@compiled
def even_out(grey: Grey, mean: Grey, square: Grey, variance: float, out: Grey, left: int, top: int) -> None:
    """Write ``(grey - mean) / sqrt(square - mean² + variance)`` into a picture, from this pixel on."""
    height, width = grey.shape
    none, least = np.float32(0), np.float32(variance)
    for j in range(height):
        g, m, s, line = grey[j], mean[j], square[j], out[top + j, left : left + width]
        for i in range(width):
            spread = s[i] - m[i] * m[i]
            spread = spread if spread > none else none  # max() keeps the compiler from doing several pixels at once
            line[i] = (g[i] - m[i]) / np.sqrt(spread + least)


@compiled
def moved_px(
    points: Floats, pixels: Floats, R: Floats, t: Floats, focal: float, centre: Floats, nearest_m: float
) -> Floats:
    """(v,) mean distance between ``pixels`` (n, 2) and where the points (n, 3) are seen from poses R (v, 3, 3), t."""
    out = np.zeros(len(R))
    for k in range(len(R)):
        for i in range(len(points)):
            x, y, z = _rotated(R[k], points[i, 0], points[i, 1], points[i, 2])
            per_metre = focal / max(z + t[k, 2], nearest_m)
            across = (x + t[k, 0]) * per_metre + centre[0] - pixels[i, 0]
            down = (y + t[k, 1]) * per_metre + centre[1] - pixels[i, 1]
            out[k] += np.sqrt(across * across + down * down)
    return out / len(points)


@compiled
def _off_surface(x: float, y: float, z: float, radius: Floats, cells_per_rad: float) -> float:
    """Distance along the radius from a star-shaped surface about the origin, + outside; see ``prior_surface``."""
    r = np.sqrt(x * x + y * y + z * z) + 1e-9
    elevation = np.arcsin(min(max(y / r, -1.0), 1.0))
    azimuth = np.arctan2(x, z)
    return r - _bilinear(radius, (azimuth + np.pi) * cells_per_rad, (elevation + np.pi / 2) * cells_per_rad)


@compiled
def off_surface(points: Floats, radius: Floats, cells_per_rad: float) -> Floats:
    """(n,) distance of points (n, 3), about the surface's centre, from a surface; ``radius`` as ``Surface`` has it."""
    out = np.empty(len(points))
    for i in range(len(points)):
        out[i] = _off_surface(points[i, 0], points[i, 1], points[i, 2], radius, cells_per_rad)
    return out


@compiled
def first_inside(
    origin: Floats, direction: Floats, steps: Floats, radius: Floats, cells_per_rad: float
) -> tuple[Bools, Floats]:
    """Whether rays from ``origin`` along ``direction`` (n, 3) enter a surface, and at which distance (n,).

    They are looked at ``steps`` (m,) from the origin, evenly spaced; a ray inside at the first does not enter. Between
    two the surface is taken as flat.
    """
    hit, distance = np.zeros(len(direction), np.bool_), np.full(len(direction), steps[0])
    largest = radius.max()
    for i in range(len(direction)):
        d0, d1, d2 = direction[i, 0], direction[i, 1], direction[i, 2]
        for m in range(len(steps)):
            x, y, z = origin[0] + d0 * steps[m], origin[1] + d1 * steps[m], origin[2] + d2 * steps[m]
            if x * x + y * y + z * z > largest * largest:  # outside, however the surface is shaped
                continue
            off = _off_surface(x, y, z, radius, cells_per_rad)
            if off < 0:
                if m > 0:
                    back = steps[m - 1]
                    before = _off_surface(
                        origin[0] + d0 * back, origin[1] + d1 * back, origin[2] + d2 * back, radius, cells_per_rad
                    )
                    hit[i] = True
                    distance[i] = back + (steps[m] - back) * before / (before - off)
                break
    return hit, distance


def load() -> None:
    """Compile every kernel, or read it from disk, before the first picture."""
    one, two, pose, none = np.zeros((1, 2)), np.ones((1, 2, 2)), np.eye(3), np.zeros(1, np.int64)
    grey, points = np.zeros((9, 9), np.float32), np.ones((1, 3))
    flat = np.eye(2)[None]
    surfels(points, points, np.ones((1, 3, 2)), none, pose[None], points, none, 1.0)
    warped = warp(grey, np.full((1, 2), 4), 4, flat, one, two, flat, one, 1, 1)
    match(grey, one, *warped[:3], 1)
    project(points, none, pose, points[0], 1.0, one[0])
    normal_equations(points, points[0], none, pose, points[0], 1.0, points[0, :1], one, two, 1.0, 1)
    rotation(points[0])
    continued(pose, pose, 1.0)
    damped_step(np.eye(6), np.ones(6), np.ones((1, 2, 6)), 0.0)
    refine(grey, one, one, *warped, points[0, :1], 1, 1, 1.0, 1.0, 1.0, 1.0)
    turned_deg(pose[None], pose)
    even_out(grey, grey, grey, 1.0, grey, 0, 0)
    nearest_m = TRACKING.alignment.nearest_depth_m
    linearise(
        one,
        two,
        none,
        none,
        none,
        one,
        points[0, :1],
        pose[None],
        points,
        1.0,
        one[0],
        none,
        False,
        False,
        1.0,
        nearest_m,
    )
    subtract_at(np.eye(1), none[:1], np.eye(1))
    resection(points, one, two, none, none, pose[None], points, 1.0, one[0], 1.0)
    facing = TrackerSettings().least_facing
    usable(points, points, points[0, :1], none > 0, pose, points[0], 1.0, one[0], 1.0, facing, 1, 9, 9, nearest_m)
    moved_px(points, one, pose[None], points, 1.0, one[0], nearest_m)
    off_surface(points, pose, 1.0)
    first_inside(points[0], points, points[0], pose, 1.0)

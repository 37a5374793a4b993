"""The room's features: found in one view each, and found again in every other view that should show them.

A feature's patch is warped into the other view by what is known so far of lens and rotation, and aligned there (Lucas &
Kanade, in the inverse form of Baker & Matthews 2004, with gain and offset of the light). Nothing drifts, and views
that were taken seconds apart hold each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from romcheck.arrays import Bools, Floats, Ints
from romcheck.calibrate.scene_fit import SceneModel, Sightings
from romcheck.calibrate.scene_views import SceneView, textured_corners

MOST_FEATURES = 450
APART = 0.03
"""Least distance of two features, in longer sides."""
HALF_PATCH = 7
MARGIN_PX = 10
LEAST_ZNCC = 0.7
STEPS = 8
FARTHEST_PX = 5.0
"""Farthest that a patch may be from where it was expected, in pixels of the level."""
FOV_DEG = np.arange(34.0, 118.0, 2.0)
"""Fields of view tried for a first guess, across the longer side."""

Stack = NDArray[np.float32]


def first_model(views: Sequence[SceneView]) -> SceneModel:
    """Lens and rotations from the homographies between neighbouring views alone (Hartley), without features."""
    height, width = views[0].picture.shape
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    steps = _refined_steps(views)
    # Two steps at a time as well: the larger the rotation, the more it says.
    pairs = steps + [b @ a for a, b in pairwise(steps)]
    longer = max(width, height)
    focals = longer / 2 / np.tan(np.radians(FOV_DEG) / 2)
    off = [_misfit(pairs, f, centre, longer) for f in focals]
    focal = float(focals[int(np.argmin(off))])
    R = [np.eye(3)]
    for H in steps:
        R.append(_rotation(H, focal, centre) @ R[-1])
    still = np.zeros((len(views), 3))
    model = SceneModel(
        (width, height), focal, 0.0, 0.0, centre, np.zeros(2), np.array(R), still,
        np.zeros(len(views)), still, np.array([v.time_s for v in views]), np.zeros((0, 3)), np.zeros(0),
    )  # fmt: skip
    return spun(model, views)


def spun(model: SceneModel, views: Sequence[SceneView]) -> SceneModel:
    """Model with the angular velocities that go with its focal length."""
    spin = np.zeros((len(views), 3))
    for k, view in enumerate(views):
        if view.spin_s > 0:
            turn = _rotation(view.spin, model.focal, model.centre)
            spin[k] = Rotation.from_matrix(turn).as_rotvec() / view.spin_s
    return replace(model, spin=spin)


def _refined_steps(views: Sequence[SceneView]) -> list[Floats]:
    """Homographies between neighbouring views, from corners followed over the whole step."""
    out = []
    for a, b in pairwise(views):
        corners = textured_corners(a.picture, 200, 12).astype(np.float32).reshape(-1, 1, 2)
        H = b.from_before
        if len(corners) >= 12:
            guess = cv2.perspectiveTransform(corners, H).astype(np.float32)
            there, found, _ = cv2.calcOpticalFlowPyrLK(
                a.picture, b.picture, corners, guess.copy(), winSize=(17, 17), maxLevel=2,
                flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
            )  # fmt: skip
            good = found.ravel() == 1
            if good.sum() >= 12:
                cv2.setRNGSeed(0)
                better, inside = cv2.findHomography(corners[good], there[good], cv2.RANSAC, 1.5)
                if better is not None and inside.sum() >= 12:
                    H = np.asarray(better, np.float64)
        out.append(H)
    return out


def _camera(focal: float, centre: Floats) -> Floats:
    return np.array([[focal, 0, centre[0]], [0, focal, centre[1]], [0, 0, 1.0]])


def _rotation(H: Floats, focal: float, centre: Floats) -> Floats:
    """The rotation nearest to what a homography is for a focal length."""
    K = _camera(focal, centre)
    M = np.linalg.inv(K) @ H @ K
    M = M / np.cbrt(np.linalg.det(M))
    U, _, Vt = np.linalg.svd(M)
    R = U @ Vt
    return np.asarray(R if np.linalg.det(R) > 0 else -R)


def _misfit(pairs: Sequence[Floats], focal: float, centre: Floats, longer: int) -> float:
    """How far homographies are from rotations seen through a focal length, over a grid of the picture."""
    K = _camera(focal, centre)
    grid = np.stack(np.meshgrid([-0.4, -0.2, 0, 0.2, 0.4], [-0.3, 0, 0.3], [0]), -1).reshape(-1, 3) * longer
    grid = np.column_stack([grid[:, :2] + centre, np.ones(len(grid))])
    total = 0.0
    for H in pairs:
        there = grid @ H.T
        turned = grid @ (K @ _rotation(H, focal, centre) @ np.linalg.inv(K)).T
        off = there[:, :2] / there[:, 2:] - turned[:, :2] / turned[:, 2:]
        total += float(np.log1p((off**2).sum(1).mean()))
    return total


def features_of(model: SceneModel, views: Sequence[SceneView]) -> tuple[SceneModel, Ints, Floats]:
    """Model with features that cover what was seen; of each feature its own view (p,) and pixel (p, 2)."""
    width, height = model.size
    apart = APART * max(model.size)
    own: list[int] = []
    pixel = np.zeros((0, 2))
    direction = np.zeros((0, 3))
    # The views in an order that spreads over the whole turn, so that a limit on the number leaves no part out.
    order = sorted(range(len(views)), key=lambda k: (k * 0.6180339887) % 1.0)
    share = max(12, 2 * MOST_FEATURES // len(views))
    for k in order:
        corners = textured_corners(views[k].picture, 250, apart)
        inside = ((corners >= MARGIN_PX) & (corners < np.array([width, height]) - MARGIN_PX)).all(1)
        corners = corners[inside]
        if len(direction):
            x = direction @ model.R[k].T
            there = model.pixels(x, np.full(len(x), k))[x[:, 2] > 0.2]
            if len(there) and len(corners):
                gap = np.linalg.norm(corners[:, None] - there[None], axis=-1).min(1)
                corners = corners[gap > apart]
        corners = corners[: min(share, MOST_FEATURES - len(own))]
        own += [k] * len(corners)
        pixel = np.vstack([pixel, corners])
        direction = np.vstack([direction, model.rays(corners) @ model.R[k]])
    return replace(model, direction=direction, log_near=np.zeros(len(direction))), np.array(own, np.int64), pixel


def matched(
    model: SceneModel, views: Sequence[SceneView], own: Ints, pixel: Floats, levels: Sequence[int], near: int | None
) -> Sightings:
    """Find every feature in every view that should show it.

    Parameters
    ----------
    own, pixel : as of :func:`features_of`
    levels : the pictures are made smaller by these powers of two, one after the other
    near : at most so many views away from its own; None for all
    """
    width, height = model.size
    n, p = len(views), len(own)
    k, j = (a.ravel() for a in np.meshgrid(np.arange(n), np.arange(p), indexing="ij"))
    apart = np.abs(k - own[j])
    use = (apart > 0) if near is None else (apart > 0) & (apart <= near)
    k, j = k[use], j[use]
    x = model.in_view(k, j)
    k, j = k[x[:, 2] > 0.3], j[x[:, 2] > 0.3]
    at = model.project(k, j)[0]
    inside = ((at >= MARGIN_PX) & (at < np.array([width, height]) - MARGIN_PX)).all(1)
    k, j, at = k[inside], j[inside], at[inside]
    warp = _warps(model, own, k, j, at)
    good = np.abs(np.linalg.det(warp) - 1) < 0.6
    k, j, at, warp = k[good], j[good], at[good], warp[good]
    for level in levels:
        stack = np.stack([_level(view.picture, level) for view in views])
        at, sure = _aligned(stack, own[j], pixel[j], warp, k, at, level)
        k, j, at, warp = k[sure], j[sure], at[sure], warp[sure]
    first = np.ones(p, bool)
    return Sightings(
        np.concatenate([own, k]), np.concatenate([np.arange(p), j]), np.vstack([pixel, at]),
        np.concatenate([first, np.zeros(len(k), bool)]),
    )  # fmt: skip


def placed(found: SceneModel, chosen: Ints, own: Ints, pixel: Floats) -> SceneModel:
    """What was found, with all features again: those not adjusted lie where their own view shows them."""
    direction = np.einsum("mji,mj->mi", found.R[own], found.rays(pixel))
    log_near = np.zeros(len(own))
    direction[chosen], log_near[chosen] = found.direction, found.log_near
    return replace(found, direction=direction, log_near=log_near)


def kept(model: SceneModel, seen: Sightings, least: int) -> tuple[SceneModel, Sightings, Ints]:
    """Features found in at least so many views, and their numbers in the model given."""
    count = np.bincount(seen.feature, minlength=len(model.direction))
    chosen = np.flatnonzero(count >= least)
    number = np.full(len(count), -1)
    number[chosen] = np.arange(len(chosen))
    use = number[seen.feature] >= 0
    thinner = replace(model, direction=model.direction[chosen], log_near=model.log_near[chosen])
    return thinner, Sightings(seen.view[use], number[seen.feature[use]], seen.pixel[use], seen.own[use]), chosen


def _warps(model: SceneModel, own: Ints, k: Ints, j: Ints, at: Floats) -> Floats:
    """(m, 2, 2) from pixels around a feature in view ``k`` to pixels around it in its own view."""
    turn = model.R[own[j]] @ model.R[k].transpose(0, 2, 1)
    step = 4.0
    out = np.empty((len(k), 2, 2))
    for axis in range(2):
        ends = []
        for sign in (-1, 1):
            moved = at.copy()
            moved[:, axis] += sign * step
            ends.append(model.pixels(np.einsum("mij,mj->mi", turn, model.rays(moved)), own[j]))
        out[:, :, axis] = (ends[1] - ends[0]) / (2 * step)
    return out


def _level(picture: NDArray[np.uint8], level: int) -> Stack:
    out = picture.astype(np.float32)
    for _ in range(level):
        out = cv2.pyrDown(out)
    return np.asarray(cv2.GaussianBlur(out, (0, 0), 1.0), np.float32)


def _sampled(stack: Stack, picture: Ints, at: Floats) -> Stack:
    """Bilinear samples of the pictures (m,) of a stack at (m, s, 2)."""
    height, width = stack.shape[1:]
    x = np.clip(at[..., 0], 0, width - 1.001).astype(np.float32)
    y = np.clip(at[..., 1], 0, height - 1.001).astype(np.float32)
    i, j = x.astype(np.int64), y.astype(np.int64)
    u, v = x - i, y - j
    flat = stack.reshape(-1)
    base = picture[:, None] * (height * width) + j * width + i
    above = flat[base] * (1 - u) + flat[base + 1] * u
    below = flat[base + width] * (1 - u) + flat[base + width + 1] * u
    return np.asarray(above * (1 - v) + below * v, np.float32)


def _aligned(
    stack: Stack, own: Ints, pixel: Floats, warp: Floats, k: Ints, at: Floats, level: int
) -> tuple[Floats, Bools]:
    """Align patches; where they are (m, 2) in pixels of the working size, and which were found."""
    scale = 0.5**level
    side = np.arange(-HALF_PATCH, HALF_PATCH + 1.0)
    offsets = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
    # cv2.pyrDown keeps the first pixel's centre where it is.
    source = pixel * scale

    def template(shift: tuple[float, float]) -> Stack:
        return _sampled(stack, own, source[:, None] + np.einsum("mij,sj->msi", warp, offsets + shift))

    T = template((0, 0))
    gx, gy = ((template(a) - template(b)) / 2 for a, b in (((1, 0), (-1, 0)), ((0, 1), (0, -1))))
    J = np.stack([gx, gy, T - T.mean(1, keepdims=True), np.ones_like(T)], -1).astype(np.float64)
    H = np.einsum("msi,msj->mij", J, J)
    H[:, [0, 1, 2, 3], [0, 1, 2, 3]] += 1e-3
    solve = np.linalg.inv(H)
    shift = np.zeros((len(k), 2))
    start = at * scale
    for _ in range(STEPS):
        seen = _sampled(stack, k, (start + shift)[:, None] + offsets)
        step = np.einsum("mij,mj->mi", solve, np.einsum("msi,ms->mi", J, seen - T))
        shift -= np.clip(step[:, :2], -2, 2)
        if np.abs(step[:, :2]).max(initial=0.0) < 0.01:
            break
    seen = _sampled(stack, k, (start + shift)[:, None] + offsets)
    a, b = seen - seen.mean(1, keepdims=True), T - T.mean(1, keepdims=True)
    zncc = (a * b).sum(1) / np.sqrt((a * a).sum(1) * (b * b).sum(1) + 1e-6)
    found = start + shift
    height, width = stack.shape[1:]
    inside = ((found > 2) & (found < (width - 3, height - 3))).all(1)
    return found / scale, (zncc > LEAST_ZNCC) & (np.hypot(*shift.T) < FARTHEST_PX) & inside

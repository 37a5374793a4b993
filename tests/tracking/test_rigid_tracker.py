"""The tracker on a ball with a painted skin, whose pose in every picture is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from heads import FACING, angle_deg
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.spatial.transform import Rotation

from romcheck.geometry.pose import Pose
from romcheck.tracking.feature_map import FeatureMap
from romcheck.tracking.patch_alignment import levels_of
from romcheck.tracking.prior_surface import InitialPoints
from romcheck.tracking.rigid_tracker import RigidTracker

WIDTH, HEIGHT, FOCAL = 320, 240, 420.0
CENTRE = np.array([159.5, 119.5])
RADIUS_M = 0.09
_PAINT = gaussian_filter(np.random.default_rng(4).normal(size=(90, 90, 90)), 1.3)
PAINT = _PAINT / _PAINT.std()
"""Pattern in space, a cell 2.5 mm: the ball's skin is where it cuts through."""


def meet(pixels: np.ndarray, pose: Pose) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whether viewing rays (n, 2) meet the ball, the depth of the meeting and the point in body axes."""
    d = np.column_stack([(pixels - CENTRE) / FOCAL, np.ones(len(pixels))])
    b, a = d @ pose.t, (d * d).sum(1)
    under = b**2 - a * (pose.t @ pose.t - RADIUS_M**2)
    depth = (b - np.sqrt(np.maximum(under, 0))) / a
    return under > 0, depth, (d * depth[:, None] - pose.t) @ pose.R


def picture_of(pose: Pose, seed: int = 0) -> tuple[np.ndarray, ...]:
    """Picture of the ball, with noise."""
    v, u = np.mgrid[0:HEIGHT, 0:WIDTH]
    hit, _, points = meet(np.column_stack([u.ravel(), v.ravel()]).astype(float), pose)
    paint = map_coordinates(PAINT, points.T / 0.0025 + 45, order=1, mode="nearest")
    picture = np.where(hit, paint, 0) + np.random.default_rng(seed).normal(0, 0.05, hit.shape)
    return levels_of(picture.reshape(HEIGHT, WIDTH).astype(np.float32))


def region(depth_error: float, too_flat: float = 0.0):
    """Where features may lie; depths are wrong by some per cent, as those of a prior surface are.

    ``too_flat`` is the share of its depth that the prior surface has lost from front to back, evenly.
    """
    rng = np.random.default_rng(9)

    def at(picture: np.ndarray, pose: Pose):
        v, u = np.mgrid[0:HEIGHT, 0:WIDTH]
        inner = np.column_stack([u.ravel(), v.ravel()]).astype(float)
        hit, _, points = meet(inner, pose)
        facing = hit & (-(points @ pose.R.T @ pose.t) / RADIUS_M / np.linalg.norm(pose.t) > 0.45)
        mask = facing.reshape(HEIGHT, WIDTH).astype(np.uint8) * 255

        def place(pixels: np.ndarray):
            ok, depth, points = meet(pixels, pose)
            flat = depth + too_flat * RADIUS_M * (points[:, 2] / RADIUS_M - 0.6)
            normals = points / RADIUS_M
            curvature = (np.eye(3) - normals[:, :, None] * normals[:, None]) / RADIUS_M
            return InitialPoints(
                ok, flat * (1 + rng.normal(0, depth_error, len(depth))), normals, curvature, np.ones(len(depth))
            )

        return mask, place

    return at


def pose_at(rotation: float, flexion: float = 0.0, x: float = 0.0) -> Pose:
    turn = Rotation.from_euler("YX", [rotation, flexion], degrees=True).as_matrix()
    return Pose(FACING @ turn, np.array([x, 0.01, 0.55]))


def follow(poses: list[Pose], depth_error: float, too_flat: float = 0.0) -> tuple[RigidTracker, list[Pose | None]]:
    tracker = RigidTracker(FeatureMap(FOCAL, CENTRE, region(depth_error, too_flat)))
    tracker.start(picture_of(poses[0]), poses[0])
    found: list[Pose | None] = []
    last = poses[0]
    for k, pose in enumerate(poses):
        picture = picture_of(pose, k)
        result = tracker.track(picture, [last])
        found.append(result.pose if result else None)
        if result is not None:
            tracker.insert_keyframe(picture, result)
            last = result.pose
    return tracker, found


@pytest.mark.parametrize("depth_error", [0.0, 0.01])
def test_turn_of_60_degrees_and_back_is_followed(depth_error: float) -> None:
    there = [pose_at(a, 0.2 * a, 0.0005 * a) for a in np.arange(0, 61, 3.0)]
    """The first pass, before all keyframes are adjusted together."""
    poses = there + there[::-1]
    _, found = follow(poses, depth_error)
    assert all(pose is not None for pose in found)
    errors = np.array([angle_deg(a.R, b.R) for a, b in zip(found, poses, strict=True) if a is not None])
    assert errors.max() < 4
    # On the way back the same features are matched again: errors did not accumulate.
    assert errors[-1] < 0.3


def test_lost_body_is_found_again_by_the_keyframes_it_has_shown() -> None:
    poses = [pose_at(a) for a in np.arange(0, 31, 3.0)]
    tracker, _ = follow(poses, 0.0)
    back = pose_at(16.0, 2.0, 0.004)
    result = tracker.track(picture_of(back, 77), tracker.map.nearest_keyframes(back.R, 3), lost=True)
    assert result is not None
    assert angle_deg(result.pose.R, back.R) < 1


def test_nothing_is_found_where_the_body_is_not() -> None:
    tracker, _ = follow([pose_at(a) for a in np.arange(0, 13, 3.0)], 0.0)
    noise = np.random.default_rng(5).normal(0, 1, (HEIGHT, WIDTH))
    other = levels_of(gaussian_filter(noise, 2.0).astype(np.float32) * 8)
    assert tracker.track(other, tracker.map.nearest_keyframes(FACING, 3)) is None
    assert tracker.track(levels_of(np.zeros((HEIGHT, WIDTH), np.float32)), [pose_at(0)]) is None


def test_a_picture_farther_round_than_all_that_is_known_ends_nothing() -> None:
    """At few pictures a second the last step can lead past where any known feature should be seen."""
    tracker, _ = follow([pose_at(a) for a in (0.0, 3.0)], 0.0)
    picture = picture_of(pose_at(20.0), 3)
    result = tracker.track(picture, [pose_at(20.0)])
    assert result is not None
    tracker.insert_keyframe(picture, replace(result, pose=pose_at(60.0)))
    assert tracker.started


def test_rest_makes_the_first_reading_better() -> None:
    """On a prior surface a fifth too flat, the held end of a turn is read better once all keyframes are used."""
    poses = [pose_at(a, 0.2 * a) for a in np.arange(0, 58, 3.0)]
    tracker, found = follow(poses, 0.0, too_flat=0.2)
    at_once = found[-1]
    assert at_once is not None
    for _ in range(20):
        tracker.map.global_step()
    rested = tracker.track(picture_of(poses[-1], 99), [at_once])
    assert rested is not None
    assert angle_deg(rested.pose.R, poses[-1].R) < 1
    assert angle_deg(rested.pose.R, poses[-1].R) < angle_deg(at_once.R, poses[-1].R) - 0.3


@pytest.mark.slow
def test_last_adjustment_mends_depths_that_were_guessed() -> None:
    """Three per cent of wrong depth at first, as far as the pictures tell it otherwise."""
    there = [pose_at(a, 0.2 * a) for a in np.arange(0, 46, 3.0)]
    across = [pose_at(a, 0.1 * a) for a in np.arange(42, -46, -3.0)]
    tracker, _ = follow(there + across, 0.03)
    tracker.map.adjust_globally()
    off = np.linalg.norm(tracker.map.points, axis=1) / RADIUS_M - 1
    assert np.sqrt(np.mean((off - np.median(off)) ** 2)) < 0.6 * 0.03 * 0.47 / RADIUS_M


@pytest.mark.parametrize("too_flat", [0.0, 0.2])
def test_a_turn_is_neither_shrunk_nor_stretched(too_flat: float) -> None:
    """A turn of 45 degrees, also when the prior surface is a fifth flatter than the ball, is read within one.

    Were the skin taken as flat, the turn would be read two degrees too large.
    """
    poses = [pose_at(a, 0.2 * a) for a in np.arange(0, 46, 3.0)]
    tracker, found = follow(poses, 0.0, too_flat)
    tracker.map.adjust_globally()
    last = found[-1]
    assert last is not None
    newest = tracker.map.nearest_keyframes(last.R, 1)[0]
    true = min(poses, key=lambda pose: angle_deg(pose.R, newest.R))
    assert angle_deg(newest.R, true.R) < 1


def test_a_fixed_map_stays_as_it_is_and_is_gone_on_with() -> None:
    """A second recording of the same body turns farther: what the first one left is neither moved nor surer."""
    first = [pose_at(a, 0.2 * a) for a in np.arange(0, 31, 3.0)]
    tracker, _ = follow(first, 0.01, too_flat=0.1)
    known = tracker.map
    known.adjust_globally()
    before, turns = known.reconstruction, known.cluster_turns()
    known.fix(turns)
    last = first[0]
    poses = [*first, *(pose_at(a, 0.2 * a) for a in np.arange(33, 58, 3.0))]
    for k, pose in enumerate(poses):
        picture = picture_of(pose, 100 + k)
        result = tracker.track(picture, [last])
        assert result is not None
        tracker.insert_keyframe(picture, result)
        last = result.pose
    known.adjust_globally()
    after, v, n, c = known.reconstruction, len(before.R), len(before.depth), len(turns)
    assert len(after.R) > v
    assert len(after.depth) > n
    assert np.array_equal(after.R[:v], before.R)
    assert np.array_equal(after.t[:v], before.t)
    assert after.depth[:n] == pytest.approx(before.depth, rel=1e-3)
    newest = known.nearest_keyframes(poses[-1].R, 1)[0]
    assert angle_deg(newest.R, min(poses, key=lambda pose: angle_deg(pose.R, newest.R)).R) < 1.5

    now = known.cluster_turns()
    assert now.shape == (2 * c, len(after.R), 3)
    assert np.array_equal(now[:c, :v], turns)
    assert not now[c:, :v].any()
    # The keyframe farthest out errs as the last one before it, and by something of its own.
    farthest = int(np.argmax([angle_deg(R, FACING) for R in after.R]))
    assert np.array_equal(now[:c, farthest], turns[:, int(np.argmax([angle_deg(R, FACING) for R in before.R]))])
    assert now[c:, farthest].any()

"""A rigid body tracked through a video: predictions, stored observations, and its final poses."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from romcheck.arrays import Bools, Floats
from romcheck.geometry.pose import Pose
from romcheck.motion.rotations import distance_deg
from romcheck.person.settings import PERSON
from romcheck.tracking import kernels
from romcheck.tracking.bundle_adjustment import Observations, resect
from romcheck.tracking.rigid_tracker import RigidTracker, TrackingResult

FOLLOWING = PERSON.following

Poses = tuple[Floats, Floats, Floats]
"""R (n, 3, 3), t (n, 3) and covariance (n, 6, 6) of a body in n frames, NaN where it was not found."""


class Taken(NamedTuple):
    """A frame in which a body was found.

    Attributes
    ----------
    frame : its number
    keyframes : how many there were before it
    pose : as it was tracked
    features (m,), pixel (m, 2), information (m, 2, 2) : its inliers, as in ``TrackingResult``
    """

    frame: int
    keyframes: int
    pose: Pose
    features: NDArray[np.int32]
    pixel: NDArray[np.float32]
    information: NDArray[np.float32]


class TrackedBody:
    """One body's tracker and observations, stored compactly: memory must not grow much with the video."""

    def __init__(self, tracker: RigidTracker) -> None:
        self.tracker = tracker
        self.last: Pose | None = None
        self.before: Pose | None = None
        self.lost_at: Pose | None = None
        self._last_s = self._before_s = 0.0
        self.turns: Floats | None = None
        self._taken: list[Taken] = []
        self._late: Poses | None = None
        self._over = 0

    def guesses(self, time_s: float) -> list[Pose]:
        """Predicted poses at a time, first at constant velocity; the last known ones where the body is lost."""
        if self.last is None:
            lost = self.lost_at
            return [] if lost is None else [lost, *self.tracker.map.nearest_keyframes(lost.R, 3)]
        going = []
        if self.before is not None and self._last_s > self._before_s:
            share = (time_s - self._last_s) / (self._last_s - self._before_s)
            R = kernels.continued(self.before.R, self.last.R, share)
            going.append(Pose(R, self.last.t + (self.last.t - self.before.t) * share))
        return [*going, self.last]

    @property
    def deg_per_s(self) -> float:
        """How fast it turned between the last two pictures it was found in; infinite where it was not."""
        if self.last is None or self.before is None:
            return float("inf")
        return float(distance_deg(self.last.R, self.before.R)) / max(self._last_s - self._before_s, 1e-6)

    def take(self, frame: int, time_s: float, result: TrackingResult | None) -> None:
        """Store one frame's result."""
        self.before, self._before_s, self._last_s = self.last, self._last_s, time_s
        if result is None:
            self.last, self.before = None, None
            return
        self.last = self.lost_at = result.pose
        self._taken.append(
            Taken(
                frame,
                len(self.tracker.map.reconstruction.R),
                result.pose,
                result.features.astype(np.int32),
                result.pixel.astype(np.float32),
                result.information.astype(np.float32),
            )
        )

    def finish(self, frames: int) -> Poses:
        """Second pass."""
        if self._taken:
            self.tracker.map.adjust_globally()
        poses = self._read(frames, self._taken)
        for known, late in zip(poses, self._late or (), strict=False):
            known[self._over :] = late[self._over :]
        return poses

    def leave_out(self, aside: Bools, last: int) -> bool:
        """Leave the keyframes of some frames (n,), and of those after the last of the test, out of the map.

        Only if these are the first to show as many features as ``left_out_share``; otherwise False. Those aside keep
        their features, which other frames may show; those after the last are forgotten with theirs, and the poses there
        stay those on the whole map, which shows more of what they show.
        """
        features = self.tracker.map
        counts = [*(one.keyframes for one in self._taken), len(features.reconstruction.R)]
        inserted = np.repeat(np.array([one.frame for one in self._taken], int), np.diff(counts))
        after = counts[0] + np.flatnonzero(inserted > last)
        out = counts[0] + np.flatnonzero(aside[inserted])
        first_seen = np.isin(features.reconstruction.anchor, np.concatenate([after, out]))
        if not len(first_seen) or first_seen.mean() < FOLLOWING.left_out_share:
            return False
        if len(after):
            over = bisect_right(self._taken, last, key=lambda one: one.frame)
            self._late, self._over = self._read(len(aside), self._taken[over:]), last + 1
            features.forget_after(int(after[0]))
            del self._taken[over:]
        features.leave_out(out)
        return True

    def cluster_turns_deg(self, R: Floats) -> Floats:
        """(n, c, 3) rotation vectors, camera axes, degrees, by which each cluster of features would turn the poses R
        (n, 3, 3) against the first known one: those of the keyframe nearest in rotation; NaN where unknown.
        """
        known = np.flatnonzero(np.isfinite(R[:, 0, 0]))
        self.turns = self.tracker.map.cluster_turns()
        turns = np.degrees(self.turns)
        out = np.full((len(R), len(turns), 3), np.nan)
        if len(known):
            keyframes = self.tracker.map.reconstruction.R
            nearest = np.einsum("vij,nij->nv", keyframes, R[known]).argmax(1)
            out[known] = (turns[:, nearest] - turns[:, nearest[:1]]).swapaxes(0, 1)
        return out

    def halves(self, frames: int) -> list[tuple[Floats, Floats]]:
        """R (n, 3, 3) from the features of either half alone, once left and right, once upper and lower."""
        ray = self.tracker.map.reconstruction.ray
        seen = np.zeros(len(ray), np.int64)
        for one in self._taken:
            seen[one.features] += 1
        pairs = []
        for axis in (0, 1):
            order = np.argsort(ray[:, axis], kind="stable")
            first = np.zeros(len(ray), bool)
            first[order[np.cumsum(seen[order]) <= seen.sum() / 2]] = True
            pairs.append((self._read(frames, self._taken, first)[0], self._read(frames, self._taken, ~first)[0]))
        return pairs

    def _read(self, frames: int, taken: Sequence[Taken], use: Bools | None = None) -> Poses:
        """The poses of those taken on the map as it is, from all features or only those in ``use`` (m,)."""
        R, t, C = unknown_poses(frames)
        points, rec = self.tracker.map.points, self.tracker.map.reconstruction
        for a in range(0, len(taken), FOLLOWING.batch):
            part = taken[a : a + FOLLOWING.batch]
            sizes = [len(one.features) for one in part]
            seen = Observations(
                np.repeat(np.arange(len(sizes)), sizes),
                np.concatenate([one.features for one in part]).astype(np.int64),
                np.concatenate([one.pixel for one in part]).astype(np.float64),
                np.concatenate([one.information for one in part]).astype(np.float64),
            )
            R0 = np.array([one.pose.R for one in part])
            t0 = np.array([one.pose.t for one in part])
            rows = np.array([one.frame for one in part])
            known = np.ones(len(sizes), bool)
            if use is not None:
                seen = seen.part(use[seen.feature])
                known = np.bincount(seen.keyframe, minlength=len(sizes)) >= PERSON.trunk.least_of_a_half
            R1, t1, C1 = resect(points, seen, R0, t0, rec.focal, rec.centre)
            R[rows[known]], t[rows[known]], C[rows[known]] = R1[known], t1[known], C1[known]
        return R, t, C


def unknown_poses(n: int) -> Poses:
    """Poses of n frames of which nothing is known: NaN."""
    return np.full((n, 3, 3), np.nan), np.full((n, 3), np.nan), np.full((n, 6, 6), np.nan)

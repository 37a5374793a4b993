"""The map of one rigid body: its keyframes, the features anchored in them, and the local shape of the skin at each.

Keyframes are adjusted together with the depths of the features (:mod:`bundle_adjustment`). The prior surface that gave
a feature its first depth has a low-order error, which is estimated from the adjusted depths and removed from the prior.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from romcheck.arrays import Bools, Floats, Grey, Ints, Mask
from romcheck.geometry.pose import Pose
from romcheck.motion.rotations import distance_deg, orthonormal
from romcheck.tracking import kernels
from romcheck.tracking.bundle_adjustment import Observations, Prior, Reconstruction, adjust, of_features
from romcheck.tracking.clusters import cluster_turns
from romcheck.tracking.patch_alignment import FINE, Atlas, Surfels, WarpedPatches, warped_patches
from romcheck.tracking.prior_surface import InitialPoints, tangents
from romcheck.tracking.settings import TRACKING, TrackerSettings
from romcheck.tracking.surface_error import low_order_error

ADJUSTMENT, SURFACE = TRACKING.adjustment, TRACKING.surface


Region = Callable[[Grey, Pose], tuple[Mask, Callable[[Floats], InitialPoints]]]
"""Given a picture and the pose: a mask of where new features may lie, and a function from pixels (n, 2) to their
initial points in space."""


@lru_cache(maxsize=1024)
def _evenly(count: int, most: int) -> Ints:
    """Places (most,) spread evenly over 0 to ``count - 1``."""
    return np.asarray(np.linspace(0, count - 1, most).round(), np.int64)


@dataclass(frozen=True)
class _Before:
    """What a map was before a keyframe was inserted, in half the bits: there is one for every keyframe."""

    R: NDArray[np.float32]
    t: NDArray[np.float32]
    depth: NDArray[np.float32]
    prior_depth: NDArray[np.float32]
    focal: float

    @classmethod
    def of(cls, rec: Reconstruction, prior_depth: Floats) -> _Before:
        R, t, depth, prior = (array.astype(np.float32) for array in (rec.R, rec.t, rec.depth, prior_depth))
        return cls(R, t, depth, prior, rec.focal)

    def within(self, later: Reconstruction) -> tuple[Reconstruction, Floats]:
        """The reconstruction and the prior as they were, with anchors and rays, which only grow, from a later one."""
        n = len(self.depth)
        rec = replace(
            later,
            R=orthonormal(self.R.astype(np.float64)),
            t=self.t.astype(np.float64),
            anchor=later.anchor[:n],
            ray=later.ray[:n] * (later.focal / self.focal),
            depth=self.depth.astype(np.float64),
            focal=self.focal,
        )
        return rec, self.prior_depth.astype(np.float64)


class FeatureMap:
    """Keyframes and features of one body.

    Parameters
    ----------
    focal, centre : of the working picture, pixels
    region : where features may lie
    settings : of the tracker of this body
    focal_sd : relative standard uncertainty of the focal length, which is then estimated with the map in the last
        adjustment; 0 where it is known

    Attributes
    ----------
    reconstruction : poses of the keyframes, depths of the features
    points : (n, 3) features in body axes
    information_weight : (n,) factor, 0-1, on the information of each feature
    """

    def __init__(
        self,
        focal: float,
        centre: Floats,
        region: Region,
        settings: TrackerSettings | None = None,
        focal_sd: float = 0.0,
    ) -> None:
        self.settings = settings or TrackerSettings()
        self._prior_focal, self._focal_sd = focal, focal_sd
        self._region = region
        self._atlas = Atlas()
        empty = np.zeros(0)
        self.reconstruction = Reconstruction(
            np.zeros((0, 3, 3)), np.zeros((0, 3)), np.zeros(0, np.int64), np.zeros((0, 2)), empty, focal, centre
        )
        self.points = np.zeros((0, 3))
        self.information_weight = np.zeros(0)
        self._surface_depth = self._prior_depth = empty
        self._normals = np.zeros((0, 3))
        self._tangents = np.zeros((0, 3, 2))
        self._curvature = np.zeros((0, 2, 2))
        self._anchor_surfels = Surfels(np.zeros((0, 2, 2)), np.zeros((0, 2)), self._curvature)
        self._tried = np.zeros(0)
        self._inlier = np.zeros(0)
        self._has_features: list[bool] = []
        self._observed: list[Observations] = []
        self._before: list[_Before] = []
        self._steps_due = 0
        self._fixed_keyframes, self._fixed_features = 1, 0
        self._fixed_turns: Floats | None = None

    @property
    def mapping_keyframes(self) -> Bools:
        """(v,) the keyframes that new features were taken from."""
        return np.array(self._has_features)

    # -- visible features --------------------------------------------------------------------------------------

    def visible(self, pose: Pose, shape: tuple[int, ...], most: int) -> Ints:
        """Features expected to be visible at a pose in a picture of a shape, at most ``most``."""
        rec = self.reconstruction
        away = self.away_deg(pose)
        poor = (self._tried > TRACKING.alignment.tries_to_judge) & (
            self._inlier < self.settings.least_feature_inlier_ratio * self._tried
        )
        usable = np.flatnonzero(
            kernels.usable(
                self.points, self._normals, away, poor, pose.R, pose.t, rec.focal, rec.centre, self.settings.reach_deg,
                self.settings.least_facing, FINE.radius + 2, shape[1], shape[0], TRACKING.alignment.nearest_depth_m,
            )
        )  # fmt: skip
        if len(usable) <= most:
            return usable
        # Near and far anchors evenly: near ones give a precise pose, far ones prevent drift.
        order = usable[np.argsort(away[usable], kind="stable")]
        return order[_evenly(len(order), most)]

    def away_deg(self, pose: Pose) -> Floats:
        """(n,) rotation between a pose and each feature's anchor."""
        return kernels.turned_deg(self.reconstruction.R, pose.R)[self.reconstruction.anchor]

    def warped(self, features: Ints, pose: Pose, level: int) -> WarpedPatches:
        """Reference patches of features, warped to a pose."""
        new = self._surfels(features, pose.R[None], pose.t[None], np.zeros_like(features))
        return warped_patches(self._atlas, features, self._anchor_surfels.part(features), new, level)

    def _surfels(self, features: Ints, R: Floats, t: Floats, keyframe: Ints) -> Surfels:
        """Surfels of features (n,), each in the picture whose pose is in row ``keyframe`` (n,) of R, t."""
        seen = kernels.surfels(
            self.points, self._normals, self._tangents, features, R, t, keyframe, self.reconstruction.focal
        )
        return Surfels(*seen, self._curvature[features])

    def count(self, tried: Ints, inliers: Ints) -> None:
        """Count which features were tried at an accepted pose, and which of them were inliers."""
        self._tried[tried] += 1
        self._inlier[inliers] += 1

    def nearest_keyframes(self, R: Floats, count: int) -> list[Pose]:
        """Poses of the keyframes nearest in rotation to ``R``."""
        rec = self.reconstruction
        order = np.argsort(distance_deg(rec.R, R), kind="stable")[:count]
        return [Pose(rec.R[k], rec.t[k]) for k in order]

    # -- keyframes and features --------------------------------------------------------------------------------

    def insert_keyframe(self, pose: Pose, seen: tuple[Ints, Floats, Floats] | None) -> None:
        """Keep a keyframe with its observations: features (m,), pixels (m, 2), information (m, 2, 2)."""
        rec = self.reconstruction
        number = len(rec.R)
        self._before.append(_Before.of(rec, self._prior_depth))
        self.reconstruction = replace(rec, R=np.concatenate([rec.R, pose.R[None]]), t=np.vstack([rec.t, pose.t]))
        self._has_features.append(False)
        if seen is not None:
            self._observed.append(Observations(np.full(len(seen[0]), number), *seen))

    def insert_features(self, picture: tuple[Grey, ...], pose: Pose, taken: Floats | None) -> None:
        """Anchor new features in the newest keyframe, where it shows none of those at pixels ``taken`` (m, 2)."""
        self._has_features[-1] = True
        mask, place = self._region(picture[0], pose)
        for u, v in [] if taken is None else taken:
            cv2.circle(mask, (round(u), round(v)), int(self.settings.spacing_px), 0, -1)
        left, top, width, height = cv2.boundingRect(mask)
        margin = 2 * SURFACE.corner_block_px
        left, top, right, bottom = (
            max(0, left - margin),
            max(0, top - margin),
            left + width + margin,
            top + height + margin,
        )
        corners = cv2.goodFeaturesToTrack(
            picture[0][top:bottom, left:right],
            self.settings.features_per_keyframe,
            SURFACE.corner_quality,
            self.settings.spacing_px,
            mask=mask[top:bottom, left:right],
            blockSize=SURFACE.corner_block_px,
        )
        if corners is None:
            return
        pixels = corners[:, 0].astype(np.float64) + np.array([left, top])
        new = place(pixels)
        pixels, new = pixels[new.usable], new.part(new.usable)
        n = len(pixels)
        self._atlas.add(picture, pixels)
        rec = self.reconstruction
        self.reconstruction = replace(
            rec,
            anchor=np.concatenate([rec.anchor, np.full(n, len(rec.R) - 1)]),
            ray=np.vstack([rec.ray, (pixels - rec.centre) / rec.focal]),
            depth=np.concatenate([rec.depth, new.depth]),
        )
        self._surface_depth = np.concatenate([self._surface_depth, new.depth])
        self._prior_depth = np.concatenate([self._prior_depth, new.depth])
        self._normals = np.vstack([self._normals, new.normals])
        self.information_weight = np.concatenate([self.information_weight, new.information_weight])
        self._tried = np.concatenate([self._tried, np.zeros(n)])
        self._inlier = np.concatenate([self._inlier, np.zeros(n)])
        along = tangents(new.normals)
        self._tangents = np.concatenate([self._tangents, along])
        self._curvature = np.concatenate([self._curvature, along.transpose(0, 2, 1) @ new.curvature @ along])
        self._refresh()

    def leave_out(self, keyframes: Ints) -> None:
        """Adjust no more to what was observed in these keyframes; the features first seen in them stay."""
        self._observed = [seen.part(~np.isin(seen.keyframe, keyframes)) for seen in self._observed]

    def forget_after(self, keyframes: int) -> None:
        """Go back to when there were so many keyframes: fewer than now, and all the fixed ones."""
        self.reconstruction, self._prior_depth = self._before[keyframes].within(self.reconstruction)
        n = len(self._prior_depth)
        del self._before[keyframes:], self._has_features[keyframes:]
        self._observed = [seen.part(seen.keyframe < keyframes) for seen in self._observed]
        self._surface_depth, self.information_weight = self._surface_depth[:n], self.information_weight[:n]
        self._normals, self._tangents, self._curvature = self._normals[:n], self._tangents[:n], self._curvature[:n]
        self._tried, self._inlier = self._tried[:n], self._inlier[:n]
        self._atlas.forget_after(n)
        self._refresh()

    def _refresh(self) -> None:
        """Update what is derived from the reconstruction."""
        rec = self.reconstruction
        self.points = rec.points()
        self._anchor_surfels = self._surfels(np.arange(len(rec.depth)), rec.R, rec.t, rec.anchor)

    # -- bundle adjustment -------------------------------------------------------------------------------------

    def adjust_locally(self) -> None:
        """Local bundle adjustment: the newest keyframes and their features; older ones fix the gauge.

        The prior is corrected at once: a prior surface that is too flat by a quarter makes the first turn too large by
        as much, until too few patches fit.
        """
        self._steps_due = ADJUSTMENT.global_steps
        rec = self.reconstruction
        near = np.argsort(distance_deg(rec.R, rec.R[-1]), kind="stable")[: ADJUSTMENT.local_keyframes]
        free = np.zeros(len(rec.R), bool)
        free[near] = True
        free[: self._fixed_keyframes] = False
        if not free.any():
            return
        seen = self._all_observed()
        features = np.unique(np.concatenate([seen.feature[free[seen.keyframe]], np.flatnonzero(free[rec.anchor])]))
        self._adjust(free, features, ADJUSTMENT.local_iterations, seen, focal_sd=0.0)
        if self.settings.prior_updates:
            self._correct_prior(np.bincount(seen.feature, minlength=len(rec.depth)))

    def global_step(self) -> None:
        """One step of global bundle adjustment, if features were added since the last.

        Inserting a keyframe adjusts only the nearest ones. To be called while there is time: while the body rests.
        """
        if self._steps_due:
            self._steps_due -= 1
            if self._free().any():
                self._update_prior(1, focal_sd=0.0)

    def adjust_globally(self) -> None:
        """Global bundle adjustment: all keyframes and features together, and the focal length if unknown."""
        if self._free().any():
            focal_sd = self._focal_sd if self._fixed_turns is None else 0.0
            self._update_prior(self.settings.prior_updates, focal_sd)
            every = np.arange(len(self.reconstruction.depth))
            self._adjust(self._free(), every, ADJUSTMENT.global_iterations, self._all_observed(), focal_sd)

    def fix(self, turns: Floats) -> None:
        """Fix all keyframes, features and the focal length as they are: what was measured in them stays as it is.

        Later keyframes and features are adjusted to them. ``turns`` are the `cluster_turns` it was measured with.
        """
        self._fixed_keyframes, self._fixed_features = len(self.reconstruction.R), len(self.reconstruction.depth)
        self._fixed_turns = turns

    def cluster_turns(self) -> Floats:
        """(c, v, 3) rotation of the keyframes that each cluster of features would cause; see :mod:`clusters`.

        A later keyframe has the error of the nearest one fixed before it (`fix`), with the same clusters; those after
        them say how the keyframe errs relative to that one.
        """
        rec = self.reconstruction
        if len(rec.R) > 1:
            seen, prior = self._all_observed(), self._prior(self._focal_sd)
            turns = cluster_turns(rec, seen, prior, self._all_but_first(), self.settings.cluster_halvings)
        else:
            turns = np.zeros((2**self.settings.cluster_halvings, len(rec.R), 3))
        if self._fixed_turns is None:
            return turns
        nearest = np.einsum("vij,nij->nv", rec.R[: self._fixed_keyframes], rec.R).argmax(1)
        nearest[: self._fixed_keyframes] = np.arange(self._fixed_keyframes)
        return np.concatenate([self._fixed_turns[:, nearest], turns - turns[:, nearest]])

    def _all_observed(self) -> Observations:
        return Observations(
            *(
                np.concatenate([getattr(o, name) for o in self._observed])
                for name in ("keyframe", "feature", "pixel", "information")
            )
        )

    def _adjust(self, free: Bools, features: Ints, iterations: int, seen: Observations, focal_sd: float) -> None:
        rec, prior = self.reconstruction, self._prior(focal_sd)
        fixed = slice(self._fixed_features)
        prior.depth[fixed], prior.depth_sd[fixed] = rec.depth[fixed], ADJUSTMENT.fixed_depth_sd
        out = adjust(*of_features(rec, seen, prior, features), free, iterations)
        depth = rec.depth.copy()
        depth[features] = out.depth
        ray = rec.ray * (rec.focal / out.focal)
        self.reconstruction = replace(
            rec, R=out.R.round(7), t=out.t.round(7), depth=depth.round(7), focal=out.focal, ray=ray
        )
        self._refresh()

    def _prior(self, focal_sd: float) -> Prior:
        depth_sd = np.full(len(self._prior_depth), self.settings.depth_sd)
        return Prior(self._prior_depth.copy(), depth_sd, self._prior_focal, focal_sd)

    def _free(self) -> Bools:
        return np.arange(len(self.reconstruction.R)) >= self._fixed_keyframes

    def _all_but_first(self) -> Bools:
        return np.arange(len(self.reconstruction.R)) > 0

    def _update_prior(self, rounds: int, focal_sd: float) -> None:
        """Adjust all keyframes by one step and correct the prior from the result, for a number of rounds."""
        free, every, seen = self._free(), np.arange(len(self.reconstruction.depth)), self._all_observed()
        times_seen = np.bincount(seen.feature, minlength=len(every))
        for _ in range(rounds):
            self._adjust(free, every, 1, seen, focal_sd)
            self._correct_prior(times_seen)

    def _correct_prior(self, times_seen: Ints) -> None:
        """Correct the prior depths for the low-order error of the prior surface, estimated from the adjusted depths."""
        rec = self.reconstruction
        R = rec.R[rec.anchor]
        ray = np.einsum("nji,nj->ni", R, np.column_stack([rec.ray, np.ones(len(rec.ray))]))
        on_surface = ray * self._surface_depth[:, None] - np.einsum("nji,nj->ni", R, rec.t[rec.anchor])
        radius = np.linalg.norm(on_surface, axis=1)
        direction = on_surface / radius[:, None]
        # Derivative of the radius with respect to the depth along the viewing ray, for a locally flat surface.
        gain = (self._surface_depth * (ray * self._normals).sum(1)) / (radius * (direction * self._normals).sum(1))
        known = (times_seen > SURFACE.least_seen) & (np.abs(gain) > SURFACE.least_radial_gain)
        gain = np.where(np.abs(gain) > 1e-3, gain, 1e-3)
        error = low_order_error(
            direction,
            gain * np.log(rec.depth / self._surface_depth),
            np.where(known, np.abs(gain) * self.settings.depth_sd, np.inf),
        )
        change = np.clip(error / gain, -SURFACE.most_prior_change, SURFACE.most_prior_change)
        self._prior_depth = self._surface_depth * np.exp(change)

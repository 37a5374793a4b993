"""Track a rigid body by its own image features, from any side it has shown.

Every picture is matched against the keyframes nearest in rotation, never against the picture before it, so that errors
do not accumulate; a posture that is taken again is matched with the same features. Features are aligned jointly: one
pose moves all patches (as in Engel, Koltun & Cremers 2018, "Direct sparse odometry"), so that an edge, which fixes a
patch in one direction only, still contributes. The equations are in `docs/tracker.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from romcheck.arrays import Floats, Grey, Ints
from romcheck.geometry.pose import Pose
from romcheck.motion.rotations import distance_deg, orthonormal
from romcheck.tracking import kernels
from romcheck.tracking.feature_map import FeatureMap
from romcheck.tracking.patch_alignment import FINE, LEVELS, WarpedPatches, zncc_and_gradient
from romcheck.tracking.settings import TRACKING

ALIGNMENT = TRACKING.alignment


PatchMatch = tuple[Floats, Floats]
"""Match of patches with a picture; see ``patch_alignment.zncc_and_gradient``."""


@dataclass(frozen=True)
class TrackingResult:
    """A picture in which the body was found: its pose, the inliers among the features, their pixels and information."""

    pose: Pose
    features: Ints
    pixel: Floats
    information: Floats
    inlier_ratio: float


class RigidTracker:
    """One body in one video.

    Parameters
    ----------
    feature_map : where its keyframes and features are kept; empty to begin with
    """

    def __init__(self, feature_map: FeatureMap) -> None:
        self.map = feature_map
        self.s = feature_map.settings

    @property
    def started(self) -> bool:
        """True once there is something to track."""
        return len(self.map.points) > 0

    # -- tracking ----------------------------------------------------------------------------------------------

    def track(self, picture: tuple[Grey, ...], guesses: Sequence[Pose], lost: bool = False) -> TrackingResult | None:
        """Find the body in a picture, starting from the guess that looks most like it; None if it is not there.

        With ``lost`` this is relocalisation, with stricter thresholds: a false pose, once accepted, would enter the map
        and be confirmed by it from then on.
        """
        start = self._best_guess(picture, guesses)
        if start is None:
            return None
        guess, chosen, warped, match = start
        pose = self._align(picture, chosen, warped, guess, match, pose_alone=True)[0]
        chosen = self.map.visible(pose, picture[0].shape, self.s.most_features)
        if len(chosen) < self.s.least_inliers:
            return None
        warped = self.map.warped(chosen, pose, 0)
        pose, pixels, match = self._align(picture, chosen, warped, pose)
        inlier = match[0] > self.s.least_zncc
        near = self.map.away_deg(pose)[chosen] < ALIGNMENT.near_deg
        ratio = float(inlier[near if near.sum() >= self.s.least_inliers else slice(None)].mean())
        least_inliers: float = self.s.least_inliers
        least_ratio = self.s.least_inlier_ratio
        if lost:
            least_inliers = min(ALIGNMENT.relocalised_factor * least_inliers, ALIGNMENT.relocalised_share * len(chosen))
            least_ratio = self.s.relocalised_inlier_ratio
        if inlier.sum() < least_inliers or ratio < least_ratio:
            return None
        if distance_deg(guess.R, pose.R) > self.s.most_step_deg:
            return None
        # Counted only at an accepted pose: while the body is out of sight, missed features are not poor ones.
        self.map.count(chosen, chosen[inlier])
        return self._refine(picture, chosen[inlier], warped.part(inlier), pixels[inlier], match[1][inlier], pose, ratio)

    def _best_guess(
        self, picture: tuple[Grey, ...], guesses: Sequence[Pose]
    ) -> tuple[Pose, Ints, WarpedPatches, PatchMatch] | None:
        best, best_score = None, ALIGNMENT.least_guess_zncc
        for guess in guesses:
            chosen = self.map.visible(guess, picture[0].shape, self.s.most_guess_features)
            if len(chosen) < self.s.least_inliers:
                continue
            warped = self.map.warped(chosen, guess, 1)
            match = zncc_and_gradient(warped, picture, self._project(chosen, guess))
            score = float(np.clip(match[0], 0, 1).mean())
            if score > best_score:
                best, best_score = (guess, chosen, warped, match), score
            if score > ALIGNMENT.sure_guess_zncc:
                break
        return best

    def _project(self, features: Ints, pose: Pose) -> Floats:
        rec = self.map.reconstruction
        return kernels.project(self.map.points, features, pose.R, pose.t, rec.focal, rec.centre)

    def _align(
        self,
        picture: tuple[Grey, ...],
        chosen: Ints,
        warped: WarpedPatches,
        pose: Pose,
        match: PatchMatch | None = None,
        pose_alone: bool = False,
    ) -> tuple[Pose, Floats, PatchMatch]:
        """Optimise the pose over all patches jointly (Gauss-Newton).

        Returns the pose, and the features' pixels (n, 2) with the match of the patches there, at that pose or a last
        small step before it, or with ``pose_alone`` at an earlier one. ``match`` is the match at the initial pose,
        where it is known already.
        """
        scale = LEVELS[warped.level].scale
        for steps_left in range(ALIGNMENT.steps, -1, -1):
            pixels = self._project(chosen, pose)
            match = match or zncc_and_gradient(warped, picture, pixels)
            if not steps_left:
                break
            A, g, J = kernels.normal_equations(
                self.map.points, self.map.information_weight, chosen, pose.R, pose.t, self.map.reconstruction.focal,
                *match, warped.H, ALIGNMENT.zncc_scale, scale,
            )  # fmt: skip
            step, moved_px = kernels.damped_step(A, g, J, ALIGNMENT.damping)
            pose = Pose(kernels.rotation(step[:3]) @ pose.R, pose.t + step[3:])
            if moved_px < ALIGNMENT.step_tolerance_px * scale or (pose_alone and steps_left == 1):
                break
            match = None
        assert match is not None
        # Rounded, so that the last bit, which depends on memory alignment, does not grow into another result.
        return Pose(orthonormal(pose.R).round(9), pose.t.round(9)), pixels, match

    def _refine(
        self,
        picture: tuple[Grey, ...],
        inliers: Ints,
        warped: WarpedPatches,
        start: Floats,
        b: Floats,
        pose: Pose,
        inlier_ratio: float,
    ) -> TrackingResult:
        """Pixels of the inliers, each refined on its own to its best match, and the information of these pixels.

        The refinement must converge: a pixel left half-way would repeat the pose it is meant to test. ``start``
        (n, 2) are the pixels predicted by the pose and ``b`` (n, 2) the right-hand sides there.
        """
        pixels, information = kernels.refine(
            picture[0], start, b, warped.rows, warped.self_product, warped.gradient_sum, warped.H,
            self.map.away_deg(pose)[inliers], FINE.radius, ALIGNMENT.refinement_steps,
            ALIGNMENT.most_refinement_step_px, ALIGNMENT.shading, ALIGNMENT.noise_floor_px,
            ALIGNMENT.noise_floor_px_per_deg,
        )  # fmt: skip
        near = np.linalg.norm(pixels - start, axis=1) < self.s.most_refinement_px
        information *= self.map.information_weight[inliers, None, None]
        return TrackingResult(pose, inliers[near], pixels[near].round(5), information[near].round(5), inlier_ratio)

    # -- mapping -----------------------------------------------------------------------------------------------

    def start(self, picture: tuple[Grey, ...], pose: Pose) -> None:
        """Insert the first keyframe, with its features, at a given pose."""
        self.map.insert_keyframe(pose, None)
        self.map.insert_features(picture, pose, None)

    def insert_keyframe(self, picture: tuple[Grey, ...], result: TrackingResult) -> None:
        """Insert a keyframe if the body has moved far enough from the others, farther still with new features."""
        away = self._moved_deg(result)
        mapping = away[self.map.mapping_keyframes].min() > self.s.mapping_deg
        if mapping and result.inlier_ratio > self.s.mapping_inlier_ratio:
            self._insert(picture, result)
            self.map.insert_features(picture, result.pose, result.pixel)
            self.map.adjust_locally()
        elif away[-1] > self.s.keyframe_deg and (away < self.s.keyframe_deg).sum() < self.s.keyframes_per_place:
            self._insert(picture, result)

    def _moved_deg(self, result: TrackingResult) -> Floats:
        """(v,) movement of the body since each keyframe, as the rotation that would move its skin as far.

        A translation counts too: where rotation and translation look alike, the pose may confuse them, and only a new
        keyframe separates them.
        """
        rec = self.map.reconstruction
        moved = kernels.moved_px(
            self.map.points[result.features], result.pixel, rec.R, rec.t, rec.focal, rec.centre,
            ALIGNMENT.nearest_depth_m,
        )  # fmt: skip
        px_per_deg = np.radians(1) * ALIGNMENT.body_radius_m * rec.focal / result.pose.t[2]
        return np.maximum(kernels.turned_deg(rec.R, result.pose.R), moved / px_per_deg)

    def _insert(self, picture: tuple[Grey, ...], result: TrackingResult) -> None:
        every = self._all_inliers(picture, result)
        self.map.insert_keyframe(result.pose, (every.features, every.pixel, every.information))

    def _all_inliers(self, picture: tuple[Grey, ...], result: TrackingResult) -> TrackingResult:
        """The same with all features that can be found, not only as many as the pose needs."""
        pose = result.pose
        chosen = self.map.visible(pose, picture[0].shape, self.s.most_keyframe_features)
        if not len(chosen):  # after a long step none of the features may be visible any more
            return result
        warped = self.map.warped(chosen, pose, 0)
        pixels = self._project(chosen, pose)
        zncc, b = zncc_and_gradient(warped, picture, pixels)
        inlier = zncc > self.s.least_zncc
        return self._refine(
            picture, chosen[inlier], warped.part(inlier), pixels[inlier], b[inlier], pose, result.inlier_ratio
        )

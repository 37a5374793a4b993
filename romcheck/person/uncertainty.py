"""Uncertainty of a frame's orientation.

The uncertainty of the fit and the disagreement of the clusters of features are estimated from the video. A scale error
common to all features, which none of them shows, grows with the rotation. The weight of each component was chosen
with heads whose rotation is known, larger than what fits them (`benchmarks/fit_uncertainty.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from romcheck.arrays import Floats
from romcheck.motion.jumps import jumps
from romcheck.motion.rotations import distance_deg
from romcheck.person.settings import PERSON

UNCERTAINTY = PERSON.uncertainty


@dataclass(frozen=True)
class HeadUncertainty:
    """Components of the uncertainty of each frame's rotation from the first known orientation.

    Attributes
    ----------
    fit_deg : (n, 3, 3) error of the fit from the noise of the features, each frame's own: three independent rotation
        vectors at one standard deviation, camera axes
    clusters_deg : (n, c, 3) rotation by which each cluster of features disagrees, camera axes; the squares add up to
        the cluster-robust variance of the map
    turn_deg : (n, 3) rotation out of the image plane, camera axes: without its part about the line of sight, which is
        seen undistorted, unless the picture was stretched
    picture_scale : share of that rotation which is uncertain as the face has few pixels or was first seen from the
        side, or the picture was cropped or stretched
    """

    fit_deg: Floats
    clusters_deg: Floats
    turn_deg: Floats
    picture_scale: float = 0.0

    @classmethod
    def of(
        cls,
        R: Floats,
        C: Floats,
        clusters_deg: Floats,
        face_px: float = np.inf,
        aside: bool = False,
        cropped: bool = False,
        stretched: bool = False,
    ) -> HeadUncertainty:
        """Of ``R`` (n, 3, 3) head to camera, with the covariance ``C`` (n, 6, 6) of the fit, turn first.

        ``face_px`` is the width of the face, as if it looked at the camera; NaN counts as large. ``aside`` says that
        the map began with a face seen from the side, half of which had to be guessed, ``cropped`` that the middle of
        the picture may not be that of the lens, ``stretched`` that its height and width may be of different scales.
        """
        known = np.flatnonzero(np.isfinite(R[:, 0, 0]))
        turn = _turn_deg(R, R[known[0]], about_sight=stretched) if len(known) else np.full((len(R), 3), np.nan)
        coarse = UNCERTAINTY.coarse_share * max(0.0, UNCERTAINTY.detailed_px - face_px)
        shares = (
            coarse, UNCERTAINTY.aside_share * aside, UNCERTAINTY.cropped_share * cropped,
            UNCERTAINTY.stretched_share * stretched,
        )  # fmt: skip
        return cls(_fit_errors_deg(C), clusters_deg, turn, float(np.linalg.norm(shares)))

    @property
    def own_errors_deg(self) -> Floats:
        """(n, 3, 3) rotation of each frame by the error that is its own, as in ``fit_deg``."""
        return UNCERTAINTY.fit_factor * self.fit_deg

    def errors_deg(self, focal_sd: float | Floats) -> Floats:
        """(n, c + 1, 3) rotation of each frame by every source of error that frames share, at one standard deviation.

        Rotation vectors in camera axes, degrees; NaN where unknown. The sources are independent of each other: a scale
        error common to all features, and the clusters of features. In this order they are the same in every recording
        measured in one map.

        Parameters
        ----------
        focal_sd : relative standard uncertainty of the focal length, for all frames or (n,) for each; after its
            estimation, where it was estimated with the map
        """
        scale = np.hypot(UNCERTAINTY.turn_scale, UNCERTAINTY.lens_scale * np.asarray(focal_sd))
        scale = np.hypot(scale, self.picture_scale)
        stretch = self.turn_deg * np.broadcast_to(scale, len(self.turn_deg))[:, None]
        return np.concatenate([stretch[:, None], UNCERTAINTY.cluster_factor * self.clusters_deg], axis=1)

    def sigma_deg(self, focal_sd: float | Floats) -> Floats:
        """(n,) standard uncertainty about all axes together, degrees; NaN where unknown."""
        together = np.concatenate([self.own_errors_deg, self.errors_deg(focal_sd)], axis=1)
        return np.asarray(np.sqrt((together**2).sum((1, 2))))


@dataclass(frozen=True)
class TrunkUncertainty:
    """Components of the uncertainty of the trunk's rotation since its first keyframe, degrees; NaN where unknown.

    Attributes
    ----------
    fit_deg : (n,) error of the fit from the noise of the features, about all axes
    turn_deg : (n,) how far it has turned
    doubt_deg : (n,) what the disagreement of its halves adds (:mod:`romcheck.person.trunk_belief`)
    """

    fit_deg: Floats
    turn_deg: Floats
    doubt_deg: Floats

    @classmethod
    def of(cls, T: Floats, C: Floats, doubt_deg: Floats) -> TrunkUncertainty:
        """Of the rotation ``T`` (n, 3, 3), with the covariance ``C`` (n, 6, 6) of the fit, turn first."""
        return cls(np.sqrt((_fit_errors_deg(C) ** 2).sum((1, 2))), distance_deg(T, np.eye(3)), doubt_deg)

    @property
    def sigma_deg(self) -> Floats:
        """(n,) standard uncertainty about all axes together, degrees; NaN where unknown."""
        fit = UNCERTAINTY.trunk_fit_factor * self.fit_deg
        turned = UNCERTAINTY.trunk_scale * self.turn_deg
        return np.asarray(np.sqrt(UNCERTAINTY.trunk_floor_deg**2 + fit**2 + turned**2 + self.doubt_deg**2))


def stride_sigma_deg(R: Floats) -> Floats:
    """Standard uncertainty (n,) from large steps between the frames in which a head was tracked, degrees.

    Where a head turns fast for the frame rate, or during a frozen picture, the views in between are missing.

    Parameters
    ----------
    R : (n, 3, 3) head to camera where it was tracked, else NaN
    """
    out = np.zeros(len(R))
    known = np.flatnonzero(np.isfinite(R[:, 0, 0]))
    if len(known) < 2:
        return out
    away = distance_deg(R[known], R[known[0]])
    step = np.concatenate([[0.0], distance_deg(R[known[1:]], R[known[:-1]])])
    unsure = 0.0
    for k, frame in enumerate(known):
        unsure = (
            0.0
            if away[k] < UNCERTAINTY.back_deg
            else max(unsure, UNCERTAINTY.stride_share * (float(step[k]) - UNCERTAINTY.stride_deg))
        )
        out[frame : known[k + 1] if k + 1 < len(known) else None] = unsure
    return out


def roughness_sigma_deg(R: Floats, time_s: Floats) -> Floats:
    """Standard uncertainty (n,) where the head was tracked less smoothly than heads move, degrees.

    Where false matches come to outweigh true ones, the pose leaves the head, and is thrown about meanwhile: it lies off
    the middle between the frames before and after by more than noise and any likely acceleration explain. How far the
    pose has slipped does not show. The uncertainty is a multiple of the excess, until the head is back at its start,
    and holds for every pose nearby, as its keyframes are in the map from then on.

    Parameters
    ----------
    R : (n, 3, 3) head to camera where it was tracked, else NaN
    time_s : (n,)
    """
    out = np.zeros(len(R))
    known = np.flatnonzero(np.isfinite(R[:, 0, 0]))
    if len(known) < 3:
        return out
    R, time_s = R[known], time_s[known]
    before, after = np.diff(time_s)[:-1], np.diff(time_s)[1:]
    step = Rotation.from_matrix(R[2:] @ R[:-2].swapaxes(1, 2)).as_rotvec() * (before / (before + after))[:, None]
    off = np.zeros(len(R))
    off[1:-1] = distance_deg(R[1:-1], Rotation.from_rotvec(step).as_matrix() @ R[:-2])
    off[1:-1] = np.maximum(off[1:-1] - UNCERTAINTY.most_deg_per_s2 * before * after / 2, 0)
    low, high = (np.searchsorted(time_s, time_s + way * UNCERTAINTY.rough_s) for way in (-1, 1))
    total = np.concatenate([[0.0], np.cumsum(off**2)])
    rough = np.sqrt((total[high] - total[low]) / (high - low))
    excess = UNCERTAINTY.rough_share * np.maximum(rough - UNCERTAINTY.rough_deg, 0)
    away, unsure = distance_deg(R, R[0]) >= UNCERTAINTY.back_deg, 0.0
    slipped = np.zeros(len(R))
    for k in range(len(R)):
        unsure = max(unsure, float(excess[k])) if away[k] else 0.0
        slipped[k] = unsure
    for k in np.flatnonzero(np.diff(slipped, prepend=0.0) > 0):  # each pose from which it may have slipped on
        reached = slipped == slipped[k]
        near = distance_deg(R[:, None], R[reached][None, :: max(1, reached.sum() // 20)]).min(1) < UNCERTAINTY.back_deg
        slipped[near & away] = np.maximum(slipped[near & away], slipped[k])
    # A frame between two tracked ones is as unsure as the less sure of them.
    right = np.clip(np.searchsorted(known, np.arange(len(out))), 0, len(known) - 1)
    return np.asarray(np.maximum(slipped[np.maximum(right - 1, 0)], slipped[right]))


def _nearest(values: Floats, time_s: Floats, at: int, way: int) -> float:
    """The first known of values (n,), from one on backwards (-1) or forwards (1), if it is near enough in time."""
    known = np.flatnonzero(np.isfinite(values))
    known = known[(known - at) * way >= 0]
    if not len(known):
        return float("nan")
    nearest = known[np.abs(known - at).argmin()]
    near = abs(time_s[nearest] - time_s[at]) <= PERSON.following.landmarks_for_s
    return float(values[nearest]) if near else float("nan")


def jump_sigma_deg(R: Floats, time_s: Floats, landmarks: Floats) -> Floats:
    """Standard uncertainty (n,) where the head seems to jump from one picture to the next, degrees.

    No head turns so fast: before the jump or after it, something other than the head was tracked. The landmarks, though
    imprecise, tell which; where they do not, both sides are uncertain. The poses of such a side get the size of the
    jump as uncertainty, until the head passes the pose on the other side of the jump or is back at its start.

    Parameters
    ----------
    R : (n, 3, 3) head to camera where it was tracked, else NaN
    time_s : (n,)
    landmarks : (n, 3, 3) head to camera from the landmarks, NaN where they show no face or were not detected
    """
    out = np.zeros(len(R))
    known = np.flatnonzero(np.isfinite(R[:, 0, 0]))
    if len(known) < 2:
        return out
    off = distance_deg(R[known], landmarks[known])
    R, time_s = R[known], time_s[known]
    found = jumps(time_s, R, UNCERTAINTY.stride_deg)
    if not len(found):
        return out
    apart = np.flatnonzero(np.diff(time_s[found]) > UNCERTAINTY.one_jump_s)
    at_start = distance_deg(R, R[0]) < UNCERTAINTY.back_deg
    for first, last in zip(found[np.r_[0, apart + 1]], found[np.r_[apart, -1]] + 1, strict=True):
        wide = float(distance_deg(R[last], R[first]))
        before, after = _nearest(off, time_s, first, -1), _nearest(off, time_s, last, 1)
        if not after > before + wide / 2:  # the poses before may be wrong
            right = at_start[: first + 1] | (distance_deg(R[: first + 1], R[last]) < UNCERTAINTY.back_deg)
            since = np.flatnonzero(right).max(initial=-1) + 1
            out[known[since] : known[last]] = np.maximum(out[known[since] : known[last]], wide)
        if not before > after + wide / 2:
            right = at_start[last:] | (distance_deg(R[last:], R[first]) < UNCERTAINTY.back_deg)
            until = known[last + right.argmax()] if right.any() else len(out)
            out[known[last] : until] = np.maximum(out[known[last] : until], wide)
    return out


def _fit_errors_deg(C: Floats) -> Floats:
    """(n, 3, 3) independent rotation vectors, degrees, whose squares add up to the covariances (n, 6, 6) of a fit.

    NaN where there is none, or one that is not positive: features in one spot or along a line do not fix a pose.
    """
    out = np.full((len(C), 3, 3), np.nan)
    known = np.flatnonzero(np.isfinite(C).all((1, 2)))
    # A frame read from the landmarks has none: its uncertainty is added elsewhere.
    turn = C[known, :3, :3] + 1e-14 * np.eye(3)
    fixed = np.linalg.eigvalsh(turn)[:, 0] > 1e-15
    out[known[fixed]] = np.degrees(np.linalg.cholesky(turn[fixed]).swapaxes(1, 2))
    return out


def _turn_deg(R: Floats, start: Floats, about_sight: bool) -> Floats:
    """(n, 3) rotation from ``start``, degrees, with or without its part about the line of sight."""
    turn = np.full((len(R), 3), np.nan)
    known = np.isfinite(R[:, 0, 0])
    turn[known] = Rotation.from_matrix(R[known] @ start.T).as_rotvec(degrees=True)
    if not about_sight:
        turn[known, 2] = 0.0
    return turn

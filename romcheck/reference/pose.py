"""From a marker's corners to its orientation, resolving the ambiguity between two similar ones.

A small square seen from afar looks nearly the same tilted towards the viewer and away. Both poses are kept in every
frame; the choice is made over the whole recording, by the fit to the corners and the step from the frame before.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from romcheck.arrays import Floats, Ints
from romcheck.motion.rotations import distance_deg
from romcheck.reference.markers import corners_of_square

CORNER_SD_PX = 0.05
"""Standard uncertainty of a corner's position, from picture noise and blur."""
WORST_COST = 50.0
"""Largest cost of one frame, so that a bad one does not outweigh all others."""
USUAL_STEP_DEG, STEP_DEG_PER_S = 3.0, 100.0
"""Expected rotation of a marker between two frames."""


@dataclass(frozen=True)
class MarkerPose:
    """One of the two poses of a marker.

    Attributes
    ----------
    R : (3, 3) marker axes (X right, Y up, Z out of the paper) to camera axes
    t : (3,) its centre, in units of the marker's side
    error : root mean square reprojection error of the corners, in viewing rays
    sigma_deg : standard uncertainty of the orientation's least certain direction for corners known to
        `CORNER_SD_PX`, degrees
    """

    R: Floats
    t: Floats
    error: float
    sigma_deg: float


def poses(rays: Floats, focal: float) -> list[MarkerPose]:
    """Both poses of a square whose corners are seen at `rays` (4, 2), the better first.

    Source: infinitesimal plane-based pose estimation, Collins & Bartoli 2014 (Int J Comput Vis 109:252); each pose is
    then refined by least squares.

    Parameters
    ----------
    focal : pixels; converts the uncertainty of a corner to that of a ray
    """
    square, seen = corners_of_square(), np.ascontiguousarray(rays[:, None])
    K, straight = np.eye(3), np.zeros(5)  # rays are pixels of a camera of focal length 1, without distortion
    _, turns, places, _ = cv2.solvePnPGeneric(square, seen, K, straight, flags=cv2.SOLVEPNP_IPPE_SQUARE)
    found = []
    for turn, place in zip(turns, places, strict=True):
        turn, place = cv2.solvePnPRefineLM(square, seen, K, straight, turn, place)
        projected, slopes = cv2.projectPoints(square, turn, place, K, straight)
        if not np.isfinite(projected).all() or place[2, 0] <= 0:
            continue
        error = float(np.sqrt(np.mean(np.sum((projected[:, 0] - rays) ** 2, axis=1))))
        R, t = np.asarray(cv2.Rodrigues(turn)[0], float), np.asarray(place, float)[:, 0]
        found.append(MarkerPose(R, t, error, _sigma_deg(np.asarray(slopes, float)[:, :6], focal)))
    return sorted(found, key=lambda pose: pose.error)


def _sigma_deg(slopes: Floats, focal: float) -> float:
    covariance = np.linalg.pinv(slopes.T @ slopes)[:3, :3] * (CORNER_SD_PX / focal) ** 2
    return float(np.degrees(np.sqrt(np.linalg.eigvalsh(covariance)[-1])))


def choose(time: Floats, candidates: list[list[MarkerPose]], focal: float) -> list[MarkerPose | None]:
    """Choose one pose per frame, for the whole sequence jointly (Viterbi 1967, IEEE Trans Inf Theory 13:260).

    The cost of a pose is its squared corner error in units of `CORNER_SD_PX`; of a step, the squared turn in units of
    the rotation expected in its time. The ambiguities of a whole recording are thus resolved together.

    Parameters
    ----------
    time : (n,) seconds
    candidates : n lists of poses, empty where the marker was not seen
    """
    known = [i for i, poses_here in enumerate(candidates) if poses_here]
    chosen: list[MarkerPose | None] = [None] * len(candidates)
    if not known:
        return chosen
    total: list[Floats] = []
    came_from: list[Ints] = []
    for k, i in enumerate(known):
        here = np.array([pose.error for pose in candidates[i]]) * focal / CORNER_SD_PX
        cost = np.minimum(4 * here**2, WORST_COST)
        if k == 0:
            total.append(cost)
            came_from.append(np.zeros(len(cost), np.int64))
            continue
        before = known[k - 1]
        turned = distance_deg(
            np.array([pose.R for pose in candidates[before]])[:, None], np.array([pose.R for pose in candidates[i]])
        )
        step = (turned / (USUAL_STEP_DEG + STEP_DEG_PER_S * (time[i] - time[before]))) ** 2
        ways = total[-1][:, None] + step
        came_from.append(ways.argmin(axis=0))
        total.append(cost + ways.min(axis=0))
    at = int(total[-1].argmin())
    for k in range(len(known) - 1, -1, -1):
        chosen[known[k]] = candidates[known[k]][at]
        at = int(came_from[k][at])
    return chosen

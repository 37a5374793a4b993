"""Poses of frames in which the features were not followed: between neighbours, or by how the landmarks turned."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from romcheck.arrays import Floats, Ints
from romcheck.geometry.pose import Pose
from romcheck.motion.rotations import distance_deg
from romcheck.person.settings import PERSON

FOLLOWING = PERSON.following


def interpolate(frames: Ints, time_s: Floats, longest_s: float, R: Floats, t: Floats, C: Floats) -> None:
    """Interpolate the poses of frames (k,) between their neighbours, in place, where these are near enough in time.

    Rotations are interpolated along the shortest arc; the covariance is the larger of both neighbours'.
    """
    known = np.flatnonzero(np.isfinite(R[:, 0, 0]))
    if len(known) < 2:
        return
    right = np.searchsorted(known, frames)
    inner = (right > 0) & (right < len(known))
    frames, right = frames[inner], right[inner]
    a, b = known[right - 1], known[right]
    near = time_s[b] - time_s[a] < longest_s
    frames, a, b = frames[near], a[near], b[near]
    share = (time_s[frames] - time_s[a]) / (time_s[b] - time_s[a])
    step = Rotation.from_matrix(R[b] @ R[a].transpose(0, 2, 1)).as_rotvec() * share[:, None]
    R[frames] = Rotation.from_rotvec(step).as_matrix() @ R[a]
    t[frames] = t[a] + share[:, None] * (t[b] - t[a])
    C[frames] = np.maximum(C[a], C[b])


def stay(frames: Ints, R: Floats, t: Floats, C: Floats) -> None:
    """Give those of the frames (k,) that come after the last known pose that pose, in place."""
    known = np.flatnonzero(np.isfinite(R[:, 0, 0]))
    if len(known):
        ending = frames[frames > known[-1]]
        R[ending], t[ending], C[ending] = R[known[-1]], t[known[-1]], C[known[-1]]


def interpolate_repeats(repeated: Ints, time_s: Floats, R: Floats, t: Floats, C: Floats) -> None:
    """Interpolate the poses of repeated pictures, in place, unless the head may have moved unseen meanwhile.

    A picture in which the head was lost already, as one that went dark, shows it no better when repeated.
    """
    known = np.flatnonzero(np.isfinite(R[:, 0, 0]))
    if len(known) < 2:
        return
    first = np.arange(len(R))
    first[repeated] = -1
    repeated = repeated[np.isfinite(R[np.maximum.accumulate(first)[repeated], 0, 0])]
    interpolate(repeated, time_s, 2 * FOLLOWING.longest_pause_s, R, t, C)
    repeated = repeated[np.isnan(R[repeated, 0, 0])]
    after = np.searchsorted(known, repeated)
    held = [
        k
        for k, a in zip(repeated, after, strict=True)
        if 0 < a < len(known) and distance_deg(R[known[a - 1]], R[known[a]]) < FOLLOWING.froze_deg
    ]
    interpolate(np.array(held, int), time_s, np.inf, R, t, C)
    last, before = known[-1], known[-2]
    if distance_deg(R[last], R[before]) < FOLLOWING.froze_deg_per_s * (time_s[last] - time_s[before]):
        stay(repeated, R, t, C)


def bridge_by_landmarks(mesh: list[Pose | None], time_s: Floats, R: Floats, t: Floats, C: Floats) -> Floats:
    """Bridge frames in which the features were lost but the landmarks show a face, in place: the pose of the nearest
    tracked frames plus the rotation of the landmarks since. The landmarks alone would cause a step there.

    Short gaps alone, but all that came before tracking began: a head that is filmed from the side shows its starting
    position long before it comes round far enough, and an end would be taken for that.

    Returns
    -------
    (n,) standard uncertainty this adds, degrees; 0 where the features were tracked
    """
    extra = np.zeros(len(R))
    seen = np.array([m is not None for m in mesh], bool)
    known = np.flatnonzero(np.isfinite(R[:, 0, 0]) & seen)
    missing = np.flatnonzero(~np.isfinite(R[:, 0, 0]) & seen)
    if not len(known) or not len(missing):
        return extra
    turn = {int(k): m.R for k, m in enumerate(mesh) if m is not None}
    after = np.searchsorted(known, missing)
    for frame, right in zip(missing, after, strict=True):
        sides = [k for k in (right - 1, right) if 0 <= k < len(known)]
        since = np.array([max(abs(time_s[frame] - time_s[known[k]]), 1e-3) for k in sides])
        guesses = np.array([turn[int(frame)] @ turn[int(known[k])].T @ R[known[k]] for k in sides])
        nearest = sides[int(since.argmin())]
        if right > 0 and since.min() > FOLLOWING.landmarks_for_s:
            continue
        at = known[nearest]
        R[frame] = Rotation.from_matrix(guesses).mean(weights=1 / since).as_matrix()
        t[frame], C[frame] = t[at], C[at]
        beyond = min(distance_deg(turn[int(frame)], turn[int(known[k])]) for k in sides)
        # Of a face turned far the landmarks stand still while the head goes on, for a moment.
        beside = known[min(max(nearest - 1 if nearest < right else nearest + 1, 0), len(known) - 1)]
        deg_per_s = distance_deg(R[at], R[beside]) / max(abs(time_s[at] - time_s[beside]), 1e-3)
        goes_on = deg_per_s * since.min() if since.min() <= FOLLOWING.landmarks_for_s else 0.0
        misread = max(FOLLOWING.landmarks_share * beyond, goes_on - beyond)
        extra[frame] = FOLLOWING.landmarks_deg + misread
    return extra


def take_landmarks_alone(mesh: list[Pose | None], R: Floats, t: Floats, C: Floats) -> Floats:
    """Take every pose from the landmarks, in place; return the standard uncertainty this adds, (n,) degrees."""
    extra = np.zeros(len(R))
    first = next(m for m in mesh if m is not None)
    for frame, pose in enumerate(mesh):
        if pose is None:
            R[frame], t[frame], C[frame] = np.nan, np.nan, np.nan
            continue
        R[frame], t[frame], C[frame] = pose.R, pose.t, 0.0
        extra[frame] = FOLLOWING.landmarks_alone_deg + FOLLOWING.landmarks_alone_share * distance_deg(pose.R, first.R)
    return extra

"""Poses of frames in which the features were not followed: between neighbours, or by how the landmarks turned."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from romcheck.arrays import Floats, Ints
from romcheck.geometry.pose import Pose
from romcheck.motion.rotations import distance_deg
from romcheck.person.settings import PERSON

FOLLOWING, UNCERTAINTY = PERSON.following, PERSON.uncertainty


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
    away_s = np.abs(time_s[missing][:, None] - time_s[known[np.stack([after - 1, after], 1).clip(0, len(known) - 1)]])
    contradicted: set[int] = set()
    for n in away_s.min(1).argsort(kind="stable"):
        frame, right = int(missing[n]), int(after[n])
        sides = [k for k in (right - 1, right) if 0 <= k < len(known) and k not in contradicted]
        since = np.array([max(abs(time_s[frame] - time_s[known[k]]), 1e-3) for k in sides])
        if not sides or (right > 0 and since.min() > FOLLOWING.landmarks_for_s):
            continue
        nearest = sides[int(since.argmin())]
        at = int(known[nearest])
        beside = known[min(max(nearest - 1 if nearest < right else nearest + 1, 0), len(known) - 1)]
        # Of a single tracked frame the speed is not known, and taken for 0.
        speed = np.degrees(Rotation.from_matrix(R[at] @ R[beside].T).as_rotvec()) / (time_s[at] - time_s[beside] or 1.0)
        if _goes_back(turn[frame] @ turn[at].T, speed, time_s[frame] - time_s[at]):
            contradicted.add(nearest)
            continue
        beyond = min(distance_deg(turn[frame], turn[int(known[k])]) for k in sides)
        guesses = np.array([turn[frame] @ turn[int(known[k])].T @ R[known[k]] for k in sides])
        R[frame] = Rotation.from_matrix(guesses).mean(weights=1 / since).as_matrix()
        t[frame], C[frame] = t[at], C[at]
        # Of a face turned far the landmarks stand still while the head goes on, for a moment.
        goes_on = float(np.linalg.norm(speed)) * since.min() if since.min() <= FOLLOWING.landmarks_for_s else 0.0
        misread = max(FOLLOWING.landmarks_share * beyond, goes_on - beyond)
        extra[frame] = FOLLOWING.landmarks_deg + misread
    return extra


def _goes_back(step: Floats, speed: Floats, seconds: float) -> bool:
    """Whether the landmarks turn back faster than a head can brake: what they show is a hand, or invented.

    ``step`` (3, 3) is their turn since, or before if ``seconds`` are negative, a tracked frame in which the head turned
    by ``speed`` (3,), degrees a second.
    """
    size = float(np.linalg.norm(speed))
    turned = np.degrees(Rotation.from_matrix(step).as_rotvec())
    onwards = float(turned @ speed) / max(size, 1e-9) * np.sign(seconds)
    least = min(0.0, size * abs(seconds) - UNCERTAINTY.most_deg_per_s2 * seconds**2 / 2)
    misread = FOLLOWING.landmarks_share * float(np.linalg.norm(turned)) + 2 * FOLLOWING.landmarks_deg
    return onwards < least - misread


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

"""Whether the head is still now, and how fast it moves, from the frames so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from romcheck.arrays import Floats
from romcheck.live.readings import LiveReading
from romcheck.motion.rotations import distance_deg, mean_rotation
from romcheck.motion.rules import RULES

SEEN_SHARE = 0.7
"""A rest seen for less than this is not recognised."""
SPEED_OVER_S = 0.25


@dataclass(frozen=True)
class Rest:
    """A posture held until now: (3, 3) mean of the neck and of the trunk (NaN if unknown), and when it began."""

    neck: Floats
    trunk: Floats
    start_s: float

    @property
    def aside_deg(self) -> float:
        """How far the head is turned or bent aside from looking at the camera; flexion does not count.

        The angle of its left-right axis from the nearest edge of the picture, which may be turned.
        """
        return float(np.degrees(np.arccos(np.clip(np.abs(self.neck[:2, 0]).max(), 0, 1))))


def rest_now(recent: Sequence[LiveReading], seconds: float) -> Rest | None:
    """The posture held over the last seconds; None while moving, or where too little was seen.

    Still means what it means in ``motion.postures.rests``: the head strays by at most ``RULES.still_spread_deg`` and
    does not drift; the noise of single frames, which is not smoothed away here, is allowed on top.
    """
    newest = recent[-1].time_s
    window = [r for r in recent if r.time_s >= newest - seconds - 1e-6]
    seen = [r for r in window if r.seen]
    if len(seen) < 3 or len(seen) < SEEN_SHARE * len(window) or seen[-1].time_s - seen[0].time_s < 0.8 * seconds:
        return None
    R = np.array([r.neck for r in seen])
    # Small turns by θ are √2 θ apart as matrices (Frobenius norm).
    spread = float(np.degrees(np.sqrt(np.mean(np.sum((R - R.mean(0)) ** 2, axis=(1, 2))) / 2)))
    if spread > np.hypot(RULES.still_spread_deg, frame_noise_deg(R)):
        return None
    third = max(1, len(R) // 3)
    travel = float(distance_deg(mean_rotation(R[:third]), mean_rotation(R[-third:])))
    if travel > max(2.0, RULES.still_drift_deg_per_s * seconds * 2 / 3):
        return None
    trunks = np.array([r.trunk for r in seen])
    known = np.isfinite(trunks).all(axis=(1, 2))
    trunk = mean_rotation(trunks[known]) if known.any() else np.full((3, 3), np.nan)
    return Rest(mean_rotation(R), trunk, seen[0].time_s)


def frame_noise_deg(R: Floats) -> float:
    """Standard deviation of a frame (n, 3, 3) about its neighbours, all axes together, degrees; 0 for fewer than five.

    From second differences, which slow movements do not affect; for white noise their deviation is √6 times as large.
    """
    if len(R) < 5:
        return 0.0
    bend = R[:-2] - 2 * R[1:-1] + R[2:]
    # A small turn by θ changes the matrix by √2 θ (Frobenius norm); the median of χ, 3 degrees of freedom, is 1.54.
    per_axis = float(np.median(np.linalg.norm(bend, axis=(1, 2)))) / np.sqrt(2) / 1.54 / np.sqrt(6)
    return float(min(np.degrees(per_axis) * np.sqrt(3), 2.0))


def speed_now(times: Sequence[float], angles: Sequence[float]) -> float:
    """Slope of an angle over the last quarter of a second, degrees a second; NaN with fewer than three samples."""
    t, y = np.asarray(times), np.asarray(angles)
    late = np.isfinite(y) & (t >= t[-1] - SPEED_OVER_S) if len(t) else np.zeros(0, bool)
    if late.sum() < 3:
        return float("nan")
    t, y = t[late] - t[late].mean(), y[late]
    return float((t @ (y - y.mean())) / (t @ t))

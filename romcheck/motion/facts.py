"""The facts about one trial that the gates judge, collected in one place for the live check and for recordings."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from romcheck.arrays import Bools, Floats, Ints
from romcheck.motion.gates import TrialFacts
from romcheck.motion.movements import Excursion
from romcheck.motion.rules import RULES
from romcheck.motion.track import PictureQuality

LONGEST_REPEAT_S = 0.4
"""A picture shown for longer does not count for the frame rate: the head rested, or the picture was frozen."""
ENOUGH_S = 0.5
"""Duration of movement from which the frame rate is known."""


@dataclass(frozen=True)
class TrialFrames:
    """The frames around a trial, of a whole recording or of what has been seen so far. NaN where not known.

    Attributes
    ----------
    time_s : (n,)
    seen : (n,) True where the head was seen
    valid : (n,) True where its smoothed orientation is known
    angles : (n, 3) rotation, flexion and lateral flexion from the starting position, degrees
    trunk_rotation_deg, trunk_lean_deg : (n,) of the trunk since the starting position
    quality : image quality of the face
    """

    time_s: Floats
    seen: Bools
    valid: Bools
    angles: Floats
    trunk_rotation_deg: Floats
    trunk_lean_deg: Floats
    quality: PictureQuality


def trial_facts(
    e: Excursion,
    frames: TrialFrames,
    axis: int,
    *,
    way_up_sure: bool,
    start_away_deg: float,
    flexion_held_deg: float,
) -> TrialFacts:
    """Facts of one trial that its own frames give; those that need the whole recording are left open.

    Angles are those at the hold, or near the peak without one.

    Parameters
    ----------
    e : the trial
    frames : in time order; indices of `e` count in these
    axis : the angle measured: 0 rotation, 1 flexion, 2 lateral flexion
    way_up_sure : whether it is certain which way up the picture is
    start_away_deg : from the rest before the turn to the starting position; NaN where there was none
    flexion_held_deg : flexion of the starting position; NaN where it is not known
    """
    time, quality, top = frames.time_s, frames.quality, top_of(e, frames)
    during = (time >= e.start_s) & (time <= e.end_s)
    # A second person on the way back does not affect the angle.
    until_read = during & (time <= (time[top[-1]] if len(top) else e.end_s))
    angles = [_median(frames.angles[top, i]) for i in range(3)]
    trunk_rotation = _median(frames.trunk_rotation_deg[top])
    return TrialFacts(
        half_width_deg=math.nan,
        held=e.held,
        beyond_reach=e.beyond_reach,
        face_lost=e.face_lost,
        subject_sure=bool(quality.subject_sure[until_read & frames.seen].all()),
        way_up_sure=way_up_sure,
        frames_per_s=frames_per_s(time, quality, during),
        brightness=_median(quality.brightness[top]),
        sharpness=_median(quality.sharpness[top]),
        distance_m=_median(quality.distance_m[during]),
        face_width_px=_median(quality.face_width_px[during]),
        lateral_flexion_deg=angles[2],
        trunk_rotation_deg=trunk_rotation,
        trunk_lean_deg=_median(frames.trunk_lean_deg[top]),
        trunk_unknown=math.isnan(trunk_rotation),
        start_away_deg=start_away_deg,
        flexion_lost_deg=-angles[1],
        flexion_held_deg=flexion_held_deg,
        other_share=max(abs(at) for i, at in enumerate(angles) if i != axis) / e.angle_deg,
    )


def top_of(e: Excursion, frames: TrialFrames) -> Ints:
    """Indices of the frames that give the angle: the hold, or those near the peak without one."""
    time = frames.time_s
    return e.hold if e.held else np.flatnonzero((np.abs(time - time[e.peak]) <= RULES.edge_s) & frames.valid)


def frames_per_s(time_s: Floats, quality: PictureQuality, during: Bools) -> float:
    """Median rate of new pictures, frames per second, in a part (n,) of the frames."""
    intervals = np.sort(_new_after_s(time_s, quality, during))
    if not len(intervals):
        return float("nan")
    spent = np.cumsum(intervals)
    return float(1 / intervals[np.searchsorted(spent, spent[-1] / 2)])


def mean_frames_per_s(time_s: Floats, quality: PictureQuality) -> float:
    """Mean rate of new pictures, frames per second; NaN without any."""
    intervals = _new_after_s(time_s, quality, np.ones(len(time_s), bool))
    return len(intervals) / float(intervals.sum()) if len(intervals) else float("nan")


def _new_after_s(time_s: Floats, quality: PictureQuality, during: Bools) -> Floats:
    """Time from each new picture to the next in a part (n,) of the frames; while something moves, if that is enough."""
    repeated, changed = quality.repeated, quality.changed
    if repeated is None or changed is None:
        repeated, changed = np.zeros(len(time_s), bool), np.ones(len(time_s), bool)
    fresh = during & ~repeated
    intervals = np.diff(time_s[fresh])
    moving = changed[fresh][1:] & (intervals <= LONGEST_REPEAT_S)
    if (repeated & during).any() and intervals[moving].sum() >= ENOUGH_S:
        intervals = intervals[moving]
    return np.asarray(intervals)


def _median(values: Floats) -> float:
    values = values[np.isfinite(values)]
    return float(np.median(values)) if len(values) else np.nan

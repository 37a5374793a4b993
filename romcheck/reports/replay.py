"""One movement of a measurement, to be played again: its curve, its hold, the head in every frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from romcheck.arrays import Floats
from romcheck.change.ranges import counted, side_range
from romcheck.i18n.words import movement_side, outward_deg
from romcheck.motion.rotations import compose
from romcheck.reports.plot import main_angle, upwards, with_gaps
from romcheck.results import Frames, Movement, MovementName, Result

LEAD_S = 0.8
"""Seconds played before and after a movement."""
LONGEST_S = 60.0
"""Most that is played of one movement: somebody may have rested on the way."""


@dataclass(frozen=True)
class Take:
    """One movement as it is played; all times are seconds of its recording.

    Attributes
    ----------
    movement : which one
    start_s, end_s : what is played
    moment_s : the middle of the hold or, without one, where the head was furthest out
    time_s, angle_deg : (n,) the curve, + outwards; NaN where there is no angle
    head_times_s : (m,) of the frames whose angles are known
    heads : (m, 3, 3) the head's turn from upright, with the trunk's
    trunks_deg : (m,) rotation of the trunk, 0 where it was not measured
    """

    movement: Movement
    start_s: float
    end_s: float
    moment_s: float
    time_s: Floats
    angle_deg: Floats
    head_times_s: Floats
    heads: Floats
    trunks_deg: Floats


def take(result: Result, frames: Frames | None, movement: Movement) -> Take:
    """Cut one movement out of a measurement; without frames it has no curve and no heads."""
    start_s = max(0.0, movement.start_s - LEAD_S)
    end_s = min(movement.end_s + LEAD_S, start_s + LONGEST_S, max(result.source.duration_s, movement.end_s))
    time_s, angle, rows = np.empty(0), np.empty(0), np.empty((0, 4))
    head_times_s = np.empty(0)
    # The angles count from the starting position, which is flexed where flexion is held.
    flexed = compose(0.0, movement.flexion_held_deg or 0.0, 0.0)
    if frames is not None:
        near = (frames.time_s >= start_s) & (frames.time_s <= end_s)
        side = movement_side(movement) * upwards(main_angle(result), frames)
        time_s, angle = with_gaps(frames.time_s[near], np.where(frames.valid, side, np.nan)[near])
        trunk = np.nan_to_num(frames.trunk_rotation_deg)
        rows = np.column_stack([frames.rotation_deg, frames.flexion_deg, frames.lateral_flexion_deg, trunk])
        known = near & frames.valid & np.isfinite(rows).all(axis=1)
        rows, head_times_s = rows[known], frames.time_s[known]
    return Take(
        movement,
        start_s,
        end_s,
        _moment(movement, time_s, angle),
        time_s,
        angle,
        head_times_s,
        compose(rows[:, 3], 0.0, 0.0) @ flexed @ compose(*rows[:, :3].T),
        rows[:, 3],
    )


def _moment(movement: Movement, time_s: Floats, angle: Floats) -> float:
    if movement.hold_start_s is not None and movement.hold_end_s is not None:
        return (movement.hold_start_s + movement.hold_end_s) / 2
    within = np.where((time_s >= movement.start_s) & (time_s <= movement.end_s), angle, np.nan)
    if np.isfinite(within).any():
        return float(time_s[np.nanargmax(within)])
    return (movement.start_s + movement.end_s) / 2


def usual_trial(result: Result, name: MovementName) -> Movement | None:
    """The trial that counts and is nearest to the mean; else the first of this movement; None without any."""
    mean, trials = side_range(result, name).mean_deg, counted(result, name)
    if mean is not None and trials:
        return min(trials, key=lambda m: abs((outward_deg(m) or 0.0) - mean))
    return next(iter(trials or [m for m in result.movements if m.movement == name]), None)

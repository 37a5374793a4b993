"""Postures: the rests of the head, the starting position among them, and the flexed posture of flexion-rotation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from romcheck.arrays import Bools, Floats, Ints
from romcheck.motion.rotations import (
    Angles,
    anatomical,
    distance_deg,
    mean_rotation,
    quaternions,
    relative,
    robust_mean_rotation,
)
from romcheck.motion.rules import RULES


@dataclass(frozen=True)
class HeldPosture:
    """An orientation held for a while.

    Attributes
    ----------
    first, last : frames it was held from and to, both included
    start_s, end_s : their times
    R : (3, 3) robust mean orientation
    scatter_deg : standard deviation of a frame about R
    """

    first: int
    last: int
    start_s: float
    end_s: float
    R: Floats
    scatter_deg: float

    @property
    def duration_s(self) -> float:
        """How long it was held."""
        return self.end_s - self.start_s


def posture(time: Floats, R: Floats, frames: Ints) -> HeldPosture:
    """Average the orientations R (n, 3, 3) of some frames."""
    middle = robust_mean_rotation(R[frames])
    scatter = 1.4826 * float(np.median(distance_deg(R[frames], middle)))
    first, last = int(frames[0]), int(frames[-1])
    return HeldPosture(first, last, float(time[first]), float(time[last]), middle, scatter)


def rests(time: Floats, valid: Bools, R: Floats, wobble_deg: float = 0.0) -> list[HeldPosture]:
    """Find every posture the head rested in, in time order.

    A frame is still when the orientations in the window around it (`RULES.still_window_s`) stray little. A stretch of
    still frames is cut where the head has crept on by more than half of `RULES.same_rest_deg`; steady drifts are slow
    movements and left out.
    """
    index = np.flatnonzero(valid)
    if len(index) < 3:
        return []
    t, q = time[index], quaternions(R[index])
    q = np.where((q @ q[0] < 0)[:, None], -q, q)
    half = RULES.still_window_s / 2
    low, high = np.searchsorted(t, t - half - 1e-9), np.searchsorted(t, t + half + 1e-9)
    total = np.concatenate([np.zeros((1, 4)), np.cumsum(q, axis=0)])
    length = np.linalg.norm((total[high] - total[low]) / (high - low)[:, None], axis=1)
    # For small rotations the norm of the mean unit quaternion is 1 minus an eighth of the squared spread (radians).
    spread = np.degrees(np.sqrt(8 * np.clip(1 - length, 0, None)))
    still = (spread <= max(RULES.still_spread_deg, 1.5 * wobble_deg)) & (high - low >= 3)

    found: list[HeldPosture] = []
    breaks = np.flatnonzero((np.diff(still.astype(int)) != 0) | (np.diff(t) > RULES.gap_s)) + 1
    for run in np.split(np.arange(len(t)), breaks):
        if not still[run[0]]:
            continue
        crept = False
        while len(run):
            away = distance_deg(R[index[run]], mean_rotation(R[index[run[: max(3, _count(t[run], half))]]]))
            leaves = np.flatnonzero(away > RULES.same_rest_deg / 2)
            part, run = (run[: leaves[0]], run[leaves[0] :]) if len(leaves) and leaves[0] > 0 else (run, run[:0])
            after_creeping, crept = crept, len(run) > 0
            # The window blurs both ends of a rest; a rest at the very end of the track has no more frames.
            seconds = t[part[-1]] - t[part[0]]
            if seconds < RULES.still_shortest_s or len(part) < 3:
                continue
            third = max(1, len(part) // 3)
            ends = [mean_rotation(R[index[piece]]) for piece in (part[:third], part[-third:])]
            travel = float(distance_deg(*ends))
            # Sway and noise move a short rest as well; but what follows a rest without a stop is a movement's slow
            # beginning.
            if travel > RULES.still_drift_deg_per_s * seconds * 2 / 3 and (after_creeping or travel > 2.0):
                continue
            found.append(posture(time, R, index[part]))
    return found


def _count(t: Floats, seconds: float) -> int:
    return int(np.searchsorted(t, t[0] + seconds))


def central_rest(found: list[HeldPosture], R: Floats) -> int:
    """Choose the rest with the smallest largest excursion from it, as an index: the middle of a test to both sides.

    Where two are about equal (movements to one side only, returns to one posture) the earlier one starts the test:
    it is the first of those within a tenth, or `RULES.tie_deg`, of the best.

    Parameters
    ----------
    found : rests in time order, at least one
    R : (m, 3, 3) the orientations passed through
    """
    few = R[:: max(1, len(R) // 1000)]
    # The few farthest frames may be the person coming or going.
    cost = np.array([np.percentile(distance_deg(few, rest.R), 97) for rest in found])
    return int(np.argmax(cost <= cost.min() + max(0.1 * cost.min(), RULES.tie_deg)))


def rest_before(found: list[HeldPosture], near: HeldPosture, moment_s: float) -> HeldPosture:
    """Choose the last rest before a moment that is a return to `near`; `near` itself if there is none."""
    before = [
        rest
        for rest in found
        if rest.start_s + RULES.still_shortest_s <= moment_s
        and float(distance_deg(rest.R, near.R)) <= RULES.same_rest_deg
    ]
    return before[-1] if before else near


@dataclass(frozen=True)
class FlexedSpell:
    """A flexed posture and the time spent in it.

    Attributes
    ----------
    upright : the upright posture it was entered from or left to
    flexed : the posture held before the first turn
    flexion_deg : how far it is flexed from upright
    inside : (n,) from reaching the flexed posture to coming up, turns included: the number of the time it was taken
        up, from 1; 0 outside
    """

    upright: HeldPosture
    flexed: HeldPosture
    flexion_deg: float
    inside: Ints


def flexed_spells(
    found: list[HeldPosture],
    uprights: list[HeldPosture],
    time: Floats,
    valid: Bools,
    R: Floats,
    least_deg: float,
    another: Bools | None = None,
) -> list[FlexedSpell]:
    """Every rest that could be the flexed posture of a flexion-rotation test, with the time spent around it.

    It is flexed from an upright rest by at least `least_deg`, in the middle, and the head stays away from upright by
    at least half of that; turning does not bring it back. Two rests of which one was seen in `another` view (n,) are
    not compared: the camera was moved between them, and a head seen from below looks extended.
    """
    index = np.flatnonzero(valid)
    spells: list[FlexedSpell] = []
    for flexed in found:
        for upright in uprights:
            if another is not None and another[upright.last] != another[flexed.last]:
                continue
            at = anatomical(relative(upright.R, flexed.R))
            aside = max(abs(float(at.rotation)), abs(float(at.lateral_flexion)))
            if not least_deg <= float(at.flexion) <= 90 or aside > RULES.flexed_aside_deg:
                continue
            down = distance_deg(R[index], upright.R) >= float(at.flexion) / 2
            inside = np.zeros(len(time), np.int64)
            for run in np.split(np.arange(len(index)), np.flatnonzero(np.diff(down.astype(int))) + 1):
                if not down[run[0]]:
                    continue
                a, b = index[run[0]], index[run[-1]]
                here = [
                    rest.first
                    for rest in found
                    if a <= rest.first <= b
                    and rest.first >= flexed.first
                    and float(distance_deg(rest.R, flexed.R)) <= 2 * RULES.same_rest_deg
                ]
                if here:
                    inside[min(here) : b + 1] = inside.max() + 1
            spells.append(FlexedSpell(upright, flexed, float(at.flexion), inside))
            break
    return spells


def angles_from(start: Floats, R: Floats) -> Angles:
    """Anatomical angles (n,) of orientations R (n, 3, 3) from the starting position (3, 3)."""
    return anatomical(relative(start, R))

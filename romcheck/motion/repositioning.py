"""Joint position error: where the head comes to rest when it is to come back to a place it remembers.

The starting position is the rest before the first turn, looked at with open eyes. From there every return is an angle;
which of its sides is "past" depends on where the head came from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from romcheck import statistics
from romcheck.arrays import Ints
from romcheck.motion.movements import Excursion, excursions
from romcheck.motion.postures import HeldPosture, angles_from, rest_before
from romcheck.motion.reading import Motion, aside_deg
from romcheck.motion.rotations import distance_deg, robust_mean_rotation
from romcheck.motion.rules import RULES
from romcheck.motion.uncertainty import AngleUncertainty
from romcheck.results import WALL_CM, Interval, PositionError

AHEAD_DEG = 25.0
"""Looking ahead: turned or bent aside from the camera by less than this."""


@dataclass(frozen=True)
class Return:
    """A turn to one side and the rest it ended in.

    Attributes
    ----------
    turn : the turn; it began at the side `turn.sign`
    rest : where the head came to rest; None where it did not
    frames : those of the rest that are read; empty without one
    error_deg : + past the starting position, - short of it; NaN without a rest
    flexion_deg : chin lower than at the start; NaN without a rest
    """

    turn: Excursion
    rest: HeldPosture | None
    frames: Ints
    error_deg: float
    flexion_deg: float


@dataclass(frozen=True)
class Repositioning:
    """A recording read as a joint position test.

    Attributes
    ----------
    start : the starting position
    returns : every turn away from it, in time order
    drift_deg : how far from the start the head looked ahead again at the end; NaN where it was not seen to
    """

    start: HeldPosture
    returns: tuple[Return, ...]
    drift_deg: float


def read_returns(motion: Motion) -> Repositioning | None:
    """Read a track as a joint position test; None without a rest before the first turn: then nothing is to be met."""
    ahead = [rest for rest in motion.rests if float(aside_deg(rest.R[None])[0]) <= AHEAD_DEG]
    if not ahead:
        return None
    near = ahead[0]
    turns = _turns(motion, near)
    if turns and near.start_s >= turns[0].start_s:
        return None
    if turns:
        near = rest_before(motion.rests, near, turns[0].start_s + 0.1)
        turns = _turns(motion, near)
    returns = tuple(
        _return(motion, near, turn, turns[k + 1].start_s if k + 1 < len(turns) else np.inf)
        for k, turn in enumerate(turns)
    )
    return Repositioning(near, returns, _drift_deg(motion, near, returns))


def _turns(motion: Motion, start: HeldPosture) -> list[Excursion]:
    """Turns away from the start that are far enough to be one; returns that miss it by much are none."""
    found = [e for e in excursions(motion.course(start), 0, cut_off=True) if e.angle_deg >= RULES.away_deg]
    usual = float(np.median([e.angle_deg for e in found])) if found else 0.0
    return [e for e in found if e.angle_deg >= RULES.away_share * usual]


def _return(motion: Motion, start: HeldPosture, turn: Excursion, until_s: float) -> Return:
    """Find the first rest after a turn, near the middle, that lasted; else the longest.

    None where the head paused elsewhere for a moment and then came to lie where the mark is: the pause may have been
    the return, and the eyes open since.
    """
    most = RULES.valley * turn.angle_deg

    def off_deg(rest: HeldPosture) -> float:
        return abs(float(angles_from(start.R, rest.R).rotation))

    beside = [
        rest
        for rest in motion.rests
        if turn.end_s - RULES.still_window_s <= rest.start_s < until_s
        and rest.end_s > turn.end_s
        and off_deg(rest) < most
    ]
    if not beside:
        return Return(turn, None, np.zeros(0, np.int64), np.nan, np.nan)
    lasting = [rest for rest in beside if min(rest.end_s, until_s) - rest.start_s >= RULES.returned_s]
    rest = lasting[0] if lasting else max(beside, key=lambda rest: rest.duration_s)
    paused = [off_deg(one) for one in beside if one.start_s < rest.start_s]
    if paused and off_deg(rest) < RULES.mark_deg and paused[-1] > 2 * RULES.mark_deg:
        return Return(turn, None, np.zeros(0, np.int64), np.nan, np.nan)
    time = motion.time
    within = (time >= rest.start_s) & (time <= min(rest.start_s + RULES.read_s, rest.end_s, until_s))
    frames = np.flatnonzero(within & motion.smooth.valid)
    at = angles_from(start.R, robust_mean_rotation(motion.smooth.R[frames]))
    return Return(turn, rest, frames, -turn.sign * float(at.rotation), float(at.flexion))


def _drift_deg(motion: Motion, start: HeldPosture, returns: Sequence[Return]) -> float:
    """How far from the start the head rested at the end, where it moved there after the last return."""
    rested = [r.rest for r in returns if r.rest is not None]
    if not rested:
        return np.nan
    last = rested[-1]
    later = [rest for rest in motion.rests if rest.start_s > last.end_s and rest.duration_s >= RULES.still_shortest_s]
    if not later or later[-1].start_s < returns[-1].turn.end_s:
        return np.nan
    away = float(distance_deg(later[-1].R, start.R))
    # Further off the person has got up, or looks elsewhere.
    return away if away <= 2 * RULES.same_rest_deg else np.nan


def as_trial(motion: Motion, one: Return) -> Excursion:
    """The same as the excursion that the gates look at: what is read of it is the rest at its end."""
    turn = one.turn
    if one.rest is None:
        return replace(turn, hold=one.frames, hold_s=0.0, beyond_reach=False, cut_off=False)
    end_s = float(motion.time[one.frames[-1]])
    during = motion.smooth.valid & (motion.time >= turn.start_s) & (motion.time <= end_s)
    lost = bool((np.diff(motion.time[during]) > RULES.gap_s).any())
    # The angle is only what other angles are compared with.
    return replace(
        turn,
        hold=one.frames,
        hold_s=one.rest.duration_s,
        end_s=end_s,
        beyond_reach=False,
        face_lost=lost,
        cut_off=False,
    )


def position_errors(
    errors: dict[int, list[float]], parts: dict[int, list[AngleUncertainty]]
) -> tuple[PositionError, ...]:
    """Constant, absolute and variable error of each side, and of both.

    Parameters
    ----------
    errors : of the trials that count, by the side the head came from: + left, - right
    parts : their uncertainties

    Notes
    -----
    The interval of the constant and of the absolute error is that of a mean: Student's t on the spread of the trials,
    and what all trials share (the reading and the starting position) on top. An error of the starting position shifts
    the sides against each other: of both together only the surplus of one side's trials is left of it. That of the
    variable error is the chi-squared interval of a standard deviation, its lower end less what the reading alone
    scatters.
    """
    found = []
    sides: tuple[tuple[str, tuple[int, ...]], ...] = (("left", (1,)), ("right", (-1,)), ("both", (1, -1)))
    for side, signs in sides:
        groups = [errors[sign] for sign in signs if errors[sign]]
        if not groups or (side == "both" and len(groups) < 2):
            continue
        own = [part for sign in signs for part in parts[sign]]
        n = sum(map(len, groups))
        surplus = abs(sum(sign * len(errors[sign]) for sign in signs)) / n
        reading, scatter = (_root_mean_square(of) for of in ([p.systematic for p in own], [p.scatter for p in own]))
        shared = float(np.hypot(reading, surplus * own[0].start))
        values = np.concatenate(groups)
        spread, freedom = statistics.pooled_sd(groups)
        sizes, _ = statistics.pooled_sd([np.abs(group) for group in groups])
        noise = float(np.hypot(reading, scatter))
        constant, absolute = float(np.mean(values)), float(np.mean(np.abs(values)))
        found.append(
            PositionError(
                side,  # type: ignore[arg-type]
                n,
                _around(constant, _half(shared, max(spread, scatter), freedom, n)),
                _around(absolute, _half(shared, max(sizes, scatter), freedom, n), least=0.0),
                _of_spread(spread, freedom, noise),
            )
        )
    return tuple(found)


def _root_mean_square(values: Sequence[float]) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def _half(shared: float, spread: float, freedom: int, n: int) -> float | None:
    """Half-width of a mean's interval; None where nothing was repeated."""
    return statistics.half_width(shared, spread / np.sqrt(n), freedom) if freedom else None


def _around(value: float, half: float | None, least: float = -np.inf) -> Interval:
    return interval(value, None if half is None else max(least, value - half), None if half is None else value + half)


def _of_spread(spread: float, freedom: int, noise: float) -> Interval | None:
    if not freedom:
        return None
    low, high = (spread * float(np.sqrt(freedom / special.chdtri(freedom, share))) for share in (0.025, 0.975))
    return interval(spread, float(np.sqrt(max(0.0, low**2 - noise**2))), high)


def interval(value: float, low: float | None, high: float | None) -> Interval:
    """A value in degrees with its limits, and the same on the wall."""
    return Interval(value, low, high, on_wall_cm(value), *(None if d is None else on_wall_cm(d) for d in (low, high)))


def on_wall_cm(degrees: float) -> float:
    """How far an angle is on a wall ``WALL_CM`` away; angles beyond 80° count as 80°."""
    return float(WALL_CM * np.tan(np.radians(np.clip(degrees, -80, 80))))

"""The range of one side over months: the noise band, and whether it has fallen lastingly."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass

from romcheck.change.comparability import comparability
from romcheck.change.days import BetweenDays, own_between_days
from romcheck.change.difference import compare
from romcheck.change.ranges import side_range
from romcheck.clinical import Occasion
from romcheck.results import MovementName

LASTING_DAYS = 7
"""A level, or a fall below it, lasts when measurements this far apart show it: one good or bad day is not enough."""

LEAST_LOW = 3
"""Measurements of a fall among which one good day does not end it."""


@dataclass(frozen=True)
class TrendPoint:
    """One measurement in the line.

    Attributes
    ----------
    mean_deg, half_width_deg : its range and the half-width of the 95 % interval
    at_least : whether the range is a lower bound
    comparable : whether it was taken under the same conditions as the latest one; only these are compared
    after_treatment : whether it was taken right after a treatment; such a gain may pass within the day
    """

    date: datetime.date
    mean_deg: float
    half_width_deg: float
    at_least: bool
    comparable: bool
    after_treatment: bool

    @property
    def counts(self) -> bool:
        """Whether it is compared with the others."""
        return self.comparable and not self.after_treatment and not self.at_least


@dataclass(frozen=True)
class Fall:
    """A lasting fall larger than the noise.

    Attributes
    ----------
    since : first measurement that shows it
    level_deg : the best lasting level before: neighbouring measurements ``LASTING_DAYS`` apart all reached it
    now_deg : mean of the measurements since, without a single good day
    noise_deg : largest noise of the comparisons it was found by
    """

    since: datetime.date
    level_deg: float
    now_deg: float
    noise_deg: float


@dataclass(frozen=True)
class Trend:
    """A person's line for one movement.

    Attributes
    ----------
    points : by date
    first_deg, noise_deg : the first comparable measurement, and the noise of a change against it (median over the
        later ones): outside first ± noise a change is larger than the noise. None with fewer than two measurements
    fall : a lasting fall larger than the noise; None where there is none
    """

    movement: MovementName
    points: tuple[TrendPoint, ...]
    first_deg: float | None
    noise_deg: float | None
    fall: Fall | None


def trend(occasions: Sequence[Occasion], movement: MovementName, treated: Sequence[datetime.date] = ()) -> Trend:
    """Follow one movement over measurements of one person.

    Parameters
    ----------
    occasions : measurements in any order; those without this movement are skipped
    treated : days of treatments

    Notes
    -----
    Measurements that differ from the latest one in test, mode, posture, camera, lens or software keep their point but
    are not compared; nor are lower bounds and those right after a treatment.
    """
    points = tuple(point for _, point in _measured(occasions, movement))
    held = comparable(occasions, movement)
    own = own_between_days(occasions, treated)
    noises = [n for o in held[1:] if (n := noise_between(held[0], o, movement, own)) is not None]
    band = bool(noises)
    return Trend(
        movement,
        points,
        mean_deg(held[0], movement) if band else None,
        sorted(noises)[len(noises) // 2] if band else None,
        _fall(held, movement, own),
    )


def comparable(occasions: Sequence[Occasion], movement: MovementName) -> list[Occasion]:
    """The measurements that are compared with each other, by date."""
    return [occasion for occasion, point in _measured(occasions, movement) if point.counts]


def _measured(occasions: Sequence[Occasion], movement: MovementName) -> list[tuple[Occasion, TrendPoint]]:
    in_order = sorted(occasions, key=lambda o: (o.on, o.conditions.minutes_since_treatment or 0))
    measured = [o for o in in_order if side_range(o.result, movement).mean_deg is not None]
    return [(o, _point(o, movement, measured[-1])) for o in measured]


def _fall(held: Sequence[Occasion], movement: MovementName, own: BetweenDays | None) -> Fall | None:
    """Longest series of latest measurements that are all below the best earlier level by more than the noise.

    One measurement of the series may be a good day. The level is the lowest of the measurements that make it, so a good
    day among them does not raise it.
    """
    means = [mean_deg(o, movement) for o in held]
    level: list[int] = []
    for start in range(1, len(held)):
        if not _lasting(held[start:]):
            break
        # The measurements just before this series may be better than those before them.
        last = _shortest_lasting(held, start)
        level = max((one for one in (level, last) if one), key=lambda one: min(means[i] for i in one), default=[])
        low = sorted(range(start, len(held)), key=means.__getitem__)
        low = sorted(low[:-1] if len(low) > LEAST_LOW else low)
        run, reached = [held[i] for i in low], min((means[i] for i in level), default=-math.inf)
        noise = _largest_noise([held[i] for i in level], run, movement, own, reached - max(means[i] for i in low))
        if noise is not None and _lasting(run):
            return Fall(run[0].on, reached, sum(means[i] for i in low) / len(low), noise)
    return None


def _shortest_lasting(held: Sequence[Occasion], end: int) -> list[int]:
    """Places of the fewest measurements before `end` that last; empty where even all of them do not."""
    return next((list(range(first, end)) for first in reversed(range(end)) if _lasting(held[first:end])), [])


def _lasting(run: Sequence[Occasion]) -> bool:
    return bool(run) and (run[-1].on - run[0].on).days >= LASTING_DAYS


def _largest_noise(
    level: Sequence[Occasion],
    run: Sequence[Occasion],
    movement: MovementName,
    own: BetweenDays | None,
    least_fall_deg: float,
) -> float | None:
    """Largest noise between the level and a run; None as soon as it is not below the least fall, or not known.

    It is the noise against one measurement, although the level is based on several, because their best is biased.
    """
    largest = 0.0
    for now in run if least_fall_deg > 0 else ():
        for one in level:
            noise = noise_between(one, now, movement, own)
            if noise is None or noise >= least_fall_deg:
                return None
            largest = max(largest, noise)
    return largest if largest > 0 else None


def _point(occasion: Occasion, movement: MovementName, latest: Occasion) -> TrendPoint:
    side = side_range(occasion.result, movement)
    return TrendPoint(
        occasion.on,
        side.mean_deg or 0.0,
        side.half_width_deg or 0.0,
        side.at_least,
        comparability(occasion, latest).comparable,
        occasion.conditions.minutes_since_treatment is not None,
    )


def mean_deg(occasion: Occasion, movement: MovementName) -> float:
    """The range of a measurement that was made."""
    return side_range(occasion.result, movement).mean_deg or 0.0


def noise_between(one: Occasion, other: Occasion, movement: MovementName, own: BetweenDays | None) -> float | None:
    """How large a change between two measurements must be to exceed the noise; None where that is not known."""
    return next((s.half_width_deg for s in compare(one, other, own).sides if s.movement == movement), None)

"""Change of one side between two measurements, with its 95 % interval.

The formulae and their assumptions are in ``docs/change.md``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from romcheck import statistics
from romcheck.change.comparability import Comparability, comparability
from romcheck.change.days import BetweenDays, published_between_days
from romcheck.change.ranges import SideRange, counted, side_range
from romcheck.clinical import Occasion
from romcheck.results import UNSURE_DEG, LensKnowledge, MovementName, Result

WhyNot = Literal["not_comparable", "not_measured", "trials_differ", "at_least", "one_trial", "unrepeatable"]
"""Why no change is stated."""

LENS_PART: dict[LensKnowledge, float] = {"calibrated": 0.0, "stated": 0.0135, "assumed": 0.054}
"""Relative standard error of an angle due to the focal length: ``lens_scale`` of `romcheck.person.settings` times the
focal length's standard uncertainty; for a calibrated lens it is too small to matter."""

LENS_SHARED = 0.5
"""Share of the lens's variance that is the same in two measurements with one camera. The same wrong focal length
stretches both alike, which would make it 1; a head is never in quite the same place, so half is taken."""


@dataclass(frozen=True)
class SideChange:
    """Change of one movement, after less before, in degrees; None where none can be stated.

    Attributes
    ----------
    before, after : the two ranges
    change_deg : difference of the means; also given where it has no interval, as after a single trial
    half_width_deg : of its 95 % interval: within one visit of this side alone, across days of all sides together
    freedom : degrees of freedom behind the spread of trials
    why_not : why there is no change or no interval; ``unrepeatable``: the test repeats too poorly for one
    one_map : whether errors cancel because both were measured in one map of the head
    between : spread from day to day included in the interval; None within one day
    """

    movement: MovementName
    before: SideRange
    after: SideRange
    change_deg: float | None
    half_width_deg: float | None
    freedom: int
    why_not: WhyNot | None
    between: BetweenDays | None = None
    one_map: bool = False

    @property
    def interval_deg(self) -> tuple[float, float] | None:
        """Lower and upper end of the 95 % interval."""
        if self.change_deg is None or self.half_width_deg is None:
            return None
        return self.change_deg - self.half_width_deg, self.change_deg + self.half_width_deg

    @property
    def unsure(self) -> bool:
        """Whether a range or the change is too uncertain to be shown."""
        wide = self.half_width_deg is not None and self.half_width_deg > UNSURE_DEG
        return wide or self.before.unsure or self.after.unsure

    @property
    def larger_than_noise(self) -> bool | None:
        """Whether the change exceeds the half-width, that is, whether the interval excludes zero."""
        if self.change_deg is None or self.half_width_deg is None:
            return None
        return abs(self.change_deg) > self.half_width_deg


@dataclass(frozen=True)
class Comparison:
    """Two measurements of one person side by side; movements in the order of the earlier one."""

    comparability: Comparability
    sides: tuple[SideChange, ...]

    @property
    def between(self) -> BetweenDays | None:
        """Spread from day to day within the intervals; None where none was needed."""
        return next((s.between for s in self.sides if s.between is not None), None)


def compare(before: Occasion, after: Occasion, own: BetweenDays | None = None) -> Comparison:
    """Compare two measurements, movement by movement.

    If a known condition differs (see :func:`comparability`), the ranges are given but no change. Within one day the
    interval is that of the two measurements. Across days it includes the variation of an unchanged neck from day to
    day, and holds for all sides together: of two sides, one exceeds its own 95 % twice as often.

    Parameters
    ----------
    own : spread of this person's own days, where enough are known; else the published one is taken
    """
    alike = comparability(before, after)
    found = [s.movement for s in (*before.result.summary, *after.result.summary)]
    names = tuple(dict.fromkeys(found))
    between = None
    if before.on != after.on and before.result.test != "joint-position":
        between = own or published_between_days(before.result.test)
    sides = 1 if between is None else len(names)
    return Comparison(alike, tuple(_side(before, after, name, alike, between, sides) for name in names))


def _side(
    before: Occasion,
    after: Occasion,
    movement: MovementName,
    alike: Comparability,
    between: BetweenDays | None,
    sides: int,
) -> SideChange:
    a, b = side_range(before.result, movement), side_range(after.result, movement)

    def without(why: WhyNot, change: float | None = None) -> SideChange:
        return SideChange(movement, a, b, change, None, 0, why)

    if not alike.comparable:
        return without("not_comparable")
    if any(r.mean_deg is None and r.angles_deg for r in (a, b)):
        return without("trials_differ")
    if a.mean_deg is None or b.mean_deg is None or a.half_width_deg is None or b.half_width_deg is None:
        return without("not_measured")
    if a.at_least or b.at_least:
        return without("at_least")
    change = b.mean_deg - a.mean_deg
    if before.result.test == "joint-position":
        return without("unrepeatable", change)
    spread, freedom = statistics.pooled_sd([*_groups(before.result), *_groups(after.result)])
    if freedom == 0:
        return without("one_trial", change)
    of_mean = spread * math.sqrt(1 / len(a.angles_deg) + 1 / len(b.angles_deg))
    s1, s2 = _systematic(before.result, a), _systematic(after.result, b)
    of_map = _of_one_map(before.result, after.result, movement)
    lens = math.sqrt(LENS_SHARED) * LENS_PART[before.result.camera.known] if alike.same_camera else 0.0
    of_lens = min(lens * abs(a.mean_deg), s1) * min(lens * abs(b.mean_deg), s2)
    covariance = of_lens if of_map is None else of_map
    systematic = math.sqrt(max(0.0, s1**2 + s2**2 - 2 * covariance))
    half = statistics.half_width(systematic, of_mean, freedom, sides)
    if between is not None:
        of_days = statistics.t_factor(between.freedom, sides) * math.sqrt(2) * between.sd_deg
        # A person's own days hold the measurement's noise already.
        half = max(half, of_days) if between.figure is None else math.hypot(half, of_days)
    return SideChange(movement, a, b, change, half, freedom, None, between, of_map is not None)


def _of_one_map(before: Result, after: Result, movement: MovementName) -> float | None:
    """Covariance of the errors of both means; None where neither was measured in the map of the other."""
    for one, other in ((before, after), (after, before)):
        for summary in other.summary:
            if summary.movement == movement and one.source.sha256 in other.mapped_with and summary.covariance_deg2:
                return summary.covariance_deg2[other.mapped_with.index(one.source.sha256)]
    return None


def _systematic(result: Result, side: SideRange) -> float:
    """Standard uncertainty of a mean that more trials would not reduce: what its interval has beyond the trials."""
    spread, freedom = statistics.pooled_sd(_groups(result))
    of_trials = 0.0
    if freedom and len(side.angles_deg) > 1:
        spread, freedom = statistics.moderated(spread, freedom)
        of_trials = statistics.t_factor(freedom) * spread / math.sqrt(len(side.angles_deg))
    return math.sqrt(max(0.0, (side.half_width_deg or 0.0) ** 2 - of_trials**2)) / statistics.t_factor(math.inf)


def _groups(result: Result) -> list[list[float]]:
    """Angles of the trials that count, one list per movement."""
    return [
        [m.angle_deg for m in counted(result, s.movement) if m.angle_deg is not None]
        for s in result.summary
        if s.reason != "trials_differ"
    ]

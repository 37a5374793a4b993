"""Variation of an unchanged neck from day to day, which the trials of one session do not show."""

from __future__ import annotations

import datetime
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from romcheck import statistics
from romcheck.change.comparability import comparability
from romcheck.change.ranges import side_range
from romcheck.clinical import Occasion
from romcheck.published import Figure, figure
from romcheck.results import Test

OWN_LEAST_PAIRS = 12
"""Least pairs of neighbouring days for a person's own spread: with fewer it may be half or twice the true one."""

PAIRS_FREEDOM = 2 / 3
"""Degrees of freedom per pair: neighbouring differences share a day, so that their squares are correlated by a
quarter, and their mean is known as well as that of two thirds as many."""


@dataclass(frozen=True)
class BetweenDays:
    """Spread of one side's range from day to day.

    Attributes
    ----------
    sd_deg : standard deviation
    freedom : its degrees of freedom; infinite for a published figure
    pairs : pairs of the person's own days it is based on; 0 for a published figure
    figure : the published minimal detectable change it was computed from; None for own days
    """

    sd_deg: float
    freedom: float
    pairs: int = 0
    figure: Figure | None = None


def published_between_days(test: Test) -> BetweenDays:
    """Spread from a published minimal detectable change: 1.96·√2 standard deviations.

    The largest figure for the test is used. It was measured by hand or with a device on the head, over days, so it
    includes more than the neck's variation: it is too wide rather than too narrow.
    """
    found = figure("frt_mdc" if test == "flexion-rotation" else "crom_mdc_high")
    return BetweenDays(found.value / (statistics.t_factor(math.inf) * math.sqrt(2)), math.inf, figure=found)


def own_between_days(series: Sequence[Occasion], treated: Sequence[datetime.date] = ()) -> BetweenDays | None:
    """Spread of a person's own days; None with too few of them.

    Parameters
    ----------
    series : measurements of one test, in any order
    treated : days of treatments; days with one between them are not paired

    Notes
    -----
    Root of half the mean squared difference of neighbouring days, over both movements: a slow change over months hardly
    contributes. Days count where they were measured like the latest and not right after a treatment. The measurement's
    own noise is included.
    """
    days = _days(series)
    squares: list[float] = []
    pairs = 0
    for (first, a), (second, b) in itertools.pairwise(days):
        if any(first <= day < second for day in treated):
            continue
        both = a.keys() & b.keys()
        squares += [(b[name] - a[name]) ** 2 for name in both]
        pairs += bool(both)
    if pairs < OWN_LEAST_PAIRS:
        return None
    return BetweenDays(math.sqrt(sum(squares) / len(squares) / 2), pairs * PAIRS_FREEDOM, pairs)


def _days(series: Sequence[Occasion]) -> list[tuple[datetime.date, dict[str, float]]]:
    """Every day's means by movement, of the first measurement of that day comparable with the latest."""
    untreated = [o for o in series if o.conditions.minutes_since_treatment is None]
    if not untreated:
        return []
    latest = max(untreated, key=lambda o: o.on)
    found: dict[datetime.date, dict[str, float]] = {}
    for occasion in sorted(untreated, key=lambda o: o.on):
        if occasion.on in found or not comparability(occasion, latest).comparable:
            continue
        sides = [side_range(occasion.result, s.movement) for s in occasion.result.summary]
        found[occasion.on] = {
            s.movement: s.mean_deg for s in sides if s.mean_deg is not None and not s.at_least and not s.unsure
        }
    return list(found.items())

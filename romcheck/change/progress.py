"""Where one movement stands today beside the beginning, the usual and the best, in words and not in degrees."""

from __future__ import annotations

import datetime
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from romcheck.change.days import BetweenDays, own_between_days
from romcheck.change.trend import TrendPoint, comparable, mean_deg, noise_between, trend
from romcheck.clinical import Occasion
from romcheck.results import UNSURE_DEG, MovementName

Standing = Literal["more", "same", "less"]
"""``same``: the difference is within the noise of measuring; the other two are beyond it."""
SinceStart = Standing | Literal["uneven"]
"""``uneven``: beside one of the first two measurements it is another than beside the other."""

USUAL_OF = 3
"""Earlier measurements that make a usual range; with fewer there is only a beginning."""

AGREE = 2
"""Measurements at the beginning, and at the end, that must all show a change: one good or bad day is none."""


@dataclass(frozen=True)
class SideProgress:
    """One movement over the months; only measurements taken alike and not right after a treatment.

    Attributes
    ----------
    points : by date; the last is today's, that is, the latest
    best : place of the largest among them
    usual_deg, noise_deg : median of the earlier ones, and the largest noise of a change between one of them and the
        latest; None where there are fewer than ``USUAL_OF``, or no noise is known
    since_start : the latest two beside the first two, as far as there are so many; None where there is one measurement,
        or the noise is too large
    beside_usual : the latest beside the usual range; None where it cannot be told, also because the noise is too large
    best_beside_usual : the best beside the usual range
    fallen : whether there is a lasting fall
    """

    movement: MovementName
    points: tuple[TrendPoint, ...]
    best: int
    usual_deg: float | None
    noise_deg: float | None
    since_start: SinceStart | None
    beside_usual: Standing | None
    best_beside_usual: Standing | None
    fallen: bool


def side_progress(
    occasions: Sequence[Occasion], movement: MovementName, treated: Sequence[datetime.date] = ()
) -> SideProgress | None:
    """Follow one movement over measurements of one person; None where none of them counts.

    Notes
    -----
    The noise of a change is that of :func:`romcheck.change.compare`: an unchanged neck is beyond it in one of twenty
    comparisons, which makes it the minimal detectable change. The usual range is held against the noise of single
    measurements although it is a median of several: the larger of the two.
    """
    line, held = trend(occasions, movement, treated), comparable(occasions, movement)
    if not held:
        return None
    points = tuple(point for point in line.points if point.counts)
    own = own_between_days(occasions, treated)
    means = [point.mean_deg for point in points]
    noises = [noise_between(earlier, held[-1], movement, own) for earlier in held[:-1]]
    known = [noise for noise in noises if noise is not None]
    usual = noise = None
    if len(noises) >= USUAL_OF and len(known) == len(noises):
        usual, noise = statistics.median(means[:-1]), max(known)
    best = means.index(max(means))
    return SideProgress(
        movement,
        points,
        best,
        usual,
        noise,
        _since_start(held, movement, own),
        _standing(means[-1], usual, noise),
        _standing(means[best], usual, noise),
        line.fall is not None,
    )


def _since_start(held: Sequence[Occasion], movement: MovementName, own: BetweenDays | None) -> SinceStart | None:
    first, last = held[: max(1, min(AGREE, len(held) - AGREE))], held[1:][-AGREE:]
    beside: set[Standing] = set()
    for a in first:
        noises = [(mean_deg(b, movement), noise_between(a, b, movement, own)) for b in last]
        found = {_standing(mean, mean_deg(a, movement), noise) for mean, noise in noises}
        if not found or None in found:
            return None
        beside.add((found.pop() if len(found) == 1 else None) or "same")
    return beside.pop() if len(beside) == 1 else "uneven"


def _standing(value: float, other: float | None, noise: float | None) -> Standing | None:
    if other is None or noise is None or noise > UNSURE_DEG:
        return None
    return "same" if abs(value - other) <= noise else "more" if value > other else "less"

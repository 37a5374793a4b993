"""Where one movement stands today beside the beginning, the usual and the best, in words and not in degrees."""

from __future__ import annotations

import datetime
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from romcheck.change.days import BetweenDays, own_between_days
from romcheck.change.trend import TrendPoint, comparable, noise_between, trend
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
class FromStart:
    """One of the latest measurements beside one of the first.

    Attributes
    ----------
    noise_deg : how large the change must be to exceed the noise; None where that is not known
    standing : None where the noise is not known or too large
    """

    first: TrendPoint
    last: TrendPoint
    noise_deg: float | None
    standing: Standing | None


@dataclass(frozen=True)
class SideProgress:
    """One movement over the months; only measurements taken alike and not right after a treatment.

    Attributes
    ----------
    points : by date; the last is today's, that is, the latest
    best : place of the largest among them
    usual_deg, noise_deg : median of the earlier ones, and the largest noise of a change between one of them and the
        latest; None where there are fewer than ``USUAL_OF``, no noise is known, or the movement has changed since the
        start: the earlier ones are then of no one level
    from_start : the latest two beside the first two, as far as there are so many
    beside_usual : the latest beside the usual range; None where it cannot be told, also because the noise is too large
    best_beside_usual : the best beside the usual range
    fallen : whether there is a lasting fall
    """

    movement: MovementName
    points: tuple[TrendPoint, ...]
    best: int
    usual_deg: float | None
    noise_deg: float | None
    from_start: tuple[FromStart, ...]
    beside_usual: Standing | None
    best_beside_usual: Standing | None
    fallen: bool

    @property
    def since_start(self) -> SinceStart | None:
        """What all of the comparisons with the start say; None where there is none, or the noise is too large."""
        return _since_start(self.from_start)

    @property
    def beside_first(self) -> tuple[Standing, ...]:
        """What the latest say beside each of the first ones, where it is known of all."""
        return _beside_first(self.from_start)


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
    from_start = _from_start(points, held, movement, own)
    usual = noise = None
    changed = line.fall is not None or _since_start(from_start) in ("more", "less")
    if len(noises) >= USUAL_OF and len(known) == len(noises) and not changed:
        usual, noise = statistics.median(means[:-1]), max(known)
    best = means.index(max(means))
    return SideProgress(
        movement,
        points,
        best,
        usual,
        noise,
        from_start,
        _standing(means[-1], usual, noise),
        _standing(means[best], usual, noise),
        line.fall is not None,
    )


def _from_start(
    points: Sequence[TrendPoint], held: Sequence[Occasion], movement: MovementName, own: BetweenDays | None
) -> tuple[FromStart, ...]:
    many = len(held)
    found = []
    for i in range(max(1, min(AGREE, many - AGREE))):
        for j in range(max(1, many - AGREE), many):
            noise = noise_between(held[i], held[j], movement, own)
            standing = _standing(points[j].mean_deg, points[i].mean_deg, noise)
            found.append(FromStart(points[i], points[j], noise, standing))
    return tuple(found)


def _beside_first(from_start: Sequence[FromStart]) -> tuple[Standing, ...]:
    found: list[Standing] = []
    for _, beside in groupby(from_start, lambda one: id(one.first)):
        standings = {one.standing for one in beside}
        if None in standings:
            return ()
        found.append((standings.pop() if len(standings) == 1 else None) or "same")
    return tuple(found)


def _since_start(from_start: Sequence[FromStart]) -> SinceStart | None:
    beside = _beside_first(from_start)
    return None if not beside else beside[0] if len(set(beside)) == 1 else "uneven"


def _standing(value: float, other: float | None, noise: float | None) -> Standing | None:
    if other is None or noise is None or noise > UNSURE_DEG:
        return None
    return "same" if abs(value - other) <= noise else "more" if value > other else "less"

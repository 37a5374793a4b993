"""Range of one movement in one measurement, over the trials that count."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from itertools import zip_longest

from romcheck.results import UNSURE_DEG, Movement, MovementName, Result, Summary


@dataclass(frozen=True)
class SideRange:
    """Range of one movement in one measurement.

    Attributes
    ----------
    angles_deg : of the trials that count
    half_widths_deg : of the 95 % interval of each of them
    mean_deg, sd_deg : of these; None where there are too few
    half_width_deg : of the 95 % interval of the mean
    at_least : whether a trial went beyond what could be seen, so that the mean is a lower bound
    """

    movement: MovementName
    angles_deg: tuple[float, ...]
    mean_deg: float | None
    sd_deg: float | None
    half_width_deg: float | None
    at_least: bool
    half_widths_deg: tuple[float | None, ...] = ()

    @property
    def trials(self) -> tuple[tuple[float, float | None], ...]:
        """Angle and half-width of each trial that counts."""
        return tuple(zip_longest(self.angles_deg, self.half_widths_deg))

    @property
    def unsure(self) -> bool:
        """Whether the interval is too wide for the mean to be shown."""
        return self.half_width_deg is not None and self.half_width_deg > UNSURE_DEG


def side_range(result: Result, movement: MovementName) -> SideRange:
    """Range of one movement, over the trials that count."""
    summary = _summary(result, movement)
    trials = counted(result, movement)
    return SideRange(
        movement,
        tuple(m.angle_deg for m in trials if m.angle_deg is not None),
        summary.mean_deg if summary else None,
        summary.sd_deg if summary else None,
        summary.uncertainty_deg if summary else None,
        any(m.at_least for m in trials),
        tuple(m.uncertainty_deg for m in trials if m.angle_deg is not None),
    )


def flexion_held(result: Result) -> float | None:
    """Median flexion held in the trials that count; None where there is none, as in the other tests."""
    held = [
        m.flexion_held_deg
        for s in result.summary
        for m in counted(result, s.movement)
        if m.flexion_held_deg is not None
    ]
    return statistics.median(held) if held else None


def first_side(result: Result) -> MovementName | None:
    """The movement made first; None without any."""
    return min(result.movements, key=lambda m: m.start_s).movement if result.movements else None


def counted(result: Result, movement: MovementName) -> list[Movement]:
    """Trials of one movement that count."""
    summary = _summary(result, movement)
    used = set(summary.trials) if summary else set()
    return [m for m in result.movements if m.movement == movement and m.trial in used]


def _summary(result: Result, movement: MovementName) -> Summary | None:
    return next((s for s in result.summary if s.movement == movement), None)

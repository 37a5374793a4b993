"""Whether angles seem to be in radians, or counted the other way."""

from __future__ import annotations

import numpy as np

from romcheck.arrays import Floats

DEGREES = frozenset(("°", "º", "deg", "degs", "degree", "degrees", "degré", "degrés", "grad"))
"""How degrees are written, in small letters."""

RADIANS = frozenset(("rad", "rads", "radian", "radians"))
"""How radians are written, in small letters."""

LEAST_RANGE_DEG = 10.0
"""Movements that span less are too small to tell unit or direction by."""

LEAST_CORRELATION = 0.8
"""With a correlation below, two measurements do not show the same movement; above it, reversed, the opposite one."""

HELD_ANGLES = 0.9
"""Share of the values that must be too small for degrees: a few others may be codes for a missing value."""


def seems_radians(degrees: float, other: float) -> bool:
    """Whether of two sizes of the same movements the other is in radians: about 57.3 times smaller."""
    return other > 0 and 40 < degrees / other < 80


def seem_radians(angles: Floats) -> bool:
    """Whether ranges of motion (n,) are too small for degrees, and what the neck does in radians."""
    size = np.abs(angles[np.isfinite(angles)])
    small = size[size <= np.pi]
    if len(small) == 0 or len(small) < HELD_ANGLES * len(size):
        return False
    return float(np.degrees(small.max())) >= LEAST_RANGE_DEG


def seem_opposite(a: Floats, b: Floats) -> bool:
    """Whether angles of the same movements (n,), degrees, count in opposite directions.

    All have moved the same way, so that their correlation is that about 0°, not about their means.
    """
    if not len(a) or min(np.median(np.abs(a)), np.median(np.abs(b))) < LEAST_RANGE_DEG:
        return False
    return are_opposite(a, b)


def are_opposite(a: Floats, b: Floats) -> bool:
    """Whether two measurements of the same, of movements or of differences between sides (n,), go opposite ways."""
    return _correlation(a, b) <= -LEAST_CORRELATION


def _correlation(a: Floats, b: Floats) -> float:
    """Correlation of two measurements from their starting position; 0 where one is 0 throughout."""
    size = float(np.sqrt(np.sum(a**2) * np.sum(b**2)))
    return float(np.sum(a * b)) / size if size > 0 else 0.0


def are_ranges(test: str | None, movement: str | None) -> bool:
    """Whether a movement is a range of motion, and not the error of a return to the starting position."""
    return test != "joint-position" and not (movement or "").startswith("return")


def in_degrees(unit: str | None) -> bool:
    """Whether a unit is the degree; None is one that nobody stated."""
    return unit is None or unit.lower() in DEGREES

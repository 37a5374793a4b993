"""How often an unchanged person is reported as changed when two days are compared: `python benchmarks/between_days.py`.

Each side of each visit has its own true range, drawn with the SD between days; to it are added an error of the
measurement and the variation of three trials. The verdict is romcheck's own. For comparison, the same without the SD
between days, as if both measurements were from one day.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
from tables import percent, table

from romcheck.change import BetweenDays, compare, own_between_days
from romcheck.clinical import Conditions, Occasion
from romcheck.results import Camera, Movement, MovementName, Result, Software, Source, Summary
from romcheck.statistics import half_width, moderated, pooled_sd

SEED, PAIRS = 20, 10_000
SPREADS_DEG = (1.44, 2.5)
"""Published minimal detectable changes of 4° and 7°, divided by 1.96·√2."""

TRIALS, TRIAL_SD_DEG, SYSTEMATIC_DEG = 3, 1.5, 1.0
RANGES_DEG: dict[MovementName, float] = {"rotation_left": 32.0, "rotation_right": 41.0}
OWN_VISITS, OWN_PAIRS = 16, 1000
FIRST = date(2026, 1, 5)
NOTHING_BETWEEN = BetweenDays(0.0, math.inf)


def visits(rng: np.random.Generator, between_deg: float, count: int, apart_days: int) -> list[Occasion]:
    """Visits of one person who does not change."""
    return [_visit(rng, between_deg, FIRST + timedelta(apart_days * number)) for number in range(count)]


def _visit(rng: np.random.Generator, between_deg: float, day: date) -> Occasion:
    angles = {
        name: level + rng.normal(0, between_deg) + rng.normal(0, SYSTEMATIC_DEG) + rng.normal(0, TRIAL_SD_DEG, TRIALS)
        for name, level in RANGES_DEG.items()
    }
    spread, freedom = moderated(*pooled_sd(list(angles.values())))
    half = half_width(SYSTEMATIC_DEG, spread / math.sqrt(TRIALS), freedom)
    movements = tuple(
        Movement(name, n + 1, 6.0 * n, 6.0 * n + 4, 6.0 * n + 1, 6.0 * n + 3, float(a), half, False, "good", (), 48.0)
        for name, values in angles.items()
        for n, a in enumerate(values)
    )
    numbers = tuple(range(1, TRIALS + 1))
    summary = tuple(
        Summary(name, numbers, float(values.mean()), float(values.std(ddof=1)), float(values.max()), half)
        for name, values in angles.items()
    )
    result = Result(
        test="flexion-rotation",
        test_recognised=True,
        source=Source("visit.mp4", "0" * 64, 1280, 720, 40.0, 1200, 30.0),
        software=Software("0", "none", "0", {}, {}),
        camera=Camera(1280, 720, 1000.0, 1000.0, 640.0, 360.0, (0.0,) * 5, "calibrated"),
        movements=movements,
        summary=summary,
        differences=(),
        warnings=(),
    )
    return Occasion(result, Conditions(), day)


def called(pairs: Iterator[tuple[Occasion, Occasion, BetweenDays | None]]) -> tuple[float, float]:
    """Share of pairs in which one side, and in which either side, is reported as changed."""
    verdicts = [[bool(side.larger_than_noise) for side in compare(*pair).sides] for pair in pairs]
    return float(np.mean([v[0] for v in verdicts])), float(np.mean([any(v) for v in verdicts]))


def two_days(between_deg: float, pairs: int, own: BetweenDays | None = None) -> tuple[float, float]:
    """`called` for a first visit and one four weeks later."""
    rng = np.random.default_rng(SEED)
    return called((*visits(rng, between_deg, 2, 28), own) for _ in range(pairs))  # type: ignore[misc]


def own_days(between_deg: float, pairs: int) -> tuple[float, float]:
    """`called` for the first and the last of a person's own days, with the SD of these."""
    rng = np.random.default_rng(SEED)
    lines = (visits(rng, between_deg, OWN_VISITS, 1) for _ in range(pairs))
    return called((line[0], line[-1], own_between_days(line)) for line in lines)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--markdown", action="store_true", help="a table for the documents")
    parser.add_argument("--pairs", type=int, default=PAIRS, help="pairs of visits (default %(default)s)")
    options = parser.parse_args()
    rows = []
    for spread in SPREADS_DEG:
        for name, (one, either) in (
            ("without days", two_days(spread, options.pairs, NOTHING_BETWEEN)),
            ("published", two_days(spread, options.pairs)),
            (f"own, {OWN_VISITS} days", own_days(spread, min(OWN_PAIRS, options.pairs))),
        ):
            rows.append([f"{spread:g}°", name, percent(one), percent(either)])
    print(table(["between days", "SD used", "one side", "either side"], rows, options.markdown))


if __name__ == "__main__":
    main()

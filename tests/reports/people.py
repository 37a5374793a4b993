"""People who never lived, with months of measurements, to be reported on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
from occasions import camera, occasion

from romcheck.change import HeadacheCourse, HeadachePeriod
from romcheck.clinical import Conditions, Occasion, Outcome, Treatment
from romcheck.reports.data import ReportData

LEFT, RIGHT = "rotation_left", "rotation_right"
TODAY = date(2026, 3, 2)
ACTIVE = Conditions(pain_now=2, headache_now=False, camera="desk webcam")
PASSIVE = replace(ACTIVE, mode="passive", posture="supine", moved_by="therapist")


def before_after(how: Conditions = ACTIVE, gain: float = 10.0) -> tuple[Occasion, Occasion]:
    """Three trials a side, before and ten minutes after; the left gains, the right stays."""
    first = occasion({LEFT: (30.1, 31.2, 32.0), RIGHT: (42.0, 43.5, 44.1)}, how, frames=True, systematic=1.2)
    later = replace(how, minutes_since_treatment=10.0, pain_now=1)
    second = occasion(
        {LEFT: np.array([30.3, 31.0, 32.0]) + gain, RIGHT: (42.5, 43.1, 44.9)}, later, frames=True, systematic=1.2
    )
    return first, second


def months(how: Conditions = ACTIVE, levels: tuple[float, ...] = (30, 37, 41, 42, 29, 28)) -> list[Occasion]:
    """One measurement every four weeks, the last today."""
    rng = np.random.default_rng(2)
    out = []
    for i, level in enumerate(levels):
        when = TODAY - timedelta(28 * (len(levels) - 1 - i))
        trials = {LEFT: level + rng.normal(0, 1, 3), RIGHT: 43 + rng.normal(0, 1, 3)}
        out.append(occasion(trials, how, on=when, systematic=0.9))
    return out


def full(how: Conditions = ACTIVE, **changes: object) -> ReportData:
    """Everything a report can hold."""
    before, after = before_after(how)
    data = ReportData(
        code="P-017",
        made_on=TODAY,
        before=before,
        after=after,
        series=(*months(how)[:-1], before, after),
        treatments=tuple(
            Treatment(
                1,
                TODAY - timedelta(21 * i),
                ("snag", "exercise", "mobilisation")[i % 3],
                dose="C1–2, left, 6 repetitions",
            )
            for i in range(5)
        ),
        outcomes=(
            Outcome(1, TODAY - timedelta(112), None, 28, 12, 6, 5, 9, 21, 62, None),
            Outcome(1, TODAY, None, 28, 5, 4, 3, 3, 12, 54, 5),
        ),
        headaches=HeadacheCourse(
            began_on=TODAY - timedelta(84),
            periods=tuple(
                HeadachePeriod(TODAY - timedelta(28 * (4 - i)), 27, days, 20)
                for i, days in enumerate((12, 11, None, 6, 5))
            ),
            baseline_days=12,
            baseline_from="diary",
            latest_days=5,
            latest_from="diary",
            latest_on=TODAY,
            fall_share=7 / 12,
            treatment_days=5,
        ),
        name="Anne Lefèvre",
        birth_year=1985,
        headache_side="left",
        notes="Works at a screen. The neck is stiff in the morning.",
    )
    return replace(data, **changes)


__all__ = ["ACTIVE", "LEFT", "PASSIVE", "RIGHT", "TODAY", "before_after", "camera", "full", "months"]

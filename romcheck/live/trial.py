"""Judging one trial as soon as it is over, with the finder and the gates of the measurement proper."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from romcheck.arrays import Floats
from romcheck.live.readings import Reading
from romcheck.live.state import Line
from romcheck.live.stillness import Rest
from romcheck.motion import gates
from romcheck.motion.gates import RULES, TrialFacts
from romcheck.motion.movements import Excursion, course, excursions
from romcheck.motion.rotations import anatomical, distance_deg, relative
from romcheck.motion.smoothing import smooth
from romcheck.protocols import Protocol
from romcheck.results import MovementName, Quality


@dataclass(frozen=True)
class Start:
    """Where the turns of a test begin.

    Attributes
    ----------
    rest : the start posture
    upright : (3, 3) the neck upright; the same posture except in flexion-rotation
    """

    rest: Rest
    upright: Floats

    @cached_property
    def flexion_held_deg(self) -> float:
        """Flexion of the start posture from upright, degrees."""
        return float(anatomical(relative(self.upright, self.rest.neck)).flexion)


@dataclass(frozen=True)
class Judged:
    """What one trial was.

    Attributes
    ----------
    movement : what was done
    angle_deg : positive; median over the hold, or the largest angle seen
    verdict, reasons : by the gates, gravest reason first
    facts : what they looked at
    """

    movement: MovementName
    angle_deg: float
    verdict: Quality
    reasons: tuple[str, ...]
    facts: TrialFacts


def judge(readings: Sequence[Reading], start: Start, began: Rest, protocol: Protocol) -> Judged | None:
    """Judge the readings from the rest before a turn to the rest after it; None where they hold no excursion.

    Parameters
    ----------
    readings : in time order, lost frames included
    start : the start posture all angles count from
    began : the rest this turn began from
    protocol : the test
    """
    time = np.array([r.time_s for r in readings])
    seen = np.array([r.seen for r in readings])
    if seen.sum() < 5:
        return None
    smoothed = smooth(time, seen, np.array([r.neck for r in readings]))
    angles = anatomical(relative(start.rest.neck, smoothed.R)).stacked()
    found = excursions(course(time, angles, smoothed.noise_deg), protocol.axis)
    if not found:
        return None
    e = max(found, key=lambda e: e.angle_deg)
    facts = _facts(readings, e, angles, start, began, protocol)
    reasons = gates.doubts(facts, protocol.gates)
    return Judged(protocol.name(e.sign), e.angle_deg, gates.quality(reasons), reasons, facts)


def advice_for(judged: Judged) -> Line:
    """The gravest reason to doubt a trial, with its number."""
    facts, reason = judged.facts, judged.reasons[0]
    numbers = {
        "flexion_lost": ("degrees", facts.flexion_lost_deg),
        "trunk_turned": ("degrees", abs(facts.trunk_rotation_deg)),
        "trunk_leaned": ("degrees", facts.trunk_lean_deg),
        "side_bent": ("degrees", abs(facts.lateral_flexion_deg)),
        "flexion_small": ("degrees", facts.flexion_held_deg),
        "flexion_slight": ("degrees", facts.flexion_held_deg),
        "frame_rate_low": ("rate", told_rate(facts.frames_per_s)),
    }
    return Line(reason, (numbers[reason],) if reason in numbers else ())


def told_rate(frames_per_s: float) -> float:
    """A frame rate that is too low, as it is told: 14.7, rounded, would read as the 15 that are wanted."""
    return min(frames_per_s, (gates.FRAME_RATE_LOW.threshold or math.inf) - 1)


def _facts(
    readings: Sequence[Reading], e: Excursion, angles: Floats, start: Start, began: Rest, protocol: Protocol
) -> TrialFacts:
    time = np.array([r.time_s for r in readings])
    known = np.isfinite(angles).all(axis=1)
    top = e.hold if e.held else np.flatnonzero((np.abs(time - time[e.peak]) <= RULES.edge_s) & known)
    during = [r for r in readings if e.start_s <= r.time_s <= e.end_s]
    read_s = time[top[-1]] if len(top) else e.end_s
    intervals = np.diff([r.time_s for r in during])
    trunk = [readings[i].trunk_angles(start.rest.trunk, start.upright) for i in top]
    return TrialFacts(
        half_width_deg=np.nan,
        held=e.held,
        beyond_reach=e.beyond_reach,
        face_lost=e.face_lost,
        subject_sure=all(r.subject_sure for r in during if r.seen and r.time_s <= read_s),
        way_up_sure=all(r.way_up_sure for r in during if r.seen),
        frames_per_s=1 / float(np.median(intervals)) if len(intervals) else np.nan,
        brightness=_median([readings[i].brightness for i in top]),
        sharpness=_median([readings[i].sharpness for i in top]),
        distance_m=_median([r.distance_m for r in during]),
        lateral_flexion_deg=_median(angles[top, 2]),
        trunk_rotation_deg=_median([float(t.rotation) for t in trunk]),
        trunk_lean_deg=_median([float(np.hypot(t.flexion, t.lateral_flexion)) for t in trunk]),
        trunk_unknown=False,  # the framing asks for the shoulders before the check; the final result judges it
        start_away_deg=float(distance_deg(began.neck, start.rest.neck)),
        flexion_lost_deg=-_median(angles[top, 1]) if protocol.test == "flexion-rotation" else np.nan,
        flexion_held_deg=start.flexion_held_deg if protocol.test == "flexion-rotation" else np.nan,
    )


def _median(values: Sequence[float] | Floats) -> float:
    finite = np.asarray(values, dtype=np.float64)
    finite = finite[np.isfinite(finite)]
    return float(np.median(finite)) if len(finite) else float("nan")

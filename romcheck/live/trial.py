"""Judging a trial as soon as it is over, with the same finder and gates as the final measurement."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from romcheck.arrays import Bools, Floats
from romcheck.live.readings import LiveReading
from romcheck.live.state import Line
from romcheck.live.stillness import Rest
from romcheck.motion import gates
from romcheck.motion.facts import TrialFrames, trial_facts
from romcheck.motion.gates import TrialFacts
from romcheck.motion.movements import Excursion, course, excursions
from romcheck.motion.rotations import anatomical, distance_deg, relative
from romcheck.motion.smoothing import smooth
from romcheck.motion.track import PictureQuality
from romcheck.motion.trunk import trunk_angles
from romcheck.protocols import Protocol
from romcheck.results import MovementName, Quality


@dataclass(frozen=True)
class TurnStart:
    """Where the turns of a test begin.

    Attributes
    ----------
    rest : the starting position
    upright : (3, 3) the neck upright; the same posture except in flexion-rotation
    """

    rest: Rest
    upright: Floats

    @cached_property
    def flexion_held_deg(self) -> float:
        """Flexion of the starting position from upright, degrees."""
        return float(anatomical(relative(self.upright, self.rest.neck)).flexion)


@dataclass(frozen=True)
class Judged:
    """What one trial was.

    Attributes
    ----------
    movement : what was done
    angle_deg : positive; median over the hold, or the largest angle seen
    verdict, reasons : by the gates, most serious first
    facts : what they judged
    """

    movement: MovementName
    angle_deg: float
    verdict: Quality
    reasons: tuple[str, ...]
    facts: TrialFacts


def judge(readings: Sequence[LiveReading], start: TurnStart, began: Rest, protocol: Protocol) -> Judged | None:
    """Judge the readings from the rest before a turn to the rest after it; None where there is no excursion.

    Parameters
    ----------
    readings : in time order, lost frames included
    start : the starting position all angles count from
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
    facts = _facts(readings, e, seen, angles, start, began, protocol)
    reasons = gates.doubts(facts, protocol.gates)
    return Judged(protocol.name(e.sign), e.angle_deg, gates.quality(reasons), reasons, facts)


def advice_for(judged: Judged) -> Line:
    """The most serious reason to doubt a trial, with its number."""
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
    """A frame rate that is too low, for display: 14.7 rounded would read as the required 15."""
    return min(frames_per_s, (gates.FRAME_RATE_LOW.threshold or math.inf) - 1)


def _facts(
    readings: Sequence[LiveReading],
    e: Excursion,
    seen: Bools,
    angles: Floats,
    start: TurnStart,
    began: Rest,
    protocol: Protocol,
) -> TrialFacts:
    """As from the whole recording, except for what needs all of it."""
    trunk = trunk_angles(np.array([r.trunk for r in readings]), start.rest.trunk, start.upright)
    frames = TrialFrames(
        time_s=np.array([r.time_s for r in readings]),
        seen=seen,
        valid=np.isfinite(angles).all(axis=1),
        angles=angles,
        trunk_rotation_deg=trunk.rotation,
        trunk_lean_deg=np.hypot(trunk.flexion, trunk.lateral_flexion),
        quality=PictureQuality(
            brightness=np.array([r.brightness for r in readings]),
            sharpness=np.array([r.sharpness for r in readings]),
            face_width_px=np.array([r.face_width_px for r in readings]),
            distance_m=np.array([r.distance_m for r in readings]),
            faces=np.array([r.faces for r in readings]),
            subject_sure=np.array([r.subject_sure for r in readings]),
        ),
    )
    facts = trial_facts(
        e,
        frames,
        protocol.axis,
        way_up_sure=all(r.way_up_sure for r in readings if r.seen and e.start_s <= r.time_s <= e.end_s),
        start_away_deg=float(distance_deg(began.neck, start.rest.neck)),
        flexion_held_deg=start.flexion_held_deg,
    )
    # The framing asks for the shoulders before the check; the final result judges it.
    return replace(facts, trunk_unknown=False)

"""From the orientation in every frame to the test, its movements and their summary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from romcheck import statistics
from romcheck.motion import gates, uncertainty
from romcheck.motion.gates import RULES, TrialFacts
from romcheck.motion.movements import Excursion, without_false_starts
from romcheck.motion.postures import Posture, angles_from
from romcheck.motion.reading import Motion, Reading, neutral_posture, prepare, readings
from romcheck.motion.rotations import distance_deg, mean_rotation
from romcheck.motion.track import MotionTrack
from romcheck.motion.uncertainty import MeanUncertainty, TrialUncertainty
from romcheck.notices import notice
from romcheck.protocols import Protocol
from romcheck.results import Difference, Frames, LensKnowledge, Movement, Notice, Summary, Test

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Analysis:
    """What a motion track holds.

    Attributes
    ----------
    test : the test, as named or recognised; None where none was named and nothing moved
    test_recognised : True where it was recognised from the movement
    frames : angles from the start posture, frame by frame
    start : the start posture; None without a single valid stretch
    movements, summary, differences : as in the result
    notices : what a reader should know
    """

    test: Test | None
    test_recognised: bool
    frames: Frames
    start: Posture | None
    movements: tuple[Movement, ...]
    summary: tuple[Summary, ...]
    differences: tuple[Difference, ...]
    notices: tuple[Notice, ...]


def analyse(track: MotionTrack, test: Test | None, lens_known: LensKnowledge) -> Analysis:
    """Find the test, its start posture, its movements with holds, and how sure each angle is.

    Parameters
    ----------
    track : orientations of head and trunk in time
    test : the test that was done; None to recognise it from the movement
    lens_known : how the lens is known; decides how far errors to the left and right cancel in the difference
    """
    motion = prepare(track)
    notices = list(_picture_notices(motion, lens_known))
    neutral = neutral_posture(motion)
    if neutral is None:
        return Analysis(test, False, _no_frames(track), None, (), (), (), tuple(notices))

    reading, *others = readings(motion, neutral, test)
    frames, tilt = _frames(motion, reading)
    trials, false = without_false_starts(reading.found)
    notices += _reading_notices(motion, reading, others, false, test, trials)
    if not trials:
        return Analysis(test, False, frames, reading.start, (), (), (), tuple(notices))
    movements, parts = _movements(motion, reading, trials, frames, tilt)
    unseen = [m for m in movements if motion.trunk.used and m.trunk_rotation_deg is None]
    if unseen:
        notices.append(notice("trunk_unseen", count=len(unseen)))
    if times := _unseen(motion, trials):
        notices.append(notice("unseen", times=times))
    summary, differences = _summarise(reading.protocol, movements, parts, lens_known)
    return Analysis(
        reading.protocol.test, test is None, frames, reading.start, movements, summary, differences, tuple(notices)
    )


# --- frames


def _no_frames(track: MotionTrack) -> Frames:
    empty = np.full(len(track), np.nan)
    return Frames(track.time_s, np.zeros(len(track), bool), empty, empty, empty, empty, empty)


def _frames(motion: Motion, reading: Reading) -> tuple[Frames, Floats]:
    """Angles from the start posture, and the trunk's lean (n,)."""
    angles = motion.angles(reading.start)
    valid = motion.smooth.valid & np.isfinite(angles.rotation)
    upright = (reading.spell.upright if reading.spell else reading.start).R
    at_start = motion.trunk.turn[reading.start.first : reading.start.last + 1]
    trunk = motion.trunk.angles_from(mean_rotation(at_start), upright)
    sigma = np.hypot(motion.track.head_sigma_deg, motion.trunk.sigma_deg)
    frames = Frames(
        motion.time,
        valid,
        np.where(valid, angles.rotation, np.nan),
        np.where(valid, angles.flexion, np.nan),
        np.where(valid, angles.lateral_flexion, np.nan),
        trunk_rotation_deg=trunk.rotation,
        sigma_deg=np.where(valid, sigma, np.nan),
    )
    return frames, np.hypot(trunk.flexion, trunk.lateral_flexion)


# --- movements


def _movements(
    motion: Motion, reading: Reading, trials: list[Excursion], frames: Frames, lean: Floats
) -> tuple[tuple[Movement, ...], list[TrialUncertainty]]:
    protocol, start = reading.protocol, reading.start
    angle = (frames.rotation_deg, frames.flexion_deg, frames.lateral_flexion_deg)[protocol.axis]
    start_deg = uncertainty.of_start(
        start.scatter_deg, motion.smooth.noise_deg, start.duration_s, start.last - start.first + 1
    )
    movements: list[Movement] = []
    parts: list[TrialUncertainty] = []
    for e in trials:
        name = protocol.name(e.sign)
        part = uncertainty.of_trial(e, motion.time, angle, frames.sigma_deg, start_deg)
        facts = _facts(motion, reading, e, frames, lean, part.half_width)
        reasons = gates.doubts(facts, protocol.gates)
        in_flexion = protocol.test == "flexion-rotation"
        movements.append(
            Movement(
                movement=name,
                trial=1 + sum(m.movement == name for m in movements),
                start_s=e.start_s,
                end_s=e.end_s,
                hold_start_s=float(motion.time[e.hold[0]]) if e.held else None,
                hold_end_s=float(motion.time[e.hold[-1]]) if e.held else None,
                angle_deg=e.angle_deg,
                uncertainty_deg=_known(part.half_width),
                at_least=e.beyond_reach,
                quality=gates.quality(reasons),
                reasons=reasons,
                flexion_held_deg=_known(facts.flexion_held_deg) if in_flexion else None,
                flexion_lost_deg=_known(facts.flexion_lost_deg) if in_flexion else None,
                lateral_flexion_deg=_known(facts.lateral_flexion_deg) if protocol.axis == 0 else None,
                trunk_rotation_deg=_known(facts.trunk_rotation_deg),
            )
        )
        parts.append(part)
    return tuple(movements), parts


def _facts(
    motion: Motion, reading: Reading, e: Excursion, frames: Frames, lean: Floats, half_width_deg: float
) -> TrialFacts:
    """Gather what the gates want to know of one trial; at the hold, or near the peak without one."""
    time, track = motion.time, motion.track
    top = e.hold if e.held else np.flatnonzero((np.abs(time - time[e.peak]) <= RULES.edge_s) & frames.valid)
    during = (time >= e.start_s) & (time <= e.end_s)
    # Whoever comes by on the way back touches nothing that was read.
    until_read = during & (time <= (time[top[-1]] if len(top) else e.end_s))
    intervals = np.diff(time[during])
    before = [rest for rest in motion.rests if e.start_s - 1.0 <= rest.end_s <= e.start_s + 0.3]
    away = float(distance_deg(before[-1].R, reading.start.R)) if before else np.nan
    return TrialFacts(
        half_width_deg=half_width_deg,
        held=e.held,
        beyond_reach=e.beyond_reach,
        face_lost=e.face_lost,
        subject_sure=bool(track.quality.subject_sure[until_read & track.valid].all()),
        way_up_sure=track.way_up_sure,
        frames_per_s=1 / float(np.median(intervals)) if len(intervals) else np.nan,
        brightness=_median(track.quality.brightness[top]),
        sharpness=_median(track.quality.sharpness[top]),
        distance_m=_median(track.quality.distance_m[during]),
        lateral_flexion_deg=_median(frames.lateral_flexion_deg[top]),
        trunk_rotation_deg=_median(frames.trunk_rotation_deg[top]),
        trunk_lean_deg=_median(lean[top]),
        # A rest far out is the other side's hold or a pause: then the turn did not begin from a return.
        start_away_deg=away if away <= 2 * RULES.same_rest_deg else np.nan,
        flexion_lost_deg=-_median(frames.flexion_deg[top]),
        flexion_held_deg=_flexion_held(reading),
    )


def _flexion_held(reading: Reading) -> float:
    if reading.spell is None:
        return np.nan
    return float(angles_from(reading.spell.upright.R, reading.start.R).flexion)


def _median(values: Floats) -> float:
    values = values[np.isfinite(values)]
    return float(np.median(values)) if len(values) else np.nan


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None


# --- summary


def _summarise(
    protocol: Protocol, movements: Sequence[Movement], parts: Sequence[TrialUncertainty], lens: LensKnowledge
) -> tuple[tuple[Summary, ...], tuple[Difference, ...]]:
    valid = {
        name: [(m, p) for m, p in zip(movements, parts, strict=True) if m.movement == name and m.quality != "rejected"]
        for name in protocol.movements
    }
    values = {name: [m.angle_deg for m, _ in used if m.angle_deg is not None] for name, used in valid.items()}
    spread, freedom = statistics.pooled_sd(list(values.values()))
    summary: list[Summary] = []
    means: dict[str, MeanUncertainty] = {}
    for name in protocol.movements:
        if not any(m.movement == name for m in movements):
            continue
        if not values[name]:
            summary.append(Summary(name, (), None, None, None, None))
            continue
        means[name] = uncertainty.of_mean([p for _, p in valid[name]], spread, freedom)
        summary.append(
            Summary(
                movement=name,
                trials=tuple(m.trial for m, _ in valid[name]),
                mean_deg=float(np.mean(values[name])),
                sd_deg=statistics.sample_sd(values[name]),
                max_deg=max(values[name]),
                uncertainty_deg=_known(means[name].half_width),
            )
        )
    differences: tuple[Difference, ...] = ()
    left, right = protocol.movements
    if protocol.axis != 1 and left in means and right in means:
        differences = (
            Difference(
                movement="rotation" if protocol.axis == 0 else "lateral_flexion",
                left_minus_right_deg=float(np.mean(values[left]) - np.mean(values[right])),
                uncertainty_deg=uncertainty.of_difference(means[left], means[right], lens),
            ),
        )
    return tuple(summary), differences


# --- notices


def _picture_notices(motion: Motion, lens_known: LensKnowledge) -> list[Notice]:
    notices = []
    quality = motion.track.quality
    if lens_known == "assumed":
        notices.append(notice("lens_assumed"))
    if motion.track.valid.any() and not motion.trunk.used:
        notices.append(notice("trunk_unknown"))
    if (quality.faces > 1).any():
        notices.append(notice("more_faces"))
    return notices


def _unseen(motion: Motion, trials: Sequence[Excursion]) -> str:
    """When the head was not seen for long, outside the trials, which tell of it themselves; empty if never."""
    time, known = motion.time, np.flatnonzero(motion.track.valid)
    ends = np.concatenate([[time[0]], time[known], [time[-1]]])
    gaps = [(a, b) for a, b in pairwise(ends) if b - a >= RULES.unseen_s]
    outside = [(a, b) for a, b in gaps if not any(t.start_s <= a and b <= t.end_s for t in trials)]
    return ", ".join(f"{a:.1f}–{b:.1f} s" for a, b in outside)


def _reading_notices(
    motion: Motion,
    reading: Reading,
    others: Sequence[Reading],
    false: Sequence[Excursion],
    test: Test | None,
    trials: Sequence[Excursion],
) -> list[Notice]:
    protocol = reading.protocol
    notices = []
    if false:
        times = ", ".join(f"{e.start_s:.1f} s ({e.angle_deg:.0f}°)" for e in false)
        notices.append(notice("false_starts", times=times))
    for other in others:
        at = [e for e in other.found if not any(_overlap(e, t) for t in trials)]
        if at:
            notices.append(notice("others", test=other.protocol.test, count=len(at)))
    if test and others and others[0].amount > 2 * reading.amount and others[0].amount > 0:
        notices.append(notice("looks_like", test=others[0].protocol.test, named=protocol.test))
    if protocol.test == "flexion-rotation" and trials and reading.spell is None:
        notices.append(notice("upright_unseen"))
    away = [
        float(distance_deg(rest.R, reading.start.R))
        for a, b in pairwise(trials)
        for rest in motion.rests
        if a.end_s - 0.3 <= rest.start_s and rest.end_s <= b.start_s + 0.3
    ]
    away = [d for d in away if d <= 2 * RULES.same_rest_deg]
    if away and max(away) > (gates.START_DRIFT.threshold or 0):
        notices.append(notice("away", degrees=max(away)))
    return notices


def _overlap(a: Excursion, b: Excursion) -> bool:
    return a.start_s < b.end_s and b.start_s < a.end_s

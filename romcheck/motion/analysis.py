"""From the orientation in every frame to the test, its movements and their summary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from romcheck import statistics
from romcheck.arrays import Floats
from romcheck.motion import camera, gates, tell, uncertainty
from romcheck.motion.examining import Analysis, Seen, facts_of, known, no_frames, seen_from, start_sigma_deg
from romcheck.motion.movements import Excursion, without_false_starts
from romcheck.motion.performance import performance_of
from romcheck.motion.reading import Motion, Reading, prepare, readings
from romcheck.motion.returns import analyse_returns
from romcheck.motion.track import MotionTrack
from romcheck.motion.uncertainty import AngleUncertainty
from romcheck.notices import notice
from romcheck.protocols import PROTOCOLS, Protocol
from romcheck.results import (
    UNSURE_DEG,
    Difference,
    Examination,
    LensKnowledge,
    Movement,
    MovementName,
    Notice,
    Summary,
    SummaryReason,
    Test,
)


def analyse(track: MotionTrack, test: Test | None, lens_known: LensKnowledge) -> Analysis:
    """Find the tests, their starting positions and movements with holds, and the uncertainty of each angle.

    Parameters
    ----------
    track : orientations of head and trunk in time
    test : the main one; None to recognise it from the movement. Movements of other tests are found as well
    lens_known : how the lens is known
    """
    motion = prepare(track, in_room=test == "joint-position")
    notices = list(_picture_notices(motion, lens_known))
    if test == "joint-position":
        return analyse_returns(motion, notices, lens_known)
    read = readings(motion, test)
    if read is None:
        return Analysis(test, False, no_frames(track), None, (), tuple(notices))
    tests = read.tests or [Reading(PROTOCOLS[test or "rotation"], read.neutral.posture, None, [], read.neutral)]
    views = [seen_from(motion, reading) for reading in tests]
    frames = views[0].frames
    false: list[Excursion] = []
    examined: list[Examination] = []
    shared_deg: dict[tuple[Test, MovementName], Floats] = {}
    counted: list[Excursion] = []
    for reading, view in zip(tests, views, strict=True):
        trials, started = without_false_starts(reading.found)
        false += started
        counted += trials
        if not trials and not test:
            continue
        movements, parts = _movements(motion, reading, view, trials, lens_known)
        summary, differences, means = _summarise(reading.protocol, movements, parts)
        shared_deg |= {(reading.protocol.test, name): mean.of_one_map for name, mean in means.items()}
        examined.append(Examination(reading.protocol.test, movements, summary, differences))
    notices += tell.of_reading(motion, replace(read, tests=tests), false, test)
    notices += tell.of_results(examined, motion.trunk.used)
    notices += tell.of_unseen(motion, counted)
    if not any(e.movements for e in examined):
        notices += [tell.largest_seen(frames, read.left_out), *tell.part_seen(frames)]
    return Analysis(
        examined[0].test if examined else test,
        bool(examined) and test is None,
        frames,
        tests[0].start,
        tuple(examined) if any(e.movements for e in examined) else (),
        tuple(notices),
        tuple((o.start_s, o.end_s) for o in read.left_out if o.why != "cut_off"),
        shared_deg,
    )


# --- movements


def _movements(
    motion: Motion, reading: Reading, view: Seen, trials: list[Excursion], lens_known: LensKnowledge
) -> tuple[tuple[Movement, ...], list[AngleUncertainty]]:
    protocol = reading.protocol
    frames = view.frames
    angle = (frames.rotation_deg, frames.flexion_deg, frames.lateral_flexion_deg)[protocol.axis]
    start_deg = start_sigma_deg(motion, reading)
    movements: list[Movement] = []
    parts: list[AngleUncertainty] = []
    for e in trials:
        name = protocol.name(e.sign)
        part = alone = uncertainty.of_trial(e, motion.time, angle, view.errors, start_deg)
        if not motion.trunk.used:
            alone = uncertainty.of_trial(e, motion.time, angle, view.of_head, start_deg)
        facts = facts_of(motion, reading, e, view, alone.half_width, lens_known)
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
                uncertainty_deg=known(part.half_width),
                at_least=e.beyond_reach or e.cut_off,
                quality=gates.quality(reasons),
                reasons=reasons,
                flexion_held_deg=known(facts.flexion_held_deg) if in_flexion else None,
                flexion_lost_deg=known(facts.flexion_lost_deg) if in_flexion else None,
                lateral_flexion_deg=known(facts.lateral_flexion_deg) if protocol.axis == 0 else None,
                trunk_rotation_deg=known(facts.trunk_rotation_deg),
                relative_to="room" if facts.trunk_unknown else "trunk",
                performance=performance_of(motion, reading.start, protocol.axis, e),
            )
        )
        parts.append(part)
    return tuple(movements), parts


# --- summary


def _summarise(
    protocol: Protocol, movements: Sequence[Movement], parts: Sequence[AngleUncertainty]
) -> tuple[tuple[Summary, ...], tuple[Difference, ...], dict[MovementName, AngleUncertainty]]:
    """The summary, the difference between the sides, and how sure each mean is."""
    used = {
        name: [
            (m, m.angle_deg, p)
            for m, p in zip(movements, parts, strict=True)
            if m.movement == name and m.quality != "rejected" and m.angle_deg is not None
        ]
        for name in protocol.movements
    }
    values = {name: [angle for _, angle, _ in of] for name, of in used.items()}
    apart = {name for name, of in used.items() if uncertainty.differ(values[name], [p for _, _, p in of])}
    spread, freedom = statistics.pooled_sd([of for name, of in values.items() if name not in apart])
    summary: list[Summary] = []
    means: dict[MovementName, AngleUncertainty] = {}
    for name in protocol.movements:
        if not any(m.movement == name for m in movements):
            continue
        if not values[name]:
            summary.append(Summary(name, (), None, None, None, None))
            continue
        mean = half_width = None
        reason: SummaryReason | None = "trials_differ"
        if name not in apart:
            means[name] = uncertainty.of_mean([p for _, _, p in used[name]], spread, freedom, values[name])
            mean, half_width = float(np.mean(values[name])), known(means[name].half_width)
            reason = "unsure" if half_width is None or half_width > UNSURE_DEG else None
        summary.append(
            Summary(
                movement=name,
                trials=tuple(m.trial for m, _, _ in used[name]),
                mean_deg=mean,
                sd_deg=statistics.sample_sd(values[name]),
                max_deg=max(values[name]),
                uncertainty_deg=half_width,
                reason=reason,
            )
        )
    differences: tuple[Difference, ...] = ()
    left, right = protocol.movements
    if protocol.axis != 1 and left in means and right in means:
        differences = (
            Difference(
                movement="rotation" if protocol.axis == 0 else "lateral_flexion",
                left_minus_right_deg=float(np.mean(values[left]) - np.mean(values[right])),
                uncertainty_deg=uncertainty.of_difference(means[left], means[right]),
            ),
        )
    return tuple(summary), differences, means


def _picture_notices(motion: Motion, lens_known: LensKnowledge) -> list[Notice]:
    notices = []
    quality = motion.track.quality
    if lens_known == "assumed":
        notices.append(notice("lens_assumed"))
    if motion.track.valid.any() and not motion.trunk.used:
        notices.append(notice("trunk_unknown"))
    if (quality.faces > 1).any():
        notices.append(notice("more_faces"))
    return notices + camera.notices(motion.track)

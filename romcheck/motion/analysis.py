"""From the orientation in every frame to the test, its movements and their summary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from romcheck import statistics
from romcheck.arrays import Floats
from romcheck.motion import camera, gates, tell, uncertainty
from romcheck.motion.facts import TrialFrames, top_of, trial_facts
from romcheck.motion.gates import TrialFacts
from romcheck.motion.movements import Excursion, without_false_starts
from romcheck.motion.postures import HeldPosture, angles_from
from romcheck.motion.reading import Motion, Reading, prepare, readings
from romcheck.motion.rotations import distance_deg, mean_rotation
from romcheck.motion.rules import RULES
from romcheck.motion.track import MotionTrack
from romcheck.motion.uncertainty import MeanUncertainty, TrialUncertainty
from romcheck.notices import notice
from romcheck.protocols import PROTOCOLS, Protocol
from romcheck.results import (
    UNSURE_DEG,
    Difference,
    Examination,
    Frames,
    LensKnowledge,
    Movement,
    Notice,
    Summary,
    SummaryReason,
    Test,
)


@dataclass(frozen=True)
class Analysis:
    """What a motion track holds.

    Attributes
    ----------
    test : the test, as named or recognised; None where none was named and nothing moved
    test_recognised : True where it was recognised from the movement
    frames : angles from the starting position, frame by frame
    start : the starting position; None without a single valid stretch
    tests : what each test gave, the main one first; empty where nothing moved
    notices : what a reader should know
    """

    test: Test | None
    test_recognised: bool
    frames: Frames
    start: HeldPosture | None
    tests: tuple[Examination, ...]
    notices: tuple[Notice, ...]

    @property
    def movements(self) -> tuple[Movement, ...]:
        """Movements of the main test, as in the result."""
        return self.tests[0].movements if self.tests else ()

    @property
    def summary(self) -> tuple[Summary, ...]:
        """Summary of the main test, as in the result."""
        return self.tests[0].summary if self.tests else ()

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Differences of the main test, as in the result."""
        return self.tests[0].differences if self.tests else ()


def analyse(track: MotionTrack, test: Test | None, lens_known: LensKnowledge) -> Analysis:
    """Find the tests, their starting positions and movements with holds, and how sure each angle is.

    Parameters
    ----------
    track : orientations of head and trunk in time
    test : the main one; None to recognise it from the movement. What belongs to others is found all the same
    lens_known : how the lens is known; decides how far errors to the left and right cancel in the difference
    """
    motion = prepare(track)
    notices = list(_picture_notices(motion, lens_known))
    read = readings(motion, test)
    if read is None:
        return Analysis(test, False, _no_frames(track), None, (), tuple(notices))
    tests = read.tests or [Reading(PROTOCOLS[test or "rotation"], read.neutral.posture, None, [], read.neutral)]
    frames, _ = _frames(motion, tests[0])
    false: list[Excursion] = []
    examined: list[Examination] = []
    counted: list[Excursion] = []
    for reading in tests:
        trials, started = without_false_starts(reading.found)
        false += started
        counted += trials
        if not trials and not test:
            continue
        movements, parts = _movements(motion, reading, trials, lens_known)
        summary, differences = _summarise(reading.protocol, movements, parts, lens_known)
        examined.append(Examination(reading.protocol.test, movements, summary, differences))
    notices += tell.of_reading(motion, replace(read, tests=tests), false, test)
    notices += tell.of_results(examined, motion.trunk.used)
    if times := tell.unseen(motion, counted):
        notices.append(notice("unseen", times=times))
    if not any(e.movements for e in examined):
        notices += [tell.largest_seen(frames, read.left_out), *tell.part_seen(frames)]
    return Analysis(
        examined[0].test if examined else test,
        bool(examined) and test is None,
        frames,
        tests[0].start,
        tuple(examined) if any(e.movements for e in examined) else (),
        tuple(notices),
    )


# --- frames


def _no_frames(track: MotionTrack) -> Frames:
    empty = np.full(len(track), np.nan)
    return Frames(track.time_s, np.zeros(len(track), bool), empty, empty, empty, empty, empty)


def _frames(motion: Motion, reading: Reading) -> tuple[Frames, Floats]:
    """Angles from the starting position, and the trunk's lean (n,)."""
    angles = motion.angles(reading.start)
    valid = motion.smooth.valid & np.isfinite(angles.rotation)
    upright = (reading.spell.upright if reading.spell else reading.start).R
    at_start = motion.trunk.turn[reading.start.first : reading.start.last + 1]
    trunk = motion.trunk.angles_from(mean_rotation(at_start), upright)
    turned = np.full(len(motion.time), np.nan)
    turned[valid] = distance_deg(motion.smooth.R[valid], reading.start.R)
    sigma = np.hypot(motion.track.head_sigma_deg, motion.trunk.sigma_of(turned))
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
    motion: Motion, reading: Reading, trials: list[Excursion], lens_known: LensKnowledge
) -> tuple[tuple[Movement, ...], list[TrialUncertainty]]:
    protocol, start = reading.protocol, reading.start
    frames, lean = _frames(motion, reading)
    angle = (frames.rotation_deg, frames.flexion_deg, frames.lateral_flexion_deg)[protocol.axis]
    start_deg = uncertainty.of_start(
        start.scatter_deg, motion.smooth.noise_deg, start.duration_s, start.last - start.first + 1
    )
    start_deg = float(np.hypot(start_deg, reading.known.sigma_deg))
    movements: list[Movement] = []
    parts: list[TrialUncertainty] = []
    for e in trials:
        name = protocol.name(e.sign)
        part = own = uncertainty.of_trial(e, motion.time, angle, frames.sigma_deg, start_deg)
        if not motion.trunk.used:
            own = uncertainty.of_trial(e, motion.time, angle, motion.track.head_sigma_deg, start_deg)
        facts = _facts(motion, reading, e, frames, lean, own.half_width, lens_known)
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
                at_least=e.beyond_reach or e.cut_off,
                quality=gates.quality(reasons),
                reasons=reasons,
                flexion_held_deg=_known(facts.flexion_held_deg) if in_flexion else None,
                flexion_lost_deg=_known(facts.flexion_lost_deg) if in_flexion else None,
                lateral_flexion_deg=_known(facts.lateral_flexion_deg) if protocol.axis == 0 else None,
                trunk_rotation_deg=_known(facts.trunk_rotation_deg),
                relative_to="room" if facts.trunk_unknown else "trunk",
            )
        )
        parts.append(part)
    return tuple(movements), parts


def _facts(
    motion: Motion,
    reading: Reading,
    e: Excursion,
    frames: Frames,
    lean: Floats,
    half_width_deg: float,
    lens_known: LensKnowledge,
) -> TrialFacts:
    """Gather what the gates want to know of one trial."""
    time, track = motion.time, motion.track
    angles = np.stack([frames.rotation_deg, frames.flexion_deg, frames.lateral_flexion_deg], axis=1)
    seen = TrialFrames(time, track.valid, frames.valid, angles, frames.trunk_rotation_deg, lean, track.quality)
    start = np.arange(reading.start.first, reading.start.last + 1)
    beside = [(r.start_s, r.end_s) for r in motion.rests if e.start_s - 1.0 <= r.end_s and r.start_s <= e.end_s + 1.0]
    before = [rest for rest in motion.rests if e.start_s - 1.0 <= rest.end_s <= e.start_s + 0.3]
    away = float(distance_deg(before[-1].R, reading.start.R)) if before else np.nan
    filmed = camera.facts(
        track, lens_known, start, top_of(e, seen), (e.start_s, e.end_s), np.array(beside).reshape(-1, 2)
    )
    return replace(
        trial_facts(
            e,
            seen,
            reading.protocol.axis,
            way_up_sure=track.way_up_sure,
            # A rest far out is the other side's hold or a pause: then the turn did not begin from a return.
            start_away_deg=away if away <= 2 * RULES.same_rest_deg else np.nan,
            flexion_held_deg=_flexion_held(reading),
        ),
        half_width_deg=half_width_deg,
        camera_moved_deg=filmed.moved_deg,
        camera_zoomed=filmed.zoomed,
        camera_unsteady=filmed.unsteady,
        picture_froze_s=filmed.froze_s,
        pictures_blended=filmed.blended,
        cut_off=e.cut_off,
        returned=_returned(motion, reading.start, e),
        start_unsure=reading.known.source != "rest",
    )


def _returned(motion: Motion, start: HeldPosture, e: Excursion) -> bool:
    """Whether the head paused in the starting position before and after, as far as it was seen then."""
    seen = motion.smooth.valid
    time, slow = motion.time[seen], motion.slow[seen]
    before = slice(*np.searchsorted(time, [e.start_s - RULES.return_s, e.start_s + RULES.return_s / 4]))
    after = slice(*np.searchsorted(time, [e.end_s - RULES.return_s / 4, e.end_s + RULES.return_s]))
    near = [distance_deg(motion.smooth.R[seen][part], start.R) <= RULES.return_deg for part in (before, after)]
    ended = time[-1] <= e.end_s + RULES.still_window_s
    return bool((near[0] & slow[before]).any() and (ended or (near[1] & slow[after]).any()))


def _flexion_held(reading: Reading) -> float:
    if reading.spell is None:
        return np.nan
    return float(angles_from(reading.spell.upright.R, reading.start.R).flexion)


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None


# --- summary


def _summarise(
    protocol: Protocol, movements: Sequence[Movement], parts: Sequence[TrialUncertainty], lens: LensKnowledge
) -> tuple[tuple[Summary, ...], tuple[Difference, ...]]:
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
    means: dict[str, MeanUncertainty] = {}
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
            mean, half_width = float(np.mean(values[name])), _known(means[name].half_width)
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
                uncertainty_deg=uncertainty.of_difference(means[left], means[right], lens),
            ),
        )
    return tuple(summary), differences


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

"""What a reader should know of how a track was read: tests, starting positions, what was left out, what was seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from romcheck.motion import gates
from romcheck.motion.movements import Excursion
from romcheck.motion.plainness import LeftOut
from romcheck.motion.reading import Motion, Reading, Readings
from romcheck.motion.repositioning import Repositioning
from romcheck.motion.rotations import distance_deg
from romcheck.motion.rules import RULES
from romcheck.notices import notice
from romcheck.protocols import PROTOCOLS, RANGES
from romcheck.results import Examination, Frames, Movement, Notice, Test

WORTH_TELLING_DEG = 10.0
"""What was left out is told from this size on; below it people fidget all the time."""

LEFT_OUT = {
    "circle": lambda times: notice("left_out_circle", times=times),
    "wandering": lambda times: notice("left_out_wandering", times=times),
    "alone": lambda times: notice("left_out_alone", times=times),
    "cut_off": lambda times: notice("left_out_cut_off", times=times),
}
STARTS = {
    "facing": lambda degrees: notice("start_facing", degrees=degrees),
    "middle": lambda degrees: notice("start_middle", degrees=degrees),
    "aside": lambda degrees: notice("start_aside", degrees=degrees),
}
SEEN = {
    "small": lambda degrees, at_s, movement: notice("seen_small", degrees=degrees, at_s=at_s, movement=movement),
    "quick": lambda degrees, at_s, movement: notice("seen_quick", degrees=degrees, at_s=at_s, movement=movement),
    "circle": lambda degrees, at_s, movement: notice("seen_circle", degrees=degrees, at_s=at_s, movement=movement),
    "wandering": lambda degrees, at_s, movement: notice(
        "seen_wandering", degrees=degrees, at_s=at_s, movement=movement
    ),
    "alone": lambda degrees, at_s, movement: notice("seen_alone", degrees=degrees, at_s=at_s, movement=movement),
    "cut_off": lambda degrees, at_s, movement: notice("seen_cut_off", degrees=degrees, at_s=at_s, movement=movement),
}
"""Each code stands in the source, so that a test finds it."""

SEEN_SHARE = 0.8
"""Where the face was seen for less of the recording, and no movement was found, it is told."""


def of_reading(motion: Motion, read: Readings, false: Sequence[Excursion], test: Test | None) -> list[Notice]:
    """Tell of the tests found, the starting position of each, and what was left out.

    Parameters
    ----------
    motion, read : what was read; at least one test
    false : false starts of all tests
    test : the test that was named
    """
    main, *others = read.tests
    notices = []
    if false:
        times = ", ".join(f"{e.start_s:.1f} s ({e.angle_deg:.0f}°)" for e in sorted(false, key=lambda e: e.start_s))
        notices.append(notice("false_starts", times=times))
    for other in others:
        if other.found:
            notices.append(notice("others", test=other.protocol.test, count=len(other.found)))
    for why in LEFT_OUT:
        told = [o for o in read.left_out if o.why == why and o.angle_deg >= WORTH_TELLING_DEG]
        if told:
            notices.append(LEFT_OUT[why](", ".join(_when(o) for o in told)))
    largest = max((other.amount for other in others), default=0.0)
    if test and largest > 2 * main.amount:
        most = max(others, key=lambda other: other.amount)
        notices.append(notice("looks_like", test=most.protocol.test, named=main.protocol.test))
    if main.found:
        notices += _of_start(main)
    if any(r.protocol.test == "flexion-rotation" and r.found and r.spell is None for r in read.tests):
        notices.append(notice("upright_unseen"))
    away = [d for r in read.tests for d in _returns(motion, r)]
    if away and max(away) > (gates.START_DRIFT.threshold or 0):
        notices.append(notice("away", degrees=max(away)))
    return notices


def _when(o: LeftOut) -> str:
    return f"{o.start_s:.1f}–{o.end_s:.1f} s ({o.angle_deg:.0f}°)"


def _of_start(reading: Reading) -> Iterable[Notice]:
    known, protocol = reading.known, reading.protocol
    if known.source == "rest":
        return
    half_width = 1.96 * known.sigma_deg
    if known.source == "short_rest":
        yield notice("start_short_rest", seconds=known.posture.duration_s, degrees=half_width)
    else:
        yield STARTS[known.source](half_width)
    for sign, movement in ((1, protocol.positive), (-1, protocol.negative)):
        if not any(e.sign == sign for e in reading.found):
            yield notice("side_unknown", movement=movement)


def _returns(motion: Motion, reading: Reading) -> list[float]:
    """How far from the starting position the head rested between the movements of a test, degrees."""
    away = [
        float(distance_deg(rest.R, reading.start.R))
        for a, b in pairwise(reading.found)
        for rest in motion.rests
        if a.end_s - 0.3 <= rest.start_s and rest.end_s <= b.start_s + 0.3
    ]
    return [d for d in away if d <= 2 * RULES.same_rest_deg]


def of_results(examined: Sequence[Examination], trunk_used: bool) -> list[Notice]:
    """Tell of trials whose trunk was not seen, and of trials that differ too much to average."""
    notices = []
    unseen = sum(m.trunk_rotation_deg is None for e in examined for m in e.movements) if trunk_used else 0
    if unseen:
        notices.append(notice("trunk_unseen", count=unseen))
    for e in examined:
        for s in e.summary:
            if s.reason == "trials_differ":
                angles = [m.angle_deg for m in e.movements if m.movement == s.movement and m.trial in s.trials]
                listed = ", ".join(f"{a:.0f}°" for a in angles if a is not None)
                notices.append(notice("trials_differ", movement=s.movement, angles=listed))
    return notices


def part_seen(frames: Frames) -> list[Notice]:
    """Tell where the face was seen in part of the recording only: what lies outside may have been the movement."""
    seen = frames.time_s[frames.valid]
    if not len(seen):
        return []
    step = float(np.median(np.diff(frames.time_s))) if len(frames.time_s) > 1 else 0.0
    seconds, whole = len(seen) * step, float(frames.time_s[-1] - frames.time_s[0]) + step
    if seconds > SEEN_SHARE * whole:
        return []
    return [notice("seen_part", seen_s=seconds, all_s=whole, first_s=float(seen[0]))]


def largest_seen(frames: Frames, out: Sequence[LeftOut]) -> Notice:
    """The largest excursion where none was a trial: which way, when, and why it is none."""
    best: tuple[str, float, float, str] = ("", 0.0, 0.0, "")
    upright = [p for p in RANGES if p.test != "flexion-rotation"]
    for protocol in upright:
        angle = (frames.rotation_deg, frames.flexion_deg, frames.lateral_flexion_deg)[protocol.axis]
        if not np.isfinite(angle).any():
            continue
        at = int(np.nanargmax(np.abs(angle)))
        if abs(angle[at]) > best[1]:
            time_s = float(frames.time_s[at])
            told = [o.why for o in out if o.start_s <= time_s <= o.end_s]
            why = told[0] if told else ("small" if abs(angle[at]) < RULES.smallest_deg else "quick")
            best = (why, float(abs(angle[at])), time_s, protocol.name(float(angle[at])))
    code, degrees, at_s, movement = best
    return SEEN[code](degrees, at_s, movement) if code else notice("nothing_seen")


TRIALS_A_SIDE = 6
"""Returns a side in the published tests of joint position error."""


def of_returns(read: Repositioning, movements: Sequence[Movement]) -> list[Notice]:
    """Tell what a joint position test takes for granted, and what of that was not so."""
    if not movements:
        return []
    notices = [notice("eyes_unknown")]
    if read.drift_deg > (gates.NEUTRAL_DRIFTED.threshold or 0.0):
        notices.append(notice("neutral_drifted", degrees=read.drift_deg))
    if np.isnan(read.drift_deg):
        notices.append(notice("neutral_end_unseen"))
    used = [m for m in movements if m.quality != "rejected"]
    counts = [sum(m.movement == name for m in used) for name in PROTOCOLS["joint-position"].movements]
    if min(counts) < TRIALS_A_SIDE:
        notices.append(notice("few_returns", left=counts[0], right=counts[1], wanted=TRIALS_A_SIDE))
    return notices


def of_unseen(motion: Motion, trials: Sequence[Excursion]) -> list[Notice]:
    """Tell when the head was out of sight for long, outside the trials."""
    times = unseen(motion, trials)
    return [notice("unseen", times=times)] if times else []


def unseen(motion: Motion, trials: Sequence[Excursion]) -> str:
    """When the head was not seen for long, outside the trials, which tell of it themselves; empty if never."""
    time, known = motion.time, np.flatnonzero(motion.track.valid)
    ends = np.concatenate([[time[0]], time[known], [time[-1]]])
    gaps = [(a, b) for a, b in pairwise(ends) if b - a >= RULES.unseen_s]
    outside = [(a, b) for a, b in gaps if not any(t.start_s <= a and b <= t.end_s for t in trials)]
    return ", ".join(f"{a:.1f}–{b:.1f} s" for a, b in outside)

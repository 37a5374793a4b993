"""The joint position test of a recording: its returns as movements, their doubts, and the errors of each side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from romcheck import statistics
from romcheck.motion import gates, tell, uncertainty
from romcheck.motion.examining import Analysis, Seen, facts_of, known, no_frames, seen_from, start_sigma_deg
from romcheck.motion.movements import Excursion
from romcheck.motion.reading import Motion, Reading, Start
from romcheck.motion.repositioning import Repositioning, Return, as_trial, position_errors, read_returns
from romcheck.motion.uncertainty import AngleUncertainty
from romcheck.notices import notice
from romcheck.protocols import PROTOCOLS
from romcheck.results import (
    UNSURE_DEG,
    Examination,
    LensKnowledge,
    Movement,
    MovementName,
    Notice,
    PositionError,
    Summary,
    Test,
)

TRUNK_STILL_DEG = 0.3
TRUNK_UNSEEN_DEG = 1.0
"""Standard uncertainty by a trunk that was seen to keep still, and by one that was not seen. A turn of it that was
seen may be the cloth's or its own: anything from none to all of it may be part of the error. Judged, not measured."""


def analyse_returns(motion: Motion, notices: list[Notice], lens_known: LensKnowledge) -> Analysis:
    """Read the track as returns to a starting position; no movement tells that the eyes were closed for it."""
    test: Test = "joint-position"
    read = read_returns(motion)
    if read is None:
        notices.append(notice("seen_no_neutral"))
        return Analysis(test, False, no_frames(motion.track), None, (), tuple(notices))
    reading = Reading(PROTOCOLS[test], read.start, None, [], Start(read.start))
    seen = seen_from(motion, reading)
    view = replace(
        seen,
        frames=replace(seen.frames, sigma_deg=np.where(seen.frames.valid, seen.of_head.sigma_deg, np.nan)),
        errors=seen.of_head,
    )
    start_deg = start_sigma_deg(motion, reading, read.drift_deg)
    movements: list[Movement] = []
    errors: dict[int, list[float]] = {1: [], -1: []}
    parts: dict[int, list[AngleUncertainty]] = {1: [], -1: []}
    trials = [as_trial(motion, one) for one in read.returns]
    for one, trial in zip(read.returns, trials, strict=True):
        part, movement = _returned_movement(motion, reading, read, one, trial, view, start_deg, lens_known)
        movement = replace(movement, trial=1 + sum(m.movement == movement.movement for m in movements))
        movements.append(movement)
        if part is not None and movement.quality != "rejected":
            errors[trial.sign].append(one.error_deg)
            parts[trial.sign].append(part)
    found = position_errors(errors, parts)
    summary = tuple(_of_returns(name, movements, found) for name in _names(movements))
    notices += tell.of_returns(read, movements)
    notices += tell.of_unseen(motion, trials)
    if not movements:
        notices += [tell.largest_seen(view.frames, []), *tell.part_seen(view.frames)]
    examined = Examination(test, tuple(movements), summary, (), found)
    return Analysis(test, False, view.frames, read.start, (examined,) if movements else (), tuple(notices))


def _returned_movement(
    motion: Motion,
    reading: Reading,
    read: Repositioning,
    one: Return,
    trial: Excursion,
    view: Seen,
    start_deg: float,
    lens_known: LensKnowledge,
) -> tuple[AngleUncertainty | None, Movement]:
    """One return and how sure it is; its trial number is yet to be set."""
    part = None
    if one.rest is not None:
        part = uncertainty.of_trial(trial, motion.time, view.frames.rotation_deg, view.errors, start_deg)
    facts = replace(
        facts_of(motion, reading, trial, view, part.half_width if part else np.nan, lens_known),
        came_back=one.rest is not None,
        back_s=one.rest.duration_s if one.rest is not None else np.nan,
        neutral_away_deg=read.drift_deg,
    )
    if part is not None:
        shifted = abs(facts.trunk_rotation_deg)
        of_trunk = TRUNK_UNSEEN_DEG if facts.trunk_unknown else float(np.hypot(TRUNK_STILL_DEG, shifted / np.sqrt(3)))
        part = replace(part, own=float(np.hypot(part.own, of_trunk)))
    reasons = gates.doubts(facts, reading.protocol.gates)
    held = one.rest is not None
    movement = Movement(
        movement=reading.protocol.name(trial.sign),
        trial=0,
        start_s=trial.start_s,
        end_s=trial.end_s,
        hold_start_s=float(motion.time[trial.hold[0]]) if held else None,
        hold_end_s=float(motion.time[trial.hold[-1]]) if held else None,
        angle_deg=abs(one.error_deg) if held else None,
        uncertainty_deg=part.half_width if part else None,
        at_least=False,
        quality=gates.quality(reasons),
        reasons=reasons,
        lateral_flexion_deg=known(facts.lateral_flexion_deg),
        trunk_rotation_deg=known(facts.trunk_rotation_deg),
        relative_to="room",
        error_deg=known(one.error_deg),
        error_flexion_deg=known(one.flexion_deg),
    )
    return part, movement


def _names(movements: Sequence[Movement]) -> list[MovementName]:
    return [name for name in PROTOCOLS["joint-position"].movements if any(m.movement == name for m in movements)]


def _of_returns(name: MovementName, movements: Sequence[Movement], found: Sequence[PositionError]) -> Summary:
    """The absolute error of one side as its summary."""
    used = [m for m in movements if m.movement == name and m.quality != "rejected" and m.angle_deg is not None]
    of = next((e for e in found if name.endswith(e.side)), None)
    if of is None:
        return Summary(name, (), None, None, None, None)
    sizes = [m.angle_deg for m in used if m.angle_deg is not None]
    high = of.absolute.high_deg
    return Summary(
        movement=name,
        trials=tuple(m.trial for m in used),
        mean_deg=of.absolute.value_deg,
        sd_deg=statistics.sample_sd(sizes),
        max_deg=max(sizes),
        uncertainty_deg=None if high is None else high - of.absolute.value_deg,
        reason="unsure" if high is None or high - of.absolute.value_deg > UNSURE_DEG else None,
    )

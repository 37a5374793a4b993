"""Shared by the analysis of all tests: angles and uncertainty of every frame, and the facts for the gates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from romcheck.arrays import Floats
from romcheck.motion import camera, gates, uncertainty
from romcheck.motion.facts import TrialFrames, top_of, trial_facts
from romcheck.motion.gates import TrialFacts
from romcheck.motion.movements import Excursion
from romcheck.motion.postures import HeldPosture, angles_from
from romcheck.motion.reading import Motion, Reading
from romcheck.motion.rotations import distance_deg
from romcheck.motion.rules import RULES
from romcheck.motion.track import MotionTrack
from romcheck.motion.uncertainty import PoseErrors
from romcheck.results import (
    Difference,
    Examination,
    Frames,
    LensKnowledge,
    Movement,
    MovementName,
    Notice,
    Summary,
    Test,
)


@dataclass(frozen=True)
class Analysis:
    """The analysis of a motion track.

    Attributes
    ----------
    test : the test, as named or recognised; None where none was named and nothing moved
    test_recognised : True where it was recognised from the movement
    frames : angles from the starting position, frame by frame
    start : the starting position; None without a single valid stretch
    tests : what each test gave, the main one first; empty where nothing moved
    notices : remarks for the reader
    left_out_s : from when to when the head moved without a trial, but for movements that the recording cuts off
    shared_deg : of the mean of each movement of a test, the change by each source of error that all measurements in one
        map share (``AngleUncertainty.of_one_map``)
    """

    test: Test | None
    test_recognised: bool
    frames: Frames
    start: HeldPosture | None
    tests: tuple[Examination, ...]
    notices: tuple[Notice, ...]
    left_out_s: tuple[tuple[float, float], ...] = ()
    shared_deg: Mapping[tuple[Test, MovementName], Floats] = field(default_factory=dict)

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


def no_frames(track: MotionTrack) -> Frames:
    """Frames of a track without a starting position: none has angles."""
    empty = np.full(len(track), np.nan)
    return Frames(track.time_s, np.zeros(len(track), bool), empty, empty, empty, empty, empty)


@dataclass(frozen=True)
class Seen:
    """What a reading sees in every frame.

    Attributes
    ----------
    frames : the angles from the starting position; ``sigma_deg`` is that of the angle the test measures
    lean_deg : (n,) the trunk's lean
    of_head : errors of that angle from the head's pose alone
    errors : the same with the trunk's
    """

    frames: Frames
    lean_deg: Floats
    of_head: PoseErrors
    errors: PoseErrors


def seen_from(motion: Motion, reading: Reading) -> Seen:
    """Angles from the starting position of a reading, and their errors."""
    angles = motion.angles(reading.start)
    valid = motion.smooth.valid & np.isfinite(angles.rotation)
    upright = (reading.spell.upright if reading.spell else reading.start).R
    trunk = motion.trunk.angles_from(motion.trunk.turn_in(reading.start), upright)
    turned = np.full(len(motion.time), np.nan)
    turned[valid] = distance_deg(motion.smooth.R[valid], reading.start.R)
    of_head = uncertainty.pose_errors(motion.track, motion.smooth.R, reading.start, reading.protocol.axis)
    trunk_deg = np.hypot(
        motion.trunk.sigma_of(turned), motion.trunk.strayed_deg(motion.time, motion.rests, reading.start)
    )
    errors = replace(of_head, own_deg=np.hypot(of_head.own_deg, trunk_deg))
    frames = Frames(
        motion.time,
        valid,
        np.where(valid, angles.rotation, np.nan),
        np.where(valid, angles.flexion, np.nan),
        np.where(valid, angles.lateral_flexion, np.nan),
        trunk_rotation_deg=trunk.rotation,
        sigma_deg=np.where(valid, errors.sigma_deg, np.nan),
    )
    return Seen(frames, np.hypot(trunk.flexion, trunk.lateral_flexion), of_head, errors)


def start_sigma_deg(motion: Motion, reading: Reading, drift_deg: float = 0.0) -> float:
    """Standard uncertainty of the starting position; a drift seen at its end was anywhere in between at a trial."""
    start = reading.start
    own = uncertainty.of_start(
        start.scatter_deg, motion.smooth.noise_deg, start.duration_s, start.last - start.first + 1
    )
    drift = drift_deg if drift_deg > (gates.NEUTRAL_DRIFTED.threshold or 0.0) else 0.0
    seen = 0.0
    if motion.track.head_fit_deg is not None:
        seen = float(np.nanmedian(uncertainty.doubt_deg(motion.track)[start.first : start.last + 1]))
    return float(np.sqrt(own**2 + seen**2 + reading.known.sigma_deg**2 + drift**2 / 3))


def facts_of(
    motion: Motion,
    reading: Reading,
    e: Excursion,
    view: Seen,
    half_width_deg: float,
    lens_known: LensKnowledge,
) -> TrialFacts:
    """Collect the facts about one trial, for the gates."""
    time, track, frames = motion.time, motion.track, view.frames
    angles = np.stack([frames.rotation_deg, frames.flexion_deg, frames.lateral_flexion_deg], axis=1)
    seen = TrialFrames(time, track.valid, frames.valid, angles, frames.trunk_rotation_deg, view.lean_deg, track.quality)
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


def known(value: float) -> float | None:
    """The value; None for NaN."""
    return value if np.isfinite(value) else None

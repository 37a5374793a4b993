"""Reading a track as a test: its start posture, and the excursions made from there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from romcheck.motion.gates import RULES
from romcheck.motion.movements import Course, Excursion, course, excursions
from romcheck.motion.postures import (
    FlexedSpell,
    Posture,
    angles_from,
    central_rest,
    flexed_spells,
    posture,
    rest_before,
    rests,
)
from romcheck.motion.rotations import Angles
from romcheck.motion.smoothing import SmoothTrack, smooth
from romcheck.motion.track import MotionTrack
from romcheck.motion.trunk import Trunk, trunk_of
from romcheck.protocols import PROTOCOLS, Protocol
from romcheck.results import Test

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Motion:
    """The track made ready: head relative to trunk (camera axes), smoothed, and where it rests."""

    track: MotionTrack
    trunk: Trunk
    smooth: SmoothTrack
    rests: list[Posture]

    @property
    def time(self) -> Floats:
        """(n,) seconds."""
        return self.track.time_s

    def angles(self, start: Posture) -> Angles:
        """(n,) anatomical angles from a posture."""
        return angles_from(start.R, self.smooth.R)

    def course(self, start: Posture) -> Course:
        """Angles from a posture and their speeds."""
        return course(self.time, self.angles(start).stacked(), self.smooth.noise_deg)


@dataclass(frozen=True)
class Reading:
    """One way to read the track: a test, its start posture, and the excursions that belong to it."""

    protocol: Protocol
    start: Posture
    spell: FlexedSpell | None
    found: list[Excursion]

    @property
    def amount(self) -> float:
        """How much there is to see: the sum of all its excursions, degrees."""
        return sum(e.angle_deg for e in self.found)


def prepare(track: MotionTrack) -> Motion:
    """Take the trunk out of the head's orientation, smooth it, and find where it rests."""
    trunk = trunk_of(track)
    head = smooth(track.time_s, track.valid, np.swapaxes(trunk.turn, 1, 2) @ track.head)
    return Motion(track, trunk, head, rests(track.time_s, head.valid, head.R, head.wobble_deg))


def neutral_posture(motion: Motion) -> Posture | None:
    """Find the start posture of an upright test: the rest before the first movement, in the middle of them all."""
    valid, R = motion.smooth.valid, motion.smooth.R
    index = np.flatnonzero(valid)
    if len(index) < 5:
        return None
    aside = _aside_deg(R[index])
    rested = min((float(_aside_deg(rest.R[None])[0]) for rest in motion.rests), default=np.inf)
    if rested > aside.min() + RULES.aside_deg:
        # Never at rest but in an end position: upright is where the face came nearest to looking at the camera.
        best = int(aside.argmin())
        near = np.abs(motion.time[index] - motion.time[index[best]]) <= RULES.still_window_s / 4
        return posture(motion.time, R, index[near & (aside <= aside[best] + RULES.tie_deg)])
    middle = motion.rests[central_rest(motion.rests, R[valid])]
    seen = motion.course(middle)
    return _before_first(motion, middle, [e for axis in range(3) for e in _along(seen, axis)])


def _aside_deg(R: Floats) -> Floats:
    """How far heads (n, 3, 3) are turned or bent aside from looking at the camera; flexion does not count.

    It is the angle of the head's left-right axis from the nearest edge of the picture, which may be turned.
    """
    return np.degrees(np.arccos(np.clip(np.abs(R[:, :2, 0]).max(1), 0, 1)))


def _before_first(motion: Motion, near: Posture, found: Sequence[Excursion]) -> Posture:
    """Choose the return to `near` held just before the first excursion."""
    first = min((e.start_s for e in found), default=np.inf)
    # An excursion begins a few degrees out, when it is under way.
    return rest_before(motion.rests, near, first + 0.1) if np.isfinite(first) else near


def _along(seen: Course, axis: int, inside: NDArray[np.int64] | None = None) -> list[Excursion]:
    """Excursions along one axis in which that axis leads (`RULES.dominance`)."""
    found = []
    for e in excursions(seen, axis, inside):
        frames = np.searchsorted(seen.frame, e.hold if e.held else [e.peak])
        at = np.median(np.abs(seen.angle[frames]), axis=0)
        if at[axis] >= RULES.dominance * at.max():
            found.append(e)
    return found


def readings(motion: Motion, neutral: Posture, test: Test | None) -> list[Reading]:
    """Read the track as the test named, or as each test, the likeliest first."""
    flexed = None
    if test in (None, "flexion-rotation"):
        flexed = _flexion_rotation(motion, neutral, RULES.flexed_named_deg if test else RULES.flexed_deg)
    # Turns made inside a held flexion tell the flexion-rotation test; from upright the same turns read as a mixture.
    if flexed:
        return [flexed]
    seen = motion.course(neutral)
    if test == "flexion-rotation":
        return [Reading(PROTOCOLS[test], neutral, None, _along(seen, PROTOCOLS[test].axis))]
    upright = [
        Reading(protocol, neutral, None, _along(seen, protocol.axis))
        for name, protocol in PROTOCOLS.items()
        if name != "flexion-rotation"
    ]
    upright.sort(key=lambda r: (r.protocol.test == test, r.amount), reverse=True)
    return upright


def _flexion_rotation(motion: Motion, neutral: Posture, least_deg: float) -> Reading | None:
    """Read the track as turns inside a held flexion; None where there are none."""
    if not motion.rests:
        return None
    protocol = PROTOCOLS["flexion-rotation"]
    uprights = [motion.rests[0], motion.rests[-1], neutral]
    found = {}
    for spell in flexed_spells(motion.rests, uprights, motion.time, motion.smooth.valid, motion.smooth.R, least_deg):
        turns = _along(motion.course(spell.flexed), protocol.axis, spell.inside)
        if turns:
            found[spell.flexed.first] = spell, turns
    if not found:
        return None
    candidates = list(found.values())
    inside = np.any([spell.inside > 0 for spell, _ in candidates], axis=0) & motion.smooth.valid
    spell, turns = candidates[central_rest([spell.flexed for spell, _ in candidates], motion.smooth.R[inside])]
    start = _before_first(motion, spell.flexed, turns)
    return Reading(protocol, start, spell, _along(motion.course(start), protocol.axis, spell.inside))

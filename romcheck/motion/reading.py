"""Reading a track as a test: its starting position, and the excursions made from there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from romcheck.arrays import Bools, Floats, Ints
from romcheck.motion.movements import Course, Excursion, course, excursions
from romcheck.motion.plainness import LeftOut, is_plain, left_out, merged, together
from romcheck.motion.postures import (
    FlexedSpell,
    HeldPosture,
    angles_from,
    central_rest,
    flexed_spells,
    posture,
    rest_before,
    rests,
)
from romcheck.motion.rotations import Angles, distance_deg
from romcheck.motion.rules import RULES
from romcheck.motion.smoothing import SmoothTrack, smooth
from romcheck.motion.track import MotionTrack
from romcheck.motion.trunk import Trunk, trunk_of
from romcheck.protocols import PROTOCOLS, RANGES, Protocol
from romcheck.results import Test

StartSource = Literal["rest", "short_rest", "facing", "middle", "aside"]


@dataclass(frozen=True)
class Motion:
    """The track made ready: head relative to trunk (camera axes), smoothed, where it rests, where (n,) it pauses."""

    track: MotionTrack
    trunk: Trunk
    smooth: SmoothTrack
    rests: list[HeldPosture]
    slow: Bools

    @property
    def time(self) -> Floats:
        """(n,) seconds."""
        return self.track.time_s

    def angles(self, start: HeldPosture) -> Angles:
        """(n,) anatomical angles from a posture."""
        return angles_from(start.R, self.smooth.R)

    def course(self, start: HeldPosture) -> Course:
        """Angles from a posture and their speeds."""
        return course(self.time, self.angles(start).stacked(), self.smooth.noise_deg)


@dataclass(frozen=True)
class Start:
    """A starting position, and how it is known.

    Attributes
    ----------
    posture : the posture
    source : `rest`; `short_rest`, one too short to be sure of; `facing`, where the face came nearest to looking at the
        camera; `middle`, half way between both ends; `aside`, a rest that looks past the camera and may be an end
    sigma_deg : standard uncertainty that this source adds
    """

    posture: HeldPosture
    source: StartSource = "rest"
    sigma_deg: float = 0.0


@dataclass(frozen=True)
class Reading:
    """A test, its starting position, and the excursions that belong to it."""

    protocol: Protocol
    start: HeldPosture
    spell: FlexedSpell | None
    found: list[Excursion]
    known: Start

    @property
    def amount(self) -> float:
        """How much there is to see: the sum of all its excursions that were seen whole, degrees."""
        return sum(e.angle_deg for e in self.found if not e.cut_off)


@dataclass(frozen=True)
class Readings:
    """Everything found in a track: the tests, the main one first, and what was no trial.

    ``neutral`` is the upright starting position.
    """

    tests: list[Reading]
    left_out: list[LeftOut]
    neutral: Start


def prepare(track: MotionTrack, *, in_room: bool = False) -> Motion:
    """Take the trunk out of the head's orientation, smooth it, and find where it rests; `in_room` leaves it in."""
    trunk = trunk_of(track)
    turned = track.head if in_room else np.swapaxes(trunk.turn, 1, 2) @ track.head
    head = smooth(track.time_s, track.valid, turned)
    slow = np.zeros(len(track), bool)
    slow[head.valid] = _slow(track.time_s[head.valid], head.R[head.valid], max(1.5, 1.5 * head.wobble_deg))
    return Motion(track, trunk, head, rests(track.time_s, head.valid, head.R, head.wobble_deg), slow)


def neutral_posture(motion: Motion, outside: Bools | None = None) -> Start | None:
    """Find the starting position of upright tests: the rest in the middle of all movements, if there is one.

    `outside` marks the frames (n,) to look at; all of them if None.
    """
    valid, R = motion.smooth.valid, motion.smooth.R
    within = valid if outside is None else valid & outside
    index = np.flatnonzero(within)
    if len(index) < 5:
        return None
    resting = [rest for rest in motion.rests if outside is None or outside[rest.first : rest.last + 1].all()]
    aside = aside_deg(R[index])
    if not resting:
        return _without_rest(motion, index, aside)
    rested = min(float(aside_deg(rest.R[None])[0]) for rest in resting)
    middle = _returned_to(resting, resting[central_rest(resting, R[within])], R[within])
    if rested > aside.min() + RULES.aside_deg and not _between_sides(middle, resting, R[index]):
        return _without_rest(motion, index, aside)
    # A face that looks past the camera, and moves to one side from there only, may have rested in end positions alone.
    if aside_deg(middle.R[None])[0] > RULES.side_on_deg:
        from_it = angles_from(middle.R, R[index])
        for angle in (from_it.rotation, from_it.lateral_flexion):
            low, high = np.nanpercentile(angle, [2, 98])
            if high - low > RULES.smallest_quick_deg and min(-low, high) < RULES.smallest_deg:
                return Start(middle, "aside", float(high - low) / np.sqrt(12))
    return Start(middle)


def _between_sides(rest: HeldPosture, resting: Sequence[HeldPosture], R: Floats) -> bool:
    """Whether the head came back to a rest and turned from there to both sides, as only from a starting position.

    Then the camera stands to the side, and the face comes nearer to looking at it on the way.
    """
    low, high = np.nanpercentile(angles_from(rest.R, R).rotation, [2, 98])
    return _visits(rest, resting) > 1 and min(-low, high) > RULES.smallest_deg


def _visits(rest: HeldPosture, resting: Sequence[HeldPosture]) -> int:
    """How often the head rested in one place."""
    return sum(float(distance_deg(other.R, rest.R)) <= RULES.same_rest_deg for other in resting)


def _returned_to(resting: Sequence[HeldPosture], middle: HeldPosture, R: Floats) -> HeldPosture:
    """Choose the first rest in place of the middle one, if it is met again more often and is not much farther out.

    Of movements to one side that differ, a short one ends in the middle of them all; but the starting position is where
    the head comes back to.
    """
    first = resting[0]
    visits = [_visits(rest, resting) for rest in (first, middle)]
    reach = [float(np.percentile(distance_deg(R, rest.R), 97)) for rest in (first, middle)]
    return first if visits[0] > visits[1] and reach[0] <= RULES.first_rest * reach[1] else middle


def _without_rest(motion: Motion, index: Ints, aside: Floats) -> Start:
    """Guess a starting position where the head never rested but in an end position."""
    time, R = motion.time, motion.smooth.R
    slow = motion.slow[index] & (aside <= aside.min() + RULES.side_on_deg / 2)
    runs = [r for r in np.split(np.arange(len(index)), np.flatnonzero(np.diff(slow.astype(int))) + 1) if slow[r[0]]]
    if runs and aside.min() <= RULES.side_on_deg:
        longest = max(runs, key=lambda r: time[index[r[-1]]] - time[index[r[0]]])
        return Start(posture(time, R, index[longest]), "short_rest", RULES.facing_sigma_deg / 2)
    best = int(aside.argmin())
    near = np.abs(time[index] - time[index[best]]) <= RULES.still_window_s / 4
    facing = posture(time, R, index[near & (aside <= aside[best] + RULES.tie_deg)])
    turn = angles_from(facing.R, R[index]).rotation
    low, high = np.nanpercentile(turn, [2, 98])
    middle = float(low + high) / 2
    if aside.min() <= RULES.side_on_deg:
        # Both ends are about as far from ahead; where they are not, ahead may not be where the camera is.
        doubt = max(0.0, abs(middle) - RULES.aside_deg) / 2
        return Start(facing, "facing", float(np.hypot(RULES.facing_sigma_deg, doubt)))
    frame = index[int(np.nanargmin(np.abs(turn - middle)))]
    return Start(posture(time, R, np.array([frame])), "middle", float(high - low) / np.sqrt(12))


def _slow(time: Floats, R: Floats, most_deg: float) -> Bools:
    """(n,) frames of fifths of a second in which the head turns by no more than `most_deg`."""
    later = np.searchsorted(time, time + RULES.window_s - 1e-9)
    still = np.flatnonzero(later < len(time))
    still = still[distance_deg(R[later[still]], R[still]) <= most_deg]
    change = np.zeros(len(time) + 1, np.int64)
    np.add.at(change, still, 1)
    np.add.at(change, later[still] + 1, -1)
    return np.cumsum(change)[:-1] > 0


def aside_deg(R: Floats) -> Floats:
    """How far heads (n, 3, 3) are turned or bent aside from looking at the camera; flexion does not count.

    It is the angle of the head's left-right axis from the nearest edge of the picture, which may be turned.
    """
    return np.degrees(np.arccos(np.clip(np.abs(R[:, :2, 0]).max(1), 0, 1)))


def _before_first(motion: Motion, near: HeldPosture, found: Sequence[Excursion]) -> HeldPosture:
    """Choose the return to `near` held just before the first excursion."""
    first = min((e.start_s for e in found), default=np.inf)
    # An excursion begins a few degrees out, when it is under way.
    return rest_before(motion.rests, near, first + 0.1) if np.isfinite(first) else near


def _along(seen: Course, axis: int, inside: Ints | None = None, flexed: bool = False) -> list[Excursion]:
    """Excursions along one axis in which that axis leads (`RULES.dominance`), and that are trials by their course."""
    return [
        e
        for e in excursions(seen, axis, inside, cut_off=True)
        if _leads(seen, e, axis) and is_plain(seen, e, axis, flexed)
    ]


def _leads(seen: Course, e: Excursion, axis: int) -> bool:
    at = _at_top(seen, e)
    return bool(at[axis] >= RULES.dominance * at.max())


def _at_top(seen: Course, e: Excursion) -> Floats:
    """(3,) angles at the hold, or at the peak without one, without sign."""
    frames = np.searchsorted(seen.frame, e.hold if e.held else [e.peak])
    top: Floats = np.median(np.abs(seen.angle[frames]), axis=0)
    return top


def readings(motion: Motion, test: Test | None) -> Readings | None:
    """Read a track as the tests it holds, the main one first; None without a starting position.

    The main one is the test named; without one the flexion-rotation test if it is there, else the one with most to see.
    Each test counts from its own starting position. A stretch of time belongs to one test: to the turns made inside a
    held flexion, which from upright read as a mixture; else to the angle that went furthest.
    """
    neutral = neutral_posture(motion)
    if neutral is None:
        return None
    flexed = None
    if test in (None, "flexion-rotation"):
        flexed = _flexion_rotation(motion, neutral, RULES.flexed_named_deg if test else RULES.flexed_deg)
    outside = None
    if flexed:
        outside = ~_time_of(flexed, motion)
        upright = neutral_posture(motion, outside)
        if upright is None or not flexed.found:
            return _without_passing(Readings([flexed], [], neutral))
        neutral = upright
    read = _upright(motion, neutral, outside, test)
    tests = [flexed, *read.tests] if flexed else read.tests
    if flexed is None and test == "flexion-rotation":
        # Upright was not seen apart from flexed: the turns are its turns.
        protocol = PROTOCOLS[test]
        tests = [replace(r, protocol=protocol) if r.protocol.test == "rotation" else r for r in tests]
        if not any(r.protocol.test == test for r in tests):
            tests = [*tests, Reading(protocol, neutral.posture, None, [], neutral)]
    elif test and not any(r.protocol.test == test for r in tests):
        tests = [*tests, Reading(PROTOCOLS[test], neutral.posture, None, [], neutral)]
    tests.sort(key=lambda r: (r.protocol.test == (test or "flexion-rotation"), r.amount, len(r.found)), reverse=True)
    return _without_passing(replace(read, tests=tests))


def _time_of(flexed: Reading, motion: Motion) -> Bools:
    """(n,) from leaving upright for the first turn in a held flexion to being back after the last."""
    assert flexed.spell is not None
    valid, R = motion.smooth.valid, motion.smooth.R
    down = np.ones(len(motion.time), bool)
    down[valid] = distance_deg(R[valid], flexed.spell.upright.R) > RULES.same_rest_deg
    peaks = np.array([e.peak for e in flexed.found])
    first, last = int(peaks.min()), int(peaks.max())
    before, after = np.flatnonzero(~down[:first]), np.flatnonzero(~down[last:])
    taken = np.zeros(len(down), bool)
    taken[(before[-1] + 1 if len(before) else 0) : (last + after[0] if len(after) else len(down))] = True
    return taken


def _upright(motion: Motion, neutral: Start, outside: Bools | None, test: Test | None) -> Readings:
    """Read the track, or the part outside a flexion-rotation test, as the three tests made from upright."""
    label = None
    if outside is not None:
        steps = np.diff(outside.astype(np.int64), prepend=0) == 1
        label = np.where(outside, np.cumsum(steps), 0)
    protocols = [protocol for protocol in RANGES if protocol.test != "flexion-rotation"]
    seen = motion.course(neutral.posture)
    every = {p.axis: excursions(seen, p.axis, label, cut_off=True) for p in protocols}
    plain = {a: [e for e in of if _leads(seen, e, a) and is_plain(seen, e, a)] for a, of in every.items()}
    named = PROTOCOLS[test].axis if test else None
    chosen = _one_axis_each(plain, named)
    tests = []
    for p in protocols:
        if not chosen[p.axis]:
            continue
        whole = [e for e in chosen[p.axis] if not e.cut_off] or chosen[p.axis]
        start = neutral
        if neutral.source == "rest":
            start = Start(_before_first(motion, neutral.posture, whole))
        again = motion.course(start.posture)
        found = [
            e
            for e in _along(again, p.axis, label)
            if not any(together(e, o) for a, of in chosen.items() if a != p.axis for o in of)
        ]
        if found:
            tests.append(Reading(p, start.posture, None, found, start))
    taken = [e for r in tests for e in r.found] + [e for of in chosen.values() for e in of]
    refused = [e for a, of in every.items() for e in of if e not in plain[a]]
    return Readings(tests, left_out(seen, [e for e in refused if not e.cut_off], taken), neutral)


def _one_axis_each(plain: dict[int, list[Excursion]], named: int | None) -> dict[int, list[Excursion]]:
    """Of excursions of several axes at one time keep the largest, or that of the axis named."""
    ranked = sorted(
        ((e, axis) for axis, of in plain.items() for e in of),
        key=lambda item: (item[1] != named, item[0].cut_off, -item[0].angle_deg, item[1]),
    )
    kept: list[tuple[Excursion, int]] = []
    for e, axis in ranked:
        if not any(other != axis and together(e, k) for k, other in kept):
            kept.append((e, axis))
    return {axis: [e for e in of if (e, axis) in kept] for axis, of in plain.items()}


def _without_passing(read: Readings) -> Readings:
    """Leave out what is cut off by the recording, and what of another test was done in passing."""
    tests: list[Reading] = []
    out = list(read.left_out)
    for i, r in enumerate(read.tests):
        whole = [e for e in r.found if not e.cut_off]
        cut = [e for e in r.found if e.cut_off and e.angle_deg >= RULES.smallest_quick_deg]
        # Where one side was seen in no other way, the most that was seen of it is better than nothing.
        best = [max((e for e in cut if e.sign == sign), key=lambda e: e.angle_deg, default=None) for sign in (1, -1)]
        kept = [e for e in r.found if not e.cut_off or (e in best and not any(o.sign == e.sign for o in whole))]
        held = any(e.hold_s >= RULES.brief_s for e in whole)
        large = [e for e in whole if e.angle_deg >= RULES.alone_quick_deg]
        passing = i > 0 and not held and len(large) < 2
        if passing:
            kept = []
        out += [
            LeftOut(e.start_s, e.end_s, e.angle_deg, "cut_off" if e.cut_off else "alone")
            for e in r.found
            if e not in kept
        ]
        if i == 0 or kept:
            tests.append(replace(r, found=kept))
    out = [o for o in out if o.why != "cut_off" or o.angle_deg >= RULES.smallest_quick_deg]
    return replace(read, tests=tests, left_out=merged(out))


def _flexion_rotation(motion: Motion, neutral: Start, least_deg: float) -> Reading | None:
    """Read the track as turns inside a held flexion; None where there are none."""
    if not motion.rests:
        return None
    protocol = PROTOCOLS["flexion-rotation"]
    uprights = [motion.rests[0], motion.rests[-1], neutral.posture]
    found = {}
    seen, filmed = motion.smooth, motion.track.camera
    another = None if filmed is None else filmed.another
    for spell in flexed_spells(motion.rests, uprights, motion.time, seen.valid, seen.R, least_deg, another):
        turns = [e for e in _along(motion.course(spell.flexed), protocol.axis, spell.inside, True) if not e.cut_off]
        # A bend down without a turn is a movement of its own.
        if any(spell.inside[e.peak] == spell.inside[spell.flexed.first] for e in turns):
            found[spell.flexed.first] = spell, turns
    if not found:
        return None
    candidates = list(found.values())
    inside = np.any([spell.inside > 0 for spell, _ in candidates], axis=0) & motion.smooth.valid
    spell, turns = candidates[central_rest([spell.flexed for spell, _ in candidates], motion.smooth.R[inside])]
    start = _before_first(motion, spell.flexed, turns)
    return Reading(
        protocol, start, spell, _along(motion.course(start), protocol.axis, spell.inside, True), Start(start)
    )

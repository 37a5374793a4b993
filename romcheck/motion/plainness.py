"""Whether an excursion is a trial: out along one line, a hold, and back; or part of a circle or of looking around."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from romcheck.arrays import Floats
from romcheck.motion.movements import Course, Excursion
from romcheck.motion.rules import RULES

NotATrial = Literal["circle", "wandering", "alone", "cut_off"]


@dataclass(frozen=True)
class LeftOut:
    """Time in which the head moved without a trial.

    Attributes
    ----------
    start_s, end_s : from when to when
    angle_deg : the largest angle there
    why : `circle` (around the middle), `wandering` (about several axes, along no line), `alone` (one quick movement of
        another test), `cut_off` (the recording begins or ends on the way)
    """

    start_s: float
    end_s: float
    angle_deg: float
    why: NotATrial


def is_plain(seen: Course, e: Excursion, axis: int, flexed: bool = False) -> bool:
    """Whether the head went out and came back along about one line, and kept still in the hold.

    Parameters
    ----------
    seen : the angles from the starting position
    e : an excursion of theirs
    axis : the angle it is of
    flexed : in a held flexion, which may be given up on the way
    """
    way = slice(*np.searchsorted(seen.time, [e.start_s - 1e-9, e.end_s + 1e-9]))
    path = seen.angle[way]
    if len(path) < 3:
        return True
    top = np.median(seen.angle[np.searchsorted(seen.frame, e.hold if e.held else [e.peak])], axis=0)
    size = float(np.linalg.norm(top))
    along = np.clip(path @ top / size**2, 0, 1)
    bow = float(np.percentile(np.linalg.norm(path - along[:, None] * top, axis=1), 97))
    least, share = (RULES.bow_flexed_deg, RULES.bow_flexed) if flexed else (RULES.bow_deg, RULES.bow)
    if bow > max(least, share * size):
        return False
    others = [a for a in range(3) if a != axis]
    if e.held:
        frames = np.searchsorted(seen.frame, e.hold)
        low, high = np.percentile(seen.angle[frames][:, others], [5, 95], axis=0)
        if np.linalg.norm(high - low) > max(RULES.held_still_deg, RULES.held_still * e.angle_deg):
            return False
    return flexed or _opening(path, e.sign * path[:, axis], others) <= max(RULES.bow_deg, RULES.loop * size)


def _opening(path: Floats, y: Floats, others: Sequence[int]) -> float:
    """How far apart the head is half way out and half way back, degrees, in the other two angles; 0 if not seen."""
    peak = int(y.argmax())
    half = y[peak] / 2
    out, back = np.flatnonzero(y[:peak] < half), np.flatnonzero(y[peak:] < half)
    if not len(out) or not len(back):
        return 0.0
    return float(np.linalg.norm((path[out[-1]] - path[peak + back[0]])[list(others)]))


def left_out(seen: Course, found: Sequence[Excursion], plain: Sequence[Excursion]) -> list[LeftOut]:
    """Classify excursions that are no trials, merging those that follow each other, in time order.

    Parameters
    ----------
    seen : the angles from the starting position
    found : excursions of any axis that are no trials
    plain : trials; movements that accompany one are part of it and not reported
    """
    apart = [e for e in found if not any(together(e, p) for p in plain)]
    stretches: list[list[Excursion]] = []
    for e in sorted(apart, key=lambda e: (e.start_s, e.end_s)):
        if stretches and e.start_s - max(o.end_s for o in stretches[-1]) <= RULES.one_stretch_s:
            stretches[-1].append(e)
        else:
            stretches.append([e])
    told = []
    for stretch in stretches:
        start, end = stretch[0].start_s, max(e.end_s for e in stretch)
        way = slice(*np.searchsorted(seen.time, [start - 1e-9, end + 1e-9]))
        why: NotATrial = "circle" if _turned_deg(seen.time[way], seen.angle[way]) >= RULES.circle_deg else "wandering"
        told.append(LeftOut(start, end, max(e.angle_deg for e in stretch), why))
    return told


def merged(told: Sequence[LeftOut]) -> list[LeftOut]:
    """The same in time order, consecutive ones merged under the most serious kind; cut-off ones stay separate."""
    grave: tuple[NotATrial, ...] = ("alone", "wandering", "circle")
    kept: list[LeftOut] = []
    for o in sorted(told, key=lambda o: (o.start_s, o.end_s)):
        last = kept[-1] if kept else None
        near = last is not None and o.start_s - last.end_s <= RULES.one_stretch_s
        if last is None or not near or "cut_off" in (o.why, last.why):
            kept.append(o)
            continue
        why = max(o.why, last.why, key=grave.index)
        kept[-1] = LeftOut(last.start_s, max(o.end_s, last.end_s), max(o.angle_deg, last.angle_deg), why)
    return kept


def _turned_deg(time_s: Floats, path: Floats) -> float:
    """Winding angle of the head about a centre, degrees, in the two of the three angles in which it is largest.

    What it turned while it passed the centre or was out of sight does not count: it is half a turn either way.
    """
    if len(path) < 3:
        return 0.0
    most = 0.0
    for a, b in ((1, 2), (0, 1), (0, 2)):
        for middle in (np.zeros(2), (path[:, [a, b]].max(0) + path[:, [a, b]].min(0)) / 2):
            x, y = (path[:, [a, b]] - middle).T
            far = np.hypot(x, y) > RULES.leave_deg
            steps = np.diff(np.unwrap(np.arctan2(y, x)))
            steps[~(far[1:] & far[:-1]) | (np.diff(time_s) > RULES.gap_s)] = 0
            most = max(most, float(np.degrees(np.ptp(np.cumsum(steps)))))
    return most


def together(a: Excursion, b: Excursion) -> bool:
    """Whether two excursions belong to one movement: most of the shorter lies within the other."""
    common = min(a.end_s, b.end_s) - max(a.start_s, b.start_s)
    return common > 0.5 * min(a.end_s - a.start_s, b.end_s - b.start_s)

"""Finding excursions of one angle from the starting position, their holds, and what a lost face may have hidden.

Works on one anatomical angle over time. An excursion leaves the starting position to one side and comes back, or
crosses straight to the other side; its hold is the plateau near its peak. No click, script or metronome is needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from romcheck.arrays import Bools, Floats, Ints
from romcheck.motion.rules import RULES
from romcheck.motion.smoothing import local_fit


@dataclass(frozen=True)
class Excursion:
    """One way out and back.

    Attributes
    ----------
    sign : +1 or -1, the side
    start_s, end_s : from the last rest before to the first rest after, the hold included
    angle_deg : positive; median over the hold, peak of the curve without one, largest angle seen if `beyond_reach`
    peak : frame of the largest angle seen
    hold : frames of the hold; empty without one
    hold_s : how long it lasted
    beyond_reach : the face was lost where the end range may have been
    face_lost : the hold was seen, but for part of it the face was lost
    cut_off : the recording, or the span searched, begins or ends during the movement: the end range, or the way to it,
        was not seen
    """

    sign: int
    start_s: float
    end_s: float
    angle_deg: float
    peak: int
    hold: Ints
    hold_s: float
    beyond_reach: bool
    face_lost: bool
    cut_off: bool = False

    @property
    def held(self) -> bool:
        """Whether it has a hold."""
        return len(self.hold) > 0


@dataclass(frozen=True)
class Course:
    """The three anatomical angles over time, seen frames only.

    Attributes
    ----------
    frame : (m,) index in the track
    time : (m,) seconds
    angle : (m, 3) rotation, flexion, lateral flexion from the starting position, degrees
    speed : (m, 3) absolute rate of change of each, degrees per second
    still : (m,) highest speed that counts as holding still
    """

    frame: Ints
    time: Floats
    angle: Floats
    speed: Floats
    still: Floats


def course(time: Floats, angle: Floats, noise_deg: float = 0.0) -> Course:
    """Prepare smoothed angles (n, 3), NaN where not known, for `excursions`.

    `noise_deg`, the standard deviation of a frame before smoothing, raises the highest speed that counts as still.
    """
    seen = np.flatnonzero(np.isfinite(angle).all(axis=1))
    fit = local_fit(time[seen], angle[seen])
    still = np.maximum(RULES.hold_deg_per_s, 2 * noise_deg * fit.slope_gain)
    return Course(seen, time[seen], angle[seen], np.abs(fit.slope), still)


def excursions(of: Course, axis: int, spell: Ints | None = None, cut_off: bool = False) -> list[Excursion]:
    """Find the excursions of one angle, in time order.

    Parameters
    ----------
    of : the angles; missing frames are never interpolated
    axis : which of the three
    spell : (n,) label of each frame of the track: an excursion lies within one label, and frames labelled 0 are not
        searched
    cut_off : whether to include excursions that are cut off
    """
    label = np.ones(len(of.frame), np.int64) if spell is None else spell[of.frame]
    known = np.flatnonzero(label > 0)
    if len(known) < 5:
        return []
    parted = (np.diff(of.time[known]) > RULES.absence_s) | (np.diff(label[known]) != 0)
    found: list[Excursion] = []
    for part in np.split(known, np.flatnonzero(parted) + 1):
        if len(part) < 2:  # one frame shows no movement
            continue
        for sign in (1, -1):
            side = _Side(
                of.time[part], sign * of.angle[part, axis], of.speed[part, axis], of.still[part], of.frame[part], sign
            )
            all_of_it = (side.excursion(*limits) for limits in side.trials())
            found += [e for e in all_of_it if e is not None and (cut_off or not e.cut_off)]
    return sorted(found, key=lambda e: (e.start_s, e.end_s))


@dataclass(frozen=True)
class _Side:
    """The angle towards one side while the person was there, seen frames only.

    t, y, speed, still : (m,) times; angle, + to this side; speed; highest speed that counts as holding still
    frame : (m,) index in the track
    """

    t: Floats
    y: Floats
    speed: Floats
    still: Floats
    frame: Ints
    sign: int

    def trials(self) -> list[tuple[int, int, int]]:
        """(lowest before, peak, lowest after) of each excursion: peaks with a deep enough valley on both sides."""
        peaks: list[int] = []
        valleys: list[int] = [0]
        # Candidate peak, lowest sample since the last peak. A movement that begins away from the
        # starting position is taken to have come from it.
        top, low = (0 if self.y[0] > RULES.leave_deg else -1), 0
        for i in np.flatnonzero(self._turning()):
            y = self.y[i]
            if top >= 0:
                if y > self.y[top]:
                    top = int(i)
                elif y < RULES.valley * self.y[top]:
                    peaks.append(top)
                    top, low = -1, int(i)
            elif y < self.y[low]:
                low = int(i)
            elif y > RULES.leave_deg and y > max(0.0, self.y[low]) / RULES.valley and y > self.y[low] + RULES.leave_deg:
                valleys = [*valleys, low] if peaks else [low]
                top = int(i)
        if top >= 0:
            peaks.append(top)
            low = len(self.y) - 1
        if not peaks:
            return []
        valleys = [*valleys[: len(peaks)], low]
        return [
            (valleys[k], peak, valleys[k + 1]) for k, peak in enumerate(peaks) if self.y[peak] >= RULES.smallest_deg
        ]

    def _turning(self) -> Bools:
        """Mark the samples that matter for peaks and valleys: where the curve turns, and both ends."""
        rise = np.sign(np.diff(self.y))
        return np.concatenate([[True], rise[1:] != rise[:-1], [True]])

    def excursion(self, before: int, peak: int, after: int) -> Excursion | None:
        """One excursion, or None for a small movement without a hold."""
        y, t = self.y, self.t
        start, end = self._extent(before, peak, after)
        hold = self._hold(start, peak, end)
        at_beginning = before == 0 and y[: start + 1].min() > max(RULES.leave_deg, RULES.valley * y[peak])
        at_end = after == len(y) - 1 and y[end:].min() > RULES.valley * y[peak]
        cut_off = bool(at_beginning or (at_end and not len(hold)))

        level = float(np.median(y[hold])) if len(hold) else float(y[peak])
        gaps = [g for g in range(start, end) if t[g + 1] - t[g] > RULES.gap_s]
        margin = max(2.0, RULES.onset * level)
        beyond = face_lost = False
        for g in gaps:
            border = max(y[g], y[g + 1])
            missing = t[g + 1] - t[g]
            if not len(hold):
                beyond |= bool(
                    border > RULES.hold_level * level
                    and (abs(t[peak] - t[g]) <= RULES.edge_s or abs(t[peak] - t[g + 1]) <= RULES.edge_s)
                )
                beyond |= self._hidden_end(g, float(self.speed[start : end + 1].max())) > level + margin
                continue
            if border > level + margin:
                beyond = True
            elif border > level - margin and self._adjoins(g, hold):
                held = np.diff(t[hold])
                beyond |= bool(held[held <= RULES.gap_s].sum() < missing)
                face_lost = True
        if beyond:
            level, hold = float(y[peak]), hold[:0]
        elif not len(hold) and level < RULES.smallest_quick_deg:
            return None
        return Excursion(
            self.sign, float(t[start]), float(t[end]), level, int(self.frame[peak]), self.frame[hold],
            float(t[hold[-1]] - t[hold[0]]) if len(hold) else 0.0, beyond,
            face_lost or beyond, cut_off,
        )  # fmt: skip

    def _hidden_end(self, gap: int, top_speed: float) -> float:
        """How far the head may have gone, and been held, in the gap after sample `gap`, degrees.

        It is assumed to go on from where it was last seen, and come back to where it is seen again, at the top speed of
        the excursion.
        """
        on_the_way_s = max(0.0, float(self.t[gap + 1] - self.t[gap]) - RULES.hold_shortest_s)
        return float(self.y[gap] + self.y[gap + 1] + top_speed * on_the_way_s) / 2

    def _adjoins(self, gap: int, hold: Ints) -> bool:
        """Whether the gap after sample `gap` lies in the hold or right beside it."""
        t = self.t
        return bool(t[gap + 1] >= t[hold[0]] - RULES.edge_s and t[gap] <= t[hold[-1]] + RULES.edge_s)

    def _extent(self, before: int, peak: int, after: int) -> tuple[int, int]:
        """First and last sample: where the curve leaves, and comes back to, the rest on either side.

        The rest is where the head is slow again below the valley level, or the lowest sample there, or the starting
        position where the head crosses to the other side.
        """
        limits = []
        slow = (self.speed < self.still) & (self.y < RULES.valley * self.y[peak])
        for low, step in ((before, -1), (after, 1)):
            base = max(0.0, float(self.y[low]))
            onset = base + max(RULES.onset_deg, RULES.onset * (self.y[peak] - base))
            way = np.arange(peak, low + step, step)
            back = np.flatnonzero((self.y[way] <= onset) | slow[way])
            limits.append(int(way[back[0]]) if len(back) else low)
        return limits[0], limits[1]

    def _hold(self, start: int, peak: int, end: int) -> Ints:
        """Choose the plateau: the highest stretch near the peak where the head is slow for long enough."""
        y, t = self.y, self.t
        i = np.arange(start, end + 1)
        top_speed = float(self.speed[i].max())
        slow = (self.speed[i] < np.maximum(RULES.hold_speed * top_speed, self.still[i])) & (
            y[i] > RULES.hold_level * y[peak]
        )
        i = i[slow]
        if not len(i):
            return i
        # Neither a short twitch nor a gap with the same level on both sides ends a plateau.
        apart = np.diff(t[i]) > RULES.hold_pause_s + np.median(np.diff(t))
        same = np.abs(np.diff(y[i])) < max(2.0, RULES.onset * y[peak])
        unseen = np.diff(i) == 1
        runs = np.split(i, np.flatnonzero(apart & ~(unseen & same)) + 1)
        best: Ints = i[:0]
        for run in runs:
            steps = np.diff(t[run])
            seconds = float(steps[steps <= RULES.gap_s].sum())
            if seconds >= RULES.hold_shortest_s - 1e-6 and (not len(best) or np.median(y[run]) > np.median(y[best])):
                best = run
        return best


def without_false_starts(found: list[Excursion]) -> tuple[list[Excursion], list[Excursion]]:
    """Split excursions into trials and false starts, by comparing each with the largest to its side."""
    trials: list[Excursion] = []
    false: list[Excursion] = []
    for e in found:
        same = [o for o in found if o.sign == e.sign]
        largest = max(o.angle_deg for o in same)
        quick = e.hold_s < RULES.brief_s and not e.beyond_reach
        least = RULES.false_start_quick if quick else RULES.false_start
        (trials if e.angle_deg >= least * largest else false).append(e)
    return trials, false

"""Taking the trunk's turn out of the head's, and reading it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from romcheck.arrays import Bools, Floats
from romcheck.motion.postures import HeldPosture
from romcheck.motion.rotations import Angles, anatomical, distance_deg, mean_rotation
from romcheck.motion.rules import RULES
from romcheck.motion.smoothing import smooth
from romcheck.motion.track import MotionTrack


@dataclass(frozen=True)
class Trunk:
    """The trunk as it is taken into account.

    Attributes
    ----------
    used : whether the head is measured against it; if not, against the camera
    measured : (n,) frames in which it was seen
    turn : (n, 3, 3) its turn in camera axes; the identity everywhere if not used
    sigma_deg : (n,) standard uncertainty where it was measured; where it was not, what has grown since; 0 if not used
    """

    used: bool
    measured: Bools
    turn: Floats
    sigma_deg: Floats

    def sigma_of(self, turned_deg: Floats) -> Floats:
        """(n,) standard uncertainty that the trunk gives to a head turned by (n,) degrees from the starting position.

        What an unseen trunk does grows with the turn of the head (`RULES.trunk_joins`).
        """
        joins = RULES.trunk_joins * turned_deg
        if not self.used:
            return joins
        most = np.maximum(joins, max(RULES.trunk_unknown_deg, float(self.sigma_deg[self.measured].max())))
        return np.where(self.measured, self.sigma_deg, np.minimum(self.sigma_deg, most))

    def strayed_deg(self, time_s: Floats, rests: Sequence[HeldPosture], start: HeldPosture) -> Floats:
        """(n,) standard uncertainty of a trunk that comes to rest turned, and the head turned against it.

        Patches that settled in the wrong place after a jump between pictures show that, and so does somebody who moved
        on the chair and looks where they looked before. One is as likely as the other: the root mean square of the
        whole and nothing, between the rests evenly.

        Parameters
        ----------
        time_s : (n,)
        rests : where the head rested relative to the trunk; those near the starting position count
        start : the starting position
        """
        at, turned = [], []
        from_turn = self.turn_in(start)
        for rest in rests if self.used else ():
            against = float(distance_deg(rest.R, start.R))
            if against <= RULES.same_rest_deg:
                both = min(against, float(distance_deg(self.turn_in(rest), from_turn)))
                at.append((rest.start_s + rest.end_s) / 2)
                turned.append(both if both > RULES.trunk_strays_deg else 0.0)
        if not at:
            return np.zeros(len(time_s))
        return np.asarray(np.interp(time_s, at, turned) / np.sqrt(2))

    def turn_in(self, held: HeldPosture) -> Floats:
        """(3, 3) its mean turn while a posture was held."""
        return mean_rotation(self.turn[held.first : held.last + 1])

    def angles_from(self, start: Floats, upright: Floats) -> Angles:
        """Turn and lean of the trunk from its orientation `start`, NaN where it was not measured.

        Parameters
        ----------
        start : (3, 3) the trunk's turn at the starting position, camera axes
        upright : (3, 3) the head in upright neutral, camera axes; its Y axis is the vertical

        Returns
        -------
        Angles: rotation about the vertical, + to the subject's left; flexion and lateral flexion are its lean
        """
        known = (self.measured & self.used)[:, None, None]
        return trunk_angles(np.where(known, self.turn, np.nan), start, upright)


def trunk_angles(turn: Floats, start: Floats, upright: Floats) -> Angles:
    """Turn and lean of a trunk.

    Parameters
    ----------
    turn : (..., 3, 3) the trunk's turn since it was first seen, camera axes; NaN where it is not known
    start, upright : (3, 3) its turn at the starting position, and the head in upright neutral, camera axes

    Returns
    -------
    Angles: rotation about the vertical, + to the subject's left; flexion and lateral flexion are its lean
    """
    return anatomical(upright.T @ (turn @ start.T) @ upright)


def trunk_of(track: MotionTrack) -> Trunk:
    """Decide whether the trunk is well enough known to measure against, and fill the frames between.

    It is used as a whole or not at all: switching in mid-turn would look like a movement of the head. A trunk moves
    slowly, so that between measured frames it is taken to turn evenly, with a growing uncertainty.
    """
    n = len(track)
    measured = track.trunk_valid & (track.trunk_sigma_deg <= RULES.trunk_sigma_deg)
    smoothed = smooth(track.time_s, measured, track.trunk)
    measured = smoothed.valid
    both = int((measured & track.valid).sum())
    if both < 2 or both < RULES.trunk_share * int(track.valid.sum()):
        return Trunk(False, np.zeros(n, bool), np.tile(np.eye(3), (n, 1, 1)), np.zeros(n))
    index = np.flatnonzero(measured)
    known, time = track.time_s[index], track.time_s
    turn = Slerp(known, Rotation.from_matrix(smoothed.R[index]))(np.clip(time, known[0], known[-1])).as_matrix()
    right = np.clip(np.searchsorted(known, time), 0, len(known) - 1)
    left = np.clip(right - 1, 0, len(known) - 1)
    since = np.minimum(np.abs(time - known[left]), np.abs(time - known[right]))
    base = np.interp(time, known, track.trunk_sigma_deg[index])
    grown = np.hypot(base, RULES.trunk_growth_deg_per_s * since)
    return Trunk(True, measured, turn, np.where(measured, base, grown))

"""Whether the region tracked below the neck is the trunk.

Neck and hanging hair move with the head by a share that falls from the chin downwards, a hand or a strap on its own:
the two halves of such a region rotate differently. A trunk is rigid, and its halves rotate alike. Correlation with the
head's rotation alone decides nothing, as the trunks of seated people move along; then only agreeing halves show that
it is the trunk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from romcheck.arrays import Floats
from romcheck.motion.rotations import distance_deg
from romcheck.person.settings import PERSON

TRUNK = PERSON.trunk


@dataclass(frozen=True)
class Belief:
    """Verdict from the two halves.

    Attributes
    ----------
    believed : whether the region is accepted as the trunk
    doubt_deg : (n,) standard uncertainty added by the disagreement of the halves, half of their difference that
        correlates with the head's rotation, and by restlessness (:func:`restless_deg`); 0 where not known
    """

    believed: bool
    doubt_deg: Floats


def belief(time_s: Floats, head: Floats, whole: Floats, halves: Sequence[tuple[Floats, Floats]]) -> Belief:
    """Accept or reject a region as the trunk by comparing its halves.

    Parameters
    ----------
    time_s : (n,)
    head : (n, 3, 3) orientation of the head, head axes to camera axes; NaN where unknown
    whole : (n, 3, 3) orientation of the region tracked, in axes of its own; NaN where unknown
    halves : for each way of halving it, the orientations of both halves
    """
    n = len(head)
    turn, turned = _turns(head), _turns(whole)
    follows = _goes_with(turn, turned)
    if follows is None:
        return Belief(False, np.zeros(n))
    doubt = restless_deg(time_s, turned - follows)
    shown = _most(follows)
    believed = shown <= TRUNK.most_share * _most(turn)
    read = np.isfinite(whole[:, 0, 0])
    for a, b in halves:
        both = read & np.isfinite(a[:, 0, 0]) & np.isfinite(b[:, 0, 0])
        apart = _goes_with(turn, _turns(np.where(both[:, None, None], a.transpose(0, 2, 1) @ b, np.nan)))
        if apart is None or both.sum() < TRUNK.least_both_read * read.sum():
            return Belief(False, doubt)
        still = shown <= TRUNK.agree_deg
        believed &= _most(apart) <= (
            TRUNK.still_agree_deg if still else max(TRUNK.agree_deg, TRUNK.agree_share * shown)
        )
        doubt = np.hypot(doubt, np.nan_to_num(np.linalg.norm(apart, axis=1)) / 2)
    return Belief(bool(believed), doubt)


def restless_deg(time_s: Floats, own: Floats) -> Floats:
    """(n,) standard uncertainty of a trunk that turns to and fro more than people who sit do, degrees.

    After a jump between pictures, or on cloth that repeats itself, patches settle in the wrong place, here and there
    again; the region then turns by itself, also while the head keeps still. It is the standard deviation of that over
    ``TRUNK.restless_s`` before and after, above what sway and noise give.

    Parameters
    ----------
    time_s : (n,)
    own : (n, 3) its rotation vectors without the part that goes with the head's rotation, degrees; NaN where unknown
    """
    known = np.flatnonzero(np.isfinite(own).all(1))
    if not len(known):
        return np.zeros(len(own))
    at = time_s[known]
    low, high = (np.searchsorted(at, at + way * TRUNK.restless_s) for way in (-1, 1))
    sums = np.cumsum(np.concatenate([np.zeros((1, 4)), np.c_[own[known], (own[known] ** 2).sum(1)]]), axis=0)
    mean = (sums[high] - sums[low]) / (high - low)[:, None]
    variance = mean[:, 3] - (mean[:, :3] ** 2).sum(1)
    return np.asarray(np.interp(time_s, at, np.sqrt(np.maximum(variance - TRUNK.restless_deg**2, 0))))


def _turns(R: Floats) -> Floats:
    """(n, 3) rotation vectors from the first known orientation, degrees; NaN where unknown."""
    turn = np.full((len(R), 3), np.nan)
    known = np.flatnonzero(np.isfinite(R[:, 0, 0]))
    if len(known):
        turn[known] = Rotation.from_matrix(R[known] @ R[known[0]].T).as_rotvec(degrees=True)
    return turn


def _goes_with(head: Floats, turn: Floats) -> Floats | None:
    """(n, 3) the part of rotations explained by the head's, by least squares; None where there are too few frames.

    Noise and sway, which do not correlate with the head, cancel over the frames.
    """
    known = np.isfinite(head).all(1) & np.isfinite(turn).all(1)
    if known.sum() < 2 * (head.shape[1] + 1):
        return None
    A = np.column_stack([head, np.ones(len(head))])
    # A weak prior fixes directions in which the head never turned.
    hold = np.diag([1.0, 1.0, 1.0, 0.0])
    by = np.linalg.solve(A[known].T @ A[known] + hold, A[known].T @ turn[known])
    return np.asarray(head @ by[:3])


def _most(turn: Floats) -> float:
    """Magnitude of the largest rotations among (n, 3), degrees, apart from a few outliers."""
    size = np.linalg.norm(turn, axis=1)
    return float(np.nanquantile(size, TRUNK.most_of)) if np.isfinite(size).any() else 0.0


def turn_since_first(T: Floats) -> Floats:
    """Turn of the trunk since its first keyframe, camera axes; NaN where it is lost or impossible."""
    known = np.flatnonzero(np.isfinite(T[:, 0, 0]))
    if not len(known):
        return T
    turn = T @ T[known[0]].T
    turn[~(distance_deg(turn, np.eye(3)) < TRUNK.farthest_turn_deg)] = np.nan
    return np.asarray(turn)

"""Smoothing on true times: local quadratic regression, after frames that stand apart have been left out.

A quadratic fitted to both sides of a frame has no lag, and reproduces a peak whose curve is a parabola exactly, so
that a quick turn is not clipped. Frames need not be evenly spaced. Nothing is filled in: a frame that was not valid
stays so.

Sources: local regression, Cleveland & Devlin 1988 (J Am Stat Assoc 83:596); outlier rule, Hampel 1974
(J Am Stat Assoc 69:383).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from romcheck.arrays import Bools, Floats, Ints
from romcheck.motion.jumps import segments
from romcheck.motion.rotations import distance_deg, matrices, quaternions
from romcheck.motion.rules import RULES


@dataclass(frozen=True)
class LocalFit:
    """A local regression of m samples of d signals.

    Attributes
    ----------
    value, slope : (m, d) fitted value and its rate of change a second
    slope_gain : (m,) standard error of the slope for samples with unit noise, 1/s
    leverage : (m,) share of each sample in its own fitted value
    """

    value: Floats
    slope: Floats
    slope_gain: Floats
    leverage: Floats


@dataclass(frozen=True)
class SmoothTrack:
    """Orientations after smoothing.

    Attributes
    ----------
    valid : (n,) as given, without the frames that stood apart
    R : (n, 3, 3) smoothed; NaN where not valid
    noise_deg : standard deviation of one frame about the smooth curve, per axis
    wobble_deg : what is left of it after smoothing: standard deviation of the angle between two smoothed postures
        that should be one
    """

    valid: Bools
    R: Floats
    noise_deg: float
    wobble_deg: float


def local_fit(time: Floats, y: Floats, piece: Ints | None = None) -> LocalFit:
    """Local quadratic regression with tricube weights.

    The window reaches `RULES.window_s` to each side, further where frames are sparse (so that five samples take
    part); with fewer than five samples in reach a line is fitted, with fewer than three the sample is kept.

    Parameters
    ----------
    time : (m,) seconds, strictly increasing
    y : (m, d) finite
    piece : (m,) label of the stretch each sample belongs to; no window reaches into another one
    """
    m = len(time)
    index = np.arange(m)
    piece = np.zeros(m, np.int64) if piece is None else piece
    around = index[:, None] + np.arange(-4, 5)
    away = np.abs(time[np.clip(around, 0, m - 1)] - time[:, None])
    away[(around < 0) | (around >= m)] = np.inf
    fourth = np.sort(away, axis=1)[:, 4]  # itself is the nearest
    reach = np.clip(np.where(np.isfinite(fourth), 1.1 * fourth, 0), RULES.window_s, 3 * RULES.window_s)
    width = int(np.max(np.searchsorted(time, time + reach.max(initial=0.0)) - index, initial=0))

    S = np.zeros((5, m))
    B = np.zeros((3, m, y.shape[1]))
    count = np.zeros(m, np.int64)
    for offset in range(-width, width + 1):
        other = np.clip(index + offset, 0, m - 1)
        u = (time[other] - time) / reach
        w = np.clip(1 - np.abs(u) ** 3, 0, None) ** 3
        w[(index + offset != other) | (piece[other] != piece)] = 0.0
        count += w > 0
        for k in range(5):
            S[k] += w * u**k
        for k in range(3):
            B[k] += (w * u**k)[:, None] * y[other]

    # The terms that too few samples cannot carry are pinned to zero by a huge penalty.
    M = np.stack([S[[0, 1, 2]], S[[1, 2, 3]], S[[2, 3, 4]]]).transpose(2, 0, 1)
    M[:, 2, 2] += np.where(count < 5, 1e9, 1e-9)
    M[:, 1, 1] += np.where(count < 3, 1e9, 1e-9)
    inverse = np.linalg.inv(M)
    c = np.einsum("mij,jmd->mid", inverse, B)
    return LocalFit(
        value=c[:, 0],
        slope=c[:, 1] / reach[:, None],
        slope_gain=np.sqrt(inverse[:, 1, 1]) / reach,
        leverage=inverse[:, 0, 0],
    )


def standing_apart(time: Floats, q: Floats) -> Bools:
    """(m,) True for quaternions (m, 4), all of one hemisphere, far from the middle of their neighbours (Hampel's rule).

    Far means more than three robust standard deviations of the neighbourhood and more than `RULES.outlier_deg`.
    During a fast turn the neighbourhood is wide and the rule lenient, so no peak is cut off.
    """
    m = len(time)
    if m < 5:
        return np.zeros(m, bool)
    width = max(2, round(RULES.window_s / float(np.median(np.diff(time)))))
    offsets = np.unique(np.round(np.linspace(-width, width, 13)).astype(int))
    other = np.arange(m)[:, None] + offsets
    other = np.abs(other)  # mirror at both ends, where there is one side only
    other = np.where(other >= m, 2 * (m - 1) - other, other) % m
    middle = np.median(q[other], axis=1)
    middle /= np.linalg.norm(middle, axis=1, keepdims=True)
    R, R_middle = matrices(q), matrices(middle)
    spread = np.median(distance_deg(R[other], R_middle[:, None]), axis=1)
    return np.asarray(distance_deg(R, R_middle) > np.maximum(RULES.outlier_deg, 3 * 1.4826 * spread))


def smooth(time: Floats, valid: Bools, R: Floats) -> SmoothTrack:
    """Smooth a track of orientations.

    Parameters
    ----------
    time : (n,) seconds, strictly increasing, not necessarily even
    valid : (n,) where R is known
    R : (n, 3, 3)
    """
    out = np.full(R.shape, np.nan)
    keep = valid & np.isfinite(R).all(axis=(1, 2))
    if not keep.any():
        return SmoothTrack(keep, out, 0.0, 0.0)
    q = _one_hemisphere(quaternions(R[keep]))
    index = np.flatnonzero(keep)

    # Jumps first: a false lock of several frames, once thinned by the other rule, would pass for a fast turn.
    piece = segments(time[index], q)
    first, last = np.searchsorted(piece, piece), np.searchsorted(piece, piece, "right") - 1
    lasting = (time[index][last] - time[index][first] >= RULES.shortest_segment_s) | (piece.max(initial=0) == 0)
    index, q = index[lasting], q[lasting]
    good = ~standing_apart(time[index], q)
    index, q = index[good], q[good]
    piece = segments(time[index], q)
    kept = np.zeros(len(time), bool)
    kept[index] = True
    if not len(index):
        return SmoothTrack(kept, out, 0.0, 0.0)

    fit = local_fit(time[index], q, piece)
    out[index] = matrices(fit.value / np.linalg.norm(fit.value, axis=1, keepdims=True))
    residual = distance_deg(matrices(q), out[index]) / np.sqrt(np.clip(1 - fit.leverage, 0.05, 1))
    # 1.538 is the median length of a vector of three unit normal components.
    noise = float(np.median(residual)) / 1.538
    return SmoothTrack(kept, out, noise, noise * float(np.sqrt(3 * np.median(fit.leverage))))


def _one_hemisphere(q: Floats) -> Floats:
    """Choose each quaternion's sign to lie with their common direction: continuous for turns below 180° from it."""
    axis = np.linalg.eigh(q.T @ q)[1][:, -1]
    return np.where((q @ axis < 0)[:, None], -q, q)

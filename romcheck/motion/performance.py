"""How a movement was made: its time, how steady its hold was, how smooth the way out, how far its axis wandered.

Each by its definition, and only where the picture rate and the noise of the reading let it be told; else the reason
stands in its place. A peak speed is not given: a webcam's exposure blurs fast turns by an amount nobody states.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from romcheck.arrays import Bools, Floats, Ints
from romcheck.motion.movements import Excursion
from romcheck.motion.postures import HeldPosture, angles_from
from romcheck.motion.reading import Motion
from romcheck.motion.rules import RULES
from romcheck.motion.smoothing import local_fit
from romcheck.results import LeftOutWhy, Performance

ONSET_SHARE, END_SHARE = 0.05, 0.95
"""Movement time is from the first to the second share of the angle: speeds at both ends are too near to the noise."""
BEFORE_S = 0.8
"""Before the movement is seen to begin it is slow already."""
SETTLING_S = 0.3
"""Left out at both ends of a hold: the head still arrives, or leaves already."""
STEADY_S = 0.7
"""Least rest of a hold whose scatter says something; protocols ask for holds of one to two seconds."""
NOISE_SHARE = 0.5
"""A value of which the noise of the reading may make more than this is left out."""
STANDING_DEG = 0.15
"""A head that does not move at all is read to move slowly by about this (benchmarks/made_again.py, painted heads)."""
NOISE_PEAK = 3.0
"""The largest of the noise's amplitudes over their root mean square, about."""
PASSED = 0.5
"""How much of the noise's amplitudes smoothing lets pass, in the frequencies that matter."""
RATE_LEAST = 19.5
"""Pictures a second. The spectrum is taken up to ``CUT_HZ``, which half the rate must reach."""
CUT_HZ, AMPLITUDE, PADDING = 10.0, 0.05, 4
"""Of the spectral arc length, as published: highest frequency, least amplitude over the largest, and by how many powers
of two the speeds are padded (Balasubramanian et al. 2015, J NeuroEng Rehabil 12:112, doi 10.1186/s12984-015-0090-9)."""
MOVING_SHARE = 0.3
"""The axis is that of frames faster than this share of the greatest speed; slower ones show noise."""
AXIS_OVER_S = 0.2
"""The turn whose axis is taken: within less of it the noise of two postures decides its direction."""
DECIMALS = 4


def performance_of(motion: Motion, start: HeldPosture, axis: int, e: Excursion) -> Performance:
    """How one excursion was made.

    Parameters
    ----------
    motion : the track made ready
    start : the starting position
    axis : the angle measured: 0 rotation, 1 flexion, 2 lateral flexion
    e : the excursion
    """
    time = motion.time
    angle = e.sign * angles_from(start.R, motion.smooth.R).of(axis)
    missing: dict[str, LeftOutWhy] = {}
    values: dict[str, float] = {}

    def put(name: str, value: float | LeftOutWhy) -> None:
        if isinstance(value, str):
            missing[name] = value
        else:
            values[name] = round(value, DECIMALS)

    put("steadiness_deg", _steadiness(motion, angle, e))
    way = _way_out(motion, e)
    if isinstance(way, str):
        for name in ("movement_time_s", "smoothness", "axis_wander_deg"):
            put(name, way)
    else:
        head = np.swapaxes(motion.trunk.turn[way], 1, 2) @ motion.track.head[way]
        angles = angles_from(start.R, head)  # as read: smoothing would stretch what is quick
        read = e.sign * angles.of(axis)
        put("movement_time_s", movement_time_s(time[way], read, e.angle_deg, moving_noise_deg(time[way], read)))
        put("smoothness", smoothness(time[way], angle[way], moving_noise_deg(time[way], read)))
        noise = max(moving_noise_deg(time[way], angles.of(k)) for k in range(3))
        put("axis_wander_deg", axis_wander_deg(time[way], motion.smooth.R[way], noise * _smoothed(motion)))
    return Performance(**values, left_out=missing)


def _smoothed(motion: Motion) -> float:
    """What smoothing leaves of the noise of a frame, as the angle between two postures."""
    return motion.smooth.wobble_deg / motion.smooth.noise_deg if motion.smooth.noise_deg > 0 else 1.0


def moving_noise_deg(time: Floats, angle: Floats) -> float:
    """Standard deviation of a frame's angle (m,) while it moves: what no parabola through its neighbours explains.

    It is larger than at rest, where the poses between those followed are filled in.
    """
    four = np.lib.stride_tricks.sliding_window_view(time, 4)
    weight = np.stack([1 / np.prod(np.delete(four[:, [k]] - four, k, axis=1), axis=1) for k in range(4)], 1)
    third = (weight * np.lib.stride_tricks.sliding_window_view(angle, 4)).sum(1)
    return float(np.sqrt(np.mean(third**2 / (weight**2).sum(1))))


def _way_out(motion: Motion, e: Excursion) -> Ints | LeftOutWhy:
    """Frames from the rest before to the end range, or why they do not show the way."""
    if e.beyond_reach or e.cut_off:
        return "end_unseen"
    time = motion.time
    last = int(e.hold[0]) + int(np.searchsorted(time[e.hold], time[e.hold[0]] + SETTLING_S)) if e.held else e.peak
    frames = np.flatnonzero(motion.smooth.valid & (time >= e.start_s - BEFORE_S) & (np.arange(len(time)) <= last))
    if len(frames) < 5 or float(np.diff(time[frames]).max()) > RULES.gap_s / 2:
        return "gap"
    return frames


def movement_time_s(time: Floats, angle: Floats, end_deg: float, noise_deg: float) -> float | LeftOutWhy:
    """Seconds from 5 to 95 % of the angle at the end range, between frames by a line.

    Parameters
    ----------
    time, angle : (m,) from the rest before to the end range; angle + outwards, degrees
    end_deg : angle at the end range
    noise_deg : standard deviation of an angle
    """
    if ONSET_SHARE * end_deg * NOISE_SHARE < noise_deg:
        return "noise"
    lowest = int(angle[: max(1, int(np.argmax(angle >= end_deg / 2)))].argmin())
    base = float(angle[max(0, lowest - 2) : lowest + 3].mean())
    low, high = (base + share * (end_deg - base) for share in (ONSET_SHARE, END_SHARE))
    reached = np.flatnonzero(angle >= high)
    if not len(reached):
        return "end_unseen"
    before = np.flatnonzero(angle[: reached[0] + 1] <= low)
    if not len(before):
        return "gap"
    return _crossing(time, angle, int(reached[0]) - 1, high) - _crossing(time, angle, int(before[-1]), low)


def _crossing(time: Floats, angle: Floats, i: int, level: float) -> float:
    """When the line between frame i and the next meets a level."""
    i = max(i, 0)
    return float(time[i] + (time[i + 1] - time[i]) * (level - angle[i]) / (angle[i + 1] - angle[i]))


def _steadiness(motion: Motion, angle: Floats, e: Excursion) -> float | LeftOutWhy:
    if not e.held:
        return "no_hold"
    time = motion.time[e.hold]
    inner = (time >= time[0] + SETTLING_S) & (time <= time[-1] - SETTLING_S)
    return steadiness_deg(
        time[inner], angle[e.hold][inner], float(np.hypot(motion.smooth.wobble_deg / np.sqrt(3), STANDING_DEG))
    )


def steadiness_deg(time: Floats, angle: Floats, noise_deg: float) -> float | LeftOutWhy:
    """Standard deviation of the angle (m,) over a hold without its ends, less what the reading scatters (per axis)."""
    if len(time) < 5 or time[-1] - time[0] < STEADY_S - 1e-6:
        return "hold_short"
    square = float(np.var(angle, ddof=1))
    # Of a reading without noise a still head is as still as it seems.
    return "noise" if noise_deg**2 > NOISE_SHARE * square and noise_deg > 0 else float(np.sqrt(square - noise_deg**2))


def smoothness(time: Floats, angle: Floats, noise_deg: float) -> float | LeftOutWhy:
    """Spectral arc length of the speed on the way out: negative, the nearer to zero the smoother.

    Parameters
    ----------
    time, angle : (m,) degrees, smoothed; the speed is the slope of a local regression, so that jerks above about 2 Hz
        are not seen
    noise_deg : standard deviation of a frame's angle before smoothing
    """
    rate = 1 / float(np.median(np.diff(time)))
    if rate < RATE_LEAST:
        return "frame_rate"
    even = np.arange(time[0], time[-1], 1 / rate)
    speed = np.interp(even, time, local_fit(time, angle[:, None]).slope[:, 0])
    # Noise in the amplitudes, over the largest: that of n differences over 2/rate, against the sum of the speeds.
    level = noise_deg * rate / np.sqrt(2) * np.sqrt(len(speed)) / max(abs(float(speed.sum())), 1e-9)
    return "noise" if PASSED * NOISE_PEAK * level > NOISE_SHARE * AMPLITUDE else spectral_arc_length(speed, rate)


def spectral_arc_length(speed: Floats, rate: float) -> float:
    """Spectral arc length of speeds (m,) taken `rate` times a second, as published (see ``CUT_HZ``)."""
    size = int(2 ** (np.ceil(np.log2(len(speed))) + PADDING))
    frequency = np.arange(size // 2 + 1) * rate / size
    amplitude = np.abs(np.fft.rfft(speed, size))
    amplitude = (amplitude / amplitude.max())[frequency <= CUT_HZ]
    frequency = frequency[frequency <= CUT_HZ]
    above = np.flatnonzero(amplitude >= AMPLITUDE)
    within = slice(above[0], above[-1] + 1)
    f, a = frequency[within], amplitude[within]
    return -float(np.hypot(np.diff(f) / (f[-1] - f[0]), np.diff(a)).sum())


def axis_wander_deg(time: Floats, R: Floats, noise_deg: float) -> float | LeftOutWhy:
    """How far the instantaneous axis strays from its mean direction on the way out: root mean square angle, degrees.

    The axis is that of the turn within ``AXIS_OVER_S``, weighted by the speed.

    Parameters
    ----------
    time : (m,)
    R : (m, 3, 3) orientations, smoothed
    noise_deg : standard deviation of the angle between two postures that should be one
    """
    later = np.searchsorted(time, time + AXIS_OVER_S - 1e-6)
    first = np.flatnonzero(later < len(time))
    later = later[first]
    turn = Rotation.from_matrix(np.swapaxes(R[first], 1, 2) @ R[later]).as_rotvec(degrees=True)
    size = np.linalg.norm(turn, axis=1)
    speed = size / (time[later] - time[first])
    moving: Bools = speed >= MOVING_SHARE * float(speed.max(initial=0.0))
    if moving.sum() < 5 or size[moving].min() <= 0:
        return "frame_rate"
    weight = size[moving]
    axis = turn[moving] / weight[:, None]
    mean = (weight[:, None] * axis).sum(0)
    mean /= np.linalg.norm(mean)
    off = np.degrees(np.arccos(np.clip(axis @ mean, -1, 1)))
    square = float((weight * off**2).sum() / weight.sum())
    # Both postures scatter, in the two directions across the axis.
    noise = np.degrees(noise_deg * np.sqrt(2 * 2 / 3) / weight)
    own = float((weight * noise**2).sum() / weight.sum())
    return "noise" if own > NOISE_SHARE * square and own > 0 else float(np.sqrt(square - own))

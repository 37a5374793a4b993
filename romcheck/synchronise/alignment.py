"""Aligning two recordings of one movement by cross-correlation, and their differences after alignment."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.signal import correlate

from romcheck.agreement.units import LEAST_CORRELATION, LEAST_RANGE_DEG, seems_radians
from romcheck.arrays import Bools, Floats
from romcheck.i18n.message import message
from romcheck.statistics import mae, rmse
from romcheck.synchronise.series import Series, SeriesError

FASTEST_HZ = 100.0
"""Highest common rate: a neck moves at a few hertz, and the lag is interpolated between samples."""
CLEAR = 0.95
"""A second peak must stay below this share of the first: else a lag of one repetition fits as well."""
LEAST_OVERLAP = 0.5
"""Share of the shorter recording that must lie within the other at a lag that is considered."""
GAP_INTERVALS = 3.5
"""Samples further apart than this many usual intervals are not joined by a line."""


@dataclass(frozen=True)
class Lag:
    """Lag between the clocks.

    Attributes
    ----------
    lag_s : sensor time minus video time of one moment: the sensor's sample at t + lag belongs to the video's frame at t
    correlation : of all axes together at that lag
    second : score of the best other peak as a share of the best; 0 without one
    """

    lag_s: float
    correlation: float
    second: float


@dataclass(frozen=True)
class AxisError:
    """Differences on one axis, video minus sensor, degrees.

    Attributes
    ----------
    axis : rotation, flexion or lateral_flexion
    n : frames in which both are known
    offset_deg : mean difference; mostly that the two count from different starting positions
    rmse_deg, mae_deg : root mean square and mean absolute difference, as they are
    rmse_without_offset_deg, mae_without_offset_deg : the same without the offset
    correlation : Pearson's
    lag_apart_s : lag of this axis alone minus the common lag; NaN where it moves too little
    """

    axis: str
    n: int
    offset_deg: float
    rmse_deg: float
    mae_deg: float
    rmse_without_offset_deg: float
    mae_without_offset_deg: float
    correlation: float
    lag_apart_s: float


@dataclass(frozen=True)
class Window:
    """The same within a span of the video's time; the offset is that of the whole recording."""

    axis: str
    from_s: float
    to_s: float
    n: int
    rmse_deg: float
    mae_deg: float
    rmse_without_offset_deg: float
    mae_without_offset_deg: float


@dataclass(frozen=True)
class Synchronised:
    """A video and a sensor on the video's clock.

    Attributes
    ----------
    video, sensor : their names
    lag : between the clocks
    drift_s : lag of the second half minus that of the first; NaN where a half gives no lag
    time_s : (n,) the video's frames
    video_deg, sensor_deg : (n,) angle of each axis at these frames, NaN where not known
    errors, windows : differences by axis, overall and over time
    """

    video: str
    sensor: str
    lag: Lag
    drift_s: float
    time_s: Floats
    video_deg: dict[str, Floats]
    sensor_deg: dict[str, Floats]
    errors: tuple[AxisError, ...]
    windows: tuple[Window, ...]


def synchronise(
    video: Series, sensor: Series, *, window_s: float = 5.0, max_lag_s: float | None = None
) -> Synchronised:
    """Align a sensor with a video and compare them.

    Both are put on a common clock of at most 100 Hz; the lag is where the correlation over all common axes, among
    samples that both know, times the share of the movement that overlaps, is largest, refined between samples by a
    parabola. Lost frames are ignored.

    Parameters
    ----------
    window_s : length of the spans over which differences are given
    max_lag_s : largest lag considered, either way; by default any at which half of the shorter one overlaps

    Raises
    ------
    SeriesError
        If they have no axis in common or too little movement, if the best correlation is low or another lag fits as
        well, if a lag beyond ``max_lag_s`` fits better than those within it, or if an axis seems to have the opposite
        sign or to be in radians.
    """
    axes = [axis for axis in video.angles if axis in sensor.angles]
    if not axes:
        raise SeriesError("no_common_angle", name=video.name, name2=sensor.name)
    _check_ranges(video, sensor, axes)
    lag = find_lag(video, sensor, axes, max_lag_s, refuse_beyond=True)
    seen = {axis: resampled(sensor, axis, video.time_s + lag.lag_s) for axis in axes}
    errors, windows = [], []
    for axis in axes:
        difference = video.angles[axis] - seen[axis]
        error = _axis_error(axis, video.angles[axis], seen[axis], _lag_apart(video, sensor, [axis], lag))
        errors.append(error)
        windows += _windows(axis, video.time_s, difference, error.offset_deg, window_s)
    return Synchronised(
        video.name,
        sensor.name,
        lag,
        _drift(video, sensor, axes, lag),
        video.time_s,
        {axis: video.angles[axis] for axis in axes},
        seen,
        tuple(errors),
        tuple(windows),
    )


def find_lag(
    video: Series, sensor: Series, axes: list[str], max_lag_s: float | None = None, *, refuse_beyond: bool = False
) -> Lag:
    """Lag of the sensor's clock on the video's; see :func:`synchronise`.

    ``refuse_beyond`` : whether a better fit beyond ``max_lag_s``, with either sign, is an error: then the best within
    it is a chance one, and may look like a reversed sign.
    """
    step = max(1 / FASTEST_HZ, min(video.interval_s, sensor.interval_s))
    grids = [np.arange(s.time_s[0], s.time_s[-1] + step / 2, step) for s in (video, sensor)]
    x = np.array([resampled(video, axis, grids[0]) for axis in axes])
    y = np.array([resampled(sensor, axis, grids[1]) for axis in axes])
    score, correlation = _scores(x, y)
    shifts = np.arange(-(x.shape[1] - 1), y.shape[1])  # sensor sample minus video sample
    lags = shifts * step + grids[1][0] - grids[0][0]
    if max_lag_s is not None:
        considered = np.abs(lags) <= max_lag_s
        if refuse_beyond:
            _refuse_beyond(score, correlation, lags, considered, sensor.name, max_lag_s)
        score = np.where(considered, score, np.nan)
    if not np.isfinite(score).any():
        raise SeriesError("no_overlap", name=video.name, name2=sensor.name)
    best, worst = int(np.nanargmax(score)), int(np.nanargmin(score))
    if -score[worst] > score[best] and -correlation[worst] >= LEAST_CORRELATION:
        raise SeriesError("sign_turned", name=sensor.name, correlation=correlation[worst])
    if correlation[best] < LEAST_CORRELATION:
        raise SeriesError(
            "no_lag",
            name=sensor.name,
            name2=video.name,
            correlation=correlation[best],
            least_correlation=LEAST_CORRELATION,
        )
    second = _second_peak(score, best)
    if second > CLEAR:
        raise SeriesError("lag_unclear", name=sensor.name, second=second, lags=lags[best])
    return Lag(float(lags[best] + step * _vertex(score, best)), float(correlation[best]), second)


def _refuse_beyond(
    score: Floats, correlation: Floats, lags: Floats, considered: Bools, sensor: str, max_lag_s: float
) -> None:
    """Raise SeriesError if the recordings fit clearly better at a lag beyond the limit, with either sign."""
    fit = np.where(np.isfinite(score), np.abs(score), 0.0)
    best = int(np.argmax(fit))
    within = float(fit[considered].max(initial=0.0))
    if not considered[best] and CLEAR * fit[best] > within and abs(correlation[best]) >= LEAST_CORRELATION:
        raise SeriesError(
            "lag_beyond_limit", name=sensor, limit=max_lag_s, lags=lags[best], correlation=correlation[best]
        )


def resampled(series: Series, axis: str, at_s: Floats) -> Floats:
    """Angle at other times, on the line between neighbours; NaN in gaps and beyond the ends."""
    known = np.isfinite(series.angles[axis])
    time, angle = series.time_s[known], series.angles[axis][known]
    if len(time) < 2:
        return np.full(len(at_s), np.nan)
    out = np.interp(at_s, time, angle, left=np.nan, right=np.nan)
    after = np.clip(np.searchsorted(time, at_s), 1, len(time) - 1)
    wide = time[after] - time[after - 1] > GAP_INTERVALS * series.interval_s
    return np.where(wide & (at_s != time[after]) & (at_s != time[after - 1]), np.nan, out)


def _scores(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Score and correlation at every shift of y (a, m) against x (a, n); NaN where too little overlaps.

    The correlation is that of the samples both know, each axis about its own mean in the overlap (masked normalised
    cross-correlation: Padfield 2012, IEEE Trans Image Process 21:2706). The score is the correlation times the share
    of the movement, of the recording that overlaps more, that lies in the overlap: a shift by one repetition loses it.
    """
    cross = var_x = var_y = count = np.zeros(x.shape[1] + y.shape[1] - 1)
    for a, b in zip(x, y, strict=True):
        known_a, known_b = np.isfinite(a).astype(float), np.isfinite(b).astype(float)
        # Centred on the overall mean first, for numerical precision of the sums of squares.
        a, b = (np.where(np.isfinite(v), v - np.nanmean(v), 0.0) for v in (a, b))
        n = np.maximum(np.round(_sums(known_a, known_b)), 0)
        sum_a, sum_b = _sums(a, known_b), _sums(known_a, b)
        safe = np.maximum(n, 1)
        cross = cross + _sums(a, b) - sum_a * sum_b / safe
        var_x = var_x + _sums(a * a, known_b) - sum_a**2 / safe
        var_y = var_y + _sums(known_a, b * b) - sum_b**2 / safe
        count = count + n
    whole_x, whole_y = (float(np.nansum((v - np.nanmean(v, axis=1, keepdims=True)) ** 2)) for v in (x, y))
    enough = count >= LEAST_OVERLAP * min(np.isfinite(x).sum(), np.isfinite(y).sum())
    enough &= (var_x > 1e-9 * whole_x) & (var_y > 1e-9 * whole_y)
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = np.where(enough, cross / np.sqrt(var_x * var_y), np.nan)
        share = np.minimum(1.0, np.maximum(var_x / whole_x, var_y / whole_y))
    return correlation * share, correlation


def _sums(a: Floats, b: Floats) -> Floats:
    """Sum of a[i]·b[i + k] for every shift k, from -(len(a) - 1) on."""
    return np.asarray(correlate(b, a, mode="full", method="fft"))


def _second_peak(score: Floats, best: int) -> float:
    """Best score outside the main peak, relative to it.

    The main peak ends where the score has fallen by a tenth and rises again: ripples near the top are not another lag.
    """
    off = np.where(np.isfinite(score), score, -np.inf)
    top, hill = off[best], [best]
    for step in (-1, 1):
        i = best
        while 0 <= i + step < len(off) and (off[i + step] > 0.9 * top or off[i + step] <= off[i]):
            i += step
            hill.append(i)
    off[hill] = -np.inf
    return max(0.0, float(off.max() / top)) if np.isfinite(off).any() else 0.0


def _vertex(score: Floats, best: int) -> float:
    """Where the parabola through the best sample and its neighbours is highest, samples from the best."""
    if not 0 < best < len(score) - 1 or not np.isfinite(score[best - 1 : best + 2]).all():
        return 0.0
    before, here, after = score[best - 1 : best + 2]
    bend = before - 2 * here + after
    return float(0.5 * (before - after) / bend) if bend < 0 else 0.0


def _drift(video: Series, sensor: Series, axes: list[str], lag: Lag) -> float:
    """Lag found in the second half of the video minus that in the first."""
    middle = (video.time_s[0] + video.time_s[-1]) / 2
    first, second = (
        _lag_apart(
            Series(video.name, video.time_s[half], {axis: video.angles[axis][half] for axis in axes}), sensor, axes, lag
        )
        for half in (video.time_s <= middle, video.time_s > middle)
    )
    return second - first


def _lag_apart(video: Series, sensor: Series, axes: list[str], lag: Lag) -> float:
    """Lag of a part of the recording minus the common lag, within half a second; NaN if unclear."""
    if len(video.time_s) < 2 or not any(_range(video.angles[axis]) >= LEAST_RANGE_DEG for axis in axes):
        return math.nan
    time = sensor.time_s - lag.lag_s
    span = (time >= video.time_s[0] - 1) & (time <= video.time_s[-1] + 1)
    if span.sum() < 2:
        return math.nan
    near = Series(sensor.name, time[span], {axis: sensor.angles[axis][span] for axis in axes})
    try:
        return find_lag(video, near, axes, max_lag_s=0.5).lag_s
    except SeriesError:
        return math.nan


def _axis_error(axis: str, video: Floats, sensor: Floats, lag_apart_s: float) -> AxisError:
    both = np.isfinite(video) & np.isfinite(sensor)
    x, y = video[both], sensor[both]
    d = x - y
    offset = float(d.mean()) if len(d) else math.nan
    moved = len(d) > 2 and np.ptp(x) > 0 and np.ptp(y) > 0
    return AxisError(
        axis,
        len(d),
        offset,
        rmse(d),
        mae(d),
        rmse(d - offset),
        mae(d - offset),
        float(np.corrcoef(x, y)[0, 1]) if moved else math.nan,
        lag_apart_s,
    )


def _windows(axis: str, time: Floats, difference: Floats, offset: float, length_s: float) -> list[Window]:
    out = []
    for i in range(int((time[-1] - time[0]) // length_s) + 1):
        start = float(time[0]) + i * length_s
        d = difference[(time >= start) & (time < start + length_s)]
        d = d[np.isfinite(d)]
        figures = (rmse(d), mae(d), rmse(d - offset), mae(d - offset))
        out.append(Window(axis, start, min(start + length_s, float(time[-1])), len(d), *figures))
    return out


def _check_ranges(video: Series, sensor: Series, axes: list[str]) -> None:
    ranges = {axis: (_range(video.angles[axis]), _range(sensor.angles[axis])) for axis in axes}
    axis, (moved, sensed) = max(ranges.items(), key=lambda item: item[1][0])
    name = message(f"axis.{axis}")
    if moved < LEAST_RANGE_DEG:
        raise SeriesError("too_little_motion", name=video.name, moved=moved)
    if not sensed > 0:
        raise SeriesError("never_changes", name=sensor.name, name2=name, replace=axis.replace("_", "-"))
    if seems_radians(moved, sensed):
        raise SeriesError("radians", name=sensor.name, name2=name, sensed=sensed, moved=moved)


def _range(angle: Floats) -> float:
    """Span of the middle 98 %, degrees: robust to single outliers."""
    known = angle[np.isfinite(angle)]
    return float(np.subtract(*np.percentile(known, [99, 1]))) if len(known) else 0.0

"""Comparison of a measurement with the truth, and counting of errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from clips import FAULTS, Clip, Hold
from numpy.typing import NDArray

from romcheck.results import Frames, Movement, Result

Outcome = Literal["measured", "at least", "rejected", "missed"]

SETTLE_S, LEAVE_S = 0.3, 0.1
"""Excluded at the beginning and the end of a true hold when its frames are counted."""


@dataclass(frozen=True)
class Reading:
    """One true hold and its measurement.

    ``seen`` is the share of the hold's frames with a valid angle. ``flexion_lost_error_deg`` and
    ``trunk_error_deg`` are None where the result does not state the value. ``plain_deg`` is the baseline's
    angle, ``plain_seen`` the share of the hold's frames in which it had one. ``live_apart_deg`` is how much larger the
    live angle was than the final one.
    """

    clip: str
    kind: str
    test: str
    movement: str
    at_s: float
    truth_deg: float
    outcome: Outcome
    angle_deg: float | None = None
    half_width_deg: float | None = None
    reasons: tuple[str, ...] = ()
    seen: float = 0.0
    flexion_lost_error_deg: float | None = None
    trunk_error_deg: float | None = None
    plain_deg: float | None = None
    plain_seen: float | None = None
    live_apart_deg: float | None = None

    @property
    def error_deg(self) -> float:
        """Angle minus truth; NaN unless measured."""
        return self.angle_deg - self.truth_deg if self.outcome == "measured" and self.angle_deg is not None else np.nan


@dataclass(frozen=True)
class SideDifference:
    """Left minus right of one kind of movement, and the same from the baseline."""

    clip: str
    movement: str
    truth_deg: float
    found_deg: float
    half_width_deg: float
    plain_deg: float | None = None


@dataclass(frozen=True)
class ClipScore:
    """All scores of one clip. ``failure`` is the error's text if nothing could be measured."""

    clip: str
    kind: str
    test: str
    test_found: str | None
    readings: tuple[Reading, ...]
    invented: tuple[str, ...] = ()
    differences: tuple[SideDifference, ...] = ()
    seconds: float = 0.0
    failure: str | None = None


@dataclass(frozen=True)
class Plain:
    """The baseline at one hold: its angle, None if the face was never found, and the share of frames with a face."""

    angle_deg: float | None
    seen: float


def score(
    clip: Clip,
    result: Result,
    frames: Frames,
    plain: Sequence[Plain] | None,
    seconds: float,
    live_apart_deg: Sequence[float | None] | None = None,
) -> ClipScore:
    """Compare a measurement with the truth.

    A movement belongs to the first true hold of its name that it overlaps in time. One that belongs to none was
    invented, unless it was rejected.
    """
    spare = [movement for examined in result.tests for movement in examined.movements]
    readings = []
    for i, hold in enumerate(clip.holds):
        found = next(
            (m for m in spare if m.movement == hold.movement and m.start_s < hold.end_s and m.end_s > hold.start_s),
            None,
        )
        if found is not None:
            spare.remove(found)
        reading = _reading(clip, hold, found, frames, plain[i] if plain else None)
        readings.append(replace(reading, live_apart_deg=live_apart_deg[i]) if live_apart_deg else reading)
    invented = tuple(f"{clip.name}: {m.movement} at {m.start_s:.1f} s" for m in spare if m.quality != "rejected")
    return ClipScore(
        clip.name,
        clip.kind,
        clip.test,
        result.test if result.movements else None,
        tuple(readings),
        invented,
        tuple(_differences(clip, result, readings)),
        seconds,
    )


def held_frames(hold: Hold, frames: Frames) -> NDArray[np.bool_]:
    """Which frames belong to a true hold, without its beginning and end."""
    return (frames.time_s >= hold.start_s + SETTLE_S) & (frames.time_s <= hold.end_s - LEAVE_S)


def nothing_measured(clip: Clip, failure: str) -> ClipScore:
    """Score of a clip that could not be measured at all."""
    missed = tuple(_reading(clip, hold, None, None, None) for hold in clip.holds)
    return ClipScore(clip.name, clip.kind, clip.test, None, missed, failure=failure)


def _reading(clip: Clip, hold: Hold, found: Movement | None, frames: Frames | None, plain: Plain | None) -> Reading:
    seen = 0.0
    if frames is not None:
        held = held_frames(hold, frames)
        seen = float(frames.valid[held].mean()) if held.any() else 0.0
    lost = trunk = None
    if found is not None:
        if found.flexion_lost_deg is not None and hold.flexion_lost_deg is not None:
            lost = found.flexion_lost_deg - hold.flexion_lost_deg
        if found.trunk_rotation_deg is not None:
            trunk = found.trunk_rotation_deg - hold.trunk_rotation_deg
    return Reading(
        clip.name,
        clip.kind,
        clip.test,
        hold.movement,
        hold.start_s,
        hold.angle_deg,
        _outcome(clip.kind, found),
        found.angle_deg if found else None,
        found.uncertainty_deg if found else None,
        found.reasons if found else (),
        seen,
        lost,
        trunk,
        plain.angle_deg if plain else None,
        plain.seen if plain else None,
    )


def _outcome(kind: str, found: Movement | None) -> Outcome:
    if found is None:
        return "missed"
    if found.at_least:
        return "at least"
    if found.angle_deg is None or (found.quality == "rejected" and kind not in FAULTS):
        return "rejected"
    return "measured"


def _differences(clip: Clip, result: Result, readings: Sequence[Reading]) -> Iterable[SideDifference]:
    """Left minus right, from the trials that were measured; the truth is that of the same trials."""

    def mean(side: str, value: Callable[[Reading], float | None]) -> float:
        values = [value(r) for r in readings if r.movement == side and r.outcome == "measured"]
        return float(np.mean(values)) if values and None not in values else np.nan  # type: ignore[arg-type]

    for difference in result.differences:
        left, right = f"{difference.movement}_left", f"{difference.movement}_right"
        truth = mean(left, lambda r: r.truth_deg) - mean(right, lambda r: r.truth_deg)
        plain = mean(left, lambda r: r.plain_deg) - mean(right, lambda r: r.plain_deg)
        if np.isfinite(truth):
            yield SideDifference(
                clip.name,
                difference.movement,
                truth,
                difference.left_minus_right_deg,
                difference.uncertainty_deg,
                plain if np.isfinite(plain) else None,
            )


# --- bands

BANDS: dict[str, tuple[tuple[float, float], ...]] = {
    "flexion-rotation": ((20, 55),),
    "rotation": ((20, 60), (60, 78)),
    "flexion": ((0, 45), (45, 90)),
    "extension": ((0, 45), (45, 90)),
    "lateral flexion": ((0, 90),),
}
"""Angles that are counted together, degrees; the lower end belongs to the band, the upper to the next."""


def motion_of(reading: Reading) -> str:
    """What moved, as the bands name it."""
    if reading.test == "flexion-rotation":
        return reading.test
    return reading.movement.removesuffix("_left").removesuffix("_right").replace("_", " ")


def band_of(reading: Reading) -> str:
    """Band a reading is counted in, by its true angle."""
    motion = motion_of(reading)
    for low, high in BANDS[motion]:
        if low <= reading.truth_deg < high:
            return _label(motion, low, high)
    return f"{motion}, other"


def _label(motion: str, low: float, high: float) -> str:
    if high >= 90:
        return f"{motion} over {low:.0f}°" if low else motion
    return f"{motion} {low:.0f}–{high:.0f}°" if low else f"{motion} to {high:.0f}°"


def bands() -> list[str]:
    """Every band in the order of the table."""
    return [
        label
        for motion, limits in BANDS.items()
        for label in (*(_label(motion, *pair) for pair in limits), f"{motion}, other")
    ]


@dataclass(frozen=True)
class Count:
    """Errors of a set of readings, degrees; NaN where there is nothing to count.

    Attributes
    ----------
    holds : true holds; measured, at_least, not_measured (rejected or missed) add up to it
    mean_error, worst : of the absolute error of measured holds; ``bias`` of the signed one
    valid : share of the holds' frames with a valid angle, mean over all holds
    coverage : share of the 95 % intervals that contain the truth
    half_width : median half-width of those intervals
    bounds_hold : share of the "at least" angles, minus their half-width, that the truth reaches
    plain_mean_error : of the baseline, over the holds in which it found the face
    plain_lost : holds in which the baseline never found the face
    ratio : the baseline's error over ours, both over the holds that both measured
    """

    holds: int
    measured: int
    at_least: int
    not_measured: int
    mean_error: float
    worst: float
    bias: float
    valid: float
    coverage: float
    half_width: float
    bounds_hold: float
    plain_mean_error: float
    plain_lost: int
    ratio: float


def count(readings: Sequence[Reading]) -> Count:
    """Count the errors of these readings."""
    measured = [r for r in readings if r.outcome == "measured"]
    at_least = [r for r in readings if r.outcome == "at least"]
    error = np.array([r.error_deg for r in measured])
    half = np.array([np.nan if r.half_width_deg is None else r.half_width_deg for r in measured])
    bound = np.array([(r.angle_deg or 0.0) - (r.half_width_deg or 0.0) - r.truth_deg for r in at_least])
    read = [r for r in readings if r.plain_seen is not None]
    plain = np.array([r.plain_deg - r.truth_deg for r in read if r.plain_deg is not None])
    both = [r for r in measured if r.plain_deg is not None]
    ours = _mean(np.abs([r.error_deg for r in both]))
    theirs = _mean(np.abs([(r.plain_deg or 0.0) - r.truth_deg for r in both]))
    return Count(
        holds=len(readings),
        measured=len(measured),
        at_least=len(at_least),
        not_measured=len(readings) - len(measured) - len(at_least),
        mean_error=_mean(np.abs(error)),
        worst=float(np.abs(error).max()) if len(error) else np.nan,
        bias=_mean(error),
        valid=_mean(np.array([r.seen for r in readings])),
        coverage=_mean(np.abs(error) <= half),
        half_width=float(np.nanmedian(half)) if np.isfinite(half).any() else np.nan,
        bounds_hold=_mean(bound <= 0),
        plain_mean_error=_mean(np.abs(plain)),
        plain_lost=len(read) - len(plain),
        ratio=theirs / ours if ours > 0 else np.nan,
    )


def _mean(values: np.ndarray) -> float:
    return float(np.mean(values)) if len(values) else np.nan

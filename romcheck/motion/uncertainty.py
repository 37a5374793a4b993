"""How sure an angle is: of one trial, of the mean of trials, of the difference between sides.

All standard uncertainties in degrees; the intervals are 95 % half-widths.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.spatial.transform import Rotation

from romcheck import statistics
from romcheck.arrays import Floats
from romcheck.motion.movements import Excursion
from romcheck.motion.postures import HeldPosture, angles_from
from romcheck.motion.track import MotionTrack

SETTLING_S = 0.3
"""Frames closer than this are not independent: heads sway, and the smoothing shares frames."""

TRACKING_LAG_S = 0.1
"""Trackers lag two to four frames at 30 frames/s behind fast motion."""

NONE = np.zeros(0)

FIT_OF_MAP = 0.943
"""Share of the fit's standard uncertainty that repeats in the same pose: it is stated three times as large as its noise
(``fit_factor`` of `romcheck.person.settings`), because the features' depths err too where they fix a pose poorly. Its
square is 1 - 1/3²."""

SMALL_DEG = 0.01
"""Turn by which angles are differentiated: small against an angle, large against rounding."""


@dataclass(frozen=True)
class AngleUncertainty:
    """Standard uncertainties of the angle of one trial, or of the mean of several.

    Attributes
    ----------
    own : head and trunk pose at the hold; averaging frames or trials does not reduce it
    start : of the starting position, which all trials share
    scatter : sway in the hold, or spread of the trials, averaged over what is independent
    freedom : degrees of freedom behind the scatter
    shared : (k,) change of the angle by each source of error that all movements share, signed, at one standard
        deviation
    of_map : the part of its own that repeats when the same pose is measured in the same map of the head
    """

    own: float
    start: float
    scatter: float
    freedom: float = float("inf")
    shared: Floats = field(default_factory=lambda: NONE)
    of_map: float = 0.0

    @property
    def systematic(self) -> float:
        """What is its own and what is shared together."""
        return float(np.hypot(self.own, np.linalg.norm(self.shared)))

    @property
    def of_one_map(self) -> Floats:
        """``of_map``, then ``shared``: change of the angle by each source that all measurements in one map share."""
        return np.r_[self.of_map, self.shared]

    @property
    def half_width(self) -> float:
        """95 % half-width of the angle."""
        return statistics.half_width(float(np.hypot(self.systematic, self.start)), self.scatter, self.freedom)


@dataclass(frozen=True)
class PoseErrors:
    """Errors of one angle in each frame: those that frames share, and the rest.

    Attributes
    ----------
    shared_deg : (n, k) change of the angle by each source, signed, at one standard deviation
    own_deg : (n,) standard uncertainty from everything else
    fit_deg : (n,) its part from the fit of the frame
    """

    shared_deg: Floats
    own_deg: Floats
    fit_deg: Floats

    @property
    def sigma_deg(self) -> Floats:
        """(n,) standard uncertainty of the angle; NaN where unknown."""
        return np.asarray(np.sqrt(self.own_deg**2 + (self.shared_deg**2).sum(1)))


def pose_errors(track: MotionTrack, R: Floats, start: HeldPosture, axis: int) -> PoseErrors:
    """How the errors of the head's pose change one of its angles from a starting position.

    A source of error turns the head in the starting position as well: what it turns both by cancels. Derivatives of the
    angle come from orientations turned a little about each axis of the camera.

    Parameters
    ----------
    track : what is known of the errors
    R : (n, 3, 3) orientations; NaN where unknown
    start : the starting position
    axis : 0 rotation, 1 flexion, 2 lateral flexion
    """
    if track.head_errors_deg is None:
        return PoseErrors(np.zeros((len(R), 0)), track.head_sigma_deg, np.zeros(len(R)))
    shared, fit_deg = np.full(track.head_errors_deg.shape[:2], np.nan), np.zeros(len(R))
    use = np.flatnonzero(np.isfinite(R[:, 0, 0]) & np.isfinite(track.head_errors_deg[:, 0, 0]))
    errors = track.head_errors_deg[use]
    at_start = errors[(use >= start.first) & (use <= start.last)].mean(0)

    def angle(of_start: Floats, of_frame: Floats) -> Floats:
        return angles_from(of_start @ start.R, of_frame @ R[use]).stacked()[:, axis]

    still, little = np.eye(3), Rotation.from_rotvec(SMALL_DEG * np.eye(3), degrees=True).as_matrix()
    before = angle(still, still)
    by_frame = np.stack([angle(still, turn) - before for turn in little], axis=1) / SMALL_DEG
    by_start = np.stack([angle(turn, still) - before for turn in little], axis=1) / SMALL_DEG
    shared[use] = np.einsum("nj,nkj->nk", by_frame, errors) + by_start @ at_start.T
    if track.head_fit_deg is not None:
        fit_deg[use] = np.sqrt(((track.head_fit_deg[use] @ by_frame[..., None]) ** 2).sum((1, 2)))
    return PoseErrors(shared, np.hypot(doubt_deg(track), fit_deg), fit_deg)


def doubt_deg(track: MotionTrack) -> Floats:
    """(n,) standard uncertainty of the head's pose beyond its shared errors and the fit: from poses of the landmarks,
    large steps between pictures, a camera that moved. NaN where unknown.
    """
    rest = track.head_sigma_deg**2
    for part in (track.head_errors_deg, track.head_fit_deg):
        rest = rest if part is None else rest - (part**2).sum((1, 2))
    return np.asarray(np.sqrt(np.maximum(rest, 0.0)))


def of_start(scatter_deg: float, noise_deg: float, seconds: float, frames: int) -> float:
    """Return the standard uncertainty of the starting position: sway and frame noise over what is independent."""
    independent = max(1.0, min(frames, seconds / SETTLING_S))
    return float(np.hypot(scatter_deg / np.sqrt(independent), noise_deg / np.sqrt(max(1, frames))))


def of_trial(e: Excursion, time: Floats, angle: Floats, errors: PoseErrors, start_deg: float) -> AngleUncertainty:
    """Uncertainty of one excursion's angle.

    A hold's sway is divided by the root of its independent frames (one each `SETTLING_S`). Without a hold the angle
    is a peak: to its uncertainty comes how far the curve falls, on average, within the tracking lag or one frame of
    it, so that fast peaks and low frame rates widen the interval.

    Parameters
    ----------
    e : the excursion
    time, angle : (n,) as in the track; angle is the one measured, signed
    errors : of that angle
    start_deg : standard uncertainty of the starting position
    """
    frames = e.hold if e.held else np.array([e.peak])
    own, shared = float(np.nanmedian(errors.own_deg[frames])), e.sign * np.nanmedian(errors.shared_deg[frames], axis=0)
    if e.held:
        y = angle[frames]
        sway = 1.4826 * float(np.median(np.abs(y - np.median(y))))
        seconds = float(time[frames[-1]] - time[frames[0]])
        independent = max(1.0, min(len(frames), seconds / SETTLING_S))
        at_top = sway / np.sqrt(independent)
    else:
        reach = max(TRACKING_LAG_S, float(np.max(np.diff(time[max(0, e.peak - 1) : e.peak + 2]), initial=0.0)))
        near = np.abs(time - time[e.peak]) <= reach + 1e-9
        at_top = float(np.sqrt(np.nanmean((angle[near] - angle[e.peak]) ** 2)))
    of_map = FIT_OF_MAP * float(np.nanmedian(errors.fit_deg[frames]))
    return AngleUncertainty(own, start_deg, float(at_top), shared=shared, of_map=of_map)


def differ(values: Sequence[float], parts: Sequence[AngleUncertainty]) -> bool:
    """Whether trials of one movement differ by more than repeating it does, so that their mean stands for nothing.

    Their range is held against the one that 99 % of sets of so many normal values stay within, with
    `statistics.TRIALS_SD_DEG` and the trials' own scatter as standard deviation.
    """
    if len(values) < 2:
        return False
    own = float(np.sqrt(np.mean([p.scatter**2 for p in parts])))
    return max(values) - min(values) > statistics.range_factor(len(values)) * float(
        np.hypot(statistics.TRIALS_SD_DEG, own)
    )


def of_mean(
    parts: Sequence[AngleUncertainty], spread: float, freedom: int, values: Sequence[float] = ()
) -> AngleUncertainty:
    """Uncertainty of the mean of one movement's trials.

    Parameters
    ----------
    parts : uncertainty of each valid trial, at least one
    spread, freedom : spread of trials pooled over the test's movements, NaN and 0 where nothing was repeated; it is
        taken to be alike to both sides, which with two or three trials a side is surer than each side's own
    values : the trials' angles, which limit the interval

    Notes
    -----
    The systematic part is that of a single trial: the same lens and the same face err alike in every trial. The
    scatter part is the spread between trials over √n, but no less than the trials' own over √n.

    Two trials hardly tell their spread: with one degree of freedom Student's factor is 12.7. But how far trials differ
    is known of other people, which joins in (`statistics.moderated`, after Smyth 2004).

    No mean is less sure than its trials: the half-width stays within twice the range of the trials and the widest of
    their half-widths together.
    """
    n = len(parts)
    sway = float(np.sqrt(np.mean([p.scatter**2 for p in parts])))
    mean = AngleUncertainty(
        own=float(np.sqrt(np.mean([p.own**2 for p in parts]))),
        start=parts[0].start,
        scatter=sway / float(np.sqrt(n)),
        shared=np.mean([p.shared for p in parts], axis=0),
        of_map=float(np.sqrt(np.mean([p.of_map**2 for p in parts]))),
    )
    if not freedom:
        return mean
    moderated, together = statistics.moderated(spread, freedom)
    if n == 1 or moderated <= sway:
        return mean
    scatter = moderated / float(np.sqrt(n))
    if values:
        most = 2 * (max(values) - min(values) + max(p.half_width for p in parts))
        fixed = statistics.t_factor(float("inf")) * float(np.hypot(mean.systematic, mean.start))
        scatter = min(scatter, float(np.sqrt(max(0.0, most**2 - fixed**2))) / statistics.t_factor(together))
    return replace(mean, scatter=scatter, freedom=together)


def of_difference(left: AngleUncertainty, right: AngleUncertainty) -> float:
    """95 % half-width of left minus right.

    u² = |sL - sR|² + uL² + uR² + (2·u0)² for the shared errors s, source by source, and each side's own u, and
    cL² + cR² for the scatter parts c with Student's t. An error of the starting position (u0) adds to one side what it
    takes from the other, so it counts twice.
    """
    shared = left.shared - right.shared
    squared = float(shared @ shared) + left.own**2 + right.own**2 + (2 * left.start) ** 2
    scatter = float(np.hypot(left.scatter, right.scatter))
    return statistics.half_width(float(np.sqrt(squared)), scatter, min(left.freedom, right.freedom))

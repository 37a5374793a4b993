"""How sure an angle is: of one trial, of the mean of trials, of the difference between sides.

All standard uncertainties in degrees; the intervals are 95 % half-widths.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from romcheck import statistics
from romcheck.arrays import Floats
from romcheck.motion.movements import Excursion
from romcheck.results import LensKnowledge

SETTLING_S = 0.3
"""Frames closer than this are not independent: heads sway, and the smoothing shares frames."""

TRACKING_LAG_S = 0.1
"""Trackers lag two to four frames at 30 frames/s behind fast motion."""

COMMON: dict[LensKnowledge, float] = {"calibrated": 0.2, "stated": 0.5, "assumed": 0.4}
"""Correlation of the systematic errors to the left and to the right. With the true lens the two hardly go together
(0.2 over nine pairs of turns of rendered heads). A wrong focal length scales both alike; one that is assumed is found
with the map, which leaves less in common than one that is stated wrongly. The latter two are judged, not measured."""


@dataclass(frozen=True)
class TrialUncertainty:
    """Standard uncertainties of one trial.

    Attributes
    ----------
    systematic : head and trunk pose at the hold, as the frames state it; averaging frames does not reduce it
    start : of the starting position, which all trials share
    scatter : sway in the hold, averaged over what is independent
    """

    systematic: float
    start: float
    scatter: float

    @property
    def half_width(self) -> float:
        """95 % half-width of the trial's angle."""
        return statistics.half_width(float(np.hypot(self.systematic, self.start)), self.scatter, float("inf"))


@dataclass(frozen=True)
class MeanUncertainty:
    """The same three parts of the mean of several trials, and the degrees of freedom behind the scatter."""

    systematic: float
    start: float
    scatter: float
    freedom: float

    @property
    def half_width(self) -> float:
        """95 % half-width of the mean."""
        return statistics.half_width(float(np.hypot(self.systematic, self.start)), self.scatter, self.freedom)


def of_start(scatter_deg: float, noise_deg: float, seconds: float, frames: int) -> float:
    """Return the standard uncertainty of the starting position: sway and frame noise over what is independent."""
    independent = max(1.0, min(frames, seconds / SETTLING_S))
    return float(np.hypot(scatter_deg / np.sqrt(independent), noise_deg / np.sqrt(max(1, frames))))


def of_trial(e: Excursion, time: Floats, angle: Floats, sigma_deg: Floats, start_deg: float) -> TrialUncertainty:
    """Uncertainty of one excursion's angle.

    A hold's sway is divided by the root of its independent frames (one each `SETTLING_S`). Without a hold the angle
    is a peak: to its uncertainty comes how far the curve falls, on average, within the tracking lag or one frame of
    it, so that fast peaks and low frame rates widen the interval.

    Parameters
    ----------
    e : the excursion
    time, angle, sigma_deg : (n,) as in the track; angle is the one measured, signed
    start_deg : standard uncertainty of the starting position
    """
    frames = e.hold if e.held else np.array([e.peak])
    systematic = float(np.nanmedian(sigma_deg[frames]))
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
    return TrialUncertainty(systematic, start_deg, float(at_top))


def differ(values: Sequence[float], parts: Sequence[TrialUncertainty]) -> bool:
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
    parts: Sequence[TrialUncertainty], spread: float, freedom: int, values: Sequence[float] = ()
) -> MeanUncertainty:
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
    systematic = float(np.sqrt(np.mean([p.systematic**2 for p in parts])))
    own = float(np.sqrt(np.mean([p.scatter**2 for p in parts])))
    n, start = len(parts), parts[0].start
    if not freedom:
        return MeanUncertainty(systematic, start, own / float(np.sqrt(n)), float("inf"))
    moderated, together = statistics.moderated(spread, freedom)
    if n == 1 or moderated <= own:
        return MeanUncertainty(systematic, start, own / float(np.sqrt(n)), float("inf"))
    if not values:
        return MeanUncertainty(systematic, start, moderated / float(np.sqrt(n)), together)
    most = 2 * (max(values) - min(values) + max(p.half_width for p in parts))
    room = max(0.0, most**2 - (statistics.t_factor(float("inf")) * float(np.hypot(systematic, start))) ** 2)
    scatter = min(moderated / float(np.sqrt(n)), float(np.sqrt(room)) / statistics.t_factor(together))
    return MeanUncertainty(systematic, start, scatter, together)


def of_difference(left: MeanUncertainty, right: MeanUncertainty, lens: LensKnowledge) -> float:
    """95 % half-width of left minus right.

    u² = sL² + sR² - 2ρ·sL·sR + (2·u0)² for the systematic parts s, with ρ from `COMMON`, and cL² + cR² for the
    scatter parts c with Student's t. An error of the starting position (u0) adds to one side what it takes from the
    other, so it counts twice.
    """
    together = 2 * COMMON[lens] * left.systematic * right.systematic
    squared = left.systematic**2 + right.systematic**2 - together + (2 * left.start) ** 2
    scatter = float(np.hypot(left.scatter, right.scatter))
    return statistics.half_width(float(np.sqrt(squared)), scatter, min(left.freedom, right.freedom))

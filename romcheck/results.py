"""The typed result of one measurement, as written to STEM.result.json and STEM.frames.csv.

Angles are degrees, times are seconds from the first frame. Left and right are the subject's.
None stands for what does not apply or could not be measured; no field holds NaN.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:  # numpy would be half of what the commands' help waits for
    from romcheck.arrays import Bools, Floats

SCHEMA = "romcheck.result/1"

Test = Literal["rotation", "flexion-extension", "lateral-flexion", "flexion-rotation", "joint-position"]
MovementName = Literal[
    "rotation_left",
    "rotation_right",
    "flexion",
    "extension",
    "lateral_flexion_left",
    "lateral_flexion_right",
    "return_from_left",
    "return_from_right",
]
Quality = Literal["good", "usable", "rejected"]
SummaryReason = Literal["trials_differ", "unsure"]
LensKnowledge = Literal["calibrated", "stated", "assumed"]
LeftOutWhy = Literal["end_unseen", "gap", "no_hold", "hold_short", "frame_rate", "noise"]
"""Why a value of a movement's performance is missing: the end range was not seen; pictures are missing on the way;
there was no hold, or too short a one; the picture rate is too low; the reading's noise would make too much of it."""

Value = int | float | str

ANGLE_DECIMALS = 2
"""Of angles in a result's file: a tenth of the smallest uncertainty that occurs."""
UNSURE_DEG = 15.0
"""A half-width beyond this spans normal and severely restricted alike: it is not shown as an angle."""


WALL_CM = 90.0
"""How far the wall is on which a joint position error is told in centimetres: that of the usual target test."""

FLEXED_LEAST_DEG = 25.0
"""Flexion held below this makes no flexion-rotation test: the lower neck turns too, which is another test."""


@dataclass(frozen=True)
class Source:
    """The video measured."""

    file: str
    sha256: str
    width: int
    height: int
    duration_s: float
    frames: int
    nominal_fps: float | None


@dataclass(frozen=True)
class Software:
    """Software and models used: enough to repeat the measurement."""

    romcheck: str
    engine: str
    engine_version: str
    models: dict[str, str]
    settings: dict[str, Any]


@dataclass(frozen=True)
class Camera:
    """The calibrated, stated or assumed lens, in pixels of the upright picture.

    ``focal_ratio`` is the ratio of the focal length used to this one: an assumed lens is refined from the head's
    rotation.
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    distortion: tuple[float, float, float, float, float]
    known: LensKnowledge
    focal_ratio: float = 1.0


@dataclass(frozen=True)
class Performance:
    """How one movement was made; None for what the pictures do not let be told, with the reason in ``left_out``.

    Attributes
    ----------
    movement_time_s : from 5 to 95 % of the angle at the end range
    steadiness_deg : standard deviation of the angle over the hold without its ends, less the reading's own noise
    smoothness : spectral arc length of the speed on the way out; negative, the nearer to zero the smoother
    axis_wander_deg : root mean square angle of the instantaneous axis from its mean on the way out, less noise
    left_out : why a value is missing, by its name
    """

    movement_time_s: float | None = None
    steadiness_deg: float | None = None
    smoothness: float | None = None
    axis_wander_deg: float | None = None
    left_out: dict[str, LeftOutWhy] = field(default_factory=dict)


@dataclass(frozen=True)
class Movement:
    """One excursion to one side and back.

    ``angle_deg`` is positive and is the median over the hold; ``uncertainty_deg`` is the half-width of its 95 %
    interval. Both are None where nothing could be measured. Signed fields follow the head's axes: flexion +,
    lateral flexion + to the subject's right, trunk rotation + to the subject's left. ``relative_to`` is the reference
    of the angle: the trunk or, where it could not be followed, the room; the trunk's rotation is then part of the
    angle and of its uncertainty. None in older results.

    In the joint position test the movement is the return: the hold is where the head came to rest again, ``angle_deg``
    how far from the starting position, and ``error_deg`` the same with its sign: + where the head went past it, - where
    it stopped short. ``error_flexion_deg`` is how much lower the chin was than at the start.
    """

    movement: MovementName
    trial: int
    start_s: float
    end_s: float
    hold_start_s: float | None
    hold_end_s: float | None
    angle_deg: float | None
    uncertainty_deg: float | None
    at_least: bool
    quality: Quality
    reasons: tuple[str, ...]
    flexion_held_deg: float | None = None
    flexion_lost_deg: float | None = None
    lateral_flexion_deg: float | None = None
    trunk_rotation_deg: float | None = None
    relative_to: Literal["trunk", "room"] | None = None
    error_deg: float | None = None
    error_flexion_deg: float | None = None
    performance: Performance | None = None

    @property
    def unsure(self) -> bool:
        """Whether the interval is too wide to show the angle."""
        return self.uncertainty_deg is not None and self.uncertainty_deg > UNSURE_DEG


@dataclass(frozen=True)
class Summary:
    """All trials of one movement. ``trials`` lists the trial numbers that were used.

    ``reason`` is why no mean is shown: ``trials_differ`` (they differ by more than repetition explains; there is no
    mean) or ``unsure`` (its interval is wider than ``UNSURE_DEG``); else None.

    ``covariance_deg2`` are the covariances of the mean's error with that of the same movement in each of the recordings
    the result was ``mapped_with``, square degrees; 0 where that movement has no mean there. Empty without any.
    """

    movement: MovementName
    trials: tuple[int, ...]
    mean_deg: float | None
    sd_deg: float | None
    max_deg: float | None
    uncertainty_deg: float | None
    reason: SummaryReason | None = None
    covariance_deg2: tuple[float, ...] = ()


@dataclass(frozen=True)
class Difference:
    """Left minus right of one kind of movement, with the half-width of its 95 % interval."""

    movement: Literal["rotation", "lateral_flexion"]
    left_minus_right_deg: float
    uncertainty_deg: float


@dataclass(frozen=True)
class Interval:
    """A value with its 95 % interval, in degrees and in centimetres on a wall ``WALL_CM`` away.

    ``low_deg`` and ``high_deg`` are None where there are too few trials for an interval.
    """

    value_deg: float
    low_deg: float | None
    high_deg: float | None
    value_cm: float
    low_cm: float | None
    high_cm: float | None

    @property
    def unsure(self) -> bool:
        """Whether there are too few returns to state a number: for an interval, or for one that reaches no more than
        ``UNSURE_DEG`` to either side.
        """
        if self.low_deg is None or self.high_deg is None:
            return True
        return max(self.high_deg - self.value_deg, self.value_deg - self.low_deg) > UNSURE_DEG


@dataclass(frozen=True)
class PositionError:
    """Errors of the returns from one side, or from both, in the joint position test.

    Attributes
    ----------
    side : from where the head came back
    trials : how many returns count
    constant : mean of the errors, + past the starting position
    absolute : mean of the errors without their sign
    variable : standard deviation of the errors; from both sides, that within the sides. None for a single trial a side
    """

    side: Literal["left", "right", "both"]
    trials: int
    constant: Interval
    absolute: Interval
    variable: Interval | None


@dataclass(frozen=True)
class Notice:
    """A remark on a measurement.

    ``code`` is stable, a key of ``romcheck.notices.CODES``; ``values`` are numbers, words, or the name of a test;
    ``text`` is the sentence in English.
    """

    code: str
    values: dict[str, Value] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True)
class Examination:
    """The results of one test in a recording."""

    test: Test
    movements: tuple[Movement, ...]
    summary: tuple[Summary, ...]
    differences: tuple[Difference, ...]
    position_errors: tuple[PositionError, ...] = ()


@dataclass(frozen=True)
class Result:
    """The complete result of one video. ``warnings`` are the texts of ``notices``, which older results lack.

    ``tests`` has an entry for every test found; the first is the main one, which the fields of the result repeat.
    Older results lack it; use ``examinations``. ``position_errors`` is empty but for the joint position test.
    ``mapped_with`` are the recordings of the same visit in whose map of the head it was measured, by SHA-256, the
    oldest first; empty where it has its own map.
    """

    test: Test
    test_recognised: bool
    source: Source
    software: Software
    camera: Camera
    movements: tuple[Movement, ...]
    summary: tuple[Summary, ...]
    differences: tuple[Difference, ...]
    warnings: tuple[str, ...]
    schema: str = SCHEMA
    notices: tuple[Notice, ...] = ()
    tests: tuple[Examination, ...] = ()
    position_errors: tuple[PositionError, ...] = ()
    mapped_with: tuple[str, ...] = ()

    @property
    def examinations(self) -> tuple[Examination, ...]:
        """Every test found, the main one first."""
        own = Examination(self.test, self.movements, self.summary, self.differences, self.position_errors)
        return self.tests or (own,)


@dataclass(frozen=True)
class Frames:
    """Angles frame by frame, NaN where ``valid`` is False (or, for the trunk, where it was not measured).

    All arrays are (n,). Angles are relative to the starting position of the test.
    """

    time_s: Floats
    valid: Bools
    rotation_deg: Floats
    flexion_deg: Floats
    lateral_flexion_deg: Floats
    trunk_rotation_deg: Floats
    sigma_deg: Floats

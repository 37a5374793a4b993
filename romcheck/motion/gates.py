"""Every threshold of the motion part, each with its reason: rules for finding movements, and gates that doubt them.

Degrees and seconds throughout. A gate that rejects leaves the trial out of the summary; its angle is still given.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from romcheck.results import Quality

Verdict = Literal["rejected", "usable"]


@dataclass(frozen=True)
class Rules:
    """What counts as still, as a turn, as a hold."""

    # --- smoothing
    window_s: float = 0.2
    """Reach of the smoothing to each side. A turn of 60° and back within 1 s loses less than 0.2° at its peak."""
    outlier_deg: float = 3.0
    """A single frame this far from its neighbours is not believed: three times the worst frame noise expected (1°)."""
    leap_deg: float = 10.0
    leap_deg_per_s2: float = 12000.0
    """A step this far from the steps around it, and this sudden, is the tracker's: a turn of 60° in a quarter of a
    second accelerates at 5500°/s², and no examination is done faster."""
    shortest_piece_s: float = 0.15
    """A stretch between two leaps shorter than this is a false lock."""

    # --- rest
    still_window_s: float = 0.5
    still_spread_deg: float = 1.0
    """A head is at rest when it strays by no more than this (standard deviation) within the window: about 7°/s."""
    still_shortest_s: float = 0.4
    still_drift_deg_per_s: float = 3.0
    """A steady drift faster than this is a slow movement, not a posture."""
    same_rest_deg: float = 8.0
    """Rests within this of each other are returns to one posture: people return to within a few degrees."""

    aside_deg: float = 15.0
    """If every rest is turned or bent aside by this much more than other frames, the recording lacks a rest in the
    start posture; people who look ahead face the camera to within about 10°."""
    tie_deg: float = 6.0
    """Rests that differ by less than this in how central they are count as equal: trials of one
    side differ by a few degrees, and so do returns."""

    # --- excursions
    smallest_deg: float = 8.0
    """Least excursion that counts. Severe restriction in flexion-rotation still leaves 10-15°; fidgets and incomplete
    returns stay below about 7°."""
    smallest_quick_deg: float = 15.0
    """Least excursion without a hold: nods and glances while talking reach 10° but come straight back."""
    leave_deg: float = 5.0
    """Beyond this from the start posture an excursion may have begun."""
    valley: float = 0.5
    """Coming back by less than this share of the excursion is a pause or a second effort, not a new trial."""
    false_start: float = 1 / 3
    false_start_quick: float = 0.6
    brief_s: float = 0.5
    """An excursion below this share of the largest to its side (the second, if it had at most a brief hold) is a
    false start: repeated trials of one person differ by a few degrees, not by half."""
    dominance: float = 0.7
    """The movement asked for must reach this share of the largest of the three angles: coupled side-bending of
    10-20° goes with full rotation, but a side-bend that carries some rotation is not a rotation."""
    onset: float = 0.05
    onset_deg: float = 1.5
    """An excursion begins and ends this share of its size, but at least so many degrees, from the rest around it."""

    # --- holds
    hold_shortest_s: float = 0.3
    """Shortest plateau that is a hold; protocols ask for 1-2 s."""
    hold_speed: float = 0.15
    hold_deg_per_s: float = 5.0
    """In a hold the speed stays below this share of the excursion's top speed, or below this (creep), or below what
    noise alone feigns."""
    hold_level: float = 0.8
    """A plateau below this share of the peak is a pause on the way."""
    hold_pause_s: float = 0.15
    """Twitches shorter than this do not end a hold."""

    # --- losing the face
    gap_s: float = 0.3
    """Missing frames for longer than this are a gap that may hide something."""
    absence_s: float = 5.0
    """Away for longer than this, the person has left: no hold is asked for that long."""
    unseen_s: float = 1.0
    """Out of sight for longer than this a turn could have been made and missed; the quickest with a hold takes as
    long."""
    edge_s: float = 0.15
    """A peak or hold this near to a gap adjoins it."""

    # --- the flexed posture of the flexion-rotation test
    flexed_deg: float = 20.0
    """Least held flexion that tells the test from rotation: stiff necks reach 25°, coupled flexion in upright
    rotation stays below 15°."""
    flexed_named_deg: float = 10.0
    """The same where the test was named, so that only upright and flexed have to be told apart."""
    flexed_aside_deg: float = 20.0
    """The flexed posture is in the middle: no more rotation or side-bend than this from upright."""

    # --- trunk
    trunk_share: float = 0.5
    trunk_sigma_deg: float = 5.0
    """The trunk is taken into account when measured in this share of frames with at most this uncertainty; a worse
    reading would add more error than seated trunks turn."""
    trunk_growth_deg_per_s: float = 4.0
    trunk_unknown_deg: float = 5.0
    """Between measured frames the trunk is taken to move evenly; its uncertainty grows at this rate up to this."""


RULES = Rules()


@dataclass(frozen=True)
class Gate:
    """One reason to doubt a trial.

    Attributes
    ----------
    code : stable, written to results
    verdict : `rejected` where the angle no longer means what its name says, `usable` where it does but less surely
    threshold, unit : beyond it the gate closes; None where there is nothing to compare
    why : reason for the threshold and the verdict
    advice : a sentence to the therapist
    """

    code: str
    verdict: Verdict
    threshold: float | None
    unit: str
    why: str
    advice: str


FLEXION_LOST = Gate(
    "flexion_lost", "rejected", 10.0, "°",
    "Held flexion keeps the turn in the upper neck (rotation falls by 61-77 % below C2 but 16 % at C1-2: Takasaki "
    "2011). With more than 10° lost the lower neck joins in and the angle is another one.",
    "The neck came out of flexion during the turn; repeat with the chin kept down.",
)  # fmt: skip
TRUNK_TURNED = Gate(
    "trunk_turned", "usable", 8.0, "°",
    "The angle is of the head relative to the trunk, so a turn that was measured is taken out; but the person did not "
    "stop at the neck's end range, and the correction has its own error.",
    "The trunk turned along; repeat with the back supported and both shoulders still.",
)  # fmt: skip
TRUNK_LEANED = Gate(
    "trunk_leaned", "usable", 10.0, "°",
    "As for a turn; a lean is looser because breathing and settling already make several degrees.",
    "The trunk leaned over; repeat sitting upright against the back of the chair.",
)  # fmt: skip
FACE_LOST = Gate(
    "face_lost", "usable", RULES.gap_s, "s",
    "The hold was seen for longer than the face was missing; what lies in the gap is not known.",
    "The face was lost near the end of the movement; sit more squarely to the camera, with light from the front.",
)  # fmt: skip
BEYOND_REACH = Gate(
    "beyond_reach", "rejected", None, "",
    "The face was lost on the way out or for most of the hold: the end range was not seen, the angle given is the "
    "largest that was.",
    "The head turned further than the camera could see: at least the angle given. Move the camera to that side or "
    "lower it, and repeat.",
)  # fmt: skip
NO_HOLD = Gate(
    "no_hold", "usable", RULES.hold_shortest_s, "s",
    "The peak of a quick turn rests on a few frames, and tracking lags two to four frames behind fast motion.",
    "The end position was not held; repeat and hold it for one to two seconds.",
)  # fmt: skip
UNSURE = Gate(
    "unsure", "rejected", 15.0, "°",
    "An interval this wide (half-width) spans normal and severely restricted alike: healthy people's flexion-rotation "
    "has a standard deviation of 6.6° (Satpute 2019).",
    "The angle is too unsure to use; move slowly, hold the end position, and stay 0.5 to 0.8 m from the camera.",
)  # fmt: skip
FRAME_RATE_LOW = Gate(
    "frame_rate_low", "usable", 15.0, "frames/s",
    "Below 15 frames/s a one-second hold has few frames and tracking loses fast turns.",
    "The camera gave too few pictures a second; more light or a lower resolution helps.",
)  # fmt: skip
LOW_LIGHT = Gate(
    "low_light", "usable", 40.0, "grey levels of 255",
    "In a face this dark sensor noise hides skin texture.",
    "The face was too dark; put a lamp in front of the person, not behind.",
)  # fmt: skip
BLURRED = Gate(
    "blurred", "usable", 0.1, "of all contrast",
    "In focus a fifth to a third of a face's contrast is fine detail; blur over four pixels leaves a tenth. Without it "
    "features drift with the turn.",
    "The picture was blurred; clean the lens, focus on the face, add light.",
)  # fmt: skip
TOO_FAR = Gate(
    "too_far", "usable", 1.2, "m",
    "Errors were studied from 0.4 to 1.2 m; further away the face has too few pixels.",
    "The person was too far from the camera; 0.5 to 0.8 m is best.",
)  # fmt: skip
TOO_NEAR = Gate(
    "too_near", "usable", 0.35, "m",
    "Nearer than studied (0.4 m, less the spread of face sizes): perspective bends the face strongly.",
    "The person was too near to the camera; 0.5 to 0.8 m is best.",
)  # fmt: skip
TWO_FACES = Gate(
    "two_faces", "rejected", None, "",
    "Another face could have been taken for the subject's, so the angle may be of someone else.",
    "Another face was in the picture; film one person, or have the helper stand out of view.",
)  # fmt: skip
WAY_UP = Gate(
    "way_up", "rejected", None, "",
    "Taken the wrong way up, a turn to the left is read as one to the right, and flexion as extension.",
    "Which way up the picture is could not be told, so the sides are not sure; state it with --upright, or show head "
    "and shoulders.",
)  # fmt: skip
SIDE_BENT = Gate(
    "side_bent", "usable", 20.0, "°",
    "Side-bending of 10-20° goes with rotation in healthy necks; more is another movement mixed in.",
    "The head was bent sideways during the turn; repeat with the nose travelling level.",
)  # fmt: skip
START_DRIFT = Gate(
    "start_drift", "usable", 5.0, "°",
    "Angles count from one start posture; people reproduce it to 1-3°, so 5° from it shifts the angle by more than "
    "that.",
    "The turn began away from the start posture; return to the middle and pause before each turn.",
)  # fmt: skip
FLEXION_UNKNOWN = Gate(
    "flexion_unknown", "usable", RULES.flexed_named_deg, "°",
    "Upright was not seen before or after, so how far the neck was flexed is not known.",
    "Begin or end the recording upright, so that the held flexion can be measured.",
)  # fmt: skip
FLEXION_SMALL = Gate(
    "flexion_small", "usable", RULES.flexed_deg, "°",
    "Published values of the flexion-rotation test are for the fully flexed neck.",
    "The neck was flexed very little; the angle is not comparable with published flexion-rotation values.",
)  # fmt: skip

GATES = {
    gate.code: gate
    for gate in (
        FLEXION_LOST, TRUNK_TURNED, TRUNK_LEANED, FACE_LOST, BEYOND_REACH, UNSURE, NO_HOLD, FRAME_RATE_LOW, LOW_LIGHT,
        BLURRED, TOO_FAR, TOO_NEAR, TWO_FACES, WAY_UP, SIDE_BENT, START_DRIFT, FLEXION_UNKNOWN, FLEXION_SMALL,
    )
}  # fmt: skip
"""Every gate by its code."""


@dataclass(frozen=True)
class TrialFacts:
    """What the gates look at in one trial. NaN stands for not measured and closes no gate.

    Angles in degrees at the hold (at the peak without one), relative to the start posture; `start_away_deg` is the
    angle of the rest before the turn, `half_width_deg` that of the trial's 95 % interval.
    """

    half_width_deg: float
    held: bool
    beyond_reach: bool
    face_lost: bool
    subject_sure: bool
    way_up_sure: bool
    frames_per_s: float
    brightness: float
    sharpness: float
    distance_m: float
    lateral_flexion_deg: float
    trunk_rotation_deg: float
    trunk_lean_deg: float
    start_away_deg: float
    flexion_lost_deg: float
    flexion_held_deg: float


def doubts(trial: TrialFacts, applicable: frozenset[str]) -> tuple[str, ...]:
    """Codes of the gates, among those applicable to the test, that the trial does not pass; gravest first."""

    def over(value: float, gate: Gate) -> bool:
        return value > (gate.threshold or 0.0)

    def under(value: float, gate: Gate) -> bool:
        return value < (gate.threshold or 0.0)

    closed = {
        TWO_FACES: not trial.subject_sure,
        WAY_UP: not trial.way_up_sure,
        BEYOND_REACH: trial.beyond_reach,
        UNSURE: over(trial.half_width_deg, UNSURE) and not trial.beyond_reach,
        FLEXION_LOST: over(trial.flexion_lost_deg, FLEXION_LOST),
        FACE_LOST: trial.face_lost,
        TRUNK_TURNED: over(abs(trial.trunk_rotation_deg), TRUNK_TURNED),
        TRUNK_LEANED: over(trial.trunk_lean_deg, TRUNK_LEANED),
        NO_HOLD: not trial.held and not trial.beyond_reach,
        # Two per cent of grace: a camera that is said to give 15 frames/s gives 14.9.
        FRAME_RATE_LOW: under(trial.frames_per_s * 1.02, FRAME_RATE_LOW),
        LOW_LIGHT: under(trial.brightness, LOW_LIGHT),
        BLURRED: under(trial.sharpness, BLURRED),
        TOO_FAR: over(trial.distance_m, TOO_FAR),
        TOO_NEAR: under(trial.distance_m, TOO_NEAR),
        SIDE_BENT: over(abs(trial.lateral_flexion_deg), SIDE_BENT),
        START_DRIFT: over(trial.start_away_deg, START_DRIFT),
        FLEXION_UNKNOWN: math.isnan(trial.flexion_held_deg),
        FLEXION_SMALL: under(trial.flexion_held_deg, FLEXION_SMALL),
    }
    return tuple(gate.code for gate, shut in closed.items() if shut and gate.code in applicable)


def quality(reasons: tuple[str, ...]) -> Quality:
    """`rejected` if any reason rejects, else `usable` if there is one, else `good`."""
    verdicts = {GATES[code].verdict for code in reasons}
    return "rejected" if "rejected" in verdicts else "usable" if verdicts else "good"

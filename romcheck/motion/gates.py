"""Gates that doubt a trial, each threshold with its reason.

Degrees and seconds throughout. A gate that rejects leaves the trial out of the summary; its angle is still given.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from romcheck.motion.rules import RULES
from romcheck.results import FLEXED_LEAST_DEG, UNSURE_DEG, Quality

Verdict = Literal["rejected", "usable"]


BEST = "0.5 to 0.8 m"
"""Best distance of the camera, as given in the advice."""
RATE_GRACE = 1.02
"""A nominal 15 frames/s can be 14.9."""


@dataclass(frozen=True)
class Gate:
    """One reason to doubt a trial.

    Attributes
    ----------
    code : stable, written to results
    verdict : `rejected` if the angle no longer means what its name says, `usable` if it does, with less certainty
    threshold, unit : the gate closes beyond it; None where there is nothing to compare
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
    "Held flexion confines the rotation to the upper neck (it falls by 61-77 % below C2 but 16 % at C1-2: Takasaki "
    "2011). With more than 10° lost the lower neck joins in, and the angle measures something else.",
    "The neck came out of flexion during the turn; repeat with the chin kept down.",
)  # fmt: skip
TRUNK_TURNED = Gate(
    "trunk_turned", "usable", 8.0, "°",
    "The angle is that of the head relative to the trunk, so the measured rotation of the trunk is subtracted; but the "
    "person did not stop at the neck's end range, and the correction has its own error.",
    "The trunk turned with the head; repeat with the back supported and both shoulders still.",
)  # fmt: skip
TRUNK_LEANED = Gate(
    "trunk_leaned", "usable", 10.0, "°",
    "As for rotation of the trunk; the limit is looser because breathing and settling already cause several degrees.",
    "The trunk leaned over; repeat sitting upright against the back of the chair.",
)  # fmt: skip
TRUNK_UNKNOWN = Gate(
    "trunk_unknown", "usable", None, "",
    "If the trunk is not seen, its part of the movement counts as the neck's and makes the angle too large: in a full "
    "turn by about 15 % (Niewiadomski 2019). The interval includes that.",
    "The trunk could not be followed, so the angle is that of the head relative to the room; show both shoulders, free "
    "of hair and in patterned clothes.",
)  # fmt: skip
FACE_LOST = Gate(
    "face_lost", "usable", RULES.gap_s, "s",
    "The hold was seen for longer than the face was missing; what lies in the gap is not known.",
    "The face was lost near the end of the movement; sit more squarely to the camera, with light from the front.",
)  # fmt: skip
BEYOND_REACH = Gate(
    "beyond_reach", "rejected", None, "",
    "The face was lost on the way out or for most of the hold: the end range was not seen, the angle given is the "
    "largest seen.",
    "The head turned further than the camera could see: at least the angle given. Move the camera to that side or "
    "lower it, and repeat.",
)  # fmt: skip
NO_HOLD = Gate(
    "no_hold", "usable", RULES.hold_shortest_s, "s",
    "The peak of a quick turn is based on a few frames, and tracking lags two to four frames behind fast motion.",
    "The end position was not held; repeat and hold it for one to two seconds.",
)  # fmt: skip
UNSURE = Gate(
    "unsure", "rejected", UNSURE_DEG, "°",
    "An interval this wide (half-width) covers both normal and severely restricted ranges: in healthy people the "
    "flexion-rotation test has a standard deviation of 6.6° (Satpute 2019).",
    f"The angle is too uncertain to use; move slowly, hold the end position, and stay {BEST} from the camera.",
)  # fmt: skip
FRAME_RATE_LOW = Gate(
    "frame_rate_low", "usable", 15.0, "frames/s",
    "Below 15 frames/s a one-second hold has few frames and tracking loses fast turns.",
    "The frame rate was too low; more light or a lower resolution helps.",
)  # fmt: skip
LOW_LIGHT = Gate(
    "low_light", "usable", 40.0, "grey levels of 255",
    "In a face this dark, sensor noise hides the texture of the skin.",
    "The face was too dark; put a lamp in front of the person, not behind.",
)  # fmt: skip
BLURRED = Gate(
    "blurred", "usable", 0.1, "of all contrast",
    "In focus, a fifth to a third of a face's contrast is fine detail; blur over four pixels leaves a tenth. Without "
    "it, features drift with the rotation.",
    "The picture was blurred; clean the lens, focus on the face, add light.",
)  # fmt: skip
FACE_SMALL = Gate(
    "face_small", "rejected", 75.0, "pixels",
    "Below 115 pixels the interval widens. Rendered faces of 65 pixels were read up to 3° wrong, with half-widths of "
    "11 to 15°; smaller ones were not tried.",
    "The face is too small in the picture; come closer, or record with more pixels.",
)  # fmt: skip
TOO_FAR = Gate(
    "too_far", "usable", 1.2, "m",
    "Errors were studied from 0.4 to 1.2 m; further away the face has too few pixels.",
    f"The person was too far from the camera; {BEST} is best.",
)  # fmt: skip
TOO_NEAR = Gate(
    "too_near", "usable", 0.35, "m",
    "Nearer than studied (0.4 m, minus the spread of face sizes): perspective distorts the face strongly.",
    f"The person was too close to the camera; {BEST} is best.",
)  # fmt: skip
TWO_FACES = Gate(
    "two_faces", "rejected", None, "",
    "Another face could have been taken for the subject's, so the angle may be someone else's.",
    "There was another face in the picture; film one person, or have the helper stand out of view.",
)  # fmt: skip
WAY_UP = Gate(
    "way_up", "rejected", None, "",
    "With the picture the wrong way up, a turn to the left is measured as one to the right, and flexion as extension.",
    "The orientation of the picture could not be determined, so the sides are uncertain; state it with --upright, or "
    "show head and shoulders.",
)  # fmt: skip
SIDE_BENT = Gate(
    "side_bent", "usable", 20.0, "°",
    "In healthy necks rotation is accompanied by 10-20° of lateral flexion; more means that two movements are mixed.",
    "The head tilted to the side during the turn; repeat with the head kept level.",
)  # fmt: skip
START_DRIFT = Gate(
    "start_drift", "usable", 5.0, "°",
    "Angles are measured from one starting position; people return to it within 1-3°, so 5° shifts the angle by more "
    "than that.",
    "The turn began away from the starting position; return to the middle and pause before each turn.",
)  # fmt: skip
FLEXION_UNKNOWN = Gate(
    "flexion_unknown", "usable", RULES.flexed_named_deg, "°",
    "The upright position was not seen before or after, so the flexion of the neck is not known.",
    "Begin or end the recording upright, so that the held flexion can be measured.",
)  # fmt: skip
FLEXION_SLIGHT = Gate(
    "flexion_slight", "rejected", FLEXED_LEAST_DEG, "°",
    "The flexion-rotation test is made in full flexion; a less flexed neck also rotates in its lower segments, which "
    "is a different test.",
    "The neck was flexed too little for a flexion-rotation test; bring the chin further down, or choose rotation.",
)  # fmt: skip
FLEXION_SMALL = Gate(
    "flexion_small", "usable", 35.0, "°",
    "Published values of the flexion-rotation test are for the fully flexed neck; here it was only partly flexed.",
    "The neck was not fully flexed; the angle is not comparable with published flexion-rotation values.",
)  # fmt: skip

CAMERA_MOVED = Gate(
    "camera_moved", "usable", 1.0, "°",
    "The picture was corrected by the background, which does not move. A camera that was moved rather than turned "
    "shifts a near head by more than the background, so part of the correction remains uncertain.",
    "The camera or its picture moved; fix the camera, and turn off auto-framing (Center Stage) and stabilisation.",
)  # fmt: skip
ZOOMED = Gate(
    "zoomed", "usable", 0.03, "of the scale",
    "The picture was corrected by the scale of the background. A focal length that is 15 % off costs 2-7°, so 3 % cost "
    "one degree.",
    "The camera zoomed; turn off auto-framing (Center Stage) and zoom in the camera settings.",
)  # fmt: skip
CAMERA_UNSTEADY = Gate(
    "camera_unsteady", "rejected", None, "",
    "The camera moved or zoomed and the background could not be followed, or it shows that the lens differed from the "
    "start: the angle may be the camera's.",
    "The camera did not stay still, or zoomed; fix it, turn off auto-framing (Center Stage), "
    "stabilisation and zoom, and repeat.",
)  # fmt: skip
PICTURE_FROZE = Gate(
    "picture_froze", "usable", 0.3, "s",
    "While the picture was frozen the head moved on; what it did in the meantime is not known.",
    "The picture froze for a moment; close other programs, or record to a file instead of over a network.",
)  # fmt: skip
PICTURES_BLENDED = Gate(
    "pictures_blended", "rejected", 0.08, "of the moving pictures",
    "Frames blended from two show the head twice, and its features where they never were: turns of 56° were measured "
    "as 38° ± 3°. Hardly any frames straight from a camera look blended.",
    "Frames were blended to reach another frame rate; use the original recording from the camera.",
)  # fmt: skip
CUT_OFF = Gate(
    "cut_off", "rejected", None, "",
    "The recording begins or ends during the movement: the end range was not seen, the angle given is the largest "
    "seen.",
    "The recording began or ended during the movement: at least the angle given. Start recording before the first "
    "movement and stop after the last.",
)  # fmt: skip
START_UNSURE = Gate(
    "start_unsure", "usable", RULES.short_rest_s, "s",
    "Without a rest before the movements it is not known where straight ahead was; this uncertainty goes into the "
    "interval, and an error adds to one side what it takes from the other.",
    "The head never rested in the starting position, so both sides share an error; look straight ahead for two seconds "
    "first.",
)  # fmt: skip
NO_RETURN = Gate(
    "no_return", "usable", RULES.return_s, "s",
    "A trial returns to the starting position and pauses there; a turn that began or ended elsewhere may be a look "
    "around, and its end range was not reached as the test requires.",
    "The head did not rest in the starting position before and after the movement; return to the middle and pause each "
    "time.",
)  # fmt: skip
MIXED = Gate(
    "mixed", "usable", RULES.dominance, "of the angle",
    "Coupled lateral flexion reaches a third of the rotation; where another angle is nearly as large, two movements "
    "were made at once and the end range of neither is known.",
    "Turning and bending were done at once; repeat as a single movement.",
)  # fmt: skip

NOT_RETURNED = Gate(
    "not_returned", "rejected", None, "",
    "The head did not come to rest near the middle before it turned again or the recording ended, so there is no "
    "return to measure.",
    "The head did not come back and pause; come back to where straight ahead is felt to be and keep still there for a "
    "second.",
)  # fmt: skip
RETURN_BRIEF = Gate(
    "return_brief", "usable", RULES.returned_s, "s",
    "A pause shorter than requested may have been on the way: the head may not yet have been where the person meant "
    "it to be.",
    "The pause after coming back was too short; keep still for a second before the next turn.",
)  # fmt: skip
RETURN_BENT = Gate(
    "return_bent", "rejected", 15.0, "°",
    "The error is that of the rotation alone. A head that comes to rest with the chin this much lower or higher, or "
    "tilted as far, was not brought back to where it had been; turns in held flexion, of another test, look like that.",
    "The head came back bent forward, backward or to the side; sit as at the start and only turn the head.",
)  # fmt: skip
TRUNK_SHIFTED = Gate(
    "trunk_shifted", "usable", 3.0, "°",
    "The error is that of the head relative to the room. A trunk that did not come back, or that turned instead of the "
    "head, is part of it; how much of so small a rotation is the trunk's and how much the clothing's is not known, so "
    "the interval includes all of it.",
    "The trunk had turned when the head came back; sit against the back of the chair and move the head alone.",
)  # fmt: skip
NEUTRAL_DRIFTED = Gate(
    "neutral_drifted", "usable", 3.0, "°",
    "When looking straight ahead again at the end, the head was farther from its starting position than people miss a "
    "target they see. The posture, the camera or the measurement has drifted, and the errors contain part of it.",
    "Straight ahead was not the same at the end as at the start; keep seat and camera still, look at the same mark at "
    "the end, and repeat.",
)  # fmt: skip

GATES = {
    gate.code: gate
    for gate in (
        FLEXION_SLIGHT, FLEXION_LOST, TRUNK_TURNED, TRUNK_LEANED, TRUNK_UNKNOWN, FACE_LOST, BEYOND_REACH, UNSURE,
        NO_HOLD, FRAME_RATE_LOW, LOW_LIGHT, BLURRED, FACE_SMALL, TOO_FAR, TOO_NEAR, TWO_FACES, WAY_UP, SIDE_BENT,
        START_DRIFT, FLEXION_UNKNOWN, FLEXION_SMALL, CUT_OFF, START_UNSURE, MIXED, NO_RETURN, CAMERA_UNSTEADY,
        CAMERA_MOVED, ZOOMED, PICTURE_FROZE, PICTURES_BLENDED, NOT_RETURNED, RETURN_BENT, RETURN_BRIEF, TRUNK_SHIFTED,
        NEUTRAL_DRIFTED,
    )
}  # fmt: skip
"""Every gate by its code."""


@dataclass(frozen=True)
class TrialFacts:
    """The facts about one trial. NaN stands for not measured and closes no gate.

    Angles in degrees at the hold (at the peak without one), relative to the starting position; `start_away_deg` is the
    angle of the rest before the turn, `half_width_deg` that of the trial's 95 % interval, without the part of
    an unseen trunk, which `trunk_unknown` covers. `other_share` is the largest other angle over the one measured;
    `returned` is whether the head paused in the starting position on both sides.

    Of the joint position test: `came_back`, whether the head came to rest near the middle after the turn; `back_s`, how
    long it rested there; `neutral_away_deg`, how far from the start it looked ahead at the end.
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
    trunk_unknown: bool
    start_away_deg: float
    flexion_lost_deg: float
    flexion_held_deg: float
    face_width_px: float = math.nan
    camera_moved_deg: float = math.nan
    camera_zoomed: float = math.nan
    camera_unsteady: bool = False
    picture_froze_s: float = 0.0
    pictures_blended: float = math.nan
    cut_off: bool = False
    start_unsure: bool = False
    other_share: float = math.nan
    returned: bool = True
    came_back: bool = True
    back_s: float = math.nan
    neutral_away_deg: float = math.nan


def too_few_frames(frames_per_s: float) -> bool:
    """Whether a frame rate is too low; one that is not known is not."""
    return frames_per_s * RATE_GRACE < (FRAME_RATE_LOW.threshold or 0.0)


def doubts(trial: TrialFacts, applicable: frozenset[str]) -> tuple[str, ...]:
    """Codes of the gates, among those applicable to the test, that the trial does not pass; most serious first."""

    def over(value: float, gate: Gate) -> bool:
        return value > (gate.threshold or 0.0)

    def under(value: float, gate: Gate) -> bool:
        return value < (gate.threshold or 0.0)

    closed = {
        TWO_FACES: not trial.subject_sure,
        WAY_UP: not trial.way_up_sure,
        CAMERA_UNSTEADY: trial.camera_unsteady,
        BEYOND_REACH: trial.beyond_reach,
        CUT_OFF: trial.cut_off,
        UNSURE: over(trial.half_width_deg, UNSURE) and not trial.beyond_reach,
        FLEXION_LOST: over(trial.flexion_lost_deg, FLEXION_LOST),
        FACE_LOST: trial.face_lost,
        TRUNK_TURNED: over(abs(trial.trunk_rotation_deg), TRUNK_TURNED),
        TRUNK_LEANED: over(trial.trunk_lean_deg, TRUNK_LEANED),
        TRUNK_UNKNOWN: trial.trunk_unknown,
        NO_HOLD: not trial.held and not trial.beyond_reach and not trial.cut_off,
        FRAME_RATE_LOW: too_few_frames(trial.frames_per_s),
        LOW_LIGHT: under(trial.brightness, LOW_LIGHT),
        BLURRED: under(trial.sharpness, BLURRED),
        FACE_SMALL: under(trial.face_width_px, FACE_SMALL),
        TOO_FAR: over(trial.distance_m, TOO_FAR),
        TOO_NEAR: under(trial.distance_m, TOO_NEAR),
        SIDE_BENT: over(abs(trial.lateral_flexion_deg), SIDE_BENT),
        MIXED: over(trial.other_share, MIXED),
        START_UNSURE: trial.start_unsure,
        NO_RETURN: not trial.returned,
        START_DRIFT: over(trial.start_away_deg, START_DRIFT),
        FLEXION_UNKNOWN: math.isnan(trial.flexion_held_deg),
        FLEXION_SLIGHT: under(trial.flexion_held_deg, FLEXION_SLIGHT),
        FLEXION_SMALL: under(trial.flexion_held_deg, FLEXION_SMALL)
        and not under(trial.flexion_held_deg, FLEXION_SLIGHT),
        PICTURES_BLENDED: over(trial.pictures_blended, PICTURES_BLENDED),
        CAMERA_MOVED: over(trial.camera_moved_deg, CAMERA_MOVED),
        ZOOMED: over(trial.camera_zoomed, ZOOMED),
        PICTURE_FROZE: over(trial.picture_froze_s, PICTURE_FROZE),
        NOT_RETURNED: not trial.came_back,
        RETURN_BENT: over(max(abs(trial.flexion_lost_deg), abs(trial.lateral_flexion_deg)), RETURN_BENT),
        TRUNK_SHIFTED: over(abs(trial.trunk_rotation_deg), TRUNK_SHIFTED),
        NEUTRAL_DRIFTED: over(trial.neutral_away_deg, NEUTRAL_DRIFTED),
        RETURN_BRIEF: under(trial.back_s, RETURN_BRIEF),
    }
    return tuple(gate.code for gate, shut in closed.items() if shut and gate.code in applicable)


def quality(reasons: tuple[str, ...]) -> Quality:
    """`rejected` if any reason rejects, otherwise `usable` if there is a reason, otherwise `good`."""
    verdicts = {GATES[code].verdict for code in reasons}
    return "rejected" if "rejected" in verdicts else "usable" if verdicts else "good"

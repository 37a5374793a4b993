"""Screenings, findings and reactions to treatment, as a therapist records them.

The headings of a screening follow the framework on vascular disease of the neck (Rushton et al., J Orthop Sports Phys
Ther 2023;53:7-22, doi 10.2519/jospt.2022.11147). It records a judgement; it makes none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, get_args

from romcheck.clinical import Level, Treatment
from romcheck.i18n.message import Message, message

Looked = Literal["not_done", "nothing", "finding"]
"""Not done, done without a finding, done with a finding."""

Planned = Literal["test", "snag", "mobilisation", "thrust", "other"]
"""What is planned for the neck; the precautions differ."""

Decision = Literal["go_on", "gentler", "stop", "refer"]
"""Go on as planned, go on with less, leave it for today, or send to medical care."""

SCREENED = ("red_flags", "blood_pressure", "cranial_nerves", "gait", "stability", "contraindications")
"""Items of a screening, in this order; each has a field for a note."""

Where = Literal["none", "left", "right", "both"]
"""On which side something was found; ``none`` where it was examined and not found."""

SEGMENTS: tuple[Level, ...] = get_args(Level)
Sign = Literal["tender", "stiff"]


def found_at(sign: Sign, level: Level) -> str:
    """Field of ``Findings`` with the side on which a segment showed the sign."""
    return f"{sign}_{level.lower().replace('-', '_')}"


FOUND_AT = tuple(found_at(sign, level) for sign in get_args(Sign) for level in SEGMENTS)
"""Fields of segments that were tender or stiff."""

STAGES_MMHG = (20, 22, 24, 26, 28, 30)
"""Of the craniocervical flexion test; 20 where the first stage was not held."""

JUDGED = (
    "neck_disorder", "onset_with_neck", "better_with_neck", "range_reduced", "provoked", "block_abolished",
    "other_explains",
)  # fmt: skip
"""Criteria of cervicogenic headache that only the examiner can judge."""

Symptom = Literal[
    "soreness", "stiffness", "headache", "tiredness", "dizziness", "nausea", "tingling", "fainting", "weakness",
    "vision_speech", "other",
]  # fmt: skip
"""Symptoms after a treatment of the neck."""

GRAVE: tuple[Symptom, ...] = ("fainting", "weakness", "vision_speech")
"""Symptoms that need medical care at once."""

Severity = Literal["mild", "moderate", "severe"]
Action = Literal["none", "advice", "changed", "referred"]


@dataclass(frozen=True)
class Screening:
    """A screening before the neck is tested or treated.

    Attributes
    ----------
    as_before : day of the screening this one repeats, where the therapist stated that nothing has changed
    planned : what the contraindications were weighed for
    red_flags, blood_pressure, cranial_nerves, gait, stability, contraindications : whether done, and with a finding
    systolic, diastolic : in mmHg, where blood pressure was measured
    decision : what follows; with a finding, going on needs a `reason`
    consent : whether the person agrees to what is planned; None where not recorded
    by : who screened
    """

    person_id: int
    on: date
    visit_id: int | None = None
    as_before: date | None = None
    planned: Planned = "test"
    red_flags: Looked = "not_done"
    red_flags_note: str = ""
    blood_pressure: Looked = "not_done"
    blood_pressure_note: str = ""
    systolic: int | None = None
    diastolic: int | None = None
    cranial_nerves: Looked = "not_done"
    cranial_nerves_note: str = ""
    gait: Looked = "not_done"
    gait_note: str = ""
    stability: Looked = "not_done"
    stability_note: str = ""
    contraindications: Looked = "not_done"
    contraindications_note: str = ""
    decision: Decision = "go_on"
    reason: str = ""
    consent: bool | None = None
    by: str = ""
    notes: str = ""
    id: int | None = None
    version: int = 0

    def having(self, looked: Looked) -> tuple[str, ...]:
        """Names of the items with this result."""
        return tuple(name for name in SCREENED if getattr(self, name) == looked)

    @property
    def goes_on(self) -> bool:
        """Whether the therapist decided to go on."""
        return self.decision in ("go_on", "gentler")

    def may_be_repeated(self, planned: Planned) -> bool:
        """Whether it can be repeated as unchanged for what is planned now.

        Contraindications to a thrust were not weighed where a glide was planned.
        """
        return self.goes_on and self.planned == planned

    def all_clear(self) -> Screening:
        """The same with every item done, nothing found, and the person's consent."""
        clear: dict[str, Any] = dict.fromkeys(SCREENED, "nothing")
        return replace(self, **clear, consent=True)

    def repeated(self, on: date, visit_id: int | None) -> Screening:
        """A screening of a later day that states no change; blood pressure is not copied."""
        return replace(
            self, id=None, version=0, on=on, visit_id=visit_id, as_before=self.on, systolic=None, diastolic=None
        )


def screened_on(screenings: Sequence[Screening], day: date) -> tuple[Screening | None, Screening | None]:
    """The screening of a day, and the last one before it; None where there is none.

    Parameters
    ----------
    screenings : of one person, oldest first
    """
    of_day = [one for one in screenings if one.on == day]
    earlier = [one for one in screenings if one.on < day]
    return (of_day[-1] if of_day else None), (earlier[-1] if earlier else None)


SEVERE_MMHG = (180, 110)
"""Either number of grade 3 hypertension (Williams et al., Eur Heart J 2018;39:3021, doi 10.1093/eurheartj/ehy339)."""
UNUSUAL_MMHG = (80, 40, 15)
"""Least systolic, diastolic and difference that are not asked about: less is mostly a slip of the finger."""


def questions(screening: Screening) -> list[Message]:
    """What to ask about a blood pressure that is severe, or hardly possible."""
    high, low = screening.systolic, screening.diastolic
    if high is None or low is None:
        return []
    said = []
    values = {"systolic": str(high), "diastolic": str(low)}
    if high >= SEVERE_MMHG[0] or low >= SEVERE_MMHG[1]:
        severe = dict(zip(("severe", "severe2"), map(str, SEVERE_MMHG), strict=True))
        said.append(message("pressure.severe", **values, **severe))
    if high < UNUSUAL_MMHG[0] or low < UNUSUAL_MMHG[1] or high - low < UNUSUAL_MMHG[2]:
        said.append(message("pressure.unusual", **values))
    if said and screening.blood_pressure == "nothing":
        said.append(message("pressure.nothing", mark=message("looked.nothing")))
    return said


PLANNED_FOR: dict[Planned, tuple[str, ...]] = {
    "test": (),
    "snag": ("snag", "self-snag"),
    "mobilisation": ("mobilisation",),
    "thrust": ("manipulation",),
    "other": ("muscle-energy", "soft-tissue", "dry-needling", "other"),
}
"""Kinds of treatment that each plan covers; exercise needs none."""


def against(screening: Screening, treatments: Sequence[Treatment]) -> list[Message]:
    """What a screening says against treating on its day, and which of the treatments were not what was planned."""
    said = [] if screening.goes_on else [message(f"against.{screening.decision}")]
    if screening.consent is False:
        said.append(message("against.consent"))
    done = dict.fromkeys(kind for one in treatments for kind in (one.kind, *one.combined.split()))
    if said and done:
        said.append(message("against.treated"))
    other = [message(f"treatment.{kind}") for kind in done if kind not in (*PLANNED_FOR[screening.planned], "exercise")]
    if other:
        planned = message(f"planned.{screening.planned}")
        said.append(message("against.planned", kinds=other, planned=planned))
    return said


@dataclass(frozen=True)
class Findings:
    """What an examination of the neck found. None stands for what was not examined.

    Attributes
    ----------
    tender_c0_1 and so on : on which side a segment was tender, or stiff
    ccft_mmhg : highest stage held in the craniocervical flexion test
    endurance_s : how long the deep neck flexors held, in seconds
    position_error_left_deg, position_error_right_deg : joint position error after turning to each side, in degrees
    posture_note : remarks on the posture
    neck_disorder : whether examination or imaging shows a disorder of the neck that can cause headache
    onset_with_neck, better_with_neck : whether the headache began with that disorder, and eased as it did
    range_reduced : whether the examiner judges the range of the neck to be reduced
    provoked : whether movement, posture or pressure made the headache clearly worse
    block_abolished : whether a diagnostic block ended the headache
    other_explains : whether another headache diagnosis explains it better
    by : who examined
    """

    person_id: int
    on: date
    visit_id: int | None = None
    tender_c0_1: Where | None = None
    tender_c1_2: Where | None = None
    tender_c2_3: Where | None = None
    tender_c3_4: Where | None = None
    stiff_c0_1: Where | None = None
    stiff_c1_2: Where | None = None
    stiff_c2_3: Where | None = None
    stiff_c3_4: Where | None = None
    ccft_mmhg: int | None = None
    endurance_s: float | None = None
    position_error_left_deg: float | None = None
    position_error_right_deg: float | None = None
    posture_note: str = ""
    neck_disorder: bool | None = None
    onset_with_neck: bool | None = None
    better_with_neck: bool | None = None
    range_reduced: bool | None = None
    provoked: bool | None = None
    block_abolished: bool | None = None
    other_explains: bool | None = None
    by: str = ""
    notes: str = ""
    id: int | None = None
    version: int = 0


@dataclass(frozen=True)
class Reaction:
    """What a person reported, at a later visit, about the time after a treatment.

    Attributes
    ----------
    on : day on which it was asked
    treated_on : day of the treatment asked about
    happened : whether anything unwanted happened
    symptoms : words of ``Symptom`` with spaces between them
    severity, lasted_hours : how strong, and how long it lasted
    resolved : whether it is over; None where not stated
    action : what was done about it
    """

    person_id: int
    on: date
    treated_on: date
    happened: bool = False
    visit_id: int | None = None
    symptoms: str = ""
    severity: Severity | None = None
    lasted_hours: float | None = None
    resolved: bool | None = None
    action: Action | None = None
    notes: str = ""
    id: int | None = None
    version: int = 0

    @property
    def grave(self) -> bool:
        """Whether a reported symptom needs medical care at once."""
        return self.severity == "severe" or any(name in GRAVE for name in self.symptoms.split())

"""The clinical vocabulary: how a measurement was taken, treatment of the neck, and outcomes.

What no camera sees, and what decides whether two measurements may be compared. Entries of the records (``Treatment``,
``Outcome``, ``DiaryDay``, ``FollowUp``) carry whose they are, and number and version once they are kept.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, get_args

from romcheck.errors import RomcheckError
from romcheck.results import Frames, Result

Mode = Literal["active", "passive"]
"""``active``: the person moves the head; ``passive``: another moves it while the person lets go."""

Posture = Literal["seated", "supine"]

MovedBy = Literal["self", "therapist", "other"]
"""Whose strength turned the head; ``other`` is a partner or a relative."""

Timing = Literal["before", "after"]
"""Whether a measurement came before or after the treatment of its visit."""

TimingOrNone = Literal[Timing, "none"]
"""The same where a measurement need not be near a treatment."""

Stop = Literal["resistance", "pain", "wish", "full", "other"]
"""What ended the movement to a side: firm resistance, pain, the person's wish, or nothing short of full range."""

EndFeel = Literal["firm", "hard", "springy", "spasm", "empty", "soft"]
"""What the hands felt at the end of a passive movement."""

Level = Literal["C0-1", "C1-2", "C2-3", "C3-4"]
"""A segment of the upper neck."""

Sex = Literal["female", "male", "other"]
HeadacheSide = Literal["left", "right", "both", "changing", "none"]
Side = Literal["left", "right", "both"]
TreatmentKind = Literal[
    "snag",
    "self-snag",
    "manipulation",
    "mobilisation",
    "muscle-energy",
    "soft-tissue",
    "dry-needling",
    "exercise",
    "other",
]
TREATED_LEVELS = ("C0-1", "C1-2", "C2-3", "C3-4", "C4-7", "T1-4", "T5-9")
"""Places a treatment is usually aimed at; others are typed."""

Thrust = Literal["rotation", "side", "distraction", "front-to-back", "back-to-front", "other"]
"""Direction of the thrust of a manipulation."""

AttackSide = Literal["left", "right", "both", "changing"]
"""Side of one day's headache; ``changing`` where it went from one side to the other."""

Spread = Literal["from_neck", "to_neck", "stayed"]
"""From the neck or the back of the head forwards, the other way, or not at all."""

Trigger = Literal["turning", "posture", "pressure", "other"]
"""What brought a headache on: turning the head, keeping a posture, pressing on the neck."""

MedicineClass = Literal["paracetamol", "nsaid", "triptan", "ergot", "opioid", "combination", "other"]

NDI_ITEMS = (
    "pain", "care", "lifting", "reading", "headaches", "concentration", "work", "driving", "sleeping", "recreation",
)  # fmt: skip
"""Sections of the Neck Disability Index, each 0 to 5."""

NDI_MOST_MISSING = 2
"""With more sections left out no total is reckoned."""

FollowUpState = Literal["open", "done", "missed", "dropped"]

PAIN_MAX = 10
PERIOD_DAYS = 28
"""Headache days are counted for so many days, as studies do."""


@dataclass(frozen=True)
class Ending:
    """The end of the movement to one side. None means not recorded.

    Attributes
    ----------
    stopped_by, end_feel : what ended it, and what the hands felt there
    familiar : whether the headache the person knows came on
    where, pain : where it was felt, and how strong, 0 to 10
    """

    stopped_by: Stop | None = None
    end_feel: EndFeel | None = None
    familiar: bool | None = None
    where: str | None = None
    pain: int | None = None


@dataclass(frozen=True)
class Circumstances:
    """Conditions of one measurement. None means not recorded.

    Attributes
    ----------
    date : day of the measurement
    mode : active or passive
    posture : seated or supine
    moved_by : who turned the head; in the active mode nobody but the person
    pain : pain just before the test, 0 (none) to 10 (worst imaginable)
    headache_now : whether there was a headache during the test
    minutes_since_treatment : from the end of the treatment to this measurement; None where it was not after one
    camera : name of the camera, as its maker or the user calls it; two unknown lenses look alike, cameras need not
    at : moment of the measurement, with its offset from UTC
    timing : before or after the treatment of that visit; None for neither
    practice : practice movements to each side before those that count
    pain_during : strongest pain during the test, 0 to 10
    left, right : how the movements to each side ended
    level : the segment the examiner suspects

    Raises
    ------
    RomcheckError
        When a value cannot be: pain outside 0 to 10, an active movement made by another, a time before the treatment.
    """

    date: date
    mode: Mode | None = None
    posture: Posture | None = None
    moved_by: MovedBy | None = None
    pain: float | None = None
    headache_now: bool | None = None
    minutes_since_treatment: float | None = None
    camera: str | None = None
    at: datetime | None = None
    timing: Timing | None = None
    practice: int | None = None
    pain_during: float | None = None
    left: Ending = Ending()
    right: Ending = Ending()
    level: Level | None = None

    def __post_init__(self) -> None:
        for name, value, kind in (
            ("mode", self.mode, Mode),
            ("posture", self.posture, Posture),
            ("moved_by", self.moved_by, MovedBy),
            ("timing", self.timing, Timing),
        ):
            if value is not None and value not in get_args(kind):
                raise RomcheckError("not_among", name=name, value=value, get_args=", ".join(get_args(kind)))
        if self.mode == "active" and self.moved_by not in (None, "self"):
            raise RomcheckError("active_alone")
        if self.pain is not None and not 0 <= self.pain <= PAIN_MAX:
            raise RomcheckError("pain_range", pain_max=PAIN_MAX, pain=self.pain)
        if self.at is not None and self.at.tzinfo is None:
            raise RomcheckError("moment_offset")
        minutes = self.minutes_since_treatment
        if minutes is not None and not (math.isfinite(minutes) and minutes >= 0):
            raise RomcheckError("minutes_negative")


@dataclass(frozen=True)
class Occasion:
    """One measurement and how it was taken; ``frames`` where its curve is to be drawn."""

    result: Result
    circumstances: Circumstances
    frames: Frames | None = None


def every_test(occasion: Occasion) -> tuple[Occasion, ...]:
    """One occasion for every test of a recording, the main one first; only that one keeps its frames."""
    others = occasion.result.examinations[1:]
    return (
        occasion,
        *(
            Occasion(
                replace(
                    occasion.result,
                    test=of.test,
                    movements=of.movements,
                    summary=of.summary,
                    differences=of.differences,
                    tests=(of,),
                ),
                occasion.circumstances,
            )
            for of in others
        ),
    )


@dataclass(frozen=True)
class Treatment:
    """A treatment or exercise. ``visit_id`` is None for treatment elsewhere.

    ``level`` is the place in the neck or back ("C1-2", "upper thoracic"), ``dose`` free text for what repetitions do
    not say, ``by`` who did it. ``thrust`` is the direction of a manipulation, ``combined`` the kinds done together with
    it, with spaces between them, ``strap`` whether a glide was done with a strap or towel.
    """

    person_id: int
    on: date
    kind: TreatmentKind
    visit_id: int | None = None
    started_at: datetime | None = None
    level: str = ""
    side: Side | None = None
    repetitions: int | None = None
    dose: str = ""
    by: str = ""
    notes: str = ""
    thrust: Thrust | None = None
    combined: str = ""
    strap: bool | None = None
    id: int | None = None
    version: int = 0


def ndi_total(items: str) -> int | None:
    """Total of the Neck Disability Index, 0 to 50.

    Parameters
    ----------
    items : a digit 0 to 5 a section in the order of :data:`NDI_ITEMS`, ``-`` for one left out

    Returns
    -------
    The sum, with the mean of the others in the place of each left out (Vernon,
    https://chiro.org/forms/NDI_Explain.shtml), rounded; None where more than two are left out.
    """
    given = [int(item) for item in items if item != "-"]
    if len(given) < len(NDI_ITEMS) - NDI_MOST_MISSING:
        return None
    return math.floor(sum(given) * len(NDI_ITEMS) / len(given) + 0.5)


@dataclass(frozen=True)
class Outcome:
    """Outcomes over the ``period_days`` before ``on``: of questionnaires the totals, of the NDI its sections too.

    Attributes
    ----------
    headache_days, medication_days : days of the period
    intensity : usual, 0 to 10
    hours : usual length of a headache
    ndi : Neck Disability Index, 0 to 50
    ndi_items : its sections, where they were noted; see :func:`ndi_total`
    hit6 : Headache Impact Test, 36 to 78
    global_change : −7 (a very great deal worse) to +7 (a very great deal better)
    """

    person_id: int
    on: date
    visit_id: int | None = None
    period_days: int = 28
    headache_days: int | None = None
    intensity: float | None = None
    hours: float | None = None
    medication_days: int | None = None
    ndi: int | None = None
    hit6: int | None = None
    global_change: int | None = None
    notes: str = ""
    ndi_items: str = ""
    id: int | None = None
    version: int = 0

    @property
    def headache_days_per_28(self) -> float | None:
        """Headache days, counted for 28 days."""
        return self._per_28(self.headache_days)

    @property
    def medication_days_per_28(self) -> float | None:
        """Days with medication, counted for 28 days."""
        return self._per_28(self.medication_days)

    def _per_28(self, days: int | None) -> float | None:
        return None if days is None else days * PERIOD_DAYS / self.period_days


@dataclass(frozen=True)
class DiaryDay:
    """One diary day at home. None and empty stand for what was not stated.

    Attributes
    ----------
    exercise_times : how often the exercise was done
    side, spread : of the headache
    triggers : words of ``Trigger`` with spaces between them
    nausea, light : whether the person felt sick, or was bothered by light or noise
    medicine : names of pain medicine taken, as the person wrote them
    medicine_classes : words of ``MedicineClass`` with spaces between them
    """

    person_id: int
    on: date
    headache: bool | None = None
    intensity: float | None = None
    hours: float | None = None
    medication: bool | None = None
    exercise_times: int | None = None
    notes: str = ""
    side: AttackSide | None = None
    spread: Spread | None = None
    triggers: str = ""
    nausea: bool | None = None
    light: bool | None = None
    medicine: str = ""
    medicine_classes: str = ""
    id: int | None = None
    version: int = 0


@dataclass(frozen=True)
class FollowUp:
    """A day on which the person should be seen again, counted from the first treatment."""

    person_id: int
    label: str
    due_on: date
    state: FollowUpState = "open"
    visit_id: int | None = None
    id: int | None = None
    version: int = 0

"""The clinical vocabulary: how a measurement was taken, treatment of the neck, and outcomes.

What no camera sees, and what decides whether two measurements may be compared. Entries of the records (``Treatment``,
``Outcome``, ``DiaryDay``, ``FollowUp``) carry whose they are, and number and version once they are kept.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from romcheck.errors import RomcheckError
from romcheck.i18n.message import Message, message
from romcheck.results import Frames, Result

Mode = Literal["active", "passive"]
"""``active``: the person moves the head; ``passive``: somebody else moves it while the person relaxes."""

Posture = Literal["seated", "supine"]

MovedBy = Literal["self", "therapist", "other"]
"""Who moved the head; ``other`` is a partner or a relative."""

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

OLDEST_BIRTH_YEAR = 1890
"""Nobody who is measured was born before."""

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
"""With more sections left out there is no total."""

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
class Conditions:
    """Conditions of one measurement: without them two numbers cannot be compared.

    Attributes
    ----------
    mode, posture, moved_by : active or passive, seated or supine, who moved the head; None where not known, which the
        records refuse
    timing : before or after the treatment of that visit, or unrelated to one
    minutes_since_treatment : from the end of the treatment to this measurement, for ``after`` only
    pain_now, pain_after : just before the test, and the strongest during it as reported afterwards; 0 to 10
    headache_now : whether there was a headache during the test
    camera : name of the camera set-up, as the user calls it; two unknown lenses look alike, cameras need not
    practice : practice movements to each side before those that count; None where not recorded
    rest : whether the neck came out of flexion after each pair of turns, in the flexion-rotation test; None where not
        recorded
    stopped_by_left, end_feel_left : what ended the movement to a side, and what the hands felt there
    familiar_left, familiar_where_left, familiar_pain_left : whether the headache the person knows came on, where, and
        its intensity, 0 to 10
    level : the segment the examiner suspects
    """

    mode: Mode | None = "active"
    posture: Posture | None = "seated"
    moved_by: MovedBy | None = "self"
    timing: TimingOrNone = "none"
    minutes_since_treatment: float | None = None
    pain_now: int | None = None
    headache_now: bool | None = None
    pain_after: int | None = None
    camera: str | None = None
    practice: int | None = None
    rest: bool | None = None
    stopped_by_left: Stop | None = None
    stopped_by_right: Stop | None = None
    end_feel_left: EndFeel | None = None
    end_feel_right: EndFeel | None = None
    familiar_left: bool | None = None
    familiar_right: bool | None = None
    familiar_where_left: str | None = None
    familiar_where_right: str | None = None
    familiar_pain_left: int | None = None
    familiar_pain_right: int | None = None
    level: Level | None = None

    @property
    def right_after(self) -> bool:
        """Whether this was measured right after a treatment: it is not compared with other days."""
        return self.timing == "after" or self.minutes_since_treatment is not None

    def ending(self, side: Literal["left", "right"]) -> Ending:
        """The end of the movement to a side."""
        names = ("stopped_by", "end_feel", "familiar", "familiar_where", "familiar_pain")
        return Ending(*(getattr(self, f"{name}_{side}") for name in names))


UNKNOWN = Conditions(None, None, None)
"""Conditions of a measurement of which only the day was recorded."""


@dataclass(frozen=True)
class Occasion:
    """One measurement and how it was taken.

    Attributes
    ----------
    on : day of the measurement
    at : its moment, with the offset from UTC
    frames : where its curve is to be drawn

    Raises
    ------
    RomcheckError
        When the moment has no offset.
    """

    result: Result
    conditions: Conditions
    on: date
    at: datetime | None = None
    frames: Frames | None = None

    def __post_init__(self) -> None:
        if self.at is not None and self.at.tzinfo is None:
            raise RomcheckError("moment_offset")


def every_test(occasion: Occasion) -> tuple[Occasion, ...]:
    """One occasion for every test of a recording, the main one first; only that one keeps its frames."""
    others = occasion.result.examinations[1:]
    return (
        occasion,
        *(
            replace(
                occasion,
                result=replace(
                    occasion.result,
                    test=of.test,
                    movements=of.movements,
                    summary=of.summary,
                    differences=of.differences,
                    tests=(of,),
                ),
                frames=None,
            )
            for of in others
        ),
    )


def pain_question(before: int | None, during: int | None) -> Message | None:
    """What to ask where the strongest pain during a test is below that just before it: the two may be swapped."""
    if before is None or during is None or during >= before:
        return None
    return message("pain.fell", before=before, during=during)


def age_on(birth_year: int | None, day: date) -> float | None:
    """Age in the year of a day, to within a year; None where the year of birth is not known."""
    return None if birth_year is None else float(day.year - birth_year)


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
    period_days: int = PERIOD_DAYS
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

"""The entries of the records, as plain values.

A new entry has ``id`` None and ``version`` 0; what the store returns has both. An edit is
``store.save_...(dataclasses.replace(entry, ...))``: the version shows whether somebody else saved in the meantime.
Dates are local; times have a time zone and are stored in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from romcheck.clinical import (
    Conditions,
    DiaryDay,
    EndFeel,
    FollowUp,
    HeadacheSide,
    Level,
    Mode,
    MovedBy,
    Outcome,
    Posture,
    Sex,
    Stop,
    TimingOrNone,
    Treatment,
)
from romcheck.i18n.message import Message
from romcheck.results import MovementName, Quality, Result, Test

if TYPE_CHECKING:
    from romcheck.records.clinic import Findings, Reaction, Screening
    from romcheck.records.treatment_plan import GoalScore, TreatmentPlan

NOON = time(12)
"""Stands for the time of day of a measurement of which only the day is known."""


@dataclass(frozen=True)
class Person:
    """A person. ``code`` is their identifier in the clinic or study; a name is stored only if one is typed.

    ``uid`` stays the same when the person is moved to another computer.
    """

    code: str
    name: str | None = None
    birth_year: int | None = None
    sex: Sex | None = None
    headache_side: HeadacheSide | None = None
    notes: str = ""
    demo: bool = False
    uid: str | None = None
    created_at: datetime | None = None
    id: int | None = None
    version: int = 0


def known_moment(measured_at: datetime) -> datetime | None:
    """A stored moment; None at noon here, where what is known by its day alone stands."""
    return None if measured_at.astimezone().time() == NOON else measured_at


@dataclass(frozen=True)
class Visit:
    """One day on which a person was seen, or tested themselves."""

    person_id: int
    on: date
    notes: str = ""
    id: int | None = None
    version: int = 0


@dataclass(frozen=True)
class MeasurementRecord:
    """A stored measurement. ``frames_sha256`` is None if the frame-by-frame angles were not given."""

    id: int
    version: int
    person_id: int
    visit_id: int
    measured_at: datetime
    conditions: Conditions
    result: Result
    frames_sha256: str | None

    @property
    def test(self) -> Test:
        """Which test was done."""
        return self.result.test

    @property
    def at(self) -> datetime | None:
        """Its moment; None where only the day is known."""
        return known_moment(self.measured_at)

    @property
    def hour(self) -> str:
        """Time of day here; empty where only the day is known."""
        return "" if self.at is None else f"{self.at.astimezone():%H:%M}"


@dataclass(frozen=True)
class PlanStep:
    """One step of the follow-up plan: so many days after treatment began."""

    label: str
    days: int


@dataclass(frozen=True)
class PersonLine:
    """A person in a list, with what the list shows."""

    person: Person
    visits: int
    last_visit: date | None
    next_due: date | None


@dataclass(frozen=True)
class Due:
    """A follow-up that is due, or will be in ``-days_over`` days, and whose."""

    person: Person
    follow_up: FollowUp
    days_over: int


@dataclass(frozen=True)
class DayVisit:
    """A visit in a day's list, and whose."""

    person: Person
    visit: Visit


@dataclass(frozen=True)
class Today:
    """The therapist's day: who is here, who is due, soon or since long, who was here recently (newest first)."""

    day: date
    visits: tuple[DayVisit, ...]
    due: tuple[Due, ...]
    coming: tuple[Due, ...]
    long_due: tuple[Due, ...]
    recent: tuple[DayVisit, ...]


@dataclass(frozen=True)
class PersonPage:
    """Everything of one person, oldest first."""

    person: Person
    visits: tuple[Visit, ...]
    measurements: tuple[MeasurementRecord, ...]
    treatments: tuple[Treatment, ...]
    outcomes: tuple[Outcome, ...]
    diary: tuple[DiaryDay, ...]
    follow_ups: tuple[FollowUp, ...]
    screenings: tuple[Screening, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    findings: tuple[Findings, ...] = ()
    treatment_plans: tuple[TreatmentPlan, ...] = ()
    goal_scores: tuple[GoalScore, ...] = ()

    def visit_on(self, day: date) -> Visit | None:
        """The last visit of a day; None where there is none."""
        return next((visit for visit in reversed(self.visits) if visit.on == day), None)

    def day_of(self, record: MeasurementRecord) -> date:
        """Day of a measurement: that of its visit."""
        return next(visit.on for visit in self.visits if visit.id == record.visit_id)


@dataclass(frozen=True)
class Pair:
    """The same test before and after the treatments of one visit.

    For comparability and change use :func:`romcheck.change.comparability` and :func:`romcheck.change.compare` with
    :func:`romcheck.records.overview.occasion_of`.
    """

    before: MeasurementRecord
    after: MeasurementRecord
    treatments: tuple[Treatment, ...]


@dataclass(frozen=True)
class SeriesPoint:
    """One movement of one measurement, for a line over months."""

    measurement_id: int
    visit_id: int
    measured_at: datetime
    on: date
    test: Test
    movement: MovementName
    trials: int
    mean_deg: float | None
    sd_deg: float | None
    max_deg: float | None
    uncertainty_deg: float | None
    conditions: Conditions
    lens_known: str


@dataclass(frozen=True)
class TidyTrial:
    """One trial as a tidy row, for tables and export.

    ``measured_at`` is None where only the day is known. ``source_sha256`` is of the video, ``romcheck`` the version
    that measured it, ``lens`` calibrated, stated or assumed; ``mirrored`` is None in results that do not tell.
    """

    person_code: str
    person_id: int
    visit_id: int
    visit_on: date
    measurement_id: int
    measured_at: datetime | None
    test: Test
    mode: Mode
    posture: Posture
    moved_by: MovedBy
    timing: TimingOrNone
    minutes_since_treatment: float | None
    pain_now: int | None
    headache_now: bool | None
    pain_after: int | None
    camera: str | None
    practice: int | None
    rest: bool | None
    level: Level | None
    stopped_by: Stop | None
    end_feel: EndFeel | None
    familiar: bool | None
    familiar_pain: int | None
    movement: MovementName
    trial: int
    angle_deg: float | None
    uncertainty_deg: float | None
    at_least: bool
    quality: Quality
    reasons: str
    flexion_held_deg: float | None
    flexion_lost_deg: float | None
    lateral_flexion_deg: float | None
    trunk_rotation_deg: float | None
    source_sha256: str
    romcheck: str = ""
    lens: str = ""
    mirrored: bool | None = None


@dataclass(frozen=True)
class AuditLine:
    """One line of the audit trail. It contains numbers of entries, never a person's name or code."""

    id: int
    at: datetime
    by: str
    action: str
    person_id: int | None
    detail: str = ""


@dataclass(frozen=True)
class Deletion:
    """Result of deleting a person.

    ``backups`` still contain the person: older copies made by this program. ``rewritten`` were rewritten without the
    person. ``not_looked_into`` could not be checked: not certainly backups of this installation, or missing.
    ``not_cleaned`` are messages on what could not be erased at once, and why.
    """

    person_id: int
    rows: int
    files: int
    backups: tuple[str, ...] = ()
    rewritten: tuple[str, ...] = ()
    not_looked_into: tuple[str, ...] = ()
    not_cleaned: tuple[Message, ...] = field(default_factory=tuple)

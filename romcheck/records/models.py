"""The tables after the newest migration."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any, Optional

from sqlalchemy import Date, DateTime, ForeignKey, Index, MetaData, String, Text, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""Every constraint has a name, so that a migration can change it."""


class UtcDateTime(TypeDecorator[datetime]):
    """A time with time zone; SQLite stores none, so it is stored as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002, D102
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A time needs its time zone.")
        return value.astimezone(timezone.utc)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002, D102
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)


class Base(DeclarativeBase):
    """Every table: a number never used twice."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime(), date: Date(), str: Text()}  # noqa: RUF012 (SQLAlchemy's way)
    __table_args__: Any = {"sqlite_autoincrement": True}  # noqa: RUF012

    id: Mapped[int] = mapped_column(primary_key=True)


class Versioned:
    """An editable entry: its version shows whether somebody else changed it in the meantime."""

    version: Mapped[int] = mapped_column(default=1)


class PersonRow(Versioned, Base):
    """A person."""

    __tablename__ = "person"
    __table_args__ = (
        UniqueConstraint("code"),
        UniqueConstraint("uid"),
        {"sqlite_autoincrement": True},
    )

    uid: Mapped[str] = mapped_column(String(32))
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[Optional[str]]  # noqa: UP045
    birth_year: Mapped[Optional[int]]  # noqa: UP045
    sex: Mapped[Optional[str]] = mapped_column(String(16))  # noqa: UP045
    headache_side: Mapped[Optional[str]] = mapped_column(String(16))  # noqa: UP045
    notes: Mapped[str] = mapped_column(default="")
    demo: Mapped[bool] = mapped_column(default=False)
    sought: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]


class VisitRow(Versioned, Base):
    """A visit."""

    __tablename__ = "visit"
    __table_args__ = (Index(None, "person_id", "on"), Index(None, "on"), {"sqlite_autoincrement": True})

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    on: Mapped[date]
    notes: Mapped[str] = mapped_column(default="")


class MeasurementRow(Versioned, Base):
    """A measurement: the whole result as JSON; its frames, and its video if kept, are files named by their content."""

    __tablename__ = "measurement"
    __table_args__ = (
        Index(None, "person_id", "measured_at"),
        Index(None, "visit_id"),
        Index(None, "frames_sha256"),
        Index(None, "source_sha256"),
        {"sqlite_autoincrement": True},
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id", ondelete="CASCADE"))
    measured_at: Mapped[datetime]
    test: Mapped[str] = mapped_column(String(32))
    mode: Mapped[str] = mapped_column(String(16))
    posture: Mapped[str] = mapped_column(String(16))
    moved_by: Mapped[str]
    timing: Mapped[str] = mapped_column(String(16))
    minutes_since_treatment: Mapped[Optional[float]]  # noqa: UP045
    pain_now: Mapped[Optional[int]]  # noqa: UP045
    headache_now: Mapped[Optional[bool]]  # noqa: UP045
    pain_after: Mapped[Optional[int]]  # noqa: UP045
    camera: Mapped[Optional[str]]  # noqa: UP045
    practice: Mapped[Optional[int]]  # noqa: UP045
    rest: Mapped[Optional[bool]]  # noqa: UP045
    stopped_by_left: Mapped[Optional[str]] = mapped_column(String(16))  # noqa: UP045
    stopped_by_right: Mapped[Optional[str]] = mapped_column(String(16))  # noqa: UP045
    end_feel_left: Mapped[Optional[str]] = mapped_column(String(16))  # noqa: UP045
    end_feel_right: Mapped[Optional[str]] = mapped_column(String(16))  # noqa: UP045
    familiar_left: Mapped[Optional[bool]]  # noqa: UP045
    familiar_right: Mapped[Optional[bool]]  # noqa: UP045
    familiar_where_left: Mapped[Optional[str]]  # noqa: UP045
    familiar_where_right: Mapped[Optional[str]]  # noqa: UP045
    familiar_pain_left: Mapped[Optional[int]]  # noqa: UP045
    familiar_pain_right: Mapped[Optional[int]]  # noqa: UP045
    level: Mapped[Optional[str]] = mapped_column(String(8))  # noqa: UP045
    result: Mapped[str]
    frames_sha256: Mapped[Optional[str]] = mapped_column(String(64))  # noqa: UP045
    # Of the video it was measured in, as the result has it: a video kept under this name belongs to it.
    source_sha256: Mapped[str] = mapped_column(String(64), server_default="")


class TrialRow(Base):
    """One trial of a measurement, for queries over months; the result holds the same."""

    __tablename__ = "trial"
    __table_args__ = (Index(None, "measurement_id"), {"sqlite_autoincrement": True})

    measurement_id: Mapped[int] = mapped_column(ForeignKey("measurement.id", ondelete="CASCADE"))
    movement: Mapped[str] = mapped_column(String(32))
    trial: Mapped[int]
    angle_deg: Mapped[Optional[float]]  # noqa: UP045
    uncertainty_deg: Mapped[Optional[float]]  # noqa: UP045
    at_least: Mapped[bool]
    quality: Mapped[str] = mapped_column(String(16))
    reasons: Mapped[str]
    flexion_held_deg: Mapped[Optional[float]]  # noqa: UP045
    flexion_lost_deg: Mapped[Optional[float]]  # noqa: UP045
    lateral_flexion_deg: Mapped[Optional[float]]  # noqa: UP045
    trunk_rotation_deg: Mapped[Optional[float]]  # noqa: UP045


class TreatmentRow(Versioned, Base):
    """A treatment."""

    __tablename__ = "treatment"
    __table_args__ = (Index(None, "person_id", "on"), Index(None, "visit_id"), {"sqlite_autoincrement": True})

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    visit_id: Mapped[Optional[int]] = mapped_column(ForeignKey("visit.id", ondelete="CASCADE"))  # noqa: UP045
    on: Mapped[date]
    started_at: Mapped[Optional[datetime]]  # noqa: UP045
    kind: Mapped[str] = mapped_column(String(32))
    level: Mapped[str] = mapped_column(default="")
    side: Mapped[Optional[str]] = mapped_column(String(16))  # noqa: UP045
    repetitions: Mapped[Optional[int]]  # noqa: UP045
    dose: Mapped[str] = mapped_column(default="")
    by: Mapped[str] = mapped_column(default="")
    notes: Mapped[str] = mapped_column(default="")
    thrust: Mapped[Optional[str]] = mapped_column(String(16))  # noqa: UP045
    combined: Mapped[str] = mapped_column(default="", server_default="")
    strap: Mapped[Optional[bool]]  # noqa: UP045


class OutcomeRow(Versioned, Base):
    """Outcomes of a period."""

    __tablename__ = "outcome"
    __table_args__ = (Index(None, "person_id", "on"), Index(None, "visit_id"), {"sqlite_autoincrement": True})

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    visit_id: Mapped[Optional[int]] = mapped_column(ForeignKey("visit.id", ondelete="SET NULL"))  # noqa: UP045
    on: Mapped[date]
    period_days: Mapped[int] = mapped_column(default=28)
    headache_days: Mapped[Optional[int]]  # noqa: UP045
    intensity: Mapped[Optional[float]]  # noqa: UP045
    hours: Mapped[Optional[float]]  # noqa: UP045
    medication_days: Mapped[Optional[int]]  # noqa: UP045
    ndi: Mapped[Optional[int]]  # noqa: UP045
    hit6: Mapped[Optional[int]]  # noqa: UP045
    global_change: Mapped[Optional[int]]  # noqa: UP045
    notes: Mapped[str] = mapped_column(default="")
    ndi_items: Mapped[str] = mapped_column(String(16), default="", server_default="")


class DiaryRow(Versioned, Base):
    """One day of the diary."""

    __tablename__ = "diary"
    __table_args__ = (UniqueConstraint("person_id", "on"), {"sqlite_autoincrement": True})

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    on: Mapped[date]
    headache: Mapped[Optional[bool]]  # noqa: UP045
    intensity: Mapped[Optional[float]]  # noqa: UP045
    hours: Mapped[Optional[float]]  # noqa: UP045
    medication: Mapped[Optional[bool]]  # noqa: UP045
    exercise_times: Mapped[Optional[int]]  # noqa: UP045
    notes: Mapped[str] = mapped_column(default="")
    side: Mapped[Optional[str]] = mapped_column(String(16))  # noqa: UP045
    spread: Mapped[Optional[str]] = mapped_column(String(16))  # noqa: UP045
    triggers: Mapped[str] = mapped_column(default="", server_default="")
    nausea: Mapped[Optional[bool]]  # noqa: UP045
    light: Mapped[Optional[bool]]  # noqa: UP045
    medicine: Mapped[str] = mapped_column(default="", server_default="")
    medicine_classes: Mapped[str] = mapped_column(default="", server_default="")


class FollowUpRow(Versioned, Base):
    """A day on which a person should be seen again."""

    __tablename__ = "follow_up"
    __table_args__ = (
        Index(None, "state", "due_on"),
        Index(None, "person_id", "due_on"),
        Index(None, "visit_id"),
        {"sqlite_autoincrement": True},
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    label: Mapped[str]
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(16))
    visit_id: Mapped[Optional[int]] = mapped_column(ForeignKey("visit.id", ondelete="SET NULL"))  # noqa: UP045


class ScreeningRow(Versioned, Base):
    """A screening before the neck is tested or treated."""

    __tablename__ = "screening"
    __table_args__ = (Index(None, "person_id", "on"), Index(None, "visit_id"), {"sqlite_autoincrement": True})

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    visit_id: Mapped[Optional[int]] = mapped_column(ForeignKey("visit.id", ondelete="CASCADE"))  # noqa: UP045
    on: Mapped[date]
    as_before: Mapped[Optional[date]]  # noqa: UP045
    planned: Mapped[str] = mapped_column(String(16))
    red_flags: Mapped[str] = mapped_column(String(16))
    red_flags_note: Mapped[str] = mapped_column(default="")
    blood_pressure: Mapped[str] = mapped_column(String(16))
    blood_pressure_note: Mapped[str] = mapped_column(default="")
    systolic: Mapped[Optional[int]]  # noqa: UP045
    diastolic: Mapped[Optional[int]]  # noqa: UP045
    cranial_nerves: Mapped[str] = mapped_column(String(16))
    cranial_nerves_note: Mapped[str] = mapped_column(default="")
    gait: Mapped[str] = mapped_column(String(16))
    gait_note: Mapped[str] = mapped_column(default="")
    stability: Mapped[str] = mapped_column(String(16))
    stability_note: Mapped[str] = mapped_column(default="")
    contraindications: Mapped[str] = mapped_column(String(16))
    contraindications_note: Mapped[str] = mapped_column(default="")
    decision: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(default="")
    consent: Mapped[Optional[bool]]  # noqa: UP045
    by: Mapped[str] = mapped_column(default="")
    notes: Mapped[str] = mapped_column(default="")


class ReactionRow(Versioned, Base):
    """A reaction after a treatment."""

    __tablename__ = "reaction"
    __table_args__ = (Index(None, "person_id", "on"), Index(None, "visit_id"), {"sqlite_autoincrement": True})

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    visit_id: Mapped[Optional[int]] = mapped_column(ForeignKey("visit.id", ondelete="SET NULL"))  # noqa: UP045
    on: Mapped[date]
    treated_on: Mapped[date]
    happened: Mapped[bool]
    symptoms: Mapped[str] = mapped_column(default="")
    severity: Mapped[Optional[str]] = mapped_column(String(16))  # noqa: UP045
    lasted_hours: Mapped[Optional[float]]  # noqa: UP045
    resolved: Mapped[Optional[bool]]  # noqa: UP045
    action: Mapped[Optional[str]] = mapped_column(String(16))  # noqa: UP045
    notes: Mapped[str] = mapped_column(default="")


class FindingsRow(Versioned, Base):
    """Findings of an examination of the neck."""

    __tablename__ = "findings"
    __table_args__ = (Index(None, "person_id", "on"), Index(None, "visit_id"), {"sqlite_autoincrement": True})

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    visit_id: Mapped[Optional[int]] = mapped_column(ForeignKey("visit.id", ondelete="CASCADE"))  # noqa: UP045
    on: Mapped[date]
    tender_c0_1: Mapped[Optional[str]] = mapped_column(String(8))  # noqa: UP045
    tender_c1_2: Mapped[Optional[str]] = mapped_column(String(8))  # noqa: UP045
    tender_c2_3: Mapped[Optional[str]] = mapped_column(String(8))  # noqa: UP045
    tender_c3_4: Mapped[Optional[str]] = mapped_column(String(8))  # noqa: UP045
    stiff_c0_1: Mapped[Optional[str]] = mapped_column(String(8))  # noqa: UP045
    stiff_c1_2: Mapped[Optional[str]] = mapped_column(String(8))  # noqa: UP045
    stiff_c2_3: Mapped[Optional[str]] = mapped_column(String(8))  # noqa: UP045
    stiff_c3_4: Mapped[Optional[str]] = mapped_column(String(8))  # noqa: UP045
    ccft_mmhg: Mapped[Optional[int]]  # noqa: UP045
    endurance_s: Mapped[Optional[float]]  # noqa: UP045
    position_error_left_deg: Mapped[Optional[float]]  # noqa: UP045
    position_error_right_deg: Mapped[Optional[float]]  # noqa: UP045
    posture_note: Mapped[str] = mapped_column(default="")
    neck_disorder: Mapped[Optional[bool]]  # noqa: UP045
    onset_with_neck: Mapped[Optional[bool]]  # noqa: UP045
    better_with_neck: Mapped[Optional[bool]]  # noqa: UP045
    range_reduced: Mapped[Optional[bool]]  # noqa: UP045
    provoked: Mapped[Optional[bool]]  # noqa: UP045
    block_abolished: Mapped[Optional[bool]]  # noqa: UP045
    other_explains: Mapped[Optional[bool]]  # noqa: UP045
    by: Mapped[str] = mapped_column(default="")
    notes: Mapped[str] = mapped_column(default="")


class TreatmentPlanRow(Versioned, Base):
    """A treatment plan."""

    __tablename__ = "treatment_plan"
    __table_args__ = (Index(None, "person_id", "on"), {"sqlite_autoincrement": True})

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    on: Mapped[date]
    start_weeks: Mapped[int]
    course_weeks: Mapped[int]
    sessions: Mapped[int]
    months: Mapped[int]
    exercise_times: Mapped[Optional[int]]  # noqa: UP045
    notes: Mapped[str] = mapped_column(default="")


class GoalScoreRow(Versioned, Base):
    """How well a person can do something of their own choosing."""

    __tablename__ = "goal_score"
    __table_args__ = (
        UniqueConstraint("person_id", "activity", "on"),
        Index(None, "visit_id"),
        {"sqlite_autoincrement": True},
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    visit_id: Mapped[Optional[int]] = mapped_column(ForeignKey("visit.id", ondelete="SET NULL"))  # noqa: UP045
    on: Mapped[date]
    activity: Mapped[str] = mapped_column(String(200))
    score: Mapped[int]


class SettingRow(Base):
    """A setting of this database: its value is JSON."""

    __tablename__ = "setting"
    __table_args__ = (UniqueConstraint("name"), {"sqlite_autoincrement": True})

    name: Mapped[str] = mapped_column(String(64))
    value: Mapped[str]


class AuditRow(Base):
    """One line of the audit trail; the database itself refuses to change or delete it."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "person_id", "at"), {"sqlite_autoincrement": True})

    at: Mapped[datetime]
    by: Mapped[str]
    action: Mapped[str] = mapped_column(String(32))
    # Not a foreign key: the line outlives the person.
    person_id: Mapped[Optional[int]]  # noqa: UP045
    detail: Mapped[str] = mapped_column(default="")
    hash: Mapped[str] = mapped_column(String(64), server_default="")
    """Hash of this line and the hash of the one before: see :mod:`romcheck.records.chain`."""

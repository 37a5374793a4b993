"""People, visits, measurements, treatments, outcomes, settings, and an audit trail that only grows."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _number() -> sa.Column[int]:
    return sa.Column("id", sa.Integer(), primary_key=True)


def _version() -> sa.Column[int]:
    return sa.Column("version", sa.Integer(), nullable=False)


def _belongs(name: str, table: str, ondelete: str = "CASCADE", nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), sa.ForeignKey(f"{table}.id", ondelete=ondelete), nullable=nullable)


def upgrade() -> None:
    """Make the tables and the triggers."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "person",
        _number(),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("birth_year", sa.Integer()),
        sa.Column("sex", sa.String(16)),
        sa.Column("headache_side", sa.String(16)),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("sought", sa.Text(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        _version(),
        sa.UniqueConstraint("code", name="uq_person_code"),
        sa.UniqueConstraint("uid", name="uq_person_uid"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "visit",
        _number(),
        _belongs("person_id", "person"),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        _version(),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_visit_person_id_on", "visit", ["person_id", "on"])
    op.create_index("ix_visit_on", "visit", ["on"])
    op.create_table(
        "measurement",
        _number(),
        _belongs("person_id", "person"),
        _belongs("visit_id", "visit"),
        sa.Column("measured_at", moment, nullable=False),
        sa.Column("test", sa.String(32), nullable=False),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("posture", sa.String(16), nullable=False),
        sa.Column("moved_by", sa.Text(), nullable=False),
        sa.Column("timing", sa.String(16), nullable=False),
        sa.Column("minutes_since_treatment", sa.Float()),
        sa.Column("pain_now", sa.Integer()),
        sa.Column("headache_now", sa.Boolean()),
        sa.Column("pain_after", sa.Integer()),
        sa.Column("camera", sa.Text()),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("frames_sha256", sa.String(64)),
        _version(),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_measurement_person_id_measured_at", "measurement", ["person_id", "measured_at"])
    op.create_index("ix_measurement_visit_id", "measurement", ["visit_id"])
    op.create_index("ix_measurement_frames_sha256", "measurement", ["frames_sha256"])
    op.create_table(
        "treatment",
        _number(),
        _belongs("person_id", "person"),
        _belongs("visit_id", "visit", nullable=True),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("started_at", moment),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("side", sa.String(16)),
        sa.Column("repetitions", sa.Integer()),
        sa.Column("dose", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        _version(),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "outcome",
        _number(),
        _belongs("person_id", "person"),
        _belongs("visit_id", "visit", "SET NULL", nullable=True),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("period_days", sa.Integer(), nullable=False),
        sa.Column("headache_days", sa.Integer()),
        sa.Column("intensity", sa.Float()),
        sa.Column("hours", sa.Float()),
        sa.Column("medication_days", sa.Integer()),
        sa.Column("ndi", sa.Integer()),
        sa.Column("hit6", sa.Integer()),
        sa.Column("global_change", sa.Integer()),
        sa.Column("notes", sa.Text(), nullable=False),
        _version(),
        sqlite_autoincrement=True,
    )
    for table in ("treatment", "outcome"):
        op.create_index(f"ix_{table}_person_id_on", table, ["person_id", "on"])
        op.create_index(f"ix_{table}_visit_id", table, ["visit_id"])
    op.create_table(
        "setting",
        _number(),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.UniqueConstraint("name", name="uq_setting_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "audit",
        _number(),
        sa.Column("at", moment, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("person_id", sa.Integer()),
        sa.Column("detail", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_person_id_at", "audit", ["person_id", "at"])
    _let_the_audit_trail_only_grow(op.get_bind().dialect.name)


def _let_the_audit_trail_only_grow(dialect: str) -> None:
    if dialect == "sqlite":
        for what in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_no_{what.lower()} BEFORE {what} ON audit "
                "BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit trail only grows'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit "
        "FOR EACH ROW EXECUTE FUNCTION audit_only_grows()"
    )
    op.execute(
        "CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows()"
    )

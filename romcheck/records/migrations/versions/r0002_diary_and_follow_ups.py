"""A diary, and follow-ups counted from the first treatment, for people already under treatment too."""

from datetime import date, timedelta
from itertools import groupby

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

PLAN = (("1 week", 7), ("4 weeks", 28), ("3 months", 91), ("6 months", 182), ("12 months", 365))
EARLY = timedelta(days=3)


def upgrade() -> None:
    """Make the tables; plan follow-ups for everybody who has begun treatment."""
    op.create_table(
        "diary",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("headache", sa.Boolean()),
        sa.Column("intensity", sa.Float()),
        sa.Column("hours", sa.Float()),
        sa.Column("medication", sa.Boolean()),
        sa.Column("exercise_times", sa.Integer()),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.UniqueConstraint("person_id", "on", name="uq_diary_person_id_on"),
        sqlite_autoincrement=True,
    )
    follow_up = op.create_table(
        "follow_up",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("visit_id", sa.Integer(), sa.ForeignKey("visit.id", ondelete="SET NULL")),
        sa.Column("version", sa.Integer(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_follow_up_state_due_on", "follow_up", ["state", "due_on"])
    op.create_index("ix_follow_up_person_id_due_on", "follow_up", ["person_id", "due_on"])
    op.create_index("ix_follow_up_visit_id", "follow_up", ["visit_id"])
    _plan(op.get_bind(), follow_up)


def _plan(connection: sa.Connection, follow_up: sa.Table) -> None:
    visit = sa.table("visit", sa.column("id"), sa.column("person_id"), sa.column("on", sa.Date()))
    treatment = sa.table("treatment", sa.column("person_id"), sa.column("on", sa.Date()))
    rows = connection.execute(
        sa.select(visit.c.person_id, visit.c.on, visit.c.id).order_by(visit.c.person_id, visit.c.on)
    )
    visits = {person: [(day, number) for _, day, number in seen] for person, seen in groupby(rows, lambda row: row[0])}
    began = connection.execute(
        sa.select(treatment.c.person_id, sa.func.min(treatment.c.on, type_=sa.Date())).group_by(treatment.c.person_id)
    )
    planned = [
        _step(person, label, first + timedelta(days=days), visits.get(person, []))
        for person, first in began.all()
        for label, days in PLAN
    ]
    if planned:
        connection.execute(follow_up.insert(), planned)


def _step(person: int, label: str, due: date, visits: list[tuple[date, int]]) -> dict[str, object]:
    seen = next((number for day, number in visits if day >= due - EARLY), None)
    state = "open" if seen is None else "done"
    return {"person_id": person, "label": label, "due_on": due, "state": state, "visit_id": seen, "version": 1}

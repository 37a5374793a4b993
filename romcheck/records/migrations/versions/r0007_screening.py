"""Screenings before testing or treating, and what was told of the time after a treatment."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

LOOKED = ("red_flags", "blood_pressure", "cranial_nerves", "gait", "stability", "contraindications")


def upgrade() -> None:
    """Make the tables; of older visits nothing is known."""
    looked = [
        column
        for name in LOOKED
        for column in (
            sa.Column(name, sa.String(16), nullable=False),
            sa.Column(f"{name}_note", sa.Text(), nullable=False),
        )
    ]
    op.create_table(
        "screening",
        *_belonging("CASCADE"),
        sa.Column("as_before", sa.Date()),
        sa.Column("planned", sa.String(16), nullable=False),
        *looked,
        sa.Column("systolic", sa.Integer()),
        sa.Column("diastolic", sa.Integer()),
        sa.Column("decision", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("consent", sa.Boolean()),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "reaction",
        *_belonging("SET NULL"),
        sa.Column("treated_on", sa.Date(), nullable=False),
        sa.Column("happened", sa.Boolean(), nullable=False),
        sa.Column("symptoms", sa.Text(), nullable=False),
        sa.Column("severity", sa.String(16)),
        sa.Column("lasted_hours", sa.Float()),
        sa.Column("resolved", sa.Boolean()),
        sa.Column("action", sa.String(16)),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sqlite_autoincrement=True,
    )
    for table in ("screening", "reaction"):
        op.create_index(f"ix_{table}_person_id_on", table, ["person_id", "on"])
        op.create_index(f"ix_{table}_visit_id", table, ["visit_id"])


def _belonging(with_visit: str) -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
        sa.Column("visit_id", sa.Integer(), sa.ForeignKey("visit.id", ondelete=with_visit)),
        sa.Column("on", sa.Date(), nullable=False),
    ]

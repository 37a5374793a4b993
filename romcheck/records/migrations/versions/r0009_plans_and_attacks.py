"""What of a treatment is planned and wished for, how it was done, and what a day's headache was like."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add columns and tables; of older entries nothing of it is known."""
    with op.batch_alter_table("treatment") as treatment:
        treatment.add_column(sa.Column("thrust", sa.String(16)))
        treatment.add_column(sa.Column("combined", sa.Text(), nullable=False, server_default=""))
        treatment.add_column(sa.Column("strap", sa.Boolean()))
    with op.batch_alter_table("outcome") as outcome:
        outcome.add_column(sa.Column("ndi_items", sa.String(16), nullable=False, server_default=""))
    with op.batch_alter_table("diary") as diary:
        diary.add_column(sa.Column("side", sa.String(16)))
        diary.add_column(sa.Column("spread", sa.String(16)))
        diary.add_column(sa.Column("triggers", sa.Text(), nullable=False, server_default=""))
        diary.add_column(sa.Column("nausea", sa.Boolean()))
        diary.add_column(sa.Column("light", sa.Boolean()))
        diary.add_column(sa.Column("medicine", sa.Text(), nullable=False, server_default=""))
        diary.add_column(sa.Column("medicine_classes", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "treatment_plan",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("start_weeks", sa.Integer(), nullable=False),
        sa.Column("course_weeks", sa.Integer(), nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("exercise_times", sa.Integer()),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_treatment_plan_person_id_on", "treatment_plan", ["person_id", "on"])
    op.create_table(
        "goal_score",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
        sa.Column("visit_id", sa.Integer(), sa.ForeignKey("visit.id", ondelete="SET NULL")),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("activity", sa.String(200), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.UniqueConstraint("person_id", "activity", "on", name="uq_goal_score_person_id_activity_on"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_goal_score_visit_id", "goal_score", ["visit_id"])

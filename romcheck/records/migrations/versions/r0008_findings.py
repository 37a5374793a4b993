"""How each side's movement ended, and what an examination of the neck found."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the columns and the table; of older measurements nothing of it is known."""
    with op.batch_alter_table("measurement") as measurement:
        for side in ("left", "right"):
            measurement.add_column(sa.Column(f"stopped_by_{side}", sa.String(16)))
            measurement.add_column(sa.Column(f"end_feel_{side}", sa.String(16)))
            measurement.add_column(sa.Column(f"familiar_{side}", sa.Boolean()))
            measurement.add_column(sa.Column(f"familiar_where_{side}", sa.Text()))
            measurement.add_column(sa.Column(f"familiar_pain_{side}", sa.Integer()))
        measurement.add_column(sa.Column("level", sa.String(8)))
    segments = ("c0_1", "c1_2", "c2_3", "c3_4")
    op.create_table(
        "findings",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
        sa.Column("visit_id", sa.Integer(), sa.ForeignKey("visit.id", ondelete="CASCADE")),
        sa.Column("on", sa.Date(), nullable=False),
        *(sa.Column(f"{what}_{name}", sa.String(8)) for what in ("tender", "stiff") for name in segments),
        sa.Column("ccft_mmhg", sa.Integer()),
        sa.Column("endurance_s", sa.Float()),
        sa.Column("position_error_left_deg", sa.Float()),
        sa.Column("position_error_right_deg", sa.Float()),
        sa.Column("posture_note", sa.Text(), nullable=False),
        sa.Column("neck_disorder", sa.Boolean()),
        sa.Column("onset_with_neck", sa.Boolean()),
        sa.Column("better_with_neck", sa.Boolean()),
        sa.Column("range_reduced", sa.Boolean()),
        sa.Column("provoked", sa.Boolean()),
        sa.Column("block_abolished", sa.Boolean()),
        sa.Column("other_explains", sa.Boolean()),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_findings_person_id_on", "findings", ["person_id", "on"])
    op.create_index("ix_findings_visit_id", "findings", ["visit_id"])

"""One tidy row a trial, for queries over months; filled from the results already kept."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

BATCH = 1000


def upgrade() -> None:
    """Make the table and fill it."""
    trial = op.create_table(
        "trial",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("measurement_id", sa.Integer(), sa.ForeignKey("measurement.id", ondelete="CASCADE"), nullable=False),
        sa.Column("movement", sa.String(32), nullable=False),
        sa.Column("trial", sa.Integer(), nullable=False),
        sa.Column("angle_deg", sa.Float()),
        sa.Column("uncertainty_deg", sa.Float()),
        sa.Column("at_least", sa.Boolean(), nullable=False),
        sa.Column("quality", sa.String(16), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("flexion_held_deg", sa.Float()),
        sa.Column("flexion_lost_deg", sa.Float()),
        sa.Column("lateral_flexion_deg", sa.Float()),
        sa.Column("trunk_rotation_deg", sa.Float()),
        sqlite_autoincrement=True,
    )
    connection = op.get_bind()
    measurement = sa.table("measurement", sa.column("id", sa.Integer()), sa.column("result", sa.Text()))
    last = 0
    while True:
        rows = connection.execute(
            sa.select(measurement.c.id, measurement.c.result)
            .where(measurement.c.id > last)
            .order_by(measurement.c.id)
            .limit(BATCH)
        ).all()
        if not rows:
            break
        last = rows[-1][0]
        tidy = [_tidy(number, movement) for number, text in rows for movement in json.loads(text)["movements"]]
        if tidy:
            connection.execute(trial.insert(), tidy)
    op.create_index("ix_trial_measurement_id", "trial", ["measurement_id"])


def _tidy(measurement: int, movement: dict[str, Any]) -> dict[str, Any]:
    kept = (
        "movement", "trial", "angle_deg", "uncertainty_deg", "at_least", "quality",
        "flexion_held_deg", "flexion_lost_deg", "lateral_flexion_deg", "trunk_rotation_deg",
    )  # fmt: skip
    return {name: movement[name] for name in kept} | {
        "measurement_id": measurement,
        "reasons": " ".join(movement["reasons"]),
    }

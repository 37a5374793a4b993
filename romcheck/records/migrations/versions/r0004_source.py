"""The content of the video a result was measured in, so that a kept video belongs to its measurement."""

import json
import re

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

BATCH = 1000
SHA256 = re.compile("[0-9a-f]{64}")


def upgrade() -> None:
    """Add the column and fill it from the results."""
    op.add_column("measurement", sa.Column("source_sha256", sa.String(64), nullable=False, server_default=""))
    connection = op.get_bind()
    measurement = sa.table(
        "measurement",
        sa.column("id", sa.Integer()),
        sa.column("result", sa.Text()),
        sa.column("source_sha256", sa.String(64)),
    )
    fill = (
        sa.update(measurement)
        .where(measurement.c.id == sa.bindparam("number"))
        .values(source_sha256=sa.bindparam("sha256"))
    )
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
        connection.execute(fill, [{"number": number, "sha256": _sha256(text)} for number, text in rows])
    op.create_index("ix_measurement_source_sha256", "measurement", ["source_sha256"])


def _sha256(text: str) -> str:
    sha256 = str(json.loads(text)["source"]["sha256"])
    return sha256 if SHA256.fullmatch(sha256) else ""

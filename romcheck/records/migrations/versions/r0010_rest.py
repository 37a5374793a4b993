"""Whether the neck rested from flexion after each pair of turns, which matters to whether two can be compared."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the column; of older measurements it is not known."""
    op.add_column("measurement", sa.Column("rest", sa.Boolean()))

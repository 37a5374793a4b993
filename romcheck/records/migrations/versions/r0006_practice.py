"""Practice movements before a measurement, which matter to whether two can be compared."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column; of older measurements it is not known."""
    op.add_column("measurement", sa.Column("practice", sa.Integer()))

"""Every line of the audit trail holds the hash of the one before; the installation has a number of its own."""

import uuid

import sqlalchemy as sa
from alembic import op

from romcheck.records.chain import START, Link, link_hash

revision = "0005"
down_revision = "0004"

BATCH = 1000


def upgrade() -> None:
    """Add the column, fill it in the order of the lines, and name the installation."""
    connection = op.get_bind()
    sqlite = connection.dialect.name == "sqlite"
    op.add_column("audit", sa.Column("hash", sa.String(64), nullable=False, server_default=""))
    if sqlite:
        (again,) = connection.execute(sa.text("SELECT sql FROM sqlite_master WHERE name = 'audit_no_update'")).one()
        op.execute("DROP TRIGGER audit_no_update")
        _chain(connection)
        op.execute(again)
    else:
        op.execute("ALTER TABLE audit DISABLE TRIGGER audit_no_change")
        _chain(connection)
        op.execute("ALTER TABLE audit ENABLE TRIGGER audit_no_change")
    setting = sa.table("setting", sa.column("name"), sa.column("value"))
    if connection.execute(sa.select(setting.c.name).where(setting.c.name == "installation")).first() is None:
        connection.execute(setting.insert(), {"name": "installation", "value": f'"{uuid.uuid4().hex}"'})


def _chain(connection: sa.Connection) -> None:
    audit = sa.table(
        "audit",
        sa.column("id", sa.Integer()),
        sa.column("at", sa.DateTime(timezone=True)),
        sa.column("by", sa.Text()),
        sa.column("action", sa.String()),
        sa.column("person_id", sa.Integer()),
        sa.column("detail", sa.Text()),
        sa.column("hash", sa.String()),
    )
    fill = sa.update(audit).where(audit.c.id == sa.bindparam("number")).values(hash=sa.bindparam("chained"))
    said = sa.select(audit.c.id, audit.c.at, audit.c.by, audit.c.action, audit.c.person_id, audit.c.detail)
    last, before = 0, START
    while rows := connection.execute(said.where(audit.c.id > last).order_by(audit.c.id).limit(BATCH)).all():
        filled = []
        for number, *line in rows:
            last, before = number, link_hash(before, Link(*line))
            filled.append({"number": number, "chained": before})
        connection.execute(fill, filled)

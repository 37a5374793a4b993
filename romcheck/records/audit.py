"""Who saw, changed, exported or deleted whose records: a trail that only grows and holds no names."""

from __future__ import annotations

import getpass
from datetime import datetime, timezone

from sqlalchemy import select
from sqlalchemy.orm import Session

from romcheck.records.entries import AuditLine
from romcheck.records.models import AuditRow

ACTIONS = ("saw", "added", "changed", "deleted", "exported", "imported", "backed up", "restored", "settings")
SAW_AGAIN_S = 15 * 60
"""A person looked at again within this time by the same user is one look."""


def user_name() -> str:
    """The name the computer knows its user by."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such user in a container
        return "unknown"


def note(session: Session, by: str, action: str, person_id: int | None, detail: str = "") -> None:
    """Add a line within a transaction. ``detail`` names kinds and numbers of entries, never their content."""
    if action not in ACTIONS:
        raise ValueError(f"{action!r} is not an action of the audit trail")
    session.add(AuditRow(at=datetime.now(timezone.utc), by=by, action=action, person_id=person_id, detail=detail))


def lines(session: Session, person_id: int | None = None, limit: int = 1000) -> tuple[AuditLine, ...]:
    """The trail, newest first; of one person or of all."""
    query = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
    if person_id is not None:
        query = query.where(AuditRow.person_id == person_id)
    return tuple(
        AuditLine(row.id, row.at, row.by, row.action, row.person_id, row.detail) for row in session.scalars(query)
    )

"""Who viewed, changed, exported or deleted whose records: a chained, append-only trail without names."""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from datetime import datetime, timezone

from sqlalchemy import select
from sqlalchemy.orm import Session

from romcheck.records.chain import START, Link, link_hash
from romcheck.records.entries import AuditLine
from romcheck.records.models import AuditRow

ACTIONS = ("saw", "added", "changed", "deleted", "exported", "imported", "backed up", "restored", "settings")
SAW_AGAIN_S = 15 * 60
"""Repeated views of a person by the same user within this time are one entry."""
ELSEWHERE = "backup of another installation"
"""Detail of the line after which another trail follows, with its own numbers of people."""
_NOTED = "romcheck_audit"


@dataclass(frozen=True)
class Trail:
    """Whether the trail is intact.

    Attributes
    ----------
    lines : how many there are
    last : hash of the last line; noted elsewhere, it shows later whether lines were removed from the end
    broken : number of the first line that does not follow the one before; None where all do
    known : whether the hash asked for is in the trail; None where none was asked for
    """

    lines: int
    last: str
    broken: int | None
    known: bool | None = None


def user_name() -> str:
    """Name of the computer's user."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such user in a container
        return "unknown"


def note(session: Session, by: str, action: str, person_id: int | None, detail: str = "") -> None:
    """Add a line within a transaction; :meth:`Database.write` chains it at the end of the transaction.

    ``detail`` names kinds and numbers of entries, never their content.
    """
    if action not in ACTIONS:
        raise ValueError(f"{action!r} is not an action of the audit trail")
    session.info.setdefault(_NOTED, []).append(Link(datetime.now(timezone.utc), by, action, person_id, detail))


def noted(session: Session) -> list[Link]:
    """Remove and return the lines that wait to be chained."""
    lines: list[Link] = session.info.pop(_NOTED, [])
    return lines


def chain(session: Session, links: list[Link]) -> None:
    """Append lines to the trail, locked until the transaction ends."""
    before = session.scalar(select(AuditRow.hash).order_by(AuditRow.id.desc()).limit(1)) or START
    for link in links:
        before = link_hash(before, link)
        session.add(row_of(link, before))
        session.flush()  # one by one: their numbers follow their order


def row_of(link: Link, chained: str) -> AuditRow:
    """The row of a line with its hash."""
    return AuditRow(
        at=link.at, by=link.by, action=link.action, person_id=link.person_id, detail=link.detail, hash=chained
    )


def verify(session: Session, known: str | None = None) -> Trail:
    """Follow the chain from its first line to the last; ``known`` is a hash that should be in it."""
    lines, before, broken, found = 0, START, None, False
    said = (AuditRow.id, AuditRow.at, AuditRow.by, AuditRow.action, AuditRow.person_id, AuditRow.detail, AuditRow.hash)
    for number, *line, chained in session.execute(select(*said).order_by(AuditRow.id).execution_options(yield_per=500)):
        lines += 1
        if broken is None and chained != link_hash(before, Link(*line)):
            broken = number
        before = chained
        found = found or chained == known
    return Trail(lines, before, broken, None if known is None else found)


def lines(session: Session, person_id: int | None = None, limit: int = 1000) -> tuple[AuditLine, ...]:
    """The trail, newest first; of one person or of all."""
    query = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
    if person_id is not None:
        other = select(AuditRow.id).where(AuditRow.action == "restored", AuditRow.detail == ELSEWHERE)
        begins = session.scalar(other.order_by(AuditRow.id.desc()).limit(1)) or 0
        query = query.where(AuditRow.person_id == person_id, AuditRow.id > begins)
    return tuple(
        AuditLine(row.id, row.at, row.by, row.action, row.person_id, row.detail) for row in session.scalars(query)
    )

"""The hash chain of the audit trail: each line contains a hash over itself and the hash of the line before.

Its form must never change: migrations and backups of every version depend on it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

START = "0" * 64
"""Takes the place of the hash before the first line."""


@dataclass(frozen=True)
class Link:
    """The hashed fields of a line; ``at`` has a time zone, or is UTC."""

    at: datetime
    by: str
    action: str
    person_id: int | None
    detail: str


def link_hash(before: str, link: Link) -> str:
    """SHA-256, in hex, of a line that follows the one with the hash ``before``."""
    at = link.at.replace(tzinfo=timezone.utc) if link.at.tzinfo is None else link.at.astimezone(timezone.utc)
    said = [before, at.isoformat(timespec="microseconds"), link.by, link.action, link.person_id, link.detail]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def hashes_of(links: Iterable[Link], before: str = START) -> list[str]:
    """Hashes of consecutive lines."""
    found = []
    for link in links:
        before = link_hash(before, link)
        found.append(before)
    return found


def common(mine: Sequence[str], theirs: Sequence[str]) -> int:
    """Number of lines at the beginning that two trails have in common."""
    return next(
        (i for i, (one, other) in enumerate(zip(mine, theirs, strict=False)) if one != other),
        min(len(mine), len(theirs)),
    )

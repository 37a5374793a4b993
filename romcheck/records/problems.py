"""Errors of the records, each with the reason and what to do."""

from __future__ import annotations

from typing import Any

from romcheck.errors import RomcheckError
from romcheck.i18n.message import Message, message


class RecordsError(RomcheckError):
    """Anything the records refuse to do."""


class EntryError(RecordsError):
    """A value that cannot be true or does not fit. ``field`` names it."""

    def __init__(self, field: str, code: str, /, **values: object) -> None:
        super().__init__(code, **values)
        self.field = field


class NotFoundError(RecordsError):
    """A person, visit or other entry that is not, or no longer, there."""


class ConflictError(RecordsError):
    """Somebody else saved the same entry meanwhile.

    Attributes
    ----------
    mine : what was to be saved; nothing of it was
    theirs : what is saved now; save ``replace(mine, version=theirs.version)`` to overwrite it knowingly
    """

    def __init__(self, code: str, /, mine: Any, theirs: Any) -> None:
        super().__init__(code)
        self.mine = mine
        self.theirs = theirs


class DatabaseError(RecordsError):
    """A database that cannot be reached, read or written."""


class NewerDatabaseError(DatabaseError):
    """A database that a newer version of the program has changed."""


class ArchiveError(RecordsError):
    """An archive or backup that cannot be read in. Nothing of it was."""


def label(field: str) -> Message:
    """Label of a field."""
    return message(f"field.{field}")

"""Errors of the records, each with the reason and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from romcheck.errors import RomcheckError
from romcheck.i18n.message import Message, message


class RecordsError(RomcheckError):
    """Base class of the errors of the records."""


class EntryError(RecordsError):
    """A value that cannot be true or does not fit. ``field`` names it."""

    def __init__(self, field: str, code: str, /, **values: object) -> None:
        super().__init__(code, **values)
        self.field = field


class NotFoundError(RecordsError):
    """A person, visit or other entry that does not exist, or no longer."""


class ConflictError(RecordsError):
    """Somebody else saved the same entry meanwhile.

    Attributes
    ----------
    mine : the version that was not saved
    theirs : the version saved now; save ``replace(mine, version=theirs.version)`` to overwrite it knowingly
    """

    def __init__(self, code: str, /, mine: Any, theirs: Any) -> None:
        super().__init__(code)
        self.mine = mine
        self.theirs = theirs


class DatabaseError(RecordsError):
    """A database that cannot be reached, read or written."""


class LostDatabaseError(DatabaseError):
    """A data folder that holds the files or backups of records, but not their database."""


class NewerDatabaseError(DatabaseError):
    """A database that was migrated by a newer version of the program."""


class ArchiveError(RecordsError):
    """An archive or backup that cannot be imported; nothing of it was."""


class RestoreStopped(KeyboardInterrupt):
    """Ctrl-C while a backup was restored.

    Attributes
    ----------
    before : where the previous records were saved, if they had been
    replaced : whether those of the backup had taken their place
    """

    def __init__(self, before: Path | None = None, replaced: bool = False) -> None:
        super().__init__()
        self.before = before
        self.replaced = replaced


def label(field: str) -> Message:
    """Label of a field."""
    return message(f"field.{field}")

"""What of a backup is believed: its parts, their sizes, and every value in its rows, checked like any input."""

from __future__ import annotations

import json
import math
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import date, datetime, timezone
from typing import Any, NoReturn

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Table
from sqlalchemy.types import Boolean, Date, DateTime, Float, Integer

from romcheck.records import audit, checks
from romcheck.records.database import REVISIONS
from romcheck.records.entries import Conditions, DiaryDay, FollowUp, Outcome, Person, TreatmentRecord, Visit
from romcheck.records.models import Base
from romcheck.records.problems import ArchiveError, EntryError, RecordsError
from romcheck.records.results_text import result_of

SCHEMA = "romcheck.backup/1"
HEAD = "backup.json"
FILE_NAME = re.compile(r"files/([0-9a-f]{64})(\.parquet|\.mkv)")
UNREADABLE = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, KeyError, ValueError, RecursionError,
    RuntimeError, OverflowError, TypeError,
)  # fmt: skip
"""What reading a damaged or crafted zip and its rows may raise."""
MOST_HEAD = 1_000_000
MOST_LINE = 20_000_000
"""Bytes of one row: a result of some thousand movements."""
SWOLLEN, SWELLS = 50_000_000, 100
"""A part that unpacks to more bytes than this, and to more than so many times its packed size, is no table of ours."""
MOST_PARTS = 2_000_000

_ENTRIES: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "person": (TypeAdapter(Person), checks.person),
    "visit": (TypeAdapter(Visit), checks.visit),
    "measurement": (TypeAdapter(Conditions), checks.conditions),
    "treatment": (TypeAdapter(TreatmentRecord), checks.treatment),
    "outcome": (TypeAdapter(Outcome), checks.outcome),
    "diary": (TypeAdapter(DiaryDay), checks.diary_day),
    "follow_up": (TypeAdapter(FollowUp), checks.follow_up),
}


def checked_head(packed: zipfile.ZipFile) -> dict[str, Any]:
    """The head of a backup, once every part is one a backup has, of a size that can be, and undamaged."""
    parts = packed.infolist()
    names = [part.filename for part in parts]
    tables = {f"tables/{table.name}.jsonl" for table in Base.metadata.sorted_tables}
    strange = [n for n in names if n != HEAD and n not in tables and not FILE_NAME.fullmatch(n)]
    if strange or HEAD not in names or len(set(names)) != len(names):
        raise ArchiveError("It is no backup of romcheck. Name a file that 'romcheck backup' wrote.")
    for part in parts:
        swollen = part.file_size > SWOLLEN and part.file_size > SWELLS * part.compress_size
        if (part.filename == HEAD and part.file_size > MOST_HEAD) or swollen or len(parts) > MOST_PARTS:
            raise ArchiveError(
                f"It is no backup of romcheck: {part.filename[:80]} would unpack to {part.file_size / 1e6:,.0f} MB. "
                "Name a file that 'romcheck backup' wrote."
            )
    head = _json(packed.read(HEAD))
    rows = head.get("rows", {}) if isinstance(head, dict) else None
    if not isinstance(head, dict) or not isinstance(rows, dict):
        raise ArchiveError("It is no backup of romcheck. Name a file that 'romcheck backup' wrote.")
    if head.get("schema") != SCHEMA or head.get("revision") not in REVISIONS:
        raise ArchiveError("A newer romcheck wrote this backup. Bring it back with that version.")
    if packed.testzip() is not None:
        raise ArchiveError("The backup is damaged. Use another one.")
    head["rows"] = rows
    return head


def lines_of(packed: zipfile.ZipFile, name: str) -> Iterator[dict[str, Any]]:
    """The rows of a table as they are in the backup, one at a time."""
    with packed.open(f"tables/{name}.jsonl") as part:
        while line := part.readline(MOST_LINE + 1):
            if len(line) > MOST_LINE:
                raise ArchiveError(f"The backup cannot be brought back: a row of {name} has over {MOST_LINE:,} bytes.")
            row = _json(line)
            if not isinstance(row, dict):
                raise ArchiveError(f"The backup cannot be brought back: a row of {name} is not one.")
            yield row


def rows_of(packed: zipfile.ZipFile, table: Table, sqlite: bool) -> Iterator[dict[str, Any]]:
    """The rows of a table as the database takes them, each checked.

    Raises
    ------
    ArchiveError
        When a value cannot be; names and notes are not repeated.
    """
    for row in lines_of(packed, table.name):
        values = {name: _value(name, row[name], column.type) for name, column in table.columns.items()}
        try:
            _check(table.name, values)
        except ValidationError as error:
            where = ".".join(str(part) for part in error.errors()[0]["loc"])
            raise ArchiveError(f"The backup cannot be brought back: {table.name}: {where} is not right.") from None
        except RecordsError as error:
            raise ArchiveError(f"The backup cannot be brought back: {table.name}: {error}") from None
        if sqlite:
            values = {n: v.replace(tzinfo=None) if isinstance(v, datetime) else v for n, v in values.items()}
        yield values


def _check(table: str, values: dict[str, Any]) -> None:
    if table in _ENTRIES:
        kind, check = _ENTRIES[table]
        check(kind.validate_python({name: value for name, value in values.items() if value is not None}))
    if table == "person" and not re.fullmatch("[0-9a-f]{32}", values["uid"]):
        raise EntryError("uid", "The person has no valid identification.")
    if table == "measurement":
        checks.result(result_of(values["result"]))
        for name in ("frames_sha256", "source_sha256"):
            if not re.fullmatch("([0-9a-f]{64})?", values.get(name) or ""):
                raise EntryError(name, f"{name} is no SHA-256.")
    if table == "setting":
        checks.setting(values["name"], _json(values["value"]))
    if table == "audit" and (values["action"] not in audit.ACTIONS or len(values["detail"]) > checks.WORD_LENGTH):
        raise EntryError("action", "A line of the audit trail is none this program writes.")


def _value(name: str, value: Any, kind: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, DateTime):
        return datetime.fromisoformat(value).astimezone(timezone.utc)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    if isinstance(kind, Boolean):
        fits = isinstance(value, bool) or value in (0, 1)
    elif isinstance(kind, Integer):
        fits = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31
    elif isinstance(kind, Float):
        fits = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        fits = fits and not (name.endswith("_deg") and abs(value) > checks.MOST_DEG)
    else:
        fits = isinstance(value, str) and "\0" not in value and not re.search("[\ud800-\udfff]", value)
    if not fits:
        raise ArchiveError(f"The backup cannot be brought back: {name} holds a value that cannot be.")
    return value


def _json(content: str | bytes) -> Any:
    return json.loads(content, parse_constant=_no_number)


def _no_number(word: str) -> NoReturn:
    raise ArchiveError(f"The backup cannot be brought back: it holds {word} where a number should be.")

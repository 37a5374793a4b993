"""Checking a backup: its parts, their sizes, and every value in its rows, like any input."""

from __future__ import annotations

import json
import math
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Any, NoReturn

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Table
from sqlalchemy.types import Boolean, Date, DateTime, Float, Integer

from romcheck.clinical import Conditions, DiaryDay, FollowUp, Outcome, Treatment
from romcheck.exchange.files import MOST_DEG
from romcheck.records import audit, checks, clinic_checks
from romcheck.records.clinic import Findings, Reaction, Screening
from romcheck.records.database import REVISIONS
from romcheck.records.entries import Person, Visit
from romcheck.records.field_checks import WORD_LENGTH, without_controls
from romcheck.records.models import Base
from romcheck.records.problems import ArchiveError, EntryError, RecordsError, label
from romcheck.records.results_text import result_of
from romcheck.records.treatment_plan import GoalScore, TreatmentPlan
from romcheck.records.zips import CONTENT, HEAD

SCHEMA = "romcheck.backup/1"
FILE_NAME = re.compile(r"files/([0-9a-f]{64})(\.parquet|\.mkv)")
UNREADABLE = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, KeyError, ValueError, RecursionError,
    RuntimeError, OverflowError, TypeError,
)  # fmt: skip
"""Exceptions of reading a damaged or crafted zip and its rows."""
MOST_HEAD = 1_000_000
MOST_LINE = 20_000_000
"""Most bytes of one row: a result of some thousand movements."""
SWOLLEN, SWELLS = 50_000_000, 100
"""A part that unpacks to more bytes than this, and to more than this many times its packed size, is refused."""
MOST_PARTS = 500_000
"""Most files: more than frames and videos of 200,000 measurements."""
MOST_ROWS = 20_000_000
"""Most rows in all tables: 200,000 measurements with their trials and audit lines have a tenth of it."""
FIRST_YEAR, LAST_YEAR = 1900, 2200

_ENTRIES: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "person": (TypeAdapter(Person), checks.person),
    "visit": (TypeAdapter(Visit), checks.visit),
    "measurement": (TypeAdapter(Conditions), checks.conditions),
    "treatment": (TypeAdapter(Treatment), checks.treatment),
    "outcome": (TypeAdapter(Outcome), checks.outcome),
    "diary": (TypeAdapter(DiaryDay), checks.diary_day),
    "follow_up": (TypeAdapter(FollowUp), checks.follow_up),
    "screening": (TypeAdapter(Screening), clinic_checks.screening),
    "reaction": (TypeAdapter(Reaction), clinic_checks.reaction),
    "findings": (TypeAdapter(Findings), clinic_checks.findings),
    "treatment_plan": (TypeAdapter(TreatmentPlan), checks.treatment_plan),
    "goal_score": (TypeAdapter(GoalScore), checks.goal_score),
}


_REACH = {"person": {"birth_year": (FIRST_YEAR - 100, LAST_YEAR)}, "outcome": {"period_days": (1, 36_525)}}
"""Widest limits of a value, beyond what can be entered today."""
_NO_LONGER_KNOWN = {
    ("person", "sex"): None,
    ("person", "headache_side"): None,
    ("treatment", "side"): None,
    ("treatment", "kind"): "other",
    ("treatment", "thrust"): "other",
    ("diary", "side"): None,
    ("diary", "spread"): None,
    ("screening", "planned"): "other",
    ("reaction", "severity"): None,
    ("reaction", "action"): None,
}
"""Fields whose choices may go out of use, and their replacement. Fields that decide which measurements can be compared
are not among them.
"""


def checked_head(packed: zipfile.ZipFile) -> dict[str, Any]:
    """The header of a backup, after checking that its parts are known, of plausible size, and undamaged."""
    parts = packed.infolist()
    names = [part.filename for part in parts]
    tables = {f"tables/{table.name}.jsonl" for table in Base.metadata.sorted_tables}
    strange = [n for n in names if n != HEAD and n not in tables and not FILE_NAME.fullmatch(n)]
    if CONTENT in names:
        raise ArchiveError("backup_is_archive")
    if strange or HEAD not in names or len(set(names)) != len(names):
        raise ArchiveError("no_backup")
    _check_sizes(parts)
    head = head_of(packed)
    rows = head.get("rows", {})
    if not isinstance(rows, dict):
        raise ArchiveError("no_backup")
    if head.get("schema") != SCHEMA or head.get("revision") not in REVISIONS:
        raise ArchiveError("backup_newer")
    if any(type(count) is not int or count < 0 for count in rows.values()) or sum(rows.values()) > MOST_ROWS:
        raise ArchiveError("backup_many_rows", rows=MOST_ROWS)
    if packed.testzip() is not None:
        raise ArchiveError("backup_broken")
    head["rows"] = rows
    return head


def head_of(packed: zipfile.ZipFile) -> dict[str, Any]:
    """The header of a backup, of which nothing else is checked."""
    if packed.getinfo(HEAD).file_size > MOST_HEAD:
        raise ArchiveError("no_backup")
    head = _json(packed.read(HEAD))
    if not isinstance(head, dict):
        raise ArchiveError("no_backup")
    return head


def _check_sizes(parts: list[zipfile.ZipInfo]) -> None:
    if len(parts) > MOST_PARTS:
        raise ArchiveError("backup_many_parts", parts=MOST_PARTS)
    for part in parts:
        as_it_is = part.compress_type == zipfile.ZIP_STORED and part.file_size == part.compress_size
        swollen = _swollen(part.file_size, part.compress_size) or (FILE_NAME.fullmatch(part.filename) and not as_it_is)
        if swollen or (part.filename == HEAD and part.file_size > MOST_HEAD):
            raise ArchiveError("backup_part_big", part=part.filename[:80], size=part.file_size / 1e6)
    size = sum(part.file_size for part in parts)
    if _swollen(size, sum(part.compress_size for part in parts)):
        raise ArchiveError("backup_big", size=size / 1e6)


def _swollen(size: int, packed: int) -> bool:
    return size > SWOLLEN and size > SWELLS * packed


def lines_of(packed: zipfile.ZipFile, name: str) -> Iterator[dict[str, Any]]:
    """The rows of a table of the backup, one at a time."""
    with packed.open(f"tables/{name}.jsonl") as part:
        while line := part.readline(MOST_LINE + 1):
            if len(line) > MOST_LINE:
                raise ArchiveError("backup_row_long", name=name, line=MOST_LINE)
            row = _json(line)
            if not isinstance(row, dict):
                raise ArchiveError("backup_row_none", name=name)
            yield row


def rows_of(
    packed: zipfile.ZipFile, table: Table, sqlite: bool, odd: Callable[[dict[str, Any], EntryError], None]
) -> Iterator[dict[str, Any]]:
    """The rows of a table for the database, each checked.

    A row that was once allowed and breaks a current rule is returned unchanged.

    Parameters
    ----------
    odd : called with such a row and the rule it breaks

    Raises
    ------
    ArchiveError
        When a value is impossible; the message contains no names or notes.
    """
    for row in lines_of(packed, table.name):
        values = {name: _value(name, row[name], column.type) for name, column in table.columns.items()}
        try:
            _check(table.name, values)
            for error in _broken(table.name, values):
                odd(values, error)
        except ValidationError as error:
            where = ".".join(str(part) for part in error.errors()[0]["loc"])
            raise ArchiveError("backup_value", name=table.name, where=where) from None
        except RecordsError as error:
            raise ArchiveError("backup_entry", name=table.name, error=error) from None
        if sqlite:
            values = {n: v.replace(tzinfo=None) if isinstance(v, datetime) else v for n, v in values.items()}
        yield values


def _check(table: str, values: dict[str, Any]) -> None:
    """Refuse values that were never possible."""
    if table == "person" and not re.fullmatch("[0-9a-f]{32}", values["uid"]):
        raise EntryError("uid", "person_no_uid")
    if table == "person" and not values["code"].strip():
        raise EntryError("code", "person_no_code")
    for name, (least, most) in _REACH.get(table, {}).items():
        if values[name] is not None and not least <= values[name] <= most:
            raise EntryError(name, "value_cannot_be", name=name)
    if table == "measurement":
        checks.result(result_of(values["result"]))
        for name in ("frames_sha256", "source_sha256"):
            if not re.fullmatch("([0-9a-f]{64})?", values.get(name) or ""):
                raise EntryError(name, "no_sha256", name=name)
    if table == "setting":
        checks.setting(values["name"], _json(values["value"]))
    if table == "audit" and (values["action"] not in audit.ACTIONS or len(values["detail"]) > WORD_LENGTH):
        raise EntryError("action", "audit_line")


def _broken(table: str, values: dict[str, Any]) -> Iterator[EntryError]:
    """The current rules an entry breaks. Choices no longer in use are moved to its notes, control characters removed.

    Raises
    ------
    ValidationError
        When it is not an entry.
    """
    if table not in _ENTRIES:
        return
    kind, check = _ENTRIES[table]

    def entry() -> Any:
        return kind.validate_python({name: value for name, value in values.items() if value is not None})

    try:
        entry()
    except ValidationError as error:
        for fault in error.errors():
            name = str(fault["loc"][0]) if fault["loc"] else ""
            if fault["type"] != "literal_error" or (table, name) not in _NO_LONGER_KNOWN:
                raise
            word = str(values[name])
            values[name] = _NO_LONGER_KNOWN[table, name]
            values["notes"] = f"{values['notes']}\n{name}: {word}".strip()
            yield EntryError(name, "word_to_notes", what=label(name), word=word[:40])
    try:
        check(entry())
    except EntryError as error:
        values |= {n: without_controls(v) for n, v in values.items() if isinstance(v, str)}
        yield error


def _value(name: str, value: Any, kind: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, Date | DateTime):
        at = kind.python_type.fromisoformat(value)
        fits = FIRST_YEAR <= at.year <= LAST_YEAR
        value = at.astimezone(timezone.utc) if fits and isinstance(at, datetime) else at
    elif isinstance(kind, Boolean):
        fits = isinstance(value, bool) or value in (0, 1)
    elif isinstance(kind, Integer):
        fits = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31
    elif isinstance(kind, Float):
        fits = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        fits = fits and abs(value) <= (MOST_DEG if name.endswith("_deg") else 2**31)
    else:
        fits = isinstance(value, str) and "\0" not in value and not re.search("[\ud800-\udfff]", value)
        fits = fits and (kind.length is None or len(value) <= kind.length)
    if not fits:
        raise ArchiveError("backup_value_cannot_be", name=name)
    return value


def _json(content: str | bytes) -> Any:
    return json.loads(content, parse_constant=_no_number)


def _no_number(word: str) -> NoReturn:
    raise ArchiveError("backup_no_number", word=word)

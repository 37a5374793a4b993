"""What the records refuse, in the reader's language."""

from __future__ import annotations

import re

from romcheck.errors import RomcheckError
from romcheck.records.problems import ConflictError, EntryError, NotFoundError
from romcheck.texts import Texts

KNOWN = (
    (r"The code (?P<code>.*) is taken\. .*", "code_taken"),
    (r"A person needs a code.*", "code_missing"),
    (r"The birth year (?P<year>\d+) lies in the future\..*", "birth_year_future"),
    (r"The birth year (?P<year>\d+) is before .*", "birth_year_early"),
    (r"The date of the .*, (?P<day>[\d-]+), lies in the future\..*", "day_future"),
    (r"The date of the .*, (?P<day>[\d-]+), is before .*", "day_early"),
    (r"A treatment on (?P<day>[\d-]+) lies before the first visit.*", "treatment_first"),
    (r"The treatment is dated (?P<day>[\d-]+), its visit (?P<visit>[\d-]+)\..*", "treatment_day"),
    (r"There is no .* measurement from before the treatment in this visit.*", "no_before"),
    (r"A measurement after the treatment is compared with this one\..*", "has_after"),
    (r"The .* is (?P<count>[\d,]+) characters long; at most (?P<most>[\d,]+) can be kept\..*", "too_long"),
    (r"The .* cannot begin with (?P<letter>.): .*", "formula"),
    (r"The .* holds a character that is not text .*", "control"),
    (r"(?P<what>.*) can be (?P<least>[−\d.]+) to (?P<most>[\d.]+), not .*", "range"),
    (r"In an active test the person moves the head alone\..*", "active_alone"),
    (r"The day has no headache, yet .*", "no_headache"),
    (r"This person is already here\..*", "already_here"),
    (r"The disk is full\..*|The disk did not take .*", "disk_full"),
    (r"Another program is writing to the database .*", "locked"),
    (r"The database can only be read: .*", "read_only"),
    (r"The database .* was removed or moved while .*", "gone"),
    (r"The PostgreSQL server cannot be reached\..*", "no_server"),
)
"""Sentences of the records, and the key under which the texts say the same in each language."""


def problem_text(error: RomcheckError, texts: Texts) -> str:
    """The reason and the way out. A sentence the texts do not know is given as it is."""
    if isinstance(error, ConflictError):
        return texts("problem.conflict")
    if isinstance(error, NotFoundError) and error.args[0].startswith("This "):
        return texts("problem.not_there")
    for pattern, key in KNOWN:
        if match := re.fullmatch(pattern, str(error), re.DOTALL):
            numbers = match.groupdict()
            if isinstance(error, EntryError) and "what" in numbers and f"field.{error.field}" in texts:
                numbers["what"] = texts(f"field.{error.field}")
            return texts(f"problem.{key}", **numbers)
    return str(error)

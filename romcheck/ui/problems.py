"""What the records refuse, in the reader's language."""

from __future__ import annotations

import re

from romcheck.errors import RomcheckError
from romcheck.i18n.texts import Texts
from romcheck.records.problems import ConflictError, EntryError, NotFoundError

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
    (r".* is not a whole (archive|backup): .*", "file_damaged"),
    (r"The backup cannot be brought back.*", "file_damaged"),
    (r"The backup is (damaged|not whole).*|A file is not what it was when it was packed.*", "file_damaged"),
    (r"(Frames|A video) in the archive w.* changed after .*|The archive does not hold exactly .*", "file_damaged"),
    (r"The archive holds .*|It is no archive of a person.*|The person in the archive has no .*", "no_archive"),
    (r"The archive cannot be taken in.*|The archive's .* cannot be read.*|An entry of the archive .*", "no_archive"),
    (r"The archive follows schema .*|A result in the archive does not follow .*", "file_version"),
    (r"A newer romcheck wrote this backup.*|.* follows .* another version.*", "file_version"),
    (r"The archive is too big: more than (?P<size>\d+) MB.*", "archive_too_big"),
    (r"The database file could not be rewritten .*|Another window is reading the database\..*", "not_wiped"),
    (r"PostgreSQL was told to free the rows .*", "server_keeps"),
    (r"(?P<path>.*) could not be written again without the person: .*", "not_rewritten"),
    (r".* lists too many parts .*", "too_many_parts"),
    (r".* was '(?P<word>.*)', a word not known any more\..*", "word_to_notes"),
    (r"The follow-up on (?P<day>[\d-]+) is out of reach\..*", "follow_up_far"),
    (r"It is no backup of romcheck[.:].*|.* is a copy of the database file made before .*", "no_backup"),
    (r"Another window has the database open\..*", "open_elsewhere"),
    (r"The PostgreSQL database is not empty\..*", "server_not_empty"),
    (r"None of these files is a result.*|.* is not a result of romcheck.*|It holds no result of .*", "no_result"),
    (r"The frames beside .*|.* is not a frames file .*|.* not hold the frames of .*", "no_frames"),
    (r"Minutes since the treatment belong to .*", "minutes_after"),
    (r"The retention rule can be (?P<least>\d+) to (?P<most>\d+) months.*", "retention"),
    (r"Write each step as LABEL = DAYS.*|A plan has at most .*|A follow-up needs a label.*", "plan"),
    (r"Two steps of the plan .*", "plan_twice"),
    (r"Somebody else entered the same .*", "same_moment"),
    (r"What this belongs to was deleted meanwhile\..*", "not_there"),
)
"""Sentences of the records, and the key under which the texts say the same in each language."""


def problem_text(error: RomcheckError, texts: Texts) -> str:
    """The reason and the way out. A sentence the texts do not know is given as it is."""
    if error.message.code in texts:
        return texts.say(error.message, page=True)
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

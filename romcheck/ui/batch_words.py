"""What a study says – changes, refusals, why a video was not measured – in the reader's language."""

from __future__ import annotations

import re
from typing import get_args

from romcheck.batch.identity import GIVEN, Change
from romcheck.i18n.catalogue import catalogue
from romcheck.i18n.message import message
from romcheck.i18n.texts import Texts
from romcheck.i18n.wording import Wording
from romcheck.notices import SEEN
from romcheck.results import Test

REASONS = (
    (r"(?P<name>.*) is empty \(0 bytes\).*", "empty"),
    (r"There is no file or folder (?P<name>.*)\. Check its name\.", "nowhere"),
    (r"There is no file (?P<name>.*)\. .*", "missing"),
    (r"there is no file (?P<name>.*)\. Correct .*", "missing"),
    (r"(?P<name>.*) is not a file\. .*", "no_file"),
    (r"(?P<name>.*) may not be read by this user\..*", "forbidden"),
    (r"(?P<name>.*) was cut off: .*", "cut_off"),
    (r"(?P<name>.*) is not a video that can be read .*", "no_video"),
    (r"(?P<name>.*) is a text, not a video\..*", "text"),
    (r"(?P<name>.*) is a still picture: .*", "still"),
    (r"(?P<name>.*) is a list that names other files .*", "list"),
    (r"(?P<name>.*) is an animated picture of a kind .*", "animated"),
    (r"The pictures of (?P<name>.*) are (?P<size>\d+×\d+), larger than any .*", "too_large"),
    (r"(?P<name>.*) holds more than (?P<most>\d+) tracks of pictures\..*", "tracks"),
    (r"(?P<name>.*) holds more than (?P<most>\d+) pictures\..*", "too_long"),
    (r"(?P<name>.*) holds \d+ pictures in [\d.]+ s, more than any camera takes\..*", "too_fast"),
    (r"(?P<name>.*) is an address on the network, and only .*", "network"),
    (r"(?P<name>.*) is a chain of addresses, .*", "chain"),
    (r"(?P<name>.*) is a video in a format that cannot be decoded here\..*", "format"),
    (r"(?P<name>.*) holds sound only\..*", "sound"),
    (r"(?P<name>.*) holds no moving picture\..*", "no_picture"),
    (r"(?P<name>.*) holds a video, but not one picture of it could be decoded\..*", "damaged"),
    (r"(?P<name>.*) holds a single picture\..*", "single"),
    (
        r"A face was seen in (?P<name>.*) for (?P<seconds>[\d.]+) s only: in (?P<count>\d+) of (?P<pictures>\d+) "
        r"pictures, (?P<first>[\d.]+) to (?P<last>[\d.]+) s, (?P<width>\d+) pixels wide.*",
        "glimpse",
    ),
    (
        r"A face was seen in (?P<name>.*) in (?P<count>\d+) of (?P<pictures>\d+) pictures, (?P<first>[\d.]+) to "
        r"(?P<last>[\d.]+) s, (?P<width>\d+) pixels wide, but .* turned (?P<aside>\d+)°.*",
        "side_on",
    ),
    (r"No face was found in (?P<name>.*): all (?P<pictures>\d+) pictures .*", "no_face"),
    (r"No movement was found in .*?\. (?P<seen>.*) ?In a recording that cannot be made again, .*", "no_movement"),
    (r"The camera file is for pictures of (?P<size>\d+×\d+), this video has (?P<other>\d+×\d+), .*", "camera_size"),
    (r"The process that measured it ended by itself, twice \((?P<how>.*?)\): .*", "crashed"),
    (r"Measuring it took more than (?P<limit>\d+) MB of memory\..*", "memory_limit"),
    (r"Measuring it took longer than (?P<limit>[\d.]+) minutes\..*", "time_limit"),
    (r"The computer's memory did not suffice\..*", "memory_short"),
    (r"The machine .* has another romcheck .*", "machine"),
    (r"An unexpected error stopped it \((?P<error>.*)\)\..*", "unexpected"),
    (r"A process that measures did not start\. (?P<why>.*) ?Run 'romcheck selftest'.*", "no_process"),
    (
        r"There are no videos in the folder (?P<name>.*) or the folders in it\. Looked for (?P<endings>.*);.*",
        "no_videos",
    ),
    (r"Another run writes to (?P<name>.*) \((?P<who>.*)\)\..*", "in_use"),
    (r"The folder (?P<name>.*) already holds (?P<files>.*), which no run of romcheck .*", "foreign"),
    (r"(?P<name>.*) is a file, not a folder\..*", "out_is_file"),
    (r"Nothing can be written to the folder (?P<name>.*?): (?P<why>.*)\.", "unwritable"),
    (r"(?P<name>.*) could not be written: (?P<why>.*)\.", "unwritten"),
    (r"The camera file (?P<name>.*) cannot be used: (?P<why>.*)\. Make one with .*", "camera_unfit"),
    (r"The camera file (?P<name>.*) cannot be read: (?P<why>.*)\.", "unreadable"),
    (r"The profile (?P<name>.*) cannot be read: (?P<why>.*)\.", "unreadable"),
    (r"(?P<name>.*) is not a profile of romcheck\..*", "no_profile"),
    (r"The profile is of the (?P<test>.*) test, this video shows (?P<other>.*)\. A correction .*", "profile_test"),
    (r"The outcome of (?P<name>.*) was removed while .*", "removed"),
    (r"The frames of (?P<name>.*) were removed while .*", "removed"),
    (r"An unexpected error stopped the run \((?P<error>.*)\)\..*", "run_unexpected"),
    (r"A run is going on\..*", "busy"),
    (r"The manifest (?P<name>.*) cannot be used; nothing was measured\. .*", "rows_wrong"),
    (r"The manifest (?P<name>.*) has no rows\..*", "no_rows"),
    (r"The manifest (?P<name>.*) has no column 'video'\..* It holds: (?P<heads>.*)\.", "no_video_column"),
    (r"The manifest (?P<name>.*) has a column '(?P<column>.*)'\. Did you mean '(?P<near>.*)'\?.*", "column_near"),
    (r"The manifest (?P<name>.*) has two columns '(?P<column>.*)'\..*", "column_twice"),
    (r"The manifest (?P<name>.*) is not in UTF-8\..*", "not_utf8"),
    (r"The manifest (?P<name>.*) cannot be read as Parquet: .*", "not_parquet"),
    (r"The manifest (?P<name>.*) cannot be read: (?P<why>.*)\.", "unreadable"),
    (r"no video is named\..*", "row_empty"),
    (r"'(?P<test>.*)' is no test; the tests are (?P<tests>.*?)\.( Did you mean '.*'\?)?", "row_test"),
    (r"'(?P<said>.*)' is no way up; .*", "row_upright"),
    (r"'(?P<said>.*)' in the column 'mirrored' is neither .*", "row_mirrored"),
    (r"it repeats row (?P<row>\d+)\..*", "row_twice"),
    (r"and (?P<count>\d+) more", "rows_more"),
    (r"(?P<name>.*) cannot be read: (?P<why>.*)\. (Copy|Ask) .*", "unreadable"),
)
"""Sentences of a study, and the key under which the texts say the same in each language."""

WHY = (
    ("the disk is full.*", "disk_full"),
    ("the space you may use on this disk is used up.*", "disk_share"),
    ("you have no permission to write there.*", "no_permission"),
    ("the disk can only be read.*", "read_only"),
    ("its folder does not exist.*", "no_folder"),
    ("what should be its folder is a file.*", "folder_is_file"),
    ("there is a folder of that name.*", "is_folder"),
    ("its name is too long.*", "name_long"),
    ("No such file or directory", "gone"),
    ("Permission denied", "no_right"),
    ("Is a directory", "is_folder"),
)
"""Why a file cannot be read or written, and the key of the same."""


def said(text: str, t: Wording) -> str:
    """Lines of a refusal or a reason; one the texts do not know is given as it is."""
    return "\n".join(_line(line, t) for line in text.split("\n"))


def _line(line: str, t: Wording) -> str:
    if row := re.fullmatch(r"  row (\d+): (.*)", line):
        return t("batch_said.row", row=row[1], why=_line(row[2], t))
    for pattern, key in REASONS:
        if match := re.fullmatch(pattern, line.strip()):
            numbers = {name: value or "" for name, value in match.groupdict().items()}
            if numbers.get("test") in get_args(Test):
                numbers |= {name: t(f"title.{numbers[name]}") for name in ("test", "other") if name in numbers}
            if "seen" in numbers:
                numbers["seen"] = seen_words(numbers["seen"], t) or numbers["seen"]
            if "why" in numbers:
                numbers["why"] = _why(numbers["why"], t)
            return t(f"batch_said.{key}", **numbers)
    return line


def _why(why: str, t: Wording) -> str:
    return next((t(f"batch_why.{key}") for pattern, key in WHY if re.fullmatch(pattern, why)), why)


def seen_words(told: str, t: Texts) -> str:
    """What was seen instead of a movement: the sentences of notices, found again by their shape; empty without any."""
    sentences = catalogue("en")
    names = {
        title: key.split(".")[1]
        for key, title in sentences.items()
        if key.startswith(("clinical_test.", "clinical_movement."))
    }
    said = []
    for code in SEEN:
        shape = re.sub(r"\\{(\w+)(?::[^}]*)?\\}", r"(?P<\1>.*?)", re.escape(sentences[f"warning.{code}"]))
        for found in re.finditer(shape, told):
            numbers = {
                name: t.short(float(value)) if re.fullmatch(r"[\d.]+", value) else value
                for name, value in found.groupdict().items()
            }
            if "test" in numbers:
                numbers["test"] = t(f"test.{names[numbers['test']]}")
            if "movement" in numbers:
                numbers["movement"] = t(f"movement.{names[numbers['movement']]}")
            said.append((found.start(), t.say(message(f"warning.{code}", **numbers))))
    return " ".join(text for _, text in sorted(said))


def change_words(change: Change, t: Wording) -> str:
    """What is measured in another way than before."""
    what, count = t(f"batch_change.{change.key}"), str(change.videos)
    if change.before == change.now:
        return t("batch_change.other", what=what, count=count)
    before, now = (_value(change.key, value, t) for value in (change.before, change.now))
    return t("batch_change.from_to", what=what, before=before, now=now, count=count)


def _value(key: str, value: str, t: Wording) -> str:
    if not value:
        return t("batch_change.recognised" if key == "test" else "batch_change.not_given")
    if key == "test":
        return t(f"title.{value}")
    return t("batch_change.given") if value == GIVEN else value

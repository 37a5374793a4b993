"""The records of a person who measures themselves on this computer."""

from __future__ import annotations

from romcheck.records.entries import Person
from romcheck.records.problems import NotFoundError
from romcheck.records.store import Records

SETTING = "own_person"


def own_person(records: Records) -> Person | None:
    """The person measuring themselves; None if nothing was saved yet, or it was deleted."""
    kept = records.setting(SETTING)
    if kept is None:
        return None
    try:
        person = records.person(kept["id"])
    except NotFoundError:
        return None
    return person if person.uid == kept["uid"] else None


def make_own_person(records: Records, code: str) -> Person:
    """The person, created under this code if missing; a number is appended if the code is taken."""
    found = own_person(records)
    if found is not None:
        return found
    taken = {line.person.code for line in records.people(code, limit=1000)}
    codes = [code, *(f"{code} {number}" for number in range(2, 1002))]
    added = records.add_person(Person(next(one for one in codes if one not in taken)))
    records.save_setting(SETTING, {"id": added.id, "uid": added.uid})
    return added

"""Which earlier measurement lies beneath today's: the newest that can be compared."""

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest

from romcheck.clinical import Conditions, Occasion
from romcheck.records.demo_motion import made_up
from romcheck.records.entries import Person
from romcheck.records.overview import page
from romcheck.records.store import Records
from romcheck.reports.of_person import last_time

NOW = datetime(2025, 3, 10, 9, 0, tzinfo=timezone.utc)


@pytest.fixture
def records(tmp_path, begin_store):
    begin_store(tmp_path / "data")
    with Records(tmp_path / "data", url="", by="tester") as store:
        yield store


def kept(records, days_ago, **how):
    """Number of a measurement of the first person, so many days ago."""
    if not records.count_people():
        records.add_person(Person("P-1"))
    at = NOW - timedelta(days=days_ago)
    visit = records.visit_on(1, at.date())
    made = made_up(how.pop("test", "rotation"), 60, 50, seed=abs(days_ago))
    return records.add_measurement(visit.id, *made, Conditions(camera="desk", **how), measured_at=at).id


def test_the_newest_comparable_one_before_this_is_taken(records):
    """Not one of another test, of another mode, of later, or this one itself."""
    old = kept(records, 20)
    kept(records, 5, mode="passive", moved_by="therapist")
    kept(records, 4, test="lateral-flexion")
    kept(records, -3)
    own = kept(records, 0)
    found = page(records, 1)
    (mine,) = (m for m in found.measurements if m.id == own)
    now = Occasion(mine.result, mine.conditions, date(2025, 3, 10), NOW + timedelta(seconds=1))
    then, alike = last_time(found, now, own)
    assert then.on == date(2025, 2, 18)
    assert alike.comparable
    assert then.result == next(m.result for m in found.measurements if m.id == old)


def test_where_none_can_be_compared_the_newest_says_what_differs(records):
    kept(records, 20, posture="supine")
    kept(records, 5, mode="passive", moved_by="therapist")
    result, _ = made_up("rotation", 60, 50, seed=1)
    now = Occasion(result, Conditions(camera="desk"), NOW.date(), NOW)
    then, alike = last_time(page(records, 1), now)
    assert then.on == date(2025, 3, 5)
    assert [o.matter for o in alike.obstacles] == ["mode"]
    assert last_time(page(records, 1), replace(now, result=replace(result, test="flexion-extension"))) is None

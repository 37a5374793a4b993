"""Which measurements are shown: beneath today's the newest that can be compared; in a report the newest pair."""

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest

from romcheck.clinical import Conditions, Occasion
from romcheck.records.demo_motion import made_up
from romcheck.records.entries import Person
from romcheck.records.overview import page
from romcheck.records.store import Records
from romcheck.reports.of_person import last_time, pair_to_show

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
    at = NOW - timedelta(days=days_ago, minutes=-20 if how.get("timing") == "after" else 0)
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


def test_a_pair_is_shown_until_its_test_is_measured_on_a_later_day(records):
    def shown():
        found = page(records, 1)
        pair = pair_to_show(found, found.measurements)
        return pair and tuple(record.id for record in pair)

    first = kept(records, 30, timing="before")
    assert shown() is None
    second = kept(records, 30, timing="after")
    assert shown() == (first, second)
    kept(records, 10, test="lateral-flexion")
    assert shown() == (first, second)
    latest = kept(records, 5)
    assert shown() == (first, latest)
    once_more = kept(records, 2, timing="before"), kept(records, 2, timing="after")
    assert shown() == once_more


def test_what_was_measured_right_after_a_treatment_is_not_compared_with_another_day(records):
    """Of measurements of which only the day is known, before and after have the same time."""
    noon = {"timing": "before"}, {"timing": "after", "minutes_since_treatment": 10.0}
    visit = kept(records, 39, **noon[0])
    (only,) = page(records, 1).measurements
    made = made_up("rotation", 60, 50, seed=2)
    how = Conditions(camera="desk", **noon[1])
    records.add_measurement(only.visit_id, *made, how, measured_at=only.measured_at)
    latest = kept(records, 0)
    found = page(records, 1)
    pair = pair_to_show(found, found.measurements)
    assert pair is not None
    assert (pair[0].id, pair[1].id) == (visit, latest)
    late = [m for m in found.measurements if m.id != visit]
    assert pair_to_show(found, late) is None

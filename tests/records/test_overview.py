"""What the pages are given, against counts done by hand."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

import pytest

from romcheck.change import comparability
from romcheck.clinical import Conditions, DiaryDay, Outcome, Treatment
from romcheck.records import overview
from romcheck.records.demo_motion import made_up
from romcheck.records.entries import Person, Visit

DAY = date(2025, 6, 2)


def add_days(number):
    return DAY + timedelta(days=number)


@pytest.fixture
def person(records):
    person = records.add_person(Person("K-17"))
    visit = records.add_visit(Visit(person.id, DAY))
    records.course.add_treatment(Treatment(person.id, DAY, "snag", visit.id))
    return person


def test_today(records, person, before):
    """Here today, due by the plan (7 days ahead, 90 back), here lately; settled and dropped ones are not due."""
    other = records.add_person(Person("B"))
    records.add_visit(Visit(other.id, add_days(20)))

    found = overview.today(records, add_days(20))
    assert [seen.person.code for seen in found.visits] == ["B"]
    assert [(d.person.code, d.follow_up.label, d.days_over) for d in found.due] == [("K-17", "1 week", 13)]
    assert [seen.person.code for seen in found.recent] == ["K-17"]

    found = overview.today(records, add_days(21))
    assert [(d.follow_up.label, d.days_over) for d in found.due] == [("1 week", 14)]
    assert [(d.follow_up.label, d.days_over) for d in found.coming] == [("4 weeks", -7)]
    assert [d.days_over for d in overview.today(records, add_days(28)).due] == [21, 0]
    assert [seen.person.code for seen in found.recent] == ["B", "K-17"]

    records.add_measurement(records.add_visit(Visit(person.id, add_days(27))).id, *before)

    def labels(day):
        found = overview.today(records, add_days(day))
        return [d.follow_up.label.removesuffix(" after treatment") for d in (*found.due, *found.coming)]

    assert labels(28) == []
    assert labels(38) == ["end of treatment"]
    assert labels(126) == ["end of treatment", "3 months"]
    assert labels(223) == ["3 months", "6 months"]
    assert labels(224) == ["6 months"]
    long_due = overview.today(records, add_days(224)).long_due
    assert [(d.follow_up.label, d.days_over) for d in long_due] == [
        ("3 months after treatment", 91),
        ("end of treatment", 182),
    ]


def test_before_and_after_of_a_visit(records, person, before, after):
    """Each after with the last before of its own test and visit, and with what was done in between."""
    visit = records.visits(person.id)[0]
    turn = made_up("rotation", 60, 60, seed=5)
    noon = datetime.combine(DAY, time(12), timezone.utc)

    def add(measured, timing, minutes, **how):
        at = noon + timedelta(minutes=minutes)
        return records.add_measurement(visit.id, *measured, Conditions(timing=timing, **how), measured_at=at).id

    add(before, "before", 0)
    second = add(before, "before", 5)
    add(turn, "before", 7)
    other = add(after, "after", 20, mode="passive", posture="supine", moved_by="therapist")
    turned = add(turn, "after", 25)

    one, two = overview.pairs(records, visit.id)
    assert (one.before.id, one.after.id) == (second, other)
    assert (two.after.id, two.before.test) == (turned, "rotation")
    assert [t.kind for t in one.treatments] == ["snag"]
    found = [comparability(*(overview.occasion_of(m, DAY) for m in (pair.before, pair.after))) for pair in (one, two)]
    assert {obstacle.matter for obstacle in found[0].obstacles} == {"mode", "posture"}
    assert found[1].comparable


def test_the_series_follows_the_days_of_the_visits(records, person, before, after):
    """Brought in late, an old measurement still stands at its visit's day."""
    later = records.add_visit(Visit(person.id, add_days(30)))
    now = datetime.now(timezone.utc)
    records.add_measurement(later.id, *after, measured_at=now)
    records.add_measurement(records.visits(person.id)[0].id, *before, measured_at=now + timedelta(seconds=1))

    points = overview.series(records, person.id, "flexion-rotation")

    assert [(p.on, p.movement) for p in points] == [
        (DAY, "rotation_left"), (DAY, "rotation_right"),
        (add_days(30), "rotation_left"), (add_days(30), "rotation_right"),
    ]  # fmt: skip
    assert [p.mean_deg for p in points] == pytest.approx([40, 25, 41, 38], abs=2)
    assert overview.series(records, person.id, "rotation") == ()


def test_headache_days_by_the_diary(records, person):
    """14 of 28 days before, 5 of 28 after: a fall by 9/14; exercise on every second day."""
    for number in range(-28, 28):
        had = number % 2 == 0 if number < 0 else number < 5
        records.course.write_diary(
            DiaryDay(person.id, add_days(number), had, exercise_times=None if number < 0 else number % 2)
        )

    found = overview.headache(records, person.id)

    assert (found.baseline_days, found.baseline_from) == (14, "diary")
    assert (found.latest_days, found.latest_from) == (5, "diary")
    assert found.latest_on == add_days(27)
    assert found.fall_share == pytest.approx(9 / 14)
    assert [period.exercise_days for period in found.periods] == [None, 14]
    assert not found.review_plan


def test_headache_days_told_at_visits(records, person):
    """Without a diary: reported on the first day and 8 weeks later; days before treatment are not "since"."""
    for number, days in ((0, 12), (7, 1), (56, 9)):
        records.course.add_outcome(Outcome(person.id, add_days(number), headache_days=days))
    found = overview.headache(records, person.id)
    assert (found.baseline_days, found.baseline_from, found.latest_days) == (12, "outcome", 9)
    assert found.fall_share == pytest.approx(0.25)
    assert not found.review_plan

    for number in range(1, 8):
        records.add_visit(Visit(person.id, add_days(number)))
    assert not overview.headache(records, person.id).review_plan  # visits without a treatment are not treatment visits
    for number in range(1, 8):
        records.course.add_treatment(Treatment(person.id, add_days(number), "mobilisation"))
    found = overview.headache(records, person.id)
    assert (found.treatment_days, found.review_plan) == (8, True)


def test_without_treatment_there_is_no_baseline(records):
    other = records.add_person(Person("B"))
    records.course.write_diary(DiaryDay(other.id, DAY, True))
    found = overview.headache(records, other.id)
    assert (found.began_on, found.baseline_days, found.fall_share) == (None, None, None)


def test_tidy_trials_say_what_the_results_say(records, person, before):
    """One row per trial, with the values of the result and the conditions of the measurement."""
    visit = records.visits(person.id)[0]
    records.add_measurement(visit.id, *before, Conditions(timing="before", pain_now=3, headache_now=False))
    rows = list(overview.trials(records))
    assert len(rows) == len(before[0].movements) == 6
    for row, movement in zip(rows, before[0].movements, strict=True):
        assert (row.movement, row.trial, row.quality) == (movement.movement, movement.trial, movement.quality)
        assert (row.angle_deg, row.uncertainty_deg) == (movement.angle_deg, movement.uncertainty_deg)
        assert (row.person_code, row.visit_on, row.timing, row.pain_now) == ("K-17", DAY, "before", 3)
        assert row.headache_now is False


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_the_table_holds_the_trials(records, person, before, tmp_path, ending):
    import pandas as pd

    from romcheck.records.table import COLUMNS, write_table

    visit = records.visits(person.id)[0]
    records.add_measurement(visit.id, *before, Conditions(pain_now=3))
    day_alone = datetime.combine(DAY, time(12)).astimezone()
    records.add_measurement(visit.id, *before, measured_at=day_alone)
    path = tmp_path / f"t.{ending}"

    assert write_table(records, path) == 12

    table = pd.read_csv(path) if ending == "csv" else pd.read_parquet(path)
    assert tuple(table.columns) == COLUMNS
    assert table.angle_deg.tolist() == pytest.approx([m.angle_deg for m in before[0].movements] * 2)
    assert table.pain_now.isna().sum() == 6
    assert table.measured_at.isna().tolist() == table.pain_now.isna().tolist(), "no hour where only the day is known"
    source, software = before[0].source, before[0].software
    assert set(table.source_sha256) == {source.sha256}
    assert set(table.romcheck) == {software.romcheck}
    assert set(table.lens) == {before[0].camera.known}
    assert path.stat().st_mode & 0o077 == 0
    assert records.audit(limit=1)[0].detail == f"table {ending}"


def test_the_next_measurement_follows_what_was_noted_of_the_visit(records, person, before):
    """Before, until a treatment is noted; after it, where there is something to compare with."""
    visit = records.visits(person.id)[0]
    treated = records.course.treatments(person.id)
    assert overview.timing_to_measure([], []) == "before"
    assert overview.timing_to_measure([], treated) == "none"
    measured = records.add_measurement(visit.id, *before, Conditions(timing="before"))
    assert overview.timing_to_measure([measured], treated) == "after"


@pytest.mark.parametrize(("later", "minutes"), [(95, 2.0), (-60, None), (25 * 3600, None)])
def test_minutes_are_counted_from_the_last_treatment_of_the_day(later, minutes):
    noon = datetime(2025, 6, 2, 12, tzinfo=timezone.utc)
    noted = [Treatment(1, DAY, "snag", started_at=noon - timedelta(hours=h)) for h in (3, 0)]
    assert overview.minutes_since_treatment(noted, noon + timedelta(seconds=later)) == minutes
    assert overview.minutes_since_treatment([Treatment(1, DAY, "snag")], noon) is None


def test_a_next_measurement_is_expected_like_the_last_without_what_was_felt(records, person, before):
    visit = records.visits(person.id)[0]
    treatments = overview.page(records, person.id).treatments
    assert overview.conditions_to_expect((), treatments) == Conditions(timing="none")
    how = Conditions("passive", "supine", "therapist", "before", None, 4, True, 5, "desk", end_feel_left="firm")
    last = records.add_measurement(visit.id, *before, how)
    expected = Conditions("passive", "supine", "therapist", "after", camera="desk")
    assert overview.conditions_to_expect([last], treatments) == expected


def test_treatments_between_two_measurements_count_both_days(records, person, before):
    days = [DAY, add_days(3), add_days(7), add_days(8)]
    for day in days[1:]:
        records.course.add_treatment(Treatment(person.id, day, "exercise"))
    later = records.add_visit(Visit(person.id, days[2]))
    first = records.add_measurement(records.visits(person.id)[0].id, *before, Conditions())
    second = records.add_measurement(later.id, *before, Conditions())
    found = overview.page(records, person.id)
    for pair in ((first, second), (second, first)):
        assert [t.on for t in overview.treatments_between(found, *pair)] == days[:3]
    assert found.day_of(second) == days[2]
    assert found.visit_on(days[2]) == later
    assert found.visit_on(days[1]) is None


def test_what_was_noted_before_the_first_of_two_measurements_of_a_day_is_not_between_them(records, before):
    visit = records.add_visit(Visit(records.add_person(Person("R-2")).id, DAY))
    start = datetime(DAY.year, DAY.month, DAY.day, 9, tzinfo=timezone.utc)
    made = [
        records.add_measurement(visit.id, *before, Conditions(), measured_at=start + timedelta(minutes=at))
        for at in (0, 20, 40)
    ]
    for at, kind in ((10, "snag"), (30, "manipulation")):
        noted = start + timedelta(minutes=at)
        records.course.add_treatment(Treatment(visit.person_id, DAY, kind, visit.id, noted))
    found = overview.page(records, visit.person_id)

    def between(one, other):
        told = overview.treatments_between(found, one, other)
        return [(t.kind, overview.noted_after(t, one, other)) for t in told]

    first, second, third = made
    assert between(first, second) == between(second, first) == [("snag", False), ("manipulation", True)]
    assert between(second, third) == [("manipulation", False)]
    assert between(first, third) == [("snag", False), ("manipulation", False)]


def test_the_tests_of_a_visit_follow_each_other_as_at_the_last_and_after_a_treatment_as_before(records, before):
    person = records.add_person(Person("R-1"))
    assert overview.to_repeat(overview.page(records, person.id), DAY, None, "none") is None
    last = records.add_visit(Visit(person.id, DAY - timedelta(7)))
    turned = made_up("rotation", 60, 50, seed=1)
    first, second = (records.add_measurement(last.id, *made, Conditions(timing="before")) for made in (before, turned))

    def next_to(timing):
        return overview.to_repeat(overview.page(records, person.id), DAY, None, timing)

    assert next_to("none") == next_to("before") == first
    visit = records.add_visit(Visit(person.id, DAY))
    again = records.add_measurement(visit.id, *before, Conditions(timing="before", practice=1))
    assert next_to("none") == second
    records.course.add_treatment(Treatment(person.id, DAY, "snag", visit.id))
    assert next_to("none") == next_to("after") == again
    after = records.add_measurement(visit.id, *before, Conditions(timing="after"))
    assert next_to("after") == after, "nothing is missing: the latest once more"

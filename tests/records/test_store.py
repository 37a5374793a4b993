"""What goes in comes out, on both databases; what cannot be true does not go in."""

from __future__ import annotations

import threading
from dataclasses import FrozenInstanceError, replace
from datetime import date, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from romcheck.clinical import Conditions, DiaryDay, Outcome, Treatment
from romcheck.exchange.files import result_json
from romcheck.records import checks
from romcheck.records.entries import Person, PlanStep, Visit
from romcheck.records.field_checks import search_words
from romcheck.records.problems import ConflictError, EntryError, NotFoundError

DAY = date(2025, 3, 3)
NOON = datetime(2025, 3, 3, 12, tzinfo=timezone.utc)


@pytest.fixture
def person(records):
    return records.add_person(Person("K-17", name="Åsa Öberg", birth_year=1980, headache_side="left"))


@pytest.fixture
def visit(records, person):
    return records.add_visit(Visit(person.id, DAY))


def test_a_measurement_comes_back_as_it_was(records, visit, before):
    """Result to the byte of its file, frames to a thousandth of a degree, with how it was done."""
    result, frames = before
    how = Conditions("passive", "supine", "therapist", "before", None, 4, True, 5, "desk")

    kept = records.add_measurement(visit.id, result, frames, how, measured_at=NOON)

    back = records.measurement(kept.id)
    assert result_json(back.result) == result_json(result)
    assert (back.conditions, back.measured_at, back.visit_id) == (how, NOON, visit.id)
    angles = records.frames(kept.id)
    np.testing.assert_allclose(angles.rotation_deg, frames.rotation_deg, atol=6e-4)
    np.testing.assert_array_equal(angles.valid, frames.valid)
    np.testing.assert_allclose(angles.trunk_rotation_deg, frames.trunk_rotation_deg, atol=6e-4)


def test_the_same_frames_are_kept_once(records, visit, before):
    for _ in range(2):
        records.add_measurement(visit.id, *before)
    assert len(list((records.folder / "files").glob("*/*.parquet"))) == 1
    first, second = records.measurements(visit.person_id)
    records.delete_measurement(first.id)
    assert records.frames(second.id) is not None
    records.delete_measurement(second.id)
    assert not list((records.folder / "files").glob("*/*.parquet"))


def test_every_kind_of_entry_comes_back(records, person, visit):
    treatment = Treatment(
        person.id, DAY, "snag", visit.id, NOON, "C1-2", "right", 10, "3 sets", "A. Therapist", "sitting"
    )
    outcome = Outcome(person.id, DAY, visit.id, 28, 12, 5.5, 6.0, 4, 18, 60, -2, "bad month")
    day = DiaryDay(person.id, DAY, True, 6, 3.5, False, 2, "after work")

    records.course.add_treatment(treatment)
    records.course.add_outcome(outcome)
    records.course.write_diary(day)

    assert [replace(t, id=None, version=0) for t in records.course.treatments(person.id)] == [treatment]
    assert [replace(o, id=None, version=0) for o in records.course.outcomes(person.id)] == [outcome]
    assert [replace(d, id=None, version=0) for d in records.course.diary(person.id)] == [day]


def test_what_leaves_the_store_cannot_be_changed_by_accident(person):
    with pytest.raises(FrozenInstanceError):
        person.code = "other"


@pytest.mark.parametrize(
    "name", ["Zoë Müller", "محمد علي", "山田 太郎", "Ελένη", "Łukasz Żółć", "नेहा", "Nguyễn Thị Hương", "🙂 emoji"]
)
def test_names_in_any_script(records, name):
    """Kept in one form and found by it, however its accents were typed."""
    import unicodedata

    kept = records.add_person(Person("X", name=unicodedata.normalize("NFD", name)))

    assert kept.name == unicodedata.normalize("NFC", name)
    assert [line.person.id for line in records.people(unicodedata.normalize("NFD", name))] == [kept.id]


def test_search_knows_no_case_no_accents_and_no_wildcards(records, person):
    records.add_person(Person("100%"))
    assert [line.person.code for line in records.people("oberg ASA")] == ["K-17"]
    assert [line.person.code for line in records.people("0%")] == ["100%"]
    assert records.people("_") == ()
    assert (records.count_people(), records.count_people("asa")) == (2, 1)


def test_two_windows_edit_one_visit(records, visit):
    """The second gets an error with both texts; after choosing, it can save; nothing was lost."""
    one, two = records.visit(visit.id), records.visit(visit.id)
    records.save_visit(replace(one, notes="first"))

    with pytest.raises(ConflictError, match="another window") as caught:
        records.save_visit(replace(two, notes="second"))

    assert (caught.value.mine.notes, caught.value.theirs.notes) == ("second", "first")
    assert records.visit(visit.id).notes == "first"
    records.save_visit(replace(caught.value.mine, version=caught.value.theirs.version))
    assert records.visit(visit.id).notes == "second"


def test_many_windows_at_once_lose_no_change(records, visit):
    """Of 8 threads that save one version, exactly one wins."""
    start, won, told = threading.Barrier(8), [], []

    def save(number):
        start.wait()
        try:
            won.append(records.save_visit(replace(visit, notes=str(number))))
        except ConflictError as error:
            told.append(error)

    threads = [threading.Thread(target=save, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(told)) == (1, 7)
    assert records.visit(visit.id).notes == won[0].notes


def test_two_windows_write_one_diary_day(records, person):
    records.course.write_diary(DiaryDay(person.id, DAY, headache=True))
    with pytest.raises(ConflictError) as caught:
        records.course.write_diary(DiaryDay(person.id, DAY, headache=False))
    assert caught.value.theirs.headache is True


@pytest.mark.parametrize(
    ("entry", "field", "said"),
    [
        (Person("A", birth_year=date.today().year + 1), "birth_year", "future"),
        (Person("A", birth_year=1700), "birth_year", "before 1890"),
        (Person("   "), "code", "needs a code"),
        (Person("A" * 41), "code", "at most 40"),
        (Person("A\x00B"), "code", "control character"),
        (Person("A", name="\ud800"), "name", "control character"),
        (Person("A", sex="maybe"), "sex", "female, male, other"),
        (Person("A", notes="x" * 10_000_000), "notes", "10,000,000 characters; at most 20,000"),
    ],
)
def test_a_person_who_cannot_be(records, entry, field, said):
    with pytest.raises(EntryError, match=said) as caught:
        records.add_person(entry)
    assert caught.value.field == field
    assert records.count_people() == 0


def test_a_code_is_one_persons(records, person):
    with pytest.raises(EntryError, match="taken"):
        records.add_person(Person(" K-17 "))


def test_dates_that_cannot_be(records, person, visit, before):
    ahead = date.today() + timedelta(days=2)
    with pytest.raises(EntryError, match="future"):
        records.add_visit(Visit(person.id, ahead))
    with pytest.raises(EntryError, match="before 1990"):
        records.add_visit(Visit(person.id, date(202, 1, 1)))
    with pytest.raises(EntryError, match="future"):
        records.add_measurement(visit.id, *before, measured_at=datetime.now(timezone.utc) + timedelta(days=2))
    with pytest.raises(EntryError, match="time zone"):
        records.add_measurement(visit.id, *before, measured_at=datetime(2025, 1, 1))
    assert records.measurements(person.id) == ()


def test_a_treatment_before_the_first_visit(records, person, visit):
    early = Treatment(person.id, DAY - timedelta(days=1), "exercise")
    with pytest.raises(EntryError, match="before the first visit"):
        records.course.add_treatment(early)
    records.course.add_treatment(replace(early, on=DAY))
    with pytest.raises(EntryError, match="before the first visit"):
        records.save_visit(replace(visit, on=DAY + timedelta(days=3)))
    with pytest.raises(EntryError, match="before the first visit"):
        records.delete_visit(visit.id)
    assert [v.on for v in records.visits(person.id)] == [DAY]


def test_a_measurement_brings_its_visit_along_or_neither(records, person, before, after):
    """A visit of that day is made with it; a refusal leaves none behind; one that is there is taken."""
    today = Visit(person.id, DAY)
    with pytest.raises(EntryError, match="from before the treatment"):
        records.add_measurement(today, *after, Conditions(timing="after"))
    assert records.visits(person.id) == ()
    one = records.add_measurement(today, *before, Conditions(timing="before"))
    two = records.add_measurement(today, *after, Conditions(timing="after"))
    assert one.visit_id == two.visit_id == records.visit_on(person.id, DAY).id
    with pytest.raises(EntryError, match="future"):
        records.add_measurement(Visit(person.id, date.today() + timedelta(9)), *before)


def test_after_without_before(records, visit, before, after):
    """Refused, and kept under another heading if the user says so; a before stays while its after is there."""
    how = Conditions(timing="after", minutes_since_treatment=5)
    with pytest.raises(EntryError, match=r"no measurement of the same test .* from before"):
        records.add_measurement(visit.id, *after, how)
    first = records.add_measurement(visit.id, *before, Conditions(timing="before"))
    records.add_measurement(visit.id, *after, how)
    with pytest.raises(EntryError, match="compared with this one"):
        records.delete_measurement(first.id)
    with pytest.raises(EntryError, match="compared with this one"):
        records.save_conditions(replace(first, conditions=Conditions(timing="none")))


def test_minutes_belong_to_after(records, visit, before):
    with pytest.raises(EntryError, match="measurement after it"):
        records.add_measurement(visit.id, *before, Conditions(timing="before", minutes_since_treatment=3))


@pytest.mark.parametrize("value", [-1, 11, float("nan"), True])
def test_pain_has_a_scale(value):
    with pytest.raises(EntryError, match="0 to 10"):
        checks.conditions(Conditions(pain_now=value))


def test_a_visit_of_somebody_else(records, visit):
    other = records.add_person(Person("B"))
    records.add_visit(Visit(other.id, DAY))
    with pytest.raises(EntryError, match="another person"):
        records.course.add_treatment(Treatment(other.id, DAY, "snag", visit_id=visit.id))


def test_what_is_gone_is_said_to_be_gone(records, person, visit, before):
    with pytest.raises(NotFoundError):
        records.measurement(99)
    records.delete_visit(visit.id)
    with pytest.raises(NotFoundError):
        records.save_visit(replace(visit, notes="late"))
    with pytest.raises(NotFoundError):
        records.add_measurement(visit.id, *before)
    with pytest.raises(NotFoundError):
        records.add_visit(Visit(99, DAY))


def test_follow_ups_count_from_the_first_treatment(records, person, visit, before):
    """1 and 4 weeks, the end after 6, and 3, 6, 12 months after 6 weeks; an earlier start moves them."""
    treatment = records.course.add_treatment(Treatment(person.id, DAY, "snag", visit_id=visit.id))
    assert [(f.due_on - DAY).days for f in records.course.follow_ups(person.id)] == [7, 28, 42, 133, 224, 407]

    later = records.add_visit(Visit(person.id, DAY + timedelta(days=27)))
    assert {f.state for f in records.course.follow_ups(person.id)} == {"open"}
    records.add_measurement(later.id, *before)
    states = [f.state for f in records.course.follow_ups(person.id)]
    assert states == ["missed", "done", *["open"] * 4]
    assert records.course.follow_ups(person.id)[1].visit_id == later.id

    records.save_visit(replace(visit, on=DAY - timedelta(days=10)))
    assert records.course.treatments(person.id)[0].on == DAY - timedelta(days=10)
    assert [(f.due_on - DAY).days for f in records.course.follow_ups(person.id)] == [-3, 18, 32, 123, 214, 397]
    records.course.delete_treatment(treatment.id)
    assert records.course.follow_ups(person.id) == ()


@pytest.mark.parametrize(
    ("day", "states"),
    [
        (80, ["missed", "missed", "missed", "open"]),
        (119, ["missed", "missed", "missed", "open"]),
        (120, ["missed", "missed", "missed", "done"]),
        (153, ["missed", "missed", "missed", "done"]),
        (154, ["missed", "missed", "missed", "missed"]),
        (45, ["missed", "missed", "done", "open"]),
        (3, ["open"] * 4),
    ],
)
def test_a_follow_up_has_a_window(records, person, visit, before, day, states):
    """Day 80 is no 3-month follow-up, nor is day 154; a visit without a measurement settles nothing."""
    records.course.add_treatment(Treatment(person.id, DAY, "snag", visit_id=visit.id))
    later = records.add_visit(Visit(person.id, DAY + timedelta(days=day)))
    records.course.add_treatment(Treatment(person.id, later.on, "snag", visit_id=later.id))
    assert {f.state for f in records.course.follow_ups(person.id)} == {"open"}

    kept = records.add_measurement(later.id, *before)
    assert [f.state for f in records.course.follow_ups(person.id)][:4] == states
    records.delete_measurement(kept.id)
    assert {f.state for f in records.course.follow_ups(person.id)} == {"open"}


def test_the_plan_can_be_changed(records, person, visit):
    records.course.save_plan([PlanStep("half a year", 180), PlanStep("2 weeks", 14)])
    records.course.add_treatment(Treatment(person.id, DAY, "snag", visit_id=visit.id))
    first, second = records.course.follow_ups(person.id)
    assert (first.label, second.label) == ("2 weeks", "half a year")

    records.course.save_follow_up(replace(first, state="dropped"))
    records.course.save_follow_up(replace(second, due_on=DAY + timedelta(days=200)))
    records.add_visit(Visit(person.id, DAY + timedelta(days=15)))
    assert [(f.state, (f.due_on - DAY).days) for f in records.course.follow_ups(person.id)] == [
        ("dropped", 14),
        ("open", 200),
    ]

    assert [f.label for f in records.course.replan(person.id, [PlanStep("1 month", 30)])] == ["1 month"]
    with pytest.raises(EntryError, match="same day"):
        records.course.save_plan([PlanStep("a", 3), PlanStep("b", 3)])


@given(st.text(max_size=60))
def test_any_text_is_kept_in_one_form_or_refused(text):
    """No code that was accepted changes when it is checked again, nor becomes another person's when searched."""
    try:
        once = checks.person(Person(text)).code
    except EntryError:
        return
    assert checks.person(Person(once)).code == once
    assert search_words(once) == search_words(search_words(once))

"""Plans, goals, how a treatment was done, NDI sections, what a headache was like: refused, kept, carried, exported."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import icalendar
import pytest
from fhir.resources.R4B.bundle import Bundle

from romcheck.clinical import DiaryDay, FollowUp, Outcome, Treatment, ndi_total
from romcheck.i18n.wording import Wording
from romcheck.records import checks
from romcheck.records.archive import export_person, import_person
from romcheck.records.backup import restore, write_backup
from romcheck.records.entries import Person, PersonPage, Visit
from romcheck.records.exports import write_export
from romcheck.records.overview import page
from romcheck.records.problems import EntryError, NotFoundError
from romcheck.records.reminders import reminders
from romcheck.records.rights import delete_person
from romcheck.records.store import Records
from romcheck.records.treatment_plan import GoalScore, TreatmentPlan, new_plan, plan_on, progress

DAY, LATER = date(2025, 3, 3), date(2025, 4, 7)
THRUST = Treatment(
    1,
    DAY,
    "manipulation",
    level="C1-2",
    side="left",
    dose="gently",
    thrust="rotation",
    combined="dry-needling exercise",
)
ATTACK = DiaryDay(
    1, DAY, True, 6, 5, side="left", spread="from_neck", triggers="turning pressure", nausea=True, light=False,
    medicine="Dolorin 400", medicine_classes="nsaid",
)  # fmt: skip
TOLD = Outcome(1, DAY, headache_days=12, intensity=6, ndi_items="321-213222")
DRIVING = GoalScore(1, DAY, "look over the shoulder", 3)


@pytest.mark.parametrize(
    ("check", "entry", "field"),
    [
        (checks.treatment, replace(THRUST, kind="mobilisation"), "thrust"),
        (checks.treatment, replace(THRUST, combined="dry-needling magic"), "combined"),
        (checks.treatment, replace(THRUST, strap=True), "strap"),
        (checks.outcome, replace(TOLD, ndi_items="321"), "ndi_items"),
        (checks.outcome, replace(TOLD, ndi_items="321-21322٣"), "ndi_items"),
        (checks.outcome, replace(TOLD, ndi=30), "ndi"),
        (checks.diary_day, replace(ATTACK, headache=False, intensity=None, hours=None), "headache"),
        (checks.diary_day, replace(ATTACK, medication=False), "medication"),
        (checks.diary_day, replace(ATTACK, triggers="weather"), "triggers"),
        (checks.treatment_plan, TreatmentPlan(1, DAY, sessions=0), "sessions"),
        (checks.goal_score, replace(DRIVING, score=11), "score"),
        (checks.goal_score, replace(DRIVING, activity="  "), "activity"),
    ],
)
def test_what_cannot_be_is_refused(check, entry, field):
    with pytest.raises(EntryError) as refused:
        check(entry)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("items", "total"),
    [
        ("0000000000", 0),
        ("5555555555", 50),
        ("-222222222", 20),  # the mean of the others
        ("--33333334", 31),  # 25 · 10/8 = 31.25
        ("---3333333", None),
        ("----------", None),
    ],
)
def test_sections_left_out_of_the_ndi(items, total):
    assert ndi_total(items) == total


def test_a_medicine_named_is_a_day_with_medicine():
    assert checks.diary_day(ATTACK).medication is True
    assert checks.diary_day(replace(ATTACK, triggers="pressure turning")).triggers == "turning pressure"


@pytest.fixture
def person(records):
    person = records.add_person(Person("C-1"))
    visit = records.add_visit(Visit(person.id, DAY))
    records.course.add_treatment(replace(THRUST, person_id=person.id, visit_id=visit.id))
    records.course.add_outcome(replace(TOLD, person_id=person.id, visit_id=visit.id))
    records.course.write_diary(replace(ATTACK, person_id=person.id))
    records.course.add_treatment_plan(TreatmentPlan(person.id, DAY, sessions=8, notes="gently"))
    records.course.score_goals([replace(DRIVING, person_id=person.id, visit_id=visit.id)])
    records.course.score_goals([replace(DRIVING, person_id=person.id, on=LATER, score=6)])
    return person


def carried(found):
    """What must arrive as it was; numbers and versions are of each place."""
    kinds = (found.treatments, found.outcomes, found.diary, found.treatment_plans, found.goal_scores)
    return [replace(one, id=None, version=0, person_id=0, **_visit(one)) for kind in kinds for one in kind]


def _visit(one):
    return {"visit_id": None} if hasattr(one, "visit_id") else {}


def test_nothing_is_lost_on_the_way_and_nothing_stays_behind(person, records, tmp_path):
    wanted = page(records, person.id)
    assert wanted.outcomes[0].ndi == 20
    with Records(tmp_path / "archive", url="", by="other") as other:
        arrived = import_person(other, export_person(records, person.id, tmp_path / "p.zip"))
        assert carried(page(other, arrived.id)) == carried(wanted)
    write_backup(records, tmp_path / "b.zip")
    restore(tmp_path / "backup", tmp_path / "b.zip", url="")
    with Records(tmp_path / "backup", url="", by="other") as other:
        assert carried(page(other, person.id)) == carried(wanted)
        assert delete_person(other, person.id).rows == 1 + 1 + 1 + 1 + 1 + 1 + 2
    wanted_plan = replace(wanted.treatment_plans[0], sessions=12)
    assert records.course.save_treatment_plan(wanted_plan).version == 2


def test_a_goal_is_its_words(person, records):
    (kept,) = records.course.score_goals([GoalScore(person.id, LATER, "look over  the shoulder", 7)])
    assert (kept.score, kept.version) == (7, 2)
    assert [one.score for one in records.course.goal_scores(person.id)] == [3, 7]
    records.course.delete_goal(person.id, "look over the shoulder")
    assert records.course.goal_scores(person.id) == ()
    with pytest.raises(NotFoundError):
        records.course.delete_goal(person.id, "look over the shoulder")


def test_exports_hold_it_without_what_was_typed(person, records, tmp_path):
    write_export(records, "entries", tmp_path / "e.csv", person.id)
    rows = list(csv.DictReader((tmp_path / "e.csv").open(encoding="utf-8")))
    told = {(row["entry"], row["on"], row["field"]): row["value"] for row in rows}
    assert told["treatment", "2025-03-03", "thrust"] == "rotation"
    assert told["diary", "2025-03-03", "medicine_classes"] == "nsaid"
    assert told["outcome", "2025-03-03", "ndi"] == "20"
    assert told["goal_score", "2025-04-07", "score"] == "6"
    write_export(records, "fhir", tmp_path / "p.json", person.id)
    text = (tmp_path / "p.json").read_text("utf-8")
    Bundle.model_validate_json(text)
    held = [entry["resource"] for entry in json.loads(text)["entry"]]
    kinds = [one["resourceType"] for one in held]
    assert (kinds.count("Procedure"), kinds.count("CarePlan")) == (1, 1)
    components = {
        c["code"]["coding"][0]["code"]: c for one in held for c in one.get("component", ()) if "diary" in str(c["code"])
    }
    assert components["diary.spread"]["valueCodeableConcept"]["coding"][0]["code"] == "spread.from_neck"
    for content in (text, (tmp_path / "e.csv").read_text("utf-8")):
        assert "Dolorin" not in content
        assert "shoulder" not in content
        assert "gently" not in content


# How far a plan is


def treated(*days):
    return [Treatment(1, DAY + timedelta(day), "snag", 1) for day in days]


@pytest.mark.parametrize(
    ("days", "phase"),
    [(13, "start"), (14, "course"), (55, "course"), (56, "maintenance"), (364, "maintenance"), (365, "over")],
)
def test_the_phases_follow_each_other(days, phase):
    assert TreatmentPlan(1, DAY).phase(DAY + timedelta(days)) == phase


def test_sessions_are_days_with_a_treatment_at_a_visit():
    plan = TreatmentPlan(1, DAY, sessions=8)
    done = [*treated(-7, 0, 0, 3, 55, 60), replace(THRUST, on=DAY + timedelta(5))]
    assert (progress(plan, done, [], DAY + timedelta(20)).sessions, progress(plan, done, [], LATER).week) == (2, 6)
    late = progress(plan, done, [], DAY + timedelta(90))
    assert (late.sessions, late.later) == (3, 1)


def test_exercise_against_its_target():
    lines = [DiaryDay(1, DAY + timedelta(day), exercise_times=times) for day, times in enumerate((2, 1, 3, None, 0))]
    before = DiaryDay(1, DAY - timedelta(1), exercise_times=9)
    found = progress(TreatmentPlan(1, DAY), [], [before, *lines], DAY + timedelta(6))
    assert (found.told, found.as_often, found.times) == (4, 2, 1.5)


def test_the_newest_plan_that_has_begun_holds():
    first, second = TreatmentPlan(1, DAY), TreatmentPlan(1, LATER)
    assert plan_on([second, first], LATER - timedelta(1)) == first
    assert plan_on([first, second], LATER) == second
    assert plan_on([first], DAY - timedelta(9)) == first
    assert plan_on([], DAY) is None


def test_a_new_plan_begins_with_the_first_treatment_and_proposes_hours_for_its_exercise():
    assert new_plan(1, [], LATER).on == LATER
    assert new_plan(1, treated(9, 3), LATER).on == DAY + timedelta(3)
    for times, hours in ((None, []), (1, [8]), (2, [8, 18]), (4, [8, 12, 15, 18])):
        assert [at.hour for at in TreatmentPlan(1, DAY, exercise_times=times).exercise_hours] == hours


# Reminders


def test_a_calendar_names_nobody_and_holds_what_lies_ahead():
    steps = (FollowUp(1, "4 weeks", LATER), FollowUp(1, "1 week", DAY - timedelta(9)), FollowUp(1, "x", LATER, "done"))
    found = PersonPage(Person("SECRET-1", "Åsa Secret", uid="0" * 32), (), (), (), (), (), steps)
    when = {"begin": DAY, "until": LATER, "diary_at": time(20), "exercise_at": [time(18), time(8)]}
    content = reminders(found, Wording("fr"), **when)
    assert content == reminders(found, Wording("fr"), **when)
    assert b"SECRET" not in content
    assert "Åsa".encode() not in content
    events = icalendar.Calendar.from_ical(content).walk("VEVENT")
    starts = {str(event["summary"]): event.decoded("dtstart") for event in events}
    assert starts["Journal des maux de tête"] == datetime(2025, 3, 3, 20)  # on the clock of whoever reads it
    assert [event.decoded("dtstart").hour for event in events if "Exercice" in event["summary"]] == [8, 18]
    assert LATER in starts.values()
    assert len(events) == 4
    assert len({str(event["uid"]) for event in events}) == 4
    assert {event["rrule"]["freq"][0] for event in events if "rrule" in event} == {"DAILY"}

"""Screenings and what came after a treatment: what is refused, and that nothing of them is lost on the way."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from fhir.resources.R4B.bundle import Bundle
from typer.testing import CliRunner

from romcheck.cli import app
from romcheck.clinical import Treatment
from romcheck.i18n.wording import Wording
from romcheck.records.archive import export_person, import_person
from romcheck.records.backup import restore, write_backup
from romcheck.records.clinic import SCREENED, Reaction, Screening, screened_on
from romcheck.records.clinic_checks import reaction, screening
from romcheck.records.entries import Person, Visit
from romcheck.records.exports import write_export
from romcheck.records.overview import page, treatment_to_ask_about
from romcheck.records.problems import EntryError
from romcheck.records.store import Records
from romcheck.reports.asked import screening_sentences

DAY = date(2025, 3, 3)
LATER = DAY + timedelta(7)
FOUND = Screening(
    1, DAY, planned="thrust", red_flags="nothing", blood_pressure="finding", systolic=162, diastolic=95,
    blood_pressure_note="twice", decision="gentler", reason="settled on the second reading", consent=True,
)  # fmt: skip


@pytest.fixture
def person(records):
    """Somebody screened with a finding and treated, and asked about it a week later."""
    person = records.add_person(Person("S-1"))
    visits = [records.add_visit(Visit(person.id, day)) for day in (DAY, LATER)]
    records.clinic.add_screening(replace(FOUND, person_id=person.id, visit_id=visits[0].id))
    records.course.add_treatment(Treatment(person.id, DAY, "manipulation", visits[0].id))
    told = Reaction(person.id, LATER, DAY, True, visits[1].id, "dizziness soreness", "moderate", 6.0, True, "advice")
    records.clinic.add_reaction(told)
    return person


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"consent": False}, "consent"),
        ({"diastolic": None}, "systolic"),
        ({"systolic": 90}, "systolic"),
        ({"systolic": 1620}, "systolic"),
        ({"blood_pressure": "not_done"}, "blood_pressure"),
        ({"gait": "fine"}, "gait"),
        ({"decision": "maybe"}, "decision"),
        ({"as_before": LATER}, "as_before"),
    ],
)
def test_a_screening_that_cannot_be(change, field):
    with pytest.raises(EntryError) as refused:
        screening(replace(FOUND, **change))
    assert refused.value.field == field
    assert " " not in refused.value.code or field in ("systolic", "gait", "decision")


def test_a_finding_needs_no_reason_where_one_does_not_go_on():
    kept = screening(replace(FOUND, reason="", decision="refer", consent=False))
    assert not kept.goes_on


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"treated_on": LATER + timedelta(1)}, "treated_on"),
        ({"happened": False}, "happened"),
        ({"symptoms": ""}, "symptoms"),
        ({"symptoms": "soreness joy"}, "symptoms"),
        ({"lasted_hours": -1.0}, "lasted_hours"),
    ],
)
def test_what_cannot_have_been_told(change, field):
    told = Reaction(1, LATER, DAY, True, None, "soreness", "mild", 3.0)
    with pytest.raises(EntryError) as refused:
        reaction(replace(told, **change))
    assert refused.value.field == field


def test_repeating_a_screening_measures_no_blood_pressure():
    again = FOUND.repeated(LATER, 7)
    assert (again.on, again.as_before, again.visit_id) == (LATER, DAY, 7)
    assert (again.systolic, again.diastolic) == (None, None)
    assert [getattr(again, name) for name in SCREENED] == [getattr(FOUND, name) for name in SCREENED]


def test_what_was_not_looked_at_is_said(person, records):
    (kept,) = records.clinic.screenings(person.id)
    said = " ".join(screening_sentences(kept, Wording("en")))
    assert "Finding: blood pressure (162/95 mmHg, twice)." in said
    assert "Not asked or examined: cranial nerves; gait and spinal cord; upper-neck stability" in said
    assert said.index("Finding") < said.index("No finding") < said.index("Not asked")
    assert "settled on the second reading" not in " ".join(screening_sentences(kept, Wording("en"), notes=False))


def test_the_treatment_before_is_asked_about_once(person, records):
    found = page(records, person.id)
    assert treatment_to_ask_about(found, LATER) is None
    records.clinic.delete_reaction(found.reactions[0].id)
    found = page(records, person.id)
    assert treatment_to_ask_about(found, LATER) == DAY
    assert treatment_to_ask_about(found, DAY) is None


def test_they_move_with_their_visit(person, records):
    visit = records.visits(person.id)[0]
    records.save_visit(replace(visit, on=DAY - timedelta(2)))
    assert records.clinic.screenings(person.id)[0].on == DAY - timedelta(2)


def test_a_screening_goes_with_its_visit_and_an_adverse_event_stays(person, records):
    for visit in records.visits(person.id):
        records.delete_visit(visit.id)
    assert records.clinic.screenings(person.id) == ()
    (told,) = records.clinic.reactions(person.id)
    assert (told.visit_id, told.symptoms) == (None, "soreness dizziness")


def test_nothing_is_lost_on_the_way(person, records, tmp_path):
    def bare(entries):
        return [replace(one, id=None, person_id=0, visit_id=None, version=0) for one in entries]

    wanted = page(records, person.id)
    with Records(tmp_path / "archive", url="", by="other") as other:
        arrived = import_person(other, export_person(records, person.id, tmp_path / "p.zip"))
        there = page(other, arrived.id)
        assert bare(there.screenings) == bare(wanted.screenings)
        assert bare(there.reactions) == bare(wanted.reactions)
        assert there.screenings[0].visit_id == there.visits[0].id
    write_backup(records, tmp_path / "b.zip")
    restore(tmp_path / "backup", tmp_path / "b.zip", url="")
    with Records(tmp_path / "backup", url="", by="other") as other:
        there = page(other, person.id)
        assert (there.screenings, there.reactions) == (wanted.screenings, wanted.reactions)


def test_fhir_holds_what_was_found_and_nothing_typed(person, records, tmp_path):
    write_export(records, "fhir", tmp_path / "p.json", person.id)
    text = (tmp_path / "p.json").read_text("utf-8")
    bundle = Bundle.model_validate_json(text)
    of = {r.get_resource_type(): r for r in (entry.resource for entry in bundle.entry)}
    assert {"Patient", "Observation", "AdverseEvent"} <= set(of)
    assert [c.code for c in of["AdverseEvent"].event.coding] == ["symptom.soreness", "symptom.dizziness"]
    observations = {o["code"]["text"]: o for o in (e["resource"] for e in json.loads(text)["entry"]) if "code" in o}
    held = observations["Screening before testing or treating the neck"]
    values = {c["code"]["text"]: c for c in held["component"]}
    assert values["Systolic blood pressure"]["valueQuantity"]["value"] == 162
    assert values["Gait and spinal cord"]["valueCodeableConcept"]["text"] == "not done"
    assert held["valueCodeableConcept"]["coding"][0]["code"] == "decision.gentler"
    assert "twice" not in text
    assert "second reading" not in text


def test_from_the_command_line(tmp_path, monkeypatch):
    monkeypatch.setenv("ROMCHECK_DATA", str(tmp_path / "data"))

    def run(line, status=0):
        done = CliRunner().invoke(app, line.split())
        assert done.exit_code == status, done.output
        return done.output

    run("people add K")
    run("visits add K --on 2025-03-03")
    said = run("screenings add K --on 2025-03-03 --all-clear --gait finding --consent", 1)
    assert "give the reason" in said
    run("screenings add K --on 2025-03-03 --all-clear --gait finding --consent --reason known")
    (kept,) = json.loads(run("screenings list K --json"))
    assert (kept["gait"], kept["stability"], kept["reason"]) == ("finding", "nothing", "known")
    run("reactions add K --on 2025-03-10 --after 2025-03-03 --symptom headache --severity mild --hours 2 --over")
    (told,) = json.loads(run("reactions list K --json"))
    assert (told["treated_on"], told["symptoms"], told["resolved"]) == ("2025-03-03", "headache", True)
    run("screenings delete 1 --yes")
    run("reactions delete 1 --yes")
    assert "No screenings." in run("screenings list K")


def test_the_screening_of_a_day_and_the_one_before_it():
    first, second, again = replace(FOUND, id=1), replace(FOUND, id=2, on=LATER), replace(FOUND, id=3, on=LATER)
    known = (first, second, again)
    assert screened_on(known, LATER) == (again, first)
    assert screened_on(known, DAY) == (first, None)
    assert screened_on(known, LATER + timedelta(1)) == (None, again)


@pytest.mark.parametrize(
    ("planned", "decision", "may"), [("thrust", "gentler", True), ("test", "go_on", False), ("thrust", "refer", False)]
)
def test_only_what_was_weighed_for_the_same_plan_may_be_repeated(planned, decision, may):
    assert replace(FOUND, decision=decision).may_be_repeated(planned) is may

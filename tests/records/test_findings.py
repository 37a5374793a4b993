"""How each side ended and what an examination found: kept, refused, exported; the criteria say what was recorded."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import replace
from datetime import date

import pyarrow.parquet as pq
import pypdf
import pytest
from fhir.resources.R4B.bundle import Bundle

from romcheck.clinical import Conditions
from romcheck.i18n.wording import Wording
from romcheck.records.archive import export_person, import_person
from romcheck.records.backup import restore, write_backup
from romcheck.records.checks import conditions
from romcheck.records.clinic import Findings
from romcheck.records.clinic_checks import findings
from romcheck.records.criteria import criteria
from romcheck.records.entries import Person, PersonPage, Visit
from romcheck.records.exports import write_export
from romcheck.records.overview import page
from romcheck.records.problems import EntryError
from romcheck.records.store import Records
from romcheck.records.treatment_plan import GoalScore, TreatmentPlan
from romcheck.reports.asked import ending_sentences, findings_sentences

DAY, LATER = date(2025, 3, 3), date(2025, 4, 7)
HOW = Conditions(
    mode="passive", posture="supine", moved_by="therapist", practice=1, rest=True, stopped_by_left="resistance",
    stopped_by_right="full", end_feel_left="firm", familiar_left=True, familiar_where_left="behind the left eye",
    familiar_pain_left=4, familiar_right=False, level="C1-2",
)  # fmt: skip
FOUND = Findings(
    1, DAY, tender_c1_2="left", tender_c0_1="none", stiff_c1_2="both", ccft_mmhg=24, endurance_s=18.0,
    position_error_left_deg=6.5, posture_note="head forward", neck_disorder=True, range_reduced=True,
)  # fmt: skip


@pytest.fixture
def person(records, before):
    person = records.add_person(Person("F-1"))
    visit = records.add_visit(Visit(person.id, DAY))
    records.add_measurement(visit.id, *before, HOW)
    records.clinic.add_findings(replace(FOUND, person_id=person.id, visit_id=visit.id))
    return person


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"stopped_by_left": "wall"}, "stopped_by_left"),
        ({"end_feel_right": "odd"}, "end_feel_right"),
        ({"familiar_pain_left": 11}, "familiar_pain_left"),
        ({"familiar_left": False}, "familiar_left"),
        ({"familiar_pain_right": 2}, "familiar_right"),
        ({"level": "C4-5"}, "level"),
    ],
)
def test_an_ending_that_cannot_be(change, field):
    with pytest.raises(EntryError) as refused:
        conditions(replace(HOW, **change))
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"tender_c2_3": "middle"}, "tender_c2_3"),
        ({"ccft_mmhg": 25}, "ccft_mmhg"),
        ({"endurance_s": -1.0}, "endurance_s"),
        ({"position_error_right_deg": 91.0}, "position_error_right_deg"),
    ],
)
def test_findings_that_cannot_be(change, field):
    with pytest.raises(EntryError) as refused:
        findings(replace(FOUND, **change))
    assert refused.value.field == field


def test_they_are_said_in_the_words_of_the_field():
    t = Wording("en")
    said = " ".join(ending_sentences(HOW, t))
    assert (
        "To the left: firm resistance, end-feel firm, familiar headache provoked, 4 of 10 (behind the left eye)."
        in said
    )
    assert "To the right: full range, familiar headache not provoked." in said
    assert "Suspected segment: C1–2." in said
    found = " ".join(findings_sentences(FOUND, t))
    assert "Tender: C1–2 (left). Not tender: C0–1. Stiff: C1–2 (both sides)." in found
    assert "C3–4" not in found


def test_nothing_is_lost_on_the_way(person, records, tmp_path):
    wanted = page(records, person.id)
    with Records(tmp_path / "archive", url="", by="other") as other:
        arrived = import_person(other, export_person(records, person.id, tmp_path / "p.zip"))
        there = page(other, arrived.id)
        assert there.measurements[0].conditions == HOW
        assert replace(there.findings[0], id=None, person_id=1, visit_id=None, version=0) == FOUND
    write_backup(records, tmp_path / "b.zip")
    restore(tmp_path / "backup", tmp_path / "b.zip", url="")
    with Records(tmp_path / "backup", url="", by="other") as other:
        there = page(other, person.id)
        assert (there.findings, there.measurements[0].conditions) == (wanted.findings, HOW)


def test_tables_give_each_trial_how_its_own_side_ended(person, records, tmp_path):
    write_export(records, "parquet", tmp_path / "t.parquet", person.id)
    rows = pq.read_table(tmp_path / "t.parquet").to_pylist()
    names = ("movement", "stopped_by", "familiar", "familiar_pain", "practice", "rest")
    assert {tuple(r[name] for name in names) for r in rows} == {
        ("rotation_left", "resistance", True, 4, 1, True),
        ("rotation_right", "full", False, None, 1, True),
    }


def test_fhir_holds_it_by_side_and_nothing_typed(person, records, tmp_path):
    write_export(records, "fhir", tmp_path / "p.json", person.id)
    text = (tmp_path / "p.json").read_text("utf-8")
    Bundle.model_validate_json(text)
    observations = {o["code"]["text"]: o for o in (e["resource"] for e in json.loads(text)["entry"]) if "code" in o}
    by_side = {
        side: {c["code"]["coding"][0]["code"]: c for c in o["component"]}
        for name, o in observations.items()
        for side in ("left", "right")
        if f"rotation to the {side}" in name or f"{side} rotation" in name
    }
    assert by_side["left"]["stopped-by"]["valueCodeableConcept"]["text"] == "resistance"
    assert by_side["left"]["familiar-headache-pain"]["valueQuantity"]["value"] == 4
    assert by_side["right"]["familiar-headache"]["valueBoolean"] is False
    held = {c["code"]["text"]: c for c in observations["Examination of the neck"]["component"]}
    assert held["C1–2 tender"]["valueCodeableConcept"]["coding"][0]["code"] == "found.left"
    assert "left eye" not in text
    assert "head forward" not in text


# Criteria


def states(*found, measurements=()):
    whole = PersonPage(Person("x"), (Visit(1, LATER, id=9),), measurements, (), (), (), (), findings=found)
    return {one.name: one.state for one in criteria(whole)}


def test_nothing_recorded_is_not_known():
    assert set(states().values()) == {"unknown"}


def test_range_alone_meets_nothing():
    told = states(replace(FOUND, neck_disorder=None))
    assert (told["C3"], told["C"], told["A"]) == ("unknown", "unknown", "unknown")
    assert states(replace(FOUND, provoked=False))["C3"] == "not_met"


def test_two_of_four_make_the_cause_and_three_missing_unmake_it():
    two = replace(FOUND, onset_with_neck=True, provoked=True, other_explains=False)
    told = states(two)
    assert [told[name] for name in ("A", "B", "C", "C1", "C2", "C3", "C4", "D")] == [
        "met", "met", "met", "met", "unknown", "met", "unknown", "met",
    ]  # fmt: skip
    none = replace(FOUND, onset_with_neck=False, better_with_neck=False, block_abolished=False, provoked=True)
    assert states(none)["C"] == "not_met"
    assert states(replace(none, block_abolished=None))["C"] == "unknown"
    assert states(replace(two, other_explains=True))["D"] == "not_met"


def test_the_newest_answer_counts():
    old = replace(FOUND, provoked=True, range_reduced=False)
    assert states(old, replace(FOUND, on=LATER, range_reduced=True))["C3"] == "met"


def test_a_headache_that_came_on_in_a_measurement_counts_as_provoked(person, records):
    told = {one.name: one for one in criteria(page(records, person.id))}
    assert (told["C3"].state, told["C3"].on) == ("met", DAY)


def test_the_bundle_holds_the_report_and_what_it_rests_on(person, records, tmp_path):
    records.course.add_treatment_plan(TreatmentPlan(person.id, DAY, sessions=8))
    records.course.score_goals([GoalScore(person.id, DAY, "look over the shoulder", 3)])
    write_export(records, "fhir", tmp_path / "p.json", person.id)
    held = [entry["resource"] for entry in json.loads((tmp_path / "p.json").read_text("utf-8"))["entry"]]
    (report,) = [r for r in held if r["resourceType"] == "DiagnosticReport"]
    (document,) = [r for r in held if r["resourceType"] == "DocumentReference"]
    measured = {r["id"] for r in held if r["resourceType"] == "Observation" and "device" in r}
    assert {one["reference"].removeprefix("urn:uuid:") for one in report["result"]} == measured
    assert document["context"]["related"][0]["reference"] == f"urn:uuid:{report['id']}"
    pdf = base64.b64decode(document["content"][0]["attachment"]["data"])
    text = "".join(p.extract_text() for p in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    assert "F-1" in text
    assert "Sessions: 0 (8 planned)" in " ".join(text.split())
    assert "shoulder" not in text
    assert "No screening was recorded" in report["conclusion"]
    assert "familiar headache provoked, 4 of 10" in report["conclusion"]

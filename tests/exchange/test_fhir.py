"""The FHIR bundle: valid, one observation a side, every figure with its unit, nothing invented."""

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from fhir.resources.R4B.bundle import Bundle
from occasions import SEATED_ACTIVE, TODAY, occasion

from romcheck.clinical import UNKNOWN, Conditions
from romcheck.errors import RomcheckError
from romcheck.exchange.fhir import fhir_bundle

LEFT, RIGHT = "rotation_left", "rotation_right"
PASSIVE = Conditions(
    "passive", "supine", "therapist", minutes_since_treatment=10, pain_now=2, headache_now=False, camera="desk"
)


def measured(how=SEATED_ACTIVE, **options):
    return occasion({LEFT: (30.0, 31.5, 32.4), RIGHT: (42.0, 43.0, 44.0)}, how, **options)


def observations(text):
    return [e["resource"] for e in json.loads(text)["entry"] if e["resource"]["resourceType"] == "Observation"]


def component(observation, text):
    return next(c for c in observation["component"] if c["code"]["text"] == text)


def test_it_is_valid_and_whole():
    """Validated again from its text; every reference leads to a resource of the bundle."""
    text = fhir_bundle([measured(), measured(PASSIVE)], "P-1", "Zoë <b>", 1985)
    bundle = json.loads(text)
    Bundle.model_validate_json(text)

    known = {entry["fullUrl"] for entry in bundle["entry"]}
    assert len(known) == len(bundle["entry"]) == 1 + 1 + 4
    for o in observations(text):
        assert o["subject"]["reference"] in known
        assert o["device"]["reference"] in known


def test_the_figures_with_their_units():
    left, right = observations(fhir_bundle([measured(PASSIVE)], "P-1"))

    assert left["valueQuantity"] == {"value": 31.3, "unit": "°", "system": "http://unitsofmeasure.org", "code": "deg"}
    assert right["valueQuantity"]["value"] == 43.0
    assert left["code"]["text"] == "Flexion-rotation test, rotation to the left, passive"
    assert component(left, "Trials that count")["valueInteger"] == 3
    assert component(left, "Trial 2")["valueQuantity"]["value"] == 31.5
    assert component(right, "Standard deviation of the trials")["valueQuantity"]["value"] == 1.0
    assert component(left, "Flexion held, mean")["valueQuantity"]["value"] == 48.0
    assert component(left, "Pain just before the test, 0 to 10")["valueQuantity"]["value"] == 2
    assert component(left, "Headache during the test")["valueBoolean"] is False
    assert "supine" in left["method"]["text"]


def test_the_reference_range_belongs_to_the_passive_test_alone():
    """With its age in the text; the active test has none, nor has a person above sixty."""
    passive = observations(fhir_bundle([measured(PASSIVE)], "P-1", birth_year=1985))
    assert all("mean age 40.5" in o["referenceRange"][0]["text"] for o in passive)

    for text in (fhir_bundle([measured()], "P-1"), fhir_bundle([measured(PASSIVE)], "P-1", birth_year=1950)):
        assert not any("referenceRange" in o for o in observations(text))
        assert "interpretation" not in text


def test_a_lower_bound_and_a_side_without_value():
    beyond = observations(fhir_bundle([measured(at_least=True)], "P-1"))
    (empty, _) = observations(fhir_bundle([occasion({LEFT: (), RIGHT: (40.0, 41.0)})], "P-1"))

    assert all(o["valueQuantity"]["comparator"] == ">=" for o in beyond)
    assert "valueQuantity" not in empty
    assert empty["dataAbsentReason"]["coding"][0]["code"] == "unknown"


def test_nothing_is_told_that_was_not_noted():
    text = fhir_bundle([measured(UNKNOWN)], "P-1")

    assert "name" not in next(e["resource"] for e in json.loads(text)["entry"] if "identifier" in e["resource"])
    for word in ("birthDate", "active", "passive", "seated", "supine", "Pain", "Headache"):
        assert word not in text


def test_the_same_text_every_time():
    """And the same measurement keeps its identity, another one has its own."""
    assert fhir_bundle([measured()], "P-1") == fhir_bundle([measured()], "P-1")
    same, other = (
        {o["id"] for o in observations(fhir_bundle([measured(how)], "P-1"))}
        for how in (SEATED_ACTIVE, replace(SEATED_ACTIVE, minutes_since_treatment=10.0))
    )
    assert not same & other


def test_a_code_that_cannot_be():
    """An empty code is no identifier: said here, not at the other end."""
    with pytest.raises(RomcheckError, match="code"):
        fhir_bundle([measured()], "  ")


def test_before_and_after_of_one_day_are_told_apart():
    """By the moment with its offset, and by a mark of their own."""
    day = TODAY
    times = [datetime(day.year, day.month, day.day, 9, m, 5, 250, timezone(timedelta(hours=1))) for m in (0, 25)]
    both = [
        replace(measured(replace(SEATED_ACTIVE, timing=timing)), at=at)
        for at, timing in zip(times, ("before", "after"), strict=True)
    ]
    text = fhir_bundle(both, "P-1")
    Bundle.model_validate_json(text)
    found = observations(text)

    assert [o["effectiveDateTime"] for o in found] == [f"{day}T09:{m}:05+01:00" for m in ("00", "00", "25", "25")]
    marks = [component(o, "Relation to treatment")["valueCodeableConcept"]["coding"][0]["code"] for o in found]
    assert marks == ["before-treatment"] * 2 + ["after-treatment"] * 2
    assert len({o["id"] for o in found}) == 4
    assert "after treatment" in found[2]["code"]["text"]


def test_a_measurement_kept_twice_is_one_observation():
    """FHIR wants every entry once (bdl-7), and the report lists no result twice."""
    listed = []
    text = fhir_bundle([measured(), measured()], "P-1", others=lambda _, ids: listed.extend(ids) or ())
    full_urls = [entry["fullUrl"] for entry in json.loads(text)["entry"]]
    assert len(set(full_urls)) == len(full_urls)
    assert len(set(listed)) == len(listed) == 2


def test_without_a_moment_the_day_stands_alone():
    (left, _) = observations(fhir_bundle([measured()], "P-1"))
    assert left["effectiveDateTime"] == TODAY.isoformat()
    with pytest.raises(RomcheckError, match="offset"):
        replace(measured(), at=datetime(2026, 3, 2, 9))


@pytest.mark.parametrize("gone", [{"engine": ""}, {"engine_version": ""}, {"romcheck": "", "engine": "", "models": {}}])
def test_software_without_a_name_or_version_is_left_out(gone):
    made = occasion({"rotation_left": [60.0, 61.0]}, test="rotation")
    software = replace(made.result.software, **gone)
    bundle = json.loads(fhir_bundle([replace(made, result=replace(made.result, software=software))], "K-17"))
    (device,) = [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Device"]
    assert all(part["type"]["text"] and part["value"] for part in device.get("version", []))

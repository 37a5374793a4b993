"""FHIR: measurements as a bundle of observations, one per side and mode.

No standard code was found for the range of a neck's movements, so local codes with texts are used; units are UCUM.
Resources follow R4; they are validated against R4B, which changed none of those used here.
"""

from __future__ import annotations

import html
import json
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from romcheck import __version__
from romcheck.change import SideRange, side_range
from romcheck.clinical import Conditions, Ending, Occasion, age_on, every_test
from romcheck.errors import RomcheckError
from romcheck.protocols import PROTOCOLS
from romcheck.protocols.protocol import WORDS
from romcheck.published import reference_band
from romcheck.results import UNSURE_DEG, MovementName, Result

Resource = dict[str, Any]

CODES = "urn:x-romcheck:codes"
"""System of the local codes; their texts say what they are."""

PEOPLE = "urn:x-romcheck:people"
"""System of the clinic's own codes of people."""

UCUM = "http://unitsofmeasure.org"
CATEGORIES = "http://terminology.hl7.org/CodeSystem/observation-category"
ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
UNKNOWN = {"system": ABSENT, "code": "unknown", "display": "Unknown"}
TOO_WIDE = f"The interval is wider than {UNSURE_DEG:.0f}° to each side."
SPACE = uuid.UUID("7a4e27f5-5f5b-5d0f-9c1e-3f0f3f3c8f11")
"""Namespace of resource ids, which are derived from the content: the same measurement has the same id everywhere."""


def fhir_bundle(
    occasions: Sequence[Occasion],
    code: str,
    name: str | None = None,
    birth_year: int | None = None,
    others: Callable[[str, Sequence[str]], Sequence[Resource]] = lambda *_: (),
) -> str:
    """Text of a bundle with the person, the program as device, and an observation for every side measured.

    Parameters
    ----------
    occasions : measurements of one person
    code : the person's code in the clinic
    name, birth_year : written only if given
    others : further resources, from the ids of the patient and of the observations of measurements

    Returns
    -------
    JSON, the same for the same input. Its structure has been checked with ``fhir.resources``.

    Raises
    ------
    RomcheckError
        When the person's code is empty.
    """
    from fhir.resources.R4B.bundle import Bundle

    if not code.strip():
        raise RomcheckError("fhir_no_code")
    patient = _patient(code, name, birth_year)
    devices: dict[str, Resource] = {}
    observations: dict[str, Resource] = {}  # by id, which must not occur twice: a recording may have been kept twice
    for occasion in occasions:
        device = _device(occasion.result)
        devices[device["id"]] = device
        age = age_on(birth_year, occasion.on)
        for of_test in every_test(occasion):
            for summary in of_test.result.summary:
                one = _observation(of_test, summary.movement, patient["id"], device["id"], age)
                observations[one["id"]] = one
    resources = [patient, *devices.values(), *observations.values(), *others(patient["id"], list(observations))]
    entries = [{"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource} for resource in resources]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    Bundle.model_validate(bundle)
    return json.dumps(bundle, ensure_ascii=False, indent=2) + "\n"


def _patient(code: str, name: str | None, birth_year: int | None) -> Resource:
    patient: Resource = {
        "resourceType": "Patient",
        "id": named("patient", code),
        "identifier": [{"system": PEOPLE, "value": code}],
    }
    if name:
        patient["name"] = [{"text": name}]
    if birth_year is not None:
        patient["birthDate"] = f"{birth_year:04d}"
    return patient


def _device(result: Result) -> Resource:
    software = result.software
    versions = [("romcheck", software.romcheck), (software.engine, software.engine_version)]
    versions += [(f"model {model}", digest) for model, digest in sorted(software.models.items())]
    device: Resource = {
        "resourceType": "Device",
        "id": named("device", json.dumps(versions), software.romcheck),
        "deviceName": [{"name": "romcheck", "type": "user-friendly-name"}],
    }
    # FHIR allows no empty text, which results of other programs may contain.
    if known := [{"type": {"text": part}, "value": value} for part, value in versions if part and value]:
        device["version"] = known
    return device


def _observation(
    occasion: Occasion, movement: MovementName, patient: str, device: str, age_years: float | None
) -> Resource:
    result, how = occasion.result, occasion.conditions
    side = side_range(result, movement)
    text = f"{PROTOCOLS[result.test].title}, {WORDS[movement]}"
    if how.mode is not None:
        text += f", {how.mode}"
    if how.timing != "none":
        text += f", {how.timing} treatment"
    observation: Resource = {
        "resourceType": "Observation",
        "id": named(
            "observation", patient, str((occasion.on, occasion.at, how)), result.source.sha256, result.test, movement
        ),
        "text": _narrative(text, side),
        "status": "final",
        "category": [{"coding": [{"system": CATEGORIES, "code": "exam", "display": "Exam"}]}],
        "code": coded(".".join(filter(None, (result.test, movement, how.mode))), text),
        "subject": {"reference": f"urn:uuid:{patient}"},
        "effectiveDateTime": (occasion.on if occasion.at is None else occasion.at.replace(microsecond=0)).isoformat(),
        "bodySite": {"text": "cervical spine"},
        "method": {"text": _method(occasion)},
        "device": {"reference": f"urn:uuid:{device}"},
    }
    if side.mean_deg is None or side.unsure:
        observation["dataAbsentReason"] = {"coding": [UNKNOWN], "text": _why_absent(side)}
    else:
        observation["valueQuantity"] = _degrees(side.mean_deg, at_least=side.at_least)
    band = reference_band(result.test, movement, how.mode, how.posture, age_years)
    if band is not None:
        who = f"{band.figure.who['en']}, n = {band.figure.n}, mean ± 1.96 SD, {band.figure.source.cite}"
        bounds = {"low": _degrees(band.low_deg), "high": _degrees(band.high_deg)}
        observation["referenceRange"] = [{**bounds, "text": f"Published: {who}, {band.figure.source.link}"}]
    observation["component"] = _components(occasion, side)
    return observation


def _why_absent(side: SideRange) -> str:
    if side.unsure:
        return TOO_WIDE
    return "The trials differ too much to average." if side.angles_deg else "No trial could be used."


def _components(occasion: Occasion, side: SideRange) -> list[Resource]:
    """Trials, their spread, and the conditions."""
    how, used = occasion.conditions, {s.movement: set(s.trials) for s in occasion.result.summary}
    components = [
        {"code": coded("trials", "Trials that count"), "valueInteger": len(side.angles_deg)},
    ]
    if side.half_width_deg is not None:
        components.append(_measured("uncertainty", "Half of the 95 % interval of the mean", side.half_width_deg))
    if side.sd_deg is not None:
        components.append(_measured("sd", "Standard deviation of the trials", side.sd_deg))
    trials = [m for m in occasion.result.movements if m.movement == side.movement]
    for m in trials:
        if m.trial in used.get(side.movement, ()) and m.angle_deg is not None:
            trial = {"code": coded("trial", f"Trial {m.trial}")}
            if m.unsure:
                components.append({**trial, "dataAbsentReason": {"coding": [UNKNOWN], "text": TOO_WIDE}})
            else:
                components.append({**trial, "valueQuantity": _degrees(m.angle_deg, m.at_least)})
    held = [m.flexion_held_deg for m in trials if m.flexion_held_deg is not None]
    if held:
        components.append(_measured("flexion-held", "Flexion held, mean", sum(held) / len(held)))
    if how.pain_now is not None:
        code = coded("pain", "Pain just before the test, 0 to 10")
        components.append({"code": code, "valueQuantity": _score(how.pain_now)})
    if how.pain_after is not None:
        code = coded("pain-during", "Strongest pain during the test, 0 to 10")
        components.append({"code": code, "valueQuantity": _score(how.pain_after)})
    if how.headache_now is not None:
        components.append({"code": coded("headache", "Headache during the test"), "valueBoolean": how.headache_now})
    components += _ending(how, side.movement)
    if how.timing != "none":
        relation = coded(f"{how.timing}-treatment", f"{how.timing.capitalize()} the treatment of that visit")
        components.append({"code": coded("timing", "Relation to treatment"), "valueCodeableConcept": relation})
    if how.minutes_since_treatment is not None:
        minutes = {"value": how.minutes_since_treatment, "unit": "min", "system": UCUM, "code": "min"}
        components.append({"code": coded("since-treatment", "Time since treatment"), "valueQuantity": minutes})
    return components


def _ending(how: Conditions, movement: MovementName) -> list[Resource]:
    """The end of the movement to this side and the headache it provoked; locations are free text and left out."""
    side = movement.rpartition("_")[2]
    ending = how.ending("left") if side == "left" else how.ending("right") if side == "right" else Ending()
    components: list[Resource] = []
    for name, text, value in (
        ("stopped-by", "What ended the movement", ending.stopped_by),
        ("end-feel", "End-feel", ending.end_feel),
        ("level", "Segment suspected", how.level),
    ):
        if value is not None:
            components.append({"code": coded(name, text), "valueCodeableConcept": coded(f"{name}.{value}", value)})
    if ending.familiar is not None:
        code = coded("familiar-headache", "The familiar headache was provoked")
        components.append({"code": code, "valueBoolean": ending.familiar})
    if ending.pain is not None:
        code = coded("familiar-headache-pain", "Intensity of that headache, 0 to 10")
        components.append({"code": code, "valueQuantity": _score(ending.pain)})
    return components


def _score(value: float) -> Resource:
    return {"value": value, "system": UCUM, "code": "{score}"}


def _method(occasion: Occasion) -> str:
    how = occasion.conditions
    lens = f"lens {occasion.result.camera.known}"
    moved = {"self": "by the person", "therapist": "by the therapist", "other": "by another person", None: None}
    by = moved["self" if how.mode == "active" else how.moved_by]
    trunk_unseen = any(m.relative_to == "room" for m in occasion.result.movements)
    reference = "room (trunk not followed)" if trunk_unseen else "trunk"
    if occasion.result.test == "joint-position":
        reference = "room"
    against = f"head relative to {reference} from video"
    said = filter(None, (how.mode, by and f"moved {by}", how.posture, against, lens))
    return ", ".join(said)


def _narrative(text: str, side: SideRange) -> Resource:
    angle = "not measured" if side.mean_deg is None else f"{side.mean_deg:.1f}°"
    if side.unsure:
        angle = "too uncertain to state"
    elif side.mean_deg is None and side.angles_deg:
        angle = "trials differ too much to average"
    elif side.half_width_deg is not None:
        angle += f" ± {side.half_width_deg:.1f}° (95 % interval)"
    return narrative(f"{text}: {'at least ' if side.at_least else ''}{angle}. Measured by romcheck {__version__}.")


def narrative(text: str) -> Resource:
    """Human-readable text of a resource."""
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{html.escape(text)}</div>'
    return {"status": "generated", "div": div}


def _measured(code: str, text: str, degrees: float) -> Resource:
    return {"code": coded(code, text), "valueQuantity": _degrees(degrees)}


def _degrees(value: float, at_least: bool = False) -> Resource:
    quantity = {"value": round(float(value), 2), "unit": "°", "system": UCUM, "code": "deg"}
    return {**quantity, "comparator": ">="} if at_least else quantity


def coded(code: str, text: str) -> Resource:
    """A local code with its text."""
    return {"coding": [{"system": CODES, "code": code, "display": text}], "text": text}


def named(*parts: str) -> str:
    """The id of a resource, derived from its content."""
    return str(uuid.uuid5(SPACE, "\n".join(parts)))

"""FHIR resources of screenings, findings and reactions, without free text."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from romcheck.exchange.fhir import CATEGORIES, UCUM, Resource, coded, named, narrative
from romcheck.i18n.wording import Wording
from romcheck.records.clinic import FOUND_AT, JUDGED, SCREENED, Findings, Reaction, Screening
from romcheck.records.entries import PersonPage
from romcheck.records.fhir_course import course_resources
from romcheck.reports.asked import findings_sentences, reaction_sentence, screening_sentences

LOINC = "http://loinc.org"


@dataclass(frozen=True)
class Document:
    """The report as printed: its day, its first lines, and the PDF."""

    on: date
    lines: tuple[str, ...]
    pdf: bytes


def resources(
    found: PersonPage, document: Document | None, patient: str, observations: Sequence[str]
) -> Sequence[Resource]:
    """Screenings as observations; reactions to a treatment as observations, with an adverse event if it was one.

    Parameters
    ----------
    found : a person's records
    document : the report, where anything was measured
    patient, observations : ids of the patient and of the measurements in the bundle
    """
    words = Wording("en")
    return [
        *(() if document is None else _report(document, patient, observations)),
        *(_screening(one, patient, words) for one in found.screenings),
        *(_findings(one, patient, words) for one in found.findings),
        *(resource for one in found.reactions for resource in _reaction(one, patient, words)),
        *course_resources(found, patient),
    ]


def _report(document: Document, patient: str, observations: Sequence[str]) -> Iterator[Resource]:
    """The report with the observations it is based on, and its PDF."""
    about = {
        "subject": {"reference": f"urn:uuid:{patient}"},
        "text": narrative(" ".join(document.lines)),
    }
    text = "Report on the range of motion of the neck"
    report: Resource = {
        "resourceType": "DiagnosticReport",
        "id": named("report", patient, str(document.on), *observations),
        **about,
        "status": "final",
        "code": coded("report", text),
        "effectiveDateTime": document.on.isoformat(),
        "result": [{"reference": f"urn:uuid:{one}"} for one in observations],
        "conclusion": " ".join(document.lines),
    }
    attachment = {
        "contentType": "application/pdf",
        "language": "en",
        "data": base64.b64encode(document.pdf).decode("ascii"),
        "title": text,
    }
    yield report
    yield {
        "resourceType": "DocumentReference",
        "id": named("document", report["id"]),
        **about,
        "status": "current",
        "type": coded("report", text),
        "content": [{"attachment": attachment}],
        "context": {"related": [{"reference": f"urn:uuid:{report['id']}"}]},
    }


def _screening(one: Screening, patient: str, words: Wording) -> Resource:
    components: list[Resource] = [
        {
            "code": coded(f"screening.{name}", words(f"screened.{name}").capitalize()),
            "valueCodeableConcept": coded(getattr(one, name), words(f"looked.{getattr(one, name)}")),
        }
        for name in SCREENED
    ]
    for loinc, name, value in (
        ("8480-6", "Systolic blood pressure", one.systolic),
        ("8462-4", "Diastolic blood pressure", one.diastolic),
    ):
        if value is not None:
            pressure = {"value": value, "unit": "mmHg", "system": UCUM, "code": "mm[Hg]"}
            code = {"coding": [{"system": LOINC, "code": loinc, "display": name}], "text": name}
            components.append({"code": code, "valueQuantity": pressure})
    planned = coded(one.planned, words(f"planned.{one.planned}"))
    components.append({"code": coded("planned", "Planned"), "valueCodeableConcept": planned})
    if one.consent is not None:
        components.append({"code": coded("consent", "The person agrees"), "valueBoolean": one.consent})
    if one.as_before is not None:
        when = one.as_before.isoformat()
        components.append({"code": coded("as-before", "Recorded as unchanged since"), "valueDateTime": when})
    return {
        **_observation("screening", "Screening before testing or treating the neck", one, patient),
        "text": narrative(" ".join(screening_sentences(one, words, notes=False))),
        "valueCodeableConcept": coded(f"decision.{one.decision}", words(f"screening.decision.{one.decision}")),
        "component": components,
    }


def _reaction(one: Reaction, patient: str, words: Wording) -> Iterator[Resource]:
    text = "Reaction after a treatment"
    treated = {"code": coded("treated-on", "Date of the treatment"), "valueDateTime": one.treated_on.isoformat()}
    components: list[Resource] = [treated]
    symptoms = [coded(f"symptom.{name}", words(f"symptom.{name}")) for name in one.symptoms.split()]
    components += [{"code": coded("symptom", "What was felt"), "valueCodeableConcept": told} for told in symptoms]
    if one.severity is not None:
        severity = coded(one.severity, words(f"severity.{one.severity}"))
        components.append({"code": coded("severity", "How strong"), "valueCodeableConcept": severity})
    if one.lasted_hours is not None:
        hours = {"value": one.lasted_hours, "unit": "h", "system": UCUM, "code": "h"}
        components.append({"code": coded("lasted", "Duration"), "valueQuantity": hours})
    if one.resolved is not None:
        components.append({"code": coded("resolved", "Over"), "valueBoolean": one.resolved})
    if one.action is not None:
        action = coded(f"action.{one.action}", words(f"action.{one.action}"))
        components.append({"code": coded("action", "Action taken"), "valueCodeableConcept": action})
    asked = {
        **_observation("after-treatment", text, one, patient),
        "text": narrative(reaction_sentence(one, words)),
        "valueBoolean": one.happened,
        "component": components,
    }
    yield asked
    if one.happened:
        yield {
            "resourceType": "AdverseEvent",
            "id": named("adverse-event", asked["id"]),
            "text": asked["text"],
            "actuality": "actual",
            "event": {"coding": [c for told in symptoms for c in told["coding"]], "text": text},
            "subject": asked["subject"],
            "recordedDate": one.on.isoformat(),
        }


def _findings(one: Findings, patient: str, words: Wording) -> Resource:
    components: list[Resource] = []
    for name in FOUND_AT:
        if (side := getattr(one, name)) is not None:
            told = coded(f"found.{side}", words(f"found_at.{side}"))
            components.append({"code": coded(f"findings.{name}", words(f"field.{name}")), "valueCodeableConcept": told})
    for name, unit, code in (
        ("ccft_mmhg", "mmHg", "mm[Hg]"),
        ("endurance_s", "s", "s"),
        ("position_error_left_deg", "°", "deg"),
        ("position_error_right_deg", "°", "deg"),
    ):
        if (value := getattr(one, name)) is not None:
            quantity = {"value": value, "unit": unit, "system": UCUM, "code": code}
            components.append({"code": coded(f"findings.{name}", words(f"field.{name}")), "valueQuantity": quantity})
    for name in JUDGED:
        if (value := getattr(one, name)) is not None:
            components.append({"code": coded(f"judged.{name}", words(f"field.{name}")), "valueBoolean": value})
    return {
        **_observation("findings", "Examination of the neck", one, patient),
        "text": narrative(" ".join(findings_sentences(replace(one, posture_note=""), words)) or "Judgements only."),
        **({"component": components} if components else {"dataAbsentReason": {"text": "Nothing was coded."}}),
    }


def _observation(code: str, text: str, one: Screening | Reaction | Findings, patient: str) -> Resource:
    return {
        "resourceType": "Observation",
        "id": named(code, patient, str(one)),
        "status": "final",
        "category": [{"coding": [{"system": CATEGORIES, "code": "exam", "display": "Exam"}]}],
        "code": coded(code, text),
        "subject": {"reference": f"urn:uuid:{patient}"},
        "effectiveDateTime": one.on.isoformat(),
    }

"""FHIR resources of the course: treatments, outcomes, the diary, the plan and goals; free text is left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from romcheck.clinical import TREATED_LEVELS, DiaryDay, Outcome, Treatment
from romcheck.exchange.fhir import CATEGORIES, UCUM, Resource, coded, named
from romcheck.i18n.wording import Wording
from romcheck.records.entries import PersonPage
from romcheck.records.treatment_plan import Goal, TreatmentPlan, goals_of

UnitOfMeasure = tuple[str, str]
DAYS, HOURS, POINTS = ("d", "d"), ("h", "h"), ("points", "{score}")
TIMES = ("times a day", "{times}/d")

OUTCOMES: dict[str, UnitOfMeasure] = {
    "headache_days": DAYS, "intensity": POINTS, "hours": HOURS, "medication_days": DAYS, "ndi": POINTS, "hit6": POINTS,
    "global_change": POINTS,
}  # fmt: skip
ATTACK: dict[str, UnitOfMeasure] = {"intensity": POINTS, "hours": HOURS, "exercise_times": TIMES}


def course_resources(found: PersonPage, patient: str) -> Iterator[Resource]:
    """Procedures, observations and care plans of a person.

    Parameters
    ----------
    found : a person's records
    patient : id of the patient in the bundle
    """
    words = Wording("en")
    for treatment in found.treatments:
        yield _treatment(treatment, patient, words)
    for outcome in found.outcomes:
        components = _quantities(outcome, OUTCOMES, words)
        if components:
            period = _component("period", "Days it is about", valueQuantity=_quantity(outcome.period_days, DAYS))
            text = "Outcomes told by the person"
            yield _observation("outcomes", text, outcome, patient, "survey", [period, *components])
    for day in found.diary:
        if components := _day(day, words):
            yield _observation("diary", "A day of the headache diary", day, patient, "survey", components)
    for plan in found.treatment_plans:
        yield _plan(plan, patient)
    for number, goal in enumerate(goals_of(found.goal_scores), 1):
        yield from _goal(number, goal, patient)


def _treatment(one: Treatment, patient: str, words: Wording) -> Resource:
    where = one.level in TREATED_LEVELS
    kinds = [one.kind, *one.combined.split()]
    told: list[Resource] = [coded(f"treatment.{kind}", words(f"treatment.{kind}")) for kind in kinds]
    if one.thrust is not None:
        told.append(coded(f"thrust.{one.thrust}", words("treatment_detail.thrust", direction=one.thrust)))
    if one.strap:
        told.append(coded("strap", words("treatment_detail.strap")))
    sides = [] if one.side is None else [coded(f"side.{one.side}", words(f"headache_side.{one.side}"))]
    sites = ([coded(f"level.{one.level}", words(f"treated_level.{one.level}"))] if where else []) + sides
    return {
        "resourceType": "Procedure",
        "id": named("treatment", patient, str(one)),
        "status": "completed",
        "code": {
            "coding": [coding for concept in told for coding in concept["coding"]],
            "text": ", ".join(concept["text"] for concept in told),
        },
        "subject": {"reference": f"urn:uuid:{patient}"},
        "performedDateTime": one.on.isoformat(),
        **({"bodySite": sites} if sites else {}),
    }


def _day(one: DiaryDay, words: Wording) -> list[Resource]:
    components = [
        _component(f"diary.{name}", words(f"field.{name}"), valueBoolean=value)
        for name in ("headache", "medication", "nausea", "light")
        if (value := getattr(one, name)) is not None
    ]
    components += _quantities(one, ATTACK, words)
    concepts: list[tuple[str, str | None, str]] = [
        ("side", one.side, "headache_side"),
        ("spread", one.spread, "spread"),
    ]
    concepts += [("trigger", name, "trigger") for name in one.triggers.split()]
    concepts += [("medicine-class", name, "medicine_class") for name in one.medicine_classes.split()]
    labels = {"side": "attack_side", "trigger": "triggers", "medicine-class": "medicine_classes"}
    for name, value, section in concepts:
        if value is not None:
            told = coded(f"{name}.{value}", words(f"{section}.{value}"))
            label = words(f"field.{labels.get(name, name)}")
            components.append(_component(f"diary.{name}", label, valueCodeableConcept=told))
    return components


def _plan(one: TreatmentPlan, patient: str) -> Resource:
    text = f"{one.sessions} sessions in {one.start_weeks + one.course_weeks} weeks, then maintenance"
    told = [text] if one.exercise_times is None else [text, f"exercise at home {one.exercise_times} times a day"]
    return {
        "resourceType": "CarePlan",
        "id": named("plan", patient, str(one)),
        "status": "active",
        "intent": "plan",
        "title": "Treatment plan",
        "description": "; ".join(told) + ".",
        "subject": {"reference": f"urn:uuid:{patient}"},
        "period": {"start": one.on.isoformat(), "end": one.ends.isoformat()},
    }


def _goal(number: int, goal: Goal, patient: str) -> Iterator[Resource]:
    """One observation per score, without the text of the goal."""
    for score in goal.scores:
        number_of = _component("goal", "Number of the goal", valueInteger=number)
        value = _component(
            "goal.score", "0 cannot do it, 10 as well as before", valueQuantity=_quantity(score.score, POINTS)
        )
        yield _observation("goal", "Goal of the person's own", score, patient, "survey", [number_of, value])


def _quantities(one: Outcome | DiaryDay, units: dict[str, UnitOfMeasure], words: Wording) -> list[Resource]:
    return [
        _component(f"told.{name}", words(f"field.{name}"), valueQuantity=_quantity(value, unit))
        for name, unit in units.items()
        if (value := getattr(one, name)) is not None
    ]


def _quantity(value: float, unit: UnitOfMeasure) -> Resource:
    return {"value": value, "unit": unit[0], "system": UCUM, "code": unit[1]}


def _component(code: str, text: str, **value: Any) -> Resource:
    return {"code": coded(code, text), **value}


def _observation(code: str, text: str, one: Any, patient: str, category: str, components: list[Resource]) -> Resource:
    return {
        "resourceType": "Observation",
        "id": named(code, patient, str(one)),
        "status": "final",
        "category": [{"coding": [{"system": CATEGORIES, "code": category, "display": category.capitalize()}]}],
        "code": coded(code, text),
        "subject": {"reference": f"urn:uuid:{patient}"},
        "effectiveDateTime": one.on.isoformat(),
        "component": components,
    }

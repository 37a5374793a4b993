"""Records in which every text tries to be more than text."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from romcheck.clinical import Conditions, DiaryDay, Outcome, Treatment
from romcheck.records.clinic import Findings, Reaction, Screening
from romcheck.records.demo_motion import made_up
from romcheck.records.entries import Person, PlanStep
from romcheck.records.own import make_own_person
from romcheck.records.store import Records
from romcheck.records.treatment_plan import GoalScore, TreatmentPlan

HOSTILE = (
    "![x](http://evil.invalid/p.png) <img src=x onerror=alert(1)> :red[r] $x^2$ [a](javascript:alert(1)) :smile: "
    ":material/home: www.evil.invalid <b>bold</b>"
)
CODES = (
    "![x](http://evil.invalid/p.png)",
    "<img src=x onerror=alert(1)> :red[r]",
    "$x^2$ [a](javascript:alert(1)) :smile:",
    ":material/home: www.evil.invalid",
)
SHORT = CODES[0]
PAGES = (
    "today",
    "person",
    "visit",
    "before-after",
    "over-time",
    "findings",
    "report",
    "keeping",
    "own",
    "batch",
    "settings",
)
"""Of the application, as their addresses name them; the check is another."""


def hostile_records(folder: Path) -> dict[str, int]:
    """Fill records; the numbers that stand in the address of a page about the person."""
    (folder / "cameras").mkdir(parents=True, exist_ok=True)
    (folder / "cameras" / "[a](javascript:x) :red[r] $x$.json").write_text("{}")
    with Records(folder, by="![by](http:)") as records:
        records.course.save_plan([PlanStep(f"{SHORT} :red[r]", 7), PlanStep("12 weeks", 84)])
        for code in CODES[1:]:
            other = records.add_person(Person(code, HOSTILE[:150]))
            assert other.id is not None
            records.visit_on(other.id)
        person = records.add_person(Person(SHORT, HOSTILE[:150], 1985, "female", "left", HOSTILE))
        assert person.id is not None
        visit = records.visit_on(person.id)
        records.save_visit(replace(visit, notes=HOSTILE))
        for timing, right in (("before", 28), ("after", 39)):
            result, frames = made_up("flexion-rotation", 44, right, seed=right)
            how = Conditions(
                camera=HOSTILE[:100], timing=timing, pain_now=2, headache_now=False, familiar_left=True,
                familiar_where_left=HOSTILE[:100],
            )  # fmt: skip
            records.add_measurement(visit.id, result, frames, how)
        treatment = Treatment(
            person.id, visit.on, "snag", visit.id, level=SHORT, side="left", repetitions=6, dose=":red[d] $x$",
            by=HOSTILE[60:120], notes=HOSTILE,
        )  # fmt: skip
        records.course.add_treatment(treatment)
        screening = Screening(
            person.id, visit.on, visit.id, gait="finding", gait_note=HOSTILE[:150], reason=SHORT, by=HOSTILE[60:120]
        )
        records.clinic.add_screening(screening)
        told = Reaction(person.id, visit.on, visit.on, True, visit.id, "soreness", notes=HOSTILE)
        records.clinic.add_reaction(told)
        records.clinic.add_findings(Findings(person.id, visit.on, visit.id, posture_note=HOSTILE[:150], notes=HOSTILE))
        records.course.add_outcome(Outcome(person.id, date.today(), visit.id, headache_days=6, ndi=12, notes=HOSTILE))
        for days in range(40):
            when = date.today() - timedelta(days)
            records.course.write_diary(
                DiaryDay(person.id, when, days % 3 == 0, exercise_times=2, notes=HOSTILE, medicine=SHORT)
            )
        records.course.add_treatment_plan(TreatmentPlan(person.id, visit.on, notes=HOSTILE))
        records.course.score_goals([GoalScore(person.id, visit.on, HOSTILE[:150], 3, visit.id)])
        make_own_person(records, ":red[own] $x$")
    assert visit.id is not None
    return {"person": person.id, "visit": visit.id}

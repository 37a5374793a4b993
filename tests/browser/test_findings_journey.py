"""A therapist in a real browser notes what was found and how each side ended, and reads what was recorded of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from browsers import come_to_rest, press, visit
from test_records_journey import assert_sound, choose

from romcheck.clinical import Conditions
from romcheck.records.demo_motion import made_up
from romcheck.records.entries import Person
from romcheck.records.store import Records

pytestmark = pytest.mark.slow("a person's way through many pages in a real browser")


@pytest.fixture
def kept(served):
    """A measurement of today, lying down, moved by the therapist."""
    with Records(served.data, by="tester") as records:
        person = records.add_person(Person("F-1"))
        result, frames = made_up("flexion-rotation", 28, 44, seed=3)
        how = Conditions("passive", "supine", "therapist", "before", camera="desk")
        return records.add_measurement(records.visit_on(person.id).id, result, frames, how)


def unfold(page, expander):
    """Open an expander; a page drawn anew at that moment closes it again."""
    summary = page.locator(f"{expander} summary").first
    while not summary.evaluate("(one) => one.parentElement.open"):
        summary.click()
        come_to_rest(page)


def treat_and_plan(page, url, person):
    """A manipulation with needling, a goal, the plan, and a day of the diary with its medicine."""
    choose(page, "treatment_new_0_kind", "manipulation")
    choose(page, "treatment_new_0_treated_level", "C1–2")
    page.locator(".st-key-treatment_new_0_more summary").click()
    choose(page, "treatment_new_0_thrust", "rotation")
    press(page, "add_treatment")
    page.get_by_text("C1–2, thrust: rotation").wait_for()
    come_to_rest(page)
    page.locator(".st-key-goals summary").click()
    page.locator(".st-key-goal_new_0 input").fill("drive")
    choose(page, "goal_new_score_0", "4")
    press(page, "keep_goals")
    page.get_by_role("row", name="drive").wait_for()
    visit(page, f"{url}/person?person={person}")
    page.locator(".st-key-plan summary").click()
    press(page, "keep_treatment_plan")
    page.get_by_text("Sessions: 1 (10 planned).").wait_for()
    come_to_rest(page)
    if not page.locator("[class*=_medicines] summary").is_visible():
        unfold(page, ".st-key-diary")
    unfold(page, "[class*=_medicines]")
    page.locator("[class*=_medicine] input").first.fill("Dolorin")
    press(page, f"save_diary_{person}_{date.today()}")
    page.get_by_text("1 of 1 in the diary").wait_for()
    come_to_rest(page)
    assert_sound(page)


def test_from_the_examination_to_the_checklist(page, served, kept):
    person, one = kept.person_id, f"measurement_{kept.id}"
    address = f"{served.url}/visit?person={person}&visit={kept.visit_id}"
    visit(page, address)
    press(page, f"open_{one}")
    choose(page, f"{one}_1_stopped_by_left", "firm resistance")
    page.locator(f".st-key-{one}_1_familiar_left").get_by_text("Yes", exact=True).click()
    choose(page, f"{one}_1_familiar_pain_left", "4")
    press(page, f"save_{one}")
    page.get_by_text("To the left: firm resistance, familiar headache provoked, 4 of 10.").wait_for()
    page.locator(".st-key-note_findings summary").click()
    choose(page, "findings_new_0_stiff_c1_2", "left")
    page.locator(".st-key-findings_new_0_range_reduced").get_by_text("Yes", exact=True).click()
    press(page, "keep_findings")
    page.get_by_text("Stiff: C1–2 (left).").wait_for()
    come_to_rest(page)
    assert_sound(page)
    treat_and_plan(page, served.url, person)
    visit(page, address)
    page.get_by_text("Sessions: 1 (10 planned).").wait_for()
    page.get_by_role("link", name="All findings, and the ICHD-3 checklist").click()
    row = page.get_by_role("row", name="C3 ·")
    row.get_by_role("cell", name="met").wait_for()
    come_to_rest(page)
    assert_sound(page)
    page.get_by_role("link", name="Where 30°, 32°, 33°").click()
    page.get_by_role("heading", name="Basis of the figures").wait_for()
    come_to_rest(page)
    assert_sound(page)
    with Records(served.data) as records:
        how = records.measurements(person)[0].conditions
        assert replace(how, stopped_by_left=None, familiar_left=None, familiar_pain_left=None) == Conditions(
            "passive", "supine", "therapist", "before", camera="desk"
        )

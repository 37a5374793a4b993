"""A therapist in a real browser notes what was found and how each side ended, and reads what was recorded of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from browsers import application, come_to_rest, press, visit
from test_records_journey import assert_sound, choose, screen  # noqa: F401 (a fixture)

from romcheck.clinical import Conditions
from romcheck.records.demo_motion import made_up
from romcheck.records.entries import Person
from romcheck.records.store import Records

pytestmark = pytest.mark.slow("a person's way through many pages in a real browser")


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    """Somebody measured today, lying down, moved by the therapist."""
    data = tmp_path_factory.mktemp("findings")
    with Records(data, by="tester") as records:
        person = records.add_person(Person("F-1"))
        result, frames = made_up("flexion-rotation", 28, 44, seed=3)
        how = Conditions("passive", "supine", "therapist", "before", camera="desk")
        records.add_measurement(records.visit_on(person.id).id, result, frames, how)
    with application(data) as running:
        yield running


def treat_and_plan(page, url):
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
    visit(page, f"{url}/person?person=1")
    page.locator(".st-key-plan summary").click()
    press(page, "keep_treatment_plan")
    page.get_by_text("Sessions: 1, planned 10.").wait_for()
    come_to_rest(page)
    if not page.locator("[class*=_medicines] summary").is_visible():
        page.locator(".st-key-diary summary").first.click()
    page.locator("[class*=_medicines] summary").click()
    page.locator("[class*=_medicine] input").first.fill("Dolorin")
    press(page, f"save_diary_1_{date.today()}")
    page.get_by_text("1 of the 1 days").wait_for()
    come_to_rest(page)
    assert_sound(page)


def test_from_the_examination_to_the_checklist(screen, clinic):  # noqa: F811
    page = screen
    visit(page, f"{clinic.url}/visit?person=1&visit=1")
    press(page, "open_measurement_1")
    choose(page, "measurement_1_1_stopped_by_left", "firm resistance")
    page.locator(".st-key-measurement_1_1_familiar_left").get_by_text("Yes", exact=True).click()
    choose(page, "measurement_1_1_familiar_pain_left", "4")
    press(page, "save_measurement_1")
    page.get_by_text("To the left: firm resistance, familiar headache provoked, 4 of 10.").wait_for()
    page.locator(".st-key-note_findings summary").click()
    choose(page, "findings_new_0_stiff_c1_2", "left")
    page.locator(".st-key-findings_new_0_range_reduced").get_by_text("Yes", exact=True).click()
    press(page, "keep_findings")
    page.get_by_text("Stiff: C1–2 (left).").wait_for()
    come_to_rest(page)
    assert_sound(page)
    treat_and_plan(page, clinic.url)
    visit(page, f"{clinic.url}/visit?person=1&visit=1")
    page.get_by_text("Sessions: 1, planned 10.").wait_for()
    page.get_by_role("link", name="All findings, and the ICHD-3 checklist").click()
    row = page.get_by_role("row", name="C3 ·")
    row.get_by_role("cell", name="met").wait_for()
    come_to_rest(page)
    assert_sound(page)
    page.get_by_role("link", name="Where 30°, 32°, 33°").click()
    page.get_by_role("heading", name="Basis of the figures").wait_for()
    come_to_rest(page)
    assert_sound(page)
    with Records(clinic.data) as records:
        how = records.measurements(1)[0].conditions
        assert replace(how, stopped_by_left=None, familiar_left=None, familiar_pain_left=None) == Conditions(
            "passive", "supine", "therapist", "before", camera="desk"
        )

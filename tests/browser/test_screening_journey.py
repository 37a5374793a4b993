"""A therapist in a real browser: screens in full, asks what came after a treatment, screens in one press."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from browsers import come_to_rest, press, visit
from playwright.sync_api import expect
from test_records_journey import assert_sound

from romcheck.clinical import Treatment
from romcheck.records.clinic import Screening
from romcheck.records.entries import Person, Visit
from romcheck.records.store import Records

pytestmark = pytest.mark.slow("a person's way through many pages in a real browser")

WEEK = timedelta(7)


@pytest.fixture
def new(served):
    """The number of somebody new."""
    with Records(served.data, by="tester") as records:
        return records.add_person(Person("N-1")).id


@pytest.fixture
def treated(served):
    """The number of somebody treated a week ago."""
    with Records(served.data, by="tester") as records:
        person = records.add_person(Person("T-2"))
        last = records.add_visit(Visit(person.id, date.today() - WEEK))
        new = Screening(person.id, last.on, last.id, planned="snag", systolic=124, diastolic=79).all_clear()
        records.clinic.add_screening(replace(new, gait="not_done"))
        records.course.add_treatment(Treatment(person.id, last.on, "snag", last.id))
        return person.id


def test_a_finding_is_noted_with_its_reason(page, served, new):
    visit(page, f"{served.url}/person?person={new}")
    press(page, "visit_today")
    page.locator(".st-key-note_screening summary").click()
    page.locator(".st-key-screening_new_0_stability").get_by_text("finding", exact=True).click()
    page.locator(".st-key-screening_new_0_stability_note input").fill("lax to the left")
    press(page, "keep_screening")
    page.get_by_text("give the reason").wait_for()
    page.locator(".st-key-screening_new_0_reason input").fill("known and stable for years")
    press(page, "keep_screening")
    page.get_by_text("Finding: upper-neck stability (lax to the left).").wait_for()
    come_to_rest(page)
    assert_sound(page)
    with Records(served.data) as records:
        (kept,) = records.clinic.screenings(new)
        assert (kept.stability, kept.reason) == ("finding", "known and stable for years")


def test_from_the_next_visit_to_the_camera_in_three_presses(page, served, treated):
    visit(page, f"{served.url}/person?person={treated}")
    press(page, "test_now")
    press(page, "next")
    page.get_by_text("124/79 mmHg").wait_for()
    page.get_by_text("Not asked or examined: gait and spinal cord.").wait_for()
    assert_sound(page)
    press(page, "reaction_nothing")
    page.get_by_text("no adverse reaction reported").wait_for()
    press(page, "screened_as_before")
    page.get_by_text("Recorded as unchanged since").wait_for()
    come_to_rest(page)
    expect(page.locator(".st-key-unscreened_0")).to_have_count(0)
    assert_sound(page)
    press(page, "open")
    page.locator(".camera").wait_for()
    with Records(served.data) as records:
        kept = records.clinic.screenings(treated)[-1]
        assert (kept.on, kept.as_before, kept.gait, kept.systolic) == (
            date.today(),
            date.today() - WEEK,
            "not_done",
            None,
        )
        (told,) = records.clinic.reactions(treated)
        assert not told.happened

"""A therapist in a real browser: screens in full, asks what came after a treatment, screens in one press."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from browsers import application, come_to_rest, press, visit
from playwright.sync_api import expect
from test_records_journey import assert_sound, screen  # noqa: F401 (a fixture)

from romcheck.clinical import Treatment
from romcheck.records.clinic import Screening
from romcheck.records.entries import Person, Visit
from romcheck.records.store import Records

pytestmark = pytest.mark.slow("a person's way through many pages in a real browser")

WEEK = timedelta(7)


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    """Two people: one new, one treated a week ago."""
    data = tmp_path_factory.mktemp("screening")
    with Records(data, by="tester") as records:
        records.add_person(Person("N-1"))
        person = records.add_person(Person("T-2"))
        last = records.add_visit(Visit(person.id, date.today() - WEEK))
        new = Screening(person.id, last.on, last.id, planned="snag", systolic=124, diastolic=79).all_clear()
        records.clinic.add_screening(replace(new, gait="not_done"))
        records.course.add_treatment(Treatment(person.id, last.on, "snag", last.id))
    with application(data) as running:
        yield running


def test_a_finding_is_noted_with_its_reason(screen, clinic):  # noqa: F811
    page = screen
    visit(page, f"{clinic.url}/person?person=1")
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
    with Records(clinic.data) as records:
        (kept,) = records.clinic.screenings(1)
        assert (kept.stability, kept.reason) == ("finding", "known and stable for years")


def test_from_the_next_visit_to_the_camera_in_three_presses(screen, clinic):  # noqa: F811
    page = screen
    visit(page, f"{clinic.url}/person?person=2")
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
    with Records(clinic.data) as records:
        kept = records.clinic.screenings(2)[-1]
        assert (kept.on, kept.as_before, kept.gait, kept.systolic) == (
            date.today(),
            date.today() - WEEK,
            "not_done",
            None,
        )
        (told,) = records.clinic.reactions(2)
        assert not told.happened

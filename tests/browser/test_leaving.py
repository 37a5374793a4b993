"""The browser asks before it leaves a page with something unsaved, and only then."""

from __future__ import annotations

import pytest
from browsers import come_to_rest, press, visit
from leaving import ASKS, stay
from playwright.sync_api import expect
from test_records_journey import choose

pytestmark = pytest.mark.slow("a real browser")


def test_a_form_that_was_typed_into_and_not_sent(page, served):
    visit(page, f"{served.url}/today")
    come_to_rest(page)
    assert not page.evaluate(ASKS)
    page.locator(".st-key-new_person summary").click()
    code = page.locator(".st-key-person_new_0_code input")
    page.locator(".st-key-person_new_0_birth_year input").fill("1985")
    press(page, "add_person")
    page.locator("[data-testid=stAlertContentError]").wait_for()
    come_to_rest(page)
    assert page.evaluate(ASKS), "refused"
    code.fill("L-001")
    stay(page)
    expect(code).to_have_value("L-001")
    press(page, "add_person")
    page.locator(".st-key-visit_today").wait_for()
    come_to_rest(page)
    assert not page.evaluate(ASKS), "sent"
    press(page, "visit_today")
    box = page.locator(".st-key-new_treatment")
    box.wait_for()
    choose(page, "treatment_new_0_treated_level", "C1–2")
    assert page.evaluate(ASKS), "chosen from a list"
    box.locator("[class*=_repetitions] input").press("Enter")
    page.get_by_text("Saved.").wait_for()
    come_to_rest(page)
    assert not page.evaluate(ASKS), "sent by Enter"

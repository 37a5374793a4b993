"""The browser asks before it leaves a page with something unsaved, and only then."""

from __future__ import annotations

import pytest
from browsers import come_to_rest, press, visit
from playwright.sync_api import expect

pytestmark = pytest.mark.slow("a real browser")

ASKS = "() => !dispatchEvent(new Event('beforeunload', { cancelable: true }))"
"""Whether leaving would be asked about; nothing is left."""


def stay(page):
    """Reload, and stay when the browser asks."""
    with page.expect_event("dialog") as asked:
        page.once("dialog", lambda dialog: dialog.dismiss())
        page.evaluate("() => void setTimeout(() => location.reload())")
    assert asked.value.type == "beforeunload"


def test_a_form_that_was_typed_into_and_not_sent(page, served):
    visit(page, f"{served.url}/today")
    come_to_rest(page)
    assert not page.evaluate(ASKS)
    page.locator(".st-key-new_person summary").click()
    code = page.locator(".st-key-person_new_0_code input")
    code.fill("L-001")
    stay(page)
    expect(code).to_have_value("L-001")
    press(page, "add_person")
    page.locator(".st-key-visit_today").wait_for()
    come_to_rest(page)
    assert not page.evaluate(ASKS), "sent"
    press(page, "visit_today")
    box = page.locator(".st-key-new_treatment")
    box.get_by_role("combobox").nth(1).click()
    page.get_by_role("option", name="C1–2", exact=True).click()
    assert page.evaluate(ASKS), "chosen from a list"
    box.locator("[class*=_repetitions] input").press("Enter")
    page.get_by_text("Saved.").wait_for()
    come_to_rest(page)
    assert not page.evaluate(ASKS), "sent by Enter"

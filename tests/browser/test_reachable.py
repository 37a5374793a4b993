"""Everybody reaches everything: small screens, the keyboard alone, a screen reader, the other language."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsers import press, reach_camera
from playwright.sync_api import expect

from romcheck.live.safety import QUESTIONS
from romcheck.texts import Texts

pytestmark = pytest.mark.slow

GRAVE = ("serious", "critical")
SOON_MS = 30_000
WIDEST = """
() => Math.max(
  document.documentElement.scrollWidth - window.innerWidth,
  ...[...document.querySelectorAll("[data-testid=stMain], [data-testid=stBidiComponentIsolated]")]
    .map((part) => part.scrollWidth - part.clientWidth),
)
"""


def grave_faults(page):
    found = Axe().run(page).response["violations"]
    return {fault["id"]: [node["html"][:120] for node in fault["nodes"]] for fault in found if fault["impact"] in GRAVE}


def walk(page, url):
    """From page to page up to the framing; stops at each."""
    page.goto(url)
    page.locator(".st-key-self").wait_for()
    yield "welcome"
    press(page, "self")
    page.locator(".st-key-test").wait_for()
    yield "choose"
    press(page, "next")
    page.locator("[data-testid=stForm]").wait_for()
    yield "safety"
    reach_camera(page, url)
    expect(page.locator(".camera")).to_have_attribute("data-mode", "framing", timeout=SOON_MS)
    yield "framing"
    page.locator("button.begin:enabled").click()
    expect(page.locator(".camera")).to_have_attribute("data-mode", "check", timeout=SOON_MS)
    yield "check"
    page.keyboard.press(" ")
    page.locator(".st-key-show").wait_for()
    yield "after"


def test_no_grave_fault_for_screen_readers(page, served):
    for name in walk(page, served.url):
        assert grave_faults(page) == {}, name


def test_nothing_sticks_out_on_a_narrow_phone(new_page, served):
    page = new_page(320, 640)
    for name in walk(page, served.url):
        assert page.evaluate(WIDEST) <= 1, name


def test_stop_is_on_the_screen_of_a_phone(new_page, served):
    """Without scrolling, whatever is shown."""
    page = new_page(360, 640)
    reach_camera(page, served.url)
    page.locator("button.begin:enabled").click()
    expect(page.locator("button.stop")).to_be_in_viewport(ratio=0.9, timeout=SOON_MS)


def test_french(new_page, served):
    t = Texts("fr")
    page = new_page(locale="fr-FR")
    page.goto(served.url)
    expect(page.get_by_role("heading", name=t("welcome.title"))).to_be_visible(timeout=SOON_MS)
    expect(page.locator("html")).to_have_attribute("lang", "fr", timeout=SOON_MS)
    reach_camera(page, served.url)
    expect(page.locator(".framing")).to_contain_text(t("framing.distance"), timeout=SOON_MS)


def test_a_yes_ends_kindly_and_is_not_to_be_passed(page, served):
    page.goto(served.url)
    press(page, "self")
    press(page, "next")
    for question in QUESTIONS:
        word = "Yes" if question.name == "brain_signs" else "No"
        page.locator(f".st-key-safety_{question.name}_0").get_by_text(word, exact=True).click()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name=Texts("en")("referred.title.urgent"))).to_be_visible(timeout=SOON_MS)
    expect(page.locator("[data-testid=stMain] button")).to_have_count(0, timeout=SOON_MS)
    page.go_back()
    page.go_forward()
    assert page.locator(".camera").count() == 0


def test_keyboard_alone(page, served):
    """Tab, arrows, space and Enter lead from the first page into the check and out of it."""

    def onto(selector):
        for _ in range(80):
            if page.evaluate(
                """(selector) => {
                  let at = document.activeElement;
                  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
                  return !!at?.closest(selector);
                }""",
                selector,
            ):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not lead to {selector}")

    page.goto(served.url)
    page.locator(".st-key-therapist").wait_for()
    onto(".st-key-therapist")
    page.keyboard.press("Enter")
    page.locator(".st-key-test").wait_for()
    onto(".st-key-next")
    page.keyboard.press("Enter")
    page.locator(".st-key-screened_0").wait_for()
    onto(".st-key-screened_0")
    page.keyboard.press("Space")
    onto(".st-key-open")
    page.keyboard.press("Enter")
    page.locator("button.begin:enabled").wait_for()
    onto("button.begin")
    page.keyboard.press("Enter")
    expect(page.locator(".camera")).to_have_attribute("data-mode", "check", timeout=SOON_MS)
    page.keyboard.press("Space")
    page.locator(".st-key-show").wait_for()
    onto(".st-key-show")

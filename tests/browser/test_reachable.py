"""Everybody reaches everything: small screens, the keyboard alone, a screen reader, the other language."""

from __future__ import annotations

import re

import pytest
from browsers import answer_safety, come_to_rest, grave_faults, press, reach_camera, resize, tick, unfold, visit
from driven import do_what_is_asked, of_flexion_rotation
from playwright.sync_api import expect
from stage import assert_the_stage_fills, assert_the_stage_fills_every_window, stage_of

from romcheck.i18n.texts import Texts
from romcheck.records.entries import Person
from romcheck.records.store import Records

pytestmark = pytest.mark.slow("every page in a real browser, and a test done at the speed of a person")

NARROW_PHONE, ZOOMED = (320, 640), (640, 450)
"""The second is 1280 x 900 at 200 %."""
MOVING = """
() => document.getAnimations().filter(({ playState }) => playState === "running")
  .map(({ effect }) => effect.target.outerHTML.slice(0, 120))
"""
WIDEST = """
() => Math.max(
  document.documentElement.scrollWidth - window.innerWidth,
  ...[...document.querySelectorAll("[data-testid=stMain], [data-testid=stBidiComponentIsolated]")]
    .map((part) => part.scrollWidth - part.clientWidth),
)
"""


def walk(camera, url):
    """From page to page as somebody alone up to the camera, then as a therapist to a result; stops at each."""
    page = camera.page
    visit(page, url)
    page.locator(".st-key-self").wait_for()
    yield "welcome"
    press(page, "self")
    page.locator(".st-key-test").wait_for()
    yield "choose"
    press(page, "next")
    page.locator("[data-testid=stForm]").wait_for()
    yield "safety"
    answer_safety(page)
    page.locator(".st-key-pain_before_0").wait_for()
    yield "ready"
    visit(page, url)
    press(page, "therapist")
    page.locator(".st-key-moved_by").wait_for()
    yield "choose, therapist"
    press(page, "next")
    page.locator(".st-key-unscreened_0").wait_for()
    yield "ready, therapist"
    tick(page, "unscreened_0")
    press(page, "open")
    page.locator("button.begin:enabled").wait_for()
    page.locator("[data-testid=stExpander] summary").click()
    page.locator("[data-testid=stFileUploader]").wait_for()
    yield "framing"
    page.locator("button.begin").click()
    expect(page.locator(".camera")).to_have_attribute("data-mode", "check")
    yield "check"
    do_what_is_asked(camera, page.locator(".trials .counted").first.is_visible)
    page.keyboard.press(" ")
    page.locator(".st-key-download_json").wait_for()
    yield "result"
    visit(page, f"{url}/settings")
    page.get_by_role("heading", name=Texts("en")("settings.title")).wait_for()
    yield "settings"


def test_every_page_suits_everybody(driven, served, sample_videos):
    """A screen reader, a narrow phone, a window at 200 %, and reduced motion."""
    parts = of_flexion_rotation(sample_videos / "flexion_rotation.mp4")
    camera = driven(parts, "flexion_rotation")
    page = camera.page
    page.emulate_media(reduced_motion="reduce")
    size = page.viewport_size
    for name in walk(camera, served.url):
        expect(page.locator("[data-stale=true]")).to_have_count(0)  # of the page before
        assert grave_faults(page) == {}, name
        assert page.evaluate(MOVING) == [], name
        for width, height in (NARROW_PHONE, ZOOMED):
            resize(page, width, height)
            come_to_rest(page)
            assert page.evaluate(WIDEST) <= 1, (name, width)
        if name == "check":
            expect(page.locator("button.stop")).to_be_in_viewport(ratio=0.9)
            assert_the_stage_fills_every_window(page)
            page.locator("button.whole").click()
            expect(page.locator("button.whole")).to_have_text(Texts("en")("camera.window"))
            assert stage_of(page)["full"]
            assert_the_stage_fills(page)
            assert grave_faults(page) == {}, "full screen"
            page.locator("button.whole").click()
            expect(page.locator("button.whole")).to_have_text(Texts("en")("camera.full_screen"))
        page.set_viewport_size(size)


def test_a_phone_is_not_told_of_a_space_bar(new_page, served):
    page = new_page(390, 844, is_mobile=True, has_touch=True)
    reach_camera(page, served.url)
    expect(page.locator("button.stop")).to_have_text(Texts("en")("camera.stop_touch"))


def test_french(new_page, served):
    t = Texts("fr")
    page = new_page(locale="fr-FR")
    visit(page, served.url)
    expect(page.get_by_role("heading", name=t("welcome.title"))).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    reach_camera(page, served.url)
    expect(page.locator(".framing")).to_contain_text(t("framing.distance"))


def test_a_french_calendar(new_page, served):
    """Streamlit's own is English, has no name and asks for a second date."""
    page = new_page(locale="fr-FR")
    with Records(served.data) as records:
        person = records.add_person(Person("FR-1"))
    visit(page, f"{served.url}/person?person={person.id}")
    unfold(page)
    field = page.locator("[data-testid=stDateInput]").first
    assert "La date est" in field.inner_text()
    assert not re.search(r"Selected|Select|Press", field.inner_text())
    assert field.locator("input").get_attribute("aria-label") == field.locator("label").inner_text()
    field.locator("input").click()
    come_to_rest(page)
    shown = page.locator("[data-baseweb=calendar]")
    assert "lumame" in shown.inner_text()
    assert not re.search(r"Selected|Choose|available", shown.inner_html())


def test_a_label_is_read_as_it_is_shown(page, served):
    """Streamlit gives the label's Markdown to screen readers, with its escapes."""
    with Records(served.data) as records:
        person = records.add_person(Person("TEST-1 (a_b)"))
    visit(page, f"{served.url}/person?person={person.id}")
    unfold(page)
    field = page.locator(".st-key-confirm_code")
    said = field.locator("input").get_attribute("aria-label")
    assert "TEST-1 (a_b)" in said
    assert said == field.locator("label").inner_text()
    assert not page.locator("[data-testid=stMain] [aria-label*='\\\\']").count()


def test_a_yes_ends_kindly_and_is_not_to_be_passed(page, served):
    visit(page, served.url)
    press(page, "self")
    press(page, "next")
    answer_safety(page, "double_vision")
    expect(page.get_by_role("heading", name=Texts("en")("referred.title.urgent"))).to_be_visible()
    assert grave_faults(page) == {}
    expect(page.locator("[data-testid=stMain] button")).to_have_count(0)
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

    visit(page, served.url)
    page.locator(".st-key-therapist").wait_for()
    onto(".st-key-therapist")
    page.keyboard.press("Enter")
    page.locator(".st-key-test").wait_for()
    onto(".st-key-next")
    page.keyboard.press("Enter")
    page.locator(".st-key-unscreened_0").wait_for()
    onto(".st-key-unscreened_0")
    page.keyboard.press("Space")
    onto(".st-key-open")
    page.keyboard.press("Enter")
    page.locator("button.begin:enabled").wait_for()
    onto("button.begin")
    page.keyboard.press("Enter")
    expect(page.locator(".camera")).to_have_attribute("data-mode", "check")
    page.keyboard.press("Space")
    page.locator(".st-key-once_more").wait_for()
    onto(".st-key-once_more")

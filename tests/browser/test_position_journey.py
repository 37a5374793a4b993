"""The joint position test before a camera: somebody with closed eyes does what is heard, and knows no error before."""

from __future__ import annotations

import json
from datetime import date

import pytest
from browsers import grave_faults, press, tick, visit
from driven import SIZE
from playwright.sync_api import expect
from returns import give_ears, of_returns, return_as_told
from stage import assert_the_stage_fills_every_window

from romcheck.i18n.texts import Texts
from romcheck.live.state import CheckPlan

pytestmark = pytest.mark.slow("two returns to each side, at the speed of a person")

T = Texts("en")
OFF_DEG = (4.0, -5.0, -3.0, 6.0)
"""Errors of the returns, + past the middle."""
ANGLES = """
() => [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")]
  .map((place) => [...(place.shadowRoot?.querySelectorAll(".gauge .number, .trials li") ?? [])])
  .flat().map((at) => at.textContent).filter((text) => /[0-9]/.test(text))
"""


def test_somebody_with_closed_eyes_is_led_by_the_voice_and_shown_no_error(driven, served):
    # Without a name in the records the day decides which side is first.
    order = CheckPlan("joint-position").order
    sides = tuple(order[(date.today().toordinal() + k) % 2] for k in range(len(OFF_DEG)))
    parts, errors_deg = of_returns(sides, OFF_DEG)
    camera = driven(parts, "rotation")
    page = camera.page
    give_ears(page)
    visit(page, served.url)
    press(page, "therapist")
    page.locator(".st-key-test").get_by_text(T("test.joint-position"), exact=True).click()
    expect(page.get_by_text(T("choose.position_aloud"))).to_be_visible()
    page.locator(".st-key-returns input").fill("2")
    press(page, "next")
    tick(page, "unscreened_0")
    press(page, "open")
    page.locator(".camera.good").wait_for()
    page.locator("button.begin").click()

    sizes = [SIZE]

    def nothing_is_shown():
        assert page.evaluate(ANGLES) == []
        if sizes:  # once, before the first turn
            assert grave_faults(page) == {}
            assert_the_stage_fills_every_window(page, gauge=False)
            page.set_viewport_size(sizes.pop())

    return_as_told(camera, sides, nothing_is_shown)
    page.locator(".st-key-download_json").wait_for()
    assert page.evaluate("window.heard.at(0)") == T("check.active.settle_remember")
    assert page.evaluate("window.heard.at(-1)") == T("check.active.done")
    expect(page.get_by_role("heading", name=T("errors.heading"))).to_be_visible()

    with page.expect_download() as download:
        page.locator(".st-key-download_json button").click()
    result = json.loads(download.value.path().read_text("utf-8"))
    assert result["test"] == "joint-position"
    made = [(m["movement"], m["quality"]) for m in result["movements"]]
    assert made == [(side, "good") for side in sides]
    for movement, off in zip(result["movements"], errors_deg, strict=True):
        assert movement["error_deg"] == pytest.approx(off, abs=max(2.0, movement["uncertainty_deg"]))
    assert {e["side"]: e["trials"] for e in result["position_errors"]} == {"left": 2, "right": 2, "both": 4}

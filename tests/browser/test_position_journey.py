"""The joint position test before a camera: somebody with closed eyes does what is heard, and knows no error before."""

from __future__ import annotations

import importlib
import json
from datetime import date

import numpy as np
import pytest
from browsers import press, tick, visit
from driven import SHOWN_FPS
from playwright.sync_api import expect
from scenes import PLAYED_FPS

from romcheck.i18n.texts import Texts
from romcheck.live.state import CheckPlan

pytestmark = pytest.mark.slow("draws 13 s of a head, and two returns to each side at the speed of a person")

T = Texts("en")
TURN_DEG, TURN_S, REST_S, HEARS_S, LOOK_S = 55.0, 1.5, 0.5, 1.0, 0.6
OFF_DEG = (4.0, -5.0, -3.0, 6.0)
"""Errors of the returns, + past the middle."""
EARS = """
window.heard = [];
const ear = { localService: true, lang: "en-GB", name: "ear" };
Object.defineProperty(window, "speechSynthesis", { value: {
  getVoices: () => [ear], speak: ({ text }) => window.heard.push(text), cancel() {},
  addEventListener() {}, removeEventListener() {},
} });
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
"""
"""In place of a voice of this computer, which a machine for tests need not have: what it would say."""
ANGLES = """
() => [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")]
  .map((place) => [...(place.shadowRoot?.querySelectorAll(".gauge .number, .trials li") ?? [])])
  .flat().map((at) => at.textContent).filter((text) => /[0-9]/.test(text))
"""


class Head:
    """Draws the head of the sample that turns."""

    def __init__(self):
        self._draw = importlib.import_module("make_sample_videos")
        self._clip = self._draw.CLIPS["rotation"]
        self._mannequin = self._draw.Mannequin(self._clip.person)
        self._frame = 0
        self._at = 0.0

    def _pictures(self, degrees):
        """Each twice: the camera gives every other one."""
        found = []
        for rotation in degrees:
            self._frame += 1
            row = np.array([rotation, 0.0, 0.0, 0.0])
            found += [self._draw.picture(self._clip, self._mannequin, row, self._frame)] * (PLAYED_FPS // SHOWN_FPS)
        return found

    def still(self, degrees):
        return self._pictures([degrees] * round(REST_S * SHOWN_FPS))

    def stay(self):
        return self._pictures([self._at] * round(HEARS_S * SHOWN_FPS))

    def look(self):
        return [*self.go(0.0, LOOK_S), *self.still(0.0)]

    def turn(self, to, back_to):
        """Out, back to a place near the middle, and a rest there."""
        return [*self.go(to, TURN_S), *self.go(back_to, TURN_S), *self.still(back_to)]

    def go(self, to, seconds):
        """With minimum jerk."""
        s = np.arange(round(seconds * SHOWN_FPS)) / round(seconds * SHOWN_FPS)
        path = self._at + (10 * s**3 - 15 * s**4 + 6 * s**5) * (to - self._at)
        self._at = to
        return self._pictures(path)


def turned_to(k, first):
    """Side of turn k: +1 to the subject's left."""
    begin = 1 if first == "return_from_left" else -1
    return begin if k % 2 == 0 else -begin


def test_somebody_with_closed_eyes_is_led_by_the_voice_and_shown_no_error(driven, served, sample_videos, monkeypatch):
    monkeypatch.syspath_prepend(str(sample_videos))
    # Without a name in the records the day decides which side is first.
    plan = CheckPlan("joint-position")
    first = plan.order[date.today().toordinal() % 2]
    head = Head()
    parts = {"ahead": head.still(0.0)}
    for k, off in enumerate(OFF_DEG):
        side = turned_to(k, first)
        parts[f"turn-{k}"] = head.turn(side * TURN_DEG, -side * off)
    # The eyes open once the words were heard, and the head with them finds the mark.
    parts["look"] = [*head.stay(), *head.look()]
    camera = driven(parts, "rotation")
    page = camera.page
    page.add_init_script(EARS)
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

    for k in range(len(OFF_DEG)):
        side = "left" if turned_to(k, first) > 0 else "right"
        words = T(f"check.active.{'next' if k else 'turn'}.return_from_{side}", left=len(OFF_DEG) - k)
        page.wait_for_function("(words) => window.heard.at(-1) === words", arg=words)
        assert page.evaluate(ANGLES) == []
        camera.show(f"turn-{k}")
    page.wait_for_function("(words) => window.heard.at(-1).endsWith(words)", arg=T("check.active.look"))
    assert page.evaluate(ANGLES) == []
    camera.show("look")
    page.locator(".st-key-download_json").wait_for()
    assert page.evaluate("window.heard.at(0)") == T("check.active.settle_remember")
    assert page.evaluate("window.heard.at(-1)") == T("check.active.done")
    expect(page.get_by_role("heading", name=T("errors.heading"))).to_be_visible()

    with page.expect_download() as download:
        page.locator(".st-key-download_json button").click()
    result = json.loads(download.value.path().read_text("utf-8"))
    assert result["test"] == "joint-position"
    made = [(m["movement"], m["quality"]) for m in result["movements"]]
    sides = ["return_from_left" if turned_to(k, first) > 0 else "return_from_right" for k in range(len(OFF_DEG))]
    assert made == [(side, "good") for side in sides]
    for movement, off in zip(result["movements"], OFF_DEG, strict=True):
        assert movement["error_deg"] == pytest.approx(off, abs=max(2.0, movement["uncertainty_deg"]))
    assert {e["side"]: e["trials"] for e in result["position_errors"]} == {"left": 2, "right": 2, "both": 4}

"""The stage of a check in a browser: what it shows while measuring, and that it fills the window."""

from __future__ import annotations

from typing import Any

from browsers import come_to_rest, resize
from playwright.sync_api import Page

STAGE_SIZES = {"phone": (390, 844), "laptop": (1200, 700), "desktop": (1920, 1080)}
LEAST_WORDS = 0.03
"""Height of a capital, of the window's: 6 mm on a laptop, 14 minutes of arc at 1.5 m."""
CAPITAL_OF_EM = 0.7
NEAREST_FACE = 0.55
"""A head 24 cm high at the nearest distance asked for, 45 cm, in a picture of the assumed lens: of its height."""
STAGE = """
() => {
  for (const place of document.querySelectorAll("[data-testid=stBidiComponentIsolated]")) {
    const at = (selector) => place.shadowRoot.querySelector(selector);
    if (!at("[data-mode=check]")) continue;
    at(".stage").scrollIntoView();
    const box = (selector) => at(selector).getBoundingClientRect().toJSON();
    const em = (selector) => parseFloat(getComputedStyle(at(selector)).fontSize);
    const parts = [".instruction", ".picture", ".gauge", ".stop", ".symptoms"];
    return {
      stage: box(".stage"), parts: Object.fromEntries(parts.map((part) => [part, box(part)])),
      em: Math.min(em(".instruction"), em(".coaching")), below: box(".trials").top, full: !!document.fullscreenElement,
    };
  }
}
"""


def stage_of(page: Page) -> dict[str, Any]:
    """Places of the stage and its parts in the window, the smallest of its words, and whether it fills the screen."""
    found: dict[str, Any] = page.evaluate(STAGE)
    return found


def assert_the_stage_fills(page: Page, gauge: bool = True) -> None:
    """Picture, gauge if there is one, and the one thing to do fill the window; what else there is lies below."""
    width, height = page.evaluate("[innerWidth, innerHeight]")
    seen = stage_of(page)
    assert seen["stage"]["width"] >= 0.97 * width, "but for a scroll bar"
    assert 0.99 * height <= seen["stage"]["height"] <= 1.01 * height
    assert seen["em"] * CAPITAL_OF_EM >= LEAST_WORDS * height
    for name, box in seen["parts"].items():
        assert (box["left"], box["top"]) >= (0, -1), name
        assert (box["right"] <= width, box["bottom"] <= height + 1) == (True, True), name
    picture, dial_height = seen["parts"][".picture"], seen["parts"][".gauge"]["height"]
    video_height = min(picture["height"], picture["width"] * 3 / 4)
    assert dial_height >= NEAREST_FACE * video_height if gauge else dial_height == 0
    assert picture["height"] + dial_height >= 0.5 * height, "not the words, nor emptiness"
    assert seen["below"] >= height - 1


def assert_the_stage_fills_every_window(page: Page, gauge: bool = True) -> None:
    """On a phone, a laptop and a desktop."""
    for width, height in STAGE_SIZES.values():
        resize(page, width, height)
        come_to_rest(page)
        assert_the_stage_fills(page, gauge)

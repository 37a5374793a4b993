"""Firefox has no track processor: its pictures are sent in another way."""

from __future__ import annotations

import pytest
from browsers import PATIENCE_MS
from firefox import firefox, firefox_path

from romcheck.i18n.texts import Texts

pytestmark = pytest.mark.slow("a second browser starts, and its pictures are measured")

CAMERA = """
(() => {
  for (const place of document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')) {
    const camera = place.shadowRoot?.querySelector(".camera");
    if (camera) return camera;
  }
  return null;
})()
"""


def click(tab, selector):
    tab.wait_for(f"!!document.querySelector('{selector}')", PATIENCE_MS / 1000)
    tab.run(f"document.querySelector('{selector}').click()")


def test_pictures_of_firefox_are_measured(served, tmp_path):
    if firefox_path() is None:
        pytest.skip("Firefox is not installed (Debian: apt-get install firefox-esr)")
    with firefox(tmp_path) as tab:
        tab.go(served.start)
        click(tab, ".st-key-therapist button")
        click(tab, ".st-key-next button")
        click(tab, ".st-key-unscreened_0 input")
        click(tab, ".st-key-open button")
        tab.wait_for(f"{CAMERA}?.dataset.mode === 'framing'", PATIENCE_MS / 1000)
        assert not tab.run("'MediaStreamTrackProcessor' in window")
        no_face = Texts("en")("framing.face.none")
        tab.wait_for(f"{CAMERA}.querySelector('.framing').textContent.includes('{no_face}')", PATIENCE_MS / 1000)

"""Faults of a camera, a page or the program: the person is informed, and can continue without a reload."""

from __future__ import annotations

import re
import time
from contextlib import suppress

import psutil
import pytest
from browsers import PATIENCE_MS, application, chromium, press, reach_camera, tick, visit
from playwright.sync_api import expect

from romcheck.i18n.texts import Texts
from romcheck.live.framing import LIMITS

pytestmark = pytest.mark.slow("each fault needs the way to the camera in a real browser, some of them several times")

T = Texts("en")
UNPLUG = """
() => {
  for (const place of document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')) {
    const track = place.shadowRoot.querySelector("video")?.srcObject?.getVideoTracks()[0];
    if (track) { track.stop(); track.dispatchEvent(new Event("ended")); }
  }
}
"""
"""A browser ends the track when its camera is pulled out; this one's camera cannot be."""
HIDE = """
() => {
  Object.defineProperty(document, "hidden", { value: true, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}
"""


def problem(page, code):
    expect(page.locator(".problem")).to_contain_text(T(f"camera.problem.{code}.title"))


def measuring(served):
    """Processes that measure a check, or are ready to."""
    found = []
    for child in psutil.Process(served.process.pid).children(recursive=True):
        with suppress(psutil.Error):  # it has just ended
            found += [child] if "romcheck.live.worker" in child.cmdline() else []
    return found


def framing(page):
    expect(page.locator(".camera")).to_have_attribute("data-mode", "framing")


def begin(page):
    page.locator("button.begin:enabled").click()
    expect(page.locator(".camera")).to_have_attribute("data-mode", "check")


def test_denied_then_allowed(playwright, served, clip):
    browser = chromium(playwright, clip, allow=False)
    context = browser.new_context()
    page = context.new_page()
    reach_camera(page, served.url)
    problem(page, "denied")
    context.grant_permissions(["camera"], origin=served.url)
    framing(page)
    browser.close()


def test_no_camera(playwright, served):
    browser = chromium(playwright, cameras=0)
    page = browser.new_page()
    reach_camera(page, served.url)
    problem(page, "absent")
    browser.close()


def test_busy_then_free(page, served):
    """Another program holds the camera, then lets go of it."""
    page.add_init_script("""
        const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        window.busy = true;
        navigator.mediaDevices.getUserMedia = (wish) =>
          window.busy ? Promise.reject(new DOMException("in use", "NotReadableError")) : open(wish);
    """)
    reach_camera(page, served.url)
    problem(page, "busy")
    page.evaluate("window.busy = false")
    page.locator(".retry").click()
    framing(page)


def test_another_camera_is_chosen_and_remembered_and_another_while_that_one_is_busy(playwright, served):
    browser = chromium(playwright, cameras=2)
    page = browser.new_page()
    reach_camera(page, served.url)
    choice = page.locator(".choice select")
    expect(choice.locator("option")).to_have_count(2)
    first = choice.input_value()
    mine = next(o.get_attribute("value") for o in choice.locator("option").all() if o.get_attribute("value") != first)
    choice.select_option(mine)
    expect(choice).to_have_value(mine)
    page.add_init_script(f"""
        const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = (wish) => wish.video.deviceId?.exact === "{mine}"
          ? Promise.reject(new DOMException("in use", "NotReadableError")) : open(wish);
    """)
    reach_camera(page, served.url)
    problem(page, "busy")
    expect(choice).to_have_value(mine)
    choice.select_option(first)
    framing(page)
    browser.close()


def test_the_distance_told_follows_the_person(page, served):
    """Someone who comes closer reads how far it is now; a change by a centimetre is not read aloud again."""
    visit(page, served.url)
    told = page.evaluate(
        """async ([distance, face]) => {
          const { View } = await import("/romcheck/scripts/view.js");
          const texts = { "framing.distance.nearer": distance, "framing.face": face };
          const view = new View(document.body, { texts, language: "en", movements: ["rotation_left", ""] }, {});
          return [140, 139, 118, 119, 96].map((value) => {
            const items = [
              { name: "face", status: "ok", advice: "", value: null },
              { name: "distance", status: "change", advice: "nearer", value },
            ];
            view.framing({ ready: false, possible: false, items }, true);
            return view.at(".coaching").textContent;
          });
        }""",
        [T("framing.distance.nearer", value="{value}", **LIMITS), T("framing.face")],
    )
    assert told == [T("framing.distance.nearer", value=cm, **LIMITS) for cm in (140, 140, 118, 118, 96)]


def test_insecure_address(page, served):
    """Opened by another name than this computer's own, without https."""
    page.add_init_script("Object.defineProperty(window, 'isSecureContext', { value: false })")
    reach_camera(page, served.url)
    problem(page, "insecure")


def test_what_happens_to_the_camera_is_told_while_framing_and_ends_a_check(page, served):
    """Pulled out and put back; then a picture that changes its size, as a phone that is turned: no angle is measured
    across it; and pulled out once more in the middle of a check.
    """
    reach_camera(page, served.url)
    framing(page)
    page.evaluate(UNPLUG)
    problem(page, "unplugged")
    page.evaluate("navigator.mediaDevices.dispatchEvent(new Event('devicechange'))")
    framing(page)
    page.evaluate("""
        () => {
          for (const place of document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')) {
            const track = place.shadowRoot.querySelector("video")?.srcObject?.getVideoTracks()[0];
            track?.applyConstraints({ width: { exact: 320 }, height: { exact: 240 } });
          }
        }
    """)
    problem(page, "size")
    page.locator(".retry").click()
    framing(page)
    begin(page)
    page.evaluate(UNPLUG)
    expect(page.get_by_text(T("check.passive.stopped.camera_gone"))).to_be_visible()


def test_a_check_that_is_left_is_over_and_the_next_can_begin(page, served):
    """By a reload, for the page before it, for another window: the person is informed each time."""
    reach_camera(page, served.url)
    begin(page)
    page.reload()
    reach_camera(page, served.url)
    expect(page.locator(".note")).to_have_text(T("camera.interrupted"))
    begin(page)
    press(page, "back")
    tick(page, "unscreened_0")
    press(page, "open")
    expect(page.locator(".note")).to_have_text(T("camera.interrupted"))
    framing(page)
    begin(page)
    page.evaluate(HIDE)
    expect(page.get_by_text(T("check.passive.stopped.hidden"))).to_be_visible()
    page.goto("about:blank")
    end = time.monotonic() + PATIENCE_MS / 1000
    while len(measuring(served)) > 1:  # one is kept ready
        assert time.monotonic() < end, "a page that was left still has its measuring process"
        time.sleep(0.2)


def test_two_tabs_do_not_disturb_each_other(page, served):
    """Of one window, as somebody has them: the second opens with the scripts of the first."""
    other = page.context.new_page()
    other.set_default_timeout(PATIENCE_MS)
    for tab in (page, other):
        reach_camera(tab, served.url)
    for tab in (page, other):
        framing(tab)
    other.close()


def test_server_stopped_and_started(new_page, tmp_path):
    """The page says so; what was stated of the camera's lens is still known afterwards."""
    page = new_page()
    lens = page.locator("[data-testid=stExpander] summary")
    stated = T("lens.title", how=T("lens.stated", fov=60))
    with application(tmp_path) as first:
        reach_camera(page, first.url)
        framing(page)  # what is stated is of one camera: until its name is there the field is another
        lens.click()
        # Where the pictures come anew just then, the page is drawn without the form, and it is to be sent again.
        for _ in range(3):
            page.get_by_label(T("lens.fov")).fill("60")
            page.get_by_role("button", name=T("lens.use_fov")).click()
            with suppress(AssertionError):
                expect(lens).to_contain_text(stated, timeout=30_000)
                break
        expect(lens).to_contain_text(stated)
        begin(page)
        port = int(re.search(r":(\d+)$", first.url).group(1))
    problem(page, "lost")
    with application(tmp_path, port=port) as second:
        app = page.locator("[data-testid=stApp]")
        expect(app).to_have_attribute("data-test-connection-state", "CONNECTED")
        page.locator(".retry").click()
        # The state of the visit is lost: it starts again, with its questions, and without a reload.
        expect(page.get_by_role("heading", name=T("welcome.title"))).to_be_visible()
        reach_camera(page, second.url)
        framing(page)
        expect(lens).to_contain_text(stated)

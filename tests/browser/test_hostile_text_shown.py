"""Hostile records in real browsers: shown letter by letter, nothing fetched from elsewhere, every page whole."""

from __future__ import annotations

import json
import re
import time
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from browsers import (
    ALLOWED,
    CHROMIUM,
    PATIENCE_MS,
    PLAYED,
    QUIET,
    QUIET_MS,
    RESTS_WITHIN_MS,
    application,
    chromium_path,
    come_to_rest,
    reach_camera,
    visit,
)
from firefox import firefox, firefox_path
from hostile import CODES, HOSTILE, PAGES, hostile_records
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as NotWithin

from romcheck.i18n.texts import Texts

pytestmark = pytest.mark.slow("every page once in each of two real browsers")

DRAWN = """
() => [...document.querySelectorAll(
  "img:not([src^='data:']):not([src^='blob:']), .katex, [data-testid=stMain] a[href^='javascript'], " +
  "a[href*='evil'], .stMarkdownColoredText, .stMarkdownBadge, " +
  "[data-testid=stMain] [role=img][aria-label*='icon: home'], [data-testid=stMain] b"
)].map((part) => part.outerHTML.slice(0, 200))
"""
"""What Streamlit makes of Markdown, HTML, formulas, colours, icons and addresses."""
SHOWN = r"(text) => document.querySelector('h1')?.innerText.replaceAll('\u2060', '').includes(text)"
OPENED = "(summary) => !summary.isConnected || summary.parentElement.open"
WATCH = """
window.refused = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.refused.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


@pytest.fixture(scope="module")
def hostile_app(tmp_path_factory):
    """The application with records in which every text is hostile; the numbers for the addresses."""
    data = tmp_path_factory.mktemp("hostile")
    numbers = hostile_records(data)
    query = "&".join(f"{name}={number}" for name, number in numbers.items())
    with application(data) as running:
        yield running, query


def asked_elsewhere(log, port, least=100):
    """What pages of this server asked others for, and any trace of the hostile host, in Chromium's log of its network.

    Chromium asks its maker of its own accord too, about the fields of forms for instance. Such requests belong to no
    page: they are the browser's, not ours to tell.
    """
    content = json.loads(log.read_text("utf-8", "replace"))
    kinds = {number: name for name, number in content["constants"]["logEventTypes"].items()}
    own, elsewhere = f"http://127.0.0.1:{port}", set()
    pages = 0
    for event in content["events"]:
        said, kind = event.get("params", {}), kinds[event["type"]]
        if kind in ("URL_REQUEST_START_JOB", "HOST_RESOLVER_MANAGER_REQUEST") and "evil" in json.dumps(said):
            elsewhere.add(json.dumps(said)[:200])
        if kind == "URL_REQUEST_START_JOB" and own in str(said.get("initiator")):
            pages += 1
            if not said["url"].replace("ws://", "http://").startswith((own, "data:", "blob:")):
                elsewhere.add(said["url"][:200])
    assert pages > least, "the log saw nothing"
    return elsewhere


def test_chromium_draws_nothing_and_asks_nobody(playwright, hostile_app, tmp_path):
    running, query = hostile_app
    log, seen, complaints = tmp_path / "net.json", [], []
    browser = playwright.chromium.launch(
        executable_path=chromium_path(), args=[*CHROMIUM, PLAYED, ALLOWED, f"--log-net-log={log}"]
    )
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.add_init_script(WATCH)
    page.on("request", lambda request: seen.append(request.url))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    for name in PAGES:
        visit(page, f"{running.url}/{name}?{query}")
        page.locator("h1").wait_for()
        come_to_rest(page)
        # One after another, outer ones first: opening one shows those inside it, and one that is open is left so.
        while (closed := page.locator("[data-testid=stExpander] details:not([open]) > summary:visible")).count():
            one = closed.first.element_handle()
            one.click()
            with suppress(NotWithin):  # a click is lost while the page is made anew
                page.wait_for_function(OPENED, arg=one, timeout=RESTS_WITHIN_MS)
        come_to_rest(page)
        assert page.evaluate(DRAWN) == [], name
        assert page.evaluate("window.refused") == [], name
        if name == "today":
            shown = page.locator("[data-testid=stMain]").inner_text().replace("\N{WORD JOINER}", "")
            for code in CODES:
                assert code in shown
    visit(page, f"{running.url}/person?{query}")
    page.wait_for_function(SHOWN, arg=HOSTILE[:150].strip())
    reach_camera(page, running.url)
    expect(page.locator(".framing")).to_contain_text(Texts("en")("framing.distance"))  # pictures come and are answered
    come_to_rest(page)
    assert page.evaluate("window.refused") == []
    browser.close()
    assert [one for one in complaints if "Content Security" in one or "Refused" in one] == []
    hosts = {urlsplit(url).netloc for url in seen if not url.startswith(("data:", "blob:"))}
    assert hosts == {urlsplit(running.url).netloc}
    assert asked_elsewhere(log, urlsplit(running.url).port) == set()


def come_true(page: Page, expression: str) -> None:
    """Ask from outside until it is true: Playwright's own waiting evaluates a text in the page from the second look on,
    and the policy stops that too.
    """
    end = time.monotonic() + PATIENCE_MS / 1000
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"never true: {expression}"
        page.wait_for_timeout(100)


def test_the_policy_stops_what_would_slip_through(playwright, hostile_app, tmp_path):
    """A picture of elsewhere, put into the page by hand, is not asked for; nor does a script of the page's text run.

    Without the policy it is asked for, and the browser's log shows it: the log would tell of one that slipped through.
    """
    running, _ = hostile_app
    log = tmp_path / "net.json"
    browser = playwright.chromium.launch(executable_path=chromium_path(), args=[*CHROMIUM, f"--log-net-log={log}"])
    page = browser.new_page()
    page.add_init_script(WATCH)
    failed = []
    page.on("requestfailed", lambda request: failed.append((request.url, request.failure)))
    visit(page, running.url)
    page.locator("h1").wait_for()
    page.evaluate("""() => {
      const pictures = "<img src='http://evil.invalid/p.png'><img src=x onerror='window.ran=1'>";
      document.body.insertAdjacentHTML("beforeend", pictures);
    }""")
    come_true(page, "document.querySelector('img[src=x]').complete && window.refused.length > 1")
    refused = page.evaluate("window.refused")
    assert any(line.startswith("img-src: http://evil.invalid") for line in refused)
    assert page.evaluate("window.ran") is None
    assert all(why == "csp" for url, why in failed if "evil" in url)
    # What the debugger runs itself may do more; a timer of the page may not turn a text into code.
    page.evaluate("() => { setTimeout('window.evaluated = 1', 0); }")
    come_true(page, "window.refused.some((line) => line.includes(': eval '))")
    page.evaluate("() => new Promise((done) => setTimeout(done, 0))")
    assert page.evaluate("window.evaluated") is None
    unguarded = browser.new_context(bypass_csp=True).new_page()
    visit(unguarded, running.url)
    unguarded.locator("h1").wait_for()
    with unguarded.expect_event("requestfailed", lambda request: "slipped" in request.url):
        unguarded.evaluate("() => { new Image().src = 'http://evil.invalid/slipped.png'; }")
    browser.close()
    found = asked_elsewhere(log, urlsplit(running.url).port, least=10)
    assert "http://evil.invalid/slipped.png" in found
    assert not [one for one in found if "p.png" in one]


def test_firefox_draws_nothing(hostile_app, tmp_path):
    if firefox_path() is None:
        pytest.skip("Firefox is not installed (Debian: apt-get install firefox-esr)")
    running, query = hostile_app
    with firefox(tmp_path) as tab:
        tab.before_each_page(WATCH)
        tab.go(running.start)
        tab.wait_for("location.search === '' && !!document.querySelector('h1')", PATIENCE_MS / 1000)
        for name in PAGES:
            tab.go(f"{running.url}/{name}?{query}")
            tab.wait_for(
                "!!document.querySelector('[data-testid=stApp][data-test-script-state=notRunning] h1')",
                PATIENCE_MS / 1000,
            )
            tab.run("document.querySelectorAll('[data-testid=stExpander] summary').forEach((one) => one.click())")
            tab.run(f"({QUIET.strip()})([{QUIET_MS}, {PATIENCE_MS}])")
            assert tab.run(f"JSON.stringify(({DRAWN.strip()})())") == "[]", name
            assert tab.run("JSON.stringify(window.refused)") == "[]", name
            loaded = tab.run("JSON.stringify(performance.getEntriesByType('resource').map((one) => one.name))")
            hosts = {urlsplit(one).netloc for one in json.loads(loaded) if not re.match("data:|blob:", one)}
            assert hosts <= {urlsplit(running.url).netloc}, name

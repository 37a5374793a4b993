"""How a browser gets in: by the page opened at start, by a bookmark after a restart, by the key, by a link."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from browsers import grave_faults
from playwright.sync_api import expect

from romcheck.i18n.texts import Texts
from romcheck.ui.access import KEY_FILE
from romcheck.ui.common import LANGUAGE_COOKIE

pytestmark = pytest.mark.slow("the server starts, and a real browser")

T = Texts("en")


def inside(page, url):
    """The pages are there, and no token is in the address bar or in the way back."""
    expect(page.get_by_role("heading", name=T("welcome.title"))).to_be_visible()
    assert page.url == f"{url}/"


def test_the_start_page_lets_in_and_then_a_bookmark(new_page, served):
    """A restart leaves the cookie as good as it was: tests/ui/test_guard.py."""
    page = new_page()
    page.goto((served.data / f"start-{urlsplit(served.url).port}.html").as_uri())
    inside(page, served.url)
    assert [
        c["httpOnly"] and c["sameSite"] == "Strict" for c in page.context.cookies() if c["name"] != "_streamlit_xsrf"
    ]
    assert not page.evaluate("document.cookie.includes('romcheck')")
    page.goto("about:blank")
    page.goto(served.url)
    inside(page, served.url)


@pytest.mark.parametrize("size", [(1200, 900), (390, 844)])
def test_a_stranger_finds_the_door_and_the_key_opens_it(new_page, served, size):
    page = new_page(*size)
    page.goto(f"{served.url}/settings")
    expect(page.get_by_role("heading", name=T("access.title"))).to_be_visible()
    assert grave_faults(page) == {}
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.get_by_label(T("access.key")).fill("wrong")
    page.get_by_role("button", name=T("access.open")).click()
    expect(page.get_by_role("alert")).to_have_text(T("access.wrong"))
    page.get_by_label(T("access.key")).fill((served.data / KEY_FILE).read_text("utf-8").strip())
    page.get_by_role("button", name=T("access.open")).click()
    expect(page.get_by_role("heading", name=T("settings.title"))).to_be_visible()
    assert not re.search("token|key", page.url)


def test_a_language_chosen_is_kept_when_the_page_is_loaded_again(new_page, served):
    page = new_page()
    page.goto(served.start)
    page.get_by_text("Français", exact=True).click()
    french = page.get_by_role("heading", name=Texts("fr")("welcome.title"))
    expect(french).to_be_visible()
    while not any(cookie["name"] == LANGUAGE_COOKIE for cookie in page.context.cookies()):
        page.wait_for_timeout(100)
    page.goto("about:blank")
    page.goto(served.url)
    expect(french).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "fr")


def test_a_link_of_another_page_needs_one_click(new_page, served, tmp_path):
    page = new_page()
    page.goto(served.start)
    inside(page, served.url)
    (tmp_path / "elsewhere.html").write_text(f'<a href="{served.url}/">there</a>', "utf-8")
    page.goto((tmp_path / "elsewhere.html").as_uri())
    page.get_by_role("link", name="there").click()
    page.get_by_role("link", name=T("access.go_on")).click()
    inside(page, served.url)

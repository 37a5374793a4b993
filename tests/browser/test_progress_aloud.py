"""A person's progress on a phone: large words, the same read aloud, and a word where there is no voice."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from browsers import application, come_to_rest, grave_faults, visit
from playwright.sync_api import expect
from returns import give_ears
from test_reachable import WIDEST

from romcheck.clinical import Conditions
from romcheck.i18n.texts import Texts
from romcheck.records.demo_motion import made_up
from romcheck.records.entries import Person, Visit
from romcheck.records.store import Records

pytestmark = pytest.mark.slow("an application with records of its own, in a real browser")

T = Texts("en")
LARGE_PX = 20
WORDS = """
() => [...document.querySelectorAll("[data-testid=stHtml] p")].map((p) => parseFloat(getComputedStyle(p).fontSize))
"""


@pytest.fixture(scope="module")
def months(tmp_path_factory):
    """Somebody whose right side goes further than a month ago."""
    data = tmp_path_factory.mktemp("months")
    now = datetime.now(timezone.utc)
    with Records(data, by="tester") as records:
        person = records.add_person(Person("P-1"))
        for week, right in enumerate((24, 25, 24, 50, 50)):
            ago = timedelta(7 * (4 - week))
            seen = records.add_visit(Visit(person.id, date.today() - ago))
            made = made_up("flexion-rotation", 44, right, seed=week)
            records.add_measurement(seen.id, *made, Conditions(camera="desk"), measured_at=now - ago)
    with application(data) as running:
        yield running


def test_what_is_shown_in_large_words_is_read_aloud(new_page, months):
    page = new_page(390, 844)
    give_ears(page)
    visit(page, f"{months.url}/progress?person=1")
    page.get_by_role("button", name=T("progress.read")).click()
    come_to_rest(page)
    heard, shown = page.evaluate("window.heard"), page.locator("[data-testid=stMain]").inner_text()
    assert heard[0] == T("progress.side.rotation_left") + "."
    assert T("progress.start.more") in heard
    assert heard[-1] == T("progress.know")
    assert [sentence for sentence in heard if sentence.removesuffix(".") not in shown] == []
    assert min(page.evaluate(WORDS)) >= LARGE_PX
    assert page.evaluate(WIDEST) <= 1
    assert grave_faults(page) == {}
    page.emulate_media(color_scheme="dark")
    come_to_rest(page)
    assert grave_faults(page) == {}


def test_without_a_voice_of_this_computer_the_page_says_so(new_page, months):
    page = new_page()
    visit(page, f"{months.url}/progress?person=1")
    expect(page.get_by_text(T("progress.no_voice"))).to_be_visible()
    expect(page.get_by_role("button", name=T("progress.read"))).to_be_hidden()

"""A therapist's minute: from the patient in the list to the result kept, counted in clicks and in waiting."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from browsers import PATIENCE_MS, application, calibrate, come_to_rest, press, visit
from driven import SIZE, DrivenCamera, T, do_what_is_asked, of_flexion_rotation

from romcheck.clinical import Conditions, Treatment
from romcheck.records.clinic import Screening
from romcheck.records.demo_motion import made_up
from romcheck.records.entries import Person, Visit
from romcheck.records.store import Records

pytestmark = pytest.mark.slow("two whole checks of three trials a side, at the speed of a person")

DOCS = Path(__file__).resolve().parents[2] / "docs" / "check.md"
MINUTE_S = 60.0
CLICK_S = 3.0
"""To find, point at and press: 1.35 + 1.1 + 0.2 s (Card, Moran and Newell, Communications of the ACM 23, 1980)."""
BESIDE = {T(f"phase.{name}") for name in ("turn", "hold", "back", "done")}
"""The turns, and computing the result, which takes as long as the machine does."""
HOW = Conditions("passive", "supine", "therapist", camera="desk", practice=0, rest=True)


def promised() -> tuple[int, int]:
    """Clicks of the first check of a day and of the next, as the document has them."""
    text = DOCS.read_text("utf-8").split("## A therapist's minute")[1].split("\n## ")[0]
    rows = re.findall(r"^\|[^|\n]+\| (\d) \| (\d)? *\|", text, re.MULTILINE)
    assert len(rows) > 3
    return sum(int(first) for first, _ in rows), sum(int(next_ or 0) for _, next_ in rows)


@pytest.fixture
def clinic(sample_videos, tmp_path):
    """A patient measured and treated a week ago."""
    data = tmp_path / "records"
    with Records(data, by="tester") as records:
        person = records.add_person(Person("P-017"))
        last = records.add_visit(Visit(person.id, date.today() - timedelta(7)))
        new = Screening(person.id, last.on, last.id, planned="snag", systolic=124, diastolic=79).all_clear()
        records.clinic.add_screening(new)
        records.add_measurement(last.id, *made_up("flexion-rotation", 44, 30, seed=1), HOW)
        records.course.add_treatment(Treatment(person.id, last.on, "snag", last.id))
    camera = tmp_path / "driven"
    calibrate(data, camera, sample_videos / "flexion_rotation.camera.json")
    with application(data) as running:
        yield running, str(camera.resolve())


def test_a_check_takes_a_minute_besides_the_turns(new_page, clinic, sample_videos):
    served, name = clinic
    camera = DrivenCamera(new_page(**SIZE), name, of_flexion_rotation(sample_videos / "flexion_rotation.mp4"))
    page = camera.page
    first, next_ = promised()
    visit(page, f"{served.url}/today")
    page.locator(".st-key-row_all_1").wait_for()

    def check(key: str) -> None:
        press(page, key)
        if "measure" not in key:
            press(page, "reaction_nothing")
            press(page, "screened_as_before")
            page.get_by_text("Recorded as unchanged since").wait_for()
        press(page, "open")
        page.locator(".camera.good").wait_for()
        page.locator("button.begin").click()
        do_what_is_asked(camera, page.locator(".st-key-keep").is_visible)
        press(page, "keep")
        page.get_by_text("Saved: P-017").wait_for(timeout=PATIENCE_MS)

    check("test_all_1")
    assert camera.presses == first
    seconds = camera.seconds
    waited_s = sum(passed for shown, passed in seconds.items() if shown and shown not in BESIDE)
    assert {T("phase.flex"), T("phase.up")} <= set(seconds)
    assert first * CLICK_S + waited_s <= MINUTE_S, seconds
    page.get_by_role("link", name="To the visit").click()
    page.locator(".st-key-measure_after").wait_for()
    come_to_rest(page)
    before = camera.presses
    check("measure_after")
    assert camera.presses - before == next_
    with Records(served.data) as records:
        *_, one, other = records.measurements(1)
        assert one.conditions.rest is other.conditions.rest is True
        assert (one.conditions.timing, other.conditions.timing) == ("before", "after")
        assert (one.conditions.mode, other.conditions.posture) == ("passive", "supine")
        assert [len(s.trials) for s in one.result.summary] == [3, 3]
        # After the treatment the same head is measured in the same map.
        assert other.result.mapped_with == (one.result.source.sha256,)

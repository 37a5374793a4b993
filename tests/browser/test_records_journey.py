"""A therapist's hour in a real browser: new patient, measurement, SNAG, measurement, before and after, report."""

from __future__ import annotations

import io
import json
import math
import re
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pypdf
import pytest
from browsers import come_to_rest, grave_faults, press, resize, tick, unfold, visit
from driven import do_what_is_asked, of_flexion_rotation
from leaving import ASKS, stay
from occasions import occasion
from playwright.sync_api import TimeoutError as NotWithin
from playwright.sync_api import expect
from scipy.stats import t as student

from romcheck.clinical import Conditions, DiaryDay, Treatment
from romcheck.exchange.files import write_measurement
from romcheck.records.demo_motion import made_up
from romcheck.records.entries import Person
from romcheck.records.store import Records
from romcheck.records.treatment_plan import TreatmentPlan

pytestmark = pytest.mark.slow("a person's way through many pages in a real browser")

AFTER = {"rotation_left": (44.6, 45.0, 45.9), "rotation_right": (37.2, 38.9, 38.1)}


def changes(before, after):
    """Change and half-width of each side from two results, as docs/change.md has it; the lens is calibrated."""

    def used(result):
        return {
            s["movement"]: [
                m["angle_deg"]
                for m in result["movements"]
                if m["movement"] == s["movement"] and m["trial"] in s["trials"]
            ]
            for s in result["summary"]
        }

    def pooled(groups):
        freedom = sum(len(g) - 1 for g in groups)
        return math.sqrt(sum((len(g) - 1) * np.var(g, ddof=1) for g in groups if len(g) > 1) / freedom), freedom

    assert before["camera"]["known"] == after["camera"]["known"] == "calibrated"
    one, two = used(before), used(after)
    s, freedom = pooled([*one.values(), *two.values()])
    out = {}
    for side in one:
        u2 = 0.0
        for result, angles in ((before, one), (after, two)):
            own, own_freedom = pooled(list(angles.values()))
            stated = next(x["uncertainty_deg"] for x in result["summary"] if x["movement"] == side)
            # The spread of a result's own trials is joined with a typical one of 2.5° worth 4 degrees of freedom.
            joined = math.sqrt((own_freedom * own**2 + 4 * 2.5**2) / (own_freedom + 4))
            trials = student.ppf(0.975, own_freedom + 4) * joined / math.sqrt(len(angles[side]))
            u2 += max(0.0, stated**2 - trials**2) / 1.959964**2
        of_mean = student.ppf(0.975, freedom) * s * math.sqrt(1 / len(one[side]) + 1 / len(two[side]))
        out[side] = np.mean(two[side]) - np.mean(one[side]), math.hypot(1.959964 * math.sqrt(u2), of_mean)
    return out


def number(shown):
    return float(shown.replace("−", "-"))


def new_patient(page, url, code):
    visit(page, f"{url}/today")
    come_to_rest(page)
    page.locator(".st-key-new_person summary").click()
    page.locator(".st-key-person_new_0_code input").fill(code)
    page.locator(".st-key-person_new_0_birth_year input").fill("1985")
    come_to_rest(page)
    press(page, "add_person")
    page.locator(".st-key-visit_today").wait_for()


def choose(page, box, words):
    """Choose from a list; a list that the page closes at once, while it still scrolls or renders, is opened again."""
    option = page.get_by_role("option", name=words, exact=True)
    for _ in range(5):
        come_to_rest(page)
        page.locator(f".st-key-{box}").get_by_role("combobox").click()
        with suppress(NotWithin):
            option.click(timeout=5000)
            return
    raise AssertionError(f"{words!r} is not to be had of {box}")


def snag(page):
    box = page.locator(".st-key-new_treatment")
    level = page.locator("[class*=st-key-treatment_new_0_treated_level] input")
    level.or_(box.locator("summary")).first.wait_for()
    if not level.is_visible():
        box.locator("summary").click()
    choose(page, "treatment_new_0_treated_level", "C1–2")
    page.locator("[class*=st-key-treatment_new_0_repetitions] input").fill("6")
    press(page, "add_treatment")
    page.get_by_text("C1–2, 6 ×").wait_for()


def report_text(page):
    """Text of the referrer's report."""
    page.get_by_role("link", name="Make a report").click()
    page.locator(".st-key-report_kind").get_by_text("the referrer").click()
    expect(page.locator("img[alt^='Preview of the report']")).to_be_visible()
    expect(page.locator(".st-key-report_kind").get_by_role("radio", name="the referrer")).to_be_checked()
    with page.expect_download() as download:
        press(page, "download_pdf")
    content = download.value.path().read_bytes()
    assert download.value.suggested_filename.endswith(".referrer.pdf")
    (only,) = pypdf.PdfReader(io.BytesIO(content)).pages
    return re.sub(r"[\s\u00a0\u202f]+", " ", only.extract_text())


def take_in(page, files, camera, minutes):
    come_to_rest(page)  # before that two of it may stand there
    box = page.locator(".st-key-bring_in")
    if not box.locator("input[type=file]").count() or not box.locator("[data-testid=stFileUploader]").is_visible():
        box.locator("summary").click()
    box.locator("input[type=file]").set_input_files(files)
    expect(box.get_by_text(files[0].name)).to_be_visible()
    box.locator("[class*=_camera] input").fill(camera)
    box.locator("[class*=_minutes_since_treatment] input").fill(str(minutes))
    press(page, "take_in")
    page.get_by_text("Results imported: 1").wait_for()


def assert_sound(page):
    """The page has no grave fault for screen readers and fits, as wide as it is and as wide as a phone."""
    usual = page.viewport_size
    for size in (usual, {"width": 390, "height": 844}):
        page.set_viewport_size(size)
        come_to_rest(page)
        assert grave_faults(page) == {}, size
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, size
    page.set_viewport_size(usual)


def test_from_a_new_patient_to_the_report(driven, served, sample_videos, tmp_path):
    """Before a SNAG a check with two trials a side; after it the result of a video, as if of the same camera."""
    camera = driven(of_flexion_rotation(sample_videos / "flexion_rotation.mp4"), "flexion_rotation")
    page = camera.page
    new_patient(page, served.url, "C-001")
    press(page, "visit_today")
    press(page, "measure_before")
    page.locator(".st-key-moved_by").get_by_text("The person (active)").click()
    page.locator(".st-key-trials input").fill("2")
    press(page, "next")
    page.get_by_text("Measuring C").wait_for()
    tick(page, "unscreened_0")
    press(page, "open")
    page.locator(".camera.good").wait_for()
    page.locator("button.begin").click()
    do_what_is_asked(camera, page.locator(".st-key-download_json").is_visible)
    with page.expect_download() as download:
        page.locator(".st-key-download_json button").click()
    results = [json.loads(download.value.path().read_text("utf-8"))]
    assert_sound(page)
    stay(page)
    press(page, "keep")
    page.get_by_text("Saved: C").wait_for()
    come_to_rest(page)
    assert not page.evaluate(ASKS), "the result is saved"
    page.get_by_role("link", name="To the visit").click()
    snag(page)

    with Records(served.data) as records:
        (line,) = records.people("C-001")
        (first,) = records.measurements(line.person.id)
    made = occasion(AFTER, lens=first.result.camera, frames=True)
    after = replace(made.result, software=first.result.software)
    files = write_measurement(after, made.frames, tmp_path, "after")
    results.append(json.loads(files[0].read_text("utf-8")))
    take_in(page, list(files), first.conditions.camera, minutes=10)

    page.get_by_role("link", name="Before and after at this visit").click()
    page.get_by_role("heading", name="What changed").wait_for()
    page.get_by_role("link", name="Make a report").wait_for()
    assert_sound(page)
    found = changes(*results)
    shown = page.locator("[data-testid=stMain]").inner_text()
    said = re.findall(r"(\S+)°\s+(\S+)° … (\S+)°", shown)
    # The page rounds what it computed from unrounded numbers.
    assert [[number(value) for value in row] for row in said] == [
        pytest.approx([change, change - half, change + half], abs=0.11) for change, half in found.values()
    ]
    assert "SNAG (C1–2, 6 ×)" in shown
    assert "worked" not in shown
    text = report_text(page)
    assert text.index("At a glance") < text.index("On the day") < text.index("Verdict")
    for row in said:
        assert f"{row[0]}°" in text
        assert f"{row[1]}° … {row[2]}°" in text
    assert_sound(page)
    with Records(served.data) as records:
        assert {m.conditions.timing for m in records.measurements(line.person.id)} == {"before", "after"}
        assert "report" in [entry.detail for entry in records.audit(line.person.id)]


PAGES = (
    "today",
    "person?person={person}",
    "visit?person={person}&visit={visit}",
    "before-after?person={person}",
    "over-time?person={person}",
    "replay?person={person}&measurement={measurement}",
    "report?person={person}",
    "keeping",
    "own",
)


CHARTS = """
() => [...document.querySelectorAll("[class*=st-key-chart_] img")].filter((img) => img.offsetParent).map((img) => {
  const { left, right, width } = img.getBoundingClientRect();
  return [left, right, width / img.naturalWidth];
})
"""
LEAST_SCALE = 0.95
"""Of a chart as drawn, with words 11 px high."""


@pytest.fixture
def full(served):
    """The numbers of a person with complete records and of the visit."""
    with Records(served.data, by="tester") as records:
        person = records.add_person(Person("P-017", "Ana", 1985, "female", "left", "works at a screen"))
        visit = records.visit_on(person.id)
        for timing, right in (("before", 28), ("after", 39)):
            result, frames = made_up("flexion-rotation", 44, right, seed=right)
            how = Conditions(camera="desk", timing=timing, pain_now=2, headache_now=False)
            measured = records.add_measurement(visit.id, result, frames, how)
        records.course.add_treatment(Treatment(person.id, visit.on, "snag", visit.id, level="C1-2"))
        records.course.add_treatment_plan(TreatmentPlan(person.id, visit.on))  # with hours chosen for reminders
        for day in range(40):
            when = visit.on.fromordinal(visit.on.toordinal() - day)
            records.course.write_diary(DiaryDay(person.id, when, day % 3 == 0, exercise_times=2))
    return {"person": person.id, "visit": visit.id, "measurement": measured.id}


def test_no_grave_fault_for_screen_readers_and_nothing_sticks_out(page, served, full):
    for address in PAGES:
        visit(page, f"{served.url}/{address.format(**full)}")
        page.locator("h1").wait_for()
        unfold(page)
        for width in (1280, 390):
            resize(page, width, 844)
            come_to_rest(page)
            assert grave_faults(page) == {}, (address, width)
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (address, width)
        for width in (390, 320):
            resize(page, width, 844)
            come_to_rest(page)
            for left, right, scale in page.evaluate(CHARTS):
                assert 0 <= left < right <= width, (address, "scrolls sideways")
                assert scale >= LEAST_SCALE, (address, width, "words too small")

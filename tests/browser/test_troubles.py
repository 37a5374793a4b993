"""Problems in front of a camera: the person is informed, and nothing unseen is measured."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from browsers import reach_camera
from playwright.sync_api import expect
from scenes import Scene

from romcheck.i18n.texts import Texts
from romcheck.live.framing import LIMITS

pytestmark = pytest.mark.slow("what a person does before the camera, at the speed of a person")

T = Texts("en")


def few(key: str, name: str) -> re.Pattern[str]:
    """A sentence with a number below ten in it: a busy machine sees less than the camera gives."""
    return re.compile(re.escape(T(key, **LIMITS, **{name: "NUMBER"})).replace("NUMBER", r"\d"))


def result_of(page, folder: Path):
    """The result as it is downloaded."""
    with page.expect_download() as download:
        page.locator(".st-key-download_json button").click()
    download.value.save_as(folder / "result.json")
    return json.loads((folder / "result.json").read_text("utf-8"))


def test_a_second_face_keeps_a_check_from_beginning_and_a_lost_one_is_told(driven, served, sample_videos, tmp_path):
    """A second face that is gone again, later one that never moves, which is a picture, and a person who leaves."""
    sample = Scene(sample_videos / "rotation.mp4")
    parts = {
        "company": sample.again().still(1, company=True).pictures,
        "alone": sample.again().still(1).pictures,
        "left": sample.again().part(1.6, 7.5).pictures,
        "right": sample.again().part(7.5, 13.4, company_s=(9.2, 11.0)).pictures,
        "out-and-away": sample.again().part(13.4, 15.4).nobody(1).pictures,
    }
    camera = driven(parts, "rotation")
    page = camera.page
    reach_camera(page, served.url, test=T("test.rotation"))
    expect(page.locator(".coaching")).to_have_text(T("framing.face.company"))
    camera.show("alone")
    page.locator(".camera.good").wait_for()
    page.locator("button.begin").click()
    for turn in ("left", "right", "out-and-away"):
        expect(page.locator(".ring text")).to_have_text(T("phase.turn"))
        camera.show(turn)
    expect(page.locator(".instruction")).to_have_text(T("check.passive.lost.turned"))
    gone = (T(f"check.passive.stopped.{why}") for why in ("left", "face_gone"))
    expect(page.get_by_text(re.compile("|".join(map(re.escape, gone))))).to_be_visible()
    result = result_of(page, tmp_path)
    truth = json.loads((sample_videos / "rotation.json").read_text("utf-8"))["holds"]
    counted = [m for m in result["movements"] if m["quality"] != "rejected"]
    assert {m["movement"] for m in counted} >= {"rotation_left"}
    left = next(m for m in counted if m["movement"] == "rotation_left")
    assert left["angle_deg"] == pytest.approx(truth[1]["rotation_deg"], abs=2.5)
    for m in counted:
        assert m["angle_deg"] < max(hold["rotation_deg"] for hold in truth) + 2.5 or m["movement"] == "rotation_right"
        assert "face_lost" in m["reasons"] or not m["at_least"]


def test_a_camera_that_slows_down_is_told(driven, served, sample_videos):
    sample = Scene(sample_videos / "flexion_rotation.mp4")
    camera = driven({"alone": sample.still(1).pictures}, "flexion_rotation")
    page = camera.page
    reach_camera(page, served.url)
    page.locator(".camera.good").wait_for()
    camera.slow_down(5)
    expect(page.locator(".coaching")).to_have_text(few("framing.frame_rate.slow", "value"))
    page.locator("button.begin").click()
    expect(page.locator(".coaching")).to_have_text(few("check.passive.frame_rate_low", "rate"))
    page.keyboard.press(" ")
    # Whether a turn fell into the few seconds is up to the clip; one that did is doubted.
    none, trials = page.get_by_text(T("result.none")), page.locator(".st-key-trials_box")
    expect(none.or_(trials)).to_be_visible()
    assert none.is_visible() or T("reason.frame_rate_low") in (trials.text_content() or "")

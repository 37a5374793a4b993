"""Someone measures alone, from the first page to the result, without a hand but at the start."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browsers import PATIENCE_MS, answer_safety, press, tick, visit
from driven import do_what_is_asked, of_flexion_rotation
from playwright.sync_api import expect

from romcheck.measure import measure

pytestmark = pytest.mark.slow("a practice and three trials a side at the speed of a person: more than a minute")


def test_whole_self_check(driven, served, sample_videos, tmp_path):
    """One trial a side to practise, then three; of half the pictures, as angles are not the matter."""
    camera = driven(of_flexion_rotation(sample_videos / "flexion_rotation.mp4"), "flexion_rotation")
    page = camera.page
    hosts = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc.split(":")[0]))
    page.on("websocket", lambda socket: hosts.add(urlsplit(socket.url).hostname))
    visit(page, served.url)
    press(page, "self")
    press(page, "next")
    answer_safety(page)
    page.locator(".st-key-pain_before_0").get_by_text("2", exact=True).click()
    page.locator(".st-key-headache_0").get_by_text("No", exact=True).click()
    tick(page, "keep_0")
    press(page, "open")

    page.locator(".camera.good").wait_for()
    page.locator("button.begin").click()
    done = do_what_is_asked(camera, page.locator("[class*=st-key-pain_after]").is_visible)
    assert done.count("up") == 4, "once after the practice, and after each pair"
    page.locator("[class*=st-key-pain_after]").get_by_text("2", exact=True).click()
    press(page, "show")
    # The picture is drawn under the page's own policy: an arc to either side, and its description.
    picture = page.locator(".st-key-result_drawing svg[role=img]")
    expect(picture.locator("path.arc")).to_have_count(2, timeout=PATIENCE_MS)
    # The video that was to be kept plays beside its curve, before anything is saved in the records.
    expect(page.locator(".replay figure[data-pictures=there]")).to_have_count(1, timeout=PATIENCE_MS)
    expect(page.locator(".replay .curve rect.hold")).to_have_count(1)
    with page.expect_download() as download:
        page.locator(".st-key-download_json button").click()
    download.value.save_as(tmp_path / "result.json")

    result = json.loads((tmp_path / "result.json").read_text("utf-8"))
    truth = json.loads((sample_videos / "flexion_rotation.json").read_text("utf-8"))["holds"]
    assert result["camera"]["known"] == "calibrated"
    used = [m for m in result["movements"] if m["quality"] != "rejected"]
    for side, name in (("left", "frt_left"), ("right", "frt_right")):
        held = [abs(hold["rotation_deg"]) for hold in truth if hold["name"] == name]
        angles = [m["angle_deg"] for m in used if m["movement"] == f"rotation_{side}"]
        assert len(angles) >= 3
        # The angle shows which of the clip's turns it was.
        errors = [angle - min(held, key=lambda known, angle=angle: abs(angle - known)) for angle in angles]
        assert max(abs(error) for error in errors) < 4
    video = newest(served.data / "videos")
    assert video.name == result["source"]["file"]
    kept = measure(video, test="flexion-rotation", camera=sample_videos / "flexion_rotation.camera.json")
    assert [m.movement for m in kept.result.movements] == [m["movement"] for m in result["movements"]]
    for again, stored in zip(kept.result.movements, result["movements"], strict=True):
        assert again.angle_deg == pytest.approx(stored["angle_deg"], abs=0.5)
    assert hosts - {""} == {"127.0.0.1"}  # pictures inside the page have no host


def newest(folder: Path) -> Path:
    return max(folder.glob("*.mkv"), key=lambda file: file.stat().st_mtime)

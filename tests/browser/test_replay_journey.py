"""Before and after played in a real browser: in step with the curve, blurred, drawn, by keyboard, on a phone."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace

import pytest
from browsers import application, come_to_rest, resize, visit
from playwright.sync_api import expect
from recordings import numbered, write_video
from test_records_journey import assert_sound

from romcheck.clinical import Conditions
from romcheck.places import VIDEOS
from romcheck.records.demo_motion import made_up
from romcheck.records.entries import Person
from romcheck.records.store import Records
from romcheck.records.videos import video_of
from romcheck.reports.replay import take

pytestmark = pytest.mark.slow("a person's way through several pages in a real browser")

FPS, PICTURES = 10, 150
"""Of the video before, whose pictures get lighter one by one."""
STATE = """
() => {
  const replay = [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")]
    .map((place) => place.shadowRoot?.querySelector(".replay")).find(Boolean);
  const light = (canvas) => {
    const { data, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let sum = 0, steps = 0;
    for (let at = 0; at < data.length; at += 4) {
      sum += data[at];
      if ((at / 4) % width > 1) steps += Math.abs(data[at] - data[at - 8]);
    }
    return [sum / (data.length / 4), steps / (data.length / 4)];
  };
  const box = (of) => of.getBoundingClientRect();
  return {
    now: Number(replay.dataset.now),
    said: replay.querySelector(".time").getAttribute("aria-valuetext"),
    cursor: box(replay.querySelector(".cursor")).x,
    holds: [...replay.querySelectorAll(".curve rect.hold")].map((hold) => [box(hold).left, box(hold).right]),
    shown: [...replay.querySelectorAll("canvas")].map((canvas) => ({
      time: Number(canvas.dataset.time), drawn: Number(canvas.dataset.drawn), light: light(canvas),
    })),
  };
}
"""


def with_video(measured, path):
    """The measurement as if it had been made of this video."""
    result, frames = measured
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return replace(result, source=replace(result.source, file=path.name, sha256=sha256)), frames


@pytest.fixture(scope="module")
def clinic(tmp_path_factory, one_turn):
    """Somebody filmed before and after, and somebody of whom no video was kept."""
    data = tmp_path_factory.mktemp("replay")
    with Records(data, by="tester") as records:
        (data / VIDEOS).mkdir()
        grey = write_video(data / VIDEOS / "before.mkv", numbered(PICTURES, 320, 240), fps=FPS)
        head = shutil.copy(one_turn, data / VIDEOS / "after.mkv")
        for code, videos in (("R-1", (grey, head)), ("R-2", (None, None))):
            visited = records.visit_on(records.add_person(Person(code)).id)
            for timing, left, video in zip(("before", "after"), (40, 58), videos, strict=True):
                measured = made_up("rotation", left, 50, seed=left, trials=1)
                measured = measured if video is None else with_video(measured, video)
                records.add_measurement(visited.id, *measured, Conditions(camera="desk", timing=timing))
    with application(data) as running:
        yield running


def replayed(page, address, pictures):
    visit(page, address)
    page.locator(".replay").wait_for()
    there(page, pictures)


def there(page, pictures):
    """Wait until so many scenes show their pictures."""
    come_to_rest(page)
    expect(page.locator("figure[data-pictures=there]")).to_have_count(pictures)
    expect(page.locator("figure[data-pictures=loading]")).to_have_count(0)
    if pictures:
        page.wait_for_function(f"() => ({STATE})().shown.every((one) => one.time >= 0 || one.drawn > -99)")


def state(page):
    return page.evaluate(STATE)


def takes_of(clinic, person=1):
    with Records(clinic.data, by="tester") as records:
        return [take(m.result, records.frames(m.id), m.result.movements[0]) for m in records.measurements(person)]


def assert_in_step(seen, takes, zeros):
    """Each scene shows the picture of the moment under the cursor."""
    for shown, one, zero in zip(seen["shown"], takes, zeros, strict=True):
        wanted = min(max(seen["now"] + zero, one.start_s), one.end_s)
        assert shown["time"] == pytest.approx(wanted, abs=0.75 / FPS)
    time_s, (grey, _) = seen["shown"][0]["time"], seen["shown"][0]["light"]
    assert grey == pytest.approx(20 + round(time_s * FPS) * 200 // (PICTURES - 1), abs=3)


def test_before_and_after_play_in_step_with_their_curves(page, clinic):
    takes = takes_of(clinic)
    replayed(page, f"{clinic.url}/before-after?person=1", 2)
    first = state(page)
    moments = [one.moment_s for one in takes]
    assert first["now"] == pytest.approx(0, abs=0.03)
    assert_in_step(first, takes, moments)
    assert len(first["holds"]) == 2
    assert all(left < first["cursor"] < right for left, right in first["holds"])
    assert "before" in first["said"]
    assert "after" in first["said"]

    page.locator(".time").focus()
    page.keyboard.press("Home")
    page.locator("button.play").focus()
    page.keyboard.press("Space")
    page.wait_for_function(f"(from) => ({STATE})().now > from + 1.5", arg=state(page)["now"])
    page.keyboard.press("Space")
    expect(page.locator("button.play")).to_have_text("Play")
    come_to_rest(page)
    played = state(page)
    assert played["cursor"] != first["cursor"]
    assert_in_step(played, takes, moments)

    page.locator(".time").focus()
    page.keyboard.press("ArrowRight")
    come_to_rest(page)
    assert state(page)["now"] == pytest.approx(played["now"] + 0.04, abs=0.03)
    page.locator(".controls button.hold").click()
    assert state(page)["now"] == pytest.approx(0, abs=0.03)

    page.locator(".st-key-replay_align").get_by_text("the start of the movement").click()
    page.wait_for_function(f"() => ({STATE})().now > 1")
    there(page, 2)
    assert_in_step(state(page), takes, [one.movement.start_s for one in takes])
    assert_sound(page)


def test_blurred_or_drawn_on_request(page, clinic):
    replayed(page, f"{clinic.url}/before-after?person=1", 2)
    sharp = state(page)["shown"][1]["light"][1]
    with page.expect_response(lambda answer: "blurred=1" in answer.url):
        page.locator(".st-key-replay_show").get_by_text("Video with faces blurred").click()
    page.get_by_text("Faces are blurred on the way").wait_for()
    there(page, 2)
    assert state(page)["shown"][1]["light"][1] < 0.8 * sharp
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator(".st-key-replay_show").get_by_text("Drawing of a head").click()
    there(page, 0)
    page.locator("canvas[data-drawn]").first.wait_for()
    assert not [url for url in asked if "/romcheck/replay" in url]
    page.set_viewport_size({"width": 390, "height": 844})
    assert_sound(page)


def test_without_a_video_a_head_is_drawn_that_turns_with_the_curve(page, clinic):
    replayed(page, f"{clinic.url}/before-after?person=2", 0)
    assert not page.locator(".st-key-replay_show").count()
    expect(page.get_by_text("No video of this measurement was kept.").first).to_be_visible()
    turned = state(page)
    assert [one["drawn"] for one in turned["shown"]] == pytest.approx([0, 0], abs=0.1)
    page.locator(".time").focus()
    page.keyboard.press("Home")
    come_to_rest(page)
    ahead = state(page)
    for one, other in zip(turned["shown"], ahead["shown"], strict=True):
        assert one["drawn"] > other["drawn"]
        assert one["light"] != other["light"]
    assert_sound(page)
    # On a narrow phone the name of a measurement does not fit into its field.
    resize(page, 320, 640)
    chosen = page.locator("[class*=st-key-before_]")
    expect(chosen.locator(".romcheck-chosen")).to_have_text(chosen.locator("input").input_value())
    resize(page, 1280, 800)
    expect(page.locator(".romcheck-chosen")).to_have_count(0)


def test_one_measurement_from_its_visit_and_what_is_said_of_a_video_that_changed(page, clinic):
    visit(page, f"{clinic.url}/visit?person=1&visit=1")
    come_to_rest(page)
    page.locator(".st-key-measurement_1").get_by_role("link", name="Replay").click()
    page.locator(".replay").wait_for()
    there(page, 1)
    assert len(state(page)["shown"]) == 1
    assert_sound(page)
    with Records(clinic.data, by="tester") as records:
        path = video_of(records, 1)
        assert "video of measurement 1" in [line.detail for line in records.audit(1)]
    path.chmod(0o600)
    with path.open("ab") as file:
        file.write(b"more")
    page.reload()
    expect(page.locator("figure[data-pictures=failed] .told")).to_contain_text("has changed since it was measured")
    expect(page.locator("figure[data-pictures=failed] .told")).to_contain_text("The drawing is shown instead.")
    page.locator("canvas[data-drawn]").wait_for()

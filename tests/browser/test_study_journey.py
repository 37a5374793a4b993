"""A researcher's afternoon in a real browser: a folder chosen, watched, stopped, its doubts seen, its tables taken."""

from __future__ import annotations

import io
import time

import pandas as pd
import psutil
import pytest
from browsers import PATIENCE_MS, application, grave_faults, press, resize, visit
from playwright.sync_api import expect
from study_videos import endless, good, no_face, turn

from romcheck.i18n.texts import Texts

pytestmark = pytest.mark.slow("whole studies, watched in a real browser")


ROOM = "room_with_nobody_in_it_2026-03-02.mp4"
NOTHING_SIDEWAYS = """
() => [document.documentElement, ...document.querySelectorAll("[role=region]")]
  .every(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)
"""


@pytest.fixture
def study_app(tmp_path):
    """An application of its own: a run belongs to its server."""
    (tmp_path / "data").mkdir()
    with application(tmp_path / "data") as running:
        yield running


def expect_no_fault(page):
    """Neither on a desktop nor on a phone.

    What Streamlit leaves wrong it puts right after it has drawn; and a page that tells of a run never rests.
    """
    for width in (390, 1200):
        resize(page, width, 844)
        page.wait_for_function(NOTHING_SIDEWAYS)
        end = time.monotonic() + PATIENCE_MS / 1000
        while found := grave_faults(page):
            assert time.monotonic() < end, (width, found)


def choose(page, url, folder):
    visit(page, f"{url}/batch")
    field = page.locator(".st-key-batch_source input")
    field.fill(str(folder))
    field.press("Enter")
    page.locator(".st-key-batch_names").wait_for()


def test_from_a_folder_to_its_tables(page, study_app, tmp_path):
    pictures = turn()
    (tmp_path / "videos").mkdir()
    for number in range(2):
        good(tmp_path / "videos" / f"person_{number}.mp4", pictures, number)
    no_face(tmp_path / "videos" / ROOM, pictures, 0)
    endless(tmp_path / "videos" / "z.mp4", pictures, 0)
    choose(page, study_app.url, tmp_path / "videos")
    expect(page.get_by_text("Videos found: 4")).to_be_visible()
    expect_no_fault(page)
    page.locator(".st-key-batch_more summary").click()
    workers = page.locator(".st-key-batch_workers input")
    workers.fill("1")
    workers.press("Enter")
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    press(page, "batch_start")

    lines = page.locator("tbody tr")
    expect(lines).to_have_count(4)
    expect_no_fault(page)
    page.reload()  # the run is the server's, not the window's
    expect(lines.filter(has_text="z.mp4")).to_contain_text("being measured")
    press(page, "batch_stop")
    press(page, "batch_stop_now")
    expect(page.get_by_text("Stopped. Videos done and kept: 3 of 4.")).to_be_visible()
    expect(lines.filter(has_text="z.mp4")).to_contain_text("waiting")
    (tmp_path / "videos" / "z.mp4").unlink()
    press(page, "batch_again")

    expect(page.locator("[data-testid=stMetricValue]").first).to_have_text("2 of 3")
    expect(page.locator("tbody")).to_contain_text(f"No face was found in {ROOM}")
    expect_no_fault(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Movements (Parquet)").click()
    content = download.value.path().read_bytes()
    assert content == (tmp_path / "videos-study" / "movements.parquet").read_bytes()
    movements = pd.read_parquet(io.BytesIO(content))
    assert movements.video.nunique() == 2
    doubted = movements[movements.quality != "good"]
    expect(page.locator("figure img")).to_have_count(len(doubted))
    press(page, "batch_another")
    expect(page.locator(".st-key-batch_source input")).to_have_value("")


def test_the_server_s_end_ends_the_run(new_page, tmp_path):
    """No process is left; what had begun goes on from another server."""
    pictures = turn()
    (tmp_path / "videos").mkdir()
    good(tmp_path / "videos" / "a.mp4", pictures, 1)
    endless(tmp_path / "videos" / "b.mp4", pictures, 0)
    data = tmp_path / "data"
    data.mkdir()
    page = new_page(locale="fr-FR")
    with application(data) as first:
        choose(page, first.url, tmp_path / "videos")
        press(page, "batch_start")
        # While the table is redrawn, the old rows may be there beside the new ones.
        page.locator("tbody tr").filter(has_text="a.mp4").filter(has_text="mesurée.").first.wait_for()
        started = psutil.Process(first.process.pid).children(recursive=True)
        assert [process for process in started if "romcheck.batch.worker" in process.cmdline()]
    _, alive = psutil.wait_procs(started, timeout=120)
    assert not alive
    (tmp_path / "videos" / "b.mp4").unlink()
    with application(data) as second:
        choose(page, second.url, tmp_path / "videos")
        press(page, "batch_start")
        measured = Texts("fr")("batch.measured_of", measured=1, count=1)
        expect(page.locator("[data-testid=stMetricValue]").first).to_have_text(measured)
        outcomes = list((tmp_path / "videos-study" / "outcomes").glob("*.json"))
        assert len(outcomes) == 1

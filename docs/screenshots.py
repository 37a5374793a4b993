"""Pictures of every page, as on a desktop and on a phone, in each language.

    python docs/screenshots.py [--out screenshots] [--language en fr] [--size desktop phone] [--demo] [--readme]

The real application in a headless Chromium whose camera plays the flexion-rotation sample: no person is shown. The
folder is ignored by git; ``--readme`` makes nothing but the three pictures of the README, with made-up people.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import Browser, Error, Page, sync_playwright

from romcheck.live.safety import QUESTIONS

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

from browsers import answer_safety, application, chromium, play_as_camera, press, reach_camera, tick, visit  # noqa: E402
from scenes import Scene  # noqa: E402
from study_videos import make_study  # noqa: E402

SIZES = {"desktop": (1200, 900), "phone": (390, 844)}
CLIP = ROOT / "sample_videos" / "flexion_rotation"
WHOLE_CHECK_MS = 300_000
SETTLED_MS = 1500
README_PICTURES = ROOT / "docs" / "pictures"
README_SIZE = (1000, 760)
COLOURS = 200
"""Of a picture for the README: a fifth of the bytes, and nobody sees the difference."""
HELD = """
() => [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")].some((place) => {
  const ring = place.shadowRoot.querySelector(".ring .hold");
  return ring && parseFloat(ring.style.strokeDasharray) > 150;
})
"""
"""While an end range is held: the ring is more than half full."""


class Album:
    """Pictures of one browser window, numbered in the order taken."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page, self.folder, self.count = page, folder, 0

    def take(self, name: str, whole: bool = True) -> None:
        """Take the page as it stands, all of it or the part on the screen."""
        self.page.wait_for_timeout(SETTLED_MS)
        self.count += 1
        height = self.page.evaluate("document.querySelector('[data-testid=stMain]')?.scrollHeight ?? 0")
        size = self.page.viewport_size
        assert size is not None
        if whole and height > size["height"]:  # the page scrolls inside its window: make that large enough
            self.page.set_viewport_size({"width": size["width"], "height": height + 80})
            self.page.wait_for_timeout(300)
        self.page.screenshot(path=self.folder / f"{self.count:02d}-{name}.png")
        self.page.set_viewport_size(size)


def photograph(browser: Browser, url: str, folder: Path, size: tuple[int, int], locale: str) -> None:
    """Go through all pages once."""
    folder.mkdir(parents=True, exist_ok=True)
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale=locale)
    page = context.new_page()
    page.set_default_timeout(60_000)
    album = Album(page, folder)
    visit(page, url)
    page.locator(".st-key-therapist").wait_for()
    others = {link.get_attribute("href") for link in page.locator("[data-testid=stTopNavLink]").all()}
    album.take("welcome")
    press(page, "self")
    page.locator(".st-key-test").wait_for()
    album.take("what")
    press(page, "next")
    page.locator("[data-testid=stForm]").wait_for()
    album.take("safety")
    answer_safety(page)
    page.locator(".st-key-pain_before_0").wait_for()
    album.take("ready-self")
    for route in ("clinician", "urgent"):
        visit(page, url)
        press(page, "self")
        press(page, "next")
        answer_safety(page, next(q.name for q in QUESTIONS if q.route == route))
        page.locator("[data-testid=stForm]").wait_for(state="detached")
        album.take(f"referred-{route}")
    visit(page, url)
    press(page, "therapist")
    page.locator(".st-key-moved_by").wait_for()
    album.take("what-therapist")
    press(page, "next")
    tick(page, "unscreened_0")
    album.take("ready")
    press(page, "open")
    # Green, if this machine is quick enough.
    page.locator("button.begin:enabled").wait_for()
    with suppress(Error):
        page.locator(".camera.good").wait_for(timeout=15_000)
    album.take("framing")
    page.locator("[data-testid=stExpander] summary").click()
    album.take("lens")
    page.locator("button.begin").click()
    page.locator(".trials .counted").nth(1).wait_for(timeout=WHOLE_CHECK_MS)
    album.take("check", whole=False)
    page.locator(".st-key-download_json").wait_for(timeout=WHOLE_CHECK_MS)
    album.take("result")
    for link in sorted(filter(None, others)):
        name = urlsplit(link).path.strip("/")
        if name not in ("", "check"):
            visit(page, f"{url}/{name}")
            album.take(name)
    context.close()


def photograph_readme(browser: Browser, url: str, folder: Path) -> None:
    """The three pictures of the README: a check, its result, and a made-up patient before and after."""
    context = browser.new_context(viewport={"width": README_SIZE[0], "height": README_SIZE[1]}, locale="en")
    page = context.new_page()
    page.set_default_timeout(60_000)

    def take(name: str, height: int = README_SIZE[1]) -> None:
        page.set_viewport_size({"width": README_SIZE[0], "height": height})
        taken = Image.open(BytesIO(page.screenshot()))
        taken.convert("RGB").quantize(COLOURS).save(folder / f"{name}.png", optimize=True)

    reach_camera(page, url)
    page.locator(".camera.good").wait_for()
    page.locator("button.begin").click()
    page.locator(".trials .counted").nth(2).wait_for(timeout=WHOLE_CHECK_MS)
    page.wait_for_function(HELD)
    take("check")
    page.locator(".st-key-download_json").wait_for(timeout=WHOLE_CHECK_MS)
    page.wait_for_timeout(SETTLED_MS)
    take("check_result", 620)
    visit(page, f"{url}/before-after?person=1")
    page.locator("[data-testid=stMain] img").first.wait_for()
    page.wait_for_timeout(SETTLED_MS)
    take("before_after", 1250)
    context.close()


def photograph_study(browser: Browser, url: str, folder: Path, size: tuple[int, int], locale: str) -> None:
    """Choose a folder of short clips, measure them, look at what came of it."""
    folder.mkdir(parents=True, exist_ok=True)
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale=locale)
    page = context.new_page()
    page.set_default_timeout(120_000)
    album = Album(page, folder)
    with tempfile.TemporaryDirectory() as disk:
        make_study(Path(disk) / "videos", measurable=8, broken_each=1, without=("endless", "huge"))
        visit(page, f"{url}/batch")
        field = page.locator(".st-key-batch_source input")
        field.fill(f"{disk}/videos")
        field.press("Enter")
        page.locator(".st-key-batch_names").wait_for()
        album.take("study-chosen")
        press(page, "batch_start")
        page.get_by_role("progressbar").nth(2).wait_for()
        page.locator("tbody tr").nth(4).wait_for()
        album.take("study-watched")
        page.locator(".st-key-batch_another").wait_for(timeout=WHOLE_CHECK_MS)
        album.take("study-result")
        press(page, "batch_another")
        page.locator(".st-key-batch_source").wait_for()
    context.close()


def main() -> None:
    """Run the application and photograph it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "screenshots")
    parser.add_argument("--language", nargs="*", default=["en", "fr"])
    parser.add_argument("--size", nargs="*", default=list(SIZES))
    parser.add_argument("--readme", action="store_true", help="make the pictures of the README instead")
    parser.add_argument("--demo", action="store_true", help="with made-up people in the records")
    wish = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        scene = Scene(CLIP.with_suffix(".mp4")).still(8).part(1.6, 29.5)
        clip = play_as_camera(scene.frames(), Path(folder) / "camera.mjpeg")
        data = Path(folder) / "data"
        data.mkdir()
        if wish.demo or wish.readme:
            command = [sys.executable, "-m", "romcheck", "demo", "--data", str(data)]
            subprocess.run(command, check=True)
        with application(data, clip, CLIP.with_suffix(".camera.json")) as served:
            browser = chromium(playwright, clip)
            if wish.readme:
                photograph_readme(browser, served.url, README_PICTURES)
                return
            for language in wish.language:
                for name in wish.size:
                    size = SIZES[name]
                    photograph(browser, served.url, wish.out / language / name, size, language)
                    photograph_study(browser, served.url, wish.out / language / f"{name}-study", size, language)
    sys.stdout.write(f"Pictures are in {wish.out}\n")


if __name__ == "__main__":
    main()

"""Pictures of every page, as on a desktop and on a phone, in each language.

    python docs/screenshots.py [--out screenshots] [--language en fr] [--demo]

The real application in a headless Chromium whose camera plays the flexion-rotation sample: no person is shown. The
folder is ignored by git; what the README shows is copied from it by hand.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

from browsers import application, camera_clip, chromium, press, tick  # noqa: E402

SIZES = {"desktop": (1200, 900), "phone": (390, 844)}
CLIP = ROOT / "sample_videos" / "flexion_rotation"
WHOLE_CHECK_MS = 300_000
SETTLED_MS = 1500


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
    page.goto(url)
    page.locator(".st-key-therapist").wait_for()
    others = {link.get_attribute("href") for link in page.locator("[data-testid=stTopNavLink]").all()}
    album.take("welcome")
    press(page, "self")
    page.locator(".st-key-test").wait_for()
    album.take("what")
    press(page, "next")
    page.locator("[data-testid=stForm]").wait_for()
    album.take("safety")
    press(page, "back")
    page.goto(url)
    press(page, "therapist")
    page.locator(".st-key-moved_by").wait_for()
    album.take("what-therapist")
    press(page, "next")
    tick(page, "screened_0")
    album.take("ready")
    press(page, "open")
    page.locator(".camera.good").wait_for()
    album.take("framing")
    page.locator("button.begin").click()
    page.locator(".trials .counted").nth(1).wait_for(timeout=WHOLE_CHECK_MS)
    album.take("check", whole=False)
    page.locator(".st-key-show").wait_for(timeout=WHOLE_CHECK_MS)
    album.take("after")
    press(page, "show")
    page.locator(".st-key-download_json").wait_for()
    album.take("result")
    for link in sorted(filter(None, others)):
        name = urlsplit(link).path.strip("/")
        if name not in ("", "check"):
            page.goto(f"{url}/{name}")
            album.take(name)
    context.close()


def main() -> None:
    """Run the application and photograph it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "screenshots")
    parser.add_argument("--language", nargs="*", default=["en", "fr"])
    parser.add_argument("--demo", action="store_true", help="with made-up people in the records")
    wish = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        clip = camera_clip(CLIP.with_suffix(".mp4"), Path(folder) / "camera.mjpeg")
        data = Path(folder) / "data"
        data.mkdir()
        if wish.demo:
            command = [sys.executable, "-m", "romcheck", "demo", "--data", str(data)]
            subprocess.run(command, check=True)
        with application(data, clip, CLIP.with_suffix(".camera.json")) as served:
            browser = chromium(playwright, clip)
            for language in wish.language:
                for name, size in SIZES.items():
                    photograph(browser, served.url, wish.out / language / name, size, language)
    sys.stdout.write(f"Pictures are in {wish.out}\n")


if __name__ == "__main__":
    main()

"""Pictures of every page in each language, in four widths, light and dark, and what axe finds wrong with them.

    python docs/screenshots.py [--page check today ...] [--language en fr] [--width 320 390 1200 1920]
        [--theme light dark] [--out screenshots] [--readme]

The real application with made-up people in its records, in a headless Chromium whose camera shows the head of the
flexion-rotation sample, which does what is asked however busy the machine is: no person is shown. Each option selects a
part of the whole, which takes an hour. Ends with 1 where axe finds a
fault, a page is wider than its window, or words are cut off. The folder is ignored by git; ``--readme`` makes nothing
but the three pictures of the README.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from romcheck.i18n.languages import LANGUAGES, Language
from romcheck.i18n.texts import Texts
from romcheck.live.safety import QUESTIONS
from romcheck.live.state import CheckPlan

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / folder) for folder in ("benchmarks", "sample_videos", "tests/browser")]

from browsers import (  # noqa: E402
    PATIENCE_MS,
    Application,
    answer_safety,
    application,
    calibrate,
    chromium,
    come_to_rest,
    grave_faults,
    play_as_camera,
    press,
    reach_camera,
    tick,
    unfold,
    visit,
)
from driven import SEEN, DrivenCamera, do_what_is_asked, of_flexion_rotation, side_asked  # noqa: E402
from returns import give_ears, of_returns, return_as_told  # noqa: E402
from scenes import Picture, Scene  # noqa: E402
from study_videos import make_study  # noqa: E402

WIDTHS = {320: 640, 390: 844, 1200: 900, 1920: 1080}
"""Heights of the windows: a small phone, a phone, a laptop, a desktop."""
WITH_AXE = (390, 1200)
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
PAGES = (
    "today", "keeping", "own", "settings", "batch", "figures", "person?person=1", "visit?person=1&visit=1",
    "before-after?person=1", "replay?person=1&measurement=1", "over-time?person=1", "progress?person=1",
    "progress?person=2", "findings?person=1", "report?person=1",
)  # fmt: skip
CHECK, POSITION, STUDY = "check", "position", "study"
"""The journeys besides the single pages."""
RETURNS_DEG = (4.0, -5.0, -3.0, 6.0)
"""Errors of the joint position test, + past the middle."""
UNFOLDED = ("person?person=1", "visit?person=1&visit=1", "settings", "keeping")
"""Pages with much in folded boxes, which are also taken unfolded."""
CLIP = ROOT / "sample_videos" / "flexion_rotation"
WHOLE_CHECK_MS = 300_000
SETTLED_MS, REDRAWN_MS = 500, 400
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
SPOILT = """
() => {
  const found = [], wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 1) found.push(`${wide} px wider than the window`);
  const look = (root) => {
    for (const at of root.querySelectorAll("*")) {
      if (at.shadowRoot) look(at.shadowRoot);
      const field = at.matches("input:is([type=text], :not([type]))") && at.scrollWidth > at.clientWidth + 1;
      if (field && !at.closest("[data-testid=stSelectbox]")?.querySelector(".romcheck-chosen"))
        found.push(`cut off: ${at.value || at.placeholder}`);
      const own = [...at.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
      const { left, right, width } = at.getBoundingClientRect();
      if (!own || !width || right <= 0 || left >= innerWidth) continue; // such as a menu that is folded away
      const { overflowX, textOverflow } = getComputedStyle(at);
      const cut = overflowX !== "visible" && textOverflow === "ellipsis" && at.scrollWidth > at.clientWidth + 1;
      if (cut) found.push(`cut off: ${at.textContent.trim().slice(0, 60)}`);
    }
  };
  look(document);
  return found;
}
"""
"""What no person needs to look for: a page wider than its window, words ended by an ellipsis."""


class Album:
    """Pictures of one browser window in several widths and themes.

    Parameters
    ----------
    page : the window
    folder : gets one folder for each width and theme
    widths, themes : of the window
    """

    def __init__(self, page: Page, folder: Path, widths: Sequence[int], themes: Sequence[Theme]) -> None:
        self.page, self.folder, self.widths, self.themes = page, folder, widths, themes
        self.faults: list[str] = []

    def take(self, name: str, whole: bool = True, rests: bool = True) -> None:
        """Take the page as it stands, all of it or the part on the screen; some never rest."""
        if rests:
            # A grey place stands for what of the page is still on its way.
            expect(self.page.locator("[data-testid=stSkeleton]")).to_have_count(0, timeout=PATIENCE_MS)
            come_to_rest(self.page)
        self.page.wait_for_timeout(SETTLED_MS)
        size = self.page.viewport_size
        assert size is not None
        for theme in self.themes:
            self.page.emulate_media(color_scheme=theme)
            for width in self.widths:
                self._take(name, theme, width, whole)
        self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size(size)

    def _take(self, name: str, theme: Theme, width: int, whole: bool) -> None:
        self.page.set_viewport_size({"width": width, "height": WIDTHS[width]})
        self.page.wait_for_timeout(REDRAWN_MS)
        found = self.page.evaluate(SPOILT)
        if width in WITH_AXE:
            found += [f"{rule}: {at}" for rule, places in grave_faults(self.page, True).items() for at in places]
        self.faults += [f"{self.folder.name} {name}, {theme}, {width} px: {fault}" for fault in found]
        height = self.page.evaluate("document.querySelector('[data-testid=stMain]')?.scrollHeight ?? 0")
        if whole and height > WIDTHS[width]:  # the page scrolls inside its window: make that large enough
            self.page.set_viewport_size({"width": width, "height": height + 80})
            self.page.wait_for_timeout(REDRAWN_MS)
        folder = self.folder / f"{width}-{theme}"
        folder.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=folder / f"{name}.png")


def photograph(
    browser: Browser, served: Application, folder: Path, language: Language, pages: Sequence[str],
    widths: Sequence[int], themes: Sequence[Theme],
) -> list[str]:  # fmt: skip
    """Go once through the pages wanted; gives the faults found."""
    context = browser.new_context(viewport={"width": 1200, "height": WIDTHS[1200]}, locale=language)
    page, url = context.new_page(), served.url
    page.set_default_timeout(60_000)
    album = Album(page, folder, widths, themes)
    if CHECK in pages:
        camera = driven(page, served, CLIP, of_flexion_rotation(CLIP.with_suffix(".mp4")))
        photograph_check(album, url, camera, language)
    if POSITION in pages:
        photograph_position(context.new_page(), served, album, language)
    for address in PAGES:
        if name_of(address) not in pages:
            continue
        visit(page, f"{url}/{address}")
        page.locator("h1").wait_for()
        name = address.replace("?", "-").replace("&", "-").replace("=", "")
        album.take(name)
        if address == "own" and page.locator(".st-key-begin_own").count():
            press(page, "begin_own")
            page.locator(".st-key-begin_own").wait_for(state="detached")
            album.take("own-begun")
        if address in UNFOLDED:
            unfold(page)
            album.take(f"{name}-unfolded")
    if STUDY in pages:
        photograph_study(album, url)
    context.close()
    return album.faults


def driven(page: Page, served: Application, sample: Path, parts: Mapping[str, Sequence[Picture]]) -> DrivenCamera:
    """A camera for a page that is not opened yet, with the lens of a sample."""
    name = (served.data / f"camera_{sample.stem}").resolve()
    calibrate(served.data, name, sample.with_suffix(".camera.json"))
    return DrivenCamera(page, str(name), parts)


def name_of(address: str) -> str:
    """The name of a page, without whose it is."""
    return address.partition("?")[0]


def photograph_check(album: Album, url: str, camera: DrivenCamera, language: Language) -> None:
    """The way of somebody alone up to the camera, then a therapist's from a patient to the kept result."""
    page = album.page
    visit(page, url)
    page.locator(".st-key-therapist").wait_for()
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
    visit(page, f"{url}/person?person=2")
    press(page, "test_now")
    page.locator("[class*=st-key-unscreened]").wait_for()
    album.take("ready")
    press(page, "back")
    page.locator(".st-key-moved_by").wait_for()
    album.take("what-therapist")
    press(page, "next")
    tick(page, "unscreened_0")
    press(page, "open")
    page.locator(".camera.good").wait_for(timeout=PATIENCE_MS)
    album.take("framing", rests=False)
    page.locator("[data-testid=stExpander] summary").click()
    album.take("lens", rests=False)
    page.locator("button.begin").click()
    result, turned = page.locator(".st-key-download_json"), Texts(language)("phase.back")
    wanted = ["check-turned", "check"]  # at the end of a turn, and then before one

    def over() -> bool:
        seen = page.evaluate(SEEN) if wanted and page.locator(".trials .counted").count() else None
        if seen is not None and (seen[0] == turned) == (len(wanted) == 2):
            album.take(wanted.pop(0), whole=False, rests=False)
        return result.is_visible()

    do_what_is_asked(camera, over, language)
    album.take("result")
    press(page, "keep")
    page.locator(".st-key-keep").wait_for(state="detached")
    album.take("kept")


def photograph_position(page: Page, served: Application, of: Album, language: Language) -> None:
    """The joint position test: what is asked first, the stage before a turn, the result."""
    t = Texts(language)
    album = Album(page, of.folder, of.widths, of.themes)
    album.faults = of.faults
    page.set_default_timeout(PATIENCE_MS)
    order = CheckPlan("joint-position").order
    sides = tuple(order[(date.today().toordinal() + k) % 2] for k in range(len(RETURNS_DEG)))
    camera = driven(page, served, CLIP.with_name("rotation"), of_returns(sides, RETURNS_DEG)[0])
    give_ears(page, language)
    visit(page, served.url)
    press(page, "therapist")
    page.locator(".st-key-test").get_by_text(t("test.joint-position"), exact=True).click()
    page.locator(".st-key-returns input").fill(str(len(sides) // 2))
    press(page, "next")
    tick(page, "unscreened_0")
    press(page, "open")
    page.locator(".camera.good").wait_for()
    page.locator("button.begin").click()
    wanted = ["position"]

    def listening() -> None:
        if wanted:
            album.take(wanted.pop(), whole=False, rests=False)

    return_as_told(camera, sides, listening, language)
    page.locator(".st-key-download_json").wait_for()
    album.take("position-result")
    page.close()


def photograph_readme(browser: Browser, served: Application, folder: Path) -> None:
    """The three pictures of the README: a check, its result, and a made-up patient before and after."""
    context = browser.new_context(viewport={"width": README_SIZE[0], "height": README_SIZE[1]}, locale="en")
    page, t = context.new_page(), Texts("en")
    page.set_default_timeout(PATIENCE_MS)
    camera = driven(page, served, CLIP, of_flexion_rotation(CLIP.with_suffix(".mp4")))
    result, wanted = page.locator(".st-key-download_json"), ["check"]

    def take(name: str, height: int = README_SIZE[1]) -> None:
        page.set_viewport_size({"width": README_SIZE[0], "height": height})
        taken = Image.open(BytesIO(page.screenshot()))
        taken.convert("RGB").quantize(COLOURS).save(folder / f"{name}.png", optimize=True)

    def over() -> bool:
        """In the fourth turn the picture is taken while the end range is held."""
        phase, said = page.evaluate(SEEN) or ("", "")
        side = side_asked(said, "en")
        if wanted and phase == t("phase.turn") and side and page.locator(".trials .counted").count() > 2:
            page.evaluate("(part) => void window.testCamera.show(part)", f"{side}-2")
            page.wait_for_function(HELD)
            take(wanted.pop())
            page.wait_for_function(f"(phase) => ({SEEN})()?.[0] === phase", arg=t("phase.back"))
            camera.show(f"from-{side}-2")
        return result.is_visible()

    reach_camera(page, served.url)
    page.locator(".camera.good").wait_for()
    page.locator("button.begin").click()
    do_what_is_asked(camera, over)
    come_to_rest(page)
    take("check_result", 900)
    visit(page, f"{served.url}/before-after?person=1")
    page.locator("[data-testid=stMain] img").first.wait_for()
    page.wait_for_timeout(SETTLED_MS)
    take("before_after", 1250)
    context.close()


def photograph_study(album: Album, url: str) -> None:
    """Choose a folder of short clips, measure them, look at what came of it."""
    page = album.page
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
        album.take("study-watched", rests=False)
        page.locator(".st-key-batch_another").wait_for(timeout=WHOLE_CHECK_MS)
        album.take("study-result")
        press(page, "batch_another")
        page.locator(".st-key-batch_source").wait_for()


def main() -> int:
    """Run the application and photograph it; 1 where a page has a fault."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [CHECK, POSITION, *dict.fromkeys(map(name_of, PAGES)), STUDY]
    parser.add_argument("--page", nargs="+", choices=names, default=names, metavar="PAGE", help=", ".join(names))
    parser.add_argument("--language", nargs="+", choices=LANGUAGES, default=list(LANGUAGES))
    parser.add_argument("--width", nargs="+", type=int, choices=WIDTHS, default=list(WIDTHS))
    parser.add_argument("--theme", nargs="+", choices=THEMES, default=list(THEMES))
    parser.add_argument("--out", type=Path, default=ROOT / "screenshots", help="folder for the pictures")
    parser.add_argument("--readme", action="store_true", help="make the pictures of the README instead")
    wish = parser.parse_args()
    faults: list[str] = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        scene = Scene(CLIP.with_suffix(".mp4")).still(8).part(1.6, 29.5)
        clip = play_as_camera(scene.frames(), Path(folder) / "camera.mjpeg")
        browser = chromium(playwright, clip)
        for language in ["en"] if wish.readme else wish.language:
            data = Path(folder) / language
            data.mkdir()
            made_up = [sys.executable, "-m", "romcheck", "demo", "--language", language, "--data", str(data)]
            subprocess.run(made_up, check=True)
            with application(data, clip, CLIP.with_suffix(".camera.json")) as served:
                if wish.readme:
                    photograph_readme(browser, served, README_PICTURES)
                    return 0
                folder_of = wish.out / language
                faults += photograph(browser, served, folder_of, language, wish.page, wish.width, wish.theme)
    sys.stdout.write("".join(f"{fault}\n" for fault in dict.fromkeys(faults)))
    sys.stdout.write(f"Pictures are in {wish.out}; faults found: {len(faults)}\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

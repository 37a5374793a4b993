"""The real application and a real browser whose camera plays a clip: for the live benchmark, tests and screenshots."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import urlopen

import av
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, Playwright, expect
from playwright.sync_api import TimeoutError as NotWithin

from romcheck.live.lenses import camera_file_of
from romcheck.live.safety import GROUPS

CHROMIUM = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
PLAYED = "--use-fake-device-for-media-stream"
"""A camera that plays a clip or shows a test picture."""
ALLOWED = "--use-fake-ui-for-media-stream"
"""Grants permission for the camera."""
TEST_PICTURE_FPS = 10
"""For a camera that plays no clip."""
STARTS_WITHIN_S = 600
PATIENCE_MS = 120_000
"""Machines that run tests are also busy with other work."""
RESTS_WITHIN_MS = 3_000
UNFOLDS = 5
QUIET_MS = 300
QUIET = """
async ([quiet, patience]) => {
  const passing = ({ effect, playState }) =>
    playState === "running" && Number.isFinite(effect.getComputedTiming().endTime);
  let changed = performance.now();
  const watching = new MutationObserver(() => (changed = performance.now()));
  watching.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  const end = performance.now() + patience;
  while (performance.now() - changed < quiet || !window.romcheckMending) {
    if (performance.now() > end) throw new Error("the page never rests");
    await new Promise((done) => setTimeout(done, 50));
    if (document.getAnimations().some(passing)) changed = performance.now();
  }
  watching.disconnect();
}
"""
"""Resolves when the page is mended and, for a while, nothing of it has changed or faded, however slow the machine is.

What is mended, and what slides out of a window made narrower, comes after the page's script has ended.
"""
FAULTS = """
async (every) => {
  const rules = { "target-size": { enabled: every } }; // off by itself
  const options = { resultTypes: ["violations"], selectors: false, preload: false, rules };
  const { violations } = await axe.run(options);
  const told = violations.filter(({ impact }) => every || impact === "serious" || impact === "critical");
  return Object.fromEntries(told.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 160))]));
}
"""
"""Nobody reads the selectors of elements; and what axe would fetch anew, it needs for films with sound only."""
_starts: dict[str, str] = {}
"""Address with the token of each running application."""


@dataclass
class Application:
    """The running application: its address, the address with the token, its process, its data folder."""

    url: str
    start: str
    process: subprocess.Popen[bytes]
    data: Path


def free_port() -> int:
    """A free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def application(
    data: Path, clip: Path | None = None, lens: Path | None = None, port: int | None = None
) -> Iterator[Application]:
    """Run ``romcheck app`` with its own data folder; `lens` is the camera file of the camera that plays `clip`."""
    if clip is not None and lens is not None:
        calibrate(data, clip, lens)
    port = port or free_port()
    command = [sys.executable, "-m", "romcheck", "app", "--no-browser", "--port", str(port)]
    process = subprocess.Popen(command, env=os.environ | {"ROMCHECK_DATA": str(data)})
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(url, process)
        _starts[url] = _start_address(data / f"start-{port}.html")
        yield Application(url, _starts[url], process, data)
    finally:
        _starts.pop(url, None)
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def calibrate(data: Path, clip: Path, lens: Path) -> None:
    """Make `lens` the calibration of the camera that plays `clip`, in this data folder."""
    (data / "cameras").mkdir(parents=True, exist_ok=True)
    # Chromium names a fake camera after its clip.
    shutil.copy(lens, data / "cameras" / camera_file_of(str(clip.resolve())).name)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the application ended at once, with status {process.returncode}")
        try:
            with urlopen(url, timeout=2):
                return
        except HTTPError:  # it answers: refused without a cookie
            return
        except (URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError("the application did not answer")


def _start_address(page: Path) -> str:
    """The address in the file that the program would open in the browser."""
    found = re.search(r'href="([^"]+)"', page.read_text("utf-8"))
    assert found is not None
    return found.group(1)


def visit(page: Page, address: str) -> None:
    """Open a page of a running application with the token of its start, as its start page does."""
    parts = urlsplit(address)
    token = urlsplit(_starts[f"{parts.scheme}://{parts.netloc}"]).query
    page.goto(urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, token))))))
    page.wait_for_url(lambda url: "token=" not in url)


def chromium_path() -> str | None:
    """Debian's Chromium, or another one on the path."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def chromium(playwright: Playwright, clip: Path | None = None, *, allow: bool = True, cameras: int = 1) -> Browser:
    """A browser whose cameras play a clip (see :func:`camera_clip`) or a test picture, allowed or not."""
    played = [f"{PLAYED}=device-count={cameras},fps={TEST_PICTURE_FPS}"] if cameras else []
    arguments = [*CHROMIUM, *played, *([ALLOWED] if allow else [])]
    if clip is not None:
        arguments.append(f"--use-file-for-fake-video-capture={clip.resolve()}")
    return playwright.chromium.launch(executable_path=chromium_path(), args=arguments)


def camera_clip(video: Path, clip: Path) -> Path:
    """Write a video as the stream of JPEGs a browser can play as its camera."""
    with av.open(str(video)) as source:
        return play_as_camera(source.decode(video=0), clip)


def play_as_camera(pictures: Iterable[av.VideoFrame], clip: Path) -> Path:
    """Write pictures as the stream of JPEGs a browser can play as its camera: 30 a second, over and over.

    The browser shows the right colours only if they keep the video's limited range, an unofficial extension of JPEG.
    """
    with av.open(str(clip), "w", format="mjpeg") as target:
        stream = target.add_stream("mjpeg", rate=30, options={"strict": "unofficial"})
        stream.pix_fmt = "yuv420p"
        stream.codec_context.color_range = 1  # limited
        stream.codec_context.qmin = stream.codec_context.qmax = 2
        for number, picture in enumerate(pictures):
            if number == 0:
                stream.width, stream.height = picture.width, picture.height
            whole = picture.reformat(format="yuv420p")
            whole.pts, whole.time_base = number, Fraction(1, 30)
            target.mux(stream.encode(whole))
        target.mux(stream.encode())
    return clip


def press(page: Page, key: str) -> None:
    """Press the button of this key on a page, once the page rests: while it is rebuilt it can lose a click."""
    with suppress(NotWithin):  # some pages never rest while they work
        page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=RESTS_WITHIN_MS)
    page.locator(f".st-key-{key} button").click(timeout=PATIENCE_MS)


def come_to_rest(page: Page) -> None:
    """Wait until nothing of a page is about to change: its script has ended, nothing fades in, nothing is redrawn."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    expect(page.locator("[data-stale=true]")).to_have_count(0, timeout=PATIENCE_MS)
    page.evaluate(QUIET, [QUIET_MS, PATIENCE_MS])


def unfold(page: Page) -> None:
    """Open everything that is folded on a page, and what lies folded within.

    A page that is still being built can fold again what was just opened.
    """
    folded = page.locator("[data-testid=stExpander] details:not([open]) > summary:visible")
    for _ in range(UNFOLDS):
        come_to_rest(page)
        if not folded.count():
            return
        for summary in reversed(folded.all()):  # what is opened is no longer counted
            summary.click()
    raise AssertionError(f"folded again and again: {folded.all_inner_texts()}")


def resize(page: Page, width: int, height: int) -> None:
    """Give the window another size, and wait until the page has it."""
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_function("([width, height]) => innerWidth === width && innerHeight === height", arg=[width, height])


def grave_faults(page: Page, every: bool = False) -> dict[str, list[str]]:
    """What axe finds serious or critical on a page as it stands, or everything: by rule, how each element begins."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: dict[str, list[str]] = page.evaluate(FAULTS, every)
    return found


def tick(page: Page, key: str) -> None:
    """Tick the box of this key."""
    page.locator(f".st-key-{key} label").first.click(timeout=PATIENCE_MS)


def answer_safety(page: Page, *true: str) -> None:
    """Tick the statements named, "none of these" in the other sections, and go on."""
    for group in GROUPS:
        names = [question.name for question in group.questions if question.name in true]
        for name in names or [f"none_{group.name}"]:
            tick(page, f"safety_{name}_0")
    page.locator("[data-testid=stFormSubmitButton] button").click()


def reach_camera(page: Page, url: str, *, keep: bool = False, test: str = "") -> None:
    """Go from the first page to the camera for a test without practice, as a therapist does.

    `test` is its name on the page; without one it is the flexion-rotation test.
    """
    visit(page, url)
    press(page, "therapist")
    if test:
        page.locator(".st-key-test").get_by_text(test, exact=True).click()
    press(page, "next")
    tick(page, "unscreened_0")
    if keep:
        tick(page, "keep_0")
    press(page, "open")
    page.locator(".camera").wait_for(timeout=PATIENCE_MS)

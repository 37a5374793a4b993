"""The real application in a real browser whose camera plays the beginning of a sample clip."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import av
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))

from browsers import (  # noqa: E402
    PATIENCE_MS,
    Application,
    application,
    calibrate,
    chromium,
    chromium_path,
)
from driven import SIZE, DrivenCamera  # noqa: E402
from scenes import Picture  # noqa: E402

CLIP = "flexion_rotation"
AT_REST, CAMERA_FPS = 25, 10
"""Pictures at the start of the sample without movement, and the frame rate of the camera."""
expect.set_options(timeout=PATIENCE_MS)

NewPage = Callable[..., Page]
Driven = Callable[..., DrivenCamera]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    if chromium_path() is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def clip(sample_videos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A person at rest as a camera plays it, to and fro: so few pictures that measuring them leaves time for the pages.

    Each is written as it is: of compressed ones the browser plays 30 a second.
    """
    path = tmp_path_factory.mktemp("camera") / "camera.y4m"
    with av.open(str(sample_videos / f"{CLIP}.mp4")) as source:
        there = [frame.reformat(format="yuv420p") for frame in islice(source.decode(video=0), AT_REST)]
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{there[0].width} H{there[0].height} F{CAMERA_FPS}:1 Ip A1:1 C420jpeg\n".encode())
        for frame in [*there, *there[-2:0:-1]]:
            file.write(b"FRAME\n" + frame.to_ndarray().tobytes())
    return path


@pytest.fixture(scope="session")
def served(sample_videos: Path, clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """The application, with the lens of the sample clip as that of its camera."""
    with application(tmp_path_factory.mktemp("data"), clip, sample_videos / f"{CLIP}.camera.json") as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright, clip: Path) -> Iterator[Browser]:
    """A browser that may use its camera."""
    running = chromium(playwright, clip)
    yield running
    running.close()


@pytest.fixture(scope="session")
def profile(browser: Browser) -> BrowserContext:
    """What tests share that need no profile of their own: in it the pages' scripts are fetched and compiled once."""
    return browser.new_context()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[NewPage]:
    """Open pages in a profile of their own, closed after the test: ``new_page(width, height, **context)``."""
    contexts = []

    def new(width: int = 1100, height: int = 900, **how: object) -> Page:
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, **how))
        page = contexts[-1].new_page()
        page.set_default_timeout(PATIENCE_MS)
        return page

    yield new
    for context in contexts:
        context.close()


@pytest.fixture
def page(profile: BrowserContext) -> Iterator[Page]:
    """One page of a usual size, not opened yet."""
    page = profile.new_page()
    page.set_viewport_size({"width": 1280, "height": 900})
    page.set_default_timeout(PATIENCE_MS)
    yield page
    page.close()


@pytest.fixture
def driven(page: Page, served: Application, sample_videos: Path, tmp_path: Path) -> Driven:
    """The page with a camera driven by the test, with the lens of a sample: ``driven(parts, sample)``."""

    def drive(parts: Mapping[str, Sequence[Picture]], sample: str) -> DrivenCamera:
        name = (tmp_path / "driven").resolve()
        calibrate(served.data, name, sample_videos / f"{sample}.camera.json")
        page.set_viewport_size(SIZE)
        return DrivenCamera(page, str(name), parts)

    return drive

"""The live check: frames measured per second, share of a core, and capture-to-screen latency.

    python benchmarks/live.py [--seconds 60] [--people 1 2] [--checks 0] [--markdown]

The real application, and for each person a headless Chromium whose camera plays a sample clip at 30 frames per second
in 640 x 480. The share of a core is that of the server and the measuring processes together, without the browsers',
which run on the patients' own machines. Latency runs from the moment the browser hands a picture to the page until the
state measured from it has been drawn. The first half of the time is the framing, the second the check. With ``--checks
N``, N short checks follow one another, and the server's memory is printed after some of them; ``--people`` without
numbers skips the rest.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import numpy as np
import psutil
from accuracy import save
from browsers import Application, application, camera_clip, chromium, play_as_camera, reach_camera
from clips import OUT, SAMPLES
from playwright.sync_api import Page, sync_playwright
from scenes import Scene
from tables import percent, table, titled

from romcheck.i18n.texts import Texts

CLIP = "flexion_rotation"
WARM_UP_S = 5.0
TURN_S = 5.0
"""Duration of a check for the memory: most of a turn, wherever the clip is when it begins."""
LISTEN = """
() => {
  const root = document.querySelector('[data-testid="stBidiComponentIsolated"]').shadowRoot;
  window.drawn = [];
  root.addEventListener("romcheck-drawn", ({ detail }) => window.drawn.push([detail.takenMs, detail.drawnMs]));
}
"""


@dataclass(frozen=True)
class Person:
    """What one person's browser saw."""

    frames_per_s: float
    latency_median_ms: float
    latency_p95_ms: float


@dataclass(frozen=True)
class Live:
    """One run: what each browser saw, and the processor time meanwhile."""

    people: tuple[Person, ...]
    seconds: float
    server_share: float
    measuring_share: float

    @property
    def share_a_person(self) -> float:
        """Share of a core per person."""
        return (self.server_share + self.measuring_share) / len(self.people)


def run(people: int, seconds: float, clip: Path) -> Live:
    """Run this many people at once, for this long."""
    with ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        served = stack.enter_context(application(data, clip, SAMPLES / f"{CLIP}.camera.json"))
        playwright = stack.enter_context(sync_playwright())
        pages = [chromium(playwright, clip).new_page() for _ in range(people)]
        for page in pages:
            reach_camera(page, served.url)
            page.locator("button.begin:enabled").wait_for(timeout=60_000)
        time.sleep(WARM_UP_S)
        for page in pages:
            page.evaluate(LISTEN)
        before, began = cpu_s(served), time.monotonic()
        pages[0].wait_for_timeout(500 * seconds)
        for page in pages:
            page.locator("button.begin:enabled").click(timeout=60_000)
        pages[0].wait_for_timeout(500 * seconds)
        after, lasted = cpu_s(served), time.monotonic() - began
        views = tuple(view(page, lasted) for page in pages)
        return Live(views, lasted, (after[0] - before[0]) / lasted, (after[1] - before[1]) / lasted)


def cpu_s(served: Application) -> tuple[float, float]:
    """Processor time of the server and its measuring processes, seconds."""
    server = psutil.Process(served.process.pid)
    return _used_s(server), sum(_used_s(child) for child in server.children(recursive=True))


def _used_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def view(page: Page, seconds: float) -> Person:
    """Times a page recorded for the states it drew."""
    drawn = np.array([(taken, done) for taken, done in page.evaluate("window.drawn") if taken is not None])
    latency = drawn[:, 1] - drawn[:, 0]
    return Person(len(drawn) / seconds, float(np.median(latency)), float(np.percentile(latency, 95)))


def memory(checks: int, folder: Path) -> list[float]:
    """Server's memory in MiB after each check.

    Each is a short one: a turn to one side, then the space bar and the result with its curve. Every fifth check is
    abandoned halfway instead.
    """
    turn = Scene(SAMPLES / "rotation.mp4").still(1).part(1.6, 7.5)
    clip = play_as_camera(turn.frames(), folder / "turn.mjpeg")
    sizes = []
    with application(folder, clip, SAMPLES / "rotation.camera.json") as served, sync_playwright() as playwright:
        page = chromium(playwright, clip).new_page()
        for number in range(checks):
            reach_camera(page, served.url, test=Texts("en")("test.rotation"))
            page.locator("button.begin:enabled").click(timeout=60_000)
            page.locator(".camera[data-mode=check]").wait_for()
            page.wait_for_timeout(1000 * TURN_S)
            if number % 5 != 4:
                page.keyboard.press(" ")
                page.locator(".st-key-once_more").wait_for(timeout=60_000)
            page.goto("about:blank")
            sizes.append(psutil.Process(served.process.pid).memory_info().rss / 2**20)
            print(f"\rcheck {number + 1} of {checks}: {sizes[-1]:.0f} MiB", end="", file=sys.stderr, flush=True)
    return sizes


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--people", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--checks", type=int, default=0, help="checks in a row, for the memory")
    parser.add_argument("--markdown", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        clip = camera_clip(SAMPLES / f"{CLIP}.mp4", Path(folder) / "camera.mjpeg")
        runs = [run(people, args.seconds, clip) for people in args.people]
        sizes = memory(args.checks, Path(folder)) if args.checks else []
    heads = ("people at once", "frames/s", "server", "measuring", "core per person", "latency, median", "p95")
    rows = [
        (
            str(len(live.people)),
            " and ".join(f"{p.frames_per_s:.1f}" for p in live.people),
            percent(live.server_share),
            percent(live.measuring_share),
            percent(live.share_a_person),
            " and ".join(f"{p.latency_median_ms:.0f} ms" for p in live.people),
            " and ".join(f"{p.latency_p95_ms:.0f} ms" for p in live.people),
        )
        for live in runs
    ]
    if rows:
        print(titled(f"Live, 640 x 480, {args.seconds:.0f} s each", table(heads, rows, args.markdown), args.markdown))
    if sizes:
        shown = {number: sizes[number - 1] for number in (1, 3, 10, 30, 100) if number < len(sizes)}
        shown[len(sizes)] = median(sizes[-3:])
        print("Server's memory:", ", ".join(f"{size:.0f} MiB after {number} checks" for number, size in shown.items()))
    save({"runs": [asdict(live) for live in runs], "memory_mib": sizes}, OUT / "live.json")


if __name__ == "__main__":
    main()

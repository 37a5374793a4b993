"""A camera driven by the test, and a person in front of it who does what the page asks."""

from __future__ import annotations

import re
import time
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from browsers import PATIENCE_MS
from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as NotWithin
from scenes import PLAYED_FPS, SAMPLE_FPS, Picture, pictures_of

from romcheck.i18n.languages import Language
from romcheck.i18n.texts import Texts

SIZE = {"width": 900, "height": 700}
"""Of the window: what a check shows is drawn as large as that, on the processor."""
RESTS = 15
"""Pictures at the end of each part, in which nothing moves: they go on, to and fro, until another part is asked for."""
SHOWN_FPS = 15
"""Every other picture: enough to be followed well, in half the time."""
MIRRORED = 8
"""Of so many pictures one is shown on the page too, as in a mirror: more would be drawn for nobody."""
LOOKS_MS = 150
"""How often the person looks at the page."""
GIVEN_UP_MS = 5000
"""A picture without an answer for so long gets none."""
T = Texts("en")
SIDES: dict[Language, dict[str, str]] = {
    "en": {"left": "left", "right": "right"},
    "fr": {"left": "gauche", "right": "droite"},
}

CAMERA = """
(() => {
  const parts = new Map(), unanswered = new Set();
  let pictures = [], began = 0, clock = 0, heard = 0, watched = false, over = () => {};
  async function fetched(name) {
    if (!parts.has(name)) {
      const all = Uint8Array.fromBase64(await testCameraPart(name)).buffer;
      const view = new DataView(all), found = [];
      for (let at = 0; at < all.byteLength;) {
        const size = view.getUint32(at);
        found.push(new Blob([new Uint8Array(all, at + 4, size)], { type: "image/jpeg" }));
        at += 4 + size;
      }
      parts.set(name, found);
    }
    return parts.get(name);
  }
  /** Which picture it is time for: once through the part, then its rest to and fro. */
  function due() {
    const passed = Math.round((clock - began) * RATE / 1000), rest = Math.min(RESTS, pictures.length);
    if (passed < pictures.length) return passed;
    over();
    const step = (passed - pictures.length) % Math.max(1, 2 * rest - 2);
    return pictures.length - 1 - (step < rest ? step : 2 * rest - 2 - step);
  }
  async function begin(name) {
    const next = await fetched(name);
    over();
    const ended = new Promise((resolve) => {
      [pictures, began, over] = [next, clock, resolve];
    });
    if (!watched) over();
    return { ended };
  }
  const camera = (window.testCamera = {
    perSecond: SHOWN, show: async (name) => (await begin(name)).ended, shown: "", seconds: {}, presses: 0,
  });
  addEventListener("pointerdown", () => { camera.presses += 1; }, { capture: true });
  /** What the page shows: a phase of the check in its words, a picture not good enough yet, or nothing of these. */
  function standing() {
    for (const place of document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')) {
      const at = place.shadowRoot?.querySelector(".camera");
      if (at?.dataset.mode === "check") return at.querySelector(".ring text").textContent;
      if (at?.dataset.mode === "framing" && !at.classList.contains("good")) return "framing";
    }
    return "";
  }
  window.WebSocket = class extends WebSocket {
    constructor(url, ...more) {
      super(url, ...more);
      if (!String(url).includes("/romcheck/camera")) return;
      unanswered.clear();
      this.addEventListener("message", ({ data }) => {
        const { n = -1, shed = -1 } = JSON.parse(data);
        heard = performance.now();
        unanswered.delete(shed);
        for (const number of unanswered) if (number <= n) unanswered.delete(number);
      });
    }
    send(data) {
      if (data instanceof Uint8Array) unanswered.add(new DataView(data.buffer).getUint32(8, true));
      super.send(data);
    }
  };
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  let screen, context, track, last = 0, given = 0;
  async function picture() {
    const step = 1000 / camera.perSecond;
    await sleep(last + step - performance.now());
    while (unanswered.size > 1 && performance.now() - heard < GIVEN_UP_MS) await sleep(2);
    last = performance.now();
    clock += step;
    camera.seconds[standing()] = (camera.seconds[standing()] ?? 0) + step / 1000;
    const bitmap = await createImageBitmap(pictures[due()]);
    if (given++ % MIRRORED === 0) {
      context.drawImage(bitmap, 0, 0);
      track.requestFrame();
    }
    const frame = new VideoFrame(bitmap, { timestamp: 1000 * clock });
    bitmap.close();
    return frame;
  }
  window.MediaStreamTrackProcessor = class {
    readable = new ReadableStream({
      start: () => { watched = true; },
      pull: async (stream) => {
        if (track.readyState === "live") return stream.enqueue(await picture());
        [watched] = [false, over()];
        stream.close();
      },
      // Nobody looks any more: whoever waits for the end of a part need not.
      cancel: () => { [watched] = [false, over()]; },
    }, { highWaterMark: 0 });
  };
  navigator.mediaDevices.getUserMedia = async () => {
    screen = document.createElement("canvas");
    [screen.width, screen.height] = OF_PICTURES;
    context = screen.getContext("2d", { alpha: false });
    await begin(FIRST);
    const stream = screen.captureStream(0);
    [track] = stream.getVideoTracks();
    Object.defineProperty(track, "label", { value: NAME });
    return stream;
  };
})();
"""
"""In place of the browser's own camera, whose clip would run on however busy the machine is: here the next picture
comes, and the camera's clock goes on, when the measuring has kept up."""

SHOW = """
(name) => {
  window.testCamera.shown = "";
  void window.testCamera.show(name).then(() => { window.testCamera.shown = name; });
}
"""
"""Not waited for in the page, where a wait for a part that nobody looks at any more would have no end."""

SEEN = """
() => {
  for (const place of document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')) {
    const at = (selector) => place.shadowRoot?.querySelector(selector)?.textContent ?? "";
    if (place.shadowRoot?.querySelector(".camera[data-mode=check]")) return [at(".ring text"), at(".instruction")];
  }
  return null;
}
"""


class DrivenCamera:
    """The camera of one page.

    Parameters
    ----------
    page : not opened yet
    name : what the browser calls the camera
    parts : what it can show, by name; the first is shown from the beginning
    """

    def __init__(self, page: Page, name: str, parts: Mapping[str, Sequence[Picture]]) -> None:
        self.page = page
        self._coded = {name: b"".join(map(_coded, part)) for name, part in parts.items()}
        first = next(iter(parts))
        height, width = parts[first][0].shape[:2]
        words = {
            "RESTS": RESTS, "RATE": PLAYED_FPS, "SHOWN": SHOWN_FPS, "GIVEN_UP_MS": GIVEN_UP_MS,
            "MIRRORED": MIRRORED, "OF_PICTURES": [width, height], "FIRST": first, "NAME": name,
        }  # fmt: skip
        script = CAMERA
        for word, value in words.items():
            script = re.sub(rf"\b{word}\b", lambda _, value=value: repr(value), script)
        page.add_init_script(script)
        # Not by an address: a page whose requests are looked at fetches and compiles its own scripts anew each time.
        page.expose_function("testCameraPart", lambda part: b64encode(self._coded[part]).decode())

    def show(self, part: str) -> None:
        """Show a part to its end; its rest stays."""
        self.page.evaluate(SHOW, part)
        try:
            self.page.wait_for_function("(name) => window.testCamera.shown === name", arg=part, timeout=5 * PATIENCE_MS)
        except NotWithin:
            raise AssertionError(f"{part} was not shown to its end; the page says {self.page.evaluate(SEEN)}") from None

    @property
    def seconds(self) -> dict[str, float]:
        """How long each phase of the check was shown, by its words, and the framing until it was good: by the camera's
        clock, which waits for a busy machine.
        """
        found: dict[str, float] = self.page.evaluate("window.testCamera.seconds")
        return found

    @property
    def presses(self) -> int:
        """Clicks and taps since the page was opened."""
        return int(self.page.evaluate("window.testCamera.presses"))

    def slow_down(self, pictures_per_s: float) -> None:
        """Give fewer pictures."""
        self.page.evaluate("(rate) => { window.testCamera.perSecond = rate; }", pictures_per_s)


def _coded(picture: Picture) -> bytes:
    """A picture as JPEG, its length before it."""
    jpeg = cv2.imencode(".jpg", np.ascontiguousarray(picture[:, :, ::-1]), [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
    return len(jpeg).to_bytes(4, "big") + jpeg


def of_flexion_rotation(video: Path) -> dict[str, list[Picture]]:
    """What the flexion-rotation sample holds, part by part: two turns to each side, of other angles."""
    bounds = {
        "upright": (0.0, 1.6), "flex": (1.6, 5.1),
        "left-1": (5.1, 8.1), "from-left-1": (8.1, 10.4), "right-1": (10.4, 13.5), "from-right-1": (13.5, 15.8),
        "left-2": (15.8, 18.8), "from-left-2": (18.8, 21.2), "right-2": (21.2, 24.2), "from-right-2": (24.2, 26.5),
        "up": (26.5, 29.5),
    }  # fmt: skip
    pictures = pictures_of(video)
    return {
        name: pictures[round(start_s * SAMPLE_FPS) : round(end_s * SAMPLE_FPS)]
        for name, (start_s, end_s) in bounds.items()
    }


def do_what_is_asked(camera: DrivenCamera, over: Callable[[], bool], language: Language = "en") -> list[str]:
    """Follow the guided flexion-rotation test as a person does, until it is over; gives what was done."""
    t = Texts(language)
    at, done, turns = "upright", [], {"left": 0, "right": 0}
    end = time.monotonic() + 5 * PATIENCE_MS / 1000

    def do(part: str, then: str) -> str:
        camera.show(part)
        done.append(part)
        return then

    while not over():
        assert time.monotonic() < end, f"it went no further than {done}"
        seen = camera.page.evaluate(SEEN)
        phase, said = seen or ("", "")
        if phase == t("phase.flex") and at == "upright":
            at = do("flex", "flexed")
        elif phase == t("phase.turn") and at == "flexed" and (side := side_asked(said, language)):
            turns[side] += 1
            number = 1 + (turns[side] - 1) % 2
            at = do(f"{side}-{number}", f"from-{side}-{number}")
        elif phase == t("phase.back") and at.startswith("from"):
            at = do(at, "flexed")
        elif phase == t("phase.up") and at == "flexed":
            at = do("up", "upright")
        else:
            camera.page.wait_for_timeout(LOOKS_MS)
    camera.page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    return done


def side_asked(said: str, language: Language) -> str:
    """Which side was said last; empty where none was."""
    words = SIDES[language]
    return max(words, key=lambda side: said.rfind(words[side])) if any(w in said for w in words.values()) else ""

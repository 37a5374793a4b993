"""The joint position test before a driven camera: a head that returns, and somebody who does as told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import cycle
from pathlib import Path

import numpy as np
from driven import SHOWN_FPS, DrivenCamera
from playwright.sync_api import Page
from scenes import NOISE_GREY_LEVELS, PLAYED_FPS, Picture, pictures_of
from scipy.spatial.transform import Rotation

from romcheck.i18n.languages import Language
from romcheck.i18n.texts import Texts

VIDEO = Path(__file__).resolve().parents[2] / "sample_videos" / "rotation.mp4"
TURN_DEG, TURN_S, REST_S, HEARS_S, LOOK_S = 55.0, 1.5, 0.5, 1.0, 0.6
EARS = """
window.heard = [];
const ear = { localService: true, lang: "LANGUAGE", name: "ear" };
Object.defineProperty(window, "speechSynthesis", { value: {
  getVoices: () => [ear], speak: ({ text }) => window.heard.push(text), cancel() {},
  addEventListener() {}, removeEventListener() {},
} });
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
"""
"""In place of a voice of this computer, which a machine for tests need not have: what it would say."""


class Turner:
    """A head that turns and rests as asked: pictures of the sample that turns, each the nearest to an angle."""

    def __init__(self) -> None:
        self._sample = pictures_of(VIDEO)
        truth = json.loads(VIDEO.with_suffix(".json").read_text("utf-8"))
        heads = Rotation.from_matrix(truth["head_to_trunk"])
        self._angles = (heads[0].inv() * heads).as_euler("YXZ", degrees=True)[:, 0]
        noise = np.random.default_rng(1).normal(0, NOISE_GREY_LEVELS, (4, *self._sample[0].shape))
        self._noise = cycle(noise.round().astype(np.int16))
        self._at = 0.0

    def nearest_deg(self, degrees: float) -> float:
        """What is shown for an angle, + to the left."""
        return float(self._angles[self._number(degrees)])

    def _number(self, degrees: float) -> int:
        return int(np.abs(self._angles - degrees).argmin())

    def _pictures(self, degrees: Iterable[float]) -> list[Picture]:
        """Each twice: the camera gives every other one."""
        found: list[Picture] = []
        for rotation in degrees:
            picture = self._sample[self._number(rotation)]
            noisy = np.clip(picture + next(self._noise), 0, 255).astype(np.uint8)
            found += [noisy] * (PLAYED_FPS // SHOWN_FPS)
        return found

    def still(self, degrees: float) -> list[Picture]:
        """Keep still for a moment."""
        return self._pictures([degrees] * round(REST_S * SHOWN_FPS))

    def look(self) -> list[Picture]:
        """Hear the words, open the eyes, and find the mark with the head."""
        return [*self._pictures([self._at] * round(HEARS_S * SHOWN_FPS)), *self.go(0.0, LOOK_S), *self.still(0.0)]

    def turn(self, to: float, back_to: float) -> list[Picture]:
        """Out, back to a place near the middle, and a rest there."""
        return [*self.go(to, TURN_S), *self.go(back_to, TURN_S), *self.still(back_to)]

    def go(self, to: float, seconds: float) -> list[Picture]:
        """With minimum jerk."""
        s = np.arange(round(seconds * SHOWN_FPS)) / round(seconds * SHOWN_FPS)
        path = self._at + (10 * s**3 - 15 * s**4 + 6 * s**5) * (to - self._at)
        self._at = to
        return self._pictures(path)


@cache
def of_returns(
    sides: tuple[str, ...], errors_deg: tuple[float, ...]
) -> tuple[dict[str, list[Picture]], tuple[float, ...]]:
    """Parts for a camera: straight ahead, a turn to each side and back with its error, and a look at the mark.

    Beside them the errors as they are shown: no sample has a picture of every angle.
    """
    head = Turner()
    parts, shown = {"ahead": head.still(0.0)}, []
    for k, (side, off) in enumerate(zip(sides, errors_deg, strict=True)):
        sign = 1 if side.endswith("left") else -1
        parts[f"turn-{k}"] = head.turn(sign * TURN_DEG, -sign * off)
        shown.append(-sign * head.nearest_deg(-sign * off))
    parts["look"] = head.look()
    return parts, tuple(shown)


def give_ears(page: Page, language: Language = "en") -> None:
    """Let a page that is not opened yet hear what a voice would say."""
    page.add_init_script(EARS.replace("LANGUAGE", language))


def return_as_told(
    camera: DrivenCamera, sides: Sequence[str], listening: Callable[[], None], language: Language = "en"
) -> None:
    """Turn and come back as the voice says, until the test is over; `listening` is called before each movement."""
    t, page = Texts(language), camera.page
    for k, side in enumerate(sides):
        words = t(f"check.active.{'next' if k else 'turn'}.{side}", left=len(sides) - k)
        page.wait_for_function("(words) => window.heard.at(-1) === words", arg=words)
        listening()
        camera.show(f"turn-{k}")
    page.wait_for_function("(words) => window.heard.at(-1).endsWith(words)", arg=t("check.active.look"))
    listening()
    camera.show("look")

"""Whether a measurement started now would be good, and what to change if not."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from romcheck.clinical import Posture
from romcheck.geometry.intrinsics import Lens
from romcheck.live.readings import LiveReading, Reader
from romcheck.live.trial import told_rate
from romcheck.motion import gates
from romcheck.person.poses import CurrentPose
from romcheck.results import Test

Status = Literal["ok", "change", "unknown"]
ItemName = Literal["face", "middle", "distance", "light", "sharpness", "frame_rate", "shoulders", "camera_height"]

LOOK_BACK_S = 1.0
NEAREST_M, FARTHEST_M = 0.45, 0.90
"""Where the errors are smallest; the gates doubt a trial only further out."""
LEAST_RATE = gates.FRAME_RATE_LOW.threshold or 0.0
LIMITS = {"nearest": NEAREST_M * 100, "farthest": FARTHEST_M * 100, "least": LEAST_RATE}
"""As used in sentences: centimetres, and frames per second."""
MARGIN = 1.25
"""Brightness and detail must exceed the gates' limits by this: a face turned or bent away has less of both."""
GLARE = 235.0
"""A face whose median grey level is above this has lost its texture."""
MIDDLE_SHARE = 0.25
"""The face may be this share of the picture away from its middle: a turn moves the head by about 10 cm."""
LOW_CAMERA_DEG, LOWEST_CAMERA_DEG = 15.0, 50.0
"""For flexion-rotation the camera looks up at the face: flexion past 45° loses the face from a level camera, and one
tilted up 30-40° sees the bent face squarely. Steeper than the second, it loses the face that looks ahead."""
SEEN_SHARE = 0.8
"""A face that is missing from more than the rest of the last second is not reliably found."""
NOT_ESSENTIAL: frozenset[ItemName] = frozenset({"shoulders"})
"""Without them a measurement is possible, and says what it could not know."""
COMPANY = "company"
"""Another face that cannot be confused with the person's: doubted, but the check may begin."""


@dataclass(frozen=True)
class FramingItem:
    """One condition of a good picture.

    Attributes
    ----------
    name : of the condition
    status : `ok`, `change` (it is wrong) or `unknown` (it cannot be told yet)
    advice : which way it is wrong (``nearer``, ``darker``...), a key of the texts; empty where it is ok
    value : what was measured, in the unit of its text (cm, frames a second, degrees); NaN where there is no number
    """

    name: ItemName
    status: Status
    advice: str = ""
    value: float = float("nan")


@dataclass(frozen=True)
class FramingState:
    """All conditions, in the order in which to correct them."""

    items: tuple[FramingItem, ...]

    @property
    def ready(self) -> bool:
        """Whether a measurement that began now would be good."""
        return all(item.status == "ok" for item in self.items)

    @property
    def possible(self) -> bool:
        """Whether a measurement is possible, though something would remain unknown."""
        return all(item.status == "ok" or item.name in NOT_ESSENTIAL for item in self.items)

    @property
    def first(self) -> FramingItem | None:
        """The condition to correct next; None when all are met."""
        wrong = [item for item in self.items if item.status != "ok"]
        return min(wrong, key=lambda item: item.status != "change") if wrong else None


class Framing:
    """Watches the picture of one person.

    Parameters
    ----------
    lens : of the picture as played
    test, posture : what will be measured: flexion-rotation needs a camera that looks up at the face, and of someone
        lying on a table the trunk need not be seen
    """

    def __init__(self, lens: Lens, test: Test, posture: Posture) -> None:
        self._lens, self._test, self._posture = lens, test, posture
        self._reader = Reader()
        self._recent: deque[LiveReading] = deque()

    def take(self, now: CurrentPose) -> FramingState:
        """Process the newest frame."""
        self._recent.append(self._reader.read(now))
        while now.time_s - self._recent[0].time_s > LOOK_BACK_S:
            self._recent.popleft()
        return judge(tuple(self._recent), self._lens, self._test, self._posture)


def judge(recent: Sequence[LiveReading], lens: Lens, test: Test, posture: Posture) -> FramingState:
    """Judge the readings of the last second, oldest first, at least one."""
    seen = [r for r in recent if r.seen and np.isfinite(r.brightness)]
    items = [_face(recent, seen)]
    known = items[0].advice in ("", COMPANY) or len(seen) > 0.5 * len(recent)
    items.append(_middle(seen, lens) if known else FramingItem("middle", "unknown", "no_face"))
    items.append(_distance(seen) if known else FramingItem("distance", "unknown", "no_face"))
    items.append(_light(seen) if known else FramingItem("light", "unknown", "no_face"))
    items.append(_sharpness(seen) if known else FramingItem("sharpness", "unknown", "no_face"))
    items.append(_frame_rate(recent))
    if posture == "seated":
        items.append(_shoulders(seen, known))
    if test == "flexion-rotation":
        items.append(_camera_height(seen) if known else FramingItem("camera_height", "unknown", "no_face"))
    return FramingState(tuple(items))


def _face(recent: Sequence[LiveReading], seen: Sequence[LiveReading]) -> FramingItem:
    if any(not r.subject_sure for r in recent):
        return FramingItem("face", "change", "another_face")
    if len(seen) >= SEEN_SHARE * len(recent):
        company = float(np.median([r.faces for r in recent])) > 1
        return FramingItem("face", "change" if company else "ok", COMPANY if company else "")
    return FramingItem("face", "change", "none" if not any(r.faces for r in recent) else "look_here")


def _middle(seen: Sequence[LiveReading], lens: Lens) -> FramingItem:
    position = np.median([r.position_m for r in seen], axis=0)
    across = (lens.cx + lens.fx * position[0] / position[2]) / lens.width - 0.5
    down = (lens.cy + lens.fy * position[1] / position[2]) / lens.height - 0.5
    if max(abs(across), abs(down)) <= MIDDLE_SHARE:
        return FramingItem("middle", "ok")
    if abs(across) >= abs(down):
        # The preview is a mirror: what is right in the picture is on the left for the person in front of it.
        return FramingItem("middle", "change", "off_right" if across < 0 else "off_left")
    return FramingItem("middle", "change", "too_high" if down < 0 else "too_low")


def _distance(seen: Sequence[LiveReading]) -> FramingItem:
    metres = _median([r.distance_m for r in seen])
    if np.isnan(metres):
        return FramingItem("distance", "unknown", "no_face")
    advice = "nearer" if metres > FARTHEST_M else "farther" if metres < NEAREST_M else ""
    return FramingItem("distance", "change" if advice else "ok", advice, 100 * metres)


def _light(seen: Sequence[LiveReading]) -> FramingItem:
    level = _median([r.brightness for r in seen])
    if np.isnan(level):
        return FramingItem("light", "unknown", "no_face")
    least = MARGIN * (gates.LOW_LIGHT.threshold or 0.0)
    advice = "darker" if level > GLARE else "lighter" if level < least else ""
    return FramingItem("light", "change" if advice else "ok", advice)


def _sharpness(seen: Sequence[LiveReading]) -> FramingItem:
    detail = _median([r.sharpness for r in seen])
    if np.isnan(detail):
        return FramingItem("sharpness", "unknown", "no_face")
    blurred = detail < MARGIN * (gates.BLURRED.threshold or 0.0)
    return FramingItem("sharpness", "change" if blurred else "ok", "blurred" if blurred else "")


def _frame_rate(recent: Sequence[LiveReading]) -> FramingItem:
    seconds = recent[-1].time_s - recent[0].time_s
    if len(recent) < 4 or seconds < LOOK_BACK_S / 2:
        return FramingItem("frame_rate", "unknown", "measuring")
    rate = (len(recent) - 1) / seconds
    slow = gates.too_few_frames(rate)
    return FramingItem("frame_rate", "change", "slow", told_rate(rate)) if slow else FramingItem("frame_rate", "ok")


def _shoulders(seen: Sequence[LiveReading], known: bool) -> FramingItem:
    if not known:
        return FramingItem("shoulders", "unknown", "no_face")
    followed = bool(seen) and bool(np.isfinite(seen[-1].trunk).all())
    return FramingItem("shoulders", "ok" if followed else "change", "" if followed else "show")


def _camera_height(seen: Sequence[LiveReading]) -> FramingItem:
    below = _median([r.below_deg for r in seen])
    if np.isnan(below):
        return FramingItem("camera_height", "unknown", "no_face")
    advice = "lower" if below < LOW_CAMERA_DEG else "higher" if below > LOWEST_CAMERA_DEG else ""
    return FramingItem("camera_height", "change" if advice else "ok", advice, below)


def _median(values: Sequence[float]) -> float:
    known = np.asarray([v for v in values if np.isfinite(v)])
    return float(np.median(known)) if len(known) else float("nan")

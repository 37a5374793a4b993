"""Assumed: the camera stays still, its lens does not change, and every frame is new. Rows in which this fails."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from assumption_rows import Picture, Row, Source, Truth, pictures, write_like

SPARE = 1.15
"""A clip whose picture is moved is first enlarged by this much, so that its edge does not come into view."""
CAMERA = {"camera_moved", "zoomed", "camera_unsteady", "another_view"}
RATE = {"frame_rate_low", "repeated_pictures", "picture_froze", "pictures_blended"}

Motion = Callable[[float], tuple[float, float, float]]
"""Enlargement, and shift right and down in pixels, at a time in seconds."""


def _moved(picture: Picture, scale: float, right: float, down: float) -> Picture:
    height, width = picture.shape[:2]
    to = np.array([[scale, 0, (1 - scale) * width / 2 + right], [0, scale, (1 - scale) * height / 2 + down]])
    how = cv2.INTER_LINEAR if scale >= 1 else cv2.INTER_AREA
    return np.asarray(
        cv2.warpAffine(picture, to, (width, height), flags=how, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def _enlarged(truth: Truth, scale: float) -> Truth:
    """The truth for pictures enlarged about their centre."""
    truth = copy.deepcopy(truth)
    width, height = truth["size"]
    shift = np.array([[scale, 0, (1 - scale) * width / 2], [0, scale, (1 - scale) * height / 2], [0, 0, 1]])
    truth["camera_matrix"] = (shift @ np.array(truth["camera_matrix"])).tolist()
    return truth


def _film(source: Source, to: Path, motion: Motion, spare: float) -> Truth:
    fps = source.truth["fps"]

    def touched() -> Iterator[Picture]:
        for i, picture in enumerate(pictures(source.video)):
            scale, right, down = motion(i / fps)
            yield _moved(picture, spare * scale, right, down)

    write_like(source, to, touched())
    return _enlarged(source.truth, spare)


def _eased(time_s: float, start_s: float, end_s: float) -> float:
    s = min(1.0, max(0.0, (time_s - start_s) / (end_s - start_s)))
    return 3 * s * s - 2 * s**3


def _second_turn(source: Source) -> tuple[float, float]:
    """When the head goes out to its second side and has come to rest there."""
    hold = [h for h in source.truth["holds"] if "neutral" not in h["name"]][1]
    return hold["start_s"] - 1.5, hold["start_s"]


def zoom(source: Source, most: float, to: Path) -> Truth:
    """Auto-framing: the picture zooms about its centre while the head turns."""
    first = next(h for h in source.truth["holds"] if "neutral" not in h["name"])
    start, end = first["start_s"] - 1.5, _second_turn(source)[1]
    return _film(source, to, lambda t: (1 + (most - 1) * _eased(t, start, end), 0.0, 0.0), 1.0)


def pan(source: Source, share: float, to: Path) -> Truth:
    """Crop and pan: the picture shifts sideways by a share of its width, to keep the face in the middle."""
    start, end = _second_turn(source)
    far = share * source.truth["size"][0]

    def motion(t: float) -> tuple[float, float, float]:
        done = far * _eased(t, start, end)
        return 1.0, done, 0.4 * done

    return _film(source, to, motion, SPARE)


def shake(source: Source, most_px: float, to: Path) -> Truth:
    """A hand-held camera, or a knocked table: slow sway and fast tremor."""
    rng = np.random.default_rng(7)
    phase, rate = rng.uniform(0, 6, (2, 4)), np.array([0.4, 1.1, 2.7, 6.1])
    part = np.array([0.5, 0.3, 0.15, 0.05])

    def motion(t: float) -> tuple[float, float, float]:
        right, down = (np.sin(2 * np.pi * rate * t + phase) * part).sum(1) * most_px
        return 1.0, float(right), float(down)

    return _film(source, to, motion, SPARE)


def focus_pull(source: Source, strength: tuple[float, float], to: Path) -> Truth:
    """The lens refocuses in the second hold: blur, and focus breathing."""
    blur, breath = strength
    fps, middle = source.truth["fps"], _second_turn(source)[1] + 0.5

    def touched() -> Iterator[Picture]:
        for i, picture in enumerate(pictures(source.video)):
            away = float(np.exp(-(((i / fps - middle) / 0.6) ** 2)))
            if away > 0.02:
                picture = _moved(picture, 1 + breath * away, 0, 0)
                picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), max(0.05, blur * away)), np.uint8)
            yield picture

    write_like(source, to, touched())
    return source.truth


def repeats(source: Source, every: int, to: Path) -> Truth:
    """Each frame repeated this many times, and encoded again."""
    write_like(source, to, _held(source, every))
    return source.truth


def _held(source: Source, every: int) -> Iterator[Picture]:
    last: Picture | None = None
    for i, picture in enumerate(pictures(source.video)):
        if i % every == 0 or last is None:
            last = picture
        yield last


def doubles(source: Source, rate: float, to: Path) -> Truth:
    """Frames of another rate converted to this one by blending neighbours."""
    fps = source.truth["fps"]
    seen = list(pictures(source.video))

    def touched() -> Iterator[Picture]:
        for i in range(len(seen)):
            at = i / fps * rate
            a, share = int(at), at - int(at)
            first, second = (seen[min(len(seen) - 1, round(k / rate * fps))] for k in (a, a + 1))
            yield np.asarray(cv2.addWeighted(first, 1 - share, second, share, 0), np.uint8)

    write_like(source, to, touched())
    return source.truth


def freeze(source: Source, seconds: float, to: Path) -> Truth:
    """The picture freezes halfway through the second turn, on the way out."""
    fps, start = source.truth["fps"], _second_turn(source)[0] + 0.75

    def touched() -> Iterator[Picture]:
        last: Picture | None = None
        for i, picture in enumerate(pictures(source.video)):
            if last is None or not start <= i / fps < start + seconds:
                last = picture
            yield last

    write_like(source, to, touched())
    return source.truth


def dropped(source: Source, share: float, to: Path) -> Truth:
    """Blocks of the picture are lost at random, and those of the previous frame are shown instead."""
    rng = np.random.default_rng(11)

    def touched() -> Iterator[Picture]:
        last: Picture | None = None
        left = 0
        for picture in pictures(source.video):
            if left == 0 and rng.random() < share / 5:
                left = int(rng.integers(2, 9))
            if left and last is not None:
                left -= 1
            else:
                last = picture
            yield last

    write_like(source, to, touched())
    return source.truth


ROWS = (
    Row("zoom", {"1.03x": 1.03, "1.1x": 1.1, "1.3x": 1.3, "1.6x": 1.6}, zoom, CAMERA, must=CAMERA),
    Row("crop and pan", {"1 %": 0.01, "3 %": 0.03, "6 %": 0.06, "12 %": 0.12}, pan, CAMERA, must=CAMERA),
    Row("shaken camera", {"2 px": 2.0, "6 px": 6.0, "15 px": 15.0, "40 px": 40.0}, shake, CAMERA, must=CAMERA),
    Row(
        "focus pull",
        {"1 px, 1 %": (1.0, 0.01), "2 px, 2 %": (2.0, 0.02), "4 px, 4 %": (4.0, 0.04), "8 px, 6 %": (8.0, 0.06)},
        focus_pull,
        CAMERA | {"blurred"},
        must=CAMERA | {"blurred"},
    ),
    Row("repeated pictures", {"15/s": 2, "10/s": 3, "7.5/s": 4, "5/s": 6}, repeats, RATE, must=RATE),
    Row("blended doubles", {"25/s": 25.0, "15/s": 15.0, "12/s": 12.0, "8/s": 8.0}, doubles, RATE),
    Row("freeze", {"0.2 s": 0.2, "0.5 s": 0.5, "1 s": 1.0, "2 s": 2.0}, freeze, RATE | {"face_lost", "beyond_reach"}),
    Row("dropped blocks", {"10 %": 0.1, "25 %": 0.25, "40 %": 0.4, "60 %": 0.6}, dropped, RATE),
)

"""Repeated pictures are distinguished from new ones, through a real codec, and no others are marked."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from recordings import Picture, write_video

from romcheck.tracking.fresh_pictures import Freshness, FreshPictures

FPS = 30
COUNT = 120


@lru_cache(1)
def swaying(noise: float, stop_at: int = COUNT) -> list[Picture]:
    """A textured ball that goes to and fro, and from a picture on stands where it came to, slowing down to there."""
    rng = np.random.default_rng(3)
    skin = cv2.GaussianBlur(rng.normal(0, 1, (160, 160, 3)), (0, 0), 4)
    skin = np.clip(140 + 40 * skin / skin.std(), 0, 255)
    pictures = []
    for i in range(COUNT):
        s = min(1.0, i / stop_at)
        way = 120 * (10 * s**3 - 15 * s**4 + 6 * s**5) if stop_at < COUNT else 60 + 60 * np.sin(i / 18)
        canvas = np.full((240, 320, 3), 190.0)
        at = np.array([[1, 0, 20 + way], [0, 1, 40]])
        cv2.warpAffine(skin, at, (320, 240), dst=canvas, borderMode=cv2.BORDER_TRANSPARENT)
        pictures.append(np.clip(canvas + rng.normal(0, noise, canvas.shape), 0, 255).astype(np.uint8))
    return pictures


def repeats(path: Path) -> list[bool]:
    return [look.repeated for look in looked_at(path)]


def looked_at(path: Path) -> list[Freshness]:
    fresh = FreshPictures()
    with av.open(str(path)) as file:
        return [fresh.look(i / FPS, f.to_ndarray(format="rgb24")) for i, f in enumerate(file.decode(video=0))]


@pytest.mark.parametrize(
    ("every", "crf"), [(2, 18), (3, 30), *(pytest.param(*how, marks=pytest.mark.slow) for how in ((3, 23), (4, 23)))]
)
def test_repeats_are_found_through_a_codec(tmp_path, every, crf):
    pictures = swaying(noise=2)
    shown = [pictures[i - i % every] for i in range(COUNT)]
    found = repeats(write_video(tmp_path / "repeats.mp4", shown, fps=FPS, options={"crf": str(crf)}))

    true = [i % every > 0 for i in range(COUNT)]
    # Where the ball turns back, two pictures may be as good as one.
    assert sum(f and not t for f, t in zip(found, true, strict=True)) <= 2
    assert sum(f for f, t in zip(found, true, strict=True) if t) > 0.85 * sum(true)


@pytest.mark.slow
@pytest.mark.parametrize("noise", [0.0, 2.0, 6.0])
@pytest.mark.parametrize("stop_at", [COUNT, 60], ids=["moving", "coming to rest"])
def test_new_pictures_are_not_taken_for_repeats(tmp_path, noise, stop_at):
    found = repeats(write_video(tmp_path / "new.mp4", swaying(noise, stop_at), fps=FPS))

    assert sum(found) <= 4  # where it hardly moves, as it comes to rest


def test_a_picture_that_stands_still_in_the_middle_of_a_movement_is_found(tmp_path):
    pictures = [*swaying(noise=2)]
    pictures[40:70] = [pictures[40]] * 30
    found = repeats(write_video(tmp_path / "freeze.mp4", pictures, fps=FPS))

    assert all(found[42:70])
    assert not any(found[:40] + found[70:])


def test_a_picture_drawn_anew_by_its_codec_is_no_new_one():
    """Key frames draw the same picture with other errors."""
    pictures = swaying(noise=2)[:80]
    errors = 7 * cv2.GaussianBlur(np.random.default_rng(1).normal(0, 1, pictures[20].shape), (0, 0), 2)
    anew = np.clip(pictures[20] + errors, 0, 255).astype(np.uint8)
    pictures[20:] = [pictures[20]] * 30 + [anew] * 30
    fresh = FreshPictures()

    assert all([fresh.look(i / FPS, picture).repeated for i, picture in enumerate(pictures)][21:])


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "expected"), [(30, 0.0), (15, 0.5), (12, 0.4)])
def test_pictures_mixed_out_of_two_are_told(tmp_path, rate, expected):
    pictures = swaying(noise=2)
    shown = []
    for i in range(COUNT):
        a, share = divmod(i * rate / FPS, 1)
        first, second = (pictures[min(COUNT - 1, round(k * FPS / rate))].astype(float) for k in (a, a + 1))
        shown.append((first * (1 - share) + second * share).astype(np.uint8))
    found = looked_at(write_video(tmp_path / "blended.mp4", shown, fps=FPS))

    share = sum(look.follows_blend for look in found) / sum(look.changed for look in found)
    assert share == pytest.approx(expected, abs=0.2 if expected else 0.05)

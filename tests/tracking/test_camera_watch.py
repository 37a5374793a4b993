"""The background says whether the camera moved or zoomed, by how much, and when it cannot say."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from romcheck.motion.track import CameraCourse
from romcheck.tracking.camera_watch import CameraWatch

SIZE = 640, 480
FOCAL = 0.866  # over the longer side: 60 degrees across
MIDDLE = np.array([SIZE[0] - 1, SIZE[1] - 1]) / 2
Rgb = NDArray[np.uint8]
Change = Callable[[Rgb, float], Rgb]


def room(seed: int = 1, contrast: float = 60.0, grain_px: float = 12.0) -> Rgb:
    rng = np.random.default_rng(seed)
    waves = cv2.GaussianBlur(rng.normal(0, 1, (SIZE[1], SIZE[0])), (0, 0), grain_px)
    grey = np.clip(128 + contrast * waves / waves.std() / 2, 0, 255)
    return np.repeat(grey[..., None], 3, axis=2).astype(np.uint8)


def person() -> NDArray[np.bool_]:
    mask = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    cv2.ellipse(mask, (320, 230), (80, 110), 0, 0, 360, 1, -1)
    cv2.ellipse(mask, (320, 480), (200, 140), 0, 0, 360, 1, -1)
    return mask > 0


def moved(picture: Rgb, scale: float = 1.0, right: float = 0.0, down: float = 0.0, around_deg: float = 0.0) -> Rgb:
    turn = cv2.getRotationMatrix2D(tuple(MIDDLE), -around_deg, scale) + np.array([[0, 0, right], [0, 0, down]])
    return np.asarray(cv2.warpAffine(picture, turn, SIZE, borderMode=cv2.BORDER_REFLECT), np.uint8)


@cache
def grain() -> NDArray[np.float32]:
    """A camera's noise: drawn once, and shifted for each picture, as drawing it took longer than watching."""
    return 2 * np.random.default_rng(0).standard_normal((SIZE[1], SIZE[0], 3), np.float32)


def watched(behind: Rgb, change: Change, seconds: float = 4.0, fps: float = 15.0) -> CameraCourse:
    """What is seen of a background that changes, behind a person who sways, with a camera's noise."""
    rng = np.random.default_rng(0)
    watch, times = CameraWatch(FOCAL), np.arange(0, seconds, 1 / fps)
    head = np.random.default_rng(5).integers(60, 200, (220, 160, 3)).astype(np.uint8)
    for time in times:
        picture = change(behind, float(time)).copy()
        x = 240 + round(12 * np.sin(2 * time))
        picture[120:340, x : x + 160] = head
        noise = np.roll(grain(), rng.integers(SIZE, size=2), (1, 0))
        noisy = np.clip(picture + noise, 0, 255).astype(np.uint8)
        watch.see(time, noisy) if time > 0 else watch.start(0.0, noisy, person())
    return watch.course(times)


def test_a_camera_that_keeps_still_is_seen_to():
    course = watched(room(), lambda picture, _: picture)

    assert np.isfinite(course.zoom).mean() > 0.95
    assert np.nanmax(np.abs(course.turned_deg)) < 0.1
    assert np.nanmax(np.abs(course.zoom - 1)) < 0.003


@pytest.mark.slow
@pytest.mark.parametrize("most", [1.1, 1.6, 0.8])
def test_a_zoom_is_followed_to_its_end(most):
    course = watched(room(), lambda picture, t: moved(picture, 1 + (most - 1) * min(1.0, t / 3)))

    assert course.zoom[-1] == pytest.approx(most, abs=0.01)
    assert np.nanmax(np.abs(course.turned_deg)) < 0.3


def test_a_pan_and_a_roll_are_told_in_degrees():
    course = watched(room(), lambda p, t: moved(p, 1, 60 * min(1.0, t / 2), -25 * min(1.0, t / 2), 3 * min(1.0, t / 2)))

    focal_px = FOCAL * SIZE[0]
    right, down = np.degrees(np.arctan(60 / focal_px)), np.degrees(np.arctan(-25 / focal_px))
    assert course.turned_deg[-1] == pytest.approx([right, down, 3.0], abs=0.15)
    assert course.zoom[-1] == pytest.approx(1, abs=0.004)


@pytest.mark.slow
def test_a_shake_faster_than_the_looks_is_seen_once_it_began():
    def shaken(picture: Rgb, t: float) -> Rgb:
        return moved(picture, 1, 20 * np.sin(9 * t))

    course = watched(room(), shaken, fps=30)

    shift = np.degrees(np.arctan(20 * np.sin(9 * np.arange(0, 4, 1 / 30)) / (FOCAL * SIZE[0])))
    assert np.nanmedian(np.abs(course.turned_deg[30:, 0] - shift[30:])) < 0.1


@pytest.mark.parametrize(
    "change",
    [
        lambda picture, t: np.clip(picture * (1 - 0.1 * t), 0, 255).astype(np.uint8),
        lambda picture, t: np.clip(picture + 8 * t * np.linspace(-1, 1, SIZE[0])[:, None], 0, 255).astype(np.uint8),
    ],
    ids=["darker", "a lamp to one side"],
)
def test_light_that_changes_is_no_motion(change):
    course = watched(room(), change)

    assert np.isfinite(course.zoom).all()
    assert np.nanmax(np.abs(course.turned_deg)) < 0.2
    assert np.nanmax(np.abs(course.zoom - 1)) < 0.005


def test_somebody_who_walks_through_is_no_motion():
    def passed(picture: Rgb, t: float) -> Rgb:
        x = round(640 * (t - 1) / 2)
        out = picture.copy()
        if 0 < x < 640:
            out[100:, x : x + 130] = (90, 60, 160)
        return out

    course = watched(room(), passed)

    assert np.nanmax(np.abs(course.turned_deg)) < 0.2
    assert np.isfinite(course.zoom).mean() > 0.6


def test_a_caption_in_the_picture_does_not_hide_a_zoom():
    def captioned(picture: Rgb, t: float) -> Rgb:
        out = moved(picture, 1 + 0.1 * t)
        cv2.putText(out, "2026-03-28 10:15  Camera 1", (8, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (255, 255, 255), 2)
        return out

    assert watched(room(), captioned).zoom[-1] == pytest.approx(1.39, abs=0.02)


@pytest.mark.parametrize("slope", [0.0, 40.0])
def test_of_a_wall_that_shows_nothing_nothing_is_said(slope):
    wall = np.full((SIZE[1], SIZE[0], 3), 150.0) + slope * np.linspace(-1, 1, SIZE[0])[:, None]
    course = watched(wall.astype(np.uint8), lambda picture, t: moved(picture, 1 + 0.1 * t))

    assert np.isnan(course.zoom).all()
    assert not course.another.any()


def test_another_view_is_not_taken_for_the_first():
    other = room(seed=9)
    course = watched(room(), lambda picture, t: picture if t < 2 else other)

    assert np.isnan(course.zoom[-8:]).all()
    assert course.another[-8:].all()

"""The lens against OpenCV's own and against pictures turned and scaled."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from romcheck.geometry.intrinsics import Lens

WIDE = Lens(640, 480, 520.0, 528.0, 331.0, 229.0, (-0.32, 0.14, 0.004, -0.006, -0.03))
TERMS = ((-0.3, 0.15), (-0.05, 0.1), (-0.01, 0.01), (-0.01, 0.01), (-0.02, 0.02))


def grid(lens: Lens, count: int = 15) -> np.ndarray:
    u, v = np.meshgrid(np.linspace(0, lens.width, count), np.linspace(0, lens.height, count))
    return np.stack([u, v], -1)


def test_every_pixel_of_a_strongly_distorting_lens_comes_back() -> None:
    """Straight lines bend by some 50 pixels at the corners of this lens."""
    pixels = grid(WIDE)
    assert np.abs(WIDE.rays(pixels) - (pixels - (WIDE.cx, WIDE.cy)) / (WIDE.fx, WIDE.fy)).max() * WIDE.fx > 20
    assert WIDE.project(WIDE.rays(pixels)) == pytest.approx(pixels, abs=0.01)


@examples(50)
@given(st.tuples(*(st.floats(low, high) for low, high in TERMS)))
def test_distortion_is_that_of_opencv(distortion: tuple[float, float, float, float, float]) -> None:
    lens = Lens(640, 480, 600.0, 590.0, 315.0, 250.0, distortion)
    rays = np.random.default_rng(1).uniform(-0.5, 0.5, (40, 2))
    points = np.column_stack([rays, np.ones(40)])
    theirs, _ = cv2.projectPoints(points, np.zeros(3), np.zeros(3), lens.K, np.array(distortion))
    assert lens.project(rays) == pytest.approx(theirs[:, 0], abs=1e-6)


@pytest.mark.parametrize("quarters", [0, 1, 2, 3, 5, -1])
def test_turned_lens_sees_in_the_turned_picture_what_the_lens_saw(quarters: int) -> None:
    """Which pixel went where is asked of numpy.rot90; a turned picture has turned camera axes."""
    v, u = np.mgrid[0 : WIDE.height, 0 : WIDE.width] + 0.5
    was = np.stack([np.rot90(u, quarters), np.rot90(v, quarters)], -1)[::20, ::20]
    height, width = np.rot90(u, quarters).shape
    at = np.stack(np.meshgrid(np.arange(0, width, 20) + 0.5, np.arange(0, height, 20) + 0.5), -1)
    lens = WIDE.quarter_turned(quarters)
    assert (lens.width, lens.height) == (width, height)
    a = np.radians(90 * quarters)
    # y points down, so an anticlockwise turn takes x to -y.
    axes = np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
    assert lens.project(WIDE.rays(was) @ axes.T) == pytest.approx(at, abs=0.5)
    assert np.abs(lens.project(WIDE.rays(was) @ axes.T) - at).mean() < 0.02


def test_lens_of_a_smaller_picture_sees_the_same_rays() -> None:
    half = WIDE.scaled(0.5)
    assert (half.width, half.height) == (320, 240)
    assert half.rays(grid(WIDE) / 2) == pytest.approx(WIDE.rays(grid(WIDE)), abs=1e-6)


def test_field_of_view_spans_the_longer_side() -> None:
    for lens in (Lens.from_fov(1280, 720, 70.0), Lens.from_fov(720, 1280, 70.0)):
        edges = lens.rays(np.array([[0, 0], [lens.width, lens.height]], float))
        across = np.degrees(np.arctan(edges[1]) - np.arctan(edges[0]))
        assert across.max() == pytest.approx(70.0)


def test_unknown_pixels_stay_unknown() -> None:
    for lens in (Lens.assumed(640, 480), WIDE):
        rays = lens.rays(np.array([[np.nan, np.nan], [320.0, 240.0]]))
        assert np.isnan(rays[0]).all()
        assert np.isfinite(rays[1]).all()
        assert lens.rays(np.zeros((0, 2))).shape == (0, 2)


@pytest.mark.parametrize(
    "size",
    [
        (640, 480), (480, 640), (1280, 720), (720, 1280), (640, 368), (848, 480), (424, 240), (1920, 1080),
        (1280, 1024), (960, 540), (2560, 1600), (800, 480), (1080, 1080), (1080, 2340), (1170, 2532), (4096, 2160),
    ],
)  # fmt: skip
def test_shapes_of_webcams_phones_and_screens_are_not_taken_for_cropped(size: tuple[int, int]) -> None:
    assert not Lens.assumed(*size).maybe_off_middle


@pytest.mark.parametrize("size", [(400, 480), (540, 480), (700, 1000), (1000, 700), (600, 640)])
def test_pictures_cut_to_a_shape_of_their_own_are(size: tuple[int, int]) -> None:
    assert Lens.assumed(*size).maybe_off_middle


def test_a_mirror_image_sees_every_ray_on_the_other_side() -> None:
    pixels = grid(WIDE)
    swapped = np.stack([WIDE.width - pixels[..., 0], pixels[..., 1]], -1)
    assert WIDE.mirrored.rays(swapped) == pytest.approx(WIDE.rays(pixels) * [-1, 1], abs=1e-9)

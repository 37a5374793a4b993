"""The working picture shows a thing where its viewing ray says."""

from __future__ import annotations

import numpy as np
import pytest

from romcheck.geometry.intrinsics import Lens
from romcheck.tracking.settings import TRACKING
from romcheck.tracking.working_picture import WorkingPicture

PLAIN = Lens(640, 480, 560.0, 560.0, 316.0, 247.0)
BENT = Lens(640, 480, 540.0, 548.0, 325.0, 236.0, (-0.28, 0.10, 0.003, -0.004, 0.0))


def with_spot(lens: Lens, at: np.ndarray) -> np.ndarray:
    """Grey picture with a soft light spot at a pixel."""
    v, u = np.mgrid[0 : lens.height, 0 : lens.width]
    spot = 120 * np.exp(-((u - at[0]) ** 2 + (v - at[1]) ** 2) / (2 * 3.0**2))
    return np.repeat((90 + spot).astype(np.uint8)[..., None], 3, 2)


def brightest(picture: np.ndarray) -> np.ndarray:
    """Middle of the brightest blob, to a part of a pixel."""
    v, u = np.unravel_index(picture.argmax(), picture.shape)
    rows, columns = np.mgrid[v - 4 : v + 5, u - 4 : u + 5]
    weight = np.clip(picture[v - 4 : v + 5, u - 4 : u + 5], 0, None) ** 2
    return np.array([(columns * weight).sum(), (rows * weight).sum()]) / weight.sum()


@pytest.mark.parametrize("lens", [PLAIN, BENT], ids=["plain", "bent"])
@pytest.mark.parametrize("face_width", [80.0, 140.0, 2.1 * TRACKING.picture.face_width_px])
@pytest.mark.parametrize("spot", [(320.0, 240.0), (120.0, 90.0), (530.0, 400.0)])
def test_spot_is_seen_along_its_ray(lens: Lens, face_width: float, spot: tuple[float, float]) -> None:
    at = np.array(spot)
    working = WorkingPicture(lens, face_width)
    fine, half = working(with_spot(lens, at))
    assert fine.shape == (working.height, working.width)
    seen = brightest(fine)
    wanted = lens.rays(at[None])[0] * working.focal + working.centre
    # Half a pixel of the colour picture is what the two ways to number pixels differ by.
    assert np.abs(seen - wanted).max() < 0.5
    assert working.pixels(at[None])[0] == pytest.approx(wanted)
    assert np.abs((brightest(half) + 0.5) * 2 - 0.5 - seen).max() < 0.5


def test_large_faces_are_made_smaller_small_ones_larger_and_those_between_left() -> None:
    least, usual, most = (
        getattr(TRACKING.picture, name) for name in ("least_face_width_px", "face_width_px", "most_enlarged")
    )
    widths = (2 * usual, usual, (least + usual) / 2, least, least / 1.5, least / most / 2)
    expected = (0.5, 1, 1, 1, 1.5, most)
    assert [WorkingPicture(PLAIN, width).scale for width in widths] == pytest.approx(expected)


@pytest.mark.parametrize("lens", [PLAIN, BENT], ids=["plain", "bent"])
def test_part_of_a_picture_is_that_part_of_the_whole(lens: Lens) -> None:
    rgb = np.random.default_rng(0).integers(0, 255, (lens.height, lens.width, 3)).astype(np.uint8)
    working = WorkingPicture(lens, 140.0)
    whole, whole_half = (level.copy() for level in working(rgb))
    part, half = working(rgb, (np.array([300.0, 200.0]), 90.0))
    assert part[150:250, 250:350] == pytest.approx(whole[150:250, 250:350], abs=0.02)
    assert not part[:100].any()
    assert not part[:, 400:].any()
    assert half[75:125, 125:175] == pytest.approx(whole_half[75:125, 125:175], abs=0.02)
    assert not half[:50].any()
    for level, expected in zip(working(rgb), (whole, whole_half), strict=True):
        np.testing.assert_array_equal(level, expected)


@pytest.mark.parametrize("lens", [PLAIN, BENT], ids=["plain", "bent"])
def test_mask_lies_over_the_picture(lens: Lens) -> None:
    mask = np.zeros((lens.height, lens.width), np.uint8)
    mask[:, :200] = 1
    working = WorkingPicture(lens, 300.0)
    over = working.same_view(mask)
    assert over.shape == (working.height, working.width)
    edge = working.pixels(np.array([[200.0, 240.0]]))[0]
    row = over[round(edge[1])]
    assert abs(np.flatnonzero(row).max() - edge[0]) < 2

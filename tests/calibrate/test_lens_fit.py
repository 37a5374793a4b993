"""A known lens is found again, with an honest standard deviation, and a bad set of views is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from rendered import HEIGHT, LENSES, WIDTH, Renderer, computed_views, lens_of

from romcheck.calibrate.boards import BOARDS
from romcheck.calibrate.footage import Footage
from romcheck.calibrate.lens_fit import MAX_FOCAL_SD, fit_lens, refusals
from romcheck.calibrate.steps import calibrated
from romcheck.calibrate.views import BoardFinder, choose_views, coverage, postures, usable_views
from romcheck.errors import CameraError

BOARD = BOARDS["a4"]
# Blur (standard deviation, pixels) and noise (grey levels) of a decent and of a poor webcam.
CAMERAS = {"60, straight": (1.3, 8.0), "78, mild": (0.9, 5.0), "84, strong": (0.6, 3.0)}


def footage_of(pictures, board=BOARD) -> Footage:
    finder = BoardFinder(board)
    views = [view for i, picture in enumerate(pictures) if (view := finder.find(picture, f"view {i}"))]
    return Footage(tuple(views), len(pictures), (), pictures[0].shape[1], pictures[0].shape[0])


def ray_errors_deg(found, true) -> np.ndarray:
    """Angle between what two lenses take a pixel's direction to be, over a grid of pixels."""
    grid = np.stack(np.meshgrid(np.linspace(20, true.width - 20, 9), np.linspace(20, true.height - 20, 7)), -1)
    a, b = (np.dstack([lens.rays(grid), np.ones(grid.shape[:2])]) for lens in (found, true))
    cosine = (a * b).sum(-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


@pytest.mark.slow
@pytest.mark.parametrize("name", LENSES)
def test_a_known_lens_is_found_from_pictures(name):
    lens = LENSES[name]
    calibration = calibrated(footage_of(Renderer(lens, BOARD, *CAMERAS[name], seed=3).good_set(24)))
    found, sd = calibration.lens, calibration.sd
    for key in ("fx", "fy"):
        error = getattr(found, key) / getattr(lens, key) - 1
        assert abs(error) < 0.007
        assert abs(error) < 4 * sd[key] / lens.fx
        assert abs(error) < 2 * found.focal_sd
    assert abs(found.cx - lens.cx) < 4
    assert abs(found.cy - lens.cy) < 4
    assert ray_errors_deg(found, lens).max() < 0.5
    assert calibration.reprojection_px < 0.4


@pytest.mark.slow
def test_the_standard_deviations_are_those_of_repeated_calibrations():
    lens = LENSES["78, mild"]
    errors, stated = [], []
    for seed in range(10):
        calibration = fit_lens(computed_views(lens, BOARD, n=12, noise_px=0.2, seed=seed))
        errors.append([calibration.lens.fx - lens.fx, calibration.lens.cx - lens.cx, calibration.lens.cy - lens.cy])
        stated.append([calibration.sd[key] for key in ("fx", "cx", "cy")])
    ratio = np.sqrt(np.mean(np.square(errors), 0)) / np.sqrt(np.mean(np.square(stated), 0))
    # Ten repetitions know a standard deviation to about a fifth.
    assert np.all((ratio > 0.4) & (ratio < 1.6))


@pytest.mark.slow
def test_no_distortion_is_made_up_for_a_straight_lens():
    lens = LENSES["60, straight"]
    calibration = fit_lens(computed_views(lens, BOARD, seed=1))
    assert calibration.model == "none"
    strong = fit_lens(computed_views(LENSES["84, strong"], BOARD, seed=1))
    assert strong.model.startswith("k1 k2")
    assert ray_errors_deg(strong.lens, LENSES["84, strong"]).max() < 0.3


def test_views_that_disagree_are_dropped_by_name():
    lens = LENSES["78, mild"]
    views = computed_views(lens, BOARD, n=24)
    for i in (3, 11):  # a sheet bent by a tenth of its width
        bent = views[i].points.copy()
        bent[:, 0] += 4 * np.sin(bent[:, 1] / 40)
        views[i] = replace(views[i], points=bent)
    calibration = fit_lens(views)
    assert sorted(calibration.dropped) == ["view 11", "view 3"]
    assert calibration.lens.fx == pytest.approx(lens.fx, rel=0.007)
    assert not refusals(calibration)


@pytest.mark.slow
@pytest.mark.parametrize("bow", [-4.0, 2.5])
def test_a_bowed_sheet_is_allowed_for(bow):
    lens = LENSES["84, strong"]
    calibration = fit_lens(computed_views(lens, BOARD, bow=bow))
    # Corners lie between 17.5 and 52.5 mm from the middle.
    assert calibration.bend_mm == pytest.approx(abs(bow) * (0.525**2 - 0.175**2), abs=0.15)
    assert calibration.lens.fx == pytest.approx(lens.fx, rel=0.003)


def test_no_bow_is_made_up_for_a_flat_sheet():
    for seed in (1, 2):
        assert fit_lens(computed_views(LENSES["78, mild"], BOARD, n=14, seed=seed)).bend_mm == 0


def test_a_board_square_to_the_camera_is_refused():
    renderer = Renderer(LENSES["60, straight"], BOARD)
    places = [(x, y) for x in (0.3, 0.5, 0.7) for y in (0.3, 0.4, 0.6, 0.7)]
    pictures = [renderer.take(*renderer.posed(place, 0.5, 0, renderer.filling(0.6))) for place in places]
    with pytest.raises(CameraError, match=r"tilt|Tilt"):
        calibrated(footage_of(pictures))


def test_two_views_are_refused():
    renderer = Renderer(LENSES["60, straight"], BOARD)
    with pytest.raises(CameraError, match="Only 2 usable"):
        calibrated(footage_of([renderer.take(*renderer.posed((0.5, 0.5), 30, d, 450)) for d in (0, 90)]))


def test_the_same_view_many_times_counts_once():
    renderer = Renderer(LENSES["60, straight"], BOARD)
    pictures = [renderer.take(*renderer.posed((0.5, 0.5), 30, 0, 450)) for _ in range(12)]
    with pytest.raises(CameraError, match="Only 1 usable"):
        calibrated(footage_of(pictures))


def test_a_blurred_set_is_refused_and_blurred_views_are_left_out():
    renderer = Renderer(LENSES["60, straight"], BOARD)
    poses = [renderer.posed((0.5, 0.5), 30, d, renderer.filling(0.8)) for d in (0, 45, 90, 135, 180)]
    sharp = footage_of([renderer.take(*pose) for pose in poses])
    soft = footage_of([renderer.take(*pose, blur=2.6) for pose in poses])
    assert len(soft.views) >= 3, "the markers are still read, so that sharpness alone must tell"
    with pytest.raises(CameraError, match="blurred"):
        calibrated(soft)
    assert usable_views([*sharp.views, *soft.views]) == list(sharp.views)


def test_moving_views_are_left_out():
    views = computed_views(LENSES["60, straight"], BOARD, n=4)
    assert usable_views([views[0], replace(views[1], speed=0.5), views[2]]) == [views[0], views[2]]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"xs": (0.3, 0.35), "ys": (0.35, 0.4), "fills": (0.35, 0.5)}, "too little of the picture"),
        ({"directions": (90,), "tilts": (20, 40)}, "up and down"),
        ({"noise_px": 1.5}, "pixels from where"),
        ({"bow": 14}, "bent by"),
    ],
)
def test_a_poor_set_is_refused_for_its_reason(change, reason):
    calibration = fit_lens(computed_views(LENSES["60, straight"], BOARD, **change))
    assert any(reason in str(text) for text in refusals(calibration))


def test_a_sheet_stretched_by_the_printer_is_refused():
    views = computed_views(LENSES["60, straight"], BOARD, n=12)
    stretched = [replace(view, points=view.points * (1.05, 1, 1)) for view in views]
    # The finder believes the board to be 5 % wider than it is.
    assert any("rulers" in str(text) for text in refusals(fit_lens(stretched)))


def test_few_noisy_views_leave_the_focal_length_open():
    limits = {"tilts": (15, 18), "fills": (0.3, 0.35)}
    calibration = fit_lens(computed_views(LENSES["60, straight"], BOARD, n=9, noise_px=0.5, **limits))
    assert calibration.fit_focal_sd > MAX_FOCAL_SD
    assert any("focal length is known only" in str(text) for text in refusals(calibration))


def test_what_is_missing_is_named():
    limits = {"xs": (0.75, 0.85), "fills": (0.4, 0.5), "tilts": (25, 40), "directions": (0,)}
    lens = LENSES["60, straight"]
    seen = coverage(computed_views(lens, BOARD, **limits), lens)
    assert {"upper left", "middle left", "lower left"} <= set(map(str, seen.empty_cells))
    # Turned about the picture's x axis by a positive angle the lower edge goes away.
    assert seen.tilts[3] > 0
    assert seen.tilts[:3] == (0, 0, 0)
    said = " ".join(map(str, seen.missing()))
    assert "left, right, upper" in said
    assert "middle left" in said


@pytest.mark.parametrize(("direction", "expected"), [(0, (0, 1)), (90, (-1, 0)), (180, (0, -1)), (270, (1, 0))])
def test_tilts_point_to_the_edge_that_is_away(direction, expected):
    renderer = Renderer(LENSES["60, straight"], BOARD)
    view = footage_of([renderer.take(*renderer.posed((0.6, 0.4), 30, direction, 450))]).views[0]
    # Seen through the assumed lens of 65 degrees, so only about 30.
    assert np.degrees(postures([view])[0, 2:4]) == pytest.approx(30 * np.array(expected), abs=5)


def test_chosen_views_are_few_and_different():
    views = computed_views(LENSES["60, straight"], BOARD, n=60)
    chosen = choose_views(views)
    assert len(chosen) == 30
    assert len(choose_views([*chosen, *chosen])) == 30
    where = postures(chosen)
    gaps = np.linalg.norm(where[:, None] - where[None], axis=-1) + np.eye(30) * 9
    assert gaps.min() > 0.1


def test_mirrored_pictures_have_the_mirrored_lens():
    lens = lens_of(78, (12, -5), (-0.08, 0.02, 0.0, 0.0, 0.0))
    pictures = [picture[:, ::-1] for picture in Renderer(lens, BOARD).good_set(12)]
    found = calibrated(footage_of(pictures)).lens
    assert found.cx == pytest.approx(WIDTH - 1 - lens.cx, abs=3)
    assert found.cy == pytest.approx(lens.cy, abs=3)
    assert found.fx == pytest.approx(lens.fx, rel=0.007)
    assert (found.width, found.height) == (WIDTH, HEIGHT)

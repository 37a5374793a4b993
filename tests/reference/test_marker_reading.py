"""Markers put into pictures at known poses are read back."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from recordings import write_video
from worn_markers import FACING, LENS, Sticker, Wearer, noisy, turn

from romcheck.calibrate.boards import BOARDS
from romcheck.errors import VideoError
from romcheck.motion.rotations import distance_deg
from romcheck.reference.finder import MarkerFinder
from romcheck.reference.markers import HEAD, HEAD_LEFT, HEAD_RIGHT, MARKERS
from romcheck.reference.pose import choose, poses
from romcheck.reference.reading import angles_of, read_markers
from romcheck.reference.sheet import sheet_figures, sheet_pdf

GREY = np.full((LENS.height, LENS.width), 120.0)
DISTORTED = replace(LENS, distortion=(-0.22, 0.06, 5e-4, -5e-4, -0.007))
ORIGIN = np.array([0.0, 0.0, 0.62])


def read(lens, orientations, place, blur=0.6, seed=0):
    """Poses chosen for one marker shown in several orientations, 25 a second."""
    rng = np.random.default_rng(seed)
    finder, sticker = MarkerFinder(lens), Sticker(HEAD, lens, blur=blur)
    seen = [finder.find(noisy(sticker.put(GREY, R, place), rng)).get("head") for R in orientations]
    candidates = [poses(one.rays, lens.fx) if one else [] for one in seen]
    return choose(np.arange(len(seen)) / 25, candidates, lens.fx)


@pytest.mark.parametrize(
    ("lens", "tip", "blur"),
    [
        pytest.param(LENS, 0, 0.6, id="straight lens, upright, sharp"),
        pytest.param(LENS, -25, 1.0, id="straight lens, tipped back, soft", marks=pytest.mark.slow),
        pytest.param(DISTORTED, 0, 0.6, id="wide lens, upright, sharp", marks=pytest.mark.slow),
        pytest.param(DISTORTED, -25, 1.0, id="wide lens, tipped back, soft"),
    ],
)
def test_a_marker_at_known_pose_is_read_to_within_0_7_degrees_over_140_degrees(lens, tip, blur):
    orientations = [FACING @ turn(y=y) @ turn(x=tip) for y in range(-70, 71, 5)]
    chosen = read(lens, orientations, np.array([0.0, -0.11, 0.6]), blur)
    errors = [np.nan if p is None else distance_deg(p.R, R) for p, R in zip(chosen, orientations, strict=True)]
    assert not np.isnan(errors).any()
    assert max(errors) < 0.7


def test_the_stated_uncertainty_is_of_the_errors_own_size():
    orientations = [FACING @ turn(y=y) for y in (-50, -30, -10, 0, 10, 30, 50)]
    chosen = read(LENS, orientations, np.array([0.05, -0.1, 0.8]))
    ratio = [distance_deg(p.R, R) / p.sigma_deg for p, R in zip(chosen, orientations, strict=True)]
    assert max(ratio) < 4
    assert np.median(ratio) > 0.1


def test_the_pose_mirrored_in_the_line_of_sight_is_not_taken():
    # From 2 m the two poses of a 60 mm square explain a frame about equally well; the turn through them does not.
    rays = []
    rng = np.random.default_rng(1)
    angles = np.concatenate([np.full(10, 35.0), np.linspace(35, -35, 25), np.full(10, -35.0)])
    orientations = [FACING @ turn(y=y) @ turn(x=-20) for y in angles]
    square = np.array([[-30, 30, 0], [30, 30, 0], [30, -30, 0], [-30, -30, 0]]) / 1000
    for R in orientations:
        at = square @ R.T + (0, 0, 2.0)
        rays.append(at[:, :2] / at[:, 2:] + rng.normal(0, 0.25 / LENS.fx, (4, 2)))
    candidates = [poses(r, LENS.fx) for r in rays]
    alone = sum(distance_deg(c[0].R, R) > 15 for c, R in zip(candidates, orientations, strict=True))
    assert alone > 0, "the frames alone must leave a doubt, or this tests nothing"
    chosen = choose(np.arange(len(rays)) / 25, candidates, LENS.fx)
    assert max(distance_deg(p.R, R) for p, R in zip(chosen, orientations, strict=True)) < 15


def test_a_marker_covered_in_part_or_smeared_is_not_read_wrongly():
    R, place = FACING @ turn(y=20) @ turn(x=-25), np.array([0.0, -0.1, 0.6])
    whole = Sticker(HEAD).put(GREY, R, place)
    covered = whole.copy()
    covered[150:, 300:345] = 90
    smeared = cv2.blur(whole, (19, 1))
    for picture in (covered, smeared):
        seen = MarkerFinder(LENS).find(np.uint8(picture)).get("head")
        assert seen is None or distance_deg(poses(seen.rays, LENS.fx)[0].R, R) < 2


def course(peaks, frames_each=12):
    """Angles (n,) that go to each peak, stay, and come back, with a rest before."""
    half = (1 - np.cos(np.linspace(0, np.pi, 14))) / 2
    parts = [np.zeros(14)]
    for peak in peaks:
        parts += [peak * half, np.full(frames_each, float(peak)), peak * half[::-1], np.zeros(8)]
    return np.concatenate(parts)


@pytest.fixture(scope="module")
def trunk_turning(tmp_path_factory):
    """Head turned 72° to each side on a trunk that goes with it by 15°, three markers on the head; and the truth."""
    return filmed(tmp_path_factory.mktemp("markers") / "turning.mp4", course([72, -72]))


@pytest.fixture(scope="module")
def turned_once(tmp_path_factory):
    """The same to one side alone, held for a quarter of a second: half the pictures to draw and to read."""
    return filmed(tmp_path_factory.mktemp("markers") / "once.mp4", course([72], frames_each=6))


def filmed(path, neck):
    trunk = neck * 15 / 72
    wearer, rng = Wearer(HEAD, HEAD_LEFT, HEAD_RIGHT), np.random.default_rng(4)
    # The camera looks up by 15°, so that none of the axes is the picture's own.
    room = turn(x=-15)
    pictures = []
    for a, b in zip(neck, trunk, strict=True):
        body = room @ FACING @ turn(y=b) @ FACING.T @ room.T
        head = body @ room @ FACING @ turn(y=a)
        pictures.append(np.repeat(noisy(wearer.put(GREY, head, ORIGIN, body), rng)[..., None], 3, -1))
    write_video(path, pictures, fps=25, options={"crf": "20"})
    return read_markers(path, LENS), neck, trunk, room @ FACING


def held(neck):
    return np.abs(neck) > 71


def angles(markers, neck, start):
    # The face's axes, 12° off: what the markers say must not depend on them.
    return angles_of(markers, start @ turn(x=12), slice(0, 12), held(neck), 0)


@pytest.mark.slow("the first to ask reads four markers through a whole video")
def test_head_to_trunk_rotation_is_right_while_the_trunk_turns(trunk_turning):
    markers, neck, trunk, start = trunk_turning
    got = angles(markers, neck, start)
    assert set(markers.on_head) == {HEAD, HEAD_LEFT, HEAD_RIGHT}
    assert got.trunk_used
    assert np.isfinite(got.angles.rotation).mean() > 0.98
    off = np.abs(got.angles.rotation - neck)
    assert np.nanmax(off[held(neck)]) < 0.7
    assert np.nanmax(off) < 1.0
    assert np.nanmax(np.abs(got.trunk.rotation - trunk)) < 1.0


@pytest.mark.slow("the first to ask reads four markers through a whole video")
def test_the_faces_wrong_axes_are_found_and_their_cost_shown(trunk_turning):
    markers, neck, _, start = trunk_turning
    got = angles(markers, neck, start)
    assert got.axis_apart_deg == pytest.approx(12, abs=0.7)
    # Twist about an axis 12° aside of a turn of 72°: 2 atan(cos 12° tan 36°) = 70.8°.
    assert np.abs(got.by_face_axes.rotation[held(neck)]).mean() == pytest.approx(70.8, abs=0.4)


@pytest.mark.slow
def test_without_the_chests_marker_the_trunks_turn_counts_as_the_necks(turned_once):
    markers, neck, trunk, start = turned_once
    unseen = replace(
        markers.chest, R=np.full_like(markers.chest.R, np.nan), sigma_deg=np.full_like(markers.chest.sigma_deg, np.nan)
    )
    got = angles(replace(markers, chest=unseen), neck, start)
    assert not got.trunk_used
    both = np.abs(neck + trunk)[held(neck)].mean()
    assert np.abs(got.angles.rotation[held(neck)]).mean() == pytest.approx(both, abs=0.7)


def test_a_marker_not_seen_at_rest_is_refused(turned_once):
    markers, neck, _, start = turned_once
    R, sigma = markers.head.R.copy(), markers.head.sigma_deg.copy()
    R[:20], sigma[:20] = np.nan, np.nan
    hidden = replace(markers, head=replace(markers.head, R=R, sigma_deg=sigma))
    with pytest.raises(VideoError, match="starting position"):
        angles(hidden, neck, start)


def test_no_board_and_no_other_place_shares_a_marker():
    taken = {number for board in BOARDS.values() for number in board.markers}
    assert not taken & {marker.number for marker in MARKERS}
    assert all(a.number != b.number for a, b in combinations(MARKERS, 2))


PAPERS = ["a4", pytest.param("letter", marks=pytest.mark.slow)]


@pytest.mark.parametrize("paper", PAPERS)
def test_the_sheets_are_at_hand_and_the_same_every_time(paper):
    assert (Path(__file__).parents[2] / "calibration" / f"markers-{paper}.pdf").read_bytes().startswith(b"%PDF")
    assert sheet_pdf(paper) == sheet_pdf(paper)


@pytest.mark.parametrize("paper", PAPERS)
def test_printed_markers_have_their_stated_size_and_are_found(paper):
    dpi = 150
    found = {}
    for figure in sheet_figures(paper):
        figure.set_dpi(dpi)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        grey = cv2.cvtColor(np.asarray(canvas.buffer_rgba()), cv2.COLOR_RGBA2GRAY)
        rim = int(5 / 25.4 * dpi)
        inner = grey.copy()
        inner[rim:-rim, rim:-rim] = 255
        assert inner.min() == 255, "printers leave 5 mm blank"
        # Rays of a camera whose focal length is one pixel are pixels.
        lens = replace(LENS, width=grey.shape[1], height=grey.shape[0], fx=1.0, fy=1.0, cx=0.0, cy=0.0)
        found |= MarkerFinder(lens).find(grey)
    assert set(found) == {marker.name for marker in MARKERS}
    for marker in MARKERS:
        corners = found[marker.name].rays
        sides = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1)
        assert sides / dpi * 25.4 == pytest.approx(marker.side_mm, abs=0.3)

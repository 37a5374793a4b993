"""The compiled inner loops against the same in plain numpy, and against what no picture should show."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import plain_kernels
import pytest
from scipy.ndimage import gaussian_filter
from scipy.spatial.transform import Rotation

from romcheck.geometry.intrinsics import Lens
from romcheck.installation import compiled_before
from romcheck.measure import Measurement, measure_recording
from romcheck.notices import Notice
from romcheck.results import Source
from romcheck.sources.video import Frame, VideoFile
from romcheck.tracking import kernels

ONE_TURN_S, TWO_TURNS_S = 10.5, 16.0
"""In the sample the head is bent, and turned to one side and back, to the other and back: every loop is used."""
KERNELS = (
    "surfels", "warp", "match", "project", "normal_equations", "rotation", "continued", "damped_step", "linearise",
    "subtract_at", "resection", "usable", "refine", "turned_deg", "even_out", "moved_px", "off_surface", "first_inside",
)  # fmt: skip
SAMPLES = Path(__file__).parents[2] / "sample_videos"

RNG = np.random.default_rng(7)
FOCAL, CENTRE = 500.0, np.array([160.0, 120.0])


def picture(height: int = 240, width: int = 320) -> np.ndarray:
    return RNG.normal(0, 1, (height, width)).astype(np.float32)


def surfels(n: int) -> tuple[np.ndarray, np.ndarray]:
    return 400 * (np.eye(2) + RNG.normal(0, 0.3, (n, 2, 2))), RNG.normal(0, 80, (n, 2))


def warped(n: int, radius: int = 7, scale: int = 1) -> tuple[tuple, tuple]:
    middle = np.stack([RNG.integers(0, 5, n), RNG.integers(0, 3, n)], 1) * 41 + 20
    asked = (picture(3 * 41, 5 * 41), middle, 20, *surfels(n), RNG.normal(0, 8, (n, 2, 2)), *surfels(n), radius, scale)
    return kernels.warp(*asked), plain_kernels.warp(*asked)


def poses(n: int) -> tuple[np.ndarray, np.ndarray]:
    R = Rotation.from_rotvec(RNG.normal(0, 0.3, (n, 3))).as_matrix()
    return R, RNG.normal(0, 0.03, (n, 3)) + np.array([0, 0, 0.6])


def assert_alike(got: tuple, expected: tuple) -> None:
    for ours, plain in zip(got, expected, strict=True):
        np.testing.assert_allclose(ours, plain, rtol=1e-9, atol=1e-9 * max(1.0, float(np.abs(plain).max(initial=0))))


@pytest.mark.parametrize("scale", [1, 2])
def test_patches_are_warped_as_in_plain_numpy(scale: int) -> None:
    (rows, *sums), (plain_rows, *plain_sums) = warped(40, scale=scale)
    np.testing.assert_allclose(rows, plain_rows, atol=1e-6)
    assert_alike(tuple(sums), tuple(plain_sums))


def test_patches_match_as_in_plain_numpy_also_over_the_border() -> None:
    (rows, *sums), _ = warped(60)
    pixels = RNG.uniform([-30, -30], [350, 270], (60, 2))
    asked = (picture(), pixels, rows, sums[0], sums[1], 7)
    assert_alike(kernels.match(*asked), plain_kernels.match(*asked))


def test_patches_are_refined_as_in_plain_numpy() -> None:
    waves = gaussian_filter(picture(), 2.5).astype(np.float32) * 10
    pixels = RNG.uniform([20, 20], [300, 220], (60, 2))
    middle = np.stack([np.full(60, 20), np.arange(60) * 41 + 20], 1)
    sheet = np.vstack([waves[y - 20 : y + 21, x - 20 : x + 21] for x, y in pixels.round().astype(int).clip(20, 219)])
    rows, *sums, H = kernels.warp(sheet, middle, 20, *surfels(60), np.zeros((60, 2, 2)), *surfels(60), 7, 1)
    b = kernels.match(waves, pixels, rows, *sums, 7)[1]
    asked = (waves, pixels, b, rows, *sums, H, RNG.uniform(0, 28, 60), 7, 3, 1.0, 0.003, 0.12, 0.045)
    assert_alike(kernels.refine(*asked), plain_kernels.refine(*asked))


@pytest.mark.parametrize("nowhere", [np.nan, np.inf, -1e300])
def test_a_patch_that_is_nowhere_matches_nothing(nowhere: float) -> None:
    (rows, *sums), _ = warped(2)
    zncc, b = kernels.match(picture(), np.array([[nowhere, 5.0], [100.0, nowhere]]), rows, sums[0], sums[1], 7)
    assert (zncc == 0).all()
    assert (b == 0).all()


def test_a_patch_of_skin_seen_edge_on_matches_nothing() -> None:
    """Its Jacobian cannot be inverted: it shows nothing, and reads no memory that is not its own."""
    flat = np.zeros((1, 2, 2))
    rows, *_, H = kernels.warp(
        picture(41, 41), np.array([[20, 20]]), 20, *surfels(1), np.zeros((1, 2, 2)), flat, np.zeros((1, 2)), 7, 1
    )
    assert (rows[:, 0] == 0).all()
    assert (H == 0).all()


def test_surfels_are_seen_as_in_plain_numpy() -> None:
    points, normals, tangents = RNG.normal(0, 0.07, (50, 3)), RNG.normal(0, 1, (50, 3)), RNG.normal(0, 1, (50, 3, 2))
    asked = (points, normals, tangents, RNG.integers(0, 50, 30), *poses(4), RNG.integers(0, 4, 30), FOCAL)
    assert_alike(kernels.surfels(*asked), plain_kernels.surfels(*asked))


def test_normal_equations_of_a_pose_are_those_of_plain_numpy() -> None:
    n = 30
    (R,), (t,) = poses(1)
    points, features = RNG.normal(0, 0.07, (2 * n, 3)), RNG.permutation(2 * n)[:n]
    asked = (
        points, RNG.uniform(0, 1, 2 * n), features, R, t, FOCAL, RNG.uniform(-0.2, 1, n), RNG.normal(0, 1, (n, 2)),
        RNG.normal(0, 1, (n, 2, 2)), 0.3, 2,
    )  # fmt: skip
    assert_alike(kernels.normal_equations(*asked), plain_kernels.normal_equations(*asked))
    asked = points, features, R, t, FOCAL, CENTRE
    assert_alike((kernels.project(*asked),), (plain_kernels.project(*asked),))


def test_angles_between_rotations_are_those_of_plain_numpy() -> None:
    R, _ = poses(30)
    assert_alike((kernels.turned_deg(R, R[3]),), (plain_kernels.turned_deg(R, R[3]),))


@pytest.mark.parametrize("size", [0.0, 1e-9, 0.3, 3.0])
def test_rotations_are_those_of_scipy(size: float) -> None:
    vector = size * np.array([0.48, -0.6, 0.64])
    np.testing.assert_allclose(kernels.rotation(vector), plain_kernels.rotation(vector), atol=1e-15)


@pytest.mark.parametrize("size", [0.0, 1e-9, 0.3, 3.0])
def test_a_rotation_goes_on_as_by_scipy(size: float) -> None:
    (before,), _ = poses(1)
    last = Rotation.from_rotvec(size * np.array([0.48, -0.6, 0.64])).as_matrix() @ before
    for share in (0.0, 0.5, 1.0, 3.0):
        asked = before, last, share
        np.testing.assert_allclose(kernels.continued(*asked), plain_kernels.continued(*asked), atol=1e-12)


def test_a_damped_step_solves_the_equations() -> None:
    J = RNG.normal(0, 1, (30, 2, 6)) * np.array([100, 100, 100, 1000, 1000, 10])
    A = np.einsum("kcp,kcq->pq", J, J)
    asked = A, RNG.normal(0, 1, 6), J, 1e-3
    for ours, plain in zip(kernels.damped_step(*asked), plain_kernels.damped_step(*asked), strict=True):
        np.testing.assert_allclose(ours, plain, rtol=1e-9)


def test_contrast_is_evened_out_as_in_plain_numpy() -> None:
    grey, mean, square = picture(), picture(), picture()
    got, expected = np.zeros((260, 340), np.float32), np.zeros((260, 340), np.float32)
    kernels.even_out(grey, mean, square, 9.0, got, 6, 4)
    plain_kernels.even_out(grey, mean, square, 9.0, expected, 6, 4)
    np.testing.assert_allclose(got, expected, rtol=1e-6)


def test_movement_since_keyframes_is_that_of_plain_numpy() -> None:
    asked = (RNG.normal(0, 0.07, (40, 3)), RNG.uniform(0, 300, (40, 2)), *poses(7), FOCAL, CENTRE, 0.05)
    assert_alike((kernels.moved_px(*asked),), (plain_kernels.moved_px(*asked),))


def test_rays_meet_a_surface_where_they_do_in_plain_numpy() -> None:
    """Some miss it, some begin inside."""
    radius = RNG.uniform(0.09, 0.11, (46, 91))
    points = RNG.normal(0, 0.1, (300, 3))
    about = (points, radius, 90 / (2 * np.pi))
    assert_alike((kernels.off_surface(*about),), (plain_kernels.off_surface(*about),))
    for distance in (0.5, 0.3):
        direction = np.array([0, 0, 1]) + RNG.normal(0, 0.2, (200, 3))
        asked = (np.array([0, 0, -distance]), direction, np.linspace(0.25, 0.57, 33), radius, 90 / (2 * np.pi))
        hit, at = kernels.first_inside(*asked)
        assert 10 < hit.sum() < 190
        assert_alike((hit, at), plain_kernels.first_inside(*asked))


def observations(m: int, n: int, v: int) -> tuple[np.ndarray, ...]:
    information = RNG.normal(0, 1, (m, 2, 2))
    information = information @ np.swapaxes(information, 1, 2) + 0.1 * np.eye(2)
    return RNG.uniform(0, 300, (m, 2)), information, RNG.integers(0, v, m), RNG.integers(0, n, m)


def test_bundle_adjustment_is_linearised_as_in_plain_numpy() -> None:
    """Also where a keyframe sees a feature of its own, and where a point lies behind a camera."""
    n, v = 25, 4
    pixel, information, keyframe, feature = observations(200, n, v)
    anchor, ray, depth = RNG.integers(0, v, n), RNG.normal(0, 0.15, (n, 2)), RNG.uniform(0.5, 0.7, n)
    given = (pixel, information, keyframe, feature, anchor, ray, depth, *poses(v), FOCAL, CENTRE)
    for place, finds_focal in (([-1, 0, 6, 12], True), ([-1, 0, -1, 6], False), ([0, 6, 12, 18], False)):
        for cost_alone in (False, True):
            asked = (*given, np.array(place), finds_focal, cost_alone, 1.0, 0.05)
            cost, A, *others = kernels.linearise(*asked)
            plain_cost, plain_A, *plain_others = plain_kernels.linearise(*asked)
            assert_alike((cost, np.tril(A), *others), (plain_cost, np.tril(plain_A), *plain_others))
    behind = (*asked[:6], np.where(np.arange(n) == feature[0], -0.6, depth), *asked[7:])
    assert kernels.linearise(*behind)[0] == np.inf


def test_the_lower_triangle_of_some_rows_and_columns_is_reduced_as_in_plain_numpy() -> None:
    S, plain, P = RNG.normal(0, 1, (9, 9)), np.zeros((9, 9)), RNG.normal(0, 1, (4, 4))
    columns = np.array([0, 2, 3, 7])
    plain[:] = S
    kernels.subtract_at(S, columns, P)
    plain_kernels.subtract_at(plain, columns, P)
    assert_alike((S,), (plain,))


def test_frames_are_resected_as_in_plain_numpy() -> None:
    pixel, information, frame, feature = observations(300, 40, 5)
    asked = (RNG.normal(0, 0.07, (40, 3)), pixel, information, frame, feature, *poses(5), FOCAL, CENTRE, 1.0)
    assert_alike(kernels.resection(*asked), plain_kernels.resection(*asked))


def test_the_same_points_are_usable_as_in_plain_numpy() -> None:
    n = 500
    (R,), (t,) = poses(1)
    normals = RNG.normal(0, 1, (n, 3))
    asked = (
        RNG.normal(0, 0.12, (n, 3)), normals / np.linalg.norm(normals, axis=1)[:, None], RNG.uniform(0, 60, n),
        RNG.random(n) < 0.2, R, t, FOCAL, CENTRE, 28.0, 0.3, 9, 320, 240, 0.05,
    )  # fmt: skip
    got = kernels.usable(*asked)
    assert 5 < got.sum() < n / 2
    np.testing.assert_array_equal(got, plain_kernels.usable(*asked))


@pytest.mark.slow
def test_where_the_compiled_loops_are_kept_is_where_they_are_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the folder given to numba, as in its own."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert not compiled_before()
    script = (
        "import numpy as np\nfrom romcheck.tracking import kernels\n"
        "one, grey, rows = np.zeros((1, 2)), np.zeros((9, 9), np.float32), np.zeros((1, 3, 9), np.float32)\n"
        "kernels.match(grey, one, rows, one, one, 1)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
    assert compiled_before()


@pytest.mark.slow
def test_loading_leaves_nothing_to_compile() -> None:
    """Types met in a video are those that were compiled before it."""
    kernels.load()
    assert compiled_before()
    loaded = {name: len(getattr(kernels, name).signatures) for name in KERNELS}
    with VideoFile(SAMPLES / "flexion_rotation.mp4") as video:
        measure_recording(EveryThird(video, ONE_TURN_S), Lens.assumed(video.width, video.height))
    assert {name: len(getattr(kernels, name).signatures) for name in KERNELS} == loaded


class EveryThird:
    """The beginning of a video without two of three pictures: plain numpy takes long over each."""

    def __init__(self, video: VideoFile, until_s: float) -> None:
        self.video, self.until_s = video, until_s
        self.scale = video.scale
        self.notices: list[Notice] = []

    @property
    def source(self) -> Source:
        return self.video.source

    def __iter__(self) -> Iterator[Frame]:
        return (frame for frame in self.video if frame.index % 3 == 0 and frame.time_s < self.until_s)


@pytest.mark.slow("some seconds of video in plain numpy")
def test_a_video_is_measured_alike_with_and_without_the_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decisions hang on thresholds, so that rounding could grow: over two turns it must not."""

    def measured() -> Measurement:
        with VideoFile(SAMPLES / "flexion_rotation.mp4") as video:
            return measure_recording(EveryThird(video, TWO_TURNS_S), Lens.assumed(video.width, video.height))

    compiled = measured()
    for name in KERNELS:
        monkeypatch.setattr(kernels, name, getattr(plain_kernels, name))
    plain = measured()
    np.testing.assert_allclose(plain.frames.rotation_deg, compiled.frames.rotation_deg, atol=1e-6)
    assert [m.angle_deg for m in plain.result.movements] == pytest.approx(
        [m.angle_deg for m in compiled.result.movements], abs=1e-6
    )

"""The observer on a drawn head, an ellipsoid with a painted skin, whose pose is known in every picture."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from heads import FACING, angle_deg, face_with_eyes, landmarks_of
from scipy.ndimage import gaussian_filter, map_coordinates, shift
from scipy.spatial.transform import Rotation

from romcheck.geometry.intrinsics import Lens
from romcheck.geometry.pose import Pose
from romcheck.person.attention import Attention
from romcheck.person.head_map import HeadMap
from romcheck.person.image_orientation import ImageOrientation
from romcheck.person.observer import Observer
from romcheck.person.subject import Sighting
from romcheck.person.tracked_body import TrackedBody
from romcheck.tracking.feature_map import FeatureMap
from romcheck.tracking.fresh_pictures import Freshness, FreshPictures
from romcheck.tracking.prior_surface import InitialPoints
from romcheck.tracking.rigid_tracker import RigidTracker

LENS = Lens(320, 240, 680.0, 680.0, 160.0, 120.0, known="calibrated", focal_sd=0.004)
HALF = np.array([0.070, 0.095, 0.085])
"""The ellipsoid that `heads.face_with_eyes` lies on."""
PLACE = np.array([0.0, 0.0, 0.6])
POINTS = face_with_eyes()
UPRIGHT = ImageOrientation(0)
_RNG = np.random.default_rng(4)
SKIN = gaussian_filter(_RNG.normal(size=(90, 90, 90)), 1.3)
WALL = gaussian_filter(_RNG.normal(size=(240, 320)), 3.0)


def turned(rotation: float) -> np.ndarray:
    return FACING @ Rotation.from_euler("YX", [rotation, 0.1 * rotation], degrees=True).as_matrix()


def picture_of(rotation: float, seed: int, skin: np.ndarray = SKIN) -> np.ndarray:
    """The head before a wall, with the noise of a camera."""
    v, u = np.mgrid[0:240, 0:320]
    R = turned(rotation)
    d = (
        np.column_stack([(u.ravel() + 0.5 - 160) / LENS.fx, (v.ravel() + 0.5 - 120) / LENS.fy, np.ones(u.size)])
        @ R
        / HALF
    )
    o = -R.T @ PLACE / HALF
    a, b, c = (d * d).sum(1), d @ o, o @ o - 1
    under = b**2 - a * c
    points = (o + d * ((-b - np.sqrt(np.maximum(under, 0))) / a)[:, None]) * HALF
    painted = map_coordinates(skin / skin.std(), points.T / 0.0025 + 45, order=1, mode="nearest")
    grey = np.where(under > 0, 150 + 25 * painted, 90 + 25 * WALL.ravel() / WALL.std())
    grey = grey + np.random.default_rng(seed).normal(0, 1.5, grey.shape)
    return np.repeat(grey.clip(0, 255).astype(np.uint8).reshape(240, 320, 1), 3, 2)


def sighting(rotation: float | None) -> Sighting:
    if rotation is None:
        return Sighting(None, 0, True)
    return Sighting(landmarks_of(POINTS, turned(rotation), PLACE, LENS), 1, True)


NEW = Freshness(changed=True)
PICTURES = {float(a): picture_of(a, int(a)) for a in np.arange(0, 31, 2.5)}
BLANK = _RNG.integers(100, 140, (40, 240, 320, 3), np.uint8)


def observed(course: list[float | None], head_map: HeadMap | None = None) -> tuple[Observer, list[bool], list[float]]:
    """The observer after a head at these rotations, 30 a second (None: out of sight); whether it was lost after each
    picture, and how far off its causal reading was, degrees.
    """
    observer, lost, off = Observer(LENS, head_map), [], []
    for k, rotation in enumerate(course):
        picture = BLANK[k] if rotation is None else PICTURES.get(rotation, BLANK[k % len(BLANK)])
        observer.see(k / 30, picture, NEW, UPRIGHT, sighting(rotation))
        lost.append(observer.lost)
        now = observer.now()
        assert now is not None
        if rotation is not None and now.head is not None:
            off.append(angle_deg(now.head, turned(rotation)))
    return observer, lost, off


def worst_deg(head: np.ndarray, course: list[float | None]) -> float:
    """Largest error of the orientations known."""
    return max(
        angle_deg(found, turned(true))
        for found, true in zip(head, course, strict=True)
        if true is not None and np.isfinite(found).all()
    )


OUT = [float(a) for a in np.arange(0, 30, 2.5)]


def test_a_turn_is_read_at_once_and_in_the_end() -> None:
    course: list[float | None] = [0.0, 0.0, *OUT, 30.0, 30.0, *OUT[::-1]]
    observer, lost, off = observed(course)
    poses = observer.finish()
    assert not any(lost)
    assert max(off) < 3.5
    assert poses.track.valid.all()
    assert not poses.landmarks_alone
    # Frames passed over while the head rested are interpolated, not read from the landmarks, which adds 1.5 degrees.
    assert poses.track.head_sigma_deg[:3].max() < 1.0
    # A head that begins to turn within a seventh of a second of its last reading is read as turning evenly from there.
    assert worst_deg(poses.track.head, course) < 1.5
    # Where the head stands at 30 degrees, twice its stated uncertainty covers the error.
    assert angle_deg(poses.track.head[14], turned(30)) < 2 * poses.track.head_sigma_deg[14] < 5
    # and all keyframes together read it better than those known at the time.
    assert angle_deg(poses.track.head[14], turned(30)) < off[14] - 0.5
    assert poses.track.quality.distance_m == pytest.approx(0.6, abs=0.02)
    assert poses.position_m == pytest.approx(np.tile(PLACE, (len(course), 1)), abs=0.01)
    assert (poses.focal_ratio, poses.way_up_late_s, poses.subject_late_s) == (1.0, None, None)


def test_the_landmarks_show_a_head_that_has_yet_to_come_round() -> None:
    """It looks far past the camera for longer than it is tracked, and counts as tracked all the same."""
    course: list[float | None] = [50.0] * 24 + [*OUT[::-1]]
    observer, _, _ = observed(course)
    poses = observer.finish()
    assert not poses.landmarks_alone
    assert poses.track.valid.all()
    before, after = poses.track.head[:24], poses.track.head[24:]
    assert max(angle_deg(found, turned(50)) for found in before) < poses.track.head_sigma_deg[:24].min() < 10
    assert max(angle_deg(found, turned(true)) for found, true in zip(after, OUT[::-1], strict=True)) < 2


def test_a_head_out_of_sight_is_lost_and_found_again() -> None:
    gone: list[float | None] = [None] * 4
    course = [0.0, 0.0, *OUT[:7], *gone, *OUT[7::-1]]
    observer, lost, _ = observed(course)
    track = observer.finish().track
    missing = np.array([rotation is None for rotation in course])
    assert lost == list(missing)
    assert np.array_equal(track.valid, ~missing)
    assert np.isnan(track.head[missing]).all()
    assert worst_deg(track.head, course) < 1.5


def test_a_picture_shown_twice_gets_the_pose_between_its_neighbours() -> None:
    """A camera that repeats a picture while the head turns: what it hid lies halfway."""
    course: list[float | None] = [0.0, *OUT]
    observer, fresh = Observer(LENS), FreshPictures()
    for k, rotation in enumerate(course):
        assert rotation is not None
        shown = OUT[5] if k == 7 else rotation
        seen = fresh.look(k / 30, PICTURES[shown])
        observer.see(k / 30, PICTURES[shown], seen, UPRIGHT, sighting(shown))
    track = observer.finish().track
    assert list(np.flatnonzero(track.quality.repeated)) == [7]
    assert angle_deg(track.head[7], turned(OUT[6])) < 1.0


def test_what_comes_after_the_test_can_be_left_out_of_its_map() -> None:
    test: list[float | None] = [0.0, 0.0, *OUT[:9], *OUT[8::-1]]
    farther: list[float | None] = [*OUT[1:], 30.0, 30.0, *OUT[::-1]]
    alone = observed(test)[0].finish().track
    observer = observed([*test, *farther])[0]
    with_all = observer.finish().track
    over_s = (len(test) - 1) / 30
    assert observer.leave_out([], over_s)
    track = observer.finish().track
    far = slice(8, 12)

    def apart(other: np.ndarray) -> float:
        return float(max(angle_deg(a, b) for a, b in zip(alone.head[far], other[far], strict=True)))

    assert apart(track.head) < 0.02 < apart(with_all.head)
    # The rest is read with all that was known of the head.
    assert track.valid.all()
    assert worst_deg(track.head, [*test, *farther]) < 1.5
    assert not observer.leave_out([], over_s)


def test_a_body_that_was_never_found_leaves_nothing_out() -> None:
    def nowhere(picture: np.ndarray, _: Pose) -> tuple[np.ndarray, Callable[[np.ndarray], InitialPoints]]:
        raise AssertionError("no features are asked for")

    features = FeatureMap(LENS.fx, np.array([LENS.cx, LENS.cy]), nowhere)
    assert not TrackedBody(RigidTracker(features)).leave_out(np.ones(3, bool), 1)


def test_what_was_observed_aside_from_the_test_pulls_less_once_left_out() -> None:
    """Before the test the head turns the other way, and the skin of its lower half slides along by 1.5 mm."""
    lower = np.arange(90)[None, :, None] < 45
    slid = np.where(lower, shift(SKIN, (0.6, 0, 0), order=1, mode="nearest"), SKIN)
    before = [-a for a in (*OUT[1:], 30.0, 30.0, *OUT[:0:-1])]
    test = [0.0, 0.0, *OUT, 30.0, 30.0, *OUT[::-1]]
    alone = observed(test)[0].finish().track.head
    observer = Observer(LENS)
    for k, rotation in enumerate([0.0, *before, *test]):
        picture = picture_of(rotation, k, slid) if rotation < 0 else PICTURES[rotation]
        observer.see(k / 30, picture, NEW, UPRIGHT, sighting(rotation))
    begin = 1 + len(before)

    def apart(head: np.ndarray) -> float:
        """Of the turn to 30 degrees as it is read without anything before it."""
        turn, end = head[begin].T @ head[begin + 2 + len(OUT)], alone[0].T @ alone[2 + len(OUT)]
        return angle_deg(turn, end)

    with_all = apart(observer.finish().track.head)
    assert observer.leave_out([(0.0, (begin - 1) / 30)], 10.0)
    track = observer.finish().track
    assert track.valid.all()
    assert apart(track.head) < 0.7 * with_all


def test_a_second_recording_is_measured_in_the_map_of_the_first() -> None:
    there: list[float | None] = [0.0, 0.0, *OUT, 30.0, 30.0, *OUT[::-1]]
    first, _, _ = observed(there)
    track = first.finish().track
    kept = first.head_map("a" * 64, False, {})
    assert kept is not None
    assert kept.recordings == ("a" * 64,)
    keyframes = kept.features.reconstruction

    back: list[float | None] = [0.0, 0.0, *OUT[:9], *OUT[8::-1]]
    second, lost, _ = observed(back, kept)
    again = second.finish().track
    assert second.recalled
    assert not second.recalled_mirrored
    assert not any(lost)
    # The map that was kept serves for a third one as it was.
    assert kept.features.reconstruction is keyframes
    # Where both show one pose they read it alike: their difference is smaller than the error of either may be.
    for of_first, of_second in ((0, 0), (8, 8)):
        assert angle_deg(track.head[of_first], again.head[of_second]) < 0.3
    on = second.head_map("b" * 64, False, {})
    assert on is not None
    assert on.recordings == ("a" * 64, "b" * 64)
    # Each frame's errors: one of scale, then those of the clusters of the first recording, then of the second.
    assert track.head_errors_deg is not None
    assert again.head_errors_deg is not None
    clusters = track.head_errors_deg.shape[1] - 1
    assert again.head_errors_deg.shape[1] == 1 + 2 * clusters


def test_the_mirror_image_of_a_head_is_told_from_the_head() -> None:
    first, _, _ = observed([0.0, 0.0, *OUT, 30.0, 30.0])
    first.finish()
    kept = first.head_map("a" * 64, False, {})
    swap = np.diag([-1.0, 1.0, 1.0])
    observer = Observer(LENS, kept)
    for k in range(6):
        R = swap @ turned(OUT[k]) @ swap
        shown = Sighting(landmarks_of(POINTS, R, swap @ PLACE, LENS), 1, True)
        observer.see(k / 30, PICTURES[OUT[k]][:, ::-1], NEW, UPRIGHT, shown)
    assert observer.recalled_mirrored
    assert not observer.recalled


def test_another_head_begins_a_map_of_its_own() -> None:
    first, _, _ = observed([0.0, 0.0, *OUT, 30.0, 30.0])
    first.finish()
    kept = first.head_map("a" * 64, False, {})
    other = gaussian_filter(np.random.default_rng(11).normal(size=(90, 90, 90)), 1.3)
    course = [*[0.0] * 34, *OUT, 30.0, 30.0, *OUT[::-1]]
    observer = Observer(LENS, kept)
    for k, rotation in enumerate(course):
        observer.see(k / 30, picture_of(rotation, k, other), NEW, UPRIGHT, sighting(rotation))
    track = observer.finish().track
    assert not observer.recalled
    assert not observer.recalled_mirrored
    there = 34 + len(OUT)
    assert angle_deg(track.head[there], turned(30)) < 2 * track.head_sigma_deg[there] < 5
    own = observer.head_map("b" * 64, False, {})
    assert own is not None
    assert own.recordings == ("b" * 64,)


def test_a_face_from_the_side_begins_nothing() -> None:
    observer = Observer(LENS)
    shown = sighting(50.0)
    for k in range(3):
        observer.see(k / 30, PICTURES[0.0], NEW, UPRIGHT, shown)
    assert observer.expected is None
    now = observer.now()
    assert now is not None
    assert now.trunk is None


def test_another_way_up_or_another_subject_forgets_what_came_before() -> None:
    for late, up, sight in (
        ("way_up_late_s", ImageOrientation(2), sighting(None)),
        ("subject_late_s", UPRIGHT, Sighting(sighting(0.0).face, 1, True, anew=True)),
    ):
        observer, _, _ = observed([0.0, 0.0, 2.5])
        observer.see(0.1, PICTURES[0.0], NEW, up, sight)
        poses = observer.finish()
        assert getattr(poses, late) == 0.1
        assert not poses.track.valid[:3].any()


def test_landmarks_are_not_needed_in_every_picture() -> None:
    course = [*[0.0] * 90, *OUT, 30.0, 30.0, *OUT[::-1]]
    observer, attention, looks = Observer(LENS), Attention(), 0
    for k, rotation in enumerate(course):
        looked = attention.wanted(k, k / 30)
        looks += looked
        observer.see(k / 30, PICTURES[rotation], NEW, UPRIGHT, sighting(rotation) if looked else None)
        attention.followed(observer.surely_followed)
    track = observer.finish().track
    assert looks < 0.75 * len(course)  # all in the first second and while the head turns fast
    assert track.valid.all()
    assert worst_deg(track.head, [*course]) < 2.0  # the turn begins at once, at 75 degrees a second

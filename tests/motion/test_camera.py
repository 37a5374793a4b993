"""What a track says of its camera: the true picture rate, freezes, a camera that moved, a lens that changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from tracks import Script

from romcheck.motion.analysis import Analysis, analyse
from romcheck.motion.track import CameraCourse, MotionTrack
from romcheck.results import LensKnowledge

FPS = 30
SCRIPT = Script().hold(2).move(2, 60).hold(1.5).move(2).hold(1.5).move(2, -55).hold(1.5).move(2).hold(2)
SECOND_S = (9.0, 14.5)
"""The turn to the right; the left one is before."""


def track(fps: float = FPS) -> MotionTrack:
    return SCRIPT.track(fps, 0.2)


def filmed(zoom: Any = 1.0, across_deg: Any = 0.0, another: Any = False, lens: LensKnowledge = "stated") -> Analysis:
    """A track whose camera did this; each a number, or a function of the times (n,)."""
    plain = track()
    n = len(plain)
    zoom, across_deg, another = (
        np.broadcast_to(value(plain.time_s) if callable(value) else value, n) for value in (zoom, across_deg, another)
    )
    turned = np.column_stack([across_deg, np.zeros(n), np.zeros(n)]).astype(float)
    course = CameraCourse(turned, np.array(zoom, float), np.array(another, bool))
    return analyse(replace(plain, camera=course), "rotation", lens)


def reasons(found: Analysis) -> list[tuple[str, ...]]:
    return [m.reasons for m in found.movements]


def codes(found: Analysis) -> set[str]:
    return {n.code for n in found.notices} - {"trunk_unknown"}


# --- camera


def test_a_camera_that_kept_still_raises_no_doubt():
    found = filmed()
    assert reasons(found) == [(), ()]
    assert not codes(found)


def test_only_the_trials_a_pan_touched_are_doubted():
    found = filmed(across_deg=lambda t: 4.0 * np.clip(t - SECOND_S[0], 0, 1))
    assert reasons(found) == [(), ("camera_moved",)]
    assert found.movements[1].quality == "usable"
    (told,) = (n for n in found.notices if n.code == "camera_moved")
    assert told.values["degrees"] == pytest.approx(4, abs=0.1)
    assert told.values["time_s"] == pytest.approx(9.3, abs=0.2)
    assert "auto-framing" in told.text
    assert "Center Stage" in told.text


def test_a_zoom_is_doubted_by_its_factor():
    found = filmed(zoom=lambda t: 1 + 0.5 * np.clip(t - SECOND_S[0], 0, 1))
    assert reasons(found) == [(), ("zoomed",)]
    assert "1.50 times" in next(n.text for n in found.notices if n.code == "zoomed")


def test_a_lens_that_widens_was_not_the_one_stated():
    """Seen through a part of the sensor at first, the focal length stated was too short for everything."""
    wider = filmed(zoom=lambda t: 1 - 0.2 * np.clip(t - SECOND_S[0], 0, 1))
    assert {m.quality for m in wider.movements} == {"rejected"}
    assert all("camera_unsteady" in r for r in reasons(wider))

    assumed = filmed(zoom=lambda t: 1 - 0.2 * np.clip(t - SECOND_S[0], 0, 1), lens="assumed")
    assert reasons(assumed) == [(), ("zoomed",)]


def test_a_moving_camera_that_is_lost_from_view_is_rejected():
    found = filmed(
        zoom=lambda t: np.where(t < 10.5, 1 + 0.2 * np.clip(t - 9.4, 0, 1), np.nan),
        across_deg=lambda t: np.where(t < 10.5, 0, np.nan),
    )
    assert reasons(found) == [(), ("camera_unsteady",)]
    assert found.movements[1].quality == "rejected"


def test_a_still_camera_that_is_hidden_for_a_while_is_believed():
    gone = lambda t: np.where((t > 10) & (t < 13), np.nan, 1.0)  # noqa: E731
    assert reasons(filmed(zoom=gone, across_deg=lambda t: gone(t) - 1)) == [(), ()]


def test_another_view_is_rejected():
    found = filmed(
        zoom=lambda t: np.where(t > 10, np.nan, 1),
        across_deg=lambda t: np.where(t > 10, np.nan, 0),
        another=lambda t: t > 10,
    )
    assert reasons(found) == [(), ("camera_unsteady",)]
    assert "another_view" in codes(found)


def test_a_camera_moved_below_the_head_makes_no_flexion_of_the_turns_before():
    """Two takes in one file: seen from below, the second begins as extended as the first seems flexed."""
    plain = track()
    later = plain.time_s > 14.5
    head = plain.head.copy()
    head[later] = Rotation.from_euler("x", -40, degrees=True).as_matrix() @ head[later]
    n = len(plain)
    course = CameraCourse(np.zeros((n, 3)), np.ones(n), later)
    for camera, expected in ((None, "flexion-rotation"), (course, "rotation")):
        assert analyse(replace(plain, head=head, camera=camera), None, "stated").test == expected


@pytest.mark.parametrize(("nearer", "expected"), [(1.0, ()), (0.93, ()), (0.75, ("camera_unsteady",))])
def test_before_a_blank_wall_the_size_of_the_head_is_looked_at(nearer, expected):
    plain = track()
    n = len(plain)
    course = CameraCourse(np.full((n, 3), np.nan), np.full(n, np.nan), np.zeros(n, bool))
    plain.quality.distance_m[plain.time_s > SECOND_S[0] + 1] *= nearer
    found = analyse(replace(plain, camera=course), "rotation", "stated")

    assert reasons(found) == [(), expected]
    assert codes(found) == {"background_unseen"}


# --- pictures


def shown(every: int, froze: tuple[float, float] = (0.0, 0.0)) -> Analysis:
    """A track with repeated pictures while the head moved, and one that was frozen for a while."""
    plain = track()
    n = len(plain)
    moving = np.linalg.norm(np.gradient(SCRIPT.at(plain.time_s), plain.time_s, axis=0), axis=1) > 5
    repeated = moving & (np.arange(n) % every > 0)
    frozen = (plain.time_s > froze[0]) & (plain.time_s < froze[1])
    quality = replace(plain.quality, repeated=repeated | frozen, changed=moving & ~repeated & ~frozen)
    head = np.where(frozen[:, None, None], np.nan, plain.head)
    sigma = np.where(frozen, np.nan, plain.head_sigma_deg)
    return analyse(
        replace(plain, valid=plain.valid & ~frozen, head=head, head_sigma_deg=sigma, quality=quality),
        "rotation",
        "stated",
    )


@pytest.mark.parametrize(("every", "expected"), [(1, ()), (2, ()), (3, ("frame_rate_low",)), (6, ("frame_rate_low",))])
def test_the_rate_is_that_of_new_pictures(every, expected):
    found = shown(every)
    assert reasons(found) == [expected, expected]
    assert ("repeated_pictures" in codes(found)) == (every > 1)


def test_the_rate_is_told():
    told = next(n for n in shown(3).notices if n.code == "repeated_pictures")
    assert told.values["shown"] == pytest.approx(30, abs=0.2)
    assert told.values["rate"] == pytest.approx(10, abs=0.5)


def test_of_pictures_that_are_repeated_now_and_then_the_mean_rate_is_told():
    """Of 25 a second in a file of 30 it was said that "of 30 per second, about 30 show something new"."""
    plain = track()
    moving = np.linalg.norm(np.gradient(SCRIPT.at(plain.time_s), plain.time_s, axis=0), axis=1) > 5
    repeated = moving & (np.arange(len(plain)) % 6 == 0)
    quality = replace(plain.quality, repeated=repeated, changed=moving & ~repeated)
    found = analyse(replace(plain, quality=quality), "rotation", "stated")
    told = next(n for n in found.notices if n.code == "repeated_pictures")
    assert (round(told.values["rate"]), round(told.values["shown"])) == (25, 30)


def test_pictures_left_out_of_a_video_count_as_well():
    """A file of varying rate leaves repeats out instead: most of the time there are ten a second."""
    plain = track()
    keep = np.ones(len(plain), bool)
    moving = np.arange(len(plain)) % 12 < 9
    keep[moving & (np.arange(len(plain)) % 3 > 0)] = False
    times = plain.time_s[keep]
    sparse = replace(SCRIPT.track(FPS, 0.2), time_s=times, **{
        name: getattr(plain, name)[keep] for name in ("valid", "head", "head_sigma_deg", "trunk", "trunk_sigma_deg")
    }, quality=replace(plain.quality, **{
        name: getattr(plain.quality, name)[keep]
        for name in ("brightness", "sharpness", "face_width_px", "distance_m", "faces", "subject_sure")
    }))  # fmt: skip
    assert all("frame_rate_low" in r for r in reasons(analyse(sparse, "rotation", "stated")))


def test_a_picture_that_stood_still_on_the_way_out_is_told_and_is_no_hold():
    found = shown(1, froze=(9.6, 10.4))
    assert [m.angle_deg for m in found.movements] == pytest.approx([60, 55], abs=1)
    assert reasons(found) == [(), ("picture_froze",)]
    assert "9.6–10.4 s" in next(n.text for n in found.notices if n.code == "picture_froze")


def test_repeats_of_a_picture_without_the_head_are_no_freeze():
    plain = track()
    lost = (plain.time_s > 9.5) & (plain.time_s < 10.4)
    repeated = lost & (plain.time_s > 9.6)
    quality = replace(plain.quality, repeated=repeated, changed=~repeated)
    found = analyse(replace(plain, valid=plain.valid & ~lost, quality=quality), "rotation", "stated")
    assert "picture_froze" not in codes(found)

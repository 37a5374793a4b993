"""The benchmarks count rightly: their pure parts, on cases whose answer is known beforehand."""

from __future__ import annotations

import importlib
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from romcheck.geometry.intrinsics import Lens
from romcheck.results import Frames, Movement
from romcheck.sources.video import VideoFile

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))
accuracy, calibration, clips, degrading, drawing, plain_reading, scoring, speed, tables = (
    importlib.import_module(name)
    for name in (
        "accuracy", "calibration", "clips", "degrading", "mannequin_clips", "plain_reading", "scoring", "speed",
        "tables",
    )
)  # fmt: skip

LENS = Lens.from_fov(640, 480, 60, "calibrated")


def clip_with(*holds: Any, kind: str = "rotation") -> Any:
    return clips.Clip("folder/clip", Path("clip.mp4"), kind, 30, LENS, 0.0, 2.0, holds)


def hold(movement: str, start: float, angle: float) -> Any:
    return clips.Hold(movement, start, start + 1.5, angle, None, 0.0)


def found(movement: str, start: float, angle: float | None, **more: Any) -> Movement:
    values = {"at_least": False, "quality": "good", "reasons": (), "uncertainty_deg": 3.0, **more}
    return Movement(movement, 1, start - 2, start + 3, start, start + 1.5, angle_deg=angle, **values)


def scored(clip: Any, *movements: Movement) -> Any:
    """Score as of a result that holds these movements, with every second frame valid."""
    time = np.arange(0, 40, 1 / 30)
    nothing = np.zeros(len(time))
    frames = Frames(time, np.arange(len(time)) % 2 == 0, *[nothing] * 5)
    tests = (SimpleNamespace(movements=movements),)
    result = SimpleNamespace(movements=movements, test="rotation", differences=(), tests=tests)
    return scoring.score(clip, result, frames, None, 0.0)


# --- counting


def test_each_hold_gets_its_movement_and_the_rest_is_invented():
    clip = clip_with(hold("rotation_left", 5, 60), hold("rotation_right", 12, 50), hold("rotation_left", 20, 61))
    counted = scored(
        clip,
        found("rotation_left", 5, 58.5),
        found("rotation_left", 12, 50),  # the wrong side: belongs to no hold
        found("rotation_left", 20, 63),
        found("rotation_right", 30, 40, quality="rejected"),  # a rejected extra was not claimed
    )

    assert [r.outcome for r in counted.readings] == ["measured", "missed", "measured"]
    assert [r.error_deg for r in counted.readings if r.outcome == "measured"] == pytest.approx([-1.5, 2.0])
    assert len(counted.invented) == 1
    assert "rotation_left at 10.0 s" in counted.invented[0]
    assert counted.readings[0].seen == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    ("kind", "movement", "outcome"),
    [
        ("rotation", found("rotation_left", 5, 60, quality="rejected"), "rejected"),
        ("rotation", found("rotation_left", 5, None, uncertainty_deg=None), "rejected"),
        ("rotation", found("rotation_left", 5, 60, quality="rejected", at_least=True), "at least"),
        ("frt_loss", found("rotation_left", 5, 60, quality="rejected", reasons=("flexion_lost",)), "measured"),
    ],
)
def test_a_rejected_movement_counts_only_where_its_fault_was_staged(kind, movement, outcome):
    (reading,) = scored(clip_with(hold("rotation_left", 5, 60), kind=kind), movement).readings

    assert reading.outcome == outcome


def reading(truth: float, angle: float | None, half: float = 3.0, plain: float | None = None, **more: Any) -> Any:
    outcome = "missed" if angle is None else "measured"
    values = {"outcome": outcome, "plain_deg": plain, "plain_seen": 0.0 if plain is None else 1.0, "seen": 1.0, **more}
    return scoring.Reading(
        "c", "rotation", "rotation", "rotation_left", 0.0, truth, angle_deg=angle, half_width_deg=half, **values
    )


def test_counting_by_hand():
    """Errors +1, -2, +6; intervals of 3 hold two of them; plain errors -10 and 30, the latter where ours is missing."""
    c = scoring.count([
        reading(50, 51, plain=40),
        reading(50, 48),
        reading(50, 56),
        reading(50, None, plain=80),
        reading(70, 60, half=5, outcome="at least"),
        reading(50, 60, half=5, outcome="at least"),
    ])  # fmt: skip

    assert (c.holds, c.measured, c.at_least, c.not_measured) == (6, 3, 2, 1)
    assert (c.mean_error, c.worst, c.bias) == pytest.approx((3, 6, 5 / 3))
    assert (c.coverage, c.half_width, c.bounds_hold) == pytest.approx((2 / 3, 3, 1 / 2))
    assert (c.plain_mean_error, c.plain_lost, c.ratio) == pytest.approx((20, 4, 10))


def test_counting_nothing_gives_no_numbers():
    c = scoring.count([])

    assert c.holds == 0
    assert np.isnan([c.mean_error, c.worst, c.coverage, c.half_width, c.ratio]).all()


@pytest.mark.parametrize(
    ("test", "movement", "truth", "band"),
    [
        ("rotation", "rotation_left", 59.9, "rotation 20–60°"),
        ("rotation", "rotation_right", 60.0, "rotation 60–78°"),
        ("rotation", "rotation_right", 80.0, "rotation, other"),
        ("flexion-rotation", "rotation_left", 44.0, "flexion-rotation 20–55°"),
        ("flexion-extension", "extension", 41.0, "extension to 45°"),
        ("flexion-extension", "flexion", 50.0, "flexion over 45°"),
        ("lateral-flexion", "lateral_flexion_left", 30.0, "lateral flexion"),
    ],
)
def test_bands(test, movement, truth, band):
    assert scoring.band_of(replace(reading(truth, truth), test=test, movement=movement)) == band
    assert band in scoring.bands()


# --- truth


@pytest.mark.parametrize("name", ["flexion_rotation", "rotation", "flexion_extension", "lateral_flexion"])
def test_truth_of_the_sample_videos_is_what_their_table_says(sample_videos, name):
    clip = clips.read_clip(sample_videos / f"{name}.mp4")
    row = next(
        line for line in (sample_videos / "README.md").read_text("utf-8").splitlines() if f"`{name}.mp4`" in line
    )
    said = [float(word) for word in row.split("|")[-2].replace(",", " ").split() if word[0].isdigit()]

    # The table names the held flexion of the flexion-rotation test first.
    assert [round(h.angle_deg, 1) for h in clip.holds] == pytest.approx(said[-4:], abs=0.06)
    assert row.split("|")[2].strip(" `") == clip.test


def test_a_missing_folder_is_skipped_and_said(tmp_path, sample_videos):
    folders, missing = clips.clip_folders([sample_videos, tmp_path])

    assert folders == [sample_videos]
    assert len(missing) == 1
    assert str(tmp_path) in missing[0]


# --- plain reading


@pytest.mark.parametrize("turn", [(0, 0, 0), (40, 0, 0), (-55, 0, 0), (0, 30, 0), (0, -25, 0), (0, 0, 20)])
def test_plain_reading_is_right_on_the_generic_face_itself(turn):
    """Its errors on people come from their faces and the network, not from its arithmetic."""
    lens = replace(LENS, distortion=(-0.2, 0.05, 0.001, -0.001, 0.0))
    yaw, pitch, roll = np.radians(turn)
    about_z = cv2.Rodrigues(np.array([0, 0, roll]))[0]
    about_x = cv2.Rodrigues(np.array([pitch, 0, 0]))[0]
    about_y = cv2.Rodrigues(np.array([0, yaw, 0]))[0]
    R = np.diag([1.0, -1, -1]) @ about_z @ about_y @ about_x
    landmarks = np.zeros((478, 3))
    points = np.array(list(plain_reading.GENERIC_FACE_CM.values())) @ R.T + (4, 2, 60)
    landmarks[list(plain_reading.GENERIC_FACE_CM), :2] = lens.project(points[:, :2] / points[:, 2:])

    assert plain_reading.camera_angles(plain_reading.head_pose(landmarks, lens)) == pytest.approx(turn, abs=0.05)


def test_plain_reading_takes_medians_and_says_what_it_lost():
    clip = clip_with(hold("rotation_right", 5, 50), hold("rotation_left", 12, 60))
    time = np.arange(0, 20, 0.1)
    yaw = np.where(time < 4, 3.0, np.where(time < 10, -40.0, np.nan))
    yaw[55] = 90  # one wild frame in the hold

    first, second = plain_reading.at_holds(clip, time, np.stack([yaw, 0 * time, 0 * time], -1))

    assert first == scoring.Plain(43.0, 1.0)
    assert second == scoring.Plain(None, 0.0)


# --- clips made for a condition


@pytest.fixture
def moving(tmp_path: Path, sample_videos: Path) -> Path:
    """A clip of two seconds at 30 frames/s, its truth beside it."""
    rng = np.random.default_rng(1)
    coarse = rng.integers(0, 255, (12, 16, 3), np.uint8)
    picture = cv2.resize(coarse, (320, 240), interpolation=cv2.INTER_CUBIC)
    drawing.write(tmp_path / "clip.mp4", (np.roll(picture, i, 1) for i in range(60)), 30, crf=8)
    (tmp_path / "clip.json").write_text(
        '{"kind": "rotation", "fps": 30, "size": [320, 240],'
        '"camera_matrix": [[300, 0, 160], [0, 300, 120], [0, 0, 1]], "distortion": [0, 0, 0, 0, 0], "holds": ['
        '{"name": "neutral", "start_s": 0, "end_s": 0.4, "rotation_deg": 0, "row_deg": [0, 0, 0, 0]},'
        '{"name": "rotation_left", "start_s": 0.5, "end_s": 0.8, "rotation_deg": 50, "row_deg": [50, 0, 0, 0]},'
        '{"name": "rotation_right", "start_s": 1.0, "end_s": 1.2, "rotation_deg": -50, "row_deg": [-50, 0, 0, 0]},'
        '{"name": "rotation_left", "start_s": 1.6, "end_s": 1.9, "rotation_deg": 50, "row_deg": [50, 0, 0, 0]}]}'
    )
    return tmp_path / "clip.mp4"


def test_degrading_keeps_times_and_scales_the_lens(moving, tmp_path):
    until = degrading.after_one_a_side(clips.read_clip(moving))
    to = degrading.degrade(moving, degrading.Degradation(fps=15, width_px=160), tmp_path / "worse.mp4", until)
    clip = clips.read_clip(to)
    with VideoFile(to) as video:
        times = [frame.time_s for frame in video]

    assert until == pytest.approx(1.4)
    assert times == pytest.approx([i / 15 for i in range(21)], abs=1e-3)
    assert (clip.lens.width, clip.lens.height, clip.lens.fx, clip.lens.cx) == (160, 120, 150, 80)
    assert len(clip.holds) == 2


@pytest.mark.parametrize(
    ("how", "least"), [({"noise": 10.0}, 4.0), ({"blur_px": 3.0}, 0.5), ({"jpeg": 5}, 1.0), ({}, 0.0)]
)
def test_degrading_does_what_it_says(moving, how, least):
    with av.open(str(moving)) as file:
        picture = next(file.decode(video=0)).to_ndarray(format="rgb24")
    worse = degrading._worse_picture(picture, degrading.Degradation(**how), np.random.default_rng(0))
    change = np.abs(worse.astype(float) - picture).mean()

    assert worse.shape == picture.shape
    assert change >= least
    assert (change == 0) == (not how)


def test_what_cannot_be_made_worse_is_left_out(moving):
    clip = clips.read_clip(moving)

    assert degrading.applicable(degrading.Degradation(fps=15), clip)
    assert not degrading.applicable(degrading.Degradation(fps=20), clip)
    assert not degrading.applicable(degrading.Degradation(fps=60), clip)
    assert not degrading.applicable(degrading.Degradation(width_px=640), clip)


@given(st.sampled_from(["rotation", "frt"]), st.integers(0, 50), st.sampled_from([15, 25, 30, 60]))
def test_drawn_movements_are_smooth_and_hold_still(kind, person, fps):
    rows, holds = drawing.course(drawing.Scene(kind, person, fps=fps))
    rows = np.array(rows)

    assert np.abs(np.diff(rows, axis=0)).max() * fps < 120  # slower than a quick glance
    for one in holds:
        held = rows[round(one["start_s"] * fps) : round(one["end_s"] * fps)]
        assert len(held) >= 1.2 * fps - 1
        assert np.ptp(held, axis=0).max() == 0
    assert [one["name"].endswith("left") for one in holds[-2:]] == [True, False]


def test_looping_a_video_goes_on_without_a_gap(moving, tmp_path):
    long = speed.looped(moving, 7.0, tmp_path / "long.mp4")
    with VideoFile(long) as video:
        times = np.array([frame.time_s for frame in video])

    assert times[-1] == pytest.approx(7.0, abs=0.2)
    # Where it is cut, the last pictures may lack those between them.
    steps = np.diff(times)[:-3]
    assert steps == pytest.approx(np.full(len(steps), 1 / 30), abs=1e-3)


# --- files and tables


def test_a_run_survives_its_file(tmp_path):
    side = scoring.SideDifference("c", "rotation", 10, 9, 2)
    score = scoring.ClipScore(
        "c", "rotation", "rotation", "rotation", (reading(50, 51), reading(50, None)), (), (side,)
    )
    run = accuracy.Run("0", "true", (score,))
    accuracy.save(run, tmp_path / "out" / "run.json")

    assert accuracy.read_run(tmp_path / "out" / "run.json") == run


def test_changes_name_what_changed():
    def run(*readings: Any) -> Any:
        return accuracy.Run("0", "true", (scoring.ClipScore("c", "rotation", "rotation", "rotation", readings),))

    before = run(reading(50, 51), replace(reading(60, 61), at_s=9.0))
    now = run(reading(50, 54), replace(reading(60, 61), at_s=9.0))

    text = accuracy.changes(now, before)
    assert "rotation_left 0.0 s" in text
    assert "+4.0°" in text
    assert "9.0 s" not in text


def test_markdown_tables_are_whole():
    lines = tables.table(("", "n"), [("a", "1"), ("bbbbb", "10")], markdown=True).splitlines()

    assert {line.count("|") for line in lines} == {3}
    assert lines[1].replace(" ", "") == "|-----|--:|"


def test_the_worse_focal_length_is_counted_with_its_sign():
    true = replace(LENS, fx=500.0, fy=500.0, cx=320.0, cy=240.0)
    assert calibration.errors(501, 495, 323, 244, true) == pytest.approx((-1.0, 5.0))


@pytest.mark.slow
def test_markers_are_read_within_0_7_degrees_of_their_true_angle_through_every_lens():
    for name, lens in calibration.LENSES.items():
        off = calibration.marker_errors(lens, *calibration.CAMERAS[name], seed=50)
        assert np.isfinite(off).mean() > 0.85
        assert np.nanmax(np.abs(off)) < 0.7


def test_a_refused_calibration_has_no_error():
    blank = [np.full((480, 640), 128, np.uint8)] * 3
    assert calibration.by_romcheck(blank, calibration.BOARDS["a4"], LENS) is None


def test_each_hold_of_a_drawn_clip_has_a_truth_of_its_own():
    """Two turns to the left that differ were both given the angle of the second."""
    turn = tuple(
        step
        for deg in (60.0, 30.0)
        for step in ((1.0, (deg, 0, 0, 0), None), (1.0, None, "rotation_left"), (1.0, (0, 0, 0, 0), None))
    )
    scene = drawing.Scene("rotation", 0, instead=((1.0, None, "neutral"), *turn))
    truth = drawing.truth_of(scene, SimpleNamespace(origin_in_camera=lambda R, origin: np.zeros(3)))
    assert [h["rotation_deg"] for h in truth["holds"]] == pytest.approx([0, 60, 30], abs=0.01)

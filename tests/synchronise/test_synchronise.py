"""A sensor whose clock, offset and noise are known, beside a video's angles."""

from __future__ import annotations

import hashlib
import json
import math

import cv2
import numpy as np
import pandas as pd
import pytest
import typer
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from recordings import copy_beginning
from typer.testing import CliRunner

from romcheck import __version__, angles
from romcheck.synchronise.alignment import find_lag, resampled, synchronise
from romcheck.synchronise.command import synchronise as command
from romcheck.synchronise.series import Series, SeriesError, read_series

TURNS = ((3.0, 55.0), (8.5, -48.0), (15.0, 60.0), (20.0, -52.0))
"""When each turn is at its middle, seconds, and how far it goes, degrees."""
TWO_TURNS_S = 13.4
"""Of the rotation sample: one to each side and back."""


def rotation(time):
    """Turns to both sides, each held; a smooth curve known at any time."""
    return sum(
        angle * 0.25 * (1 + np.tanh((time - at + 1.2) * 3)) * (1 - np.tanh((time - at - 1.2) * 3))
        for at, angle in TURNS
    )


def recording(name="video", start=0.0, end=25.0, rate=30.0, lag=0.0, scale=1.0, noise=0.0, offset=0.0, seed=0):
    """Angles as recorded from `start` to `end` of the movement's time, on a clock that runs `lag` ahead of it."""
    rng = np.random.default_rng(seed)
    time = np.arange(start, end, 1 / rate)
    turn = scale * rotation(time) + offset + rng.normal(0, noise, len(time))
    return Series(name, time + lag, {"rotation": turn, "lateral_flexion": 0.1 * scale * rotation(time)})


def test_a_known_lag_is_found_between_samples():
    found = synchronise(recording(), recording("imu", -4, 33, 60, lag=7.3137, scale=1.02, noise=0.5, offset=12))
    assert found.lag.lag_s == pytest.approx(7.3137, abs=0.002)
    turn = found.errors[0]
    assert turn.axis == "rotation"
    assert turn.offset_deg == pytest.approx(-12, abs=0.3)
    # 2 % of the turns' root mean square, and the noise.
    size = 0.02 * np.std(rotation(recording().time_s))
    assert turn.rmse_without_offset_deg == pytest.approx(math.hypot(size, 0.5), rel=0.1)
    assert turn.rmse_deg == pytest.approx(math.hypot(turn.rmse_without_offset_deg, turn.offset_deg))
    assert found.drift_s == pytest.approx(0, abs=0.01)


@examples(25)
@given(lag=st.floats(-20, 20), rate=st.floats(20, 200), start=st.floats(-5, 6), end=st.floats(20, 30))
def test_any_lag_rate_and_cut(lag, rate, start, end):
    found = find_lag(recording(), recording("imu", start, end, rate, lag=lag), ["rotation"])
    assert found.lag_s == pytest.approx(lag, abs=0.005)
    assert found.correlation > 0.999


def test_lost_frames_take_no_part():
    video = recording()
    lost = (video.time_s > 7) & (video.time_s < 10.5)
    video.angles["rotation"][lost] = np.nan
    video.angles["rotation"][::7] = np.nan
    sensor = recording("imu", rate=50, lag=1.5)
    sensor.angles["rotation"][(sensor.time_s > 16) & (sensor.time_s < 17)] = np.nan
    found = synchronise(video, sensor)
    assert found.lag.lag_s == pytest.approx(1.5, abs=0.003)
    assert found.errors[0].rmse_deg < 0.15
    assert found.errors[0].n < np.isfinite(video.angles["rotation"]).sum()
    windows = [w for w in found.windows if w.axis == "rotation"]
    assert sum(w.n for w in windows) == found.errors[0].n


def test_an_error_in_one_span_shows_there():
    sensor = recording("imu", rate=50, lag=2)
    moved = (sensor.time_s - 2 > 10) & (sensor.time_s - 2 < 15)
    sensor.angles["rotation"][moved] += 6
    found = synchronise(recording(), sensor, window_s=5)
    rmse = [w.rmse_deg for w in found.windows if w.axis == "rotation"]
    assert rmse[2] == pytest.approx(6, abs=0.3)
    assert max(rmse[0], rmse[1], rmse[3], rmse[4]) < 0.8


def test_a_clock_that_drifts_is_noticed():
    sensor = recording("imu", -3, 30, 60)
    slow = Series("imu", sensor.time_s * 1.01, sensor.angles)
    assert synchronise(recording(), slow).drift_s == pytest.approx(0.125, abs=0.03)


def test_an_axis_with_a_delay_of_its_own_is_noticed():
    video, sensor = recording(), recording("imu", -3, 30, 60)
    video.angles["flexion"] = 0.4 * rotation(video.time_s)
    sensor.angles["flexion"] = 0.4 * rotation(sensor.time_s - 0.2)
    apart = {e.axis: e.lag_apart_s for e in synchronise(video, sensor).errors}
    assert apart["flexion"] - apart["rotation"] == pytest.approx(0.2, abs=0.01)


def test_no_line_is_drawn_across_a_gap():
    series = Series("imu", np.array([0.0, 0.1, 0.2, 2.0, 2.1]), {"rotation": np.arange(5.0)})
    got = resampled(series, "rotation", np.array([-0.1, 0.05, 0.2, 1.0, 2.0, 2.05, 2.2]))
    np.testing.assert_allclose(got, [np.nan, 0.5, 2.0, np.nan, 3.0, 3.5, np.nan])


def other_movement():
    rng = np.random.default_rng(4)
    time = np.arange(0, 25, 0.02)
    return Series("imu", time, {"rotation": 20 * np.convolve(rng.normal(0, 1, len(time)), np.ones(60) / 8, "same")})


def even(name, rate):
    time = np.arange(0, 60, 1 / rate)
    return Series(name, time, {"rotation": 50 * np.sin(2 * np.pi * time / 2)})


@pytest.mark.parametrize(
    ("video", "sensor", "told"),
    [
        (recording(), other_movement(), "No lag makes imu fit"),
        (recording(), recording("imu", scale=-1, lag=1), "--flip"),
        (recording(), recording("imu", scale=math.pi / 180), "radians"),
        (recording(), recording("imu", scale=0), "never changes"),
        (recording(scale=0.05), recording("imu"), "too little to align"),
        (even("video", 30), even("imu", 60), "not clear"),
        (recording(), Series("imu", np.arange(9.0), {"flexion": np.arange(9.0)}), "no angle in common"),
    ],
    ids=["another movement", "reversed", "radians", "flat", "still", "even repetitions", "no axis"],
)
def test_what_cannot_be_aligned_is_refused(video, sensor, told):
    with pytest.raises(SeriesError, match=told):
        synchronise(video, sensor)


@pytest.mark.parametrize("scale", [1, -1], ids=["same sign", "reversed"])
@pytest.mark.parametrize("lag", [6.1, -11.0, 100.0])
def test_a_limit_that_leaves_the_true_lag_out_is_told_with_it(lag, scale):
    # 6 s off, a turn to the left lies over one to the right: within the limit the sign seems reversed.
    with pytest.raises(SeriesError, match=r"beyond --max-lag: at ") as told:
        synchronise(recording(), recording("imu", -4, 33, 60, lag=lag, scale=scale), max_lag_s=5)
    assert told.value.message.values["lags"] == pytest.approx(lag, abs=0.1)


def test_a_limit_chooses_among_lags_that_fit_alike():
    found = synchronise(even("video", 30), even("imu", 60), max_lag_s=0.5)
    assert found.lag.lag_s == pytest.approx(0, abs=0.01)


def write_sensor(path, lag=3.25, rate=60.0, **columns):
    time = np.arange(-2, 28, 1 / rate)
    table = {"t": time + lag, "yaw": rotation(time), "roll": 0.1 * rotation(time), **columns}
    pd.DataFrame(table).to_csv(path, index=False)
    return path


def write_frames(path):
    series = recording()
    frame = {"time_s": series.time_s, "valid": True, "rotation_deg": series.angles["rotation"]}
    frame |= {"flexion_deg": 0.0, "lateral_flexion_deg": 0.1 * rotation(series.time_s)}
    frame |= {"trunk_rotation_deg": math.nan, "sigma_deg": 0.5}
    pd.DataFrame(frame).to_csv(path, index=False)
    return path


def test_times_and_angles_as_sensors_write_them(tmp_path):
    time = np.arange(0, 25, 0.02)
    yaw = (rotation(time) + 175 + 180) % 360 - 180  # jumps at half a turn
    table = pd.DataFrame({"time_ms": time * 1000, "Yaw": yaw, "Pitch": 1.5})
    table.to_csv(tmp_path / "a.csv", sep=";", decimal=",", index=False)
    got = read_series(tmp_path / "a.csv")
    np.testing.assert_allclose(got.time_s, time, atol=1e-9)
    np.testing.assert_allclose(got.angles["rotation"], rotation(time) + 175, atol=1e-6)
    assert "time = time_ms" in got.guessed
    stamped = table.assign(when=pd.Timestamp("2026-03-01T10:00:00Z") + pd.to_timedelta(time, "s"))
    stamped[["when", "Yaw"]].to_parquet(tmp_path / "b.parquet")
    dated = read_series(tmp_path / "b.parquet", {"time": "when"}, flipped=("rotation",))
    np.testing.assert_allclose(dated.time_s, time, atol=1e-6)
    np.testing.assert_allclose(dated.angles["rotation"], -(rotation(time) + 175), atol=1e-6)
    bare = tmp_path / "c.csv"
    table[["Yaw"]].iloc[::-1].to_csv(bare, index=False)
    assert read_series(bare, rate_hz=50).time_s[1] == pytest.approx(0.02)
    with pytest.raises(SeriesError, match="--rate"):
        read_series(bare)
    with pytest.raises(SeriesError, match="no column heading"):
        read_series(bare, {"rotation": "heading"})


def run(*arguments):
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, [str(a) for a in arguments], env={"COLUMNS": "200"})


def test_a_sensor_table_as_a_spreadsheet_saves_it(tmp_path):
    path = tmp_path / "s.csv"
    path.write_bytes("sep=;\r\nIMU 3;left\r\ntime;yaw;note;note\r\n0;1,5;;\r\n\r\n0,1;2,5;;\r\n".encode("utf-16"))
    series = read_series(path)
    assert series.time_s.tolist() == [0, 0.1]
    assert series.angles["rotation"].tolist() == [1.5, 2.5]
    assert "skipped line 2 above the header in line 3" in series.guessed
    path.write_text("time,yaw,yaw\n0,1,2\n1,2,3\n", "utf-8")
    with pytest.raises(SeriesError, match="several columns called yaw"):
        read_series(path)


def test_the_command_on_frames_measured_before(tmp_path):
    frames, sensor = write_frames(tmp_path / "turns.frames.csv"), write_sensor(tmp_path / "imu.csv")
    got = run(frames, sensor, "--out", tmp_path / "out")
    assert got.exit_code == 0, got.output
    told = " ".join(got.output.split())
    assert "imu.csv shows a moment 3.250 s later than turns.frames.csv" in told
    assert "guessed time = t, rotation = yaw, lateral flexion = roll" in told
    content = json.loads((tmp_path / "out" / "turns.synchronise.json").read_text("utf-8"))
    assert content["lag"]["lag_s"] == pytest.approx(3.25, abs=0.002)
    assert content["romcheck"] == __version__
    assert [(one["name"], one["sha256"]) for one in content["inputs"]] == [
        (path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in (frames, sensor)
    ]
    assert [e["axis"] for e in content["errors"]] == ["rotation", "lateral_flexion"]
    aligned = pd.read_csv(tmp_path / "out" / "turns.synchronise.csv")
    assert (aligned["video_rotation_deg"] - aligned["sensor_rotation_deg"]).abs().max() < 0.5
    assert len(pd.read_csv(tmp_path / "out" / "turns.synchronise.windows.csv")) == 10
    assert cv2.imread(str(tmp_path / "out" / "turns.synchronise.png")).std() > 5
    assert (tmp_path / "out" / "turns.synchronise.svg").read_text("utf-8").count("<path") > 5


def test_one_axis_turned_round_is_said(tmp_path):
    frames = write_frames(tmp_path / "turns.frames.csv")
    time = np.arange(-2, 28, 1 / 60)
    got = run(frames, write_sensor(tmp_path / "imu.csv", roll=-0.1 * rotation(time)), "--out", tmp_path)
    assert got.exit_code == 0
    assert "Lateral flexion has the opposite sign in the sensor" in " ".join(got.output.split())
    flipped = run(frames, tmp_path / "imu.csv", "--flip", "lateral-flexion", "--out", tmp_path)
    assert "has the opposite sign" not in flipped.output


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["FRAMES", "missing.csv"], 1, "There is no file"),
        (["FRAMES", "SENSOR", "--rotation", "heading"], 1, "no column heading"),
        (["FRAMES", "SENSOR", "--flip", "yaw"], 2, "none of rotation"),
        (["FRAMES", "SENSOR", "--rate", "60", "--time", "t"], 2, "not both"),
        (["FRAMES", "SENSOR", "--max-lag", "1"], 1, "beyond --max-lag: at +9.00 s"),
        (["FRAMES", "SENSOR", "--mirrored", "--fov", "60"], 2, "--fov, --mirrored would change how a video"),
    ],
)
def test_what_is_wrong_with_the_call_is_said(tmp_path, arguments, status, told):
    files = {"FRAMES": write_frames(tmp_path / "a.frames.csv"), "SENSOR": write_sensor(tmp_path / "imu.csv", lag=9.0)}
    got = run(*[files.get(a, a) for a in arguments], "--out", tmp_path)
    assert got.exit_code == status, got.output
    assert told in " ".join(got.output.replace("│", " ").split())


@pytest.mark.slow("some seconds of video, full size, measured")
def test_a_video_is_measured_and_aligned(sample_videos, tmp_path):
    """The sample's own truth, frame by frame, as a sensor on another clock: a turn to each side."""
    truth = json.loads((sample_videos / "rotation.json").read_text("utf-8"))
    video = copy_beginning(sample_videos / "rotation.mp4", tmp_path / "rotation.mp4", TWO_TURNS_S)
    head = np.array(truth["head_to_camera"])[: round(TWO_TURNS_S * truth["fps"])]
    turned = angles.anatomical(angles.relative(head[0], head))
    time = np.arange(len(head)) / truth["fps"]
    sensor = {"time": time + 12.5, "yaw": turned.rotation, "pitch": turned.flexion, "roll": turned.lateral_flexion}
    pd.DataFrame(sensor).to_csv(tmp_path / "mocap.csv", index=False)
    got = run(
        video, tmp_path / "mocap.csv", "--camera", sample_videos / "rotation.camera.json",
        "--out", tmp_path,
    )  # fmt: skip
    assert got.exit_code == 0, got.output
    content = json.loads((tmp_path / "rotation.synchronise.json").read_text("utf-8"))
    assert content["lag"]["lag_s"] == pytest.approx(12.5, abs=0.5 / truth["fps"])
    turn = next(e for e in content["errors"] if e["axis"] == "rotation")
    assert turn["n"] > 0.9 * len(head)
    assert turn["rmse_deg"] < 4

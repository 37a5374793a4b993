"""The files that programs outside the project read: their keys, columns and bytes."""

import csv
import json
from dataclasses import fields, replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from romcheck.errors import OutputError, RomcheckError
from romcheck.exchange.files import (
    COLUMNS,
    frames_csv,
    frames_parquet,
    read_frames,
    read_result,
    result_json,
    write_measurement,
)
from romcheck.results import Frames

TOP = {"schema", "test", "source", "software", "camera", "movements", "summary", "warnings"}
SOURCE = {"file", "sha256", "width", "height", "duration_s", "frames", "nominal_fps"}
MOVEMENT = {
    "movement", "trial", "start_s", "end_s", "hold_start_s", "hold_end_s", "angle_deg", "uncertainty_deg", "quality",
    "reasons", "flexion_held_deg", "flexion_lost_deg", "lateral_flexion_deg", "trunk_rotation_deg",
    "relative_to",
}  # fmt: skip
SUMMARY = {"movement", "trials", "mean_deg", "sd_deg", "max_deg", "uncertainty_deg"}
COLUMNS_READ_OUTSIDE = [
    "time_s", "valid", "rotation_deg", "flexion_deg", "lateral_flexion_deg", "trunk_rotation_deg", "sigma_deg",
]  # fmt: skip


def test_result_keys_are_the_fixed_ones(result):
    """Keys may be added; these may not go away, and a movement has all of them even where null."""
    content = json.loads(result_json(result))
    assert content["schema"] == "romcheck.result/1"
    assert next(iter(content)) == "schema"
    assert content.keys() >= TOP
    assert content["source"].keys() >= SOURCE
    assert content["camera"]["known"] == "stated"
    for movement in content["movements"]:
        assert movement.keys() >= MOVEMENT
    for side in content["summary"]:
        assert side.keys() >= SUMMARY
    right = content["movements"][1]
    assert right["angle_deg"] is None
    assert right["hold_start_s"] is None
    assert right["reasons"] == ["beyond_reach"]


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("movements", "uncertainty_deg", -3.1),
        ("movements", "angle_deg", 1e308),
        ("summary", "sd_deg", -0.5),
        ("source", "duration_s", 1e300),
    ],
)
def test_a_result_whose_numbers_cannot_be_is_refused(result, tmp_path, part, name, value):
    content = json.loads(result_json(result))
    (content[part] if part == "source" else content[part][0])[name] = value
    path = tmp_path / "a.result.json"
    path.write_text(json.dumps(content), "utf-8")
    with pytest.raises(RomcheckError, match=f"contains {name} = .*impossible"):
        read_result(path)


def test_result_numbers_are_rounded(result):
    left = json.loads(result_json(result))["movements"][0]
    assert left["angle_deg"] == 41.23
    assert left["end_s"] == 0.3
    assert left["lateral_flexion_deg"] == 3.14
    assert "-0.0" not in result_json(result).replace("-0.0005", "")


def test_no_nan_in_a_result(result):
    """JSON knows no NaN: strict readers would refuse the whole file."""
    left = replace(result.movements[0], uncertainty_deg=float("nan"), trunk_rotation_deg=float("inf"))
    text = result_json(replace(result, movements=(left,)))
    content = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} in the result"))
    assert content["movements"][0]["uncertainty_deg"] is None


def test_result_reads_back(result, frames, tmp_path):
    """What was written is the same result again, but for the rounding."""
    path, _ = write_measurement(result, frames, tmp_path, "clip")
    again = read_result(path)
    assert again.source == replace(result.source, duration_s=0.3333)
    assert again.movements[1] == replace(result.movements[1], end_s=0.3333)
    assert result_json(again) == result_json(result)


@pytest.mark.parametrize(
    ("content", "said"),
    [("", "not a result"), ("{}", "not a result"), ("[1, 2]", "not a result"), (None, "cannot be read")],
)
def test_what_is_not_a_result_is_refused(tmp_path, content, said):
    path = tmp_path / "x.result.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(RomcheckError, match=said):
        read_result(path)


def test_frames_csv(frames):
    rows = list(csv.DictReader(frames_csv(frames).splitlines()))
    assert list(rows[0]) == COLUMNS_READ_OUTSIDE
    assert len(rows) == 10
    assert [row["valid"] for row in rows[:4]] == ["true", "true", "false", "true"]
    assert all(rows[2][name] == "" for name in COLUMNS_READ_OUTSIDE[2:]), "angles of a frame that is not valid"
    assert rows[1]["trunk_rotation_deg"] == "1.235"
    assert rows[7]["trunk_rotation_deg"] == "", "trunk not measured"
    assert rows[0]["lateral_flexion_deg"] == "0.000"
    np.testing.assert_allclose([float(row["time_s"]) for row in rows], np.arange(10) / 30, atol=1e-6)


def test_parquet_says_the_same_as_csv(result, frames, tmp_path):
    _, path = write_measurement(result, frames, tmp_path, "clip", "parquet")
    table = pq.read_table(path)
    assert path.name == "clip.frames.parquet"
    assert table.column_names == COLUMNS_READ_OUTSIDE
    for written, row in zip(csv.DictReader(frames_csv(frames).splitlines()), table.to_pylist(), strict=True):
        assert (written.pop("valid") == "true") == row.pop("valid")
        assert {name: float(text) if text else None for name, text in written.items()} == row


def test_every_column_has_its_array():
    assert set(COLUMNS) == {field.name for field in fields(Frames)}


def test_the_same_result_gives_the_same_bytes(result, frames, tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        write_measurement(result, frames, tmp_path / folder, "clip")
        (tmp_path / folder / "clip.frames.parquet").write_bytes(frames_parquet(frames))
    one, two = (sorted((tmp_path / folder).iterdir()) for folder in ("one", "two"))
    assert [path.name for path in one] == ["clip.frames.csv", "clip.frames.parquet", "clip.result.json"]
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_a_missing_folder_is_said(result, frames, tmp_path):
    with pytest.raises(OutputError, match="folder does not exist"):
        write_measurement(result, frames, tmp_path / "nowhere", "clip")


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_frames_read_back(tmp_path, result, frames, ending):
    """What was written comes back, without angles where a frame has none."""
    _, path = write_measurement(result, frames, tmp_path, "clip", ending)
    back = read_frames(path)

    assert back.valid.tolist() == frames.valid.tolist()
    np.testing.assert_allclose(back.time_s, frames.time_s, atol=1e-6)
    np.testing.assert_allclose(back.rotation_deg, frames.rotation_deg, atol=5e-4)
    assert np.isnan(back.trunk_rotation_deg[5:]).all()

"""File names of any bytes and lengths, and links between folders: one never stops the others."""

from __future__ import annotations

import csv
import json
import os
import sys

import pytest
from typer.testing import CliRunner

from romcheck.batch.looking import look
from romcheck.batch.sources import files_in, videos_of
from romcheck.cli import app
from romcheck.names import LONGEST_STEM_BYTES, meant, shown, stem_for_results

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems take only names that are text")

NAMES = {
    b"latin-\xe8\xff.mp4": r"latin-\xe8\xff.mp4",
    b"two\nlines\t\x1b[31m.mp4": r"two\x0alines\x09\x1b[31m.mp4",
    "\u202egnp.mp4".encode(): r"\u202egnp.mp4",
    b"\xc2\x85next.mp4": r"\u0085next.mp4",
    "Müller 頸.mp4".encode(): "Müller 頸.mp4",
    b"n" * 251 + b".mp4": "n" * 251 + ".mp4",
}
"""Bytes of a name, and how it is shown."""


@pytest.fixture
def folder(tmp_path):
    """A folder of files with such names, none of them a video."""
    there = tmp_path / "videos"
    there.mkdir()
    for name in NAMES:
        (there / os.fsdecode(name)).write_bytes(b"no video, " + name)
    return there


@pytest.mark.parametrize("name", NAMES)
def test_shown_and_meant(name):
    assert shown(os.fsdecode(name)) == NAMES[name]
    assert os.fsencode(meant(NAMES[name])) == name


def test_results_have_room_for_their_endings(tmp_path):
    long = [tmp_path / f"{'ä' * 120}{end}.mp4" for end in ("", "b", "c")]
    stems = [stem_for_results(path) for path in long]
    assert len(set(stems)) == 3
    assert all(len(os.fsencode(stem)) <= LONGEST_STEM_BYTES for stem in stems)
    (tmp_path / f"{stems[1]}.frames.parquet").touch()
    assert stem_for_results(tmp_path / "a.b.mp4") == "a.b"


def test_every_name_is_found_and_looked_at(folder, monkeypatch):
    monkeypatch.setattr("romcheck.batch.looking.LOOKS_S", 600.0)  # however slow the machine is
    videos = videos_of([str(folder)])
    assert sorted(video.name for video in videos) == sorted(NAMES.values())
    assert len({video.id for video in videos}) == len(NAMES)
    assert all(os.path.isfile(video.location) for video in videos)
    assert look(str(folder)).unreadable == len(NAMES)


def test_names_that_look_the_same_are_two_videos(folder):
    (folder / r"latin-\xe8\xff.mp4").touch()
    assert len({video.id for video in videos_of([str(folder)])}) == len(NAMES) + 1


def test_a_manifest_names_them_as_they_are_shown(folder, tmp_path):
    rows = [["video"], *([f"videos/{name}"] for name in NAMES.values())]
    with (tmp_path / "m.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    found = {os.fsencode(os.path.basename(video.location)) for video in videos_of([str(tmp_path / "m.csv")])}
    assert found == set(NAMES)
    (tmp_path / "long.csv").write_text("video\n" + "x" * 5000 + ".mp4\nvideos/a\0b.mp4\n")
    with pytest.raises(Exception, match=r"there is no file|cannot be read"):
        videos_of([str(tmp_path / "long.csv")])


@pytest.mark.slow
def test_measure_says_each_by_its_shown_name(folder, tmp_path):
    done = CliRunner().invoke(app, ["measure", *map(str, folder.iterdir()), "--out", str(tmp_path / "out")])
    assert done.exit_code == 1
    assert f"0 of {len(NAMES)} videos were measured" in done.output
    for name in NAMES.values():
        assert f"{name}: not measured" in done.output


@pytest.mark.slow("the engine starts twice, for a study and for a measurement")
def test_a_batch_goes_on_and_writes_them_back(folder, make_good, batch, tmp_path):
    bad = os.fsdecode(b"videos/good \xff\n.mp4")
    make_good("videos/good.mp4", 1).rename(tmp_path / bad)
    done = batch.run("videos", "--out", "study")
    assert done.status == 1, done.errors
    assert done.named("measured") == [r"good \xff\x0a.mp4"]
    assert sorted(done.named("failed")) == sorted(NAMES.values())
    with (tmp_path / "study" / "videos.csv").open(encoding="utf-8", newline="") as file:
        assert {row["video"] for row in csv.DictReader(file)} == {r"good \xff\x0a.mp4", *NAMES.values()}
    inputs = json.loads((tmp_path / "study" / "provenance.json").read_text("utf-8"))["inputs"]
    assert {os.fsencode(meant(os.path.basename(item["location"]))) for item in inputs} >= set(NAMES)
    assert r"latin-\xe8\xff.mp4" in (tmp_path / "study" / "report.html").read_text("utf-8")

    out = CliRunner().invoke(app, ["measure", str(tmp_path / bad), "--out", str(tmp_path / "out")])
    assert out.exit_code == 0, out.output
    assert sorted(map(os.fsencode, os.listdir(tmp_path / "out"))) == [
        b"good \xff\n.frames.csv", b"good \xff\n.result.json",
    ]  # fmt: skip
    result = json.loads((tmp_path / "out" / os.fsdecode(b"good \xff\n.result.json")).read_text("utf-8"))
    assert result["source"]["file"] == r"good \xff\x0a.mp4"


def test_linked_folders_are_followed_once(tmp_path):
    there, elsewhere = tmp_path / "study", tmp_path / "disk"
    (there / "own").mkdir(parents=True)
    (elsewhere / "deep").mkdir(parents=True)
    (there / "own" / "a.mp4").touch()
    (elsewhere / "deep" / "b.mp4").touch()
    (there / "Z linked").symlink_to(elsewhere)
    (there / "A again").symlink_to(there / "own")
    (there / "own" / "up").symlink_to(there)
    (elsewhere / "deep" / "back").symlink_to(elsewhere)
    (there / "self.mp4").symlink_to(there / "self.mp4")
    (there / "gone.mp4").symlink_to(there / "nowhere")
    assert [str(file.relative_to(there)) for file in files_in(there)] == [
        "gone.mp4", "self.mp4", "own/a.mp4", "Z linked/deep/b.mp4",
    ]  # fmt: skip
    assert look(str(there)).unreadable in (2, 4)

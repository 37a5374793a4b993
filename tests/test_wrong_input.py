"""Wrong input to the commands for many videos and for tables: what was wrong and what to do, and no traceback."""

from __future__ import annotations

import sys

import pytest
from typer.testing import CliRunner

from romcheck.batch.sources import videos_of
from romcheck.cli import app


def said(*arguments):
    """Status, and everything printed in one line."""
    done = CliRunner().invoke(app, [*map(str, arguments)])
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done.exit_code, " ".join(done.output.split())


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos/a.mp4").write_bytes(b"x")
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "empty.csv").touch()
    (tmp_path / "latin.csv").write_bytes("participant,angle_deg\nMüller,60\n".encode("latin-1"))
    (tmp_path / "words.csv").write_text("participant,angle_deg\n1,much\n")
    (tmp_path / "good.csv").write_text("participant,angle_deg\n1,60\n2,61\n")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.csv", "--out", "study"], "There is no manifest nowhere.csv"),
        (["nowhere.parquet", "--out", "study"], "There is no manifest nowhere.parquet"),
        (["folder.csv", "--out", "study"], "folder.csv is a folder"),
        (["", "--out", "study"], "has an empty name"),
        (["videos", "--out", ""], "has no name. Give one with --out"),
        (["videos", "--out", "file", "--dry-run"], "file is a file, not a folder"),
        (["videos", "--out", "https://127.0.0.1:9/study"], "are read-only"),
        (["https://127.0.0.1:9/videos", "--out", "study"], "cannot be listed"),
        (["videos", "--out", "study", "--scheduler", "host"], "Write it as tcp://HOST:PORT"),
    ],
)
def test_batch(arguments, words, here):
    status, printed = said("batch", *arguments)
    assert status == 2
    assert words in printed


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("nowhere.csv", "There is no file nowhere.csv"),
        ("folder.csv", "folder.csv is a folder. Give the table inside it"),
        ("empty.csv", "empty.csv is empty"),
        ("latin.csv", "the first is person Müller"),
        ("words.csv", "(the value is not a number: much)"),
    ],
)
def test_tables(table, words, here):
    status, printed = said("agree", table, "good.csv", "--out", "compared")
    assert status == 1
    assert words in printed


@pytest.mark.skipif(sys.platform == "win32", reason="there these paths are its own")
def test_a_manifest_written_on_windows(here):
    """By Excel, with its mark at the beginning, semicolons and backslashes; a drive is nowhere to be found here."""
    manifest = here / "manifest.csv"
    manifest.write_text("\ufeffvideo;participant\r\nvideos\\a.mp4;1\r\n", newline="")
    (video,) = videos_of([str(manifest)])
    assert (video.name, video.participant) == ("videos/a.mp4", "1")
    assert video.location == str(here / "videos/a.mp4")
    manifest.write_text("video\nC:\\videos\\a.mp4\n")
    assert "It is a Windows path" in said("batch", manifest, "--out", "study")[1]

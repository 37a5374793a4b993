"""The commands, by what they print, write and return."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from recordings import numbered
from typer.testing import CliRunner

from romcheck import __version__
from romcheck.cli import app

run = CliRunner().invoke


def test_version():
    done = run(app, ["--version"])
    assert done.exit_code == 0
    assert __version__ in done.output


HELPS = ([], ["measure"], ["calibrate"], ["batch"])


def test_help_answers_without_loading_the_engine():
    """Asking for help takes a moment only: none of the large libraries is loaded."""
    script = (
        "import sys\nfrom romcheck.cli import main\n"
        f"for command in {HELPS}:\n"
        "    sys.argv[1:] = [*command, '--help']\n"
        "    try: main()\n"
        "    except SystemExit as end: assert not end.code\n"
        "    print('LOADED', sorted({'mediapipe', 'cv2', 'matplotlib', 'av', 'scipy', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("LOADED []") == len(HELPS)


def test_python_m_is_the_same_program():
    done = subprocess.run(
        [sys.executable, "-m", "romcheck", "--version"], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.stdout.strip() == f"romcheck {__version__}"


def test_info_names_engine_models_and_paths():
    """Everything a report of a fault needs, the models with their SHA-256."""
    done = run(app, ["info"])
    assert done.exit_code == 0
    assert __version__ in done.output
    assert "mediapipe" in done.output
    assert len(re.findall(r"\.tflite [0-9a-f]{64}", done.output)) >= 2
    assert "missing" not in done.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Missing argument"),
        (["a.mp4", "--test", "shoulder"], "shoulder"),
        (["a.mp4", "--fov", "200"], "170"),
        (["a.mp4", "--fov", "wide"], "number"),
        (["a.mp4", "--frames", "xlsx"], "xlsx"),
        (["a.mp4", "--blur"], "--overlay"),
        (["a.mp4", "--camera", "c.json", "--fov", "60"], "not both"),
        (["a.mp4", "--nonsense"], "nonsense"),
    ],
)
def test_a_wrong_command_line(arguments, said, tmp_path, monkeypatch):
    """Exit status 2 and the reason; nothing is measured or written."""
    monkeypatch.chdir(tmp_path)
    done = run(app, ["measure", *arguments])
    assert done.exit_code == 2
    assert said in re.sub(r"[│\s]+", " ", done.output)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow("two measurements, with their charts")
def test_measuring_a_video(small_turn, tmp_path, monkeypatch):
    """The main job from the command line: table, files, picture; the same bytes the second time."""
    monkeypatch.chdir(tmp_path)
    arguments = ["measure", str(small_turn), "--plot"]
    done = run(app, arguments)
    assert done.exit_code == 0, done.output
    assert "Rotation left" in done.output
    assert "±" in done.output
    names = ["small_turn.frames.csv", "small_turn.plot.png", "small_turn.result.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    first = [(tmp_path / name).read_bytes() for name in names]

    again = run(app, [*arguments, "--out", "again/deep", "--quiet"])
    assert again.exit_code == 0
    assert again.stdout == ""
    assert [(tmp_path / "again" / "deep" / name).read_bytes() for name in names] == first


@pytest.mark.slow
def test_parquet_and_a_named_test(small_turn, tmp_path):
    done = run(
        app,
        ["measure", str(small_turn), "--test", "rotation", "--frames", "parquet", "--out", str(tmp_path)],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["small_turn.frames.parquet", "small_turn.result.json"]
    content = json.loads((tmp_path / "small_turn.result.json").read_text("utf-8"))
    assert content["test"] == "rotation"
    assert content["test_recognised"] is False


@pytest.mark.slow("it measures the whole sample video that the program carries")
def test_selftest(sample_videos):
    done = run(app, ["selftest"])
    assert done.exit_code == 0, done.output
    assert "passed" in done.output


def test_brackets_in_a_name_are_not_styling(make_video, tmp_path):
    """Rich takes [bold] for a style; a file may be called that."""
    path = make_video("clip [bold].mp4", numbered(5))
    done = run(app, ["measure", str(path), "--out", str(tmp_path / "out")])
    assert "clip [bold].mp4" in done.output

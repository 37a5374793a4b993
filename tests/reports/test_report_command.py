"""``romcheck report`` makes the page from result files alone."""

import io

import pypdf
import pytest
from people import before_after
from typer.testing import CliRunner

from romcheck.cli import app
from romcheck.exchange.files import write_measurement


@pytest.fixture
def files(tmp_path):
    """Result files of two measurements, with their frames beside them."""
    for name, o in zip(("first", "second"), before_after(), strict=True):
        write_measurement(o.result, o.frames, tmp_path, name, "csv" if name == "first" else "parquet")
    return tmp_path / "first.result.json", tmp_path / "second.result.json"


def run(*arguments):
    return CliRunner().invoke(app, ["report", *map(str, arguments)])


def text_of(path):
    (page,) = pypdf.PdfReader(io.BytesIO(path.read_bytes())).pages
    return page.extract_text()


def test_two_measurements(files, tmp_path):
    out = tmp_path / "r.pdf"
    done = run(*files, "--out", out, "--for", "referrer", "--mode", "active", "--posture", "seated", "--camera", "desk",
               "--on", "2026-03-02", "--on", "2026-03-02", "--pain", "2", "--pain", "1", "--headache", "no",
               "--minutes", "10", "--person", "P-9", "--language", "fr", "--paper", "letter")  # fmt: skip

    assert done.exit_code == 0, done.output
    said = text_of(out)
    assert "+10,0°" in said
    assert "P-9" in said
    assert "2 mars 2026" in said
    assert "étaient les mêmes" in said


def test_one_measurement(files, tmp_path):
    out = tmp_path / "r.pdf"

    assert run(files[0], "--out", out).exit_code == 0
    assert "about 31° ±" in text_of(out)


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["missing.result.json"], 1, "cannot be read"),
        (["FIRST", "--pain", "12"], 1, "0 to 10"),
        (["FIRST", "--mode", "active", "--moved-by", "therapist"], 1, "passive"),
        (["FIRST", "--pain", "1", "--pain", "2"], 2, "2 times"),
        (["FIRST", "--out", "nowhere/r.pdf"], 1, "folder"),
        (["FIRST", "--on", "yesterday"], 2, "yesterday"),
    ],
)
def test_what_cannot_be(files, tmp_path, monkeypatch, arguments, status, said):
    """In words, and without leaving a file behind."""
    monkeypatch.chdir(tmp_path)
    done = run(*(str(files[0]) if a == "FIRST" else a for a in arguments))

    assert done.exit_code == status, done.output
    assert said in " ".join(done.output.split())
    assert list(tmp_path.glob("**/*.pdf")) == []


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "time_s,valid\nx,y\n"])
def test_frames_that_are_none(files, tmp_path, content):
    (tmp_path / "first.frames.csv").write_text(content)
    done = run(files[0], "--out", tmp_path / "r.pdf")

    assert done.exit_code == 1
    assert "does not hold the frames" in " ".join(done.output.split())

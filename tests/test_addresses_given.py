"""An address typed where a file of this computer belongs is refused, and what it holds of secrets is not repeated."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from romcheck.cli import app

SECRET = "s3cretword"
ADDRESS = f"https://somebody:{SECRET}@files.invalid/a.mp4?X-Amz-Signature={SECRET}"


@pytest.mark.parametrize(
    "arguments",
    [
        ["measure", ADDRESS],
        ["measure", "a.mp4", "--camera", ADDRESS],
        ["measure", "a.mp4", "--profile", ADDRESS],
        ["calibrate", ADDRESS],
        ["reference", ADDRESS],
        ["synchronise", ADDRESS, "sensor.csv"],
        ["synchronise", "a.mp4", ADDRESS],
        ["agree", ADDRESS],
        ["agree", "a.csv", ADDRESS],
        ["reliability", ADDRESS],
        ["report", ADDRESS],
        ["report", "a.result.json", ADDRESS],
        ["import", ADDRESS, "--data", "d"],
        ["restore", ADDRESS, "--data", "d"],
    ],
    ids=lambda arguments: " ".join(arguments).replace(ADDRESS, "ADDRESS"),
)
def test_no_command_repeats_an_address(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2
    assert "an address was given" in " ".join(done.output.replace("│", " ").split())
    assert SECRET not in done.output
    assert not list(tmp_path.iterdir())

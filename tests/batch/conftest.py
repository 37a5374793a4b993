"""Studies made of real videos, and the real command run over them in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from romcheck.cli import app

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "benchmarks"))  # the makers of videos serve the benchmarks too

from study_videos import good, turn  # noqa: E402


class Batch:
    """``romcheck batch`` in a folder; by default with JSON lines and one measuring process.

    Starting a process that measures takes longer than measuring these clips, and loading the command takes as long:
    :meth:`here` runs it in this process.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def start(self, *arguments: str, mode: str = "--json-lines") -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "romcheck", *_command(arguments, mode)]
        return subprocess.Popen(
            command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def run(self, *arguments: str, mode: str = "--json-lines") -> Done:
        running = self.start(*arguments, mode=mode)
        printed, errors = running.communicate(timeout=400)
        return Done(running.returncode, printed, errors)

    def here(self, *arguments: str, mode: str = "--json-lines") -> Done:
        before = Path.cwd()
        os.chdir(self.folder)
        try:
            done = CliRunner().invoke(app, _command(arguments, mode))
        finally:
            os.chdir(before)
        return Done(done.exit_code, done.stdout, done.stderr)


def _command(arguments: Sequence[str], mode: str) -> list[str]:
    alone = [] if {"--workers", "--scheduler"} & {*arguments} else ["--workers", "1"]
    return ["batch", *arguments, *alone, *([mode] if mode else [])]


class Done:
    """What a run printed and returned."""

    def __init__(self, status: int, printed: str, errors: str) -> None:
        self.status, self.printed, self.errors = status, printed, errors

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.printed.splitlines()]

    def named(self, event: str) -> list[str]:
        return [told["name"] for told in self.events if told["event"] == event]


@pytest.fixture(scope="session")
def batch_in() -> type[Batch]:
    """``romcheck batch`` in a folder of one's choice."""
    return Batch


@pytest.fixture
def batch(tmp_path: Path, batch_in: type[Batch]) -> Batch:
    return batch_in(tmp_path)


@pytest.fixture(scope="session")
def pictures() -> list[Any]:
    return turn()


@pytest.fixture
def make_good(tmp_path: Path, pictures: list[Any]) -> Callable[..., Path]:
    """Write a clip that can be measured: ``make_good("videos/a.mp4", 3)``; the number makes contents differ."""

    def make(name: str, number: int) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return good(path, pictures, number)

    return make

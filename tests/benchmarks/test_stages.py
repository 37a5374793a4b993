"""The processor time of a stage is its own: without the stages inside it, and told apart from other threads."""

from __future__ import annotations

import importlib
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
stages = importlib.import_module("stages")


def work(seconds: float) -> None:
    """Use this much of the processor, however busy it is."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


class Body:
    def _frames(self) -> Iterator[int]:
        for frame in range(3):
            work(0.02)
            yield frame

    def follow(self) -> None:
        work(0.05)
        self.learn()
        work(0.05)

    def learn(self) -> None:
        work(0.03)


def test_time_belongs_to_the_innermost_stage_of_each_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    owners = {
        "decode": ((Body, "_frames"),),
        "landmarks": (),
        "follow": ((Body, "follow"),),
        "learn": ((Body, "learn"),),
    }
    monkeypatch.setattr(stages, "STAGES", owners)
    untouched = Body.follow
    with stages.StageClock().running() as seconds:
        decoding = threading.Thread(target=lambda: list(Body()._frames()))
        decoding.start()
        Body().follow()
        decoding.join()
        work(0.04)
    assert seconds == pytest.approx(
        {"decode": 0.06, "landmarks": 0.0, "follow": 0.1, "learn": 0.03, "rest": 0.04}, abs=0.02
    )
    assert Body.follow is untouched

"""How a run deals with those who measure, whoever they are."""

from __future__ import annotations

import os

import pytest

from romcheck.batch import crew
from romcheck.batch.crew import Broken, VideoEnded
from romcheck.batch.outcome import Failure, VideoOutcome
from romcheck.batch.run import Run, prepare, study
from romcheck.batch.sources import videos_of
from romcheck.i18n.message import Message


class OneAtATime:
    """A crew of one that fails every video at once, and breaks down after a number of them."""

    def __init__(self, happened: list[str], breaks_after: int = 100) -> None:
        self.happened, self.left, self.news = happened, breaks_after, []

    def room(self):
        return 1

    def give(self, task):
        self.happened.append(f"given {task.location[-5:]}")
        self.left -= 1
        if self.left < 0:
            self.news.append(Broken(Message("It broke down.")))
            return
        number = task.location[-5]
        self.news.append(
            VideoEnded(task.key, VideoOutcome(number * 64, {}, None, None, Failure("not_measured", Message("No."))))
        )

    def hear(self, timeout_s):
        news, self.news = self.news, []
        return news

    def close(self):
        self.happened.append("closed")


@pytest.fixture
def ran(tmp_path):
    """Run over three videos with this crew, and what happened in which order."""

    def run(**crew):
        (tmp_path / "videos").mkdir()
        for number in range(3):
            (tmp_path / f"videos/{number}.mp4").write_text(str(number))
        happened: list[str] = []
        with study(str(tmp_path / "study")) as folder:
            run = Run(
                prepare(videos_of([str(tmp_path / "videos")]), folder),
                folder,
                OneAtATime(happened, **crew),
                lambda state: happened.append(f"kept {state.name}"),
            )
            run.start()
            run.wait()
        return run.progress(), happened

    return run


def test_the_next_video_is_given_before_the_last_is_written(ran):
    """A slow disk or remote store holds up nothing else."""
    progress, happened = ran()
    assert progress.done == 3
    assert happened == [
        "given 0.mp4", "given 1.mp4", "kept 0.mp4", "given 2.mp4", "kept 1.mp4", "kept 2.mp4", "closed",
    ]  # fmt: skip


def test_what_was_measured_is_kept_when_the_crew_breaks_down(ran):
    progress, happened = ran(breaks_after=2)
    assert (progress.stage, progress.error) == ("broken", Message("It broke down."))
    assert happened[-2:] == ["kept 1.mp4", "closed"]


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({"cpu.max": "200000 100000\n"}, 2),
        ({"cpu.max": "150000 100000\n"}, 2),
        ({"cpu.max": "50000 100000\n"}, 1),
        ({"cpu.max": "max 100000\n"}, 8),
        ({"cpu.max": "6400000 100000\n"}, 8),
        ({"cpu/cpu.cfs_quota_us": "300000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 3),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 8),
        ({}, 8),
    ],
)
def test_a_container_uses_no_more_than_its_quota(files, cores, tmp_path, monkeypatch):
    """On a machine of eight cores, with both versions of Linux' interface."""
    (tmp_path / "cpu").mkdir()
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    monkeypatch.setattr(crew, "CGROUP", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(8), raising=False)
    assert crew.cores() == cores

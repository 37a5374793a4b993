"""A process that measures: it may crash, hang or swell, and whoever gave it work hears why."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest
from study_videos import endless, huge, no_face

from romcheck.batch.identity import Settings, this_program
from romcheck.batch.outcome import Task
from romcheck.batch.worker import ResourceLimits, StoppedError, Worker

pytestmark = [
    pytest.mark.slow("measuring processes that are crashed, stopped and started anew"),
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to crash a process with"),
]


def task_of(path, **settings):
    return Task("key", str(path), Settings(**settings), this_program())


@pytest.fixture
def worker():
    made = Worker(ResourceLimits(memory_mb=2000))
    yield made
    made.close()


@pytest.fixture
def long_video(tmp_path, pictures):
    path = tmp_path / "long.mp4"
    endless(path, pictures, 0)
    return path


def test_one_after_the_other_in_one_process_and_one_accident_is_forgiven(worker, make_good):
    """Killed in the first video, the process is replaced; the one that measures it measures the next too."""
    seen, pids = [], []

    def shoot_the_first(*frames):
        seen.append(frames)
        if len(pids) == 1:
            os.kill(pids[0], signal.SIGKILL)

    outcomes = [
        worker.measure(task_of(make_good(name, n)), shoot_the_first, None, pids.append)
        for n, name in enumerate(["a.mp4", "b.mp4"])
    ]
    assert [outcome.failure for outcome in outcomes] == [None, None]
    assert [len(outcome.result.movements) for outcome in outcomes] == [1, 1]
    assert outcomes[0].sha256 != outcomes[1].sha256
    assert pids[0] != pids[1] == pids[2]
    assert len(seen) > 1
    assert 100 < outcomes[0].cost.peak_mb < 2000


def test_it_keeps_its_memory_under_dask(worker, monkeypatch):
    """What Dask sets for its workers makes the C library hand memory back after every picture."""
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "65536")
    monkeypatch.setenv("OF_THE_USER", "kept")
    worker.start()
    environment = psutil.Process(worker.pid).environ()
    assert "MALLOC_TRIM_THRESHOLD_" not in environment
    assert environment["OF_THE_USER"] == "kept"


def test_a_crash_is_tried_again_and_then_told(worker, long_video):
    """Shot in the middle of the video, twice."""
    pids = []

    def shoot(*_):
        os.kill(pids[-1], signal.SIGSEGV)

    outcome = worker.measure(task_of(long_video), shoot, None, pids.append)
    assert outcome.failure.code == "crashed"
    assert "SIGSEGV" in str(outcome.failure.message)
    assert len(set(pids)) == 2
    assert outcome.sha256


def test_too_long(long_video):
    """The limit is real: an endless video."""
    worker = Worker(ResourceLimits(seconds=1))
    outcome = worker.measure(task_of(long_video))
    worker.close()
    assert (outcome.failure.code, outcome.failure.limit) == ("time_limit", 1)


def test_too_large(tmp_path, pictures):
    """The largest pictures that are decoded at all need half as much again; the next video is looked at."""
    huge(tmp_path / "huge.mp4", pictures, 0, side_px=5_900)
    no_face(tmp_path / "room.mp4", pictures, 0)
    worker = Worker(ResourceLimits(memory_mb=550))
    large = worker.measure(task_of(tmp_path / "huge.mp4"))
    after = worker.measure(task_of(tmp_path / "room.mp4"))
    worker.close()
    assert (large.failure.code, large.failure.limit) == ("memory_limit", 550)
    assert after.failure.code == "not_measured"


def test_stopping_ends_the_process(worker, long_video):
    stopped, pids = threading.Event(), []
    with pytest.raises(StoppedError):
        worker.measure(task_of(long_video), lambda *_: stopped.set(), stopped, pids.append)
    assert not psutil.pid_exists(pids[0])


def test_it_does_not_outlive_who_gave_it_work(long_video):
    """However that one ended."""
    script = (
        "import sys\nfrom romcheck.batch.identity import Settings, this_program\n"
        "from romcheck.batch.outcome import Task\nfrom romcheck.batch.worker import ResourceLimits, Worker\n"
        f"task = Task('key', {str(long_video)!r}, Settings(), this_program())\n"
        "Worker(ResourceLimits()).measure(task, begun=lambda pid: print(pid, flush=True))\n"
    )
    giver = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    pid = int(giver.stdout.readline())
    assert psutil.pid_exists(pid)
    giver.kill()
    giver.wait()
    for _ in range(6000):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return
        time.sleep(0.1)
    pytest.fail("the process goes on measuring for nobody")


def test_a_machine_with_another_program_says_so(worker, make_good):
    """It is no outcome of the video: another machine may measure it."""
    from dataclasses import replace

    task = task_of(make_good("a.mp4", 1))
    outcome = worker.measure(replace(task, program=replace(task.program, romcheck="0.0.1")))
    assert outcome.failure.code == "machine_unfit"
    assert "0.0.1" in str(outcome.failure.message)
    assert outcome.name is None

"""The same run on a Dask cluster: a real scheduler and real workers, each a process of its own, on this machine."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from contextlib import contextmanager

import psutil
import pytest
from batch_faults import content

distributed = pytest.importorskip("distributed")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows kills otherwise"),
]


@contextmanager
def process(folder, *arguments):
    """A Dask command; killed at the end with all it started."""
    command = [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]]
    started = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True)
    try:
        yield started
    finally:
        kill(started)


def kill(started):
    """Kill a process and all it started, without warning."""
    if started.poll() is None:
        family = [psutil.Process(started.pid), *psutil.Process(started.pid).children(recursive=True)]
        for member in family:
            member.kill()
        started.wait()


@pytest.fixture
def cluster(tmp_path):
    """Address of a scheduler, and two workers."""
    with process(tmp_path, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard") as scheduler:
        for line in scheduler.stderr:
            if found := re.search(r"Scheduler at:\s+(tcp://\S+)", line):
                address = found[1]
                break
        worker = ("worker", address, "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1", "--name")
        with process(tmp_path, *worker, "one") as one, process(tmp_path, *worker, "two") as two:
            for each in (one, two):
                for line in each.stderr:
                    if "Registered to" in line:
                        break
            yield address, [one, two]


def test_a_worker_is_lost_in_the_middle(cluster, batch, make_good, tmp_path):
    """Nothing is lost and nothing is there twice; the files are those of a run on one machine, to the byte."""
    address, workers = cluster
    for number in range(4):
        make_good(f"videos/{number}.mp4", number)
    (tmp_path / "videos/empty.mp4").touch()
    running = batch.start("videos", "--out", "cluster", "--scheduler", address)
    events = []
    for line in running.stdout:
        events.append(json.loads(line))
        if events[-1]["event"] == "measured" and workers[0].poll() is None:
            kill(workers[0])
    assert running.wait(timeout=300) == 1, running.stderr.read()
    told = [event["event"] for event in events]
    assert told[: told.index("measured")].count("began") <= 2, "none was given to a worker that had one"
    ended = [event["name"] for event in events if event["event"] in ("measured", "failed")]
    assert sorted(ended) == [*(f"{number}.mp4" for number in range(4)), "empty.mp4"]
    assert events[-1] | {"seconds": 0} == {
        "event": "end", "stage": "finished", "measured": 4, "failed": 1, "total": 5, "seconds": 0, "error": "",
    }  # fmt: skip

    assert batch.run("videos", "--out", "alone").status == 1
    assert content(tmp_path / "cluster") == content(tmp_path / "alone")


def test_without_a_cluster_it_says_so(batch, make_good, tmp_path):
    make_good("videos/a.mp4", 1)
    done = batch.run("videos", "--out", "study", "--scheduler", "tcp://127.0.0.1:9", mode="")
    assert done.status == 2
    assert "does not answer" in " ".join(done.errors.split())
    assert "Traceback" not in done.errors


def test_a_lost_scheduler_ends_the_run(cluster, batch, make_good, tmp_path):
    """What was measured is kept."""
    address, _ = cluster
    for number in range(3):
        make_good(f"videos/{number}.mp4", number)
    running = batch.start("videos", "--out", "study", "--scheduler", address)
    scheduler = next(
        psutil.Process(connection.pid)
        for connection in psutil.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN and f"tcp://127.0.0.1:{connection.laddr.port}" == address
    )
    measured = 0
    for line in running.stdout:
        if json.loads(line)["event"] == "measured":
            measured += 1
            if scheduler.is_running():
                scheduler.kill()
    assert running.wait(timeout=300) == 1
    assert "cluster was lost" in running.stderr.read()
    again = batch.run("videos", "--out", "study")
    assert again.status == 0
    assert again.events[0]["kept"] == measured >= 1


def test_without_dask_it_says_what_to_install(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"x")
    script = (
        "import sys\nsys.modules['distributed'] = None\n"
        "sys.argv = ['romcheck', 'batch', 'a.mp4', '--out', 'study', '--scheduler', 'tcp://127.0.0.1:9']\n"
        "from romcheck.cli import main\nmain()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 2
    assert "pip install romcheck[cluster]" in " ".join(done.stderr.split())

"""The same run on a Dask cluster: a real scheduler and real workers, each a process of its own, on this machine."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from contextlib import ExitStack, contextmanager, nullcontext

import psutil
import pytest
from batch_faults import content
from typer.testing import CliRunner

from romcheck.batch import cluster as cluster_module
from romcheck.cli import app

distributed = pytest.importorskip("distributed")

pytestmark = [
    pytest.mark.slow("a scheduler, its workers and their measuring processes start, are killed and start again"),
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


@contextmanager
def worker(folder, address, name):
    """A worker that has come to the scheduler."""
    with process(
        folder, "worker", address, "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1", "--name", name
    ) as started:
        for line in started.stderr:
            if "Registered to" in line:
                break
        yield started


@pytest.fixture
def scheduler(tmp_path):
    """Address of a scheduler without workers, and its process."""
    with process(tmp_path, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard") as started:
        for line in started.stderr:
            if found := re.search(r"Scheduler at:\s+(tcp://\S+)", line):
                address = found[1]
                break
        yield address, started


def test_a_worker_is_lost_in_the_middle(scheduler, batch, make_good, tmp_path):
    """Nothing is lost and nothing is there twice; the files are those of a run on one machine, to the byte."""
    address, _ = scheduler
    for number in range(3):
        make_good(f"videos/{number}.mp4", number)
    (tmp_path / "videos/empty.mp4").touch()
    events = []
    with worker(tmp_path, address, "one") as one, worker(tmp_path, address, "two"):
        running = batch.start("videos", "--out", "cluster", "--scheduler", address)
        for line in running.stdout:
            events.append(json.loads(line))
            if events[-1]["event"] == "measured":
                kill(one)
        assert running.wait(timeout=300) == 1, running.stderr.read()
    told = [event["event"] for event in events]
    assert told[: told.index("measured")].count("began") <= 2, "none was given to a worker that had one"
    ended = [event["name"] for event in events if event["event"] in ("measured", "failed")]
    assert sorted(ended) == [*(f"{number}.mp4" for number in range(3)), "empty.mp4"]
    assert events[-1] | {"seconds": 0} == {
        "event": "end", "stage": "finished", "measured": 3, "failed": 1, "total": 4, "seconds": 0, "error": "",
        "contradictions": [],
    }  # fmt: skip

    assert batch.here("videos", "--out", "alone").status == 1
    assert content(tmp_path / "cluster") == content(tmp_path / "alone")


def test_without_workers_it_says_that_it_waits(scheduler, batch, make_good, tmp_path):
    """At the start and when the last one is lost, once each; and it goes on when one comes."""
    address, _ = scheduler
    for number in range(2):
        make_good(f"videos/{number}.mp4", number)
    running = batch.start("videos", "--out", "study", "--scheduler", address)
    events, workers = [], ExitStack()
    with workers:
        for line in running.stdout:
            events.append(json.loads(line))
            told = [event["event"] for event in events]
            if told[-1] == "waiting":
                one = workers.enter_context(worker(tmp_path, address, f"worker {len(events)}"))
            elif told[-1] == "measured" and told.count("measured") == 1:
                kill(one)
        assert running.wait(timeout=300) == 0, running.stderr.read()
    texts = [event["text"] for event in events if event["event"] == "waiting"]
    assert [text.split(";")[0] for text in texts] == [
        "The cluster has no worker yet", "No worker is left on the cluster",
    ]  # fmt: skip
    assert [word for word in told if word in ("waiting", "resumed")] == ["waiting", "resumed"] * 2
    assert sorted(event["name"] for event in events if event["event"] == "measured") == ["0.mp4", "1.mp4"]


@pytest.mark.parametrize("had_one", [False, True])
def test_ctrl_c_ends_the_waiting_for_a_worker(had_one, scheduler, batch, make_good, tmp_path):
    """No worker is left to finish the submitted tasks."""
    address, _ = scheduler
    for number in range(2):
        make_good(f"videos/{number}.mp4", number)
    with worker(tmp_path, address, "one") if had_one else nullcontext() as one:
        running = batch.start("videos", "--out", "study", "--scheduler", address)
        for line in running.stdout:
            event = json.loads(line)["event"]
            if event == "began":
                kill(one)
            if event == "waiting":
                running.send_signal(signal.SIGINT)
                break
        printed, errors = running.communicate(timeout=120)
    assert running.returncode == 130, errors
    end = json.loads(printed.splitlines()[-1])
    assert (end["event"], end["stage"]) == ("end", "stopped")


def test_a_scheduler_lost_while_waiting_ends_the_run(scheduler, batch, make_good):
    address, started = scheduler
    make_good("videos/0.mp4", 0)
    running = batch.start("videos", "--out", "study", "--scheduler", address)
    for line in running.stdout:
        if json.loads(line)["event"] == "waiting":
            kill(started)
            break
    _, errors = running.communicate(timeout=120)
    assert running.returncode == 1
    assert "cluster was lost" in errors


def test_without_a_cluster_it_says_so(make_good, tmp_path, monkeypatch):
    make_good("videos/a.mp4", 1)
    monkeypatch.setattr(cluster_module, "ANSWERS_WITHIN_S", 1)
    arguments = ["batch", str(tmp_path / "videos"), "--out", str(tmp_path / "study"), "--scheduler"]
    done = CliRunner().invoke(app, [*arguments, "tcp://127.0.0.1:9"])
    assert done.exit_code == 2
    assert "did not answer" in " ".join(done.output.split())
    assert "Traceback" not in done.output


def test_a_lost_scheduler_ends_the_run(scheduler, batch, make_good, tmp_path):
    """What was measured is kept."""
    address, started = scheduler
    for number in range(2):
        make_good(f"videos/{number}.mp4", number)
    with worker(tmp_path, address, "one"):
        running = batch.start("videos", "--out", "study", "--scheduler", address)
        measured = 0
        for line in running.stdout:
            if json.loads(line)["event"] == "measured":
                measured += 1
                kill(started)
        assert running.wait(timeout=300) == 1
    assert "cluster was lost" in running.stderr.read()
    again = batch.here("videos", "--out", "study", "--dry-run")
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

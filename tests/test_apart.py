"""Videos are measured in a separate process: a crash or excessive memory is reported and costs one video."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress

import psutil
import pytest
from recordings import numbered, write_video

CRASHES = """
import os, signal, sys
if "romcheck.apart" in " ".join(sys.orig_argv):
    import av
    usual = av.open
    def opened(file, *rest, **how):
        name = os.path.basename(str(getattr(file, "name", file)))
        if "crash" in name:
            os.kill(os.getpid(), signal.SIGSEGV)
        if "endless" in name:
            signal.pause()
        held = []
        while "greedy" in name:
            held.append(bytearray(os.urandom(1 << 20)) * 20)
        return usual(file, *rest, **how)
    av.open = opened
"""
"""A decoder in which the files of some names crash natively, or never end."""


@pytest.fixture
def surroundings(tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(CRASHES)
    for name in ("a", "crash", "c", "endless", "greedy"):
        write_video(tmp_path / f"{name}.mp4", numbered(10))
    return os.environ | {"PYTHONPATH": str(tmp_path / "site")}


@pytest.mark.slow("a process that crashes is replaced, twice")
@pytest.mark.skipif(os.name != "posix", reason="of signals")
def test_a_video_that_crashes_the_decoder_stops_none_of_the_others(surroundings, tmp_path):
    done = measured(surroundings, tmp_path, "a.mp4", "crash.mp4", "c.mp4")
    assert done.returncode == 1
    said = {line.split(":")[0]: line for line in done.stderr.splitlines()}
    assert "ended unexpectedly (SIGSEGV)" in said["crash.mp4"]
    assert "Convert it to .mp4 again" in said["crash.mp4"]
    for name in ("a.mp4", "c.mp4"):
        assert "No face" in said[name]
    assert "0 of 3 videos were measured." in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="of signals")
def test_a_single_video_that_crashes_the_decoder_is_told_and_leaves_nothing(surroundings, tmp_path):
    left = tmp_path / "out" / ".crash.result.abcdefgh.json"
    left.parent.mkdir()
    for path in (left, kept := left.with_name(".crash.result.mine.json")):
        path.touch()
    done = measured(surroundings, tmp_path, "crash.mp4", "--out", "out")
    assert done.returncode == 1
    assert "ended unexpectedly (SIGSEGV)" in done.stderr
    assert not left.exists(), "what it had not finished writing stays"
    assert kept.exists(), "a file of another was removed"


@pytest.mark.slow
def test_a_video_takes_no_more_memory_than_allowed(surroundings, tmp_path):
    done = measured(surroundings, tmp_path, "greedy.mp4", "a.mp4", "--memory-limit", "1000")
    assert done.returncode == 1
    said = {line.split(":")[0]: line for line in done.stderr.splitlines()}
    assert "took more than 1000 MB of memory" in said["greedy.mp4"]
    assert "No face" in said["a.mp4"]


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="of signals")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        # Of several films the one is named.
        (["calibrate", "a.mp4", "greedy.mp4", "--board", "a4", "--memory-limit", "600"], "greedy.mp4: .* 600 MB"),
        (["reference", "crash.mp4"], r"ended unexpectedly \(SIGSEGV\)"),
        (["synchronise", "crash.mp4", "sensor.csv"], r"ended unexpectedly \(SIGSEGV\)"),
    ],
)
def test_no_command_reads_a_video_in_its_own_process(surroundings, tmp_path, words, told):
    (tmp_path / "sensor.csv").write_text("time,rotation_deg\n" + "".join(f"{i / 10},{i}\n" for i in range(60)))
    done = run(surroundings, tmp_path, *words)
    assert done.returncode == 1
    assert re.search(told, done.stderr), done.stderr


@pytest.mark.skipif(os.name != "posix", reason="of signals")
@pytest.mark.parametrize("end", [signal.SIGINT, pytest.param(signal.SIGKILL, marks=pytest.mark.slow)])
def test_the_process_apart_ends_with_the_program(surroundings, tmp_path, end):
    running = subprocess.Popen(
        [sys.executable, "-m", "romcheck", "measure", "endless.mp4"],
        cwd=tmp_path, env=surroundings, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    apart = _child_of(running.pid)
    running.send_signal(end)
    _, said = running.communicate(timeout=600)
    assert running.returncode == (130 if end == signal.SIGINT else -signal.SIGKILL)
    assert "Traceback" not in said
    assert apart.wait(timeout=600) is None


def measured(surroundings, folder, *words):
    return run(surroundings, folder, "measure", *words)


def run(surroundings, folder, *words):
    return subprocess.run(
        [sys.executable, "-m", "romcheck", *words],
        cwd=folder, env=surroundings, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip


def _child_of(pid):
    """The process apart, once it is there and has begun."""
    program = psutil.Process(pid)
    while program.status() != psutil.STATUS_ZOMBIE:
        with suppress(psutil.NoSuchProcess, IndexError):
            child = program.children()[0]
            if child.num_threads() > 1:
                return child
        time.sleep(0.1)
    raise AssertionError("it ended before it began")

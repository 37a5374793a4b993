"""A server that is killed takes its measuring process with it, at whatever stage the check is: pictures do not stay."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL; the pipe closes there all the same"),
]

SERVER = """
import sys, threading, time
from pathlib import Path
from romcheck.geometry.intrinsics import Lens
from romcheck.live.engine import Engine
from romcheck.live.messages import Begin, StartCheck
from romcheck.live.state import CheckPlan
from shots import shots

stage, clip, folder = sys.argv[1:]
pictures = list(shots(Path(clip), 3))
engine, answers = Engine(), []
print(engine.pid, flush=True)
if stage != "loading":
    plan, lens = CheckPlan("rotation", practice=False), Lens.assumed(640, 480)
    engine.start(StartCheck(plan, lens, Path(folder) / "k.mkv"), answers.append)
if stage in ("begun", "measuring"):
    engine.tell(Begin())
if stage == "waiting":
    engine.offer(pictures[0])
    while not answers:
        time.sleep(0.001)
for number, shot in enumerate(pictures if stage in ("begun", "measuring") else ()):
    while not engine.offer(shot):
        time.sleep(0.001)
    if number == {"begun": 3, "measuring": 60}[stage]:
        print("reached", flush=True)
print("reached", flush=True)
time.sleep(600)
"""
STAGES = ("loading", "waiting", "begun", "measuring")
ENDS_WITHIN_S = 120
"""Loading the networks takes seconds, and is not broken off."""


@pytest.mark.parametrize("stage", STAGES)
def test_the_measuring_process_ends_with_a_killed_server(stage, sample_videos, tmp_path):
    clip = str(sample_videos / "rotation.mp4")
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, stage, clip, str(tmp_path)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent)},
    )
    process = None
    try:
        assert server.stdout is not None
        process = psutil.Process(int(server.stdout.readline()))
        assert server.stdout.readline() == b"reached\n"
        server.send_signal(signal.SIGKILL)
        server.wait()
        psutil.wait_procs([process], timeout=ENDS_WITHIN_S)
        assert not running(process)
        assert list(tmp_path.iterdir()) == []
    finally:
        server.kill()
        server.wait()
        if process is not None and running(process):
            process.kill()


def running(process: psutil.Process) -> bool:
    """Whether it still runs; a zombie holds no memory."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False

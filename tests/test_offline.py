"""Measuring, studies and the application open no connection and look no name up."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent / "ui"))

from hostile import PAGES, hostile_records
from running import Client, running
from stream import run_page

pytestmark = pytest.mark.slow("whole commands and the application, watched by the system's trace")

WATCHED = textwrap.dedent(
    """
    import sys

    CALLS = {"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo",
             "socket.gethostbyname", "socket.gethostbyaddr", "urllib.Request", "http.client.connect"}

    def watch(event, arguments):
        if event in CALLS:
            print("CONNECTION", event, arguments, file=sys.stderr, flush=True)

    sys.addaudithook(watch)
    """
)
"""What every process of Python begins with."""


def outcome(command, folder, **environment):
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=300, check=False, env=os.environ | environment
    )


@pytest.fixture
def watched(tmp_path):
    """Environment in which the connections of every Python process are logged."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(WATCHED)
    return {"PYTHONPATH": str(tmp_path / "site")}


def test_the_watch_sees_connections(watched, tmp_path):
    """The watching itself works, also for a connection that fails, and in a process that another starts."""
    script = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
    asks = "import socket; socket.getaddrinfo('127.0.0.1', 9)"
    assert "CONNECTION socket.getaddrinfo" in outcome([sys.executable, "-c", script, asks], tmp_path, **watched).stderr


def test_measuring_opens_no_connection_and_needs_none(small_turn, watched, tmp_path):
    """No connection or look-up of Python's, from the first import to the last file; where the system lets a test run
    without any network interface, C++ code does without it too.
    """
    apart = ["unshare", "-rn"]
    if not shutil.which("unshare") or outcome([*apart, "true"], tmp_path).returncode:
        apart = []
    measuring = [sys.executable, "-m", "romcheck", "measure", str(small_turn), "--plot"]
    done = outcome([*apart, *measuring], tmp_path, **watched)
    assert done.returncode == 0, done.stderr
    assert "CONNECTION" not in done.stderr
    assert (tmp_path / "small_turn.result.json").is_file()
    if not apart:
        pytest.skip("it opens none; this system does not let a test run without network (unshare -rn)")


# What the system saw: every connection of every process and thread, C++ code included


STRACE = ["strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=connect,sendto,sendmsg", "-s", "200"]
ELSEWHERE = re.compile(r"sa_family=AF_INET6?,.*")
HERE = ('inet_addr("127.0.0.1")', 'inet_pton(AF_INET6, "::1"')


@pytest.fixture
def strace(tmp_path):
    """Command that watches another, and the file it writes to."""
    log = tmp_path / "strace.txt"
    watching = [*STRACE, "-o", str(log)]
    if not shutil.which("strace") or outcome([*watching, "true"], tmp_path).returncode:
        pytest.skip("strace is not installed, or this system does not let it watch (Debian: apt-get install strace)")
    return watching, log


def connections(log):
    """Lines of the log that lead to another computer."""
    lines = log.read_text("utf-8", "replace").splitlines()
    return [line for line in lines if ELSEWHERE.search(line) and not any(here in line for here in HERE)]


def test_strace_sees_a_connection(strace, tmp_path):
    watching, log = strace
    script = "import socket\ns = socket.socket()\ns.settimeout(0.1)\ns.connect(('192.0.2.1', 9))\n"
    outcome([*watching, sys.executable, "-c", script], tmp_path)
    assert len(connections(log)) == 1


@pytest.mark.parametrize("command", ["measure", "batch"])
def test_the_system_sees_no_connection(strace, small_turn, tmp_path, command):
    watching, log = strace
    (tmp_path / "videos").mkdir()
    shutil.copy(small_turn, tmp_path / "videos")
    wish = [str(small_turn)] if command == "measure" else ["videos", "--out", "study", "--workers", "1"]
    done = outcome([*watching, sys.executable, "-m", "romcheck", command, *wish], tmp_path)
    assert done.returncode == 0, done.stderr
    assert connections(log) == []


def test_the_system_sees_no_connection_of_the_application(strace, tmp_path):
    """While it starts, while each page runs on hostile records, and while it ends."""
    watching, log = strace
    data = tmp_path / "data"
    numbers = hostile_records(data)
    with running(data, under=watching) as started, Client(started.url) as browser:
        assert browser.get(started.start).status_code == 200
        cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        for page in ("", *PAGES):
            run_page(started.url, cookie, page, numbers)
    assert connections(log) == []

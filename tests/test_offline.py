"""Measuring opens no connection and looks no name up."""

from __future__ import annotations

import shutil
import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.slow

WATCHED = textwrap.dedent(
    """
    import sys

    CALLS = {"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo",
             "socket.gethostbyname", "socket.gethostbyaddr", "urllib.Request", "http.client.connect"}

    def watch(event, arguments):
        if event in CALLS:
            print("CONNECTION", event, arguments, flush=True)

    sys.addaudithook(watch)
    from romcheck.cli import main
    main()
    """
)


def outcome(command, folder):
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)


def test_the_watch_sees_connections(tmp_path):
    """The watching itself works, also for a connection that fails."""
    script = WATCHED.split("from romcheck")[0] + "import socket\nsocket.getaddrinfo('127.0.0.1', 9)\n"
    assert "CONNECTION socket.getaddrinfo" in outcome([sys.executable, "-c", script], tmp_path).stdout


def test_measuring_opens_no_connection(one_turn, tmp_path):
    """Python-level connections and look-ups, from the first import to the last file."""
    command = [sys.executable, "-c", WATCHED, "measure", str(one_turn), "--plot"]
    done = outcome(command, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "CONNECTION" not in done.stdout
    assert (tmp_path / "one_turn.result.json").is_file()


def test_measuring_works_without_any_network(one_turn, tmp_path):
    """With no network interface at all, C++ code included, the result is there all the same."""
    apart = ["unshare", "-rn"]
    if not shutil.which("unshare") or outcome([*apart, "true"], tmp_path).returncode:
        pytest.skip("this system does not let a test run without network (unshare -rn)")
    command = [sys.executable, "-m", "romcheck", "measure", str(one_turn)]
    done = outcome([*apart, *command], tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "one_turn.result.json").is_file()

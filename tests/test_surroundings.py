"""What whoever starts the tests left in their shell does not reach them, and nothing is left out unsaid."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LEFT = {
    "COLUMNS": "40",
    "NO_COLOR": "1",
    "ROMCHECK_DATA": "mine",
    "STREAMLIT_SERVER_PORT": "1",
    "PGHOST": "elsewhere",
    "TZ": "Pacific/Apia",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUNBUFFERED": "1",
    "HTTPS_PROXY": "http://x",
}
ASKS = """
import os, signal, sys
import pytest

def test_of_the_shell():
    import subprocess
    child = "import os, signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler, os.umask(0))"
    done = subprocess.run([sys.executable, "-c", child], capture_output=True, text=True)
    assert done.stdout.split() == ["True", str(0o022)]
    assert not {*LEFT} & {*os.environ}
    assert not sys.dont_write_bytecode

@pytest.mark.slow("for a reason")
def test_that_is_slow():
    pass
"""


@pytest.fixture
def suite(tmp_path):
    usual = (HERE / "conftest.py").read_text("utf-8")
    (tmp_path / "conftest.py").write_text(usual.replace("LONG_S = 20", "LONG_S = -1"), "utf-8")
    (tmp_path / "test_asks.py").write_text(f"LEFT = {[*LEFT]}\n{ASKS}", "utf-8")
    (tmp_path / "pytest.ini").write_text(f"[pytest]\nmarkers = slow\npythonpath = {HERE}\n")

    def run(*arguments):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
            cwd=tmp_path,
            env=os.environ | LEFT,
            preexec_fn=_like_a_shell_that_left_things,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr

    return run


def _like_a_shell_that_left_things():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.umask(0o077)


@pytest.mark.skipif(os.name != "posix", reason="of signals")
@pytest.mark.parametrize(
    "workers",
    [
        pytest.param(["-n", "0"], id="one process"),
        pytest.param(["-n", "1", "--dist=loadfile"], id="workers", marks=pytest.mark.slow),
    ],
)
def test_the_shell_does_not_reach_the_tests_and_what_is_left_out_is_said(suite, workers):
    said = suite(*workers)
    assert "1 passed" in said
    assert "1 slow tests were left out; --all runs every test." in said
    assert re.search(r"test_of_the_shell took \d+ s, and its mark gives no reason\.", said)


@pytest.mark.skipif(os.name != "posix", reason="of signals")
@pytest.mark.parametrize("wish", [["--all"], ["test_asks.py::test_that_is_slow"]])
def test_what_is_asked_for_runs(suite, wish):
    said = suite("-n", "0", *wish)
    assert f"{1 if '::' in wish[0] else 2} passed" in said
    assert "left out" not in said
    assert "test_that_is_slow took" not in said

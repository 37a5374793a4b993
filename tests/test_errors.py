"""What a person reads when the program cannot start."""

import os
import subprocess
import sys

import pytest
from recordings import numbered, write_video

from romcheck.errors import explain_import_error


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("libGL.so.1: cannot open shared object file: No such file or directory", "apt-get install libgl1"),
        ("libgthread-2.0.so.0: cannot open shared object file: No such file", "apt-get install libglib2.0-0"),
        ("libglib-2.0.so.0: cannot open shared object file", "apt-get install libglib2.0-0"),
        ("libXrender.so.1: cannot open shared object file", "apt-get install libxrender1"),
        ("DLL load failed while importing cv2: The specified module could not be found.", "Visual C++"),
        ("numpy.core.multiarray failed to import", "its own environment"),
        ("No module named 'mediapipe'", "Install romcheck again"),
    ],
)
def test_a_library_that_does_not_load_names_the_way_out(said, advice):
    assert advice in str(explain_import_error(ImportError(said)))


@pytest.mark.slow
@pytest.mark.parametrize("command", ["measure", "info", "selftest"])
def test_a_bare_server_without_libgl(command, tmp_path):
    """The window version of OpenCV on a server: each command says what to install, without a traceback."""
    (tmp_path / "cv2.py").write_text(
        "raise ImportError('libGL.so.1: cannot open shared object file: No such file or directory')\n"
    )
    arguments = [str(write_video(tmp_path / "clip.mp4", numbered(5)))] if command == "measure" else []
    done = subprocess.run(
        [sys.executable, "-m", "romcheck", command, *arguments],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    printed = done.stdout + done.stderr
    assert "apt-get install libgl1" in printed
    assert "Traceback" not in printed
    assert done.returncode == (0 if command == "info" else 1)

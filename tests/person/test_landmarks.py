"""How the engine is loaded."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys
from romcheck.person.landmarks import FaceMesh
FaceMesh().close()
print("matplotlib" in sys.modules)
import mediapipe
from mediapipe.python.solutions import drawing_utils
print(mediapipe.solutions.drawing_utils.DrawingSpec is drawing_utils.DrawingSpec)
print("matplotlib" in sys.modules)
"""


def test_the_engine_loads_what_draws_only_for_whoever_draws():
    """A process that measures starts without matplotlib; a notebook can draw with the engine all the same."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False, timeout=300)
    assert done.stdout.split() == ["False", "True", "True"], done.stderr

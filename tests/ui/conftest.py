"""The scripted motion tracks of the motion tests are used here too."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "motion"))

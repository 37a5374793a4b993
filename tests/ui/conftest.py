"""The scripted motion tracks of the motion tests are used here too; no test touches the user's own records."""

import sys
from pathlib import Path

import pytest

from romcheck.places import DATA_VARIABLE
from romcheck.records.store import URL_VARIABLE

sys.path.append(str(Path(__file__).resolve().parents[1] / "motion"))


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Data folder of one test, still empty."""
    folder = tmp_path / "data"
    monkeypatch.setenv(DATA_VARIABLE, str(folder))
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    return folder

"""The scripted motion tracks of the motion tests are used here too; no test touches the user's own records."""

import functools
import sys
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner

from romcheck.places import DATA_VARIABLE
from romcheck.records.store import URL_VARIABLE
from romcheck.ui import server

sys.path.append(str(Path(__file__).resolve().parents[1] / "motion"))

# A program looks once through all that is installed; of the tests, each page opened would: more than its own time.
manifest_scanner.scan_component_manifests = functools.cache(manifest_scanner.scan_component_manifests)


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Data folder of one test, still empty."""
    folder = tmp_path / "data"
    monkeypatch.setenv(DATA_VARIABLE, str(folder))
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    return folder


@pytest.fixture(autouse=True)
def not_served_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """How another test started the program in this process says nothing of this one."""
    monkeypatch.setattr(server, "serving", server.Serving())

"""The scripted motion tracks of the motion tests are used here too; no test touches the user's own records."""

import functools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner

from romcheck.places import DATA_VARIABLE
from romcheck.records.store import URL_VARIABLE, Records
from romcheck.reports.typst.content import blank
from romcheck.ui import server

sys.path.append(str(Path(__file__).resolve().parents[1] / "motion"))

# A program looks once through all that is installed; of the tests, each page opened would: more than its own time.
manifest_scanner.scan_component_manifests = functools.cache(manifest_scanner.scan_component_manifests)


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stores_begun_at_once: None) -> Path:
    """Data folder of one test, still empty."""
    folder = tmp_path / "data"
    monkeypatch.setenv(DATA_VARIABLE, str(folder))
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    return folder


@pytest.fixture
def store(data: Path, begin_store: Callable[[Path], None]) -> Iterator[Records]:
    """The records that the pages show."""
    begin_store(data)
    with Records(data, by="tester") as records:
        yield records


@pytest.fixture
def not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty pictures for charts, where the words beside them are the matter: drawing takes most of a page's time."""
    for module in ("romcheck.ui.records", "romcheck.reports.typst.content"):
        monkeypatch.setattr(f"{module}.chart_bytes", lambda *_, **__: blank(1, 1))


@pytest.fixture(autouse=True)
def not_served_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reset how another test started the program in this process."""
    monkeypatch.setattr(server, "serving", server.Serving())

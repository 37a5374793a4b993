"""The examples in docstrings give what they say."""

from __future__ import annotations

import doctest
import shutil
from importlib import import_module
from pathlib import Path

import pytest

import romcheck

PACKAGE = Path(romcheck.__file__).parent
MODULES = [
    ".".join(("romcheck", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
    for path in sorted(PACKAGE.rglob("*.py"))
    if ">>> " in path.read_text("utf-8")
]


@pytest.fixture(scope="module")
def measured(small_turn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a video and its measurement, which the package's own example makes, under the names of the examples."""
    folder = tmp_path_factory.mktemp("examples")
    shutil.copy(small_turn, folder / "turn.mp4")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert doctest.testmod(romcheck).failed == 0
    return folder


def test_examples_of_the_package_are_true(measured: Path) -> None:
    assert {path.name for path in measured.iterdir()} == {"turn.mp4", "turn.result.json", "turn.frames.csv"}


@pytest.mark.parametrize("name", [name for name in MODULES if name != "romcheck"])
def test_examples_are_true(name: str, measured: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(measured)
    found = doctest.testmod(import_module(name), optionflags=doctest.ELLIPSIS)
    assert found.attempted > 0
    assert found.failed == 0


def test_the_public_interface_has_examples() -> None:
    public = {"angles", "errors", "exchange.files", "geometry.intrinsics", "agreement.comparing", "agreement.repeating"}
    assert {"romcheck", *(f"romcheck.{name}" for name in public)} <= set(MODULES)

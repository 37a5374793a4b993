"""Every constant of tracking and of finding a person lies in the settings of its room, with a reason and a source."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from romcheck.person.settings import PERSON
from romcheck.tracking.settings import TRACKING, TrackerSettings
from romcheck.tracking.sourced import constants

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = {"tracking": (TRACKING, TrackerSettings()), "person": (PERSON,)}
ELSEWHERE = {"settings.py", "mesh_points.py"}
"""Constants, and the face mesh's own numbering."""
PLAIN = {0.0, 0.5, 1.0, 2.0, 90.0, 180.0}
GUARD = 1e-3
"""Smaller numbers keep a division or a matrix from failing; no result depends on them."""


def bare(path: Path) -> list[str]:
    """Numbers given a name in a module, and decimal numbers in its code."""
    tree = ast.parse(path.read_text("utf-8"))
    named = [n for n in tree.body if isinstance(n, (ast.Assign, ast.AnnAssign)) and n.value is not None]
    found = [ast.unparse(n) for n in named if re.fullmatch(r"[\d\s.,()e+-]+", ast.unparse(n.value))]
    decimals = [
        c for c in ast.walk(tree) if isinstance(c, ast.Constant) and type(c.value) is float and c.value not in PLAIN
    ]
    return found + [f"{path.name}:{c.lineno}: {c.value}" for c in decimals if c.value > GUARD]


@pytest.mark.parametrize("room", SETTINGS)
def test_no_constant_lives_outside_the_settings(room: str) -> None:
    modules = [path for path in (ROOT / "romcheck" / room).glob("*.py") if path.name not in ELSEWHERE]
    assert len(modules) > 8
    assert [told for path in modules for told in bare(path)] == []


def test_a_bare_constant_would_be_seen(tmp_path: Path) -> None:
    path = tmp_path / "some.py"
    path.write_text("A = 3\nB, C = 0.25, -1\nN = len('abc')\n\ndef f(x):\n    return 0.7 * x + 1e-9\n", "utf-8")
    assert bare(path) == ["A = 3", "B, C = (0.25, -1)", "some.py:2: 0.25", "some.py:6: 0.7"]


@pytest.mark.parametrize("room", SETTINGS)
def test_each_has_a_reason_and_a_source_that_exists(room: str) -> None:
    told = [constant for settings in SETTINGS[room] for constant in constants(settings)]
    assert len(told) > 70
    assert [c.name for c in told if len(c.reason) < 5] == []
    for constant in told:
        script = re.fullmatch(r"chosen by what `(.+)` measures", constant.source)
        assert constant.source == "chosen" or "doi" in constant.source or script
        assert script is None or (ROOT / script[1]).is_file(), constant


def test_symbols_of_the_document_are_those_of_the_code() -> None:
    text = (ROOT / "docs" / "tracker.md").read_text("utf-8")
    code = "".join(path.read_text("utf-8") for room in SETTINGS for path in (ROOT / "romcheck" / room).glob("*.py"))
    known = set(re.findall(r"\w+", code))
    used = {word for quoted in re.findall(r"`([^`\n/]+)`", text) for word in re.findall(r"[A-Za-z_]\w+", quoted)}
    equations = re.findall(r"^    (.+)$", text, re.MULTILINE)
    used |= {word for line in equations for word in re.findall(r"[a-z]{3,}(?:_[a-z]{2,})+", line)}
    assert len(used) > 60
    assert sorted(used - known) == []

"""The documents say what the program does: every field, every reason, every figure it can compute."""

import dataclasses
import importlib.util
import re
from pathlib import Path

import pytest
import typer

from romcheck import results
from romcheck.cli import app
from romcheck.motion.gates import GATES
from romcheck.motion.rotations import anatomical, compose

ROOT = Path(__file__).parents[1]
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "SECURITY.md", "THIRD_PARTY.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]


def named(text):
    """Give every word a document sets in code style, tables of keys included."""
    return {word for code in re.findall(r"`([^`\n]+)`", text) for word in re.findall(r"[\w./-]+", code)}


@pytest.fixture(scope="module")
def tables():
    """Give the script that fills the documents' tables."""
    spec = importlib.util.spec_from_file_location("tables", ROOT / "docs" / "tables.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_field_is_explained():
    """A field that a result or its frames hold stands in docs/result.md."""
    kinds = [kind for kind in vars(results).values() if dataclasses.is_dataclass(kind)]
    fields = {field.name for kind in kinds for field in dataclasses.fields(kind)}
    assert len(fields) > 40

    assert fields - named((ROOT / "docs" / "result.md").read_text("utf-8")) == set()


def test_every_reason_is_explained():
    """A reason code stands in docs/result.md with its advice."""
    text = (ROOT / "docs" / "result.md").read_text("utf-8")

    assert [code for code, gate in GATES.items() if f"`{code}`" not in text or gate.advice not in text] == []


@pytest.mark.parametrize("name", ["angles.md", "result.md", "tracker.md"])
def test_tables_are_fresh(tables, name):
    """Tables made by the program equal those written down; else run docs/tables.py."""
    assert tables.filled(name) == (ROOT / "docs" / name).read_text("utf-8")


def test_yaw_in_flexion_over_reads(tables):
    """The figure that decides the definition: 30 degrees read as 39 at 45 degrees of flexion (arithmetic by hand)."""
    assert tables.camera_yaw_deg(30, 45) == pytest.approx(39.23, abs=0.01)
    assert tables.rotation_deg(30, 45) == pytest.approx(30, abs=1e-9)


def test_counting_from_upright_under_reads():
    """The other figure of docs/angles.md: 30 degrees with 10 of lateral flexion at 45 of flexion."""
    flexed, turn = compose(0, 45, 0), compose(30, 0, 10)

    from_upright, from_flexed = anatomical(flexed @ turn), anatomical(turn)
    text = (ROOT / "docs" / "angles.md").read_text("utf-8")
    assert f"a twist of {float(from_upright.rotation):.1f}° when counted from\nupright" in text
    assert float(from_flexed.rotation) == pytest.approx(30)


def test_every_option_is_listed():
    """The README lists the options of romcheck measure, all of them and no others."""
    commands = typer.main.get_command(app).commands
    options = {name for p in commands["measure"].params for name in p.opts if name.startswith("--")}
    listed = set(re.findall(r"^\| `(--[a-z-]+)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE))

    assert listed == options - {"--help"}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
def test_links_lead_somewhere(path):
    """Every picture and file a document links to is there."""
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text("utf-8"))

    assert [link for link in links if "://" not in link and not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
def test_nothing_is_diagnosed(path):
    """It measures; words that claim more do not occur."""
    text = path.read_text("utf-8").lower()

    assert [
        claim for claim in ("you have ", "positive test", "treatment worked", "clinically proven") if claim in text
    ] == []

"""What stands at the door: pre-commit and Justfile do what CI does, the citation is of this version, the form asks."""

import importlib
import re
from pathlib import Path

import pytest
import yaml

import romcheck

ROOT = Path(__file__).parents[1]
CI = (ROOT / ".ci" / "run").read_text("utf-8")


def plain(command):
    """A command without how uv is to run it."""
    return re.sub(r"uv run( --no-sync| --locked)*( --group docs)? ", "", command).strip()


def test_pre_commit_looks_at_what_ci_looks_at_and_just_too():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"][0]["hooks"]
    looked = {plain(hook["entry"]) for hook in hooks}
    checks = {plain(line.split('" ', 1)[1]) for line in CI.splitlines() if line.startswith(('check "', 'ahead "'))}
    assert {one for one in checks if one.startswith(("ruff", "mypy"))} == looked
    just = re.search(r"^check:\n((?:    .*\n)+)", (ROOT / "Justfile").read_text("utf-8"), re.MULTILINE)
    assert {plain(line) for line in just[1].splitlines()} == looked


@pytest.mark.parametrize("document", ["Justfile", "CONTRIBUTING.md"])
def test_scripts_and_folders_that_are_named_are_there(document):
    text = (ROOT / document).read_text("utf-8")
    named = set(re.findall(r"\b((?:docs|benchmarks|tests|romcheck|\.ci|\.github)/[\w./-]*\w)", text))
    assert named
    named.discard("benchmarks/out")  # made by the benchmarks
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_citation_is_of_this_version():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert (cited["version"], cited["license"]) == (romcheck.__version__, "Apache-2.0")
    assert {"cff-version", "message", "title", "authors"} <= set(cited)


def test_the_form_for_faults_asks_what_is_installed():
    form = yaml.safe_load((ROOT / ".github" / "ISSUE_TEMPLATE" / "fault.yml").read_text("utf-8"))
    asked = {part["id"]: part for part in form["body"] if "id" in part}
    assert "romcheck info" in asked["info"]["attributes"]["label"]
    assert asked["info"]["validations"]["required"]


def test_each_step_of_the_walk_is_where_it_says():
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    steps = re.findall(r"^\| (\d+) \| .* \| `(romcheck/[\w/]+\.py)` \| `([\w.]+)` \|$", text, re.MULTILINE)
    assert [int(number) for number, _, _ in steps] == list(range(1, len(steps) + 1))
    assert len(steps) > 10
    for _, file, name in steps:
        found = importlib.import_module(file.removesuffix(".py").replace("/", "."))
        for part in name.split("."):
            found = getattr(found, part)
        assert callable(found)

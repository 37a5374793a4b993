"""Which part may import what, read from the source: the walls the design stands on."""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "romcheck"

PURE = (
    "motion",
    "protocols",
    "statistics",
    "results",
    "notices",
    "errors",
    "arrays",
    "clinical",
    "published",
    "change",
)
"""Parts that compute with numpy and scipy at most, and with each other."""

LEAVES = ("app", "cli", "ui", "batch")
"""Parts nothing else imports but what starts the program."""

STARTS = {"__main__": ("cli",), "cli": ("ui", "batch"), "app": ("ui",), "ui": ("batch",)}
"""What may import which leaf, to start it."""

NETWORK = {
    "socket",
    "ssl",
    "http",
    "urllib",
    "ftplib",
    "smtplib",
    "requests",
    "httpx",
    "aiohttp",
    "urllib3",
    "websockets",
}
"""Libraries that open connections; of urllib, only its parser of texts is harmless."""


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).with_suffix("").as_posix(), path


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Everything in a file, its module first."""
    return tuple(ast.walk(ast.parse(path.read_text("utf-8"))))


def body(path: Path) -> list[ast.stmt]:
    """What a file holds at its top."""
    module = nodes(path)[0]
    assert isinstance(module, ast.Module)
    return module.body


@cache
def imports(path: Path) -> tuple[str, ...]:
    """Every module a file imports, also inside functions: ``from a import b`` gives both ``a`` and ``a.b``."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    here = ("romcheck", *path.relative_to(PACKAGE).parent.parts)
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join((*here[: len(here) - node.level + 1], node.module or "")).strip(".") if node.level else ""
            base = base or node.module or ""
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def top(name: str) -> str:
    return name.split(".")[0]


def parts(name: str) -> str:
    """Part of the package a module belongs to: ``romcheck.motion.track`` belongs to ``motion``."""
    return name.split(".")[1] if "." in name else ""


def importers_of(library: str) -> set[str]:
    return {module for module, path in modules() if any(top(name) == library for name in imports(path))}


def test_there_is_something_to_look_at():
    some = {"cli", "results", "motion/track", "person/landmarks", "sources/video"}
    assert some <= {module for module, _ in modules()}


@pytest.mark.parametrize("part", PURE)
def test_the_computing_core_stays_pure(part):
    """It must run, and be tested, without video, engine or screen."""
    allowed = set(sys.stdlib_module_names) | {"numpy", "scipy", "romcheck"}
    for module, path in modules():
        if module.split("/")[0] != part:
            continue
        for name in imports(path):
            assert top(name) in allowed, f"{module} imports {name}"
            if name.startswith(
                ("romcheck.i18n.message", "romcheck.i18n.languages")
            ):  # codes and values; sentences are made elsewhere
                continue
            if top(name) == "romcheck" and parts(name) not in ("", "__version__"):
                assert parts(name) in PURE, f"{module} imports {name}"


@pytest.mark.parametrize(("room", "lower"), [("geometry", ("geometry",)), ("tracking", ("geometry", "tracking"))])
def test_following_knows_no_face(room, lower):
    """Geometry knows no pictures, and a rigid body is followed without knowing whose it is."""
    core = {"", "arrays", "errors", "i18n", "results", "motion", *lower}
    reached = {name for module, path in modules() if module.split("/")[0] == room for name in imports(path)}
    assert {parts(name) for name in reached if top(name) == "romcheck"} <= core


def circles(links: Mapping[str, Collection[str]]) -> list[list[str]]:
    """Every circle of a graph, one way through each: what can be reached from itself."""
    found: list[list[str]] = []
    done: set[str] = set()

    def walk(name: str, way: list[str]) -> None:
        if name in way:
            found.append([*way[way.index(name) :], name])
        elif name not in done:
            for other in sorted(links.get(name, ())):
                walk(other, [*way, name])
            done.add(name)

    for name in sorted(links):
        walk(name, [])
    return found


def test_a_circle_is_found():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == [["b", "c", "b"]]


def test_no_imports_run_in_a_circle():
    """Not within functions either, nor for types alone: what needs each other is one thing or wants a third.

    The package itself is left out: it offers ``measure`` to notebooks, and every module may ask for its version.
    """
    names = {f"romcheck.{module.replace('/', '.')}".removesuffix(".__init__"): path for module, path in modules()}
    del names["romcheck"]
    links = {
        name: {other for other in imports(path) if other in names and other != name} for name, path in names.items()
    }
    assert circles(links) == []


def test_mediapipe_is_imported_in_one_file():
    assert importers_of("mediapipe") == {"person/landmarks"}


def borrowed(path: Path) -> Iterator[str]:
    """Names with an underscore that a file takes from another module of ours."""
    brought = set()
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("romcheck"):
            brought |= {alias.asname or alias.name for alias in node.names}
            yield from (alias.name for alias in node.names if re.match("_[^_]", alias.name))
    for node in nodes(path):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in brought:
            yield from [f"{node.value.id}.{node.attr}"] if re.match("_[^_]", node.attr) else []


def test_no_module_uses_the_private_names_of_another():
    assert {module: names for module, path in modules() if (names := list(borrowed(path)))} == {}


def defined(path: Path) -> set[str]:
    """Names of classes and types that a file makes at its top."""
    names = set()
    for node in body(path):
        if isinstance(node, ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


def test_clinical_words_are_defined_once():
    words = defined(PACKAGE / "clinical.py")
    assert {"Treatment", "Outcome", "DiaryDay", "FollowUp", "Conditions", "TreatmentKind", "Timing"} <= words
    speakers = ("change", "exchange", "records", "reports", "ui")
    rooms = ((module, path) for module, path in modules() if module.split("/")[0] in speakers)
    others = {module: defined(path) & words for module, path in rooms}
    assert {module: again for module, again in others.items() if again} == {}


@pytest.mark.parametrize(
    ("library", "rooms"),
    [
        ("babel", ("i18n",)),
        ("streamlit", ("app", "ui")),
        ("sqlalchemy", ("records",)),
        ("alembic", ("records",)),
        ("typst", ("reports",)),
        ("fhir", ("exchange",)),
        ("fsspec", ("batch",)),
        ("distributed", ("batch",)),
        ("dask", ("batch",)),
        ("psutil", ("processes",)),
    ],
)
def test_libraries_with_a_room_of_their_own(library, rooms):
    outside = {module for module in importers_of(library) if module.split("/")[0] not in rooms}
    assert not outside


@pytest.mark.parametrize("leaf", LEAVES)
def test_nothing_imports_a_leaf(leaf):
    for module, path in modules():
        part = module.split("/")[0]
        if part == leaf or leaf in STARTS.get(part, ()):
            continue
        reached = [name for name in imports(path) if name == f"romcheck.{leaf}" or name.startswith(f"romcheck.{leaf}.")]
        assert not reached, f"{module} imports {reached}"


def test_no_code_of_ours_imports_a_network_library():
    for module, path in modules():
        for name in imports(path):
            assert top(name) not in NETWORK or name.startswith("urllib.parse"), f"{module} imports {name}"


DECODERS = {"imread", "imreadmulti", "imdecode", "imdecodemulti", "imreadanimation", "VideoCapture"}
"""OpenCV's own, in versions with a hole in the reading of JPEG (CVE-2025-53644), which the engine still needs."""


def test_opencv_decodes_nothing_from_outside():
    """Pictures are read by Pillow, films by FFmpeg."""
    found = {
        f"{name}: {node.attr if isinstance(node, ast.Attribute) else node.id}"
        for name, path in modules()
        for node in nodes(path)
        if (isinstance(node, ast.Attribute) and node.attr in DECODERS)
        or (isinstance(node, ast.Name) and node.id in DECODERS)
    }
    assert not found


def test_no_two_files_of_tests_are_named_alike():
    """Pytest imports them by name alone: the second of two would not be collected."""
    names = Counter(path.name for path in Path(__file__).parent.rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []


def test_a_name_of_a_type_means_one_thing():
    """No class or type alias shares its name with one of another module: a reader need not ask which is meant."""
    homes: dict[str, list[str]] = {}
    for name, path in modules():
        for node in body(path):
            if isinstance(node, ast.ClassDef):
                called = [node.name]
            else:
                targets = getattr(node, "targets", [getattr(node, "target", None)])
                called = [target.id for target in targets if isinstance(target, ast.Name)]
            for one in called:
                if re.fullmatch(r"[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*", one):
                    homes.setdefault(one, []).append(name)
    assert len(homes) > 200
    assert {one: where for one, where in homes.items() if len(where) > 1} == {}

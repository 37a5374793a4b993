"""What romcheck is built on is listed: every package with its licence, and what PyAV's wheel carries."""

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("third_party", ROOT / "docs" / "third_party.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def text():
    return (ROOT / "THIRD_PARTY.md").read_text(encoding="utf-8")


def test_the_list_is_that_of_the_lock_file(script, text):
    listed = {name: versions for name, versions, _, _ in script.ROW.findall(text)}
    locked = {name: ", ".join(versions) for name, versions in script.runtime().items()}
    listed.pop("package", None)
    assert listed == locked, "Write it again: python docs/third_party.py"


def test_the_list_is_fresh(script, text):
    assert script.written(text) == text, "Write it again: python docs/third_party.py"


def test_every_package_has_a_licence(script, text):
    assert [name for name, _, licence, _ in script.rows(text) if not licence] == []


def test_what_the_project_asks_for_is_found_in_the_lock_file(script):
    """Guards the walk through the lock file by what pyproject.toml itself names."""
    project = script.tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"].values()
    asked = [*project["project"]["dependencies"], *(need for extra in extras for need in extra)]
    names = {script.re.split(r"[\[<>=~! ]", line)[0].replace(".", "-").lower() for line in asked}
    # uv takes the one without windows in its place.
    names ^= {"opencv-contrib-python", "opencv-contrib-python-headless"}
    found = set(script.runtime())
    assert names <= found
    # A need of an extra of a need, one of Python 3.10 alone, one of Windows alone; and one of the tests alone.
    assert {"distributed", "psycopg-binary", "exceptiongroup", "colorama"} <= found
    assert not {"pytest", "pingouin", "jax"} & found


def test_the_copyleft_code_in_the_video_library_is_named(text):
    av = pytest.importorskip("av")
    libraries = Path(av.__file__).parents[1] / "av.libs"
    if not libraries.is_dir():
        pytest.skip("this PyAV carries its libraries elsewhere, or none")
    for library in ("libx264", "libx265"):
        assert bool(list(libraries.glob(f"{library}*"))) == (f"`{library}.so." in text)


def test_the_bill_of_materials_lists_every_package(script, text, tmp_path):
    command = next(line for line in text.splitlines() if "cyclonedx" in line and line.startswith("python -m uv"))
    words = command.split()[3:]
    uv = _uv()
    if uv is None:
        pytest.skip("uv is not here")
    if "cyclonedx1.5" not in subprocess.run([*uv, "export", "--help"], capture_output=True, text=True).stdout:
        pytest.skip("this uv does not write CycloneDX")
    out = tmp_path / words[-1]
    done = subprocess.run([*uv, *words[:-1], str(out), "--offline"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    bill = json.loads(out.read_text(encoding="utf-8"))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    parts = {(part["name"], part["version"]) for part in bill["components"]}
    assert parts >= {(name, version) for name, versions in script.runtime().items() for version in versions}
    names = {part["bom-ref"] for part in [*bill["components"], bill["metadata"]["component"]]}
    assert len(names) == len(bill["components"]) + 1
    assert all({tie["ref"], *tie.get("dependsOn", ())} <= names for tie in bill["dependencies"])


def _uv():
    for uv in ([shutil.which("uv")], [sys.executable, "-m", "uv"], [sys.base_prefix + "/bin/python3", "-m", "uv"]):
        if uv[0] and Path(uv[0]).exists() and not subprocess.run([*uv, "--version"], capture_output=True).returncode:
            return uv
    return None

"""Write THIRD_PARTY.md, the list of what romcheck needs to run: python docs/third_party.py.

Names and versions come from uv.lock, licences and home pages from the metadata of the installed packages. A package
that is not installed here, or in an older version, keeps what the list says of it. No connection is opened.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
LIST = ROOT / "THIRD_PARTY.md"
BEGIN, END = "<!-- table: packages -->", "<!-- end of table -->"
ROW = re.compile(r"^\| ([\w.-]+) \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$", re.MULTILINE)

STATED = {
    "async-timeout": ("Apache-2.0", "https://github.com/aio-libs/async-timeout"),
    "colorama": ("BSD-3-Clause", "https://github.com/tartley/colorama"),
    "coloredlogs": ("MIT", "https://github.com/xolox/python-coloredlogs"),
    "exceptiongroup": ("MIT AND PSF-2.0", "https://github.com/agronholm/exceptiongroup"),
    "humanfriendly": ("MIT", "https://github.com/xolox/python-humanfriendly"),
    "mpmath": ("BSD", "https://mpmath.org"),
    "pyreadline3": ("BSD", "https://github.com/pyreadline3/pyreadline3"),
    "six": ("MIT", "https://github.com/benjaminp/six"),
    "sympy": ("BSD", "https://sympy.org"),
    "tomli": ("MIT", "https://github.com/hukkin/tomli"),
}
"""Licence and home page of packages that only Windows or Python 3.10 needs."""

SPDX = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD 3-Clause License": "BSD-3-Clause",
    "BSD License": "BSD",
    "BSD license": "BSD",
    "ISC License": "ISC",
    "MIT License": "MIT",
    "Python Software Foundation License": "PSF",
}
"""One name for one licence. "BSD" and "PSF" stay as they are: the metadata says no more."""

HOME = ("homepage", "source", "source code", "repository", "code", "github", "sources", "documentation")
"""Labels of addresses, the best first."""


def runtime() -> dict[str, list[str]]:
    """Packages of uv.lock that romcheck needs to run, with its extras, on any system: name to locked versions."""
    packages: dict[str, list[dict]] = {}
    for package in tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]:
        packages.setdefault(package["name"], []).append(package)
    root = packages["romcheck"][0]
    # uv takes OpenCV from this group, in place of the one with windows.
    waiting = [*_needs(root, tuple(root["optional-dependencies"])), *root["dev-dependencies"]["headless"]]
    found: dict[tuple[str, str], set[str]] = {}
    while waiting:
        need = waiting.pop()
        extras = set(need.get("extra", ()))
        # Such a marker is how pyproject.toml leaves a package out.
        if "sys_platform == 'never'" in need.get("marker", ""):
            continue
        for package in packages[need["name"]]:
            if need.get("version", package["version"]) != package["version"]:
                continue
            key = (package["name"], package["version"])
            if key in found and extras <= found[key]:
                continue
            found[key] = found.get(key, set()) | extras
            waiting += _needs(package, tuple(extras))
    versions: dict[str, list[str]] = {}
    for name, version in sorted(found, key=lambda key: (key[0], _order(key[1]))):
        versions.setdefault(name, []).append(version)
    return versions


def _needs(package: dict, extras: tuple[str, ...]) -> Iterator[dict]:
    yield from package.get("dependencies", ())
    for extra in extras:
        yield from package.get("optional-dependencies", {}).get(extra, ())


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def about(name: str) -> tuple[str, str]:
    """Licence and home page an installed package's metadata states; empty where it states none."""
    told = metadata.metadata(name)
    licence = told.get("License-Expression") or told.get("License") or ""
    # Some put the whole text there.
    if not licence or "\n" in licence or len(licence) > 40:
        classes = [c.split(" :: ")[-1] for c in told.get_all("Classifier", []) if c.startswith("License ::")]
        licence = " AND ".join(SPDX.get(c, c) for c in classes)
    pairs = (line.split(", ", 1) for line in told.get_all("Project-URL", []))
    addresses = {label.lower(): address for label, address in pairs}
    home = told.get("Home-page") or next((addresses[label] for label in HOME if label in addresses), "")
    return SPDX.get(licence, licence), home


def rows(before: str) -> list[tuple[str, str, str, str]]:
    """Name, locked versions, licence and home page of every package, given the list as it was."""
    known = {name: (licence.strip(), home.strip()) for name, _, licence, home in ROW.findall(before)}
    found = []
    for name, versions in runtime().items():
        try:
            newest = metadata.version(name) == versions[-1]
        except metadata.PackageNotFoundError:
            newest = False
        licence, home = STATED.get(name) or (about(name) if newest else known.get(name, ("", "")))
        found.append((name, ", ".join(versions), licence, home))
    return found


def written(before: str) -> str:
    """The list with its table made anew."""
    lines = ["| package | locked | licence | home page |", "|---|---|---|---|"]
    lines += [f"| {' | '.join(row)} |" for row in rows(before)]
    start, end = before.index(BEGIN) + len(BEGIN), before.index(END)
    return before[:start] + "\n" + "\n".join(lines) + "\n" + before[end:]


if __name__ == "__main__":
    LIST.write_text(written(LIST.read_text(encoding="utf-8")), encoding="utf-8")

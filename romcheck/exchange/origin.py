"""Where a file of figures came from: the program, and what it read, by content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from romcheck import __version__
from romcheck.names import shown


def digest_of(source: IO[bytes]) -> str:
    """SHA-256 of what can be read from a file."""
    digest = hashlib.sha256()
    while piece := source.read(1 << 20):
        digest.update(piece)
    return digest.hexdigest()


def content_sha256(path: Path) -> str:
    """SHA-256 of a file's content."""
    with path.open("rb") as file:
        return digest_of(file)


def origin(inputs: Iterable[Path], settings: dict[str, Any]) -> dict[str, Any]:
    """Version of the program, name and SHA-256 of each file read, and the settings that were given."""
    return {
        "romcheck": __version__,
        "inputs": [{"name": shown(path.name), "sha256": content_sha256(path)} for path in inputs],
        "settings": {name: value for name, value in settings.items() if value not in (None, (), {}, False)},
    }

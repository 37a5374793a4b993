"""Where a file of figures came from: the program, and what it read, by content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from romcheck import __version__
from romcheck.names import shown


def content_sha256(path: Path) -> str:
    """SHA-256 of a file's content."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def origin(inputs: Iterable[Path], settings: dict[str, Any]) -> dict[str, Any]:
    """Version of the program, name and SHA-256 of each file read, and the settings that were given."""
    return {
        "romcheck": __version__,
        "inputs": [{"name": shown(path.name), "sha256": content_sha256(path)} for path in inputs],
        "settings": {name: value for name, value in settings.items() if value not in (None, (), {}, False)},
    }

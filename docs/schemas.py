"""Write the JSON Schemas of what romcheck writes for other programs to docs/schema/: python docs/schemas.py.

One file for each version of a format. They come from the types that read the files, so that they say what is read:
what older files lack is not required. A version may gain what need not be there; for all else it becomes another.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from romcheck.records import archive_reading
from romcheck.results import SCHEMA, Result

FOLDER = Path(__file__).parent / "schema"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
FORMATS: dict[str, tuple[str, TypeAdapter[Any]]] = {
    SCHEMA: ("STEM.result.json of romcheck", TypeAdapter(Result)),
    archive_reading.SCHEMA: ("person.json in an archive of romcheck", archive_reading.ARCHIVE),
}
"""Title and type of each format, by the name that stands in its ``schema``."""


def path_of(name: str) -> Path:
    """Where the schema of a format lies: ``romcheck.result/1`` in ``romcheck.result-1.json``."""
    return FOLDER / f"{name.replace('/', '-')}.json"


def schema_of(name: str) -> dict[str, Any]:
    """JSON Schema of a format."""
    title, adapter = FORMATS[name]
    made = adapter.json_schema()
    made["properties"]["schema"] = {"const": name}
    made["required"] = ["schema", *(one for one in made["required"] if one != "schema")]
    return {"$schema": DIALECT, **made, "title": title}


def text_of(name: str) -> str:
    """What stands in the file."""
    return json.dumps(schema_of(name), indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Write all."""
    FOLDER.mkdir(exist_ok=True)
    for name in FORMATS:
        path_of(name).write_text(text_of(name), "utf-8", newline="\n")


if __name__ == "__main__":
    main()

"""Files for download, made on request and recorded in the audit trail."""

from __future__ import annotations

import tempfile
from pathlib import Path

from romcheck.records.exports import ExportKind, file_name, write_export
from romcheck.records.store import Records


def export_bytes(records: Records, kind: ExportKind, person_id: int | None = None, *, videos: bool = True) -> bytes:
    """A file of one person, or of everybody."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / file_name(kind)
        write_export(records, kind, path, person_id, videos=videos)
        return path.read_bytes()

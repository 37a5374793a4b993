"""What a zip is, and the unpacked size that it states, checked before anything is unpacked."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from romcheck.records.problems import ArchiveError

HEAD, CONTENT = "backup.json", "person.json"
"""The part that makes a zip a backup, and the one that makes it the archive of a person."""
MOST_LISTING = 80_000_000
"""Most bytes of the list of parts: half a million parts have 60 MB, and ten times as much in memory."""
_END, _WHERE_64, _END_64 = b"PK\x05\x06", b"PK\x06\x07", b"PK\x06\x06"
_END_BYTES, _WHERE_64_BYTES, _END_64_BYTES, _MOST_COMMENT = 22, 20, 56, 0xFFFF


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip unless its list of parts is too long.

    Raises
    ------
    ArchiveError
        When it is.
    OSError, zipfile.BadZipFile
        When it cannot be read, or is not a zip.
    """
    with path.open("rb") as file:
        whole = file.seek(0, 2)
        file.seek(max(0, whole - _END_BYTES - _MOST_COMMENT - _WHERE_64_BYTES - _END_64_BYTES))
        if _listing(file.read()) > MOST_LISTING:
            raise ArchiveError("too_many_parts", name=path.name)
        with zipfile.ZipFile(file) as packed:
            yield packed


def _listing(end: bytes) -> int:
    """Bytes of the list of parts, from the end of a zip; 0 where that is not the end of a zip."""
    at = end.rfind(_END)
    if at < 0 or len(end) < at + _END_BYTES:
        return 0
    (size,) = struct.unpack_from("<L", end, at + 12)
    before = at - _WHERE_64_BYTES - _END_64_BYTES
    if end[at - _WHERE_64_BYTES : at].startswith(_WHERE_64) and end[max(before, 0) :].startswith(_END_64):
        (size,) = struct.unpack_from("<Q", end, before + 40)
    return int(size)

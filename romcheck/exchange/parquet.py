"""The unpacked size that a Parquet file states, checked before anything is unpacked.

A page of a few bytes can state that it unpacks to gigabytes, whatever the file's footer says, and readers rely on it.
The page headers are Thrift structures in its compact protocol
(https://github.com/apache/parquet-format, PageHeader).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

MOST_HEAD = 1 << 20
"""Most bytes of one page header: with statistics of long texts it has some thousand."""
MOST_PAGES = 100_000
MOST_DEPTH = 16
MOST_CELLS = 50_000_000
MOST_TABLE_BYTES = 500_000_000
"""Most bytes of a user's table, unpacked."""


def refuse_swollen(
    file: Any, source: Path | IO[bytes], columns: Sequence[str], most_rows: int, most_bytes: int
) -> None:
    """Refuse a file that would unpack to more rows or bytes than allowed.

    Parameters
    ----------
    file : the ``pyarrow.parquet.ParquetFile`` of it
    source : the same file
    columns : the columns to read

    Raises
    ------
    ValueError
        When it would, or its pages cannot be parsed.
    """
    about = file.metadata
    if about.num_rows > most_rows:
        raise ValueError(f"it has more than {most_rows:,} rows")
    content = source.open("rb") if isinstance(source, Path) else source
    try:
        size = pages = 0
        for group in map(about.row_group, range(about.num_row_groups)):
            for chunk in map(group.column, range(group.num_columns)):
                if chunk.path_in_schema.split(".")[0] not in columns:
                    continue
                for unpacked in _pages(content, chunk):
                    size, pages = size + unpacked, pages + 1
                    if size > most_bytes or pages > MOST_PAGES:
                        raise ValueError(f"it would unpack to more than {most_bytes // 1_000_000} MB")
    finally:
        if content is not source:
            content.close()
        else:
            content.seek(0)


def read_bounded(path: Path) -> Any:
    """A user's table as ``pyarrow.Table``; repeated texts are stored once, lists left out.

    Raises
    ------
    ValueError
        When it would unpack to more than a table may have.
    pyarrow.ArrowException, OSError
        When it is not a Parquet file.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        plain = [field for field in file.schema_arrow if not pa.types.is_nested(field.type)]
        names = [field.name for field in plain]
        refuse_swollen(file, path, names, MOST_CELLS // max(1, len(names)), MOST_TABLE_BYTES)
    texts = [field.name for field in plain if pa.types.is_string(field.type) or pa.types.is_binary(field.type)]
    with pq.ParquetFile(path, read_dictionary=texts) as file:
        return file.read(names)


def _pages(content: IO[bytes], chunk: Any) -> Iterator[int]:
    """Unpacked size stated by each page of a column chunk."""
    at = chunk.data_page_offset
    if chunk.has_dictionary_page and 0 < (chunk.dictionary_page_offset or 0) < at:
        at = chunk.dictionary_page_offset
    end = at + chunk.total_compressed_size
    while at < end:
        content.seek(at)
        head = _Thrift(content.read(min(MOST_HEAD, end - at)))
        fields = head.struct()
        unpacked, packed = fields.get(2), fields.get(3)
        if not isinstance(unpacked, int) or not isinstance(packed, int) or unpacked < 0 or packed < 0:
            raise ValueError("a page does not say how large it is")
        yield unpacked
        at += head.at + packed


class _Thrift:
    """Integers of a structure in Thrift's compact protocol; everything else is skipped."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.at = 0

    def struct(self, depth: int = 0) -> dict[int, int | None]:
        """Its fields by their numbers."""
        fields: dict[int, int | None] = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._integer()
            fields[number] = self._value(head & 15, depth)
        return fields

    def _value(self, kind: int, depth: int, *, alone: bool = False) -> int | None:
        if depth > MOST_DEPTH:
            raise ValueError("a page's head is nested too deep")
        if kind in (1, 2):  # a boolean field is encoded in its type, a boolean list item as a byte
            return self._byte() if alone else kind
        if kind == 3:
            return self._byte()
        if kind in (4, 5, 6):
            return self._integer()
        if kind == 7:
            self._skip(8)
        elif kind == 8:
            self._skip(self._varint())
        elif kind in (9, 10):
            head = self._byte()
            for _ in range(self._varint() if head >> 4 == 15 else head >> 4):
                self._value(head & 15, depth + 1, alone=True)
        elif kind == 12:
            self.struct(depth + 1)
        else:
            raise ValueError("a page's head cannot be followed")
        return None

    def _byte(self) -> int:
        if self.at >= len(self._content):
            raise ValueError("a page's head is cut off")
        self.at += 1
        return self._content[self.at - 1]

    def _skip(self, count: int) -> None:
        self.at += count
        if self.at > len(self._content):
            raise ValueError("a page's head is cut off")

    def _varint(self) -> int:
        value = shift = 0
        while shift < 70:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
        raise ValueError("a page's head holds no number")

    def _integer(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

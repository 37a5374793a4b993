"""Converting results and frames to and from the form stored in the database and files."""

from __future__ import annotations

import io
import json

from pydantic import TypeAdapter, ValidationError

from romcheck.exchange.files import parquet_frames, result_content
from romcheck.records.problems import RecordsError
from romcheck.results import SCHEMA, Frames, Result

_RESULT = TypeAdapter(Result)


def result_text(result: Result) -> str:
    """The result as stored: the text of STEM.result.json without whitespace."""
    return json.dumps(result_content(result), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def result_of(text: str | bytes) -> Result:
    """A stored result; its ``result_json`` gives the bytes of the original file.

    Raises
    ------
    RecordsError
        When it is not a result of this schema.
    """
    try:
        result = _RESULT.validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RecordsError("holds_no_result", where=where, first=first["msg"]) from error
    if result.schema != SCHEMA:
        raise RecordsError("holds_result_version", schema=result.schema[:60], schema2=SCHEMA)
    return result


def frames_of(parquet: bytes) -> Frames:
    """Frames from the bytes of a Parquet file with the columns of STEM.frames.csv.

    Raises
    ------
    RecordsError
        When it is not such a file.
    """
    import pyarrow as pa

    try:
        return parquet_frames(io.BytesIO(parquet))
    except (pa.ArrowException, KeyError, ValueError, TypeError, OSError) as error:
        raise RecordsError("holds_no_frames") from error

"""Errors in the server log: place and type, never the message."""

from __future__ import annotations

import logging
import traceback
from typing import Any

MOST_CAUSES = 10
REFUSED_SOCKET = "ASGI callable returned without completing handshake."
"""Log message of the server for each WebSocket answered with 403."""


def keep_names_out() -> None:
    """Keep exception messages out of the log from now on.

    Messages contain input: a code in use, the row a database refused, a line of a plan. Unexpected errors logged by
    Streamlit and by the server both pass through here.
    """
    usual = logging.getLogRecordFactory()

    def nameless(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = usual(*args, **kwargs)
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = without_messages(record.exc_info[1])
            record.exc_info = None
        return record

    logging.setLogRecordFactory(nameless)
    # A WebSocket refused with an explanation is not an error of the application.
    logging.getLogger("uvicorn.error").addFilter(lambda record: record.msg != REFUSED_SOCKET)


def without_messages(error: BaseException) -> str:
    """A traceback with only its lines of code and the types of its exceptions."""
    parts: list[str] = []
    at: BaseException | None = error
    while at is not None and len(parts) < MOST_CAUSES:
        kind = f"{type(at).__module__}.{type(at).__qualname__}"
        parts.append("".join(traceback.format_tb(at.__traceback__)) + kind)
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
    return "\nwhich came from\n".join(parts)

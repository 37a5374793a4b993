"""The route that gives a movement's pictures, asked as the browser does."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from romcheck.ui.replay_route import replay


def pictures_of(asked: Mapping[str, str | int]) -> Response:
    """The answer to these words of an address."""
    query = urlencode({"blurred": 0, "language": "en", **asked})
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": query.encode()}
    # In a thread of its own: Playwright leaves its loop running in the one that used it.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, replay(Request(scope))).result()

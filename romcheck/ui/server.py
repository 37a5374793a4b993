"""What the web server does beside showing pages: the camera's route, its scripts, and who may connect."""

from __future__ import annotations

import asyncio
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config

from romcheck.batch.hosted import host
from romcheck.live.session import engines
from romcheck.ui.camera_route import camera

SCRIPTS = Path(__file__).parent / "components" / "camera" / "scripts"
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Opening:
    """Whether to open the browser once the server answers."""

    browser = False


class Scripts(StaticFiles):
    """Scripts of the camera; the browser asks each time whether they have changed."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """A file with the order to ask again next time."""
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response


class OwnPagesOnly:
    """Turns away connections that a page of another site opened, and names this server does not answer to.

    A page from anywhere may open a WebSocket to this computer; only its Origin tells. A foreign name that leads
    here (DNS rebinding) shows in Host.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass."""
        if scope["type"] not in ("http", "websocket") or self._own(scope):
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await PlainTextResponse("This server answers to its own pages only.", 403)(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1008})

    def _own(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        if for_this_computer_alone() and urlsplit(f"//{host}").hostname not in LOOPBACK:
            return False
        if scope["type"] == "http":
            return True
        return origin is not None and urlsplit(origin).netloc == host


def for_this_computer_alone() -> bool:
    """Whether no other computer can reach this server."""
    return config.get_option("server.address") in LOOPBACK


ROUTES = [WebSocketRoute("/romcheck/camera", camera), Mount("/romcheck/scripts", Scripts(directory=SCRIPTS))]
MIDDLEWARE = [Middleware(OwnPagesOnly)]


@asynccontextmanager
async def lifespan(_: object) -> AsyncIterator[None]:
    """Warm up, say where the pages are, and leave no process behind."""
    address = f"http://localhost:{config.get_option('server.port')}"
    Console(highlight=False).print(f"romcheck is at {address} (Ctrl-C ends it)", soft_wrap=True)
    warm = asyncio.create_task(asyncio.to_thread(engines.warm))
    if Opening.browser:
        asyncio.get_running_loop().call_later(0.5, webbrowser.open, address)
    yield
    await asyncio.to_thread(host.close)
    await warm
    await asyncio.to_thread(engines.close)

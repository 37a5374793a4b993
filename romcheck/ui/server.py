"""The web server besides the pages: the camera route, its scripts, and the guard in front."""

from __future__ import annotations

import asyncio
import os
import tempfile
import webbrowser
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from starlette.responses import Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp
from streamlit import config

from romcheck.batch.hosted import host
from romcheck.exchange.atomic import written_whole
from romcheck.live.session import engines
from romcheck.places import data_folder
from romcheck.ui.access import KEY_VARIABLE, Access, AccessError, given_key, own_key
from romcheck.ui.camera_route import camera
from romcheck.ui.door import start_page
from romcheck.ui.guard import TOKEN, Guard
from romcheck.ui.replay_route import replay

SCRIPTS = Path(__file__).parent / "components" / "camera" / "scripts"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
ADDRESS = "http://127.0.0.1"
"""Not "localhost": that may resolve to another address of this computer, on which another program may listen."""
START_PAGE = "start-{port}.html"


@dataclass
class Serving:
    """Settings with which the program was started.

    Attributes
    ----------
    browser : whether to open the browser once the server answers
    key : the access key given; None for the one in the data folder
    names : host names accepted, besides this computer's own
    access : of the running server
    """

    browser: bool = False
    key: str | None = None
    names: tuple[str, ...] = ()
    access: Access | None = None


serving = Serving()


class Scripts(StaticFiles):
    """Scripts of the camera; the browser asks each time whether they have changed."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """A file that browsers must revalidate each time."""
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response


ROUTES = [
    WebSocketRoute("/romcheck/camera", camera),
    Route("/romcheck/replay", replay),
    Mount("/romcheck/scripts", Scripts(directory=SCRIPTS)),
]


def for_this_computer_alone() -> bool:
    """Whether no other computer can reach this server, directly or through a proxy."""
    return config.get_option("server.address") in LOOPBACK and not reached_from_elsewhere(serving.names)


def reached_from_elsewhere(names: tuple[str, ...]) -> bool:
    """Whether one of these names is not a loopback name."""
    return bool({name.lower() for name in names} - LOOPBACK)


def guarded(app: ASGIApp) -> Guard:
    """The application, wrapped in its guard.

    Raises
    ------
    AccessError
        If other computers may reach it and no access key was given.
    """
    alone = for_this_computer_alone()
    key = serving.key or given_key(None)
    if key is None:
        if not alone:
            raise key_needed()
        key = own_key(data_folder())
    serving.access = Access(key)
    return Guard(app, serving.access, {*LOOPBACK, *serving.names}, alone=alone)


def key_needed() -> AccessError:
    """Refuse to serve other computers without a key."""
    return AccessError("key_needed", variable=KEY_VARIABLE)


@asynccontextmanager
async def lifespan(_: object) -> AsyncIterator[None]:
    """Prepare a measuring process, print the address, and end all processes on exit."""
    port = int(config.get_option("server.port"))
    warm = asyncio.create_task(asyncio.to_thread(engines.warm))
    with _start_page(port) as page:
        _say_where(port, page)
        if serving.browser and page is not None:
            asyncio.get_running_loop().call_later(0.5, webbrowser.open, page.as_uri())
        yield
    await asyncio.to_thread(host.close)
    await warm
    await asyncio.to_thread(engines.close)


def _say_where(port: int, page: Path | None) -> None:
    out = Console(highlight=False)
    if page is None:
        listening = config.get_option("server.address")
        names = ", ".join(serving.names) or "no name but this computer's own (see --allow-host)"
        lines: tuple[str, ...] = (
            f"romcheck listens on {listening}, port {port}, and answers to {names} (Ctrl-C ends it).",
            "Anyone who can reach it and has the access key can see, change and delete all records.",
            "It has no encryption (TLS) of its own: put a server with TLS in front, as docs/server.md shows.",
        )
    elif out.is_terminal:
        lines = (f"romcheck is at {start_address(port)} (Ctrl-C ends it)",)
    else:  # a log may be read by others, so it must not contain the token
        lines = (f"romcheck is at {ADDRESS}:{port} (Ctrl-C ends it); the file {page} opens it",)
    for line in lines:
        out.print(line, markup=False, soft_wrap=True)


def start_address(port: int) -> str:
    """The start address, with the token."""
    assert serving.access is not None
    return f"{ADDRESS}:{port}/?{TOKEN}={serving.access.token}"


@contextmanager
def _start_page(port: int) -> Iterator[Path | None]:
    """A file readable only by this user that leads to the start address, while the program runs.

    The browser opens the file, as everyone on this computer can read the arguments of a program. None where other
    computers can reach the server: there the key is typed.
    """
    if not for_this_computer_alone():
        yield None
        return
    content = start_page(start_address(port))
    path = data_folder() / START_PAGE.format(port=port)
    try:
        with written_whole(path, private=True) as unfinished:
            unfinished.write_text(content, "utf-8")
    except Exception:  # start even if the data folder is not writable
        number, name = tempfile.mkstemp(prefix="romcheck-", suffix=".html")
        path = Path(name)
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(content)
    try:
        yield path
    finally:
        with suppress(OSError):
            path.unlink()

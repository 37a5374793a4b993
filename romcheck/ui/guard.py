"""The guard in front of the whole application: who may connect, under which host name, and the headers of every
response.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from romcheck.ui.access import Access, Patience
from romcheck.ui.door import Why, address, closed, passed
from romcheck.ui.headers import protected

TOKEN = "token"
"""Name of the token in the start address."""
LONGEST_FORM = 4096
REMEMBERED_S = 400 * 24 * 3600
"""Longest lifetime of a cookie in browsers; on a server that others can reach, it ends with the session."""
READING = ("GET", "HEAD", "OPTIONS")


class Guard:
    """Wraps the whole application, so that no route and no error page can bypass it.

    Every request must name this server (a foreign name that leads here is DNS rebinding), must not come from a page
    of another site (a WebSocket may be opened from anywhere; only its Origin tells), and must have the cookie. The
    token of the start address and the access key are exchanged for it.

    Parameters
    ----------
    app : the application
    access : its key
    names : host names accepted
    alone : whether only this computer can reach it
    """

    def __init__(self, app: ASGIApp, access: Access, names: Iterable[str], *, alone: bool) -> None:
        self._app, self._access, self._alone = app, access, alone
        self._names = {name.lower() for name in names}
        self._patience = Patience()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on allowed requests."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        send = protected(send)
        answer = await self._refusal(scope, receive)
        if answer is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await answer(await _begun(scope, receive), receive, send)
        else:
            await answer(scope, receive, send)

    async def _refusal(self, scope: Scope, receive: Receive) -> Response | None:
        """Response sent instead of the application's; None if the request is allowed."""
        headers = Headers(scope=scope)
        if not self._is_named(headers):
            return self._closed("name", headers)
        if not _is_own(scope, headers):
            return Response("This server only answers its own pages.", 403)
        entered = any(self._access.is_cookie(value) for value in _cookies(headers, self._access.cookie_name))
        if scope["type"] == "websocket":
            return None if entered else self._closed("missing", headers)
        request = Request(scope, receive)
        tokens = request.query_params.getlist(TOKEN) if request.method in READING else []
        if entered:
            return passed(_without_token(request), _accepted(headers)) if tokens else None
        if any(self._access.is_token(token) for token in tokens):
            return self._with_cookie(passed(_without_token(request), _accepted(headers)), request)
        if request.method == "POST" and _is_form(headers):
            return await self._typed(request)
        linked = headers.get("sec-fetch-site") == "cross-site" and request.method in READING
        return self._closed("old" if tokens else "missing", headers, _without_token(request) if linked else "")

    async def _typed(self, request: Request) -> Response:
        """The response to a typed key."""
        client = request.client.host if request.client else ""
        if self._patience.exhausted(client):
            return self._closed("wait", request.headers)
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > LONGEST_FORM:
                return self._closed("wrong", request.headers)
        typed = dict(parse_qsl(body.decode("utf-8", "replace"))).get("key", "").strip()
        if not self._access.is_key(typed):
            self._patience.wrong(client)
            return self._closed("wrong", request.headers)
        return self._with_cookie(RedirectResponse(_without_token(request), 303), request)

    def _closed(self, why: Why, headers: Headers, linked: str = "") -> Response:
        return closed(why, _accepted(headers), alone=self._alone, linked=linked)

    def _with_cookie(self, answer: Response, request: Request) -> Response:
        answer.set_cookie(
            self._access.cookie_name,
            self._access.cookie,
            max_age=REMEMBERED_S if self._alone else None,
            path="/",
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _is_named(self, headers: Headers) -> bool:
        hosts = headers.getlist("host")
        return len(hosts) == 1 and host_name(hosts[0]) in self._names


def host_name(host: str) -> str:
    """Name in a Host header, without its port; empty where it is invalid."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_own(scope: Scope, headers: Headers) -> bool:
    """Whether the request came from a page of this server; requests that change nothing may lack an Origin."""
    origin = headers.get("origin")
    if scope["type"] == "http" and (origin is None or scope["method"] in READING):
        return True
    try:
        return origin is not None and urlsplit(origin).netloc == headers.get("host")
    except ValueError:
        return False


def _cookies(headers: Headers, name: str) -> list[str]:
    return [value for line in headers.getlist("cookie") if (value := cookie_parser(line).get(name)) is not None]


def _accepted(headers: Headers) -> str:
    return headers.get("accept-language", "")


def _is_form(headers: Headers) -> bool:
    return headers.get("content-type", "").split(";")[0].strip() == "application/x-www-form-urlencoded"


def _without_token(request: Request) -> str:
    rest = [(name, value) for name, value in request.query_params.multi_items() if name != TOKEN]
    return address(request.url.path, urlencode(rest))


async def _begun(scope: Scope, receive: Receive) -> Scope:
    """A WebSocket's request, to be answered like any other."""
    await receive()
    return scope

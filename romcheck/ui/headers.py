"""Response headers for the browser: what it may load, frame and use."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)

SAFE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # With "no-referrer" browsers would hide the Origin of forms too, by which strangers are told.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(self), microphone=(), geolocation=(), display-capture=(), usb=(), serial=(), bluetooth=(), "
        "payment=(), midi=()"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def digest(text: str) -> str:
    """Hash of an inline script or style for the policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def policy() -> str:
    """The Content-Security-Policy of the pages: nothing but this server.

    What it allows beyond that is Streamlit's need. It hands the scripts of components to the browser as ``blob:``
    modules; its long whole numbers are WebAssembly (``'wasm-unsafe-eval'``, which lets no text become JavaScript); it
    writes style sheets and style attributes into the page (``'unsafe-inline'`` for styles alone); and its page holds
    one script, which is allowed by its digest. ``'unsafe-eval'`` is not needed.
    """
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text("utf-8")
    scripts = " ".join(sorted({digest(script) for script in INLINE_SCRIPT.findall(page)}))
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' blob: 'wasm-unsafe-eval' {scripts}".rstrip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "media-src 'self' blob:",
            "connect-src 'self'",
            "manifest-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "object-src 'none'",
        )
    )


def protected(send: Send) -> Send:
    """Send that adds these headers to an answer; to the answer to a WebSocket's request as well."""
    starts = {"http.response.start", "websocket.accept", "websocket.http.response.start"}

    async def sending(message: Message) -> None:
        if message["type"] in starts:
            headers = MutableHeaders(raw=list(message.get("headers", ())))
            for name, value in SAFE.items():
                headers[name] = value
            headers.setdefault("Content-Security-Policy", policy())
            message = {**message, "headers": headers.raw}
        await send(message)

    return sending

"""The connection of the browser's camera: pictures in, the current state out, one check at a time."""

from __future__ import annotations

import asyncio
import json
import math
import struct
from contextlib import suppress
from typing import Any, cast, get_args

from starlette.websockets import WebSocket, WebSocketDisconnect

from romcheck.live.engine import Engine
from romcheck.live.jpeg import jpeg_size
from romcheck.live.lenses import lens_of
from romcheck.live.messages import Begin, CheckEnded, FromWorker, LookedAround, StartCheck, StopCheck, UpTo
from romcheck.live.recording import Shot
from romcheck.live.session import LiveCheck, checks, engines
from romcheck.live.state import ENDS, StopReason

HEADER = struct.Struct("<dI")
"""Before each JPEG: when it was taken, milliseconds on the browser's clock, and its running number."""
LARGEST_BYTES = 4_000_000
SMALLEST_PX, LARGEST_PX = 120, 1920
HELLO_S = 10.0
LONGEST_HELLO = 20_000
SILENT_S = 60.0
"""A connection without a picture for this time is closed: the page or its computer went to sleep. Once the check is
over no pictures come, and a slow computer may take longer over its result.
"""

JsonMessage = dict[str, Any]


async def camera(socket: WebSocket) -> None:
    """Serve one connection. The check ends with it."""
    await socket.accept()
    try:
        hello = Hello.read(await asyncio.wait_for(socket.receive_text(), HELLO_S))
    except (ValueError, KeyError, TypeError, asyncio.TimeoutError, WebSocketDisconnect):
        await _refuse(socket, "hello")
        return
    check = checks.take(hello.token)
    if check is None:
        await _refuse(socket, "token")
        return
    check.camera = hello.camera
    connection = _Connection(socket, check, hello)
    try:
        await connection.serve()
    finally:
        if check.standing in ("waiting", "framing", "check"):
            check.standing = "interrupted"
        await asyncio.to_thread(connection.close)


class Hello:
    """First message of a connection: token, size of the pictures, the camera's name."""

    def __init__(self, token: str, width: int, height: int, camera: str) -> None:
        self.token, self.width, self.height, self.camera = token, width, height, camera

    @classmethod
    def read(cls, text: str) -> Hello:
        """Parse it; ValueError, KeyError or TypeError where it is invalid."""
        if len(text) > LONGEST_HELLO:
            raise ValueError("no browser says so much")
        try:
            said = json.loads(text)
            width, height = int(said["width"]), int(said["height"])
        except (OverflowError, RecursionError) as error:
            raise ValueError("no browser says this") from error
        if not all(SMALLEST_PX <= side <= LARGEST_PX for side in (width, height)):
            raise ValueError("no camera gives pictures of this size")
        return cls(str(said["token"]), width, height, str(said.get("camera", ""))[:200])


class _Connection:
    def __init__(self, socket: WebSocket, check: LiveCheck, hello: Hello) -> None:
        self._socket, self._check, self._hello = socket, check, hello
        self._engine: Engine | None = None
        self._over = False
        self._outbox: asyncio.Queue[FromWorker | JsonMessage | None] = asyncio.Queue()

    async def serve(self) -> None:
        """Pass messages both ways until one side ends."""
        loop = asyncio.get_running_loop()

        def deliver(message: FromWorker | None) -> None:
            with suppress(RuntimeError):  # the loop is closed because the server ends
                loop.call_soon_threadsafe(self._outbox.put_nowait, message)

        hello = self._hello
        self._engine = await asyncio.to_thread(engines.take)
        lens = self._check.lens = lens_of(hello.camera, hello.width, hello.height)
        check = self._check
        self._engine.start(StartCheck(check.plan, lens, check.keep, check.head_map), deliver)
        self._check.standing, self._check.ask = "framing", self._engine.tell
        ways = [asyncio.create_task(self._from_browser()), asyncio.create_task(self._to_browser())]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    def close(self) -> None:
        """End the measuring process and prepare one for the next check."""
        if self._engine is not None:
            self._engine.close()
        engines.warm()

    async def _from_browser(self) -> None:
        while True:
            try:
                message = await asyncio.wait_for(self._socket.receive(), SILENT_S)
            except asyncio.TimeoutError:
                if self._over:
                    continue
                await self._outbox.put({"fault": "silent"})
                await asyncio.sleep(1)
                return
            if message["type"] == "websocket.disconnect":
                return
            if message.get("bytes") is not None:
                self._take_picture(message["bytes"])
            else:
                self._take_wish(message.get("text") or "")

    def _take_picture(self, data: bytes) -> None:
        assert self._engine is not None
        shot = read_shot(data, self._hello.width, self._hello.height)
        if shot is None:
            self._check.dropped += 1
        elif not self._engine.offer(shot):
            self._outbox.put_nowait({"shed": shot.number})

    def _take_wish(self, text: str) -> None:
        assert self._engine is not None
        if text == "begin":
            self._check.standing = "check"
            self._engine.tell(Begin())
        elif text in get_args(StopReason):
            self._over = True
            self._engine.tell(StopCheck(cast("StopReason", text)))

    async def _to_browser(self) -> None:
        while True:
            message = await self._outbox.get()
            if isinstance(message, UpTo):
                dropped = self._check.dropped + message.dropped
                self._over = self._over or (message.state or {}).get("phase") in ENDS
                await self._say({"n": message.number, "dropped": dropped, "state": message.state})
            elif isinstance(message, LookedAround):
                self._check.looked = message
            elif isinstance(message, CheckEnded):
                self._check.outcome, self._check.standing = message, "ended"
                await self._say({"ended": True})
                return
            elif message is None:
                await self._say({"fault": "engine"})
                return
            else:
                await self._say(message)
                if "fault" in message:
                    return

    async def _say(self, message: JsonMessage) -> None:
        await self._socket.send_text(json.dumps(message, separators=(",", ":")))


def read_shot(data: bytes, width: int, height: int) -> Shot | None:
    """A picture with its time; None where it is too large, not a JPEG, or of another size than announced."""
    if not HEADER.size < len(data) <= LARGEST_BYTES:
        return None
    time_ms, number = HEADER.unpack_from(data)
    if not (math.isfinite(time_ms) and 0 <= time_ms < 2**53):
        return None
    jpeg = data[HEADER.size :]
    return Shot(number, round(time_ms), jpeg) if jpeg_size(jpeg) == (width, height) else None


async def _refuse(socket: WebSocket, why: str) -> None:
    with suppress(WebSocketDisconnect, RuntimeError):
        await socket.send_text(json.dumps({"fault": why}))
        await socket.close(1008)

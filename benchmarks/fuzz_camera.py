"""Malformed messages of every kind to the camera route, which must keep working, log nothing and not leak memory.

    python benchmarks/fuzz_camera.py [--messages 2000] [--seed 1]

The route runs with its guard in a separate process, with real measuring processes behind it. Prints how many messages
it took, which errors the server and its processes wrote, and their peak memory together.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import struct
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from PIL import Image
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

SERVER = """
import asyncio, socket, sys, threading
import uvicorn
from starlette.applications import Starlette
from streamlit import config
from romcheck.live.session import checks, engines
from romcheck.live.state import CheckPlan
from romcheck.ui.access import Access
from romcheck.ui.guard import Guard
from romcheck.ui.logs import keep_names_out
from romcheck.ui.server import LOOPBACK, ROUTES

config.set_option("server.address", "127.0.0.1")
keep_names_out()
access, held = Access("a key for the benchmark"), []
sock = socket.socket()
sock.bind(("127.0.0.1", 0))
sock.listen()
server = uvicorn.Server(uvicorn.Config(
    Guard(Starlette(routes=ROUTES), access, LOOPBACK, alone=True), log_level="warning", ws="websockets-sansio"))
threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True).start()
print(sock.getsockname()[1], access.cookie_name, access.cookie, flush=True)
for line in sys.stdin:
    held[:] = [checks.plan(CheckPlan("rotation", practice=False))]
    print(held[0].token, flush=True)
engines.close()
"""
WIDTH, HEIGHT = 320, 240
FAULTS = ("Traceback", "ERROR", "Error:", "Fatal")
A_CONNECTION = 40
"""Messages per check; then the next one begins."""


@dataclass
class Outcome:
    """Outcome."""

    messages: int
    connections: int
    complaints: list[str]
    peak_mb: float
    alive: bool
    measured: bool


def jpeg(rng: random.Random, width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """A picture of noise."""
    buffer = io.BytesIO()
    noise = np.random.default_rng(rng.randrange(2**32)).integers(0, 255, (height // 8, width // 8, 3), np.uint8)
    Image.fromarray(noise).resize((width, height)).save(buffer, "JPEG", quality=rng.choice((20, 90)))
    return buffer.getvalue()


def hello(rng: random.Random, token: str) -> str | bytes:
    """A first message, mostly with one wrong value."""
    message: dict[str, object] = {"token": token, "width": WIDTH, "height": HEIGHT, "camera": "fuzz"}
    wrong: list[object] = [
        None, True, -1, 0, 1e308, 10**400, "640", "", [], {}, [[]], "\\u0000" * 50, "é" * 1000, "../../x", float("nan")
    ]  # fmt: skip
    message[rng.choice(list(message))] = rng.choice(wrong)
    text = json.dumps(message)
    match rng.randrange(6):
        case 0:
            return text[: rng.randrange(len(text))]
        case 1:
            return rng.choice(("[" * 200_000, '{"a":' * 100_000, '"' + "x" * 1_000_000, "", "null", "1e999"))
        case 2:
            return rng.randbytes(rng.randrange(200))
    return text


def message(rng: random.Random, number: int) -> str | bytes:
    """A later message: a picture with one fault, or a word."""
    time_ms: float = 40.0 * number
    content = bytearray(jpeg(rng))
    match rng.randrange(12):
        case 0:
            for _ in range(rng.randrange(1, 30)):
                content[rng.randrange(len(content))] = rng.randrange(256)
        case 1:
            del content[rng.randrange(len(content)) :]
        case 2:
            content = bytearray(jpeg(rng, 640, 480))
        case 3:  # another size, or an absurd one, in the picture's header
            at = content.find(b"\xff\xc0")
            content[at + 5 : at + 9] = rng.randbytes(4)
        case 4:
            content[2:2] = b"\xff\xe1" + struct.pack(">H", 60_000) + rng.randbytes(rng.randrange(59_998))
        case 5:
            content = bytearray(rng.randbytes(rng.randrange(5000)))
        case 6:
            time_ms = rng.choice((float("nan"), float("inf"), -1.0, 1e300, 2.0**60, 0.0))
        case 7:
            return rng.choice(("begin", "pressed", "symptoms", "hidden", "begin" * 1000, "", "\x00", '{"a":1}'))
        case 8:
            return rng.randbytes(rng.randrange(12))
        case 9:
            content = bytearray(b"\xff\xd8" + b"\xff\xff" * 200_000)
    number = rng.choice((number, number, number, 0, 2**32 - 1))
    return struct.pack("<dI", time_ms, number) + bytes(content)


def fuzz(messages: int, seed: int) -> Outcome:
    """Send this many messages, over as many connections as needed."""
    rng = random.Random(seed)
    sent = connections = 0
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.txt"
        with log.open("wb") as out:
            server = subprocess.Popen(
                [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=out, text=True
            )
        assert server.stdin is not None
        assert server.stdout is not None
        port, name, value = server.stdout.readline().split()
        with Watch(server.pid) as watch:
            while sent < messages:
                print(file=server.stdin, flush=True)
                token = server.stdout.readline().strip()
                connections += 1
                with suppress(ConnectionClosed), _connected(port, f"{name}={value}") as socket:
                    sent += _talk(socket, rng, token, min(A_CONNECTION, messages - sent))
            measured = _still_measures(server, port, f"{name}={value}", rng)
        alive = server.poll() is None
        server.stdin.close()
        server.wait(timeout=60)
        lines = log.read_text("utf-8", "replace").splitlines()
    return Outcome(
        sent, connections, [one for one in lines if any(f in one for f in FAULTS)], watch.peak_mb, alive, measured
    )


def _connected(port: str, cookie: str) -> ClientConnection:
    address = f"127.0.0.1:{port}/romcheck/camera"
    return connect(f"ws://{address}", origin=f"http://127.0.0.1:{port}", additional_headers={"Cookie": cookie})


def _talk(socket: ClientConnection, rng: random.Random, token: str, most: int) -> int:
    sent = 0
    try:
        right = json.dumps({"token": token, "width": WIDTH, "height": HEIGHT, "camera": "fuzz"})
        socket.send(hello(rng, token) if rng.random() < 0.5 else right)
        sent += 1
        for number in range(most - 1):
            socket.send(message(rng, number))
            sent += 1
            with suppress(TimeoutError):
                socket.recv(timeout=0.02)
    except ConnectionClosed:
        pass
    return sent


def _still_measures(server: subprocess.Popen[str], port: str, cookie: str, rng: random.Random) -> bool:
    """Whether a correct check is still answered afterwards."""
    assert server.stdin is not None
    assert server.stdout is not None
    print(file=server.stdin, flush=True)
    token = server.stdout.readline().strip()
    with _connected(port, cookie) as socket:
        socket.send(json.dumps({"token": token, "width": WIDTH, "height": HEIGHT, "camera": "fuzz"}))
        for number in range(200):
            socket.send(struct.pack("<dI", 40.0 * number, number) + jpeg(rng))
            if "state" in json.loads(socket.recv(timeout=120)):
                return True
    return False


class Watch:
    """Peak memory of a process and its children together while the block runs."""

    def __init__(self, pid: int) -> None:
        self._process, self._over, self.peak_mb = psutil.Process(pid), threading.Event(), 0.0
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.1):
            held = 0.0
            with suppress(psutil.Error):
                for process in (self._process, *self._process.children(recursive=True)):
                    with suppress(psutil.Error):
                        held += process.memory_info().rss / 1e6
            self.peak_mb = max(self.peak_mb, held)


def main() -> None:
    """Fuzz and print the outcome."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    began = time.monotonic()
    done = fuzz(args.messages, args.seed)
    print(
        f"{done.messages} messages in {done.connections} connections, {time.monotonic() - began:.0f} s: "
        f"{len(done.complaints)} errors written, at most {done.peak_mb:.0f} MB, "
        f"server {'whole' if done.alive else 'gone'}, {'still measures' if done.measured else 'measures no more'}"
    )
    for line in done.complaints[:20]:
        print(" ", line)


if __name__ == "__main__":
    main()

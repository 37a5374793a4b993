"""The camera's route, over a real socket: who may connect, and what it takes."""

from __future__ import annotations

import io
import json
import struct
import threading
import time
from contextlib import suppress

import numpy as np
import pytest
import uvicorn
from PIL import Image
from starlette.applications import Starlette
from streamlit import config
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from romcheck.live.session import checks
from romcheck.live.state import CheckPlan
from romcheck.ui import camera_route
from romcheck.ui.access import Access
from romcheck.ui.camera_route import LARGEST_BYTES, read_shot
from romcheck.ui.guard import Guard
from romcheck.ui.server import LOOPBACK, ROUTES

PLAN = CheckPlan("rotation", practice=False)
ACCESS = Access("a key for the tests")
COOKIE = {"Cookie": f"{ACCESS.cookie_name}={ACCESS.cookie}"}
HELLO = {"width": 64, "height": 48, "camera": "test"}


@pytest.fixture(scope="module")
def port():
    """The route and its guard on a port of their own."""
    config.set_option("server.address", "127.0.0.1")
    app = Guard(Starlette(routes=ROUTES), ACCESS, LOOPBACK, alone=True)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(timeout=120)


def answer(socket):
    with suppress(ConnectionClosed):
        return json.loads(socket.recv(timeout=120))
    return {}


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:1", "null"])
def test_a_page_of_another_site_may_not_connect(port, origin):
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(f"ws://127.0.0.1:{port}/romcheck/camera", origin=origin, additional_headers=COOKIE),
    ):
        pass
    assert refused.value.response.status_code == 403


def test_without_an_origin_nobody_connects(port):
    with pytest.raises(InvalidStatus), connect(f"ws://127.0.0.1:{port}/romcheck/camera", additional_headers=COOKIE):
        pass


@pytest.mark.parametrize(
    "hello",
    [
        "",
        "no JSON",
        "[]",
        "{}",
        json.dumps({**HELLO, "width": 9000, "token": "x"}),
        json.dumps({**HELLO, "width": "a"}),
        '{"token": "x", "width": Infinity, "height": 480}',
        '{"token": "x", "width": NaN, "height": 480}',
        '{"token": "x", "width": 1' + "0" * 5000 + ', "height": 480}',
        "[" * 100_000,
        b"\x00\x01",
        "{" + '"a":{' * 50_000,
    ],
)
def test_what_is_no_hello_is_refused(port, hello):
    with connect(
        f"ws://127.0.0.1:{port}/romcheck/camera", origin=f"http://127.0.0.1:{port}", additional_headers=COOKIE
    ) as socket:
        socket.send(hello)
        assert answer(socket) == {"fault": "hello"}


def test_a_token_never_given_is_refused(port):
    with connect(
        f"ws://127.0.0.1:{port}/romcheck/camera", origin=f"http://127.0.0.1:{port}", additional_headers=COOKIE
    ) as socket:
        socket.send(json.dumps({**HELLO, "width": 640, "height": 480, "token": "guessed"}))
        assert answer(socket) == {"fault": "token"}


def test_a_token_opens_once():
    check = checks.plan(PLAN)
    assert checks.take(check.token) is check
    assert checks.take(check.token) is None


def test_a_check_no_page_holds_is_forgotten():
    token = checks.plan(PLAN).token
    assert checks.take(token) is None


@pytest.mark.slow("a measuring process starts and ends")
def test_a_result_may_take_longer_than_a_camera_may_be_silent(port, monkeypatch):
    """After the end no pictures come: a slow computer must not lose the check for that."""
    monkeypatch.setattr(camera_route, "SILENT_S", 0.05)
    check = checks.plan(PLAN)
    with connect(
        f"ws://127.0.0.1:{port}/romcheck/camera", origin=f"http://127.0.0.1:{port}", additional_headers=COOKIE
    ) as socket:
        socket.send(json.dumps({"width": 640, "height": 480, "camera": "test", "token": check.token}))
        socket.send("pressed")
        assert answer(socket) == {"ended": True}
    assert check.standing == "ended"


@pytest.mark.slow
def test_what_is_dropped_is_counted(port):
    """No JPEG, or one that claims to be huge; the connection goes on."""
    check = checks.plan(PLAN)
    hello = {"width": 640, "height": 480, "camera": "test", "token": check.token}
    with connect(
        f"ws://127.0.0.1:{port}/romcheck/camera", origin=f"http://127.0.0.1:{port}", additional_headers=COOKIE
    ) as socket:
        socket.send(json.dumps(hello))
        wrong = [b"GIF89a", jpeg(640, 480).replace(b"\x01\xe0\x02\x80", b"\xff\xff\xff\xff")]
        for number, data in enumerate([*wrong, b"\x00" * LARGEST_BYTES]):
            socket.send(struct.pack("<dI", number, number) + data)
        told, number = {}, 10
        while not told.get("state"):
            socket.send(struct.pack("<dI", 40 * number, number) + jpeg(640, 480))
            told, number = json.loads(socket.recv(timeout=120)), number + 1
    assert told["dropped"] == 3
    assert check.dropped == 3


def jpeg(width=64, height=48):
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((height, width, 3), np.uint8)).save(buffer, "JPEG")
    return buffer.getvalue()


def test_a_picture_with_its_time_is_taken():
    shot = read_shot(struct.pack("<dI", 1234.6, 7) + jpeg(), 64, 48)
    assert shot is not None
    assert (shot.time_ms, shot.number, shot.jpeg) == (1235, 7, jpeg())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 12,
        struct.pack("<dI", 1, 1) + b"GIF89a",
        struct.pack("<dI", 1, 1) + jpeg(32, 32),
        struct.pack("<dI", float("nan"), 1) + jpeg(),
        struct.pack("<dI", float("inf"), 1) + jpeg(),
        struct.pack("<dI", -5, 1) + jpeg(),
        struct.pack("<dI", 1, 1) + jpeg()[:-2] + b"\x00" * LARGEST_BYTES + b"\xff\xd9",
        struct.pack("<dI", 1, 1) + jpeg().replace(b"\x00\x30\x00\x40", b"\xff\xff\xff\xff"),
    ],
    ids=[
        "nothing",
        "no picture",
        "no JPEG",
        "other size",
        "no time",
        "endless time",
        "before time",
        "too large",
        "absurd size",
    ],
)
def test_what_is_no_picture_of_this_camera_is_dropped(data):
    assert read_shot(data, 64, 48) is None

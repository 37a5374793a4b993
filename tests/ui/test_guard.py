"""The guard before the whole application, on the real server: who gets in, who does not, and what every answer says."""

from __future__ import annotations

import asyncio
import json
import os
import re
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest
from running import Client, Running, running
from starlette.responses import Response
from typer.testing import CliRunner
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

import romcheck
from romcheck.cli import app as commands
from romcheck.i18n.texts import Texts
from romcheck.ui.access import (
    KEY_FILE,
    KEY_VARIABLE,
    TRIES,
    Access,
    AccessError,
    Patience,
    checked_key,
    key_from_file,
    own_key,
)
from romcheck.ui.guard import Guard

pytestmark = pytest.mark.slow("real servers start, and every route is asked")

POLICY = "default-src 'none'"
KEY = "correct horse battery staple"


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Running:
    with running(tmp_path_factory.mktemp("guarded"), env={KEY_VARIABLE: KEY}) as started:
        yield started


ALL_ROUTES = """
import json, sys
from starlette.routing import Mount, Route, WebSocketRoute
from streamlit.starlette import App
from streamlit.web.server.starlette.starlette_app import create_streamlit_routes
from romcheck.ui.server import ROUTES
routes = [*ROUTES, *create_streamlit_routes(App(sys.argv[1])._create_runtime())]
assert all(isinstance(route, (Route, Mount, WebSocketRoute)) for route in routes)
print(json.dumps([route.path for route in routes]))
"""


@cache
def all_paths() -> list[str]:
    """An address for each route of the application, Streamlit's and ours, and some invalid ones."""
    script = Path(romcheck.__file__).parent / "ui" / "entry" / "script.py"
    done = subprocess.run([sys.executable, "-c", ALL_ROUTES, str(script)], capture_output=True, text=True, check=True)
    found = [re.sub(r"{[^}]*}", "x", path) or "/" for path in json.loads(done.stdout.splitlines()[-1])]
    return sorted({*found, "/", "/today", "/favicon.png", "/nowhere", "/romcheck/scripts/main.js", "//x", "/_stcore/x"})


def let_in(server: Running) -> Client:
    one = Client(server.url)
    assert one.post("/", data={"key": KEY}, headers={"Origin": server.url}).status_code == 303
    return one


def test_no_route_answers_without_the_cookie(server):
    paths = all_paths()
    assert len(paths) > 15
    with Client(server.url) as stranger:
        for path in paths:
            for method in ("GET", "HEAD", "POST", "PUT", "OPTIONS"):
                answer = stranger.request(method, server.url + path)
                assert answer.status_code == 403, (method, path)
                assert answer.headers["content-security-policy"].startswith(POLICY), (method, path)
                assert answer.headers["x-content-type-options"] == "nosniff"
                assert "set-cookie" not in answer.headers
        said = stranger.get("/", headers={"Accept-Language": "fr-CA,en;q=0.5"}).text
    assert Texts("fr")("access.title") in said
    assert "romcheck" in said


@pytest.mark.parametrize("path", ["/_stcore/stream", "/romcheck/camera"])
def test_no_socket_opens_without_the_cookie(server, path):
    address = server.url.replace("http", "ws") + path
    with pytest.raises(InvalidStatus) as refused, connect(address, origin=server.url):
        pass
    assert refused.value.response.status_code == 403
    assert refused.value.response.headers["content-security-policy"].startswith(POLICY)
    with let_in(server) as known:
        cookie = "; ".join(f"{name}={value}" for name, value in known.cookies.items())
        for origin in ("https://evil.example", "null", None):
            with pytest.raises(InvalidStatus), connect(address, origin=origin, additional_headers={"Cookie": cookie}):
                pass
        with connect(address, origin=server.url, additional_headers={"Cookie": cookie}) as socket:
            assert socket.response.headers["content-security-policy"].startswith(POLICY)
            assert socket.response.headers["x-frame-options"] == "DENY"
    assert "handshake" not in server.log.read_text("utf-8")


def test_every_answer_says_whom_to_load_from(server):
    with let_in(server) as known:
        for path in all_paths():
            answer = known.get(server.url + path)
            assert answer.headers["content-security-policy"].startswith(POLICY), path
            assert answer.headers["referrer-policy"] == "same-origin"
            assert "camera=(self)" in answer.headers["permissions-policy"]


def test_a_name_of_elsewhere_is_not_answered_even_with_the_cookie(server):
    """A foreign name that leads to this computer."""
    with let_in(server) as known:
        assert known.get("/_stcore/health").status_code == 200
        for name in ("evil.example", f"evil.example:{server.port}", "127.0.0.1.evil.example", "localhost@evil.example"):
            assert known.get("/_stcore/health", headers={"Host": name}).status_code in (400, 403), name


def test_a_form_of_another_site_is_not_taken(server):
    with Client(server.url) as one:
        answer = one.post("/", data={"key": KEY}, headers={"Origin": "https://evil.example"})
        assert answer.status_code == 403
        assert not one.cookies


def test_the_cookie_is_for_this_server_alone(server):
    with Client(server.url) as one:
        said = one.post("/today?a=1", data={"key": KEY}, headers={"Origin": server.url})
        assert said.headers["location"] == "/today?a=1"
        cookie = said.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert KEY not in cookie


def test_the_start_address_lets_in_and_leaves_no_token(server):
    with Client(server.url) as one:
        said = one.get(server.start)
        assert said.status_code == 200
        assert server.token not in said.text
        assert 'http-equiv="refresh" content="0;url=/"' in said.text
        assert one.get("/_stcore/health").status_code == 200
    with Client(server.url) as other:
        assert Texts("en")("access.old") in other.get(server.start[:-1]).text
        assert other.get("/_stcore/health").status_code == 403


def test_wrong_keys_have_to_wait():
    guard = Guard(inside, Access(KEY), ["here"], alone=True)
    answers = [asked(guard, "POST", body=f"key=wrong+{n}")[0] for n in range(TRIES + 2)]
    assert answers == [403] * TRIES + [429] * 2
    assert asked(guard, "POST", body=f"key={KEY.replace(' ', '+')}")[0] == 429
    token = guard._access.token
    assert asked(guard, "GET", f"token={token}")[0] == 200  # the person who started it is not locked out by others
    assert asked(guard, "POST", body="key=" + "x" * 100_000)[0] == 429


@pytest.mark.parametrize(
    "host", ["[", "", "[::1", "here.evil.example", "evil.example:80", "here:80@evil.example", "\xff"]
)
def test_no_other_name_is_answered_to(host):
    guard = Guard(inside, Access(KEY), ["here"], alone=True)
    status, headers, said = asked(guard, "GET", f"token={guard._access.token}", host=host)
    assert status == 403
    assert "set-cookie" not in headers
    assert Texts("en")("access.title_name") in said


@pytest.mark.parametrize("path", ["//evil.example/x", "/\\evil.example", "///evil.example", "/a b\r\nX: y"])
def test_nobody_is_led_elsewhere(path):
    guard = Guard(inside, Access(KEY), ["here"], alone=True)
    status, headers, _ = asked(guard, "POST", path=path, body=f"key={KEY.replace(' ', '+')}")
    assert status == 303
    assert re.fullmatch(r"/[\w.%/ -]+", headers["location"])
    assert headers["location"][1] not in "/\\"


async def inside(scope, receive, send):
    await Response("inside")(scope, receive, send)


def asked(guard, method, query="", path="/", body="", host="here"):
    """Status, headers and text of the guard's answer to one request."""
    kind = b"application/x-www-form-urlencoded"
    scope = {
        "type": "http", "method": method, "path": path, "query_string": query.encode(), "scheme": "http",
        "headers": [(b"host", host.encode("latin-1")), (b"content-type", kind)], "server": ("here", 80),
        "client": ("10.0.0.1", 1), "root_path": "",
    }  # fmt: skip
    sent = []

    async def receive():
        return {"type": "http.request", "body": body.encode(), "more_body": False}

    async def send(message):
        sent.append(message)

    # In a thread of its own: Playwright leaves its loop running in the one that used it.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, guard(scope, receive, send)).result()
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(part.get("body", b"") for part in sent[1:]).decode()


def test_a_browser_is_known_again_after_a_restart(tmp_path):
    with running(tmp_path) as first, Client(first.url) as one:
        one.get(first.start)
        cookies = dict(one.cookies)
    with running(tmp_path) as second, Client(second.url) as again:
        again.cookies.update(cookies)
        assert again.get("/_stcore/health").status_code == 200
        assert second.token != first.token
        assert not re.search(first.token, again.get("/").text)
        log = second.log.read_text("utf-8")
    assert second.token not in log
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert not list(tmp_path.glob("start-*"))  # it goes with the program


def test_other_computers_are_not_served_without_a_key(tmp_path, monkeypatch):
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    for options in (["--host", "0.0.0.0"], ["--allow-host", "clinic.example"]):
        done = CliRunner().invoke(commands, ["app", "--no-browser", "--data", str(tmp_path), *options])
        assert done.exit_code == 2
        assert KEY_VARIABLE in done.output


def test_served_to_others_it_says_what_is_open_and_answers_to_its_names(tmp_path):
    key = tmp_path / "key"
    key.write_text(KEY, "utf-8")
    key.chmod(0o600)
    options = ["--host", "0.0.0.0", "--key-file", str(key), "--allow-host", "clinic.example"]
    with running(tmp_path / "data", options) as started, Client(started.url) as one:
        said = started.log.read_text("utf-8")
        assert "TLS" in said and "clinic.example" in said and KEY not in said  # noqa: PT018
        post = one.post("/", data={"key": KEY}, headers={"Host": "clinic.example", "Origin": "https://clinic.example"})
        assert post.status_code == 303
        assert "max-age" not in post.headers["set-cookie"].lower()  # it ends with the browser
        assert one.post("/", data={"key": KEY}, headers={"Host": "other.example"}).status_code == 403
        if Path("/proc/self/cmdline").exists():
            assert KEY.encode() not in Path(f"/proc/{started.pid}/cmdline").read_bytes()


# The key itself


def test_a_key_that_others_may_read_is_not_used(tmp_path):
    path = tmp_path / "key"
    path.write_text(KEY, "utf-8")
    path.chmod(0o640)
    if sys.platform == "win32":
        pytest.skip("Windows keeps a user's own folders private by itself")
    with pytest.raises(AccessError, match="other users"):
        key_from_file(path)
    path.chmod(0o600)
    assert key_from_file(path) == KEY


def test_a_short_key_is_refused():
    with pytest.raises(AccessError, match="15 characters"):
        checked_key("x" * 15, "it")


def test_the_own_key_is_made_once_and_again_when_others_may_have_read_it(tmp_path):
    folder = tmp_path / "data"
    first = own_key(folder)
    assert own_key(folder) == first
    if sys.platform != "win32":
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / KEY_FILE).chmod(0o644)
        assert own_key(folder) != first
        assert stat.S_IMODE((folder / KEY_FILE).stat().st_mode) == 0o600


def test_two_installations_have_cookies_of_their_own():
    one, other = Access("a" * 20), Access("b" * 20)
    assert one.cookie_name != other.cookie_name
    assert not one.is_cookie(other.cookie)
    assert Access("a" * 20).is_cookie(one.cookie)
    assert not one.is_cookie("é\udcff")


def test_patience_forgets_the_oldest_of_many_clients():
    patience = Patience()
    for number in range(3000):
        patience.wrong(str(number))
    assert len(patience._wrong) == 1000
    assert os.environ.get(KEY_VARIABLE) is None

"""``romcheck app`` as a process of its own, without a browser."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import requests

STARTS_WITHIN_S = 600


@dataclass
class Running:
    """A running application: its port, process and log, and the address with the token; empty where there is none."""

    port: int
    pid: int
    log: Path
    start: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def token(self) -> str:
        return self.start.partition("token=")[2]


class Client(requests.Session):
    """A client that keeps its cookies and does not follow redirects."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.trust_env = False
        self.url = url

    def request(self, method: str, url: str, **how: object) -> requests.Response:  # type: ignore[override]
        """Ask for an address of the server; one that begins with a scheme is taken whole."""
        whole = url if url.startswith("http") else self.url + url
        return super().request(method, whole, timeout=120, **{"allow_redirects": False, **how})  # type: ignore[arg-type]


def command(port: int, options: Sequence[str] = ()) -> list[str]:
    return [sys.executable, "-m", "romcheck", "app", "--no-browser", "--port", str(port), *options]


@contextmanager
def running(
    data: Path, options: Sequence[str] = (), env: Mapping[str, str] | None = None, under: Sequence[str] = ()
) -> Iterator[Running]:
    """Run it until the block ends; `under` a command that watches it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data.mkdir(parents=True, exist_ok=True)
    log = data / "log.txt"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*under, *command(port, options)],
            env=os.environ | {"ROMCHECK_DATA": str(data), **(env or {})},
            stdout=out,
            stderr=out,
        )
    try:
        end = time.monotonic() + STARTS_WITHIN_S
        while True:
            assert process.poll() is None, log.read_text("utf-8", "replace")
            assert time.monotonic() < end, "it did not start"
            try:
                requests.get(f"http://127.0.0.1:{port}", timeout=60)
                break
            except requests.RequestException:
                time.sleep(0.1)
        page = data / f"start-{port}.html"
        found = re.search(r'href="([^"]+)"', page.read_text("utf-8")) if page.exists() else None
        yield Running(port, process.pid, log, "" if found is None else found[1])
    finally:
        # What watches it would leave it running.
        for one in psutil.Process(process.pid).children() if under else [process]:
            one.terminate()
        try:
            process.wait(timeout=120)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

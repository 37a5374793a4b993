"""A headless Firefox with its fake camera, driven by WebDriver BiDi: the few commands a test needs."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

PREFERENCES = """
user_pref("media.navigator.streams.fake", true);
user_pref("media.navigator.permission.disabled", true);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
"""
STARTS_WITHIN_S = 300


def firefox_path() -> str | None:
    """Debian's Firefox, or another one on the path."""
    return shutil.which("firefox-esr") or shutil.which("firefox")


class Tab:
    """One tab."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket, self._number = socket, 0
        self._ask("session.new", capabilities={})
        self._context = self._ask("browsingContext.getTree")["contexts"][0]["context"]

    def go(self, url: str) -> None:
        """Open a page and wait for it to load."""
        self._ask("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def before_each_page(self, script: str) -> None:
        """Run a script in every page from now on, before its own."""
        self._ask("script.addPreloadScript", functionDeclaration=f"() => {{ {script} }}")

    def run(self, script: str) -> Any:
        """Value of an expression in the page; None for whatever is no plain value."""
        answer = self._ask("script.evaluate", expression=script, target={"context": self._context}, awaitPromise=True)
        assert answer["type"] == "success", answer
        return answer["result"].get("value")

    def wait_for(self, script: str, seconds: float) -> Any:
        """Wait until an expression is true."""
        end = time.monotonic() + seconds
        while not (value := self.run(script)):
            assert time.monotonic() < end, f"never true: {script}"
            time.sleep(0.2)
        return value

    def _ask(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while (answer := json.loads(self._socket.recv(timeout=120))).get("id") != self._number:
            pass
        assert answer["type"] == "success", answer
        return answer["result"]


@contextmanager
def firefox(profile: Path) -> Iterator[Tab]:
    """Run Firefox with a profile in an empty folder."""
    (profile / "user.js").write_text(PREFERENCES, "utf-8")
    command = [firefox_path(), "--headless", "--remote-debugging-port", "0", "--profile", str(profile), "about:blank"]
    log = (profile / "log.txt").open("wb")
    process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        with connect(_address(profile / "log.txt") + "/session", max_size=None) as socket:
            yield Tab(socket)
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def _address(log: Path) -> str:
    end = time.monotonic() + STARTS_WITHIN_S
    while not (found := re.search(r"WebDriver BiDi listening on (ws://\S+)", log.read_text("utf-8", "replace"))):
        assert time.monotonic() < end, "Firefox did not start"
        time.sleep(0.2)
    return found.group(1)

"""The measuring process as seen by the server, and a spare one ready for the next check."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, cast

from romcheck.exchange.atomic import remove_unfinished
from romcheck.live.messages import Begin, FromWorker, LookAround, StartCheck, StopCheck, ToWorker, UpTo, read, write
from romcheck.live.recording import Shot

IN_FLIGHT = 2
"""Most pictures on their way or being measured. More would only queue: they are dropped."""
PATIENCE_S = 1.0
"""Without an answer in this time, the picture was dropped."""


class Engine:
    """One measuring process, for one check.

    A process of its own keeps the pages responsive, uses another core for a second person, and frees all its memory.
    It ends when this side ends, for whatever reason.
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "romcheck.live.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],  # where romcheck is found, and nothing in the way of it
        )
        self._outgoing: queue.SimpleQueue[ToWorker | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._unanswered: list[int] = []
        self._sent_s = 0.0
        self._keep: Path | None = None

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    def start(self, start: StartCheck, deliver: Callable[[FromWorker | None], None]) -> None:
        """Begin. `deliver` is called from another thread with each message, and with None when the process is gone."""

        def speak() -> None:
            while (message := self._outgoing.get()) is not None:
                try:
                    write(cast("BinaryIO", self._process.stdin), message)
                except (OSError, ValueError):  # it has ended; the other thread reports that
                    return

        def listen() -> None:
            for message in read(cast("BinaryIO", self._process.stdout)):
                if isinstance(message, UpTo):
                    with self._lock:
                        self._unanswered = [n for n in self._unanswered if n > message.number]
                deliver(message)
            deliver(None)

        self._threads = [threading.Thread(target=work, name="engine", daemon=True) for work in (speak, listen)]
        for thread in self._threads:
            thread.start()
        self._keep = start.keep
        self._outgoing.put(start)

    def offer(self, shot: Shot) -> bool:
        """Pass on a picture; it is dropped if the process is still busy with earlier ones."""
        now = time.monotonic()
        with self._lock:
            if now - self._sent_s > PATIENCE_S:
                self._unanswered = []
            if len(self._unanswered) >= IN_FLIGHT:
                return False
            self._unanswered.append(shot.number)
            self._sent_s = now
        self._outgoing.put(shot)
        return True

    def tell(self, wish: Begin | LookAround | StopCheck) -> None:
        """Pass on a request of the person."""
        self._outgoing.put(wish)

    def close(self) -> None:
        """End the process; its memory is released at once, and an unfinished check leaves no video.

        May be called more than once.
        """
        self._process.kill()
        self._outgoing.put(None)
        self._process.wait()
        if self._keep is not None:
            with suppress(OSError):  # it stays listed as unfinished
                remove_unfinished(self._keep)
        for thread in self._threads:
            thread.join(timeout=2)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):  # pending writes are of no use any more
                    pipe.close()


class Engines:
    """Keeps one process ready, because loading the networks takes seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spare: Engine | None = None

    def warm(self) -> None:
        """Start one, to be ready soon."""
        with self._lock:
            if self._spare is None or not self._spare.alive:
                self._spare = Engine()

    def take(self) -> Engine:
        """Take the ready one, or a new one."""
        with self._lock:
            engine, self._spare = self._spare, None
        return engine if engine is not None and engine.alive else Engine()

    def close(self) -> None:
        """End the ready one."""
        with self._lock:
            engine, self._spare = self._spare, None
        if engine is not None:
            engine.close()

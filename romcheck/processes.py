"""A measuring process and the program that starts it: they exchange pickles over standard input and output."""

from __future__ import annotations

import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import IO, Any

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""
MEBIBYTE = 2**20
LOOK_S = 0.1
"""How often time and memory are looked at."""
ENDS_WITHIN_S = 5.0
"""A process that was asked to stop takes away what it had not finished writing."""
MOST_MEMORY_MB = 4096
"""That measuring one video may take, in MiB, unless said otherwise."""


class Process:
    """A measuring process, as seen by its caller. Use it from one thread at a time.

    Parameters
    ----------
    module : what runs in it
    quiet : whether what it prints to the error stream is thrown away
    environment : of the process; this one's if None
    """

    def __init__(self, module: str, *, quiet: bool = False, environment: Mapping[str, str] | None = None) -> None:
        self._said: queue.Queue[tuple[str, Any]] = queue.Queue()
        self._popen = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if quiet else None,
            env=environment,
            # Ctrl-C in a terminal reaches every process of the session; this one is stopped by its caller.
            start_new_session=True,
        )
        threading.Thread(target=_listen, args=(self._popen.stdout, self._said), daemon=True).start()

    @property
    def pid(self) -> int:
        """Its number."""
        return self._popen.pid

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._popen.poll() is None

    def give(self, task: object) -> None:
        """Hand it something to do."""
        assert self._popen.stdin is not None
        with suppress(OSError):  # if it is gone, that is heard
            pickle.dump(task, self._popen.stdin)
            self._popen.stdin.flush()

    def hear(self, timeout_s: float = LOOK_S) -> tuple[str, Any]:
        """What it says next: a kind and what belongs to it; ``""`` if nothing for so long, ``"end"`` at last."""
        try:
            return self._said.get(timeout=timeout_s)
        except queue.Empty:
            return "", None

    def memory_mb(self) -> float:
        """Its memory now, in MiB; 0 when it has ended."""
        import psutil

        try:
            return float(psutil.Process(self.pid).memory_info().rss) / MEBIBYTE
        except psutil.Error:
            return 0.0

    def status(self) -> int:
        """What it left when it ended unexpectedly: its exit status, or minus the number of a signal."""
        try:
            return self._popen.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:  # still running, but its output cannot be parsed
            self._popen.kill()
            return self._popen.wait()

    def interrupt(self) -> None:
        """Ask it to stop, as Ctrl-C does, and wait a moment for it."""
        with suppress(subprocess.TimeoutExpired, ValueError):  # the second on Windows
            self._popen.send_signal(signal.SIGINT)
            self._popen.wait(ENDS_WITHIN_S)

    def close(self) -> None:
        """End it at once, and close what leads to it."""
        self._popen.kill()
        self._popen.wait()
        for pipe in (self._popen.stdin, self._popen.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()


def _listen(pipe: IO[bytes], said: queue.Queue[tuple[str, Any]]) -> None:
    while True:
        try:
            said.put(pickle.load(pipe))
        except (EOFError, OSError, ValueError, pickle.UnpicklingError):
            said.put(("end", None))
            return


def inside() -> tuple[queue.Queue[Any], Callable[[str, Any], None]]:
    """What comes in to this process, and how it tells: with a kind and what belongs to it, from any thread.

    The process ends itself when its input is closed: its caller has ended.
    """
    told = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not get among the pickles
    telling = threading.Lock()
    tasks: queue.Queue[Any] = queue.Queue()

    def tell(kind: str, content: Any) -> None:
        with telling, suppress(OSError):
            pickle.dump((kind, content), told)
            told.flush()

    def take() -> None:
        with suppress(Exception):
            while True:
                tasks.put(pickle.load(sys.stdin.buffer))
        os._exit(0)

    threading.Thread(target=take, daemon=True).start()
    return tasks, tell

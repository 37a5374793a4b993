"""A process that measures, and whoever gives it work: they talk in pickles over standard input and output."""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process at once, and close what leads to it."""
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with suppress(OSError):
                pipe.close()


def inside() -> tuple[queue.Queue[Any], Callable[[str, Any], None]]:
    """What comes in to this process, and how it tells: with a kind and what belongs to it, from any thread.

    The process ends itself when nothing can come in any more: there is nobody left to measure for.
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

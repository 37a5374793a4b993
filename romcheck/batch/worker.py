"""A process that measures one video after another: what runs in it, and how it is watched from outside.

A video can crash the decoder or the engine, or hold them for ever; whatever it does, it does in a process of its own.
The two talk in pickles over standard input and output: no port is opened, and nothing of the program that starts the
process is loaded in it again.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

from romcheck import processes
from romcheck.batch.outcome import Outcome, Seen, Task, failed, measure_one, with_peak
from romcheck.errors import EngineError, RomcheckError, crash_cause, explain_import_error
from romcheck.i18n.message import Message, message

MEBIBYTE = 2**20
LOOK_S = 0.1
"""How often time and memory are looked at."""
TOLD_S = 0.25
"""How often a process tells how many frames are done."""
STARTS_WITHIN_S = 180.0
"""Loading the engine from a slow disk takes a minute at most."""
TRIES = 2
"""A crash may have been an accident of the machine; twice on the same video, it is the video."""
FRESH_AFTER = 200
"""Videos after which a process is replaced, so that what libraries leave behind cannot grow without bound."""

NOT_PASSED_ON = "MALLOC_TRIM_THRESHOLD_"
"""Dask sets it for its workers. The C library then hands memory back after every picture, and fetching it anew takes
half as much processor time as measuring."""


@dataclass(frozen=True)
class Limits:
    """Most that one video may take."""

    seconds: float = 3600.0
    memory_mb: float = 4096.0


class StoppedError(Exception):
    """Measuring was stopped from outside before it came to an end."""


class Worker:
    """A process that measures, as seen by the one who gives it work. Use it from one thread at a time.

    Parameters
    ----------
    limits : a video that goes beyond them is given up, and the process with it
    debug : let the process write to this one's error stream
    """

    def __init__(self, limits: Limits, debug: bool = False) -> None:
        self.limits = limits
        self.debug = debug
        self._process: subprocess.Popen[bytes] | None = None
        self._said: queue.Queue[tuple[str, Any]] = queue.Queue()
        self._done = 0

    @property
    def pid(self) -> int | None:
        """Number of the process, None while there is none."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the process if it is not there, and wait until it is ready."""
        if self._process is not None and self._process.poll() is None and self._done < FRESH_AFTER:
            return
        self.close()
        said: queue.Queue[tuple[str, Any]] = queue.Queue()
        self._said, self._done = said, 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "romcheck.batch.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if self.debug else subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if name != NOT_PASSED_ON},
            # Ctrl-C in a terminal reaches every process of the session; these finish what is in hand.
            start_new_session=True,
        )
        threading.Thread(target=_listen, args=(self._process.stdout, said), daemon=True).start()
        why: Message | str = ""
        with suppress(queue.Empty):
            kind, why = said.get(timeout=STARTS_WITHIN_S)
            if kind == "ready":
                return
        self.close()
        raise EngineError("no_process", why=why or "")

    def measure(
        self,
        task: Task,
        seen: Seen | None = None,
        stopped: threading.Event | None = None,
        begun: Callable[[int], None] | None = None,
    ) -> Outcome:
        """Have a video measured; a process that ends by itself is replaced.

        Parameters
        ----------
        seen : called now and then with the frames done and, if known, expected
        stopped : end the process when this is set
        begun : called with the number of the process whenever one begins with the video

        Raises
        ------
        StoppedError
            When ``stopped`` was set before the outcome was there.
        EngineError
            When no process can be started.
        """
        for attempt in range(TRIES):
            self.start()
            assert self._process is not None
            if begun:
                begun(self._process.pid)
            outcome = self._attempt(task, seen, stopped, last=attempt == TRIES - 1)
            if outcome is not None:
                return outcome
        raise AssertionError("the last attempt has an outcome")

    def close(self) -> None:
        """End the process at once."""
        process, self._process = self._process, None
        if process is not None:
            processes.end(process)

    def _attempt(self, task: Task, seen: Seen | None, stopped: threading.Event | None, last: bool) -> Outcome | None:
        """One process's try; None where it ended by itself and may be tried again."""
        process, began, peak_mb = self._process, time.monotonic(), 0.0
        assert process is not None
        assert process.stdin is not None
        self._done += 1
        with suppress(OSError):  # if it is gone, that is seen below
            pickle.dump(task, process.stdin)
            process.stdin.flush()
        while True:
            try:
                kind, content = self._said.get(timeout=LOOK_S)
            except queue.Empty:
                kind, content = "", None
            if kind == "outcome":
                return with_peak(content, peak_mb)
            if kind == "frames" and seen:
                seen(*content)
            seconds = time.monotonic() - began
            peak_mb = max(peak_mb, _memory_mb(process.pid))
            if kind == "end":
                self.close()
                if not last:
                    return None
                reason = message("error.crashed", **crash_cause(process.wait()))
                return failed(task, "crashed", reason, None, seconds)
            if stopped is not None and stopped.is_set():
                self.close()
                raise StoppedError
            if peak_mb > self.limits.memory_mb:
                self.close()
                reason = message("error.memory_limit", limit=self.limits.memory_mb)
                return failed(task, "memory_limit", reason, self.limits.memory_mb, seconds)
            if seconds > self.limits.seconds:
                self.close()
                reason = message("error.time_limit", limit=self.limits.seconds / 60)
                return failed(task, "time_limit", reason, self.limits.seconds, seconds)


def _listen(pipe: IO[bytes], said: queue.Queue[tuple[str, Any]]) -> None:
    """Take what the process says; its end is told as well."""
    while True:
        try:
            said.put(pickle.load(pipe))
        except (EOFError, OSError, ValueError, pickle.UnpicklingError):
            said.put(("end", None))
            return


def _memory_mb(pid: int) -> float:
    """Memory a process holds now, in MiB; 0 when it has ended."""
    import psutil

    try:
        return float(psutil.Process(pid).memory_info().rss) / MEBIBYTE
    except psutil.Error:
        return 0.0


def main() -> None:
    """What runs in the process: measure what comes in until nothing comes any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tasks, tell = processes.inside()
    try:
        # Loaded before the clock of the first video runs; what this machine lacks is no video's fault.
        from romcheck import measure  # noqa: F401
        from romcheck.person.landmarks import FaceMesh

        FaceMesh().close()
    except (RomcheckError, ImportError) as error:
        tell("unfit", (explain_import_error(error) if isinstance(error, ImportError) else error).message)
        return
    tell("ready", None)
    while True:
        task, last = tasks.get(), [0.0]

        def seen(done: int, expected: int | None, last: list[float] = last) -> None:
            if time.monotonic() - last[0] >= TOLD_S:
                last[0] = time.monotonic()
                tell("frames", (done, expected))

        tell("outcome", measure_one(task, seen))


if __name__ == "__main__":
    main()

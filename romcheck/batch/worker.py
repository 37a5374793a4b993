"""A process that measures one video after another: what runs in it, and how it is supervised from outside.

A video can crash the decoder or the engine, or block them for ever; so it is measured in a separate process. The two
exchange pickles over standard input and output: no port is opened, and the starting program is not loaded again in the
process.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from romcheck import processes
from romcheck.batch.outcome import Task, VideoOutcome, failed, measure_one, with_peak
from romcheck.errors import EngineError, RomcheckError, crash_cause, explain_import_error
from romcheck.i18n.message import message
from romcheck.progress import Progress

TOLD_S = 0.25
"""Interval between progress messages of a process."""
STARTS_WITHIN_S = 180.0
"""Loading the engine from a slow disk takes a minute at most."""
TRIES = 2
"""Attempts per video: one crash may be due to the machine, two on the same video are due to the video."""
FRESH_AFTER = 200
"""Videos after which a process is replaced, so that what libraries leave behind cannot grow without bound."""

NOT_PASSED_ON = "MALLOC_TRIM_THRESHOLD_"
"""Dask sets it for its workers. The C library then returns memory after every picture, and allocating it again costs
half as much processor time as measuring."""


@dataclass(frozen=True)
class ResourceLimits:
    """Time limit per video."""

    seconds: float = 3600.0
    memory_mb: float = processes.MOST_MEMORY_MB


class StoppedError(Exception):
    """Measuring was stopped from outside before it ended."""


class Worker:
    """A measuring process, as seen by its caller. Use it from one thread at a time.

    Parameters
    ----------
    limits : a video that exceeds them is abandoned, and the process ended
    debug : let the process write to this one's error stream
    """

    def __init__(self, limits: ResourceLimits, debug: bool = False) -> None:
        self.limits = limits
        self.debug = debug
        self._process: processes.Process | None = None
        self._done = 0

    @property
    def pid(self) -> int | None:
        """Number of the process, None while there is none."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the process if it is not there, and wait until it is ready."""
        if self._process is not None and self._process.runs and self._done < FRESH_AFTER:
            return
        self.close()
        self._done = 0
        self._process = processes.Process(
            "romcheck.batch.worker",
            quiet=not self.debug,
            environment={name: value for name, value in os.environ.items() if name != NOT_PASSED_ON},
        )
        kind, why = self._process.hear(STARTS_WITHIN_S)
        if kind == "ready":
            return
        self.close()
        raise EngineError("no_process", why=why or "")

    def measure(
        self,
        task: Task,
        seen: Progress | None = None,
        stopped: threading.Event | None = None,
        begun: Callable[[int], None] | None = None,
    ) -> VideoOutcome:
        """Measure a video; a process that ends unexpectedly is replaced.

        Parameters
        ----------
        seen : called from time to time with the frames done and, if known, expected
        stopped : end the process when this is set
        begun : called with the number of the process whenever one begins with the video

        Raises
        ------
        StoppedError
            When ``stopped`` was set before there was an outcome.
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
            process.close()

    def _attempt(
        self, task: Task, seen: Progress | None, stopped: threading.Event | None, last: bool
    ) -> VideoOutcome | None:
        """One attempt; None where the process ended unexpectedly and the video may be tried again."""
        process, began, peak_mb = self._process, time.monotonic(), 0.0
        assert process is not None
        self._done += 1
        process.give(task)
        while True:
            kind, content = process.hear()
            if kind == "outcome":
                return with_peak(content, peak_mb)
            if kind == "frames" and seen:
                seen(*content)
            seconds = time.monotonic() - began
            peak_mb = max(peak_mb, process.memory_mb())
            if kind == "end":
                status = process.status()
                self.close()
                if not last:
                    return None
                reason = message("error.crashed", **crash_cause(status))
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


def main() -> None:
    """Main function of the process: measure tasks until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tasks, tell = processes.inside()
    try:
        # Loaded before the time of the first video counts; what this machine lacks is not the video's fault.
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

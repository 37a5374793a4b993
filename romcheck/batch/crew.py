"""The workers: a number of processes on this machine. The cluster version (cluster.py) has the same four methods."""

from __future__ import annotations

import math
import os
import queue
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from romcheck.batch.outcome import Task, VideoOutcome
from romcheck.batch.worker import ResourceLimits, StoppedError, Worker
from romcheck.errors import RomcheckError
from romcheck.i18n.message import Message


@dataclass(frozen=True)
class Begun:
    """A process began with a video."""

    key: str
    worker: str


@dataclass(frozen=True)
class SeenFrames:
    """Progress of a video: frames done and expected."""

    key: str
    done: int
    expected: int | None


@dataclass(frozen=True)
class VideoEnded:
    """A video has its outcome."""

    key: str
    outcome: VideoOutcome


@dataclass(frozen=True)
class Waits:
    """No worker is available: why, and what to do. Empty once there is one again."""

    why: str


@dataclass(frozen=True)
class Broken:
    """The crew cannot go on; the reason."""

    reason: Message


News = Begun | SeenFrames | VideoEnded | Waits | Broken
"""The events of a crew."""


class Crew(Protocol):
    """Takes tasks and reports their outcomes."""

    def room(self) -> int:
        """Number of tasks to have in progress at once."""
        ...

    def give(self, task: Task) -> None:
        """Submit a task."""
        ...

    def hear(self, timeout_s: float) -> list[News]:
        """Events since the last call; waits up to this many seconds for one."""
        ...

    def close(self) -> None:
        """End all work at once."""
        ...


CGROUP = Path("/sys/fs/cgroup")
"""Where Linux tells a container what it may use."""


def cores() -> int:
    """Processors this process may use; in a container no more than its quota, a part of one counted whole."""
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with suppress(OSError, ValueError):  # there is no quota, or no container
        quota, period = _quota()
        if quota > 0 and period > 0:
            return min(there, math.ceil(quota / period))
    return there


def _quota() -> tuple[int, int]:
    """Microseconds of processor time in so many microseconds; a quota of -1 is none."""
    if (CGROUP / "cpu.max").exists():  # version 2 of the interface; "max" in place of a number is none
        quota, period = (CGROUP / "cpu.max").read_text().split()
        return int(quota), int(period)
    quota, period = ((CGROUP / f"cpu/cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
    return int(quota), int(period)


class LocalCrew:
    """Worker processes on this machine, one video each at a time.

    Parameters
    ----------
    workers : how many
    """

    def __init__(self, workers: int, limits: ResourceLimits, debug: bool = False) -> None:
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._news: queue.SimpleQueue[News] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=(Worker(limits, debug),), name=f"worker {n}", daemon=True)
            for n in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    def room(self) -> int:
        """One task per process."""
        return len(self._threads)

    def give(self, task: Task) -> None:
        """Give a task to the first free process."""
        self._tasks.put(task)

    def hear(self, timeout_s: float) -> list[News]:
        """Events since the last call; waits up to this many seconds for one."""
        return heard(self._news, timeout_s)

    def close(self) -> None:
        """End every process at once."""
        self._stopped.set()
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self, worker: Worker) -> None:
        try:
            while (task := self._tasks.get()) is not None and not self._stopped.is_set():
                self._news.put(VideoEnded(task.key, self._outcome(worker, task)))
        except StoppedError:
            pass
        except Exception as error:
            self._news.put(Broken(error.message if isinstance(error, RomcheckError) else Message(str(error))))
        finally:
            worker.close()

    def _outcome(self, worker: Worker, task: Task) -> VideoOutcome:
        return worker.measure(
            task,
            seen=lambda done, expected: self._news.put(SeenFrames(task.key, done, expected)),
            stopped=self._stopped,
            begun=lambda pid: self._news.put(Begun(task.key, str(pid))),
        )


def heard(news: queue.SimpleQueue[News], timeout_s: float) -> list[News]:
    """Everything in a queue; waits up to this many seconds for the first."""
    try:
        found = [news.get(timeout=timeout_s)]
    except queue.Empty:
        return []
    while not news.empty():
        found.append(news.get())
    return found

"""Workers on a Dask cluster. Each thread of a Dask worker starts its own measuring process, as on a single machine, so
that the limits apply and a crash does not end the Dask worker.
"""

from __future__ import annotations

import queue
import threading
import time
from typing import Any

from romcheck.batch.crew import Begun, Broken, News, VideoEnded, Waits, heard
from romcheck.batch.outcome import Task, VideoOutcome, failed
from romcheck.batch.worker import ResourceLimits, Worker
from romcheck.errors import RomcheckError
from romcheck.i18n.message import message

ANSWERS_WITHIN_S = 20
LOOK_S = 1.0
"""Interval at which the state of the cluster is read."""


class ClusterError(RomcheckError):
    """The cluster cannot be reached or used."""


class DaskCrew:
    """Workers of a Dask cluster.

    Parameters
    ----------
    scheduler : its address, as in ``tcp://HOST:PORT``

    Raises
    ------
    ClusterError
        When dask is not installed, or the scheduler does not answer.
    """

    def __init__(self, scheduler: str, limits: ResourceLimits) -> None:
        try:
            import distributed
        except ImportError as error:
            raise ClusterError("no_dask") from error
        try:
            # First, because a client without an address complains again when it is closed.
            distributed.comm.get_address_host_port(scheduler)
        except ValueError as error:
            raise ClusterError("scheduler_address", scheduler=scheduler, error=error) from error
        try:
            self._client = distributed.Client(scheduler, timeout=ANSWERS_WITHIN_S, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise ClusterError(
                "scheduler_silent", scheduler=scheduler, answers_within_s=ANSWERS_WITHIN_S, error=error
            ) from error
        self._limits = limits
        self._news: queue.SimpleQueue[News] = queue.SimpleQueue()
        self._tasks: dict[str, Task] = {}
        self._futures: dict[str, Any] = {}
        self._where: dict[str, str] = {}
        self._looked, self._threads = 0.0, 0
        self._scheduler, self._waits, self._had_some = scheduler, False, False
        self._prefix = f"romcheck-{time.time_ns():x}-"
        self._look()

    def room(self) -> int:
        """Number of free slots; workers may join and leave.

        No more than these: the scheduler would queue a task behind a video being measured, and leave it there when
        another worker becomes free first.
        """
        return self._threads

    def give(self, task: Task) -> None:
        """Submit a task to the scheduler, which reassigns it if a worker is lost."""
        future = self._client.submit(_measured, task, self._limits, key=self._prefix + task.key, pure=False)
        self._tasks[task.key], self._futures[task.key] = task, future
        future.add_done_callback(lambda done: self._news.put(self._ended(task, done)))

    def hear(self, timeout_s: float) -> list[News]:
        """Events since the last call; waits up to this many seconds for one."""
        looks = time.monotonic() - self._looked > LOOK_S
        if looks:
            self._look()
        news = heard(self._news, timeout_s)
        for item in news:
            if isinstance(item, VideoEnded):
                self._tasks.pop(item.key, None)
                self._where.pop(item.key, None)
                self._futures.pop(item.key).release()
        return [*(self._begun() if looks and self._threads else []), *news]

    def close(self) -> None:
        """Cancel tasks that have not begun; a video being measured is still finished there, and discarded."""
        for future in self._futures.values():
            future.cancel()
        self._client.close(timeout=5)

    def _look(self) -> None:
        """Count the threads of the cluster; report when the last one left and when one joined."""
        self._looked = time.monotonic()
        try:
            self._threads = sum(self._client.nthreads().values())
        except Exception as error:  # as in _ended
            self._news.put(_lost(error))
            return
        waits = self._threads == 0
        self._had_some = self._had_some or not waits
        if waits == self._waits:
            return
        self._waits, why = waits, ""
        if waits:
            self._where.clear()
            left = "No worker is left on the cluster" if self._had_some else "The cluster has no worker yet"
            why = (
                f"{left}; waiting for one to come ('dask worker {self._scheduler}'). Ctrl-C stops; what was measured "
                "is kept."
            )
        self._news.put(Waits(why))

    def _begun(self) -> list[News]:
        """Which worker has which video, where that is new."""
        if not self._tasks:
            return []
        news: list[News] = []
        try:
            given = self._client.processing()
        except (OSError, TimeoutError):
            return []
        for address, keys in given.items():
            for name in keys:
                key = str(name).removeprefix(self._prefix)
                if key in self._tasks and self._where.get(key) != address:
                    self._where[key] = address
                    news.append(Begun(key, address))
        return news

    def _ended(self, task: Task, future: Any) -> News:
        import distributed

        try:
            return VideoEnded(task.key, future.result())
        except distributed.KilledWorker as error:
            reason = message("error.workers_lost", error=error.args[0] if error.args else error)
            return VideoEnded(task.key, failed(task, "crashed", reason))
        except RomcheckError as error:
            return Broken(message("error.worker_unfit", why=error))
        except Exception as error:  # which exception follows the loss of the scheduler depends on where it is noticed
            return _lost(error)


def _lost(error: Exception) -> Broken:
    return Broken(message("error.cluster_lost", error=f"{type(error).__name__}: {error}"))


_own = threading.local()


def _measured(task: Task, limits: ResourceLimits) -> VideoOutcome:
    """Runs in a thread of a Dask worker."""
    worker: Worker | None = getattr(_own, "worker", None)
    if worker is None or worker.limits != limits:
        if worker is not None:
            worker.close()
        worker = _own.worker = Worker(limits)
    return worker.measure(task)

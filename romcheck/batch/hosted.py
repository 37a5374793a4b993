"""The single run a server hosts: started from one page, visible from every page, ended with the server."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Literal

from romcheck.batch.crew import LocalCrew, cores
from romcheck.batch.places import LOCAL, Folder
from romcheck.batch.plan import RunPlan
from romcheck.batch.run import Run, prepare, study
from romcheck.batch.sources import outside, videos_of
from romcheck.batch.worker import ResourceLimits
from romcheck.errors import RomcheckError
from romcheck.i18n.message import Message, message
from romcheck.results import Test

HostedPhase = Literal["none", "reading", "asking", "running", "ended"]
"""``asking`` waits for a decision on earlier outcomes that are no longer valid; ``ended`` for whatever reason."""

CLOSES_WITHIN_S = 20.0


@dataclass(frozen=True)
class StudySettings:
    """Settings of a run: the options of ``romcheck batch``."""

    source: str
    out: str
    test: Test | None = None
    camera: str | None = None
    fov_deg: float | None = None
    upright_deg: int | None = None
    mirrored: bool = False
    workers: int | None = None
    limits: ResourceLimits = field(default_factory=ResourceLimits)
    retry: bool = False


@dataclass(frozen=True)
class HostedStatus:
    """State of the hosted run.

    Attributes
    ----------
    wish : the settings
    read, videos : while reading, how many videos have been read, of all; 0 of 0 until they are counted
    plan : once all are read
    run : once measuring has begun
    error : why there is no run
    """

    phase: HostedPhase = "none"
    wish: StudySettings | None = None
    read: int = 0
    videos: int = 0
    plan: RunPlan | None = None
    run: Run | None = None
    error: Message | None = None


class BusyError(RomcheckError):
    """Another run is being hosted."""


class _GivenUpError(Exception):
    """The run was stopped while the videos were being read."""


class Host:
    """Hosts one run at a time. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._standing = HostedStatus()
        self._folder: Folder | None = None
        self._opened = ExitStack()
        self._given_up = False
        self._thread: threading.Thread | None = None

    def standing(self) -> HostedStatus:
        """Its current state."""
        with self._lock:
            return self._standing

    def begin(self, wish: StudySettings) -> None:
        """Read the videos and measure what is missing; asks first where earlier outcomes are no longer valid.

        Raises
        ------
        BusyError
            When a run is in progress.
        """
        with self._lock:
            if self._standing.phase not in ("none", "ended"):
                raise BusyError("run_busy")
            self._standing, self._given_up = HostedStatus("reading", wish), False
            self._thread = threading.Thread(target=self._read, args=(wish,), name="batch", daemon=True)
            self._thread.start()

    def confirm(self) -> None:
        """Repeat outcomes that are no longer valid."""
        with self._lock:
            if self._standing.phase == "asking":
                self._measure()

    def stop(self, now: bool = False) -> None:
        """Stop after the current videos, or at once with ``now``. Finished outcomes are kept."""
        with self._lock:
            self._given_up = True
            if self._standing.phase == "asking":
                self._end()
            run = self._standing.run
        if run is not None:
            run.stop(now)

    def forget(self) -> None:
        """Discard a run that has ended, to allow another."""
        with self._lock:
            if self._standing.phase == "ended":
                self._standing = HostedStatus()

    def close(self) -> None:
        """End everything at once, processes included."""
        self.stop(now=True)
        if self._thread is not None:
            self._thread.join(CLOSES_WITHIN_S)
        run = self.standing().run
        if run is not None:
            run.wait(CLOSES_WITHIN_S)

    def _read(self, wish: StudySettings) -> None:
        try:
            found = videos_of(
                [wish.source],
                test=wish.test,
                camera=wish.camera,
                upright_deg=wish.upright_deg,
                mirrored=wish.mirrored,
                reach=LOCAL,
            )
            videos = outside(found, wish.out)
            self._counted(0, len(videos))
            self._folder = self._opened.enter_context(study(wish.out, reach=LOCAL))
            plan = prepare(
                videos, self._folder, fov_deg=wish.fov_deg, limits=wish.limits, retry=wish.retry, hashed=self._counted
            )
            with self._lock:
                self._standing = replace(self._standing, plan=plan, phase="asking")
                if self._given_up:
                    raise _GivenUpError
                if not plan.again:
                    self._measure()
        except _GivenUpError:
            self._end()
        except RomcheckError as error:
            self._end(error.message)
        except Exception as error:  # a page must be informed too
            self._end(message("error.run_unexpected", error=f"{type(error).__name__}: {error}"))

    def _counted(self, read: int, videos: int) -> None:
        with self._lock:
            if self._given_up:
                raise _GivenUpError
            self._standing = replace(self._standing, read=read, videos=videos)

    def _measure(self) -> None:
        """Called with the lock held."""
        wish, plan = self._standing.wish, self._standing.plan
        assert wish is not None
        assert plan is not None
        assert self._folder is not None
        to_do = sum(job.kept is None for job in plan.jobs)
        crew = LocalCrew(max(1, min(wish.workers or cores(), to_do)), wish.limits)
        run = Run(plan, self._folder, crew, ended=self._end)
        self._standing = replace(self._standing, phase="running", run=run)
        run.start()

    def _end(self, error: Message | None = None) -> None:
        """Release the study's folder."""
        with self._lock:
            self._opened.close()
            self._standing = replace(self._standing, phase="ended", error=error)


host = Host()
"""The host of this process: pages run again with every click, this persists."""

"""A run over many videos, which a terminal or a page can start, watch and stop.

with study("study/") as folder:                    # keeps other runs out
run = Run(prepare(videos, folder), folder, crew)
run.start()
while not run.wait(0.5):
print(run.progress())
"""

from __future__ import annotations

import io
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Literal

from romcheck.batch.crew import Begun, Broken, Crew, SeenFrames, VideoEnded, Waits
from romcheck.batch.finished import Ended, Finished, ended, reason_for
from romcheck.batch.outcome import VideoOutcome
from romcheck.batch.places import Folder, Reach, without_secrets
from romcheck.batch.plan import Job, RunPlan, plan_of
from romcheck.batch.store import LOCK, OUTCOMES, PROVENANCE, Store, alone_in, frames_name
from romcheck.batch.tables import TABLES
from romcheck.batch.videos import Video
from romcheck.batch.worker import ResourceLimits
from romcheck.errors import OutputError, RomcheckError
from romcheck.exchange.files import parquet_frames
from romcheck.i18n.message import Message, message
from romcheck.results import Frames, Result

if TYPE_CHECKING:
    from romcheck.batch.tally import StudyReport

VideoStateName = Literal["waiting", "measuring", "measured", "failed"]
RunStage = Literal["ready", "running", "stopping", "writing", "finished", "stopped", "broken"]

HEAR_S = 0.5


@dataclass(frozen=True, slots=True)
class VideoState:
    """State of one video.

    ``kept``: from an earlier run; ``seconds`` is how long measuring took; ``worker`` is the process or the
    cluster's worker it was given to.
    """

    id: str
    name: str
    state: VideoStateName
    kept: bool = False
    frames_done: int = 0
    frames_expected: int | None = None
    movements: int = 0
    reason: Message | None = None
    seconds: float = 0.0
    worker: str = ""


@dataclass(frozen=True)
class RunProgress:
    """Progress of a run at one moment.

    ``left_s`` is the estimated time left, None while unknown; ``waits`` says why no worker is available, empty while
    there is one.
    """

    stage: RunStage
    total: int
    kept: int
    measured: int
    failed: int
    measuring: tuple[VideoState, ...]
    seconds: float
    left_s: float | None
    error: Message | None = None
    waits: str = ""

    @property
    def done(self) -> int:
        """Number of videos with an outcome, including those of earlier runs."""
        return self.measured + self.failed


@contextmanager
def study(location: str, look_only: bool = False, reach: Reach | None = None) -> Iterator[Folder]:
    """The folder of a study, created if missing and locked against other runs within the block.

    With ``look_only`` it is only read, and another run may use it. ``reach``: which addresses may be opened.

    Raises
    ------
    RomcheckError
        When it cannot be written, is used by another run, or files not written by romcheck would be overwritten.
    """
    (reach or Reach()).connect(location)
    folder = Folder(location, make=not look_only)
    _refuse_others_files(folder)
    with nullcontext() if look_only else alone_in(folder):
        yield folder


def _refuse_others_files(folder: Folder) -> None:
    """Refuse to overwrite a summary.csv not written by a run."""
    there = set(folder.names(""))
    if {PROVENANCE, LOCK} & there or OUTCOMES in folder.folders(""):
        return
    written = {"report.html", *(f"{table}.{kind}" for table in TABLES for kind in ("csv", "parquet"))}
    if written & there:
        raise OutputError("out_foreign", location=folder.location, written=", ".join(sorted(written & there)))


def prepare(
    videos: Sequence[Video],
    folder: Folder,
    *,
    fov_deg: float | None = None,
    limits: ResourceLimits | None = None,
    retry: bool = False,
    hashed: Callable[[int, int], None] | None = None,
    connects: bool = True,
) -> RunPlan:
    """The plan of a run over these videos; see :func:`romcheck.batch.plan.plan_of`."""
    return plan_of(videos, Store(folder), fov_deg=fov_deg, limits=limits, retry=retry, hashed=hashed, connects=connects)


class Run:
    """Executes a plan, stores every outcome as it arrives, and writes the tables at the end.

    Parameters
    ----------
    plan : from `prepare`
    folder : of the study
    crew : the workers: :class:`romcheck.batch.crew.LocalCrew` or :class:`romcheck.batch.cluster.DaskCrew`; the run
        ends it
    changed : called, from the run's own thread, with each video that changes its state
    ended : called once at the end; a page releases the study's folder there
    """

    def __init__(
        self,
        plan: RunPlan,
        folder: Folder,
        crew: Crew,
        changed: Callable[[VideoState], None] | None = None,
        ended: Callable[[], None] | None = None,
    ) -> None:
        self.plan = plan
        self.folder = folder
        self._store = Store(folder)
        self._crew = crew
        self._changed = changed
        self._at_end = ended
        self._lock = threading.Lock()
        self._stage: RunStage = "ready"
        self._error: Message | None = None
        self._waits = ""
        self._began = time.monotonic()
        self._began_at = _now()
        self._ended_s: float | None = None
        # Not Thread.join: after Ctrl-C in a join, Python 3.11 treats the thread as ended.
        self._ended = threading.Event()
        self._asked: Literal["", "stop", "now"] = ""
        self._jobs = {job.task.key: job for job in plan.jobs}
        self._names: dict[str, str | None] = {}
        self._passing: dict[str, VideoOutcome] = {}
        # Counted as they change: a look at the progress of many videos must not visit each.
        videos = sorted((video for job in plan.jobs for video in job.videos), key=lambda one: (one.name, one.id))
        self._states = {video.id: VideoState(video.id, video.name, "waiting") for video in videos}
        self._counts: Counter[VideoStateName] = Counter({"waiting": len(self._states)})
        self._measuring: dict[str, None] = {}
        to_do = [job for job in plan.jobs if not job.kept]
        self._by_bytes = all(job.bytes is not None for job in to_do)
        self._whole, self._done = sum(map(self._weight, to_do)), 0.0
        for job in plan.jobs:
            if job.kept:
                self._settle(job, job.kept, kept=True)
        self.study: StudyReport | None = None
        """Content of the report, once the run is finished."""
        self._thread = threading.Thread(target=self._work, name="batch", daemon=True)

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._began, self._began_at, self._stage = time.monotonic(), _now(), "running"
        self._thread.start()

    def measured(self, video_id: str) -> tuple[Video, Result, Frames | None] | None:
        """A video with its result, and its frames if they are still there; None where it has no result."""
        videos = (video for job in self.plan.jobs for video in job.videos)
        video, name = next((one for one in videos if one.id == video_id), None), self._names.get(video_id)
        outcome = self._store.get(name) if name else None
        if video is None or name is None or outcome is None or outcome.result is None:
            return None
        content = self.folder.read(frames_name(name))
        return video, outcome.result, None if content is None else parquet_frames(io.BytesIO(content))

    def stop(self, now: bool = False) -> None:
        """Stop after the current videos, or at once with ``now``. Outcomes are kept."""
        self._asked = "now" if now else self._asked or "stop"

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the end; return whether it was reached."""
        return self._ended.wait(timeout_s)

    def progress(self) -> RunProgress:
        """Progress of the run."""
        with self._lock:
            stage: RunStage = "stopping" if self._stage == "running" and self._asked else self._stage
            seconds = self._ended_s if self._ended_s is not None else time.monotonic() - self._began
            return RunProgress(
                stage=stage,
                total=len(self._states),
                kept=self.plan.kept,
                measured=self._counts["measured"],
                failed=self._counts["failed"],
                measuring=tuple(self._states[video_id] for video_id in self._measuring),
                seconds=seconds,
                left_s=self._left_s(seconds),
                error=self._error,
                waits=self._waits,
            )

    def videos(self) -> tuple[VideoState, ...]:
        """Every video and how far it is, sorted by name."""
        with self._lock:
            return tuple(self._states.values())

    def _work(self) -> None:
        try:
            self._measure_all()
            self._put_back()
            self._stage = "stopped" if self._counts["waiting"] else "writing"
            if self._stage == "writing":
                self._write()
                self._stage = "finished"
        except RomcheckError as error:
            self._error, self._stage = error.message, "broken"
        except Exception as error:  # a page must be informed too
            told = without_secrets(f"{type(error).__name__}: {error}")
            self._error = message("error.run_unexpected", error=told)
            self._stage = "broken"
        finally:
            self._ended_s = time.monotonic() - self._began
            self._crew.close()
            if self._at_end:
                self._at_end()
            self._ended.set()

    def _measure_all(self) -> None:
        waiting = deque(job for job in self.plan.jobs if not job.kept)
        in_hand: set[str] = set()
        # When the run is to stop, tasks without a worker are not awaited.
        while (waiting and not self._asked) or (in_hand and self._asked != "now" and not (self._asked and self._waits)):
            self._give(waiting, in_hand)
            for news in self._crew.hear(HEAR_S):
                if isinstance(news, Broken):
                    raise RomcheckError.saying(news.reason)
                if isinstance(news, VideoEnded):
                    in_hand.discard(news.key)
                    self._give(waiting, in_hand)  # first, so that workers do not wait while this outcome is written
                    self._keep(self._jobs[news.key], news.outcome)
                elif isinstance(news, Begun):
                    self._update(news.key, state="measuring", worker=news.worker)
                elif isinstance(news, Waits):
                    self._waits = news.why
                    if news.why:
                        self._put_back()
                elif isinstance(news, SeenFrames):
                    self._update(news.key, frames_done=news.done, frames_expected=news.expected)

    def _give(self, waiting: deque[Job], in_hand: set[str]) -> None:
        while waiting and not self._asked and len(in_hand) < self._crew.room():
            task = waiting.popleft().task
            in_hand.add(task.key)
            self._crew.give(task)

    def _keep(self, job: Job, outcome: VideoOutcome) -> None:
        self._store.put(outcome)
        if job.version and outcome.sha256:
            self._store.remember_served(job.task.location, job.version, outcome.sha256)
        if outcome.name is None:
            self._passing[job.task.key] = replace(outcome, frames=None)
        self._settle(job, ended(outcome))

    def _settle(self, job: Job, outcome: Ended, kept: bool = False) -> None:
        """Record the outcome of a job's videos; its content is on disk, so that memory does not grow."""
        with self._lock:
            self._done += 0.0 if kept else self._weight(job)
        for video in job.videos:
            state = VideoState(
                video.id,
                video.name,
                "failed" if outcome.failure else "measured",
                kept,
                movements=outcome.movements,
                reason=reason_for(video, outcome),
                seconds=outcome.seconds,
            )
            with self._lock:
                self._names[video.id] = outcome.name
                self._set(state)
            if self._changed and not kept:
                self._changed(state)

    def _update(self, key: str, **what: object) -> None:
        for video in self._jobs[key].videos:
            with self._lock:
                if self._states[video.id].state not in ("waiting", "measuring"):
                    continue
                self._set(replace(self._states[video.id], **what))  # type: ignore[arg-type]
            if self._changed and "state" in what:
                self._changed(self._states[video.id])

    def _put_back(self) -> None:
        """Return abandoned videos, or those of a lost worker, to the queue."""
        with self._lock:
            for video_id in list(self._measuring):
                self._set(VideoState(video_id, self._states[video_id].name, "waiting"))

    def _set(self, state: VideoState) -> None:
        """Called with the lock held."""
        self._counts[self._states[state.id].state] -= 1
        self._counts[state.state] += 1
        self._states[state.id] = state
        if state.state == "measuring":
            self._measuring[state.id] = None
        else:
            self._measuring.pop(state.id, None)

    def _weight(self, job: Job) -> float:
        """Its part of the run: by bytes where all sizes are known, else by videos."""
        return float(job.bytes or 0) if self._by_bytes else 1.0

    def _left_s(self, seconds: float) -> float | None:
        """Time left; called with the lock held."""
        done = self._done
        for state in map(self._states.__getitem__, self._measuring):
            job = self._jobs.get(state.id)  # none where the content has several videos, and this is not the first
            if job and state.frames_expected:
                done += self._weight(job) * min(state.frames_done / state.frames_expected, 1.0)
        return seconds * (self._whole - done) / done if done > 0 else None

    def _write(self) -> None:
        from romcheck.batch.products import write_products

        finished = [
            Finished(video, self._names[video.id], self._passing.get(job.task.key))
            for job in self.plan.jobs
            for video in job.videos
        ]
        self.study = write_products(self.folder, self._store, self.plan, finished, self._began_at)


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")

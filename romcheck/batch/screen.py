"""Output of a run: progress bars and lines on a terminal, nothing, or JSON lines for logs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, Literal

from rich import progress as bars
from rich.console import Console

from romcheck.batch.places import without_secrets
from romcheck.batch.plan import RunPlan
from romcheck.batch.run import Run, RunProgress, VideoState
from romcheck.batch.sharing import Sharing

ScreenMode = Literal["lines", "quiet", "json"]

TOLD_EVERY_S = 10.0
"""Interval between progress lines in a log."""


class Screen:
    """The standard output and error streams in one of three modes."""

    def __init__(self, mode: ScreenMode) -> None:
        self.mode = mode
        self._out = Console(highlight=False, emoji=False)
        self._err = Console(stderr=True, highlight=False, emoji=False)
        self._bars: bars.Progress | None = None
        self._whole: bars.TaskID | None = None
        self._tasks: dict[str, bars.TaskID] = {}
        self._total, self._done, self._told_s = 0, 0, 0.0
        self._waits = ""

    def say(self, sentence: str, event: str = "note") -> None:
        """Print a sentence."""
        if self.mode == "json":
            self._line(event=event, text=sentence)
        elif self.mode == "lines":
            self._err.print(sentence, markup=False, soft_wrap=True)

    def error(self, sentence: str) -> None:
        """Print an error, in every mode."""
        sentence = without_secrets(sentence)
        if self.mode == "json":
            self._line(event="error", text=sentence)
        self._err.print(sentence, markup=False, soft_wrap=True)

    @contextmanager
    def counting(self, what: str) -> Iterator[Callable[[int, int], None]]:
        """A progress bar for the steps before measuring."""
        with bars.Progress(console=self._err, transient=True, disable=not self._watched) as bar:
            task = bar.add_task(what, total=None)
            yield lambda done, whole: bar.update(task, completed=done, total=whole)

    def plan(self, plan: RunPlan) -> None:
        """Print the plan."""
        self._total, self._done = plan.videos, plan.kept
        if self.mode == "json":
            self._line(
                event="plan", videos=plan.videos, kept=plan.kept, again=plan.again, retried=plan.retried,
                changes=list(map(str, plan.redone)), contradictions=_texts(plan.sharing),
                remarks=list(map(str, plan.remarks)),
            )  # fmt: skip
        elif self.mode == "lines":
            self._out.print(plan.statement(), markup=False, soft_wrap=True)

    @contextmanager
    def watching(self, run: Run) -> Iterator[None]:
        """Bars for the whole run and for each video being measured."""
        with bars.Progress(
            bars.TextColumn("{task.description}", markup=False),
            bars.BarColumn(),
            bars.MofNCompleteColumn(),
            bars.TextColumn("{task.fields[left]}"),
            console=self._err,
            disable=not self._watched,
            transient=True,
        ) as shown:
            self._bars = shown
            self._whole = shown.add_task("all videos", total=run.progress().total, left="")
            yield
            self._bars = None

    def show(self, progress: RunProgress) -> None:
        """Show the progress."""
        if bool(progress.waits) != bool(self._waits):
            self.say(
                progress.waits or "A worker has joined: the run continues.", "waiting" if progress.waits else "resumed"
            )
        self._waits = progress.waits
        if self.mode == "json" and progress.seconds - self._told_s >= TOLD_EVERY_S:
            self._told_s = progress.seconds
            self._line(
                event="progress", stage=progress.stage, done=progress.done, total=progress.total,
                failed=progress.failed, seconds=round(progress.seconds, 1),
                left_s=None if progress.left_s is None else round(progress.left_s, 1),
                measuring=[
                    {"id": v.id, "frames_done": v.frames_done, "frames_expected": v.frames_expected}
                    for v in progress.measuring
                ],
            )  # fmt: skip
        if self._bars is None or self._whole is None:
            return
        left = "" if progress.left_s is None else f"{time_words(progress.left_s)} left"
        left = "waiting for a worker" if progress.waits else left
        left = "writing tables" if progress.stage == "writing" else left
        self._bars.update(self._whole, completed=progress.done, total=progress.total, left=left)
        now = {video.id: video for video in progress.measuring}
        for gone in set(self._tasks) - set(now):
            self._bars.remove_task(self._tasks.pop(gone))
        for key, video in now.items():
            if key not in self._tasks:
                self._tasks[key] = self._bars.add_task(f"  {video.name[-40:]}", total=None, left="frames")
            self._bars.update(self._tasks[key], completed=video.frames_done, total=video.frames_expected)

    def changed(self, video: VideoState) -> None:
        """One line per video with its state; called from the run's thread."""
        if video.state in ("measured", "failed"):
            self._done += 1
        if self.mode == "json":
            told: dict[str, Any] = {"event": "began" if video.state == "measuring" else video.state}
            facts = asdict(video)
            keys = ("id", "name", "worker") if video.state == "measuring" else ("id", "name", "seconds")
            told |= {key: facts[key] for key in keys}
            told |= {"movements": video.movements} if video.state == "measured" else {}
            told |= {"reason": str(video.reason)} if video.state == "failed" else {}
            self._line(**told)
        elif self.mode == "lines" and video.state in ("measured", "failed"):
            said = (
                f"{video.movements} movement{'' if video.movements == 1 else 's'}, {video.seconds:.0f} s"
                if video.state == "measured"
                else str(video.reason)
            )
            count = f"{self._done:>{len(str(self._total))}}/{self._total}"
            # Through the console of the bars, if any, so that the line is printed above them.
            console = self._bars.console if self._watched and self._bars else self._out
            console.print(f"{count}  {video.state:<8}  {video.name}  {said}", markup=False, soft_wrap=True)

    def end(self, progress: RunProgress, folder: str, sharing: Sharing | None = None) -> None:
        """Print the summary; ``sharing``, where the run is finished, also of videos whose content it got to know."""
        contradictions = _texts(sharing) if sharing else []
        if self.mode == "json":
            self._line(
                event="end", stage=progress.stage, measured=progress.measured, failed=progress.failed,
                total=progress.total, seconds=round(progress.seconds, 1), error=str(progress.error or ""),
                contradictions=contradictions,
            )  # fmt: skip
        elif self.mode == "lines" and progress.stage == "finished":
            failed = f", {progress.failed} not: see failures.csv" if progress.failed else ""
            took = f"{progress.kept} were done before and kept; the rest took" if progress.kept else "It took"
            self._out.print(
                f"{progress.measured} of {progress.total} videos measured{failed}. {took} "
                f"{time_words(progress.seconds)}. The report is {folder.rstrip('/')}/report.html",
                markup=False,
                soft_wrap=True,
            )
            for said in contradictions:
                self._out.print(said, markup=False, soft_wrap=True)
        if progress.stage == "stopped":
            self._err.print(
                f"Stopped with {progress.done} of {progress.total} videos done. Start the same command again to go "
                "on from there; the tables are written at the end.",
                markup=False,
                soft_wrap=True,
            )
        if progress.error:
            self._err.print(str(progress.error), markup=False, soft_wrap=True)

    @property
    def _watched(self) -> bool:
        return self.mode == "lines" and self._err.is_terminal

    def _line(self, **facts: Any) -> None:
        self._out.print(json.dumps(facts, ensure_ascii=False), markup=False, soft_wrap=True)


def _texts(sharing: Sharing) -> list[str]:
    return list(map(str, sharing.contradictions.values()))


def time_words(seconds: float) -> str:
    """A duration in a language-independent notation."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"

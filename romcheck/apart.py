"""Reading videos in a separate process, so that a crash or excessive memory use is reported instead of ending the
program.

How the two talk, as those of a batch do: :mod:`romcheck.processes`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

from romcheck import processes
from romcheck.errors import RomcheckError, VideoError, crash_cause, explain_unexpected
from romcheck.exchange.atomic import remove_unfinished
from romcheck.names import stem_for_results
from romcheck.progress import Progress
from romcheck.results import Result, Test

if TYPE_CHECKING:
    from romcheck.person.head_map import HeadMap

T = TypeVar("T")


class Measured(NamedTuple):
    """A result, and the map of the head for the next video if that is of the same visit."""

    result: Result
    head_map: HeadMap | None


@dataclass(frozen=True)
class MeasureRequest:
    """What to measure and write for every video.

    With ``one_visit`` the next video is of the same visit: it is given the ``head_map`` of this one.
    """

    test: Test | None
    camera: Path | None
    fov_deg: float | None
    upright_deg: int | None
    mirrored: bool
    profile: Path | None
    folder: Path
    frames: Literal["csv", "parquet"]
    plot: bool
    overlay: bool
    blur: bool
    one_visit: bool = False
    head_map: HeadMap | None = None

    def files(self, video: Path) -> Iterator[Path]:
        """Every file that is written for a video."""
        from romcheck.exchange.files import frames_path, result_path

        stem = stem_for_results(video)
        yield result_path(self.folder, stem)
        yield frames_path(self.folder, stem, self.frames)
        if self.plot:
            yield self.plot_path(stem)
        if self.overlay:
            yield self.overlay_path(stem)

    def plot_path(self, stem: str) -> Path:
        """Path of the plot of a video with this stem."""
        return self.folder / f"{stem}.plot.png"

    def overlay_path(self, stem: str) -> Path:
        """Path of the overlay of a video with this stem."""
        return self.folder / f"{stem}.overlay.mp4"


def measured(video: Path, wish: MeasureRequest, progress: Progress) -> Measured:
    """Measure one video and write all requested files.

    Raises
    ------
    RomcheckError
        When it cannot be measured, or a file cannot be written.
    """
    from romcheck.exchange.files import write_measurement
    from romcheck.measure import measure as measure_video

    measurement = measure_video(
        video,
        test=wish.test,
        camera=wish.camera,
        fov_deg=wish.fov_deg,
        upright_deg=wish.upright_deg,
        mirrored=wish.mirrored,
        profile=wish.profile,
        head_map=wish.head_map,
        progress=progress,
    )
    result, frames = measurement.result, measurement.frames
    stem = stem_for_results(video)
    write_measurement(result, frames, wish.folder, stem, wish.frames)
    if wish.plot:
        from romcheck.reports.plot import save_plot

        save_plot(result, frames, wish.plot_path(stem))
    if wish.overlay:
        from romcheck.reports.overlay import save_overlay

        save_overlay(video, measurement, wish.overlay_path(stem), blur=wish.blur, progress=progress)
    return Measured(result, measurement.head_map if wish.one_visit else None)


class Apart:
    """The separate process, as seen by its caller; one that ended unexpectedly is replaced.

    It is started at once, so that it is ready when the first video is given.

    Parameters
    ----------
    memory_mb : most that one piece of work may take, in MiB
    debug : let it print where an unexpected error came from
    module : what it loads while it waits for work
    """

    def __init__(self, memory_mb: float, debug: bool = False, module: str = "romcheck.measure") -> None:
        self.memory_mb = memory_mb
        self.debug = debug
        self.module = module
        self._process: processes.Process | None = None
        with suppress(OSError):  # it is tried again with the first video
            self._process = self._started()

    def __enter__(self) -> Apart:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def measured(self, video: Path, wish: MeasureRequest, progress: Progress) -> Measured:
        """Run :func:`measured` in the separate process."""
        return self.done(partial(measured, video, wish), progress, writes=wish.files(video))

    def done(self, work: Callable[..., T], progress: Callable[..., None], *, writes: Iterable[Path] = ()) -> T:
        """Return value of a function called in the separate process.

        Parameters
        ----------
        work : a function of a module, or a ``partial`` of one, that takes ``progress``. It, and what it gives and
            raises, go from process to process as pickles.
        progress : hears how far it is
        writes : files it may leave unfinished when it is ended

        Raises
        ------
        RomcheckError
            Also when the process ended unexpectedly, or took more memory than allowed.
        """
        try:
            process = self._process = self._process or self._started()
        except OSError:  # where no process may be started, this one does the work
            return work(progress=progress)
        begun = False
        process.give((work, self.debug))
        try:
            while True:
                kind, content = process.hear()
                begun = begun or kind != ""
                if kind == "result":
                    result: T = content
                    return result
                if kind == "refused":
                    raise content
                if kind == "progress":
                    progress(*content)
                if kind == "end":
                    cause = crash_cause(process.status(), "_apart")
                    self._give_up(writes)
                    raise VideoError("crashed_apart", **cause)
                if process.memory_mb() > self.memory_mb:
                    self._give_up(writes)
                    raise VideoError("memory_limit", limit=self.memory_mb)
        except KeyboardInterrupt:
            if begun:
                process.interrupt()
            self._give_up(writes)
            raise

    def close(self) -> None:
        """End the process at once."""
        process, self._process = self._process, None
        if process is not None:
            process.close()

    def _give_up(self, writes: Iterable[Path]) -> None:
        """End the process and remove unfinished files."""
        self.close()
        for path in writes:
            with suppress(OSError):
                remove_unfinished(path)

    def _started(self) -> processes.Process:
        process = processes.Process("romcheck.apart")
        process.give(self.module)
        return process


def main() -> None:
    """Main function of the process: handle requests until the input ends."""
    tasks, tell = processes.inside()
    with suppress(ImportError):  # what is missing is said of a video
        import_module(tasks.get())  # it takes its time, while the other looks through what was asked for
    while True:
        try:
            work, debug = tasks.get()
            tell("begun", None)
            tell("result", work(progress=lambda *far: tell("progress", far)))
        except KeyboardInterrupt:
            # What it had not finished is taken away by now; threads that still read or compute end with it.
            os._exit(processes.INTERRUPTED)
        except RomcheckError as error:
            tell("refused", error)
        except Exception as error:
            tell("refused", explain_unexpected(error, debug))


if __name__ == "__main__":
    main()

"""Measuring videos in a process apart: what crashes the decoder or the engine in one takes no other video with it.

How the two talk, as those of a batch do: :mod:`romcheck.processes`.
"""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from romcheck import processes
from romcheck.errors import RomcheckError, VideoError, crash_cause, explain_unexpected
from romcheck.names import stem_for_results
from romcheck.progress import Progress
from romcheck.results import Result, Test

ENDS_WITHIN_S = 5.0
"""After Ctrl-C the process takes away what it had not finished writing."""


@dataclass(frozen=True)
class Wish:
    """What is to be measured and written for every video."""

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


def measured(video: Path, wish: Wish, progress: Progress) -> Result:
    """Measure one video and write everything that was asked for.

    Raises
    ------
    RomcheckError
        When it cannot be measured, or a file cannot be written.
    """
    from romcheck.exchange.files import write_measurement
    from romcheck.measure import measure as measure_video
    from romcheck.measure import no_movement

    measurement = measure_video(
        video,
        test=wish.test,
        camera=wish.camera,
        fov_deg=wish.fov_deg,
        upright_deg=wish.upright_deg,
        mirrored=wish.mirrored,
        progress=progress,
    )
    if wish.profile is not None and measurement.result.movements:
        from romcheck.reference.profile import corrected, read_profile

        result, frames = corrected(measurement.result, measurement.frames, read_profile(wish.profile))
        measurement = replace(measurement, result=result, frames=frames)
    result, frames = measurement.result, measurement.frames
    if not result.movements:
        raise VideoError("no_movement_of_test", no_movement=no_movement(result.notices))
    stem = stem_for_results(video)
    write_measurement(result, frames, wish.folder, stem, wish.frames)
    if wish.plot:
        from romcheck.reports.plot import save_plot

        save_plot(result, frames, wish.folder / f"{stem}.plot.png")
    if wish.overlay:
        from romcheck.reports.overlay import save_overlay

        save_overlay(video, measurement, wish.folder / f"{stem}.overlay.mp4", blur=wish.blur, progress=progress)
    return result


class Apart:
    """The process, as seen by the one who gives it videos; one that ended by itself is replaced.

    Parameters
    ----------
    debug : let it print where an unexpected error came from
    """

    def __init__(self, debug: bool = False) -> None:
        self.debug = debug
        self._process: subprocess.Popen[bytes] | None = None

    def measured(self, video: Path, wish: Wish, progress: Progress) -> Result:
        """What :func:`measured` does.

        Raises
        ------
        RomcheckError
            Also when the process ended by itself.
        """
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        begun = False
        try:
            with suppress(OSError):  # if it is gone, that is seen below
                pickle.dump((video, wish, self.debug), process.stdin)
                process.stdin.flush()
            while True:
                kind, content = pickle.load(process.stdout)
                begun = True
                if kind == "result":
                    result: Result = content
                    return result
                if kind == "refused":
                    raise content
                if kind == "frames":
                    progress(*content)
        except (EOFError, OSError, pickle.UnpicklingError):
            status = process.wait()
            self.close()
            raise VideoError("crashed_apart", **crash_cause(status, "_apart")) from None
        except KeyboardInterrupt:
            if begun:
                process.send_signal(signal.SIGINT)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(ENDS_WITHIN_S)
            self.close()
            raise

    def close(self) -> None:
        """End the process at once."""
        process, self._process = self._process, None
        if process is not None:
            processes.end(process)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "romcheck.apart"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # Ctrl-C in a terminal reaches every process of the session; this one is told by the other.
                start_new_session=True,
            )
        return self._process


def main() -> None:
    """What runs in the process: measure what comes in until nothing comes any more."""
    tasks, tell = processes.inside()
    while True:
        try:
            video, wish, debug = tasks.get()
            tell("begun", None)
            tell("result", measured(video, wish, lambda *count: tell("frames", count)))
        except KeyboardInterrupt:
            return
        except RomcheckError as error:
            tell("refused", error)
        except Exception as error:
            tell("refused", explain_unexpected(error, debug))


if __name__ == "__main__":
    main()

"""The process that measures one check: pictures in on standard input, the current state out on standard output."""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

from romcheck.errors import RomcheckError
from romcheck.exchange.atomic import remove_unfinished
from romcheck.live.camera_turn import CameraTurn
from romcheck.live.messages import Begin, CheckEnded, FromWorker, LookAround, StartCheck, StopCheck, UpTo, read, write
from romcheck.live.recording import Abandoned, CameraRecording, Shot
from romcheck.live.stages import CheckStage, FramingStage, Stage
from romcheck.live.state import StopReason
from romcheck.measure import WAITING, Measurement, measure_recording
from romcheck.person.landmarks import FaceMesh
from romcheck.person.observer import Observer
from romcheck.sources.video import Frame
from romcheck.tracking import kernels

MOST_AHEAD = 30
"""Pictures that may wait while a recording starts. A missing second there would look like a jump of the head,
which cannot be tracked; the queue is worked off at once."""


class CheckWorker:
    """One check, in up to three recordings: the framing until somebody begins, the practice, and what counts.

    Only the last is measured to its end, and saved if asked for; the others serve the screen and are abandoned.

    Parameters
    ----------
    start : the plan and the lens
    send : sends a message to the server; called from several threads
    """

    def __init__(self, start: StartCheck, send: Callable[[FromWorker], None]) -> None:
        self._start, self._send = start, send
        self._lock = threading.Lock()
        self._stop: StopReason | None = None
        self._newest = -1
        self._framing = FramingStage(start.lens, start.plan)
        self._guide = CheckStage(start.plan)
        self._to_watch: queue.SimpleQueue[tuple[CameraRecording, Stage]] = queue.SimpleQueue()
        self._counting = False
        self._look: CameraTurn | None = None
        self._recording = self._new_recording(self._framing)

    def take(self, message: Shot | Begin | LookAround | StopCheck) -> None:
        """Handle a message, from a thread of its own."""
        with self._lock:
            if isinstance(message, Shot) and self._look is not None and not self._look.over:
                # Meanwhile the person is not looked for: the picture shows the room.
                self._look.take(message)
                self._newest = message.number
                self._send(UpTo(message.number))
            elif isinstance(message, Shot):
                self._newest = message.number
                self._recording.put(message)
                self._ahead += 1
                if self._seen == 0 and self._ahead <= MOST_AHEAD:
                    self._send(UpTo(message.number))
            elif isinstance(message, StopCheck):
                self._stop = message.reason
                self._finish()
            elif isinstance(message, LookAround):
                if self._stage is self._framing:
                    self._look = CameraTurn(message, self._send)
            elif self._stage is self._framing:
                self._look = None
                self._go_on(counting=not self._start.plan.practice)

    def run(self) -> None:
        """Guide and measure until the check is over."""
        measurement, error = None, None
        while self._stop is None and measurement is None and error is None:
            recording, stage = self._to_watch.get()
            try:
                measurement = self._watched(recording, stage)
            except Abandoned:
                continue
            except RomcheckError as caught:
                error = caught.message
        check = self._guide.check
        self._send(CheckEnded(check.state if self._stop is None else check.stop(self._stop), measurement, error))

    def _watched(self, recording: CameraRecording, stage: Stage) -> Measurement:
        def seen(frame: Frame, observer: Observer) -> None:
            with self._lock:
                if recording is not self._recording or self._stop is not None:
                    return
                self._seen = frame.index + 1
                now = observer.now()
                assert now is not None
                try:
                    state = stage.take(now)
                except BaseException:
                    recording.abandon()  # else the thread that waits for pictures would wait for ever
                    raise
                if stage is self._guide:
                    self._follow_guide()
            self._send(UpTo(recording.numbers[frame.index], recording.dropped, state))

        start = self._start
        return measure_recording(recording, start.lens, test=start.plan.test, head_map=start.head_map, seen=seen)

    def _follow_guide(self) -> None:
        """End with the check, or begin to count when the practice is over."""
        state = self._guide.check.state
        if state.over:
            self._stop = state.stopped
            self._finish()
        elif not self._counting and not state.practice:
            self._guide.check.new_recording()
            self._go_on(counting=True)

    def _go_on(self, *, counting: bool) -> None:
        """Abandon this recording for the next."""
        before, self._counting = self._recording, counting
        self._recording = self._new_recording(self._guide)
        before.abandon()
        self._send(UpTo(self._newest))  # the remaining pictures are not needed

    def _finish(self) -> None:
        if self._counting:
            self._recording.end()
        else:
            self._recording.abandon()

    def _new_recording(self, stage: Stage) -> CameraRecording:
        keep = self._start.keep if self._counting else None
        recording = CameraRecording("camera", self._start.lens.width, self._start.lens.height, keep=keep)

        def idle(newest: int) -> None:
            # Until the image orientation is known, frames are buffered.
            if len(recording.numbers) - self._seen >= WAITING:
                self._send(UpTo(newest))

        recording.idle = idle
        self._stage, self._seen, self._ahead = stage, 0, 0
        self._to_watch.put((recording, stage))
        return recording


def main() -> None:
    """Serve one check, then end; end at once when the server is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the server, and this process with it
    incoming = sys.stdin.buffer
    # What libraries print must not mix with the messages.
    outgoing = cast("BinaryIO", os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)
    messages: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(incoming, messages), name="messages", daemon=True).start()
    # Loads the engine and the compiled loops, so that a spare process begins at once.
    FaceMesh().close()
    kernels.load()
    lock = threading.Lock()

    def send(message: FromWorker) -> None:
        # A server that accepts no more messages has ended; the thread that reads from it notices and ends this process.
        with lock, suppress(OSError):
            write(outgoing, message)

    start: Any = messages.get()
    if not isinstance(start, StartCheck):
        return
    worker = CheckWorker(start, send)

    def take() -> None:
        while True:
            worker.take(messages.get())

    threading.Thread(target=take, name="pictures", daemon=True).start()
    worker.run()


def _listen(incoming: BinaryIO, messages: queue.SimpleQueue[Any]) -> None:
    """Receive messages, and end this process when the server's end of the pipe is closed, for whatever reason.

    The system closes it for a server that was killed as well. This thread does nothing else and never blocks, so
    that no stage of a check delays it; pictures must not outlive the server in memory.
    """
    keep: Path | None = None
    try:
        for message in read(incoming):
            if isinstance(message, StartCheck):
                keep = message.keep
            messages.put(message)
    finally:
        try:
            if keep is not None:
                with suppress(OSError):
                    remove_unfinished(keep)
        finally:
            os._exit(0)


if __name__ == "__main__":
    main()

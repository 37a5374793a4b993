"""Pictures from the browser's camera as a recording that can be measured, and the video they may be saved as."""

from __future__ import annotations

import hashlib
import queue
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.error import FFmpegError

from romcheck.arrays import Rgb
from romcheck.errors import OutputError
from romcheck.exchange.atomic import why_unwritable, written_whole
from romcheck.notices import notice
from romcheck.results import Notice, Source
from romcheck.sources.times import PresentationTimes
from romcheck.sources.video import Frame

TIME_BASE = Fraction(1, 1000)
"""Whole milliseconds, as in Matroska: live and saved times are then identical."""
USUAL_INTERVAL_S = 1 / 30


@dataclass(frozen=True)
class Shot:
    """One picture as the browser sent it.

    Attributes
    ----------
    number : running number the browser gave it
    time_ms : when it was taken, on the browser's clock
    jpeg : the picture, whole
    """

    number: int
    time_ms: int
    jpeg: bytes


class Abandoned(Exception):  # noqa: N818 - nothing went wrong
    """The recording was abandoned; what was measured so far is discarded."""


class PictureDecoder:
    """JPEG to RGB, by the decoder that also reads the saved video, so that both give the same pixels."""

    def __init__(self) -> None:
        self._decoder = av.CodecContext.create("mjpeg", "r")
        self._decoder.thread_type = "NONE"
        self._decoder.thread_count = 1

    def rgb(self, jpeg: bytes) -> Rgb | None:
        """Pixels of a picture, (height, width, 3); None where it cannot be decoded."""
        if not jpeg:  # an empty packet would end the decoder's stream
            return None
        try:
            pictures = self._decoder.decode(av.Packet(jpeg))
        except FFmpegError:
            return None
        if len(pictures) != 1:
            return None
        return pictures[0].reformat(format="rgb24").to_ndarray()  # type: ignore[return-value]


class KeptVideo:
    """A Matroska file of the pictures as they came, with their times; it appears whole or not at all.

    Parameters
    ----------
    path : the file, in a folder that exists
    width, height : of the pictures

    Raises
    ------
    OutputError
        Where it cannot be written.
    """

    def __init__(self, path: Path, width: int, height: int) -> None:
        self.path = path
        with ExitStack() as stack:
            unfinished = stack.enter_context(written_whole(path, private=True))
            self._container = stack.enter_context(av.open(str(unfinished), "w", format="matroska"))
            self._stream = self._container.add_stream("mjpeg")
            self._stream.width, self._stream.height = width, height
            self._stream.pix_fmt = "yuvj420p"
            self._stream.time_base = self._stream.codec_context.time_base = TIME_BASE
            self._stack = stack.pop_all()

    def add(self, jpeg: bytes, time_ms: int) -> None:
        """Append one picture, `time_ms` after the first."""
        packet = av.Packet(jpeg)
        packet.stream, packet.time_base = self._stream, TIME_BASE
        packet.pts = packet.dts = time_ms
        packet.is_keyframe = True
        self._container.mux(packet)

    def close(self) -> None:
        """Finish the file and give it its name."""
        self._stack.close()

    def discard(self) -> None:
        """Delete the unfinished file."""
        with suppress(Exception):  # its error was reported already
            self._stack.__exit__(Abandoned, Abandoned(), None)


class CameraRecording:
    """Pictures queued by one thread and measured by another, in the order they were taken.

    Parameters
    ----------
    name : what the result calls it
    width, height : of its pictures; others are dropped
    keep : where to save it as a video; None saves nothing

    Attributes
    ----------
    idle : called with the number of the newest picture taken whenever the next one is not there yet
    numbers : of the pictures given as frames, by the frame's index
    dropped : pictures that could not be decoded, were of another size, or older than the last
    """

    scale = 1.0

    def __init__(self, name: str, width: int, height: int, *, keep: Path | None = None) -> None:
        self.notices: list[Notice] = []
        self.numbers: list[int] = []
        self.dropped = 0
        self._name, self._width, self._height = name, width, height
        self._keep = keep
        self._kept: KeptVideo | None = None
        self.idle: Callable[[int], None] | None = None
        self._newest = -1
        self._shots: queue.SimpleQueue[Shot | type[Abandoned] | None] = queue.SimpleQueue()
        self._source: Source | None = None

    def put(self, shot: Shot) -> None:
        """Add the next picture."""
        self._shots.put(shot)

    def end(self) -> None:
        """No more pictures come: what is there is measured."""
        self._shots.put(None)

    def abandon(self) -> None:
        """Abandon the recording: iterating raises :class:`Abandoned`, and nothing is kept."""
        self._shots.put(Abandoned)

    def __iter__(self) -> Iterator[Frame]:
        try:
            yield from self._frames()
        except BaseException:
            self._give_up_keeping()
            raise

    @property
    def source(self) -> Source:
        """Source of the result; known after the last frame."""
        if self._source is None:
            raise RuntimeError("the recording has not been read to its end")
        return self._source

    def _frames(self) -> Iterator[Frame]:
        decoder, times = PictureDecoder(), PresentationTimes(USUAL_INTERVAL_S)
        digest = hashlib.sha256()
        first_ms = last_ms = 0
        time_s = 0.0
        while (shot := self._next()) is not None:
            rgb = decoder.rgb(shot.jpeg)
            if rgb is None or rgb.shape != (self._height, self._width, 3) or (self.numbers and shot.time_ms <= last_ms):
                self.dropped += 1
                continue
            if not self.numbers:
                first_ms = shot.time_ms
            last_ms = shot.time_ms
            time_s = times.next(float((last_ms - first_ms) * TIME_BASE))
            digest.update(shot.jpeg)
            self._keep_picture(shot.jpeg, last_ms - first_ms)
            self.numbers.append(shot.number)
            yield Frame(len(self.numbers) - 1, time_s, rgb)
        self.notices += times.notices()
        kept = self._finish_keeping()
        self._source = Source(
            file=self._name if kept is None else kept.name,
            sha256=digest.hexdigest() if kept is None else hashlib.sha256(kept.read_bytes()).hexdigest(),
            width=self._width,
            height=self._height,
            duration_s=time_s + times.interval_s if self.numbers else 0.0,
            frames=len(self.numbers),
            nominal_fps=None,
        )

    def _next(self) -> Shot | None:
        if self.idle is not None and self._shots.empty():
            self.idle(self._newest)
        shot = self._shots.get()
        if isinstance(shot, Shot):
            self._newest = shot.number
            return shot
        if shot is Abandoned:
            raise Abandoned
        return None

    def _keep_picture(self, jpeg: bytes, time_ms: int) -> None:
        if self._keep is None:
            return
        try:
            if self._kept is None:
                self._kept = KeptVideo(self._keep, self._width, self._height)
            self._kept.add(jpeg, time_ms)
        except (OSError, FFmpegError, OutputError) as error:
            self._not_kept(error)

    def _finish_keeping(self) -> Path | None:
        if self._kept is None:
            return None
        try:
            self._kept.close()
        except (OSError, FFmpegError, OutputError) as error:
            self._not_kept(error)
            return None
        return self._kept.path

    def _not_kept(self, error: Exception) -> None:
        """Continue measuring without the video: the measurement matters more."""
        self._give_up_keeping()
        reason = str(why_unwritable(error) if isinstance(error, OSError) else error)
        self.notices.append(notice("not_kept", reason=reason))

    def _give_up_keeping(self) -> None:
        self._keep = None
        if self._kept is not None:
            self._kept.discard()
            self._kept = None

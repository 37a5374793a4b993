"""Frames of a recorded video with their true times."""

from __future__ import annotations

import hashlib
import queue
import threading
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, cast

import av
import cv2
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from romcheck.arrays import Rgb
from romcheck.errors import VideoError
from romcheck.names import shown
from romcheck.notices import notice
from romcheck.results import Notice, Source
from romcheck.sources.opening import MOST_PIXELS, open_container, refuse_large_jpegs
from romcheck.sources.times import PresentationTimes
from romcheck.sources.tracks import picture_stream

LONGEST_SIDE_PX = 1920
"""Larger pictures are scaled down to this: the landmark networks use far fewer pixels."""

FRAMES_AHEAD = 4
"""Decoded pictures that may wait: limits memory, and is enough to decode in parallel with measuring."""

DECODING_THREADS = 4
"""Decoder threads, for large pictures only; each buffers pictures, so more would cost memory with 8K video."""

ONE_THREAD_DECODES_PX = 1920 * 1088
"""Up to this size one thread decodes faster than faces are found."""

MOST_PICTURES = 1_000_000
"""Most pictures of one recording, nine hours at 30 per second: the data kept per picture adds up."""

FASTEST_PER_S = 1000.0
"""Highest plausible frame rate."""

JUDGED_AFTER = 5000
"""Pictures after which the rate is checked: a few may be close together."""

APART_S = 12.0
"""Pictures that can be decoded alone are seldom further apart: encoders place one every 250 by default."""

SHORT_BY_S = 0.5
"""A video that ends this much before its stated length was cut off."""


@dataclass(frozen=True)
class Frame:
    """One decoded picture, upright as a player would show it.

    Attributes
    ----------
    index : running number from 0
    time_s : presentation time, seconds since the first frame
    rgb : (height, width, 3) uint8, contiguous
    """

    index: int
    time_s: float
    rgb: Rgb


class VideoFile:
    """A video file, read once from its first frame, or the one skipped to, to its last.

    Use it in a ``with`` statement and iterate over it. A thread decodes a few frames ahead; leaving the ``with``
    block, also by an exception or Ctrl-C, ends it. Memory does not grow with the length of the video.

    Parameters
    ----------
    path : the file, in any container and codec FFmpeg reads
    longest_side_px : larger pictures are scaled down to this

    Attributes
    ----------
    width, height : int
        Size of the upright picture as a player shows it, with square pixels, before any scaling down.
    frame_width, frame_height : int
        Size of the frames that are given.
    scale : float
        ``frame_width / width``, 1 or less.
    nominal_fps : float or None
        Frame rate the file states.
    expected_frames : int or None
        About how many frames will come, for a progress bar.
    notices : list of Notice
        Remarks on this file; complete after reading.

    Raises
    ------
    VideoError
        When the file cannot be read as a video, on opening it.
    """

    def __init__(self, path: str | Path, *, longest_side_px: int = LONGEST_SIDE_PX) -> None:
        self.path = Path(path)
        self.notices: list[Notice] = []
        self._container = open_container(self.path)
        try:
            self._stream, choice = picture_stream(self._container, self.path)
            self.notices += choice
            _share_decoding(self._stream)
            self._damaged_packets = 0
            self._pictures = self._decoded()
            first = next(self._pictures, None)
            if first is None:
                refuse_large_jpegs(self.path)
                raise VideoError("none_decoded", name=shown(self.path.name), pixels=MOST_PIXELS // 1000000)
        except BaseException:
            self._container.close()
            raise
        self._first: av.VideoFrame | None = first
        self._begin_s: float | None = None
        self._turn = _turn_of(first)
        self._stored_width, self._stored_height, self.scale = _square_pixel_size(first, self._stream, longest_side_px)
        turned = self._turn.quarter
        full = round(self._stored_width / self.scale), round(self._stored_height / self.scale)
        given = self._stored_width, self._stored_height
        self.width, self.height = full[::-1] if turned else full
        self.frame_width, self.frame_height = given[::-1] if turned else given
        self.nominal_fps = _rate(self._stream.average_rate)
        self.expected_frames = _expected_frames(self._container, self._stream, self.nominal_fps)
        self._source: Source | None = None
        self._failure: BaseException | None = None
        self._queue: queue.Queue[Frame | None] = queue.Queue(FRAMES_AHEAD)
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> VideoFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the decoding thread and close the file. May be called more than once."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
        self._pictures.close()
        self._first = None
        self._container.close()

    def skip_to(self, time_s: float) -> bool:
        """Go to the last picture at or before a time that can be decoded without those before it.

        Called before iterating, for a file whose timestamps a whole reading repaired nowhere: its times are the same
        then. The running number of the frames counts from here.

        Returns
        -------
        Whether the next picture is at or before the time. If not, the file is opened again and read from its start.
        """
        first = self._first
        begin_s = None if first is None else _seconds(first.pts, first.time_base)
        if first is None or begin_s is None or first.time_base is None:
            return False
        self._begin_s = begin_s
        # Some containers find a time, not a picture that can be decoded alone: the next such one may be too late.
        for earlier_s in (0.0, APART_S):
            self._pictures.close()
            try:
                sought_s = begin_s + max(0.0, time_s - earlier_s)
                self._container.seek(int(sought_s / first.time_base), stream=self._stream)
            except FFmpegError:
                return False
            self._pictures = self._decoded()
            self._first = next(self._pictures, None)
            there_s = None if self._first is None else _seconds(self._first.pts, self._first.time_base)
            if there_s is not None and begin_s <= there_s <= begin_s + time_s:
                return True
        return False

    def __iter__(self) -> Iterator[Frame]:
        if self._thread is not None or self._stopped.is_set():
            raise RuntimeError("a VideoFile is read once; open it again to read it again")
        self._thread = threading.Thread(target=self._decode, name=f"decode {self.path.name}", daemon=True)
        self._thread.start()
        while True:
            try:
                # A short timeout, so that Ctrl-C works where a lock cannot be interrupted (Windows).
                frame = self._queue.get(timeout=0.2)
            except queue.Empty:
                if self._stopped.is_set():
                    return
                continue
            if frame is None:
                break
            yield frame
        if self._failure is not None:
            raise self._failure

    @property
    def source(self) -> Source:
        """Source of the result; known after the last frame."""
        if self._source is None:
            raise RuntimeError("the video has not been read to its end")
        return self._source

    def _decode(self) -> None:
        """Work of the thread: put every frame into the queue, then None."""
        try:
            for frame in self._frames():
                if not self._put(frame):
                    return
        except BaseException as error:  # passed on and raised again where the frames are read
            self._failure = error
        self._put(None)

    def _put(self, frame: Frame | None) -> bool:
        while not self._stopped.is_set():
            try:
                self._queue.put(frame, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def _frames(self) -> Iterator[Frame]:
        rate = _rate(self._stream.guessed_rate) or self.nominal_fps or 30.0
        times = PresentationTimes(1 / rate, self._begin_s)
        time, count, last_s, sizes = 0.0, 0, 0.0, set()
        picture = self._first
        self._first = None
        while picture is not None:
            time = times.next(_seconds(picture.pts, picture.time_base))
            last_s = _shown_for(picture)
            sizes.add((picture.width, picture.height))
            yield Frame(count, time, self._upright(picture))
            count += 1
            if count >= JUDGED_AFTER:
                self._refuse_endless(count, time)
            picture = next(self._pictures, None)
        duration = time + (last_s or times.interval_s)
        self.notices += times.notices()
        if len(sizes) > 1:
            self.notices.append(notice("size_changes"))
        self._warn_of_losses(duration)
        self._source = Source(
            file=shown(self.path.name),
            sha256=_sha256(self.path, self._stopped),
            width=self.width,
            height=self.height,
            duration_s=duration,
            frames=count,
            nominal_fps=self.nominal_fps,
        )

    def _decoded(self) -> Generator[av.VideoFrame, None, None]:
        """Yield every frame that can be decoded; damaged packets are counted and skipped."""
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except FFmpegError:
                self._damaged_packets += 1
                packet = None
            try:
                pictures = self._stream.decode(packet)
            except FFmpegError as error:
                # Raised by a decoder that was flushed already.
                self._damaged_packets += not isinstance(error, EOFError)
                pictures = []
            yield from pictures
            if packet is None:
                return

    def _upright(self, picture: av.VideoFrame) -> Rgb:
        width, height = self._stored_width, self._stored_height
        if (picture.width, picture.height) == (width, height):
            stored = picture.reformat(format="rgb24")
        else:
            kernel = "AREA" if width * height < picture.width * picture.height else "BICUBIC"
            stored = picture.reformat(width=width, height=height, format="rgb24", interpolation=kernel)
        return np.ascontiguousarray(self._turn.upright(stored.to_ndarray()), np.uint8)

    def _refuse_endless(self, count: int, time_s: float) -> None:
        """Stop before the data stored per frame fills the memory."""
        name = shown(self.path.name)
        if count > FASTEST_PER_S * max(time_s, 1e-9):
            raise VideoError("too_fast", name=name, count=count, time_s=time_s)
        if count > MOST_PICTURES:
            raise VideoError("too_many", name=name, pictures=MOST_PICTURES)

    def _warn_of_losses(self, duration_s: float) -> None:
        if self._damaged_packets:
            self.notices.append(notice("damaged"))
            return
        stated = _stated_duration(self._container, self._stream)
        if stated is not None and duration_s < stated - SHORT_BY_S:
            self.notices.append(notice("cut_off", seconds=duration_s, stated_s=stated))


@dataclass(frozen=True)
class _Turn:
    """How stored frames are rotated and mirrored to be upright: transpose first, then reverse."""

    quarter: bool = False
    reverse_rows: bool = False
    reverse_columns: bool = False

    def upright(self, stored: NDArray[Any]) -> NDArray[Any]:
        turned = cv2.transpose(stored) if self.quarter else stored
        if self.reverse_rows and self.reverse_columns:
            return cv2.flip(turned, -1)
        if self.reverse_rows:
            return cv2.flip(turned, 0)
        return cv2.flip(turned, 1) if self.reverse_columns else turned


def _turn_of(picture: av.VideoFrame) -> _Turn:
    """Rotation given by the display matrix, which phones write.

    The matrix takes a stored point (x right, y down) to (a·x + c·y, b·x + d·y) in 16.16 fixed point
    (ISO/IEC 14496-12, track header); turns that are not a quarter are taken to the nearest one, as players do.
    """
    side_data = picture.side_data.get("DISPLAYMATRIX")
    if side_data is None:
        return _Turn()
    a, b, _, c, d = np.frombuffer(cast("bytes", side_data), np.int32)[:5]
    if abs(int(b)) > abs(int(a)):
        return _Turn(quarter=True, reverse_rows=bool(b < 0), reverse_columns=bool(c < 0))
    return _Turn(reverse_rows=bool(d < 0), reverse_columns=bool(a < 0))


def _square_pixel_size(picture: av.VideoFrame, stream: av.VideoStream, longest_side_px: int) -> tuple[int, int, float]:
    """Width and height to bring the stored picture to, and how much smaller than shown they are."""
    aspect = stream.sample_aspect_ratio or Fraction(1)
    if not Fraction(1, 4) <= aspect <= 4:  # nonsense, or "unknown"
        aspect = Fraction(1)
    width, height = max(1, round(picture.width * aspect)), picture.height
    scale = min(1.0, longest_side_px / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale)), scale


def _share_decoding(stream: av.VideoStream) -> None:
    """Decode large pictures on several threads, others on one.

    Decoders fill the holes of a damaged picture from its neighbours; with several threads what they find there
    differs from run to run, and so would the result.
    """
    context = stream.codec_context
    several = context.width * context.height > ONE_THREAD_DECODES_PX
    stream.thread_type = "AUTO" if several else "NONE"
    context.thread_count = DECODING_THREADS if several else 1


def _rate(rate: Fraction | None) -> float | None:
    return float(rate) if rate and 0 < rate <= 1000 else None


def _shown_for(picture: av.VideoFrame) -> float:
    """Seconds the frame is to be shown, 0 where the file does not say."""
    return _seconds(getattr(picture, "duration", 0), picture.time_base) or 0.0


def _seconds(ticks: int | None, time_base: Fraction | None) -> float | None:
    return None if ticks is None or time_base is None else float(ticks * time_base)


def _stated_duration(container: av.container.InputContainer, stream: av.VideoStream) -> float | None:
    """Length the file states for its pictures, seconds."""
    by_duration = by_count = None
    if stream.duration:
        by_duration = _seconds(stream.duration, stream.time_base)
    elif container.duration and not container.streams.audio:
        # Matroska counts its length from time 0, others from the first picture.
        before = container.start_time or 0 if "matroska" in container.format.name else 0
        by_duration = (container.duration - before) / av.time_base
    # An MP4 may hold more pictures than it shows (edit lists); elsewhere a count is as good as a length.
    if (fps := _rate(stream.average_rate)) and "mp4" not in container.format.name:
        by_count = stream.frames / fps
    return max(by_duration or 0, by_count or 0) or None


def _expected_frames(container: av.container.InputContainer, stream: av.VideoStream, fps: float | None) -> int | None:
    if stream.frames:
        return stream.frames
    seconds = _stated_duration(container, stream) or (container.duration or 0) / av.time_base
    return round(seconds * fps) if seconds and fps else None


def _sha256(path: Path, stopped: threading.Event) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while (block := file.read(1 << 20)) and not stopped.is_set():
            digest.update(block)
    return digest.hexdigest()

"""Animated WebP, which FFmpeg does not read: decoded by Pillow and passed on as raw frames."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

SHORTEST_MS = 11
UNSTATED_MS = 100
"""Browsers show a picture of a shorter duration for this long."""

MILLISECOND = Fraction(1, 1000)


@contextmanager
def without_warning() -> Iterator[None]:
    """Let Pillow open a picture without a warning of its size, which is looked at before it is decoded."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        yield


def animation(path: Path) -> Image.Image | None:
    """The animation in a file; None where it is none that Pillow reads."""
    with path.open("rb") as file:
        if file.read(12)[8:] != b"WEBP":
            return None
    try:
        with without_warning():
            # Pillow reads the whole of it in any case, and so keeps no file open.
            picture = Image.open(BytesIO(path.read_bytes()), formats=("WEBP",))
        return picture if getattr(picture, "n_frames", 1) > 1 else None
    except Exception:  # each kind of picture file has errors of its own
        return None


class RawFilm:
    """A file with the pictures of an animation as FFmpeg reads it, in NUT; each is decoded when its turn has come.

    It ends after a picture that is damaged, which is in it as one that cannot be decoded.
    """

    def __init__(self, pictures: Image.Image) -> None:
        self._pictures = pictures
        self._ready = _Ready()
        self._film = av.open(self._ready, "w", format="nut")
        self._stream = self._film.add_stream("rawvideo", rate=1000)
        self._stream.width, self._stream.height = pictures.size
        self._stream.pix_fmt = "rgb24"
        self._stream.time_base = MILLISECOND
        self._time_ms = self._next = 0
        self._last = getattr(pictures, "n_frames", 1) - 1

    def read(self, size: int) -> bytes:
        """Read up to so many bytes."""
        while len(self._ready.content) < size and self._next <= self._last:
            self._film.mux(self._packets())
            self._next += 1
            if self._next > self._last:
                self._film.close()
        taken = bytes(self._ready.content[:size])
        del self._ready.content[:size]
        return taken

    def _packets(self) -> list[av.Packet[Any]]:
        try:
            self._pictures.seek(self._next)
            rgb = np.asarray(self._pictures.convert("RGB"))
        except Exception:  # each kind of picture file has errors of its own
            self._last = self._next
            damaged = av.Packet(b"\0")
            damaged.stream, damaged.time_base = self._stream, MILLISECOND
            damaged.pts = damaged.dts = self._time_ms
            return [damaged]
        frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
        frame.pts, frame.time_base = self._time_ms, MILLISECOND
        shown_ms = round(self._pictures.info.get("duration", 0))
        self._time_ms += shown_ms if shown_ms >= SHORTEST_MS else UNSTATED_MS
        return self._stream.encode(frame)


class _Ready:
    """Buffer of data written and not read yet; append-only."""

    def __init__(self) -> None:
        self.content = bytearray()

    def write(self, more: bytes) -> int:
        self.content += more
        return len(more)

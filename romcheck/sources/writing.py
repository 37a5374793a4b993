"""Writing in the pictures of a video: where it reads backwards, the pictures are mirror images.

A movement does not show whether a video is one; a word on a shirt or a poster does. It is read as it stands and
mirrored by RapidOCR, which is optional and has its models in its wheel. What is read is kept nowhere.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from importlib import metadata
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import numpy as np

from romcheck.arrays import Rgb
from romcheck.errors import EngineError
from romcheck.notices import notice
from romcheck.results import Notice

LEAST_SCORE = 0.95
"""From which a word counts as read: Latin letters the right way round score so much from 7 pixels on, mirrored ones at
most 0.9.
"""
ONE_WAY = frozenset("CFGJKLPQSZacefghjkrstyz2345679")
"""Letters and digits that are like no mirror image of a Latin, Greek or Cyrillic one. H is its own, N that of the
Cyrillic I, R of the Ya, b of d; a whole word of such letters is read either way.
"""
LONGEST_SIDE_PX = 640
"""To which a larger picture is reduced, and no picture enlarged: that takes three times as long for 640 pixels."""
LEAST_LETTERS = 3
"""Of these in a picture: fewer happen to look like others when mirrored."""
MOST_PICTURES, EVERY_S = 3, 4.0
"""Writing on clothes or behind the head shows now and then."""
LIBRARIES = "rapidocr", "onnxruntime"


def can_read() -> bool:
    """Whether the libraries that read are installed."""
    return all(find_spec(library) for library in LIBRARIES)


def reader() -> str | None:
    """Name and version of what reads; None where nothing does."""
    return f"{LIBRARIES[0]} {metadata.version(LIBRARIES[0])}" if can_read() else None


class _Absent(ModuleType):
    """In place of what the reader would fetch models with that it does not find: it is given none, and asks nobody."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return EngineError


@lru_cache(maxsize=1)
def _reader() -> Any:
    absent = _Absent("requests")
    sys.modules.setdefault("requests", absent)
    try:
        import onnxruntime
        from rapidocr import RapidOCR
    finally:
        if sys.modules["requests"] is absent:
            del sys.modules["requests"]

    onnxruntime.disable_telemetry_events()  # its builds for Windows have some
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,
            "Det.limit_type": "max",
            "Det.limit_side_len": LONGEST_SIDE_PX,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def letters(rgb: Rgb, digits: bool = True) -> int | None:
    """How many letters, and digits unless left out, are surely read in a picture (height, width, 3) and only one way
    round; None where it shows no writing.
    """
    texts = _reader()(np.ascontiguousarray(rgb[:, :, ::-1]))
    if texts.txts is None:
        return None
    read = "".join(text for text, score in zip(texts.txts, texts.scores, strict=True) if score >= LEAST_SCORE)
    return sum(letter in ONE_WAY and (digits or letter.isalpha()) for letter in read)


def is_mirrored(rgb: Rgb) -> bool | None:
    """Whether the writing in a picture (height, width, 3) reads backwards; None where there is none, or too little.

    Digits that read forwards say nothing: many a program stamps date and time on the mirror image too.
    """
    forwards = letters(rgb, digits=False)
    if forwards is None:
        return None
    backwards = letters(rgb[:, ::-1]) or 0
    fewer, more = sorted((forwards, backwards))
    return forwards < backwards if more >= max(LEAST_LETTERS, 2 * fewer) else None


class Writing:
    """Reads pictures of a recording while it is measured, in a thread of its own, up to the first with writing; none if
    nothing can read.
    """

    def __init__(self) -> None:
        self._next_s = 0.0 if can_read() else np.inf
        self._looks = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writing")
        self._found: tuple[float, bool] | None = None
        self._failed: str | None = None

    def due(self, time_s: float) -> bool:
        """Whether another picture is to be read."""
        return time_s >= self._next_s and self._looks < MOST_PICTURES

    def look(self, time_s: float, rgb: Rgb) -> None:
        """Take a picture, set upright, to be read."""
        self._next_s = time_s + EVERY_S
        self._looks += 1
        self._thread.submit(self._read, time_s, rgb.copy())

    def _read(self, time_s: float, rgb: Rgb) -> None:
        if self._found is not None or self._failed is not None:
            return
        try:
            mirrored = is_mirrored(rgb)
        except Exception as error:  # of libraries that may be half installed, and of what they were built with
            self._failed = f"{type(error).__name__}: {error}"
            return
        if mirrored is not None:
            self._found = time_s, mirrored

    def told(self, mirrored: bool) -> list[Notice]:
        """What contradicts the statement that the video is, or is not, a mirror image; waits for what is being read.

        Or that nothing could be read, although the libraries for it are there.
        """
        self._thread.shutdown()
        if self._failed is not None:
            return [notice("writing_unread", error=self._failed)]
        if self._found is None or self._found[1] == mirrored:
            return []
        time_s = self._found[0]
        return [notice("writing_forwards", time_s=time_s) if mirrored else notice("writing_backwards", time_s=time_s)]

    def close(self) -> None:
        """Read nothing more."""
        self._thread.shutdown(cancel_futures=True)

"""Pictures of a part of a video for the screen: upright, of a usual size, with their times; faces blurred on request.

Nothing is written: the pictures go to whoever asked, as JPEGs, which every browser shows whatever the video's codec.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import repeat
from pathlib import Path

import cv2
import numpy as np

from romcheck.apart import Apart
from romcheck.arrays import Rgb
from romcheck.errors import VideoError
from romcheck.names import shown
from romcheck.person.landmarks import FaceFinder
from romcheck.processes import MOST_MEMORY_MB
from romcheck.progress import Progress
from romcheck.reports.blurring import Disc, covers, hide
from romcheck.sources.video import VideoFile

WIDEST_PX = 640
QUALITY = 82
LEAST_APART_S = 1 / 31
"""Of faster videos pictures are left out: 30 a second move smoothly."""
PATIENCE_S = 90.0
HEADER = struct.Struct("<dI")
"""Before each JPEG: its time, seconds from the first frame, and its length in bytes."""


def pictures(path: Path, start_s: float, end_s: float, *, blurred: bool, mirrored: bool) -> bytes:
    """The pictures between two times, each after its :data:`HEADER`, decoded in a process of its own.

    Parameters
    ----------
    path : the video
    start_s, end_s : seconds from its first frame, as in its result
    blurred : blur every face, see :func:`romcheck.reports.blurring.covers`
    mirrored : the video shows a mirror image, which is turned back

    Raises
    ------
    VideoError
        If it cannot be read, has no picture there, or it takes too long.
    """
    began = time.monotonic()

    def patient(*_: object) -> None:
        if time.monotonic() - began > PATIENCE_S:
            raise VideoError("replay_slow", name=shown(path.name))

    with Apart(MOST_MEMORY_MB, module=__name__) as apart:
        work = partial(cut_out, path, start_s, end_s, blurred=blurred, mirrored=mirrored)
        try:
            return apart.done(work, patient)
        except VideoError as error:
            if error.message.code in ("error.crashed_apart", "error.memory_limit"):  # they speak of measuring
                raise VideoError("replay_failed", name=shown(path.name)) from error
            raise


def cut_out(path: Path, start_s: float, end_s: float, *, blurred: bool, mirrored: bool, progress: Progress) -> bytes:
    """The same in this process."""

    def between() -> Iterator[tuple[float, Rgb]]:
        last_s = -LEAST_APART_S
        with VideoFile(path, longest_side_px=WIDEST_PX) as video:
            for frame in video:
                progress(frame.index, None)
                if frame.time_s > end_s:
                    return
                if frame.time_s >= start_s and frame.time_s - last_s >= LEAST_APART_S:
                    last_s = frame.time_s
                    yield frame.time_s, np.array(frame.rgb[:, ::-1] if mirrored else frame.rgb)

    coded = []
    heads: Iterable[Sequence[Disc] | None] = _heads(between()) if blurred else repeat([])
    # Read once more rather than kept: a minute of pictures fills more than a gigabyte.
    for (time_s, picture), discs in zip(between(), heads, strict=False):
        hide(picture, discs)
        coded.append(_coded(time_s, picture))
    if not coded:
        raise VideoError("replay_empty", name=shown(path.name))
    return b"".join(coded)


def _heads(pictures: Iterable[tuple[float, Rgb]]) -> list[list[Disc] | None]:
    times_s, boxes = [], []
    with FaceFinder() as finder:
        for time_s, picture in pictures:
            times_s.append(time_s)
            boxes.append(finder.find(picture))
    return covers(times_s, boxes)


def _coded(time_s: float, picture: Rgb) -> bytes:
    bgr = np.ascontiguousarray(picture[:, :, ::-1])
    jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()
    return HEADER.pack(time_s, len(jpeg)) + jpeg

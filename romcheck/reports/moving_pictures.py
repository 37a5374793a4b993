"""Pictures of a part of a video for the screen: upright, of a usual size, with their times; faces blurred on request.

Nothing is written: the pictures go to whoever asked, as JPEGs, which every browser shows whatever the video's codec.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from romcheck.apart import Apart
from romcheck.arrays import Floats, Rgb
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
SOUGHT_FROM_S = 10.0
"""A movement that begins later is sought in the video: decoding what comes before it would take longer."""
HEADER = struct.Struct("<dI")
"""Before each JPEG: its time, seconds from the first frame, and its length in bytes."""


def pictures(
    path: Path, start_s: float, end_s: float, *, blurred: bool, mirrored: bool, seekable: bool = False
) -> bytes:
    """The pictures between two times, each after its :data:`HEADER`, decoded in a process of its own.

    Parameters
    ----------
    path : the video
    start_s, end_s : seconds from its first frame, as in its result
    blurred : blur every face, see :func:`romcheck.reports.blurring.covers`
    mirrored : the video shows a mirror image, which is turned back
    seekable : none of its timestamps was repaired when it was measured, so that it can be sought in

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
        work = partial(cut_out, path, start_s, end_s, blurred=blurred, mirrored=mirrored, seekable=seekable)
        try:
            return apart.done(work, patient)
        except VideoError as error:
            if error.message.code in ("error.crashed_apart", "error.memory_limit"):  # they speak of measuring
                raise VideoError("replay_failed", name=shown(path.name)) from error
            raise


def cut_out(
    path: Path,
    start_s: float,
    end_s: float,
    *,
    blurred: bool,
    mirrored: bool,
    seekable: bool = False,
    progress: Progress,
) -> bytes:
    """The same in this process."""
    found: list[tuple[float, bytes]] = []
    boxes: list[Floats] = []
    with _opened(path, start_s if seekable else 0.0) as video, FaceFinder() if blurred else nullcontext() as finder:
        for frame in video:
            progress(frame.index, None)
            if frame.time_s > end_s:
                break
            if frame.time_s < start_s or (found and frame.time_s - found[-1][0] < LEAST_APART_S):
                continue
            picture = np.ascontiguousarray(frame.rgb[:, ::-1]) if mirrored else frame.rgb
            if finder is not None:
                boxes.append(finder.find(picture))
            found.append((frame.time_s, _coded(picture)))
    if not found:
        raise VideoError("replay_empty", name=shown(path.name))
    if blurred:
        times_s = [time_s for time_s, _ in found]
        found = [(at, _hidden(jpeg, discs)) for (at, jpeg), discs in zip(found, covers(times_s, boxes), strict=True)]
    return b"".join(HEADER.pack(time_s, len(jpeg)) + jpeg for time_s, jpeg in found)


def _opened(path: Path, start_s: float) -> VideoFile:
    """The video, to be read from a little before a time or, where it cannot be sought in, from its start."""
    if start_s > SOUGHT_FROM_S:
        video = VideoFile(path, longest_side_px=WIDEST_PX)
        try:
            if video.skip_to(start_s):
                return video
        except BaseException:
            video.close()
            raise
        video.close()
    return VideoFile(path, longest_side_px=WIDEST_PX)


def _coded(picture: Rgb) -> bytes:
    bgr = np.ascontiguousarray(picture[:, :, ::-1])
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()


def _hidden(jpeg: bytes, discs: Sequence[Disc] | None) -> bytes:
    """The picture with these heads blurred. They were kept as JPEGs: a minute of pixels fills more than a gigabyte."""
    picture = np.array(Image.open(BytesIO(jpeg)))
    hide(picture, discs)
    return _coded(picture)

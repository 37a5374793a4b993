"""Pictures as a browser sends them, made from a video."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from romcheck.live.recording import Shot
from romcheck.sources.video import VideoFile


def jpeg(rgb, quality: int = 90) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def shots(video: Path, seconds: float, first_ms: int = 5000) -> Iterator[Shot]:
    """The first seconds of a video, its clock begun at some time."""
    with VideoFile(video) as frames:
        for frame in frames:
            if frame.time_s > seconds:
                return
            yield Shot(frame.index, first_ms + round(1000 * frame.time_s), jpeg(frame.rgb))

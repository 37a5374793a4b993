"""Real video files, made on the spot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def corners(width: int = 320, height: int = 240) -> Picture:
    """Picture of four quarters: red top left, green top right, blue bottom left, white bottom right."""
    picture = np.empty((height, width, 3), np.uint8)
    picture[: height // 2, : width // 2] = RED
    picture[: height // 2, width // 2 :] = GREEN
    picture[height // 2 :, : width // 2] = BLUE
    picture[height // 2 :, width // 2 :] = WHITE
    return picture


def numbered(count: int, width: int = 320, height: int = 240) -> list[Picture]:
    """Grey pictures that get lighter one by one, so that a frame can be identified by its brightness."""
    return [np.full((height, width, 3), 20 + index * 200 // max(1, count - 1), np.uint8) for index in range(count)]


def write_video(
    path: Path,
    pictures: Iterable[Picture],
    *,
    fps: float = 30,
    times: Sequence[float] | None = None,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    rotation: int = 0,
    mirrored: bool = False,
    sample_aspect: Fraction | None = None,
    container: dict[str, str] | None = None,
    sound: bool = False,
    options: dict[str, str] | None = None,
) -> Path:
    """Write pictures as a video file.

    ``times`` are presentation times in seconds, one a picture, else even steps of ``1 / fps``. ``rotation`` is the
    anticlockwise turn, in degrees, that the file asks players to make; ``mirrored`` asks them to mirror it as well.
    """
    rate = Fraction(fps).limit_denominator(1001)
    with av.open(str(path), "w", options=container or {}) as file:
        stream = file.add_stream(codec, rate=rate, options=options or {})
        stream.pix_fmt = pix_fmt
        if rotation or mirrored:
            stream.set_display_rotation(rotation, hflip=mirrored)
        if sample_aspect is not None:
            stream.codec_context.sample_aspect_ratio = sample_aspect
        # Fine enough for any time asked for, where the container keeps it.
        base = Fraction(1, 90000) if times is not None else 1 / rate
        if times is not None:
            stream.codec_context.time_base = base
        audio = file.add_stream("aac", rate=44100) if sound else None
        count = 0
        for index, picture in enumerate(pictures):
            if index == 0:
                stream.height, stream.width = picture.shape[:2]
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=pix_fmt)
            frame.pts = index if times is None else round(times[index] / base)
            frame.time_base = base
            file.mux(stream.encode(frame))
            count += 1
        file.mux(stream.encode())
        if audio is not None:
            _write_tone(file, audio, count / fps)
    return path


def _write_tone(file: Any, audio: Any, seconds: float) -> None:
    samples = (np.sin(np.arange(int(44100 * seconds)) * 440 * 2 * np.pi / 44100) * 8000).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
    frame.sample_rate = 44100
    file.mux(audio.encode(frame))
    file.mux(audio.encode())


def write_sound(path: Path, seconds: float = 1.0) -> Path:
    """Write a file that holds a tone and no picture."""
    with av.open(str(path), "w") as file:
        _write_tone(file, file.add_stream("aac", rate=44100), seconds)
    return path


def cut(path: Path, share: float, to: Path) -> Path:
    """Copy the first part of a file, as an interrupted transfer leaves it."""
    content = path.read_bytes()
    to.write_bytes(content[: int(len(content) * share)])
    return to


def copy_beginning(path: Path, to: Path, seconds: float = float("inf")) -> Path:
    """Copy a video's packets as they are into another file, up to a time; the ending chooses the container."""
    with av.open(str(path)) as file, av.open(str(to), "w") as copy:
        stream = copy.add_stream_from_template(file.streams.video[0])
        for packet in file.demux(video=0):
            if packet.dts is None or packet.dts * packet.time_base > seconds:
                break
            packet.stream = stream
            copy.mux(packet)
    return to

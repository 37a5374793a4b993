"""Videos for a study, generated: short ones that can be measured, all of different content, and broken files.

There are twelve ways to be broken, each with the reason that should be reported. All makers take the same arguments.
"""
# ruff: noqa: ARG001

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

TURN = Path(__file__).resolve().parents[1] / "sample_videos" / "rotation.mp4"
SIZE = (320, 240)
EVERY = 2
FPS = Fraction(25, EVERY)
ENDLESS_FRAMES = 20_000
HUGE_PX = 10_240

Picture = NDArray[np.uint8]


def turn(seconds: float = 6.0) -> list[Picture]:
    """One turn to the left from the rotation sample, small and with every other frame: a second's work."""
    with av.open(str(TURN)) as file:
        pictures = []
        for index, frame in enumerate(file.decode(video=0)):
            if index >= seconds * 25:
                break
            if index % EVERY == 0:
                pictures.append(cv2.resize(frame.to_ndarray(format="rgb24"), SIZE, interpolation=cv2.INTER_AREA))
    return pictures


def write_video(
    path: Path, pictures: Iterable[Picture], codec: str = "libx264", pixels: str = "yuv420p", over_again: int = 1
) -> Path:
    """Write pictures as a video file, quickly; ``over_again`` repeats the packets without encoding them again."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=FPS, options={"preset": "ultrafast"} if codec == "libx264" else {})
        stream.pix_fmt = pixels
        packets = []
        for index, picture in enumerate(pictures):
            if index == 0:
                stream.height, stream.width = picture.shape[:2]
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24" if picture.ndim == 3 else "gray")
            packets += stream.encode(frame.reformat(format=pixels))
        packets += stream.encode()
        times = [(p.pts, p.dts, p.time_base, p.is_keyframe, bytes(p)) for p in packets]
        length = max(pts for pts, *_ in times) + round(1 / FPS / times[0][2])
        for turn_number in range(over_again):
            for pts, dts, base, keyframe, content in times:
                packet = av.Packet(content)
                packet.pts, packet.dts = pts + turn_number * length, dts + turn_number * length
                packet.time_base, packet.is_keyframe, packet.stream = base, keyframe, stream
                file.mux(packet)
    return path


def good(path: Path, pictures: list[Picture], number: int) -> Path:
    """A clip that can be measured; each number gives different content."""
    return write_video(path, _marked(pictures, number))


def _marked(pictures: list[Picture], number: int) -> Iterator[Picture]:
    """The pictures with a corner whose brightness and width depend on the number."""
    for picture in pictures:
        marked = picture.copy()
        marked[:8, : 8 * (1 + number // 200)] = number % 200
        yield marked


def noise(path: Path, pictures: list[Picture], number: int) -> None:
    """Random bytes."""
    path.write_bytes(np.random.default_rng(number).bytes(50_000))


def text(path: Path, pictures: list[Picture], number: int) -> None:
    """Words."""
    path.write_text(f"Note {number}: the video is on the other disk.\n" * 20)


def empty(path: Path, pictures: list[Picture], number: int) -> None:
    """Nothing."""
    path.touch()


def sound(path: Path, pictures: list[Picture], number: int) -> None:
    """Sound without a picture."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream("aac", rate=44100)
        tone = (np.sin(np.arange(44100) * (400 + number) * 2 * np.pi / 44100) * 8000).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(tone[None], format="s16", layout="mono")
        frame.sample_rate = 44100
        file.mux(stream.encode(frame))
        file.mux(stream.encode())


def cut_off(path: Path, pictures: list[Picture], number: int) -> None:
    """A recording that never ended."""
    whole = good(path, pictures, number).read_bytes()
    path.write_bytes(whole[: int(len(whole) * 0.6)])


def still_picture(path: Path, pictures: list[Picture], number: int) -> None:
    """A photograph under a video's name."""
    path.write_bytes(cv2.imencode(".png", next(_marked(pictures, number)))[1].tobytes())


def no_face(path: Path, pictures: list[Picture], number: int) -> None:
    """An empty room."""
    write_video(path, _marked([np.full_like(pictures[0], 90)] * 40, number))


def one_picture(path: Path, pictures: list[Picture], number: int) -> None:
    """A video of one frame."""
    good(path, pictures[:1], number)


def glimpse(path: Path, pictures: list[Picture], number: int) -> None:
    """A face for less than a second."""
    blank = [np.full_like(pictures[0], 90)] * 15
    good(path, [*blank, *pictures[:8], *blank], number)


def nobody_moves(path: Path, pictures: list[Picture], number: int) -> None:
    """A face that keeps still."""
    good(path, [pictures[0]] * 40, number)


def endless(path: Path, pictures: list[Picture], number: int) -> None:
    """Too long for any time limit for short clips."""
    write_video(path, _marked([pictures[0]] * 100, number), over_again=ENDLESS_FRAMES // 100)


def huge(path: Path, pictures: list[Picture], number: int, side_px: int = HUGE_PX) -> None:
    """Pictures so large that decoding them takes gigabytes."""
    picture = np.full((side_px, side_px), 90, np.uint8)
    picture[:64, :64] = number % 200
    write_video(path, [picture], "mjpeg", "yuvj444p", over_again=6)


BROKEN: dict[str, tuple[Callable[[Path, list[Picture], int], None], str, str]] = {
    "noise": (noise, "not_measured", "is not a readable video"),
    "text": (text, "not_measured", "not a video"),
    "empty": (empty, "not_measured", "is empty (0 bytes)"),
    "sound": (sound, "not_measured", "only sound"),
    "cut_off": (cut_off, "not_measured", "is incomplete"),
    "still_picture": (still_picture, "not_measured", "is a still picture"),
    "no_face": (no_face, "not_measured", "No face was found"),
    "one_picture": (one_picture, "not_measured", "a single picture"),
    "glimpse": (glimpse, "not_measured", "too short"),
    "nobody_moves": (nobody_moves, "not_measured", "No movement was found"),
    "endless": (endless, "time_limit", "took longer than"),
    "huge": (huge, "not_measured", "more than the limit"),
}
"""Each way to be broken: how it is made, the code of the failure, and words of the reason."""


def make_study(folder: Path, measurable: int, broken_each: int, without: tuple[str, ...] = ()) -> dict[str, str]:
    """Fill a folder with videos; returns, by file name, the way each is broken, ``""`` if it is not."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures, made = turn(), {}
    for number in range(measurable):
        made[f"person_{number:03}.mp4"] = ""
        good(folder / f"person_{number:03}.mp4", pictures, number)
    for way, (make, _, _) in BROKEN.items():
        for number in range(0 if way in without else broken_each):
            made[f"{way}_{number}.mp4"] = way
            make(folder / f"{way}_{number}.mp4", pictures, number)
    return made

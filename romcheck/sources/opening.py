"""Opening a video file, and saying in words why one cannot be opened."""

from __future__ import annotations

from pathlib import Path

import av
from av.error import FFmpegError

from romcheck.errors import VideoError

PICTURE_FORMATS = ("image2", "_pipe")
"""Endings of FFmpeg's names for still pictures."""

TEXT_FORMATS = {"tty", "bin", "xbin", "adf", "idf"}
"""Text that FFmpeg would draw as a film of a terminal."""


def open_container(path: Path) -> av.container.InputContainer:
    """Open a file for demuxing.

    Raises
    ------
    VideoError
        For a missing file, a folder, an empty or unreadable file, a text, a still picture, or a video that was cut
        off before its index; each with a sentence of its own.
    """
    name = path.name or str(path)
    try:
        if path.is_dir():
            raise VideoError(f"{path} is a folder. Name the video files in it.")
        if not path.exists():
            raise VideoError(f"There is no file {path}. Check its name and folder.")
        if not path.is_file():
            raise VideoError(f"{path} is not a file. Name a video file.")
        with path.open("rb") as file:
            if not file.read(1):
                raise VideoError(
                    f"{name} is empty (0 bytes): recording or copying it failed. Copy it again or record again."
                )
    except PermissionError as error:
        raise VideoError(
            f"{path} may not be read by this user. Ask for permission, or copy it to a folder of yours."
        ) from error
    except OSError as error:
        raise VideoError(
            f"{path} cannot be read: {error.strerror or error}. Copy it again or try another disk."
        ) from error
    try:
        # The prefix keeps names with ':' or '%' from being taken for addresses and patterns; the list keeps
        # playlists from opening anything but files.
        container = av.open(f"file:{path.absolute()}", options={"protocol_whitelist": "file"})
    except FFmpegError as error:
        if _index_missing(path):
            raise VideoError(
                f"{name} was cut off: its index, written when a recording ends, is missing, and nothing can be read "
                "without it. Copy it again, or record again and let the recording end."
            ) from error
        raise VideoError(
            f"{name} is not a video that can be read ({error.strerror or 'unknown format'}). "
            "Give a video file such as .mp4, .mov, .webm, .mkv or .avi."
        ) from error
    if container.format.name in TEXT_FORMATS:
        container.close()
        raise VideoError(f"{name} is a text, not a video. Give a video file such as .mp4 or .mov.")
    if container.format.name.endswith(PICTURE_FORMATS):
        container.close()
        raise VideoError(f"{name} is a still picture: nothing moves in it. A video of the movement is needed.")
    return container


def picture_stream(container: av.container.InputContainer, path: Path) -> av.VideoStream:
    """Find the moving pictures of a file: the largest video stream that is not the cover of a piece of music.

    Raises
    ------
    VideoError
        When there is none, or none that can be decoded.
    """
    cover = av.stream.Disposition.attached_pic
    streams = [stream for stream in container.streams.video if not stream.disposition & cover]
    decodable = [stream for stream in streams if stream.codec_context is not None]
    if decodable:
        return max(decodable, key=lambda stream: stream.codec_context.width * stream.codec_context.height)
    if streams:
        raise VideoError(
            f"{path.name} is a video in a format that cannot be decoded here. Convert it to .mp4 (H.264) first."
        )
    held = "sound only" if container.streams.audio else "no moving picture"
    raise VideoError(f"{path.name} holds {held}. A video of the movement is needed.")


def _index_missing(path: Path) -> bool:
    """Tell whether an MP4 or MOV file lacks the box that says where its pictures are (ISO/IEC 14496-12)."""
    with path.open("rb") as file:
        boxes = []
        while len(head := file.read(8)) == 8:
            size = int.from_bytes(head[:4], "big")
            boxes.append(head[4:])
            if boxes[0] != b"ftyp" or size == 0:
                break
            if size == 1:
                size = int.from_bytes(file.read(8), "big") - 8
            file.seek(max(size - 8, 0), 1)
    return boxes[:1] == [b"ftyp"] and b"moov" not in boxes

"""Reading the header of a JPEG picture without decoding it."""

from __future__ import annotations

START, END = b"\xff\xd8", b"\xff\xd9"
FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers of a frame header; the three left out are tables."""
ALONE = frozenset(range(0xD0, 0xD9)) | {0x01}
"""Markers without a length."""
LOOK_AT_BYTES = 200_000
"""A camera's picture has its frame header near its start; a longer search would only keep the server busy."""


def jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Width and height a JPEG states in its frame header (ITU-T T.81, annex B); None for what is not a whole JPEG.

    Only the header is read: nothing is decoded before its size is known.
    """
    if not (data.startswith(START) and data.endswith(END)):
        return None
    at = 2
    while at + 9 <= min(len(data), LOOK_AT_BYTES):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
        elif marker in ALONE:
            at += 2
        elif marker in FRAME_HEADERS:
            height, width = int.from_bytes(data[at + 5 : at + 7], "big"), int.from_bytes(data[at + 7 : at + 9], "big")
            return (width, height) if width and height else None
        elif marker == 0xDA:  # the picture itself, without a frame header before it
            return None
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None

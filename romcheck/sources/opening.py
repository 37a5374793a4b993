"""Opening a video file, and explaining why one cannot be opened."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO
from pathlib import Path

import av
from av.error import FFmpegError
from PIL import Image

from romcheck.errors import VideoError
from romcheck.names import shown
from romcheck.sources.animated import RawFilm, animation, without_warning

FORMATS = (
    # Videos
    "3dostr,amv,apng,asf,asf_o,av1,avi,dhav,dirac,dv,evc,f4v,flv,gif,gxf,h261,h263,h264,hevc,ipmovie,ivf,ivr,kux,"
    "live_flv,lxf,m4v,matroska,webm,mjpeg,mjpeg_2000,mov,mp4,m4a,3gp,3g2,mj2,mpeg,mpegts,mpegtsraw,mpegvideo,mpjpeg,"
    "mxf,nsv,nut,obu,ogg,pva,rm,roq,smjpeg,svcd,ty,vc1,vc1test,vob,vvc,wtv,yuv4mpegpipe,"
    # Sound only: opened to report this
    "aac,aiff,amr,ape,caf,flac,mp3,w64,wav"
)
"""Accepted formats, by FFmpeg's names. None of them opens anything but the file itself: playlists, lists of files,
stream descriptions and numbered pictures are excluded."""

MOST_PIXELS = 36_000_000
"""Most pixels of one picture; 8K has 35 million. Each waiting picture takes a few times as many bytes."""

MOST_TRACKS = 64
"""Most tracks in one file: each takes memory before one is chosen."""

HEAD_BYTES = 4096
"""Bytes read of a file that is not a video, to identify it."""

LISTS = (
    b"#extm3u", b"ffconcat", b"file ", b"file\t", b"v=0\r", b"v=0\n", b"[playlist]", b"[reference]", b"<asx", b"<mpd",
    b"<smoothstreamingmedia", b"<manifest", b"<smil", b"rtsp://", b"http://", b"https://",
)  # fmt: skip
"""Beginnings, in lower case, of texts that refer to other files or addresses."""

PHOTOS = {b"heic", b"heix", b"heim", b"heis", b"mif1", b"avif"}
"""Brands of still pictures in the MP4 container, as phones write them."""


def open_container(path: Path) -> av.container.InputContainer:
    """Open a file for demuxing. Nothing but this file is ever opened, whatever its content.

    Raises
    ------
    VideoError
        For a missing file, a folder, an empty or unreadable file, a text, a playlist, a still picture, or a video that
        was cut off before its index; each with its own message.
    """
    name = shown(path.name or str(path))
    try:
        if path.is_dir():
            raise VideoError("videos_folder", path=shown(path))
        if not path.exists():
            raise VideoError("no_file", path=shown(path))
        if not path.is_file():
            raise VideoError("not_a_file", path=shown(path))
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        if not head:
            raise VideoError("file_empty", name=name)
    except PermissionError as error:
        raise VideoError("file_no_right", path=shown(path)) from error
    except (OSError, RuntimeError) as error:  # the second is raised for a link to itself
        why = error.strerror or error if isinstance(error, OSError) else error
        raise VideoError("file_disk", path=shown(path), why=why) from error
    _refuse_lists(head, name)
    if head[4:8] == b"ftyp" and head[8:12] in PHOTOS:
        raise _still(name)
    try:
        # The prefix prevents names with ':' or '%' from being read as addresses and patterns.
        container = av.open(
            f"file:{path.absolute()}",
            options={"protocol_whitelist": "file", "format_whitelist": FORMATS, "max_pixels": str(MOST_PIXELS)},
            # A title in an unknown encoding is no reason to refuse the video.
            metadata_errors="replace",
        )
    except (FFmpegError, ValueError) as error:
        if (film := _animation(path, name)) is None:
            raise _why_unopened(path, head, name, error) from error
        container = av.open(film, mode="r")
    if len(container.streams.video) > MOST_TRACKS:
        container.close()
        raise VideoError("tracks_many", name=name, tracks=MOST_TRACKS)
    return container


def refuse_large(width: int, height: int, name: str) -> None:
    """Refuse frames larger than any camera records, whose decoding could use up all memory.

    Raises
    ------
    VideoError
        Beyond MOST_PIXELS.
    """
    if width * height > MOST_PIXELS:
        raise VideoError("pictures_large", name=name, width=width, height=height, pixels=MOST_PIXELS // 1000000)


def refuse_large_jpegs(path: Path) -> None:
    """Report frames too large to decode: motion JPEG states the size in every frame, not in the file.

    Raises
    ------
    VideoError
        Where the first picture is beyond MOST_PIXELS.
    """
    with open_container(path) as container, suppress(FFmpegError, OSError, StopIteration):
        packet = next(packet for packet in container.demux(video=0) if packet.size)
        with without_warning(), Image.open(BytesIO(bytes(packet)), formats=("JPEG",)) as picture:
            width, height = picture.size
        refuse_large(width, height, shown(path.name))


def _refuse_lists(head: bytes, name: str) -> None:
    """Refuse playlists: they could name another file or an address, or be endless."""
    beginning = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if b"<mpd" in beginning[:500] or b"<smoothstreamingmedia" in beginning[:500]:
        beginning = b"<mpd"
    if beginning.startswith(LISTS):
        raise VideoError("playlist", name=name)


def _animation(path: Path, name: str) -> RawFilm | None:
    if (pictures := animation(path)) is None:
        return None
    refuse_large(*pictures.size, name)
    return RawFilm(pictures)


def _why_unopened(path: Path, head: bytes, name: str, error: Exception) -> VideoError:
    if _index_missing(path):
        return VideoError("index_missing", name=name)
    pictures = _pictures_in(path)
    if pictures == 1:
        return _still(name)
    if pictures > 1:
        return VideoError("animated", name=name)
    if _is_text(head):
        return VideoError("text_file", name=name)
    why = getattr(error, "strerror", None) or "unknown format"
    return VideoError("not_a_video", name=name, why=why)


def _still(name: str) -> VideoError:
    return VideoError("still_picture", name=name)


def _pictures_in(path: Path) -> int:
    """Number of pictures in a picture file, 0 if it is not one; only its header is read."""
    try:
        with without_warning(), Image.open(path) as picture:
            return int(getattr(picture, "n_frames", 1))
    except Exception:  # each kind of picture file has errors of its own
        return 0


def _is_text(head: bytes) -> bool:
    try:
        text = head[: HEAD_BYTES - 3].decode("utf-8-sig", errors="strict" if len(head) < HEAD_BYTES - 3 else "ignore")
    except UnicodeDecodeError:
        return False
    return "\0" not in text and sum(letter.isprintable() or letter.isspace() for letter in text) > 0.95 * len(head)


def _index_missing(path: Path) -> bool:
    """Whether an MP4 or MOV file lacks its index box (ISO/IEC 14496-12)."""
    with path.open("rb") as file:
        end = path.stat().st_size
        boxes: list[bytes] = []
        while len(head := file.read(8)) == 8 and len(boxes) < MOST_BOXES:
            size = int.from_bytes(head[:4], "big")
            boxes.append(head[4:])
            if boxes[0] != b"ftyp" or size == 0:
                break
            if size == 1:
                size = int.from_bytes(file.read(8), "big") - 8
            if file.tell() + size > end:  # file systems refuse to seek far beyond the end
                break
            file.seek(max(size - 8, 0), 1)
    return boxes[:1] == [b"ftyp"] and b"moov" not in boxes


MOST_BOXES = 10_000
"""Most boxes examined: a file with more was not written by a camera."""

"""Whatever a file holds, its pictures are read or a sentence says why not; and nothing else is opened."""

from __future__ import annotations

import hashlib
import re
import warnings
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image
from recordings import corners, numbered, write_video

from romcheck.calibrate import footage
from romcheck.errors import VideoError
from romcheck.sources import opening
from romcheck.sources.video import VideoFile


def with_titles(path):
    """A clip with a title of its own, of its track and of a chapter, in letters that are replaced afterwards."""
    with av.open(str(path), "w") as file:
        file.metadata["title"] = "AAAAA file"
        stream = file.add_stream("mpeg4", rate=10)
        stream.metadata["title"] = "AAAAA track"
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        chapter = {"id": 1, "start": 0, "end": 500, "time_base": Fraction(1, 1000), "metadata": {"title": "AAAAA"}}
        file.set_chapters([chapter])
        for picture in numbered(5):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        file.mux(stream.encode())
    return path


@pytest.mark.parametrize("ending", ["mkv", "mp4", "mov", "avi"])
def test_titles_in_any_bytes(ending, tmp_path):
    path = with_titles(tmp_path / f"clip.{ending}")
    content = path.read_bytes()
    assert b"AAAAA" in content
    path.write_bytes(content.replace(b"AAAAA", b"Gen\xe8v"))
    with VideoFile(path) as video:
        assert sum(1 for _ in video) == 5
    from romcheck.batch.looking import look

    assert look(str(tmp_path)).unreadable == 0


LISTS = {
    "list.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nclip.mkv\n#EXT-X-ENDLIST\n",
    "list.mp4": "\n#EXTM3U\n#EXTINF:4,\nhttp://127.0.0.1:9/a.ts\n",
    "list.ffconcat": "ffconcat version 1.0\nfile clip.mkv\n",
    "list.txt": "file 'clip.mkv'\n",
    "call.sdp": "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nm=video 9 RTP/AVP 96\r\n",
    "list.mpd": '<?xml version="1.0"?>\n<MPD><BaseURL>clip.mkv</BaseURL></MPD>\n',
}


@pytest.mark.parametrize("sniffed", [True, False])
@pytest.mark.parametrize("name", LISTS)
def test_lists_open_nothing(name, sniffed, tmp_path, monkeypatch):
    """Said by their beginning; and FFmpeg itself takes none for a video, should one begin in another way."""
    with_titles(tmp_path / "clip.mkv")
    (tmp_path / name).write_text(LISTS[name])
    if not sniffed:
        monkeypatch.setattr(opening, "_refuse_lists", lambda head, name: None)
    with pytest.raises(VideoError, match="playlist, which names" if sniffed else "not a video"):
        VideoFile(tmp_path / name)


def test_still_and_animated_pictures(tmp_path):
    pictures = [Image.fromarray(np.roll(corners(64, 48), n, 1)) for n in range(4)]
    for name in ("a.png", "a.jpg", "a.webp", "a.tif"):
        pictures[0].save(tmp_path / name)
        with pytest.raises(VideoError, match="still picture"):
            VideoFile(tmp_path / name)
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100))
    with pytest.raises(VideoError, match="still picture"):
        VideoFile(tmp_path / "a.heic")
    pictures[0].save(tmp_path / "b.tif", save_all=True, append_images=pictures[1:])
    with pytest.raises(VideoError, match=r"animated picture.*Convert it"):
        VideoFile(tmp_path / "b.tif")


@pytest.mark.parametrize("kind", ["gif", "png", "webp", "avif"])
def test_animated_pictures_are_videos(kind, tmp_path):
    shades = [40, 80, 120, 160, 200]
    pictures = [Image.fromarray(np.full((48, 64, 3), shade, np.uint8)) for shade in shades]
    pictures[0].save(
        tmp_path / f"a.{kind}", save_all=True, append_images=pictures[1:], duration=[100, 100, 300, 100, 100]
    )
    with VideoFile(tmp_path / f"a.{kind}") as video:
        frames = list(video)
    assert [frame.time_s for frame in frames] == pytest.approx([0, 0.1, 0.2, 0.5, 0.6], abs=0.002)
    assert [frame.rgb.mean() for frame in frames] == pytest.approx(shades, abs=3)
    assert (video.source.width, video.source.height, video.source.frames) == (64, 48, 5)
    assert video.source.sha256 == hashlib.sha256((tmp_path / f"a.{kind}").read_bytes()).hexdigest()


def test_a_damaged_animation_ends_where_it_is_damaged(tmp_path):
    noise = np.random.default_rng(1).integers(0, 255, (6, 48, 64, 3), np.uint8)
    pictures = [Image.fromarray(picture) for picture in noise]
    pictures[0].save(tmp_path / "a.webp", save_all=True, append_images=pictures[1:], lossless=True, duration=100)
    content = bytearray((tmp_path / "a.webp").read_bytes())
    at = [m.start() for m in re.finditer(b"VP8L", content)][3]
    content[at + 14 : at + 200] = b"\xff" * 186
    (tmp_path / "a.webp").write_bytes(content)
    with VideoFile(tmp_path / "a.webp") as video:
        assert sum(1 for _ in video) == 3
    assert [notice.code for notice in video.notices] == ["damaged"]


def test_pictures_larger_than_any_camera_s(tmp_path):
    """49 million pixels: refused before one is decoded."""
    path = tmp_path / "large.mkv"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("mjpeg", rate=5)
        stream.width = stream.height = 7000
        stream.pix_fmt = "yuvj420p"
        file.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((10500, 7000), 128, np.uint8), format="yuvj420p")))
        file.mux(stream.encode())
    with pytest.raises(VideoError, match="7000×7000, more than the limit"):
        VideoFile(path)


def test_a_large_picture_is_told_in_a_sentence_alone(tmp_path, monkeypatch):
    """The library's own warning of its size, in English and with a line of code, stays away."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 3000)
    Image.new("L", (64, 48)).save(tmp_path / "a.png")
    write_video(tmp_path / "a.mkv", numbered(2, 64, 48), codec="mjpeg", pix_fmt="yuvj420p")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(VideoError, match="still picture"):
            VideoFile(tmp_path / "a.png")
        opening.refuse_large_jpegs(tmp_path / "a.mkv")
        assert footage._picture(tmp_path / "a.png").shape == (48, 64)


def test_times_that_cannot_be(tmp_path):
    """Thousands of pictures in no time: what is kept of each must not fill the memory."""
    path = tmp_path / "fast.mkv"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("mpeg4", rate=1000)
        stream.width, stream.height, stream.pix_fmt = 16, 16, "yuv420p"
        picture = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24").reformat(format="yuv420p")
        packet_times = 0
        for number in range(6000):
            picture.pts = number
            for packet in stream.encode(picture):
                packet.pts = packet.dts = packet_times // 4  # four share a millisecond
                packet_times += 1
                file.mux(packet)
    with pytest.raises(VideoError, match="more than any camera"), VideoFile(path) as video:
        for _ in video:
            pass


# --- several tracks


def tracks(path, films, default=None):
    """Write films of equal length as the tracks of a file."""
    options = {"default_mode": "passthrough"} if path.suffix == ".mkv" else {}
    with av.open(str(path), "w", options=options) as file:
        streams = []
        for number, film in enumerate(films):
            stream = file.add_stream("mpeg4", rate=30, options={"qscale": "3"})
            stream.height, stream.width = film[0].shape[:2]
            stream.pix_fmt = "yuv420p"
            stream.bit_rate = 4_000_000
            if default is not None:
                stream.disposition = av.stream.Disposition.default if number == default else av.stream.Disposition(0)
            streams.append(stream)
        for pictures in zip(*films, strict=True):
            for stream, picture in zip(streams, pictures, strict=True):
                file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")))
        for stream in streams:
            file.mux(stream.encode())
    return path


def test_the_track_named_to_be_played(tmp_path):
    """Not the largest, which may be a screen or blank; and said."""
    films = [numbered(5, 160, 120), numbered(5, 640, 480)]
    with VideoFile(tracks(tmp_path / "a.mkv", films, default=0)) as video:
        assert (video.width, video.height) == (160, 120)
        assert "2 video tracks. Track 1 (160×120) was measured" in video.notices[0].text
    with VideoFile(tracks(tmp_path / "b.mkv", films, default=1)) as video:
        assert video.width == 640
        assert "Track 2" in video.notices[0].text


def test_else_the_track_with_a_face(sample_videos, tmp_path):
    with VideoFile(sample_videos / "rotation.mp4") as whole:
        faces = [np.array(frame.rgb) for frame, _ in zip(whole, range(20), strict=False)]
    height, width = faces[0].shape[:2]
    blank = [np.full((height * 2, width * 2, 3), 90, np.uint8)] * len(faces)
    path = tracks(tmp_path / "a.mkv", [blank, faces], default=-1)
    with VideoFile(path) as video:
        assert (video.width, video.height) == (width, height)
        assert "Track 2" in video.notices[0].text
        assert "it shows a face" in video.notices[0].text

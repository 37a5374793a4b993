"""Reading real video files: times, uprightness, sizes, damage."""

import gc
import hashlib
import itertools
import threading
import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
from recordings import BLUE, GREEN, RED, WHITE, corners, cut, numbered, write_video

from romcheck.errors import VideoError
from romcheck.sources.video import VideoFile


def read(path, **how):
    with VideoFile(path, **how) as video:
        frames = list(video)
        return video, frames


def decoding_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("decode ")]


def corner_colours(rgb):
    """Colours near the four corners, in reading order."""
    return [tuple(int(v) for v in rgb[y, x]) for y, x in ((20, 20), (20, -20), (-20, 20), (-20, -20))]


def assert_corners(rgb, expected):
    np.testing.assert_allclose(corner_colours(rgb), expected, atol=12)


# --- times


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.mov"])
def test_variable_frame_rate_times_are_the_files_own(make_video, name):
    """Times come from the timestamps: index / rate would be wrong by seconds here."""
    times = np.cumsum([0.0, *itertools.islice(itertools.cycle([0.02, 0.05, 0.04, 0.3]), 39)])
    video, frames = read(make_video(name, numbered(40), times=times, fps=30))
    np.testing.assert_allclose([frame.time_s for frame in frames], times, atol=1e-3)
    assert [frame.index for frame in frames] == list(range(40))
    assert video.source.frames == 40
    assert video.source.duration_s >= times[-1]


@pytest.mark.parametrize("fps", [15, 24, 30000 / 1001, 60, 120, 240])
def test_frame_rates(make_video, fps):
    video, frames = read(make_video("clip.mp4", numbered(30), fps=fps))
    np.testing.assert_allclose([frame.time_s for frame in frames], np.arange(30) / fps, atol=1e-4)
    assert video.source.nominal_fps == pytest.approx(fps, rel=1e-3)
    assert video.expected_frames == 30


def test_late_start_is_time_zero(make_video):
    """Recordings cut out of longer ones start at some time; results count from their first frame."""
    times = 12.5 + np.arange(20) / 30
    _, frames = read(make_video("clip.mkv", numbered(20), times=times))
    assert frames[0].time_s == 0
    assert frames[-1].time_s == pytest.approx(19 / 30, abs=2e-3)


@pytest.mark.parametrize("name", ["late.mkv", "late.mp4", "late.ts"])
def test_a_late_start_does_not_cut_the_end_off(make_video, name):
    late = make_video(name, numbered(20), times=[5 + i / 10 for i in range(20)], fps=10)
    video, frames = read(late)
    assert len(frames) == 20
    assert video.notices == []


def test_stream_without_times(make_video):
    """A bare H.264 stream carries none: even steps, and a warning."""
    video, frames = read(make_video("clip.h264", numbered(20), options={"bf": "0"}))
    assert (np.diff([frame.time_s for frame in frames]) > 0).all()
    assert "without a timestamp: 20" in video.notices[0].text


def test_timestamps_that_go_backwards(make_video, tmp_path):
    """Two recordings joined end to end: every frame comes, in order, with increasing times and its own step."""
    parts = [make_video(name, numbered(30), fps=fps) for name, fps in (("a.ts", 30), ("b.ts", 15))]
    joined = tmp_path / "joined.ts"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    video, frames = read(joined)
    steps = np.diff([frame.time_s for frame in frames])
    assert len(frames) == 60
    assert (steps > 0).all()
    np.testing.assert_allclose(steps[:29], 1 / 30, atol=1e-3)
    np.testing.assert_allclose(steps[30:], 1 / 15, atol=1e-3)
    assert any("go backwards: 1;" in told.text for told in video.notices)


# --- upright


@pytest.mark.parametrize(
    ("rotation", "mirrored", "expected"),
    [
        (0, False, (RED, GREEN, BLUE, WHITE)),
        (90, False, (GREEN, WHITE, RED, BLUE)),
        (180, False, (WHITE, BLUE, GREEN, RED)),
        (-90, False, (BLUE, RED, WHITE, GREEN)),
        (0, True, (GREEN, RED, WHITE, BLUE)),
    ],
)
@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv"])
def test_rotation_flags_are_obeyed(make_video, name, rotation, mirrored, expected):
    """A phone's flag asks for an anticlockwise turn; the picture stands as a player shows it."""
    path = make_video(name, [corners()] * 5, rotation=rotation, mirrored=mirrored)
    video, frames = read(path)
    assert_corners(frames[0].rgb, expected)
    size = (240, 320) if rotation in (90, -90) else (320, 240)
    assert (video.width, video.height) == size
    assert frames[0].rgb.shape == (size[1], size[0], 3)
    assert frames[0].rgb.flags.c_contiguous
    assert frames[0].rgb.dtype == np.uint8


# --- pictures of every kind


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt"),
    [
        ("clip.mp4", "libx264", "yuv420p"),
        ("clip.mp4", "libx264", "yuv420p10le"),
        ("clip.mkv", "ffv1", "gray"),
        ("clip.mkv", "ffv1", "gray10le"),
        ("clip.mkv", "ffv1", "yuv444p10le"),
        ("clip.mp4", "libx265", "yuv420p10le"),
        ("clip.webm", "libvpx-vp9", "yuv420p"),
        ("clip.avi", "mjpeg", "yuvj420p"),
        ("clip.mov", "mpeg4", "yuv420p"),
        ("clip.ts", "libx264", "yuv420p"),
        ("clip.gif", "gif", "rgb8"),
    ],
)
def test_containers_codecs_and_pixel_formats(make_video, name, codec, pix_fmt):
    """Each comes out as 8-bit RGB with its brightness and, where it has any, its colour."""
    quiet = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    _, frames = read(make_video(name, [corners()] * 6, codec=codec, pix_fmt=pix_fmt, options=quiet, fps=25))
    assert len(frames) == 6
    if pix_fmt.startswith("gray"):
        red, green, blue, white = (np.mean(c) for c in corner_colours(frames[0].rgb))
        assert blue < red < green < white
    else:
        assert_corners(frames[0].rgb, (RED, GREEN, BLUE, WHITE))


@pytest.mark.parametrize(("width", "height"), [(321, 241), (239, 427), (1, 1), (640, 17)])
def test_odd_sizes(make_video, width, height):
    video, frames = read(make_video("clip.mkv", numbered(3, width, height), codec="ffv1", pix_fmt="yuv444p"))
    assert (video.width, video.height) == (width, height)
    assert frames[-1].rgb.shape == (height, width, 3)


def test_pixels_that_are_not_square(make_video):
    """The picture is given as it is shown: 320 pixels of 4:3 are 427 across."""
    video, frames = read(make_video("clip.mp4", [corners()] * 3, sample_aspect=Fraction(4, 3)))
    assert (video.width, video.height) == (427, 240)
    assert frames[0].rgb.shape == (240, 427, 3)
    assert_corners(frames[0].rgb, (RED, GREEN, BLUE, WHITE))


@pytest.mark.parametrize("rotation", [0, pytest.param(90, marks=pytest.mark.slow)])
def test_8k_is_scaled_down(make_video, rotation):
    path = make_video("clip.mp4", [corners(7680, 4320)] * 2, codec="mjpeg", pix_fmt="yuvj420p", rotation=rotation)
    video, frames = read(path)
    size, given = ((4320, 7680), (1080, 1920)) if rotation else ((7680, 4320), (1920, 1080))
    assert (video.width, video.height) == size
    assert (video.source.width, video.source.height) == size
    assert (video.frame_width, video.frame_height) == given
    assert video.scale == pytest.approx(0.25)
    assert frames[0].rgb.shape == (given[1], given[0], 3)


def test_size_limit_is_a_setting(make_video):
    video, frames = read(make_video("clip.mp4", numbered(3)), longest_side_px=160)
    assert (video.width, video.frame_width) == (320, 160)
    assert frames[0].rgb.shape == (120, 160, 3)


def test_sound_beside_the_picture_is_ignored(make_video):
    _, frames = read(make_video("clip.mp4", numbered(30), sound=True))
    assert len(frames) == 30


# --- damage


def test_cut_off_in_the_middle(make_video, tmp_path):
    """What is there is given, with a warning; the times are right."""
    whole = make_video("whole.mp4", noise(90), container={"movflags": "+faststart"})
    video, frames = read(cut(whole, 0.6, tmp_path / "cut.mp4"))
    assert 30 < len(frames) < 75
    assert any("cut off" in told.text for told in video.notices)
    np.testing.assert_allclose([frame.time_s for frame in frames], np.arange(len(frames)) / 30, atol=1e-4)


@pytest.mark.parametrize("name", ["whole.mkv", "whole.avi"])
def test_cut_off_without_an_index(make_video, tmp_path, name):
    codec = {"codec": "mjpeg", "pix_fmt": "yuvj420p"} if name.endswith("avi") else {}
    video, frames = read(cut(make_video(name, noise(90), **codec), 0.6, tmp_path / f"cut{name[-4:]}"))
    assert 30 < len(frames) < 75
    assert any("cut off" in told.text for told in video.notices)


def test_cut_off_with_its_index_missing(make_video, tmp_path):
    """An MP4 whose index is at its end holds nothing readable once cut: say so, rather than 'not a video'."""
    path = cut(make_video("whole.mp4", noise(60)), 0.7, tmp_path / "cut.mp4")
    with pytest.raises(VideoError, match="incomplete: its index"):
        VideoFile(path)


@pytest.mark.parametrize("long", [2**40, 2**49, 2**62])
def test_a_box_that_claims_more_than_a_disk_holds(tmp_path, long):
    """File systems refuse to seek so far: still a sentence."""
    path = tmp_path / "claims.mov"
    boxes = [(8 + 4).to_bytes(4, "big") + b"ftypqt  ", (1).to_bytes(4, "big") + b"free" + long.to_bytes(8, "big")]
    path.write_bytes(b"".join(boxes) + bytes(64))
    with pytest.raises(VideoError, match="incomplete: its index"):
        VideoFile(path)


def test_damaged_pictures_read_the_same_every_time(make_video, tmp_path):
    """Damage is reported, the rest is read, and two readings are identical."""
    content = bytearray(make_video("whole.mp4", noise(60), container={"movflags": "+faststart"}).read_bytes())
    for place in range(len(content) // 3, len(content), 3001):
        content[place] ^= 0xFF
    path = tmp_path / "damaged.mp4"
    path.write_bytes(content)

    def reading():
        digest = hashlib.sha256()
        video, frames = read(path)
        for frame in frames:
            digest.update(frame.rgb.tobytes())
        return digest.hexdigest(), len(frames), tuple(video.notices)

    first = reading()
    assert first[1] > 20
    assert reading() == first == reading()


def noise(count, width=160, height=120):
    """Pictures that do not compress, so that a share of a file's bytes is a share of its frames."""
    random = np.random.default_rng(1)
    return [random.integers(0, 255, (height, width, 3), np.uint8) for _ in range(count)]


# --- one video, one pass


def test_what_was_read_is_on_record(make_video):
    path = make_video("clip.mp4", numbered(30))
    with VideoFile(path) as video:
        iterator = iter(video)
        next(iterator)
        with pytest.raises(RuntimeError):
            _ = video.source
        list(iterator)
    source = video.source
    assert source.file == "clip.mp4"
    assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert source.duration_s == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("leave_by", ["break", "error", "unread"])
def test_no_thread_outlives_the_reading(make_video, leave_by):
    """However reading ends, the decoding thread ends with it, though its queue is full."""
    path = make_video("clip.mp4", numbered(200))
    try:
        with VideoFile(path) as video:
            for frame in video if leave_by != "unread" else ():
                if frame.index == 3:
                    assert len(decoding_threads()) == 1
                    if leave_by == "break":
                        break
                    raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    assert decoding_threads() == []


def test_memory_does_not_grow_with_length(tmp_path):
    """Twenty times as many frames need no more memory."""

    def peak(count):
        path = write_video(tmp_path / f"{count}.mp4", itertools.repeat(corners(160, 120), count))
        gc.collect()
        tracemalloc.start()
        with VideoFile(path) as video:
            for _ in video:
                pass
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    assert peak(600) < 1.3 * peak(30) + 1_000_000


def test_names_that_look_like_something_else(tmp_path):
    """Colons, percent signs and accents in a name are not addresses, patterns or trouble."""
    path = write_video(tmp_path / "http:clip %03d ä [1].mp4", numbered(3))
    assert len(read(path)[1]) == 3

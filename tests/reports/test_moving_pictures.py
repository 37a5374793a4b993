"""Pictures of a kept video for the screen: at the result's own times, upright, and blurred where a face may be."""

import io
import itertools
import json

import numpy as np
import pytest
from PIL import Image
from recordings import corners, numbered, write_video

from romcheck.errors import RomcheckError
from romcheck.progress import silent
from romcheck.reports.blurring import WIDENED, covers
from romcheck.reports.moving_pictures import HEADER, WIDEST_PX, cut_out, pictures
from romcheck.sources.video import VideoFile


def unpacked(content):
    """Times and pictures as the browser reads them."""
    times, seen, at = [], [], 0
    while at < len(content):
        time_s, size = HEADER.unpack_from(content, at)
        at += HEADER.size
        times.append(time_s)
        seen.append(np.asarray(Image.open(io.BytesIO(content[at : at + size]))))
        at += size
    return times, seen


def cut(path, start_s=0.0, end_s=60.0, blurred=False, mirrored=False, seekable=False):
    how = {"blurred": blurred, "mirrored": mirrored, "seekable": seekable}
    return unpacked(cut_out(path, start_s, end_s, **how, progress=silent))


def test_every_picture_of_an_uneven_video_has_the_time_the_measurement_gave_it(tmp_path):
    apart = np.random.default_rng(1).uniform(0.034, 0.09, 40)
    times = [0.0, *np.cumsum(apart)]
    path = write_video(tmp_path / "uneven.mkv", numbered(41), times=times)
    with VideoFile(path) as video:
        measured = [(frame.time_s, int(frame.rgb.mean())) for frame in video]
    shown, seen = cut(path, 0.4, 1.5)
    wanted = [(at, grey) for at, grey in measured if 0.4 <= at <= 1.5]
    assert shown == [at for at, _ in wanted]
    assert [int(one.mean()) for one in seen] == pytest.approx([grey for _, grey in wanted], abs=2)


@pytest.mark.parametrize("name", ["late.mp4", pytest.param("late.mkv", marks=pytest.mark.slow), "late.ts"])
def test_a_late_movement_is_sought_and_shows_the_same(tmp_path, monkeypatch, name):
    """Of half a minute only the end is decoded, at the times and with the pictures of a whole reading."""
    apart = np.random.default_rng(2).uniform(0.034, 0.09, 500)
    path = write_video(tmp_path / name, numbered(501, 64, 48), times=[0.0, *np.cumsum(apart)], options={"g": "40"})
    decoded = []
    upright = VideoFile._upright
    monkeypatch.setattr(VideoFile, "_upright", lambda *how: decoded.append(1) or upright(*how))
    whole = cut(path, 26.0, 28.0)
    assert len(decoded) > 400
    decoded.clear()
    times, seen = cut(path, 26.0, 28.0, seekable=True)
    assert len(decoded) < 300
    assert times == whole[0]
    assert len(times) > 20
    assert all((one == other).all() for one, other in zip(seen, whole[1], strict=True))


def test_a_video_that_cannot_be_sought_in_is_read_from_its_start(tmp_path, monkeypatch):
    path = write_video(tmp_path / "late.mkv", numbered(200, 64, 48), fps=12.5)
    whole = cut(path, 12.0, 13.0)[0]
    monkeypatch.setattr(VideoFile, "skip_to", lambda *_: False)
    assert cut(path, 12.0, 13.0, seekable=True)[0] == whole


def test_of_a_fast_video_thirty_a_second_are_enough(tmp_path):
    times, _ = cut(write_video(tmp_path / "fast.mkv", numbered(240), fps=120))
    assert 25 <= len(times) / 2 <= 31
    assert min(b - a for a, b in itertools.pairwise(times)) >= 1 / 31 - 1e-9


def test_a_turned_and_a_mirrored_video_are_set_right(tmp_path):
    """The file asks for a quarter turn; a mirror image is turned back, as the measurement did."""
    path = write_video(tmp_path / "turned.mp4", [corners()] * 3, rotation=90)
    with VideoFile(path) as video:
        upright = next(iter(video)).rgb.astype(int)
    _, (plain, *_) = cut(path)
    _, (back, *_) = cut(path, mirrored=True)
    assert plain.shape == (320, 240, 3)
    assert np.abs(plain.astype(int) - upright).mean() < 6
    assert np.abs(back.astype(int) - upright[:, ::-1]).mean() < 6


def test_a_large_picture_is_made_smaller(tmp_path):
    _, (one, *_) = cut(write_video(tmp_path / "large.mp4", [corners(1280, 960)] * 2))
    assert one.shape[1] == WIDEST_PX


def test_what_is_no_video_or_has_no_picture_there_is_told(tmp_path):
    path = write_video(tmp_path / "short.mkv", numbered(10))
    with pytest.raises(RomcheckError, match="no picture at this movement"):
        cut(path, 5.0, 6.0)
    (tmp_path / "none.mkv").write_bytes(b"not a video" * 100)
    with pytest.raises(RomcheckError, match=r"none\.mkv"):
        pictures(tmp_path / "none.mkv", 0.0, 1.0, blurred=False, mirrored=False)


def test_the_process_apart_gives_the_same(tmp_path):
    path = write_video(tmp_path / "short.mkv", numbered(10))
    here = cut_out(path, 0.0, 1.0, blurred=False, mirrored=False, progress=silent)
    assert pictures(path, 0.0, 1.0, blurred=False, mirrored=False) == here


@pytest.mark.slow
def test_a_face_is_blurred_in_every_picture_of_a_turn(one_turn, sample_videos):
    """About the true place of the head nothing sharp stays, also at the end of the turn; what is beside it does."""
    times, plain = cut(one_turn)
    _, blurred = cut(one_turn, blurred=True)
    truth = json.loads((sample_videos / "rotation.json").read_text("utf-8"))["head_origin_m"]
    lens = json.loads((sample_videos / "rotation.camera.json").read_text("utf-8"))
    assert len(times) == len(blurred) > 150
    whole = 0
    for i in range(0, len(times), 5):
        x, y, z = truth[round(times[i] * 25)]
        u, v = (round(lens["fx"] * x / z + lens["cx"]), round(lens["fy"] * y / z + lens["cy"]))
        face = np.s_[v - 50 : v + 50, u - 40 : u + 40]
        assert sharp(blurred[i][face]) < 0.35 * sharp(plain[i][face]), times[i]
        whole += sharp(blurred[i][:60]) < 0.3 * sharp(plain[i][:60])
    assert whole == 0


def sharp(picture):
    """Mean bend of the grey from pixel to pixel: of the gentle slopes of a blurred head it is small."""
    return np.abs(np.diff(picture.astype(float).mean(axis=2), 2, axis=1)).mean()


def box(x, y, size=100.0):
    return (x - size / 2, y - size / 2, x + size / 2, y + size / 2)


def found(*boxes):
    return np.array(boxes, float).reshape(-1, 4)


FAR_APART_S = (0.0, 5.0, 10.0, 15.0, 20.0)
"""Times further apart than a face that is missed is remembered."""


def test_a_head_that_is_lost_is_covered_where_it_was_before_and_after():
    told = covers(FAR_APART_S[:3], [found(box(200, 200)), found(), found(box(230, 200))])
    assert sorted((x, r) for x, _, r in told[1]) == [
        (200, pytest.approx(110 * WIDENED)), (230, pytest.approx(110 * WIDENED))
    ]  # fmt: skip


def test_a_head_that_came_back_elsewhere_or_never_has_the_whole_picture_blurred():
    told = covers(FAR_APART_S[:4], [found(box(100, 200)), found(), found(box(400, 200)), found()])
    assert told[1] is None
    assert told[3] is None
    assert covers([0.0], [found()]) == [None]


def test_where_one_of_two_faces_is_missed_it_is_covered_too():
    both = found(box(150, 200), box(450, 200))
    told = covers(FAR_APART_S, [both, both, found(box(450, 200)), both, both])
    assert any(abs(x - 150) < 1 for x, _, _ in told[2])
    assert len(told[0]) == 2

"""Writing in the picture shows a mirror image; the samples have a line of it in a corner."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import av
import cv2
import matplotlib
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from romcheck.measure import measure
from romcheck.sources import writing
from romcheck.sources.writing import Writing, can_read, is_mirrored

pytestmark = pytest.mark.skipif(not can_read(), reason="the libraries that read writing are optional")

WALL = np.full((480, 640, 3), 168, np.uint8)


def written(text, size=0.8, place=(60, 120)):
    return cv2.putText(WALL.copy(), text, place, cv2.FONT_HERSHEY_SIMPLEX, size, (40, 40, 90), 2, cv2.LINE_AA)


@pytest.fixture(scope="module")
def pictures(sample_videos):
    with av.open(str(sample_videos / "rotation.mp4")) as file:
        return [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)][:220]


def set_in_type(text, font="DejaVuSans"):
    """The same with letters of any alphabet."""
    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{font}.ttf"
    picture = Image.fromarray(WALL)
    ImageDraw.Draw(picture).text((60, 100), text, (40, 40, 90), ImageFont.truetype(str(path), 34))
    return np.array(picture)


@pytest.mark.parametrize("text", ["PHYSIOTHERAPY", "Cabinet du Dr Roux", "adidas sport"])
def test_writing_reads_one_way_only(text):
    assert is_mirrored(written(text)) is False
    assert is_mirrored(written(text)[:, ::-1]) is True


@pytest.mark.parametrize("text", ["TOT", "MAXAM HOOTOOH", "|||| ----", "AB"])
def test_what_reads_alike_both_ways_or_hardly_at_all_says_nothing(text):
    assert is_mirrored(written(text)) in (None, False)
    assert is_mirrored(written(text)[:, ::-1]) in (None, True)


@pytest.mark.parametrize(
    "font", ["DejaVuSans", *(pytest.param(font, marks=pytest.mark.slow) for font in ("DejaVuSerif", "DejaVuSansMono"))]
)
@pytest.mark.parametrize("text", ["АНИТА", "ЯХТА ТИШИНА", "ΟΥΤΟΠΙΑ", "ИНСТИТУТ", "MOM WOW"])
def test_letters_that_are_others_in_a_mirror_say_nothing(text, font):
    """A Cyrillic I is an N to the reader, and a word of them was surely read in the mirror."""
    assert is_mirrored(set_in_type(text, font)) is is_mirrored(set_in_type(text, font)[:, ::-1]) is None


@pytest.mark.slow
def test_a_date_stamped_on_a_mirror_image_is_no_evidence():
    mirror, stamp = written("PHYSIOTHERAPY")[:, ::-1], ("2026-11-28 14:03", (20, 460))
    stamped = cv2.putText(mirror.copy(), *stamp, cv2.FONT_HERSHEY_SIMPLEX, 0.7, (250, 250, 250), 2, cv2.LINE_AA)
    assert is_mirrored(stamped) is True
    assert is_mirrored(written(stamp[0])) is None
    assert is_mirrored(written(stamp[0])[:, ::-1]) is True


@pytest.mark.slow
def test_a_wall_and_a_person_without_writing_say_nothing(pictures):
    bare = pictures[0].copy()
    bare[:30] = bare[30]  # the line in the corner
    assert is_mirrored(WALL) is is_mirrored(bare) is is_mirrored(bare[:, ::-1]) is None


def told(video, **how):
    return [n.code for n in measure(video, test="rotation", **how).result.notices if n.code.startswith("writing")]


@pytest.mark.slow("two videos are measured")
def test_a_mirror_image_is_told_and_not_corrected(make_video, pictures, sample_videos):
    lens = sample_videos / "rotation.camera.json"
    mirror = make_video("mirror.mp4", [picture[:, ::-1] for picture in pictures], fps=25)
    found = measure(mirror, test="rotation", camera=lens).result
    (notice,) = [n for n in found.notices if n.code == "writing_backwards"]
    assert notice.text in found.warnings
    assert "--mirrored" in notice.text
    assert found.movements[0].movement == "rotation_right"  # the sample turns to the left first
    assert told(mirror, camera=lens, mirrored=True) == []


@pytest.mark.slow("a video is measured twice")
def test_a_usual_picture_called_a_mirror_image_is_told(make_video, pictures, sample_videos):
    lens, video = sample_videos / "rotation.camera.json", make_video("usual.mp4", pictures, fps=25)
    assert told(video, camera=lens) == []
    assert told(video, camera=lens, mirrored=True) == ["writing_forwards"]


def offer(reading, time_s, picture):
    """As measuring does."""
    if reading.due(time_s):
        reading.look(time_s, picture)


def test_a_word_that_comes_later_is_read_too_and_the_first_decides():
    reading = Writing()
    for time_s, picture in ((0.0, WALL), (1.0, written("never looked at")), (4.5, written("STAFF ONLY")[:, ::-1])):
        offer(reading, time_s, picture)
    offer(reading, 9.0, written("STAFF ONLY"))
    (notice,) = reading.told(mirrored=False)
    assert notice.values == {"time_s": 4.5}
    assert reading.told(mirrored=True) == []


def test_a_reader_that_fails_is_told_once(monkeypatch):
    def broken():
        raise ImportError("libonnxruntime.so: cannot open shared object file")

    monkeypatch.setattr(writing, "_reader", broken)
    reading = Writing()
    for time_s in (0.0, 4.5):
        offer(reading, time_s, WALL)
    (notice,) = reading.told(mirrored=False)
    assert notice.code == "writing_unread"
    assert "ImportError: libonnxruntime.so" in notice.text


def test_without_the_libraries_nothing_is_read_and_nothing_fails(monkeypatch):
    monkeypatch.setattr(writing, "find_spec", lambda name: None if name == "rapidocr" else find_spec(name))
    reading = Writing()
    offer(reading, 0.0, written("PHYSIOTHERAPY")[:, ::-1])
    assert reading.told(mirrored=False) == []

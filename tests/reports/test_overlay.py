"""The overlay keeps every frame and its time, draws where the head is, and hides faces when asked."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from drawn import measured

from romcheck.errors import OutputError, VideoError
from romcheck.geometry.intrinsics import Lens
from romcheck.measure import Measurement
from romcheck.motion.track import MotionTrack, PictureQuality
from romcheck.person.landmarks import FaceFinder
from romcheck.reports.blurring import FaceBlur, blur_disc
from romcheck.reports.overlay import AXES, Panel, draw_axes, phase, save_overlay

FACING_CAMERA = np.diag([1.0, -1.0, -1.0])
"""Head axes (left, up, forward) in camera axes (right, down, away) of someone who looks into the camera."""


def checkerboard(width, height, shift=0):
    """Picture full of fine detail, (height, width, 3)."""
    y, x = np.mgrid[:height, :width]
    return np.repeat(((((x + shift) // 4 + y // 4) % 2) * 160 + 40).astype(np.uint8)[..., None], 3, axis=2)


def detail(picture):
    """Fine detail of a picture, as the variance of its Laplacian."""
    return float(cv2.Laplacian(cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2GRAY), cv2.CV_64F).var())


def irregular_times(n):
    """Make times of n frames of a phone that slows down in the dark: 20 to 60 ms apart."""
    return np.concatenate([[0], np.cumsum(np.random.default_rng(3).integers(20, 61, n - 1))]) / 1000


@pytest.fixture
def film(tmp_path):
    """Give a short film of a checkerboard with uneven times and what a measurement of it would hold."""
    times = irregular_times(45)
    path = tmp_path / "film.mkv"
    width, height = 322, 242
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=30, options={"crf": "10"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for i, time in enumerate(times):
            frame = av.VideoFrame.from_ndarray(checkerboard(width, height, i), format="rgb24")
            frame.pts, frame.time_base = round(time * 1000), Fraction(1, 1000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    n = len(times)
    result, frames = measured(angles=(30.0,))
    cut = {name: getattr(frames, name)[:n] for name in frames.__dataclass_fields__}
    valid = np.ones(n, bool)
    valid[20:25] = False
    known = np.where(valid, 1.0, np.nan)
    quality = PictureQuality(120 * known, known, 90 * known, 0.9 * known, valid.astype(np.int64), valid)
    heads = np.where(valid[:, None, None], FACING_CAMERA, np.nan)
    trunks = np.full((n, 3, 3), np.nan)
    measurement = Measurement(
        result=result,
        frames=replace(frames, **cut | {"time_s": times, "valid": valid}),
        track=MotionTrack(times, valid, heads, known, trunks, np.full(n, np.nan), quality),
        lens=Lens.from_fov(width, height, 60),
        position_m=np.where(valid[:, None], (0.0, 0.0, 0.9), np.nan),
    )
    return path, measurement, times


def read(path):
    """Read times and pictures of a film."""
    with av.open(str(path)) as film:
        frames = list(film.decode(video=0))
        return np.array([float(f.pts * f.time_base) for f in frames]), [f.to_ndarray(format="rgb24") for f in frames]


def test_every_frame_at_its_time(film, tmp_path):
    """As many frames as before, each at its own uneven time, with even sides and room for the words."""
    path, measurement, times = film
    done = []
    save_overlay(path, measurement, tmp_path / "over.mp4", progress=lambda now, of: done.append((now, of)))

    seen, pictures = read(tmp_path / "over.mp4")
    assert seen == pytest.approx(times, abs=1e-4)
    height, width, _ = pictures[0].shape
    assert width >= 480
    assert (width % 2, height % 2) == (0, 0)
    assert done[-1] == (45, 45)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["film.mkv", "over.mp4"]


def test_blur_in_the_film(film, tmp_path):
    """Blurred, the head loses its detail and the corners keep theirs; without a pose the whole picture goes."""
    path, measurement, _ = film
    save_overlay(path, measurement, tmp_path / "plain.mp4")
    save_overlay(path, measurement, tmp_path / "blurred.mp4", blur=True)

    (_, plain), (_, blurred) = read(tmp_path / "plain.mp4"), read(tmp_path / "blurred.mp4")
    corner = np.s_[20:60, 20:60]
    beside_axes = np.s_[195:225, 190:225]
    assert detail(blurred[10][beside_axes]) < 0.05 * detail(plain[10][beside_axes])
    assert detail(blurred[10][corner]) > 0.5 * detail(plain[10][corner])
    assert detail(blurred[22][corner]) < 0.05 * detail(plain[22][corner])


def test_blur_leaves_no_detail_under_it():
    """Inside the disc a checkerboard becomes flat, outside every pixel stays."""
    before = checkerboard(320, 240)
    after = before.copy()
    blur_disc(after, (100.0, 120.0, 60.0))

    y, x = np.mgrid[:240, :320]
    away = np.hypot(x - 100, y - 120)
    assert (after[away > 61] == before[away > 61]).all()
    assert np.std(after[away < 59].astype(float)) < 0.1 * np.std(before[away < 59].astype(float))


@pytest.mark.parametrize("disc", [(-30.0, 50.0, 60.0), (-500.0, 0.0, 60.0), (160.0, 120.0, 5000.0)])
def test_blur_at_and_over_the_edge(disc):
    """A head half out of the picture, wholly out of it, or filling it is no error."""
    picture = checkerboard(320, 240)
    blur_disc(picture, disc)

    assert picture.shape == (240, 320, 3)


@pytest.mark.parametrize("head", [None, np.full(3, np.nan), np.array([0.0, 0.0, 0.01])])
def test_unknown_head_blurs_everything(head):
    """Where the head's place is not known, nothing of the frame may stay."""
    picture = checkerboard(320, 240)
    with FaceBlur() as faces:
        faces.blur(picture, 0.0, Lens.from_fov(320, 240, 60), head)

    assert detail(picture) < 0.01 * detail(checkerboard(320, 240))


def test_a_second_face_is_blurred_and_stays_so():
    """Of two faces the one that was not measured is hidden too, also while the detector misses it for a moment."""
    with av.open(str(Path(__file__).parents[2] / "sample_videos" / "rotation.mp4")) as film:
        face = next(film.decode(video=0)).to_ndarray(format="rgb24")
    height, width, _ = face.shape
    both = np.hstack([face, face])
    lens = Lens.from_fov(2 * width, height, 90)
    # The measured head is the one on the left.
    x, y = lens.rays(np.array([width / 2, height / 2]))
    head = 0.55 * np.array([x, y, 1.0])
    with FaceFinder() as finder:
        boxes = finder.find(both).astype(int)
    assert len(boxes) == 2
    x0, y0, x1, y1 = max(boxes, key=lambda box: box[0])
    other = np.s_[y0:y1, x0:x1]
    gone = both.copy()
    gone[y0 - 20 : y1 + 20, x0 - 20 : x1 + 20] = checkerboard(x1 - x0 + 40, y1 - y0 + 40)

    with FaceBlur() as faces:
        for picture, time_s in ((both.copy(), 0.0), (gone, 0.5)):
            sharp = detail(picture[other])
            faces.blur(picture, time_s, lens, head)
            assert detail(picture[other]) < 0.1 * sharp


def test_axes_point_as_named():
    """Of a head that looks into the camera, X points to the right of the picture and Y up."""
    picture = np.zeros((480, 640, 3), np.uint8)
    draw_axes(picture, Lens.from_fov(640, 480, 60), np.array([0.0, 0.0, 0.6]), FACING_CAMERA)

    colours = {words[0]: np.array(colour) for words, colour in AXES}
    y, x = np.nonzero((picture == colours["X"]).all(axis=2))
    assert x.min() >= 318
    assert x.max() > 390
    assert np.ptp(y) < 30
    y, x = np.nonzero((picture == colours["Y"]).all(axis=2))
    assert y.max() <= 242
    assert y.min() < 170
    assert np.ptp(x) < 30


def test_axes_behind_the_camera_are_left_out():
    """A position that cannot be seen draws nothing and raises nothing."""
    picture = np.zeros((48, 64, 3), np.uint8)
    for origin in (np.array([0, 0, -1.0]), np.full(3, np.nan)):
        draw_axes(picture, Lens.from_fov(64, 48, 60), origin, FACING_CAMERA)

    assert not picture.any()


def test_phases():
    """Rest, going, hold and coming back, in their turn."""
    result, _ = measured(angles=(47.7, -41.2))

    at = [phase(result.movements, t) for t in (0.5, 2.0, 3.0, 5.0, 6.0, 8.8)]
    left, right = "rotation to the left, trial 1", "rotation to the right, trial 1"
    assert at == ["rest", f"{left}: going", f"{left}: hold", f"{left}: coming back", "rest", f"{right}: hold"]


def test_the_mark_moves_with_time():
    """The strip of a later frame differs from that of an earlier one, and both have the stated size."""
    result, frames = measured()
    panel = Panel(result, frames, 640)

    first, later = panel.at(0), panel.at(len(frames.time_s) // 2)
    assert first.shape == later.shape == (panel.height, 640, 3)
    assert (first != later).any()


def test_refusals(film, tmp_path):
    """Another ending, the video's own name, or no video at all: said in words, nothing left behind."""
    path, measurement, _ = film
    mp4 = path.rename(tmp_path / "film.mp4")
    with pytest.raises(OutputError, match=r"\.mp4"):
        save_overlay(mp4, measurement, tmp_path / "over.avi")
    with pytest.raises(OutputError, match="is the video itself"):
        save_overlay(mp4, measurement, mp4)
    with pytest.raises(VideoError):
        save_overlay(tmp_path / "nothing.mp4", measurement, tmp_path / "over.mp4")

    assert [p.name for p in tmp_path.iterdir()] == ["film.mp4"]

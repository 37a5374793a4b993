"""The plot says what was measured, and hides no gap and no doubt."""

import io
import itertools
import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from drawn import measured
from matplotlib.figure import Figure
from PIL import Image

from romcheck.errors import OutputError
from romcheck.names import shown
from romcheck.reports.plot import draw, gaps, save_plot
from romcheck.reports.saving import chart_bytes


def words(path):
    """Text of an SVG file, piece by piece."""
    return re.findall(r"<text[^>]*>([^<]*)<", path.read_text("utf-8").replace("&#x27;", "'"))


def without(frames, start_s, end_s):
    """Give the same frames with no angle between two times."""
    valid = (frames.time_s < start_s) | (frames.time_s > end_s)
    hidden = {
        name: np.where(valid, getattr(frames, name), np.nan)
        for name in ("rotation_deg", "flexion_deg", "lateral_flexion_deg", "trunk_rotation_deg", "sigma_deg")
    }
    return replace(frames, valid=valid, **hidden)


def test_good_trials_are_named_with_angle_and_uncertainty(tmp_path):
    """Both sides, each trial's number, angle and half-width are there to be read."""
    save_plot(*measured(), tmp_path / "a.svg")

    said = words(tmp_path / "a.svg")
    assert said.count("1: 47.7° ± 2.9°") == 1
    assert said.count("1: 41.2° ± 2.9°") == 1
    assert "subject's left ▶" in said
    assert "◀ subject's right" in said
    assert any("To the left 47.7° ± 2.9° (1 trial)" in text for text in said)


def test_a_rejected_trial_says_why(tmp_path):
    """The reason stands by the trial; a usable one says so too."""
    result, frames = measured("flexion-rotation", (47.7, -41.2, 40.0))
    first, second, third = result.movements
    movements = (
        replace(first, quality="rejected", reasons=("flexion_lost", "trunk_turned")),
        replace(second, quality="usable", reasons=("frame_rate_low",), at_least=True),
        replace(third, quality="rejected", reasons=("two_faces",), angle_deg=None, hold_start_s=None, hold_end_s=None),
    )
    save_plot(replace(result, movements=movements), frames, tmp_path / "a.svg")

    said = " ".join(words(tmp_path / "a.svg"))
    assert "rejected: flexion lost, trunk turned" in said
    assert "1: at least 41.2° ± 2.9° usable: frame rate low" in said
    assert "2: not measured rejected: two faces" in said


NAMES = ["$x^2$.mp4", r"$\frac$.mp4", r"C:\a\b_1^2#[]{}%~.mp4", "\x07\udc80 <b>&.mp4", "$"]


@pytest.mark.parametrize(("kind", "name"), [*(("svg", name) for name in NAMES), ("png", NAMES[1]), ("png", NAMES[3])])
def test_the_name_of_a_video_is_no_formula(name, kind, tmp_path):
    """It is drawn letter by letter, in the plot and in whatever chart."""
    result, frames = measured()
    save_plot(replace(result, source=replace(result.source, file=name)), frames, tmp_path / f"a.{kind}")
    figure = Figure()
    axes = figure.subplots()
    axes.set_title(name)
    axes.set_yticks([0, 1], [shown(name), shown(name)])
    axes.plot([0, 1], label=name)
    axes.legend()
    content = chart_bytes(figure, kind, name, name)
    if kind == "svg":
        drawn = [part.text for part in ElementTree.fromstring(content).iter("{http://www.w3.org/2000/svg}text")]
        assert drawn.count(shown(name)) == 4
    else:
        assert Image.open(io.BytesIO(content)).info["Title"] == shown(name)


def test_no_movement_is_said(tmp_path):
    """An empty result is drawn and says that nothing could be measured."""
    result, frames = measured()
    empty = replace(result, movements=(), summary=())
    save_plot(empty, without(frames, -1, 100), tmp_path / "a.svg")

    assert any("No movement could be measured" in text for text in words(tmp_path / "a.svg"))


def test_a_gap_stays_open():
    """No line is drawn where frames have no angle, nor where frames are missing."""
    result, frames = measured()
    frames = without(frames, 2.6, 3.4)
    kept = (frames.time_s < 8.0) | (frames.time_s > 8.6)
    frames = replace(frames, **{name: getattr(frames, name)[kept] for name in frames.__dataclass_fields__})

    (start, end), (start2, end2) = gaps(frames)
    assert start == pytest.approx(2.6, abs=0.035)
    assert end == pytest.approx(3.4, abs=0.035)
    assert start2 == pytest.approx(8.0, abs=0.035)
    assert end2 == pytest.approx(8.6, abs=0.035)

    (_, curve, *_), time_now = draw(result, frames).axes[0].lines, np.array([3.0, 8.3])
    x, y = np.asarray(curve.get_xdata()), np.asarray(curve.get_ydata())
    for now in time_now:
        i = np.searchsorted(x, now)
        assert np.isnan(y[i - 1]) or np.isnan(y[i])


@pytest.mark.parametrize("test", ["rotation", "flexion-rotation", "lateral-flexion"])
def test_left_is_up(test):
    """A movement to the subject's left rises, whatever the sign of its angle."""
    sign = -1 if test == "lateral-flexion" else 1
    result, frames = measured(test, (40.0 * sign,))
    assert result.movements[0].movement.endswith("left")

    curve = draw(result, frames).axes[0].lines[1]
    assert np.nanmax(curve.get_ydata()) == pytest.approx(40, abs=0.1)
    assert np.nanmin(curve.get_ydata()) == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("trials", [1, 3, 10])
def test_labels_never_cover_each_other(trials):
    """Ten trials a side, some doubted, still leave every label apart and inside the picture."""
    result, frames = measured("rotation", (47.7, -41.2) * trials)
    doubted = tuple(
        replace(m, quality="rejected", reasons=("flexion_lost", "trunk_turned", "face_lost")) if i % 4 == 1 else m
        for i, m in enumerate(result.movements)
    )
    figure = draw(replace(result, movements=doubted), frames)
    figure.canvas.draw()

    boxes = [
        text.get_window_extent() for axes in figure.axes for text in axes.texts if re.match(r"\d+: ", text.get_text())
    ]
    assert len(boxes) == 2 * trials
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
    assert all(figure.bbox.containsx(b.x0) and figure.bbox.containsx(b.x1) for b in boxes)


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_the_same_bytes_every_time(tmp_path, ending):
    """Drawing twice gives identical files: no date, no random names."""
    for name in ("a", "b"):
        save_plot(*measured(), tmp_path / f"{name}.{ending}")

    assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()


def test_a_png_opens(tmp_path):
    """The picture is a PNG wide enough for a report."""
    save_plot(*measured(), tmp_path / "a.png")

    with Image.open(tmp_path / "a.png") as picture:
        picture.load()
        assert picture.format == "PNG"
        assert picture.width >= 1500


@pytest.mark.parametrize("name", ["a.doc", "missing/a.png"])
def test_where_it_cannot_be_written(tmp_path, name):
    """A wrong ending or folder is an error in words, and leaves nothing behind."""
    with pytest.raises(OutputError, match=r"\.png or \.svg|could not be written"):
        save_plot(*measured(), tmp_path / name)

    assert list(tmp_path.iterdir()) == []

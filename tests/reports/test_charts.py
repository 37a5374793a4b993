"""The charts show what was measured: every trial, both times, distinguishable without colour."""

import itertools
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from people import ACTIVE, LEFT, PASSIVE, TODAY, before_after, full, months

from romcheck.change import compare
from romcheck.clinical import Treatment
from romcheck.errors import OutputError
from romcheck.i18n.wording import Wording
from romcheck.reports.before_after import before_after_words, draw_before_after
from romcheck.reports.drawing import AFTER, BEFORE, PHONE_IN
from romcheck.reports.over_time import draw_headaches, draw_over_time, headaches_words, over_time_words
from romcheck.reports.saving import chart_bytes, save_chart
from romcheck.reports.sentences import between_sentences, change_sentence

EN, FR = Wording("en"), Wording("fr")


def words_of(svg):
    """Text of an SVG drawing."""
    return [element.text for element in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text") if element.text]


def curves(axes):
    """Lines of a panel that are curves over time, not marks."""
    return [line for line in axes.lines if len(line.get_xdata()) > 10]


def test_every_trial_of_both_times_is_drawn_from_its_start():
    """Three dashed and three solid curves a side; each is near zero at its start and at its angle in the hold."""
    figure = draw_before_after(*before_after(), EN)
    left = figure.axes[0]

    drawn = curves(left)
    assert len(drawn) == 6
    assert sum(line.get_linestyle() == "-" for line in drawn) == 3
    for line in drawn:
        x, y = np.asarray(line.get_xdata()), np.asarray(line.get_ydata())
        assert y[np.argmin(np.abs(x))] == pytest.approx(0, abs=1)
    tops = sorted(float(np.nanmax(line.get_ydata())) for line in drawn)
    assert tops == pytest.approx([30.1, 31.2, 32.0, 40.3, 41.0, 42.0], abs=0.6)


def test_both_sides_share_one_axis():
    figure = draw_before_after(*before_after(), EN)

    assert len(figure.axes) == 4
    assert len({axes.get_ylim() for axes in figure.axes}) == 1


def test_left_rises_and_so_does_right():
    """The angle grows upwards for either side, whatever its sign in the frames."""
    figure = draw_before_after(*before_after(), EN)

    for axes in (figure.axes[0], figure.axes[2]):
        assert all(np.nanmax(line.get_ydata()) > 25 for line in curves(axes))


def test_told_apart_without_colour():
    """Line style, filling and mark differ; and in grey neither fades into the paper."""
    assert BEFORE.line != AFTER.line
    assert BEFORE.filled != AFTER.filled
    assert BEFORE.marker != AFTER.marker
    for look in (BEFORE, AFTER):
        grey = np.dot(to_rgb(look.colour), (0.2126, 0.7152, 0.0722))
        assert grey < 0.5


def test_without_frames_the_trials_are_still_there():
    first, second = (replace(o, frames=None) for o in before_after())
    figure = draw_before_after(first, second, EN)

    marks = [line for line in figure.axes[1].lines if len(line.get_xdata()) == 3]
    assert len(marks) == 2


def test_a_rejected_trial_is_not_drawn():
    first, second = before_after()
    m, *others = first.result.movements
    summary = tuple(replace(s, trials=(2, 3)) if s.movement == LEFT else s for s in first.result.summary)
    fewer = replace(first.result, movements=(replace(m, quality="rejected"), *others), summary=summary)

    assert len(curves(draw_before_after(replace(first, result=fewer), second, EN).axes[0])) == 5


WHOSE_WORDS = pytest.mark.parametrize(
    "words", [pytest.param(EN, marks=pytest.mark.slow, id="en"), pytest.param(FR, id="fr")]
)
"""French in the quick run: its words are the longer ones."""
SIZES_IN = {"page": (6.85, 1.9), "large type": (5.27, 1.8), "phone": PHONE_IN}
SIZES = pytest.mark.parametrize("size", SIZES_IN.values(), ids=SIZES_IN)


@pytest.mark.parametrize(
    ("words", "size", "days"),
    [
        *(
            pytest.param(FR, size, days, id=f"fr-{name}-{days}")
            for name, size in SIZES_IN.items()
            for days in (0, 40, 200, 700)
        ),
        *(
            pytest.param(EN, SIZES_IN[name], days, marks=pytest.mark.slow, id=f"en-{name}-{days}")
            for name, days in (("page", 0), ("phone", 40), ("large type", 200), ("phone", 700))
        ),
    ],
)
def test_words_stay_inside_and_apart_however_long_the_time_shown(words, size, days):
    data = full(PASSIVE, treatments=(Treatment(1, TODAY - timedelta(days), "snag"),))
    series = before_after(PASSIVE) if days == 0 else data.series
    assert_words_stay_inside_and_apart(draw_over_time(series, data.treatments, words, 40, *size))
    flat = months(PASSIVE, levels=(38,) * 5)
    assert_words_stay_inside_and_apart(draw_over_time(flat, data.treatments, words, None, *size))


@WHOSE_WORDS
@SIZES
def test_words_stay_inside_and_apart(words, size):
    data = full(PASSIVE)
    assert_words_stay_inside_and_apart(draw_before_after(data.before, data.after, words, *size))
    assert_words_stay_inside_and_apart(draw_headaches(data.headaches.periods, 12, words, *size))


def test_the_longest_days_stay_inside_on_a_phone():
    """As of "22 mars 2026", of which the beginning was cut off."""
    (one, *_) = full().headaches.periods
    starts = [date(2026, month, 22) for month in range(1, 13)]
    periods = [replace(one, start=start, days=4, exercise_days=20) for start in starts]
    assert_words_stay_inside_and_apart(draw_headaches(periods, 12, FR, *PHONE_IN))


def assert_words_stay_inside_and_apart(figure):
    """No tick, heading or key runs out of the picture or into another."""
    figure.set_dpi(72)  # that of SVG, in which words are wider
    figure.draw_without_rendering()
    shown = [(text.get_text(), text.get_window_extent()) for text in words_on(figure)]
    for text, box in shown:
        assert box.x0 >= -1, text
        assert box.x1 <= figure.bbox.x1 + 1, text
        assert (box.y0, box.y1) == (max(box.y0, -1), min(box.y1, figure.bbox.y1 + 1)), text
    for (a, at), (b, there) in itertools.combinations(shown, 2):
        assert not at.overlaps(there), (a, b)


def words_on(figure):
    """Texts that are drawn: not those of ticks beyond an axis."""
    found = [*figure.texts, *(text for key in figure.legends for text in key.get_texts())]
    for axes in figure.axes:
        found += [axes.title, axes._left_title, axes.xaxis.label, *axes.texts]
        for of in (axes.xaxis, axes.yaxis):
            low, high = sorted(of.get_view_interval())
            found += [tick.label1 for tick in of.get_major_ticks() if low <= tick.get_loc() <= high]
    return [text for text in found if text.get_text() and text.get_visible()]


@pytest.mark.parametrize("size", [(6.85, 1.9), PHONE_IN], ids=["page", "phone"])
def test_the_number_of_a_short_column_is_not_cut_by_its_edge(size):
    (one, *_) = full().headaches.periods
    periods = [replace(one, start=TODAY + timedelta(28 * k), days=days) for k, days in enumerate((19, 2.2))]
    figure = draw_headaches(periods, 12, FR, *size)
    figure.canvas.draw()
    (axes,) = figure.axes
    for column in axes.patches:
        ground = column.get_window_extent()
        for text in axes.texts:
            box = text.get_window_extent()
            if ground.overlaps(box):
                assert min(box.x0 - ground.x0, ground.x1 - box.x1, box.y0 - ground.y0, ground.y1 - box.y1) >= 0


def test_reference_band_only_where_one_is_published():
    """Lying and passive: yes; seated and active: never; above sixty: not either."""
    for how, age, shown in ((PASSIVE, 40, True), (ACTIVE, 40, False), (PASSIVE, 70, False)):
        said = " ".join(words_of(chart_bytes(draw_over_time(months(how), (), EN, age), "svg", "t", "d")))
        assert ("published, 95 % (Satpute et al.)" in said) is shown


def test_points_lie_at_their_dates_and_treatments_at_theirs():
    data = full()
    figure = draw_over_time(data.series, data.treatments, EN, 40)
    (marks,) = [line for line in figure.axes[0].lines if line.get_marker() == "^"]

    assert len(marks.get_xdata()) == len(data.treatments)
    points = [x for container in figure.axes[0].containers for x in container.lines[0].get_xdata()]
    assert len(points) == len(data.series)


def test_a_lasting_fall_is_ringed():
    """And explained in the legend."""
    said = " ".join(words_of(chart_bytes(draw_over_time(months(), (), EN), "svg", "t", "d")))
    flat = " ".join(words_of(chart_bytes(draw_over_time(months(levels=(38,) * 5), (), EN), "svg", "t", "d")))

    assert "worth a look" in said
    assert "worth a look" not in flat


def test_every_day_is_told_in_words():
    told = over_time_words(months(), FR)

    assert told.count("2025") + told.count("2026") == 12
    assert "2 mars 2026" in told


def test_headache_columns_and_the_line_of_half():
    data = full()
    figure = draw_headaches(data.headaches.periods, 12, EN)

    (axes,) = figure.axes
    assert [patch.get_height() for patch in axes.patches] == [12, 11, 6, 5]
    (line,) = axes.lines
    assert set(line.get_ydata()) == {6}
    assert "too few\ndiary days" in [t.get_text() for t in axes.texts]
    assert [t.get_text().split("\n")[-1] for t in axes.get_xticklabels()] == ["exercise: 20"] * 5
    assert headaches_words(data.headaches.periods, EN).endswith("2 Mar 2026: 5.")


@pytest.mark.parametrize(
    "draw",
    [
        lambda: draw_before_after(*before_after(), FR),
        lambda: draw_over_time(months(), (Treatment(1, TODAY, "snag"),), FR),
        lambda: draw_headaches(full().headaches.periods, 12, FR),
    ],
    ids=["before and after", "over time", "headaches"],
)
@pytest.mark.parametrize("kind", ["svg", pytest.param("png", marks=pytest.mark.slow)])
def test_the_same_bytes_every_time(draw, kind):
    assert chart_bytes(draw(), kind, "t", "d") == chart_bytes(draw(), kind, "t", "d")


def test_nothing_to_draw():
    """No measurement, no diary: empty panels, no crash."""
    first, _ = before_after()
    none = replace(first, result=replace(first.result, movements=(), summary=()), frames=None)

    for figure in (draw_before_after(none, None, EN), draw_over_time((), (), EN), draw_headaches((), None, EN)):
        assert chart_bytes(figure, "svg", "t", "d")


def test_one_date_alone():
    """A single day, or all on one day, gives an axis that is not empty."""
    first, second = before_after()
    figure = draw_over_time((first, second), (Treatment(1, TODAY - timedelta(400), "other"),), EN)

    low, high = figure.axes[0].get_xlim()
    assert high - low > 400


@pytest.mark.parametrize("words", [EN, FR])
def test_the_difference_is_that_of_the_angles_as_they_are_written(words):
    """25.6 and 40.4, 14.8 more, are written 26 and 40."""
    first, second = before_after()
    for a, b in itertools.product(np.arange(25, 27, 0.3), np.arange(25, 42, 0.7)):
        sides = [
            replace(
                side, before=replace(side.before, mean_deg=a), after=replace(side.after, mean_deg=b), change_deg=b - a
            )
            for side in compare(first, second).sides
        ]
        numbers = [int(n) for n in re.findall(r"(\d+)\s?°", change_sentence(sides[0], words))]
        assert numbers[2] == max(abs(numbers[1] - numbers[0]), 1)


@pytest.mark.parametrize(("days", "names"), [(0, ["before", "after"]), (40, ["earlier", "later"])])
def test_only_measurements_of_one_day_are_called_before_and_after(days, names):
    first, second = before_after()
    second = replace(second, on=first.on + timedelta(days))
    (key,) = draw_before_after(first, second, EN).legends
    assert [text.get_text() for text in key.get_texts()][:2] == names
    assert all(name in before_after_words(first, second, EN) for name in names)


def test_files(tmp_path):
    figure = draw_before_after(*before_after(), EN)
    told = before_after_words(*before_after(), EN)
    save_chart(figure, tmp_path / "a.svg", "Before and after", told)
    save_chart(figure, tmp_path / "a.png", "Before and after", told)

    assert "change +10.0° (95 % interval" in (tmp_path / "a.svg").read_text("utf-8")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(OutputError, match=r"\.png or \.svg"):
        save_chart(figure, tmp_path / "a.gif", "t", "d")


@pytest.mark.parametrize("words", [EN, FR])
def test_a_change_over_weeks_says_what_the_spread_of_days_rests_on(words):
    """With its source; within one visit nothing of the kind is said, nor that the noise is the measurement's alone."""
    first, *_, last = months()
    over_weeks, at_once = compare(first, last), compare(last, last)

    assert between_sentences(at_once, words) == []
    (said,) = between_sentences(over_weeks, words)
    assert "Hall" in said
    assert "7°" in said
    for side in over_weeks.sides:
        assert change_sentence(side, words) != change_sentence(replace(side, between=None), words)

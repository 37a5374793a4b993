"""What is said of months: nothing that measuring alone can make, and what is there is found."""

import re
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from test_trend import LEFT, START, line

from romcheck.change import side_progress
from romcheck.clinical import Treatment
from romcheck.i18n.languages import LANGUAGES
from romcheck.i18n.texts import Texts
from romcheck.reports.progress import progress, progress_svg, side_sentences


def standing(levels, **how):
    found = side_progress(line(levels, **how), LEFT)
    assert found is not None
    return found.since_start, found.beside_usual, found.best_beside_usual


@pytest.mark.parametrize(
    ("levels", "wanted"),
    [
        ([26, 27, 27, 26, 27], ("same", "same", "same")),
        ([26, 27, 28, 27, 46], ("same", "more", "more")),
        ([26, 27, 46, 45, 46, 45], ("more", None, None)),
        ([46, 45, 46, 45, 27], ("same", "less", "same")),
        ([46, 45, 46, 27, 27], ("less", None, None)),
        ([26, 31, 36, 41, 46, 51], ("more", None, None)),
        ([46, 27, 26, 27, 26], ("uneven", "same", "more")),
        ([27, 46, 45, 46], ("uneven", "same", "same")),
        ([26, 27, 46, 26, 27], ("same", "same", "more")),
        ([26, 46], ("more", None, None)),
        ([26], (None, None, None)),
    ],
    ids=[
        "unchanged", "a leap", "risen for good", "one bad day", "two bad days", "a steady rise", "a good first day",
        "a bad first day", "one good day", "two measurements", "the first",
    ],
)  # fmt: skip
def test_beside_the_start_the_usual_and_the_best(levels, wanted):
    assert standing(levels) == wanted


@pytest.mark.slow
def test_an_unchanging_neck_is_seldom_said_to_have_changed():
    """Six measurements of one neck, 300 times, its days scattering by 2°: in less than one of twenty."""
    rng = np.random.default_rng(5)
    found = [standing([38] * 6, rng=rng, systematic=2.0) for _ in range(300)]
    for place in (0, 1):
        assert sum(one[place] != "same" for one in found) / len(found) < 0.05


def test_the_gain_right_after_a_treatment_is_not_progress():
    """Only what was measured at rest is compared."""
    *usual, last = line([28, 28, 28, 28, 46])
    after = replace(last, conditions=replace(last.conditions, timing="after", minutes_since_treatment=5.0))
    found = side_progress([*usual, after], LEFT)
    assert found is not None
    assert (len(found.points), found.since_start) == (4, "same")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("levels", [[26, 27, 46, 26, 27], [26, 46, 46, 46, 46], [46, 45, 45, 28, 28, 28], [30]])
def test_words_and_picture_hold_no_number_and_no_promise(language, levels):
    t = Texts(language)
    sides = progress(line(levels), [Treatment(1, START + timedelta(1), "snag")])
    assert [side.movement for side in sides] == ["rotation_left", "rotation_right"]
    said = " ".join(sentence for side in sides for sentence in side_sentences(side, t))
    drawn = " ".join(re.findall(r">([^<]+)</(?:text|desc|title)>", progress_svg(sides, t)))
    assert not re.search(r"\d|better|worse|improve|mieux|pire|amélior", f"{said} {drawn}".lower())
    assert t("progress.mark.today") in drawn


def test_the_picture_says_with_words_what_it_shows():
    t = Texts("en")
    (side, _) = progress(line([26, 27, 46, 27]))
    svg = progress_svg([side], t)
    assert svg.count('class="usual"') == svg.count('class="today"') == svg.count('class="best"') == 1
    assert all(sentence in svg for sentence in side_sentences(side, t))
    assert side_sentences(side, t) == [t(f"progress.{key}") for key in ("start.same", "today.same", "best.earlier")]


def test_where_it_has_risen_there_is_no_usual():
    """The median of days on the way up, and a band that covers them, would call the latest one of many alike."""
    t = Texts("en")
    for levels in ([26, 27, 46, 45, 46, 45], [30, 33, 36, 42, 42, 42]):
        (side, _) = progress(line(levels))
        assert side_sentences(side, t) == [t("progress.start.more")]
        assert 'class="usual"' not in progress_svg([side], t)


def test_uneven_says_each_comparison_and_nothing_of_the_first_two_beside_each_other():
    """The first two may be well within the noise of each other."""
    t = Texts("en")
    (side, _) = progress(line([30, 34, 36, 38, 41, 41], spread=0.1, systematic=0.2))
    first, second = side.from_start[0], side.from_start[-1]
    assert side.since_start == "uneven"
    assert abs(first.first.mean_deg - second.first.mean_deg) < min(one.noise_deg or 0 for one in side.from_start)
    assert side_sentences(side, t)[0] == (
        "Compared with the first time, it goes further. Compared with the second time, it goes about as far."
    )
    for one in side.from_start:
        beyond = one.noise_deg is not None and one.last.mean_deg - one.first.mean_deg > one.noise_deg
        assert (one.standing == "more") == beyond == (one.first == first.first)
    assert t("progress.best.same") not in side_sentences(side, t)


def test_a_scatter_of_a_few_degrees_stays_flat():
    """Drawn to the height of the picture it would look like ups and downs."""
    (side, *_) = progress(line([38, 39, 38, 40, 39]))
    (points,) = re.findall(r'<polyline points="([^"]+)"', progress_svg([side], Texts("en")))
    heights = [float(point.split(",")[1]) for point in points.split()]
    assert max(heights) - min(heights) < 30

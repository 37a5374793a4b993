"""Published figures are shown only for the way of testing they were found in."""

import itertools
import re
from typing import get_args

import pytest

from romcheck import published
from romcheck.published import (
    all_figures,
    detectable_changes,
    figure,
    figures_for,
    reference_band,
    why_none,
    why_none_source,
)
from romcheck.results import Test

MODES, POSTURES = ("active", "passive", None), ("seated", "supine", None)
TESTS = ("rotation", "flexion-extension", "lateral-flexion", "flexion-rotation")


def test_figures_as_printed():
    """Those that stand beside every change, copied by hand from their abstracts."""
    assert (figure("frt_mdc").value, figure("frt_mdc").source.key) == (7, "hall_thesis_2010")
    assert (figure("placebo_at_once").value, figure("placebo_at_once").sd) == (5, 5)
    assert figure("placebo_at_once").source.doi == "10.2519/jospt.2007.2379"
    assert figure("headache_during_test").value == -6
    assert (figure("frt_no_symptoms_left").value, figure("frt_no_symptoms_left").sd) == (45.0, 6.04)
    assert (figure("frt_no_symptoms_right").value, figure("frt_no_symptoms_right").sd) == (44.6, 6.57)


@pytest.mark.parametrize(
    ("mode", "posture"), [p for p in itertools.product(MODES, POSTURES) if p != ("passive", "supine")]
)
def test_passive_supine_figures_reach_no_other_way_of_testing(mode, posture):
    """No band and no cut-off for the active, the seated or the unknown test, and a sentence that says so."""
    assert figures_for("flexion-rotation", mode, posture, 40) == ()
    for movement in ("rotation_left", "rotation_right"):
        assert reference_band("flexion-rotation", movement, mode, posture, 40) is None
    for language in ("en", "fr"):
        assert why_none("flexion-rotation", mode, posture, 40, language)


def test_the_active_test_says_that_there_are_none():
    assert "no published figures" in why_none("flexion-rotation", "active", "seated", None, "en")
    assert "pas de valeurs publiées" in why_none("flexion-rotation", "active", "seated", None, "fr")


def test_band_of_the_passive_test():
    """45.0 ± 1.96 × 6.04, by hand."""
    band = reference_band("flexion-rotation", "rotation_left", "passive", "supine", 40)

    assert (band.low_deg, band.high_deg) == pytest.approx((33.16, 56.84), abs=0.01)
    assert why_none("flexion-rotation", "passive", "supine", 40, "en") is None


@pytest.mark.parametrize("age", [12, 61, 88])
def test_no_figures_for_ages_nobody_tested(age):
    assert figures_for("flexion-rotation", "passive", "supine", age) == ()
    assert why_none("flexion-rotation", "passive", "supine", age, "en")


@pytest.mark.parametrize("test", TESTS)
def test_either_figures_or_a_sentence(test):
    for mode, posture, age in itertools.product(MODES, POSTURES, (None, 30, 70)):
        assert bool(figures_for(test, mode, posture, age)) == (why_none(test, mode, posture, age, "fr") is None)


def test_every_figure_has_its_source_and_both_languages():
    for f in all_figures():
        assert f.source.doi or f.source.pmid or f.source.url
        assert all(text[language] for text in (f.who, f.device) for language in ("en", "fr"))
        assert f.source.doi is None or re.fullmatch(r"10\.\d{4,}/\S+", f.source.doi)
        assert not f.band or (f.sd and f.n and f.mode and f.posture and f.movement)
    assert len({f.key for f in all_figures()}) == len(all_figures())


def test_nothing_lies_unused():
    """A source without a figure, or a sentence that is never shown, is a mistake."""
    content = published._content()
    cited = {f.source.key for f in (*all_figures(), *published.accuracies())}
    cited |= {published.share(key).source.key for key in content["shares"]}
    cited |= {content["rules"][key] for key in content["rules"]}
    cited |= {published.monthly_days(key).source.key for key in content["monthly_days"]}
    for one in map(published.worthwhile, content["worthwhile"]):
        cited |= {one.source.key, one.detectable_source.key}
    cited |= {sentence["source"] for sentence in content["sentences"].values() if "source" in sentence}
    cited |= {remark.source.key for test in get_args(Test) for remark in published.remarks(test)}
    assert set(content["sources"]) == cited
    met = {
        published._reason(test, mode, posture, age)
        for test, mode, posture, age in itertools.product(TESTS, MODES, POSTURES, (None, 12, 70))
    }
    assert met - {None} == set(content["sentences"])


def test_as_many_small_ranges_are_somebody_elses_as_the_page_says():
    """Of people with headache one in six has it from the neck: 35 to 40 of 100 small ranges are found in others."""
    for study in published.accuracies():
        theirs, others = study.sensitivity / 6, (1 - study.specificity) * 5 / 6
        assert 0.345 <= others / (theirs + others) <= 0.405


def test_detectable_changes_say_how_they_were_found():
    assert max(f.value for f in detectable_changes("flexion-rotation")) == 7
    assert detectable_changes("rotation") == ()


def test_an_active_test_is_told_what_was_found_of_it():
    """In twelve people the sides differed passively and not actively: said, with what a home check is for."""
    assert "twelve people" in why_none("flexion-rotation", "active", "seated", None, "en")
    assert "douze personnes" in why_none("flexion-rotation", "active", "seated", None, "fr")
    assert why_none_source("flexion-rotation", "active", "seated", None).address.startswith("https://")
    assert why_none_source("flexion-rotation", "passive", "seated", None) is None


def test_a_headache_present_is_a_difference_and_no_change():
    assert figure("headache_during_test").kind == "difference"
    assert all(f.value > 0 for f in all_figures() if f.kind == "change")


def test_people_have_their_article_in_french():
    """They stand behind "chez" and "d'après"."""
    assert [f.key for f in all_figures() if f.who["fr"].startswith("personnes")] == []

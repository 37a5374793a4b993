"""What the result page says: nothing that was not measured, nothing left in another language."""

import ast
from dataclasses import replace
from pathlib import Path
from string import Formatter

import pytest
from measured import measurement

import romcheck
from romcheck.i18n.catalogue import catalogue
from romcheck.i18n.languages import LANGUAGES
from romcheck.i18n.texts import Texts
from romcheck.notices import CODES, notice
from romcheck.results import Difference
from romcheck.ui.result_chart import curve_png
from romcheck.ui.result_view import notice_text, result_view

PACKAGE = Path(romcheck.__file__).parent


@pytest.fixture(scope="module")
def made():
    return measurement(kept=30.0)


def view(result, language="en", mode="active", posture="seated"):
    return result_view(result, mode, posture, Texts(language))


def test_a_rejected_trial_is_shown_with_its_reason_and_left_out_of_the_mean(made):
    seen = view(made.result)
    assert [row.remark for row in seen.rows].count("not counted: the chin came up during the turn") == 1
    assert [side.trials for side in seen.sides] == ["from 3 trials", "from 2 trials"]


def test_a_side_without_a_trial_is_not_measured(made):
    right = tuple(s for s in made.result.summary if s.movement == "rotation_right")
    seen = view(replace(made.result, summary=right, differences=()))
    assert seen.sides[0].mean == "not measured"
    assert seen.difference == ()


@pytest.mark.parametrize(("value", "half", "word"), [(5.0, 4.9, "more"), (-5.0, 4.9, "more"), (4.8, 4.9, "no more")])
def test_the_difference_is_held_against_its_uncertainty(made, value, half, word):
    sentence = view(replace(made.result, differences=(Difference("rotation", value, half),))).difference[1]
    cause = " This says nothing about the cause." if word == "more" else ""
    assert sentence == f"The sides differ by {word} than the uncertainty of this measurement.{cause}"


def codes_used():
    """The code of every notice that is made anywhere in the package, also by ``partial(notice, code)``."""
    found = []
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called, *arguments = node.func, *node.args
            if getattr(called, "id", "") == "partial":
                called, *arguments = arguments
            if getattr(called, "id", "") == "notice" and arguments:
                assert isinstance(arguments[0], ast.Constant), f"{path.name}: not readable from the source"
                found.append(arguments[0].value)
    return found


def test_every_notice_that_is_made_has_a_sentence_and_none_is_left_over():
    assert set(codes_used()) == set(CODES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_notice_is_said_in_the_readers_language(language):
    """With the same values as the English sentence wants."""
    for code in CODES:
        sentence = catalogue("en")[f"warning.{code}"]
        values = {name: 2.5 for _, name, _, _ in Formatter().parse(sentence) if name}
        said = notice_text(notice(code, **values), Texts(language))
        assert said, code
        assert language == "en" or said != notice(code, **values).text, code


def test_the_name_of_a_test_is_translated(made):
    told = notice("others", test="lateral-flexion", count=3)
    assert "Oreille" in notice_text(told, Texts("fr"))
    assert "lateral flexion" in told.text


def test_a_result_without_codes_gives_its_sentences_as_they_are(made):
    older = replace(made.result, warnings=("The disk is full.",), notices=())
    assert view(older, "fr").doubts[0] == "The disk is full."


def test_nothing_was_doubted_only_where_no_trial_was(made):
    good = tuple(m for m in made.result.movements if m.quality == "good")
    assert view(replace(made.result, movements=good, warnings=(), notices=())).doubts == ()
    assert view(replace(made.result, warnings=(), notices=())).doubts == (Texts("en")("result.trials_doubted"),)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_figures_of_the_passive_test_for_the_active_one(made, language):
    active, passive = view(made.result, language), view(made.result, language, "passive", "supine")
    assert active.figures == ()
    assert active.no_figures
    assert any("Satpute" in line.source and line.link.startswith("https://doi.org/") for line in passive.figures)
    assert passive.no_figures == ""


def test_french_writes_decimals_with_a_comma(made):
    assert "," in view(made.result, "fr").sides[0].mean
    assert "." not in view(made.result, "fr").sides[0].mean


def test_the_curve_is_a_picture_that_differs_by_language(made):
    pictures = [curve_png(made.result, made.frames, Texts(language)) for language in LANGUAGES]
    assert all(p.startswith(b"\x89PNG") for p in pictures)
    assert pictures[0] != pictures[1]

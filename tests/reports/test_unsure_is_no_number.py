"""An angle whose interval is too wide to be of use is nowhere given as a number, in no language."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from occasions import occasion
from rich.console import Console

from romcheck.change import compare
from romcheck.exchange.fhir import fhir_bundle
from romcheck.i18n.texts import Texts
from romcheck.i18n.wording import Wording
from romcheck.reports.before_after import before_after_words
from romcheck.reports.plot import _summary_line
from romcheck.reports.sentences import change_rows, change_sentence, range_words, single_sentences
from romcheck.reports.table import result_table
from romcheck.reports.typst.content import _trials
from romcheck.ui.result_view import result_view

SAID = ("61.4", "72.3", "61,4", "72,3", "61°", "72°", "66.8", "66,8", "67°", "68°")
"""The trials, their mean of about 67°, and each as rounded."""


def made(half_width, reason):
    """Two trials to the left that far apart, equally uncertain."""
    of = occasion({"rotation_left": [61.4, 72.3], "rotation_right": []}, test="rotation", systematic=half_width / 1.96)
    differ = {"mean_deg": None, "uncertainty_deg": None, "reason": reason} if reason == "trials_differ" else {}
    summary = tuple(replace(s, **{"reason": reason, **differ}) if s.trials else s for s in of.result.summary)
    return replace(of, result=replace(of.result, summary=summary, differences=()))


def shown(of):
    """Every way in which a result is shown, by name."""
    page = io.StringIO()
    Console(file=page, width=200).print(result_table(of.result))
    comparison = compare(of, of)
    (side,) = [s for s in comparison.sides if s.movement == "rotation_left"]
    ways = {"terminal": page.getvalue(), "plot": _summary_line(of.result)}
    for language in ("en", "fr"):
        words, texts = Wording(language), Texts(language)
        ways |= {
            f"page {language}": str(result_view(of.result, "active", "seated", texts).sides),
            f"rows {language}": str(result_view(of.result, "active", "seated", texts).rows),
            f"report, once {language}": str(single_sentences(of.result, words)),
            f"report, change {language}": change_sentence(side, words) + str(change_rows(comparison, words)),
            f"report, range {language}": range_words(side.before, words),
            f"report, trials {language}": _trials(of.result, "rotation_left", words),
            f"picture {language}": before_after_words(of, of, words),
        }
    bundle = json.loads(fhir_bundle([of], "K-17"))
    seen = [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Observation"]
    ways["fhir"] = json.dumps([{k: o.get(k) for k in ("text", "valueQuantity", "component")} for o in seen])
    return ways


@pytest.mark.parametrize("reason", ["unsure", "trials_differ"])
def test_no_number_where_it_is_unsure(reason):
    for way, text in shown(made(20.0, reason)).items():
        assert not [number for number in SAID if number in text], f"{way}: {text}"


def test_the_same_ways_give_numbers_where_it_is_sure():
    told = {way for way, text in shown(made(3.0, None)).items() if any(number in text for number in SAID)}
    assert told >= {"terminal", "plot", "page en", "rows fr", "report, trials en", "picture en", "fhir"}


def test_the_largest_is_not_the_largest_of_those_that_are_sure():
    of = made(3.0, None)
    first, second = of.result.movements
    assert second.angle_deg == 72.3
    result = replace(of.result, movements=(first, replace(second, uncertainty_deg=16.0)))
    page = io.StringIO()
    Console(file=page, width=200).print(result_table(result))
    (line,) = [line for line in page.getvalue().splitlines() if "2 of 2" in line]
    assert line.rstrip().endswith("too uncertain to state")

"""The texts of charts and reports: none missing, none unused, the same numbers in every language."""

import itertools
import re
import string
from datetime import date, datetime
from pathlib import Path

import pytest

import romcheck.reports
from romcheck.change.comparability import Matter
from romcheck.clinical import HeadacheSide, Mode, MovedBy, Posture, TreatmentKind
from romcheck.i18n.catalogue import catalogue
from romcheck.i18n.languages import LANGUAGES
from romcheck.i18n.texts import Texts
from romcheck.i18n.wording import Wording
from romcheck.reports.typst.content import OUTCOMES
from romcheck.reports.typst.printable import can_print
from romcheck.results import LensKnowledge, MovementName, Test

FOLDER = Path(romcheck.reports.__file__).parent
SOURCE = "\n".join(path.read_text("utf-8") for path in FOLDER.rglob("*.py"))

FAMILIES = {
    "side": MovementName,
    "movement_name": MovementName,
    "title": Test,
    "mode": Mode,
    "posture": Posture,
    "moved_by": MovedBy,
    "report_lens": LensKnowledge,
    "matter": Matter,
    "treatment": TreatmentKind,
    "headache_side": HeadacheSide,
}
"""Sections with one text for each value of a type."""


def placeholders(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)


def report_texts(language):
    """The sentences that reports print."""
    sections = {
        *("report", "chart", "change", "answer", "fact", "words", "clinical_test", "clinical_movement", "reason"),
        *FAMILIES,
    }
    return {key: text for key, text in catalogue(language).items() if key.split(".")[0] in sections}


@pytest.mark.parametrize("key", report_texts("en"))
def test_every_letter_can_be_printed(key):
    for language in LANGUAGES:
        assert can_print(catalogue(language)[key])


@pytest.mark.parametrize(("section", "kind"), FAMILIES.items())
def test_every_value_has_its_words(section, kind):
    """And no words stand for a value that there is not."""
    held = {key.partition(".")[2] for key in catalogue("en") if key.startswith(f"{section}.")}

    assert held - {"unknown"} == set(kind.__args__)


def test_every_outcome_has_its_words():
    held = {key for key in catalogue("en") if key.startswith("report.out_")}

    assert held == {f"report.out_{name}" for name in OUTCOMES}


def test_numbers_as_the_language_writes_them():
    en, fr = Wording("en"), Wording("fr")

    assert (en.signed(-3.44), fr.signed(-3.44)) == ("−3.4°", "−3,4°")
    assert (en.signed(3.44), en.signed(0.04), en.signed(-0.04)) == ("+3.4°", "0.0°", "0.0°")
    assert (en.degrees(47.66, 2.94), fr.degrees(47.66, 2.94)) == ("47.7° ± 2.9°", "47,7° ± 2,9°")
    assert (en.day(date(2026, 3, 1)), fr.day(date(2026, 3, 1))) == ("1 March 2026", "1er mars 2026")
    assert (fr.short_day(date(2026, 3, 1)), fr.day_and_month(date(2026, 3, 1))) == ("1er mars 2026", "1er mars")
    assert Texts("fr").day(date(2026, 3, 1)) == "1er mars 2026"
    assert Texts("en").day(date(2026, 3, 1)) == "1 March 2026"
    assert (en.moment(datetime(2026, 3, 1, 14, 5, 9)), fr.moment(datetime(2026, 3, 1, 4, 5))) == (
        "1 Mar 2026, 14:05", "1er mars 2026, 04:05"
    )  # fmt: skip
    assert (fr.day(date(2026, 3, 21)), en.short_day(date(2026, 3, 2))) == ("21 mars 2026", "2 Mar 2026")
    assert (fr.short_day(date(2026, 3, 21)), en.short_day(date(2027, 3, 1))) == ("21 mars 2026", "1 Mar 2027")
    assert re.fullmatch(r"58\s%", fr.percent(0.583))
    assert (en.short_number(12.0), fr.short_number(9.5)) == ("12", "9,5")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_nothing_is_claimed(language):
    """It measures: no word of success, of a diagnosis, of what is normal."""
    never = ("worked", "positive", "normal", "normale", "you have", "positif", "vous avez", "efficace", "guéri", "cure")
    for (key, text), word in itertools.product(report_texts(language).items(), never):
        assert not re.search(rf"\b{word}\b", text.lower()), key

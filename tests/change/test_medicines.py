"""Days with pain medicine in a month, and the days from which a word with a doctor is worth it."""

from datetime import date, timedelta

import pytest

from romcheck.change import medicine_days
from romcheck.clinical import DiaryDay, Outcome
from romcheck.i18n.catalogue import LANGUAGES
from romcheck.i18n.wording import Wording
from romcheck.reports.of_course import medicine_sentences, outcome_sentences

DAY = date(2026, 3, 31)


def diary(*classes, days=60):
    """One line a day up to `DAY`; the newest days have these medicines, an empty text for one not named."""
    taken = dict(enumerate(classes))
    return [
        DiaryDay(1, DAY - timedelta(i), medication=i in taken, medicine_classes=taken.get(i, "")) for i in range(days)
    ]


@pytest.mark.parametrize(
    ("classes", "days", "limit", "many"),
    [
        (["paracetamol"] * 14, 14, 15, False),
        (["nsaid"] * 8 + ["paracetamol"] * 7, 15, 15, True),
        (["triptan"] * 9, 9, 10, False),
        (["triptan"] * 10, 10, 10, True),
        (["opioid"] * 2 + ["nsaid"] * 8, 10, 10, True),  # of several kinds together
        ([""] * 15, 15, 15, True),
        (["paracetamol nsaid"] * 3, 3, 15, False),
    ],
)
def test_days_of_a_month(classes, days, limit, many):
    found = medicine_days(diary(*classes), DAY)
    assert (found.days, found.limit, found.many, found.kept) == (days, limit, many, 30)


def test_only_the_last_thirty_days_count():
    old = [DiaryDay(1, DAY - timedelta(i), medication=True) for i in range(30, 60)]
    assert medicine_days([*diary(days=30), *old], DAY).days == 0
    assert medicine_days(old, DAY) is None
    assert medicine_days([DiaryDay(1, DAY, headache=True)], DAY) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_told_kindly_and_names_where_the_days_were_printed(language):
    words = Wording(language)
    said = " ".join(medicine_sentences(medicine_days(diary(*["triptan"] * 11), DAY), words))
    assert "11" in said
    assert "https://chsg.org/" in said
    assert (
        words(
            "medicine.many",
            limit="10",
            cite="ICHD-3, 8.2, https://chsg.org/resources-category/medication-overuse-headache/",
        )
        in said
    )
    for word in ("overuse", "abus", "you have", "vous avez", "addict"):
        assert word not in said.lower().replace("medication-overuse-headache", "")
    assert medicine_sentences(medicine_days(diary(), DAY), words) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("days", [2, 11])
def test_the_referrer_is_not_addressed_as_the_patient(language, days):
    counted = medicine_days(diary(*["triptan"] * days), DAY)
    said = " ".join(medicine_sentences(counted, Wording(language), to_patient=False)).lower()
    assert "https://chsg.org/" in said
    for word in ("you", "vous", "doctor", "médecin"):
        assert word not in said.split()


def told(**first_and_latest):
    names = first_and_latest
    return [
        Outcome(1, DAY - timedelta(28 * (1 - i)), **{name: ends[i] for name, ends in names.items()}) for i in range(2)
    ]


@pytest.mark.parametrize(
    ("ends", "verdict"),
    [
        ({"intensity": (6, 3.5)}, "reached"),
        ({"intensity": (6, 4)}, "not_reached"),
        ({"ndi": (20, 14)}, "reached"),
        ({"ndi": (20, 15)}, "not_reached"),
        ({"ndi": (20, 24)}, None),
        ({"ndi": (20, 20)}, None),
    ],
)
def test_a_change_stands_beside_what_was_published(ends, verdict):
    words = Wording("en")
    first, last = outcome_sentences(told(**ends), words)
    assert "Young et al., Cephalalgia 2019;39:44–51, https://" in first
    for name in ("reached", "not_reached", "unsure"):
        assert (words(f"outcome.{name}") in first) == (name == verdict)
    assert last == words("outcome.means")


def test_what_nobody_published_is_said():
    said = outcome_sentences(told(hit6=(60, 50)), Wording("en"))
    assert Wording("en")("outcome.no_published") in said[0]
    assert outcome_sentences(told(intensity=(6, 3))[:1], Wording("en")) == []

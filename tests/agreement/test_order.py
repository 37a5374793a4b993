"""The order of visits decides the sign of a change."""

from itertools import permutations

import pandas as pd
import pytest

from romcheck import agreement
from romcheck.agreement.order import order
from romcheck.agreement.reading import TableError


@pytest.mark.parametrize(
    ("labels", "by"),
    [
        (("28.03.2026", "04.04.2026"), "day.month"),
        (("28.03.", "04.04."), "day.month"),
        (("28.03", "04.04"), "day.month"),
        (("9/28/2026", "10/5/2026"), "month/day"),
        (("9/28", "10/5"), "month/day"),
        (("28/9/2026", "5/10/2026"), "day.month"),
        (("2025-12-30", "2026-01-02"), "year-month-day"),
        (("2026-03-01 09:00", "2026-03-01 16:30"), "year-month-day"),
        (("28.12.2025", "04.01.2026"), "day.month"),
        (("12 Mar 2026", "2 Apr 2026"), "named month"),
        (("6 weeks", "12 weeks"), "time"),
        (("baseline", "6 weeks", "3 months"), "time"),
        (("10 Tage", "3 Wochen"), "time"),
        (("2 semaines", "2 mois"), "time"),
        (("T2", "T10"), "number"),
        (("2nd visit", "10th visit"), "number"),
        (("9", "10"), "number"),
        (("pre", "post", "follow-up 3 months", "follow-up 12 months"), "stage"),
        (("vorher", "nachher"), "stage"),
        (("before treatment", "after treatment"), "stage"),
    ],
)
def test_whatever_order_the_rows_come_in(labels, by):
    for shuffled in permutations(labels):
        found = order(shuffled, "table")
        assert found.labels == labels
        assert by in found.by


def test_words_without_an_order_stay_as_they_first_appear():
    found = order(("red", "blue"), "table")
    assert found.labels == ("red", "blue")
    assert "first appear" in found.by


@pytest.mark.parametrize(
    "labels",
    [
        ("4/6/2026", "5/4/2026"),  # 4 June and 5 April, or 6 April and 4 May
        ("04.01.", "28.12."),  # the end of a year may lie between
        ("1.1", "1.2", "2.1"),  # days, or numbers of sessions
    ],
)
def test_where_it_cannot_be_told_it_is_asked(labels):
    with pytest.raises(TableError, match=f"--visits {labels[0]}"):
        order(labels, "table")


def repeated(first, second, change=4.0):
    """Twelve persons, the later visit larger by ``change``; the later rows come first."""
    rows = [(f"{i:02}", second, 50 + 2 * i + change + (i % 3)) for i in range(12)]
    rows += [(f"{i:02}", first, 50 + 2 * i + (i % 2)) for i in range(12)]
    return pd.DataFrame(rows, columns=["person", "visit", "angle_deg"])


@pytest.mark.parametrize(("first", "second"), [("28.03.2026", "04.04.2026"), ("9/28", "10/5"), ("6 weeks", "12 weeks")])
def test_a_gain_is_a_gain(first, second):
    study = agreement.reliability(repeated(first, second))
    assert study.parts[0].limits.bias.value == pytest.approx(4.5, abs=0.1)
    assert study.a == f"visit {second}"
    assert any("ordered by" in text for text in study.said)


def test_the_visits_named_are_compared_in_the_order_named():
    study = agreement.reliability(repeated("4/6/2026", "5/4/2026"), visits=("5/4/2026", "4/6/2026"))
    assert study.parts[0].limits.bias.value == pytest.approx(-4.5, abs=0.1)
    with pytest.raises(TableError, match="no visit 6/6"):
        agreement.reliability(repeated("4/6/2026", "5/4/2026"), visits=("4/6/2026", "6/6/2026"))

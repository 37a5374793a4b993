"""What is read first, in its order, with the numbers of the trials; and what the day was asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from people import ACTIVE, LEFT, PASSIVE, TODAY, before_after, full

from romcheck.i18n.languages import LANGUAGES
from romcheck.i18n.texts import Texts
from romcheck.i18n.wording import Wording
from romcheck.records.clinic import Screening
from romcheck.records.entries import Person, PersonPage, Visit
from romcheck.reports.data import ReportData
from romcheck.reports.first_lines import at_rest, first_lines
from romcheck.reports.of_person import asked
from romcheck.reports.sentences import days_sentences, felt_sentences, headache_sentences

SCREENED = ("Screened on 2 Mar 2026: all.",)


def data(**changes):
    """The left turns less before the treatment, the right stays; a month of measurements before."""
    made = full(PASSIVE, asked=SCREENED)
    felt = replace(
        made.after.conditions,
        pain_after=5,
        stopped_by_left="resistance",
        end_feel_left="firm",
        familiar_left=True,
        familiar_where_left="temple",
        familiar_pain_left=4,
    )
    return replace(made, after=replace(made.after, conditions=felt), **changes)


def test_the_order_is_that_of_the_reader():
    lines = first_lines(data(), Wording("en"))
    starts = [
        "2 Mar 2026, before treatment: turns less to the left than to the right, by ",
        "The headache is on that side.",
        "First to latest, 13 Oct 2025 to 2 Mar 2026: ",
        "On the day, before and after treatment: ",
        "2 Mar 2026, after treatment. Pain before the test 1, at most 5 during it (0–10). To the left: firm resistance",
        "Screened on",
    ]
    assert len(lines) == len(starts)
    assert all(line.startswith(start) for line, start in zip(lines, starts, strict=True))


def test_the_side_is_the_one_before_the_treatment():
    """Left 31.1, right 43.2 before; after it they are within their noise."""
    line = first_lines(data(), Wording("en"))[0]
    assert f"by {43.2 - 31.1:.1f}° ± " in line


def test_the_months_are_first_to_latest_and_never_end_right_after_a_treatment():
    made = data()
    quiet = at_rest(made)
    assert made.after not in quiet
    assert [o.on for o in quiet] == sorted(o.on for o in quiet)
    first, latest = (
        np.mean([m.angle_deg for m in o.result.movements if m.movement == LEFT]) for o in (quiet[0], quiet[-1])
    )
    assert f"Rotation to the left {first:.1f}° → {latest:.1f}°, " in first_lines(made, Wording("en"))[2]


def test_a_measurement_of_a_later_day_is_the_one_stated_also_right_after_a_treatment():
    first, second = before_after()
    right_after = replace(second.conditions, timing="after", minutes_since_treatment=10)
    second = replace(second, on=first.on + timedelta(61), conditions=right_after)
    lines = first_lines(ReportData("A-1", TODAY, first, second), Wording("en"))
    assert lines[0].startswith(f"{Wording('en').short_day(second.on)}, after treatment: ")
    assert not any(line.startswith("First to latest") for line in lines)


@pytest.mark.parametrize(
    ("side", "said"),
    [
        ("right", "The headache is on the other side."),
        ("both", "Side of the headache: both."),
        (None, "The side of the headache was not recorded."),
        ("none", "No headache."),
    ],
)
def test_the_side_of_the_headache(side, said):
    assert first_lines(data(headache_side=side), Wording("en"))[1] == said


def test_sides_within_their_noise_are_not_called_less():
    before, after = before_after(ACTIVE, 12.0)
    quiet = replace(after, conditions=replace(after.conditions, minutes_since_treatment=None))
    line = first_lines(replace(data(), before=quiet, after=None, series=()), Wording("en"))[0]
    assert "do not differ by more than the uncertainty of the measurement" in line
    assert before is not quiet


def test_measurements_of_two_days_say_the_days_between():
    before, after = before_after(ACTIVE)
    assert days_sentences(before, after, Wording("en")) == []
    later = replace(after, on=TODAY + timedelta(14))
    assert days_sentences(before, later, Wording("en"))[0].startswith("There are 14 days between")
    made = replace(data(), after=later)
    assert not any("On the day" in line for line in first_lines(made, Wording("en")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_fall_of_headache_days_is_told_with_what_happens_by_itself(language):
    words = Wording(language)
    said = headache_sentences(full().headaches, words)
    assert any(words.percent(0.4) in one and "Rev Neurol Dis 2010" in one for one in said)
    risen = replace(full().headaches, fall_share=-0.2)
    assert not any("Rev Neurol Dis" in one for one in headache_sentences(risen, words))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_day_without_a_screening_says_so(language):
    words = Wording(language)
    empty = PersonPage(Person("x"), (Visit(1, TODAY, id=3),), (), (), (), (), ())
    day = words.short_day(TODAY)
    assert asked(empty, 3, words) == (Texts(language)("first.not_screened", day=day),)
    screened = replace(empty, screenings=(Screening(1, TODAY, 3, gait_note="private").all_clear(),))
    (line,) = asked(screened, 3, words)
    assert "private" not in line
    assert words("screened.stability") in line


def test_one_trial_each_time_is_given_with_its_angles():
    first, second = before_after()

    def with_one(occasion):
        summary = tuple(replace(side, trials=side.trials[:1], sd_deg=None) for side in occasion.result.summary)
        return replace(occasion, result=replace(occasion.result, summary=summary))

    said = first_lines(ReportData("A-1", TODAY, with_one(first), with_one(second)), Wording("en"))
    (told,) = [line for line in said if line.startswith("On the day")]
    assert told.count("noise unknown as there is one trial") == 2
    assert told.count(" → ") == 2


@pytest.mark.parametrize(
    ("language", "one", "more"), [("en", "1 minute ", "1.5 minutes "), ("fr", "1 minute ", "10 min")]
)
def test_one_minute_is_in_the_singular(language, one, more):
    before, after = before_after()
    for minutes, said in ((1, one), (1.5 if language == "en" else 10, more)):
        how = replace(after.conditions, minutes_since_treatment=minutes)
        assert said in felt_sentences(before.conditions, how, Wording(language))[-1]

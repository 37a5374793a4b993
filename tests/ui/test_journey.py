"""No way leads to the camera past a safety question."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from romcheck.clinical import Conditions
from romcheck.live.journey import Journey, mode_of, postures_for
from romcheck.live.safety import GROUPS, QUESTIONS, Answers, read_form
from romcheck.live.state import CheckPlan

PLAN = CheckPlan("flexion-rotation")
NO = Answers({q.name: False for q in QUESTIONS})
NEVER_URGENT = {"now": {"dizzy", "half_turn"}, "pain": {"after_fifty", "growing", "changed", "cough", "standing",
                "at_night", "painkillers"}, "injury": None, "illness": None, "you": None, "signs": set()}  # fmt: skip
"""Of each part, the statements that lead to a clinician rather than to medical care now; None for all."""


def alone() -> Journey:
    return Journey().begin("self").choose(PLAN, "self")


def test_all_no_leads_to_the_camera_once_pain_was_said():
    way = alone().answer(NO)
    assert way.step == "ready"
    assert not way.ready(None, False, False).may_measure
    assert way.ready(2, False, False).may_measure


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.name)
def test_one_yes_ends_the_way(question):
    way = alone().answer(Answers({**NO.given, question.name: True}))
    assert way.step == "referred"
    (calm,) = (NEVER_URGENT[g.name] for g in GROUPS if question in g.questions)
    assert way.referred == ("clinician" if calm is None or question.name in calm else "urgent")


@pytest.mark.parametrize(("pain", "opens"), [(0, True), (5, True), (6, False), (10, False)])
def test_pain_above_the_rule_for_stopping_does_not_begin(pain, opens):
    way = alone().answer(NO).ready(pain, True, False)
    assert way.may_measure is opens
    assert opens or way.again().choose(PLAN, "self").answer(NO).step == "referred"


@pytest.mark.parametrize("route", ["rest", "enough"])
def test_whoever_is_held_back_sees_the_result_and_measures_no_more(route):
    way = alone().answer(NO).ready(1, False, False).measured().afterwards(2, route)
    assert way.step == "result"
    assert way.again().step == "referred"
    assert not way.again().begin("self").may_measure


def test_the_most_urgent_advice_wins():
    assert Answers({q.name: True for q in QUESTIONS}).route == "urgent"


def test_unanswered_questions_lead_nowhere():
    given = dict(NO.given)
    given.pop("cancer")
    assert alone().answer(Answers(given)).step == "safety"


ACTIONS = {
    "begin_self": lambda w: w.begin("self"),
    "begin_therapist": lambda w: w.begin("therapist"),
    "choose": lambda w: w.choose(PLAN, "self"),
    "ready": lambda w: w.ready(0, False, False),
    "ready_screened": lambda w: w.ready(0, False, False, screened=True),
    "back": lambda w: w.back(),
    "again": lambda w: w.again(),
    "measured": lambda w: w.measured(),
    "afterwards": lambda w: w.afterwards(0),
    "no": lambda w: w.answer(NO),
}


@given(st.lists(st.sampled_from(sorted(ACTIONS)), max_size=12))
def test_nothing_leads_on_after_a_yes(actions):
    way = alone().answer(Answers({"crash_weeks": True}))
    for action in actions:
        way = ACTIONS[action](way)
        assert way.referred
        assert not way.may_measure


@given(st.lists(st.sampled_from(sorted(set(ACTIONS) - {"no", "ready_screened"})), max_size=12))
def test_nobody_gets_to_the_camera_without_answering_or_screening(actions):
    way = Journey()
    for action in actions:
        way = ACTIONS[action](way)
        assert not way.may_measure


def test_alone_a_tick_meant_for_therapists_does_not_help():
    assert not alone().ready(0, False, False, screened=True).may_measure


def test_the_questions_are_asked_anew_for_every_check():
    way = alone().answer(NO).ready(1, False, True).measured().afterwards(1).again()
    assert way.step == "choose"
    assert not way.choose(PLAN, "self").screened
    assert not way.keep_video


def test_checks_of_one_visit_begin_with_the_same_side():
    """Or a gain after treatment could be the side's turn; without records it is the day that decides."""
    way = alone()
    firsts = []
    for _ in range(3):
        assert way.plan is not None
        firsts.append(way.plan.order[0])
        way = way.answer(NO).ready(0, False, False).measured().afterwards(0).again().choose(PLAN, "self")
    assert firsts == ["rotation_left"] * 3
    assert replace(alone(), other_first=True).choose(PLAN, "self").plan.order[0] == "rotation_right"
    assert alone().choose(PLAN, "self", "rotation_right").plan.order[0] == "rotation_right"
    assert alone().choose(PLAN, "self", "flexion").plan.order[0] == "rotation_left"


def test_a_therapist_must_have_screened():
    way = Journey().begin("therapist").choose(replace(PLAN, mode="passive", posture="supine"), "therapist")
    assert way.step == "ready"
    assert not way.ready(None, None, False).may_measure
    assert way.ready(None, None, False, screened=True).may_measure


def ticks(none=(), **true):
    """A form with these statements and these "none of these" ticked, by group."""
    return {g.name: ({q.name: q.name in true.get(g.name, ()) for q in g.questions}, g.name in none) for g in GROUPS}


def test_a_form_passes_only_with_none_of_these_in_every_group():
    names = [g.name for g in GROUPS]
    assert read_form(ticks(none=names)).answers.passed
    read = read_form(ticks(none=names[1:]))
    assert read.missing == (names[0],)
    assert not read.answers.complete


def test_a_statement_and_none_of_these_contradict_each_other():
    read = read_form(ticks(none=["now", "illness"], illness=["cancer"]))
    assert read.unclear == ("illness",)
    assert "cancer" not in read.answers.given


def test_one_statement_decides_before_the_form_is_complete():
    read = read_form(ticks(now=["fever"]))
    assert read.answers.route == "urgent"
    assert read.missing == ()


def test_only_a_passive_test_is_done_lying_down():
    assert (mode_of("self"), postures_for("self")) == ("active", ("seated",))
    for hand in ("therapist", "other"):
        assert (mode_of(hand), postures_for(hand)) == ("passive", ("seated", "supine"))


def test_the_conditions_of_a_check_are_what_was_said_on_the_way():
    plan = CheckPlan("rotation", "passive", "supine", 2, practice=True)
    way = Journey().begin("therapist").choose(plan, "therapist").ready(3, True, False, True).measured().afterwards(4)
    assert way.conditions("desk", "after", 5) == Conditions(
        "passive", "supine", "therapist", "after", 5, 3, True, 4, "desk", 1
    )
    assert way.conditions("").camera is None


@pytest.mark.parametrize(("test", "rest", "kept"), [("rotation", True, None), ("flexion-rotation", False, False)])
def test_rests_are_kept_of_the_test_that_has_them(test, rest, kept):
    way = Journey().begin("therapist").choose(CheckPlan(test, rest=rest), "self")
    assert way.conditions("").rest is kept

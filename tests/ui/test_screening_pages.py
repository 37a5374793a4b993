"""A therapist screens in one press or in full, is asked about the treatment before, and may go on without."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from measured import WHICH, ended, measurement
from test_records_pages import opened, words

from romcheck.clinical import Treatment
from romcheck.i18n.texts import Texts
from romcheck.live.journey import Journey
from romcheck.live.state import CheckPlan
from romcheck.records.clinic import SCREENED, Reaction, Screening
from romcheck.records.entries import Person, Visit
from romcheck.ui.records import Target


def before() -> date:
    """Day of the visit before."""
    return date.today() - timedelta(7)


READY = Journey("ready", "therapist", CheckPlan("flexion-rotation", "passive"), moved_by="therapist")


@pytest.fixture
def person(store):
    """A person screened and treated a week ago."""
    person = store.add_person(Person("S-1"))
    visit = store.add_visit(Visit(person.id, before()))
    first = Screening(person.id, before(), visit.id, planned="snag", systolic=121, diastolic=80).all_clear()
    store.clinic.add_screening(first)
    store.course.add_treatment(Treatment(person.id, before(), "snag", visit.id))
    return person


def ready(person, language="en"):
    return opened("", language, state={"journey": READY, "target": Target(person.id)})


def title(at):
    return at.title[0].value


@pytest.mark.parametrize("language", WHICH)
def test_two_presses_from_all_as_before_to_the_camera(language, store, person):
    at = ready(person, language)
    assert "121/80" in words(at)
    at.button(key="screened_as_before").click().run()
    at.button(key="open").click().run()
    assert title(at) == Texts(language)("live.title")
    assert at.session_state["journey"].recorded
    kept = store.clinic.screenings(person.id)[-1]
    assert (kept.on, kept.as_before, kept.systolic, kept.planned) == (date.today(), before(), None, "snag")
    assert store.visit(kept.visit_id).on == date.today()


def test_what_speaks_against_a_thrust_was_not_weighed_for_a_glide(person):
    at = ready(person)
    at.radio(key="screening_planned").set_value("thrust").run()
    assert "screened_as_before" not in [button.key for button in at.button]
    assert Texts("en")("screening.thrust") in words(at)


def test_a_finding_is_gone_on_with_for_a_reason_only(store, person):
    at = ready(person)
    at.radio(key="screening_new_0_stability").set_value("finding")
    at.text_input(key="screening_new_0_stability_note").input("lax *left*")
    at.button(key="keep_screening").click().run()
    assert at.error[0].value.replace("\u2060", "").replace("\\", "") == Texts("en")("error.screening_reason")
    assert len(store.clinic.screenings(person.id)) == 1
    at.text_input(key="screening_new_0_reason").input("known for years")
    at.button(key="keep_screening").click().run()
    kept = store.clinic.screenings(person.id)[-1]
    assert (kept.stability, kept.stability_note, kept.reason, kept.as_before) == (
        "finding", "lax *left*", "known for years", None,
    )  # fmt: skip
    at.button(key="open").click().run()
    assert title(at) == Texts("en")("live.title")


def test_the_form_opens_empty_whatever_was_answered_before(store, person):
    visit = store.add_visit(Visit(person.id, before()))
    told = Screening(
        person.id, before(), visit.id, gait="finding", gait_note="wide", reason="known", by="K."
    ).all_clear()
    store.clinic.add_screening(replace(told, gait="finding"))
    at = ready(person)
    assert {at.radio(key=f"screening_new_0_{name}").value for name in SCREENED} == {"not_done"}
    assert {at.text_input(key=f"screening_new_0_{name}").value for name in ("gait_note", "reason", "by")} == {""}
    assert at.radio(key="screening_new_0_consent").value is None


def test_nothing_is_measured_where_the_decision_was_not_to(store, person):
    visit = store.visit_on(person.id)
    store.clinic.add_screening(Screening(person.id, date.today(), visit.id, red_flags="finding", decision="refer"))
    at = ready(person)
    assert Texts("en")("screening.not_on") in words(at)
    assert at.button(key="open").proto.type == "secondary"
    at.button(key="open").click().run()
    assert at.error[0].value == Texts("en")("screening.not_on")
    assert not at.session_state["journey"].may_measure
    assert "unscreened_0" not in [box.key for box in at.checkbox]


@pytest.mark.parametrize("language", WHICH)
def test_a_check_without_a_screening_says_so(language, person):
    at = ready(person, language)
    at.checkbox(key="unscreened_0").check()
    at.button(key="open").click().run()
    way = at.session_state["journey"]
    assert way.may_measure
    assert not way.recorded
    at = opened("", language, state={"journey": replace(way, step="result"), "check": ended(measurement())})
    assert Texts(language)("screening.none_before_check") in words(at)


def test_of_somebody_not_chosen_yet_it_is_kept_with_the_result(store):
    person = store.add_person(Person("later"))
    at = opened("", state={"journey": READY})
    at.button(key="screened_clear").click().run()
    at.button(key="open").click().run()
    way = at.session_state["journey"]
    assert way.recorded
    asked = at.session_state["screening_0"]
    result = replace(way, step="result")
    at = opened("", state={"journey": result, "check": ended(measurement()), "screening_0": asked})
    at.selectbox(key="keep_person_0").set_value(person.id).run()
    at.button(key="keep").click().run()
    (kept,) = store.clinic.screenings(person.id)
    assert [getattr(kept, name) for name in SCREENED] == ["nothing"] * 6
    assert store.visit(kept.visit_id).on == date.today()


@pytest.mark.parametrize("language", WHICH)
def test_the_treatment_before_is_asked_about_at_the_next_visit(language, store, person):
    visit = store.visit_on(person.id)
    at = opened("visit", language, person=person.id, visit=visit.id)
    at.multiselect(key="reaction_new_0_symptoms").set_value(["weakness"])
    at.selectbox(key="reaction_new_0_severity").set_value("mild")
    at.button(key="keep_reaction").click().run()
    (told,) = store.clinic.reactions(person.id)
    assert (told.symptoms, told.treated_on, told.visit_id) == ("weakness", before(), visit.id)
    assert Texts(language)("reaction.grave") in words(at)
    assert "reaction_nothing" not in [button.key for button in at.button]


def test_nothing_unwanted_is_one_press(store, person):
    at = ready(person)
    at.button(key="reaction_nothing").click().run()
    (told,) = store.clinic.reactions(person.id)
    assert not told.happened
    assert "no adverse reaction reported" in words(at)


def test_two_windows_correct_one_screening(store, person):
    visit = store.visit_on(person.id)
    kept = store.clinic.add_screening(Screening(person.id, date.today(), visit.id).all_clear())
    at = opened("visit", person=person.id, visit=visit.id)
    at.button(key=f"open_screening_{kept.id}").click().run()
    store.clinic.save_screening(replace(kept, gait="not_done"))
    at.text_input(key=f"screening_{kept.id}_1_by").input("me")
    at.button(key=f"save_screening_{kept.id}").click().run()
    assert Texts("en")("looked.not_done") in words(at)
    at.button(key=f"mine_screening_{kept.id}").click().run()
    assert (store.clinic.screening(kept.id).gait, store.clinic.screening(kept.id).by) == ("nothing", "me")


def test_a_told_event_stands_on_a_later_page_of_its_visit(store, person):
    visit = store.visit_on(person.id)
    store.clinic.add_reaction(
        Reaction(person.id, date.today(), before(), True, visit.id, "soreness", "mild", 5.0, True, "advice")
    )
    said = words(opened("visit", person=person.id, visit=visit.id))
    assert "soreness, mild, for 5 h, resolved, advice given" in said


@pytest.mark.parametrize("language", WHICH)
def test_a_treatment_against_the_screening_is_kept_and_told(language, store, person):
    t, visit = Texts(language), store.visit_on(person.id)
    refused = Screening(person.id, date.today(), visit.id, red_flags="finding", decision="refer", consent=False)
    kept = store.clinic.add_screening(refused)
    at = opened("visit", language, person=person.id, visit=visit.id)
    assert t("against.refer") in words(at)
    assert t("against.treated") not in words(at)
    at.selectbox(key="treatment_new_0_kind").set_value("manipulation")
    at.button(key="add_treatment").click().run()
    planned, kinds = t("planned.test"), t("treatment.manipulation")
    for said in (t("against.consent"), t("against.treated"), t("against.planned", planned=planned, kinds=kinds)):
        assert said in words(at)
    store.clinic.save_screening(replace(kept, planned="thrust", decision="go_on", reason="known", consent=True))
    at = opened("visit", language, person=person.id, visit=visit.id)
    assert not [one for one in at.warning if kinds in one.value]


@pytest.mark.parametrize("language", WHICH)
def test_all_that_does_not_fit_is_said_at_once_and_a_severe_pressure_is_questioned(language, store, person):
    t, at = Texts(language), ready(person, language)
    at.radio(key="screening_new_0_stability").set_value("finding")
    at.number_input(key="screening_new_0_systolic").set_value(240)
    at.number_input(key="screening_new_0_diastolic").set_value(150)
    at.radio(key="screening_new_0_consent").set_value(False)
    at.button(key="keep_screening").click().run()
    for fault in ("pressure_not_done", "screening_reason", "screening_consent"):
        assert t(f"error.{fault}") in words(at)
    at.radio(key="screening_new_0_blood_pressure").set_value("nothing")
    at.selectbox(key="screening_new_0_decision").set_value("refer")
    at.text_input(key="screening_new_0_reason").input("none of these")
    at.button(key="keep_screening").click().run()
    assert store.clinic.screenings(person.id)[-1].reason == ""
    asked = t("pressure.severe", systolic="240", diastolic="150", severe="180", severe2="110")
    assert f"{asked} {t('pressure.nothing', mark=t('looked.nothing'))}" in words(at)

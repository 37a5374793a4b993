"""How each side ended is noted where a result is kept; findings, criteria and published limits have their pages."""

from __future__ import annotations

from datetime import date

import pytest
from measured import WHICH, ended, measurement
from test_records_pages import opened, words

from romcheck.i18n.texts import Texts
from romcheck.live.journey import Journey
from romcheck.live.state import CheckPlan
from romcheck.published import accuracies, all_figures
from romcheck.records.clinic import Findings
from romcheck.records.entries import Person
from romcheck.ui.records import Target

PLAN = CheckPlan("flexion-rotation", "passive", "supine")
RESULT = Journey("result", "therapist", PLAN, moved_by="therapist", screened=True, recorded=True)


@pytest.fixture
def person(store):
    return store.add_person(Person("F-1"))


@pytest.mark.parametrize("language", WHICH)
def test_how_each_side_ended_is_kept_with_the_result(language, store, person):
    state = {"journey": RESULT, "check": ended(measurement()), "target": Target(person.id)}
    at = opened("", language, state=state)
    at.selectbox(key="keep_0_stopped_by_left").set_value("pain")
    at.radio(key="keep_0_familiar_left").set_value(True)
    at.text_input(key="keep_0_familiar_where_left").input("temple")
    at.selectbox(key="keep_0_familiar_pain_left").set_value(3)
    at.selectbox(key="keep_0_suspected_level").set_value("C1-2")
    at.button(key="keep").click().run()
    (kept,) = store.measurements(person.id)
    how = kept.conditions
    assert (how.stopped_by_left, how.familiar_left, how.familiar_where_left, how.familiar_pain_left, how.level) == (
        "pain", True, "temple", 3, "C1-2",
    )  # fmt: skip
    assert (how.stopped_by_right, how.familiar_right) == (None, None)
    said = words(opened("visit", language, person=person.id, visit=kept.visit_id))
    t = Texts(language)
    assert t("ending.familiar_pain", pain="3") in said
    assert "(temple)" in said


def test_a_strength_without_a_headache_is_refused_and_nothing_lost(store, person):
    at = opened("", state={"journey": RESULT, "check": ended(measurement()), "target": Target(person.id)})
    at.selectbox(key="keep_0_familiar_pain_right").set_value(3)
    at.button(key="keep").click().run()
    assert Texts("en")("error.familiar_missing") in words(at)
    assert store.measurements(person.id) == ()
    at.radio(key="keep_0_familiar_right").set_value(True)
    at.button(key="keep").click().run()
    assert store.measurements(person.id)[0].conditions.familiar_pain_right == 3


@pytest.mark.parametrize("language", WHICH)
def test_findings_reach_the_checklist(language, store, person):
    t = Texts(language)
    visit = store.visit_on(person.id)
    at = opened("visit", language, person=person.id, visit=visit.id)
    at.selectbox(key="findings_new_0_stiff_c1_2").set_value("left")
    at.selectbox(key="findings_new_0_ccft_mmhg").set_value(24)
    at.radio(key="findings_new_0_range_reduced").set_value(True)
    at.radio(key="findings_new_0_provoked").set_value(True)
    at.button(key="keep_findings").click().run()
    (kept,) = store.clinic.findings(person.id)
    assert (kept.stiff_c1_2, kept.ccft_mmhg, kept.range_reduced, kept.on) == ("left", 24, True, date.today())
    said = words(opened("findings", language, person=person.id))
    assert "C1–2" in said
    assert said.count(t("criterion.state.unknown")) == 7
    assert t("criteria.what") in said
    assert "11.2.1" in said


def test_a_person_without_findings_is_told_where_they_are_noted(person):
    assert Texts("en")("findings.none") in words(opened("findings", person=person.id))


def test_an_examination_can_be_corrected(store, person):
    visit = store.visit_on(person.id)
    kept = store.clinic.add_findings(Findings(person.id, visit.on, visit.id, tender_c2_3="right"))
    at = opened("findings", person=person.id)
    at.button(key=f"open_findings_{kept.id}").click().run()
    at.selectbox(key=f"findings_{kept.id}_1_tender_c2_3").set_value("both")
    at.button(key=f"save_findings_{kept.id}").click().run()
    assert store.clinic.one_findings(kept.id).tender_c2_3 == "both"


@pytest.mark.parametrize("language", WHICH)
def test_every_limit_on_the_page_has_its_source(language):
    said = words(opened("figures", language))
    for one in (*all_figures(), *accuracies()):
        if one in accuracies() or (one.test, one.mode, one.posture) == ("flexion-rotation", "passive", "supine"):
            address = one.source.doi or one.source.url or one.source.pmid
            assert str(address) in said, one
    assert Texts(language)("figures.limit_33") in said
    assert Texts(language)("figures.difference_text") in said

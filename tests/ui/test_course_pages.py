"""The plan, goals, outcomes beside published figures, and the diary's medicine, as entered and shown."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from test_records_pages import WHICH, opened, words

from romcheck.clinical import DiaryDay, Outcome, Treatment
from romcheck.i18n.texts import Texts
from romcheck.i18n.wording import Wording
from romcheck.records.entries import Person
from romcheck.records.own import make_own_person


@pytest.fixture
def person(store):
    return store.add_person(Person("C-1"))


@pytest.mark.parametrize("language", WHICH)
def test_a_plan_and_goals_are_noted_and_read_at_the_visit(language, store, person):
    t = Texts(language)
    visit = store.visit_on(person.id)
    at = opened("person", language, person=person.id)
    at.number_input(key="treatment_plan_new_0_sessions").set_value(8)
    at.button(key="keep_treatment_plan").click().run()
    (plan,) = store.course.treatment_plans(person.id)
    assert (plan.sessions, plan.on, plan.exercise_times) == (8, date.today(), 2)
    store.course.add_treatment(Treatment(person.id, date.today(), "snag", visit.id))
    at = opened("visit", language, person=person.id, visit=visit.id)
    assert t("phase_of_plan.start") in words(at)
    at.text_input(key="goal_new_0").input("drive")
    at.button(key="keep_goals").click().run()
    assert t("goal.half") in words(at)
    at.selectbox(key="goal_new_score_0").set_value(4)
    at.button(key="keep_goals").click().run()
    (score,) = store.course.goal_scores(person.id)
    assert (score.activity, score.score, score.visit_id) == ("drive", 4, visit.id)
    at.selectbox(key="goal_0_1").set_value(6)
    at.button(key="keep_goals").click().run()
    assert [one.score for one in store.course.goal_scores(person.id)] == [6]


def test_a_level_is_chosen_or_typed_and_a_thrust_belongs_to_a_manipulation(store, person):
    visit = store.visit_on(person.id)
    at = opened("visit", person=person.id, visit=visit.id)
    at.selectbox(key="treatment_new_0_treated_level").set_value("C1-2")
    at.selectbox(key="treatment_new_0_thrust").set_value("rotation")
    at.button(key="add_treatment").click().run()
    assert Texts("en")("error.thrust_of_another") in words(at)
    at.selectbox(key="treatment_new_0_kind").set_value("manipulation")
    at.multiselect(key="treatment_new_0_combined").set_value(["dry-needling"])
    at.button(key="add_treatment").click().run()
    (kept,) = store.course.treatments(person.id)
    assert (kept.level, kept.thrust, kept.combined) == ("C1-2", "rotation", "dry-needling")
    assert "C1–2, thrust: rotation, with dry needling" in words(at)
    typed = store.course.add_treatment(Treatment(person.id, date.today(), "snag", visit.id, level="below the skull"))
    at = opened("visit", person=person.id, visit=visit.id)
    assert "below the skull" in words(at)
    at.button(key=f"open_treatment_{typed.id}").click().run()
    assert at.selectbox(key=f"treatment_{typed.id}_1_treated_level").value == "below the skull"


def test_the_ndi_is_reckoned_from_its_sections_and_read_beside_what_is_published(store, person):
    store.course.add_outcome(Outcome(person.id, date.today() - timedelta(28), ndi=30))
    at = opened("person", person=person.id)
    for number, name in enumerate(
        ("pain", "care", "lifting", "reading", "headaches", "concentration", "work", "driving")
    ):
        at.selectbox(key=f"outcome_new_0_ndi_{name}").set_value(number % 3)
    at.button(key="add_outcome").click().run()
    kept = store.course.outcomes(person.id)[-1]
    assert (kept.ndi_items, kept.ndi) == ("01201201--", 9)
    said = words(at)
    assert "Young et al., Cephalalgia 2019" in said
    assert Texts("en")("outcome.means") in said


@pytest.mark.parametrize("language", WHICH)
def test_a_day_of_the_diary_holds_the_headache_and_its_medicine(language, store):
    own = make_own_person(store, "me")
    store.course.write_diary_days(
        [DiaryDay(own.id, date.today() - timedelta(i), True, medicine_classes="triptan") for i in range(1, 10)]
    )
    at = opened("own", language)
    t, key = Texts(language), f"diary_{date.today()}_0"
    assert t("outcome.title") not in words(at)
    at.radio(key=f"{key}_headache").set_value(True)
    at.selectbox(key=f"{key}_attack_side").set_value("left")
    at.multiselect(key=f"{key}_triggers").set_value(["posture"])
    at.text_input(key=f"{key}_medicine").input("Dolorin")
    at.multiselect(key=f"{key}_medicine_classes").set_value(["triptan"])
    at.button(key=f"save_diary_{own.id}_{date.today()}").click().run()
    kept = store.course.diary(own.id)[-1]
    assert (kept.side, kept.triggers, kept.medicine, kept.medication) == ("left", "posture", "Dolorin", True)
    said = words(at)
    assert t("trigger.posture") in said
    assert "10" in at.info[0].value
    assert len([button for button in at.get("download_button") if "download_reminders" in str(button.proto.id)]) == 1


@pytest.mark.parametrize(
    ("name", "kinds", "cell"),
    [
        ("Triptan", "triptan", "Triptan"),
        ("Paracetamol 1 g", "paracetamol triptan", "Paracetamol 1 g, triptan"),
        ("Ibuprofen 400 mg", "nsaid", "Ibuprofen 400 mg"),
        ("Dolorin", "triptan", "Dolorin, triptan"),
    ],
)
def test_a_medicine_is_not_named_twice(store, name, kinds, cell):
    own = make_own_person(store, "me")
    store.course.write_diary(DiaryDay(own.id, date.today(), True, medicine=name, medicine_classes=kinds))
    assert f">{cell}</td>" in words(opened("own"))


@pytest.mark.parametrize("day", [date(1900, 1, 1), date.today() - timedelta(1), date(2130, 5, 5)])
def test_reminders_until_a_day_that_cannot_be_are_refused(store, day):
    """Also a day on which the field would have shown in red what it does not take, and the file ended on another."""

    def files(at):
        return [button for button in at.get("download_button") if "download_reminders" in str(button.proto.id)]

    make_own_person(store, "me")
    at, t = opened("own"), Wording("en")
    assert len(files(at)) == 1
    field = at.date_input(key="reminder_until")
    assert field.min <= day <= field.max
    field.set_value(day).run()
    assert not files(at)
    assert t.short_day(date.today()) in at.error[0].value


@pytest.mark.parametrize("day", [date(1900, 1, 1), date(2130, 5, 5)])
def test_a_day_that_cannot_be_is_refused_and_nothing_saved_for_another(store, day):
    """A day beyond the limits of the field would leave the last one within them, and be saved for that."""
    own = make_own_person(store, "me")
    at = opened("own")
    field = at.date_input(key="diary_day")
    assert field.min <= day <= field.max
    field.set_value(day).run()
    at.radio(key=f"diary_{day}_0_headache").set_value(True)
    at.button(key=f"save_diary_{own.id}_{day}").click().run()
    assert store.course.diary(own.id) == ()
    assert str(day.year) in at.error[0].value

"""Every page, in both languages, as a reader without a camera meets it."""

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import get_args

import pytest
from measured import WHICH, ended, measurement
from streamlit.testing.v1 import AppTest

import romcheck
from romcheck.i18n.message import Message
from romcheck.i18n.texts import Texts
from romcheck.live.home_day import FILE, home_day, note_check, note_rest
from romcheck.live.journey import Journey
from romcheck.live.safety import GROUPS, QUESTIONS, RULE_NUMBERS
from romcheck.live.state import CheckPlan, LiveTrial
from romcheck.places import data_folder
from romcheck.published import why_none_source
from romcheck.records.clinic import SCREENED, Looked
from romcheck.ui.pages import result
from romcheck.ui.result_chart import curve_png

SCRIPT = Path(romcheck.__file__).parent / "ui" / "entry" / "script.py"
READY = Journey("ready", "self", CheckPlan("flexion-rotation"), screened=True)


def app(language: str = "en", **state: object) -> AppTest:
    at = AppTest.from_file(str(SCRIPT), default_timeout=120)
    at.session_state["language"] = language
    for name, value in state.items():
        at.session_state[name] = value
    at.run()
    assert not at.exception
    return at


def title(at: AppTest) -> str:
    assert not at.exception
    assert len(at.title) == 1
    return at.title[0].value


def words(at: AppTest) -> str:
    """Everything there is to read."""
    kinds = (at.title, at.header, at.markdown, at.caption, at.info, at.warning, at.error)
    text = "\n".join(str(element.value) for kind in kinds for element in kind)
    text += "\n".join(f"{m.label} {m.value}" for m in at.metric)
    return text + "\n".join(str(element.proto.body) for element in at.get("html"))


def answer(at: AppTest, *true: str) -> AppTest:
    """Tick the statements named, "none of these" in every other part, and go on."""
    for group in GROUPS:
        names = [question.name for question in group.questions if question.name in true]
        for name in names or [f"none_{group.name}"]:
            at.checkbox(key=f"safety_{name}_0").check()
    return send(at)


def send(at: AppTest) -> AppTest:
    next(b for b in at.button if b.proto.is_form_submitter).click()
    return at.run()


@pytest.mark.parametrize("language", WHICH)
def test_someone_alone_comes_to_the_camera_by_way_of_the_questions(language):
    t = Texts(language)
    at = app(language)
    assert title(at) == t("welcome.title")
    at.button(key="self").click().run()
    assert title(at) == t("choose.title")
    at.button(key="next").click().run()
    assert title(at) == t("safety.title")
    answer(at)
    assert title(at) == t("ready.title")
    at.button(key="open").click().run()
    assert title(at) == t("ready.title")  # pain and headache come first
    assert at.error[0].value == t("page.required")
    at.radio(key="pain_before_0").set_value(3)
    at.radio(key="headache_0").set_value(False)
    at.button(key="open").click().run()
    assert title(at) == t("live.title")
    way = at.session_state["journey"]
    assert (way.pain_before, way.headache_now, way.keep_video) == (3, False, False)


@pytest.mark.parametrize("language", WHICH)
@pytest.mark.parametrize("name", ["fever", "dizzy", "pregnant"])
def test_a_yes_ends_kindly_with_no_way_on(language, name):
    t = Texts(language)
    at = answer(app(language, journey=Journey("safety", "self", CheckPlan("rotation"))), name)
    assert title(at) == t("referred.title.urgent" if name == "fever" else "referred.title.clinician")
    assert not at.button
    assert t("referred.kept") in words(at)
    assert "check" not in at.session_state


def test_the_joint_position_test_is_spoken_and_six_times_a_side_by_the_person():
    at = app(journey=Journey("choose", "therapist"))
    at.radio(key="test").set_value("joint-position").run()
    assert Texts("en")("choose.position_aloud") in [info.value for info in at.info]
    at.button(key="next").click().run()
    plan = at.session_state["journey"].plan
    assert (plan.test, plan.mode, plan.posture, plan.trials) == ("joint-position", "active", "seated", 6)


def test_after_a_yes_the_step_of_the_camera_stays_shut():
    at = app(journey=Journey("safety", "self", CheckPlan("rotation")))
    answer(at, "crash_weeks")
    at.session_state["journey"] = replace(at.session_state["journey"], step="camera", screened=True)
    at.run()
    assert at.warning[0].value == Texts("en")("live.not_open")
    at.button(key="to_start").click().run()
    at.button(key="therapist").click().run()
    assert title(at) == Texts("en")("referred.title.clinician")


def test_a_step_set_by_hand_does_not_open_the_camera():
    at = app(journey=Journey("camera", "self", CheckPlan("rotation")))
    assert at.warning[0].value == Texts("en")("live.not_open")
    assert "check" not in at.session_state


def test_a_part_left_out_is_asked_for_by_name():
    at = app(journey=Journey("safety", "self", CheckPlan("rotation")))
    for group in GROUPS[:-1]:
        at.checkbox(key=f"safety_none_{group.name}_0").check()
    assert "About me" in send(at).error[0].value
    assert at.session_state["journey"].step == "safety"


def test_a_line_and_none_of_these_contradict_each_other():
    at = app(journey=Journey("safety", "self", CheckPlan("rotation")))
    at.checkbox(key="safety_fever_0").check()
    for group in GROUPS:
        at.checkbox(key=f"safety_none_{group.name}_0").check()
    assert "Now" in send(at).error[0].value
    assert at.session_state["journey"].step == "safety"


@pytest.mark.parametrize("pain", [6, 10])
def test_pain_above_the_rule_for_stopping_opens_no_camera(pain):
    at = app(journey=READY)
    at.radio(key="pain_before_0").set_value(pain)
    at.radio(key="headache_0").set_value(True)
    at.button(key="open").click().run()
    assert title(at) == Texts("en")("referred.title.rest")
    assert not at.session_state["journey"].may_measure


@pytest.mark.parametrize(("before", "after", "stopped"), [(2, 6, None), (0, 4, None), (1, 1, "symptoms")])
def test_whoever_was_asked_to_stop_is_not_invited_to_go_on(before, after, stopped):
    """Nor after coming back to the first page."""
    at = app(journey=replace(READY, step="after", pain_before=before), check=ended(measurement(), stopped))
    at.radio(key="pain_after_0").set_value(after)
    at.button(key="show").click().run()
    assert at.button(key="once_more").label == Texts("en")("result.end")
    at.button(key="once_more").click().run()
    assert title(at) == Texts("en")("referred.title.rest")
    at = app()
    at.button(key="self").click().run()
    assert title(at) == Texts("en")("referred.title.enough")
    at.button(key="other_person").click().run()
    assert title(at) == Texts("en")("choose.title")


def test_a_therapist_is_not_held_back():
    note_rest(date.today())
    at = app(journey=replace(READY, who="therapist", step="camera").measured(), check=ended(measurement()))
    at.radio(key="pain_after_1").set_value(9).run()
    once_more = at.button(key="once_more")
    assert (once_more.label, once_more.proto.type) == (Texts("en")("result.once_more"), "secondary")


@pytest.mark.parametrize("language", WHICH)
@pytest.mark.parametrize("who", ["self", "therapist"])
def test_what_ended_a_check_is_said_on_every_page_after_it(language, who):
    t, way = Texts(language), replace(READY, who=who)
    why = t("check.active.stopped.camera_gone")
    for check, shown in (
        (ended(None, "camera_gone"), why),
        (ended(measurement(), "camera_gone"), f"{why} {t('result.stopped_seen')}"),
    ):
        for step in ("after", "result") if who == "self" else ("result",):
            at = app(language, journey=replace(way, step=step), check=check)
            assert at.info[0].value == (shown if step == "result" else why)


def test_advice_after_symptoms_stays_with_the_result():
    at = app(journey=replace(READY, step="result"), check=ended(None, "symptoms"))
    assert at.error[0].value == Texts("en")("after.symptoms.self")


@pytest.mark.parametrize(("turns", "counted"), [(0, 0), (1, 1)])
def test_a_check_that_ended_before_the_first_turn_is_none_of_the_two_of_a_day(turns, counted):
    check = ended(None, "camera_gone")
    made = (LiveTrial("rotation_left", 40.0, "good", (), False, True),) * turns
    check.outcome = replace(check.outcome, check=replace(check.outcome.check, made=made))
    app(journey=replace(READY, step="camera", screened=True, pain_before=1), check=check)
    assert home_day(date.today()).checks == counted


def test_alone_two_checks_a_day():
    at = app(journey=replace(READY, step="after", pain_before=1), check=ended(measurement()))
    for _ in range(2):
        note_check(date.today())
    at.radio(key="pain_after_0").set_value(1)
    at.button(key="show").click().run()
    at.button(key="once_more").click().run()
    assert title(at) == Texts("en")("referred.title.enough")
    assert home_day(date.today() + timedelta(1)).holds_back is None


@pytest.mark.parametrize("content", ["", "[]", '{"day": 3}', '{"day": "2026-01-01", "checks": "many", "rest": 0}'])
def test_a_damaged_count_of_the_day_stops_nobody(content):
    (data_folder()).mkdir(parents=True, exist_ok=True)
    (data_folder() / FILE).write_text(content)
    assert home_day(date(2026, 1, 1)).holds_back is None


def test_a_therapist_needs_two_clicks_and_a_tick():
    at = app()
    at.button(key="therapist").click().run()
    at.radio(key="posture").set_value("supine").run()
    at.button(key="next").click().run()
    at.button(key="open").click().run()
    assert at.error[0].value == Texts("en")("ready.screen_first")
    at.checkbox(key="unscreened_0").check()
    at.button(key="open").click().run()
    assert title(at) == Texts("en")("live.title")
    plan = at.session_state["journey"].plan
    assert (plan.mode, plan.posture, plan.practice) == ("passive", "supine", False)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_therapist_is_not_given_the_statements_for_home(language):
    """Nor must one who found something tick that nothing was found."""
    t = Texts(language)
    at = app(language, journey=replace(READY, who="therapist"))
    shown = " ".join(block.value for block in (*at.markdown, *at.caption))
    assert [name for name in SCREENED if t(f"ready.screening.{name}") not in shown] == []
    assert [q.name for q in QUESTIONS if t(f"safety.question.{q.name}") in shown] == []
    assert "2023" in shown
    assert at.radio(key="screening_new_0_gait").options == [t(f"looked.{x}") for x in get_args(Looked)]


def chosen(at: AppTest) -> tuple[object, ...]:
    return (
        *(at.radio(key=name).value for name in ("test", "moved_by", "posture")),
        at.checkbox(key="practice").value,
        at.number_input(key="trials").value,
    )


def test_a_therapist_may_have_flexion_held_throughout_and_someone_alone_rests():
    for who, key_shown in (("self", False), ("therapist", True)):
        at = app()
        at.button(key=who).click().run()
        boxes = [box for box in at.checkbox if box.key == "rest"]
        assert bool(boxes) == key_shown
        if boxes:
            boxes[0].uncheck().run()
        at.button(key="next").click().run()
        assert at.session_state["journey"].plan.rest is not key_shown


def test_what_a_therapist_chose_is_still_chosen_afterwards():
    """Coming back, and for the next check of the day."""
    at = app()
    at.button(key="therapist").click().run()
    at.radio(key="test").set_value("lateral-flexion").run()
    at.radio(key="moved_by").set_value("other").run()
    at.radio(key="posture").set_value("supine").run()
    at.checkbox(key="practice").check().run()
    at.number_input(key="trials").set_value(2).run()
    wanted = ("lateral-flexion", "other", "supine", True, 2)
    assert chosen(at) == wanted
    at.button(key="next").click().run()
    at.button(key="back").click().run()
    assert chosen(at) == wanted
    way = at.session_state["journey"]
    at = app(journey=replace(way, step="result"), check=ended(measurement()))
    at.button(key="once_more").click().run()
    assert chosen(at) == wanted
    assert not at.session_state["journey"].screened
    at = app(journey=at.session_state["journey"])
    at.button(key="back").click().run()
    at.button(key="self").click().run()
    assert at.radio(key="test").value == "flexion-rotation"


def test_the_video_is_not_kept_unless_asked_and_asked_anew():
    at = app(journey=READY)
    assert at.checkbox(key="keep_0").value is False
    at = app(journey=replace(READY, checks=1, keep_video=True))
    assert at.checkbox(key="keep_1").value is False


@pytest.mark.parametrize("language", WHICH)
def test_pain_that_rose_is_answered(language):
    way = replace(READY, step="after", pain_before=1)
    at = app(language, journey=way, check=ended(None))
    at.radio(key="pain_after_0").set_value(4).run()
    assert not at.warning
    at.radio(key="pain_after_0").set_value(5).run()
    assert at.warning[0].value == Texts(language)("after.rose.self", **RULE_NUMBERS)
    at.button(key="show").click().run()
    assert title(at) == Texts(language)("result.title")


@pytest.mark.parametrize("language", WHICH)
def test_less_pain_during_the_test_than_before_it_is_asked_about(language):
    at = app(language, journey=replace(READY, step="after", pain_before=4), check=ended(None))
    for during in (None, 4, 6):
        at.radio(key="pain_after_0").set_value(during).run()
        assert not at.info
    at.radio(key="pain_after_0").set_value(2).run()
    assert at.info[0].value == Texts(language)("pain.fell", before=4, during=2)
    at.button(key="show").click().run()
    assert title(at) == Texts(language)("result.title")


def test_stopping_for_symptoms_is_answered_at_once():
    at = app(journey=replace(READY, step="after"), check=ended(None, "symptoms"))
    assert at.error[0].value == Texts("en")("after.symptoms.self")


@pytest.mark.parametrize("language", WHICH)
def test_the_result_shows_both_sides_every_trial_and_that_there_are_no_figures(language):
    t = Texts(language)
    made = measurement(kept=30.0)
    way = replace(READY, step="result", pain_before=2, pain_after=3, headache_now=True)
    at = app(language, journey=way, check=ended(made))
    text = words(at)
    kinds = [one.type for one in at.main]
    assert kinds.index("bidi_component") < kinds.index("metric")  # the picture before the numbers
    for summary, metric in zip(made.result.summary, at.metric, strict=True):
        assert metric.value == t.degrees(summary.mean_deg, summary.uncertainty_deg)
    assert text.count('scope="row"') == 2 * 6  # every trial, and how it was made
    assert t("made.column.smoothness") in text
    assert t("reason.flexion_lost") in text
    assert t("warning.lens_assumed") in text
    assert t("result.pain", before=2, after=3) in text
    assert t("result.headache.yes") in text
    assert "seated" in text or "assis" in text.lower()
    assert not re.search(r"\b3[02]°", text)  # cut-offs of the passive test
    assert len(at.get("download_button")) == 3
    assert why_none_source("flexion-rotation", "active", "seated", None).address in text


def test_below_the_picture_and_the_numbers_the_details_are_folded():
    t = Texts("en")
    at = app(journey=replace(READY, step="result", pain_before=2, pain_after=3), check=ended(measurement(kept=30.0)))
    folded = {box.label: box for box in at.expander}
    names = ("heading.trials", "heading.curve", "heading.circumstances", "heading.figures")
    assert set(folded) == {t("made.heading"), *(t(f"result.{name}") for name in names)}
    assert not any(box.proto.expanded for box in folded.values())
    tables = [one for one in at.get("html") if "<table" in one.proto.body]
    assert len(tables) == 2
    assert sum("<table" in one.proto.body for box in folded.values() for one in box.get("html")) == 2
    # What qualifies the numbers is not folded.
    assert t("warning.lens_assumed") not in "".join(m.value for box in folded.values() for m in box.markdown)


def test_where_no_trial_counts_the_reasons_are_not_folded():
    made = measurement(trials=1)
    none = tuple(replace(s, trials=(), mean_deg=None, uncertainty_deg=None) for s in made.result.summary)
    result = replace(made.result, summary=none, differences=())
    at = app(journey=replace(READY, step="result"), check=ended(replace(made, result=result)))
    assert Texts("en")("result.none_counted") in [one.value for one in at.warning]
    assert [box.label for box in at.expander if box.proto.expanded] == [Texts("en")("result.heading.trials")]


def test_the_curve_is_drawn_once_for_each_language(monkeypatch):
    drawn = []
    monkeypatch.setattr(result, "curve_png", lambda *of: drawn.append(of[2].language) or curve_png(*of))
    at = app(journey=replace(READY, step="result"), check=ended(measurement(trials=1)))
    at.run()
    assert drawn == ["en"] * 2, "for a desk and for a phone"
    at.session_state["language"] = "fr"
    at.run()
    assert drawn == ["en"] * 2 + ["fr"] * 2
    at.button(key="once_more").click().run()
    assert "curve" not in at.session_state


def test_a_therapist_is_spoken_to_as_one():
    t = Texts("en")
    way = Journey("camera", "therapist", CheckPlan("flexion-rotation", "passive"), moved_by="therapist", screened=True)
    at = app(journey=way.measured(), check=ended(measurement(), "symptoms"))
    assert title(at) == t("result.title")
    assert at.error[0].value == t("after.symptoms.other")
    assert t("result.next.show") not in words(at)
    assert t("result.next.often", **RULE_NUMBERS) not in words(at)
    assert t("result.next.often_other") in words(at)
    at.radio(key="pain_after_1").set_value(8).run()
    assert t("after.rose.other", **RULE_NUMBERS) in words(at)
    assert t("result.pain_after", after=8) in words(at)


def test_published_figures_stand_beside_the_test_they_belong_to():
    plan = CheckPlan("flexion-rotation", "passive", "supine")
    way = Journey("result", "therapist", plan, moved_by="therapist", screened=True)
    text = words(app(journey=way, check=ended(measurement())))
    assert "Satpute" in text
    assert "doi.org" in text


@pytest.mark.parametrize("language", WHICH)
def test_a_check_without_a_result_says_so(language):
    at = app(language, journey=replace(READY, step="result"), check=ended(None, "pressed", Message("nothing seen")))
    assert at.warning[0].value == Texts(language)("result.none")
    assert at.info[0].value == Texts(language)("result.stopped")
    assert Texts(language)("result.none_why") in words(at)
    at.button(key="once_more").click().run()
    assert title(at) == Texts(language)("choose.title")
    assert "check" not in at.session_state


def test_the_language_can_be_changed():
    at = app("en")
    at.radio(key="language_choice").set_value("fr").run()
    assert title(at) == Texts("fr")("welcome.title")
    at.button(key="self").click().run()
    assert title(at) == Texts("fr")("choose.title")


STEPS = ["welcome", "choose", "safety", "ready", "camera", "after", "result"]


@pytest.mark.parametrize("step", STEPS)
def test_headings_go_down_one_level_at_a_time(step):
    at = app(journey=replace(READY, step=step, screened=False), check=ended(measurement(trials=1)))
    assert len(at.title) == 1
    assert not at.subheader


def test_no_live_angle_is_spoken_of_where_none_is_shown():
    t = Texts("en")
    for test, shown in (("rotation", "live.preliminary"), ("joint-position", "live.by_feel")):
        at = app(journey=Journey("camera", "therapist", CheckPlan(test), screened=True))
        captions = [one.value for one in at.caption]
        assert [key for key in ("live.preliminary", "live.by_feel") if t(key) in captions] == [shown]

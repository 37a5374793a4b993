"""The page on which a movement is played again, and last time's arc on the page of a result."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from measured import WHICH, measurement
from test_records_pages import READY, opened, result_page, words

from romcheck.clinical import Conditions
from romcheck.i18n.texts import Texts
from romcheck.records.demo_motion import made_up
from romcheck.records.entries import Person
from romcheck.reports.replay import usual_trial
from romcheck.ui.records import Target

THERAPIST = replace(READY, who="therapist")


@pytest.fixture
def person(store):
    return store.add_person(Person("P-017"))


def kept(store, person, made, days_ago=1, **how):
    at = datetime.now(timezone.utc) - timedelta(days=days_ago)
    visit = store.visit_on(person.id, at.date())
    return store.add_measurement(visit.id, *made, Conditions(**how), measured_at=at)


@pytest.mark.parametrize("language", WHICH)
def test_without_a_video_or_a_curve_the_page_says_so(language, store, person):
    t = Texts(language)
    drawn = kept(store, person, made_up("rotation", 60, 50, seed=1))
    bare = kept(store, person, (made_up("rotation", 60, 50, seed=1)[0], None))
    at = opened("replay", language, person=person.id, measurement=drawn.id)
    assert not at.error
    assert "replay_show" not in [radio.key for radio in at.radio]
    (trial,) = at.selectbox
    assert drawn.result.movements[trial.value] == usual_trial(drawn.result, "rotation_left")
    at = opened("replay", language, person=person.id, measurement=bare.id)
    assert not at.error
    at = opened("replay", language, person=person.id, measurement=bare.id + 1)
    assert at.error[0].value.replace("\\", "") == t("problem.not_there")


def test_both_measurements_are_played_of_the_side_they_share(store, person):
    first = kept(store, person, made_up("rotation", 60, 50, seed=1), 3)
    second = kept(store, person, made_up("rotation", 62, 50, seed=2))
    at = opened("before-after", person=person.id)
    (side,) = (radio for radio in at.radio if radio.key == f"replay_movement_{first.id}_{second.id}")
    assert len(side.options) == 2
    side.set_value("rotation_right").run()
    assert not at.exception
    for box in (box for box in at.selectbox if box.key.startswith("replay_trial_")):
        assert box.key.endswith("rotation_right")
        assert len(box.options) == 3


def test_left_comes_before_right_and_two_checks_of_a_day_are_told_apart(store, person):
    now = datetime.now().astimezone().replace(hour=9, minute=30, second=0)
    visit = store.visit_on(person.id, now.date())
    for seed, at in ((1, now), (2, now.replace(hour=10))):
        made, frames = made_up("flexion-rotation", 44, 30, seed=seed)
        made = replace(made, movements=tuple(sorted(made.movements, key=lambda m: m.movement, reverse=True)))
        store.add_measurement(visit.id, made, frames, Conditions(mode="active"), measured_at=at)
    at, t = opened("before-after", person=person.id), Texts("en")
    (side,) = (radio for radio in at.radio if radio.key.startswith("replay_movement_"))
    assert side.options == [t("movement_name.rotation_left"), t("movement_name.rotation_right")]
    labels = [box.label for box in at.selectbox if box.key.startswith("replay_trial_")]
    assert ["09\\:30" in labels[0], "10\\:30" in labels[1]] == [True, True]
    (published,) = (one.value for one in at.markdown if "There are no published figures" in one.value)
    assert published.startswith("- There are")
    assert "source 1" in published, "sources are numbered as they are cited"


def test_a_check_can_be_played_before_it_is_saved_and_after(store, person):
    """No video was to be kept: a head is drawn."""

    def sides(at):
        assert not at.exception
        assert Texts("en")("page.replay") in [header.value for header in at.header]
        assert "replay_show" not in [radio.key for radio in at.radio]
        (shown,) = (radio for radio in at.radio if radio.key == "replay_movement_check_0")
        return shown

    at = result_page(THERAPIST, measurement(), target=Target(person.id))
    sides(at).set_value("rotation_right").run()
    at.button(key="keep").click().run()
    assert len(sides(at).options) == 2


def test_the_last_check_that_can_be_compared_is_named_under_the_picture(store, person):
    made = measurement()
    t = Texts("en")
    kept(store, person, (measurement(left=38.0).result, None), 5)
    at = result_page(THERAPIST, made, target=Target(person.id))
    assert t("result.last_time_arc", day="|").split("|")[0] in words(at)
    at.button(key="keep").click().run()
    assert t("result.last_time_arc", day="|").split("|")[0] in words(at)
    at = result_page(THERAPIST, made)
    assert t("result.last_time_arc", day="|").split("|")[0] not in words(at)


def test_what_differs_from_the_last_check_is_said_instead(store, person):
    kept(store, person, (measurement(left=38.0).result, None), 5, posture="supine")
    at = result_page(THERAPIST, measurement(), target=Target(person.id))
    said = words(at)
    assert "is not drawn" in said
    assert "cannot be compared" in said

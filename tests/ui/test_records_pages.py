"""The pages of the records on a real store, in both languages, as a therapist and a patient meet them."""

import hashlib
import math
import re
import shutil
import sqlite3
import zipfile
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from measured import WHICH, ended, measurement
from occasions import camera, occasion
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import romcheck
from romcheck.clinical import Conditions, DiaryDay, Outcome, Treatment
from romcheck.i18n.catalogue import catalogue
from romcheck.i18n.texts import Texts
from romcheck.i18n.wording import Wording
from romcheck.live.journey import Journey
from romcheck.live.state import CheckPlan
from romcheck.records import checks, database, rights
from romcheck.records.archive import export_person
from romcheck.records.backup import write_backup
from romcheck.records.entries import Person, Visit
from romcheck.records.own import make_own_person
from romcheck.records.problems import EntryError
from romcheck.records.store import Records
from romcheck.reports.saving import chart_bytes
from romcheck.ui import records as pages
from romcheck.ui.pages import exchange
from romcheck.ui.problems import problem_text
from romcheck.ui.records import Target, plain, size

SCRIPT = Path(romcheck.__file__).parent / "ui" / "entry" / "script.py"
PAGES = ("today", "person", "visit", "before-after", "over-time", "progress", "report", "keeping", "own")
LEFT, RIGHT = "rotation_left", "rotation_right"
BEFORE = {LEFT: (30.0, 31.0, 32.0), RIGHT: (42.0, 43.0, 44.5)}
AFTER = {LEFT: (41.0, 42.5, 42.0), RIGHT: (42.5, 43.5, 44.0)}
HOW = Conditions(camera="desk", pain_now=3, headache_now=True, timing="before")
PERSON = Person("P-017", birth_year=1985, headache_side="left")


@pytest.fixture(scope="module")
def seen_today(tmp_path_factory, begin_store):
    """The folder of a store with somebody and a visit of today: a measurement before and one after a SNAG."""
    folder = tmp_path_factory.mktemp("seen") / "data"
    begin_store(folder)
    with Records(folder, url="", by="tester") as store:
        number = store.add_person(PERSON).id
        made = store.visit_on(number)
        store.add_measurement(made.id, occasion(BEFORE).result, conditions=HOW, measured_at=at_hour(1))
        store.course.add_treatment(
            Treatment(number, made.on, "snag", made.id, level="C1-2", side="left", repetitions=6)
        )
        after = replace(HOW, timing="after", minutes_since_treatment=10, pain_now=1, headache_now=False)
        store.add_measurement(made.id, occasion(AFTER).result, conditions=after, measured_at=at_hour(2))
    return folder


@pytest.fixture
def store(request, data, begin_store):
    """Empty records, or a copy of those with the visit if a test asks for it."""
    if "visit" in request.fixturenames:
        shutil.copytree(request.getfixturevalue("seen_today"), data)
    else:
        begin_store(data)
    with Records(data, by="tester") as records:
        yield records


@pytest.fixture
def person(request, store):
    return store.person_by_code(PERSON.code) if "visit" in request.fixturenames else store.add_person(PERSON)


@pytest.fixture
def visit(store, person):
    """The visit of today, with its two measurements."""
    (made,) = store.visits(person.id)
    return made


def at_hour(hour):
    return datetime.now(timezone.utc) - timedelta(hours=3 - hour)


def opened(page="", language="en", state=None, **address):
    at = AppTest.from_file(str(SCRIPT), default_timeout=120)
    at.session_state["language"] = language
    for name, value in (state or {}).items():
        at.session_state[name] = value
    if page:
        at._page_hash = calc_hash(page)
    for name, value in address.items():
        at.query_params[name] = str(value)
    at.run()
    assert not at.exception
    return at


def words(at):
    kinds = (at.title, at.header, at.markdown, at.caption, at.info, at.warning, at.error, at.success, at.text)
    said = "\n".join(str(element.value) for kind in kinds for element in kind).replace("\\", "").replace("\u2060", "")
    return said + "\n".join(str(element.proto.body) for element in at.get("html"))


@pytest.mark.parametrize("language", WHICH)
@pytest.mark.parametrize("page", PAGES)
def test_every_page_can_be_seen_full(page, language, store, person, visit):
    store.course.add_outcome(Outcome(person.id, date.today(), visit.id, headache_days=6, ndi=12))
    store.course.write_diary_days(
        [DiaryDay(person.id, date.today() - timedelta(days), days % 3 == 0, exercise_times=2) for days in range(60)]
    )
    make_own_person(store, "Me")
    at = opened(page, language, person=person.id, visit=visit.id)
    assert len(at.title) == 1
    assert not at.error
    assert words(at)


@pytest.mark.parametrize(
    ("page", "address"),
    [
        *((page, {"person": "77"}) for page in ("person", "visit", "before-after", "over-time", "report")),
        *(
            pytest.param(page, address, marks=() if page == "person" else pytest.mark.slow)
            for page in ("person", "visit", "before-after", "over-time", "report")
            for address in ({}, {"person": "-1"}, {"person": "x" * 40})
        ),
    ],
)
def test_somebody_who_is_not_there_is_told_of(page, address, store):
    at = opened(page, **address)
    assert len(at.error) == 1


@pytest.mark.parametrize("language", WHICH)
def test_empty_records_say_where_to_begin(language, store):
    t = Texts(language)
    assert t("today.nobody") in words(opened("today", language))
    assert t("own.nothing") in words(opened("own", language))
    alone = store.add_person(Person("A"))
    assert t("error.too_few_measurements") in words(opened("before-after", language, person=alone.id))
    assert t("over_time.no_measurements") in words(opened("over-time", language, person=alone.id))


def test_a_new_patient_is_kept(store):
    at = opened("today")
    at.text_input(key="person_new_0_code").input("Łukasz 李 #7")
    at.number_input(key="person_new_0_birth_year").set_value(1990)
    at.button(key="add_person").click().run()
    assert not at.exception
    kept = store.person_by_code("Łukasz 李 #7")
    assert (kept.birth_year, kept.name) == (1990, None)


@pytest.mark.parametrize("language", WHICH)
def test_a_birth_year_to_come_is_refused_in_words(language, store):
    at = opened("today", language)
    at.text_input(key="person_new_0_code").input("P")
    at.number_input(key="person_new_0_birth_year").set_value(2300)
    at.button(key="add_person").click().run()
    assert at.error[0].value.replace("\\", "") == Texts(language)("error.birth_year_future", year="2300")
    assert store.count_people() == 0


# Before and after


def independent_change(side):
    """Change and half-width after docs/change.md, with the tables' Student factor for 8 degrees of freedom."""
    pooled = math.sqrt(np.mean([np.var(a, ddof=1) for made in (BEFORE, AFTER) for a in made.values()]))
    noise = math.hypot(1.959964 * math.sqrt(2) * 1.0, 2.306004 * pooled * math.sqrt(2 / 3))
    return np.mean(AFTER[side]) - np.mean(BEFORE[side]), noise


def written(value, language):
    text = f"{value:+.1f}°".replace("-", "−")
    return text.replace(".", ",") if language == "fr" else text


@pytest.mark.usefixtures("not_drawn")
@pytest.mark.parametrize("language", WHICH)
def test_the_change_and_its_interval_are_those_of_the_formula(language, person, visit):
    said = words(opened("before-after", language, person=person.id, visit=visit.id))
    for side in (LEFT, RIGHT):
        change, noise = independent_change(side)
        for value in (change, change - noise, change + noise):
            # What is kept is rounded to hundredths.
            assert any(written(value + kept, language) in said for kept in (-0.01, 0.0, 0.01))
    t = Texts(language)
    assert "Hall" in said
    assert "C1–2" in said
    assert not re.search(r"treatment worked|a fonctionné|a marché", said)
    assert t("before_after.no_verdict") in said


@pytest.mark.usefixtures("not_drawn")
@pytest.mark.parametrize("language", WHICH)
def test_what_was_measured_in_one_map_is_surer_and_says_so(language, store, person):
    made = store.visit_on(person.id)
    sides = {LEFT: 0.84, RIGHT: 0.84}
    for hour, (angles, timing, of_map) in enumerate(
        (
            (BEFORE, "before", {"recording": "1" * 64}),
            (AFTER, "after", {"recording": "2" * 64, "mapped_with": ("1" * 64,), "covariance": sides}),
        ),
        1,
    ):
        how = replace(HOW, timing=timing)
        store.add_measurement(made.id, occasion(angles, **of_map).result, conditions=how, measured_at=at_hour(hour))
    said = words(opened("before-after", language, person=person.id, visit=made.id))
    assert Texts(language)("change.one_map") in said
    change, noise = independent_change(LEFT)
    # Of the systematic variance of either, 1, nearly all is shared: 2 - 2·0.84 is left of 2.
    smaller = math.sqrt(noise**2 - 1.959964**2 * 2 * 0.84)
    for value in (change - smaller, change + smaller):
        assert any(written(value + kept, language) in said for kept in (-0.02, -0.01, 0.0, 0.01, 0.02))


def test_a_curve_that_cannot_be_read_costs_the_curve_alone(store, person):
    made = store.visit_on(person.id)
    for hour, (angles, timing) in enumerate(((BEFORE, "before"), (AFTER, "after")), 1):
        one = occasion(angles, frames=True)
        how = replace(HOW, timing=timing)
        store.add_measurement(made.id, one.result, one.frames, conditions=how, measured_at=at_hour(hour))
    next((store.folder / "files").glob("*/*.parquet")).write_bytes(b"of another")
    at = opened("before-after", person=person.id, visit=made.id)
    assert not at.error
    assert "their curve is not drawn" in at.warning[0].value
    assert written(independent_change(LEFT)[0], "en") in words(at)


@pytest.mark.parametrize("page", ["before-after", "over-time"])
def test_a_chart_is_drawn_again_only_where_it_differs(page, store, person, visit, monkeypatch):
    drawn = []
    monkeypatch.setattr(pages, "chart_bytes", lambda *of, **how: drawn.append(of[2]) or chart_bytes(*of, **how))
    at = opened(page, person=person.id)
    at.run()
    assert len(drawn) == 2, "for a desk and for a phone"
    shown = at.get("html")
    at.session_state["language"] = "fr"
    at.run()
    assert len(drawn) == 4
    assert at.get("html") != shown
    again = occasion({LEFT: (61.0, 62.0), RIGHT: (62.0, 63.0)}, frames=True)
    made = store.visit_on(person.id)
    store.add_measurement(made.id, again.result, conditions=replace(HOW, timing="after"), measured_at=at_hour(3))
    at = opened(page, person=person.id, state={"drawn": at.session_state["drawn"]})
    assert len(drawn) == 6
    assert len(at.session_state["drawn"]) == 3


def test_few_drawings_are_kept(store, person, visit, monkeypatch):
    monkeypatch.setattr(pages, "CHARTS_KEPT", 1)
    at = opened("before-after", person=person.id)
    at.session_state["language"] = "fr"
    at.run()
    assert len(at.session_state["drawn"]) == 1


def test_a_measurement_without_a_time_is_shown_with_its_day_alone(store, person, visit):
    """Of an imported one only the day is known; it is kept at noon."""
    other = store.add_visit(Visit(person.id, date.today() - timedelta(30)))
    noon = datetime.combine(other.on, time(12)).astimezone()
    store.add_measurement(other.id, occasion(BEFORE).result, measured_at=noon)
    assert "12:00" not in words(opened("visit", person=person.id, visit=other.id))
    at = opened("before-after", person=person.id)
    day = Wording("en").short_day(other.on)
    assert any(choice.startswith(f"{day} · ") for choice in at.selectbox(key=f"before_{person.id}_None").options)


def test_a_follow_up_in_a_week_is_not_due(store, person, visit):
    """Of the usual plan one step is a week after the first treatment."""
    store.course.add_treatment(Treatment(person.id, date.today(), "snag", visit.id))
    at, t = opened("today"), Texts("en")
    headers = [header.value for header in at.header]
    assert headers.index(t("today.due")) < headers.index(t("today.coming"))
    assert t("today.nobody_due") in words(at)


def test_what_cannot_be_compared_is_said_and_no_change_given(store, person, visit):
    first = store.measurements_of_visit(visit.id)[0]
    store.save_conditions(replace(first, conditions=replace(first.conditions, camera="phone")))
    at = opened("before-after", person=person.id, visit=visit.id)
    assert "cannot be compared" in at.warning[0].value
    assert "the camera" in at.warning[0].value
    assert "° … " not in words(at)


@pytest.mark.usefixtures("not_drawn")
def test_a_sentence_on_a_change_has_one_way_of_rounding(store, person, visit):
    """The decimals are in the table below."""
    at = opened("before-after", person=person.id, visit=visit.id)
    told = [element.value for element in at.markdown if element.value.startswith("- Rotation to the")]
    assert len(told) == 2
    assert not re.search(r"\d\.\d", "".join(told))
    assert "° … " in words(at)


@pytest.mark.usefixtures("not_drawn")
def test_any_two_measurements_can_be_chosen(store, person, visit):
    other = store.add_visit(Visit(person.id, date.today() - timedelta(30)))
    wide = occasion({LEFT: (20.0, 21.0), RIGHT: (22.0, 23.0)}, lens=camera("assumed"))
    old = store.add_measurement(other.id, wide.result, measured_at=at_hour(1) - timedelta(30))
    at = opened("before-after", person=person.id, visit=visit.id)
    at.selectbox(key=f"before_{person.id}_{visit.id}").set_value(old.id).run()
    assert "cannot be compared" in at.warning[0].value


# A check is kept


def result_page(way, made, language="en", **state):
    check = ended(made)
    check.camera = "desk webcam"
    return opened("", language, state={"journey": way, "check": check, **state})


READY = Journey(
    "result", "self", CheckPlan("flexion-rotation"), screened=True, pain_before=2, headache_now=True, pain_after=3
)


def test_alone_a_check_goes_to_ones_own_line_once(store):
    at = result_page(READY, measurement())
    at.button(key="keep_own").click().run()
    at.run()
    assert "keep_own" not in [button.key for button in at.button]
    own = make_own_person(store, "Me")
    (kept,) = store.measurements(own.id)
    assert kept.conditions == Conditions("active", "seated", "self", "none", None, 2, True, 3, "desk webcam", 1, True)
    assert store.frames(kept.id) is not None
    again = result_page(replace(READY, checks=1), measurement())
    again.button(key="keep_own").click().run()
    assert len(store.measurements(own.id)) == 2
    assert len(store.visits(own.id)) == 1


def test_in_the_clinic_a_check_goes_to_the_person_visit_and_time_chosen_before(store, person, visit):
    store.add_person(Person("other"))
    way = replace(READY, who="therapist", plan=CheckPlan("flexion-rotation", "passive", "supine"), moved_by="therapist")
    at = result_page(replace(way, pain_after=None), measurement(), target=Target(person.id, visit.id, "before"))
    at.radio(key="pain_after_0").set_value(4).run()
    at.button(key="keep").click().run()
    kept = store.measurements_of_visit(visit.id)[-1]
    assert (kept.person_id, kept.conditions.timing, kept.conditions.posture) == (person.id, "before", "supine")
    assert kept.conditions.pain_after == 4
    assert "P-017" in words(at)


def test_a_patient_is_measured_as_last_time_with_nothing_to_choose(store, person, visit):
    last = Conditions("passive", "supine", "therapist", practice=1, rest=False)
    made = measurement(trials=2)
    store.add_measurement(visit.id, made.result, made.frames, last)
    at = opened("visit", person=person.id, visit=visit.id)
    at.button(key="measure_after").click().run()
    way = at.session_state["journey"]
    assert (way.step, way.moved_by) == ("ready", "therapist")
    assert replace(way.plan, first=None) == CheckPlan("flexion-rotation", "passive", "supine", 2, True, rest=False)


def test_a_new_patient_is_asked_what_to_measure(store):
    new = store.add_person(Person("new"))
    at = opened("person", person=new.id)
    at.button(key="test_now").click().run()
    assert at.session_state["journey"].step == "choose"


def test_without_a_person_chosen_nothing_is_kept_by_itself(store, person):
    way = replace(READY, who="therapist")
    at = result_page(way, measurement())
    assert "keep" not in [button.key for button in at.button]
    at.selectbox(key="keep_person_0").set_value(person.id).run()
    at.button(key="keep").click().run()
    assert [m.conditions.timing for m in store.measurements(person.id)] == ["before"]
    assert [v.on for v in store.visits(person.id)] == [date.today()]


def test_among_many_people_one_is_found_by_code_or_name(store):
    for number in range(60):
        store.add_person(Person(f"P-{number:03d}", name="Åsa Quux" if number == 57 else None))
    at = result_page(replace(READY, who="therapist"), measurement())
    assert "60" in words(at)
    at.text_input(key="keep_search_0").input("nobody at all").run()
    assert Texts("en")("save.not_found") in words(at)
    at.text_input(key="keep_search_0").input("quux").run()
    at.button(key="keep").click().run()
    (line,) = store.people("P-057")
    assert len(store.measurements(line.person.id)) == 1


@pytest.mark.parametrize("language", WHICH)
def test_an_after_without_a_before_is_refused_and_can_still_be_kept(language, store, person):
    at = result_page(replace(READY, who="therapist"), measurement(), language, target=Target(person.id, None, "after"))
    at.button(key="keep").click().run()
    assert at.error[0].value.replace("\\", "").startswith(Texts(language)("error.no_before", test="|").split("|")[0])
    assert store.visits(person.id) == ()
    at.radio(key=f"keep_timing_0_{person.id}_{date.today()}").set_value("none").run()
    at.button(key="keep").click().run()
    assert len(store.measurements(person.id)) == 1


# Kept videos


def kept_video(data, content=b"pictures"):
    """A file as a check keeps it; its content does not matter to the pages."""
    (data / "videos").mkdir(exist_ok=True)
    path = data / "videos" / "2026-11-02-101500-flexion-rotation.mkv"
    path.write_bytes(content * 100_000)
    return path


@pytest.mark.parametrize("language", WHICH)
def test_a_video_that_is_nobodys_is_listed_and_deleted(language, store, data):
    video = kept_video(data)
    at = opened("keeping", language)
    assert video.name in words(at)
    assert {"en": "0.8 MB", "fr": "0,8 Mo"}[language] in words(at)
    at.button(key=f"delete_video_{video.name}").click().run()
    assert not video.exists()
    assert Texts(language)("videos.none") in words(at)


def test_a_kept_video_belongs_to_the_check_that_is_saved(store, person, data):
    """It is shown with the measurement, goes into the archive if wanted, and can be deleted alone."""
    made, video = measurement(), kept_video(data)
    sha256 = hashlib.sha256(video.read_bytes()).hexdigest()
    source = replace(made.result.source, file=video.name, sha256=sha256)
    made = replace(made, result=replace(made.result, source=source))
    at = result_page(replace(READY, who="therapist"), made, target=Target(person.id, None, "before"))
    at.button(key="keep").click().run()
    assert Texts("en")("videos.belongs") in words(at)
    assert video.name not in words(opened("keeping"))
    (kept,) = store.measurements(person.id)
    at = opened("visit", person=person.id, visit=kept.visit_id)
    assert "video kept (0.8 MB)" in words(at)
    assert "export_videos" in [box.key for box in opened("person", person=person.id).checkbox]
    at.checkbox(key=f"sure_measurement_{kept.id}").check().run()
    at.button(key=f"delete_video_{kept.id}").click().run()
    assert "video kept" not in words(at)
    assert not list(data.rglob("*.mkv"))
    assert store.measurement(kept.id)


@pytest.mark.parametrize("language", WHICH)
@pytest.mark.parametrize("also", [True, False])
def test_a_person_is_deleted_also_from_backups_when_that_is_asked_for(language, also, store, person, visit, data):
    """Each backup is named, with its path as it is; one that is not ours is named as not looked into."""
    t = Texts(language)
    held = write_backup(store)
    strange = held.with_name("holiday_photos [1].zip")
    strange.write_bytes(b"no zip")
    at = opened("person", language, person=person.id)
    if also:
        at.checkbox(key="from_backups").check()
    at.text_input(key="confirm_code").input("P-017").run()
    at.button(key="delete_person").click().run()
    assert not at.exception
    said = at.success[0].value
    for sentence in (
        t("rights.rewritten" if also else "rights.still_in_backups", paths=str(held)),
        t("rights.not_looked_into", paths=str(strange)),
    ):
        assert plain(sentence) in said
    with zipfile.ZipFile(held) as packed:
        assert (b"P-017" in packed.read("tables/person.jsonl")) is not also
    assert store.count_people() == 0


# Backups


@pytest.mark.parametrize("language", WHICH)
def test_a_backup_is_made_and_brought_back_once_confirmed(language, store, person, data):
    store.close()
    opened("keeping", language).button(key="make_backup").click().run()
    (backup,) = (data / "backups").glob("*.zip")
    with Records(data, url="") as records:
        records.add_person(Person("later"))
    at = opened("keeping", language)
    at.selectbox(key="restore_which").set_value(backup.name).run()
    assert Texts(language)("restore.replaces", count="2") == at.warning[0].value
    at.button(key="restore").click().run()
    assert at.error[0].value.replace("\\", "") == Texts(language)("restore.wrong_word")
    at.text_input(key="restore_word").input(Texts(language)("restore.word").upper())
    at.button(key="restore").click().run()
    assert not at.error
    assert len(list((data / "backups").glob("*.zip"))) == 2
    assert [line.person.code for line in store.people()] == ["P-017"]


@pytest.mark.parametrize("language", WHICH)
def test_a_person_is_taken_in_on_the_page_and_it_says_how_far_it_is(
    language, store, person, visit, data, tmp_path, monkeypatch
):
    t = Texts(language)
    content = export_person(store, person.id, tmp_path / "p.zip").read_bytes()
    rights.delete_person(store, person.id)
    shown = []
    usual = exchange.working

    @contextmanager
    def watched(text):
        with usual(text) as show:
            yield lambda *done: (shown.append((text, *done)), show(*done))[1]

    monkeypatch.setattr(exchange, "working", watched)
    at = opened("keeping", language)
    at.file_uploader(key="archive_file").set_value(("p.zip", content, "application/zip"))
    at.button(key="take_in_archive").click().run()
    assert not at.exception
    assert [line.person.code for line in store.people()] == ["P-017"]
    assert shown[0][0] == t("exchange.taking_in")
    assert shown[-1][1:] == (shown[-1][2],) * 2


@pytest.mark.usefixtures("not_drawn")
@pytest.mark.parametrize("language", WHICH)
def test_odd_entries_of_a_backup_are_named_on_the_page(language, store, person, visit, data):
    t = Texts(language)
    path = write_backup(store)
    store.close()
    odd = (
        (b'"birth_year": 1985', b'"birth_year": 1870'),
        (b'"pain_now": 3', b'"pain_now": 11'),
        (b'"repetitions": 6', b'"repetitions": 20000'),
        (b'"level": "C1-2"', b'"level": "=C1\\u001b-2"'),
    )
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(data / "backups" / "odd.zip", "w") as new:
        for name in old.namelist():
            content = old.read(name)
            for was, now in odd:
                content = content.replace(was, now)
            new.writestr(name, content)
    at = opened("keeping", language)
    at.selectbox(key="restore_which").set_value("odd.zip").run()
    at.text_input(key="restore_word").input(t("restore.word"))
    at.button(key="restore").click().run()
    assert not at.exception
    assert t("restore.odd", count="3") in [one.value.replace("\\", "") for one in at.warning]
    assert (
        f"P-017 · {t('rights.entry.person')} {person.id} · {t('error.birth_year_early', year='1870', oldest='1890')}"
        in words(at)
    )
    for page in PAGES:
        assert not opened(page, language, person=person.id, visit=visit.id).exception


def test_what_is_no_backup_changes_nothing(store, person, data):
    (data / "backups").mkdir()
    (data / "backups" / "x.zip").write_bytes(b"PK cut off")
    at = opened("keeping", "fr")
    at.selectbox(key="restore_which").set_value("x.zip").run()
    at.text_input(key="restore_word").input("remplacer")
    at.button(key="restore").click().run()
    assert at.error[0].value.replace("\\", "") == Texts("fr")("error.backup_damaged", name="x.zip")
    assert store.count_people() == 1


# Faults of the database


@pytest.mark.usefixtures("not_drawn")
@pytest.mark.parametrize("page", PAGES)
def test_records_removed_while_the_program_runs(page, store, person, visit, data):
    """Each page says so, in the reader's language, and shows no traceback."""
    at = opened(page, "fr", person=person.id, visit=visit.id)
    for file in data.glob("romcheck.db*"):
        file.unlink()
    at.run()
    assert not at.exception
    assert Texts("fr")("problem.gone") in {error.value.replace("\\", "") for error in at.error}


def test_records_another_program_is_writing_to(store, person, data, monkeypatch):
    """The form is refused in words; a moment later it goes through."""
    connect = database._connect
    monkeypatch.setattr(database, "_connect", lambda path, _: connect(path, 0.2))  # not as patient as usual
    at = opened("today")
    at.text_input(key="person_new_0_code").input("P-018")
    with sqlite3.connect(data / "romcheck.db") as other:
        other.execute("BEGIN IMMEDIATE")
        at.button(key="add_person").click().run()
    (error,) = at.error
    assert error.value.replace("\\", "").startswith(Texts("en")("database.locked"))
    at.button(key="add_person").click().run()
    assert not at.error
    assert store.person_by_code("P-018")


# Two windows


@pytest.mark.parametrize("keep", ["mine", "theirs"])
def test_of_two_windows_the_second_is_told_and_nothing_is_lost(keep, store, person, visit):
    key = f"visit_{visit.id}"
    here, there = (opened("visit", person=person.id, visit=visit.id) for _ in range(2))
    for at, note in ((here, "stiff on the left"), (there, "slept badly")):
        at.button(key=f"open_{key}").click().run()
        at.text_area(key=f"visit_{visit.id}_1_notes").input(note)
    here.button(key=f"save_{key}").click().run()
    there.button(key=f"save_{key}").click().run()
    assert there.warning[0].value == Texts("en")("problem.conflict")
    said = words(there)
    assert "stiff on the left" in said
    assert "slept badly" in said
    assert store.visit(visit.id).notes == "stiff on the left"
    there.button(key=f"{keep}_{key}").click().run()
    assert not there.exception
    assert store.visit(visit.id).notes == ("slept badly" if keep == "mine" else "stiff on the left")


def test_a_diary_line_of_another_window_is_not_overwritten_unseen(store, person):
    at = opened("person", person=person.id)
    store.course.write_diary(DiaryDay(person.id, date.today(), True, 6))
    key = f"diary_{person.id}_{date.today()}"
    at.radio(key=f"diary_{date.today()}_0_headache").set_value(False)
    at.button(key=f"save_{key}").click().run()
    assert at.warning[0].value.replace("\\", "") == Texts("en")("problem.conflict")
    at.button(key=f"mine_{key}").click().run()
    (line,) = store.course.diary(person.id)
    assert (line.headache, line.intensity) == (False, None)


@pytest.mark.parametrize("language", WHICH)
def test_the_plan_is_changed_in_ones_own_language(language, store):
    """The usual steps keep their name, whichever language they are shown in."""
    t = Texts(language)
    at = opened("keeping", language)
    assert at.text_area(key="plan_steps").value.startswith(f"{t('plan.1_week')} = 7\n")
    at.text_area(key="plan_steps").input(f"{t('plan.4_weeks')} = 30\nContrôle = 90")
    at.button(key="save_plan").click().run()
    assert [(step.label, step.days) for step in store.course.plan()] == [("4 weeks", 30), ("Contrôle", 90)]
    at.text_area(key="plan_steps").input("4 weeks")
    at.button(key="save_plan").click().run()
    assert at.error[0].value.replace("\\", "") == t("error.plan_line", line="4 weeks")


# Rights


def test_a_person_goes_only_when_the_code_is_typed(store, person, visit):
    at = opened("person", person=person.id)
    at.button(key="delete_person").click().run()
    assert store.count_people() == 1
    at.text_input(key="confirm_code").input("P-017")
    at.button(key="delete_person").click().run()
    assert not at.exception
    assert store.count_people() == 0


def test_who_looked_is_in_the_trail_shown(store, person, visit):
    said = words(opened("person", person=person.id))
    assert Texts("en")("rights.action.added") in said
    number = store.measurements_of_visit(visit.id)[0].id
    assert f"measurement {number}" in said
    assert f"mesure {number}" in words(opened("person", "fr", person=person.id))


def test_a_patient_says_nothing_to_markdown_or_html(store):
    nasty = store.add_person(Person("<b>&amp;</b> **x** :red[y] $z$", name="[a](http://b) <script>"))
    said = opened("person", person=nasty.id).title[0].value
    assert "\\<b\\>" in said
    assert "\\*\\*x\\*\\*" in said
    assert "\\[a\\]" in said


# Words


def refusals():
    today, person = date.today(), Person("P")
    far = today + timedelta(90)
    return {
        "code_missing": lambda: checks.person(replace(person, code=" ")),
        "birth_year_future": lambda: checks.person(replace(person, birth_year=today.year + 1)),
        "birth_year_early": lambda: checks.person(replace(person, birth_year=1066)),
        "too_long": lambda: checks.person(replace(person, notes="x" * 10_000_000)),
        "formula": lambda: checks.person(replace(person, code="=1+1")),
        "control": lambda: checks.person(replace(person, code="a\x00")),
        "day_future": lambda: checks.visit(Visit(1, far)),
        "day_early": lambda: checks.visit(Visit(1, date(1066, 10, 14))),
        "range": lambda: checks.conditions(Conditions(pain_now=11)),
        "active_alone": lambda: checks.conditions(Conditions(moved_by="therapist")),
        "no_headache": lambda: checks.diary_day(DiaryDay(1, today, False, 4)),
    }


@pytest.mark.parametrize("name", list(refusals()))
def test_refusals_are_said_in_the_readers_language(name):
    """Not in the program's own, for all that a refusal may hold."""
    with pytest.raises(EntryError) as refused:
        refusals()[name]()
    french = problem_text(refused.value, Texts("fr"))
    assert french != str(refused.value)
    assert refused.value.code == name
    assert french.startswith(catalogue("fr")[f"error.{name}"].partition("{")[0])
    assert "field." not in french


def test_a_size_is_given_in_the_unit_that_shows_it():
    shown = {count: size(count, Wording("fr")) for count in (1, 42_000, 2e5, 3.2e9)}
    assert list(shown.values()) == ["1 ko", "42 ko", "0,2 Mo", "3,2 Go"]

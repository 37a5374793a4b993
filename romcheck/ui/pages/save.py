"""Where a check is saved: to one's own history, or to a person's visit, before or after the treatment."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import cast

import streamlit as st

from romcheck.change import Comparability
from romcheck.clinical import Conditions, Occasion, pain_question
from romcheck.i18n.wording import Wording
from romcheck.live.journey import Journey
from romcheck.live.safety import RULE_NUMBERS, too_painful
from romcheck.live.session import LiveCheck
from romcheck.measure import Measurement
from romcheck.records.clinic import Screening
from romcheck.records.entries import MeasurementRecord, Person, Visit
from romcheck.records.overview import minutes_since_treatment, timing_to_measure
from romcheck.records.overview import page as page_of
from romcheck.records.own import make_own_person
from romcheck.records.problems import RecordsError
from romcheck.records.videos import video_of
from romcheck.reports.of_person import last_time
from romcheck.ui.editing import option
from romcheck.ui.forms import TIMINGS, Fields, ending_fields
from romcheck.ui.records import Target, link, plain, store, target_of, telling, who, words

MOST_CHOICES = 25
"""Most people in the list; where there are more, a code or name is typed first."""


def for_whom(way: Journey) -> None:
    """Show during the check which person was chosen before it."""
    target = target_of(way)
    if target is not None and way.step not in ("welcome", "result"):
        t = words()
        with telling():
            st.caption(t("save.for_whom", who=plain(who(store().person(target.person_id)))))


def with_pain(way: Journey) -> Journey:
    """The journey with the pain that a therapist notes beside the result."""
    return way if way.pain_after is not None else replace(way, pain_after=st.session_state.get(_pain_key(way)))


def show(measurement: Measurement, check: LiveCheck, way: Journey) -> None:
    """Offer to save this check, or show where it was saved."""
    t = words()
    st.header(t("save.title"), anchor=False)
    ended, kept = _ended(way), saved(way)
    if kept is not None:
        _kept(kept, way, t)
        return
    # The browser asks before it leaves a page that has this: see romcheck/ui/mending.py.
    with st.container(key="unsaved"), telling():
        if way.who == "self":
            _own(measurement, check, way, ended, t)
        else:
            _of_person(measurement, check, way, ended, t)


def last_result(measurement: Measurement, check: LiveCheck, way: Journey) -> tuple[Occasion, Comparability] | None:
    """What the person was measured with last, see :func:`romcheck.reports.of_person.last_time`.

    Known for a patient chosen before the check, and once it is saved: whoever measures alone may be somebody else than
    the person whose history is on this computer.
    """
    kept, target = saved(way), target_of(way)
    whose = kept or target
    if whose is None:
        return None
    ended = _ended(way)
    now = Occasion(measurement.result, way.conditions(check.camera), ended.astimezone().date(), ended)
    try:
        return last_time(page_of(store(), whose.person_id), now, None if kept is None else kept.id)
    except RecordsError:  # the saving below says it
        return None


def _ended(way: Journey) -> datetime:
    """When the check ended: the time of the result, not of the click that saves it."""
    return cast("datetime", st.session_state.setdefault(f"ended_{way.checks}", datetime.now(timezone.utc)))


def saved(way: Journey) -> MeasurementRecord | None:
    """The check in the records, once it is saved."""
    return cast("MeasurementRecord | None", st.session_state.get(f"kept_{way.checks}"))


def _own(measurement: Measurement, check: LiveCheck, way: Journey, ended: datetime, t: Wording) -> None:
    st.markdown(t("save.own_help"))
    if st.button(t("save.own"), type="primary", key="keep_own"):
        person = make_own_person(store(), t("save.own_code"))
        assert person.id is not None
        visit = Visit(person.id, ended.astimezone().date())
        _keep(visit, measurement, way.conditions(check.camera), way, ended)


def _of_person(measurement: Measurement, check: LiveCheck, way: Journey, ended: datetime, t: Wording) -> None:
    target = target_of(way)
    if not way.recorded:
        st.info(t("screening.none_before_check"))
    person = _person(way, target, t)
    pain = st.radio(t("after.pain.other"), range(11), index=None, horizontal=True, key=_pain_key(way))
    if too_painful(pain, way.pain_before or 0):
        st.warning(t("after.rose.other", **RULE_NUMBERS))
    if asked := pain_question(way.pain_before, pain):
        st.info(t.say(asked))
    if person is None:
        return
    chosen = person.id
    assert chosen is not None
    found = page_of(store(), chosen)
    day = ended.astimezone().date()
    visits = [visit.id for visit in reversed(found.visits)]
    days = {visit.id: visit.on for visit in found.visits}
    new = None if day in days.values() else 0
    choices = [*([0] if new == 0 else []), *visits]
    wanted = target.visit_id if target is not None and target.person_id == chosen else None
    visit_id = st.selectbox(
        t("save.visit"),
        choices,
        choices.index(wanted) if wanted in choices else 0,
        format_func=lambda number: t("save.new_visit") if number == 0 else t.day(days[number]),
        key=f"keep_visit_{way.checks}_{chosen}",
    )
    # The same key before and after today's visit is created.
    seen = f"{way.checks}_{chosen}_{days.get(visit_id, day)}"
    measurements = [m for m in found.measurements if m.visit_id == visit_id and m.test == measurement.result.test]
    treatments = [x for x in found.treatments if x.visit_id == visit_id]
    likely = timing_to_measure(measurements, treatments)
    if target is not None and target.timing != "none" and wanted == (visit_id or None):
        likely = target.timing
    timing = st.radio(
        t("save.timing"),
        TIMINGS,
        TIMINGS.index(likely),
        format_func=lambda one: option("timing", one, t),
        horizontal=True,
        key=f"keep_timing_{seen}",
    )
    minutes = None
    if timing == "after":
        minutes = st.number_input(
            t("field.minutes_since_treatment"),
            value=minutes_since_treatment(treatments, ended),
            step=1.0,
            format="%g",
            key=f"keep_minutes_{seen}",
        )
    with st.expander(t("save.how_it_ended"), key="how_it_ended"):
        ended_so = ending_fields(Fields(f"keep_{way.checks}", t), Conditions())
    if st.button(plain(t("save.keep", code=person.code)), type="primary", key="keep"):
        how = replace(way.conditions(check.camera, timing, minutes), **ended_so)
        _keep(visit_id or Visit(chosen, day), measurement, how, way, ended)


def _person(way: Journey, target: Target | None, t: Wording) -> Person | None:
    """The person chosen before the check, or searched now by code or name."""
    search = ""
    everybody = store().count_people()
    if everybody > MOST_CHOICES:
        search = st.text_input(t("save.search"), key=f"keep_search_{way.checks}").strip()
    people = {line.person.id: line.person for line in store().people(search, limit=MOST_CHOICES)}
    if target is not None and not search and target.person_id not in people:
        people = {target.person_id: store().person(target.person_id), **people}
    if not everybody:
        st.markdown(t("save.nobody"))
        link("today", t("records.to_today"))
    elif not people:
        st.markdown(t("save.not_found"))
    if not people:
        return None
    numbers = list(people)
    if search:
        likely = 0 if len(numbers) == 1 else None
    else:
        likely = None if target is None else numbers.index(target.person_id)
    chosen = st.selectbox(
        t("save.person"),
        numbers,
        likely,
        format_func=lambda number: who(people[number]),
        placeholder=t("save.choose"),
        # Each search has its own choice.
        key=f"keep_person_{way.checks}_{search}" if search else f"keep_person_{way.checks}",
    )
    count = store().count_people(search)
    if count > MOST_CHOICES:
        st.caption(t("today.more", shown=str(MOST_CHOICES), count=str(count)))
    return None if chosen is None else people[chosen]


def _keep(visit: int | Visit, measurement: Measurement, how: Conditions, way: Journey, ended: datetime) -> None:
    kept = store().add_measurement(visit, measurement.result, measurement.frames, how, measured_at=ended)
    st.session_state[f"kept_{way.checks}"] = kept
    st.session_state["journey"] = way  # with the pain noted here
    asked = cast("Screening | None", st.session_state.pop(f"screening_{way.checks}", None))
    if asked is not None and way.who == "therapist":
        store().clinic.add_screening(replace(asked, person_id=kept.person_id, visit_id=kept.visit_id))
    st.rerun()


def _kept(kept: MeasurementRecord, way: Journey, t: Wording) -> None:
    with telling():
        person = store().person(kept.person_id)
        st.success(t("save.kept", who=plain(who(person)), day=t.day(store().visit(kept.visit_id).on)))
        if video_of(store(), kept.id) is not None:
            st.markdown(t("videos.belongs"))
    if way.who == "self":
        link("own", t("page.own"))
        return
    if too_painful(way.pain_after, way.pain_before or 0):
        st.warning(t("after.rose.other", **RULE_NUMBERS))
    link("visit", t("save.to_visit"), person=kept.person_id, visit=kept.visit_id)
    if kept.conditions.timing == "after":
        link("before_after", t("page.before_after"), person=kept.person_id, visit=kept.visit_id)


def _pain_key(way: Journey) -> str:
    return f"pain_after_{way.checks}"

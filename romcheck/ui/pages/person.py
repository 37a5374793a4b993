"""One person: visits, outcomes, the diary, follow-ups, and details."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import date
from typing import get_args

import streamlit as st

from romcheck.change import medicine_days
from romcheck.clinical import DiaryDay, FollowUp, FollowUpState, Outcome
from romcheck.i18n.wording import Wording
from romcheck.records.entries import PersonPage, Visit
from romcheck.reports.of_course import medicine_sentences, outcome_sentences
from romcheck.reports.sentences import Numbered
from romcheck.ui.common import table
from romcheck.ui.editing import edit, editing, in_words, option
from romcheck.ui.forms import Fields, any_day, diary_form, outcome_form, person_form
from romcheck.ui.measuring import measure
from romcheck.ui.pages import planned
from romcheck.ui.pages.exchange import person_files
from romcheck.ui.pages.rights import delete_person, trail
from romcheck.ui.pages.today import step
from romcheck.ui.records import (
    Target,
    facts,
    go_to,
    link,
    of_person,
    plain,
    say_next,
    sources,
    store,
    telling,
    words,
)

OUTCOME_COLUMNS = ("on", "headache_days", "intensity", "hours", "medication_days", "ndi", "hit6", "global_change")
DIARY_LINES = 14


def page() -> None:
    """Show the page."""
    of_person(show, "page.person")


def show(found: PersonPage, t: Wording) -> None:
    """Show one person."""
    person = found.person
    assert person.id is not None
    with st.container():  # so that elements below do not shift: see say_said
        facts(
            [
                (t(f"field.{name}"), in_words(name, getattr(person, name), t) if getattr(person, name) else None)
                for name in ("sex", "headache_side")
            ]
            + [(t("field.birth_year"), person.birth_year)]
        )
        if person.demo:
            st.caption(t("person.demo"))
        if person.notes:
            st.text(person.notes)
    with st.container(horizontal=True):
        if st.button(t("person.test"), type="primary", key="test_now"):
            measure(Target(person.id))
        if st.button(t("person.visit_today"), key="visit_today"):
            visit = store().visit_on(person.id)
            go_to("visit", person=person.id, visit=visit.id)
    st.header(t("person.visits"), anchor=False)
    with st.container():
        for visit in reversed(found.visits):
            _visit_row(found, visit, t)
        if not found.visits:
            st.markdown(t("person.no_visits"))
    with st.expander(t("person.other_day"), key="other_day"), st.form("other_day_form", border=False):
        day = Fields("other_day", t).day("on", date.today())
        if st.form_submit_button(t("person.add_visit"), key="add_visit"):
            with telling():
                go_to("visit", person=person.id, visit=store().add_visit(Visit(person.id, day)).id)
    with st.expander(t("course.title"), key="plan"):
        planned.plan(found, t)
    with st.expander(t("goal.title"), key="goals"):
        today = found.visit_on(date.today())
        planned.goals(found, date.today(), None if today is None else today.id, t)
        planned.delete_goal(found, t)
    with st.expander(t("person.outcomes"), key="outcomes"):
        outcomes(found, t)
    with st.expander(t("person.diary"), key="diary"):
        diary(found, t)
    with st.expander(t("person.follow_ups"), key="follow_ups"):
        _follow_ups(found, t)
    with st.expander(t("reminder.title"), key="reminders"):
        planned.calendar(found, t)
    with st.expander(t("person.details"), key="details", expanded=editing(f"person_{person.id}")):
        edit(f"person_{person.id}", t("person.edit"), person, person_form, store().save_person)
    with st.expander(t("person.export"), key="export"):
        person_files(found, t)
    with st.expander(t("person.trail"), key="trail"):
        trail(t, person.id)
    with st.expander(t("person.delete"), key="delete"):
        delete_person(person, t)


def _visit_row(found: PersonPage, visit: Visit, t: Wording) -> None:
    tests = Counter(t(f"title.{m.test}") for m in found.measurements if m.visit_id == visit.id)
    parts = [name if count == 1 else f"{name} ×\N{NO-BREAK SPACE}{count}" for name, count in tests.items()]
    parts += [option("kind", x.kind, t) for x in found.treatments if x.visit_id == visit.id]
    with st.container(horizontal=True, vertical_alignment="center", key=f"row_visit_{visit.id}"):
        link("visit", t.short_day(visit.on), person=found.person.id, visit=visit.id)
        st.markdown(plain(", ".join(dict.fromkeys(parts))) or t("person.empty_visit"), width="stretch")


def outcomes(found: PersonPage, t: Wording) -> None:
    """Recorded outcomes, and a form for new ones."""
    assert found.person.id is not None
    rows = [
        [_day(o.on, t), *(in_words(name, getattr(o, name), t) for name in OUTCOME_COLUMNS[1:])]
        for o in reversed(found.outcomes)
    ]
    if rows:
        table(t("person.outcomes"), [t(f"field.{name}") for name in OUTCOME_COLUMNS], rows)
    cite = Numbered()
    for sentence in outcome_sentences(found.outcomes, t, cite):
        st.markdown(f"- {plain(sentence)}")
    sources(cite)
    today = found.visit_on(date.today())
    with st.form("new_outcome"):
        entry = outcome_form(Outcome(found.person.id, date.today(), None if today is None else today.id))
        if st.form_submit_button(t("person.add_outcome"), key="add_outcome"):
            with telling():
                store().course.add_outcome(entry)
                say_next(t("records.saved"))
    _choose_and_delete("outcome", [(o.id, t.short_day(o.on)) for o in reversed(found.outcomes)], t)


def diary(found: PersonPage, t: Wording) -> None:
    """One line per day: a form for one day, and the latest lines."""
    assert found.person.id is not None
    day = any_day(t("field.on"), date.today(), "diary_day", t)
    counted = medicine_days(found.diary, date.today())
    cite = Numbered()
    if said := medicine_sentences(counted, t, cite):
        (st.info if counted is not None and counted.many else st.caption)(plain(" ".join(said)))
        sources(cite)
    there = next((line for line in found.diary if line.on == day), None)
    key = f"diary_{found.person.id}_{day}"
    edit(key, "", there or DiaryDay(found.person.id, day), diary_form, store().course.write_diary, always=True)
    lines = list(reversed(found.diary))[:DIARY_LINES]
    if lines:
        columns = ("on", "headache", "attack", "medication", "exercise_times", "notes")
        cells = [[_cell(line, name, t) for name in columns] for line in lines]
        # Empty columns are left out: they would only make the others narrow.
        seen = [i for i, name in enumerate(columns) if name != "notes" or any(row[i] != NOTHING for row in cells)]
        heads = [t(f"field.{columns[i]}") for i in seen]
        table(t("person.diary"), heads, [[row[i] for i in seen] for row in cells])


NOTHING = "–"


def _cell(line: DiaryDay, column: str, t: Wording) -> str:
    """Cell of the diary table; several values are joined."""
    if column == "on":
        return _day(line.on, t)
    several: dict[str, list[str | None]] = {
        "headache": [
            in_words("headache", line.headache, t),
            None if line.intensity is None else t("diary.of_ten", intensity=t.short_number(line.intensity)),
            None if line.hours is None else t("diary.hours", hours=t.short_number(line.hours)),
        ],
        "attack": [
            *(in_words(name, value, t) for name, value in (("side", line.side), ("spread", line.spread)) if value),
            *(in_words("triggers", line.triggers, t) for _ in range(bool(line.triggers))),
            *(t(f"field.{name}").lower() for name in ("nausea", "light") if getattr(line, name)),
        ],
        "medication": [
            in_words("medication", line.medication, t) if not line.medicine else line.medicine,
            _classes(line, t),
        ],
    }
    if column in several:
        return ", ".join(part for part in several[column] if part) or NOTHING
    return in_words(column, getattr(line, column), t)


def _classes(line: DiaryDay, t: Wording) -> str:
    """Kinds of the medicine that have no word in common with its name."""

    def long_words(text: str) -> set[str]:
        return set(re.findall(r"[^\W\d_]{4,}", text.casefold()))

    kinds = (in_words("medicine_classes", kind, t) for kind in line.medicine_classes.split())
    return ", ".join(kind for kind in kinds if not long_words(kind) & long_words(line.medicine))


def _day(day: date, t: Wording) -> str:
    """A day without line breaks."""
    return t.short_day(day).replace(" ", "\N{NO-BREAK SPACE}")


def _follow_ups(found: PersonPage, t: Wording) -> None:
    if not found.follow_ups:
        st.markdown(t("person.no_follow_ups"))
    for entry in found.follow_ups:
        due = f"{t.short_day(entry.due_on)} ({option('state', entry.state, t)})"
        said = t("records.said", name=step(entry.label, t), value=due)
        with st.container(horizontal=True, vertical_alignment="center", key=f"row_follow_up_{entry.id}"):
            st.markdown(plain(said), width="stretch")
            edit(
                f"follow_up_{entry.id}",
                t("person.edit_follow_up", label=step(entry.label, t)),
                entry,
                _follow_up_form,
                store().course.save_follow_up,
            )


def _follow_up_form(entry: FollowUp) -> FollowUp:
    f = Fields(f"follow_up_{entry.id}_{entry.version}", words())
    state: FollowUpState = f.choice("state", get_args(FollowUpState), entry.state) or entry.state
    return replace(entry, due_on=f.day("due_on", entry.due_on), state=state)


def _choose_and_delete(kind: str, choices: list[tuple[int | None, str]], t: Wording) -> None:
    if not choices:
        return
    names = dict(choices)
    number = st.selectbox(
        t("person.which"), list(names), format_func=lambda one: names[one], index=None,
        placeholder=t("save.choose"), key=f"which_{kind}",
    )  # fmt: skip
    if st.button(t("records.delete"), key=f"delete_{kind}", disabled=number is None) and number is not None:
        with telling():
            store().course.delete_outcome(number)
            say_next(t("records.deleted"))

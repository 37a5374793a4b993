"""The therapist's day: today's patients, follow-ups due and coming, all patients, and a new patient."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import streamlit as st

from romcheck.errors import RomcheckError
from romcheck.i18n.wording import Wording
from romcheck.records.entries import Due, Person
from romcheck.records.overview import BEHIND_DAYS, today
from romcheck.ui.forms import person_form
from romcheck.ui.measuring import measure
from romcheck.ui.problems import problem_text
from romcheck.ui.records import Target, go_to, link, plain, say_said, store, telling, who, words

MOST_PEOPLE = 25


def page() -> None:
    """Show the page."""
    t = words()
    st.title(t("today.title"), anchor=False)
    say_said()
    with telling():
        found = today(store())
        for note in store().notes:
            st.info(plain(note))
        st.markdown(t("today.day", day=t.day(found.day)))
        with st.expander(t("today.new"), key="new_person", on_change="ignore"):
            _new_person(t)
        st.header(t("today.here"), anchor=False)
        for seen in found.visits:
            _row(seen.person, "", f"here_{seen.visit.id}", t, seen.visit.id)
        if not found.visits:
            st.markdown(t("today.nobody_here"))
        st.header(t("today.due"), anchor=False)
        _due(found.due, t)
        if not found.due:
            st.markdown(t("today.nobody_due"))
        if found.long_due:
            with st.expander(
                t("today.long_due", days=str(BEHIND_DAYS), count=str(len(found.long_due))), key="long_due"
            ):
                _due(found.long_due, t)
        if found.coming:
            st.header(t("today.coming"), anchor=False)
            _due(found.coming, t)
        st.header(t("today.everybody"), anchor=False)
        _people(t)


def _due(steps: Sequence[Due], t: Wording) -> None:
    for due in steps:
        label = t("today.due_line", label=step(due.follow_up.label, t), day=t.short_day(due.follow_up.due_on))
        late = "" if due.days_over < 1 else t("today.days_over", count=due.days_over)
        _row(due.person, f"{label} {late}", f"due_{due.follow_up.id}", t)


def step(label: str, t: Wording) -> str:
    """Name of a step of the plan; those of the usual plan in the reader's language."""
    key = f"plan.{label.replace(' ', '_')}"
    return t(key) if key in t else label


def _row(person: Person, text: str, key: str, t: Wording, visit_id: int | None = None) -> None:
    assert person.id is not None
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"row_{key}"):
        if visit_id is None:
            link("person", who(person), person=person.id)
        else:
            link("visit", who(person), person=person.id, visit=visit_id)
        # Also without words: the buttons of all rows stand below each other.
        st.markdown(plain(text) or "\N{NO-BREAK SPACE}", width="stretch")
        if st.button(plain(t("today.test", code=person.code)), key=f"test_{key}"):
            measure(Target(person.id, visit_id))


def _new_person(t: Wording) -> None:
    with st.form("new_person_form", border=False):
        entry = person_form(Person(""))
        wanted = st.form_submit_button(t("today.add"), type="primary", key="add_person")
    if wanted:
        try:
            added = store().add_person(entry)
        except RomcheckError as error:
            st.error(plain(problem_text(error, t)))
        else:
            st.session_state["said"] = t("today.added", code=added.code)
            go_to("person", person=added.id)


def _people(t: Wording) -> None:
    search = st.text_input(t("today.search"), key="search")
    lines = store().people(search, limit=MOST_PEOPLE)
    for line in lines:
        seen = t("today.never") if line.last_visit is None else t("today.last", day=t.short_day(line.last_visit))
        due = ""
        if line.next_due is not None:
            late = line.next_due < date.today()
            due = t("today.since" if late else "today.next", day=t.short_day(line.next_due))
        _row(line.person, " · ".join(filter(None, (seen, due))), f"all_{line.person.id}", t)
    count = store().count_people(search)
    if count > len(lines):
        st.caption(t("today.more", shown=str(len(lines)), count=str(count)))
    elif not lines:
        st.markdown(t("today.nobody"))

"""The history of a person who measures themselves on this computer."""

from __future__ import annotations

import streamlit as st

from romcheck.records.overview import page as page_of
from romcheck.records.own import make_own_person, own_person
from romcheck.ui.pages import over_time, planned
from romcheck.ui.pages.person import diary
from romcheck.ui.records import link, say_said, store, telling, words


def page() -> None:
    """Show the page."""
    t = words()
    st.title(t("page.own"), anchor=False)
    say_said()
    with telling():
        person = own_person(store())
        if person is None or person.id is None:
            st.markdown(t("own.nothing"))
            link("check", t("own.to_check"))
            if st.button(t("own.begin"), key="begin_own"):
                make_own_person(store(), t("save.own_code"))
                st.rerun()
            return
        found = page_of(store(), person.id)
        with st.expander(t("own.diary"), key="own_diary", expanded=True):
            diary(found, t)
        with st.expander(t("reminder.title"), key="own_reminders"):
            planned.calendar(found, t)
        link("progress", t("own.progress"), person=person.id)
        over_time.show(found, t)
        link("person", t("own.more"), person=person.id)

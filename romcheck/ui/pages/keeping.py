"""Settings for all records: exchange, the follow-up plan, retention, the audit trail, backups."""

from __future__ import annotations

import streamlit as st

from romcheck.i18n.wording import Wording
from romcheck.records.follow_up import PLAN, read_plan
from romcheck.ui.pages.backups import backups, bring_back, odd_entries
from romcheck.ui.pages.exchange import everybody
from romcheck.ui.pages.rights import loose_videos, retention, trail
from romcheck.ui.pages.today import step
from romcheck.ui.records import plain, say_next, say_said, store, telling, words


def page() -> None:
    """Show the page."""
    t = words()
    st.title(t("page.keeping"), anchor=False)
    say_said()
    odd_entries(t)
    st.header(t("exchange.title"), anchor=False)
    with telling():
        everybody(t)
    st.header(t("plan.title"), anchor=False)
    with telling():
        _plan(t)
    st.header(t("rights.retention"), anchor=False)
    retention(t)
    st.header(t("videos.title"), anchor=False)
    loose_videos(t)
    st.header(t("backups.title"), anchor=False)
    backups(t)
    with st.expander(t("restore.title"), key="restore_box"):
        bring_back(t)
    st.header(t("rights.trail"), anchor=False)
    with telling(), st.expander(t("rights.trail_lines"), key="trail"):
        trail(t)
    st.header(t("keeping.where"), anchor=False)
    with telling():
        st.markdown(t("keeping.where_text", folder=plain(str(store().folder))))


def _plan(t: Wording) -> None:
    """The clinic's plan, one step per line, the usual steps in the reader's language."""
    text = "\n".join(f"{step(one.label, t)} = {one.days}" for one in store().course.plan())
    st.markdown(t("plan.help"))
    with st.form("plan", border=False):
        typed = st.text_area(t("plan.steps"), text, key="plan_steps", height="content")
        if st.form_submit_button(t("records.save"), key="save_plan"):
            usual = {step(one.label, t): one.label for one in PLAN}
            store().course.save_plan(read_plan(typed, usual))
            say_next(t("records.saved"))

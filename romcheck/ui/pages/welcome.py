"""Who measures whom."""

from __future__ import annotations

from datetime import date

import streamlit as st

from romcheck.live.home_day import home_day
from romcheck.ui.common import choose_language, go, journey, texts


def show() -> None:
    """Show the page."""
    t = texts()
    choose_language()
    st.title(t("welcome.title"), anchor=False)
    st.markdown(t("welcome.lead"))
    st.markdown(t("welcome.private"))
    if st.button(t("welcome.self"), type="primary", width="stretch", key="self"):
        go(journey().begin("self", home_day(date.today()).holds_back))
    st.markdown(t("welcome.self_help"))
    if st.button(t("welcome.therapist"), width="stretch", key="therapist"):
        go(journey().begin("therapist"))
    st.markdown(t("welcome.therapist_help"))
    st.info(t("welcome.limits"))

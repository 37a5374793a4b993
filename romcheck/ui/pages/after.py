"""How a person alone feels after the check."""

from __future__ import annotations

from datetime import date
from typing import cast

import streamlit as st

from romcheck.clinical import pain_question
from romcheck.live.home_day import held_back_after_check
from romcheck.live.safety import RULE_NUMBERS, too_painful
from romcheck.live.state import CheckPlan
from romcheck.ui.common import go, journey, texts
from romcheck.ui.pages.result import stopped_why


def show() -> None:
    """Show the page."""
    t, way = texts(), journey()
    check = st.session_state.get("check")
    stopped = None if check is None or check.outcome is None else check.outcome.check.stopped
    st.title(t("after.title_stopped" if stopped else "after.title"), anchor=False)
    if stopped == "symptoms":
        st.error(t("after.symptoms.self"))
    elif stopped and (why := stopped_why(cast("CheckPlan", way.plan).mode, stopped, t)):
        st.info(why)
    pain = st.radio(t("after.pain.self"), range(11), index=None, horizontal=True, key=f"pain_after_{way.checks}")
    hurts = too_painful(pain, way.pain_before or 0)
    if hurts:
        st.warning(t("after.rose.self", **RULE_NUMBERS))
    if asked := pain_question(way.pain_before, pain):
        st.info(t.say(asked))
    if st.button(t("after.show"), type="primary", key="show"):
        if pain is None:
            st.error(t("page.required"))
        else:
            go(way.afterwards(pain, held_back_after_check(date.today(), rest=hurts or stopped == "symptoms")))

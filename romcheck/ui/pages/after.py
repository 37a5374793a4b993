"""How the person feels after the check."""

from __future__ import annotations

from datetime import date

import streamlit as st

from romcheck.live.home_day import held_back_after_check
from romcheck.live.safety import RULE_NUMBERS, too_painful
from romcheck.ui.common import go, journey, texts


def show() -> None:
    """Show the page."""
    t, way = texts(), journey()
    check = st.session_state.get("check")
    stopped = None if check is None or check.outcome is None else check.outcome.check.stopped
    alone = way.who == "self"
    whose = "self" if alone else "other"
    st.title(t(f"after.title_stopped.{whose}" if stopped else f"after.title.{whose}"), anchor=False)
    if stopped == "symptoms":
        st.error(t(f"after.symptoms.{whose}"))
    pain = st.radio(t(f"after.pain.{whose}"), range(11), index=None, horizontal=True, key=f"pain_after_{way.checks}")
    hurts = too_painful(pain, way.pain_before or 0)
    if hurts:
        st.warning(t(f"after.rose.{whose}", **RULE_NUMBERS))
    if st.button(t("after.show"), type="primary", key="show"):
        if alone and pain is None:
            st.error(t("page.required"))
        else:
            rest = hurts or stopped == "symptoms"
            go(way.afterwards(pain, held_back_after_check(date.today(), rest=rest) if alone else None))

"""How the person feels once the check is over."""

from __future__ import annotations

import streamlit as st

from romcheck.ui.common import go, journey, texts

MUCH_MORE, TOO_MUCH = 3, 5
"""The rule for stopping: pain that rises by more than the first, or above the second of 10."""


def show() -> None:
    """Show the page."""
    t, way = texts(), journey()
    check = st.session_state.get("check")
    stopped = None if check is None or check.outcome is None else check.outcome.check.stopped
    whose = "self" if way.who == "self" else "other"
    st.title(t(f"after.title_stopped.{whose}" if stopped else f"after.title.{whose}"), anchor=False)
    if stopped == "symptoms":
        st.error(t(f"after.symptoms.{whose}"))
    pain = st.radio(t(f"after.pain.{whose}"), range(11), index=None, horizontal=True, key=f"pain_after_{way.checks}")
    if pain is not None and (pain > TOO_MUCH or pain - (way.pain_before or 0) > MUCH_MORE):
        st.warning(t(f"after.rose.{whose}"))
    if st.button(t("after.show"), type="primary", key="show"):
        if way.who == "self" and pain is None:
            st.error(t("page.required"))
        else:
            go(way.afterwards(pain))

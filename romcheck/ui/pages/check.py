"""The live check, step by step."""

from __future__ import annotations

import streamlit as st

from romcheck.live.session import LiveCheck, checks
from romcheck.live.state import Plan
from romcheck.texts import Texts
from romcheck.texts.camera import camera_texts
from romcheck.ui.components.camera import camera


def page() -> None:
    """Show the step the person has come to."""
    state = st.session_state
    check: LiveCheck | None = state.get("check")
    if check is None:
        check = state.check = checks.plan(Plan("flexion-rotation", practice=False))
    if check.standing == "ended" and check.outcome is not None:
        st.title("Result")
        if check.outcome.measurement is not None:
            for summary in check.outcome.measurement.result.summary:
                st.write(summary.movement, summary.mean_deg, summary.uncertainty_deg)
        st.write(check.outcome.error, check.outcome.check.stopped)
        if st.button("Again"):
            del state.check
            st.rerun()
        return
    st.title("Check")
    event = camera(check, camera_texts(Texts("en"), check.plan), "en")
    if event == "again":
        state.check = checks.plan(check.plan, check.keep)
        st.rerun()
    elif event == "ended":
        st.rerun()

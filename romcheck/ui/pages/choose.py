"""What is measured, and how."""

from __future__ import annotations

import streamlit as st

from romcheck.clinical import MovedBy, Posture
from romcheck.live.journey import TESTS, mode_of, postures_for
from romcheck.live.state import CheckPlan
from romcheck.ui.common import go, journey, texts
from romcheck.ui.measuring import first_side, most_trials, usual_trials

MOVED_BY: tuple[MovedBy, ...] = ("self", "therapist", "other")


def show() -> None:
    """Show the page."""
    t, way = texts(), journey()
    before = way.plan  # of the previous check, or of this one after going back
    st.title(t("choose.title"), anchor=False)
    test = st.radio(
        t("choose.test"),
        TESTS,
        index=TESTS.index(before.test) if before else 0,
        format_func=lambda name: t(f"test.{name}"),
        captions=[t(f"choose.explain.{name}") for name in TESTS],
        key="test",
    )
    moved_by: MovedBy = "self"
    posture: Posture = "seated"
    practice = True
    trials = usual_trials(test)
    position = test == "joint-position"
    if position:
        # Eyes closed, everything is said aloud; the sense of position is that of a head that moves itself.
        st.info(t("choose.position_aloud"))
    if way.who == "therapist" and position:
        practice = st.checkbox(t("choose.practice"), value=bool(before and before.practice), key="practice")
        trials = int(st.number_input(t("choose.trials"), 1, most_trials(test), trials, key="returns"))
    elif way.who == "therapist":
        moved_by = st.radio(
            t("choose.moved_by"),
            MOVED_BY,
            index=MOVED_BY.index(way.moved_by) if before else 1,
            format_func=lambda who: t(f"choose.moved_by.{who}"),
            key="moved_by",
        )
        postures = postures_for(moved_by)
        posture = st.radio(
            t("choose.posture"),
            postures,
            index=postures.index(before.posture) if before and before.posture in postures else 0,
            format_func=lambda name: t(f"choose.posture.{name}"),
            key="posture",
        )
        practice = st.checkbox(t("choose.practice"), value=bool(before and before.practice), key="practice")
        most = most_trials(test)
        trials = int(
            st.number_input(t("choose.trials"), 1, most, min(most, before.trials) if before else trials, key="trials")
        )
    rest = True
    if way.who == "therapist" and test == "flexion-rotation":
        rest = st.checkbox(t("choose.rest"), value=before.rest if before else True, key="rest")
    plan = CheckPlan(test, mode_of(moved_by), posture, trials, practice, rest=rest)
    if st.button(t("page.next"), type="primary", key="next"):
        go(way.choose(plan, moved_by, first_side(way, test)))
    if st.button(t("page.back"), key="back"):
        go(way.back())

"""What is measured, and how."""

from __future__ import annotations

import streamlit as st

from romcheck.circumstances import MovedBy, Posture
from romcheck.live.journey import TESTS
from romcheck.live.state import Plan
from romcheck.ui.common import go, journey, texts

MOVED_BY: tuple[MovedBy, ...] = ("self", "therapist", "other")
POSTURES: tuple[Posture, ...] = ("seated", "supine")


def show() -> None:
    """Show the page."""
    t, way = texts(), journey()
    st.title(t("choose.title"), anchor=False)
    test = st.radio(
        t("choose.test"),
        TESTS,
        format_func=lambda name: t(f"test.{name}"),
        captions=[t(f"choose.explain.{name}") for name in TESTS],
        key="test",
    )
    moved_by: MovedBy = "self"
    posture: Posture = "seated"
    practice = True
    trials = 3
    if way.who == "therapist":
        moved_by = st.radio(
            t("choose.moved_by"),
            MOVED_BY,
            index=1,
            format_func=lambda who: t(f"choose.moved_by.{who}"),
            key="moved_by",
        )
        # Lying down, the test is a passive one.
        postures = POSTURES if moved_by != "self" else POSTURES[:1]
        posture = st.radio(
            t("choose.posture"), postures, format_func=lambda name: t(f"choose.posture.{name}"), key="posture"
        )
        practice = st.checkbox(t("choose.practice"), value=False, key="practice")
        trials = int(st.number_input(t("choose.trials"), 1, 5, 3, key="trials"))
    plan = Plan(test, "active" if moved_by == "self" else "passive", posture, trials, practice)
    if st.button(t("page.next"), type="primary", key="next"):
        go(way.choose(plan, moved_by))
    if st.button(t("page.back"), key="back"):
        go(way.back())

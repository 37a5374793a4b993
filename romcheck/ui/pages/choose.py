"""What is measured, and how."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import cast

import streamlit as st

from romcheck.clinical import MovedBy, Posture
from romcheck.errors import RomcheckError
from romcheck.live.journey import TESTS, Journey, mode_of, postures_for
from romcheck.live.state import CheckPlan
from romcheck.motion.tell import TRIALS_A_SIDE
from romcheck.records.overview import page_within, side_to_begin
from romcheck.records.own import own_person
from romcheck.results import MovementName, Test
from romcheck.ui.common import go, journey, texts
from romcheck.ui.records import Target, store

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
    trials = 3
    position = test == "joint-position"
    if position:
        # Eyes closed, everything is said aloud; the sense of position is that of a head that moves itself.
        st.info(t("choose.position_aloud"))
        trials = TRIALS_A_SIDE
    if way.who == "therapist" and position:
        practice = st.checkbox(t("choose.practice"), value=bool(before and before.practice), key="practice")
        trials = int(st.number_input(t("choose.trials"), 1, TRIALS_A_SIDE, TRIALS_A_SIDE, key="returns"))
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
        trials = int(st.number_input(t("choose.trials"), 1, 5, min(5, before.trials) if before else 3, key="trials"))
    rest = True
    if way.who == "therapist" and test == "flexion-rotation":
        rest = st.checkbox(t("choose.rest"), value=before.rest if before else True, key="rest")
    plan = CheckPlan(test, mode_of(moved_by), posture, trials, practice, rest=rest)
    if st.button(t("page.next"), type="primary", key="next"):
        go(way.choose(plan, moved_by, _first(way, test)))
    if st.button(t("page.back"), key="back"):
        go(way.back())


def _first(way: Journey, test: Test) -> MovementName | None:
    """The side to begin with, from the records of the person; None where there are none or they cannot be read."""
    with suppress(RomcheckError):
        if way.who == "therapist":
            target = cast("Target | None", st.session_state.get("target"))
            person_id = None if target is None else target.person_id
        else:
            own = own_person(store())
            person_id = None if own is None else own.id
        if person_id is not None:
            return side_to_begin(store().database.read(lambda s: page_within(s, person_id)), test, date.today())
    return None

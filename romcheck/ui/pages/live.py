"""The camera: framing, then the guided check."""

from __future__ import annotations

from datetime import date, datetime
from typing import cast

import streamlit as st

from romcheck.errors import OutputError
from romcheck.i18n.camera import camera_texts
from romcheck.live.home_day import note_check
from romcheck.live.journey import Journey
from romcheck.live.session import LiveCheck, checks
from romcheck.live.state import CheckPlan
from romcheck.places import new_video
from romcheck.ui import visit_map
from romcheck.ui.common import go, journey, texts
from romcheck.ui.components.camera import camera
from romcheck.ui.pages import lens
from romcheck.ui.problems import problem_text
from romcheck.ui.records import plain


def show() -> None:
    """Show the camera, if the questions before it were passed."""
    t, way = texts(), journey()
    st.title(t("live.title"), anchor=False)
    if not way.may_measure:
        st.warning(t("live.not_open"))
        if st.button(t("live.to_start"), type="primary", key="to_start"):
            go(Journey(referred=way.referred, checks=way.checks))
        return
    check = _planned(way)
    event = camera(check, camera_texts(t, check.plan), t.language)
    st.markdown(t("live.stop_hint"))
    st.markdown(t(f"live.reminder.{'self' if way.who == 'self' else 'other'}"))
    st.caption(t("live.by_feel" if check.plan.test == "joint-position" else "live.preliminary"))
    if check.standing == "ended" and check.outcome is not None:
        # One that ended before the first turn asked nothing of the neck.
        if way.who == "self" and check.outcome.check.made:
            note_check(date.today())
        visit_map.keep(check, way)
        go(way.measured())
    # During framing, before anything is measured, the lens may be stated.
    restated = check.standing == "framing" and check.lens is not None and lens.show(check, check.lens)
    if event == "again" or restated:
        del st.session_state["check"]
        st.rerun()
    if st.button(t("page.back"), key="back"):
        st.session_state.pop("check", None)
        go(way.back())


def _planned(way: Journey) -> LiveCheck:
    """The check of this visit; a new one where there is none."""
    check = cast("LiveCheck | None", st.session_state.get("check"))
    if check is None:
        keep = None
        plan = cast("CheckPlan", way.plan)
        if way.keep_video:
            try:
                keep = new_video(plan.test, datetime.now())
            except OutputError as error:
                st.warning(plain(problem_text(error, texts())))
        check = st.session_state["check"] = checks.plan(plan, keep, visit_map.kept(way))
    return check

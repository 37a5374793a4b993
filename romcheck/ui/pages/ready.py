"""The last step before the camera opens: current pain, camera position, when to stop."""

from __future__ import annotations

from typing import cast

import streamlit as st

from romcheck.i18n.texts import Texts
from romcheck.live.framing import LIMITS
from romcheck.live.journey import Journey
from romcheck.live.safety import RULE_NUMBERS, STOP_RULES
from romcheck.live.state import CheckPlan
from romcheck.ui.common import go, journey, picture, texts
from romcheck.ui.drawings import Drawing, drawing
from romcheck.ui.pages import screening
from romcheck.ui.records import Target

STOP_AT_ONCE = STOP_RULES[:2]
LIST = ("chair", "distance", "light", "clothes", "voice")


def show() -> None:
    """Show the page."""
    t, way = texts(), journey()
    plan = cast("CheckPlan", way.plan)
    alone = way.who == "self"
    st.title(t("ready.title"), anchor=False)
    if not alone:
        _planned(way, plan, t)
    which: Drawing = (
        "supine" if plan.posture == "supine" else "flexion-rotation" if plan.test == "flexion-rotation" else "upright"
    )
    beside, words = st.columns(2, vertical_alignment="center")
    with beside:
        picture(drawing(which), "svg+xml", t(f"ready.drawing.{which}"))
    with words:
        st.header(t("ready.place"), anchor=False)
        if alone:
            st.markdown(t(f"ready.place.{which}"))
        else:
            st.markdown(t(f"ready.therapist.{which}"))
            if plan.mode == "passive" and plan.posture == "seated":
                st.markdown(t("ready.therapist.behind"))
    if alone:
        st.markdown("\n".join(f"- {t(f'ready.list.{name}', **LIMITS)}" for name in LIST))
        stop_rules(t)
        pain = st.radio(t("ready.pain"), range(11), index=None, horizontal=True, key=f"pain_before_{way.checks}")
    else:
        pain = st.selectbox(
            t("ready.pain_other"),
            range(11),
            index=None,
            placeholder=t("ready.unknown"),
            key=f"pain_before_{way.checks}",
        )
    headache = st.radio(
        t("ready.headache" if alone else "ready.headache_other"),
        (True, False) if alone else (None, True, False),
        index=None if alone else 0,
        horizontal=True,
        format_func=lambda yes: t("ready.unknown" if yes is None else "words.yes" if yes else "words.no"),
        key=f"headache_{way.checks}",
    )
    keep = st.checkbox(t("ready.keep"), value=False, help=t("ready.keep_help"), key=f"keep_{way.checks}")
    target = None if alone else cast("Target | None", st.session_state.get("target"))
    screened, recorded = (True, False) if alone else screening.before_check(way, target)
    refused = recorded and not screened
    # A container also while it is empty: the button below does not shift, see say_said.
    with st.container():
        if refused:
            st.markdown(t("screening.not_on"))
    if st.button(t("ready.open"), type="secondary" if refused else "primary", width="stretch", key="open"):
        if alone and (pain is None or headache is None):
            st.error(t("page.required"))
        elif not screened:
            st.error(t("screening.not_on" if recorded else "ready.screen_first"))
        else:
            go(way.ready(pain, headache, keep, screened, recorded))
    if alone and st.button(t("page.back"), key="back"):
        go(way.back())


def _planned(way: Journey, plan: CheckPlan, t: Texts) -> None:
    """What will be measured, which may be as the last time: to see, and to change."""
    said = [t(f"test.{plan.test}"), t(f"choose.moved_by.{way.moved_by}"), t(f"choose.posture.{plan.posture}")]
    said.append(t("ready.trials", count=plan.trials))
    if plan.practice:
        said.append(t("ready.practice"))
    if plan.test == "flexion-rotation" and not plan.rest:
        said.append(t("ready.no_rest"))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(" · ".join(said), width="stretch")
        if st.button(t("ready.change"), key="back"):
            go(way.back())


def stop_rules(t: Texts) -> None:
    """When to stop, and how to measure gently."""
    st.header(t("ready.stop_title"), anchor=False)
    st.markdown("\n".join(f"- **{t(f'stop_rule.{name}', **RULE_NUMBERS)}**" for name in STOP_AT_ONCE))
    st.header(t("ready.gentle_title"), anchor=False)
    st.markdown(
        "\n".join(f"- {t(f'stop_rule.{name}', **RULE_NUMBERS)}" for name in STOP_RULES if name not in STOP_AT_ONCE)
    )

"""The safety questions, and the consequences of the answers."""

from __future__ import annotations

import streamlit as st

from romcheck.live.journey import Journey
from romcheck.live.safety import GROUPS, read_form
from romcheck.ui.common import go, journey, texts


def show() -> None:
    """Show the statements, group by group; each group needs a tick, if only for "none of these"."""
    t, way = texts(), journey()
    st.title(t("safety.title"), anchor=False)
    st.markdown(t("safety.lead"))
    ticked: dict[str, tuple[dict[str, bool], bool]] = {}
    with st.form("safety", border=False):
        for group in GROUPS:
            st.header(t(f"safety.group.{group.name}"), anchor=False)
            true = {
                question.name: st.checkbox(
                    t(f"safety.question.{question.name}"), key=f"safety_{question.name}_{way.checks}"
                )
                for question in group.questions
            }
            none = st.checkbox(f"**{t('safety.none')}**", key=f"safety_none_{group.name}_{way.checks}")
            ticked[group.name] = (true, none)
        sent = st.form_submit_button(t("safety.go"), type="primary")
    st.caption(t("safety.sources"))
    if st.button(t("page.back"), key="back"):
        go(way.back())
    if sent:
        read = read_form(ticked)
        for problem, groups in (("unclear", read.unclear), ("missing", read.missing)):
            if groups:
                st.error(t(f"safety.{problem}", groups=", ".join(t(f"safety.group.{name}") for name in groups)))
                return
        go(way.answer(read.answers))


def show_referred() -> None:
    """Show why nothing is measured. Only after the limit of checks per day can another person continue."""
    t, way = texts(), journey()
    assert way.referred is not None
    st.title(t(f"referred.title.{way.referred}"), anchor=False)
    (st.error if way.referred == "urgent" else st.warning)(t(f"referred.{way.referred}"))
    if way.referred in ("urgent", "clinician"):
        st.markdown(t("referred.why"))
        st.markdown(t("referred.kept"))
    if way.referred == "enough" and st.button(t("referred.other_person"), key="other_person"):
        go(Journey(other_first=way.other_first, checks=way.checks).begin("self"))

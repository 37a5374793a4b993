"""The safety questions, and where a yes leads."""

from __future__ import annotations

import streamlit as st

from romcheck.live.safety import QUESTIONS, Answers
from romcheck.ui.common import go, journey, texts


def show() -> None:
    """Show the questions."""
    t, way = texts(), journey()
    st.title(t("safety.title"), anchor=False)
    st.markdown(t("safety.lead"))
    given = {}
    with st.form("safety", border=False):
        for question in QUESTIONS:
            answer = st.radio(
                t(f"safety.question.{question.name}"),
                (True, False),
                index=None,
                horizontal=True,
                format_func=lambda yes: t("words.yes" if yes else "words.no"),
                key=f"safety_{question.name}_{way.checks}",
            )
            if answer is not None:
                given[question.name] = answer
        sent = st.form_submit_button(t("safety.go"), type="primary")
    st.caption(t("safety.sources"))
    if st.button(t("page.back"), key="back"):
        go(way.back())
    if sent:
        answers = Answers(given)
        if answers.complete or answers.route is not None:
            go(way.answer(answers))
        st.error(t("page.required"))


def show_referred() -> None:
    """Show where a yes leads. There is no way on from here."""
    t, way = texts(), journey()
    assert way.referred is not None
    st.title(t(f"referred.title.{way.referred}"), anchor=False)
    (st.error if way.referred == "urgent" else st.warning)(t(f"referred.{way.referred}"))
    st.markdown(t("referred.why"))
    st.markdown(t("referred.kept"))

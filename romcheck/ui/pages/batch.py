"""Recorded videos of a study: settings, progress and results. One run at a time for all viewers."""

from __future__ import annotations

import streamlit as st

from romcheck.batch.hosted import HostedStatus, host
from romcheck.i18n.wording import Wording
from romcheck.ui.batch_words import change_words
from romcheck.ui.pages import batch_choose, batch_result, batch_watch
from romcheck.ui.records import plain, telling, words
from romcheck.ui.server import for_this_computer_alone


def page() -> None:
    """Show the page."""
    t = words()
    st.title(t("page.batch"), anchor=False)
    # On a server that others can reach, they could read and write folders of this computer.
    if not for_this_computer_alone():
        st.warning(t("batch.not_here"))
        return
    standing = host.standing()
    if standing.phase == "none":
        batch_choose.show(t)
        return
    assert standing.wish is not None
    st.markdown(t("batch.of", source=plain(standing.wish.source)))
    st.markdown(t("batch.into", folder=plain(standing.wish.out)))
    if standing.phase == "asking":
        _asking(standing, t)
    elif standing.phase == "ended":
        _ended(standing, t)
    else:
        batch_watch.show(t)


def _asking(standing: HostedStatus, t: Wording) -> None:
    """Ask before repeating outcomes that no longer apply."""
    assert standing.plan is not None
    st.header(t("batch.changed"), anchor=False)
    st.markdown(t("batch.changed_text", count=standing.plan.again))
    st.markdown("\n".join(f"- {plain(change_words(change, t))}" for change in standing.plan.redone))
    with st.container(horizontal=True):
        if st.button(t("batch.changed_go"), type="primary", key="batch_confirm"):
            host.confirm()
            st.rerun()
        if st.button(t("batch.changed_leave"), key="batch_leave"):
            host.stop()
            host.forget()
            st.rerun()


def _ended(standing: HostedStatus, t: Wording) -> None:
    run = standing.run
    progress = None if run is None else run.progress()
    error = standing.error or (None if progress is None else progress.error)
    if error:
        st.error(plain(t.say(error, page=True)).replace("\n", "\n\n"))
    elif progress is None:
        st.info(t("batch.given_up"))
    elif run is not None and run.study is not None:
        batch_result.show(run.study, run, t)
    else:
        st.info(t("batch.stopped", done=progress.done, count=progress.total))
    if run is not None and run.study is None:
        batch_watch.lines(run, t)
    with st.container(horizontal=True):
        if run is None or run.study is None:
            _again(standing, t("batch.again" if error else "batch.go_on"))
        if st.button(t("batch.another"), key="batch_another"):
            host.forget()
            st.rerun()


def _again(standing: HostedStatus, label: str) -> None:
    assert standing.wish is not None
    if st.button(label, type="primary", key="batch_again"):
        with telling():
            host.begin(standing.wish)
            st.rerun()

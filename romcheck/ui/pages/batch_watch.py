"""Progress of a study: all videos and each one, live, and how to stop."""

from __future__ import annotations

import streamlit as st

from romcheck.batch.hosted import HostedStatus, host
from romcheck.batch.run import Run, RunProgress, VideoState
from romcheck.batch.screen import time_words
from romcheck.i18n.wording import Wording
from romcheck.ui.common import table
from romcheck.ui.records import plain

EVERY_S = 1.0
STATES = ("measuring", "failed", "measured", "waiting")
"""In the order they are shown."""
MOST_LINES = 50


@st.fragment(run_every=EVERY_S)
def show(t: Wording) -> None:
    """Show the progress, repeatedly until it ends."""
    standing = host.standing()
    if standing.phase not in ("reading", "running"):
        st.rerun()
    if standing.run is None:
        _reading(standing, t)
    else:
        _running(standing, standing.run, t)


def _reading(standing: HostedStatus, t: Wording) -> None:
    share = standing.read / standing.videos if standing.videos else 0.0
    count = t("batch.reading", read=standing.read, count=standing.videos)
    st.progress(share, count if standing.videos else t("batch.searching"))
    st.button(t("batch.stop_now"), key="batch_stop_now", on_click=host.stop, kwargs={"now": True})


def _running(standing: HostedStatus, run: Run, t: Wording) -> None:
    assert standing.plan is not None
    plan, progress = standing.plan, run.progress()
    st.markdown(t("batch.statement", count=plan.videos, kept=plan.kept, to_do=plan.videos - plan.kept))
    if plan.retried:
        st.markdown(t("batch.retried", count=plan.retried))
    for said in (*plan.remarks, *plan.sharing.contradictions.values()):
        st.warning(plain(t.say(said)))
    st.progress(progress.done / max(progress.total, 1), _whole(progress, t))
    for video in progress.measuring:
        share = min(1.0, video.frames_done / video.frames_expected) if video.frames_expected else 0.0
        st.progress(share, _one(video, t))
    if progress.stage == "running":
        st.button(t("batch.stop"), key="batch_stop", on_click=host.stop)
    elif progress.stage == "stopping":
        st.button(t("batch.stop_now"), key="batch_stop_now", on_click=host.stop, kwargs={"now": True})
    st.caption(t("batch.leave"))
    lines(run, t)


def _whole(progress: RunProgress, t: Wording) -> str:
    stage = t(f"batch.stage.{progress.stage if progress.stage in ('stopping', 'writing') else 'running'}")
    done, count = progress.done, progress.total
    if progress.left_s is None or progress.stage != "running":
        return t("batch.whole", stage=stage, done=done, count=count)
    return t("batch.whole_left", stage=stage, done=done, count=count, left=time_words(progress.left_s))


def _one(video: VideoState, t: Wording) -> str:
    name = plain(video.name)
    if not video.frames_expected:
        return t("batch.one_begun", name=name)
    return t("batch.one", name=name, done=video.frames_done, expected=video.frames_expected)


def lines(run: Run, t: Wording) -> None:
    """One line per video with its state."""
    st.header(t("batch.lines"), anchor=False)
    wanted = st.selectbox(
        t("batch.show"),
        ["all", *STATES],
        format_func=lambda one: t("batch.show.all" if one == "all" else f"batch.state.{one}"),
        key="batch_show",
    )
    videos = [video for video in run.videos() if wanted in ("all", video.state)]
    videos.sort(key=lambda video: STATES.index(video.state))
    if not videos:
        st.markdown(t("batch.lines_none"))
        return
    shown = videos[:MOST_LINES]
    rows = [[video.name, _state(video, t)] for video in shown]
    table(t("batch.lines"), [t(f"batch.column.{name}") for name in ("video", "state")], rows)
    if len(shown) < len(videos):
        st.caption(t("batch.lines_some", shown=len(shown), count=len(videos)))


def _state(video: VideoState, t: Wording) -> str:
    """State and details in one cell: a phone has no space for two."""
    state = t(f"batch.state.{video.state}")
    if video.state == "failed":
        return state if video.reason is None else f"{state}. {t.say(video.reason, page=True)}"
    if video.state != "measured":
        return state
    key = "kept_before" if video.kept else "movements"
    return f"{state}. {t(f'batch.{key}', count=video.movements, seconds=video.seconds)}"

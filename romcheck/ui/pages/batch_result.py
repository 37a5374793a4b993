"""Results of a study: how many videos were measured and why others were not, doubtful trials, the files."""

from __future__ import annotations

import base64
from html import escape

import streamlit as st

from romcheck.batch.drawing import COLOURS
from romcheck.batch.finished import Doubted
from romcheck.batch.places import Folder, local_path
from romcheck.batch.report import drawn_curve
from romcheck.batch.run import Run
from romcheck.batch.tally import StudyReport
from romcheck.i18n.wording import Wording
from romcheck.results import Quality
from romcheck.ui.common import table
from romcheck.ui.pages import replay
from romcheck.ui.records import plain

AT_ONCE = 12
FILES = {
    "report.html": "text/html",
    "movements.csv": "text/csv",
    "movements.parquet": "application/vnd.apache.parquet",
    "summary.csv": "text/csv",
    "videos.csv": "text/csv",
    "failures.csv": "text/csv",
    "provenance.json": "application/json",
}
QUALITIES: tuple[Quality, ...] = ("good", "usable", "rejected")


def show(study: StudyReport, run: Run, t: Wording) -> None:
    """Show it."""
    st.header(t("batch.result"), anchor=False)
    measured, count = study.measured, study.measured + study.missed_in_all
    columns = st.columns(4)
    columns[0].metric(t("batch.measured"), t("batch.measured_of", measured=measured, count=count))
    for column, quality in zip(columns[1:], QUALITIES, strict=True):
        column.metric(t(f"batch.{quality}"), t.number(study.trials[quality]))
    if study.recordings < measured:
        st.caption(t("batch.recordings", count=study.recordings))
        _alike(study.sharing.named(), t)
    if study.lenses["assumed"]:
        st.warning(t("batch.lens_unknown", count=study.lenses["assumed"]))
    for said in study.sharing.contradictions.values():
        st.warning(plain(t.say(said)))
    _files(run.folder, t)
    _failed(study, t)
    _doubted(study, f"batch_doubted_{run.folder.location}", t)
    _replay(run, t)


def _alike(groups: list[str], t: Wording) -> None:
    with st.expander(t("batch.alike"), key="batch_alike"):
        st.markdown("\n".join(f"- {plain(names)}" for names in groups[:AT_ONCE]))
        if len(groups) > AT_ONCE:
            st.caption(t("batch.lines_some", shown=AT_ONCE, count=len(groups)))


def _replay(run: Run, t: Wording) -> None:
    """The movements of one video beside their curve; nobody is shown who was not asked for."""
    names = {video.id: video.name for video in run.videos() if video.state == "measured"}
    if not names:
        return
    st.header(t("page.replay"), anchor=False)
    chosen = st.selectbox(
        t("batch.replay"), list(names), None, format_func=names.__getitem__, placeholder=t("save.choose"),
        key=f"batch_replay_{run.folder.location}",
    )  # fmt: skip
    found = None if chosen is None else run.measured(chosen)
    if chosen is None or found is None:
        return
    video, result, frames = found
    here = local_path(video.location)
    asked = {"video": video.id} if here is not None and here.is_file() else None
    replay.stage((replay.Played(result, frames, video.name, video.id, asked),), t)


def _failed(study: StudyReport, t: Wording) -> None:
    st.header(t("batch.failed"), anchor=False)
    if not study.missed:
        st.markdown(t("batch.failed_none"))
        return
    rows = [[missed.video.name, t.say(missed.reason, page=True)] for missed in study.missed]
    table(t("batch.failed"), [t("batch.column.video"), t("batch.column.reason")], rows)
    if len(rows) < study.missed_in_all:
        st.caption(t("batch.lines_some", shown=len(rows), count=study.missed_in_all))


def _doubted(study: StudyReport, asked: str, t: Wording) -> None:
    st.header(t("batch.doubted"), anchor=False)
    if not study.doubted:
        st.markdown(t("batch.doubted_none"))
        return
    st.markdown(t("batch.doubted_text"))
    shown = study.doubted[: st.session_state.get(asked, AT_ONCE)]
    st.html(f'<div style="{GRID}">{"".join(_thumbnail(one, t) for one in shown)}</div>')
    if len(shown) < study.doubted_in_all:
        st.caption(t("batch.doubted_some", shown=len(shown), count=study.doubted_in_all))
    if len(shown) < len(study.doubted) and st.button(t("batch.doubted_more"), key="batch_doubted_more"):
        st.session_state[asked] = len(shown) + AT_ONCE
        st.rerun()


def _thumbnail(doubted: Doubted, t: Wording) -> str:
    """The drawing of the report, with labels in the reader's language."""
    video, m = doubted.trial.video, doubted.trial.movement
    what = t(
        "batch.trial",
        movement=t(f"movement_name.{m.movement}"),
        trial=m.trial,
        angle=t.degrees(m.angle_deg, m.uncertainty_deg, m.at_least),
    )
    label = t("batch.curve", trial=what)
    data = base64.b64encode(drawn_curve(doubted, label).encode()).decode()
    remark = t(f"result.remark.{m.quality}", reasons=", ".join(t(f"reason.{code}") for code in m.reasons))
    labels = " · ".join(filter(None, (video.name, video.participant, video.visit, video.rater)))
    return (
        f'<figure style="margin:0"><img src="data:image/svg+xml;base64,{data}" alt="{escape(label)}" '
        'style="width:100%;height:auto;background:#fff;border-radius:4px">'
        f"<figcaption><b>{escape(what)}</b><br>"
        f'<span style="{MARK};background:{COLOURS[m.quality]}"></span>{escape(remark)}<br>'
        f'<span style="overflow-wrap:anywhere">{escape(labels)}</span></figcaption></figure>'
    )


GRID = "display:grid;grid-template-columns:repeat(auto-fill,minmax(min(15rem,100%),1fr));gap:1.5rem"
MARK = "display:inline-block;width:.8em;height:.8em;margin-right:.4em;border-radius:2px"


def _files(folder: Folder, t: Wording) -> None:
    st.header(t("batch.files"), anchor=False)
    st.markdown(t("batch.files_text", folder=plain(folder.location)))
    with st.container(horizontal=True):
        for name, kind in FILES.items():
            # The name is bound now: the button calls this only when pressed.
            def content(name: str = name) -> bytes:
                return folder.read(name) or t("batch.file_gone", name=name).encode()

            st.download_button(
                t(f"batch.file.{name.replace('.', '_')}"), content, name, kind, key=f"batch_{name}", on_click="ignore"
            )

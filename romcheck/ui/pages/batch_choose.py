"""Which videos are measured, how, and where the results are written."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

import streamlit as st

from romcheck.batch.crew import cores
from romcheck.batch.hosted import StudySettings, host
from romcheck.batch.looking import Found, as_path, folder_beside, folders_in, look
from romcheck.batch.places import is_url
from romcheck.batch.screen import time_words
from romcheck.batch.sources import MANIFEST_ENDINGS
from romcheck.batch.worker import ResourceLimits
from romcheck.errors import RomcheckError
from romcheck.geometry.intrinsics import ASSUMED_FOV_DEG
from romcheck.i18n.wording import Wording
from romcheck.live.journey import TESTS
from romcheck.names import shown
from romcheck.options import Upright
from romcheck.places import cameras_folder
from romcheck.processes import MOST_MEMORY_MB
from romcheck.results import Test
from romcheck.ui.problems import problem_text
from romcheck.ui.records import plain, size

MOST_NAMES = 100
ABOVE = ".."
RECOGNISED: Literal["recognised"] = "recognised"
LENSES = ("assumed", "fov", "known", "file")
KEPT_S = 30.0
"""Seconds for which the content of a folder is cached: the page runs again with every click."""


def show(t: Wording) -> None:
    """Show the form, and start."""
    st.markdown(t("batch.lead"))
    st.header(t("batch.which"), anchor=False)
    source = as_path(st.text_input(t("batch.source"), key="batch_source", help=t("batch.source_help")))
    ready = _seen(source, t)
    st.header(t("batch.how"), anchor=False)
    if source.lower().endswith(MANIFEST_ENDINGS):
        st.caption(t("batch.manifest_first"))
    chosen: Test | Literal["recognised"] = st.selectbox(
        t("batch.test"),
        [RECOGNISED, *TESTS],
        format_func=lambda one: t("batch.test_recognised") if one == RECOGNISED else t(f"title.{one}"),
        key="batch_test",
    )
    test = None if chosen == RECOGNISED else chosen
    camera, fov_deg = _lens(t)
    way_up: Literal["found"] | Upright = st.selectbox(
        t("batch.upright"),
        ["found", *get_args(Upright)],
        format_func=lambda one: t(f"batch.upright.{one}"),
        key="batch_upright",
    )
    upright_deg = None if way_up == "found" else int(way_up)
    mirrored = st.checkbox(t("batch.mirrored"), key="batch_mirrored", help=t("batch.mirrored_help"))
    st.header(t("batch.where"), anchor=False)
    _suggest(source)
    out = as_path(st.text_input(t("batch.out"), key="batch_out"))
    with st.expander(t("batch.more"), key="batch_more"):
        workers = int(st.number_input(t("batch.workers"), 1, value=cores(), key="batch_workers"))
        minutes = float(st.number_input(t("batch.time_limit"), 0.1, value=60.0, format="%g", key="batch_minutes"))
        memory_mb = int(
            st.number_input(t("batch.memory_limit"), 256, value=MOST_MEMORY_MB, step=256, key="batch_memory")
        )
        retry = st.checkbox(t("batch.retry"), key="batch_retry")
    if not st.button(t("batch.start"), type="primary", key="batch_start"):
        return
    if not ready:
        st.error(t("batch.no_source"))
    elif not out:
        st.error(t("batch.no_out"))
    elif is_url(out):
        st.error(t("batch.local_only", source=plain(out)))
    elif camera == "":
        st.error(t("batch.no_camera"))
    else:
        try:
            limits = ResourceLimits(minutes * 60, memory_mb)
            host.begin(StudySettings(source, out, test, camera, fov_deg, upright_deg, mirrored, workers, limits, retry))
        except RomcheckError as error:
            st.error(plain(problem_text(error, t)))
        else:
            st.rerun()


def _seen(source: str, t: Wording) -> bool:
    """Show the content and subfolders; return whether there is something to measure."""
    if is_url(source):
        st.error(t("batch.local_only", source=plain(source)))
        return False
    _go_into(Path(source) if source else Path.home(), t)
    if not source:
        return False
    try:
        found = _looked(source)
    except RomcheckError as error:
        st.error(plain(problem_text(error, t)).replace("\n", "\n\n"))
        return False
    _found(found, t)
    return True


def _go_into(folder: Path, t: Wording) -> None:
    def go() -> None:
        chosen = st.session_state["batch_inside"]
        if chosen is not None:
            st.session_state["batch_source"] = shown(folder.parent if chosen == ABOVE else folder / chosen)
        st.session_state["batch_inside"] = None

    if not folder.is_dir():
        return
    st.selectbox(
        t("batch.inside"),
        [ABOVE, *folders_in(folder)],
        index=None,
        format_func=lambda name: t("batch.above") if name == ABOVE else shown(name),
        placeholder=t("batch.inside_choose"),
        key="batch_inside",
        on_change=go,
    )


@st.cache_data(ttl=KEPT_S, max_entries=20, show_spinner=False)
def _looked(source: str) -> Found:
    return look(source)


def _found(found: Found, t: Wording) -> None:
    count = len(found.locations)
    if not found.complete:
        st.warning(t("batch.found_more", count=count))
    elif found.seconds is None:
        st.info(t("batch.found", count=count, size=size(found.bytes, t)))
    else:
        length = time_words(found.seconds)
        st.info(t("batch.found_length", count=count, size=size(found.bytes, t), length=length))
    if found.unreadable:
        st.warning(t("batch.unreadable", count=found.unreadable))
    with st.expander(t("batch.names"), key="batch_names"):
        lines = [plain(shown(location)) for location in found.locations[:MOST_NAMES]]
        more = count - len(lines)
        st.markdown("\n".join(f"- {line}" for line in lines))
        if more:
            st.caption(t("batch.names_more", count=more))


def _lens(t: Wording) -> tuple[str | None, float | None]:
    """Camera file and field of view; an empty name where one is still missing."""
    cameras = {path.stem: str(path) for path in sorted(cameras_folder().glob("*.json"))}
    lens = st.radio(
        t("batch.lens"),
        [one for one in LENSES if one != "known" or cameras],
        format_func=lambda one: t(f"batch.lens.{one}", degrees=ASSUMED_FOV_DEG),
        key="batch_lens",
    )
    if lens == "fov":
        usual = ASSUMED_FOV_DEG
        return None, float(st.number_input(t("batch.fov"), 10.0, 170.0, usual, step=1.0, format="%g", key="batch_fov"))
    if lens == "known":
        return cameras[st.selectbox(t("batch.camera"), list(cameras), key="batch_camera")], None
    if lens == "file":
        return as_path(st.text_input(t("batch.camera_file"), key="batch_camera_file")), None
    return None, None


def _suggest(source: str) -> None:
    """A folder beside the videos, until another is chosen."""
    suggested = folder_beside(source)
    if st.session_state.get("batch_out", "") in ("", st.session_state.get("batch_suggested", "")):
        st.session_state["batch_out"] = suggested
    st.session_state["batch_suggested"] = suggested

"""Backups: creating and downloading one file with everyone, and restoring one after confirmation."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from romcheck.i18n.wording import Wording
from romcheck.records.backup import Restored, backups_in, restore, write_backup
from romcheck.records.store import URL_VARIABLE, data_folder
from romcheck.records.videos import size_of_all
from romcheck.ui.pages.rights import entry_name
from romcheck.ui.problems import problem_text
from romcheck.ui.records import MOST_MB, let_go, plain, say_next, size, store, telling, working

LATEST = 5
MOST_LINES = 100


def backups(t: Wording) -> None:
    """A button to create a backup, and the latest ones for download."""
    st.markdown(t("backups.help"))
    with telling():
        kept = size_of_all(store())
        videos = kept > 0 and st.checkbox(t("videos.with", size=size(kept, t)), True, key="backup_videos")
        if st.button(t("backups.make"), type="primary", key="make_backup"):
            with working(t("backups.making")) as progress:
                path = write_backup(store(), videos=videos, progress=progress)
            say_next(t("backups.made", name=path.name))
        for path in backups_in(store().folder)[:LATEST]:
            with st.container(horizontal=True, vertical_alignment="center", key=f"row_backup_{path.stem}"):
                st.markdown(plain(_line(path, t)), width="stretch")
                st.download_button(
                    t("backups.take"), path.read_bytes, path.name, "application/zip",
                    key=f"take_{path.stem}", on_click="ignore",
                )  # fmt: skip


def bring_back(t: Wording) -> None:
    """The choice of a backup, what will be replaced, and the word that confirms it."""
    with telling():
        people = store().count_people()
        there = {path.name: path for path in backups_in(store().folder)}
        st.markdown(t("restore.help"))
        name = st.selectbox(
            t("restore.which"), list(there), index=None, format_func=lambda one: _line(there[one], t),
            placeholder=t("save.choose"), key="restore_which",
        )  # fmt: skip
        file = st.file_uploader(t("restore.file"), type="zip", key="restore_file", max_upload_size=MOST_MB)
        if name is None and file is None:
            return
        st.warning(t("restore.replaces", count=str(people)))
        typed = st.text_input(t("restore.type", word=t("restore.word")), key="restore_word")
        if st.button(t("restore.do"), key="restore"):
            if typed.strip().casefold() != t("restore.word").casefold():
                st.error(t("restore.wrong_word"))
                return
            with _path(file, None if name is None else there[name]) as path, working(t("restore.doing")) as progress:
                let_go()  # the pages must not keep the database open
                url = os.environ.get(URL_VARIABLE) or None
                done = restore(data_folder(), path, url=url, replace=True, progress=progress)
            st.session_state.pop("target", None)
            st.session_state["odd"] = done
            say_next(t("restore.done") if done.before is None else t("restore.done_kept", name=done.before.name))


def odd_entries(t: Wording) -> None:
    """Entries of the restored backup that break a current rule."""
    done: Restored | None = st.session_state.get("odd")
    if done is None or not done.odd:
        return
    st.warning(t("restore.odd", count=t.number(done.odd_count)))
    with st.expander(t("restore.odd_list"), key="odd_entries"):
        for one in done.odd[:MOST_LINES]:
            which = entry_name(f"{one.kind} {one.number}", t)
            st.markdown(plain(f"{one.code} · {which} · {problem_text(one.why, t)}"))
        if done.odd_count > MOST_LINES:
            st.markdown(t("restore.odd_more", count=done.odd_count - MOST_LINES))


def _line(path: Path, t: Wording) -> str:
    about = path.stat()
    return f"{t.moment(datetime.fromtimestamp(about.st_mtime))} · {size(about.st_size, t)} · {path.name}"


@contextmanager
def _path(file: UploadedFile | None, chosen: Path | None) -> Iterator[Path]:
    """The uploaded file, else the one chosen."""
    if file is None:
        assert chosen is not None
        yield chosen
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "backup.zip"
        path.write_bytes(file.getbuffer())
        yield path

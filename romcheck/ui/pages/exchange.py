"""Export of a person or of everyone; import of a person from another romcheck."""

from __future__ import annotations

import tempfile
from pathlib import Path

import streamlit as st

from romcheck.i18n.wording import Wording
from romcheck.records.archive import import_person, videos_of
from romcheck.records.entries import Person, PersonPage
from romcheck.records.exports import KINDS, ExportKind, file_name
from romcheck.ui.exporting import export_bytes
from romcheck.ui.records import MOST_MB, go_to, size, store, telling, working

MIME = {
    "archive": "application/zip",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "entries": "text/csv",
    "fhir": "application/fhir+json",
}


def person_files(found: PersonPage, t: Wording) -> None:
    """Everything of one person in each form."""
    person = found.person
    st.markdown(t("exchange.person_help"))
    kept = sum(path.stat().st_size for path in videos_of(store(), found))
    videos = kept > 0 and st.checkbox(t("videos.with", size=size(kept, t)), True, key="export_videos")
    with st.container(horizontal=True):
        for kind in KINDS:
            _download(kind, t, person, videos)


def everybody(t: Wording) -> None:
    """Export of all trials as a table, and import of a person's archive."""
    st.markdown(t("exchange.everybody_help"))
    with st.container(horizontal=True):
        _download("csv", t)
        _download("parquet", t)
        _download("entries", t)
    st.subheader(t("exchange.take_in"), anchor=False)
    st.markdown(t("exchange.take_in_help"))
    with st.form("archive", border=False):
        file = st.file_uploader(t("exchange.file"), type="zip", key="archive_file", max_upload_size=MOST_MB)
        code = st.text_input(t("exchange.code"), key="archive_code").strip()
        wanted = st.form_submit_button(t("exchange.take_in_button"), type="primary", key="take_in_archive")
    if wanted and file is None:
        st.error(t("exchange.no_file"))
    elif wanted and file is not None:
        with telling(), tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "person.zip"
            path.write_bytes(file.getbuffer())
            with working(t("exchange.taking_in")) as progress:
                person = import_person(store(), path, code=code or None, progress=progress)
            st.session_state["said"] = t("today.added", code=person.code)
            go_to("person", person=person.id)


def _download(kind: ExportKind, t: Wording, person: Person | None = None, videos: bool = False) -> None:
    number, code = (None, None) if person is None else (person.id, person.code)
    st.download_button(
        t(f"exchange.{kind}"),
        lambda: export_bytes(store(), kind, number, videos=videos),  # made when the button is pressed
        file_name(kind, code),
        MIME[kind],
        key=f"export_{kind}",
        on_click="ignore",
    )

"""Files of a person, and of everybody, to take away; a person from another romcheck to take in."""

from __future__ import annotations

import tempfile
from pathlib import Path

import streamlit as st

from romcheck.records.archive import import_person, videos_of
from romcheck.records.entries import PersonPage
from romcheck.reports.wording import Wording
from romcheck.ui.exporting import archive_bytes, fhir_bytes, file_stem, table_bytes
from romcheck.ui.pages.rights import size
from romcheck.ui.records import go_to, store, telling

MIME = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}


def person_files(found: PersonPage, t: Wording) -> None:
    """Everything of one person in each form."""
    person = found.person
    assert person.id is not None
    number, stem = person.id, file_stem(person.code)
    st.markdown(t("exchange.person_help"))
    kept = sum(path.stat().st_size for path in videos_of(store(), found))
    videos = kept > 0 and st.checkbox(t("videos.with", size=size(kept, t)), True, key="export_videos")
    with st.container(horizontal=True):
        st.download_button(
            t("exchange.archive"), lambda: archive_bytes(store(), number, videos), f"{stem}.person.zip",
            "application/zip",
            key="export_archive", on_click="ignore",
        )  # fmt: skip
        st.download_button(
            t("exchange.fhir"), lambda: fhir_bytes(store(), found), f"{stem}.fhir.json", "application/fhir+json",
            key="export_fhir", on_click="ignore",
        )  # fmt: skip
        _tables(stem, number, t)


def everybody(t: Wording) -> None:
    """Everybody's trials as a table, and a person's archive to take in."""
    st.markdown(t("exchange.everybody_help"))
    with st.container(horizontal=True):
        _tables("everybody", None, t)
    st.subheader(t("exchange.take_in"), anchor=False)
    st.markdown(t("exchange.take_in_help"))
    with st.form("archive", border=False):
        file = st.file_uploader(t("exchange.file"), type="zip", key="archive_file")
        code = st.text_input(t("exchange.code"), key="archive_code").strip()
        wanted = st.form_submit_button(t("exchange.take_in_button"), type="primary", key="take_in_archive")
    if wanted and file is None:
        st.error(t("exchange.no_file"))
    elif wanted and file is not None:
        with telling(), tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "person.zip"
            path.write_bytes(file.getvalue())
            person = import_person(store(), path, code=code or None)
            st.session_state["said"] = t("today.added", code=person.code)
            go_to("person", person=person.id)


def _tables(stem: str, number: int | None, t: Wording) -> None:
    for ending in ("csv", "parquet"):
        # A name for each ending: the button asks for its content only when it is pressed.
        def content(ending: str = ending) -> bytes:
            return table_bytes(store(), ending, number)

        st.download_button(
            t(f"exchange.{ending}"), content, f"{stem}.trials.{ending}", MIME[ending],
            key=f"export_{ending}", on_click="ignore",
        )  # fmt: skip

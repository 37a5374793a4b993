"""The report: preview and download as an accessible PDF."""

from __future__ import annotations

from datetime import date
from typing import get_args

import streamlit as st

from romcheck.i18n.catalogue import LANGUAGE_NAMES
from romcheck.i18n.languages import LANGUAGES, Language
from romcheck.i18n.wording import Wording
from romcheck.records.entries import PersonPage
from romcheck.records.exports import file_stem
from romcheck.reports.before_after import before_after_words
from romcheck.reports.data import ReportData
from romcheck.reports.of_person import exported_report, report_data
from romcheck.reports.typst import Paper, ReportKind, report_pngs
from romcheck.ui.common import picture
from romcheck.ui.pages.before_after import choose
from romcheck.ui.records import of_person, store


def page() -> None:
    """Show the page."""
    of_person(show, "page.report")


def show(found: PersonPage, t: Wording) -> None:
    """Show the choices, the preview and the button that downloads it."""
    before, after = choose(found, t, alone=True)
    first, second, third = st.columns(3)
    kind: ReportKind = first.radio(
        t("print.for"), get_args(ReportKind), format_func=lambda one: t(f"print.{one}"), key="report_kind"
    )
    paper: Paper = second.radio(
        t("print.paper"), get_args(Paper), format_func=lambda one: t(f"print.{one}"), key="report_paper"
    )
    language: Language = third.radio(
        t("print.language"),
        LANGUAGES,
        LANGUAGES.index(t.language),
        format_func=lambda one: LANGUAGE_NAMES[one],
        key="report_language",
    )
    name = found.person.name is not None and st.checkbox(t("print.name"), key="report_name")
    # Notes are written for the clinic; those of invented people say that they are invented.
    notes = found.person.notes != "" and st.checkbox(t("print.notes"), found.person.demo, key="report_notes")
    words = Wording(language)
    data = report_data(found, before, after, store().frames, words, made_on=date.today(), name=name, notes=notes)
    st.download_button(
        t("print.download"),
        lambda: exported_report(store(), found.person, data, kind, paper, language),
        f"{file_stem(found.person.code)}.{kind}.pdf",
        "application/pdf",
        type="primary",
        key="download_pdf",
        on_click="ignore",
    )
    with st.spinner(t("print.making")):
        pages = report_pngs(data, kind, paper, language)
    with st.container(border=True):
        for number, png in enumerate(pages):
            picture(png, "png", _alt(data, words, t) if number == 0 else t("print.preview"))


def _alt(data: ReportData, words: Wording, t: Wording) -> str:
    return f"{t('print.preview')}. {before_after_words(data.before, data.after, words)}"

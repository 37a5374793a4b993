"""Findings of an examination, and what was recorded for each criterion of cervicogenic headache."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, get_args

import streamlit as st

from romcheck.change import side_range
from romcheck.i18n.wording import Wording
from romcheck.records.clinic import JUDGED, SEGMENTS, STAGES_MMHG, Findings, Sign, Where, found_at
from romcheck.records.criteria import SOURCE, criteria
from romcheck.records.entries import PersonPage
from romcheck.reports.asked import ending_sentences, findings_sentences
from romcheck.reports.sentences import range_words
from romcheck.ui.common import table
from romcheck.ui.editing import edit
from romcheck.ui.forms import Fields
from romcheck.ui.records import link, of_person, plain, say_next, store, telling, words


def page() -> None:
    """Show the page."""
    of_person(show, "page.findings")


def show(found: PersonPage, t: Wording) -> None:
    """Show the newest measurement, all that was found, and the criteria."""
    newest = found.measurements[-1] if found.measurements else None
    if newest is not None:
        st.header(t("findings.measured"), anchor=False)
        day = found.day_of(newest)
        sides = [
            f"{t(f'movement.{s.movement}')} {range_words(side_range(newest.result, s.movement), t)}"
            for s in newest.result.summary
        ]
        measured = f"{t.short_day(day)}, {t(f'title.{newest.test}')}"
        st.markdown(plain(t("records.said", name=measured, value=f"{t.listed(sides)}.")))
        if said := ending_sentences(newest.conditions, t):
            st.markdown(plain(" ".join(said)))
        link("figures", t("figures.link"))
    st.header(t("page.findings"), anchor=False)
    for one in reversed(found.findings):
        _one(one, t)
    if not found.findings:
        st.markdown(t("findings.none"))
    _criteria(found, t)


def of_visit(found: PersonPage, visit_id: int, on: date, t: Wording) -> None:
    """Findings of one visit, and their form."""
    assert found.person.id is not None
    st.header(t("page.findings"), anchor=False)
    there = [one for one in found.findings if one.visit_id == visit_id]
    for one in there:
        _one(one, t)
    if not there:
        new = Findings(found.person.id, on, visit_id)
        with st.expander(t("findings.note"), key="note_findings"), st.form("new_findings", border=False):
            entry = findings_form(new)
            if st.form_submit_button(t("findings.keep"), key="keep_findings"):
                with telling():
                    store().clinic.add_findings(entry)
                    say_next(t("records.saved"))
    link("findings", t("findings.criteria_link"), person=found.person.id)


def _one(one: Findings, t: Wording) -> None:
    with st.container(border=True, key=f"findings_{one.id}"):
        said = findings_sentences(one, t)
        st.markdown(f"**{t.short_day(one.on)}** {plain(' '.join(said) or t('findings.judged_only'))}")
        if one.notes:
            st.text(one.notes)
        edit(f"findings_{one.id}", t("findings.edit"), one, findings_form, store().clinic.save_findings)


def findings_form(entry: Findings) -> Findings:
    """Segments side by side, then tests of the muscles, then what only the examiner can judge."""
    f = Fields(f"findings_{entry.id or 'new'}_{entry.version}", words())
    noted: dict[str, Any] = {}
    for level in SEGMENTS:
        for sign, column in zip(get_args(Sign), st.columns(2), strict=True):
            name = found_at(sign, level)
            with column:
                noted[name] = f.choice(name, get_args(Where), getattr(entry, name))
    for names in (("ccft_mmhg", "endurance_s"), ("position_error_left_deg", "position_error_right_deg")):
        for name, column in zip(names, st.columns(2), strict=True):
            with column:
                value = getattr(entry, name)
                noted[name] = f.choice(name, STAGES_MMHG, value) if name == "ccft_mmhg" else f.number(name, value)
    posture = f.text("posture_note", entry.posture_note)
    noted |= {name: f.yes_no(name, getattr(entry, name)) for name in JUDGED}
    return replace(entry, **noted, posture_note=posture, by=f.text("by", entry.by), notes=f.notes(entry.notes))


def _criteria(found: PersonPage, t: Wording) -> None:
    st.header(t("criteria.title"), anchor=False)
    st.markdown(t("criteria.what"))
    rows = [
        [
            f"{one.name} · {t(f'criterion.{one.name}')}",
            t(f"criterion.state.{one.state}") + ("" if one.on is None else f" ({t.short_day(one.on)})"),
        ]
        for one in criteria(found)
    ]
    table(t("criteria.title"), [t("criteria.column.criterion"), t("criteria.column.recorded")], rows)
    st.markdown(t("criteria.note"))
    st.caption(t("criteria.source"))
    st.link_button("ICHD-3 11.2.1", SOURCE, type="tertiary")

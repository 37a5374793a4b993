"""Before the neck is tested or treated: the screening, and reactions to the previous treatment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import cast, get_args

import streamlit as st

from romcheck.i18n.wording import Wording
from romcheck.live.journey import Journey
from romcheck.records.clinic import (
    SCREENED,
    Action,
    Decision,
    Looked,
    Planned,
    Reaction,
    Screening,
    Severity,
    Symptom,
    questions,
    screened_on,
)
from romcheck.records.entries import PersonPage
from romcheck.records.overview import page as page_of
from romcheck.records.overview import treatment_to_ask_about
from romcheck.reports.asked import reaction_sentence, screening_sentences
from romcheck.ui.editing import edit
from romcheck.ui.forms import Fields
from romcheck.ui.records import Target, plain, say_next, say_said, store, telling, words

Keep = Callable[[Screening], object]


def before_check(way: Journey, target: Target | None) -> tuple[bool, bool]:
    """Ask for the screening before a check by a therapist.

    Returns
    -------
    Whether the check may begin, and whether a screening of today is recorded.
    """
    t, today = words(), date.today()
    say_said()
    if target is None:
        st.header(t("screening.title"), anchor=False)
        # The person is not chosen yet; the screening is saved with the result.
        key = f"screening_{way.checks}"
        there = cast("Screening | None", st.session_state.get(key))
        may, recorded = _screening(0, None, () if there is None else (there,), today, partial(_hold, key), t)
        if recorded:
            st.caption(t("screening.kept_with_result"))
    else:
        may, recorded = False, False
        with telling():
            found = page_of(store(), target.person_id)
            visit = None if (seen := found.visit_on(today)) is None else seen.id
            reactions(found, today, visit, t)
            st.header(t("screening.title"), anchor=False)
            may, recorded = _screening(
                target.person_id, visit, found.screenings, today, partial(_keep_of_today, target.person_id), t
            )
    if recorded:
        return may, True
    return bool(st.checkbox(t("screening.without"), key=f"unscreened_{way.checks}")), False


def of_visit(found: PersonPage, visit_id: int, on: date, t: Wording) -> None:
    """The screening of a visit, and the question after the treatment before."""
    assert found.person.id is not None
    reactions(found, on, visit_id, t)
    st.header(t("screening.title"), anchor=False)
    if on != date.today() and screened_on(found.screenings, on)[0] is None:
        st.markdown(t("screening.none_recorded"))
    _screening(found.person.id, visit_id, found.screenings, on, store().clinic.add_screening, t)


def _hold(key: str, screening: Screening) -> None:
    st.session_state[key] = screening


def _keep_of_today(person_id: int, screening: Screening) -> None:
    """Save it in today's visit, which is created if needed."""
    visit = store().visit_on(person_id, screening.on)
    store().clinic.add_screening(replace(screening, visit_id=visit.id))


def _screening(
    person_id: int, visit: int | None, known: Sequence[Screening], on: date, keep: Keep, t: Wording
) -> tuple[bool, bool]:
    """The screening of the day, or forms for one; returns whether the check may begin, and whether there is one."""
    today, last = screened_on(known, on)
    if today is not None:
        said = plain(" ".join(screening_sentences(today, t)))
        (st.info if today.goes_on else st.warning)(said)
        if asked := questions(today):
            st.warning(plain(" ".join(map(t.say, asked))))
        save = store().clinic.save_screening if today.id is not None else keep
        edit(f"screening_{today.id}", t("screening.edit"), today, screening_form, save)
        return today.goes_on, True
    if last is not None:
        told = screening_sentences(replace(last, as_before=None), t)
        st.markdown(f"**{t('screening.last', day=t.short_day(last.on))}** {plain(' '.join(told))}")
    if on == date.today():
        _quickly(Screening(person_id, on, visit), last, keep, t)
    with st.expander(t("screening.note"), key="note_screening"):
        st.markdown("\n".join(f"- {t(f'ready.screening.{name}')}" for name in (*SCREENED, "decision", "consent")))
        # Always empty: prefilled answers would be saved without being asked.
        with st.form(f"new_screening_{on}", border=False):
            entry = screening_form(Screening(person_id, on, visit))
            wanted = st.form_submit_button(t("screening.keep"), key="keep_screening")
        if wanted:
            with telling():
                keep(entry)
                say_next(t("records.saved"))
    st.caption(t("ready.screening_source"))
    return False, False


def _quickly(new: Screening, last: Screening | None, keep: Keep, t: Wording) -> None:
    """One click if nothing has changed, or if nothing was found."""
    kinds = get_args(Planned)
    usual = last.planned if last is not None else "test"
    planned: Planned = st.radio(
        t("field.planned"),
        kinds,
        kinds.index(usual),
        format_func=lambda one: t(f"planned.{one}"),
        horizontal=True,
        key="screening_planned",
    )
    if planned == "thrust":
        st.markdown(t("screening.thrust"))
    same = last is not None and last.may_be_repeated(planned)
    entry = None
    if same and last is not None:
        label = plain(t("screening.as_before", day=t.short_day(last.on)))
        if st.button(label, type="primary", width="stretch", key="screened_as_before"):
            entry = last.repeated(new.on, new.visit_id)
    label = t("screening.all_clear")
    if st.button(label, type="secondary" if same else "primary", width="stretch", key="screened_clear"):
        entry = replace(new, planned=planned).all_clear()
    if entry is not None:
        with telling():
            keep(entry)
            st.rerun()


def screening_form(entry: Screening) -> Screening:
    """Every item with its finding, then plan and decision."""
    f = Fields(f"screening_{entry.id or 'new'}_{entry.version}", words())
    planned = f.choice("planned", get_args(Planned), entry.planned) or entry.planned
    looked = {}
    for name in SCREENED:
        choice, beside = st.columns(2)
        with choice:
            looked[name] = f.one_of(name, get_args(Looked), getattr(entry, name), "looked")
        with beside:
            looked[f"{name}_note"] = f.text(f"{name}_note", getattr(entry, f"{name}_note"))
        if name == "blood_pressure":
            for part, column in zip(("systolic", "diastolic"), st.columns(2), strict=True):
                with column:
                    looked[part] = f.whole(part, getattr(entry, part))
    decided = replace(entry, decision=f.choice("decision", get_args(Decision), entry.decision) or entry.decision)
    reason = f.text("reason", entry.reason)
    return replace(
        decided,
        planned=planned,
        **looked,
        reason=reason if decided.goes_on else "",  # of going on
        consent=f.yes_no("consent", entry.consent),
        by=f.text("by", entry.by),
        notes=f.notes(entry.notes),
    )


# After a treatment


def reactions(found: PersonPage, on: date, visit: int | None, t: Wording) -> None:
    """The reaction to the previous treatment, or the question about it."""
    told = [r for r in found.reactions if r.on == on]
    treated = treatment_to_ask_about(found, on)
    if not told and treated is None:
        return
    st.header(t("reaction.title"), anchor=False)
    for one in told:
        (st.warning if one.grave else st.markdown)(plain(reaction_sentence(one, t)))
        if one.grave:
            st.error(t("reaction.grave"))
        edit(f"reaction_{one.id}", t("reaction.edit"), one, reaction_form, store().clinic.save_reaction)
    if treated is None or found.person.id is None:
        return
    new = Reaction(found.person.id, on, treated, visit_id=visit)
    st.markdown(t("reaction.ask", day=plain(t.day(treated))))
    with st.container(horizontal=True):
        if st.button(t("reaction.nothing"), key="reaction_nothing"):
            with telling():
                store().clinic.add_reaction(new)
                st.rerun()
    with st.expander(t("reaction.something"), key="reaction_something"), st.form("new_reaction", border=False):
        entry = reaction_form(replace(new, happened=True))
        if st.form_submit_button(t("reaction.keep"), key="keep_reaction"):
            with telling():
                store().clinic.add_reaction(entry)
                say_next(t("records.saved"))


def reaction_form(entry: Reaction) -> Reaction:
    """Symptoms, severity, duration and action taken."""
    f = Fields(f"reaction_{entry.id or 'new'}_{entry.version}", words())
    symptoms = f.several("symptoms", get_args(Symptom), entry.symptoms.split(), "symptom")
    severity = f.choice("severity", get_args(Severity), entry.severity)
    lasted, resolved = f.number("lasted_hours", entry.lasted_hours), f.yes_no("resolved", entry.resolved)
    action = f.choice("action", get_args(Action), entry.action)
    return replace(
        entry, happened=bool(symptoms) or entry.id is None, symptoms=" ".join(symptoms), severity=severity,
        lasted_hours=lasted, resolved=resolved, action=action, notes=f.notes(entry.notes),
    )  # fmt: skip

"""A person's rights: deletion, the audit trail, and records whose retention period has ended."""

from __future__ import annotations

import streamlit as st

from romcheck.i18n.wording import Wording
from romcheck.records import rights, videos
from romcheck.records.entries import Deletion, Person
from romcheck.ui.common import table
from romcheck.ui.records import link, plain, say_next, size, store, telling, who, working

TRAIL_LINES = 100


def delete_person(person: Person, t: Wording) -> None:
    """Delete a person once the code was typed."""
    assert person.id is not None
    st.markdown(t("rights.delete_help"))
    typed = st.text_input(plain(t("rights.type_code", code=person.code)), key="confirm_code")
    backups = st.checkbox(t("rights.from_backups"), key="from_backups")
    if st.button(t("rights.delete"), key="delete_person"):
        if typed.strip() != person.code:
            st.error(t("rights.wrong_code"))
            return
        with telling():
            if backups:
                with working(t("rights.rewriting")) as progress:
                    done = rights.delete_person(store(), person.id, from_backups=True, progress=progress)
            else:
                done = rights.delete_person(store(), person.id)
            st.session_state["said"] = "\n\n".join(_said(done, t))
            st.switch_page(st.session_state["pages"]["today"])


def _said(done: Deletion, t: Wording) -> list[str]:
    """What was deleted, what was not, and where it remains; one paragraph each."""
    said = [t("rights.deleted", rows=str(done.rows), files=str(done.files))]
    for key, paths in (
        ("still_in_backups", done.backups),
        ("rewritten", done.rewritten),
        ("not_looked_into", done.not_looked_into),
    ):
        if paths:
            said.append(t(f"rights.{key}", paths=", ".join(paths)))
    return [*said, *(t.say(one, page=True) for one in done.not_cleaned)]


def trail(t: Wording, person_id: int | None = None) -> None:
    """The audit trail, newest first."""
    lines = store().audit(person_id, TRAIL_LINES)
    rows = [
        [
            t.moment(line.at.astimezone()),
            line.by,
            t(f"rights.action.{line.action.replace(' ', '_')}"),
            "–" if line.person_id is None else str(line.person_id),
            entry_name(line.detail, t),
        ]
        for line in lines
    ]
    st.markdown(t("rights.trail_help"))
    table(t("rights.trail"), [t(f"rights.column.{name}") for name in ("at", "by", "action", "person", "detail")], rows)


def entry_name(detail: str, t: Wording) -> str:
    """Name of the entry of an audit line, with its number."""
    name, _, number = detail.rpartition(" ") if detail[-1:].isdigit() else (detail, "", "")
    key = f"rights.entry.{name.replace(' ', '_').replace('-', '_')}"
    return " ".join(filter(None, (t(key) if key in t else name, number))) or "–"


def retention(t: Wording) -> None:
    """The retention rule and the people due; nothing is deleted without confirmation."""
    with telling():
        rule = rights.retention_months(store())
        with st.form("retention", border=False):
            months = st.number_input(t("rights.months"), value=rule, step=1, format="%d", key="retention_months")
            if st.form_submit_button(t("records.save"), key="save_retention"):
                rights.save_retention_months(store(), None if months is None else int(months))
                say_next(t("records.saved"))
        if rule is None:
            st.markdown(t("rights.no_rule"))
            return
        listed = rights.expired(store())
        st.markdown(t("rights.due") if listed else t("rights.nobody_due"))
        for one in listed:
            with st.container(horizontal=True, vertical_alignment="center", key=f"row_expired_{one.person.id}"):
                link("person", who(one.person), person=one.person.id)
                st.markdown(t("rights.last_entry", day=t.short_day(one.last_entry)), width="stretch")


def loose_videos(t: Wording) -> None:
    """Kept videos not linked to a person, each with the button that deletes it."""
    st.markdown(t("videos.help"))
    with telling():
        old = {one.name for one in rights.expired_videos(store())}
        found = videos.loose(store())
        if not found:
            st.markdown(t("videos.none"))
        for number, one in enumerate(found):
            said = [one.name, t.moment(one.kept_at.astimezone()), size(one.size_bytes, t)]
            said += [t("videos.unfinished")] if one.unfinished else []
            said += [t("videos.old")] if one.name in old else []
            with st.container(horizontal=True, vertical_alignment="center", key=f"row_video_{number}"):
                st.markdown(plain(" · ".join(said)), width="stretch")
                if st.button(t("videos.delete"), key=f"delete_video_{one.name}"):
                    videos.delete_loose(store(), one.name)
                    say_next(t("records.deleted"))

"""Editing an entry that another window may change at the same time: the second to save is shown both versions, and
nothing is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from datetime import date
from typing import Any, TypeVar, cast

import streamlit as st

from romcheck.errors import RomcheckError
from romcheck.i18n.wording import Wording
from romcheck.records.clinic import FOUND_AT, SCREENED
from romcheck.records.problems import ConflictError
from romcheck.ui.common import table
from romcheck.ui.problems import problem_text
from romcheck.ui.records import plain, say_next, words

E = TypeVar("E")

SILENT = ("id", "version", "person_id", "visit_id", "uid", "created_at", "demo", "started_at", "result")
"""Fields that are not entered by users."""


SECTIONS = {
    "kind": "treatment",
    "side": "headache_side",
    "attack_side": "headache_side",
    **dict.fromkeys(SCREENED, "looked"),
    **dict.fromkeys(FOUND_AT, "found_at"),
    **{f"{name}_{side}": name for name in ("stopped_by", "end_feel") for side in ("left", "right")},
}
"""Fields whose choices have another name in the catalogue."""


SEVERAL = {"triggers": "trigger", "medicine_classes": "medicine_class", "combined": "treatment"}
"""Fields with several choices, and their section of the catalogue."""


def editing(key: str) -> bool:
    """Whether this entry is open for changes in this window."""
    return f"edit_{key}" in st.session_state


def edit(
    key: str,
    label: str,
    entry: E,
    form: Callable[[E], E],
    save: Callable[[E], object],
    *,
    always: bool = False,
) -> None:
    """A button that opens an entry for changes, its form, and the handling of conflicting changes.

    Parameters
    ----------
    key : unique on the page
    label : of the button, plain text
    entry : as it is now, with its ``version``
    form : shows the fields of the entry as it was when opened and gives the changed entry
    save : keeps it; raises ConflictError when somebody else saved since it was opened
    always : open without being asked
    """
    t = words()
    if not editing(key):
        if not always and not st.button(plain(label), key=f"open_{key}"):
            return
        # Kept as it was when opened: its version shows whether another window has saved since.
        st.session_state[f"edit_{key}"] = entry
        if not always:
            st.rerun()
    clash = cast("ConflictError | None", st.session_state.get(f"clash_{key}"))
    if clash is not None:
        _clash(key, clash, save, t)
        return
    with st.form(f"form_{key}"):
        mine = form(st.session_state[f"edit_{key}"])
        with st.container(horizontal=True):
            wanted = st.form_submit_button(t("records.save"), type="primary", key=f"save_{key}")
            left = not always and st.form_submit_button(t("records.cancel"), key=f"cancel_{key}")
    if left:
        _close(key)
        st.rerun()
    if wanted:
        _save(key, mine, save, t)


def _save(key: str, mine: E, save: Callable[[E], object], t: Wording) -> None:
    try:
        save(mine)
    except ConflictError as error:
        st.session_state[f"clash_{key}"] = error
        st.rerun()
    except RomcheckError as error:
        st.error(plain(problem_text(error, t)))
    else:
        _close(key)
        say_next(t("records.saved"))


def _clash(key: str, clash: ConflictError, save: Callable[[Any], object], t: Wording) -> None:
    """Both versions side by side, and the choice between them."""
    st.warning(t("problem.conflict"))
    theirs, mine = values(clash.theirs, t), values(clash.mine, t)
    rows = [[t(f"field.{name}"), mine[name], theirs[name]] for name in mine if mine[name] != theirs[name]]
    table(t("records.clash"), [t("records.what"), t("records.mine"), t("records.theirs")], rows)
    with st.container(horizontal=True):
        if st.button(t("records.keep_mine"), type="primary", key=f"mine_{key}"):
            st.session_state.pop(f"clash_{key}")
            seen = {"version": clash.theirs.version, "id": clash.theirs.id}
            _save(key, replace(clash.mine, **seen), save, t)
        if st.button(t("records.keep_theirs"), key=f"theirs_{key}"):
            _close(key)
            st.rerun()


def _close(key: str) -> None:
    for what in ("edit", "clash"):
        st.session_state.pop(f"{what}_{key}", None)


def values(entry: Any, t: Wording) -> dict[str, str]:
    """Values of an entry, field by field, as text; nested parts too."""
    out: dict[str, str] = {}
    for f in fields(entry):
        value = getattr(entry, f.name)
        if f.name in SILENT:
            continue
        if is_dataclass(value):
            out |= values(value, t)
        else:
            out[f.name] = in_words(f.name, value, t)
    return out


def in_words(name: str, value: Any, t: Wording) -> str:
    """One value of an entry, formatted for display."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return t("words.yes" if value else "words.no")
    if isinstance(value, date):
        return t.short_day(value)
    if isinstance(value, float):
        return t.short_number(value)
    return option(name, value, t)


def option(name: str, value: Any, t: Wording) -> str:
    """One of the choices of a field, in words."""
    if name in SEVERAL:
        return ", ".join(option(SEVERAL[name], one, t) for one in str(value).split())
    section = SECTIONS.get(name, name)
    for key in (f"choice.{section}.{value}", f"{section}.{value}"):
        if key in t:
            return t(key)
    return str(value)

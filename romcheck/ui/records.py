"""Shared by the records pages: the store, navigation, and error messages."""

from __future__ import annotations

import math
import os
import pickle
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any, NoReturn, cast

import streamlit as st
from matplotlib.figure import Figure

from romcheck.clinical import TimingOrNone
from romcheck.errors import RomcheckError
from romcheck.i18n.wording import Wording
from romcheck.live.journey import Journey
from romcheck.progress import Progress
from romcheck.records.entries import Person, PersonPage
from romcheck.records.overview import page as page_of
from romcheck.records.store import URL_VARIABLE, Records, data_folder
from romcheck.reports.drawing import PHONE_IN
from romcheck.reports.saving import chart_bytes
from romcheck.reports.sentences import Numbered
from romcheck.ui.common import language, picture
from romcheck.ui.problems import problem_text

MOST_MB = 4000
"""Largest file with saved videos that can be imported, megabytes."""
CHARTS_KEPT = 4
"""Drawings kept in a session: those of a page, and of the page before it."""


@dataclass(frozen=True)
class Target:
    """The person the next measurement is for. ``visit_id`` None means a visit of that day, created if needed."""

    person_id: int
    visit_id: int | None = None
    timing: TimingOrNone = "none"


def target_of(way: Journey) -> Target | None:
    """The person chosen before a check; none for a person measuring alone."""
    return cast("Target | None", st.session_state.get("target")) if way.who == "therapist" else None


def words() -> Wording:
    """The sentences of the reader's language, those of the reports among them."""
    return Wording(language())


def store() -> Records:
    """The records, opened once for all windows."""
    return _opened(str(data_folder()), os.environ.get(URL_VARIABLE, ""))


@st.cache_resource(show_spinner=False, on_release=Records.close)
def _opened(folder: str, url: str) -> Records:
    return Records(folder, url=url)


def let_go() -> None:
    """Close the records; the next page that needs them opens them again."""
    _opened.clear()


# Navigation


def go_to(name: str, **numbers: int | None) -> NoReturn:
    """Open another page of the application."""
    st.switch_page(st.session_state["pages"][name], query_params=_address(numbers))


def link(name: str, label: str, **numbers: int | None) -> None:
    """A link to another page of the application; its label is plain text."""
    st.page_link(st.session_state["pages"][name], label=plain(label), query_params=_address(numbers))


def _address(numbers: dict[str, int | None]) -> dict[str, str]:
    return {name: str(number) for name, number in numbers.items() if number is not None}


def asked_for(name: str) -> int | None:
    """A number in the address of the page; None where there is none."""
    text = st.query_params.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 16 else None


# Messages


@contextmanager
def telling() -> Iterator[None]:
    """Show errors of the records on the page."""
    try:
        yield
    except RomcheckError as error:
        st.error(plain(problem_text(error, words())))


@contextmanager
def working(text: str) -> Iterator[Progress]:
    """Show the progress of a longer task while it runs."""
    shown = st.progress(0.0, text)

    def show(done: int, all_: int | None) -> None:
        shown.progress(min(1.0, done / all_) if all_ else 0.0, text)

    try:
        yield show
    finally:
        shown.empty()


def say_next(text: str) -> None:
    """Show a plain-text message at the top of the next page, and go there."""
    st.session_state["said"] = text
    st.rerun()


def say_said() -> None:
    """Show the message left by the previous page.

    It has a container of its own, also while empty. Otherwise all elements below would shift by one when it appears,
    and the browser could keep stale copies of keyed elements, dimmed and still filled in.
    """
    with st.container():
        if text := st.session_state.pop("said", None):
            st.success(plain(text))


def who(person: Person) -> str:
    """Code, and name if stored, as plain text."""
    return f"{person.code} · {person.name}" if person.name else person.code


def size(count: int, t: Wording) -> str:
    """A size in bytes as people read it."""
    if count < 1e5:
        return t("size.kilobytes", number=math.ceil(count / 1e3))
    unit, number = ("gigabytes", count / 1e9) if count >= 1e9 else ("megabytes", count / 1e6)
    return t(f"size.{unit}", number=t.number(number, 1))


def plain(text: str) -> str:
    """Text escaped so that nothing is rendered as Markdown, a formula, an emoji, an icon, a colour, an arrow or a link.

    All typed or imported text and all names pass through here before they appear in a label or a sentence of a page;
    fields without Markdown (values of inputs, choices of a list, ``st.text``) show them unchanged.
    """
    # Some patterns are recognised only after escapes are resolved. A zero-width character that allows no line
    # break separates their letters.
    apart = TAKEN_LATE.sub(lambda found: found[0] + WORD_JOINER, INDENT.sub("", text))
    return "".join(f"\\{letter}" if letter in MARKS else letter for letter in apart)


MARKS = "\\`*_{}[]()#+-.!|~$:<>&=^"
WORD_JOINER = "\u2060"
INDENT = re.compile(r"^[ \t]+", re.MULTILINE)
TAKEN_LATE = re.compile(r":(?=[\w+-]+(?:/\w+)?:)|:(?=//)|(?<=w)w(?=\.)|[^\s@](?=@)|[-<~>](?=[-=>])", re.IGNORECASE)
"""Emoji and icons between colons, addresses on the network and of mail, arrows and dashes."""


def of_person(show: Callable[[PersonPage, Wording], None], title: str) -> None:
    """Show a page about the person in the address, or say what is wrong."""
    t = words()
    number = asked_for("person")
    try:
        if number is None:
            raise RomcheckError("nobody_chosen")
        found = page_of(store(), number)
    except RomcheckError as error:
        st.title(t(title), anchor=False)
        say_said()
        st.error(plain(problem_text(error, t)))
        link("today", t("records.to_today"))
        return
    st.title(plain(who(found.person)) if title == "page.person" else t(title), anchor=False)
    say_said()
    with st.container(horizontal=True):
        link("person", who(found.person), person=number)
        for name in ("before_after", "over_time", "progress", "findings", "report"):
            link(name, t(f"page.{name}"), person=number)
    with telling():
        show(found, t)


def chart(draw: partial[Figure], title: str, description: str, stem: str) -> None:
    """A chart with its text alternative and downloads; `draw` takes its width and height. Phones get a narrow one."""
    svg, narrow = _drawn(draw, title, description)
    with st.container(key=f"chart_{stem}"):
        t = words()
        picture(svg, "svg+xml", f"{title}. {description}", narrow)
        with st.container(horizontal=True):
            st.download_button(
                t("records.save_svg"), svg, f"{stem}.svg", "image/svg+xml", key=f"svg_{stem}", on_click="ignore"
            )
            st.download_button(
                t("records.save_png"),
                lambda: chart_bytes(draw(), "png", title, description),
                f"{stem}.png",
                "image/png",
                key=f"png_{stem}",
                on_click="ignore",
            )


def _drawn(draw: partial[Figure], title: str, description: str) -> tuple[bytes, bytes]:
    """A chart for a desk and one for a phone, drawn once: the page runs again with every click.

    The last few are kept in the session, and end with it; what they are drawn from is their key.
    """
    kept: dict[bytes, tuple[bytes, bytes]] = st.session_state.setdefault("drawn", {})
    key = sha256(pickle.dumps((draw, title, description))).digest()
    found = kept.pop(key, None)
    if found is None:
        wide, narrow = (chart_bytes(draw(*size), "svg", title, description, outlined=True) for size in ((), PHONE_IN))
        found = wide, narrow
    kept[key] = found
    while len(kept) > CHARTS_KEPT:
        del kept[next(iter(kept))]
    return found


def sources(cite: Numbered) -> None:
    """The sources cited by number in the sentences above, with links."""
    told = [f"({number}) [{plain(one.cite)}]({one.address})" for number, one in enumerate(cite.sources, 1)]
    if told:
        # No caption: its grey would dim the links too much to be read.
        st.markdown(" · ".join(told))


def facts(pairs: list[tuple[str, Any]]) -> None:
    """Names and values in a line; names without a value are left out."""
    t = words()
    shown = [
        t("records.fact", name=plain(name), value=plain(str(value))) for name, value in pairs if value not in (None, "")
    ]
    if shown:
        st.markdown(" · ".join(shown))

"""Shared by all pages: the reader's language, the state of the session, and page elements."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from datetime import date
from html import escape
from typing import cast

import streamlit as st

from romcheck.i18n.catalogue import LANGUAGE_NAMES
from romcheck.i18n.languages import LANGUAGES, Language
from romcheck.i18n.texts import Texts
from romcheck.live.journey import Journey
from romcheck.results import Test

LANGUAGE_COOKIE = "romcheck-language"
SAY_LANGUAGE = """
// Streamlit unfolds its parts with a motion that style sheets cannot stop.
const still = matchMedia("(prefers-reduced-motion: reduce)");
const { animate } = Element.prototype;
Element.prototype.animate = function (frames, how) {
  return animate.call(this, frames, still.matches ? 0 : how);
};

export default ({ data }) => {
  document.documentElement.lang = data.language;
  if (data.cookie) {
    document.cookie = `${data.cookie}=${data.language}; path=/; max-age=31536000; SameSite=Strict`;
  }
  document.querySelector('[data-testid="stMain"]')?.setAttribute("role", "main");
};
"""


STYLE = """<style>
[data-testid="stMainBlockContainer"] { padding-top: 4.5rem; padding-bottom: 4rem; }
.romcheck-phone { display: none; }
@media (max-width: 640px) {
  .romcheck-phone { display: inline; }
  .romcheck-desk { display: none; }
  .romcheck-wide, .romcheck-wide tbody, .romcheck-wide tr, .romcheck-wide tr > * { display: block; }
  .romcheck-wide thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .romcheck-wide tr { padding: 0.5rem 0; border-bottom: 1px solid #8a8a8a; }
  .romcheck-wide tr > * { border: 0 !important; padding: 0.15rem 0.6rem !important; }
  .romcheck-wide tbody th { font-weight: bold !important; }
  .romcheck-wide td::before { content: attr(data-name) ": "; opacity: 0.85; }
  :lang(fr) .romcheck-wide td::before { content: attr(data-name) "\\00a0: "; }
}
:is([data-testid="stMetricLabel"], [data-testid="stMetricValue"], [data-testid="stFileUploaderDropzone"]),
:is([data-testid="stMetricLabel"], [data-testid="stMetricValue"], [data-testid="stFileUploaderDropzone"]) * {
  white-space: normal; overflow: visible; text-overflow: clip;
}
[data-testid="stPageLink-NavLink"] * { white-space: normal; overflow: visible; }
:is([data-testid="stPageLink-NavLink"], [data-testid="stLinkButton"]) p { text-decoration: underline;
  text-underline-offset: 0.2em; }
.romcheck-chosen { font-size: 0.9rem; line-height: 1.3; padding: 0.3rem 0.5rem 0; overflow-wrap: anywhere; }
[data-testid="stMultiSelect"] input { min-width: 1.5rem; min-height: 1.5rem; color: inherit; }
[data-testid="stMultiSelect"]:has([data-baseweb="tag"]) div:has(> input) { position: relative; }
[data-testid="stSelectboxVirtualDropdown"] [data-item-hl] { white-space: normal; line-height: 1.15; }
@media (max-width: 640px) {
  :is([role="radiogroup"], [data-testid="stCheckbox"]) label { min-height: 2.25rem; align-items: center; }
  [data-testid="stMetricValue"] { font-size: 1.75rem; line-height: 1.3; }
  [data-testid="stSelectboxVirtualDropdown"] [data-item-hl] { font-size: 0.82rem; }
}
[data-romcheck-stage] [data-testid="stHeader"] { display: none; }
[data-romcheck-stage] [data-testid="stMainBlockContainer"] { max-width: none; padding: 0 0 4rem; }
[data-romcheck-stage] [data-testid="stMainBlockContainer"] :is([data-testid="stMarkdown"], [data-testid="stButton"],
  [data-testid="stCaptionContainer"]) { padding: 0 1rem; }
[data-romcheck-stage] h1 { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@media (prefers-reduced-motion: reduce) {
  *, ::before, ::after { animation: none !important; transition: none !important; scroll-behavior: auto !important; }
}
</style>"""
"""Less empty space, so that buttons are on the screen, and none around the stage of a check, which fills the window; no
number, no limit of a file and no choice of a list cut off; what is typed stands beside what is chosen, not upon it;
links that look like links; room for a finger; no motion where reduced motion is preferred."""


def language() -> Language:
    """The language chosen here or on an earlier day, else the browser's, else English."""
    chosen = st.session_state.get("language")
    if chosen is None:
        wished = (st.context.cookies.get(LANGUAGE_COOKIE), (st.context.locale or "en").split("-")[0], "en")
        chosen = st.session_state["language"] = next(one for one in wished if one in LANGUAGES)
    return cast("Language", chosen)


def texts() -> Texts:
    """The sentences of the reader's language."""
    return Texts(language())


def say_language() -> None:
    """Set the page's language, main landmark (for screen readers) and style; the browser keeps a language chosen."""
    st.html(STYLE)
    show = st.components.v2.component("romcheck_language", html="<span></span>", js=SAY_LANGUAGE)
    cookie = LANGUAGE_COOKIE if st.session_state.get("language_chosen") else None
    show(key="page_language", data={"language": language(), "cookie": cookie})


def choose_language() -> None:
    """Language selection with immediate effect."""
    t = texts()
    st.radio(
        t("settings.language"),
        LANGUAGES,
        index=LANGUAGES.index(t.language),
        format_func=lambda code: LANGUAGE_NAMES[code],
        key="language_choice",
        horizontal=True,
        on_change=lambda: st.session_state.update(language=st.session_state["language_choice"], language_chosen=True),
        label_visibility="collapsed",
    )


def journey() -> Journey:
    """The state of this session."""
    # Visits without a name are not stored: the day decides which side is first.
    first = Journey(other_first=bool(date.today().toordinal() % 2))
    return cast("Journey", st.session_state.setdefault("journey", first))


def go(to: Journey) -> None:
    """Go to another step."""
    st.session_state["journey"] = to
    st.rerun()


def picture(content: bytes, kind: str, alt: str, narrow: bytes | None = None) -> None:
    """Show a picture (``png`` or ``svg+xml``) with its text alternative; `narrow` is shown instead on a phone."""
    shown = {"": content} if narrow is None else {"romcheck-desk": content, "romcheck-phone": narrow}
    st.html(
        "".join(
            f'<img class="{where}" src="data:image/{kind};base64,{base64.b64encode(data).decode()}" '
            f'alt="{escape(alt)}" style="{"max-width" if narrow is None else "width"}:100%;height:auto">'
            for where, data in shown.items()
        )
    )


def drawing(svg: str) -> None:
    """Show a drawing of our own in the page's colours, which one inside an image would not take."""
    show = st.components.v2.component(
        "romcheck_drawing",
        html="<div></div>",
        js="export default ({data, parentElement}) => { parentElement.querySelector('div').innerHTML = data.svg; }",
    )
    show(key="result_drawing", data={"svg": svg})


def table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table that screen readers and phones can read; the first cell of a row is its heading."""
    head = "".join(f'<th scope="col" role="columnheader" style="{CELL}">{escape(name)}</th>' for name in columns)
    body = "".join(
        f'<tr role="row"><th scope="row" role="rowheader" style="{CELL}">{_written(first)}</th>'
        + "".join(
            f'<td role="cell" data-name="{escape(name)}" style="{CELL}">{_written(cell)}</td>'
            for name, cell in zip(columns[1:], rest, strict=False)
        )
        + "</tr>"
        for first, *rest in rows
    )
    wide = " class=romcheck-wide" if len(columns) > FEW_COLUMNS else ""
    # The roles keep it a table for screen readers when a phone stacks its cells.
    st.html(
        f'<div role="region" aria-label="{escape(caption)}" tabindex="0" style="overflow-x:auto">'
        f'<table role="table"{wide} style="border-collapse:collapse;width:100%"><thead role="rowgroup">'
        f'<tr role="row">{head}</tr></thead><tbody role="rowgroup">{body}</tbody></table></div>'
    )


def chosen_test(tests: Sequence[Test], t: Texts, key: str) -> Test:
    """The test whose measurements are shown: the first, unless another is chosen."""
    if len(tests) == 1:
        return tests[0]
    return st.selectbox(t("over_time.test"), tests, format_func=lambda one: t(f"title.{one}"), key=key)


FEW_COLUMNS = 3
"""Most columns that a phone shows side by side."""


LONG_WORD = re.compile(r"(\S{15,})")
"""Such as the name of a file, which would make a table wider than a phone."""


def _written(cell: str) -> str:
    """Text of a cell: long words may break anywhere, but no line ends between an angle and its uncertainty."""
    parts = LONG_WORD.split(cell.replace(" ± ", "\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}"))
    long = '<span style="display:inline-block;min-width:6rem;overflow-wrap:anywhere">{}</span>'
    return "".join(long.format(escape(part)) if i % 2 else escape(part) for i, part in enumerate(parts))


CELL = (
    "text-align:left;padding:0.4rem 0.6rem;border-bottom:1px solid #8a8a8a;vertical-align:top;font-weight:inherit;"
    "hyphens:auto"
)

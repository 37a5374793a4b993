"""The pages and the navigation between them; Streamlit runs this again with every click."""

from collections.abc import Callable
from typing import Literal

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from romcheck.ui.common import say_language, texts
from romcheck.ui.mending import mend
from romcheck.ui.pages import (
    batch,
    before_after,
    check,
    figures,
    findings,
    keeping,
    over_time,
    own,
    person,
    progress,
    replay,
    report,
    settings,
    today,
    visit,
)

st.set_page_config(page_title="romcheck", layout="centered")
t = texts()


def titled(name: str, show: Callable[[], None], visibility: Literal["visible", "hidden"] = "visible") -> StreamlitPage:
    """One page of the application."""
    title, first = t(f"page.{name}"), name == "check"
    return st.Page(show, title=title, url_path=name.replace("_", "-"), default=first, visibility=visibility)


# Those not listed are about one person, given in the address.
listed = {"check": check, "own": own, "today": today, "keeping": keeping, "batch": batch, "settings": settings}
of_person = {
    "person": person,
    "visit": visit,
    "before_after": before_after,
    "over_time": over_time,
    "progress": progress,
    "replay": replay,
    "report": report,
    "findings": findings,
    "figures": figures,
}
pages = {name: titled(name, part.page) for name, part in listed.items()}
pages |= {name: titled(name, part.page, "hidden") for name, part in of_person.items()}
st.session_state["pages"] = pages
st.navigation(list(pages.values()), position="top").run()
say_language()
mend()

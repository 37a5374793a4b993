"""Language, and what romcheck is and does with pictures."""

from __future__ import annotations

import streamlit as st

from romcheck import __version__
from romcheck.places import cameras_folder
from romcheck.ui.common import choose_language, texts


def page() -> None:
    """Show the page."""
    t = texts()
    st.title(t("settings.title"), anchor=False)
    st.header(t("settings.language"), anchor=False)
    choose_language()
    for part in ("about", "privacy", "accuracy", "camera"):
        st.header(t(f"settings.{part}"), anchor=False)
        st.markdown(t(f"settings.{part}_text"))
    known = sorted(path.stem for path in cameras_folder().glob("*.json"))
    st.markdown(t("settings.cameras_known", names=", ".join(known)) if known else t("settings.cameras_none"))
    st.caption(t("settings.version", version=__version__))

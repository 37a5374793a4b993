"""Language, and what romcheck is and does with pictures."""

from __future__ import annotations

import streamlit as st

from romcheck import __version__
from romcheck.live.lenses import CALIBRATION, FOV
from romcheck.places import cameras_folder
from romcheck.ui.common import choose_language, texts
from romcheck.ui.records import plain

KNOWN = {"calibrated": CALIBRATION, "stated": FOV}


def page() -> None:
    """Show the page."""
    t = texts()
    st.title(t("settings.title"), anchor=False)
    st.header(t("settings.language"), anchor=False)
    choose_language()
    for part in ("about", "privacy", "accuracy", "camera"):
        st.header(t(f"settings.{part}"), anchor=False)
        st.markdown(t(f"settings.{part}_text"))
    known = {how: sorted(path.stem for path in cameras_folder().glob(f"*{ending}")) for how, ending in KNOWN.items()}
    for how, names in known.items():
        if names:
            st.markdown(t(f"settings.cameras_{how}", names=plain(", ".join(names))))
    if not any(known.values()):
        st.markdown(t("settings.cameras_none"))
    st.caption(t("settings.version", version=__version__))

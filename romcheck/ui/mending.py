"""What Streamlit leaves wrong for screen readers, put right in the browser."""

from __future__ import annotations

import streamlit as st

MEND = """
export default () => {
  const mend = () => {
    for (const box of document.querySelectorAll("[data-testid=stFileUploader]")) {
      const said = box.querySelector("label")?.textContent;
      if (said) box.querySelector("input[type=file]")?.setAttribute("aria-label", said);
    }
    document.querySelector("section[data-testid=stSidebar][aria-expanded]")?.removeAttribute("aria-expanded");
  };
  mend();
  const watch = new MutationObserver(mend);
  watch.observe(document.body, {
    childList: true, subtree: true, attributes: true, attributeFilter: ["aria-expanded"],
  });
  return () => watch.disconnect();
};
"""
"""A place for files has no name of its own: it gets the one above it. A section cannot be said to be expanded."""


def mend() -> None:
    """Put it right on this page, for as long as it is open."""
    st.components.v2.component("romcheck_mending", js=MEND)(key="mending", height=1)

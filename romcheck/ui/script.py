"""The pages and how one gets from one to another; Streamlit runs this anew with every click."""

import streamlit as st

from romcheck.ui.common import say_language, texts
from romcheck.ui.pages.check import page as check
from romcheck.ui.pages.settings import page as settings

st.set_page_config(page_title="romcheck", layout="centered")
t = texts()
st.navigation(
    [
        st.Page(check, title=t("page.check"), url_path="check", default=True),
        st.Page(settings, title=t("page.settings"), url_path="settings"),
    ],
    position="top",
).run()
say_language()

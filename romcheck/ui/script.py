"""The pages and how one gets from one to another; Streamlit runs this anew with every click."""

import streamlit as st

from romcheck.ui.pages.check import page as check

st.set_page_config(page_title="romcheck", layout="centered")
st.navigation([st.Page(check, title="Check", default=True)]).run()

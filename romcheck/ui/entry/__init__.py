"""The script Streamlit runs. It has a folder of its own: beside a folder named "pages", Streamlit would look for
pages by file name.
"""

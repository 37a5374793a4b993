"""The script Streamlit runs. It has a folder of its own: one beside a folder named "pages" is taken for an older kind
of application, whose pages are found by the names of files.
"""

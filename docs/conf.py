"""How the documents become a site: uv run --group docs sphinx-build -W docs build/site."""

from __future__ import annotations

import re

from sphinx.application import Sphinx

import romcheck

project = "romcheck"
author = "The romcheck authors"
release = version = romcheck.__version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "schema/*"]
templates_path: list[str] = []

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
nb_execution_mode = "off"  # run_notebook.py runs it, and what it showed is kept in it

# Docstrings are numpy's; types stand in the signatures.
napoleon_google_docstring = False
napoleon_use_rtype = False
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "show-inheritance": False}

html_theme = "alabaster"
html_theme_options = {"description": "Measures how far a neck turns, with a webcam", "page_width": "72em"}
html_copy_source = False
html_show_sphinx = False

OUTSIDE = re.compile(r"\[([^\]]+)\]\(\.\./[^)]*\.md(?:#[^)]*)?\)")
"""A link to a document that is not part of the site."""


def without_links_outside(_app: Sphinx, _name: str, content: list[str]) -> None:
    """Leave the words of such links and drop the address."""
    content[0] = OUTSIDE.sub(r"\1", content[0])


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", without_links_outside)

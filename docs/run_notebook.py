"""Run docs/notebook.ipynb anew and keep what it shows: ``uv run python docs/run_notebook.py``."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).with_name("notebook.ipynb")


def executed() -> nbformat.NotebookNode:
    """Give the notebook as it comes out now; a cell that fails raises nbclient's CellExecutionError."""
    book = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(book, timeout=300, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
    for number, cell in enumerate(book.cells):
        cell["id"] = f"cell-{number}"
        cell["metadata"] = {}  # without the times of this run
    book["metadata"] = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return book


if __name__ == "__main__":
    nbformat.write(executed(), NOTEBOOK)

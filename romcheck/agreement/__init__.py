"""Agreement between two methods and reliability of one, from tables of movements.

The names below are the part's own for notebooks; they are loaded when first used, since pandas takes its time.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from romcheck.agreement.comparing import agree
    from romcheck.agreement.files import TableError
    from romcheck.agreement.plot import save_plot
    from romcheck.agreement.repeating import reliability
    from romcheck.agreement.report import Style, frame, latex, markdown, sentence, table, warnings
    from romcheck.agreement.study import Part, Reliability, Study

__all__ = [
    "Part",
    "Reliability",
    "Study",
    "Style",
    "TableError",
    "agree",
    "frame",
    "latex",
    "markdown",
    "reliability",
    "save_plot",
    "sentence",
    "table",
    "warnings",
]

_REPORT = ("Style", "frame", "latex", "markdown", "sentence", "table", "warnings")
_HOMES = {
    "comparing": ("agree",),
    "plot": ("save_plot",),
    "repeating": ("reliability",),
    "report": _REPORT,
    "study": ("Part", "Reliability", "Study"),
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    home = next((home for home, names in _HOMES.items() if name in names), "files")
    return getattr(import_module(f"{__name__}.{home}"), name)

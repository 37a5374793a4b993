"""Charts as files: the same figure gives the same bytes."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Literal

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.text import Text

from romcheck.errors import OutputError
from romcheck.exchange.atomic import written_whole
from romcheck.names import shown

ChartFormat = Literal["svg", "png"]


def chart_bytes(
    figure: Figure, kind: ChartFormat, title: str, description: str = "", *, outlined: bool = False, dpi: int = 200
) -> bytes:
    """Content of a chart file; the same figure gives identical bytes.

    Names and labels in it are plain text: a dollar begins no formula.

    Parameters
    ----------
    kind : ``svg`` or ``png``
    title, description : kept in the file, for those who cannot see it
    outlined : draw letters as shapes, for programs that lack the font
    """
    metadata: dict[str, str | None] = {"Title": _drawable(title)}
    if description:
        metadata["Description"] = _drawable(description)
    # A date would make every picture of one result differ.
    metadata |= {"Date": None, "Creator": "romcheck"} if kind == "svg" else {"Software": "romcheck"}
    out = io.BytesIO()
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        text.set_parse_math(False)
        text.set_text(_drawable(text.get_text()))
    letters = "path" if outlined else "none"
    with rc_context({"svg.hashsalt": "romcheck", "svg.fonttype": letters}), rc_context({"text.parse_math": False}):
        figure.savefig(out, format=kind, dpi=dpi, metadata=metadata)
    return out.getvalue()


def _drawable(text: str) -> str:
    """A text without characters that chart files cannot contain."""
    return "".join(letter if letter == "\n" else shown(letter) for letter in text)


def save_chart(figure: Figure, path: str | Path, title: str, description: str = "", *, dpi: int = 200) -> None:
    """Write a chart as ``.svg`` or ``.png``.

    Raises
    ------
    OutputError
        If the name ends otherwise or the file cannot be written; nothing half-written is left under the name.
    """
    path = Path(path)
    kind = path.suffix.lower().lstrip(".")
    if kind not in ("png", "svg"):
        raise OutputError("plot_ending", name=path.name)
    content = chart_bytes(figure, "png" if kind == "png" else "svg", title, description, dpi=dpi)
    with written_whole(path) as unfinished:
        unfinished.write_bytes(content)

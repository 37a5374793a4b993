"""A page of a report as blocks: headings, sentences, lists, tables and charts, in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Block = dict[str, Any]
"""A block for ``report.typ``; created only by the functions below."""


@dataclass(frozen=True)
class Room:
    """Amounts of content per page; the first that fits is used.

    Attributes
    ----------
    size_pt : of the text
    chart_in, trend_in : heights of the charts
    treatments : number of the newest ones listed
    notes, letters : characters of the notes, and of each other free text
    pages : most pages
    draft : leave the drawings empty, as when only their size matters
    chart_zoom : factor by which charts are drawn smaller and shown larger, labels included
    """

    size_pt: float
    chart_in: float
    trend_in: float
    treatments: int
    notes: int
    letters: int
    pages: int = 1
    draft: bool = False
    chart_zoom: float = 1.0


ROOMS = (
    Room(11, 2.9, 2.5, 6, 700, 70),
    Room(10.5, 2.5, 2.3, 6, 600, 70),
    Room(10, 2.2, 2.1, 5, 450, 60),
    Room(9.5, 2.0, 1.9, 5, 360, 60),
    Room(9.5, 1.8, 1.75, 4, 300, 60),
    Room(9, 1.75, 1.7, 4, 240, 50),
    Room(9, 1.6, 1.6, 3, 200, 50),
    Room(8.5, 1.55, 1.55, 3, 160, 40),
    Room(8, 1.5, 1.5, 2, 120, 40),
    Room(7.5, 1.4, 1.4, 2, 80, 30),
    Room(7.5, 1.3, 1.25, 2, 60, 30),
    Room(7, 1.3, 1.2, 1, 60, 26),
)
"""From most to least content; each needs less space than the one before."""

LARGE_ROOMS = (
    Room(15, 2.8, 2.6, 4, 300, 60, chart_zoom=1.3),
    Room(14, 2.6, 2.4, 3, 240, 50, chart_zoom=1.3),
    Room(14, 2.5, 2.4, 3, 200, 50, pages=2, chart_zoom=1.3),
    Room(14, 2.4, 2.3, 2, 120, 30, pages=2, chart_zoom=1.3),
)
"""For the patient, always in large print, on two pages if needed."""


def heading(text: str) -> Block:
    """Heading within the page."""
    return {"kind": "heading", "text": text}


def paragraph(text: str) -> Block:
    """Sentence or more."""
    return {"kind": "text", "text": text}


def lead(name: str, text: str) -> Block:
    """Paragraph that begins with its heading in bold."""
    return {"kind": "lead", "name": name, "text": text}


def framed(text: str) -> Block:
    """Important content in a frame."""
    return {"kind": "strong", "text": text}


def small(text: str) -> Block:
    """Method, sources: smaller."""
    return {"kind": "small", "text": text}


def bullets(items: Sequence[str]) -> list[Block]:
    """List of sentences; nothing for none."""
    return [{"kind": "list", "items": list(items)}] if items else []


def facts(pairs: Sequence[tuple[str, str]]) -> Block:
    """Names and values, two pairs per line."""
    return {"kind": "facts", "pairs": [list(pair) for pair in pairs]}


def table(header: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float], right: int = 0) -> Block:
    """Table whose first column names the row.

    Parameters
    ----------
    widths : shares of the line, 0 for as wide as its content
    right : number of last columns that are right-aligned
    """
    align = ["left"] + ["right" if i <= right else "left" for i in range(1, len(header))]
    return {
        "kind": "table",
        "header": list(header),
        "rows": [list(row) for row in rows],
        "columns": list(widths),
        "align": align,
    }


def chart(svg: bytes, alt: str) -> Block:
    """Vector drawing, with its text alternative."""
    return {"kind": "chart", "svg": svg.decode("utf-8"), "alt": alt}


def blank(width_in: float, height_in: float) -> bytes:
    """Empty drawing of a given size."""
    size = f'width="{72 * width_in}pt" height="{72 * height_in}pt" viewBox="0 0 {72 * width_in} {72 * height_in}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}/>'.encode()

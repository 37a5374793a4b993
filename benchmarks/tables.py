"""Tables as text for the screen or as Markdown."""

from __future__ import annotations

import math
from collections.abc import Sequence


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], markdown: bool) -> str:
    """Aligned columns, the first to the left, the others to the right; as Markdown with bars."""
    lines = [heads, *rows]
    widths = [max(3, *(len(line[i]) for line in lines)) for i in range(len(heads))]
    padded = [
        [
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        for line in lines
    ]
    if not markdown:
        return "\n".join("  ".join(line).rstrip() for line in padded)
    rule = ["-" * width if i == 0 else "-" * (width - 1) + ":" for i, width in enumerate(widths)]
    return "\n".join("| " + " | ".join(line) + " |" for line in (padded[0], rule, *padded[1:]))


def titled(title: str, body: str, markdown: bool) -> str:
    """Put a heading above a table."""
    return f"\n**{title}**\n\n{body}" if markdown else f"\n{title}\n{'-' * len(title)}\n{body}"


def degrees(value: float, sign: bool = False) -> str:
    """One decimal and a degree sign; a dash if not known."""
    return "–" if math.isnan(value) else f"{value:{'+' if sign else ''}.1f}°"


def percent(value: float) -> str:
    """Whole per cent; a dash if not known."""
    return "–" if math.isnan(value) else f"{100 * value:.0f} %"


def times(value: float) -> str:
    """A ratio; a dash if not known."""
    return "–" if math.isnan(value) else f"{value:.1f}×"

"""Which characters the fonts of the report can print, and replacements for the others."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

import matplotlib
from matplotlib.ft2font import FT2Font

MISSING = "□"
JOINERS = {"\u200c", "\u200d"}
"""Invisible marks needed by Arabic and Indian scripts; others may reverse the direction of a text."""

FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
"""DejaVu Sans, included in the drawing library; with the fonts inside typst the only ones used, on any machine."""


def printable(text: str) -> str:
    """Text in one line, □ for each character that no font of the report has."""
    known = _characters()
    out = []
    for character in " ".join(unicodedata.normalize("NFC", text).split()):
        kind = unicodedata.category(character)
        if kind in ("Cf", "Cc") and character not in JOINERS:
            continue
        out.append(character if ord(character) in known and kind not in ("Co", "Cn", "Cs") else MISSING)
    return "".join(out)


def can_print(text: str) -> bool:
    """Whether every character of a text can be printed."""
    return MISSING not in printable(text.replace(MISSING, ""))


@cache
def _characters() -> frozenset[int]:
    """Characters of DejaVu Sans in both weights."""
    regular, bold = (
        set(FT2Font(str(FONTS / name)).get_charmap()) for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
    )
    return frozenset(regular & bold)

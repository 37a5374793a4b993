"""File names with any bytes: how they are displayed, matched and used for output files."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from pathlib import Path

LONGEST_STEM_BYTES = 230
"""Of a name that gets endings such as ``.frames.parquet``: file systems take 255 bytes in all."""

_TURNS_TEXT = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that make a name read otherwise than it is."""

_LEADING_ZEROS = re.compile(r"(?<![\d.,])0+(?=\d)")
"""Zeros that a spreadsheet drops, as in 007 or P01; not those of a decimal fraction."""

_ESCAPED = re.compile(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})")


def shown(name: str | Path) -> str:
    r"""A name or path as it can be printed and kept in a table.

    A byte that is not UTF-8 and a control character become ``\xNN``, other characters that cannot be seen ``\uNNNN``;
    all else stays as it is.
    """
    return "".join(_shown(letter) for letter in str(name))


def meant(name: str) -> str:
    """The name that `shown` gave back as this."""

    def letter(match: re.Match[str]) -> str:
        if match[2]:
            return chr(int(match[2], 16))
        byte = int(match[1], 16)
        return chr(byte) if byte < 0x80 else chr(0xDC00 + byte)

    return _ESCAPED.sub(letter, name)


def folded(label: str) -> str:
    """A label without what people write now so, now otherwise: capitals, spaces, the kind of dash, leading zeros."""
    text = "".join("-" if unicodedata.category(x) == "Pd" else x for x in unicodedata.normalize("NFKC", label))
    return _LEADING_ZEROS.sub("", " ".join(text.casefold().split()))


def stem_for_results(video: Path) -> str:
    """What the names of a video's results begin with: its own stem, cut where there would be no room for an ending."""
    if len(os.fsencode(video.stem)) <= LONGEST_STEM_BYTES:
        return video.stem
    mark = hashlib.sha256(os.fsencode(video.stem)).hexdigest()[:8]
    kept = video.stem
    while len(os.fsencode(kept)) > LONGEST_STEM_BYTES - len(mark) - 1:
        kept = kept[:-1]
    return f"{kept}-{mark}"


def _shown(letter: str) -> str:
    code = ord(letter)
    if 0xDC80 <= code <= 0xDCFF:  # how Python carries a byte that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    hidden = unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") or letter in _TURNS_TEXT
    return f"\\u{code:04x}" if hidden else letter

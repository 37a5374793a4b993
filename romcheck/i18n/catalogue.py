"""The sentences of each language, read from their files."""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from babel import Locale
from babel.messages.pofile import read_po

from romcheck.i18n.languages import LANGUAGES, Language

LANGUAGE_NAMES: dict[Language, str] = {
    language: (Locale(language).get_language_name() or language).capitalize() for language in LANGUAGES
}
"""Each in its own language."""


@dataclass(frozen=True)
class Catalogue:
    """One language.

    Attributes
    ----------
    texts : sentences by key; of several forms, the last, which is the plural
    forms : the forms of those that have more than one
    form : number of the form that a count takes
    region : country for typographic rules, such as ``GB``
    """

    texts: dict[str, str]
    forms: dict[str, tuple[str, ...]]
    form: Callable[[int], int]
    region: str


@cache
def read(language: Language) -> Catalogue:
    """The catalogue of a language.

    Raises
    ------
    ValueError
        If its file is not in gettext's format.
    """
    with (files(__package__) / f"{language}.po").open("rb") as file:
        held = read_po(file, abort_invalid=True)
    texts: dict[str, str] = {}
    forms: dict[str, tuple[str, ...]] = {}
    for entry in held:
        if not entry.id:  # the header
            continue
        told = tuple(map(str, entry.string if isinstance(entry.string, tuple) else (entry.string,)))
        if language == "fr":
            told = tuple(map(_unbroken, told))
        key = str(entry.id[0] if isinstance(entry.id, (tuple, list)) else entry.id)
        texts[key] = told[-1]
        if len(told) > 1:
            forms[key] = told
    region = held.locale.territory if held.locale else None
    return Catalogue(texts, forms, gettext.c2py(held.plural_expr), region or "")


def catalogue(language: Language) -> dict[str, str]:
    """Every sentence of a language by its key, ``section.name``."""
    return read(language).texts


def _unbroken(text: str) -> str:
    """Make the space before French double punctuation non-breaking."""
    return re.sub(r"(?<=«) | (?=[;:?!»])", "\N{NO-BREAK SPACE}", text)

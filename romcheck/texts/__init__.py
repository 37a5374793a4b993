"""The sentences people read and hear, in every language, from one catalogue; numbers as the language writes them.

The files of a language lie in a folder of its name, ``en``, ``fr``: a section for each place, a line for each sentence,
with names in braces where numbers stand. Every language holds the same keys.
"""

from __future__ import annotations

import re
from configparser import ConfigParser
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from romcheck.results import UNSURE_DEG

Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
LANGUAGE_NAMES: dict[Language, str] = {"en": "English", "fr": "Français"}


class Texts:
    """The sentences of one language.

    Parameters
    ----------
    language : ``en`` or ``fr``
    """

    def __init__(self, language: Language) -> None:
        self.language = language
        self._texts = catalogue(language)

    def __call__(self, key: str, /, **numbers: float | str) -> str:
        """The sentence of a key such as ``check.active.hold``.

        Parameters
        ----------
        key : section and name
        numbers : what stands in its braces; numbers are rounded to whole ones, words are put in as they are

        Raises
        ------
        KeyError
            If there is no such sentence, or it wants a number that was not given.
        """
        words = {k: v if isinstance(v, str) else self.number(v) for k, v in numbers.items()}
        return self._texts[key].format_map(words)

    def __contains__(self, key: str) -> bool:
        return key in self._texts

    def number(self, value: float, digits: int = 0) -> str:
        """A number with so many decimals, as the language writes it."""
        pattern = "#,##0." + "0" * digits if digits else "#,##0"
        return str(format_decimal(round(value, digits) + 0.0, format=pattern, locale=self.language))

    def short(self, value: float) -> str:
        """A number with one decimal, or none where it is whole."""
        return self.number(value, 0 if round(value, 1) == round(value) else 1)

    def degrees(self, value: float | None, half_width: float | None = None, at_least: bool = False) -> str:
        """An angle with the half-width of its 95 % interval, as in "47.7° ± 2.9°"; no number where it is too unsure."""
        if half_width is not None and half_width > UNSURE_DEG:
            return self("words.too_unsure")
        if value is None:
            return self("words.not_measured")
        text = f"{self.number(value, 1)}°"
        if half_width is not None:
            text += f" ± {self.number(half_width, 1)}°"
        return self("words.at_least", angle=text) if at_least else text

    def day(self, day: date) -> str:
        """A day, written out."""
        return str(format_date(day, "long", locale=self.language))

    def moment(self, moment: datetime) -> str:
        """A day and an hour."""
        return str(format_datetime(moment, "medium", locale=self.language))


@cache
def catalogue(language: Language) -> dict[str, str]:
    """Every sentence of a language by its key, ``section.name``."""
    parser = ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    for file in sorted((files(__package__) / language).iterdir(), key=lambda file: file.name):
        if file.name.endswith(".ini"):
            parser.read_string(file.read_text("utf-8"))
    texts = {f"{section}.{name}": text.strip() for section in parser.sections() for name, text in parser.items(section)}
    return {key: _unbroken(text) for key, text in texts.items()} if language == "fr" else texts


def _unbroken(text: str) -> str:
    """French sets a space before double marks, at which no line may break."""
    return re.sub(r"(?<=«) | (?=[;:?!»])", "\N{NO-BREAK SPACE}", text)

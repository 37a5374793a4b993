"""Sentences in the reader's language, with numbers and days as the language writes them."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Protocol, runtime_checkable

from babel.dates import format_date, get_day_names, get_month_names
from babel.numbers import format_decimal, get_decimal_symbol, get_group_symbol

from romcheck.i18n.catalogue import read
from romcheck.i18n.languages import Language
from romcheck.results import UNSURE_DEG


@runtime_checkable
class Sentence(Protocol):
    """A code and the values of its sentence: a :class:`romcheck.i18n.message.Message`, which is text by this module."""

    @property
    def code(self) -> str:
        """Key in the catalogue."""
        ...

    @property
    def values(self) -> Mapping[str, Any]:
        """Values for the placeholders, by name."""
        ...


class Texts:
    """The sentences of one language.

    Parameters
    ----------
    language : ``en`` or ``fr``
    """

    def __init__(self, language: Language) -> None:
        self.language = language
        self._held = read(language)

    def __reduce__(self) -> tuple[type[Texts], tuple[Language]]:
        """Pickled by its language."""
        return type(self), (self.language,)

    def __call__(self, key: str, /, **numbers: float | str) -> str:
        """The sentence of a key such as ``check.active.hold``.

        Parameters
        ----------
        key : section and name
        numbers : what stands in its braces; numbers are rounded to whole ones, words are put in as they are; ``count``
            chooses between singular and plural where the sentence has both

        Raises
        ------
        KeyError
            If there is no such sentence, or a value is missing.
        """
        words = {k: v if isinstance(v, str) else self.number(v) for k, v in numbers.items()}
        return self._form(key, numbers.get("count")).format_map(words)

    def __contains__(self, key: str) -> bool:
        return key in self._held.texts

    def listed(self, items: Iterable[str]) -> str:
        """Items that may contain commas, one after the other."""
        return self("words.semicolon").join(items)

    def say(self, message: Sentence, page: bool = False) -> str:
        """The sentence of a message; with ``page``, for an error, the page's own sentence where there is one.

        Numbers are formatted as in the braces of the sentence (``{degrees:.1f}``), with the decimal mark of the
        language; messages among the values in the same language; several values are separated by commas, or as in the
        braces (``{reasons:; }``). A code without a sentence is returned as text.
        """
        key = message.code
        if page and (own := f"problem.{key.removeprefix('error.')}") in self:
            key = own
        if key not in self:
            return key
        form = self._form(key, message.values.get("count"))
        return _Braces(self, page).vformat(form, (), message.values).strip()

    def _form(self, key: str, count: Any) -> str:
        forms = self._held.forms.get(key)
        if forms is None or not isinstance(count, (int, float)):
            return self._held.texts[key]
        return forms[self._held.form(int(count))]

    def number(self, value: float, digits: int = 0) -> str:
        """A number with this many decimals, in the format of the language."""
        pattern = "#,##0." + "0" * digits if digits else "#,##0"
        return str(format_decimal(round(value, digits) + 0.0, format=pattern, locale=self.language))

    def short(self, value: float) -> str:
        """A number with one decimal, or none where it is whole."""
        return self.number(value, 0 if round(value, 1) == round(value) else 1)

    def degrees(
        self,
        value: float | None,
        half_width: float | None = None,
        at_least: bool = False,
        *,
        bare: bool = False,
        digits: int = 1,
    ) -> str:
        """An angle with the half-width of its 95 % interval, as in "47.7° ± 2.9°"; no number where it is too uncertain.

        Parameters
        ----------
        bare : omit the half-width; it still decides whether the angle is shown
        digits : decimals
        """
        if half_width is not None and half_width > UNSURE_DEG:
            return self("words.too_unsure")
        if value is None:
            return self("words.not_measured")
        text = f"{self.number(value, digits)}°"
        if half_width is not None and not bare:
            text += f" ± {self.number(half_width, digits)}°"
        return self("words.at_least", angle=text) if at_least else text

    def day(self, day: date) -> str:
        """A day, written out, its number first."""
        return self.written(day, "d MMMM yyyy")

    def written(self, day: date, form: str) -> str:
        """A day in one of Babel's forms; the first of a month is an ordinal in French."""
        text = str(format_date(day, form, locale=self.language))
        return text.replace("1 ", "1er ", 1) if self.language == "fr" and day.day == 1 else text

    def calendar(self) -> list[str]:
        """The months, then the days of the week in two letters."""
        months, days = get_month_names("wide", locale=self.language), get_day_names("short", locale=self.language)
        return [*(months[number] for number in range(1, 13)), *(days[number] for number in range(7))]

    def moment(self, moment: datetime) -> str:
        """A day and an hour, the day as everywhere."""
        return f"{self.written(moment.date(), 'd MMM yyyy')}, {moment:%H:%M}"


class _Braces(string.Formatter):
    """Formats values for a sentence, in its language."""

    def __init__(self, texts: Texts, page: bool) -> None:
        self._texts, self._page = texts, page

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, Sentence):
            return self._texts.say(value, self._page)
        if isinstance(value, (list, tuple)):
            return (format_spec or ", ").join(self.format_field(one, "") for one in value)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return str(value)
        language = self._texts.language
        marks = {".": get_decimal_symbol(language), ",": get_group_symbol(language)}
        return "".join(marks.get(letter, letter) for letter in format(value, format_spec))

"""Numbers and dates as written in charts and reports."""

from __future__ import annotations

import re
from datetime import date

from babel.dates import format_date
from babel.numbers import format_percent

from romcheck.i18n.texts import Texts

MINUS = "\N{MINUS SIGN}"


class Wording(Texts):
    """The sentences of one language, with numbers and dates as in print."""

    def number(self, value: float, digits: int = 0) -> str:
        """A number with this many decimals, in the format of the language, with a true minus sign."""
        return super().number(value, digits).replace("-", MINUS)

    def angle(self, value: float | None, digits: int = 1) -> str:
        """An angle, or that it was not measured."""
        return self("words.not_measured") if value is None else f"{self.number(value, digits)}°"

    def signed(self, value: float, digits: int = 1) -> str:
        """An angle with its sign; none for what rounds to zero."""
        text = self.angle(value, digits)
        return f"+{text}" if round(value, digits) > 0 else text

    def short_number(self, value: float) -> str:
        """A number with one decimal, or none where it is whole."""
        return self.number(value, 0 if float(value).is_integer() else 1)

    def percent(self, share: float) -> str:
        """A share in whole per cent, the sign after a space as in all sentences."""
        text = str(format_percent(share, locale=self.language)).replace("-", MINUS)
        return re.sub(r"(?<=\d)%", "\N{NO-BREAK SPACE}%", text)

    def short_day(self, day: date) -> str:
        """A short date with the month as a word, so that day and month are not confused."""
        return self.written(day, "d MMM yyyy")

    def day_and_month(self, day: date) -> str:
        """A day within a year."""
        return self.written(day, "d MMM")

    def month(self, day: date) -> str:
        """A month and its year."""
        return str(format_date(day, "MMM yyyy", locale=self.language))

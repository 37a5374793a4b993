"""The errors of a joint position test in words: one row a side, in degrees and on the wall."""

from __future__ import annotations

from typing import Literal

from romcheck.i18n.texts import Texts
from romcheck.results import Interval, Movement, PositionError

UNITS: tuple[Literal["deg", "cm"], ...] = ("deg", "cm")
COLUMNS = ("from", "returns", "constant", "absolute", "variable")
"""Of the rows, as ``errors.column.NAME``."""


def error_heads(words: Texts) -> list[str]:
    """Heads of the columns."""
    return [words(f"errors.column.{name}") for name in COLUMNS]


def error_rows(found: tuple[PositionError, ...], words: Texts) -> list[list[str]]:
    """From where, how many returns, and constant, absolute and variable error, each with its 95 % interval."""
    return [
        [
            words(f"errors.from.{of.side}"),
            words.number(of.trials),
            *(
                _error_text(one, words, sign)
                for one, sign in ((of.constant, True), (of.absolute, False), (of.variable, False))
            ),
        ]
        for of in found
    ]


def _error_text(of: Interval | None, words: Texts, sign: bool) -> str:
    if of is None:
        return words("words.not_measured")
    return ", ".join(dict.fromkeys(interval_text(of, unit, words, sign=sign) for unit in UNITS))


def trial_text(trial: Movement, words: Texts, *, bare: bool = False) -> str:
    """Angle of a trial; of a return its error with its sign. `bare` omits the half-width."""
    text = words.degrees(trial.angle_deg, trial.uncertainty_deg, trial.at_least, bare=bare)
    if trial.error_deg is None or trial.unsure:
        return text
    half = "" if trial.uncertainty_deg is None or bare else f" ± {words.number(trial.uncertainty_deg, 1)}°"
    return f"{signed(trial.error_deg, words)}°{half}"


def interval_text(of: Interval, unit: Literal["deg", "cm"], words: Texts, *, sign: bool = False) -> str:
    """A value with its interval, as in "+0.6° (−6.4 to +7.5)", unless that is too wide to state."""
    if of.unsure:
        return words("words.too_unsure")
    value, low, high = (getattr(of, f"{name}_{unit}") for name in ("value", "low", "high"))
    told = signed(value, words, sign) + ("°" if unit == "deg" else "\N{NO-BREAK SPACE}cm")
    return words("errors.interval", value=told, low=signed(low, words, sign), high=signed(high, words, sign))


def signed(value: float, words: Texts, sign: bool = True) -> str:
    """A number with one decimal, with its sign where one is wanted."""
    text = words.number(value, 1).replace("-", "\N{MINUS SIGN}")
    return f"+{text}" if sign and round(value, 1) > 0 else text

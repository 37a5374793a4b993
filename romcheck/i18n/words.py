"""Names for the codes of a result."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from romcheck.protocols import PROTOCOLS
from romcheck.protocols.protocol import WORDS
from romcheck.results import ANGLE_DECIMALS, UNSURE_DEG, Interval, LensKnowledge, Movement, MovementName, Summary, Test

TEST_TITLES: dict[Test, str] = {test: protocol.title for test, protocol in PROTOCOLS.items()}

MOVEMENT_WORDS: dict[MovementName, str] = WORDS

LENS_WORDS: dict[LensKnowledge, str] = {
    "calibrated": "lens calibrated",
    "stated": "lens as stated",
    "assumed": "lens assumed",
}


def reason_words(code: str) -> str:
    """Reason code as shown in plots and tables: ``flexion_lost`` reads "flexion lost"."""
    return code.replace("_", " ")


def degrees(value: float | None, half_width: float | None = None, at_least: bool = False, *, bare: bool = False) -> str:
    """Angle with the half-width of its 95 % interval, as in "47.7° ± 2.9°", if it is certain enough to be shown.

    Parameters
    ----------
    bare : omit the half-width; it still decides whether the angle is shown
    """
    if value is None:
        return "not measured"
    if half_width is not None and half_width > UNSURE_DEG:
        return "too uncertain to state"
    text = f"{_tenths(value):.1f}°"
    if half_width is not None and not bare:
        text += f" ± {_tenths(half_width):.1f}°"
    return f"at least {text}" if at_least else text


def _tenths(value: float) -> float:
    """Rounded as in the result's file, then to a tenth: both are shown alike, and never as -0."""
    return round(round(value, ANGLE_DECIMALS), 1) + 0.0


def movement_angle(movement: Movement) -> str:
    """Angle of one movement in words, with its uncertainty."""
    return degrees(movement.angle_deg, movement.uncertainty_deg, movement.at_least)


def mean_angle(summary: Summary, movements: Iterable[Movement]) -> str:
    """Mean of one movement's trials in words; the trials themselves where they differ too much to average."""
    if summary.reason == "unsure":  # a single return has no half-width either
        return "too uncertain to state"
    if summary.reason != "trials_differ":
        return degrees(summary.mean_deg, summary.uncertainty_deg)
    angles = ", ".join(degrees(m.angle_deg, m.uncertainty_deg, bare=True) for m in used(summary, movements))
    return f"{angles}: they differ too much to average"


def largest_angle(summary: Summary, movements: Iterable[Movement]) -> str:
    """Largest angle of one movement's trials that count in words; empty where there is none."""
    trials = [m for m in used(summary, movements) if m.angle_deg is not None]
    if not trials:
        return ""
    largest = max(trials, key=lambda m: m.angle_deg or 0.0)
    return degrees(largest.angle_deg, largest.uncertainty_deg, bare=True)


def used(summary: Summary, movements: Iterable[Movement]) -> list[Movement]:
    """The trials of one movement that count."""
    return [m for m in movements if m.movement == summary.movement and m.trial in summary.trials]


def outward_deg(movement: Movement) -> float | None:
    """Angle towards the movement's own side: of a return, + where it stopped short of the middle."""
    return movement.angle_deg if movement.error_deg is None else -movement.error_deg


def signed_error(movement: Movement) -> str:
    """Error of a return with its sign and the half-width of its interval, as in "+3.1° ± 0.8°"."""
    if movement.error_deg is None:
        return degrees(None)
    if movement.unsure:
        return degrees(movement.angle_deg, movement.uncertainty_deg)
    error, half_width = _tenths(movement.error_deg), _tenths(movement.uncertainty_deg or 0.0)
    return signed(f"{error:{'+.1f' if error else '.1f'}}° ± {half_width:.1f}°")


def signed(text: str) -> str:
    """The same with a minus sign in place of a hyphen."""
    return text.replace("-", "\N{MINUS SIGN}")


def interval_words(of: Interval | None, unit: Literal["deg", "cm"] = "deg", *, sign: bool = False) -> str:
    """A value with its 95 % interval, as in "3.4° (2.1 to 4.7)"."""
    if of is None:
        return "not known"
    if of.unsure:
        return "too uncertain to state" if unit == "deg" else ""
    value, low, high = (getattr(of, f"{name}_{unit}") for name in ("value", "low", "high"))

    def shown(number: float) -> str:
        tenths = _tenths(number)
        return f"{tenths:{'+.1f' if sign and tenths else '.1f'}}"

    return signed(f"{shown(value)}{'°' if unit == 'deg' else ' cm'} ({shown(low)} to {shown(high)})")


def movement_side(movement: Movement) -> int:
    """+1 where the movement is drawn upwards (to the subject's left, or flexion), -1 where downwards."""
    return -1 if movement.movement.endswith("_right") or movement.movement == "extension" else 1

"""Names for the codes of a result."""

from __future__ import annotations

from collections.abc import Iterable

from romcheck.protocols import PROTOCOLS
from romcheck.protocols.protocol import WORDS
from romcheck.results import UNSURE_DEG, LensKnowledge, Movement, MovementName, Summary, Test

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
    """Angle with the half-width of its 95 % interval, as in "47.7° ± 2.9°", if there is one sure enough to say.

    Parameters
    ----------
    bare : leave the half-width unsaid; it tells all the same whether the angle may be said
    """
    if value is None:
        return "not measured"
    if half_width is not None and half_width > UNSURE_DEG:
        return "too uncertain to state"
    text = f"{value:.1f}°" if half_width is None or bare else f"{value:.1f}° ± {half_width:.1f}°"
    return f"at least {text}" if at_least else text


def movement_angle(movement: Movement) -> str:
    """Angle of one movement in words, with its uncertainty."""
    return degrees(movement.angle_deg, movement.uncertainty_deg, movement.at_least)


def mean_angle(summary: Summary, movements: Iterable[Movement]) -> str:
    """Mean of one movement's trials in words; the trials themselves where they differ too much to average."""
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


def movement_side(movement: Movement) -> int:
    """+1 where the movement is drawn upwards (to the subject's left, or flexion), -1 where downwards."""
    return -1 if movement.movement.endswith("_right") or movement.movement == "extension" else 1

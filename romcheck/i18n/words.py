"""The words people read for the names and codes of a result."""

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
    """Reason code as it stands in a picture or a table: ``flexion_lost`` reads "flexion lost"."""
    return code.replace("_", " ")


def degrees(value: float | None, half_width: float | None = None, at_least: bool = False) -> str:
    """Angle with the half-width of its 95 % interval, as in "47.7° ± 2.9°", if there is one sure enough to say."""
    if value is None:
        return "not measured"
    if half_width is not None and half_width > UNSURE_DEG:
        return "too unsure to say"
    text = f"{value:.1f}°" if half_width is None else f"{value:.1f}° ± {half_width:.1f}°"
    return f"at least {text}" if at_least else text


def movement_angle(movement: Movement) -> str:
    """Angle of one movement in words, with its uncertainty."""
    return degrees(movement.angle_deg, movement.uncertainty_deg, movement.at_least)


def mean_angle(summary: Summary, movements: Iterable[Movement]) -> str:
    """Mean of one movement's trials in words; the trials themselves where they differ too much to average."""
    if summary.reason != "trials_differ":
        return degrees(summary.mean_deg, summary.uncertainty_deg)
    used = (m for m in movements if m.movement == summary.movement and m.trial in summary.trials)
    return f"{', '.join(degrees(m.angle_deg) for m in used)}: they differ too much to average"


def movement_side(movement: Movement) -> int:
    """+1 where the movement is drawn upwards (to the subject's left, or flexion), -1 where downwards."""
    return -1 if movement.movement.endswith("_right") or movement.movement == "extension" else 1

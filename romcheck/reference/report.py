"""A comparison in sentences, as tables and as a file."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.table import Table

from romcheck.exchange.atomic import written_whole
from romcheck.i18n.words import MOVEMENT_WORDS
from romcheck.reference.agreement import Agreement
from romcheck.reference.comparison import MarkerComparison


def sentence(comparison: MarkerComparison) -> str:
    """One sentence on how the face-based measurement agrees with the markers at the end ranges held."""
    held = comparison.holds
    if held.bias_deg is None:
        return "No hold was seen by both, so the face's reading was not compared with the markers at the end range."
    side = "above" if held.bias_deg >= 0 else "below"
    text = (
        f"In this room, with this camera, the face reading was on average {abs(held.bias_deg):.1f}° {side} the markers"
    )
    if held.lower_deg is None or held.upper_deg is None:
        return f"{text} (one frame)."
    counted = sum(pair.compared for pair in comparison.each_movement)
    return (
        f"{text}; 95 % of readings lay within {signed(held.lower_deg)} and {signed(held.upper_deg)} of them "
        f"({held.n} frames in the holds of {counted} movement{'s' * (counted != 1)})."
    )


def signed(angle_deg: float) -> str:
    """Angle with its sign and one decimal."""
    return f"{angle_deg:+.1f}°".replace("-", "−")


def agreement_table(comparison: MarkerComparison) -> Table:
    """Agreement at the holds, in all frames and of movements, by angle band."""
    out = Table(title="Face minus markers, degrees (+ the face reads the movement larger)", title_justify="left")
    for name in ("", "n", "bias", "95 % limits", "RMSE", "MAE"):
        out.add_column(name, justify="left" if not name else "right")
    _row(out, "movements", comparison.movements)
    for name, whole, bands in (
        ("frames at holds", comparison.holds, comparison.holds_by_band),
        ("all frames", comparison.frames, comparison.frames_by_band),
    ):
        out.add_section()
        _row(out, name, whole)
        for band in bands:
            if band.agreement.n:
                to = f"–{band.to_deg}°" if band.to_deg < 180 else "° and more"
                _row(out, f"  {band.from_deg}{to}", band.agreement)
    return out


def _row(out: Table, name: str, a: Agreement) -> None:
    def number(value: float | None) -> str:
        return "" if value is None else f"{value:.1f}"

    limits = "" if a.lower_deg is None or a.upper_deg is None else f"{signed(a.lower_deg)} … {signed(a.upper_deg)}"
    bias = "" if a.bias_deg is None else signed(a.bias_deg)
    out.add_row(name, str(a.n), bias, limits, number(a.rmse_deg), number(a.mae_deg))


def movements_table(comparison: MarkerComparison) -> Table:
    """Every movement by both methods."""
    out = Table()
    for name in ("movement", "trial", "face", "markers"):
        out.add_column(name, justify="left" if name == "movement" else "right")
    for pair in comparison.each_movement:
        face = "–" if pair.face_deg is None else f"{'' if pair.held else '≥ '}{pair.face_deg:.1f}°"
        marked = "–" if pair.markers_deg is None else f"{pair.markers_deg:.1f}°"
        out.add_row(MOVEMENT_WORDS[pair.movement], str(pair.trial), face, marked)
    return out


def notes(comparison: MarkerComparison) -> str:
    """Notes on the conditions of the comparison."""
    trunk = "relative to the chest's marker" if comparison.trunk_measured else "the trunk taken as still"
    seen = comparison.face_seen_at_holds
    text = (
        f"Markers: {trunk}; head's marker seen in {comparison.markers_seen:.0%} of the frames, "
        f"{comparison.distance_m:.2f} m from the camera, "
        f"one reading sure to ±{1.96 * comparison.marker_sigma_deg:.1f}°."
    )
    if seen is not None:
        text += f" The face was read in {seen:.0%} of the held frames."
    return text


def write_comparison(comparison: MarkerComparison, path: str | Path) -> Path:
    """Write STEM.reference.json: every figure rounded to three decimals, and the sentence."""
    content = {"sentence": sentence(comparison), **_tidy(asdict(comparison))}
    with written_whole(path) as unfinished:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=2)
        unfinished.write_text(text + "\n", "utf-8", newline="\n")
    return Path(path)


def _tidy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _tidy(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_tidy(item) for item in value]
    return round(value, 3) if isinstance(value, float) else value

"""Small inline SVG drawings for the report, which need no library or picture files."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from romcheck.results import Quality

COLOURS: dict[Quality, str] = {"good": "#0072B2", "usable": "#E69F00", "rejected": "#8C8C8C"}
"""Colours of Okabe and Ito, distinguishable for colour-blind readers."""

INK, MUTED, FAINT = "#1A1A1A", "#555555", "#D9D9D9"
BIN_DEG = 5.0
QUALITIES: tuple[Quality, ...] = ("good", "usable", "rejected")


def histogram(counts: Mapping[Quality, Mapping[int, int]], top_deg: float, label: str) -> str:
    """Histogram of angles in steps of 5°, one colour per quality.

    Parameters
    ----------
    counts : by quality, how many are in each step
    top_deg : right end of the scale
    label : text for screen readers
    """
    bins = max(1, math.ceil(top_deg / BIN_DEG))
    most = max(1, *(sum(counts[q].get(b, 0) for q in QUALITIES) for b in range(bins)))
    width, height, left, bottom = 360.0, 130.0, 30.0, 22.0
    step, scale = (width - left - 14) / bins, (height - bottom - 12) / most
    parts = []
    for b in range(bins):
        y = height - bottom
        for quality in QUALITIES:
            if count := counts[quality].get(b, 0):
                y -= count * scale
                parts.append(
                    f'<rect x="{left + b * step + 0.5:.1f}" y="{y:.1f}" width="{step - 1:.1f}" '
                    f'height="{count * scale:.1f}" fill="{COLOURS[quality]}"/>'
                )
    parts.append(_line(left, height - bottom, width - 14, height - bottom, MUTED))
    for tick in range(0, int(bins * BIN_DEG) + 1, 20 if bins > 8 else 10):
        x = left + tick / BIN_DEG * step
        parts += [_line(x, height - bottom, x, height - bottom + 4, MUTED), _text(x, height - 6, f"{tick}°")]
    parts += [_text(left - 6, height - bottom + 3, "0", "end"), _text(left - 6, 16, f"{most}", "end")]
    return _svg(width, height, label, parts)


def shares(counts: Mapping[Quality, int], label: str) -> str:
    """A bar divided by quality."""
    whole = max(1, sum(counts.values()))
    parts, x = [], 0.0
    for quality in QUALITIES:
        part = 360.0 * counts.get(quality, 0) / whole
        if part:
            parts.append(f'<rect x="{x:.1f}" y="0" width="{part:.1f}" height="16" fill="{COLOURS[quality]}"/>')
        x += part
    return _svg(360, 16, label, parts)


def curve(
    time_s: Sequence[float],
    angle_deg: Sequence[float | None],
    span_s: tuple[float, float],
    hold_s: tuple[float, float] | None,
    label: str,
) -> str:
    """One angle over a few seconds, interrupted where there is none, its hold shaded.

    Parameters
    ----------
    time_s, angle_deg : of the frames that are drawn; None where a frame has no angle
    span_s : begin and end of the drawing
    hold_s : begin and end of the hold
    """
    points = list(zip(time_s, angle_deg, strict=True))
    seen = [a for _, a in points if a is not None]
    low, high = min([*seen, 0.0]), max([*seen, 0.0])
    if high - low < 20:
        low, high = low - 5, high + 5
    width, height, left, bottom, top = 240.0, 110.0, 34.0, 18.0, 8.0
    across, down = (width - left - 6) / max(span_s[1] - span_s[0], 0.1), (height - bottom - top) / (high - low)

    def x(t: float) -> float:
        return left + (t - span_s[0]) * across

    def y(a: float) -> float:
        return top + (high - a) * down

    parts = []
    if hold_s:
        parts.append(
            f'<rect x="{x(hold_s[0]):.1f}" y="{top:.0f}" width="{max(1.0, (hold_s[1] - hold_s[0]) * across):.1f}" '
            f'height="{height - bottom - top:.0f}" fill="#56B4E9" fill-opacity="0.25"/>'
        )
    parts.append(_line(left, y(0), width - 6, y(0), FAINT))
    for piece in _pieces(points):
        thinned = piece[:: max(1, len(piece) // 90)] + piece[-1:]
        drawn = " ".join(f"{x(t):.1f},{y(a):.1f}" for t, a in thinned)
        parts.append(f'<polyline points="{drawn}" fill="none" stroke="{INK}" stroke-width="1.5"/>')
    ends = [a for a in (low, high) if abs(y(a) - y(0)) > 12]
    parts += [_text(left - 4, y(a) + 4, f"{a:.0f}°".replace("-", "−"), "end") for a in [*ends, 0.0]]
    parts += [_text(x(t), height - 4, f"{t:.0f} s", anchor) for t, anchor in zip(span_s, ("start", "end"), strict=True)]
    return _svg(width, height, label, parts)


def _pieces(points: Sequence[tuple[float, float | None]]) -> list[list[tuple[float, float]]]:
    """Runs of frames that have an angle."""
    pieces: list[list[tuple[float, float]]] = [[]]
    for t, a in points:
        if a is not None:
            pieces[-1].append((t, a))
        elif pieces[-1]:
            pieces.append([])
    return [piece for piece in pieces if len(piece) > 1]


def _svg(width: float, height: float, label: str, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
        f'aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def _text(x: float, y: float, words: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="11" fill="{MUTED}">{escape(words)}</text>'

"""A person's progress as one picture and in plain words without numbers."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from romcheck.change import SideProgress, side_progress
from romcheck.clinical import Occasion, Treatment
from romcheck.i18n.texts import Texts

WIDTH, ROW, LEFT, RIGHT = 360.0, 196.0, 14.0, 280.0
TOP, BOTTOM = 72.0, 164.0
"""Of a row: where the largest and the smallest range are drawn."""
TEXT, SMALL = 17, 15
LEAST_SPAN_DEG = 20.0
"""What fills the height of a row at least: a scatter of a few degrees is not to look like a mountain."""
APART = 20.0
"""Between the middles of two labels."""


def progress(occasions: Sequence[Occasion], treatments: Sequence[Treatment] = ()) -> tuple[SideProgress, ...]:
    """Every movement of the latest measurement's test, where something can be said of it."""
    if not occasions:
        return ()
    latest = max(occasions, key=lambda o: (o.on, o.conditions.minutes_since_treatment or 0))
    if latest.result.test == "joint-position":  # repeats too poorly for a change
        return ()
    found = (side_progress(occasions, s.movement, [t.on for t in treatments]) for s in latest.result.summary)
    return tuple(side for side in found if side is not None)


def side_sentences(side: SideProgress, texts: Texts) -> list[str]:
    """What there is to say of one movement: since the beginning, a lasting fall or today, the best day."""
    each = [texts(f"progress.goes.{standing}") for standing in side.beside_first]
    if side.since_start == "uneven":
        said = [texts("progress.start.uneven", first=each[0], second=each[1])]
    else:
        said = [texts(f"progress.start.{side.since_start or ('first' if len(side.points) == 1 else 'unknown')}")]
    if side.fallen:
        said.append(texts("progress.fallen"))
    elif side.beside_usual is not None:
        said.append(texts(f"progress.today.{side.beside_usual}"))
    # Where the beginning, or a part of it, was another, the days are not alike, however wide the usual range is.
    if side.best_beside_usual == "same" and side.since_start == "same":
        said.append(texts("progress.best.same"))
    elif side.best_beside_usual == "more":
        said.append(texts("progress.best.today" if side.best == len(side.points) - 1 else "progress.best.earlier"))
    if side.fallen or side.since_start == "less":
        said.append(texts("progress.tell"))
    return said


def progress_svg(sides: Sequence[SideProgress], texts: Texts) -> str:
    """Draw the movements one below the other, each over the same months: the usual as a band, the best, and today.

    What is beyond the band is what the words call further or less far than usual.
    """
    if not sides:
        return ""
    days = [point.date.toordinal() for side in sides for point in side.points]
    first, last = min(days), max(days)
    told = " ".join(f"{texts(f'progress.side.{s.movement}')}: {' '.join(side_sentences(s, texts))}" for s in sides)
    rows = "".join(_row(side, number, first, last, texts) for number, side in enumerate(sides))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {ROW * len(sides):.0f}" role="img" '
        'aria-labelledby="progress-title progress-desc" style="display:block;width:100%;max-width:36rem;margin:auto" '
        'font-family="inherit" fill="currentColor">'
        f'<title id="progress-title">{escape(texts("progress.title"))}</title>'
        f'<desc id="progress-desc">{escape(told)}</desc>{rows}</svg>'
    )


def _row(side: SideProgress, number: int, first: int, last: int, texts: Texts) -> str:
    means = [point.mean_deg for point in side.points]
    ends = [*means]
    if side.usual_deg is not None and side.noise_deg is not None:
        ends += [side.usual_deg - side.noise_deg, side.usual_deg + side.noise_deg]
    middle, span = (min(ends) + max(ends)) / 2, max(LEAST_SPAN_DEG, max(ends) - min(ends))

    def high(degrees: float) -> float:
        return (TOP + BOTTOM) / 2 - (degrees - middle) / span * (BOTTOM - TOP)

    def across(day: int) -> float:
        return RIGHT if last == first else LEFT + (day - first) / (last - first) * (RIGHT - LEFT)

    colour = "var(--st-primary-color, currentColor)"
    at = [(across(point.date.toordinal()), high(point.mean_deg)) for point in side.points]
    x, y = at[-1]
    parts = [_text(LEFT, 24, texts(f"progress.side.{side.movement}"), TEXT + 3, weight="bold")]
    labels = [(y, texts("progress.mark.today"), "bold")]
    if side.usual_deg is not None and side.noise_deg is not None:
        low, top = high(side.usual_deg - side.noise_deg), high(side.usual_deg + side.noise_deg)
        parts.append(
            f'<rect class="usual" x="{LEFT:.0f}" y="{top:.1f}" width="{RIGHT - LEFT:.0f}" height="{low - top:.1f}" '
            'rx="6" opacity=".16"/>'
        )
        labels.append(((low + top) / 2, texts("progress.mark.usual"), "normal"))
    line = " ".join(f"{a:.1f},{b:.1f}" for a, b in at)
    parts.append(f'<polyline points="{line}" fill="none" stroke="currentColor" stroke-width="2" opacity=".6"/>')
    parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3.5"/>' for a, b in at[:-1]]
    if side.best_beside_usual == "more" and side.best < len(at) - 1:
        a, b = at[side.best]
        parts.append(f'<path class="best" d="M{a:.1f} {b - 7:.1f}l6 -13h-12z"/>')
        where = min(max(a, LEFT + 24), RIGHT - 24)
        parts.append(_text(where, b - 25, texts("progress.mark.best"), SMALL, anchor="middle"))
    parts.append(f'<circle class="today" cx="{x:.1f}" cy="{y:.1f}" r="9" fill="{colour}"/>')
    parts += [_text(RIGHT + 13, b + 5, words, SMALL, weight=weight) for b, words, weight in _spread(labels)]
    if number == 0:
        parts.append(_text(RIGHT, ROW - 8, texts("progress.mark.further"), SMALL, anchor="end"))
    parts.append(_text(LEFT, ROW - 8, texts("progress.mark.start"), SMALL))
    return f'<g transform="translate(0 {number * ROW:.0f})">{"".join(parts)}</g>'


def _spread(labels: list[tuple[float, str, str]]) -> list[tuple[float, str, str]]:
    """Labels of a column, those that would overlap moved apart."""
    if len(labels) == 2 and abs(labels[0][0] - labels[1][0]) < APART:
        (a, today, one), (b, usual, other) = labels
        middle, way = (a + b) / 2, -1 if a <= b else 1
        return [(middle + way * APART / 2, today, one), (middle - way * APART / 2, usual, other)]
    return labels


def _text(x: float, y: float, text: str, size: int, anchor: str = "start", weight: str = "normal") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" font-weight="{weight}">'
        f"{escape(text)}</text>"
    )

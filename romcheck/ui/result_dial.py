"""The result as a picture (SVG): a head, and from its middle an arc to each side as far as it moved."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import cos, radians, sin
from textwrap import wrap

from romcheck.i18n.texts import Texts
from romcheck.i18n.words import used
from romcheck.protocols import PROTOCOLS
from romcheck.results import UNSURE_DEG, MovementName, Result, Summary, Test

SEEN_FROM: dict[Test, str] = {
    "rotation": "above",
    "flexion-rotation": "above",
    "flexion-extension": "side",
    "lateral-flexion": "front",
}
"""From where the head is drawn; the joint position test, which is missing here, has a picture of its own."""

ON_THE_RIGHT: tuple[MovementName, ...] = ("rotation_right", "flexion", "lateral_flexion_left")
"""What goes to the right of the picture. From the front the subject's left is there."""

INNER, OUTER = 118.0, 142.0
INNER_THEN, OUTER_THEN = 104.0, 113.0
"""The narrow ring of last time, beneath today's."""
UNKNOWN_DEG = 90.0
"""How far the empty dashed band of a side without a mean reaches: all the way, so that it reads as no angle."""

NAME_SIZE, ANGLE_SIZE = 23, 30
"""Of the name of a side, 13 px on a screen of 320, and of its angle."""

HEADS = {
    "above": '<ellipse cx="0" cy="12" rx="108" ry="26" opacity=".45"/><ellipse cx="-46" cy="2" rx="6" ry="12"/>'
    '<ellipse cx="46" cy="2" rx="6" ry="12"/><ellipse cx="0" cy="0" rx="44" ry="54"/><path d="M-9-53 0-70 9-53"/>',
    "front": '<path d="M-17-12C-18 8-30 16-72 30M17-12C18 8 30 16 72 30" opacity=".45"/>'
    '<ellipse cx="0" cy="-54" rx="38" ry="50"/><path d="M-38-64c-9-4-11 18-1 20M38-64c9-4 11 18 1 20"/>'
    '<ellipse cx="-15" cy="-61" rx="6" ry="3"/><ellipse cx="15" cy="-61" rx="6" ry="3"/>'
    '<path d="M0-58 5-42-3-41M-11-26Q0-22 11-26"/>',
    "side": '<path d="M-16-8C-20 10-32 20-38 34M10-2C12 14 24 22 28 34" opacity=".45"/>'
    '<path d="M-14-6C-18-22-38-32-37-62C-35-92-10-102 12-96C30-91 37-78 36-63L46-46 38-42 40-36 37-32 39-26 35-22'
    ' 36-14C32-4 22-10 10-2"/><ellipse cx="-4" cy="-52" rx="6" ry="9"/><path d="M23-62h8M29-29h9"/>',
}


def dial_svg(
    result: Result, said: Sequence[tuple[str, str]], texts: Texts, last: tuple[Result, str] | None = None
) -> str:
    """Draw the main test of a result; empty for a test that has no picture.

    Parameters
    ----------
    said : name and mean in words of each of the test's two movements, in the protocol's order
    last : an earlier result of the same test that can be compared, drawn beneath it, and its day in words
    """
    seen_from = SEEN_FROM.get(result.test)
    if seen_from is None:
        return ""
    parts, told = [], []
    for movement, (name, mean) in zip(PROTOCOLS[result.test].movements, said, strict=True):
        summary, side = _summary(result, movement), 1 if movement in ON_THE_RIGHT else -1
        at_least = summary is not None and any(m.at_least for m in used(summary, result.movements))
        if summary is None or not _stated(summary):
            parts.append(_unknown(movement, side, mean))
        else:
            parts.append(_known(summary, side, at_least, texts))
            mean = texts("words.at_least", angle=mean) if at_least else mean
        lines = wrap(name, 14)
        parts.append(svg_words(f"{side * 150:.0f}", 92, lines, NAME_SIZE, "middle"))
        told.append(side_said(name, mean, texts))
        if last is not None and (then := _summary(last[0], movement)) is not None and _stated(then):
            beyond = any(m.at_least for m in used(then, last[0].movements))
            parts.append(_then(then, side))
            angle = texts.degrees(then.mean_deg, then.uncertainty_deg, beyond)
            short = texts.degrees(then.mean_deg, then.uncertainty_deg, beyond, bare=True)
            below = 92 + 1.1 * NAME_SIZE * len(lines)
            parts.append(svg_words(f"{side * 150:.0f}", below, [texts("result.last_time", angle=short)], 20, "middle"))
            told.append(texts("result.last_time_on", day=last[1], angle=angle))
    return svg_picture(
        f"-250 -205 500 {345 if last is None else 362}",
        texts(f"result.seen_from.{seen_from}"),
        told,
        f'<g fill="none" stroke="currentColor" stroke-width="2.5" stroke-linejoin="round">{HEADS[seen_from]}</g>'
        f'<path d="M0-{INNER - 6 if last is None else INNER_THEN:.0f}V-{OUTER + 8:.0f}" stroke="currentColor" '
        f'stroke-width="2" opacity=".6"/>{"".join(parts)}',
    )


def svg_picture(view_box: str, title: str, told: Sequence[str], drawn: str) -> str:
    """A picture of a result with what is read aloud instead of it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view_box}" role="img" '
        'aria-labelledby="dial-title dial-desc" style="display:block;width:100%;max-width:34rem;margin:auto" '
        'font-family="inherit" fill="currentColor">'
        f'<title id="dial-title">{escape(title)}</title><desc id="dial-desc">{escape("; ".join(told))}</desc>'
        f"{drawn}</svg>"
    )


def side_said(name: str, mean: str, texts: Texts) -> str:
    """A side and its mean, to be read aloud."""
    return f"{name}: {mean}" if texts.language == "en" else f"{name}\N{NO-BREAK SPACE}: {mean}"


def _summary(result: Result, movement: MovementName) -> Summary | None:
    return next((summary for summary in result.summary if summary.movement == movement), None)


def _stated(summary: Summary) -> bool:
    """Whether the side has a mean that is shown as a number."""
    half = summary.uncertainty_deg
    return (
        bool(summary.trials)
        and summary.reason is None
        and summary.mean_deg is not None
        and (half is None or half <= UNSURE_DEG)
    )


def _at(side: int, degrees: float, radius: float) -> str:
    """Point at an angle from straight up, towards a side of the picture."""
    return f"{side * radius * sin(radians(degrees)):.2f} {-radius * cos(radians(degrees)):.2f}"


def _band(side: int, start: float, end: float, inner: float = INNER, outer: float = OUTER) -> str:
    """Path of a piece of a ring."""
    out, back = (1, 0) if side > 0 else (0, 1)
    return (
        f"M{_at(side, start, outer)}A{outer:.0f} {outer:.0f} 0 0 {out} {_at(side, end, outer)}"
        f"L{_at(side, end, inner)}A{inner:.0f} {inner:.0f} 0 0 {back} {_at(side, start, inner)}Z"
    )


def _then(summary: Summary, side: int) -> str:
    """Faint arc to the mean of last time, with a mark at its end."""
    mean = summary.mean_deg or 0.0
    return (
        f'<path class="then" data-movement="{summary.movement}" fill="currentColor" opacity=".4" '
        f'd="{_band(side, 0, mean, INNER_THEN, OUTER_THEN)}"/>'
        f'<path d="M{_at(side, mean, INNER_THEN - 3)}L{_at(side, mean, OUTER_THEN + 2)}" stroke="currentColor" '
        'stroke-width="2"/>'
    )


def _known(summary: Summary, side: int, at_least: bool, texts: Texts) -> str:
    """Arc to the mean, fading over its interval; with an arrow onwards where the head went further."""
    mean, half = summary.mean_deg or 0.0, summary.uncertainty_deg or 0.0
    name, colour = summary.movement, "var(--st-primary-color, currentColor)"
    middle = (INNER + OUTER) / 2
    label = texts.degrees(mean, half, bare=True)
    if at_least:
        tip = f"{_at(side, mean, INNER - 8)}L{_at(side, mean + 9, middle)}L{_at(side, mean, OUTER + 8)}Z"
        drawn = f'<path class="arc" data-movement="{name}" d="{_band(side, 0, mean)}" fill="{colour}"/>'
        drawn += f'<path class="onwards" d="M{tip}" fill="{colour}"/>'
    else:
        low, high = max(mean - half, 0.0), mean + half
        (x1, y1), (x2, y2) = (_at(side, angle, middle).split() for angle in (low, high))
        drawn = (
            f'<defs><linearGradient id="soft-{name}" gradientUnits="userSpaceOnUse" x1="{x1}" y1="{y1}" x2="{x2}" '
            f'y2="{y2}"><stop offset="0" stop-color="{colour}"/><stop offset="1" stop-color="{colour}" '
            f'stop-opacity="0"/></linearGradient></defs>'
            f'<path class="arc" data-movement="{name}" d="{_band(side, 0, low)}" fill="{colour}"/>'
            f'<path class="interval" d="{_band(side, low, high)}" fill="url(#soft-{name})"/>'
            f'<path class="mean" data-movement="{name}" d="M{_at(side, mean, INNER - 5)}L{_at(side, mean, OUTER + 5)}" '
            'stroke="currentColor" stroke-width="3"/>'
        )
    x, y = _at(side, mean, OUTER + 16).split()
    anchor = "start" if side > 0 else "end"
    if at_least:
        before = texts("words.at_least", angle="").strip()
        drawn += svg_words(x, float(y) + 4 - ANGLE_SIZE, [before], NAME_SIZE - 3, anchor)
    return drawn + svg_words(x, float(y) + 4, [label], ANGLE_SIZE, anchor)


def _unknown(name: MovementName, side: int, word: str) -> str:
    """Empty dashed band, and why there is no angle."""
    x, y = _at(side, 45, OUTER + 10).split()
    lines = wrap(word, 13)
    top = float(y) + 4 - 21 * (len(lines) - 1)  # the last line stays clear of the band
    return (
        f'<path class="unknown" data-movement="{name}" d="{_band(side, 0, UNKNOWN_DEG)}" fill="none" '
        'stroke="currentColor" stroke-width="1.5" stroke-dasharray="5 5" opacity=".7"/>'
    ) + svg_words(x, top, lines, 20, "start" if side > 0 else "end")


def svg_words(x: str, y: float, lines: Sequence[str], size: int, anchor: str) -> str:
    """Lines of text below each other."""
    rows = "".join(f'<tspan x="{x}" dy="{size * 1.1 if i else 0:.0f}">{escape(s)}</tspan>' for i, s in enumerate(lines))
    weight = ' font-weight="600"' if size > 25 else ""
    return f'<text x="{x}" y="{y:.0f}" font-size="{size}" text-anchor="{anchor}"{weight}>{rows}</text>'

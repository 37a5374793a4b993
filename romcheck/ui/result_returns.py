"""The result of a joint position test as a picture (SVG): a head from above, and where it came to rest each time."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from textwrap import wrap

from romcheck.i18n.texts import Texts
from romcheck.i18n.words import used
from romcheck.protocols import PROTOCOLS
from romcheck.results import Movement, MovementName, Result
from romcheck.ui.result_dial import HEADS, side_said, svg_picture, svg_words

HALF_WIDTH, LEAST_DEG, STEP_DEG = 205.0, 10, 5
"""Of the scale on either side of the middle: its length, the least that it reaches to, and where it is numbered."""
MOST_DEG = 30
"""Returns further off are drawn at the end of the scale, open: none is left out, and the others stay apart."""
ROWS = {"return_from_left": -122.0, "return_from_right": -44.0}
"""Heights of the rows of marks; what each is stands above it."""
SCALE_Y = -14.0
NAME_SIZE, NUMBER_SIZE = 20, 28
HEAD = (
    '<g transform="translate(0 96) scale(.6)" fill="none" stroke="currentColor" stroke-width="4" '
    f'stroke-linejoin="round">{HEADS["above"]}</g>'
)


def returns_svg(result: Result, said: Sequence[tuple[str, str]], texts: Texts) -> str:
    """Draw a joint position test.

    Parameters
    ----------
    said : name and mean error in words of the returns from the left and from the right
    """
    movements = PROTOCOLS[result.test].movements
    counted = {movement: _counted(result, movement) for movement in movements}
    far = [abs(_place(one)) + (one.uncertainty_deg or 0.0) for of in counted.values() for one in of]
    reach = min(MOST_DEG, max(LEAST_DEG, STEP_DEG * ceil(max(far, default=0.0) / STEP_DEG)))
    parts = [_scale(reach, texts)]
    for movement, (name, mean) in zip(movements, said, strict=True):
        y = ROWS[movement]
        parts += [_mark(one, y, reach) for one in counted[movement]]
        parts.append(svg_words(f"{-HALF_WIDTH - 40:.0f}", y - 24, (name,), NAME_SIZE, "start"))
        lines = wrap(mean, 16)
        size = NUMBER_SIZE if mean.endswith("°") else NAME_SIZE
        parts.append(svg_words(f"{HALF_WIDTH + 40:.0f}", y - 24 - 1.1 * size * (len(lines) - 1), lines, size, "end"))
    told = [side_said(name, mean, texts) for name, mean in said]
    return svg_picture("-250 -190 500 325", texts("result.returns_drawn"), told, HEAD + "".join(parts))


def _counted(result: Result, movement: MovementName) -> list[Movement]:
    """The returns that count and are certain enough to be shown."""
    summary = next((one for one in result.summary if one.movement == movement), None)
    if summary is None:
        return []
    return [one for one in used(summary, result.movements) if one.error_deg is not None and not one.unsure]


def _place(movement: Movement) -> float:
    """Where the head came to rest, + to the subject's right: past the middle is on the other side."""
    error = movement.error_deg or 0.0
    return error if movement.movement == "return_from_left" else -error


def _scale(reach: int, texts: Texts) -> str:
    """The middle, and degrees to either side of it."""
    every = STEP_DEG if reach <= 4 * STEP_DEG else 2 * STEP_DEG
    drawn = [
        f'<path d="M0-160V{SCALE_Y:.0f}" stroke="currentColor" stroke-width="2" opacity=".6"/>',
        f'<path d="M0 {SCALE_Y:.0f}V50" stroke="currentColor" stroke-width="1.5" stroke-dasharray="4 5" opacity=".6"/>',
        f'<path d="M{-HALF_WIDTH:.0f} {SCALE_Y:.0f}H{HALF_WIDTH:.0f}" stroke="currentColor" stroke-width="1.5"/>',
    ]
    for degrees in range(-reach // every * every, reach + 1, every):
        if abs(degrees) <= reach:
            x = HALF_WIDTH * degrees / reach
            drawn.append(f'<path d="M{x:.1f} {SCALE_Y - 5:.0f}v10" stroke="currentColor" stroke-width="1.5"/>')
            if degrees:
                drawn.append(svg_words(f"{x:.0f}", SCALE_Y + 24, (f"{abs(degrees)}°",), NAME_SIZE, "middle"))
    for side, end in ((-1, "left"), (1, "right")):
        drawn.append(
            svg_words(f"{side * HALF_WIDTH:.0f}", SCALE_Y + 50, (texts(f"result.axis.{end}"),), NAME_SIZE, "middle")
        )
    return "".join(drawn)


def _mark(movement: Movement, y: float, reach: int) -> str:
    """A triangle that points the way the head came, and its interval around it."""
    place, half = _place(movement), movement.uncertainty_deg or 0.0
    low, x, high = (HALF_WIDTH * max(-1.0, min(1.0, at / reach)) for at in (place - half, place, place + half))
    ahead = 9.0 if movement.movement == "return_from_left" else -9.0
    colour, outside = "var(--st-primary-color, currentColor)", abs(place) > reach
    return (
        f'<rect class="interval" x="{low:.1f}" y="{y - 8:.0f}" width="{max(0.0, high - low):.1f}" height="16" rx="8" '
        f'fill="{colour}" opacity=".3"/>'
        f'<path class="return" data-movement="{movement.movement}" data-deg="{place:.2f}" '
        f'd="M{x + ahead:.1f} {y:.0f}L{x - ahead:.1f} {y - 9:.0f}V{y + 9:.0f}Z" '
        f'fill="{"none" if outside else colour}" stroke="currentColor" stroke-width="1.5"/>'
    )

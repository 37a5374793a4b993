"""Two measurements on one axis: the curve of every trial from its start, its held angle, the means with intervals."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from romcheck.arrays import Floats
from romcheck.change import BetweenDays, SideChange, SideRange, compare, side_range
from romcheck.clinical import Occasion
from romcheck.i18n.wording import Wording
from romcheck.i18n.words import movement_side, outward_deg
from romcheck.reports.drawing import AFTER, BEFORE, Look, degrees_axis, is_narrow, new_figure, plain, say_nothing
from romcheck.reports.plot import INK, main_angle, upwards, with_gaps
from romcheck.reports.sentences import pair_names, range_words
from romcheck.results import Frames, Movement, MovementName, Result

LEAD_S = 0.3
"""Seconds drawn before and after a movement."""

TEXT_PT = 8.0


def draw_before_after(
    before: Occasion, after: Occasion | None, words: Wording, width_in: float = 7.2, height_in: float = 2.7
) -> Figure:
    """Draw two measurements of one test side by side, or one alone.

    For each side: left, the curves of the trials that count, each from the start of its movement, up as the angle
    grows; right, the held angle of each trial and beside them the mean with its 95 % interval. Before is dashed and
    hollow, after solid and filled. Without frames there are no curves. A narrow drawing has one side below the other,
    each `height_in` high.
    """
    occasions = [(before, BEFORE if after is not None else AFTER)] + ([(after, AFTER)] if after is not None else [])
    movements = list(dict.fromkeys(s.movement for o, _ in occasions for s in o.result.summary))
    narrow = is_narrow(width_in)
    rows, columns = (max(1, len(movements)), 1) if narrow else (1, max(1, len(movements)))
    key_in = 0.8 if narrow else 0.46
    # Errors of a few degrees have a scale of their own beside turns of sixty.
    errors = bool(before.result.position_errors)
    height_in *= rows
    figure = new_figure(width_in, height_in)
    grid = figure.add_gridspec(
        rows,
        2 * columns,
        width_ratios=[3.0, 1.15] * columns,
        left=0.45 / width_in,
        right=0.995,
        top=1 - key_in / height_in,
        bottom=0.42 / height_in,
        wspace=0.34 if errors else 0.09,
        hspace=0.62,
    )
    first: Axes | None = None
    of_dots: Axes | None = None
    for place, movement in enumerate(movements):
        curves = figure.add_subplot(grid[2 * place], sharey=first)
        first = first or curves
        dots = figure.add_subplot(grid[2 * place + 1], sharey=of_dots if errors else first)
        of_dots = of_dots or dots
        for occasion, look in occasions:
            _draw_curves(curves, occasion, movement, look)
        _draw_dots(dots, [(side_range(o.result, movement), look) for o, look in occasions])
        _finish(curves, dots, movement, words, leftmost=narrow or place == 0, errors=errors)
    if first is not None:
        low = 0.0
        if errors and of_dots is not None:
            largest = 1.06 * _largest(occasions, movements, [5.0])
            of_dots.set_ylim(0, largest)
            degrees_axis(of_dots, words)
            low = -largest  # past the middle, a return is on the other side
        first.set_ylim(low, 1.06 * _top(occasions, movements))
        degrees_axis(first, words)
        figure.align_xlabels()
        names = () if after is None else tuple(words(f"chart.{name}") for name in pair_names(before, after))
        _key(figure, words, names, columns=1 if narrow else 3)
    else:
        say_nothing(figure.add_subplot(), words, TEXT_PT)
    return figure


def before_after_words(before: Occasion, after: Occasion | None, words: Wording, own: BetweenDays | None = None) -> str:
    """Text alternative of the chart; `own` as for :func:`romcheck.change.compare`."""
    if after is None:
        parts = []
        for summary in before.result.summary:
            text = _range_words(side_range(before.result, summary.movement), words("chart.once_word"), words)
            parts.append(words("chart.alt_side", movement=words(f"movement_name.{summary.movement}"), text=text))
        return " ".join(parts)
    first, second = (words(f"chart.{name}") for name in pair_names(before, after))
    parts = [words("chart.alt_two", a=first, b=second)] if before.frames is not None else []
    for side in compare(before, after, own).sides:
        told = [
            _range_words(side.before, first, words),
            _range_words(side.after, second, words),
            *_change_words(side, words),
        ]
        parts.append(words("chart.alt_side", movement=words(f"movement_name.{side.movement}"), text=", ".join(told)))
    return " ".join(parts)


def _range_words(side: SideRange, which: str, words: Wording) -> str:
    angle = range_words(side, words)
    return words("chart.alt_range", which=which, range=angle, count=len(side.angles_deg))


def _change_words(side: SideChange, words: Wording) -> list[str]:
    if side.change_deg is None or side.interval_deg is None:
        return []
    low, high = (words.signed(value) for value in side.interval_deg)
    return [words("chart.alt_change", change=words.signed(side.change_deg), low=low, high=high)]


def _draw_curves(axes: Axes, occasion: Occasion, movement: MovementName, look: Look) -> None:
    """Draw every trial that counts, from the start of its movement; its hold is marked."""
    if occasion.frames is None:
        return
    side = _curve(occasion.result, occasion.frames, movement)
    for trial in _counted(occasion.result, movement):
        near = (occasion.frames.time_s >= trial.start_s - LEAD_S) & (occasion.frames.time_s <= trial.end_s + LEAD_S)
        time, angle = with_gaps(occasion.frames.time_s[near] - trial.start_s, side[near])
        axes.plot(time, angle, color=look.colour, ls=look.line, lw=1.1, alpha=0.9, zorder=3)
        outward = outward_deg(trial)
        if trial.hold_start_s is not None and trial.hold_end_s is not None and outward is not None:
            middle = (trial.hold_start_s + trial.hold_end_s) / 2 - trial.start_s
            axes.plot(
                middle,
                outward,
                look.marker,
                ms=4,
                mfc=look.face,
                mec=look.colour,
                mew=1.0,
                zorder=5,
                ls="none",
            )


def _curve(result: Result, frames: Frames, movement: MovementName) -> Floats:
    """(n,) angle that grows as this movement does."""
    sign = next((movement_side(m) for m in result.movements if m.movement == movement), 1)
    return np.asarray(sign * upwards(main_angle(result), frames))


def _draw_dots(axes: Axes, sides: list[tuple[SideRange, Look]]) -> None:
    """Draw each trial's angle, and beside them the mean with its 95 % interval."""
    for place, (side, look) in enumerate(sides):
        # Trials in order within a third of the width, for any number.
        offsets = np.linspace(-0.36, -0.08, len(side.angles_deg)) if len(side.angles_deg) != 1 else np.array([-0.22])
        at = place + offsets
        axes.plot(at, side.angles_deg, look.marker, ms=4, mfc=look.face, mec=look.colour, mew=1.0, ls="none", zorder=4)
        if side.mean_deg is not None:
            axes.errorbar(
                place + 0.2,
                side.mean_deg,
                yerr=side.half_width_deg or 0.0,
                fmt="_",
                ms=8,
                color=INK,
                mew=2.0,
                elinewidth=1.2,
                capsize=3,
                lolims=side.at_least,
                zorder=5,
            )
    axes.set_xlim(-0.55, len(sides) - 0.5)


def _finish(curves: Axes, dots: Axes, movement: MovementName, words: Wording, leftmost: bool, errors: bool) -> None:
    for axes in (curves, dots):
        plain(axes, TEXT_PT)
        axes.tick_params(labelleft=errors if axes is dots else leftmost)
    curves.set_title(words(f"side.{movement}"), size=TEXT_PT + 1, weight="bold", loc="left")
    curves.set_xlabel(words("chart.seconds"), size=TEXT_PT)
    dots.set_xlabel(words("chart.errors" if errors else "chart.trials"), size=TEXT_PT)
    dots.set_xticks([])
    dots.spines["left"].set_visible(False)
    dots.tick_params(left=False)
    if not curves.lines:
        curves.set_xticks([])


def _key(figure: Figure, words: Wording, names: tuple[str, ...], columns: int) -> None:
    """What the looks mean; ``names`` are those of the two measurements, none for one alone."""
    lines = [
        Line2D([], [], color=k.colour, ls=k.line, marker=k.marker, mfc=k.face, mec=k.colour, ms=4.5, lw=1.3, label=name)
        for name, k in zip(names, (BEFORE, AFTER), strict=False)
    ]
    mean = Line2D([], [], color=INK, marker="_", ms=10, mew=2, lw=0, label=words("chart.mean_key"))
    figure.legend(
        handles=[*lines, mean],
        loc="upper right",
        bbox_to_anchor=(0.998, 1 - 0.02 / figure.get_figheight()),
        ncols=columns,
        fontsize=TEXT_PT,
        frameon=False,
        handlelength=3.2,
        borderaxespad=0,
    )


def _counted(result: Result, movement: MovementName) -> list[Movement]:
    used = {s.movement: set(s.trials) for s in result.summary}
    return [m for m in result.movements if m.movement == movement and m.trial in used.get(movement, ())]


def _top(occasions: list[tuple[Occasion, Look]], movements: list[MovementName]) -> float:
    """Top of the drawing, degrees."""
    reached = [
        float(np.nanmax(_curve(o.result, o.frames, movement), initial=0.0))
        for o, _ in occasions
        for movement in movements
        if o.frames is not None
    ]
    return _largest(occasions, movements, [20.0, *reached])


def _largest(occasions: list[tuple[Occasion, Look]], movements: list[MovementName], least: list[float]) -> float:
    """Largest of these, of the trials and of the ends of their means' intervals, degrees."""
    sides = [side_range(o.result, movement) for o, _ in occasions for movement in movements]
    ends = [(side.mean_deg or 0.0) + min(side.half_width_deg or 0.0, 15.0) for side in sides]
    return max(*least, *ends, *(angle for side in sides for angle in side.angles_deg))

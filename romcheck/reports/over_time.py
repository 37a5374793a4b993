"""Range and headaches over months: each side by date with the noise band and treatments; headache days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from textwrap import fill

import numpy as np
from matplotlib import dates as mdates
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.textpath import TextPath
from matplotlib.ticker import FuncFormatter, MaxNLocator

from romcheck.arrays import Floats
from romcheck.change import HeadachePeriod, Trend, TrendPoint, responder_line, trend
from romcheck.clinical import Occasion, Treatment
from romcheck.i18n.wording import Wording
from romcheck.published import Band, reference_band
from romcheck.reports.drawing import AFTER, BAND, degrees_axis, is_narrow, new_figure, plain, say_nothing
from romcheck.reports.plot import BLUE, INK, MUTED, ORANGE

TEXT_PT = 8.0
MARK_IN, LETTER_IN = 0.5, 0.065
"""Widths of a mark in a legend, with what is left blank beside it, and of a letter."""
LEAST_LETTERS = 12
"""On a line of a legend."""
LEGEND_LINE_IN, DATE_IN = 0.17, 0.6
"""Height of a line of the legend; width of a date below the axis."""
ROW_IN = 0.36
"""Of the headaches of a period, in a narrow drawing."""
CLEAR = {"fc": "white", "ec": "none", "pad": 1.0}
"""Ground of words that may lie across a line."""
NOTE_LETTERS = 12
"""On a line of what stands where a column of the headaches is missing."""


def trends(series: Sequence[Occasion], treatments: Sequence[Treatment] = ()) -> tuple[Trend, ...]:
    """Line of every movement of the latest measurement's test."""
    if not series:
        return ()
    latest = max(series, key=lambda o: (o.on, o.conditions.minutes_since_treatment or 0))
    treated = [t.on for t in treatments]
    return tuple(trend(series, s.movement, treated) for s in latest.result.summary)


def draw_over_time(
    series: Sequence[Occasion],
    treatments: Sequence[Treatment],
    words: Wording,
    age_years: float | None = None,
    width_in: float = 7.2,
    height_in: float = 2.5,
) -> Figure:
    """Draw each side's range by date.

    Filled squares with their 95 % intervals, joined by a line, are measurements taken alike; a hollow circle was taken
    right after a treatment, a cross differently from the latest: neither is joined. The grey band is the first
    measurement ± the noise of a change. Where a reference band is published for this way of testing, it is hatched.
    Triangles along the bottom are treatments; a ring marks a lasting fall. A narrow drawing has one side below the
    other, each `height_in` high, and the legend below both.
    """
    lines = trends(series, treatments)
    latest = max(series, key=lambda o: o.on) if series else None
    bands = {line.movement: _band(latest, line, age_years) for line in lines} if latest else {}
    handles = _handles(lines, treatments, [b for b in bands.values() if b is not None][:1], words)
    narrow = is_narrow(width_in)
    labels = [str(handle.get_label()) for handle in handles]
    rows, columns, labels = min(_in_columns(labels, n, width_in) for n in ((1,) if narrow else (3, 2, 1)))
    for handle, label in zip(handles, labels, strict=True):
        handle.set_label(label)
    panels = max(1, len(lines))
    if narrow:
        height_in = panels * height_in + LEGEND_LINE_IN * rows
    figure = new_figure(width_in, height_in)
    grid = figure.add_gridspec(
        *((panels, 1) if narrow else (1, panels)),
        left=0.45 / width_in,
        right=1 - 0.18 / width_in,
        top=1 - 0.24 / height_in,
        bottom=(0.36 + LEGEND_LINE_IN * rows) / height_in,
        wspace=0.06,
        hspace=0.28,
    )
    first: Axes | None = None
    for place, line in enumerate(lines):
        axes = figure.add_subplot(grid[place], sharey=first, sharex=first)
        first = first or axes
        _draw_line(axes, line, bands.get(line.movement))
        plain(axes, TEXT_PT)
        axes.tick_params(labelleft=narrow or place == 0)
        axes.set_title(words(f"side.{line.movement}"), size=TEXT_PT + 1, weight="bold", loc="left", pad=3)
    if first is None:
        say_nothing(figure.add_subplot(), words, TEXT_PT)
        return figure
    low, high = first.get_ylim()
    low, high = max(0.0, low - 0.12 * (high - low)), high + 0.03 * (high - low)
    first.set_ylim(low, high)
    degrees_axis(first, words)
    days = [p.date for line in lines for p in line.points] + [t.on for t in treatments]
    panel_in = first.get_position().width * width_in
    _date_axis(first, days, words, most=min(5, int(panel_in / DATE_IN)))
    for axes in figure.axes:
        at = _days([t.on for t in treatments])
        axes.plot(at, np.full(len(at), low + 0.045 * (high - low)), "^", color=INK, ms=5, ls="none", zorder=6)
    figure.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0.4 / width_in, 0.0) if not narrow else (0.0, 0.0),
        ncols=columns,
        fontsize=TEXT_PT - 0.5,
        frameon=False,
        handlelength=2.2,
        borderaxespad=0.1,
        labelspacing=0.25,
        columnspacing=1.4,
    )
    return figure


def _in_columns(labels: Sequence[str], columns: int, width_in: float) -> tuple[int, int, list[str]]:
    """Lines that a legend of so many columns has, the columns, and the labels, long ones on several lines."""
    most = max(LEAST_LETTERS, int((width_in / columns - MARK_IN) / LETTER_IN))
    wrapped = [fill(label, most) for label in labels]
    parts = np.array_split([label.count("\n") + 1 for label in wrapped], columns)  # as matplotlib shares them out
    return max(int(part.sum()) for part in parts), columns, wrapped


def over_time_words(series: Sequence[Occasion], words: Wording) -> str:
    """Text alternative of the chart."""
    parts = [words("chart.alt_over_time")]
    for line in trends(series):
        told = words.listed(
            words(
                "chart.alt_point",
                day=words.short_day(p.date),
                range=words.degrees(p.mean_deg, p.half_width_deg or None, p.at_least),
            )
            for p in line.points
        )
        parts.append(words("chart.alt_side", movement=words(f"movement_name.{line.movement}"), text=told))
    return " ".join(parts)


def draw_headaches(
    periods: Sequence[HeadachePeriod],
    baseline_days: float | None,
    words: Wording,
    width_in: float = 7.2,
    height_in: float = 1.9,
) -> Figure:
    """Draw headache days per 28 days as columns, with the line of half of those at the start.

    Periods with too few diary days have a note instead of a column. Below are the days on which the exercise was done.
    A narrow drawing shows a row for each period instead, in which there is room for all of this.
    """
    periods = sorted(periods, key=lambda p: p.start)
    if is_narrow(width_in):
        return _headache_rows(periods, baseline_days, words, width_in)
    figure = new_figure(width_in, height_in)
    below = 0.4 if all(p.exercise_days is None for p in periods) else 0.55
    axes = figure.add_axes((0.062, below / height_in, 0.928, 1 - (below + 0.28) / height_in))
    most = max([8.0, *(1.18 * (p.days or 0) for p in periods)])
    tall = 0.35 + TEXT_PT / 72 * most / (height_in - below - 0.28)
    for place, period in enumerate(periods):
        if period.days is None:
            note = fill(words("chart.no_count"), NOTE_LETTERS)
            written = axes.text(place, 0.6, note, ha="center", va="bottom", size=TEXT_PT - 1, color=MUTED, zorder=5)
            written.set_bbox(CLEAR)
            continue
        axes.add_patch(Rectangle((place - 0.32, 0), 0.64, period.days, fc=BLUE, ec=INK, lw=0.8, zorder=3))
        text = words.short_number(round(period.days, 1))
        # At the foot of the column, clear of the line at half; above it where there is no space.
        inside = period.days >= tall
        where, colour = (0.35, "white") if inside else (period.days + 0.3, INK)
        written = axes.text(
            place, where, text, ha="center", va="bottom", size=TEXT_PT, color=colour, weight="bold", zorder=5
        )
        if not inside:
            written.set_bbox(CLEAR)
    plain(axes, TEXT_PT)
    axes.set_xlim(-0.6, max(3, len(periods)) - 0.4)
    axes.set_ylim(0, most)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.set_xticks(range(len(periods)), [_period_label(p, words) for p in periods])
    axes.set_title(words("chart.headaches"), size=TEXT_PT + 1, weight="bold", loc="left", pad=4)
    if baseline_days:
        _half_line(figure, axes.axhline, baseline_days, words, (0.99, 1.0))
    return figure


def _half_line(
    figure: Figure, draw: Callable[..., Line2D], baseline_days: float, words: Wording, corner: tuple[float, float]
) -> None:
    """Line of half of the headache days at the start, and its key with its upper corner at that of its side."""
    half = responder_line(baseline_days)
    label = words("chart.half_line", days=words.short_number(half))
    line = draw(half, color=ORANGE, ls=(0, (4, 2)), lw=1.4, zorder=4, label=label)
    figure.legend(
        handles=[line],
        loc="upper left" if corner[0] < 0.5 else "upper right",
        bbox_to_anchor=corner,
        fontsize=TEXT_PT,
        frameon=False,
        handlelength=3,
        borderaxespad=0.2,
    )


def _headache_rows(
    periods: Sequence[HeadachePeriod], baseline_days: float | None, words: Wording, width_in: float
) -> Figure:
    """The same with a row for each period, the newest last."""
    height_in = 0.75 + ROW_IN * max(1, len(periods))
    figure = new_figure(width_in, height_in)
    labels = [_period_label(period, words) for period in periods]
    left_in = max([0.85, *(_label_in(label) for label in labels)])
    axes = figure.add_axes((left_in / width_in, 0.25 / height_in, 1 - (left_in + 0.1) / width_in, 1 - 0.75 / height_in))
    most = max([8.0, *(1.1 * (p.days or 0) for p in periods)])
    letter = 0.75 * TEXT_PT / 72 * most / (width_in - left_in - 0.1)
    for place, period in enumerate(periods):
        text = words("chart.no_count") if period.days is None else words.short_number(round(period.days, 1))
        if period.days is not None:
            axes.add_patch(Rectangle((0, place - 0.32), period.days, 0.64, fc=BLUE, ec=INK, lw=0.8, zorder=3))
        inside = period.days is not None and period.days >= 0.35 + letter * len(text)
        where, colour = (0.35, "white") if inside else ((period.days or 0) + 0.3, INK)
        weight = "normal" if period.days is None else "bold"
        written = axes.text(where, place, text, va="center", size=TEXT_PT, color=colour, weight=weight, zorder=5)
        if not inside:  # it may lie across the line at half
            written.set_bbox(CLEAR)
    plain(axes, TEXT_PT)
    axes.grid(visible=False, axis="y")
    axes.set_xlim(0, most)
    axes.set_ylim(max(1, len(periods)) - 0.4, -0.6)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.set_yticks(range(len(periods)), labels)
    above = 1 - 0.03 / height_in
    figure.text(0.02, above, words("chart.headaches"), size=TEXT_PT + 1, weight="bold", va="top")
    if baseline_days:
        _half_line(figure, axes.axvline, baseline_days, words, (0.0, 1 - 0.2 / height_in))
    return figure


def _label_in(label: str) -> float:
    """Width of a label, with its tick and what is wide in the letters of a screen."""
    widest = max(TextPath((0, 0), line, size=TEXT_PT).get_extents().width for line in label.splitlines())
    return 1.05 * float(widest) / 72 + 0.12


def _period_label(period: HeadachePeriod, words: Wording) -> str:
    day = words.short_day(period.start)
    if period.exercise_days is None:
        return day
    return f"{day}\n{words('chart.exercise', days=str(period.exercise_days))}"


def headaches_words(periods: Sequence[HeadachePeriod], words: Wording) -> str:
    """Text alternative of the columns."""
    told = [
        words("chart.period_unknown", day=words.short_day(p.start))
        if p.days is None
        else words("chart.period", day=words.short_day(p.start), days=words.short_number(round(p.days, 1)))
        for p in sorted(periods, key=lambda p: p.start)
    ]
    return words("chart.headache_alt", list=words.listed(told) or words("chart.nothing"))


def _band(latest: Occasion, line: Trend, age_years: float | None) -> Band | None:
    how = latest.conditions
    return reference_band(latest.result.test, line.movement, how.mode, how.posture, age_years)


def _draw_line(axes: Axes, line: Trend, band: Band | None) -> None:
    if band is not None:
        axes.axhspan(band.low_deg, band.high_deg, fc="none", ec="#B4B4B4", hatch="..", lw=0, zorder=0.4)
        for edge in (band.low_deg, band.high_deg):
            axes.axhline(edge, color=MUTED, lw=0.9, ls=(0, (1, 1.5)), zorder=0.5)
    if line.first_deg is not None and line.noise_deg is not None:
        axes.axhspan(line.first_deg - line.noise_deg, line.first_deg + line.noise_deg, color=BAND, lw=0, zorder=0.6)
    held = [p for p in line.points if p.comparable and not p.after_treatment]
    axes.plot(_days([p.date for p in held]), [p.mean_deg for p in held], color=BLUE, lw=1.2, zorder=3)
    for key in sorted({_kind(p) for p in line.points}):
        points = [p for p in line.points if _kind(p) == key]
        comparable, after_treatment, at_least = key
        marker, face = _mark(comparable, after_treatment)
        colour = BLUE if comparable else INK
        axes.errorbar(
            _days([p.date for p in points]),
            [p.mean_deg for p in points],
            yerr=[p.half_width_deg for p in points],
            lolims=at_least,
            fmt=marker,
            ms=5,
            color=colour,
            mfc=face,
            mec=colour,
            mew=1.2,
            elinewidth=0.9,
            capsize=2,
            zorder=4,
        )
    if line.fall is not None:
        low = [p for p in held if p.date >= line.fall.since]
        at = _days([p.date for p in low])
        axes.plot(at, [p.mean_deg for p in low], "o", ms=11, mfc="none", mec=ORANGE, mew=1.6, ls="none", zorder=5)


def _kind(point: TrendPoint) -> tuple[bool, bool, bool]:
    """Category of a point, which determines its appearance."""
    return point.comparable, point.after_treatment, point.at_least


def _mark(comparable: bool, after_treatment: bool) -> tuple[str, str]:
    if not comparable:
        return "x", "none"
    return ("o", "white") if after_treatment else (AFTER.marker, AFTER.face)


def _handles(
    lines: Sequence[Trend], treatments: Sequence[Treatment], bands: list[Band], words: Wording
) -> list[Artist]:
    points = [p for line in lines for p in line.points]

    def mark(marker: str, face: str, colour: str, label: str, size: float = 5) -> Line2D:
        return Line2D([], [], ls="none", marker=marker, mfc=face, mec=colour, ms=size, mew=1.2, label=words(label))

    handles: list[Artist] = [mark(AFTER.marker, AFTER.face, BLUE, "chart.point")]
    if any(p.after_treatment and p.comparable for p in points):
        handles.append(mark("o", "white", BLUE, "chart.right_after"))
    if any(not p.comparable for p in points):
        handles.append(mark("x", "none", INK, "chart.unlike"))
    if treatments:
        handles.append(mark("^", INK, INK, "chart.treatments"))
    if any(line.fall for line in lines):
        handles.append(mark("o", "none", ORANGE, "chart.fall", 8))
    if any(line.noise_deg is not None for line in lines):
        handles.append(Patch(fc=BAND, label=words("chart.noise")))
    for band in bands:
        label = words("chart.reference", cite=band.figure.source.cite.split(",")[0])
        handles.append(Patch(fc="white", ec="#A8A8A8", hatch="..", lw=0, label=label))
    return handles


def _date_axis(axes: Axes, days: Sequence[date], words: Wording, most: int) -> None:
    """Date labels in the language: days within three months, months beyond."""
    start, end = min(days), max(days)
    pad = max(timedelta(3), (end - start) * 0.09)
    axes.set_xlim(*(float(value) for value in _days([start - pad, end + pad])))
    span = (end - start).days
    low, high = axes.get_xlim()
    found = mdates.AutoDateLocator(minticks=2, maxticks=most).tick_values(mdates.num2date(low), mdates.num2date(high))
    # Labels at the edge would run into the next panel.
    edge = 0.09 * (high - low)
    axes.set_xticks([tick for tick in found if low + edge <= tick <= high - edge])

    def label(value: float, _: int | None) -> str:
        day = mdates.num2date(value).date()
        return words.month(day) if span > 90 else words.day_and_month(day)

    axes.xaxis.set_major_formatter(FuncFormatter(label))


def _days(days: Sequence[date]) -> Floats:
    """Dates as the numbers of the axis."""
    return np.asarray([mdates.date2num(day) for day in days], float)

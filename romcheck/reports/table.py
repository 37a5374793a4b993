"""A measurement as tables for the terminal: every trial, doubts and their reasons, and both sides compared."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from romcheck.i18n.words import (
    LENS_WORDS,
    TEST_TITLES,
    degrees,
    interval_words,
    largest_angle,
    mean_angle,
    movement_angle,
    reason_words,
    signed_error,
)
from romcheck.motion.gates import GATES
from romcheck.published import remarks
from romcheck.results import UNSURE_DEG, WALL_CM, Difference, Examination, MovementName, Quality, Result

QUALITY_STYLE: dict[Quality, str] = {"good": "green", "usable": "yellow", "rejected": "red"}


def result_table(result: Result) -> RenderableType:
    """One result for clinicians, to print with rich.

    A trial shows its angle ± the half-width of its 95 % interval, its quality and, if doubted, why; below come advice
    for every doubt, the mean of each side, and left minus right. Left and right are the subject's.
    """
    return Group(*_parts(result))


def _parts(result: Result) -> Iterator[RenderableType]:
    how = "recognised from the movement" if result.test_recognised else "as named"
    for i, of in enumerate(result.examinations):
        named = f": {TEST_TITLES[of.test]} ({how})" if i == 0 else f": {TEST_TITLES[of.test]} (found as well)"
        yield Text.assemble((result.source.file, "bold"), named)
        yield _trials(of)
        advice = _advice(of)
        if advice:
            yield advice
        yield _sides(of)
        for difference in of.differences:
            yield Text(_difference(difference))
        if of.position_errors:
            yield from _position_errors(of)
    yield Text(f"± is half of the 95 % interval; {LENS_WORDS[result.camera.known]}.", "dim")
    for warning in result.warnings:
        yield Text.assemble(("Note: ", "yellow"), warning)


def _trials(result: Examination) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("Movement", no_wrap=True)
    table.add_column("No.", justify="right", no_wrap=True)
    table.add_column("At", justify="right", no_wrap=True)
    returns = any(movement.error_deg is not None for movement in result.movements)
    table.add_column("Error" if returns else "Angle", justify="right", no_wrap=True)
    flexed = any(movement.flexion_held_deg is not None for movement in result.movements)
    if flexed:
        table.add_column("Flexed", justify="right", no_wrap=True)
        table.add_column("Lost", justify="right", no_wrap=True)
    table.add_column("Quality", no_wrap=True)
    doubted = any(movement.reasons for movement in result.movements)
    if doubted:
        table.add_column("Why doubted")
    for movement in result.movements:
        row: list[RenderableType] = [
            _short(movement.movement),
            str(movement.trial),
            f"{movement.start_s:.0f} s",
            signed_error(movement) if returns else movement_angle(movement).replace("at least", "≥"),
        ]
        if flexed:
            row += [_whole(movement.flexion_held_deg), _whole(movement.flexion_lost_deg)]
        row.append(Text(movement.quality, QUALITY_STYLE[movement.quality]))
        if doubted:
            row.append(", ".join(reason_words(code) for code in movement.reasons))
        table.add_row(*row)
    return table


def _whole(angle_deg: float | None) -> str:
    return "" if angle_deg is None else f"{max(0.0, angle_deg):.0f}°"


def _advice(result: Examination) -> Table | None:
    """One sentence for every reason that occurs, once."""
    codes = dict.fromkeys(code for movement in result.movements for code in movement.reasons)
    if not codes:
        return None
    table = Table(box=None, show_header=False, pad_edge=False)
    for code in codes:
        if code in GATES:
            table.add_row(Text(f"{_capital(reason_words(code))}:", "yellow"), GATES[code].advice)
    return table


def _sides(result: Examination) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Trials that count")
    table.add_column("Used", justify="right")
    averaged = all(s.reason != "trials_differ" for s in result.summary)
    table.add_column("Mean size" if result.position_errors else "Mean", justify="right", no_wrap=averaged)
    table.add_column("SD", justify="right", no_wrap=True)
    table.add_column("Largest", justify="right", no_wrap=True)
    for side in result.summary:
        found = sum(movement.movement == side.movement for movement in result.movements)
        table.add_row(
            _short(side.movement),
            f"{len(side.trials)} of {found}",
            mean_angle(side, result.movements),
            "" if side.sd_deg is None or side.reason == "unsure" else degrees(side.sd_deg),
            largest_angle(side, result.movements),
        )
    return table


def _position_errors(result: Examination) -> Iterator[RenderableType]:
    """Errors by side, then published figures."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("Returns", "Number", "Constant error", "Absolute error", "Variable error"):
        table.add_column(name, justify="left" if name == "Returns" else "right")
    for of in result.position_errors:
        for unit in ("deg", "cm"):
            first = unit == "deg"
            table.add_row(
                ("from both sides" if of.side == "both" else f"from the {of.side}") if first else "",
                str(of.trials) if first else "",
                interval_words(of.constant, unit, sign=True),
                interval_words(of.absolute, unit),
                interval_words(of.variable, unit),
            )
    yield table
    yield Text(
        f"+ past the starting position, \N{MINUS SIGN} short of it; cm on a wall {WALL_CM:.0f} cm away; "
        "95 % intervals in parentheses.",
        "dim",
    )
    for one in remarks(result.test):
        yield Text(f"{one.text['en']} ({one.source.cite}, {one.source.link})", "dim")


def _difference(difference: Difference) -> str:
    side = "left" if difference.left_minus_right_deg >= 0 else "right"
    size = abs(difference.left_minus_right_deg)
    if difference.uncertainty_deg > UNSURE_DEG:
        return "Left and right: their difference is too uncertain to state."
    words = f"Left and right: the {side} is larger by {degrees(size, difference.uncertainty_deg)}"
    return f"{words}, which is within the uncertainty." if size <= difference.uncertainty_deg else f"{words}."


def _short(movement: MovementName) -> str:
    """Name of a movement that fits a narrow column: "Rotation left"."""
    return _capital(movement.replace("_", " "))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

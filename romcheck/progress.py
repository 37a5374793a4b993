"""Progress of longer work, and the bar that shows it in a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

Progress = Callable[[int, "int | None"], None]
"""Called with how much is done and, where it is known, how much there is in all."""


def silent(_done: int, _all: int | None) -> None:
    """Tell nobody."""


@contextmanager
def bar(name: str, unit: str, console: Console, *, quiet: bool = False) -> Iterator[Progress]:
    """Show a bar with what is done and the time left, where somebody watches.

    Parameters
    ----------
    name : of the work
    unit : what is counted, such as "frames"
    """
    from rich import progress as bars

    shown = bars.Progress(
        bars.TextColumn("{task.description}", markup=False),
        bars.BarColumn(),
        bars.MofNCompleteColumn(),
        bars.TextColumn(unit, markup=False),
        bars.TimeRemainingColumn(),
        console=console,
        disable=quiet or not console.is_terminal,
        transient=True,
    )
    with shown:
        task = shown.add_task(name, total=None)
        yield lambda done, all_: shown.update(task, completed=done, total=max(done, all_) if all_ else None)

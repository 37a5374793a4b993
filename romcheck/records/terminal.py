"""Shared parts of the records commands: opening, tables, JSON, and asking for confirmation."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer
from rich.console import Console
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table

from romcheck.errors import RomcheckError

if TYPE_CHECKING:
    from romcheck.records.store import Records

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

Data = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--data", metavar="DIR", help="Data folder; by default ROMCHECK_DATA or the platform's usual place."),
]
UNLIMITED = 10_000
"""Columns of a terminal that holds any table."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
Code = Annotated[str, typer.Argument(metavar="CODE", help="The person's code.", show_default=False)]
Day = Annotated[
    Optional[datetime],  # noqa: UP045
    typer.Option("--on", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Date; today by default."),
]


Notes = Annotated[str, typer.Option(help="Free text.")]
Number = Annotated[int, typer.Argument(metavar="ID", help="Number, as listed.", show_default=False)]


@contextmanager
def telling() -> Iterator[None]:
    """End with status 1 and the reason when something is refused."""
    try:
        yield
    except RomcheckError as error:
        say(str(error), err)
        raise typer.Exit(1) from error


@contextmanager
def opened(data: Path | None) -> Iterator[Records]:
    """Open the records for a command."""
    from romcheck.records.store import Records

    with telling(), Records(data) as records:
        for text in records.notes:
            say(text, err)
        yield records


def say(text: str, console: Console = out) -> None:
    """Print unbroken, brackets as they are."""
    console.print(text, markup=False, soft_wrap=True)


def show(rows: Sequence[dict[str, Any]], as_json: bool, nothing: str) -> None:
    """Print rows as a table without empty columns, or as JSON; row by row where the table would cut words short."""
    if as_json:
        print_json(rows)
        return
    if not rows:
        say(nothing)
        return
    columns = {name.replace("_", " "): [_cell(row[name]) for row in rows] for name in rows[0]}
    columns = {name: cells for name, cells in columns.items() if any(cells)}
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name, cells in columns.items():
        table.add_column(name, no_wrap=not any(" " in text for text in (name, *cells)), overflow="fold")
    for row in zip(*columns.values(), strict=True):
        table.add_row(*row)
    if Measurement.get(out, out.options.update(max_width=UNLIMITED), table).minimum <= out.width:
        out.print(table)
        return
    for row in zip(*columns.values(), strict=True):
        told = (f"[bold]{name}[/bold] {cell}" for name, cell in zip(columns, row, strict=True) if cell)
        out.print(Padding(", ".join(told), (0, 0, 1, 0)))


def print_json(value: Any) -> None:
    """Print JSON, unbroken and unstyled."""
    print(json.dumps(value, ensure_ascii=False, indent=1, default=_plain))  # noqa: T201


def entry_row(entry: Any, *names: str) -> dict[str, Any]:
    """The named fields of an entry, or all of them."""
    values = asdict(entry)
    return {name: values[name] for name in names} if names else values


def confirm(question: str, yes: bool) -> None:
    """Ask for confirmation before deleting; without a terminal, ``--yes`` is needed."""
    if yes:
        return
    if not typer.confirm(question):
        say("Nothing was changed.")
        raise typer.Exit(1)


def day_of(value: datetime | None) -> date:
    """The day given, or today."""
    return value.date() if value else date.today()


def _cell(value: Any) -> str:
    from rich.markup import escape

    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.1f}"
    return escape(f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value))


def _plain(value: Any) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)


def number_of(number: int | None) -> int:
    """The number of an entry that was saved."""
    assert number is not None
    return number


def visit_on(records: Records, person_id: int, on: date) -> int | None:
    """The last visit of a day; None where there was none."""
    at_visit = [visit.id for visit in records.visits(person_id) if visit.on == on]
    return at_visit[-1] if at_visit else None

"""``romcheck agree`` and ``romcheck reliability``: comparing two methods, or repeated measurements with one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Optional

import typer
from rich.console import Console

from romcheck.errors import RomcheckError, explain_import_error
from romcheck.options import here

if TYPE_CHECKING:
    from romcheck.agreement.study import Study

# What the commands need is imported where it is used, so that "romcheck --help" answers at once.


COLUMNS = ("person", "value", "movement", "test", "visit", "rater", "trial", "video", "method", "quality")


def _takes_columns(command: Callable[..., None]) -> Callable[..., None]:
    """Add an option for each column to a command; those given are passed as ``columns``."""

    @wraps(command)
    def run(**given: Any) -> None:
        named = {key: given.pop(key) for key in COLUMNS}
        command(columns={key: name for key, name in named.items() if name}, **given)

    parameters = []
    for one in signature(command, eval_str=True).parameters.values():
        if one.name != "columns":
            parameters.append(one.replace(kind=Parameter.KEYWORD_ONLY))
            continue
        for key in COLUMNS:
            option = typer.Option(metavar="COLUMN", help=f"Column of the {key}.")
            kind = Annotated[Optional[str], option]  # noqa: UP045
            parameters.append(Parameter(key, Parameter.KEYWORD_ONLY, default=None, annotation=kind))
    # Typer reads both.
    run.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    return run


WithRejected = Annotated[bool, typer.Option("--with-rejected", help="Also use movements whose quality is rejected.")]
IntervalChoice = Annotated[
    Literal["exact", "1999", "1986"],
    typer.Option(
        "--intervals",
        help="Intervals of the limits: exact (Carkeet 2015), or the approximation of Bland & Altman 1999 or 1986.",
    ),
]
Digits = Annotated[int, typer.Option(min=0, max=6, help="Decimals of values in the table.")]
Unit = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(help="Unit of the values; in degrees, impossible angles are left out.", show_default="°"),
]
Out = Annotated[
    Path, typer.Option("--out", metavar="DIR", help="Folder for the files; created if missing.", show_default=False)
]


@_takes_columns
def agree(
    columns: Mapping[str, str],
    a: Annotated[
        Path,
        typer.Argument(metavar="A", help="Table of one method (CSV or Parquet).", show_default=False, callback=here),
    ],
    b: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Argument(
            metavar="B", help="Table of the other method; without it, A holds both.", show_default=False, callback=here
        ),
    ] = None,
    methods: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            metavar="X,Y", help="The methods to compare within one table, or names for the methods of two tables."
        ),
    ] = None,
    repeats: Annotated[
        Optional[Literal["together", "separate"]],  # noqa: UP045
        typer.Option(help="Whether trial 1 of A is the same movement as trial 1 of B (together) or a separate one."),
    ] = None,
    match: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(metavar="KEYS", help="Columns to match rows by, for example person,movement,trial."),
    ] = None,
    with_rejected: WithRejected = False,
    intervals: IntervalChoice = "exact",
    digits: Digits = 1,
    unit: Unit = None,
    folder: Out = Path(),
) -> None:
    """Compare two methods or raters that measured the same movements: bias, limits of agreement, ICC.

    Columns that are not given are guessed, and the guess is printed; use A=B where the two tables name one differently.

    Writes agreement.csv, .md, .tex, .svg, .png, agreement.left_out.csv with the rows left out, and
    agreement.provenance.json: version, settings, and the content read.

    Exit status: 0 if compared; 1 if not; 2 if the command line was wrong.
    """
    of_a = {key: name.partition("=")[0] for key, name in columns.items()}
    of_b = {key: name.partition("=")[2] or name for key, name in columns.items()}
    keys = [key.strip() for key in match.split(",")] if match else None
    pair = [name.strip() for name in methods.split(",")] if methods else None
    if pair is not None and len(pair) != 2:
        raise typer.BadParameter("give two methods, separated by a comma", param_hint="--methods")
    _check_keys(keys)

    settings = {
        "columns": dict(columns), "methods": methods, "repeats": repeats, "match": match,
        "with_rejected": with_rejected, "intervals": intervals, "unit": unit,
    }  # fmt: skip

    def study() -> Study:
        from romcheck.agreement.comparing import agree as compared

        together = None if repeats is None else repeats == "together"
        return compared(
            a, b, columns=of_a, columns_b=of_b, methods=pair, together=together, match_by=keys,
            with_rejected=with_rejected, intervals=intervals, unit=unit,
        )  # fmt: skip

    _run(study, "agreement", folder, digits, unit, [a] if b is None else [a, b], settings)


@_takes_columns
def reliability(
    columns: Mapping[str, str],
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="Table with one row per trial (CSV or Parquet).", callback=here)
    ],
    over: Annotated[
        Optional[Literal["visit", "rater", "method", "trial"]],  # noqa: UP045
        typer.Option(help="What is repeated; by default whatever differs within a person: visits and raters together."),
    ] = None,
    visits: Annotated[
        Optional[tuple[str, str]],  # noqa: UP045
        typer.Option(metavar="A B", help="The two visits to compare, earlier first; by default all, in order."),
    ] = None,
    every_visit: Annotated[
        bool, typer.Option("--every-visit", help="Also use visits that fewer than half of the persons attended.")
    ] = False,
    with_rejected: WithRejected = False,
    intervals: IntervalChoice = "exact",
    digits: Digits = 1,
    unit: Unit = None,
    folder: Out = Path(),
) -> None:
    """Compute how well a measurement repeats from visit to visit, rater to rater or trial to trial: ICC, SEM, MDC95.

    Columns that are not given are guessed, and the guess is printed.

    Writes reliability.csv, .md, .tex, .svg, .png, reliability.left_out.csv with the rows left out, and
    reliability.provenance.json: version, settings, and the content read.

    Exit status: 0 if computed; 1 if not; 2 if the command line was wrong.
    """
    settings = {
        "columns": dict(columns), "over": over, "visits": visits, "every_visit": every_visit,
        "with_rejected": with_rejected, "intervals": intervals, "unit": unit,
    }  # fmt: skip

    def study() -> Study:
        from romcheck.agreement.repeating import reliability as repeated

        return repeated(
            data, columns=columns, over=over, visits=visits, every_visit=every_visit, with_rejected=with_rejected,
            intervals=intervals, unit=unit,
        )  # fmt: skip

    _run(study, "reliability", folder, digits, unit, [data], settings)


def _check_keys(keys: list[str] | None) -> None:
    from romcheck.agreement.reading import KEYS

    wrong = [key for key in keys or () if key not in KEYS]
    if wrong:
        raise typer.BadParameter(f"{', '.join(wrong)} is none of {', '.join(KEYS)}", param_hint="--match")


def _run(
    compute: Callable[[], Study],
    stem: str,
    folder: Path,
    digits: int,
    unit: str | None,
    inputs: list[Path],
    settings: dict[str, Any],
) -> None:
    """Compute, write everything and print the findings."""
    out, errors = Console(highlight=False), Console(stderr=True, highlight=False)
    try:
        from romcheck.agreement.plot import save_plot
        from romcheck.agreement.report import WRITERS, Style
        from romcheck.exchange.atomic import writable_folder, written_whole
        from romcheck.exchange.origin import origin
        from romcheck.exchange.spreadsheet import frame_csv

        style = Style(digits, "°" if unit is None else unit)
        study = compute()
        writable_folder(folder)
        texts = {f"{stem}.{kind}": write(study, style) for kind, write in WRITERS.items()}
        if len(study.left_out):
            texts[f"{stem}.left_out.csv"] = frame_csv(study.left_out)
        came_from = {"schema": f"romcheck.{stem}/1", **origin(inputs, settings), "said": list(study.said)}
        texts[f"{stem}.provenance.json"] = json.dumps(came_from, ensure_ascii=False, indent=2) + "\n"
        for name, text in texts.items():
            with written_whole(folder / name) as unfinished:
                unfinished.write_text(text, "utf-8", newline="\n")
        plots = [folder / f"{stem}.{kind}" for kind in ("svg", "png")]
        for path in plots:
            save_plot(study, path, style)
        _show(study, style, stem, out)
        for path in [*(folder / name for name in texts), *plots]:
            out.print(f"Wrote {path}", markup=False, soft_wrap=True)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except RomcheckError as error:
        errors.print(str(error), markup=False, soft_wrap=True)
        raise typer.Exit(1) from error
    except ImportError as error:
        errors.print(str(explain_import_error(error)), markup=False, soft_wrap=True)
        raise typer.Exit(1) from error


def _show(study: Study, style: object, stem: str, out: Console) -> None:
    from rich import box
    from rich.table import Table

    from romcheck.agreement import report

    assert isinstance(style, report.Style)
    for text in study.said:
        out.print(text, markup=False, soft_wrap=True, style="dim")
    if len(study.left_out):
        kinds = study.left_out["why"].str.partition(":")[0]
        counts = ", ".join(f"{n} {kind}" for kind, n in kinds.value_counts(sort=False).items())
        out.print(f"Rows left out: {counts}. They are listed in {stem}.left_out.csv.", markup=False, soft_wrap=True)
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    text = report.table(study, style)
    brief = [c for c in text.columns if not c.startswith(("Pairs", "ICC(C", "Slope"))]
    for column in brief:
        first = column == "Movement"
        heading = column.removesuffix(" (95 % CI)").removesuffix(" limit")
        shown.add_column(heading, justify="left" if first else "right", no_wrap=not first, overflow="fold")
    for row in text[brief].to_numpy().tolist():
        shown.add_row(row[0], *(cell.partition(" (")[0] for cell in row[1:]))
    out.print(shown)
    out.print("The 95 % intervals are in the files.", style="dim")
    for part in study.parts:
        out.print(report.sentence(study, part, style), markup=False, soft_wrap=True)
    for text in report.warnings(study):
        out.print(text, markup=False, soft_wrap=True, style="yellow")

"""``romcheck findings``: what an examination of the neck found."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any, Optional, get_args

import typer

from romcheck.records.clinic import FOUND_AT, JUDGED, SEGMENTS, Findings, Sign, Where, found_at
from romcheck.records.terminal import (
    AsJson,
    Code,
    Data,
    Day,
    Notes,
    Number,
    Yes,
    confirm,
    day_of,
    entry_row,
    number_of,
    opened,
    say,
    show,
    visit_on,
)

# What a command needs is imported where it is used, so that "romcheck --help" answers at once.

findings = typer.Typer(no_args_is_help=True, help="What an examination of the neck found: list, add, delete.")

JudgedName = Enum("JudgedName", {name: name.replace("_", "-") for name in JUDGED})  # type: ignore[misc]
"""Typer takes no literals in lists."""

MEASURES = ("ccft_mmhg", "endurance_s", "position_error_left_deg", "position_error_right_deg", "posture_note")


def _segments(sign: Sign) -> Any:
    text = f"A segment and the side on which it was {sign}, such as C1-2=left; or =none. Give it once for each."
    return typer.Option(f"--{sign}", metavar="SEGMENT=SIDE", help=text)


@findings.command("list")
def list_findings(code: Code, data: Data = None, as_json: AsJson = False) -> None:
    """List the findings of examinations; the table shows only what was examined."""
    names = ("id", "on", *FOUND_AT, *MEASURES, *JUDGED, "by", "notes")
    with opened(data) as records:
        found = records.clinic.findings(number_of(records.person_by_code(code).id))
        rows = [entry_row(one, *names) for one in found]
        if not as_json:
            seen = [name for name in names if any(row[name] not in (None, "") for row in rows)]
            rows = [{name: row[name] for name in seen} for row in rows]
        show(rows, as_json, "No findings.")


@findings.command("add")
def add_findings(
    code: Code,
    day: Day = None,
    tender: Annotated[Optional[list[str]], _segments("tender")] = None,  # noqa: UP045
    stiff: Annotated[Optional[list[str]], _segments("stiff")] = None,  # noqa: UP045
    ccft: Annotated[Optional[int], typer.Option(help="Craniocervical flexion test: stage held, mmHg.")] = None,  # noqa: UP045
    endurance: Annotated[Optional[float], typer.Option(help="Deep neck flexor endurance, seconds.")] = None,  # noqa: UP045
    position_error_left: Annotated[Optional[float], typer.Option(help="Degrees.")] = None,  # noqa: UP045
    position_error_right: Annotated[Optional[float], typer.Option(help="Degrees.")] = None,  # noqa: UP045
    posture: Annotated[str, typer.Option(help="Posture, as observed.")] = "",
    true: Annotated[Optional[list[JudgedName]], typer.Option("--true", help="Judged true.")] = None,  # noqa: UP045
    false: Annotated[Optional[list[JudgedName]], typer.Option("--false", help="Judged false.")] = None,  # noqa: UP045
    by: Annotated[str, typer.Option(help="Who examined.")] = "",
    notes: Notes = "",
    data: Data = None,
) -> None:
    """Add what an examination found, to the visit of its day where there is one."""
    noted: dict[str, Any] = {}
    signs: tuple[tuple[Sign, list[str] | None], ...] = (("tender", tender), ("stiff", stiff))
    for sign, given in signs:
        noted |= dict(_found(sign, one) for one in given or ())
    for answer, names in ((True, true), (False, false)):
        noted |= {one.name: answer for one in names or ()}
    if {one.name for one in true or ()} & {one.name for one in false or ()}:
        raise typer.BadParameter("the same cannot be both --true and --false")
    with opened(data) as records:
        person_id, on = number_of(records.person_by_code(code).id), day_of(day)
        entry = Findings(
            person_id,
            on,
            visit_on(records, person_id, on),
            ccft_mmhg=ccft,
            endurance_s=endurance,
            position_error_left_deg=position_error_left,
            position_error_right_deg=position_error_right,
            posture_note=posture,
            by=by,
            notes=notes,
            **noted,
        )
        kept = records.clinic.add_findings(entry)
        say(f"Added findings {kept.id} on {kept.on}.")


def _found(sign: Sign, given: str) -> tuple[str, str]:
    """The field and the side of "C1-2=left"."""
    level, _, side = given.partition("=")
    known = {found_at(sign, name): name for name in SEGMENTS}
    field = f"{sign}_{level.strip().lower().replace('-', '_').replace('–', '_')}"
    if field not in known or side not in get_args(Where):
        raise typer.BadParameter(f"{given!r}: write a segment and a side, such as C1-2=left, from C0-1 to C3-4")
    return field, side


@findings.command("delete")
def delete_findings(number: Number, yes: Yes = False, data: Data = None) -> None:
    """Delete what an examination found."""
    with opened(data) as records:
        confirm(f"Delete the findings of {records.clinic.one_findings(number).on}?", yes)
        records.clinic.delete_findings(number)
        say("Deleted.")

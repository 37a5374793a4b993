"""``romcheck screenings`` and ``reactions``: questions before a treatment, and at the visit after it."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, Optional, get_args

import typer

from romcheck.records.clinic import (
    SCREENED,
    Action,
    Decision,
    Looked,
    Planned,
    Reaction,
    Screening,
    Severity,
    Symptom,
    questions,
)
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

screenings = typer.Typer(no_args_is_help=True, help="Screenings before testing or treating: list, add, delete.")
reactions = typer.Typer(no_args_is_help=True, help="Reactions after treatments: list, add, delete.")

SymptomName = Enum("SymptomName", {name: name for name in get_args(Symptom)})  # type: ignore[misc]
"""Typer takes no literals in lists."""

Item = Annotated[Optional[Looked], typer.Option(help="Whether it was done, and whether there was a finding.")]  # noqa: UP045


@screenings.command("list")
def list_screenings(code: Code, data: Data = None, as_json: AsJson = False) -> None:
    """List a person's screenings."""
    names = ("id", "on", "as_before", "planned", *SCREENED, "systolic", "diastolic", "decision", "reason", "consent")
    with opened(data) as records:
        found = records.clinic.screenings(number_of(records.person_by_code(code).id))
        show([entry_row(one, *names, "by", "notes") for one in found], as_json, "No screenings.")


@screenings.command("add")
def add_screening(
    code: Code,
    day: Day = None,
    all_clear: Annotated[
        bool, typer.Option("--all-clear", help="Everything done, nothing found; other options override it.")
    ] = False,
    planned: Annotated[Planned, typer.Option(help="Planned treatment.")] = "test",
    red_flags: Item = None,
    blood_pressure: Item = None,
    systolic: Annotated[Optional[int], typer.Option(help="mmHg.")] = None,  # noqa: UP045
    diastolic: Annotated[Optional[int], typer.Option(help="mmHg.")] = None,  # noqa: UP045
    cranial_nerves: Item = None,
    gait: Item = None,
    stability: Item = None,
    contraindications: Item = None,
    decision: Annotated[Decision, typer.Option(help="Decision.")] = "go_on",
    reason: Annotated[str, typer.Option(help="Reason to continue in spite of a finding.")] = "",
    consent: Annotated[Optional[bool], typer.Option("--consent/--no-consent")] = None,  # noqa: UP045
    by: Annotated[str, typer.Option(help="Who screened.")] = "",
    notes: Notes = "",
    data: Data = None,
) -> None:
    """Add a screening, to the visit on that day if there is one."""
    usual: Looked = "nothing" if all_clear else "not_done"
    with opened(data) as records:
        person_id, on = number_of(records.person_by_code(code).id), day_of(day)
        entry = records.clinic.add_screening(
            Screening(
                person_id,
                on,
                visit_on(records, person_id, on),
                planned=planned,
                red_flags=red_flags or usual,
                blood_pressure=blood_pressure or usual,
                systolic=systolic,
                diastolic=diastolic,
                cranial_nerves=cranial_nerves or usual,
                gait=gait or usual,
                stability=stability or usual,
                contraindications=contraindications or usual,
                decision=decision,
                reason=reason,
                consent=consent,
                by=by,
                notes=notes,
            )
        )
        say(f"Added screening {entry.id} on {entry.on}.")
        for asked in questions(entry):
            say(str(asked))


@screenings.command("delete")
def delete_screening(number: Number, yes: Yes = False, data: Data = None) -> None:
    """Delete a screening."""
    with opened(data) as records:
        confirm(f"Delete the screening of {records.clinic.screening(number).on}?", yes)
        records.clinic.delete_screening(number)
        say("Deleted.")


@reactions.command("list")
def list_reactions(code: Code, data: Data = None, as_json: AsJson = False) -> None:
    """List reactions after treatments."""
    names = ("id", "on", "treated_on", "happened", "symptoms", "severity", "lasted_hours", "resolved", "action")
    with opened(data) as records:
        found = records.clinic.reactions(number_of(records.person_by_code(code).id))
        show([entry_row(one, *names, "notes") for one in found], as_json, "Nothing was asked.")


@reactions.command("add")
def add_reaction(
    code: Code,
    treated_on: Annotated[
        datetime,
        typer.Option("--after", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Date of the treatment."),
    ],
    day: Day = None,
    symptom: Annotated[
        Optional[list[SymptomName]],  # noqa: UP045
        typer.Option(help="A symptom; give it once for each. None means no adverse reaction."),
    ] = None,
    severity: Annotated[Optional[Severity], typer.Option()] = None,  # noqa: UP045
    hours: Annotated[Optional[float], typer.Option(help="Duration.")] = None,  # noqa: UP045
    resolved: Annotated[Optional[bool], typer.Option("--over/--not-over", help="Whether it has resolved.")] = None,  # noqa: UP045
    action: Annotated[Optional[Action], typer.Option(help="Action taken.")] = None,  # noqa: UP045
    notes: Notes = "",
    data: Data = None,
) -> None:
    """Add a reaction after a treatment."""
    words = " ".join(one.value for one in symptom or ())
    with opened(data) as records:
        person_id, on = number_of(records.person_by_code(code).id), day_of(day)
        entry = records.clinic.add_reaction(
            Reaction(
                person_id,
                on,
                treated_on.date(),
                bool(words),
                visit_on(records, person_id, on),
                words,
                severity,
                hours,
                resolved,
                action,
                notes,
            )
        )
        say(f"Added reaction {entry.id} to the treatment on {entry.treated_on}.")


@reactions.command("delete")
def delete_reaction(number: Number, yes: Yes = False, data: Data = None) -> None:
    """Delete a reaction."""
    with opened(data) as records:
        confirm(f"Delete what was told of the treatment of {records.clinic.reaction(number).treated_on}?", yes)
        records.clinic.delete_reaction(number)
        say("Deleted.")

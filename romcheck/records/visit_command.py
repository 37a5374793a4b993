"""``romcheck visits``, ``treatments``, ``outcomes`` and ``diary``."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Optional, get_args

import typer

from romcheck.clinical import (
    AttackSide,
    DiaryDay,
    MedicineClass,
    Outcome,
    Side,
    Spread,
    Thrust,
    Treatment,
    TreatmentKind,
    Trigger,
)
from romcheck.errors import OutputError
from romcheck.names import shown
from romcheck.records.clinic import against, screened_on
from romcheck.records.entries import Visit
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

visits = typer.Typer(no_args_is_help=True, help="Visits, with their measurements before and after treatment.")
treatments = typer.Typer(no_args_is_help=True, help="Treatments: list, add, delete.")
outcomes = typer.Typer(no_args_is_help=True, help="Outcomes reported at a visit: list, add, delete.")
diary = typer.Typer(no_args_is_help=True, help="The diary at home: list, write.")


KindName = Enum("KindName", {name: name for name in get_args(TreatmentKind)})  # type: ignore[misc]
TriggerName = Enum("TriggerName", {name: name for name in get_args(Trigger)})  # type: ignore[misc]
ClassName = Enum("ClassName", {name: name for name in get_args(MedicineClass)})  # type: ignore[misc]
"""Typer takes no literals in lists."""


@visits.command("list")
def list_visits(code: Code, data: Data = None, as_json: AsJson = False) -> None:
    """List a person's visits with their measurements."""
    from romcheck.records.overview import page

    with opened(data) as records:
        found = page(records, number_of(records.person_by_code(code).id))
        rows = []
        for visit in found.visits:
            measured = [m for m in found.measurements if m.visit_id == visit.id]
            tests = ", ".join(f"{m.id} {m.test} ({m.conditions.timing})" for m in measured)
            rows.append(entry_row(visit, "id", "on", "notes") | {"measurements": tests})
        show(rows, as_json, "No visits.")


@visits.command("add")
def add_visit(code: Code, day: Day = None, notes: Notes = "", data: Data = None) -> None:
    """Add a visit."""
    with opened(data) as records:
        person = records.person_by_code(code)
        visit = records.add_visit(Visit(number_of(person.id), day_of(day), notes))
        say(f"Added visit {visit.id} of {person.code} on {visit.on}.")


@visits.command("delete")
def delete_visit(number: Number, yes: Yes = False, data: Data = None) -> None:
    """Delete a visit with its measurements and treatments."""
    with opened(data) as records:
        visit = records.visit(number)
        measured = len(records.measurements_of_visit(number))
        confirm(f"Delete the visit of {visit.on} with {measured} measurements and its treatments?", yes)
        records.delete_visit(number)
        say("Deleted.")


@visits.command("delete-measurement")
def delete_measurement(number: Number, yes: Yes = False, data: Data = None) -> None:
    """Delete one measurement."""
    with opened(data) as records:
        found = records.measurement(number)
        confirm(f"Delete the {found.test} measurement of {found.measured_at:%Y-%m-%d}?", yes)
        records.delete_measurement(number)
        say("Deleted.")


@treatments.command("list")
def list_treatments(code: Code, data: Data = None, as_json: AsJson = False) -> None:
    """List a person's treatments."""
    names = (
        *("id", "on", "kind", "level", "side", "repetitions", "thrust", "combined", "strap"),
        *("dose", "by", "notes", "visit_id"),
    )
    with opened(data) as records:
        found = records.course.treatments(number_of(records.person_by_code(code).id))
        show([entry_row(entry, *names) for entry in found], as_json, "No treatments.")


@treatments.command("add")
def add_treatment(
    code: Code,
    kind: Annotated[TreatmentKind, typer.Argument(help="Treatment.", show_default=False)],
    day: Day = None,
    level: Annotated[str, typer.Option(help="Such as C1-2 or 'upper thoracic'.")] = "",
    side: Annotated[Optional[Side], typer.Option()] = None,  # noqa: UP045
    repetitions: Annotated[Optional[int], typer.Option()] = None,  # noqa: UP045
    thrust: Annotated[Optional[Thrust], typer.Option(help="Direction of the thrust, for a manipulation.")] = None,  # noqa: UP045
    together: Annotated[
        Optional[list[KindName]],  # noqa: UP045
        typer.Option("--with", help="What was done together with it; give it once for each."),
    ] = None,
    strap: Annotated[Optional[bool], typer.Option("--strap/--no-strap", help="SNAG or self-SNAG with a strap.")] = None,  # noqa: UP045
    dose: Annotated[str, typer.Option(help="Such as 'twice daily'.")] = "",
    by: Annotated[str, typer.Option(help="Who did it.")] = "",
    elsewhere: Annotated[bool, typer.Option("--elsewhere", help="Not at a visit: at home or somewhere else.")] = False,
    notes: Notes = "",
    data: Data = None,
) -> None:
    """Add a treatment, to the visit on that day unless it took place elsewhere."""
    with opened(data) as records:
        person_id, on = number_of(records.person_by_code(code).id), day_of(day)
        entry = records.course.add_treatment(
            Treatment(
                person_id,
                on,
                kind,
                None if elsewhere else visit_on(records, person_id, on),
                level=level,
                side=side,
                repetitions=repetitions,
                dose=dose,
                by=by,
                notes=notes,
                thrust=thrust,
                combined=" ".join(one.value for one in together or ()),
                strap=strap,
            )
        )
        say(f"Added treatment {entry.id} on {entry.on}.")
        screened, _ = screened_on(records.clinic.screenings(person_id), on)
        for told in () if screened is None or elsewhere else against(screened, [entry]):
            say(str(told))


@treatments.command("delete")
def delete_treatment(number: Number, yes: Yes = False, data: Data = None) -> None:
    """Delete a treatment."""
    with opened(data) as records:
        found = records.course.treatment(number)
        confirm(f"Delete the {found.kind} of {found.on}?", yes)
        records.course.delete_treatment(number)
        say("Deleted.")


@outcomes.command("list")
def list_outcomes(code: Code, data: Data = None, as_json: AsJson = False) -> None:
    """List a person's outcomes."""
    with opened(data) as records:
        found = records.course.outcomes(number_of(records.person_by_code(code).id))
        rows = [{k: v for k, v in entry_row(o).items() if k not in ("person_id", "version")} for o in found]
        show(rows, as_json, "No outcomes.")


@outcomes.command("add")
def add_outcome(
    code: Code,
    day: Day = None,
    period_days: Annotated[int, typer.Option(help="Days covered, up to that date.")] = 28,
    headache_days: Annotated[Optional[int], typer.Option()] = None,  # noqa: UP045
    intensity: Annotated[Optional[float], typer.Option(help="Usual intensity, 0 to 10.")] = None,  # noqa: UP045
    hours: Annotated[Optional[float], typer.Option(help="Usual duration.")] = None,  # noqa: UP045
    medication_days: Annotated[Optional[int], typer.Option()] = None,  # noqa: UP045
    ndi: Annotated[Optional[int], typer.Option(help="Total, 0 to 50.")] = None,  # noqa: UP045
    ndi_items: Annotated[
        str, typer.Option(metavar="DIGITS", help="Its ten sections, 0 to 5, - if left out; gives the total.")
    ] = "",
    hit6: Annotated[Optional[int], typer.Option(help="Total, 36 to 78.")] = None,  # noqa: UP045
    global_change: Annotated[Optional[int], typer.Option(help="-7 to 7.")] = None,  # noqa: UP045
    notes: Notes = "",
    data: Data = None,
) -> None:
    """Add outcomes reported at a visit."""
    told = (headache_days, intensity, hours, medication_days, ndi, hit6, global_change)
    with opened(data) as records:
        person_id, on = number_of(records.person_by_code(code).id), day_of(day)
        entry = records.course.add_outcome(
            Outcome(person_id, on, visit_on(records, person_id, on), period_days, *told, notes, ndi_items)
        )
        total = f" NDI {entry.ndi} of 50." if ndi_items and entry.ndi is not None else ""
        say(f"Added outcome {entry.id} on {entry.on}.{total}")


@outcomes.command("delete")
def delete_outcome(number: Number, yes: Yes = False, data: Data = None) -> None:
    """Delete an entry of outcomes."""
    with opened(data) as records:
        confirm(f"Delete outcome {number}?", yes)
        records.course.delete_outcome(number)
        say("Deleted.")


@diary.command("list")
def list_diary(
    code: Code,
    since: Annotated[
        Optional[datetime],  # noqa: UP045
        typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="From this date on."),
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """List the diary days."""
    names = (
        *("on", "headache", "intensity", "hours", "side", "spread", "triggers", "nausea", "light"),
        *("medication", "medicine", "medicine_classes", "exercise_times", "notes"),
    )
    with opened(data) as records:
        found = records.course.diary(number_of(records.person_by_code(code).id), since.date() if since else None)
        show([entry_row(day, *names) for day in found], as_json, "The diary is empty.")


OF_A_HEADACHE = ("intensity", "hours", "side", "spread", "triggers", "nausea", "light")
"""What a diary day tells of its headache."""


@diary.command("write")
def write_diary(
    code: Code,
    day: Day = None,
    headache: Annotated[Optional[bool], typer.Option("--headache/--no-headache")] = None,  # noqa: UP045
    intensity: Annotated[Optional[float], typer.Option(help="0 to 10.")] = None,  # noqa: UP045
    hours: Annotated[Optional[float], typer.Option()] = None,  # noqa: UP045
    side: Annotated[Optional[AttackSide], typer.Option(help="Side of the headache.")] = None,  # noqa: UP045
    spread: Annotated[Optional[Spread], typer.Option(help="How it spread.")] = None,  # noqa: UP045
    trigger: Annotated[
        Optional[list[TriggerName]],  # noqa: UP045
        typer.Option(help="What brought it on; give it once for each."),
    ] = None,
    nausea: Annotated[Optional[bool], typer.Option("--nausea/--no-nausea")] = None,  # noqa: UP045
    light: Annotated[Optional[bool], typer.Option("--light/--no-light", help="Light or noise hard to bear.")] = None,  # noqa: UP045
    medication: Annotated[Optional[bool], typer.Option("--medication/--no-medication")] = None,  # noqa: UP045
    medicine: Annotated[str, typer.Option(help="Name of the pain medicine.")] = "",
    medicine_class: Annotated[
        Optional[list[ClassName]],  # noqa: UP045
        typer.Option(help="Its kind; give it once for each."),
    ] = None,
    exercise_times: Annotated[Optional[int], typer.Option(help="How often the exercise was done.")] = None,  # noqa: UP045
    notes: Notes = "",
    data: Data = None,
) -> None:
    """Write one diary day. On an existing day, only the options given are changed; --no-headache also takes away what
    was noted of the headache.
    """
    with opened(data) as records:
        person_id, on = number_of(records.person_by_code(code).id), day_of(day)
        there = records.course.diary(person_id, on, on)
        given = {
            "headache": headache,
            "intensity": intensity,
            "hours": hours,
            "side": side,
            "spread": spread,
            "triggers": _joined(trigger),
            "nausea": nausea,
            "light": light,
            "medication": medication,
            "medicine": medicine or None,
            "medicine_classes": _joined(medicine_class),
            "exercise_times": exercise_times,
            "notes": notes or None,
        }
        changed = {key: value for key, value in given.items() if value is not None}
        empty = DiaryDay(person_id, on)
        old = there[0] if there else empty
        if headache is False:
            changed = {name: getattr(empty, name) for name in OF_A_HEADACHE} | changed
        records.course.write_diary(replace(old, **changed))  # type: ignore[arg-type]
        replaced = [name for name in changed if getattr(old, name) not in (getattr(empty, name), changed[name])]
        said = ", ".join(f"{name.replace('_', ' ')} was {_plainly(getattr(old, name))}" for name in replaced)
        say(f"Saved the diary day {on}{f' ({said})' if said else ''}.")


def _plainly(value: object) -> str:
    """A diary's entry as it would be typed."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _joined(words: list[Any] | None) -> str | None:
    return " ".join(one.value for one in words) if words else None


Clock = Annotated[
    Optional[datetime],  # noqa: UP045
    typer.Option("--at", formats=["%H:%M"], metavar="HH:MM", help="Time of day for the diary."),
]


@diary.command("reminders")
def write_reminders(
    code: Code,
    to: Annotated[Path, typer.Option("--out", metavar="FILE", help="The calendar file.")] = Path("romcheck.ics"),
    at: Clock = None,
    exercise: Annotated[
        Optional[list[datetime]],  # noqa: UP045
        typer.Option(formats=["%H:%M"], metavar="HH:MM", help="Time of day for exercise; give it once for each."),
    ] = None,
    weeks: Annotated[int, typer.Option(min=1, max=104, help="Number of weeks.")] = 12,
    french: Annotated[bool, typer.Option("--french", help="In French.")] = False,
    data: Data = None,
) -> None:
    """Write reminders for a calendar: the diary, the exercise, the follow-ups that lie ahead. It names nobody."""
    from romcheck.exchange.atomic import same_kind, written_whole
    from romcheck.i18n.wording import Wording
    from romcheck.records.overview import page
    from romcheck.records.reminders import MADE_BY, reminders

    with opened(data) as records:
        found = page(records, number_of(records.person_by_code(code).id))
        times: list[time] = [one.time() for one in exercise or ()]
        begin = date.today()
        content = reminders(
            found,
            Wording("fr" if french else "en"),
            begin=begin,
            until=begin + timedelta(weeks=weeks),
            diary_at=at.time() if at else None,
            exercise_at=times,
        )
        if same_kind(to, ".ics").is_file() and MADE_BY.encode() not in to.read_bytes():
            raise OutputError("there_no_calendar", path=shown(to))
        with written_whole(to, private=True) as unfinished:
            unfinished.write_bytes(content)
        say(f"Wrote {to}.")

"""``romcheck people``: list, add, show, change, delete; what is due, retention, audit trail."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Optional

import typer

from romcheck.clinical import HeadacheSide, Sex
from romcheck.i18n.words import degrees
from romcheck.progress import bar
from romcheck.records.entries import Person, PlanStep
from romcheck.records.terminal import (
    AsJson,
    Code,
    Data,
    Day,
    Notes,
    Yes,
    confirm,
    day_of,
    entry_row,
    err,
    number_of,
    opened,
    print_json,
    say,
    show,
)

# What a command needs is imported where it is used, so that "romcheck --help" answers at once.

people = typer.Typer(no_args_is_help=True, help="People in the records: list, add, show, change, delete.")


@people.command("list")
def list_people(
    search: Annotated[str, typer.Argument(help="Part of a code or name.", show_default=False)] = "",
    limit: Annotated[int, typer.Option(min=1, help="Maximum number.")] = 100,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """List people by code."""
    with opened(data) as records:
        lines = records.people(search, limit=limit)
        rows = [
            entry_row(line.person, "code", "name", "birth_year", "sex", "headache_side")
            | {"visits": line.visits, "last_visit": line.last_visit, "next_due": line.next_due}
            for line in lines
        ]
        show(rows, as_json, "No people yet. Add one with 'romcheck people add CODE'.")
        everybody = records.count_people(search)
        if everybody > len(lines):
            say(f"{len(lines)} of {everybody}; --limit shows more.", err)


@people.command("add")
def add_person(
    code: Code,
    name: Annotated[Optional[str], typer.Option(help="Only if it must be stored.")] = None,  # noqa: UP045
    birth_year: Annotated[Optional[int], typer.Option(metavar="YYYY")] = None,  # noqa: UP045
    sex: Annotated[Optional[Sex], typer.Option()] = None,  # noqa: UP045
    headache_side: Annotated[Optional[HeadacheSide], typer.Option()] = None,  # noqa: UP045
    notes: Notes = "",
    data: Data = None,
) -> None:
    """Add a person."""
    with opened(data) as records:
        person = records.add_person(Person(code, name, birth_year, sex, headache_side, notes))
        say(f"Added {person.code}.")


@people.command("edit")
def edit_person(
    code: Code,
    new_code: Annotated[Optional[str], typer.Option(metavar="CODE")] = None,  # noqa: UP045
    name: Annotated[Optional[str], typer.Option(help="'' removes it.")] = None,  # noqa: UP045
    birth_year: Annotated[Optional[int], typer.Option(metavar="YYYY")] = None,  # noqa: UP045
    sex: Annotated[Optional[Sex], typer.Option()] = None,  # noqa: UP045
    headache_side: Annotated[Optional[HeadacheSide], typer.Option()] = None,  # noqa: UP045
    notes: Annotated[Optional[str], typer.Option(help="Replaces the old ones.")] = None,  # noqa: UP045
    data: Data = None,
) -> None:
    """Change a person's details; only the options given are changed."""
    given = {
        "code": new_code,
        "name": name,
        "birth_year": birth_year,
        "sex": sex,
        "headache_side": headache_side,
        "notes": notes,
    }
    with opened(data) as records:
        changed = {key: value for key, value in given.items() if value is not None}
        person = records.save_person(replace(records.person_by_code(code), **changed))  # type: ignore[arg-type]
        say(f"Saved {person.code}.")


@people.command("show")
def show_person(code: Code, data: Data = None, as_json: AsJson = False) -> None:
    """Show a person with all their records."""
    from romcheck.records.overview import headache_of, page, series_of

    with opened(data) as records:
        found = page(records, number_of(records.person_by_code(code).id))
        points = [
            entry_row(point, "on", "test", "movement", "mean_deg", "uncertainty_deg", "trials")
            | {"timing": point.conditions.timing, "mode": point.conditions.mode, "posture": point.conditions.posture}
            for point in series_of(found.measurements, found.visits)
        ]
        headaches = headache_of(found)
        if as_json:
            print_json(
                {
                    "person": entry_row(found.person),
                    "visits": list(map(entry_row, found.visits)),
                    "range": points,
                    "treatments": list(map(entry_row, found.treatments)),
                    "outcomes": list(map(entry_row, found.outcomes)),
                    "diary": list(map(entry_row, found.diary)),
                    "follow_ups": list(map(entry_row, found.follow_ups)),
                    "headache": entry_row(headaches),
                }
            )
            return
        show([entry_row(found.person, "code", "name", "birth_year", "sex", "headache_side", "notes")], False, "")
        for title, rows in (
            ("Range", [_range(point) for point in points]),
            ("Treatments", [entry_row(t, "id", "on", "kind", "level", "side", "by") for t in found.treatments]),
            ("Follow-ups", [entry_row(f, "label", "due_on", "state") for f in found.follow_ups]),
        ):
            say(f"\n{title}")
            show(rows, False, "None.")
        if headaches.baseline_days is not None and headaches.latest_days is not None:
            say(
                f"\nHeadache days per 28 days: {headaches.baseline_days:.1f} before treatment, "
                f"{headaches.latest_days:.1f} now, after treatment on {headaches.treatment_days} days."
            )
        if headaches.review_plan:
            say("Review the plan: the headache days have not halved.")


@people.command("delete")
def delete_person(
    code: Code,
    from_backups: Annotated[
        bool, typer.Option("--from-backups", help="Also rewrite this installation's older backups without them.")
    ] = False,
    yes: Yes = False,
    data: Data = None,
) -> None:
    """Delete a person and everything about them in the data folder."""
    from romcheck.records.rights import delete_person as delete
    from romcheck.records.videos import loose

    with opened(data) as records:
        person = records.person_by_code(code)
        confirm(f"Delete {person.code} with all visits, measurements, treatments and diary? It cannot be undone.", yes)
        with bar("Writing backups again", "backups", err) as progress:
            done = delete(records, number_of(person.id), from_backups=from_backups, progress=progress)
        say(f"Deleted: {done.rows} entries, {done.files} files.")
        if done.backups:
            say("These backups still contain the person; --from-backups rewrites them without the person:")
        for path in done.backups:
            say(f"  {path}")
        for path in done.rewritten:
            say(f"Rewritten without the person; everyone else is still in it: {path}")
        for path in done.not_looked_into:
            say(f"Not checked (missing, or not clearly a backup of this installation): {path}", err)
        for text in map(str, done.not_cleaned):
            say(text, err)
        if loose(records):
            say(
                "Some saved videos are not linked to a person and may show this one: see 'romcheck people videos'.",
                err,
            )


@people.command("videos")
def videos(
    delete: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--delete", metavar="NAME", help="Delete this one; may be repeated."),
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """List saved videos not linked to a person; they show the face."""
    from romcheck.records.videos import delete_loose, loose

    with opened(data) as records:
        for name in delete or ():
            delete_loose(records, name)
        show([entry_row(one) for one in loose(records)], as_json, "None: every kept video belongs to a measurement.")


@people.command("due")
def due(day: Day = None, data: Data = None, as_json: AsJson = False) -> None:
    """List follow-ups due and coming within a week, those long overdue last, and today's visits."""
    from romcheck.records.overview import today

    with opened(data) as records:
        found = today(records, day_of(day))
        rows = [
            {
                "code": d.person.code,
                "follow_up": d.follow_up.label,
                "due_on": d.follow_up.due_on,
                "days_over": d.days_over,
                "state": "coming" if d.days_over < 0 else "due",
            }
            for d in (*found.due, *found.coming, *found.long_due)
        ]
        if as_json:
            print_json({"visits": [seen.person.code for seen in found.visits], "due": rows})
            return
        say(f"Visits on {found.day}: {', '.join(seen.person.code for seen in found.visits) or 'none'}")
        show(rows, False, "No follow-up is due.")


@people.command("plan")
def plan(
    steps: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(metavar="LABEL=DAYS...", help="The new plan, such as '4 weeks=28'.", show_default=False),
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Show the follow-up plan, or change it for everyone who starts treatment from now on."""
    with opened(data) as records:
        if steps:
            try:
                wanted = [PlanStep(label, int(days)) for label, days in (step.rsplit("=", 1) for step in steps)]
            except ValueError as error:
                raise typer.BadParameter("write each step as LABEL=DAYS, such as '4 weeks=28'") from error
            records.course.save_plan(wanted)
        show(list(map(entry_row, records.course.plan())), as_json, "No follow-ups are planned.")


@people.command("retention")
def retention(
    months: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(help="Months to keep records after the last entry; 0 for no rule."),
    ] = None,
    delete: Annotated[bool, typer.Option("--delete", help="Delete those listed, asking before each.")] = False,
    yes: Yes = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """List people and unlinked videos whose retention period has ended; nothing is deleted without asking."""
    from romcheck.records import rights
    from romcheck.records.videos import delete_loose

    with opened(data) as records:
        if months is not None:
            rights.save_retention_months(records, months or None)
        rule = rights.retention_months(records)
        if rule is None:
            say("There is no retention rule. Set one with --months.", err)
        listed, videos = rights.expired(records), rights.expired_videos(records)
        rows = [{"code": e.person.code, "video": None, "last_entry": e.last_entry} for e in listed]
        rows += [{"code": None, "video": v.name, "last_entry": v.kept_at.astimezone().date()} for v in videos]
        show(rows, as_json, "Nobody is due.")
        for one in listed if delete else ():
            if yes or typer.confirm(f"Delete {one.person.code} (last entry {one.last_entry})?"):
                rights.delete_person(records, number_of(one.person.id))
                say(f"Deleted {one.person.code}.")
        for video in videos if delete else ():
            if yes or typer.confirm(f"Delete the video {video.name}, which is not linked to a person?"):
                delete_loose(records, video.name)
                say(f"Deleted {video.name}.")


@people.command("audit")
def audit(
    code: Annotated[Optional[str], typer.Argument(metavar="CODE", help="Only this person.", show_default=False)] = None,  # noqa: UP045
    limit: Annotated[int, typer.Option(min=1, help="Maximum number of lines.")] = 100,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Show who viewed, changed, exported or deleted records, newest first; it contains numbers, no names."""
    with opened(data) as records:
        person_id = records.person_by_code(code).id if code else None
        show(list(map(entry_row, records.audit(person_id, limit))), as_json, "Nothing yet.")


@people.command("verify")
def verify(
    known: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(
            metavar="HASH", help="A last hash noted earlier; check that it is still in the trail.", show_default=False
        ),
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Check that the audit trail is intact: each line contains the hash of the one before.

    Exit status: 1 if it is not. Lines removed from its end can only be detected with a last hash noted earlier.
    """
    from romcheck.records.audit import verify as follow

    with opened(data) as records:
        found = records.database.read(lambda session: follow(session, known))
        if as_json:
            print_json(entry_row(found))
        elif found.broken is not None:
            say(
                f"The audit trail is not intact: line {found.broken} does not follow the one before. Keep the database."
            )
        elif found.known is False:
            say(
                "The audit trail does not contain this hash: lines were removed, or it belongs to another installation."
            )
        else:
            say(f"The audit trail is intact: {found.lines} lines, the last with the hash {found.last}.")
        if found.broken is not None or found.known is False:
            raise typer.Exit(1)


@people.command("wipe")
def wipe(data: Data = None) -> None:
    """Overwrite what deleted entries left in the database file, if that could not be done at once."""
    with opened(data) as records:
        left = records.database.wipe()
        for text in map(str, left):
            say(text, err)
        if left:
            raise typer.Exit(1)
        say("No deleted entries are left in the database file.")


def _range(point: dict[str, Any]) -> dict[str, Any]:
    """A point of the series in the width of a terminal."""
    said = degrees(point["mean_deg"], point["uncertainty_deg"])
    return {name: point[name] for name in ("on", "test", "movement")} | {"range": said, "timing": point["timing"]}

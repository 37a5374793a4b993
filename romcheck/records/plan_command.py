"""``romcheck plan`` and ``goals``: treatment plans with their progress, and the person's goals."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated, Optional

import typer

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
from romcheck.records.treatment_plan import GoalScore, TreatmentPlan, goals_of, plan_on, progress

# What a command needs is imported where it is used, so that "romcheck --help" answers at once.

plan = typer.Typer(no_args_is_help=True, help="The plan of a treatment: show, set, delete.")
goals = typer.Typer(no_args_is_help=True, help="Goals in the person's own words, 0 to 10: list, score, delete.")

Whole = Optional[int]  # noqa: UP045


@plan.command("show")
def show_plan(code: Code, data: Data = None, as_json: AsJson = False) -> None:
    """Show today's plan and its progress."""
    from romcheck.i18n.wording import Wording
    from romcheck.records.overview import page
    from romcheck.reports.of_course import progress_sentences

    with opened(data) as records:
        found = page(records, number_of(records.person_by_code(code).id))
        today = date.today()
        holds = plan_on(found.treatment_plans, today)
        if as_json or holds is None:
            rows = [] if holds is None else [entry_row(progress(holds, found.treatments, found.diary, today))]
            show(rows, as_json, "No plan.")
            return
        said = progress_sentences(progress(holds, found.treatments, found.diary, today), Wording("en"))
        say(f"Plan {holds.id} of {holds.on}. {' '.join(said)}")


@plan.command("set")
def set_plan(
    code: Code,
    day: Day = None,
    start_weeks: Annotated[Whole, typer.Option(help="First weeks; 2 if not given.")] = None,
    course_weeks: Annotated[Whole, typer.Option(help="Weeks of treatment after them; 6 if not given.")] = None,
    sessions: Annotated[Whole, typer.Option(help="Planned in all these weeks; 10 if not given.")] = None,
    months: Annotated[Whole, typer.Option(help="From the first day to the end; 12 if not given.")] = None,
    exercise_times: Annotated[Whole, typer.Option(help="Exercise at home, times a day; 2 if not given.")] = None,
    notes: Notes = "",
    data: Data = None,
) -> None:
    """Set a plan that begins on a date; of a plan that exists for that date, only the options given are changed."""
    given = {
        "start_weeks": start_weeks,
        "course_weeks": course_weeks,
        "sessions": sessions,
        "months": months,
        "exercise_times": exercise_times,
        "notes": notes or None,
    }
    changed = {key: value for key, value in given.items() if value is not None}
    with opened(data) as records:
        person_id, on = number_of(records.person_by_code(code).id), day_of(day)
        there = [one for one in records.course.treatment_plans(person_id) if one.on == on]
        if there:
            kept = records.course.save_treatment_plan(replace(there[-1], **changed))  # type: ignore[arg-type]
        else:
            kept = records.course.add_treatment_plan(replace(TreatmentPlan(person_id, on), **changed))  # type: ignore[arg-type]
        say(f"Set plan {kept.id} from {kept.on}: {kept.sessions} sessions by {kept.course_ends}, until {kept.ends}.")


@plan.command("delete")
def delete_plan(number: Number, yes: Yes = False, data: Data = None) -> None:
    """Delete a plan."""
    with opened(data) as records:
        confirm(f"Delete plan {number}?", yes)
        records.course.delete_treatment_plan(number)
        say("Deleted.")


@goals.command("list")
def list_goals(code: Code, data: Data = None, as_json: AsJson = False) -> None:
    """List the goals with their scores, the first and the latest."""
    with opened(data) as records:
        scores = records.course.goal_scores(number_of(records.person_by_code(code).id))
        if as_json:
            show([entry_row(one, "on", "activity", "score") for one in scores], as_json, "")
            return
        ends = [(goal.scores[0], goal.scores[-1]) for goal in goals_of(scores)]
        rows = [
            {"goal": a.activity, "first": a.score, "first_on": a.on, "latest": b.score, "latest_on": b.on}
            for a, b in ends
        ]
        show(rows, as_json, "No goals.")


@goals.command("score")
def score_goal(
    code: Code,
    activity: Annotated[str, typer.Argument(help="In the person's own words.", show_default=False)],
    score: Annotated[int, typer.Argument(help="0, cannot do it, to 10, as well as before.", show_default=False)],
    day: Day = None,
    data: Data = None,
) -> None:
    """Score a goal; the same words are the same goal."""
    with opened(data) as records:
        person_id, on = number_of(records.person_by_code(code).id), day_of(day)
        visit = visit_on(records, person_id, on)
        before = {one.activity for one in records.course.goal_scores(person_id)}
        (kept,) = records.course.score_goals([GoalScore(person_id, on, activity, score, visit)])
        say(f"Scored {kept.score} of 10 on {kept.on}{'.' if kept.activity in before else ': a new goal.'}")


@goals.command("delete")
def delete_goal(
    code: Code,
    activity: Annotated[str, typer.Argument(help="The goal, as listed.", show_default=False)],
    yes: Yes = False,
    data: Data = None,
) -> None:
    """Delete a goal with all its scores."""
    with opened(data) as records:
        person_id = number_of(records.person_by_code(code).id)
        confirm("Delete this goal with its scores?", yes)
        records.course.delete_goal(person_id, activity)
        say("Deleted.")

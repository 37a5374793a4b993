"""Sentences on the course between measurements, for pages and reports: plan, goals, outcomes and medicine."""

from __future__ import annotations

from collections.abc import Sequence

from romcheck.change import MONTH_DAYS, MedicineDays
from romcheck.clinical import PERIOD_DAYS, Outcome
from romcheck.i18n.wording import Wording
from romcheck.published import monthly_days, worthwhile
from romcheck.records.treatment_plan import GoalScore, PlanProgress, goals_of
from romcheck.reports.sentences import Cite, in_full

COMPARED = ("intensity", "ndi", "hit6")
"""Outcomes that are compared first to latest."""


def progress_sentences(progress: PlanProgress, words: Wording) -> list[str]:
    """Progress of the plan, and how often the exercise was done compared with the plan."""
    plan = progress.plan
    phase = words(f"phase_of_plan.{progress.phase}")
    counts = {"done": str(progress.sessions), "planned": str(plan.sessions)}
    if progress.phase in ("start", "course"):
        weeks = str(plan.start_weeks + plan.course_weeks)
        ends = words.short_day(plan.course_ends)
        said = [words("course.said", phase=phase, week=str(progress.week), weeks=weeks, day=ends, **counts)]
    else:
        said = [words("course.said_after", phase=phase, later=str(progress.later), **counts)]
        if progress.phase == "maintenance":
            said = [f"{said[0]} {words('course.until', day=words.short_day(plan.ends))}"]
    if plan.exercise_times is None:
        return said
    wanted = str(plan.exercise_times)
    if progress.times is None:
        return [*said, words("course.exercise_unknown", wanted=wanted, days=str(PERIOD_DAYS))]
    done = {"as_often": str(progress.as_often), "told": str(progress.told)}
    times = words.short_number(round(progress.times, 1))
    return [*said, words("course.exercise", wanted=wanted, times=times, **done)]


def goal_sentences(scores: Sequence[GoalScore], words: Wording) -> list[str]:
    """Every goal with its first and its latest score, in one sentence; none without goals."""
    told = []
    for goal in goals_of(scores):
        first, latest = goal.scores[0], goal.scores[-1]
        if first is latest:
            told.append(words("goal.said_once", activity=goal.activity, a=str(first.score)))
        else:
            told.append(words("goal.said", activity=goal.activity, a=str(first.score), b=str(latest.score)))
    return [words("goal.list", list=words.listed(told))] if told else []


def outcome_sentences(outcomes: Sequence[Outcome], words: Wording, cite: Cite = in_full) -> list[str]:
    """First to latest of outcomes reported at least twice, with published figures on such a change."""
    said: list[str] = []
    for name in COMPARED:
        told = sorted((o for o in outcomes if getattr(o, name) is not None), key=lambda o: (o.on, o.id or 0))
        if len(told) < 2 or told[0].on == told[-1].on:
            continue
        sentences = _compared(name, told[0], told[-1], words, cite)
        said.append(" ".join(sentences))
    return [*said, words("outcome.means")] if said else []


def _compared(name: str, first: Outcome, latest: Outcome, words: Wording, cite: Cite) -> list[str]:
    a, b = (float(getattr(one, name)) for one in (first, latest))
    fall = a - b
    values = {
        "name": words(f"field.{name}"),
        "a": words.short_number(a),
        "day_a": words.short_day(first.on),
        "day_b": words.short_day(latest.on),
    }
    if fall == 0:
        said = [words("outcome.same", **values)]
    else:
        changed = {"b": words.short_number(b), "change": words.short_number(round(abs(fall), 1))}
        said = [words("outcome.fell" if fall > 0 else "outcome.rose", **values, **changed)]
    known = worthwhile(name)
    if known is None:
        return [*said, words("outcome.no_published")]
    numbers = {"value": words.short_number(known.value), "detectable": words.short_number(known.detectable)}
    sources = {"cite": cite(known.source), "cite_detectable": cite(known.detectable_source)}
    said.append(words("outcome.published", **numbers, **sources))
    if fall > 0:
        reached = "not_reached" if fall < known.value else "unsure" if fall < known.detectable else "reached"
        said.append(words(f"outcome.{reached}"))
    return said


def outcome_figures(outcomes: Sequence[Outcome], words: Wording, cite: Cite = in_full) -> list[str]:
    """Only the published figures, in one sentence, beside a table of first and latest values."""
    told = [
        (name, known)
        for name in COMPARED
        if (known := worthwhile(name)) is not None and sum(getattr(one, name) is not None for one in outcomes) > 1
    ]
    if not told:
        return []
    named = [
        words("outcome.figure", name=words(f"report.out_{name}"), value=words.short_number(known.value),
              detectable=words.short_number(known.detectable))
        for name, known in told
    ]  # fmt: skip
    known = told[0][1]
    sources = {"cite": cite(known.source), "cite_detectable": cite(known.detectable_source)}
    return [words("outcome.figures", list=words.listed(named), **sources)]


def medicine_sentences(
    counted: MedicineDays | None, words: Wording, cite: Cite = in_full, *, to_patient: bool = True
) -> list[str]:
    """Days with pain medicine of the last month, and from how many on they matter; a patient is told whom to ask."""
    if counted is None or not counted.days:
        return []
    days = {"days": str(counted.days), "kept": str(counted.kept), "month": str(MONTH_DAYS)}
    said = [words("medicine.count", **days)]
    if counted.by_class:
        listed = [
            words("records.said", name=words(f"medicine_class.{name}"), value=str(of)) for name, of in counted.by_class
        ]
        said.append(words("medicine.classes", list=words.listed(listed)))
    source = monthly_days("simple").source
    many, fewer = (
        ("medicine.many", "medicine.fewer") if to_patient else ("report.medicine_many", "report.medicine_fewer")
    )
    key = many if counted.many else fewer
    return [*said, words(key, limit=str(counted.limit), cite=cite(source))]

"""The plan of a treatment and how far it is, the person's own goals, and reminders for a calendar."""

from __future__ import annotations

from datetime import date, time, timedelta

import streamlit as st

from romcheck.i18n.wording import Wording
from romcheck.records.entries import PersonPage
from romcheck.records.reminders import MOST_WEEKS, reminders
from romcheck.records.treatment_plan import MOST_GOALS, GoalScore, goals_of, new_plan, plan_on, progress
from romcheck.reports.of_course import progress_sentences
from romcheck.ui.common import table
from romcheck.ui.editing import edit
from romcheck.ui.forms import any_day, plan_form
from romcheck.ui.records import plain, say_next, store, telling

MONTHS_AHEAD = 3
HOURS = [time(hour, half) for hour in range(6, 23) for half in (0, 30)]


def line(found: PersonPage, on: date, t: Wording) -> None:
    """Progress of the plan, where there is one."""
    plan = plan_on(found.treatment_plans, on)
    if plan is not None:
        said = progress_sentences(progress(plan, found.treatments, found.diary, on), t)
        st.markdown(plain(" ".join(said)))


def plan(found: PersonPage, t: Wording) -> None:
    """The current plan, or the form for one."""
    assert found.person.id is not None
    today = date.today()
    holds = plan_on(found.treatment_plans, today)
    if holds is not None:
        line(found, today, t)
        if holds.notes:
            st.text(holds.notes)
        edit(f"treatment_plan_{holds.id}", t("course.edit"), holds, plan_form, store().course.save_treatment_plan)
        return
    with st.form("new_treatment_plan", border=False):
        entry = plan_form(new_plan(found.person.id, found.treatments, today))
        if st.form_submit_button(t("course.keep"), key="keep_treatment_plan"):
            with telling():
                store().course.add_treatment_plan(entry)
                say_next(t("records.saved"))


def goals(found: PersonPage, on: date, visit: int | None, t: Wording) -> None:
    """Goals with their first and latest score, and the form for the scores of a day."""
    assert found.person.id is not None
    known = goals_of(found.goal_scores)
    if known:
        rows = [
            [
                goal.activity,
                *(f"{one.score} ({t.short_day(one.on)})" for one in (goal.scores[0], goal.scores[-1])),
            ]
            for goal in known
        ]
        table(t("goal.title"), [t(f"goal.column.{name}") for name in ("activity", "first", "latest")], rows)
    st.caption(t("goal.help"))
    half = False
    with st.form(f"goals_{on}_{len(found.goal_scores)}", border=False):
        scores = [
            GoalScore(found.person.id, on, goal.activity, score, visit)
            for number, goal in enumerate(known)
            if (score := _score(plain(goal.activity), f"goal_{number}_{len(found.goal_scores)}", t)) is not None
        ]
        if len(known) < MOST_GOALS:
            new, score = _new_goal(len(found.goal_scores), t)
            half = bool(new) != (score is not None)
            if score is not None:
                scores.append(GoalScore(found.person.id, on, new, score, visit))
        wanted = st.form_submit_button(t("goal.keep"), key="keep_goals")
    if wanted and half:
        st.error(t("goal.half"))
    elif wanted and scores:
        with telling():
            store().course.score_goals(scores)
            say_next(t("records.saved"))


def delete_goal(found: PersonPage, t: Wording) -> None:
    """Delete a goal entered by mistake, with its scores."""
    names = [goal.activity for goal in goals_of(found.goal_scores)]
    if not names:
        return
    name = st.selectbox(t("goal.delete"), names, index=None, placeholder=t("records.not_noted"), key="which_goal")
    if st.button(t("records.delete"), key="delete_goal", disabled=name is None) and name is not None:
        with telling():
            assert found.person.id is not None
            store().course.delete_goal(found.person.id, name)
            say_next(t("records.deleted"))


def _new_goal(number: int, t: Wording) -> tuple[str, int | None]:
    words, beside = st.columns([3, 1])
    with words:
        key = f"goal_new_{number}"
        text = st.text_input(t("goal.new"), key=key, placeholder=t("goal.new_example"))
    with beside:
        score = _score(t("goal.new_score"), f"goal_new_score_{number}", t)
    return text.strip(), score


def _score(label: str, key: str, t: Wording) -> int | None:
    found: int | None = st.selectbox(label, range(11), index=None, placeholder=t("records.not_noted"), key=key)
    return found


def calendar(found: PersonPage, t: Wording) -> None:
    """A file of reminders: the diary, the exercise, and the coming follow-ups."""
    today = date.today()
    st.caption(t("reminder.help"))
    plan = plan_on(found.treatment_plans, today)

    def clock(one: time) -> str:
        return f"{one:%H:%M}"

    diary_at = st.selectbox(
        t("reminder.at"),
        HOURS,
        HOURS.index(time(20)),
        format_func=clock,
        placeholder=t("reminder.none"),
        key="reminder_at",
    )
    exercise = st.multiselect(
        t("reminder.exercise_at"),
        HOURS,
        [] if plan is None else plan.exercise_hours,
        format_func=clock,
        placeholder=t("reminder.none"),
        key="reminder_exercise",
    )
    until = any_day(t("reminder.until"), today + timedelta(weeks=4 * MONTHS_AHEAD), "reminder_until", t)
    last = today + timedelta(weeks=MOST_WEEKS)
    if not today <= until <= last:
        st.error(t("reminder.until_beyond", first=t.short_day(today), last=t.short_day(last)))
        return
    content = reminders(found, t, begin=today, until=until, diary_at=diary_at, exercise_at=exercise)
    st.download_button(
        t("reminder.download"),
        content,
        "romcheck.ics",
        "text/calendar",
        key="download_reminders",
        on_click="ignore",
    )

"""The course of treatment of one person: treatments, outcomes, diary and follow-ups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from romcheck.clinical import DiaryDay, FollowUp, Outcome, Treatment
from romcheck.records import audit, checks, follow_up, rules
from romcheck.records.entries import PlanStep
from romcheck.records.models import (
    DiaryRow,
    GoalScoreRow,
    OutcomeRow,
    PersonRow,
    TreatmentPlanRow,
    TreatmentRow,
)
from romcheck.records.problems import ConflictError, NotFoundError
from romcheck.records.rows import (
    entry_of,
    get,
)
from romcheck.records.transactions import Transactions
from romcheck.records.treatment_plan import GoalScore, TreatmentPlan


class CourseEntries:
    """Treatments, outcomes, diary, plans, goals and follow-ups.

    Parameters
    ----------
    records : the store
    """

    def __init__(self, records: Transactions) -> None:
        self._records = records

    # Treatments

    def add_treatment(self, treatment: Treatment) -> Treatment:
        """Save a treatment; the first one starts the follow-up plan.

        Raises
        ------
        EntryError
            When it is before the person's first visit, or on another day than its visit.
        """
        treatment = checks.treatment(treatment)

        def work(session: Session) -> Treatment:
            began = follow_up.began_on(session, treatment.person_id)
            row = self._records.add_row(session, treatment)
            rules.fits_visit(session, treatment)
            rules.treatments_follow_visits(session, treatment.person_id)
            follow_up.replan(session, treatment.person_id, began_before=began)
            return entry_of(Treatment, row)

        return self._records.database.write(work)

    def treatment(self, treatment_id: int) -> Treatment:
        """One treatment."""
        return self._records.one(Treatment, treatment_id)

    def treatments(self, person_id: int) -> tuple[Treatment, ...]:
        """All treatments of a person, oldest first."""
        return self._records.all_of(Treatment, person_id)

    def save_treatment(self, treatment: Treatment) -> Treatment:
        """Save the changes to a treatment."""
        treatment = checks.treatment(treatment)

        def work(session: Session) -> Treatment:
            began = follow_up.began_on(session, treatment.person_id)
            row = self._records.change_row(session, treatment, keep=("person_id",))
            rules.fits_visit(session, treatment)
            rules.treatments_follow_visits(session, row.person_id)
            follow_up.replan(session, row.person_id, began_before=began)
            return entry_of(Treatment, row)

        return self._records.database.write(work)

    def delete_treatment(self, treatment_id: int) -> None:
        """Delete a treatment."""
        self._records.remove_row(TreatmentRow, treatment_id)

    # Outcomes and diary

    def add_outcome(self, outcome: Outcome) -> Outcome:
        """Save outcomes of a period."""
        outcome = checks.outcome(outcome)

        def work(session: Session) -> Outcome:
            row = self._records.add_row(session, outcome)
            rules.fits_visit(session, outcome, same_day=False)
            return entry_of(Outcome, row)

        return self._records.database.write(work)

    def outcomes(self, person_id: int) -> tuple[Outcome, ...]:
        """All outcomes of a person, oldest first."""
        return self._records.all_of(Outcome, person_id)

    def delete_outcome(self, outcome_id: int) -> None:
        """Delete outcomes."""
        self._records.remove_row(OutcomeRow, outcome_id)

    def write_diary(self, day: DiaryDay) -> DiaryDay:
        """Save one day of the diary, new or changed. An existing day is not overwritten without its version."""
        return self.write_diary_days([day])[0]

    def write_diary_days(self, days: Sequence[DiaryDay]) -> tuple[DiaryDay, ...]:
        """Save several days, all of them or none."""
        days = [checks.diary_day(day) for day in days]

        def write(session: Session, day: DiaryDay) -> DiaryDay:
            there = session.scalar(
                select(DiaryRow).where(DiaryRow.person_id == day.person_id, DiaryRow.on == day.on).with_for_update()
            )
            if there is not None and there.id != day.id:
                raise ConflictError("conflict", day, entry_of(DiaryDay, there))
            row = (
                self._records.add_row(session, day)
                if day.id is None
                else self._records.change_row(session, day, keep=("person_id",))
            )
            return entry_of(DiaryDay, row)

        return self._records.database.write(lambda session: tuple([write(session, day) for day in days]))

    def diary(self, person_id: int, since: date | None = None, until: date | None = None) -> tuple[DiaryDay, ...]:
        """The days of the diary, oldest first."""
        days = self._records.all_of(DiaryDay, person_id)
        return tuple(day for day in days if (since is None or day.on >= since) and (until is None or day.on <= until))

    # Plans and goals

    def add_treatment_plan(self, plan: TreatmentPlan) -> TreatmentPlan:
        """Save a plan; the newest that has begun is valid."""
        plan = checks.treatment_plan(plan)
        return self._records.database.write(
            lambda session: entry_of(TreatmentPlan, self._records.add_row(session, plan))
        )

    def treatment_plans(self, person_id: int) -> tuple[TreatmentPlan, ...]:
        """All plans of a person, oldest first."""
        return self._records.all_of(TreatmentPlan, person_id)

    def save_treatment_plan(self, plan: TreatmentPlan) -> TreatmentPlan:
        """Save the changes to a plan."""
        plan = checks.treatment_plan(plan)
        return self._records.database.write(
            lambda session: entry_of(TreatmentPlan, self._records.change_row(session, plan, keep=("person_id",)))
        )

    def delete_treatment_plan(self, plan_id: int) -> None:
        """Delete a plan."""
        self._records.remove_row(TreatmentPlanRow, plan_id)

    def score_goals(self, scores: Sequence[GoalScore]) -> tuple[GoalScore, ...]:
        """Save scores of goals, all or none. One of the same activity and day replaces the old one.

        A goal that is there in other capitals is the same goal, and keeps the spelling it began with.
        """
        checked = [checks.goal_score(score) for score in scores]

        def write(session: Session, score: GoalScore) -> GoalScore:
            score = replace(score, activity=_spelled(session, score.person_id, score.activity))
            there = session.scalar(
                select(GoalScoreRow).where(
                    GoalScoreRow.person_id == score.person_id,
                    GoalScoreRow.activity == score.activity,
                    GoalScoreRow.on == score.on,
                )
            )
            if there is None:
                row = self._records.add_row(session, score)
            else:
                same = replace(score, id=there.id, version=there.version)
                row = self._records.change_row(session, same, keep=("person_id",))
            rules.fits_visit(session, score, same_day=False)
            return entry_of(GoalScore, row)

        return self._records.database.write(lambda session: tuple([write(session, score) for score in checked]))

    def goal_scores(self, person_id: int) -> tuple[GoalScore, ...]:
        """All scores of a person's goals, oldest first."""
        return self._records.all_of(GoalScore, person_id)

    def delete_goal(self, person_id: int, activity: str) -> None:
        """Delete a goal with all its scores."""

        def work(session: Session) -> None:
            get(session, PersonRow, person_id, for_update=True)
            wanted = _spelled(session, person_id, activity)
            gone = session.scalars(
                select(GoalScoreRow).where(GoalScoreRow.person_id == person_id, GoalScoreRow.activity == wanted)
            ).all()
            if not gone:
                raise NotFoundError("not_there", entry="goal")
            for row in gone:
                session.delete(row)
                audit.note(session, self._records.by, "deleted", person_id, f"goal {row.id}")

        self._records.database.write(work)

    # Follow-ups

    def plan(self) -> tuple[PlanStep, ...]:
        """The follow-up plan for people who begin treatment."""
        return self._records.database.read(follow_up.plan)

    def save_plan(self, steps: Sequence[PlanStep]) -> tuple[PlanStep, ...]:
        """Change the plan for people who begin treatment from now on."""
        steps = follow_up.checked_plan(steps)
        self._records.save_setting(follow_up.SETTING, [[step.label, step.days] for step in steps])
        return steps

    def replan(self, person_id: int, steps: Sequence[PlanStep] | None = None) -> tuple[FollowUp, ...]:
        """Plan one person's follow-ups again; by the clinic's plan if None."""

        def work(session: Session) -> None:
            get(session, PersonRow, person_id, for_update=True)
            follow_up.replan(
                session, person_id, steps=follow_up.plan(session) if steps is None else follow_up.checked_plan(steps)
            )
            audit.note(session, self._records.by, "changed", person_id, "follow-ups")

        self._records.database.write(work)
        return self.follow_ups(person_id)

    def follow_ups(self, person_id: int) -> tuple[FollowUp, ...]:
        """A person's follow-ups, in order."""
        return self._records.all_of(FollowUp, person_id)

    def save_follow_up(self, entry: FollowUp) -> FollowUp:
        """Save changes to one follow-up: another day, or dropped."""
        entry = checks.follow_up(entry)

        def work(session: Session) -> FollowUp:
            row = self._records.change_row(session, entry, keep=("person_id",))
            follow_up.replan(session, row.person_id)
            return entry_of(FollowUp, row)

        return self._records.database.write(work)


def _spelled(session: Session, person_id: int, activity: str) -> str:
    """A goal as the person's first score of it spells it: exactly so, else but for capitals and spaces."""
    query = select(GoalScoreRow.activity).where(GoalScoreRow.person_id == person_id).order_by(GoalScoreRow.id)
    there = session.scalars(query).all()
    wanted = " ".join(activity.casefold().split())
    return activity if activity in there else next((one for one in there if one.casefold() == wanted), activity)

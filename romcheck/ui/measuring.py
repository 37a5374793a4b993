"""How a check of somebody in the records begins: as the last time, with the side whose turn it is."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import NoReturn, cast

import streamlit as st

from romcheck.clinical import MovedBy
from romcheck.errors import RomcheckError
from romcheck.live.journey import Journey
from romcheck.live.state import CheckPlan
from romcheck.motion.tell import TRIALS_A_SIDE
from romcheck.records.entries import MeasurementRecord, PersonPage
from romcheck.records.overview import page_within, side_to_begin, to_repeat
from romcheck.records.own import own_person
from romcheck.results import MovementName, Test
from romcheck.ui.common import journey
from romcheck.ui.records import Target, go_to, store

MOST_TRIALS, USUAL_TRIALS = 5, 3
"""Of the tests with open eyes, for each movement."""


def measure(target: Target) -> NoReturn:
    """Begin a measurement of this person. Only where there was none before, what is measured is chosen first."""
    way = journey().again().begin("therapist")
    found = _found(target.person_id)
    last = to_repeat(found, date.today(), target.visit_id, target.timing)
    if last is not None:
        plan, moved_by = as_measured(last)
        way = way.choose(plan, moved_by, side_to_begin(found, plan.test, date.today()))
    st.session_state["target"] = target
    st.session_state["journey"] = way
    st.session_state.pop("check", None)
    go_to("check")


def as_measured(last: MeasurementRecord) -> tuple[CheckPlan, MovedBy]:
    """What to do, and who moves the head, so that it can be compared with a measurement."""
    how = last.conditions
    counted = max((len(summary.trials) for summary in last.result.summary), default=0)
    plan = CheckPlan(
        last.test,
        how.mode or "active",
        how.posture or "seated",
        min(counted, most_trials(last.test)) or usual_trials(last.test),
        bool(how.practice),
        rest=how.rest is not False,
    )
    return plan, how.moved_by or "self"


def most_trials(test: Test) -> int:
    """Most trials to each side that can be asked for."""
    return TRIALS_A_SIDE if test == "joint-position" else MOST_TRIALS


def usual_trials(test: Test) -> int:
    """Trials to each side where nothing else is wished."""
    return TRIALS_A_SIDE if test == "joint-position" else USUAL_TRIALS


def first_side(way: Journey, test: Test) -> MovementName | None:
    """The side to begin with, from the records of the person; None where there are none or they cannot be read."""
    with suppress(RomcheckError):
        if way.who == "therapist":
            target = cast("Target | None", st.session_state.get("target"))
            person_id = None if target is None else target.person_id
        else:
            own = own_person(store())
            person_id = None if own is None else own.id
        if person_id is not None:
            return side_to_begin(_found(person_id), test, date.today())
    return None


def _found(person_id: int) -> PersonPage:
    return store().database.read(lambda session: page_within(session, person_id))

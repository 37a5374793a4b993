"""The map of a head goes to the next check of the same person in the same visit, and to nobody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
import streamlit as st
from measured import ended, measurement

from romcheck.geometry.intrinsics import Lens
from romcheck.live.journey import Journey
from romcheck.person.head_map import HeadMap
from romcheck.tracking.feature_map import FeatureMap
from romcheck.ui import visit_map
from romcheck.ui.records import Target

THERAPIST, ALONE = Journey("live", "therapist"), Journey("live", "self")
LENS = Lens.assumed(640, 480)
MAP = HeadMap(
    ("a" * 64,), LENS, 0, 120.0, False, np.zeros((478, 3)), np.eye(3),
    FeatureMap(LENS.fx, np.array([LENS.cx, LENS.cy]), lambda *_: (np.zeros((1, 1), np.uint8), lambda _: None)),
    np.zeros((32, 0, 3)),
)  # fmt: skip


@pytest.fixture(autouse=True)
def session(monkeypatch):
    """What one window keeps."""
    state = {}
    monkeypatch.setattr(st, "session_state", state)
    return state


def check(head_map=MAP):
    return ended(replace(measurement(), head_map=head_map))


def test_the_same_patient_is_measured_in_it(session):
    session["target"] = Target(7)
    assert visit_map.kept(THERAPIST) is None
    visit_map.keep(check(), THERAPIST)
    assert visit_map.kept(THERAPIST) is MAP
    session["target"] = Target(7, 3, "after")
    assert visit_map.kept(THERAPIST) is MAP


@pytest.mark.parametrize("other", [Target(8), None])
def test_for_another_patient_it_is_given_up(session, other):
    session["target"] = Target(7)
    visit_map.keep(check(), THERAPIST)
    session["target"] = other
    assert visit_map.kept(THERAPIST) is None
    session["target"] = Target(7)
    assert visit_map.kept(THERAPIST) is None


def test_alone_and_in_the_clinic_are_two_people(session):
    session["target"] = Target(7)
    visit_map.keep(check(), ALONE)
    assert visit_map.kept(THERAPIST) is None
    visit_map.keep(check(), ALONE)
    assert visit_map.kept(ALONE) is MAP


def test_of_a_patient_not_chosen_nothing_is_kept(session):
    visit_map.keep(check(), THERAPIST)
    assert not session


def test_hours_later_it_is_another_visit(session, monkeypatch):
    visit_map.keep(check(), ALONE)
    later = datetime.now() + timedelta(hours=2, minutes=1)

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return later

    monkeypatch.setattr(visit_map, "datetime", Clock)
    assert visit_map.kept(ALONE) is None


def test_a_check_without_a_measurement_keeps_the_map_there_is(session):
    visit_map.keep(check(), ALONE)
    visit_map.keep(ended(None), ALONE)
    visit_map.keep(check(None), ALONE)
    assert visit_map.kept(ALONE) is MAP

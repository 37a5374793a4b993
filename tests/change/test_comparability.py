"""Measurements taken differently are not compared, and it is said what differed."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from occasions import SEATED_ACTIVE, TODAY, camera, occasion

from romcheck.change import comparability
from romcheck.clinical import UNKNOWN, Conditions
from romcheck.notices import notice

TURN = {"rotation_left": (40, 41), "rotation_right": (42, 43)}
PASSIVE = Conditions("passive", "supine", "therapist", camera="desk")


def matters(a, b):
    return [o.matter for o in comparability(a, b).obstacles]


@pytest.mark.parametrize(
    ("other", "matter"),
    [
        (occasion(TURN, test="rotation"), "test"),
        (occasion(TURN, replace(SEATED_ACTIVE, mode="passive", moved_by="therapist")), "mode"),
        (occasion(TURN, replace(SEATED_ACTIVE, posture="supine")), "posture"),
        (occasion(TURN, replace(SEATED_ACTIVE, camera="phone")), "camera"),
        (occasion(TURN, lens=camera(width=640)), "lens"),
        (occasion(TURN, lens=camera("assumed")), "lens"),
        (occasion(TURN, version="0.2.0"), "software"),
    ],
)
def test_one_matter_differs(other, matter):
    assert matters(occasion(TURN), other) == [matter]
    assert matters(other, occasion(TURN)) == [matter]


def test_another_hand_on_the_head():
    assert matters(occasion(TURN, PASSIVE), occasion(TURN, replace(PASSIVE, moved_by="self"))) == ["moved_by"]


@pytest.mark.parametrize("code", ["writing_backwards", "way_up_unsure"])
def test_sides_that_may_be_swapped_are_not_compared_with_others(code):
    doubted = occasion(TURN)
    values = {"time_s": 0.0} if code == "writing_backwards" else {}
    doubted = replace(doubted, result=replace(doubted.result, notices=(notice(code, **values),)))
    assert matters(occasion(TURN), doubted) == matters(doubted, occasion(TURN)) == ["sides"]
    assert matters(doubted, doubted) == []


def test_what_may_differ():
    """The day, the pain, a repaired fault in the program: that is what one compares over."""
    later = replace(SEATED_ACTIVE, pain_now=3, headache_now=True)
    alike = comparability(occasion(TURN), occasion(TURN, later, on=TODAY.replace(year=2027), version="0.1.7"))

    assert alike.comparable
    assert alike.unknown == ()
    assert alike.same_camera


def test_what_is_not_noted_is_said():
    """Two result files alone: comparable as far as known, and it is said what is not known."""
    bare = occasion(TURN, UNKNOWN, lens=camera("assumed"))
    alike = comparability(bare, bare)

    assert alike.comparable
    assert set(alike.unknown) == {"mode", "posture", "moved_by", "camera"}
    assert not alike.same_camera


def test_a_calibrated_lens_is_its_camera():
    """Its numbers are of that one camera; no name is needed."""
    bare = Conditions(moved_by=None)

    assert comparability(occasion(TURN, bare), occasion(TURN, bare)).same_camera


def with_flexion(held, of=None):
    """A flexion-rotation test with the neck flexed by so much."""
    of = of or occasion(TURN)
    moves = tuple(replace(m, flexion_held_deg=held) for m in of.result.movements)
    return replace(of, result=replace(of.result, movements=moves))


def test_a_neck_flexed_by_less_is_another_test():
    """50° held before and 21° after passed as the same once; 8° apart still is."""
    assert matters(with_flexion(50.0), with_flexion(21.0)) == ["flexion"]
    assert matters(with_flexion(50.0), with_flexion(42.0)) == []
    assert matters(with_flexion(50.0), with_flexion(None)) == []


def test_a_neck_hardly_flexed_is_no_such_test():
    """Results kept from before such trials were rejected are not compared under its name, although they are alike."""
    assert matters(with_flexion(22.0), with_flexion(24.0)) == ["flexion"]
    assert matters(with_flexion(25.0), with_flexion(26.0)) == []


def test_what_is_said_beside_a_change_of_one_day():
    first = replace(occasion(TURN), conditions=replace(SEATED_ACTIVE, practice=1))
    other_side = occasion({"rotation_right": (42, 43), "rotation_left": (40, 41)}, first.conditions)
    no_practice = replace(first, conditions=replace(SEATED_ACTIVE, practice=0))

    assert comparability(first, first).remarks == ()
    assert comparability(first, other_side).remarks == ("first_side",)
    assert comparability(first, no_practice).remarks == ("practice",)
    assert comparability(first, occasion(TURN)).remarks == ()
    assert comparability(first, no_practice).comparable
    # Visits alternate: that is no remark.
    assert comparability(first, replace(other_side, on=TODAY + timedelta(1))).remarks == ()


def test_a_check_with_rests_and_one_without_are_told_apart():
    """A neck held in flexion tires; on the same day and on another."""
    rested, held = (replace(occasion(TURN), conditions=replace(SEATED_ACTIVE, rest=rest)) for rest in (True, False))

    assert comparability(rested, rested).remarks == ()
    for later in (held, replace(held, on=TODAY + timedelta(7))):
        assert comparability(rested, later).remarks == ("rest",)
        assert comparability(rested, later).comparable
    assert comparability(rested, occasion(TURN)).remarks == ()


def test_the_time_of_day_is_said_between_days():
    def at(day, hour):
        moment = datetime(2026, 3, day, hour, tzinfo=timezone.utc)
        return replace(occasion(TURN, on=moment.date()), at=moment)

    assert comparability(at(2, 8), at(9, 11)).remarks == ()
    assert comparability(at(2, 8), at(9, 18)).remarks == ("hour",)
    assert comparability(at(2, 23), at(9, 1)).remarks == ()
    assert comparability(at(2, 8), at(2, 18)).remarks == ()

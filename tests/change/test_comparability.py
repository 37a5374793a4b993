"""Measurements taken differently are not compared, and it is said what differed."""

from dataclasses import replace

import pytest
from occasions import SEATED_ACTIVE, camera, occasion

from romcheck.change import comparability
from romcheck.circumstances import Circumstances

TURN = {"rotation_left": (40, 41), "rotation_right": (42, 43)}
PASSIVE = Circumstances(SEATED_ACTIVE.date, "passive", "supine", "therapist", camera="desk")


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


def test_what_may_differ():
    """The day, the pain, a repaired fault in the program: that is what one compares over."""
    later = replace(SEATED_ACTIVE, date=SEATED_ACTIVE.date.replace(year=2027), pain=3, headache_now=True)
    alike = comparability(occasion(TURN), occasion(TURN, later, version="0.1.7"))

    assert alike.comparable
    assert alike.unknown == ()
    assert alike.same_camera


def test_what_is_not_noted_is_said():
    """Two result files alone: comparable as far as known, and it is said what is not known."""
    bare = Circumstances(SEATED_ACTIVE.date)
    alike = comparability(occasion(TURN, bare, lens=camera("assumed")), occasion(TURN, bare, lens=camera("assumed")))

    assert alike.comparable
    assert set(alike.unknown) == {"mode", "posture", "moved_by", "camera"}
    assert not alike.same_camera


def test_a_calibrated_lens_is_its_camera():
    """Its numbers are of that one camera; no name is needed."""
    bare = Circumstances(SEATED_ACTIVE.date, "active", "seated")

    assert comparability(occasion(TURN, bare), occasion(TURN, bare)).same_camera

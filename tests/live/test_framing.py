"""The framing is green only when a measurement would be good, and says what to change when not."""

from dataclasses import replace

import numpy as np
import pytest
from tracks import FACING

from romcheck.geometry.intrinsics import Lens
from romcheck.i18n.camera import camera_texts
from romcheck.i18n.languages import LANGUAGES
from romcheck.i18n.texts import Texts
from romcheck.live.framing import Framing, FramingState
from romcheck.live.state import CheckPlan
from romcheck.motion.rotations import compose
from romcheck.person.poses import CurrentPose

LENS = Lens.assumed(640, 480)
GOOD = CurrentPose(
    time_s=0.0,
    head=FACING @ compose(0, -30, 0),
    trunk=np.eye(3),
    position_m=np.array([0.0, 0.0, 0.6]),
    distance_m=0.6,
    face_width_px=150.0,
    brightness=130.0,
    sharpness=0.25,
    faces=1,
    subject_sure=True,
)
NAN = float("nan")
GONE = replace(GOOD, head=None, trunk=None, position_m=None, distance_m=NAN, brightness=NAN, sharpness=NAN, faces=0)


def judged(now: CurrentPose, fps: float = 30.0, test="flexion-rotation", posture="seated") -> FramingState:
    framing = Framing(LENS, test, posture)
    states = [framing.take(replace(now, time_s=i / fps)) for i in range(int(2 * fps))]
    return states[-1]


def test_all_is_well():
    state = judged(GOOD)
    assert state.ready
    assert state.possible
    assert state.first is None


@pytest.mark.parametrize(
    ("change", "name", "advice"),
    [
        ({"distance_m": 0.95, "position_m": np.array([0, 0, 0.95])}, "distance", "nearer"),
        ({"distance_m": 0.40, "position_m": np.array([0, 0, 0.40])}, "distance", "farther"),
        ({"brightness": 45.0}, "light", "lighter"),
        ({"brightness": 250.0}, "light", "darker"),
        ({"sharpness": 0.1}, "sharpness", "blurred"),
        ({"faces": 2, "subject_sure": False}, "face", "another_face"),
        ({"trunk": None}, "shoulders", "show"),
        ({"position_m": np.array([0.28, 0.0, 0.6])}, "middle", "off_left"),
        ({"position_m": np.array([-0.28, 0.0, 0.6])}, "middle", "off_right"),
        ({"position_m": np.array([0.0, 0.22, 0.6]), "head": FACING @ compose(0, -45, 0)}, "middle", "too_low"),
        ({"position_m": np.array([0.0, -0.22, 0.6]), "head": FACING @ compose(0, -10, 0)}, "middle", "too_high"),
        ({"faces": 2}, "face", "company"),
        ({"head": FACING}, "camera_height", "lower"),
        ({"head": FACING @ compose(0, -55, 0)}, "camera_height", "higher"),
    ],
)
def test_each_thing_that_is_wrong_is_the_thing_to_mend(change, name, advice):
    state = judged(replace(GOOD, **change))
    assert not state.ready
    assert [(i.name, i.advice) for i in state.items if i.status == "change"] == [(name, advice)]
    assert state.first is not None
    assert state.first.name == name


def test_a_slow_camera_is_told_with_its_rate():
    state = judged(GOOD, fps=8)
    item = next(i for i in state.items if i.name == "frame_rate")
    assert (item.status, item.advice) == ("change", "slow")
    assert item.value == pytest.approx(8, abs=0.2)


def test_a_little_too_slow_is_not_told_as_the_rate_that_is_wanted():
    item = next(i for i in judged(GOOD, fps=14.6).items if i.name == "frame_rate")
    assert (item.status, round(item.value)) == ("change", 14)


def test_fifteen_a_second_is_enough():
    assert judged(GOOD, fps=14.9).ready


def test_without_a_face_nothing_is_claimed_about_it():
    state = judged(GONE)
    known = {i.name: i.status for i in state.items}
    assert known["face"] == "change"
    assert all(known[n] == "unknown" for n in ("middle", "distance", "light", "sharpness", "camera_height"))


def test_the_first_pictures_are_not_yet_green():
    assert not Framing(LENS, "rotation", "seated").take(GOOD).ready


def test_a_level_camera_will_do_for_tests_without_flexion():
    assert judged(replace(GOOD, head=FACING), test="rotation").ready


def test_shoulders_are_wanted_but_not_essential_and_not_of_someone_lying():
    hidden = replace(GOOD, trunk=None)
    assert not judged(hidden).ready
    assert judged(hidden).possible
    assert judged(hidden, posture="supine").ready


def test_a_picture_lying_on_its_side_is_as_good():
    roll = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    assert judged(replace(GOOD, head=roll @ GOOD.head), posture="supine").ready


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("posture", ["seated", "supine"])
@pytest.mark.parametrize("now", [GOOD, GONE, replace(GOOD, distance_m=1.23), replace(GOOD, trunk=None)])
def test_every_advice_has_its_sentence(language, posture, now):
    texts = camera_texts(Texts(language), CheckPlan("flexion-rotation", posture=posture))
    for item in judged(now, posture=posture).items:
        assert texts[f"framing.{item.name}"]
        assert texts[f"framing.{item.status}"]
        assert (item.advice == "") == (item.status == "ok")
        if item.advice:
            assert texts[f"framing.{item.name}.{item.advice}"].format(value=item.value)

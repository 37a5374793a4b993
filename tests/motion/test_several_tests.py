"""Recordings that hold several tests, and what in them is no trial."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from tracks import FACING, Script, make_track, noise

from romcheck.motion.analysis import Analysis, analyse
from romcheck.motion.plainness import _turned_deg
from romcheck.motion.rotations import compose
from romcheck.motion.track import MotionTrack

BLOCKS = {
    "rotation": ((0, 60.0), (0, -52.0)),
    "flexion-extension": ((1, 45.0), (1, -40.0)),
    "lateral-flexion": ((2, -31.0), (2, 28.0)),
}


def block(script: Script, test: str) -> Script:
    """One trial to each side, or the flexion-rotation test."""
    if test == "flexion-rotation":
        script.move(2, 0, 47).hold(1.2)
        for angle in (42, -38):
            script.move(1.8, angle, 45).hold(1).move(1.8, 0, 47).hold(0.8)
        return script.move(2).hold(1.5)
    for axis, angle in BLOCKS[test]:
        to = [0.0, 0.0, 0.0]
        to[axis] = angle
        script.move(1.5, *to).hold(1.2).move(1.5).hold(1.2)
    return script


def found(analysis: Analysis) -> dict[str, list[tuple[str, float, str]]]:
    return {e.test: [(m.movement, m.angle_deg, m.quality) for m in e.movements] for e in analysis.tests}


def moved(script: Script, fps: float = 30.0, noise_deg: float = 0.2) -> Analysis:
    return analyse(script.track(fps, noise_deg), None, "stated")


@pytest.mark.slow
@examples(6)
@given(st.permutations([*BLOCKS, "flexion-rotation"]), st.integers(2, 4), st.integers(0, 99))
def test_several_tests_give_what_each_gives_alone(order, count, seed):
    """In any order; each movement under its test, with the angle it has in a recording of its own."""
    script = Script().hold(2)
    for test in order[:count]:
        block(script, test)
    together = found(analyse(script.track(30, 0.2, seed=seed), None, "stated"))
    assert set(together) == set(order[:count])
    for test in order[:count]:
        alone = found(moved(block(Script().hold(2), test)))
        assert list(alone) == [test]
        assert [(name, quality) for name, _, quality in together[test]] == [(n, q) for n, _, q in alone[test]]
        np.testing.assert_allclose([a for _, a, _ in together[test]], [a for _, a, _ in alone[test]], atol=0.8)


def test_the_main_one_comes_first_and_the_top_level_repeats_it():
    script = block(block(Script().hold(2), "lateral-flexion"), "rotation")
    analysis = moved(script)
    assert [e.test for e in analysis.tests] == ["rotation", "lateral-flexion"]
    assert analysis.movements == analysis.tests[0].movements
    assert [(n.code, n.values) for n in analysis.notices if n.code == "others"] == [
        ("others", {"test": "lateral-flexion", "count": 2})
    ]
    picked = analyse(script.track(30, 0.2), "lateral-flexion", "stated")
    assert [e.test for e in picked.tests] == ["lateral-flexion", "rotation"]
    assert picked.test == "lateral-flexion"


# --- what is no trial


def circling(seconds: float, turns: float, way: int, size=(30.0, 26.0), axes=(2, 1), phase: float = 0.0) -> np.ndarray:
    """(n, 3) angles at 30 frames/s: from the middle, around it, and back."""
    t = np.arange(0, seconds * turns, 1 / 30)
    ramp = np.clip(np.minimum(t, t[-1] - t) / 0.8, 0, 1)
    ramp = ramp**2 * (3 - 2 * ramp)
    path = np.zeros((len(t), 3))
    angle = phase + way * 2 * np.pi * t / seconds
    path[:, axes[0]], path[:, axes[1]] = size[0] * np.cos(angle), size[1] * np.sin(angle)
    return path * ramp[:, None]


def filmed(*pieces: np.ndarray, seed: int = 0) -> MotionTrack:
    path = np.concatenate(pieces)
    rng = np.random.default_rng(seed)
    return make_track(np.arange(len(path)) / 30, FACING @ compose(*path.T) @ noise(len(path), 0.2, rng))


def acted(script: Script) -> np.ndarray:
    return script.at(np.arange(0, script.now, 1 / 30))


REST = np.zeros((45, 3))


@examples(12)
@given(
    st.floats(2, 25), st.floats(1, 3), st.sampled_from([1, -1]), st.sampled_from(["before", "between", "after"]),
    st.sampled_from([(2, 1), (0, 1), (0, 2)]), st.floats(0, 6.3),
)  # fmt: skip
def test_a_circle_is_no_trial(seconds, turns, way, when, axes, phase):
    """At any speed, both ways, before, between and after the trials: these are measured alone."""
    circle = np.concatenate([REST, circling(seconds, turns, way, axes=axes, phase=phase), REST])
    left = acted(Script().hold(1.5).move(1.5, 60).hold(1.2).move(1.5).hold(1.5))
    right = left * [-1, 1, 1]
    order = {"before": (circle, left, right), "between": (left, circle, right), "after": (left, right, circle)}[when]
    analysis = analyse(filmed(*order), None, "stated")
    counted = [m for e in analysis.tests for m in e.movements]
    assert [(m.movement, m.quality) for m in counted] == [("rotation_left", "good"), ("rotation_right", "good")]
    np.testing.assert_allclose([m.angle_deg for m in counted], 60, atol=1.0)
    if seconds > 2.5:
        assert any(n.code.startswith("left_out_") for n in analysis.notices)


def test_a_circle_is_told_with_its_time():
    left = acted(Script().hold(1.5).move(1.5, 60).hold(1.2).move(1.5).hold(1.5))
    analysis = analyse(filmed(left, REST, circling(6, 1.2, 1), REST), None, "stated")
    (told,) = [n for n in analysis.notices if n.code == "left_out_circle"]
    start, end = map(float, told.values["times"].split(" s ")[0].split("–"))
    assert 8 < start < 10
    assert 14 < end < 17


@examples(30)
@given(st.integers(0, 2**32 - 1), st.floats(0, 6.3), st.integers(2, 6))
def test_to_and_fro_through_the_middle_is_no_circle(seed, along, times):
    """Half a turn at every passage, either way: only what is seen to go around counts."""
    t = np.arange(0, 2 * times, 1 / 30)
    line = 30 * np.sin(np.pi * t)[:, None] * [0, np.sin(along), np.cos(along)]
    path = line + np.random.default_rng(seed).normal(0, 0.5, line.shape)
    assert _turned_deg(t, path) < 90
    around = circling(4.0, 1.2, 1)
    t = np.arange(len(around)) / 30
    assert _turned_deg(t, around) > 270
    hidden = (t > 1.0) & (t < 2.5)
    assert _turned_deg(t[~hidden], around[~hidden]) < 330


@examples(15)
@given(st.integers(0, 2**32 - 1), st.floats(10, 40))
def test_wandering_never_gives_a_good_trial(seed, seconds):
    """Slow, random, about all axes at once."""
    rng = np.random.default_rng(seed)
    t = np.arange(0, seconds, 1 / 30)
    size = rng.uniform(8, 40, 3) * [1, 0.7, 0.6]
    waves = [
        sum(np.sin(2 * np.pi * (f * t + rng.uniform())) * rng.normal(0, 0.5) for f in rng.uniform(0.05, 0.5, 5))
        for _ in range(3)
    ]
    analysis = analyse(filmed((size[:, None] * np.array(waves)).T), None, "stated")
    assert "good" not in [m.quality for e in analysis.tests for m in e.movements]


@pytest.mark.parametrize("when", ["before", "after"])
def test_glasses_put_on_and_talking_are_no_movements(when):
    rng = np.random.default_rng(4)
    script = Script().hold(2)
    aside = Script().hold(1).move(0.7, 6, 24, 3).hold(0.25).move(0.6, -4, 8).move(0.4).hold(0.8)
    for _ in range(8):
        aside.move(0.35, rng.normal(0, 2), rng.uniform(3, 10)).move(0.35).hold(rng.uniform(0, 0.4))
    trials = acted(block(script, "rotation"))
    pieces = (acted(aside), REST, trials) if when == "before" else (trials, REST, acted(aside), REST)
    analysis = analyse(filmed(*pieces), None, "stated")
    assert list(found(analysis)) == ["rotation"]
    assert [m.quality for m in analysis.movements] == ["good", "good"]
    assert "left_out_alone" in [n.code for n in analysis.notices]


def test_a_turn_with_as_much_bend_in_it_is_doubted():
    script = Script().hold(2).move(2, 40, 0, -32).hold(1.5).move(2).hold(1)
    (m,) = moved(script).movements
    assert m.movement == "rotation_left"
    assert "mixed" in m.reasons


def test_a_look_from_corner_to_corner_is_no_good_trial():
    """Held, but reached from elsewhere and left to elsewhere."""
    script = Script().hold(2)
    for to in ((35, 12, 0), (30, -14, 4), (-38, 10, 0), (-30, -12, 0), (36, 14, 0)):
        script.move(1, *to).hold(1)
    analysis = moved(script.move(1.5).hold(1))
    assert "good" not in [m.quality for e in analysis.tests for m in e.movements]


@pytest.mark.parametrize("turns", [(62, 55), (62, 45), (45, 62, 50)])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_trials_to_one_side_that_differ_keep_their_side(axis, turns):
    """A shorter trial lies between the middle and the longer one, and is not the starting position for that."""
    script = Script().hold(2)
    for angle in turns:
        to = [0.0, 0.0, 0.0]
        to[axis] = 0.7 * angle
        script.move(1.5, *to).hold(1.2).move(1.5).hold(1)
    found = moved(script).movements
    assert len({m.movement for m in found}) == 1
    np.testing.assert_allclose([m.angle_deg for m in found], 0.7 * np.array(turns), atol=0.7)


# --- no rest, no return


def test_a_recording_that_begins_turned_away_names_both_sides():
    """The first side is seen only from its end on: at least so much, and no number that counts."""
    script = Script([(0.0, (-45.0, 0.0, 0.0))]).hold(0.4).move(1.2, 40).hold(0.15).move(1.2, -45).move(0.5, -30)
    analysis = moved(script)
    by = {m.movement: m for m in analysis.movements}
    assert set(by) == {"rotation_left", "rotation_right"}
    assert "start_unsure" in by["rotation_left"].reasons
    assert abs(by["rotation_left"].angle_deg - 40) <= by["rotation_left"].uncertainty_deg
    assert {"good"}.isdisjoint(m.quality for m in analysis.movements)
    assert "start_facing" in [n.code for n in analysis.notices]


@pytest.mark.parametrize("yaw", [16.0, 25.0, -35.0])
def test_a_rest_between_both_sides_is_the_start_wherever_the_camera_stands(yaw):
    """On its way to one side the face passes the camera; where it looks there is not ahead."""
    script = Script().hold(1.5).move(1.5, 56).hold(1.2).move(1.5).hold(0.8).move(1.5, -52).hold(1.2).move(1.5).hold(0.8)
    track = script.track(noise_deg=0.2)
    beside = replace(track, head=Rotation.from_euler("y", yaw, degrees=True).as_matrix() @ track.head)
    analysis = analyse(beside, "rotation", "calibrated")
    assert [m.angle_deg for m in analysis.movements] == pytest.approx([56, 52], abs=1.0)
    assert not {n.code for n in analysis.notices} & {"start_facing", "start_aside", "side_unknown"}


def test_a_short_rest_is_said_to_be_one():
    script = Script().hold(0.25).move(1.2, 50).hold(1).move(1.2, -50).hold(1).move(0.4, -44)
    analysis = moved(script)
    (told,) = [n for n in analysis.notices if n.code == "start_short_rest"]
    assert 0.1 < told.values["seconds"] < 0.5
    assert {m.quality for m in analysis.movements} == {"usable"}
    for m in analysis.movements:
        assert abs(m.angle_deg - 50) <= m.uncertainty_deg


def test_a_camera_from_the_side_does_not_tell_the_middle():
    """No rest, and no view in which the face looks at the camera: nothing is called good or usable."""
    script = Script([(0.0, (-25.0, 0.0, 0.0))]).hold(1)
    for _ in range(2):
        script.move(1.5, 30).hold(1).move(1.5, -25).hold(1)
    track = script.track(30, 0.2, camera=FACING @ compose(50, 0, 0))
    analysis = analyse(track, None, "stated")
    assert {m.quality for e in analysis.tests for m in e.movements} <= {"rejected"}


def test_the_side_that_was_not_seen_is_named():
    script = Script([(0.0, (50.0, 0.0, 0.0))]).hold(1).move(1, 0).move(1, 50).hold(1).move(1, 0)
    analysis = moved(script)
    assert {"movement": "rotation_right"} in [n.values for n in analysis.notices if n.code == "side_unknown"]


def test_a_recording_that_ends_on_the_way_gives_at_least():
    script = Script().hold(2).move(1.5, 50).hold(1).move(1.5).hold(1).move(1.5, -50)
    track = script.track(30, 0.2)
    part = track.time_s < script.now - 0.5
    cut = make_track(track.time_s[part], track.head[part])
    last = analyse(cut, None, "stated").movements[-1]
    assert (last.movement, last.quality, last.at_least) == ("rotation_right", "rejected", True)
    assert "cut_off" in last.reasons
    assert 30 < last.angle_deg < 50


# --- nothing found


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (Script().hold(6), "seen_small"),
        (Script().hold(2).move(0.5, 0, 12).move(0.5).hold(2), "seen_quick"),
    ],
)
def test_no_movement_says_what_was_seen(script, code):
    analysis = moved(script)
    assert analysis.tests == ()
    (told,) = [n for n in analysis.notices if n.code.startswith("seen_")]
    assert told.code == code
    if code == "seen_quick":
        assert told.values["degrees"] == pytest.approx(12, abs=1)
        assert told.values["at_s"] == pytest.approx(2.5, abs=0.2)
        assert told.values["movement"] == "flexion"


def test_only_a_circle_says_so():
    analysis = analyse(filmed(REST, circling(5, 1.5, -1), REST), None, "stated")
    assert analysis.movements == ()
    assert {"seen_circle", "left_out_circle"} <= {n.code for n in analysis.notices}


# --- trials that differ


def sided(*angles: float) -> Analysis:
    script = Script().hold(2)
    for angle in angles:
        script.move(1.5, angle).hold(1.2).move(1.5).hold(1)
    track = script.track(30, 0.2)
    return analyse(replace(track, head_sigma_deg=np.full(len(track), 1.5)), None, "stated")


def test_trials_that_differ_too_much_have_no_mean():
    analysis = sided(70, -60, 48, -61)
    left, right = analysis.summary
    assert (left.mean_deg, left.uncertainty_deg, left.reason) == (None, None, "trials_differ")
    assert left.trials == (1, 2)
    assert left.max_deg == pytest.approx(70, abs=0.5)
    assert right.mean_deg == pytest.approx(60.5, abs=0.5)
    assert right.reason is None
    assert analysis.differences == ()
    (told,) = [n for n in analysis.notices if n.code == "trials_differ"]
    assert told.values["movement"] == "rotation_left"


def test_no_mean_is_much_less_sure_than_its_trials():
    """Two trials of one side only: Student's factor of one degree of freedom made this 50 degrees and more."""
    (mean,) = sided(62, 55).summary
    assert mean.uncertainty_deg < 10

"""The guided joint position test: what is said, what counts, and that nobody is told how well it went."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from guided import nows, phases, play
from tracks import FACING, Script, make_track

from romcheck.live.check import Check
from romcheck.live.position_check import PositionCheck
from romcheck.live.stages import CheckStage
from romcheck.live.state import CheckPlan, CheckState
from romcheck.motion.analysis import analyse
from romcheck.motion.rotations import compose

LEFT, RIGHT = "return_from_left", "return_from_right"
PLAN = CheckPlan("joint-position", trials=3, practice=False)
ERRORS = (3.0, -5.5, 10.0, -11.0, 0.5, 2.0)


def returns(*errors: float, first: int = 1, rest: float = 1.6) -> Script:
    script = Script().hold(3.0)
    for k, error in enumerate(errors):
        side = first * (1 if k % 2 == 0 else -1)
        script.move(1.5, rotation=side * 55).hold(0.4).move(1.5, rotation=-side * error).hold(rest)
    return script.hold(1.0).move(0.8).hold(4.0)


def spoken(states: list[CheckState]) -> list[str]:
    cues = {state.cue.id: state.cue for state in states}
    return [line.key for number in sorted(cues) for line in cues[number].say]


def test_the_stage_of_this_test_is_this_check():
    assert type(CheckStage(PLAN).check) is PositionCheck
    assert type(CheckStage(replace(PLAN, test="rotation")).check) is Check


def test_everything_is_said_from_the_start_to_the_look_ahead_at_the_end():
    states = play(PositionCheck(PLAN), returns(*ERRORS).track(fps=20, noise_deg=0.3, sway=0.3))
    assert spoken(states) == [
        "settle_remember", f"turn.{LEFT}",
        *(f"next.{side}" for side in (RIGHT, LEFT, RIGHT, LEFT, RIGHT)), "look", "done",
    ]  # fmt: skip
    assert [(t.movement, t.verdict, t.counted) for t in states[-1].made] == [
        (side, "good", True) for side in (LEFT, RIGHT) * 3
    ]
    assert phases(states) == ["settle", *["turn", "back"] * 6, "look", "done"]


def test_how_many_are_left_is_said_with_every_turn():
    states = play(PositionCheck(PLAN), returns(*ERRORS).track(fps=20, noise_deg=0.2))
    lines = [line for cue in {s.cue.id: s.cue for s in states}.values() for line in cue.say]
    assert [dict(line.numbers)["left"] for line in lines if line.numbers] == [5, 4, 3, 2, 1]


def test_nobody_sees_an_error_before_the_end():
    states = play(PositionCheck(PLAN), returns(*ERRORS).track(fps=20, noise_deg=0.2))
    assert all(np.isnan(state.angle_deg) and all(np.isnan(t.angle_deg) for t in state.made) for state in states)


def test_the_recording_of_a_check_gives_every_return_it_counted():
    track = returns(*ERRORS).track(fps=20, noise_deg=0.3, sway=0.2)
    made = play(PositionCheck(PLAN), track)[-1].made
    found = analyse(track, "joint-position", "calibrated").movements
    assert [m.movement for m in found] == [t.movement for t in made]
    assert np.allclose([m.error_deg for m in found], ERRORS, atol=0.8)


def test_a_turn_straight_over_to_the_other_side_is_asked_for_again():
    script = Script().hold(3.0).move(1.5, rotation=55).hold(0.4).move(2.5, rotation=-55).hold(0.4)
    script.move(1.5, rotation=2).hold(1.6).move(1.5, rotation=55).hold(0.4).move(1.5, rotation=-1).hold(1.6)
    states = play(PositionCheck(replace(PLAN, trials=1)), script.hold(1.0).move(0.5).hold(4.0).track(fps=20))
    assert [(t.movement, t.reasons, t.counted) for t in states[-1].made] == [
        (LEFT, ("not_returned",), False), (RIGHT, (), True), (LEFT, (), True),
    ]  # fmt: skip
    assert states[-1].phase == "done"


def test_a_trunk_that_stays_turned_is_told_aloud():
    script = returns(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    time = np.arange(0, script.now, 1 / 20)
    turned = 6.0 * np.clip(time - 4.0, 0, 1)
    trunk = compose(turned, 0 * turned, 0 * turned)
    states = play(
        PositionCheck(PLAN),
        make_track(time, FACING @ trunk @ compose(*script.at(time).T), trunk=FACING @ trunk @ FACING.T),
    )
    assert "trunk_shifted" in spoken(states)
    assert all(t.verdict == "usable" for t in states[-1].made)


def test_the_practice_is_one_return_a_side_and_then_it_counts():
    check = PositionCheck(replace(PLAN, trials=1, practice=True))
    states = []
    for now in nows(returns(2.0, -3.0).track(fps=20, noise_deg=0.2)):
        states.append(check.take(now))
        if not states[-1].practice:
            break
    assert [t.practice for t in states[-1].made] == [True, True]
    check.new_recording()
    states += play(check, returns(2.0, -3.0).track(fps=20, noise_deg=0.2))
    assert states[-1].phase == "done"
    assert [t.counted for t in states[-1].made if not t.practice] == [True, True]


def test_who_leaves_stops_the_check():
    script = returns(2.0, 2.0)
    states = play(PositionCheck(PLAN), script.track(fps=20, drop=[(8.5, script.now)]))
    assert states[-1].phase == "stopped"

"""The guided check follows what a scripted person does, and never says they did something else."""

import re
from dataclasses import replace
from itertools import product
from typing import get_args

import numpy as np
import pytest
from examples import examples
from guided import nows, phases, play
from hypothesis import given
from hypothesis import strategies as st
from tracks import Script, make_track

from romcheck.clinical import Mode
from romcheck.i18n.camera import camera_texts
from romcheck.i18n.languages import LANGUAGES
from romcheck.i18n.texts import Texts
from romcheck.live.check import ASK_AGAIN_S, LEFT_STOP_S, LOST_STOP_S, Check
from romcheck.live.judge import REPEATS
from romcheck.live.state import HOLD_FOR_S, CheckPlan, CheckState, Line
from romcheck.live.trial import Judged, advice_for
from romcheck.motion.analysis import analyse
from romcheck.motion.gates import GATES, TrialFacts
from romcheck.motion.rotations import compose
from romcheck.motion.track import MotionTrack
from romcheck.results import MovementName

LEFT: MovementName = "rotation_left"
RIGHT: MovementName = "rotation_right"
FRT = CheckPlan("flexion-rotation", practice=False, rest=False)


def turns(script: Script, *angles: float, flexion: float = 45, hold: float = 2.0, kept: float = 44) -> Script:
    """Turn out, hold and come back, for each angle."""
    for angle in angles:
        script.move(1.5, rotation=angle, flexion=kept).hold(hold).move(1.5, flexion=flexion).hold(1.0)
    return script


def flexed(*angles: float, **how: float) -> Script:
    """A whole flexion-rotation test."""
    return turns(Script().hold(3.0).move(2.0, flexion=45).hold(1.5), *angles, **how).move(2.0).hold(2.0)


def spoken(states: list[CheckState]) -> list[str]:
    """Every sentence said, in order."""
    cues = {state.cue.id: state.cue for state in states}
    return [line.key for number in sorted(cues) for line in cues[number].say]


def test_a_good_test_goes_through_all_phases_and_counts_every_trial():
    script = flexed(44, -40, 45, -41, 43, -39)
    states = play(Check(FRT), script.track(fps=16, noise_deg=0.4, sway=0.5))
    end = states[-1]
    assert end.phase == "done"
    assert [(t.movement, t.verdict) for t in end.made] == [(LEFT, "good"), (RIGHT, "good")] * 3
    assert [t.angle_deg for t in end.made] == pytest.approx([44, 40, 45, 41, 43, 39], abs=1.5)
    assert phases(states) == ["settle", "flex", *["turn", "hold", "back"] * 6, "up", "done"]


@pytest.mark.parametrize(
    "depths", [pytest.param((45, 45, 45), marks=pytest.mark.slow), (45, 38, 50)], ids=["as before", "otherwise"]
)
def test_the_neck_rests_from_flexion_after_each_pair_and_the_result_is_the_same(depths):
    """No flexion is as the one before it: the turns made in it are measured all the same."""
    script, made = Script().hold(3.0), [(44, -40), (45, -41), (43, -39)]
    for pair, depth in zip(made, depths, strict=True):
        turns(script.move(2.0, flexion=depth).hold(1.5), *pair, flexion=depth, kept=depth - 1).move(2.0).hold(2.0)
    track = script.track(fps=16, noise_deg=0.4, sway=0.5)
    states = play(Check(replace(FRT, rest=True)), track)
    assert phases(states) == ["settle", *["flex", *["turn", "hold", "back"] * 2, "up"] * 3, "done"]
    assert [line for line in spoken(states) if line in ("rest", "flex_again", "up")] == ["rest", "flex_again"] * 2 + [
        "up"
    ]
    asked = [abs(angle) for pair in made for angle in pair]
    assert [t.angle_deg for t in states[-1].made] == pytest.approx(asked, abs=1.5)
    final = analyse(track, "flexion-rotation", "stated").movements
    assert [m.angle_deg for m in final] == pytest.approx(asked, abs=1.5)
    assert all(m.quality != "rejected" for m in final)


def test_a_turn_straight_to_the_other_side_is_followed_before_the_rest():
    script = Script().hold(3.0).move(2.0, flexion=45).hold(1.5)
    for angle in (44, -40, 44):
        script.move(2.5, rotation=angle, flexion=45).hold(2.0)
    states = play(Check(replace(FRT, rest=True)), script.move(1.5, flexion=45).hold(1.5).track(fps=16, noise_deg=0.3))
    assert [t.movement for t in states[-1].made] == [LEFT, RIGHT, LEFT]
    assert states[-1].phase == "up"


@pytest.mark.parametrize(
    ("test", "axis", "names"),
    [
        ("rotation", "rotation", ("rotation_left", "rotation_right")),
        pytest.param("flexion-extension", "flexion", ("flexion", "extension"), marks=pytest.mark.slow),
        pytest.param(
            "lateral-flexion", "lateral", ("lateral_flexion_right", "lateral_flexion_left"), marks=pytest.mark.slow
        ),
    ],
)
def test_upright_tests_need_no_flexed_posture(test, axis, names):
    script = Script().hold(3.0)
    for _ in range(3):
        for sign in (1, -1):
            script.move(1.5, **{axis: sign * 35.0}).hold(2.0).move(1.5).hold(1.0)
    states = play(Check(CheckPlan(test, practice=False)), script.track(fps=16, noise_deg=0.3))
    assert states[-1].phase == "done"
    assert [t.movement for t in states[-1].made] == list(names) * 3
    assert not {"flex", "up"} & set(phases(states))


def test_the_side_asked_for_first_is_as_planned_and_alternates():
    states = play(Check(replace(FRT, first=RIGHT)), flexed(-40, 44, -40, 44, -40, 44).track(fps=16))
    asked = [s.asked for s in states if s.phase == "hold"]
    assert asked[0] == RIGHT
    assert [a for a, b in zip(asked, [None, *asked], strict=False) if a != b] == [RIGHT, LEFT] * 3


def test_a_turn_to_the_other_side_counts_as_what_it_was():
    """Asked for left, the person turns right: it is a right turn, and left is asked for again."""
    states = play(Check(FRT), flexed(-40, 44, -40, 44, -40, 44).track(fps=16))
    assert [t.movement for t in states[-1].made] == [RIGHT, LEFT] * 3
    assert states[-1].phase == "done"
    assert "was.rotation_right" in spoken(states)


def test_crossing_straight_to_the_other_side_makes_two_trials():
    script = Script().hold(3.0).move(2.0, flexion=45).hold(1.5)
    script.move(1.5, rotation=44, flexion=45).hold(2.0).move(3.0, rotation=-40, flexion=45).hold(2.0)
    script.move(1.5, flexion=45).hold(1.5)
    end = play(Check(FRT), script.track(fps=16, noise_deg=0.3))[-1]
    assert [t.movement for t in end.made] == [LEFT, RIGHT]
    assert [t.angle_deg for t in end.made] == pytest.approx([44, 40], abs=1.5)


WHOLE_ALONE = {"unsure", "trunk_unknown", "no_return", "start_unsure"}
"""Facts that need the whole recording."""


def rotations(angle: float = 44.0, lateral: float = 0.0, hold: float = 2.0) -> MotionTrack:
    script = Script().hold(3.0)
    for sign in (1, -1):
        script.move(1.5, rotation=sign * angle, lateral=lateral).hold(hold).move(1.5).hold(1.5)
    return script.hold(1.0).track(fps=16, noise_deg=0.3)


def taken(track: MotionTrack, **quality: float) -> MotionTrack:
    same = {name: np.full(len(track), value) for name, value in quality.items()}
    return replace(track, quality=replace(track.quality, **same))


@pytest.mark.parametrize(
    ("track", "reason"),
    [
        (rotations(), ""),
        (rotations(lateral=35.0), "mixed"),
        (rotations(hold=0.0), "no_hold"),
        (taken(rotations(), face_width_px=70.0), "face_small"),
        (taken(rotations(), distance_m=1.5), "too_far"),
        (taken(rotations(), brightness=20.0), "low_light"),
    ],
    ids=lambda of: of if isinstance(of, str) else "",
)
def test_a_trial_is_doubted_live_for_what_the_result_doubts_it_for(track, reason):
    made = play(Check(CheckPlan("rotation", trials=1, practice=False)), track)[-1].made
    final = analyse(track, "rotation", "stated").movements
    assert {m.movement for m in final} <= {t.movement for t in made}
    for trial in made[:2]:
        stored = next(m for m in final if m.movement == trial.movement)
        assert set(trial.reasons) == set(stored.reasons) - WHOLE_ALONE
        assert reason in (*trial.reasons, "")


def test_lost_flexion_is_told_with_its_number_and_the_trial_asked_for_again():
    script = turns(Script().hold(3.0).move(2.0, flexion=45).hold(1.5), 44, kept=31)
    states = play(Check(FRT), script.track(fps=16))
    trial = states[-1].made[0]
    assert (trial.verdict, trial.reasons[0], trial.counted) == ("rejected", "flexion_lost", False)
    assert states[-1].asked == LEFT
    assert states[-1].trial == 1
    assert states[-1].coaching is not None
    assert states[-1].coaching.key == "flexion_lost"
    assert dict(states[-1].coaching.numbers)["degrees"] == pytest.approx(14, abs=1)
    assert "keep_flexed" in spoken(states)


def test_a_movement_is_asked_for_again_at_most_twice():
    bad = [a for _ in range(8) for a in (44, -40)]
    states = play(Check(FRT), flexed(*bad, kept=30).track(fps=16))
    end = states[-1]
    assert end.phase == "done"
    assert sum(t.movement == LEFT for t in end.made) == REPEATS + 1
    assert not any(t.counted for t in end.made)


def test_coming_up_in_mid_test_asks_for_the_chin_again():
    script = turns(Script().hold(3.0).move(2.0, flexion=45).hold(1.5), 44, -40)
    turns(script.move(2.0).hold(2.0).move(2.0, flexion=45).hold(1.5), 44, -40, 44, -40)
    states = play(Check(FRT), script.move(2.0).hold(2.0).track(fps=16))
    assert "flex_again" in spoken(states)
    assert [t.movement for t in states[-1].made if t.counted] == [LEFT, RIGHT] * 3
    assert states[-1].phase == "done"


def test_upright_taken_too_early_is_taken_again():
    """The check began while the chin was down; sitting up shows what upright is."""
    script = Script([(0.0, (0.0, 40.0, 0.0))]).hold(3.0).move(2.0).hold(2.0).move(2.0, flexion=45).hold(1.5)
    turns(script, 44, -40, 44, -40, 44, -40)
    end = play(Check(FRT), script.move(2.0).hold(2.0).track(fps=16))[-1]
    assert [t.verdict for t in end.made if t.counted] == ["good"] * 6
    assert end.measured_from_s is not None
    assert end.measured_from_s == pytest.approx(5.0, abs=0.6)


def test_a_turn_without_a_hold_is_doubted_and_the_advice_is_to_hold():
    script = Script().hold(3.0).move(2.0, flexion=45).hold(1.5)
    script.move(0.7, rotation=44, flexion=45).move(0.7, flexion=45).hold(1.5)
    end = play(Check(FRT), script.track(fps=16))[-1]
    assert end.made[0].reasons[0] == "no_hold"
    assert end.coaching is not None
    assert end.coaching.key == "no_hold"


def test_a_face_lost_at_the_far_end_makes_no_number_up():
    script = Script().hold(3.0).move(2.0, flexion=45).hold(1.5)
    begin = script.now
    script.move(1.5, rotation=60, flexion=45).hold(2.0).move(1.5, flexion=45).hold(1.5)
    states = play(Check(FRT), script.track(fps=16, drop=[(begin + 1.0, begin + 4.0)]))
    assert not any(s.phase == "hold" for s in states)
    trial = states[-1].made[0]
    assert trial.verdict == "rejected"
    assert trial.reasons[0] == "beyond_reach"
    assert trial.angle_deg < 56


def test_a_face_that_flickers_during_the_hold_still_gives_the_hold():
    script = Script().hold(3.0).move(2.0, flexion=45).hold(1.5)
    begin = script.now + 1.5
    turns(script, 44)
    drop = [(begin + t, begin + t + 0.12) for t in (0.5, 0.9, 1.3)]
    states = play(Check(FRT), script.track(fps=16, drop=drop, noise_deg=0.3))
    assert states[-1].made[0].verdict == "good"
    assert states[-1].made[0].angle_deg == pytest.approx(44, abs=1)


def test_the_trunk_turning_along_is_taken_out_and_told():
    script = turns(Script().hold(3.0), 50, flexion=0, kept=0)
    track = script.track(fps=16)
    turn = np.where(script.at(track.time_s)[:, 0] > 2, script.at(track.time_s)[:, 0] / 50 * 12, 0)
    head0 = track.head[0]
    trunk = head0 @ compose(turn, 0, 0) @ head0.T
    track = make_track(track.time_s, trunk @ track.head, trunk=trunk)
    end = play(Check(CheckPlan("rotation", practice=False)), track)[-1]
    assert end.made[0].angle_deg == pytest.approx(50, abs=1)
    assert end.made[0].reasons == ("trunk_turned",)
    assert end.coaching is not None
    assert dict(end.coaching.numbers)["degrees"] == pytest.approx(12, abs=1)


def test_who_does_nothing_is_spoken_to_again_and_nothing_else_happens():
    script = Script().hold(3.0).move(2.0, flexion=45).hold(60.0)
    states = play(Check(FRT), script.track(fps=15, sway=0.3))
    assert states[-1].phase == "turn"
    assert states[-1].made == ()
    times = [s.time_s for s, before in zip(states[1:], states, strict=False) if s.cue.id != before.cue.id]
    late = np.diff([t for t in times if t > 8])
    assert len(late) >= 4
    assert late.min() >= ASK_AGAIN_S - 0.1


def test_leaving_the_chair_is_told_then_stops():
    script = Script().hold(3.0).move(2.0, flexion=45).hold(20.0)
    states = play(Check(FRT), script.track(fps=16, drop=[(9.0, 30.0)]))
    assert "lost.left" in spoken(states)
    assert states[-1].stopped == "left"
    stop = next(s.time_s for s in states if s.phase == "stopped")
    assert stop == pytest.approx(9.0 + LEFT_STOP_S, abs=0.2)


def test_a_face_gone_for_ten_seconds_in_flexion_stops_and_gives_no_number():
    script = Script().hold(3.0).move(2.0, flexion=45).hold(20.0)
    states = play(Check(FRT), script.track(fps=16, drop=[(3.5, 30.0)]))
    assert "lost.flexed" in spoken(states)
    end = states[-1]
    assert (end.stopped, end.made) == ("face_gone", ())
    assert np.isnan(end.angle_deg)
    assert end.time_s == pytest.approx(states[-1].time_s)
    assert next(s.time_s for s in states if s.over) == pytest.approx(3.5 + LOST_STOP_S, abs=0.2)


def test_before_upright_was_taken_a_missing_face_is_waited_for():
    script = Script().hold(30.0).move(2.0, flexion=45).hold(1.5)
    states = play(Check(FRT), script.track(fps=15, drop=[(0.0, 20.0)]))
    assert "lost.left" in spoken(states)
    assert phases(states)[:3] == ["settle", "flex", "turn"]
    states = play(Check(FRT), Script().hold(70.0).track(fps=15, drop=[(0.0, 70.0)]))
    assert states[-1].stopped == "left"


def test_stopping_ends_at_once_and_for_good():
    check = Check(FRT)
    track = flexed(44, -40).track(fps=16)
    half = list(nows(track))
    for now in half[:300]:
        check.take(now)
    state = check.stop("pressed")
    assert (state.phase, state.stopped) == ("stopped", "pressed")
    assert [check.take(now) for now in half[300:]][-1] == state


def test_a_second_face_rejects_the_trial():
    script = turns(Script().hold(3.0).move(2.0, flexion=45).hold(1.5), 44)
    track = script.track(fps=16)
    sure = (track.time_s < 8.0) | (track.time_s > 8.6)
    track = replace(track, quality=replace(track.quality, subject_sure=sure))
    states = play(Check(FRT), track)
    assert states[-1].made[0].reasons[0] == "two_faces"
    assert any(s.coaching and s.coaching.key == "two_faces" for s in states)


def test_few_pictures_a_second_are_told():
    states = play(Check(FRT), flexed(44, -40).track(fps=5))
    told = [s.coaching for s in states if s.coaching and s.coaching.key == "frame_rate_low"]
    assert dict(told[0].numbers)["rate"] == pytest.approx(5, abs=0.3)


def test_practice_is_judged_but_not_counted_and_the_count_begins_upright():
    script = turns(Script().hold(3.0).move(2.0, flexion=45).hold(1.5), 44, -40).move(2.0).hold(3.0)
    begin = script.now - 3.0
    turns(script.move(2.0, flexion=45).hold(1.5), 44, -40, 44, -40, 44, -40).move(2.0).hold(2.0)
    end = play(Check(replace(FRT, practice=True)), script.track(fps=16))[-1]
    assert [t.practice for t in end.made] == [True] * 2 + [False] * 6
    assert end.measured_from_s is not None
    assert begin < end.measured_from_s < begin + 3.0


def test_a_new_recording_after_practice_begins_with_times_and_orientations_of_its_own():
    check = Check(replace(FRT, practice=True))
    practice = turns(Script().hold(3.0).move(2.0, flexion=45).hold(1.5), 44, -40).move(2.0).hold(1.7)
    states = play(check, practice.track(fps=16))
    assert (states[-1].phase, states[-1].practice) == ("settle", False)
    check.new_recording()
    tilted = np.diag([1.0, -1.0, -1.0]) @ compose(4, -6, 3)  # another reading of the same head
    states = play(check, flexed(44, -40, 44, -40, 44, -40).track(fps=16, camera=tilted))
    assert states[-1].phase == "done"
    assert [t.verdict for t in states[-1].made if not t.practice] == ["good"] * 6


@pytest.mark.slow("the whole check from many beginnings")
def test_a_check_ends_the_same_wherever_in_a_loop_it_begins():
    """Someone who does the test over and over, not listening: every trial is what it was."""
    loop = Script().hold(1.6).move(2.0, flexion=45).hold(1.5)
    for angle in (44, -40, 44, -40):
        loop.move(1.5, rotation=angle, flexion=44).hold(1.5).move(1.5, flexion=45).hold(0.8)
    loop.move(2.0).hold(1.0)
    whole = Script(list(loop.keys))
    for _ in range(5):
        whole.keys += [(whole.now + 1e-3 + t, v) for t, v in loop.keys]
    track = whole.track(fps=16, noise_deg=0.3)
    for begin in (0.0, 4.5, 7.5, 9.0, 13.0, 24.0):
        check = Check(replace(FRT, practice=True))
        states = [check.take(now) for now in nows(track) if now.time_s >= begin]
        end = states[-1]
        assert end.phase == "done", begin
        for trial in end.made:
            near = 44 if trial.movement == LEFT else 40
            assert trial.verdict == "rejected" or trial.angle_deg == pytest.approx(near, abs=2.5), (begin, trial)
        assert sum(t.counted and not t.practice for t in end.made) == 6


def nods(*angles: float) -> Script:
    """Flexion and extension from upright, each held, with a good rest between."""
    script = Script().hold(3.0)
    for angle in angles:
        script.move(1.5, flexion=angle).hold(2.0).move(1.5).hold(2.5)
    return script


def test_the_opposite_of_what_was_asked_has_upright_taken_again():
    states = play(
        Check(CheckPlan("flexion-extension", practice=False)), nods(-40, 40, -40, 40, -40, 40, -40).track(fps=16)
    )
    assert phases(states)[:4] == ["settle", "turn", "hold", "settle"]
    assert [t.movement for t in states[-1].made] == ["flexion", "extension"] * 3
    assert states[-1].phase == "done"


def test_chin_down_taken_for_upright_makes_no_false_trials():
    """The check began with the chin down for long: coming up is not looking up."""
    script = Script([(0.0, (0.0, 40.0, 0.0))]).hold(4.0).move(1.5).hold(4.0)
    for angle in (40, -35) * 3:
        script.move(1.5, flexion=angle).hold(2.0).move(1.5).hold(1.5)
    end = play(Check(CheckPlan("flexion-extension", practice=False)), script.track(fps=16))[-1]
    assert [(t.movement, round(t.angle_deg)) for t in end.made if t.counted] == [("flexion", 40), ("extension", 35)] * 3


@pytest.mark.parametrize("code", GATES)
def test_every_reason_to_doubt_a_trial_can_be_told_with_its_number(code):
    facts = TrialFacts(5, True, False, False, True, True, 12, 100, 0.2, 0.6, -22, 11, 12, False, 6, 14, 18)
    line = advice_for(Judged("rotation_left", 40.0, "usable", (code,), facts))
    for language, mode in product(LANGUAGES, get_args(Mode)):
        text = camera_texts(Texts(language), replace(FRT, mode=mode))[f"coach.{line.key}"]
        assert not re.search(r"\bnan\b", text.format_map(dict(line.numbers)))


def test_a_remark_that_costs_no_trial_is_said_once():
    states = play(Check(FRT), flexed(44, -40, 44, -40, 44, -40).track(fps=10))
    assert spoken(states).count("frame_rate_low") == 1
    assert sum(t.counted for t in states[-1].made) == 6


@examples(25)
@given(
    st.lists(
        st.tuples(st.floats(-80, 80), st.floats(-60, 60), st.floats(-40, 40), st.floats(0.2, 3.0), st.floats(0.0, 3.0)),
        min_size=1,
        max_size=8,
    ),
    st.lists(st.tuples(st.floats(0, 30), st.floats(0.1, 12)), max_size=3),
    st.sampled_from(["flexion-rotation", "rotation", "flexion-extension", "lateral-flexion"]),
)
def test_whatever_a_person_does_every_state_can_be_told(moves, gaps, test):
    """No course of movement and loss breaks the check; trials never vanish or change; every sentence is there."""
    script = Script().hold(3.0)
    for rotation, flexion, lateral, way, hold in moves:
        script.move(way, rotation, flexion, lateral).hold(hold)
    plan = CheckPlan(test, practice=False)
    states = play(Check(plan), script.track(fps=15, noise_deg=0.3, drop=[(a, a + b) for a, b in gaps]))
    made: tuple = ()
    said: set[Line] = set()
    for state in states:
        assert [replace(t, counted=False) for t in state.made[: len(made)]] == [replace(t, counted=False) for t in made]
        made = state.made
        assert 0 <= state.held_s <= HOLD_FOR_S
        for line in (*state.cue.say, *([state.coaching] if state.coaching else [])):
            said.add(line)
    for language in LANGUAGES:
        texts = camera_texts(Texts(language), plan)
        for line in said:
            assert "{" not in texts[f"say.{line.key}"].format_map(dict(line.numbers))

"""Every gate closes for its own reason, and only then."""

from dataclasses import replace

import numpy as np
import pytest
from tracks import Script

from romcheck.motion.analysis import analyse
from romcheck.motion.gates import GATES, quality
from romcheck.protocols import PROTOCOLS
from romcheck.protocols.protocol import WORDS


def film(fps=30, *, angle=50.0, lateral=0.0, back=0.0, **picture):
    script = Script().hold(2)
    for side in (1, -1):
        script.move(2, side * angle, 0, side * lateral).hold(1.5).move(2, back).hold(1)
    track = script.track(fps, 0.2)
    for name, value in picture.items():
        getattr(track.quality, name)[:] = value
    return analyse(track, "rotation", "stated").movements


def test_a_good_film_has_no_doubts():
    assert [(m.quality, m.reasons) for m in film()] == [("good", ())] * 2


@pytest.mark.parametrize(
    ("arrangement", "code"),
    [
        ({"brightness": 25.0}, "low_light"),
        ({"distance_m": 1.6}, "too_far"),
        ({"face_width_px": 70.0}, "face_small"),
        ({"distance_m": 0.25}, "too_near"),
        ({"subject_sure": False}, "two_faces"),
        ({"lateral": 26.0}, "side_bent"),
        ({"fps": 12}, "frame_rate_low"),
    ],
)
def test_each_closes_for_its_reason(arrangement, code):
    for m in film(**arrangement):
        assert m.reasons == (code,)
        assert m.quality == GATES[code].verdict


def test_no_side_is_given_while_it_is_unsure_which_way_up_the_picture_is():
    track = replace(Script().hold(2).move(2, 50).hold(1.5).move(2).hold(1).track(30, 0.2), way_up_sure=False)
    found = analyse(track, "rotation", "stated")
    assert [(m.quality, m.reasons) for m in found.movements] == [("rejected", ("way_up",))]
    assert [summary.mean_deg for summary in found.summary] == [None]


def test_fifteen_frames_a_second_are_enough_though_they_are_14_9():
    assert film(fps=14.9)[0].reasons == ()


def test_a_turn_begun_away_from_the_start_posture_is_doubted():
    first, second = film(back=6.5)
    assert first.reasons == ()
    assert second.reasons == ("start_drift",)


def test_what_was_not_measured_raises_no_doubt():
    m = film(brightness=np.nan, sharpness=np.nan, distance_m=np.nan)[0]
    assert m.quality == "good"


def test_an_angle_too_unsure_to_use_is_rejected():
    script = Script().hold(2).move(2, 50).hold(1.5).move(2).hold(1)
    track = script.track(30, 0.2)
    track.head_sigma_deg[:] = 8.0
    (m,) = analyse(track, None, "stated").movements
    assert m.reasons == ("unsure",)
    assert m.quality == "rejected"
    assert m.angle_deg == pytest.approx(50, abs=0.5)


def test_one_rejection_outweighs_everything():
    assert quality(()) == "good"
    assert quality(("low_light",)) == "usable"
    assert quality(("low_light", "flexion_lost")) == "rejected"


def test_every_gate_says_why_and_what_to_do_and_belongs_to_a_test():
    used = frozenset().union(*(p.gates for p in PROTOCOLS.values()))
    assert used == set(GATES)
    for gate in GATES.values():
        assert gate.advice[0].isupper()
        assert gate.advice.endswith(".")
        assert gate.why
    assert set(WORDS) == {name for p in PROTOCOLS.values() for name in p.movements}


def test_an_unknown_lens_is_told():
    track = Script().hold(2).move(2, 50).hold(1.5).move(2).hold(1).track(30, 0.2)
    told = [
        any(told.code == "lens_assumed" for told in analyse(track, None, known).notices)
        for known in ("assumed", "stated")
    ]
    assert told == [True, False]

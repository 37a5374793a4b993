"""How sure an angle is said to be, against simulation and hand calculation."""

from dataclasses import replace

import numpy as np
import pytest
from tracks import FACING, Script, make_track, noise

from romcheck.motion.analysis import analyse
from romcheck.motion.rotations import compose
from romcheck.motion.uncertainty import MeanUncertainty, TrialUncertainty, of_difference, of_mean


def session(left=(60, 61, 59), right=(50, 52, 51), gain=1.0, sigma=1.0, seed=0, noise_deg=0.2, hold=1.2):
    script = Script().hold(2)
    for a, b in zip(left, right, strict=True):
        script.move(1.5, a * gain).hold(hold).move(1.5).hold(0.8).move(1.5, -b * gain).hold(hold).move(1.5).hold(0.8)
    track = script.track(30, noise_deg, seed=seed)
    return replace(track, head_sigma_deg=np.full(len(track), sigma))


def test_the_95_percent_interval_holds_the_truth_95_percent_of_the_time():
    """Errors that scale all turns, drawn anew for each person, as the frames' sigma says."""
    rng = np.random.default_rng(1)
    inside_trial, inside_mean, inside_difference = [], [], []
    for k in range(60):
        truth = rng.normal((60, 50), 2, (3, 2))
        found = analyse(session(*truth.T, gain=1 + rng.normal(0, 0.05), sigma=2.75, seed=k), "rotation", "assumed")
        ordered = truth.ravel()
        inside_trial += [
            abs(m.angle_deg - t) < m.uncertainty_deg for m, t in zip(found.movements, ordered, strict=True)
        ]
        # Of the mean over the trials' scatter, which are 2° about 60° and 50°.
        inside_mean += [abs(s.mean_deg - t) < s.uncertainty_deg for s, t in zip(found.summary, (60, 50), strict=True)]
        d = found.differences[0]
        inside_difference.append(abs(d.left_minus_right_deg - 10) < d.uncertainty_deg)
    assert 0.88 < np.mean(inside_trial) <= 1
    assert 0.88 < np.mean(inside_mean) <= 1
    assert 0.90 < np.mean(inside_difference) <= 1


def test_repeating_does_not_remove_what_all_trials_share():
    many = of_mean([TrialUncertainty(2.0, 0.3, 0.5)] * 50, 1.0, 98)
    assert many.systematic == pytest.approx(2.0)
    assert many.scatter == pytest.approx(1.0 / np.sqrt(50))
    assert many.half_width == pytest.approx(1.96 * np.hypot(2.0, 0.3), abs=0.05)


def test_two_trials_know_little_of_their_spread():
    """With one degree of freedom Student's factor is 12.7; a spread pooled with the other side halves it and more."""
    parts = [TrialUncertainty(0.0, 0.0, 0.1)] * 2
    assert of_mean(parts, 1.0, 1).half_width == pytest.approx(12.706 / np.sqrt(2), abs=0.01)
    assert of_mean(parts, 1.0, 2).half_width == pytest.approx(4.303 / np.sqrt(2), abs=0.01)


def test_a_wrong_lens_cancels_between_the_sides_and_a_wrong_start_counts_twice():
    side = MeanUncertainty(3.0, 0.0, 0.0, float("inf"))
    wide = of_difference(side, side, "calibrated")
    narrow = of_difference(side, side, "assumed")
    assert narrow == pytest.approx(1.96 * np.sqrt(18 - 2 * 0.8 * 9), abs=0.01)
    assert wide > narrow
    start = MeanUncertainty(0.0, 1.0, 0.0, float("inf"))
    assert of_difference(start, start, "stated") == pytest.approx(1.96 * 2, abs=0.01)


def test_swaying_holds_and_few_frames_widen_the_interval():
    still = analyse(session(noise_deg=0.05), "rotation", "stated").movements[0].uncertainty_deg
    script = Script().hold(2).move(1.5, 60)
    for k in range(12):
        script.move(0.25, 60 + 4 * (-1) ** k)
    swaying = analyse(script.move(1.5, 0).hold(1).track(30, 0.05), "rotation", "stated").movements[0]
    assert swaying.uncertainty_deg > still + 0.5


def test_summary_counts_valid_trials_only():
    """The other side's flexion etc. do not matter: mean, sample SD and maximum of the trials that were not rejected."""
    track = session(left=(60, 30, 62), right=(50, 50, 50))
    sure = np.ones(len(track), bool)
    during = (track.time_s > 14) & (track.time_s < 15)  # the second turn to the left
    sure[during] = False
    track = replace(track, quality=replace(track.quality, subject_sure=sure, faces=np.where(sure, 1, 2)))
    found = analyse(track, "rotation", "stated")
    left = found.summary[0]
    assert [m.reasons for m in found.movements if m.quality == "rejected"] == [("two_faces",)]
    assert left.trials == (1, 3)
    assert left.mean_deg == pytest.approx(61, abs=0.3)
    assert left.sd_deg == pytest.approx(np.sqrt(2), abs=0.3)
    assert left.max_deg == pytest.approx(62, abs=0.3)
    assert any("More than one person" in told.text for told in found.notices)


# --- the trunk


def with_trunk(measured, sigma=1.0):
    """A person who turns the trunk along by 12° with a head turn of 50° on it."""
    script = Script().hold(2)
    trunk = Script().hold(2)
    for side in (1, -1):
        script.move(2, side * 50).hold(1.5).move(2).hold(1)
        trunk.move(2, side * 12).hold(1.5).move(2).hold(1)
    time = np.arange(0, script.now, 1 / 30)
    rng = np.random.default_rng(0)
    T = compose(*trunk.at(time).T)
    head = FACING @ T @ compose(*script.at(time).T) @ noise(len(time), 0.2, rng)
    seen = measured(time)
    track = make_track(time, head, trunk=np.where(seen[:, None, None], FACING @ T @ FACING.T, np.nan))
    return replace(track, trunk_sigma_deg=np.where(seen, sigma, np.nan)), seen


def test_a_turning_trunk_is_taken_out_and_marked():
    track, _ = with_trunk(lambda t: np.ones(len(t), bool))
    found = analyse(track, None, "stated")
    for m, side in zip(found.movements, (1, -1), strict=True):
        assert m.angle_deg == pytest.approx(50, abs=0.5)
        assert m.trunk_rotation_deg == pytest.approx(side * 12, abs=0.5)
        assert m.reasons == ("trunk_turned",)
    assert found.frames.sigma_deg[10] == pytest.approx(np.sqrt(2))


def test_a_trunk_seen_now_and_then_makes_no_steps():
    track, seen = with_trunk(lambda t: np.random.default_rng(5).random(len(t)) < 0.6)
    found = analyse(track, None, "stated")
    assert [round(m.angle_deg) for m in found.movements] == [50, 50]
    assert np.isnan(found.frames.trunk_rotation_deg[~seen]).all()
    assert (found.frames.sigma_deg[~seen] > np.sqrt(2)).all()
    assert np.nanmax(np.abs(np.diff(found.frames.rotation_deg))) < 3


@pytest.mark.parametrize(("measured", "sigma"), [(lambda t: t < 3, 1.0), (lambda t: t < 99, 9.0)])
def test_a_trunk_hardly_seen_or_badly_known_is_said_to_be_unmeasured(measured, sigma):
    """The angle is then the head's in the room."""
    track, _ = with_trunk(measured, sigma)
    found = analyse(track, None, "stated")
    assert [round(m.angle_deg) for m in found.movements] == [62, 62]
    assert {m.trunk_rotation_deg for m in found.movements} == {None}
    assert any("trunk could not be measured" in told.text for told in found.notices)

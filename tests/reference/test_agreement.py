"""Agreement, correction and report against figures worked out by hand."""

from __future__ import annotations

import json
import math

import cv2
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from romcheck.geometry.intrinsics import Lens
from romcheck.reference.agreement import agreement, by_band
from romcheck.reference.command import reference
from romcheck.reference.comparison import MarkerComparison, MovementPair, Pairs
from romcheck.reference.gains import profile_of
from romcheck.reference.plot import save_agreement
from romcheck.reference.profile import ProfileError, corrected, read_profile, write_profile
from romcheck.reference.report import sentence, write_comparison
from romcheck.results import Camera, Difference, Frames, Movement, Result, Software, Source, Summary

SOURCE = Source("turns.mp4", "0" * 64, 640, 480, 10.0, 250, 25.0)


def test_agreement_of_a_case_worked_by_hand():
    # To the left 1 too little and 1 too much, to the right 3 too little: differences -1, +1, -3.
    got = agreement(np.array([29.0, 51.0, -57.0, np.nan]), np.array([30.0, 50.0, -60.0, 10.0]))
    assert got.n == 3
    assert got.bias_deg == pytest.approx(-1)
    assert got.sd_deg == pytest.approx(2)
    assert (got.lower_deg, got.upper_deg) == pytest.approx((-1 - 3.92, -1 + 3.92), abs=0.001)
    assert got.rmse_deg == pytest.approx(math.sqrt(11 / 3))
    assert got.mae_deg == pytest.approx(5 / 3)


def test_bands_are_of_the_references_size_with_the_lower_end_inside():
    reference = np.array([0.0, 19.9, -20.0, 39.0, 40.0, -59.9, 60.0, -75.0])
    bands = by_band(reference * 1.1, reference)
    assert [(b.from_deg, b.to_deg, b.agreement.n) for b in bands] == [
        (0, 20, 2),
        (20, 40, 2),
        (40, 60, 2),
        (60, 180, 2),
    ]
    assert bands[1].agreement.bias_deg == pytest.approx((2.0 + 3.9) / 2)


def test_nothing_and_a_single_pair_give_no_limits():
    nothing = agreement(np.array([np.nan]), np.array([3.0]))
    assert (nothing.n, nothing.bias_deg) == (0, None)
    single = agreement(np.array([4.0]), np.array([3.0]))
    assert (single.bias_deg, single.lower_deg) == (pytest.approx(1.0), None)


def comparison(pairs, known="calibrated", test="rotation"):
    each = tuple(MovementPair(name, i + 1, face, markers, True) for i, (name, face, markers) in enumerate(pairs))
    face = np.array([p[1] for p in pairs], float)
    markers = np.array([p[2] for p in pairs], float)
    lens = Lens.from_fov(640, 480, 60, known)
    camera = Camera(640, 480, lens.fx, lens.fy, lens.cx, lens.cy, lens.distortion, known)
    held = agreement(face, markers)
    return MarkerComparison(
        test, SOURCE, camera, True, 1.0, 1.0, 1.0, 0.2, (73,), 3.0, 0.1, 0.55, held, by_band(face, markers), held,
        by_band(face, markers), held, each, (),
    )  # fmt: skip


EXACT = [("rotation_left", 50.0, 52.0), ("rotation_left", 60.0, 62.4)] + [("rotation_right", 50.0, 49.0)] * 2


def test_the_sentence_says_what_was_found():
    told = sentence(comparison([("rotation_left", 60.0, 61.0), ("rotation_right", 58.0, 60.0)]))
    # Differences -1 and -2: mean -1.5, sd 0.7071, limits 1.386 away.
    assert "on average 1.5° below the markers; 95 % of readings lay within −2.9° and −0.1°" in told


def test_gains_by_side_with_their_uncertainty():
    profile = profile_of(comparison([("rotation_left", 50.0, 51.0), ("rotation_left", 50.0, 53.0), *EXACT[2:]]))
    left, right = profile.gains["rotation_left"], profile.gains["rotation_right"]
    assert left.gain == pytest.approx(1.04)
    # Residuals -1 and +1: root of 2 over one degree of freedom and over 2·50², by t/1.96 = 12.706/1.960; and the
    # markers' own √2·0.2° in 50°.
    scatter = math.sqrt(2 / (2 * 50**2)) * 12.7062 / 1.95996
    assert left.sd == pytest.approx(math.hypot(scatter, math.sqrt(2) * 0.2 / 50), abs=1e-4)
    assert right.gain == pytest.approx(0.98)
    assert right.sd == pytest.approx(math.sqrt(2) * 0.2 / 50, abs=1e-4)


def test_a_correction_is_refused_where_it_would_hold_something_else():
    with pytest.raises(ProfileError, match="calibrated camera"):
        profile_of(comparison(EXACT, known="assumed"))
    with pytest.raises(ProfileError, match="rotation to the right"):
        profile_of(comparison(EXACT[:3]))
    with pytest.raises(ProfileError, match="more than a person's shape"):
        profile_of(comparison([("rotation_left", 40.0, 52.0)] * 2 + EXACT[2:]))


def measured(test="rotation"):
    def movement(name, angle):
        return Movement(name, 1, 1.0, 3.0, 1.5, 2.5, angle, 2.0, False, "good", ())

    camera = Camera(640, 480, 550.0, 550.0, 320.0, 240.0, (0.0,) * 5, "calibrated")
    frames = Frames(
        np.arange(3) / 25, np.array([True, True, False]), np.array([50.0, -50.0, np.nan]), np.array([5.0, 5.0, np.nan]),
        np.zeros(3), np.zeros(3), np.ones(3),
    )  # fmt: skip
    result = Result(
        test,
        True,
        SOURCE,
        Software("0", "engine", "0", {}, {"test": None}),
        camera,
        (movement("rotation_left", 50.0), movement("rotation_right", 50.0)),
        tuple(Summary(name, (1,), 50.0, None, 50.0, 2.0) for name in ("rotation_left", "rotation_right")),
        (Difference("rotation", 0.0, 3.0),),
        (),
    )
    return result, frames


def test_a_correction_multiplies_each_side_and_is_stated(tmp_path):
    path = tmp_path / "me.json"
    write_profile(profile_of(comparison(EXACT)), path)
    profile = read_profile(path)
    result, frames = corrected(*measured(), profile)
    assert [m.angle_deg for m in result.movements] == pytest.approx([52.0, 49.0])
    sd = profile.gains["rotation_left"].sd
    assert result.movements[0].uncertainty_deg == pytest.approx(math.hypot(1.04 * 2.0, 1.96 * sd * 50), abs=0.001)
    assert result.differences[0].left_minus_right_deg == pytest.approx(3.0)
    assert result.differences[0].uncertainty_deg > 3.0
    assert frames.rotation_deg[:2] == pytest.approx([52.0, -49.0])
    assert np.isnan(frames.rotation_deg[2])
    assert frames.flexion_deg[:2] == pytest.approx([5.0, 5.0])
    assert result.software.settings["profile"]["rotation_left"]["gain"] == pytest.approx(1.04)
    assert any("A person's correction" in warning for warning in result.warnings)
    assert "turns" not in path.read_text(), "no name of a file, which may be a person's"


def test_a_correction_of_another_test_is_refused(tmp_path):
    with pytest.raises(ProfileError, match="flexion-rotation"):
        corrected(*measured("flexion-rotation"), profile_of(comparison(EXACT)))
    broken = tmp_path / "broken.json"
    broken.write_text('{"schema": "romcheck.profile/1", "gains": {"rotation_left": {"gain": NaN}}}')
    with pytest.raises(ProfileError, match="not a romcheck profile"):
        read_profile(broken)


def test_report_and_plot_are_written_and_the_same_every_time(tmp_path):
    compared = comparison(EXACT)
    face = np.array([0.0, 50.0, 60.0, -50.0, np.nan])
    pairs = Pairs(np.arange(5) / 25, face, face * 1.02, np.array([False, True, True, True, False]))
    for name in ("a", "b"):
        write_comparison(compared, tmp_path / f"{name}.json")
        save_agreement(compared, pairs, tmp_path / f"{name}.png")
        save_agreement(compared, pairs, tmp_path / f"{name}.svg")
    for kind in ("json", "png", "svg"):
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()
    content = json.loads((tmp_path / "a.json").read_text())
    assert content["schema"] == "romcheck.reference/1"
    assert content["holds"]["n"] == 4
    assert cv2.imread(str(tmp_path / "a.png")).std() > 5


def run(*arguments):
    app = typer.Typer()
    app.command()(reference)
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_a_correction_without_a_camera_file_is_refused_before_any_work(tmp_path):
    got = run("missing.mp4", "--save-profile", tmp_path / "me.json")
    assert got.exit_code == 2
    assert "calibrated camera" in " ".join(got.output.split())


def test_what_is_missing_is_said(tmp_path):
    assert run().exit_code == 2
    got = run(tmp_path / "missing.mp4", "--out", tmp_path)
    assert got.exit_code == 1
    assert "There is no file" in got.output


def test_the_markers_are_written_to_print(tmp_path):
    assert run("--print-markers", tmp_path / "new").exit_code == 0
    assert (tmp_path / "new" / "markers-a4.pdf").read_bytes().startswith(b"%PDF")

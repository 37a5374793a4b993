"""What is known of a camera's lens is remembered for this camera, and means what it means for a recorded video."""

import math

import numpy as np
import pytest

from romcheck.errors import CameraError
from romcheck.geometry.intrinsics import FOCAL_SD, Lens
from romcheck.live.lenses import add_calibration, forget_lens, fov_deg_of, lens_of, state_fov, stated_fov
from romcheck.places import DATA_VARIABLE

CAMERA = "Integrated Camera (04f2:b6d9)"


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "data"))


def test_without_knowledge_the_lens_is_assumed():
    assert lens_of(CAMERA, 640, 480) == Lens.assumed(640, 480)


def test_stated_it_is_what_the_command_line_makes_of_the_same_number():
    state_fov(CAMERA, 70.5)
    lens = lens_of(CAMERA, 640, 480)
    assert lens == Lens.from_fov(640, 480, 70.5)
    assert (lens.known, lens.focal_sd) == ("stated", FOCAL_SD["stated"])
    assert 2 * math.degrees(math.atan(320 / lens.fx)) == pytest.approx(70.5)
    assert fov_deg_of(lens_of(CAMERA, 480, 640)) == pytest.approx(70.5)  # held upright it is the same lens


def test_it_is_this_camera_s_only_and_stays_until_forgotten():
    state_fov(CAMERA, 70)
    assert stated_fov("Integrated Camera (1234:abcd)") == 70  # the number in brackets is the device's, not the lens's
    assert lens_of("Another Camera", 640, 480).known == "assumed"
    forget_lens(CAMERA, "stated")
    assert lens_of(CAMERA, 640, 480).known == "assumed"


@pytest.mark.parametrize("fov_deg", [9.9, 170.1, 0.0, -70.0, math.nan, math.inf])
def test_a_field_of_view_no_camera_has_is_refused(fov_deg):
    with pytest.raises(CameraError, match="10 to 170 degrees"):
        state_fov(CAMERA, fov_deg)
    assert stated_fov(CAMERA) is None


@pytest.mark.parametrize("content", ["", "seventy", "700", "nan"])
def test_a_spoilt_note_counts_as_none(content, tmp_path):
    state_fov(CAMERA, 70)
    (note,) = (tmp_path / "data" / "cameras").iterdir()
    note.write_text(content, "utf-8")
    assert lens_of(CAMERA, 640, 480).known == "assumed"


def test_a_calibration_goes_before_what_is_stated(sample_videos):
    state_fov(CAMERA, 70)
    add_calibration(CAMERA, (sample_videos / "rotation.camera.json").read_bytes(), 640, 480)
    lens = lens_of(CAMERA, 1280, 960)
    assert lens.known == "calibrated"
    assert np.isclose(lens.fx, 2 * 554.256)
    assert lens_of(CAMERA, 1280, 720).known == "stated"  # cropped differently, the calibration does not apply
    forget_lens(CAMERA, "calibrated")
    assert lens_of(CAMERA, 1280, 960).known == "stated"


@pytest.mark.parametrize(("content", "size"), [(b"{}", (640, 480)), (b"\xff\x00", (640, 480)), (None, (1280, 720))])
def test_a_file_that_does_not_fit_changes_nothing(sample_videos, content, size, tmp_path):
    state_fov(CAMERA, 70)
    with pytest.raises(CameraError):
        add_calibration(CAMERA, content or (sample_videos / "rotation.camera.json").read_bytes(), *size)
    assert lens_of(CAMERA, *size).known == "stated"
    assert len(list((tmp_path / "data" / "cameras").iterdir())) == 1

"""Stating the lens on the page that shows the picture, and finding it in the result."""

from dataclasses import replace

import pytest
from measured import WHICH, measurement
from streamlit.testing.v1 import AppTest

from romcheck.calibrate.scene import SceneCalibration
from romcheck.geometry.intrinsics import Lens
from romcheck.i18n.message import message
from romcheck.i18n.texts import Texts
from romcheck.live.lenses import lens_of, state_fov
from romcheck.live.messages import LookAround, LookedAround
from romcheck.live.session import LiveCheck
from romcheck.live.state import CheckPlan
from romcheck.ui.result_view import result_view

CAMERA = "Logitech C920"
ASKED: list[LookAround] = []


def framing(looked: LookedAround | None = None) -> AppTest:
    """The page's part about the lens, as it stands once the camera is connected, or was turned."""

    def script():
        import streamlit as st

        from romcheck.ui.pages import lens

        check = st.session_state["check"]
        st.session_state["restated"] = lens.show(check, check.lens)

    at = AppTest.from_function(script, default_timeout=120)
    check = LiveCheck(CheckPlan("rotation"), camera=CAMERA, standing="framing", lens=lens_of(CAMERA, 640, 480))
    check.looked = looked
    check.ask = ASKED.append
    at.session_state["language"], at.session_state["check"] = "en", check
    at.run()
    assert not at.exception
    return at


def use(at: AppTest) -> AppTest:
    next(b for b in at.button if b.proto.is_form_submitter).click()
    return at.run()


def test_a_number_is_remembered_and_the_check_begins_anew():
    at = framing()
    assert at.expander[0].label == "Camera lens: not known, 65° assumed"
    at.number_input[0].set_value(70.0)
    assert use(at).session_state["restated"]
    assert lens_of(CAMERA, 640, 480) == Lens.from_fov(640, 480, 70)
    assert framing().expander[0].label == "Camera lens: field of view of 70° stated"


def test_without_a_number_it_is_asked_for():
    at = use(framing())
    assert not at.session_state["restated"]
    assert at.error[0].value == "Enter the field of view: a number from 10 to 170 degrees."


def test_it_can_be_forgotten():
    state_fov(CAMERA, 70)
    at = framing()
    at.button(key="forget_lens").click().run()
    assert at.session_state["restated"]
    assert lens_of(CAMERA, 640, 480).known == "assumed"


@pytest.mark.parametrize("fits", [True, False])
def test_a_calibration_can_be_chosen(sample_videos, fits):
    content = (sample_videos / "rotation.camera.json").read_bytes() if fits else b"{}"
    at = framing()
    at.file_uploader[0].set_value(("camera.json", content, "application/json")).run()
    assert at.session_state["restated"] == fits
    assert bool(at.error) != fits
    assert (lens_of(CAMERA, 640, 480).known == "calibrated") == fits


def test_a_calibration_of_another_shape_is_said_not_to_be_used(sample_videos, data):
    state_fov(CAMERA, 70)
    wide = b'{"width": 1280, "height": 720, "fx": 900, "fy": 900, "cx": 640, "cy": 360}'
    (data / "cameras" / "logitech-c920.json").write_bytes(wide)
    at = framing()
    assert "stated" in at.expander[0].label
    assert "a different shape" in at.warning[0].value


@pytest.mark.parametrize("language", WHICH)
def test_the_result_says_what_was_stated(language):
    made = measurement(lens=Lens.from_fov(640, 480, 70))
    view = result_view(made.result, "active", "seated", Texts(language))
    assert "70°" in view.how
    assert Texts(language)("warning.lens_assumed") not in view.doubts


def seen_in_a_room(fov_deg: float) -> LookedAround:
    lens = replace(Lens.from_fov(640, 480, fov_deg), known="calibrated", focal_sd=0.005)
    return LookedAround(SceneCalibration(lens, {"fx": 1.0}, 0.1, 20, 300, 40.0, 25.0, 0.02))


def test_the_camera_can_be_turned():
    ASKED.clear()
    at = framing()
    at.button(key="turn").click().run()
    assert not at.exception
    assert len(ASKED) == 1
    assert "It begins in" in at.info[0].value


def test_the_lens_a_room_showed_can_be_used():
    at = framing(seen_in_a_room(72))
    assert at.success[0].value == "The room shows a field of view of 72°, known to 0.5 %."
    assert not at.warning
    at.button(key="use_turned").click().run()
    assert at.session_state["restated"]
    lens = lens_of(CAMERA, 640, 480)
    assert lens.known == "calibrated"
    assert lens.fx == pytest.approx(Lens.from_fov(640, 480, 72).fx, abs=0.01)


@pytest.mark.parametrize(("stated", "contradicted"), [(71, False), (80, True)])
def test_a_stated_lens_that_contradicts_the_room_is_told(stated, contradicted):
    state_fov(CAMERA, stated)
    at = framing(seen_in_a_room(72))
    assert bool(at.warning) == contradicted
    if contradicted:
        assert "contradicts the lens in use (field of view of 80° stated)" in at.warning[0].value


def test_why_a_room_showed_no_lens_is_said():
    at = framing(LookedAround(None, message("error.scene_blank")))
    assert "plain surfaces" in at.error[0].value
    assert not at.success

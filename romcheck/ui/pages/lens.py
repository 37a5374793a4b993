"""The lens of the connected camera: how it is known, and ways to improve that."""

from __future__ import annotations

import json
import math
import time

import streamlit as st

from romcheck.calibrate.saving import scene_camera_json
from romcheck.calibrate.scene import SceneCalibration, compared
from romcheck.errors import CameraError, OutputError
from romcheck.geometry.intrinsics import ASSUMED_FOV_DEG, Lens
from romcheck.i18n.texts import Texts
from romcheck.live.camera_turn import TURN_S, WAIT_S
from romcheck.live.lenses import add_calibration, camera_file_of, forget_lens, fov_deg_of, state_fov, stated_fov
from romcheck.live.session import LiveCheck
from romcheck.options import NARROWEST_FOV_DEG, WIDEST_FOV_DEG
from romcheck.ui.common import texts
from romcheck.ui.problems import problem_text
from romcheck.ui.records import plain

LOOK_EVERY_S = 0.5
LEGS = ("left", "right", "up", "down")


def show(check: LiveCheck, lens: Lens) -> bool:
    """Show how the lens is known and let it be improved; True if it changed.

    Its pictures have then to be measured again, by a new check.
    """
    t = texts()
    with st.expander(t("lens.title", how=t(f"lens.{lens.known}", fov=t.short(fov_deg_of(lens))))):
        st.markdown(t("lens.why"))
        if lens.known == "calibrated":
            st.markdown(t("lens.calibrated_help"))
        else:
            st.markdown(t("lens.how", width=str(lens.width), height=str(lens.height)))
            if _state(check, t):
                return True
        if _turn(check, lens, t):
            return True
        if lens.known != "calibrated" and camera_file_of(check.camera).is_file():
            st.warning(t("lens.calibration_unfit", width=str(lens.width), height=str(lens.height)))
        if _choose_calibration(check, lens, t):
            return True
        if lens.known != "assumed" and st.button(t(f"lens.forget_{lens.known}"), key="forget_lens"):
            forget_lens(check.camera, lens.known)
            return True
    return False


def _state(check: LiveCheck, t: Texts) -> bool:
    with st.form("lens", border=False):
        fov_deg = st.number_input(
            t("lens.fov"),
            NARROWEST_FOV_DEG,
            WIDEST_FOV_DEG,
            stated_fov(check.camera),
            step=1.0,
            format="%g",
            placeholder=t("lens.fov_example", fov=ASSUMED_FOV_DEG),
            key=f"fov_{camera_file_of(check.camera).stem}",
        )
        sent = st.form_submit_button(t("lens.use_fov"))
    if not sent:
        return False
    if fov_deg is None:
        st.error(t("lens.fov_missing", narrowest=NARROWEST_FOV_DEG, widest=WIDEST_FOV_DEG))
        return False
    try:
        state_fov(check.camera, fov_deg)
    except OutputError as error:
        st.error(plain(problem_text(error, t)))
        return False
    return True


def _turn(check: LiveCheck, lens: Lens, t: Texts) -> bool:
    """Let the lens be found from the room, the camera being turned in it."""
    st.markdown(t("lens.turn_help", seconds=TURN_S))
    asked_s = check.look_around_at_s
    if st.button(t("lens.turn" if asked_s is None else "lens.turn_again"), key="turn"):
        check.look_around()
    if check.look_around_at_s is not None and check.looked is None:
        _turning(check, t)
    if check.looked is None:
        return False
    found = check.looked.found
    if found is None:
        assert check.looked.error is not None
        st.error(plain(t.say(check.looked.error, page=True)))
        return False
    st.success(t("lens.turned", fov=t.short(fov_deg_of(found.lens)), percent=t.number(100 * found.lens.focal_sd, 1)))
    if lens.known != "assumed":
        said = compared(found, lens)
        how = t(f"lens.{lens.known}", fov=t.short(fov_deg_of(lens)))
        if said.contradicts:
            st.warning(t("lens.contradicts", how=how, percent=t.number(100 * abs(said.ratio - 1), 1)))
        else:
            st.markdown(t("lens.agrees", how=how))
    return st.button(t("lens.use_turned"), key="use_turned") and _use(check, found, lens, t)


def _use(check: LiveCheck, found: SceneCalibration, lens: Lens, t: Texts) -> bool:
    content = json.dumps(scene_camera_json(found), indent=2).encode() + b"\n"
    try:
        add_calibration(check.camera, content, lens.width, lens.height)
    except OutputError as error:
        st.error(plain(problem_text(error, t)))
        return False
    return True


@st.fragment(run_every=LOOK_EVERY_S)
def _turning(check: LiveCheck, t: Texts) -> None:
    """Say what to do now, repeatedly until the turn is over and its lens found."""
    if check.looked is not None or check.look_around_at_s is None:
        st.rerun()
    passed_s = time.monotonic() - check.look_around_at_s - WAIT_S
    if passed_s < 0:
        st.info(t("lens.turn_soon", count=math.ceil(-passed_s)))
    elif passed_s < TURN_S:
        leg = LEGS[min(int(passed_s / TURN_S * len(LEGS)), len(LEGS) - 1)]
        st.progress(passed_s / TURN_S, t(f"lens.turn_{leg}"))
    else:
        st.info(t("lens.turn_wait"))


def _choose_calibration(check: LiveCheck, lens: Lens, t: Texts) -> bool:
    # A new check has a new upload field, so that one file is not used twice.
    label = t("lens.calibration_other" if lens.known == "calibrated" else "lens.calibration")
    chosen = st.file_uploader(label, "json", key=f"calibration_{check.token}")
    if chosen is None:
        return False
    try:
        add_calibration(check.camera, chosen.getvalue(), lens.width, lens.height)
    except CameraError:
        st.error(t("lens.calibration_wrong", width=str(lens.width), height=str(lens.height)))
        return False
    except OutputError as error:
        st.error(plain(problem_text(error, t)))
        return False
    return True

"""A whole measurement made from a scripted person, without pictures."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from tracks import Script

from romcheck.geometry.intrinsics import Lens
from romcheck.i18n.languages import LANGUAGES
from romcheck.live.messages import CheckEnded
from romcheck.live.session import LiveCheck
from romcheck.live.state import CheckPlan, CheckState, Cue
from romcheck.measure import Measurement
from romcheck.motion.analysis import analyse
from romcheck.results import Camera, Result, Software, Source

WHICH = ["en", *(pytest.param(language, marks=pytest.mark.slow) for language in LANGUAGES if language != "en")]
"""English in the quick run; that every sentence is in every language, the catalogue's tests say."""


@cache
def measurement(
    left: float = 44.0, right: float = 38.0, kept: float = 44.0, trials: int = 3, lens: Lens | None = None
) -> Measurement:
    """A flexion-rotation test; `kept` is the flexion left of 45 degrees in the second turn to the right."""
    script = Script().hold(2.0).move(2.0, flexion=45).hold(1.5)
    for trial in range(trials):
        for angle in (left, -right):
            flexion = kept if trial == 1 and angle < 0 else 44.0
            script.move(1.5, rotation=angle + trial, flexion=flexion).hold(1.5).move(1.5, flexion=45).hold(1.0)
    track = script.move(2.0).hold(1.0).track(noise_deg=0.2)
    lens = lens or Lens.assumed(640, 480)
    analysis = analyse(track, "flexion-rotation", lens.known)
    assert analysis.test is not None
    result = Result(
        test=analysis.test,
        test_recognised=False,
        source=Source("camera", "0" * 64, 640, 480, float(track.time_s[-1]), len(track), 30.0),
        software=Software("0", "engine", "0", {}, {}),
        camera=Camera(640, 480, lens.fx, lens.fy, lens.cx, lens.cy, lens.distortion, lens.known),
        movements=analysis.movements,
        summary=analysis.summary,
        differences=analysis.differences,
        warnings=tuple(told.text for told in analysis.notices),
        notices=analysis.notices,
    )
    return Measurement(result, analysis.frames, track, lens, np.full((len(track), 3), np.nan))


def ended(measured: Measurement | None, stopped=None, error: str = "") -> LiveCheck:
    """A check that is over."""
    nan = float("nan")
    phase = "stopped" if stopped else "done"
    state = CheckState(60.0, phase, None, 0, 3, False, 0.0, nan, nan, (), None, Cue(), 0.0, stopped)
    check = LiveCheck(CheckPlan("flexion-rotation"))
    check.standing, check.outcome = "ended", CheckEnded(state, measured, error)
    return check

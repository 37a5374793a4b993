"""The picture of a joint position test: each return where the head came to rest, and no number that is not stated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from measured import WHICH, ended, measurement
from streamlit.testing.v1 import AppTest
from tracks import Script

import romcheck
from romcheck.i18n.texts import Texts
from romcheck.i18n.words import mean_angle
from romcheck.live.journey import Journey
from romcheck.live.state import CheckPlan
from romcheck.measure import Measurement
from romcheck.motion.analysis import analyse
from romcheck.ui.result_returns import HALF_WIDTH, returns_svg
from romcheck.ui.result_view import result_view

SCRIPT = Path(romcheck.__file__).parent / "ui" / "entry" / "script.py"
ERRORS = (3.0, -5.5, -8.0, 11.5)
"""Of returns from the left and from the right in turn, + past the middle."""
PLACES = (3.0, 5.5, -8.0, -11.5)
"""The same, + to the subject's right."""


def returns(*errors: float) -> Measurement:
    script = Script().hold(2.0)
    for k, error in enumerate(errors):
        side = 1 if k % 2 == 0 else -1
        script.move(1.4, rotation=side * 60).hold(0.5).move(1.4, rotation=-side * error).hold(1.3)
    track = script.move(0.8).hold(1.5).track()
    found = analyse(track, "joint-position", "calibrated")
    made = measurement(trials=1)
    result = replace(
        made.result, test="joint-position", movements=found.movements, summary=found.summary, differences=(),
        position_errors=found.tests[0].position_errors, notices=found.notices,
    )  # fmt: skip
    return replace(made, result=result, frames=found.frames, track=track)


def drawn(measured: Measurement, language: str = "en") -> ElementTree.Element:
    texts = Texts(language)
    sides = result_view(measured.result, "active", "seated", texts).sides
    return ElementTree.fromstring(returns_svg(measured.result, [(s.name, s.mean) for s in sides], texts))


def marks(svg: ElementTree.Element) -> list[ElementTree.Element]:
    return [e for e in svg.iter() if e.get("class") == "return"]


@pytest.fixture(scope="module")
def four() -> Measurement:
    return returns(*ERRORS)


def test_every_return_is_drawn_where_the_head_came_to_rest(four):
    """Past the middle is on the other side than the turn was."""
    svg = drawn(four)
    by_trial = sorted((e.get("data-movement"), float(e.get("data-deg"))) for e in marks(svg))
    names = ("return_from_left", "return_from_right") * 2
    assert [name for name, _ in by_trial] == sorted(names)
    wanted = sorted(zip(names, PLACES, strict=True))
    assert [at for _, at in by_trial] == pytest.approx([at for _, at in wanted], abs=0.2)
    middles = [float(e.get("x")) + float(e.get("width")) / 2 for e in svg.iter() if e.get("class") == "interval"]
    assert sorted(middles) == pytest.approx(sorted(at / 15 * HALF_WIDTH for at in PLACES), abs=3)


def test_a_return_that_does_not_count_is_not_drawn(four):
    first, *others = four.result.summary
    result = replace(four.result, summary=(replace(first, trials=(1,)), *others))
    assert len(marks(drawn(replace(four, result=result)))) == 3


def test_a_far_return_is_drawn_at_the_end_and_open(four):
    first, *others = four.result.movements
    far = replace(four, result=replace(four.result, movements=(replace(first, error_deg=40.0), *others)))
    (one,) = (e for e in marks(drawn(far)) if e.get("fill") == "none")
    assert one.get("data-deg") == "40.00"
    assert one.get("d").startswith(f"M{HALF_WIDTH + 9}")


def test_of_a_single_return_no_mean_is_stated():
    """Its own error is known, how far others would be off is not."""
    one = returns(3.0, -4.0)
    assert {summary.reason for summary in one.result.summary} == {"unsure"}
    sides = result_view(one.result, "active", "seated", Texts("en")).sides
    assert [side.mean for side in sides] == ["too uncertain to state"] * 2
    assert {mean_angle(summary, one.result.movements) for summary in one.result.summary} == {sides[0].mean}
    assert len(marks(drawn(one))) == 2


@pytest.mark.parametrize("language", WHICH)
def test_the_page_has_the_picture_first_and_says_how_little_one_result_tells(four, language):
    t = Texts(language)
    at = AppTest.from_file(str(SCRIPT), default_timeout=120)
    at.session_state["language"] = language
    at.session_state["journey"] = Journey("result", "self", CheckPlan("joint-position"), screened=True)
    at.session_state["check"] = ended(four)
    at.run()
    assert not at.exception
    kinds = [one.type for one in at.main]
    assert kinds.index("bidi_component") < kinds.index("metric")
    said = " ".join(one.value for one in (*at.markdown, *at.caption))
    assert t("errors.poor") in said
    assert t("result.returns_arrows") in said
    assert t("result.plus_minus") not in said

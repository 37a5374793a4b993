"""The picture of a result: its arcs end at the angles, and what is unsure is not drawn as one."""

import re
from dataclasses import replace
from math import atan2, degrees
from xml.etree import ElementTree

import pytest
from measured import measurement

from romcheck.i18n.languages import LANGUAGES
from romcheck.i18n.texts import Texts
from romcheck.results import Movement, Result, Summary
from romcheck.ui.result_dial import dial_svg
from romcheck.ui.result_view import result_view

SIDES = {
    "rotation": (("rotation_left", -1), ("rotation_right", 1)),
    "flexion-rotation": (("rotation_left", -1), ("rotation_right", 1)),
    "flexion-extension": (("flexion", 1), ("extension", -1)),
    "lateral-flexion": (("lateral_flexion_left", 1), ("lateral_flexion_right", -1)),
}
"""Movements of a test, and to which side of the picture they go."""
LETTER_EM = 0.55
"""Width of a letter or figure of the page's type, by its size."""


@pytest.fixture(scope="module")
def made() -> Result:
    return measurement().result


def with_means(made: Result, test: str, *sides: tuple) -> Result:
    """The result with these (mean, half-width, reason) for the test's two movements."""
    summary, movements = [], []
    for (name, _), (mean, half, reason) in zip(SIDES[test], sides, strict=True):
        summary.append(Summary(name, (1,), mean, 0.0, mean, half, reason))
        movements.append(Movement(name, 1, 0, 4, 1, 2, mean, half, False, "good", ()))
    return replace(made, test=test, summary=tuple(summary), movements=tuple(movements), differences=())


def drawn(result: Result, language: str = "en") -> ElementTree.Element:
    texts = Texts(language)
    sides = result_view(result, "active", "seated", texts).sides
    return ElementTree.fromstring(dial_svg(result, [(s.name, s.mean) for s in sides], texts))


def of(svg: ElementTree.Element, kind: str) -> list[ElementTree.Element]:
    return [e for e in svg.iter() if e.get("class") == kind]


def angles(element: ElementTree.Element) -> list[float]:
    """Angles from straight up of the path's points, right of the picture +."""
    points = re.findall(r"(-?\d+\.\d+) (-?\d+\.\d+)", element.get("d"))
    return [degrees(atan2(float(x), -float(y))) for x, y in points]


def said(svg: ElementTree.Element) -> str:
    return next(e.text for e in svg.iter() if e.tag.endswith("desc"))


@pytest.mark.parametrize("test", SIDES)
def test_arcs_end_at_the_mean_and_fade_over_the_interval(made, test):
    svg = drawn(with_means(made, test, (62.5, 4.0, None), (31.0, 2.0, None)))
    for (name, side), mean, half in zip(SIDES[test], (62.5, 31.0), (4.0, 2.0), strict=True):
        (mark,) = (e for e in of(svg, "mean") if e.get("data-movement") == name)
        assert angles(mark) == pytest.approx([side * mean] * 2, abs=0.02)
        (arc,) = (e for e in of(svg, "arc") if e.get("data-movement") == name)
        assert max(side * a for a in angles(arc)) == pytest.approx(mean - half, abs=0.02)
    assert max(abs(a) for e in of(svg, "interval") for a in angles(e)) == pytest.approx(66.5, abs=0.02)


@pytest.mark.parametrize(
    ("side", "word"),
    [((50.0, 15.1, "unsure"), "too uncertain to state"), ((None, None, "trials_differ"), "no average"),
     ((50.0, 15.1, None), "too uncertain to state"), ((None, None, None), "not measured")],
)  # fmt: skip
def test_a_side_without_a_stated_mean_has_no_arc(made, side, word):
    svg = drawn(with_means(made, "rotation", side, (40.0, 2.0, None)))
    assert [e.get("data-movement") for e in of(svg, "arc")] == ["rotation_right"]
    assert [e.get("data-movement") for e in of(svg, "unknown")] == ["rotation_left"]
    assert of(svg, "unknown")[0].get("fill") == "none"
    assert word in said(svg)
    assert "50" not in "".join(svg.itertext())


def test_an_angle_the_camera_could_not_follow_to_its_end_goes_on(made):
    result = with_means(made, "rotation", (62.0, 3.0, None), (40.0, 2.0, None))
    first, second = result.movements
    svg = drawn(replace(result, movements=(replace(first, at_least=True), second)))
    assert len(of(svg, "onwards")) == 1
    assert len(of(svg, "interval")) == 1
    assert "at least 62.0°" in said(svg)


def test_the_picture_is_told_in_words_in_french_too(made):
    svg = drawn(with_means(made, "flexion-extension", (48.2, 2.0, None), (55.9, 3.0, None)), "fr")
    assert svg.get("role") == "img"
    assert "48,2°" in said(svg)
    assert "55,9°" in said(svg)
    assert "La tête vue de son côté droit" in "".join(svg.itertext())


def test_the_joint_position_test_has_no_arcs(made):
    assert dial_svg(replace(made, test="joint-position"), [("a", "b"), ("c", "d")], Texts("en")) == ""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("test", SIDES)
def test_no_word_of_an_angle_that_goes_on_leaves_the_picture(made, test, language):
    """In French "au moins" was cut off."""
    for mean in (40.0, 62.5, 90.0, 99.5):
        result = with_means(made, test, (mean, 3.0, None), (mean, 3.0, None))
        result = replace(result, movements=tuple(replace(m, at_least=True) for m in result.movements))
        svg = drawn(result, language)
        left, _, width, _ = map(float, svg.get("viewBox").split())
        texts = [e for e in svg.iter() if e.tag.endswith("text") and e.get("text-anchor") != "middle"]
        assert len(texts) == 4
        for text in texts:
            for line in text:
                reach = LETTER_EM * float(text.get("font-size")) * len(line.text)
                x = float(line.get("x"))
                assert left <= (x - reach if text.get("text-anchor") == "end" else x), line.text
                assert left + width >= (x + reach if text.get("text-anchor") == "start" else x), line.text


def test_last_time_lies_beneath_and_is_told(made):
    now = with_means(made, "rotation", (62.5, 4.0, None), (31.0, 2.0, None))
    then = with_means(made, "rotation", (50.0, 3.0, None), (None, None, "trials_differ"))
    said_now = [(s.name, s.mean) for s in result_view(now, "active", "seated", Texts("en")).sides]
    svg = ElementTree.fromstring(dial_svg(now, said_now, Texts("en"), (then, "2 Mar 2026")))
    (arc,) = of(svg, "then")
    assert arc.get("data-movement") == "rotation_left"
    assert min(angles(arc)) == pytest.approx(-50.0, abs=0.02)
    assert "last time, 2 Mar 2026: 50.0° ± 3.0°" in said(svg)
    assert "last time 50.0°" in "".join(svg.itertext())
    assert len(of(svg, "mean")) == 2

"""A recording that is a mirror image, or that shows a second person, measured completely."""

from __future__ import annotations

from pathlib import Path

import pytest

from romcheck.measure import measure

CASES = Path(__file__).resolve().parents[2] / "shared" / "cases" / "video"


def case(name: str) -> Path:
    path = CASES / name
    if not path.exists():
        pytest.skip("the cases beside the project are not here")
    return path


@pytest.mark.slow("half a minute of video")
def test_bearded_head_from_below_keeps_its_sides() -> None:
    result = measure(case("upright_taken_for_upside_down.mp4"), fov_deg=60).result
    assert result.test == "flexion-rotation"
    found = [(m.movement, m.angle_deg) for m in result.movements]
    true_deg = (45.1, 42.7, 46.1, 41.6)
    assert [name for name, _ in found] == ["rotation_left", "rotation_right"] * 2
    assert [angle for _, angle in found] == pytest.approx(true_deg, abs=2.5)


@pytest.mark.slow("17 s of video")
def test_whoever_walks_through_is_not_the_patient() -> None:
    result = measure(case("passer_in_front.mp4"), fov_deg=60).result
    assert {m.movement: m.angle_deg for m in result.movements} == pytest.approx(
        {"rotation_left": 62.4, "rotation_right": 74.4}, abs=2.5
    )
    assert any(told.code == "more_faces" for told in result.notices)

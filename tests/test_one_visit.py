"""Two recordings of one visit: the later one is measured in the map of the head that the first one left."""

from __future__ import annotations

import json
import shutil
from itertools import islice
from pathlib import Path

import av
import pytest
from recordings import write_video
from typer.testing import CliRunner

from romcheck.cli import app
from romcheck.exchange.files import read_result
from romcheck.measure import Measurement, measure

pytestmark = pytest.mark.slow("two clips are measured, one of them in several maps")


FOV_DEG = 60.0


@pytest.fixture(scope="module")
def first(one_turn: Path) -> Measurement:
    return measure(one_turn, fov_deg=FOV_DEG)


def codes(measured: Measurement) -> set[str]:
    return {told.code for told in measured.result.notices}


def test_the_later_one_says_whose_map_it_was_measured_in(first: Measurement, one_turn: Path) -> None:
    again = measure(one_turn, fov_deg=FOV_DEG, head_map=first.head_map)
    sha256 = first.result.source.sha256
    assert again.result.mapped_with == (sha256,)
    assert codes(again) == codes(first)
    assert again.head_map is not None
    assert again.head_map.recordings == (sha256, sha256)
    (one,), (two,) = first.result.summary, again.result.summary
    # The same pictures in the same map: the same angle.
    assert two.mean_deg == pytest.approx(one.mean_deg, abs=0.3)
    # And the same error, but for what each frame and the trunk have for themselves.
    assert one.covariance_deg2 == ()
    assert one.uncertainty_deg is not None
    (covariance,) = two.covariance_deg2
    assert 0.3 < covariance / (one.uncertainty_deg / 1.96) ** 2 < 1


def test_with_another_lens_it_has_a_map_of_its_own_and_says_so(first: Measurement, one_turn: Path) -> None:
    alone = measure(one_turn, fov_deg=50)
    other = measure(one_turn, fov_deg=50, head_map=first.head_map)
    assert codes(other) - codes(alone) == {"another_lens"}
    assert other.result.mapped_with == ()
    assert other.result.movements == alone.result.movements


def test_a_mirror_image_of_the_first_is_told_unless_it_was_stated(
    first: Measurement, one_turn: Path, tmp_path: Path
) -> None:
    with av.open(str(one_turn)) as video:
        pictures = [frame.to_ndarray(format="rgb24")[:, ::-1] for frame in islice(video.decode(video=0), 90)]
    selfie = write_video(tmp_path / "selfie.mp4", pictures, fps=20)
    told = measure(selfie, fov_deg=FOV_DEG, test="rotation", needs_movement=False, head_map=first.head_map)
    assert {"head_not_recalled", "mirror_image_of_earlier"} <= codes(told)
    stated = measure(
        selfie, fov_deg=FOV_DEG, test="rotation", needs_movement=False, mirrored=True, head_map=first.head_map
    )
    assert "head_not_recalled" in codes(stated)
    assert "mirror_image_of_earlier" not in codes(stated)
    assert stated.head_map is not None
    assert stated.head_map.mirrored


def test_from_the_command_line(small_turn: Path, tmp_path: Path) -> None:
    after = Path(shutil.copy(small_turn, tmp_path / "after.mp4"))
    run = CliRunner().invoke
    wrong = run(app, ["measure", str(after), "--one-visit"])
    assert wrong.exit_code == 2
    assert "two videos or more" in wrong.output

    out = tmp_path / "out"
    done = run(app, ["measure", str(small_turn), str(after), "--one-visit", "--out", str(out), "--quiet"])
    assert done.exit_code == 0, done.output
    before = read_result(out / f"{small_turn.stem}.result.json")
    content = json.loads((out / "after.result.json").read_text("utf-8"))
    assert before.mapped_with == ()
    assert content["mapped_with"] == [before.source.sha256]

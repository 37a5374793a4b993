"""``import romcheck`` as a researcher uses it."""

from __future__ import annotations

import html
import importlib.util
import inspect
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import romcheck
from romcheck.exchange.files import read_result

ROOT = Path(__file__).parents[1]


def test_importing_loads_nothing_heavy():
    code = "import romcheck, sys; print(*sorted({'numpy', 'scipy', 'pandas', 'cv2', 'mediapipe'} & set(sys.modules)))"
    got = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert got.stdout.strip() == ""


def test_measure_is_the_function_whoever_imports_the_module():
    code = (
        "import romcheck; from romcheck.measure import measure, Measurement; import romcheck.measure; "
        "assert callable(romcheck.measure) and romcheck.measure is not measure; "
        "assert romcheck.measure.__module__ == 'romcheck.notebook'; assert measure.__module__ == 'romcheck.measure'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_all_that_is_offered_is_there_and_documented():
    for name in romcheck.__all__:
        assert name in dir(romcheck)
        assert inspect.getdoc(getattr(romcheck, name))
    for name in romcheck.agreement.__all__:
        assert inspect.getdoc(getattr(romcheck.agreement, name))
    for part in (romcheck, romcheck.agreement):
        with pytest.raises(AttributeError, match="no attribute bias"):
            part.bias  # noqa: B018


def test_angles_are_those_of_the_document():
    read = romcheck.angles.anatomical(romcheck.angles.compose(30, 45, -5))
    assert (float(read.rotation), float(read.flexion), float(read.lateral_flexion)) == pytest.approx((30, 45, -5))


@pytest.fixture(scope="module")
def result(small_turn):
    return romcheck.measure(small_turn, test="rotation", fov_deg=60)


def test_tables_of_a_measurement(result, small_turn):
    movements, frames = result.movements, result.frames
    assert movements["movement"].tolist() == ["rotation_left"]
    assert movements["video"].tolist() == [small_turn.name]
    assert movements["test"].tolist() == ["rotation"]
    assert 45 < movements["angle_deg"].iloc[0] < 75
    # Values that do not apply are NaN, in a numeric column.
    assert movements["flexion_held_deg"].dtype == float
    assert math.isnan(movements["flexion_held_deg"].iloc[0])
    assert len(frames) == result.result.source.frames
    assert frames.loc[~frames["valid"], "rotation_deg"].isna().all()
    hold = frames["time_s"].between(movements["hold_start_s"].iloc[0], movements["hold_end_s"].iloc[0])
    assert frames.loc[hold, "rotation_deg"].median() == pytest.approx(movements["angle_deg"].iloc[0], abs=1)
    assert result.summary["movement"].tolist() == ["rotation_left"]


def test_a_measurement_shows_and_saves_itself(result, small_turn, tmp_path):
    shown = result._repr_html_()
    assert "rotation to the left" in shown
    assert small_turn.name in shown
    assert all(html.escape(warning) in shown for warning in result.warnings)
    assert "1 movement" in repr(result)
    assert result.plot().axes
    written, frames = result.save(tmp_path)
    assert read_result(written).source == result.result.source
    saved = pd.read_csv(frames)
    np.testing.assert_allclose(saved["rotation_deg"], result.frames["rotation_deg"], atol=6e-4)


@pytest.mark.slow("a kernel starts and measures a video")
def test_the_notebook_runs_and_shows_what_it_kept():
    spec = importlib.util.spec_from_file_location("run_notebook", ROOT / "docs" / "run_notebook.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    kept, now = module.nbformat.read(module.NOTEBOOK, as_version=4), module.executed()

    def texts(book):
        return {
            cell["source"]: [o.get("text") or o["data"]["text/plain"] for o in cell["outputs"]]
            for cell in book.cells
            if cell["cell_type"] == "code"
        }

    before, after = texts(kept), texts(now)
    assert all(before.values()), "kept without its outputs: run docs/run_notebook.py"
    # What depends on the video may change with the measurement; the rest may not.
    fixed = [source for source in before if "result" not in source]
    assert len(fixed) >= 3
    assert {s: after[s] for s in fixed} == {s: before[s] for s in fixed}

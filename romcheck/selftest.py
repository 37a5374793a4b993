"""Measure a bundled clip of a rendered head with known angles, and compare."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table

from romcheck.errors import RomcheckError
from romcheck.i18n.words import MOVEMENT_WORDS, degrees
from romcheck.measure import measure
from romcheck.results import Movement, MovementName

CLIP = "flexion_rotation"
"""The sample video of the self-test; it shows no person."""

LARGEST_ERROR_DEG = 5.0
"""A sound installation stays well below it on this clip; a wrong lens, sign or engine does not."""

TRUTH_AXIS = {"rotation": 0, "flexion": 1, "extension": 1, "lateral": 2}
"""Place of the angle in a truth file's row, by the first word of the movement."""


@dataclass(frozen=True)
class Hold:
    """One hold of the clip: the true and the measured angle (None where it was not found)."""

    movement: MovementName
    start_s: float
    end_s: float
    true_deg: float
    measured: Movement | None

    @property
    def error_deg(self) -> float | None:
        """Measured minus true; None where there is nothing to compare."""
        angle = self.measured.angle_deg if self.measured else None
        return None if angle is None else angle - self.true_deg


@dataclass(frozen=True)
class SelfTest:
    """Every hold of the clip, and movements found where there are none."""

    holds: tuple[Hold, ...]
    invented: tuple[Movement, ...]

    @property
    def passed(self) -> bool:
        """Whether every hold was measured closely enough and nothing was invented."""
        errors = [hold.error_deg for hold in self.holds]
        return bool(errors) and not self.invented and all(e is not None and abs(e) <= LARGEST_ERROR_DEG for e in errors)

    def verdict(self) -> str:
        """Sum up in one sentence."""
        if self.passed:
            return f"Self-test passed: every angle is within {LARGEST_ERROR_DEG:.0f}° of the truth."
        return (
            "Self-test failed: this installation does not measure as it should. "
            "Report the table above with the output of 'romcheck info'."
        )

    def table(self) -> Table:
        """Show truth and measurement side by side."""
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        table.add_column("Movement")
        for heading in ("Truth", "Measured", "Error"):
            table.add_column(heading, justify="right", no_wrap=True)
        for hold in self.holds:
            found = hold.measured
            error = hold.error_deg
            table.add_row(
                MOVEMENT_WORDS[hold.movement],
                degrees(hold.true_deg),
                degrees(found.angle_deg, found.uncertainty_deg) if found else "not found",
                "" if error is None else f"{error:+.1f}°",
            )
        for movement in self.invented:
            table.add_row(MOVEMENT_WORDS[movement.movement], "none", degrees(movement.angle_deg), "")
        return table


def run_selftest(progress: Callable[[int, int | None], None] | None = None) -> SelfTest:
    """Measure the bundled clip with its true lens and compare it hold by hold.

    Raises
    ------
    RomcheckError
        When the clip is missing or cannot be measured.
    """
    video, truth_file = _clip()
    truth = json.loads(truth_file.read_text("utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        camera = Path(folder) / "camera.json"
        camera.write_text(json.dumps(_camera(truth)), "utf-8")
        result = measure(video, camera=camera, progress=progress).result
    left = list(result.movements)
    holds = []
    for hold in truth["holds"]:
        if "neutral" not in hold["name"]:
            holds.append(_compared(hold, left))
    return SelfTest(tuple(holds), tuple(movement for movement in left if movement.quality != "rejected"))


def _clip() -> tuple[Path, Path]:
    """Find the clip and its truth: inside an installed package, or beside it in a clone."""
    package = Path(__file__).resolve().parent
    for folder in (package / "sample_videos", package.parent / "sample_videos"):
        video, truth = folder / f"{CLIP}.mp4", folder / f"{CLIP}.json"
        if video.is_file() and truth.is_file():
            return video, truth
    raise RomcheckError("no_sample", clip=CLIP)


def _camera(truth: dict[str, Any]) -> dict[str, Any]:
    """Content of a camera file for the lens a clip was drawn with."""
    (fx, _, cx), (_, fy, cy), _ = truth["camera_matrix"]
    width, height = truth["size"]
    return {"width": width, "height": height, "fx": fx, "fy": fy, "cx": cx, "cy": cy, "distortion": truth["distortion"]}


def _compared(hold: dict[str, Any], left: list[Movement]) -> Hold:
    """Pair a true hold with the measured movement around it, which is taken off the list."""
    name = hold["name"].replace("frt_", "rotation_")
    axis = TRUTH_AXIS[name.split("_")[0]]
    true = abs(hold["rotation_deg"] if axis == 0 else hold["row_deg"][axis])
    match = next(
        (m for m in left if m.movement == name and m.start_s < hold["end_s"] and m.end_s > hold["start_s"]), None
    )
    if match is not None:
        left.remove(match)
    return Hold(name, hold["start_s"], hold["end_s"], true, match)
